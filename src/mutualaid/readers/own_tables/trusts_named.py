"""Codes in place of the names by which a collaborative's own tables call trusts and services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.data.opening.code_cells import as_codes, as_written
from mutualaid.data.opening.opened_table import OpenedTable
from mutualaid.data.schema import DECLINED
from mutualaid.data.system_names import SystemNames
from mutualaid.data.taking.from_file import FileTable
from mutualaid.data.words import england
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import PATIENTS, spellings
from mutualaid.data.words.known_names import KnownNames, providers_named
from mutualaid.data.words.service_words import SERVICES, plain_service
from mutualaid.errors import InputError, Problems
from mutualaid.readers.own_tables.filled_rows import with_cells
from mutualaid.readers.own_tables.sheet_layout import TAKES_IN
from mutualaid.readers.sites import HEADINGS, LIMITS

COLUMNS = ("provider", "latitude", "longitude", "name")
TABLE = "trusts"
NOTHING = ("nothing", "none", "no")


@dataclass(frozen=True, kw_only=True)
class Trusts:
    """What trusts are called, and where they are."""

    names: Mapping[str, str] = field(default_factory=dict)
    """By code."""
    places: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["provider", "latitude", "longitude"])
    )

    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The specialties that a trust takes patients of others for, where that is said."""

    def known(self, *, england_too: bool) -> SystemNames:
        """Codes by name: of these trusts, or of all of England's besides."""
        codes = [*self.names, *(england.provider_names() if england_too else ())]
        return SystemNames(
            {
                "provider": providers_named([*dict.fromkeys(codes)], self.names),
                "service": KnownNames({c: (n,) for c, n in SERVICES.items()}, plain_service),
            }
        )


def read_trusts(opened: OpenedTable) -> Trusts:
    """Read a table of trusts: a name or a code in each row, and perhaps where it is.

    A trust without a code has that of England's provider of this name, else its name.

    Raises
    ------
    InputError
        If a trust is there twice, or a coordinate cannot be used.
    """
    body = opened.body()
    problems = Problems()
    if (origin := opened.origin(body)) is not None:
        problems.origins[TABLE] = origin
    by_form = {tidy(heading): heading for heading in body.frame.columns}
    columns: dict[str, Any] = {}
    for column in COLUMNS:
        usual = (*HEADINGS[column], "trust") if column == "name" else HEADINGS[column]
        columns[column] = next((by_form[tidy(o)] for o in usual if tidy(o) in by_form), None)
    if columns["provider"] == columns["name"]:
        columns["provider"] = by_form.get("code")
    heading = columns["name"] or columns["provider"]
    if heading is None:
        raise opened.wrong("has no column of trusts", "head one Trust", "Trust")
    theirs = as_codes(body.frame[heading])
    given = theirs if columns["provider"] is None else as_codes(body.frame[columns["provider"]])
    known = providers_named([*england.provider_names()])
    codes = []
    for name, code in zip(theirs, given, strict=True):
        found = known.find(str(name)) if pd.isna(code) or code is name else None
        codes.append(found.code if found else str(name if pd.isna(code) else code))
    listed = pd.DataFrame({"provider": codes, "name": theirs})
    absent = listed["name"].isna().to_numpy(bool)
    problems.note(TABLE, heading, absent, "is blank", "write the trust's name")
    twice = listed["provider"].duplicated(keep=False).to_numpy(bool) & ~absent
    problems.note(TABLE, heading, twice, "is there twice", "keep one", listed["name"])
    for name, limit in LIMITS.items():
        column = columns[name]
        if column is None:
            listed[name] = np.nan
            continue
        written = as_written(body.frame[column])
        degrees = pd.to_numeric(written, errors="coerce")
        bad = (written.notna() & ~(degrees.abs() <= limit)).to_numpy(bool)
        remedy = f"write degrees, from -{limit:g} to {limit:g}"
        problems.note(TABLE, column, bad, "is no place", remedy, written)
        listed[name] = degrees.to_numpy(np.float64)
    problems.raise_if_any()
    takes = by_form.get(tidy(TAKES_IN))
    said = {} if takes is None else dict(zip(codes, as_written(body.frame[takes]), strict=True))
    placed = listed.dropna(subset=list(LIMITS))
    return Trusts(
        names=dict(zip(listed["provider"], listed["name"], strict=True)),
        places=placed[["provider", *LIMITS]].reset_index(drop=True),
        takes={code: _several(str(text)) for code, text in said.items() if not pd.isna(text)},
    )


def _several(text: str) -> tuple[str, ...]:
    """Specialties with ; between them; none where the word for that stands there."""
    if tidy(text) in NOTHING:
        return ()
    return tuple(one.strip() for one in text.split(";") if one.strip())


def with_labels(known: SystemNames, labels: Mapping[str, Iterable[str]]) -> SystemNames:
    """Know the labels of one table as well: other tables may spell them in another way.

    Examples
    --------
    >>> known = with_labels(Trusts().known(england_too=False), {"provider": ["St Mary's"]})
    >>> known.known["provider"].find("ST MARYS").code
    "St Mary's"
    """
    return SystemNames(
        {
            kind: replace(one, names={**dict.fromkeys(labels.get(kind, ()), ()), **one.names})
            for kind, one in known.known.items()
        }
    )


def in_codes(known: SystemNames | None, name: str, table: Any) -> Any:
    """A table with codes in place of names that somebody gave; the very same without any.

    Examples
    --------
    >>> known = Trusts(names={"XA1": "St Mary's"}).known(england_too=False)
    >>> frame = pd.DataFrame({"provider": ["St Mary's"], "slots": [4]})
    >>> in_codes(known, "capacity", frame)["provider"].to_list()
    ['XA1']
    """
    if known is None or table is None:
        return table
    if isinstance(table, FileTable):
        ours = spellings(name)
        frame = table.frame
        headed = {one: ours.get(tidy(str(one)), one) for one in frame.columns}
        if len({*headed.values()}) < len(headed):
            # Two headings of one meaning are told where the table is checked.
            return table
        coded = known.frame(frame.rename(columns=headed), name)
        if DECLINED in coded:
            theirs = coded[DECLINED].astype(object)
            codes = known.codes("provider", theirs.dropna().unique(), f"{name}.{DECLINED}")
            coded = coded.assign(**{DECLINED: theirs.replace(codes)})
        return replace(table, frame=coded.set_axis(frame.columns, axis=1))
    return known.frame(table, name)


def patients_in_codes(known: SystemNames, opened: OpenedTable) -> OpenedTable:
    """An extract of patients with the codes of trusts that are named in it.

    Whose offer was declined is one of them: nobody is asked again by another name.
    """
    ours = spellings(PATIENTS)
    for heading in map(str, opened.headings):
        if ours.get(tidy(heading)) in ("origin", DECLINED):
            cells = opened.body().frame[heading].dropna().unique()
            codes = known.codes("origin", cells, opened.where)
            opened = with_cells(opened, heading, partial(_coded, codes))
    return opened


def _coded(codes: Mapping[Any, str], cell: object) -> object:
    return codes.get(cell, cell)


def places_of(trusts: Trusts, listed: Iterable[str]) -> pd.DataFrame:
    """Where trusts are: as their own table says, else as the NHS of England publishes it.

    Raises
    ------
    InputError
        If it is not known of some, with what to do.
    """
    ours = trusts.places
    theirs = england.places()[["provider", *LIMITS]].dropna()
    both = pd.concat([ours, theirs[~theirs["provider"].isin(ours["provider"])]], ignore_index=True)
    wanted = sorted({*listed})
    nowhere = [trusts.names.get(one, one) for one in wanted if one not in {*both["provider"]}]
    if nowhere:
        raise InputError(
            f"travel: there is none, and it is not known where {', '.join(nowhere)} are: write how "
            "long ways take (Travel), or latitude and longitude (Trusts)"
        )
    return both[both["provider"].isin(wanted)].reset_index(drop=True)
