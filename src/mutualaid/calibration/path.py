"""As today, period by period: who waits, is treated, leaves and joins if all goes on as now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.calibration.fitted_rates import DAMPED, Rates
from mutualaid.calibration.monthly_counts import Counts, MonthlyCounts
from mutualaid.calibration.projection import Projection
from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.workdays import weeks_from

LONGEST_GAP_MONTHS = 6
"""A list without a return is taken to be as it was for so long, and to be no more after that."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Path:
    """What is forecast for each list, period and week of wait; weeks as in the counts.

    Attributes
    ----------
    waiting : float32 array, shape (periods + 1, lists, weeks)
        Who waits at the census, and at the end of each period, by the weeks waited then.
    admitted, non_admitted, left : float32 arrays, shape (periods, lists, weeks)
        Who is treated in each stream, and who leaves net, by the weeks waited at the start of the
        week of the period in which it happens.
    leaving : float32 array, shape (periods, lists, weeks)
        Who leaves and was there when the period started, by the weeks waited then; net joiners
        count as nobody.
    joined : float64 array, shape (periods, lists)
        Clocks that start.
    """

    waiting: Counts
    admitted: Counts
    non_admitted: Counts
    left: Counts
    leaving: Counts
    joined: Floats


def start(counts: MonthlyCounts) -> tuple[Counts, Mask]:
    """Who waits at the census, and which providers' lists are those of an earlier return.

    A provider that made no return for the last month is taken to wait as at its last return, if
    that is not longer ago than :data:`LONGEST_GAP_MONTHS`; otherwise nobody waits there.

    Returns
    -------
    float32 array, shape (lists, weeks)
    bool array, shape (providers,)
        Providers whose list is an earlier one.
    """
    waiting = counts.waiting[-1].copy()
    returned = counts.returned
    late = np.zeros(len(counts.providers), dtype=bool)
    for provider in np.flatnonzero(~returned[-1] & returned.any(axis=0)):
        last = int(np.flatnonzero(returned[:, provider])[-1])
        if counts.ordinals[-1] - counts.ordinals[last] <= LONGEST_GAP_MONTHS:
            mine = counts.provider == provider
            waiting[mine] = counts.waiting[last][mine]
            late[provider] = True
    return waiting, late


def path(counts: MonthlyCounts, rates: Rates, periods: int, period_weeks: int) -> Path:
    """Project the lists of the last month over some periods.

    Parameters
    ----------
    counts
        Months of counts; the forecast starts at the end of the last.
    rates
        What :func:`mutualaid.calibration.fitted_rates.fit` found in them.
    periods, period_weeks
        How many periods, and how long each is.
    """
    waiting = start(counts)[0]
    shape = waiting.shape
    result = Path(
        waiting=np.empty((periods + 1, *shape), dtype=np.float32),
        admitted=np.zeros((periods, *shape), dtype=np.float32),
        non_admitted=np.zeros((periods, *shape), dtype=np.float32),
        left=np.zeros((periods, *shape), dtype=np.float32),
        leaving=np.zeros((periods, *shape), dtype=np.float32),
        joined=np.zeros((periods, shape[0])),
    )
    result.waiting[0] = waiting
    on = Projection(waiting, rates, DAMPED)
    worked = weeks_from(counts.months[-1], periods * period_weeks, rates.season)
    for number, work in enumerate(worked.tolist()):
        period, since = divmod(number, period_weeks)
        week = on.week(work)
        result.admitted[period] += week.admitted
        result.non_admitted[period] += week.non_admitted
        result.left[period] += week.left
        gone = np.maximum(week.left, 0)
        result.leaving[period, :, : shape[1] - 1 - since] += gone[:, since:-1]
        result.leaving[period, :, -1] += gone[:, -1]
        result.joined[period] += week.joined
        result.waiting[period + 1] = week.waiting
    return result


def stocks(counts: MonthlyCounts, rates: Rates, weeks: int) -> list[Counts]:
    """Who waits at the census and after each of so many weeks; shape (lists, weeks) each."""
    waiting = start(counts)[0]
    on = Projection(waiting, rates, DAMPED)
    worked = weeks_from(counts.months[-1], weeks, rates.season)
    return [waiting, *(on.week(work).waiting for work in worked.tolist())]
