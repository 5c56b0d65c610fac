"""How much is done on a working day in each calendar month, told from a year of months or more."""

from __future__ import annotations

import numpy as np

from mutualaid.calibration.monthly_counts import MonthlyCounts

MONTHS_NEEDED = 12
AROUND_MONTHS = 3
"""A month is compared with the months up to so many before and after it."""
KEPT = 0.7
"""So much of what a month shows is taken for its season, the rest for chance; a single year
tells no more."""


def seasons(counts: MonthlyCounts) -> dict[int, float]:
    """Completed pathways a working day, by calendar month, against the months around.

    Parameters
    ----------
    counts
        Months of counts.

    Returns
    -------
    dict of int to float
        By calendar month, 1 to 12: 1 is usual. Empty with less than twelve months: what a season
        does cannot be told then.
    """
    ordinals = counts.ordinals
    if ordinals[-1] - ordinals[0] + 1 < MONTHS_NEEDED:
        return {}
    whole = np.flatnonzero(counts.whole)
    done = counts.admitted.sum(axis=(1, 2)) + counts.non_admitted.sum(axis=(1, 2))
    rate = done / counts.workdays
    found: dict[int, list[float]] = {}
    for month in whole:
        near = whole[np.abs(ordinals[whole] - ordinals[month]) <= AROUND_MONTHS]
        calendar = int(counts.months[month][-2:])
        found.setdefault(calendar, []).append(float(np.log(rate[month] / rate[near].mean())))
    return {month: float(np.exp(KEPT * np.mean(logs))) for month, logs in sorted(found.items())}
