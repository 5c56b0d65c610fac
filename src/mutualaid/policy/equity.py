"""Equity between groups of patients: a limit that a policy may set, and how slopes are measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.errors import InputError

UNKNOWN = "unknown"
"""The group of patients of whom it is not recorded; no limit speaks of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equity:
    """A limit on how unevenly a plan may treat groups of patients.

    Part of a :class:`mutualaid.Policy`. Groups are the labels of a column of the waiting list;
    patients (and referrals) of whom it is not recorded are of no group.

    Parameters
    ----------
    by
        The column: ``"deprivation"``, ``"ethnicity"``, ``"age_band"`` or any other.
    max_gap_weeks
        The mean wait of no group (weeks when treated, or at the end of the horizon) exceeds
        another's by more than so many weeks. Where nothing else helps that can be kept by letting
        the better off wait longer: set ``min_gain=0`` beside it to forbid that.
    min_gain
        Each group bears at least this share of harm less than if nobody helped anybody: 0 for
        no group worse off.

    Raises
    ------
    InputError
        If anything is out of range, or no limit is set.

    Examples
    --------
    >>> Equity(by="deprivation", min_gain=0.02).min_gain
    0.02
    """

    by: str = "deprivation"
    max_gap_weeks: float | None = None
    min_gain: float | None = None

    def __post_init__(self) -> None:
        with Arguments("Equity") as check:
            if not isinstance(self.by, str) or not self.by:
                check.wrong("by", "is not the name of a column", "write one")
            check.number("max_gap_weeks", self.max_gap_weeks, 0, 5_200, optional=True)
            check.share("min_gain", self.min_gain, optional=True)
            if self.max_gap_weeks is None and self.min_gain is None:
                check.wrong("", "sets no limit", "give max_gap_weeks or min_gain")


def as_groups(column: pd.Series) -> pd.Series:
    """Labels of groups as text, whole numbers without a point; "unknown" where missing.

    Examples
    --------
    >>> as_groups(pd.Series([1.0, None])).to_list()
    ['1', 'unknown']
    """
    codes, values = pd.factorize(column, use_na_sentinel=True)
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    labels = np.array([*texts, UNKNOWN], dtype=object)
    return pd.Series(labels[codes], index=column.index, dtype=object)


def slope_index(means: Sequence[float], patients: Sequence[int]) -> float:
    r"""Slope index of inequality: the difference between the two ends of an ordered scale.

    The least-squares line through the groups' means :math:`y_g`, each at the middle of its share
    of the cumulated population :math:`r_g` (its ridit), weighted by its patients :math:`n_g`:

    .. math:: \beta = \frac{\sum_g n_g (r_g - \bar r)(y_g - \bar y)}{\sum_g n_g (r_g - \bar r)^2}

    and the index is :math:`-\beta`: what the first end has more than the last. Mackenbach and
    Kunst 1997, "Measuring the magnitude of socio-economic inequalities in health", Social
    Science & Medicine 44(6).

    Parameters
    ----------
    means
        Each group's mean, the most deprived first.
    patients
        How many are in each group.

    Returns
    -------
    float
        In the unit of the means; NaN with fewer than two groups that have patients.

    Raises
    ------
    InputError
        If the two differ in length, or a count is below 0.

    Examples
    --------
    Two equal halves, 10 weeks apart: the line runs over the whole scale, twice as far.

    >>> slope_index([30.0, 20.0], [50, 50])
    20.0
    """
    y: npt.NDArray[np.float64] = np.asarray(means, dtype=np.float64)
    n: npt.NDArray[np.float64] = np.asarray(patients, dtype=np.float64)
    if y.shape != n.shape or (n < 0).any():
        raise InputError("slope_index: give a mean and a count, 0 or more, for each group")
    there = n > 0
    if there.sum() < 2:
        return math.nan
    y, n = y[there], n[there]
    middle = (np.cumsum(n) - n / 2) / n.sum()
    centre = float(n @ middle) / float(n.sum())
    mean = float(n @ y) / float(n.sum())
    beta = float(n @ ((middle - centre) * (y - mean))) / float(n @ (middle - centre) ** 2)
    return -beta
