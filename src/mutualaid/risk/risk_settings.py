"""Options of a risk register: its rows, the tail of a distribution, thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, is_number, is_whole, shown
from mutualaid.data.schema import who
from mutualaid.outcomes.measures import THRESHOLDS

BY = ("origin", "service", "priority")
LEVEL = 0.95
FAR = (60.0, 90.0)
SMALL = 10
TOP = 5
DEPRIVATION = "deprivation"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettings:
    """Options of a risk register.

    Attributes
    ----------
    by : tuple of str
        Columns of the queues that make the rows; none for the whole system.
    level : float
        Where the tail of a distribution starts: 0.95 for the worst 5 % of patients.
    thresholds : tuple of int
        Weeks, the fewest first.
    top : int
        How many of the highest risks are told.
    far : tuple of float
        Extra minutes, one way, beyond which patients are counted.
    small : int
        A lane of a service with fewer patients than this is small.
    deprivation : str
        The column of the queues that says how deprived patients' homes are.
    """

    by: tuple[str, ...] = BY
    level: float = LEVEL
    thresholds: tuple[int, ...] = THRESHOLDS
    top: int = TOP
    far: tuple[float, ...] = FAR
    small: int = SMALL
    deprivation: str = DEPRIVATION

    @property
    def tail(self) -> str:
        """The name of the quantile where the tail starts.

        Examples
        --------
        >>> RiskSettings().tail, RiskSettings(level=0.975).tail
        ('p95', 'p97.5')
        """
        return f"p{100 * self.level:g}"


def check_settings(
    table: pd.DataFrame,
    by: str | Sequence[str] | None = BY,
    level: float = LEVEL,
    thresholds: Sequence[int] = THRESHOLDS,
    top: int = TOP,
    far: Sequence[float] = FAR,
    small: int = SMALL,
    deprivation: str = DEPRIVATION,
) -> RiskSettings:
    """Check the options of a risk register.

    Raises
    ------
    InputError
        If a column is not there, or a number is out of range; with every problem found.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> check_settings(plan.entries, by="service", thresholds=[52, 18]).thresholds
    (18, 52)
    """
    with Arguments("risks") as check:
        names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
        known = who(table)
        for name in dict.fromkeys(names):
            if name not in known:
                check.wrong("by", f"names {name!r}", f"use {', '.join(known)}")
            elif names.count(name) > 1:
                check.wrong("by", f"names {name!r} twice", "name it once")
        check.number("level", level, 0, 1, "a share", above=True, below=True)
        marks = _listed(thresholds)
        if not marks or not all(is_whole(mark, 1) for mark in marks):
            check.wrong("thresholds", f"is {shown(thresholds)}", "list whole weeks from 1")
        beyond = _listed(far)
        if not beyond or not all(is_number(m, 0) and m < math.inf for m in beyond):
            check.wrong("far", f"is {shown(far)}", "list extra minutes from 0")
        check.whole("top", top, 1)
        check.whole("small", small, 1)
        # A list may well not say how deprived its patients are; a column that is asked for does.
        if deprivation != DEPRIVATION and deprivation not in known:
            remedy = "name a column of the list in which all patients of a queue are alike"
            check.wrong("deprivation", f"is {deprivation!r}", remedy)
    return RiskSettings(
        by=names,
        level=float(level),
        thresholds=tuple(sorted({int(mark) for mark in marks})),
        top=int(top),
        far=tuple(sorted({float(minutes) for minutes in beyond})),
        small=int(small),
        deprivation=deprivation,
    )


def _listed(values: object) -> list[float]:
    """A list's members; none of what is not a list."""
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | np.ndarray):
        return []
    return list(values)


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """One over the other, each by each; missing where both are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        result: np.ndarray = top / bottom
    return result
