"""Options of a risk register: its rows, the tail of a distribution, thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.errors import Problems
from mutualaid.outcomes.measures import THRESHOLDS

BY = ("origin", "service", "priority")
LEVEL = 0.95
FAR = (60.0, 90.0)
SMALL = 10
TOP = 5
DEPRIVATION = "deprivation"

_OUTCOME = ("provider", "site", "period", "patients", "minutes", "miles", "extra_minutes", "moved")
_AMOUNTS = ("harm", "cost", "saved")


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
    problems = Problems()
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    known = who(table)
    for name in dict.fromkeys(names):
        if name not in known:
            problems.add("risks", "by", f"names {name!r}", f"use {', '.join(known)}")
        elif names.count(name) > 1:
            problems.add("risks", "by", f"names {name!r} twice", "name it once")
    if not _is_number(level) or not 0 < level < 1:
        problems.add("risks", "level", f"is {level!r}", "write a share between 0 and 1")
    marks = _listed(thresholds)
    if not marks or not all(_is_whole(mark) for mark in marks):
        problems.add("risks", "thresholds", f"are {thresholds!r}", "list whole weeks from 1")
    beyond = _listed(far)
    if not beyond or not all(_is_number(m) and 0 <= m < math.inf for m in beyond):
        problems.add("risks", "far", f"is {far!r}", "list extra minutes from 0")
    for name, value in (("top", top), ("small", small)):
        if not _is_whole(value):
            problems.add("risks", name, f"is {value!r}", "write a whole number from 1")
    # A list may well not say how deprived its patients are; a column asked for by name is there.
    if deprivation != DEPRIVATION and deprivation not in known:
        remedy = "name a column of the list in which all patients of a queue are alike"
        problems.add("risks", "deprivation", f"is {deprivation!r}", remedy)
    problems.raise_if_any()
    return RiskSettings(
        by=names,
        level=float(level),
        thresholds=tuple(sorted({int(mark) for mark in marks})),
        top=int(top),
        far=tuple(sorted({float(minutes) for minutes in beyond})),
        small=int(small),
        deprivation=deprivation,
    )


def who(table: pd.DataFrame) -> list[str]:
    """Columns of an outcome that say who somebody is, not what becomes of them.

    Examples
    --------
    >>> who(pd.DataFrame(columns=["origin", "provider", "service", "weeks_waiting", "patients"]))
    ['origin', 'service', 'weeks_waiting']
    """
    return [str(name) for name in table if name not in (*_OUTCOME, *_AMOUNTS)]


def _listed(values: object) -> list[float]:
    """A list's members; none of what is not a list."""
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | np.ndarray):
        return []
    return list(values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and float(str(value)) >= 1


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """One over the other, each by each; missing where both are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        result: np.ndarray = top / bottom
    return result


def grouped(table: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the groups of rows that are alike in some columns, in the order of their labels.

    Returns
    -------
    group of each row, labels of each group
        A missing label (a list without priorities) stays missing, and comes first. Without
        columns there is one group, of all rows.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["XB2", "XA1", "XB2"]})
    >>> group, labels = grouped(table, ["origin"])
    >>> group.tolist(), labels["origin"].tolist()
    ([1, 0, 1], ['XA1', 'XB2'])
    """
    if not names:
        return np.zeros(len(table), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    group = np.zeros(len(table), dtype=np.int64)
    first = np.arange(0)
    for name in names:
        codes, found = pd.factorize(np.asarray(table[name], dtype=object), sort=True)
        # Numbered anew after each column, so that many columns do not run over.
        _, first, group = np.unique(
            group * (len(found) + 1) + codes + 1, return_index=True, return_inverse=True
        )
    labels = table[list(names)].iloc[first].reset_index(drop=True)
    counted = ("weeks_waiting", "referred")
    return group, labels.astype({name: object for name in names if name not in counted})
