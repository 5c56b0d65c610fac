"""Working days in England: what is done in a week depends on how many there are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from dateutil.relativedelta import MO
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    EasterMonday,
    GoodFriday,
    Holiday,
    next_monday,
    next_monday_or_tuesday,
)
from pandas.tseries.offsets import DateOffset

from mutualaid.data.column_checks import Floats

WORKDAYS_A_WEEK = 5
DAYS_A_WEEK = 7


class BankHolidays(AbstractHolidayCalendar):
    """Bank holidays in England and Wales, without those proclaimed for a single year.

    Source: https://www.gov.uk/bank-holidays.
    """

    rules = [  # noqa: RUF012 (what pandas asks for)
        Holiday("New Year", month=1, day=1, observance=next_monday),
        GoodFriday,
        EasterMonday,
        Holiday("Early May", month=5, day=1, offset=DateOffset(weekday=MO(1))),
        Holiday("Spring", month=5, day=31, offset=DateOffset(weekday=MO(-1))),
        Holiday("Summer", month=8, day=31, offset=DateOffset(weekday=MO(-1))),
        Holiday("Christmas", month=12, day=25, observance=next_monday),
        Holiday("Boxing Day", month=12, day=26, observance=next_monday_or_tuesday),
    ]


@lru_cache(maxsize=64)
def _off(year: int) -> frozenset[pd.Timestamp]:
    return frozenset(BankHolidays().holidays(f"{year}-01-01", f"{year}-12-31"))


def is_workday(days: pd.DatetimeIndex) -> np.ndarray:
    """Mask of the days, as 0 or 1, that are neither at a weekend nor a bank holiday.

    Examples
    --------
    >>> is_workday(pd.date_range("2025-12-24", periods=4)).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    off = frozenset[pd.Timestamp]().union(*(_off(year) for year in set(days.year)))
    weekend = np.asarray(days.day_of_week >= WORKDAYS_A_WEEK)
    return np.array([float(d not in off) for d in days]) * ~weekend


def workdays_of(month: str) -> int:
    """Working days of a calendar month.

    Examples
    --------
    >>> workdays_of("2025-12")
    21
    """
    of = pd.Period(month, "M")
    return int(is_workday(pd.date_range(of.start_time, of.end_time)).sum())


def weeks_from(month: str, weeks: int, season: dict[int, float]) -> Floats:
    """How much is done in each of the weeks after a month, as a share of a week of five days.

    Parameters
    ----------
    month
        Such as ``"2026-01"``: the first week begins the day after its last.
    weeks
        How many weeks.
    season
        By calendar month (1 to 12) how much is done on a working day, 1 being usual; months that
        are not in it are usual.

    Returns
    -------
    float64 array, shape (weeks,)

    Examples
    --------
    Christmas week of 2025 begins on a Friday here, and has two working days fewer.

    >>> weeks_from("2025-11", 4, {12: 0.9}).tolist()
    [0.9, 0.9, 0.9, 0.54]
    """
    first = pd.Period(month, "M").end_time.normalize() + pd.Timedelta(days=1)
    days = pd.date_range(first, periods=weeks * DAYS_A_WEEK)
    usual = np.array([season.get(m, 1.0) for m in days.month])
    done = (is_workday(days) * usual).reshape(weeks, DAYS_A_WEEK)
    result: Floats = done.sum(axis=1) / WORKDAYS_A_WEEK
    return result
