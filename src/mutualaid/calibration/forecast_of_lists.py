"""What stands behind a system as its baseline: the forecast as today, its ranges and its record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.calibration.monthly_counts import STREAMS, MonthlyCounts
from mutualaid.calibration.past_forecasts import ENGLAND, thresholds, weeks_between
from mutualaid.calibration.path import Path
from mutualaid.calibration.ranges import ErrorRanges
from mutualaid.data.as_today import AsToday
from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.data.forecast_tables import ALL, ERRORS, HISTORY

LEAST_SHOWN = 0.05
"""Fewer patients than these are not written into a row of a forecast: they stay in its sums."""
SUMMED = ("forecast", "published", "persistence")


def as_today(
    counts: MonthlyCounts,
    path: Path,
    share: Floats,
    lists: Ints,
    period_weeks: int,
    *,
    ranges: ErrorRanges | None,
    history: pd.DataFrame | None,
    notes: Sequence[str],
) -> AsToday:
    """Put together what is forecast for some lists if everybody goes on as now.

    Parameters
    ----------
    counts, path
        Months of counts and what is forecast from the last of them.
    share : float64 array, shape (lists, weeks)
        Of those who have waited so long, who belong to the admitted stream.
    lists
        Positions of the lists.
    period_weeks
        Length of a period in weeks.
    ranges
        From errors of the past; None where too few months are known to tell any.
    history
        A backtest by provider, as :func:`mutualaid.backtest` gives it; None where there is none.
    notes
        What was assumed.
    """
    parts = (share[lists], 1 - share[lists])
    waiting = path.waiting[:, lists]
    cells = pd.DataFrame(
        {
            "origin": np.tile(_names(counts.providers, counts.provider[lists]), len(STREAMS)),
            "service": np.tile(_names(counts.services, counts.service[lists]), len(STREAMS)),
            "stream": np.repeat(np.array(STREAMS, dtype=object), len(lists)),
        }
    )
    treated = [values[:, lists].sum(axis=2).T for values in (path.admitted, path.non_admitted)]
    leaving = path.leaving[:, lists]
    chosen = np.zeros(len(counts.provider), dtype=bool)
    chosen[lists] = True
    whole = not bool((~chosen & (counts.waiting[-1].sum(axis=1) > 0)).any())
    return AsToday(
        month=counts.months[-1],
        period_weeks=period_weeks,
        periods=len(path.admitted),
        cells=cells,
        waiting=np.concatenate([(waiting * part).swapaxes(0, 1) for part in parts]),
        treated=np.concatenate(treated).astype(np.float64),
        leaving=np.concatenate([(leaving * part).swapaxes(0, 1) for part in parts]),
        errors=_errors(counts, waiting, lists, period_weeks, ranges, whole=whole),
        history=_history(counts, chosen, ranges, history),
        notes=tuple(notes),
    )


def _names(labels: Sequence[str], codes: Ints) -> np.ndarray:
    return np.array(labels, dtype=object)[codes]


def forecast_rows(
    counts: MonthlyCounts, lists: Ints, waiting: np.ndarray, share: Floats
) -> pd.DataFrame:
    """Rows of who is forecast to wait; see :meth:`mutualaid.Twin.forecast`.

    Parameters
    ----------
    lists
        Positions of the lists.
    waiting : float array, shape (periods + 1, lists, weeks)
        Who waits at the census and at the end of each period.
    share : float64 array, shape (lists, weeks)
        Of those who have waited so long, who belong to the admitted stream.
    """
    tables = []
    for stream, part in zip(STREAMS, (share, 1 - share), strict=True):
        patients = waiting * part
        period, row, week = np.nonzero(patients >= LEAST_SHOWN)
        tables.append((stream, period, lists[row], week, patients[period, row, week]))
    stream_code = np.repeat(np.arange(len(tables)), [len(table[1]) for table in tables])
    period, at, week, patients = (
        np.concatenate([table[place] for table in tables]) for place in (1, 2, 3, 4)
    )
    order = np.lexsort((week, period, stream_code, at))
    frame = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(
                counts.provider[at], categories=pd.Index(counts.providers)
            ),
            "service": pd.Categorical.from_codes(
                counts.service[at], categories=pd.Index(counts.services)
            ),
            "stream": pd.Categorical.from_codes(stream_code, categories=pd.Index(STREAMS)),
            "period": period,
            "weeks_waiting": week,
            "patients": patients.astype(np.float64),
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def range_table(
    counts: MonthlyCounts,
    waiting: np.ndarray,
    lists: Ints,
    period_weeks: int,
    ranges: ErrorRanges,
    over: Sequence[int],
    *,
    whole: bool,
) -> pd.DataFrame:
    """Ranges of counts at the end of each period, by provider and for all of them together.

    Parameters
    ----------
    waiting : float array, shape (periods + 1, lists, weeks)
        Who is forecast to wait, for the lists at the positions in ``lists``.
    over
        Weeks; 0 for the whole list.
    whole
        Whether the lists are all of England's.

    Returns
    -------
    pandas.DataFrame
        ``provider`` (``"all"`` for all), ``over``, ``period``, ``forecast``, ``low``, ``high``.
    """
    of, first = np.unique(counts.provider[lists], return_index=True)
    codes = [counts.providers[provider] for provider in of]
    period = np.arange(1, len(waiting))
    parts = []
    for weeks in over:
        count = waiting[1:, :, weeks:].sum(axis=2, dtype=np.float64)
        mine = np.add.reduceat(count, first, axis=1)
        rows = [(ALL, count.sum(axis=1), ENGLAND if whole else None)]
        rows += [(code, mine[:, at], code) for at, code in enumerate(codes)]
        for name, forecast, of_whom in rows:
            low, high = ranges.bounds(of_whom, weeks, period * period_weeks, forecast)
            columns = {"period": period, "forecast": forecast, "low": low, "high": high}
            parts.append(pd.DataFrame({"provider": name, "over": weeks, **columns}))
    return pd.concat(parts, ignore_index=True)


def _errors(
    counts: MonthlyCounts,
    waiting: np.ndarray,
    lists: Ints,
    period_weeks: int,
    ranges: ErrorRanges | None,
    *,
    whole: bool,
) -> pd.DataFrame:
    if ranges is None:
        return pd.DataFrame(columns=list(ERRORS))
    over = [weeks for weeks in thresholds(counts) if weeks in ranges.curves]
    table = range_table(counts, waiting, lists, period_weeks, ranges, over, whole=whole)
    return table[list(ERRORS)]


def _history(
    counts: MonthlyCounts,
    chosen: Mask,
    ranges: ErrorRanges | None,
    history: pd.DataFrame | None,
) -> pd.DataFrame:
    """The record of the providers, and of all of them together.

    A record is of whole providers. Of those of which not every list is chosen there is none.
    """
    none = pd.DataFrame(columns=list(HISTORY))
    if history is None or ranges is None:
        return none
    listed = counts.waiting[-1].sum(axis=1) > 0
    partly = counts.by_provider((listed & ~chosen).astype(float)) > 0
    some = (counts.by_provider(chosen.astype(float)) > 0) & ~partly
    codes = [code for code, mine in zip(counts.providers, some, strict=True) if mine]
    own = history[history["provider"].isin(codes)]
    if partly[np.unique(counts.provider[chosen])].any() or own.empty:
        return own[list(HISTORY)] if len(own) else none
    keys = ["origin_month", "month", "horizon", "over"]
    together = own.groupby(keys, as_index=False)[list(SUMMED)].sum().assign(provider=ALL)
    months = together[["origin_month", "month"]].astype(str).itertuples(index=False, name=None)
    ahead = np.array([weeks_between(*pair) for pair in months])
    forecast, over = (together[name].to_numpy() for name in ("forecast", "over"))
    low, high = np.zeros((2, len(together)))
    for weeks in np.unique(over).tolist():
        at = over == weeks
        low[at], high[at] = ranges.bounds(None, weeks, ahead[at], forecast[at])
    together = together.assign(low=low, high=high)
    return pd.concat([together[list(HISTORY)], own[list(HISTORY)]], ignore_index=True)
