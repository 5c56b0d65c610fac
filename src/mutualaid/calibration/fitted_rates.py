"""Rates by age and stream: how soon who has waited so long is treated, leaves or has joined."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.calibration.monthly_counts import Counts
from mutualaid.data.column_checks import Floats

DAMPED = 0.95
"""What is left of a trend a month later; chosen by backtest."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Rates:
    """Rates a week of five working days, by list and week of wait.

    Attributes
    ----------
    admitted, non_admitted, leaving : float32 arrays, shape (lists, weeks)
        Per patient waiting; ``leaving`` is net and may be below 0.
    joining : float64 array, shape (lists,)
        Clocks that start.
    level, trend : float64 arrays, shape (weeks,)
        What is added to ``leaving`` now, and what it grows by a month, damped.
    season : dict of int to float
        How much is done on a working day by calendar month; 1 is usual.
    """

    admitted: Counts
    non_admitted: Counts
    leaving: Counts
    joining: Floats
    level: Floats
    trend: Floats
    season: dict[int, float]
