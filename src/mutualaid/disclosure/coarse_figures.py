"""Figures that are no counts, so coarse that they tell no hidden count.

A mean, a quantile or a sum of harm is worked out from patients one by one. Shown to the last
digit, it tells how many there are in a count that is hidden: of twenty patients whose 92nd
percentile is nine weeks, one at most waits longer. Where any count of a run is hidden, such a
figure is rounded to a unit that is worth ten patients at the least (twice the threshold) of those
who weigh most, and hidden where it is less than ten of these units; a quantile is shown only if
ten patients more or fewer on either side of it would not change it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.label_codes import rows_among
from mutualaid.disclosure.single_sums import SHOWN, STAR, Ints, Mask
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.policy.harm import SCALE
from mutualaid.solve.interface import Floats

LEAST = 10
"""A rounded figure has so many units, or is hidden."""
FINEST, COARSEST = 0.1, 1.0
"""Weeks to which a mean wait is rounded: no finer, and hidden where it would have to be coarser."""
QUANTILES = {"median": 0.5, "p92": 0.92}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coarse:
    """How coarse the figures of a run are that are no counts.

    Attributes
    ----------
    patients : int
        So many patients must not show: twice the threshold.
    harm, person_weeks : float
        What they may come to at the most, rounded up to 1, 2 or 5 with zeros.
    longest : float
        The longest wait on any of the lists, in weeks.
    """

    patients: int
    harm: float
    person_weeks: float
    longest: float


def coarse_of(plans: Iterable[CertifiedPlan], threshold: int) -> Coarse:
    """Work out how coarse figures must be, for plans of one system together.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> coarse_of([plan], 5).patients
    10
    """
    most, longest, weeks = 0.0, 0.0, 0
    for plan in plans:
        system = plan.system
        weeks = system.periods * system.period_weeks
        for rows in (plan.baseline_entries, plan.entries):
            if not len(rows):
                continue
            patients = np.maximum(rows["patients"].to_numpy(), 1)
            borne = (rows["harm"].to_numpy() + np.abs(rows["cost"].to_numpy())) / patients
            ended = np.minimum(rows["period"].to_numpy() - 1, system.periods)
            waited = rows["weeks_waiting"].to_numpy() + ended * system.period_weeks
            most = max(most, float(borne.max()) / SCALE)
            longest = max(longest, float(waited.max()))
    patients = 2 * threshold
    return Coarse(
        patients=patients,
        harm=unit_for(patients * most),
        person_weeks=unit_for(patients * weeks),
        longest=longest + 1,
    )


def unit_for(amount: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … that is not below an amount; 0.1, 0.2, … below 1.

    Examples
    --------
    >>> [unit_for(amount) for amount in (0.0, 0.14, 1.0, 3.0, 620.0)]
    [0.0, 0.2, 1.0, 5.0, 1000.0]
    """
    if amount <= 0:
        return 0.0
    power = math.floor(math.log10(amount))
    steps = [float(f"{step}e{power}") for step in (1, 2, 5, 10)]
    return next((step for step in steps if step >= amount), steps[-1])


def rounded(values: npt.ArrayLike, unit: float) -> Floats:
    """Figures to the nearest multiple of a unit; missing where they are less than ten of it.

    Examples
    --------
    >>> rounded([12_345.0, 900.0, 0.0], 1000.0).tolist(), rounded([7.3], 0.0).tolist()
    ([12000.0, nan, nan], [7.3])
    """
    exact = np.asarray(values, dtype=np.float64)
    if not unit:
        return exact
    near: Floats = np.floor(exact / unit + 0.5) * unit
    return np.where(np.abs(exact) >= LEAST * unit, near, np.nan)


def coarse_measures(
    table: pd.DataFrame,
    marks: pd.DataFrame,
    plan: CertifiedPlan,
    by: tuple[str, ...],
    coarse: Coarse | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Round what measures hold besides counts, and mark what cannot be shown at all.

    Parameters
    ----------
    table, marks
        Measures of a plan in the residents' lens and their marks; neither is changed.
    plan
        The plan that they are of.
    by
        The columns that make the rows; none for everybody together.
    coarse
        How coarse figures are; None: as they are.
    """
    if coarse is None:
        return table, marks
    table, marks = table.copy(), marks.copy()
    rows = {"before": plan.baseline_entries, "after": plan.entries}
    for side, entries in rows.items():
        nobody = (table[f"list_size_{side}"] + table[f"treated_{side}"] == 0).to_numpy()
        for name, unit in (("harm_weeks", coarse.harm), ("person_weeks", coarse.person_weeks)):
            near = rounded(table[f"{name}_{side}"], unit)
            _put(table, marks, f"{name}_{side}", np.where(nobody, 0.0, near))
        group = _groups(table, entries, by)
        for who, wait in (("list_size", "wait"), ("treated", "wait_treated")):
            count = table[f"{who}_{side}"].to_numpy()
            mean = table[f"mean_{wait}_{side}"].to_numpy()
            _put(table, marks, f"mean_{wait}_{side}", _means(mean, count, coarse), count == 0)
            there, value = _waits(entries, plan, who)
            for name, share in QUANTILES.items():
                firm = np.zeros(len(table), dtype=bool)
                if (group >= 0).all():
                    weight = entries["patients"].to_numpy()[there]
                    firm = _firm(group[there], value[there], weight, share, coarse, len(table))
                figure = table[f"{name}_{wait}_{side}"].to_numpy(dtype=np.float64)
                near = np.where(firm, figure, np.nan)
                _put(table, marks, f"{name}_{wait}_{side}", near, count == 0)
    return table, marks


def _put(
    table: pd.DataFrame, marks: pd.DataFrame, name: str, near: Floats, none: Mask | None = None
) -> None:
    """Replace a column; what is missing is hidden, unless there is nobody whom it is about."""
    lost = np.isnan(near) if none is None else np.isnan(near) & ~none
    mark = marks[name].to_numpy()
    table[name] = near
    marks[name] = np.where(lost & (mark == SHOWN), STAR, mark).astype(np.int8)


def _groups(table: pd.DataFrame, entries: pd.DataFrame, by: tuple[str, ...]) -> Ints:
    """Which row of measures each entry belongs to; -1 for none."""
    if not by:
        return np.zeros(len(entries), dtype=np.int64)
    return rows_among(table[list(by)], entries)


def _waits(entries: pd.DataFrame, plan: CertifiedPlan, who: str) -> tuple[Ints, Floats]:
    """Who is on the list at the end, or has been treated; and how long everybody has waited."""
    periods, size = plan.system.periods, plan.system.period_weeks
    period = entries["period"].to_numpy()
    listed = period > periods
    ended = np.where(listed, periods, period - 1)
    value = (entries["weeks_waiting"].to_numpy() + ended * size).astype(np.float64)
    return np.flatnonzero(listed if who == "list_size" else ~listed), value


def _means(mean: Floats, count: Ints, coarse: Coarse) -> Floats:
    """Mean waits, to a step that is worth those who must not show on the longest wait."""
    steps = np.array([FINEST, 0.2, 0.5, COARSEST])
    needed = coarse.patients * coarse.longest / np.maximum(count, 1)
    place = np.searchsorted(steps, needed)
    step = np.append(steps, np.nan)[place]
    near: Floats = np.round(np.floor(mean / step + 0.5) * step, 1)
    return near


def _firm(
    group: Ints, value: Floats, weight: Ints, share: float, coarse: Coarse, size: int
) -> Mask:
    """Of which groups a quantile stays where it is, whoever of a few is on either side of it."""
    order = np.lexsort((value, group))
    order = order[weight[order] > 0]
    group, value, weight = group[order], value[order], weight[order]
    total = np.bincount(group, weights=weight, minlength=size)
    running = np.cumsum(weight)
    before = np.cumsum(total) - total
    few = coarse.patients
    inside = np.flatnonzero((total * share > few) & (total - total * share >= few))
    ends = [
        value[np.searchsorted(running, (before + total * share + way)[inside])]
        for way in (-few, few)
    ]
    result = np.zeros(size, dtype=bool)
    result[inside] = ends[0] == ends[1]
    return result
