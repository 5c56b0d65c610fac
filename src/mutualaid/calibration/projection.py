"""The list a week on, and a week more: who joins, is treated, leaves, and waits a week longer.

In a week of `f` nominal weeks of work, of `n` patients who share the rate `x` of everything that
ends their wait, n (1 - exp(-x f)) go, in proportion to the rates of each way out. A patient spends
half the week in each of two weeks of wait, so that `x` is the mean of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.monthly_counts import Counts
from mutualaid.data.column_checks import Floats

WEEKS_A_MONTH = 365.25 / 12 / 7
MOST_GROWTH = np.float32(0.02)
"""Who has waited so long grows in number by no more than this share a week, however many join them
with weeks on their clock: what a few months of a small list show does not go on for a year."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Week:
    """A week of a projection: float32 arrays, shape (lists, weeks).

    ``waiting`` at its end by the weeks waited then; who was ``admitted``, completed
    ``non_admitted`` or net ``left`` in it, by the weeks waited at its start; and who joined and
    was gone before its end is in week 0.
    """

    waiting: Counts
    admitted: Counts
    non_admitted: Counts
    left: Counts
    joined: Floats


def halfway(rate: Counts) -> Counts:
    """The mean of the rate in a week of wait and in the next."""
    result = rate.copy()
    result[..., :-1] = (rate[..., :-1] + rate[..., 1:]) / 2
    return result


def _ending(rate: Counts, worked: float) -> tuple[Counts, Counts]:
    """Who is left of one patient after a week, and weeks of work that he waited through."""
    gone = rate * np.float32(worked)
    safe = np.where(np.abs(gone) < 1e-6, np.float32(1e-6), gone)
    return np.exp(-gone), (-np.expm1(-safe) / safe * np.float32(worked)).astype(np.float32)


def month_on(
    waiting: Counts, rates: Rates, *, weeks: float, worked: float, joining: Floats
) -> Floats:
    """Who waits a month later, shape (lists, weeks).

    Parameters
    ----------
    waiting
        Who waits when the month begins.
    rates
        Rates; their trend is left out.
    weeks, worked
        The length of the month, and what is worked in it, in nominal weeks.
    joining
        Clocks that start in the month.
    """
    rate = rates.admitted + rates.non_admitted + rates.leaving
    left = _ending(halfway(rate), worked / weeks)[0]
    young = _ending(rate[:, 0] * np.float32(0.5), worked / weeks)[0] * joining / weeks
    before = now = waiting.astype(np.float32)
    for _ in range(int(np.ceil(weeks))):
        before, now = now, _older(now * left, young)
    part = np.ceil(weeks) - weeks
    result: Floats = (now * (1 - part) + before * part).astype(np.float64)
    return result


def _older(waiting: Counts, young: Floats) -> Counts:
    result = np.empty_like(waiting)
    result[:, 1:] = waiting[:, :-1]
    result[:, -1] += waiting[:, -1]
    result[:, 0] = young
    return result


class Projection:
    """Weeks of a forecast, one after the other.

    Parameters
    ----------
    waiting
        Who waits at the start, shape (lists, weeks).
    rates
        Rates with their trend.
    damped
        What is left of a trend a month later.
    """

    def __init__(self, waiting: Counts, rates: Rates, damped: float) -> None:
        self.waiting = waiting.astype(np.float32)
        self.rates = rates
        self._admitted = halfway(rates.admitted)
        self._other = halfway(rates.non_admitted)
        self._leaving = halfway(rates.leaving)
        self._keeps = damped ** (1 / WEEKS_A_MONTH)
        self._grown = 0.0
        self._step = 1.0 / WEEKS_A_MONTH

    def week(self, worked: float) -> Week:
        """Go a week on, in which so many nominal weeks are worked."""
        rates = self.rates
        self._grown += self._step
        self._step *= self._keeps
        more = rates.level + rates.trend * self._grown
        treated = self._admitted + self._other
        leaving = np.maximum(
            self._leaving + halfway(more.astype(np.float32)), -treated - MOST_GROWTH
        )
        left, through = _ending(treated + leaving, worked)
        through = through * self.waiting
        flows = [rate * through for rate in (self._admitted, self._other, leaving)]
        # Who joins in the week has half of it before its end.
        first: list[Counts] = [
            rate[:, 0] * np.float32(0.5)
            for rate in (rates.admitted, rates.non_admitted, rates.leaving)
        ]
        stays, half = _ending(first[0] + first[1] + first[2], worked)
        joined = rates.joining * worked
        for flow, rate in zip(flows, first, strict=True):
            flow[:, 0] += rate * half * joined
        self.waiting = _older(self.waiting * left, stays * joined)
        return Week(
            waiting=self.waiting,
            admitted=flows[0],
            non_admitted=flows[1],
            left=flows[2],
            joined=joined,
        )
