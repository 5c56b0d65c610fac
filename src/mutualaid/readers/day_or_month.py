"""What a cell says of when: a day and its month, or a month alone."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from mutualaid.readers.rtt.period_columns import month_of
from mutualaid.readers.waiting_list.dates import moment


def day_or_month(value: object) -> tuple[dt.date | None, str] | None:
    """A cell or an argument as a day, where it says one, and its month; None if it is no date.

    Examples
    --------
    >>> day_or_month("31/12/2025"), day_or_month("Jan-26"), day_or_month("soon")
    ((datetime.date(2025, 12, 31), '2025-12'), (None, '2026-01'), None)
    """
    if isinstance(value, pd.Period):
        return None, f"{value.year:04}-{value.month:02}"
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if value is pd.NaT or value is None:
        return None
    if isinstance(value, dt.datetime | dt.date):
        day = dt.date(value.year, value.month, value.day)
        return day, f"{day:%Y-%m}"
    text = str(value).strip().removesuffix(".0")
    when = moment(text)
    if when is not None:
        return when.date(), f"{when:%Y-%m}"
    month = month_of(text)
    return None if month is None else (None, month)
