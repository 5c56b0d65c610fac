"""Counts of waiting patients by band, as the waiting list of a system."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments, is_number, shown
from mutualaid.data.column_checks import LONGEST_WAIT_WEEKS, Floats, as_frame
from mutualaid.data.opening.cells import open_cells
from mutualaid.data.schema import RESERVED
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import InputError, tell
from mutualaid.formats import first_few
from mutualaid.readers.counts.band_names import WEEKS_OF
from mutualaid.readers.counts.bands import (
    CALL,
    FEWEST,
    TABLE,
    Band,
    bands_said,
    given_bands,
    settled,
    within_each_other,
)
from mutualaid.readers.counts.census import rows_of_census
from mutualaid.readers.counts.columns import Columns, find_columns
from mutualaid.readers.counts.entries import Entries

PROFILE = "a table with weeks_waiting and patients, or a mapping from week to patients"
EXTRACT_OF_ENGLAND = "rttparttype"


@checks_arguments
def read_counts(
    table: str | os.PathLike[str] | object,
    bands: str | Mapping[str, Sequence[int | None]] = "auto",
    *,
    origin: str | None = None,
    service: str | None = None,
    area: str | None = None,
    keep: Sequence[str] = (),
    band: str | None = None,
    patients: str | None = None,
    unit: str | None = None,
    census: str | dt.date | None = None,
    open_weeks: int | None = None,
    profile: object | None = None,
    hidden: int | None = None,
) -> pd.DataFrame:
    """Read counts of waiting patients by band of waits, such as statistical offices publish.

    Parameters
    ----------
    table
        Path of a CSV, workbook or Parquet file, or a table: with a column for each band (as of
        Northern Ireland, Wales and NHS England's provider workbooks), or with a row for each band
        and a column that names it (as Ireland's NTPF has it).
    bands
        ``"auto"`` recognises the usual names in days, weeks, months and years: ``"0-6 Months"``,
        ``"18 Months +"``, ``">52 weeks"``, ``"Over 26 weeks and up to 27 weeks"``, ``">0-1"``.
        Or by the name of each band that is meant its first week and the first week beyond it:
        ``{"0-6 Months": (0, 26), "18 Months +": (78, None)}``. Other bands are then left out.
    origin, service, area
        Headings of these columns. By default the usual ones are recognised, a code before a name.
    keep
        Headings of further columns that tell queues apart. Over all others is added up.
    band, patients
        Headings of the bands and of the counts of a table with a row a band, where they are not
        recognised.
    unit
        ``"weeks"``, ``"months"``, ``"days"`` or ``"years"``, for bands that name none.
    census
        The day or month whose rows are read, where the table holds several.
    open_weeks
        How many weeks the open band at the top is taken to hold. By default as many as the band
        below it.
    profile
        How many patients there usually are by week: a table with ``weeks_waiting`` and
        ``patients``, such as ``read_rtt(…).waiting_list``, or a mapping from week to number.
        Patients of a band are spread over its weeks in this proportion; without it, evenly.
    hidden
        Patients that stand for a hidden count (``*``, ``<5``). By default these are an error.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``service``, ``area`` and the columns of ``keep`` where there are any,
        ``weeks_waiting`` and ``patients``: a waiting list for :class:`mutualaid.System`.

    Raises
    ------
    InputError
        If a column or a band is not recognised or could be two things, bands overlap, a count is
        hidden, negative or not whole, bands do not add up to the total beside them, rows are there
        twice, a total stands without its parts, or the table holds several months.

    Warns
    -----
    InputWarning
        What was left out (rows of totals, columns that are no bands), added up over, counted as 0,
        rounded or taken for granted (the end of the open band).

    Notes
    -----
    A year counts 52 weeks and a month a twelfth of it. Where one band begins, the one below it
    ends: 0-6 and 6-12 weeks meet at week 6, 0-6 and 7-12 weeks at week 7. Where every column is
    open (all, over 12 weeks, over 26), each holds the next one, and patients count once.

    Patients are whole and each band of each queue keeps its total exactly. A queue's patients of
    a band stand at equal distances in it, and queues start at different places, so that many
    small queues together are spread evenly too.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "Hospital": ["Mercy", "Mercy"], "Specialty": ["Urology", "ENT"],
    ...     "0-6 Months": [52, 0], "6-12 Months": [0, 1], "12 Months +": [1, 0],
    ...     "Total": [53, 1]})
    >>> waiting = read_counts(table, open_weeks=26)
    >>> waiting.groupby("service")["patients"].sum().to_dict()
    {'ENT': 1, 'Urology': 53}
    >>> waiting[waiting["weeks_waiting"] > 25]
       origin  service  weeks_waiting  patients
    0   Mercy      ENT             38         1
    27  Mercy  Urology             64         1
    """
    usual = _checked(unit, open_weeks, hidden, profile, keep, bands)
    opened = open_cells(TABLE, table)
    frame = opened.frame.set_axis(list(map(str, opened.frame.columns)), axis=1)
    _check_kind(frame)
    problems, notes = opened.problems(TABLE), list[str]()
    given = None if isinstance(bands, str) else bands
    named = {
        "origin": origin,
        "service": service,
        "area": area,
        "band": band,
        "patients": patients,
    }
    columns = find_columns(frame, named, keep, given, problems)
    chosen = [] if given is None else given_bands(given, problems)
    if columns is None:
        problems.raise_if_any()
        raise AssertionError("a table without columns is a problem")
    notes += columns.notes
    if given is None:
        chosen = bands_said(columns.said, unit or columns.unit, problems, notes)
    if columns.band is None and (nested := _nested(chosen, columns, notes)) is not None:
        chosen, columns = nested
    ready = settled(chosen, open_weeks, problems, notes)
    at_census = np.flatnonzero(rows_of_census(frame, columns.dates, census, problems))
    problems.raise_if_any()
    frame = frame.iloc[at_census].reset_index(drop=True)
    if opened.origin is not None:
        problems.origins[TABLE] = opened.origin.of_rows(at_census)
    entries = Entries(frame, columns, ready, opened.continental, hidden, problems, notes)
    entries.check()
    problems.raise_if_any()
    for note in dict.fromkeys(notes):
        tell(note)
    return entries.waiting_list(usual)


def _nested(
    bands: Sequence[Band], columns: Columns, notes: list[str]
) -> tuple[list[Band], Columns] | None:
    """Take columns of those who have waited longer and longer, and of all, as bands."""
    everybody = [] if columns.total is None else [Band(columns.total, 0, -1, is_open=True)]
    if (nested := within_each_other([*everybody, *bands])) is None or len(bands) < FEWEST:
        return None
    notes.append(f"each of {first_few((repr(one.name) for one in nested), 3)} holds the next one")
    return nested, replace(columns, total=None, is_nested=True)


def _checked(
    unit: object,
    open_weeks: object,
    hidden: object,
    profile: object,
    keep: object,
    bands: object,
) -> Floats | None:
    """Check what is called with; gives the profile as numbers by week."""
    with Arguments(CALL) as check:
        check.choice("unit", unit, (*WEEKS_OF, None))
        if open_weeks is not None:
            check.whole("open_weeks", open_weeks, 1, LONGEST_WAIT_WEEKS)
        if hidden is not None:
            check.whole("hidden", hidden, 0)
        if bands != "auto" and not (isinstance(bands, Mapping) and len(bands)):
            remedy = "write 'auto', or a mapping from the name of each band to its weeks"
            check.wrong("bands", f"is {shown(bands)}", remedy)
        if isinstance(keep, str) or not all(isinstance(one, str) for one in _listed(keep)):
            check.wrong("keep", "is no list of headings", "write headings, such as ['priority']")
        elif taken := [one for one in _listed(keep) if one in RESERVED]:
            check.wrong("keep", f"has {first_few(map(str, taken))}", "rename it in the table")
    return None if profile is None else _profile(profile)


def _listed(keep: object) -> Sequence[object]:
    return tuple(keep) if isinstance(keep, Sequence) else (None,)


def _profile(given: object) -> Floats:
    """How many patients there usually are, by week."""
    if isinstance(given, Mapping) and not {"weeks_waiting", "patients"} <= set(given):
        pairs = [*given.items()]
    else:
        frame = as_frame("profile", given)
        if not {"weeks_waiting", "patients"} <= set(frame.columns):
            raise InputError(f"profile lacks weeks_waiting or patients: pass {PROFILE}")
        pairs = [*zip(frame["weeks_waiting"], frame["patients"], strict=True)]
    right = all(
        is_number(week, 0, LONGEST_WAIT_WEEKS) and float(week).is_integer() and is_number(many_, 0)
        for week, many_ in pairs
    )
    if not right or not pairs:
        raise InputError(f"profile has weeks or numbers that are none, or below 0: pass {PROFILE}")
    weeks = np.array([int(week) for week, _ in pairs], dtype=np.int64)
    found: Floats = np.bincount(weeks, weights=np.array([float(n) for _, n in pairs])).astype(float)
    if not np.isfinite(found).all():
        raise InputError(f"profile has numbers that are not finite: pass {PROFILE}")
    return found


def _check_kind(frame: pd.DataFrame) -> None:
    """Counts that another reader takes are sent there."""
    if EXTRACT_OF_ENGLAND in map(tidy, frame.columns):
        raise InputError(
            "counts is NHS England's RTT full extract, which read_rtt reads with what was done and "
            "who joined: pass it to read_rtt"
        )
    if not len(frame):
        raise InputError("counts has headings and no rows: pass the table of who waits")
