"""How much comes to each list by working day or by week, and so up to each period's end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import Floats, Ints
from mutualaid.data.opening.cells import Cells, open_cells
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS
from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.total_words import TOTALS
from mutualaid.data.workdays import DAYS_A_WEEK, is_workday
from mutualaid.errors import Problems
from mutualaid.formats import first_few
from mutualaid.readers.counted_cells import read_counts_of
from mutualaid.readers.day_or_month import day_or_month
from mutualaid.readers.demand_and_capacity.history_spans import Spans, spans_of
from mutualaid.readers.demand_and_capacity.rate_columns import WEEKS_OF, Table, find_columns
from mutualaid.readers.rtt.read import RTT

FEWEST_MONTHS = 2
"""Headings of months that make a table one with a column for each."""
GAPS = ("error", "zero", "skip")
DATES = (
    "month month_ending month_end period_name reporting_month reporting_period week week_ending"
    " week_end week_commencing week_starting week_start week_beginning wc date date_of_week period"
    " activity_month year_month calendar_month"
)
COUNTS = {
    "slots": "slots activity completed completions completed_pathways treated treatments"
    " operations procedures discharges patients cases count number total spells",
    "referrals": "patients referrals new additions joiners clock_starts new_periods new_referrals"
    " new_rtt_periods additions_to_list count number",
    "removals": "patients removals removed leavers removed_untreated count number",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one call asks for."""

    table: str
    """What it makes: ``"slots"``, ``"referrals"`` or ``"removals"``."""
    per: str | None
    periods: int
    period_weeks: int
    census: object
    gaps: str
    hidden: int | None

    @property
    def call(self) -> str:
        """What was called."""
        return f"{self.table}_from_{'activity' if self.table == 'slots' else 'history'}"

    @property
    def who(self) -> str:
        """The column that says whose it is."""
        return "provider" if self.table == "slots" else "origin"

    @property
    def amount(self) -> str:
        """The column of numbers."""
        return "slots" if self.table == "slots" else "patients"


def rates_of(source: object, asked: Asked, notes: list[str]) -> tuple[pd.DataFrame, Floats]:
    """Lists, and what comes to each up to the end of each period.

    Parameters
    ----------
    source
        A table of history or rates, its path, or what :func:`mutualaid.read_rtt` gives.
    asked
        What the call asks for.
    notes
        Takes down what a reader should know.

    Returns
    -------
    pandas.DataFrame
        The labels of each list.
    float64 array, shape (periods, lists)

    Raises
    ------
    InputError
        If the call or the table cannot be used.
    """
    with Arguments(asked.call) as check:
        check.choice("gaps", asked.gaps, GAPS)
        check.whole("periods", asked.periods, 1, LONGEST_HORIZON_PERIODS)
        check.whole("period_weeks", asked.period_weeks, 1, LONGEST_HORIZON_PERIODS)
        if asked.hidden is not None:
            check.whole("hidden", asked.hidden, 0)
        if isinstance(source, RTT) and asked.per is not None:
            check.wrong("per", "goes with a table: the rates of the file are known", "leave it out")
        elif not isinstance(source, RTT):
            check.choice("per", asked.per, tuple(WEEKS_OF))
    ends = np.arange(1, asked.periods + 1) * asked.period_weeks
    if isinstance(source, RTT):
        made = getattr(source, {"slots": "capacity"}.get(asked.table, asked.table))
        weekly = made[asked.amount].to_numpy(dtype=np.float64) / source.period_weeks
        keys = made[[asked.who, "service"]].astype(str).reset_index(drop=True)
        return keys, np.outer(ends, weekly)
    return _of_table(source, asked, ends, notes)


def _of_table(
    source: object, asked: Asked, ends: Ints, notes: list[str]
) -> tuple[pd.DataFrame, Floats]:
    problems = Problems()
    schema = "capacity" if asked.table == "slots" else asked.table
    extra = {asked.amount: COUNTS[asked.table], "when": DATES}
    needed = (asked.who, "service", asked.amount)
    opened = open_cells(asked.table, source)
    if opened.origin is not None:
        problems.origins[asked.table] = opened.origin
    cells = _months_down(opened, asked, problems, notes)
    if cells is not opened:
        # A row of the file is several rows now.
        problems.origins.pop(asked.table, None)
    problems.raise_if_any()
    found = find_columns(
        asked.table, schema, cells, extra, needed, asked.per, asked.amount, problems
    )
    problems.raise_if_any()
    others = ("site",) if asked.table == "slots" else ("priority", "area")
    labels = found.labels((asked.who, "service", *others, *LINE_COLUMNS), problems)
    counts = found.amounts(asked.amount, problems, asked.hidden)
    found.note_twice(labels, problems, [found.headings[asked.amount]])
    when = found.headings.get("when")
    per = str(asked.per)
    spans = None
    if when is not None and per == "year":
        remedy = "pass per='month' or 'week', or leave the column out of rates a year"
        problems.add(asked.table, when, "holds dates, and per is 'year'", remedy)
    elif when is not None:
        spans = spans_of(asked.table, when, found.column("when"), per, problems)
    elif asked.census is not None:
        remedy = "leave it out, or give the month or week of each row"
        problems.add(asked.call, "census", "goes with a column of months or weeks", remedy)
    problems.raise_if_any()
    names = list(labels.columns)
    key: Ints = np.asarray(labels.groupby(names, sort=True).ngroup(), dtype=np.int64)
    keys = labels.drop_duplicates().sort_values(names, ignore_index=True)
    if spans is None:
        weekly = np.bincount(key, weights=counts, minlength=len(keys)) / WEEKS_OF[per]
        return keys, np.outer(ends, weekly)
    days = _counted_days(found, keys, key, spans, asked, problems)
    start = _census(asked, spans, problems)
    problems.raise_if_any()
    if spans.missing:
        notes.append(
            f"{asked.table}: no rows of {first_few(spans.missing)}, which count for nothing"
        )
    if asked.census is None:
        notes.append(f"{asked.table}: periods are counted from {start}, the end of the history")
    rate = np.bincount(key, weights=counts, minlength=len(keys)) / days
    return keys, np.outer(_workdays_to(start, ends), rate)


def _months_down(cells: Cells, asked: Asked, problems: Problems, notes: list[str]) -> Cells:
    """A table with a column for each month as one with a row for each."""
    frame = cells.frame
    months = [heading for heading in frame.columns if day_or_month(heading) is not None]
    if asked.per != "month" or len(months) < FEWEST_MONTHS:
        return cells
    read = {}
    for heading in months:
        before = len(problems.rows)
        counts, _ = read_counts_of(
            asked.table,
            str(heading),
            frame[heading],
            asked.hidden,
            problems,
            continental=cells.continental,
            whole=False,
        )
        if len(problems.rows) == before:
            remedy = "write a number, 0 for none"
            problems.note(asked.table, str(heading), np.isnan(counts), "is blank", remedy)
        read[str(heading)] = counts
    rest = [heading for heading in frame.columns if heading not in months]
    sums = [heading for heading in rest if tidy(heading) in TOTALS]
    if sums:
        notes.append(f"{asked.table}: left out: {first_few(repr(str(one)) for one in sums)}")
    kept = frame[[heading for heading in rest if heading not in sums]]
    wide = pd.concat([kept.reset_index(drop=True), pd.DataFrame(read)], axis=1)
    long = wide.melt(list(kept.columns), var_name="month", value_name=asked.amount)
    return Cells(frame=long, continental=cells.continental)


def _counted_days(
    found: Table,
    keys: pd.DataFrame,
    key: Ints,
    spans: Spans,
    asked: Asked,
    problems: Problems,
) -> Floats:
    """Working days behind the numbers of each list."""
    there = np.zeros((len(keys), len(spans.names)), dtype=bool)
    there[key, spans.of_row] = True
    workdays = spans.workdays()
    if asked.gaps == "error" and not there.all():
        holes = [
            f"{' '.join(keys.iloc[row])} {spans.names[at]}"
            for row, at in zip(*np.nonzero(~there), strict=True)
        ]
        remedy = "write 0 where there was nothing; or pass gaps='zero', or gaps='skip'"
        what = f"lacks rows: {first_few(holes)}"
        problems.add(asked.table, found.headings["when"], what, remedy)
    days = there @ workdays if asked.gaps == "skip" else np.full(len(keys), workdays.sum())
    idle = [" ".join(keys.iloc[row]) for row in np.flatnonzero(days <= 0)]
    if idle:
        what = f"has no working day for {first_few(idle)}"
        problems.add(asked.table, found.headings["when"], what, "give more weeks")
    result: Floats = np.asarray(days, dtype=np.float64)
    return result


def _census(asked: Asked, spans: Spans, problems: Problems) -> dt.date:
    if asked.census is None:
        return spans.last[-1]
    read = day_or_month(asked.census)
    if read is None:
        remedy = "write a day, such as '2026-01-31'"
        problems.add(asked.call, "census", f"is {str(asked.census)!r}, which is no date", remedy)
        return spans.last[-1]
    day, month = read
    return pd.Period(month, "M").end_time.date() if day is None else day


def _workdays_to(census: dt.date, ends: Ints) -> Floats:
    """Working days from the census to the end of each period."""
    days = pd.date_range(census + dt.timedelta(days=1), periods=int(ends[-1]) * DAYS_A_WEEK)
    done = np.cumsum(is_workday(days))
    result: Floats = done[ends * DAYS_A_WEEK - 1]
    return result
