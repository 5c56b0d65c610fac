"""The system of a scenario, from what ``[data]`` names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mutualaid.cli.data_keys import (
    DATA,
    EXAMPLES,
    FUNCTIONS,
    MATRIX,
    SITES,
    TRAVEL,
    check,
    keys,
    options,
)
from mutualaid.cli.files import Files, read_table
from mutualaid.cli.findings import Findings, meant, told
from mutualaid.cli.toml_lines import Place
from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import TABLES
from mutualaid.data.system import System
from mutualaid.datasets.made_up_system import NAMES
from mutualaid.errors import InputError, Problems
from mutualaid.readers import (
    RTT,
    read_rtt,
    read_sites,
    read_waiting_list,
    travel_matrix,
    travel_times,
)

TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """What was read for a scenario.

    Attributes
    ----------
    system : System
        Before any change.
    names : mapping of str to str
        What providers are called, by code, as far as the data say.
    patients : PatientList or None
        The extract that the waiting list was counted from.
    """

    system: System
    names: Mapping[str, str] = field(default_factory=dict)
    patients: PatientList | None = None


@dataclass(frozen=True)
class DataReader:
    """Reads ``[data]``: its keys are checked first, then everything that they lead to.

    Attributes
    ----------
    table : mapping
        The part as it is written.
    asked : sequence of str
        Columns of the patients that the policy asks about.
    """

    findings: Findings
    files: Files
    table: Mapping[str, Any]
    asked: Sequence[str] = ()

    def load(self) -> Loaded | None:
        """Read everything and make the system; None if something is wrong, which is noted."""
        found = len(self.findings.rows)
        sources = [name for name in FUNCTIONS if name in self.table]
        if len(sources) != 1:
            wrong = f"names {' and '.join(sources)}" if sources else "does not say where data are"
            self.findings.add(DATA, wrong, f"write one of {', '.join(FUNCTIONS)}")
            every = dict.fromkeys(key for source in FUNCTIONS for key in keys(source))
            self.findings.unknown(self.table, DATA, list(every))
            return None
        check(self.findings, self.files, self.table, sources[0])
        make: Mapping[str, Callable[[], Loaded | None]] = {
            "waiting_list": self._tables,
            "patients": self._extract,
            "rtt": self._rtt,
            "example": self._example,
        }
        if len(self.findings.rows) > found:
            return None
        try:
            return make[sources[0]]()
        except InputError as error:
            self.findings.taken(error, self.place)
            return None

    def place(self, table: str, column: str) -> Place:
        """Say which key a problem of the data is about."""
        names = (table, column, TRAVEL if table.startswith(TRAVEL) else "", *FUNCTIONS)
        name = next((name for name in names if name in self.table), None)
        return DATA if name is None else (*DATA, name)

    def _tables(self) -> Loaded:
        return self._system({}, None)

    def _extract(self) -> Loaded:
        given = options(read_waiting_list, self.table)
        patients = read_waiting_list(self.files.used[self.table["patients"]], **given)
        return self._system({"waiting_list": patients}, patients)

    def _system(self, given: dict[str, object], patients: PatientList | None) -> Loaded:
        sites = self._sites()
        frames = given | {
            name: _of_key(name, read_table, name, self.files.used[self.table[name]])
            for name in TABLES
            if name in self.table and name != TRAVEL
        }
        frames[TRAVEL] = self._travel(sites)
        if "capacity" not in frames:
            raise wrong("capacity", "is missing", 'write capacity = "capacity.csv"')
        if patients is not None:
            frames["waiting_list"] = self._counted(patients, frames.get("accepts"))
        system = System(**{**options(System.__init__, self.table), **frames})
        return Loaded(system=system, names=names_of(sites), patients=patients)

    def _counted(self, patients: PatientList, accepts: object) -> object:
        """The waiting list of an extract, with the columns that anything asks about."""
        named = isinstance(accepts, pd.DataFrame) and "column" in accepts
        by_sites = [str(name) for name in accepts["column"]] if named else []  # type: ignore[index]
        keep = self.table.get("keep", [])
        ours = [*([keep] if isinstance(keep, str) else keep), *self.asked]
        if absent := [name for name in ours if name not in patients.columns]:
            there = ", ".join(patients.columns)
            raise wrong("patients", f"has no {', '.join(absent)}", f"it has {there}")
        if not ours:
            return patients
        listed = [name for name in by_sites if name in patients.columns]
        return patients.waiting_list(*dict.fromkeys([*listed, *ours]))

    def _rtt(self) -> Loaded:
        paths = self.table["rtt"]
        files = [self.files.used[one] for one in (paths if isinstance(paths, list) else [paths])]
        rtt = read_rtt(files, **options(read_rtt, self.table))
        sites = self._sites()
        travel = self._travel(sites)
        chosen = options(RTT.system, self.table)
        if "icb" in self.table:
            more = chosen.get("providers", [])
            more = [more] if isinstance(more, str) else more
            chosen["providers"] = sorted({*self._board(rtt, sites, travel), *more})
        elif "within_minutes" in self.table:
            raise wrong("within_minutes", "goes with icb", "write icb, or leave it out")
        return Loaded(system=rtt.system(travel, **chosen), names=names_of(rtt.providers))

    def _board(self, rtt: RTT, sites: pd.DataFrame | None, travel: pd.DataFrame) -> set[str]:
        """The NHS trusts of some boards, and those within reach of any of them if asked for."""
        if sites is None or "icb_code" not in sites:
            remedy = "write sites, a table with provider_code, icb_code, latitude and longitude"
            raise wrong("icb", "needs a table that says which board each provider is of", remedy)
        asked = self.table["icb"]
        listed = set(rtt.waiting_list["origin"].astype(str))
        own: set[str] = set()
        for board in [asked] if isinstance(asked, str) else asked:
            here = sites.loc[sites["icb_code"] == board, "provider"].astype(str)
            trusts = {one for one in here if TRUST.fullmatch(one) and one in listed}
            if not trusts:
                known = sorted(map(str, sites["icb_code"].dropna().unique()))
                what = f"has {told(board)}, of which no NHS trust has a list and a place"
                raise wrong("icb", what, meant(board, known))
            own |= trusts
        within = self.table.get("within_minutes")
        if within is None:
            return own
        near = travel[travel["origin"].isin(own) & (travel["minutes"] <= within)]
        reached = {one for one in near["provider"].astype(str) if TRUST.fullmatch(one)}
        return own | (reached & listed)

    def _example(self) -> Loaded | None:
        name = self.table["example"]
        known = isinstance(name, str) and name in EXAMPLES
        if not known:
            self.findings.add((*DATA, "example"), f"is {told(name)}", meant(name, list(EXAMPLES)))
        given = {key: value for key, value in self.table.items() if key != "example"}
        # What else is wrong is told all the same, by the example that was perhaps meant.
        make = EXAMPLES[str(name)] if known else next(iter(EXAMPLES.values()))
        system = self.findings.made(DATA, make, given)
        if system is None or not known:
            return None
        return Loaded(system=system, names=dict(zip(system.providers, NAMES, strict=False)))

    def _sites(self) -> pd.DataFrame | None:
        if SITES not in self.table:
            return None
        return _of_key(SITES, read_sites, self.files.used[self.table[SITES]])

    def _travel(self, sites: pd.DataFrame | None) -> pd.DataFrame:
        given = self.table.get(TRAVEL, {})
        if isinstance(given, str):
            return _of_key(TRAVEL, read_table, TRAVEL, self.files.used[given])
        rest = {name: value for name, value in given.items() if name != MATRIX}
        if MATRIX in given:
            return _of_key(TRAVEL, travel_matrix, self.files.used[given[MATRIX]], **rest)
        return travel_times(sites, **rest)


def _of_key(
    key: str, read: Callable[..., pd.DataFrame], /, *given: object, **options: object
) -> pd.DataFrame:
    """Read the file of a key; what is wrong with it and says of no table is about that key."""
    try:
        return read(*given, **options)
    except InputError as error:
        tables = error.problems["table"]
        raise InputError(error.problems.assign(table=tables.where(tables != "", key))) from error


def wrong(key: str, problem: str, remedy: str) -> InputError:
    """Make the error that one key of ``[data]`` cannot be used.

    Examples
    --------
    >>> wrong("icb", "is missing", "write the code of a board").problems["column"].item()
    'icb'
    """
    problems = Problems()
    problems.add("", key, problem, remedy)
    return InputError(problems.frame())


def names_of(sites: pd.DataFrame | None) -> dict[str, str]:
    """Say what providers are called, by code, as far as a table of sites does.

    Examples
    --------
    >>> names_of(pd.DataFrame({"provider": ["RJ1", "RXH"], "name": ["Guy's", None]}))
    {'RJ1': "Guy's"}
    """
    if sites is None or "name" not in sites:
        return {}
    named = sites.dropna(subset=["name"])
    pairs = zip(named["provider"], named["name"], strict=True)
    return {str(code): str(name) for code, name in pairs}
