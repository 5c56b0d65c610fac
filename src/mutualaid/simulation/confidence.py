"""Confidence intervals of means over seeds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
"""Level of the confidence intervals."""


def half_width(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Half the 95 % confidence interval of the mean of each column, by Student's t.

    Parameters
    ----------
    values : float64 array, shape (seeds, ...)
        A row a seed. With one seed the spread is unknown, and the result is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> half_width(np.array([[1.0, 5.0], [3.0, 5.0]])).round(2).tolist()
    [12.71, 0.0]
    """
    seeds = len(values)
    if seeds < 2:
        return np.full(values.shape[1:], np.nan)
    result: npt.NDArray[np.float64] = (
        student(seeds - 1) * values.std(axis=0, ddof=1) / math.sqrt(seeds)
    )
    return result


def student(freedom: int, level: float = LEVEL) -> float:
    """Two-sided quantile of Student's t: half a confidence interval, in standard errors.

    For whole degrees of freedom the distribution is a finite sum (Abramowitz and Stegun, 26.7.3
    and 26.7.4), which is inverted by bisection.

    Examples
    --------
    >>> round(student(1), 3), round(student(4), 3), round(student(199), 3)
    (12.706, 2.776, 1.972)
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < level else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _within(angle: float, freedom: int) -> float:
    """The probability of lying within t of the mean, t being the root of freedom by tan(angle)."""
    cosine, odd = math.cos(angle), freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(2 + odd, freedom, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    total *= math.sin(angle)
    return (angle + total) * 2 / math.pi if odd else total
