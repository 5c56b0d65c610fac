"""How well forecasts would have fared: from each month of the past, against what came."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments, is_whole, shown
from mutualaid.calibration.monthly_counts import MonthlyCounts, monthly_counts
from mutualaid.calibration.past_forecasts import (
    ENGLAND,
    forecasts_from,
    table_of,
    thresholds,
    weeks_between,
)
from mutualaid.calibration.ranges import error_ranges
from mutualaid.data.as_today import MONTH
from mutualaid.errors import InputError, Problems
from mutualaid.readers.rtt.read import RTT, read_rtt

if TYPE_CHECKING:
    import os

logger = logging.getLogger(__name__)

COLUMNS = (
    *("origin_month", "month", "horizon", "provider", "over"),
    *("forecast", "low", "high", "published", "persistence", "one_queue"),
)
MONTHS_BEFORE = 6
"""Months before the first one that is forecast from, unless it is named."""
HORIZONS = (1, 3, 6, 12)
LONGEST_MONTHS = 60


@checks_arguments
def backtest(
    files: RTT | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | object,
    horizons: Sequence[int] = HORIZONS,
    first: str | None = None,
    *,
    successors: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Forecast each month of the past from earlier ones, and set it beside what was published.

    At each month everything is learned anew from the months up to it: no forecast and no range
    knows what came later.

    Parameters
    ----------
    files
        NHS England's monthly files as :func:`mutualaid.read_rtt` takes them, or what it gave.
    horizons
        Months ahead.
    first
        The first month to forecast from, such as ``"2024-10"``; by default the first with at
        least six months before it.
    successors
        As for :func:`mutualaid.read_rtt`: providers that are known to have merged.

    Returns
    -------
    pandas.DataFrame
        ``origin_month`` (the last month known), ``month``, ``horizon`` (months), ``provider``
        (``"England"`` for all), ``over`` (weeks waited or more: 18, 26, 40, 52, 65, as far as the
        files tell them apart; 0 is the whole list), ``forecast``, ``low`` and ``high`` (a range
        for nine in ten), ``published``, ``persistence`` (the count of the origin: nothing changes)
        and ``one_queue`` (each list treats the longest waits first). Patients.

    Raises
    ------
    InputError
        If a file cannot be used, no two consecutive months can be learned from by ``first``, or no
        month lies so many months after another.

    Notes
    -----
    A provider has a row for each month with a return; England is all providers with one, so that
    the same patients are counted on both sides, and ``published`` is the file's total. A provider
    without a return at the origin is forecast from its last one, up to six months old; one that is
    new is forecast to have nobody. A provider that vanishes while another grows by about its
    lists, service by service, is taken to have merged into it: from then on its lists are learned
    from as the other's, and what was forecast for it before is counted to the other.

    Ranges are those of :func:`mutualaid.calibration.ranges.error_ranges`, from errors of earlier
    origins for months that had come by then. While there are fewer than four such origins,
    changes of the counts until then stand in, too.

    Examples
    --------
    >>> files = sorted(Path("rtt").glob("*.zip"))  # doctest: +SKIP
    >>> table = ma.backtest(files)  # doctest: +SKIP
    >>> ma.calibration.accuracy(table)  # doctest: +SKIP
    """
    months = _whole_months(horizons)
    rtt = files if isinstance(files, RTT) else read_rtt(files, successors=successors)
    if rtt is files and successors is not None:
        raise InputError(
            "backtest: successors are given, and files that were read already: give successors to "
            "read_rtt, or the files themselves to backtest"
        )
    return backtest_counts(monthly_counts(rtt), months, first)


def backtest_counts(
    counts: MonthlyCounts, horizons: Sequence[int] = HORIZONS, first: str | None = None
) -> pd.DataFrame:
    """Do the same with months of counts that are laid out already; see :func:`backtest`."""
    begun = perf_counter()
    origins = _origins(counts, first)
    over = thresholds(counts)
    forecasts = []
    for origin in origins:
        ahead = np.isin(counts.ordinals - counts.ordinals[origin], _whole_months(horizons))
        if ahead.any():
            forecasts += forecasts_from(counts, origin, np.flatnonzero(ahead).tolist(), over)
    if not forecasts:
        raise InputError(
            f"no month of {', '.join(counts.months)} lies {_several(horizons)} months after "
            f"{counts.months[origins[0]]} or a later one: read more months, or choose other "
            "horizons or another first"
        )
    table = table_of(counts, forecasts, over)
    result = pd.concat(
        [_ranged(counts, origin, table) for origin in sorted({one.origin for one in forecasts})],
        ignore_index=True,
    )
    said = "%s forecasts from %s months in %.1f s"
    logger.info(said, len(forecasts), len(origins), perf_counter() - begun)
    return result[list(COLUMNS)]


def _ranged(counts: MonthlyCounts, origin: int, table: pd.DataFrame) -> pd.DataFrame:
    """The forecasts from a month with ranges from what was known of earlier ones by then."""
    now = counts.months[origin]
    # Months are written so that their order is that of the calendar.
    known = table[(table["origin_month"] < now) & (table["month"] <= now)]
    ranges = error_ranges(known, counts.until(origin))
    rows = table[table["origin_month"] == now]
    low, high = np.zeros((2, len(rows)))
    weeks = {month: weeks_between(now, month) for month in rows["month"].unique()}
    ahead = rows["month"].map(weeks).to_numpy(dtype=np.float64)
    middle = rows["forecast"].to_numpy(dtype=np.float64)
    for over in rows["over"].unique().tolist():
        for whose in (ENGLAND, ""):
            mine = (rows["over"] == over) & ((rows["provider"] == ENGLAND) == (whose == ENGLAND))
            at = np.flatnonzero(mine)
            low[at], high[at] = ranges.bounds(whose, over, ahead[at], middle[at])
    return rows.assign(low=low, high=high)


def _origins(counts: MonthlyCounts, first: str | None) -> list[int]:
    """Positions of the months to forecast from."""
    begin = MONTHS_BEFORE
    if first is not None:
        found = np.flatnonzero(counts.ordinals >= _ordinal(first))
        begin = int(found[0]) if len(found) else len(counts.months)
    origins = list(range(begin, len(counts.months) - 1))
    if not origins:
        asked = f"{first} or later" if first else f"with {MONTHS_BEFORE} months before it"
        raise InputError(
            f"a backtest needs a month {asked}, and one after it; the files hold "
            f"{', '.join(counts.months)}: read more months, or name an earlier first"
        )
    if not counts.until(origins[0]).pairs():
        raise InputError(
            f"a backtest from {counts.months[origins[0]]} needs two consecutive months up to it "
            "with the parts 1A, 1B, 2 and 3: name a later first, or read earlier months"
        )
    return origins


def _ordinal(month: str) -> int:
    if not isinstance(month, str) or not MONTH.fullmatch(month):
        raise InputError(
            f'backtest: first is {shown(month)}: write year and month, such as "2024-10"'
        )
    return int(pd.Period(month, "M").ordinal)


def _whole_months(horizons: Sequence[int]) -> list[int]:
    problems = Problems()
    if not len(horizons):
        problems.add("backtest", "horizons", "are none", "write months ahead, such as (1, 3, 6)")
    for months in horizons:
        if not is_whole(months, 1, LONGEST_MONTHS):
            said = f"hold {shown(months)}"
            problems.add(
                "backtest", "horizons", said, f"write whole months from 1 to {LONGEST_MONTHS}"
            )
    problems.raise_if_any()
    return sorted({int(months) for months in horizons})


def _several(horizons: Sequence[int]) -> str:
    return " or ".join(map(str, _whole_months(horizons)))
