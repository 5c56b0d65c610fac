"""The system of a scenario, from what ``[data]`` names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from mutualaid import datasets
from mutualaid.cli.scenario.check_keys import fitting
from mutualaid.cli.scenario.data_keys import (
    SOURCES,
    EstimateKeys,
    ExtractKeys,
    ExtractsOfEngland,
    MatrixKeys,
    PartOfEngland,
    ReaderKeys,
    RttKeys,
    SystemKeys,
    Ways,
)
from mutualaid.cli.scenario.line_numbers import Place
from mutualaid.cli.scenario.made_tables import LIST_FIRST, made_table
from mutualaid.cli.scenario.named_files import Files
from mutualaid.cli.scenario.part import File, Part
from mutualaid.cli.scenario.problems import FileProblems, told, wrong
from mutualaid.cli.scenario.published_file import system_of
from mutualaid.cli.scenario.ready import Loaded
from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import TABLES
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.data.taking.from_file import FileTable, from_file, read_frame
from mutualaid.data.words.known_names import KnownNames, boards_named, providers_named
from mutualaid.datasets.made_up_system import NAMES
from mutualaid.errors import InputError, tell
from mutualaid.readers import (
    RTT,
    read_rtt,
    read_sites,
    read_waiting_list,
    travel_matrix,
    travel_times,
)
from mutualaid.readers.own_tables.trusts_named import in_codes

Found = TypeVar("Found")
DATA: Place = ("data",)
HORIZON = ("period_weeks", "periods")
TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""


@dataclass(frozen=True)
class DataReader:
    """Reads ``[data]``: its keys are checked first, then everything that they lead to."""

    problems: FileProblems
    files: Files
    table: Mapping[str, Any]
    """The part as it is written."""
    asked: Sequence[str] = ()
    """Columns of the patients that the policy asks about."""

    def load(self) -> Loaded | None:
        """Read everything and make the system; None if something is wrong, which is noted."""
        found = len(self.problems.rows)
        sources = [name for name in SOURCES if name in self.table]
        if len(sources) != 1:
            what = f"names {' and '.join(sources)}" if sources else "does not say where data are"
            self.problems.add(DATA, what, f"write one of {', '.join(SOURCES)}")
            every = dict.fromkeys(name for one in SOURCES.values() for name in one.model_fields)
            for name in self.table:
                if name not in every:
                    self.problems.unknown((*DATA, name), every)
            return None
        source = SOURCES[sources[0]]
        data = fitting(source, self.table, DATA, self.problems, self.files)
        way = self.table.get("travel", {})
        measured = not isinstance(way, Mapping) or "matrix" in way or "sites" in self.table
        if issubclass(source, Ways) and not measured and source is not RttKeys:
            remedy = "write travel, or sites with the latitude and longitude of each provider"
            self.problems.add(DATA, "does not say how far it is", remedy)
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

    def _read(self, data: Part) -> Loaded | None:
        if isinstance(data, SystemKeys):
            return self._system(data)
        if isinstance(data, RttKeys):
            return self._rtt(data)
        system = self.problems.made(DATA, data.maker(), data.given())
        if system is None:
            return None
        return Loaded(system=system, names=dict(zip(system.providers, NAMES, strict=False)))

    def _system(self, data: SystemKeys) -> Loaded:
        patients = None
        if isinstance(data, ExtractKeys):
            patients = read_waiting_list(self._path(data.patients), **data.given(ReaderKeys))
        sites = self._sites(data)
        given = data.given()
        horizon: dict[str, Any] = {n: given[n] for n in HORIZON if n in given}
        frames: dict[str, Any] = {}
        named = [name for name in TABLES if name in given and name not in ("travel", *LIST_FIRST)]
        for name in named:
            frames[name] = self._table(name, given[name], horizon)
        frames["travel"] = self._travel(data, sites)
        called = _names(sites)
        known = SystemNames({"provider": providers_named([*called], called)}) if called else None
        frames = {name: in_codes(known, name, table) for name, table in frames.items()}
        if patients is not None and isinstance(data, ExtractKeys):
            frames["waiting_list"] = self._counted(data, patients, frames.get("accepts"))
        for name in LIST_FIRST:
            if name in given:
                listed = frames["waiting_list"]
                listed = listed.frame if isinstance(listed, FileTable) else listed
                frames[name] = in_codes(
                    known, name, self._table(name, given[name], horizon, listed)
                )
        rest = {n: given[n] for n in (*HORIZON, "unlisted") if n in given}
        return Loaded(system=System(**rest, **frames), names=_names(sites), patients=patients)

    def _table(
        self, name: str, value: object, horizon: Mapping[str, int], waiting_list: object = None
    ) -> FileTable:
        """A table of a file, or one that is made of another."""
        if isinstance(value, Part):
            try:
                table = made_table(value, self._path, horizon, waiting_list)
                return FileTable(frame=table)
            except InputError as error:
                # What a table is made of has names of its own.
                known = error.problems["table"].isin(list(TABLES))
                ours = error.problems["table"].where(known, name)
                raise InputError(error.problems.assign(table=ours)) from error
        return _of_key(name, from_file, name, self._path(File(value)))

    def _path(self, file: File) -> Path:
        return self.files.source(file)

    def _counted(
        self, data: ExtractKeys, patients: PatientList, accepts: FileTable | None
    ) -> object:
        """The waiting list of an extract, with the columns that anything asks about."""
        ours = [*data.keep, *self.asked]
        if absent := [name for name in ours if name not in patients.columns]:
            there = ", ".join(patients.columns)
            raise wrong("patients", f"has no {', '.join(absent)}", f"it has {there}")
        if not ours:
            return patients
        by_sites = [] if accepts is None else map(str, accepts.frame.get("column", ()))
        listed = [name for name in by_sites if name in patients.columns]
        return patients.waiting_list(*dict.fromkeys([*listed, *ours]))

    def _rtt(self, data: RttKeys) -> Loaded:
        files = data.rtt if isinstance(data.rtt, list) else [data.rtt]
        rtt = read_rtt([*map(self._path, files)], **data.given(ExtractsOfEngland))
        sites = self._sites(data)
        ways = self._travel(data, sites)
        travel = ways.frame if isinstance(ways, FileTable) else ways
        chosen = data.given(PartOfEngland)
        if data.icb is not None:
            board = self._board(data, rtt, sites, travel)
            chosen["providers"] = sorted({*board, *(data.providers or ())})
        elif data.within_minutes is not None:
            raise wrong("within_minutes", "goes with icb", "write icb, or leave it out")
        share: object = data.steerable
        if isinstance(share, File):
            share = _of_key("steerable", read_frame, "steerable", self._path(share))
        made = system_of(rtt, data, travel, chosen, share)
        return Loaded(system=made, names=_names(rtt.providers))

    def _board(
        self, data: RttKeys, rtt: RTT, sites: pd.DataFrame | None, travel: pd.DataFrame
    ) -> set[str]:
        """The NHS trusts of some boards, and those within reach of any of them if asked for."""
        sites = datasets.providers() if sites is None else sites
        if "icb_code" not in sites:
            remedy = "write sites, a table with provider_code, icb_code, latitude and longitude"
            raise wrong("icb", "needs a table that says which board each provider is of", remedy)
        listed = set(rtt.waiting_list["origin"].astype(str))
        own: set[str] = set()
        known = _boards(sites)
        for asked in data.icb or ():
            found = known.find(asked)
            if found is None:
                what = f"has {known.unknown(asked)}, which is no board of these places"
                raise wrong("icb", what, "write its code or its name")
            if not found.exact:
                tell(f"icb: {told(asked)} is read as {known.told(found.code)}")
            here = sites.loc[sites["icb_code"] == found.code, "provider"].astype(str)
            trusts = {one for one in here if TRUST.fullmatch(one) and one in listed}
            if not trusts:
                what = f"has {told(asked)}, of which no NHS trust has a list and a place"
                raise wrong("icb", what, f"write one of {', '.join(map(known.told, known.names))}")
            own |= trusts
        if data.within_minutes is None:
            return own
        near = travel[travel["origin"].isin(own) & (travel["minutes"] <= data.within_minutes)]
        reached = {one for one in near["provider"].astype(str) if TRUST.fullmatch(one)}
        return own | (reached & listed)

    def _sites(self, data: Ways) -> pd.DataFrame | None:
        return None if data.sites is None else _of_key("sites", read_sites, self._path(data.sites))

    def _travel(self, data: Ways, sites: pd.DataFrame | None) -> pd.DataFrame | FileTable:
        way = data.travel
        if isinstance(way, File):
            return _of_key("travel", from_file, "travel", self._path(way))
        if isinstance(way, MatrixKeys):
            rest = {name: value for name, value in way.given().items() if name != "matrix"}
            return _of_key("travel", travel_matrix, self._path(way.matrix), **rest)
        return travel_times(sites, **(way.given() if isinstance(way, EstimateKeys) else {}))


def _of_key(key: str, read: Callable[..., Found], /, *given: object, **options: object) -> Found:
    """Read the file of a key; what is wrong with it and says of no table is about that key."""
    try:
        return read(*given, **options)
    except InputError as error:
        tables = error.problems["table"]
        raise InputError(error.problems.assign(table=tables.where(tables != "", key))) from error


def _boards(sites: pd.DataFrame) -> KnownNames:
    """The boards of places, by code and by name."""
    given = sites.dropna(subset=["icb_code"]).drop_duplicates("icb_code").astype(str)
    named = given if "icb_name" in given else given.assign(icb_name=given["icb_code"])
    names = dict(zip(named["icb_code"], named["icb_name"], strict=True))
    return boards_named(sorted(names), names)


def _names(sites: pd.DataFrame | None) -> dict[str, str]:
    """Say what providers are called, by code, as far as a table of sites does."""
    if sites is None or "name" not in sites:
        return {}
    named = sites.dropna(subset=["name"])[["provider", "name"]]
    return {str(code): str(name) for code, name in named.itertuples(index=False)}
