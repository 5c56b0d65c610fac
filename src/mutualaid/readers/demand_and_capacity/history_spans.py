"""Months and weeks of a history: which rows are of which, and how many working days each has."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Ints
from mutualaid.data.words.column_names import tidy
from mutualaid.data.workdays import DAYS_A_WEEK, is_workday
from mutualaid.errors import Problems
from mutualaid.readers.day_or_month import day_or_month

ENDS, STARTS = re.compile("end"), re.compile("start|commenc|begin|^wc$|^wb$|from")


@dataclass(frozen=True, slots=True)
class Spans:
    """Months or weeks that follow each other, and the one of each row."""

    of_row: Ints
    """By row the position of its month or week."""
    names: Sequence[str]
    first: Sequence[dt.date]
    last: Sequence[dt.date]
    missing: Sequence[str] = ()
    """Those between the first and the last that no row is of."""

    def workdays(self) -> Floats:
        """Working days of each."""
        return np.array(
            [
                is_workday(pd.date_range(a, b)).sum()
                for a, b in zip(self.first, self.last, strict=True)
            ]
        )


def spans_of(
    table: str, heading: str, cells: pd.Series, per: str, problems: Problems
) -> Spans | None:
    """Read a column of months, or of days that weeks start or end with; note what is neither.

    Examples
    --------
    >>> spans = spans_of("t", "month", pd.Series(["Dec-25", "2026-02-28"]), "month", Problems())
    >>> spans.names, spans.missing, spans.workdays().tolist()
    (['2025-12', '2026-02'], ['2026-01'], [21.0, 20.0])
    """
    ends = ENDS.search(tidy(heading)) is not None
    if per == "week" and not ends and not STARTS.search(tidy(heading)):
        remedy = "head it week_ending or week_commencing"
        problems.add(table, heading, "does not say whether weeks start or end then", remedy)
        return None
    read = {one: day_or_month(one) for one in cells.dropna().unique()}
    days = {one: found for one, found in read.items() if found is not None}
    if per == "week":
        days = {one: found for one, found in days.items() if found[0] is not None}
    bad = ~cells.isin(list(days)).to_numpy(dtype=bool)
    what = "is no day" if per == "week" else "names no single month"
    remedy = f"write {'days such as 2026-01-30' if per == 'week' else 'months such as 2026-01'}"
    if problems.note(table, heading, bad, what, remedy, cells):
        return None
    ordinals = {one: _ordinal(*found, per) for one, found in days.items()}
    if per == "week" and len({one % DAYS_A_WEEK for one in ordinals.values()}) > 1:
        what = "has weeks that do not start or end on one day of the week"
        problems.add(table, heading, what, "write the same day for every week")
        return None
    step = DAYS_A_WEEK if per == "week" else 1
    known = sorted(set(ordinals.values()))
    place = {ordinal: at for at, ordinal in enumerate(known)}
    holes = sorted({*range(known[0], known[-1], step)} - {*known})
    edges = [_edges(ordinal, per, ends) for ordinal in known]
    return Spans(
        of_row=cells.map(lambda one: place[ordinals[one]]).to_numpy(dtype=np.int64),
        names=[_name(one, per) for one in known],
        first=[first for first, _ in edges],
        last=[last for _, last in edges],
        missing=[_name(one, per) for one in holes],
    )


def _ordinal(day: dt.date | None, month: str, per: str) -> int:
    if per == "week" and day is not None:
        return day.toordinal()
    return int(pd.Period(month, "M").ordinal)


def _edges(ordinal: int, per: str, ends: bool) -> tuple[dt.date, dt.date]:
    if per == "week":
        day = dt.date.fromordinal(ordinal)
        week = dt.timedelta(days=DAYS_A_WEEK - 1)
        return (day - week, day) if ends else (day, day + week)
    month = pd.Period(ordinal=ordinal, freq="M")
    return month.start_time.date(), month.end_time.date()


def _name(ordinal: int, per: str) -> str:
    if per == "week":
        return str(dt.date.fromordinal(ordinal))
    return str(pd.Period(ordinal=ordinal, freq="M"))
