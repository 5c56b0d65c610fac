"""Who of a cohort is asked to go: counted again from the table of named patients alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints
from mutualaid.policy.policy import Policy

GAINS_MOST = "of a cohort those go who gain most, if nobody who stays then waits longer than alone"
SAVES = "nobody is offered a place who is not treated so many weeks sooner than alone"


def going_violations(
    policy: Policy, period_weeks: int, cohort: Ints, named: pd.DataFrame, period: Ints, alone: Ints
) -> pd.DataFrame:
    """List who goes although another of the cohort would gain more, and who gains too little.

    Parameters
    ----------
    policy, period_weeks
        What the plan was made for, and the weeks of its periods.
    cohort : int64 array, shape (patients,)
        Which patients are one to the plan.
    named
        The patients, in the same order, with their ``decision``.
    period, alone : int64 arrays, shape (patients,)
        When each is treated by the plan, and by their own trust alone; one after the last period
        for who is untreated.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (patients); empty if all is well.

    Examples
    --------
    Ann goes in period 1 and Bob stays until period 2; alone it would be 3 and 2, or 2 and 3:

    >>> named = pd.DataFrame({"decision": ["offer", "stays"]})
    >>> one, when = np.array([0, 0]), np.array([1, 2])
    >>> len(going_violations(Policy(), 4, one, named, when, np.array([3, 2])))
    0
    >>> len(going_violations(Policy(), 4, one, named, when, np.array([2, 3])))
    1
    """
    decision = named["decision"].astype(object).to_numpy()
    goes, stays = decision == "offer", decision == "stays"
    width = int(max(period.max(initial=0), alone.max(initial=0))) + 1
    movers = np.sort(cohort[goes] * width + alone[goes])
    # Whoever stays could change with who goes and is treated alone before them, but no sooner
    # than the place at home.
    first = np.searchsorted(movers, cohort[stays] * width + period[stays])
    last = np.searchsorted(movers, cohort[stays] * width + alone[stays])
    found = [(GAINS_MOST, "patients", float((last > first).sum()))]
    if policy.min_weeks_saved:
        saved = (alone[goes] - period[goes]) * period_weeks
        found.append((SAVES, "patients", float((saved < policy.min_weeks_saved).sum())))
    broken = [one for one in found if one[2]]
    return pd.DataFrame(broken, columns=["rule", "where", "amount"])
