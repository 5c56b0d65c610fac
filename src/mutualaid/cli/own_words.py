"""What messages call things where the command line shows them: flags and keys, no arguments.

The library says ``max_minutes=`` of a call in Python. A scenario file has ``[policy] max_minutes``
for it, ``mutualaid rtt`` has ``--minutes``, and the workbook to fill in a line of its rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mutualaid.cli.scenario import data_keys as data
from mutualaid.cli.scenario import made_tables
from mutualaid.cli.scenario.mode_keys import MODES
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.cli.scenario.scenario_keys import SolveKeys
from mutualaid.readers.own_tables.rule_list import RULES

VALUE = r"""\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|True|False"""
ARGUMENT = re.compile(rf"(?<![\w.-])([a-z][a-z_]*)=({VALUE})?(?![=\w])")
OF_DATA = (
    *(data.TablesKeys, data.ExtractKeys, data.RttKeys, data.MatrixKeys, data.EstimateKeys),
    *(made_tables.CountsKeys, made_tables.SessionsKeys, made_tables.ActivityKeys),
    *(made_tables.JoinedKeys, made_tables.LeftKeys),
)
PLACES: Mapping[str, str] = {
    **{name: "" for part in OF_DATA for name in part.model_fields},
    **{name: "[collaboration] " for part in MODES.values() for name in part.model_fields},
    **dict.fromkeys(SolveKeys.model_fields, "[solve] "),
    **dict.fromkeys(OutputsKeys.model_fields, "[outputs] "),
    **dict.fromkeys(PolicyKeys.model_fields, "[policy] "),
}
"""By the name of a key, where it stands in a scenario file; nothing for the table of a file."""
FLAGS: Mapping[str, str] = {
    "icb": "--icb",
    "providers": "--provider",
    "services": "--service",
    "within_minutes": "--within",
    "successors": "--successor",
    "max_minutes": "--minutes",
    "max_miles": "--miles",
    "suppress_below": "--suppress-below",
    "twin": "--one-queue",
    **{name: f"--{name}" for name in ("sites", "classes", "steerable", "mode", "periods")},
}
"""By the name of a key, the option of ``mutualaid rtt`` that is the same."""
RULE_OF: Mapping[str, str] = {one.key: f"{one.text!r} in Rules" for one in RULES}
PHRASES = (
    (r"leave the column out with columns=\{[^{}]*\}", "take the column out of the file"),
    (r", or leave a column out with columns=\{[^{}]*\}", ""),
    (r", or pass duplicates='median' to read_sites", ""),
    (r"pass it to read_rtt", "name it as rtt, or plan it with mutualaid rtt"),
    (r"\bsheet=('[^']*'), or (\S+) in a scenario file and on the command line", r"\2"),
)
"""What only somebody who writes Python can do, and what to do here."""

Named = Callable[[str], "str | None"]


def of_scenario(name: str) -> str | None:
    """A key of a scenario file, with the table that it stands in."""
    place = PLACES.get(name)
    return None if place is None else f"{place}{name}"


def of_rules(name: str) -> str | None:
    """A line of the rules of a workbook, where there is one."""
    return RULE_OF.get(name)


def of_rtt(name: str) -> str | None:
    """An option of ``mutualaid rtt``, where there is one; else a key of a scenario file."""
    return FLAGS.get(name) or of_scenario(name)


def of_check(name: str) -> str | None:
    """The option of ``mutualaid check``, or a key of a scenario file."""
    return "--census" if name == "census" else of_scenario(name)


def in_own_words(text: str, named: Named) -> str:
    """Say a message of the library as the command line does.

    Examples
    --------
    >>> in_own_words("add a row, or pass unlisted='unreachable'", of_scenario)
    'add a row, or write unlisted = "unreachable"'
    >>> in_own_words("raise max_minutes=60 or pass suppress_below=0", of_rtt)
    'raise --minutes 60 or write --suppress-below 0'
    >>> in_own_words("raise max_minutes=", of_rules)
    "raise 'Longest way in minutes' in Rules"
    """
    for phrase, ours in PHRASES:
        text = re.sub(phrase, ours, text)

    def of_argument(found: re.Match[str]) -> str:
        name, value = found.groups()
        key, behind = named(name), ""
        if key is None and named is of_rules:
            key, behind = of_scenario(name), " in a scenario file"
        if key is None:
            return found[0]
        if value:
            key += f" {value}" if key.startswith("--") else f" = {_as_toml(value)}"
        return f"{key}{behind}"

    said = ARGUMENT.sub(of_argument, text)
    if said != text:
        said = re.sub(r"\bpass (?=(?:--|\[|'|[a-z_]+(?: =|[,.;: ]|$)))", "write ", said)
    for name in FLAGS if named is of_rtt else ():
        said = re.sub(rf"(?<!\S)(?:data|policy|outputs|collaboration)\.{name}\b", FLAGS[name], said)
    return said


def _as_toml(value: str) -> str:
    """A value of Python as a scenario file has it."""
    if value in ("True", "False"):
        return value.lower()
    text = value.replace("'", '"')
    if text.startswith("("):
        text = f"[{text[1:-1]}]"
    if text.startswith("{"):
        text = re.sub(r'"([\w-]+)"\s*:', r"\1 =", text)
        text = re.sub(r'("[^"]*")\s*:', r"\1 =", text)
        return "{ " + text[1:-1].strip() + " }"
    return text
