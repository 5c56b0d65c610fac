"""What would have been forecast from each month of the past, with nothing that came later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.calibration.fitting import fit
from mutualaid.calibration.merged_providers import followed, joined, likely_mergers
from mutualaid.calibration.monthly_counts import Counts, MonthlyCounts
from mutualaid.calibration.one_queue import one_queue
from mutualaid.calibration.path import start, stocks
from mutualaid.calibration.workdays import DAYS_A_WEEK
from mutualaid.data.column_checks import Floats

ENGLAND = "England"
"""The provider of rows that are of all providers together."""
OVER = (0, 18, 26, 40, 52, 65)
"""Weeks waited by which counts are told apart; 0 is the whole list."""
MONTHS_A_YEAR = 12
VALUES = ("forecast", "published", "persistence", "one_queue")


@dataclass(frozen=True, eq=False, kw_only=True)
class Forecast:
    """What is said at one month of a later one: float64 arrays, shape (providers, thresholds).

    Attributes
    ----------
    origin, month : int
        Positions of both months in the counts.
    forecast, persistence, one_queue
        Who will have waited so long; the same if nothing changes; and if each list were one queue.
    """

    origin: int
    month: int
    forecast: Floats
    persistence: Floats
    one_queue: Floats


def forecasts_from(
    counts: MonthlyCounts, origin: int, months: list[int], over: tuple[int, ...]
) -> list[Forecast]:
    """Forecast the ends of some months from the end of an earlier one.

    Parameters
    ----------
    counts
        All months. Of those after ``origin`` only the names are looked at.
    origin
        Position of the month to forecast from.
    months
        Positions of the months to forecast.
    over
        Weeks: who has waited so long or longer is counted.
    """
    known = followed(counts.until(origin))
    rates = fit(known)
    ahead = [weeks_between(counts.months[origin], counts.months[month]) for month in months]
    weeks = int(np.ceil(max(ahead)))
    as_today, in_order = stocks(known, rates, weeks), one_queue(known, rates, weeks)
    still = waiting_over(known, start(known)[0], over)
    return [
        Forecast(
            origin=origin,
            month=month,
            forecast=_between(known, as_today, when, over),
            persistence=still,
            one_queue=_between(known, in_order, when, over),
        )
        for month, when in zip(months, ahead, strict=True)
    ]


def thresholds(counts: MonthlyCounts) -> tuple[int, ...]:
    """Those of :data:`OVER` that the counts tell apart."""
    return tuple(weeks for weeks in OVER if weeks < counts.weeks)


def weeks_between(month: str, later: str) -> float:
    """Weeks from the end of a month to that of another.

    Examples
    --------
    >>> weeks_between("2026-01", "2026-02")
    4.0
    """
    ends = [pd.Period(name, "M").end_time.normalize() for name in (month, later)]
    return float((ends[1] - ends[0]).days / DAYS_A_WEEK)


def waiting_over(counts: MonthlyCounts, waiting: Counts, over: tuple[int, ...]) -> Floats:
    """Who of each provider has waited so long or longer; shape (providers, thresholds)."""
    lists = np.stack([waiting[:, weeks:].sum(axis=1, dtype=np.float64) for weeks in over], axis=1)
    return counts.by_provider(lists)


def _between(
    counts: MonthlyCounts, weekly: list[Counts], when: float, over: tuple[int, ...]
) -> Floats:
    """The count some weeks on; between the ends of two weeks on the line through both."""
    first = int(when)
    result = waiting_over(counts, weekly[first], over)
    part = when - first
    if part > 0:
        result = result * (1 - part) + waiting_over(counts, weekly[first + 1], over) * part
    return result


def table_of(
    counts: MonthlyCounts, forecasts: Sequence[Forecast], over: tuple[int, ...]
) -> pd.DataFrame:
    """Lay forecasts out beside what was published: a row a provider with a return, and England's.

    England is all providers with a return for the month that was forecast, so that the same
    patients are counted on both sides. Who seems to have merged by then is counted to whom took
    over.

    Returns
    -------
    pandas.DataFrame
        ``origin_month``, ``month``, ``horizon``, ``provider``, ``over`` and :data:`VALUES`.
    """
    codes = np.array([ENGLAND, *counts.providers], dtype=object)
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("origin_month", "month", "horizon", "provider", "over", *VALUES)
    }
    merged = likely_mergers(counts)
    published = {at: waiting_over(counts, counts.waiting[at], over) for at in _months(forecasts)}
    for one in forecasts:
        returned = np.flatnonzero(counts.returned[one.month])
        size = (len(returned) + 1) * len(over)
        columns["origin_month"].append(np.full(size, counts.months[one.origin], dtype=object))
        columns["month"].append(np.full(size, counts.months[one.month], dtype=object))
        ahead = counts.ordinals[one.month] - counts.ordinals[one.origin]
        columns["horizon"].append(np.full(size, ahead))
        columns["provider"].append(np.repeat(codes[np.append(0, returned + 1)], len(over)))
        columns["over"].append(np.tile(np.array(over), len(returned) + 1))
        said = one.forecast, published[one.month], one.persistence, one.one_queue
        for name, values in zip(VALUES, said, strict=True):
            own = joined(merged, values, one.month)[returned]
            columns[name].append(np.vstack([own.sum(axis=0), own]).ravel())
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})


def _months(forecasts: Sequence[Forecast]) -> set[int]:
    return {one.month for one in forecasts}


def unchanged(counts: MonthlyCounts) -> pd.DataFrame:
    """As if of each month had been forecast, at each month before it, that nothing changes.

    Returns
    -------
    pandas.DataFrame
        As :func:`table_of`, up to a year ahead; ``forecast`` is ``persistence``.
    """
    over = thresholds(counts)
    known = [followed(counts.until(at)) for at in range(len(counts.months))]
    still = [waiting_over(one, start(one)[0], over) for one in known]
    pairs = [
        Forecast(origin=at, month=to, forecast=now, persistence=now, one_queue=now)
        for at, now in enumerate(still)
        for to in range(at + 1, len(counts.months))
        if counts.ordinals[to] - counts.ordinals[at] <= MONTHS_A_YEAR
    ]
    return table_of(counts, pairs, over)
