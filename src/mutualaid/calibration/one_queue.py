"""One queue for each list, the longest waits first: a yardstick that no hospital works like."""

from __future__ import annotations

import numpy as np

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.fitting import WINDOW_MONTHS
from mutualaid.calibration.monthly_counts import Counts, MonthlyCounts
from mutualaid.calibration.path import start
from mutualaid.data.column_checks import Floats
from mutualaid.data.workdays import WORKDAYS_A_WEEK, weeks_from


def one_queue(counts: MonthlyCounts, rates: Rates, weeks: int) -> list[Counts]:
    """Who waits at the census and after each of so many weeks, if the longest waits go first.

    Each list (a provider and a service) is one pool: all that it completed in the last months,
    with an admission or without, are its slots; clocks start as in the forecast; and who left net
    without a completed pathway in these months goes on to leave, the newest first.

    Parameters
    ----------
    counts
        Months of counts; the last is the one to forecast from.
    rates
        What :func:`mutualaid.calibration.fitting.fit` found in them: how many join, and the season.
    weeks
        How many weeks.

    Returns
    -------
    list of float32 array, shape (lists, weeks of wait)
    """
    slots, leaving = _a_week(counts)
    waiting = start(counts)[0]
    result = [waiting]
    for worked in weeks_from(counts.months[-1], weeks, rates.season).tolist():
        older = np.zeros_like(waiting)
        older[:, 1:] = waiting[:, :-1]
        older[:, -1] += waiting[:, -1]
        # Who is too many at the end of the months that were read has joined: nobody is told apart.
        older[:, 0] = (rates.joining + np.maximum(-leaving, 0.0)) * worked
        newest_gone = _taken(older, np.maximum(leaving, 0.0) * worked)
        waiting = _taken(newest_gone[:, ::-1], slots * worked)[:, ::-1]
        result.append(waiting)
    return result


def _a_week(counts: MonthlyCounts) -> tuple[Floats, Floats]:
    """What each list completed, and who left it net, in a week of five working days."""
    done, left, worked = np.zeros((3, len(counts.provider)))
    for month in counts.pairs(WINDOW_MONTHS) or counts.pairs()[-1:]:
        both = counts.returned[month] & counts.returned[month - 1]
        there = both[counts.provider] & counts.given[month]
        completed = counts.admitted[month].sum(axis=1, dtype=np.float64)
        completed += counts.non_admitted[month].sum(axis=1, dtype=np.float64)
        grown = (counts.waiting[month] - counts.waiting[month - 1]).sum(axis=1, dtype=np.float64)
        done += completed * there
        left += (counts.new[month] - completed - grown) * there
        worked += counts.workdays[month] / WORKDAYS_A_WEEK * there
    return done / np.maximum(worked, 1e-9), left / np.maximum(worked, 1e-9)


def _taken(waiting: Counts, places: Floats) -> Counts:
    """Who is left when so many of each row are taken, from the first column on."""
    before = np.cumsum(waiting, axis=1, dtype=np.float64)
    before -= waiting
    gone = np.clip(places[:, None] - before, 0.0, waiting)
    result: Counts = (waiting - gone).astype(np.float32)
    return result
