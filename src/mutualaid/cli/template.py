"""The scenario file that ``mutualaid init`` writes: every key, with what it means."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import tomli_w

from mutualaid import readers
from mutualaid.cli import data_keys
from mutualaid.cli.output_section import Outputs
from mutualaid.cli.scenario_file import SOLVE_KEYS
from mutualaid.cli.sections import ACCEPTANCE, HARM, MODES, PRESETS, keys_of
from mutualaid.data.schema import TABLES
from mutualaid.data.system import System
from mutualaid.model.limits.targets import Target
from mutualaid.planning.optimise import optimise
from mutualaid.policy.policy import Policy
from mutualaid.studies.changes import KINDS

WIDTH = 98
SAMPLES: Mapping[str, Any] = {
    "harm": {"curve": "rtt", "rate": 1.0},
    "acceptance": "default",
    "equity": {"by": "deprivation", "min_gain": 0.0},
    "forbidden_lanes": [{"origin": "XA1", "provider": "XB2"}],
    "allowed_lanes": "lanes.csv",
    "max_out": 50,
    "max_in": {"XA1": 20, "XB2": 30},
    "max_moves": 100,
    "ramp": [50, 100, 200],
    "max_lanes": 5,
    "title": "Winter plan",
    "time_limit": 60.0,
    "threads": 2,
    "mip_gap": 0.001,
    "objectives": ["over_65", "harm"],
    "slack": {"over_65": 0.05},
    "tariff": {"C_110": 5200.0},
    "max_sacrifice": 0.05,
    "reciprocity": 100,
    "share": "max-min",
    "lend": {"rooms": "rooms.csv", "teams": "teams.csv"},
    "share_within": 0.92,
    "period": 13,
    "origins": ["XA1"],
    "services": ["C_110"],
    "weeks": 65,
    "successors": {"RW6": "RM3"},
    "icb": "QOP",
    "dates": "month first",
    "priorities": {"Elective": "P4"},
}
"""What may be written where nothing is unless it is asked for."""

EXTRACT = ["services", "icb", "unusable", "dates", "priorities"]
"""Keys of a patient-level extract that its reader's own words explain."""

HEAD = """\
# A scenario: where the tables are, the policy, the mode and what is written of the plan.
# Plan it with `mutualaid solve {name}` or `mutualaid ladder {name}`, check it with
# `mutualaid check {name}`. Paths start at this file's folder. Lines that begin with # are left
# out. What they show holds where a key is left out, unless it says "for example".
"""
DATA = """
[data]
# A made-up collaborative, until your own tables take its place.
example = "collaborative"
trusts = 8

# Your own tables, as CSV, Parquet or Excel files (any but the first three may be left out):
{tables}

# Or a patient-level extract in place of waiting_list; capacity and travel as above:
# patients = "extract.csv"
# census = 2026-01-31
# The extract's headings that are not recognised, or another that is meant, by our name:
# columns = {{ origin = "Trust code" }}  # for example
# Columns of the extract that tell queues apart as well:
# keep = ["deprivation"]  # for example
{extract}

# Or NHS England's file, and a table with provider_code, icb_code, latitude and longitude:
# rtt = "20260131-RTT-January-2026-full-extract.zip"
# sites = "providers.csv"
# icb = ["QOP"]
# within_minutes = 60
# In place of icb, or beside it, providers by their codes:
# providers = ["R0A", "RM3"]  # for example
{rtt}

# Travel times from the places of providers, if there is no table of them:
# travel = {{ detour = 1.3, kmh = 45 }}
# Or a matrix with a column for each provider:
# travel = {{ matrix = "minutes.csv", unit = "minutes" }}
"""

CHANGE = """\
# [[change]]  # for example
# kind = "capacity"
# factor = 0.85
# periods = [10, 11]
"""


def template(name: str) -> str:
    """Write a commented scenario file, which can be planned as it is.

    Parameters
    ----------
    name
        What the file will be called.

    Examples
    --------
    >>> print(template("winter.toml").splitlines()[0])
    # A scenario: where the tables are, the policy, the mode and what is written of the plan.
    """
    tables = [one for one in data_keys.keys("waiting_list") if one in TABLES]
    of_system = data_keys.options(System.__init__, dict.fromkeys(keys_of(System.__init__)))
    data = DATA.format(
        tables="\n".join(
            [*(f'# {one} = "{one}.csv"' for one in tables), _keys(System, list(of_system))]
        ),
        extract=_keys(readers.read_waiting_list, EXTRACT),
        rtt=_keys(readers.read_rtt, ["exclude_commissioners", "removals_share", "successors"]),
    )
    curves = f"A curve of harm is one of {_quoted(HARM)}; of acceptance {_quoted(ACCEPTANCE)}."
    parts = [
        HEAD.format(name=name) + data,
        "[policy]",
        *commented(f"Instead of what shall hold, by name: {_quoted(PRESETS)}."),
        f"# preset = {_quoted(PRESETS).partition(',')[0]}  # for example",
        *commented(curves),
        _keys(Policy, keys_of(Policy)),
        "\n[collaboration]",
        *commented(f"One of {_quoted(MODES)}."),
        'mode = "Deep"',
        *(_mode(one, mode) for one, mode in MODES.items() if keys_of(mode)),
        "",
        *commented(f"What is otherwise, one after another. A kind is one of {_quoted(KINDS)}."),
        CHANGE,
        *commented("Targets, missed by as few patients as possible before anything else."),
        "# [[target]]  # for example",
        _keys(Target, keys_of(Target)),
        "\n[solve]",
        _keys(optimise, SOLVE_KEYS),
        "\n[outputs]",
        _keys(Outputs, keys_of(Outputs)),
    ]
    return "\n".join(parts) + "\n"


def _mode(name: str, mode: Callable[..., object]) -> str:
    return f"\n# Of {name}:\n{_keys(mode, keys_of(mode))}"


def _quoted(names: Mapping[str, object]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _keys(kind: Callable[..., object], names: list[str]) -> str:
    """Write keys as comments, each with what it means and what holds unless it is written."""
    meanings = described(kind)
    parameters = inspect.signature(kind).parameters
    lines, told = [], ""
    for name in names:
        meaning = meanings.get(name, "")
        if meaning != told:
            lines += commented(meaning)
        told = meaning
        usual = parameters[name].default
        holds = isinstance(usual, bool | int | float | str | tuple)
        if not holds and name not in SAMPLES:
            lines.append(f"# {name} is not set unless it is written.")
            continue
        written = _written(name, usual if holds else SAMPLES[name])
        lines.append(f"# {written}" if holds else f"# {written}  # for example")
    return "\n".join(lines)


def commented(text: str) -> list[str]:
    """Break a text into lines of comment.

    Examples
    --------
    >>> commented("Nobody is sent further than this.")
    ['# Nobody is sent further than this.']
    """
    return [f"# {line}" for line in textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False)]


def _written(name: str, value: object) -> str:
    """A key and its value on one line."""
    return f"{name} = {_inline(list(value) if isinstance(value, tuple) else value)}"


def _inline(value: object) -> str:
    """A table on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return tomli_w.dumps({"key": value}).strip().removeprefix("key = ")


def described(kind: Callable[..., object]) -> dict[str, str]:
    """Say what each parameter means, in the words of the docstring.

    Examples
    --------
    >>> described(Policy)["tail_weeks"]
    'Whoever is untreated after the last period pays for so many weeks more.'
    """
    lines = (inspect.getdoc(kind) or "").splitlines()
    starts = [i for i, line in enumerate(lines[:-1]) if lines[i + 1].startswith("---")]
    begin = next((i + 2 for i in starts if lines[i] == "Parameters"), len(lines))
    end = next((i for i in starts if i >= begin), len(lines))
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in lines[begin:end]:
        if line and not line.startswith(" "):
            names = [name.strip("* ") for name in line.split(",")]
        for name in names if line.startswith(" ") else []:
            meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip()
    return {name: _plain(text) for name, text in meanings.items()}


def _plain(text: str) -> str:
    """A docstring's sentence without the marks that are for Sphinx."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text)
    # What Python writes as a tuple or as None is a list in TOML, or a key that is not there.
    text = re.sub(r'\(("[^()]*?"),?\)', r"[\1]", text).replace("None", "left out")
    return re.sub(r"[`*]", "", text)
