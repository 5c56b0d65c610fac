"""Which keys ``[data]`` may have: those of the functions that read what it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mutualaid import datasets
from mutualaid.cli.files import Files
from mutualaid.cli.findings import Findings, told
from mutualaid.cli.sections import keys_of
from mutualaid.cli.toml_lines import Place
from mutualaid.data.schema import TABLES
from mutualaid.data.system import System
from mutualaid.readers import RTT, read_rtt, read_waiting_list, travel_matrix, travel_times

DATA: Place = ("data",)
TRAVEL, MATRIX, SITES = "travel", "matrix", "sites"
EXAMPLES: Mapping[str, Callable[..., System]] = {"collaborative": datasets.collaborative}
GIVEN = ("self", "path", "source", "sites", "travel")
"""Parameters that no key of the same name stands for: a path in the file does."""


def within(icb: list[str], within_minutes: float | None = None) -> None:
    """Stand for the keys that choose trusts of NHS England's file by their board."""


def kept(keep: list[str]) -> None:
    """Stand for the key that names columns of patients to tell their queues apart by."""


FUNCTIONS: Mapping[str, tuple[Callable[..., object], ...]] = {
    "waiting_list": (System.__init__,),
    "patients": (System.__init__, read_waiting_list, kept),
    "rtt": (read_rtt, RTT.system, within),
    "example": (),
}
"""By the key that says where data come from: what takes the values of the others."""

PLAIN: Mapping[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "write true or false"),
    "int": ((int,), "write a whole number"),
    "float": ((int, float), "write a number"),
    "str": ((str,), "write text, in quotes"),
}
LISTS = ("Iterable[str]", "Collection[str]", "list[str]")


def keys(source: str) -> list[str]:
    """Name the keys of ``[data]`` that go with the one that says where data come from.

    Examples
    --------
    >>> keys("rtt")[:4]
    ['rtt', 'sites', 'travel', 'period_weeks']
    """
    if source == "example":
        return [source, *dict.fromkeys(k for make in EXAMPLES.values() for k in keys_of(make))]
    paths = [source, SITES, TRAVEL]
    if source != "rtt":
        paths += [name for name in TABLES if name != "waiting_list"]
    taken = [name for one in FUNCTIONS[source] for name in keys_of(one)]
    more = [name for name in taken if name not in (*GIVEN, *TABLES)]
    return list(dict.fromkeys([*paths, *more]))


def options(function: Callable[..., object], table: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the values that a function takes, other than tables and paths.

    Examples
    --------
    >>> options(read_rtt, {"rtt": "january.zip", "period_weeks": 1})
    {'period_weeks': 1}
    """
    names = [name for name in keys_of(function) if name not in (*GIVEN, *TABLES)]
    return {name: table[name] for name in names if name in table}


def check(findings: Findings, files: Files, table: Mapping[str, Any], source: str) -> None:
    """Note every key that is not known, value of another kind, and file that is not there."""
    findings.unknown(table, DATA, keys(source))
    for function in FUNCTIONS[source]:
        _check_kinds(findings, function, table, DATA)
    if source == "example":
        return
    for name in (*TABLES, SITES, "patients", "rtt"):
        if name in table and name in keys(source) and name != TRAVEL:
            paths = table[name]
            many = isinstance(paths, list) and name == "rtt"
            for one in paths if many else [paths]:
                files.find(findings, (*DATA, name), one)
            if many and not paths:
                findings.add((*DATA, name), "is empty", "name one file, or several")
    _check_travel(findings, files, table)


def _check_travel(findings: Findings, files: Files, table: Mapping[str, Any]) -> None:
    given, place = table.get(TRAVEL), (*DATA, TRAVEL)
    if isinstance(given, Mapping):
        function = travel_matrix if MATRIX in given else travel_times
        taken = [name for name in keys_of(function) if name not in GIVEN]
        findings.unknown(given, place, [MATRIX, *taken])
        _check_kinds(findings, function, given, place)
        if MATRIX in given:
            files.find(findings, (*place, MATRIX), given[MATRIX])
        known = MATRIX in given or SITES in table
    else:
        known = given is not None or SITES in table
        if given is not None:
            files.find(findings, place, given)
    if not known:
        remedy = f"write {TRAVEL}, or {SITES} with the latitude and longitude of each provider"
        findings.add(DATA, "does not say how far it is", remedy)


def _check_kinds(
    findings: Findings, function: Callable[..., object], table: Mapping[str, Any], place: Place
) -> None:
    """Check the kinds of values that a function takes, where they are plain."""
    for name, annotation in function.__annotations__.items():
        if name not in table or name in GIVEN or name in TABLES:
            continue
        value, kind = table[name], str(annotation).removesuffix(" | None")
        if kind in LISTS:
            listed = [value] if isinstance(value, str) else value
            if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
                findings.add((*place, name), f"is {told(value)}", "write a list of codes")
        elif kind in PLAIN:
            kinds, remedy = PLAIN[kind]
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                findings.add((*place, name), f"is {told(value)}", remedy)
