"""The scenario file that ``mutualaid init`` writes: every key, with what it means."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

import tomli_w

from mutualaid.cli.scenario import data_keys as data
from mutualaid.cli.scenario import made_tables as made
from mutualaid.cli.scenario import policy_keys as rules
from mutualaid.cli.scenario.change_keys import KINDS
from mutualaid.cli.scenario.mode_keys import MODES, EstateKeys, IncomeKeys, PartnerKeys
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.part import Part
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.cli.scenario.scenario_keys import VERSION, ScenarioKeys, SolveKeys, TargetKeys
from mutualaid.cli.scenario.schema_file import NAME

WIDTH = 98
IN_BRACES: Mapping[str, type[Part]] = {
    "waiting_list of counts": made.CountsKeys,
    "capacity of sessions": made.SessionsKeys,
    "capacity of activity": made.ActivityKeys,
    "referrals of history": made.JoinedKeys,
    "removals of history": made.LeftKeys,
    "travel of a matrix": data.MatrixKeys,
    "travel of places": data.EstimateKeys,
    'harm of curve "rtt"': rules.RttHarm,
    'harm of curve "clinical"': rules.ClinicalHarm,
    'harm of curve "table"': rules.TableHarm,
    'acceptance of curve "constant"': rules.ConstantAcceptance,
    'acceptance of curve "table"': rules.TableAcceptance,
    "equity": rules.EquityKeys,
    "lend": EstateKeys,
    "partners": PartnerKeys,
    "income": IncomeKeys,
}
"""What may stand in braces behind a key, and its own keys."""
HEAD = """\
#:schema ./{schema}
# A scenario: where the tables are, the policy, the mode and what is written of the plan.
# Plan it with `mutualaid solve {name}` or `mutualaid ladder {name}`, check it with
# `mutualaid check {name}`. Paths start at this file's folder. Lines that begin with # are left
# out. What they show holds where a key is left out, unless it says "for example". Editors that
# know TOML schemas complete keys and mark mistakes once `mutualaid schema` has written the file
# that the first line names.

version = {version}
"""


def template(name: str) -> str:
    """Write a commented scenario file, which can be planned as it is."""
    lines = [
        HEAD.format(name=name, schema=NAME, version=VERSION),
        *("[data]", *_told(data.ExampleKeys), 'example = "collaborative"'),
        *_keys(data.ExampleKeys),
        *("", *_told(data.TablesKeys), *_keys(data.TablesKeys, first=["waiting_list"])),
        *("", *_told(data.ExtractKeys), *_keys(data.ExtractKeys, besides=data.SystemKeys)),
        *("", *_told(data.RttKeys), *_keys(data.RttKeys, besides=data.Ways)),
        *("", "[policy]", *_keys(PolicyKeys, first=("preset", "miles"))),
        *("", "[collaboration]"),
        *commented(f"{ScenarioKeys.model_fields['collaboration'].description} One of:"),
        *(line for name, mode in MODES.items() for line in commented(f'"{name}": {_doc(mode)}')),
        'mode = "Deep"',
    ]
    for one, mode in MODES.items():
        if keys := _keys(mode):
            lines += ["", f"# Of {one}:", *keys]
    lines += [
        "",
        *commented(f"{ScenarioKeys.model_fields['change'].description} A kind is one of:"),
    ]
    for one, kind in KINDS.items():
        lines += commented(f'"{one}" ({", ".join(_names(kind))}): {_doc(kind)}')
    capacity = KINDS["capacity"]
    lines += ["# [[change]]  # for example", '# kind = "capacity"']
    lines += [_line(capacity, name) for name in _names(capacity)]
    lines += ["", *commented(str(ScenarioKeys.model_fields["target"].description))]
    lines += ["# [[target]]  # for example", *_keys(TargetKeys)]
    for heading, part in (("solve", SolveKeys), ("outputs", OutputsKeys)):
        lines += ["", f"[{heading}]", *_keys(part)]
    lines += ["", *commented("What may stand in braces behind a key, as in { key = value }:")]
    for one, inside in IN_BRACES.items():
        lines += ["#", *commented(f"{one}: {_doc(inside)}")]
        for line in _keys(inside):
            text = line.removeprefix("# ")
            is_key = text.split(" = ")[0] in inside.model_fields
            lines.append(f"#     {text}" if is_key else line)
    return "\n".join(lines) + "\n"


def _doc(part: type[Part]) -> str:
    return (part.__doc__ or "").partition("\n")[0]


def _told(part: type[Part]) -> list[str]:
    return commented(_doc(part))


def _names(part: type[Part]) -> list[str]:
    return [name for name in part.model_fields if name != part.chosen_by]


def _keys(
    part: type[Part], *, besides: type[Part] | None = None, first: Iterable[str] = ()
) -> list[str]:
    """Write keys as comments, each with what it means and what holds unless it is written."""
    left_out = [] if besides is None else [*besides.model_fields]
    lines: list[str] = []
    names = _names(part)
    needed = [name for name in names if part.model_fields[name].is_required()]
    for name in dict.fromkeys([*first, *needed, *names]):
        if name not in left_out:
            lines += [*commented(str(part.model_fields[name].description)), _line(part, name)]
    return lines


def _line(part: type[Part], name: str) -> str:
    """A key with what holds unless it is written, or with an example."""
    field = part.model_fields[name]
    example = next(iter(field.examples or ()), None)
    written = f"# {name} = {_inline(field.default if example is None else example)}"
    return written if example is None else f"{written}  # for example"


def commented(text: str) -> list[str]:
    """Break a text into lines of comment."""
    return [f"# {line}" for line in textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False)]


def _inline(value: object) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_inline(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return tomli_w.dumps({"key": value}).strip().removeprefix("key = ")
