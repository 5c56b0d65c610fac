"""The system of a scenario, from what ``[data]`` names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mutualaid.cli.scenario.check_keys import fitting
from mutualaid.cli.scenario.data_keys import (
    SOURCES,
    EstimateKeys,
    ExampleKeys,
    ExtractKeys,
    ExtractsOfEngland,
    MatrixKeys,
    PartOfEngland,
    ReaderKeys,
    RttKeys,
    SystemKeys,
    TablesKeys,
    Ways,
)
from mutualaid.cli.scenario.line_numbers import Place
from mutualaid.cli.scenario.named_files import Files, read_table
from mutualaid.cli.scenario.part import File, Part
from mutualaid.cli.scenario.problems import FileProblems, meant, told
from mutualaid.cli.scenario.ready import Loaded
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

DATA: Place = ("data",)
TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""


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

    problems: FileProblems
    files: Files
    table: Mapping[str, Any]
    asked: Sequence[str] = ()

    def load(self) -> Loaded | None:
        """Read everything and make the system; None if something is wrong, which is noted."""
        found = len(self.problems.rows)
        sources = [name for name in SOURCES if name in self.table]
        if len(sources) != 1:
            wrong = f"names {' and '.join(sources)}" if sources else "does not say where data are"
            self.problems.add(DATA, wrong, f"write one of {', '.join(SOURCES)}")
            every = dict.fromkeys(name for one in SOURCES.values() for name in one.model_fields)
            for name in self.table:
                if name not in every:
                    self.problems.unknown((*DATA, name), every)
            return None
        source = SOURCES[sources[0]]
        data = fitting(source, self.table, DATA, self.problems, self.files)
        if issubclass(source, Ways):
            self._check_ways()
        if data is None or len(self.problems.rows) > found:
            return None
        try:
            return self._read(data)
        except InputError as error:
            self.problems.taken(error, self.place)
            return None

    def place(self, table: str, column: str) -> Place:
        """Say which key a problem of the data is about."""
        names = (table, column, "travel" if table.startswith("travel") else "", *SOURCES)
        name = next((name for name in names if name in self.table), None)
        return DATA if name is None else (*DATA, name)

    def _check_ways(self) -> None:
        """Note it where nothing says how far it is."""
        way = self.table.get("travel", {})
        if "sites" not in self.table and isinstance(way, Mapping) and "matrix" not in way:
            remedy = "write travel, or sites with the latitude and longitude of each provider"
            self.problems.add(DATA, "does not say how far it is", remedy)

    def _read(self, data: Part) -> Loaded | None:
        if isinstance(data, ExampleKeys):
            system = self.problems.made(DATA, ExampleKeys.makes, data.given())
            names = zip(system.providers, NAMES, strict=False) if system is not None else ()
            return None if system is None else Loaded(system=system, names=dict(names))
        if isinstance(data, RttKeys):
            return self._rtt(data)
        if isinstance(data, ExtractKeys):
            patients = read_waiting_list(self._path(data.patients), **data.given(ReaderKeys))
            return self._system(data, {"waiting_list": patients}, patients)
        return self._system(data, {}, None) if isinstance(data, TablesKeys) else None

    def _path(self, file: File) -> Path:
        return self.files.used[file]

    def _system(
        self, data: SystemKeys, frames: dict[str, object], patients: PatientList | None
    ) -> Loaded:
        sites = self._sites(data)
        given = data.given()
        for name in TABLES:
            if name in given and name != "travel":
                frames[name] = _of_key(name, read_table, name, self._path(given[name]))
        frames["travel"] = self._travel(data, sites)
        if patients is not None and isinstance(data, ExtractKeys):
            frames["waiting_list"] = self._counted(data, patients, frames.get("accepts"))
        rest = {
            name: given[name] for name in ("period_weeks", "periods", "unlisted") & given.keys()
        }
        return Loaded(
            system=System(**rest, **frames),  # type: ignore[arg-type]
            names=names_of(sites),
            patients=patients,
        )

    def _counted(self, data: ExtractKeys, patients: PatientList, accepts: object) -> object:
        """The waiting list of an extract, with the columns that anything asks about."""
        ours = [*data.keep, *self.asked]
        if absent := [name for name in ours if name not in patients.columns]:
            there = ", ".join(patients.columns)
            raise wrong("patients", f"has no {', '.join(absent)}", f"it has {there}")
        if not ours:
            return patients
        named = isinstance(accepts, pd.DataFrame) and "column" in accepts
        by_sites = [str(name) for name in accepts["column"]] if named else []  # type: ignore[index]
        listed = [name for name in by_sites if name in patients.columns]
        return patients.waiting_list(*dict.fromkeys([*listed, *ours]))

    def _rtt(self, data: RttKeys) -> Loaded:
        files = data.rtt if isinstance(data.rtt, list) else [data.rtt]
        rtt = read_rtt([*map(self._path, files)], **data.given(ExtractsOfEngland))
        sites = self._sites(data)
        travel = self._travel(data, sites)
        chosen = data.given(PartOfEngland)
        if data.icb is not None:
            board = self._board(data, rtt, sites, travel)
            chosen["providers"] = sorted({*board, *(data.providers or ())})
        elif data.within_minutes is not None:
            raise wrong("within_minutes", "goes with icb", "write icb, or leave it out")
        return Loaded(system=rtt.system(travel, **chosen), names=names_of(rtt.providers))

    def _board(
        self, data: RttKeys, rtt: RTT, sites: pd.DataFrame | None, travel: pd.DataFrame
    ) -> set[str]:
        """The NHS trusts of some boards, and those within reach of any of them if asked for."""
        if sites is None or "icb_code" not in sites:
            remedy = "write sites, a table with provider_code, icb_code, latitude and longitude"
            raise wrong("icb", "needs a table that says which board each provider is of", remedy)
        listed = set(rtt.waiting_list["origin"].astype(str))
        own: set[str] = set()
        for board in data.icb or ():
            here = sites.loc[sites["icb_code"] == board, "provider"].astype(str)
            trusts = {one for one in here if TRUST.fullmatch(one) and one in listed}
            if not trusts:
                known = sorted(map(str, sites["icb_code"].dropna().unique()))
                what = f"has {told(board)}, of which no NHS trust has a list and a place"
                raise wrong("icb", what, meant(board, known))
            own |= trusts
        if data.within_minutes is None:
            return own
        near = travel[travel["origin"].isin(own) & (travel["minutes"] <= data.within_minutes)]
        reached = {one for one in near["provider"].astype(str) if TRUST.fullmatch(one)}
        return own | (reached & listed)

    def _sites(self, data: Ways) -> pd.DataFrame | None:
        return None if data.sites is None else _of_key("sites", read_sites, self._path(data.sites))

    def _travel(self, data: Ways, sites: pd.DataFrame | None) -> pd.DataFrame:
        way = data.travel
        if isinstance(way, File):
            return _of_key("travel", read_table, "travel", self._path(way))
        if isinstance(way, MatrixKeys):
            rest = {name: value for name, value in way.given().items() if name != "matrix"}
            return _of_key("travel", travel_matrix, self._path(way.matrix), **rest)
        return travel_times(sites, **(way.given() if isinstance(way, EstimateKeys) else {}))


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
