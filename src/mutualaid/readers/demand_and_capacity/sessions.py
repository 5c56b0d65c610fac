"""Slots from sessions: how many lists there are, and how many cases each of them treats."""

from __future__ import annotations

import os
import re

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.column_checks import Floats
from mutualaid.data.opening.cells import open_cells
from mutualaid.data.opening.code_cells import as_written
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS, carried_on
from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.errors import Problems
from mutualaid.formats import first_few
from mutualaid.readers.demand_and_capacity.rate_columns import (
    WEEKS_A_YEAR,
    WEEKS_OF,
    Table,
    find_columns,
)

CALL = "slots_from_sessions"
TABLE = "sessions"
LABELS = ("provider", "service", "site", *LINE_COLUMNS)
COLUMNS = {
    "sessions": "sessions session lists number_of_sessions no_of_sessions n_sessions"
    " theatre_sessions theatre_lists number_of_lists planned_sessions",
    "cases": "cases cases_per_list cases_per_session patients_per_list patients_per_session"
    " cases_a_list patients_a_list cases_a_session average_cases_per_list",
    "utilisation": "utilisation utilization utilisation_rate theatre_utilisation use",
    "working_weeks": "working_weeks weeks_worked weeks working_weeks_a_year"
    " working_weeks_per_year weeks_per_year weeks_a_year",
}
MOST_USED = 1.5
"""Lists overrun, but not by more."""
PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*", re.ASCII)


@checks_arguments
def slots_from_sessions(
    table: str | os.PathLike[str] | object,
    *,
    per: str,
    utilisation: float | None = None,
    working_weeks: float | None = None,
    periods: int = 13,
    period_weeks: int = 4,
) -> pd.DataFrame:
    """Make the slots of each period of sessions: sessions x cases a list x utilisation.

    Parameters
    ----------
    table
        Path of a CSV, workbook or Parquet file, or a table with ``provider``, ``service``,
        ``sessions`` and ``cases`` (patients a session), and perhaps ``utilisation``,
        ``working_weeks``, ``site``, ``stream``, ``wait_class`` and ``period``. Rows of one list
        (its theatres, its consultants) are added up.
    per
        What sessions are given a: ``"week"``, ``"month"`` or ``"year"``.
    utilisation
        The share of a session's cases that are treated, where the table does not say; 1 for all.
    working_weeks
        Weeks of a year in which sessions take place, where the table does not say; 52 for all. Of
        sessions a week only: those a month or a year are what takes place.
    periods, period_weeks
        How many periods, and how long they are.

    Returns
    -------
    pandas.DataFrame
        ``provider``, ``service``, the other labels that the table has, ``period`` and ``slots``:
        the capacity of a :class:`mutualaid.System`. Slots are whole; what is left of a period is
        carried on to the next, so that no total is off by more than one half.

    Raises
    ------
    InputError
        If a column is missing, what its heading says (``sessions_per_week``) is not ``per``, a
        number is missing, negative or out of range, a total is among the rows, or two rows differ
        in nothing but numbers.

    Notes
    -----
    A year counts 52 weeks, and a month a twelfth of it.

    Examples
    --------
    Ten lists a week in 42 weeks of the year, four cases each, of which 85 % are treated:

    >>> table = pd.DataFrame({"provider": ["RJ1"], "service": ["C_110"], "sessions": [10],
    ...                       "cases": [4]})
    >>> slots_from_sessions(table, per="week", utilisation=0.85, working_weeks=42, periods=3)
      provider service  period  slots
    0      RJ1   C_110       1    110
    1      RJ1   C_110       2    110
    2      RJ1   C_110       3    110
    """
    check_horizon(CALL, per, periods, period_weeks)
    with Arguments(CALL) as check:
        check.number("utilisation", utilisation, 0, MOST_USED, "a share", optional=True)
        check.number("working_weeks", working_weeks, 0, WEEKS_A_YEAR, "weeks", optional=True)
    cells = open_cells(TABLE, table)
    problems = cells.problems(TABLE)
    needed = ("provider", "service", "sessions", "cases")
    found = find_columns(TABLE, "capacity", cells, COLUMNS, needed, per, "sessions", problems)
    _check_given(found, per, utilisation, working_weeks, problems)
    problems.raise_if_any()
    labels = found.labels(LABELS, problems)
    slots = found.amounts("sessions", problems) * found.amounts("cases", problems)
    slots = slots * _shares(found, utilisation, problems)
    weeks = _weeks(found, per, working_weeks, problems)
    every = _periods(found, labels, periods, problems)
    numbers = [found.headings[name] for name in COLUMNS if name in found.headings]
    found.note_twice(labels, problems, numbers)
    problems.raise_if_any()
    return slots_of(labels, every, slots * weeks * period_weeks, periods)


def check_horizon(call: str, per: object, periods: object, period_weeks: object) -> None:
    """Check what amounts are given a, and how long the horizon is.

    Raises
    ------
    InputError
        If one of them is out of range.
    """
    with Arguments(call) as check:
        check.choice("per", per, tuple(WEEKS_OF))
        check.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
        check.whole("period_weeks", period_weeks, 1, LONGEST_HORIZON_PERIODS)


def slots_of(labels: pd.DataFrame, period: Floats, slots: Floats, periods: int) -> pd.DataFrame:
    """Whole slots by label and period; period 0 stands for every one."""
    names = list(labels.columns)
    keys = labels.groupby(names, sort=True).ngroup().to_numpy()
    size = int(keys.max()) + 1
    a_period = np.zeros((periods, size))
    for row, (key, at) in enumerate(zip(keys, period.astype(int), strict=True)):
        a_period[slice(None) if at == 0 else at - 1, key] += slots[row]
    whole = carried_on(np.cumsum(a_period, axis=0))
    first = labels.drop_duplicates().sort_values(names, ignore_index=True)
    result = first.loc[np.repeat(np.arange(size), periods)].reset_index(drop=True)
    return result.assign(period=np.tile(np.arange(1, periods + 1), size), slots=whole.T.ravel())


def _check_given(
    found: Table,
    per: str,
    utilisation: float | None,
    working_weeks: float | None,
    problems: Problems,
) -> None:
    """Everything that slots are made of is said once."""
    if ("utilisation" in found.headings) == (utilisation is not None):
        said = utilisation is not None
        what = "is in the table and in the call" if said else "is not said"
        remedy = "leave one out" if said else "pass utilisation=, such as 0.85; 1 for all"
        problems.add(CALL, "utilisation", what, remedy)
    in_table = "working_weeks" in found.headings
    if per == "week" and in_table == (working_weeks is not None):
        what = "is in the table and in the call" if in_table else "is not said"
        remedy = "leave one out" if in_table else "pass working_weeks=, such as 42; 52 for all"
        problems.add(CALL, "working_weeks", what, remedy)
    if per != "week" and (in_table or working_weeks is not None):
        what = f"goes with per='week': sessions a {per} are those that take place"
        problems.add(CALL, "working_weeks", what, "leave it out, or give sessions a week")


def _shares(found: Table, given: float | None, problems: Problems) -> Floats:
    if given is not None:
        return np.full(len(found), float(given))
    cells, heading = found.column("utilisation"), found.headings["utilisation"]
    percents = cells.map(lambda one: PERCENT.fullmatch(one) if isinstance(one, str) else None)
    if percents.notna().all():
        shares: Floats = percents.map(lambda one: float(one[1]) / 100).to_numpy(np.float64)
    else:
        remedy = "write a share, such as 0.85"
        shares = found.amounts("utilisation", problems, remedy=remedy)
    remedy = "write a share such as 0.85, or a percentage with its sign such as 85%"
    above = f"is above {MOST_USED}"
    problems.note(TABLE, heading, shares > MOST_USED, above, remedy, cells)
    return shares


def _weeks(found: Table, per: str, given: float | None, problems: Problems) -> Floats:
    """What a week has of the amounts that are given a week, month or year."""
    if per != "week":
        return np.full(len(found), 1 / WEEKS_OF[per])
    if given is not None:
        return np.full(len(found), given / WEEKS_A_YEAR)
    weeks, heading = found.amounts("working_weeks", problems), found.headings["working_weeks"]
    above = f"is above {WEEKS_A_YEAR}"
    problems.note(TABLE, heading, weeks > WEEKS_A_YEAR, above, "write weeks of a year", weeks)
    return weeks / WEEKS_A_YEAR


def _periods(found: Table, labels: pd.DataFrame, periods: int, problems: Problems) -> Floats:
    """The period of each row; 0 for every one."""
    if "period" not in found.headings:
        return np.zeros(len(found))
    heading, cells = found.headings["period"], as_written(found.column("period"))
    period = found.amounts("period", problems)
    wrong = ~np.isin(period, np.arange(1, periods + 1))
    what = f"is no period from 1 to {periods}"
    problems.note(TABLE, heading, wrong, what, "write whole numbers, or pass periods=", cells)
    if not wrong.any() and len(labels.columns):
        keys = labels.agg(" ".join, axis=1)
        counts = pd.Series(period).groupby(keys).nunique()
        short = [str(key) for key in counts.index[counts < periods]]
        if short:
            what = f"lacks some of the {periods} periods for {first_few(short)}"
            problems.add(TABLE, heading, what, "write a row for each, with 0 sessions for none")
    return period
