"""Which stream who waits belongs to: the admitted, or the one without an admission.

Nobody publishes it, but it follows from the rates: of those who have waited `w` weeks a share
belongs to the admitted stream that is the chance to end with an admission,

    share(w) = a(w) + (1 - a(w) - b(w)) share(w + 1),

where `a` and `b` are the chances to be completed in week `w` with and without an admission.
Removals thin both streams alike and change nothing in it.

NHS England publishes who of those waiting has a decision to admit (`Part_2A`), by list and group of
ages; of small lists it is held against that of their service. Where these are more than rates say,
some with a decision end without an admission: declined, treated as outpatients, taken off the list.
They wait in the admitted stream, and so that part of the completions without an admission is its
own: otherwise its slots could never clear it. With these the share is worked out once more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.fitting import by_group, groups_of
from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.data.column_checks import Floats, Ints, Mask

Floating = npt.NDArray[np.floating]

DECIDED_AGES = (0, 4, 8, 13, 18, 26, 39, 52, 65)
"""Weeks at which the groups begin for which a share with a decision to admit is told."""
DECIDED_PRIOR = 20.0
"""Patients of its service that a list's own are weighed against."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Admitted:
    """The share of the admitted stream.

    Attributes
    ----------
    share : float64 array, shape (lists, weeks)
        Of those who have waited so many weeks.
    without : float64 array, shape (lists, weeks)
        Of completions without an admission, the share that is of the admitted stream.
    raised : bool array, shape (lists, weeks)
        Where more have a decision to admit than rates say.
    """

    share: Floats
    without: Floats
    raised: Mask

    def of(self, lists: Ints) -> Admitted:
        """The same of some lists, by position."""
        return Admitted(
            share=self.share[lists], without=self.without[lists], raised=self.raised[lists]
        )


def admitted_share(counts: MonthlyCounts, rates: Rates) -> Admitted:
    """Tell which share of each list belongs to the admitted stream, by weeks waited.

    Parameters
    ----------
    counts
        Months of counts; of decisions to admit the last month that has any is taken.
    rates
        What was learned from them.
    """
    expected = chance_of_admission(rates.admitted, rates.non_admitted)
    decided = _decided(counts)
    without = np.clip((decided - expected) / np.maximum(1 - expected, 1e-9), 0.0, 1.0)
    admitted = rates.admitted + without * rates.non_admitted
    share = chance_of_admission(admitted, (1 - without) * rates.non_admitted)
    return Admitted(share=np.maximum(share, decided), without=without, raised=decided > expected)


def chance_of_admission(admitted: Floating, non_admitted: Floating) -> Floats:
    """The chance that a pathway ends with an admission, by weeks waited, removals aside.

    Parameters
    ----------
    admitted, non_admitted : float arrays, shape (lists, weeks)
        Rates a week; the last week is open.

    Examples
    --------
    Everybody who has waited a week is admitted for certain some day, and before that half:

    >>> rate = np.array([[0.5, 0.0]]), np.array([[0.5, 0.2]])
    >>> chance_of_admission(*rate).round(2).tolist()
    [[0.32, 0.0]]
    """
    a, b = admitted.astype(np.float64), non_admitted.astype(np.float64)
    both = np.maximum(a + b, 1e-12)
    result: Floats = a / both
    ending = -np.expm1(-both)
    for week in range(a.shape[1] - 2, -1, -1):
        ends = ending[:, week]
        result[:, week] = result[:, week] * ends + (1 - ends) * result[:, week + 1]
    return result


def _decided(counts: MonthlyCounts) -> Floats:
    told = np.flatnonzero(counts.decided.sum(axis=(1, 2)) > 0)
    if not len(told):
        return np.zeros(counts.waiting.shape[1:])
    month = int(told[-1])
    decided = by_group(counts.decided[month], DECIDED_AGES)
    waiting = by_group(counts.waiting[month], DECIDED_AGES)
    of_service = counts.by_service(decided) / np.maximum(counts.by_service(waiting), 1.0)
    k = DECIDED_PRIOR
    share = (decided + k * of_service[counts.service]) / (waiting + k)
    result: Floats = np.clip(share, 0.0, 1.0)[:, groups_of(DECIDED_AGES, counts.weeks)]
    return result
