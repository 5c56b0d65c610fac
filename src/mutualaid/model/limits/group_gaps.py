"""A policy's limits between groups of patients, as side rows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from mutualaid.model import linear_terms
from mutualaid.model.arcs import Kind
from mutualaid.model.limits.caps_and_pools import grouped
from mutualaid.model.limits.promises import Alone, harm_less
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows, stack_rows
from mutualaid.model.queues import Codes
from mutualaid.policy.equity import UNKNOWN, Equity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Groups:
    """The groups of a model's patients that a limit speaks of.

    Attributes
    ----------
    names : tuple of str
        The groups that have patients.
    code : int64 array, shape (queues,)
        The group of each queue; -1 for none.
    patients : tuple of int
        How many each has, over the horizon.
    """

    names: tuple[str, ...]
    code: Codes
    patients: tuple[int, ...]


def groups_of(model: Model, by: str) -> Groups:
    """Find the groups of a model's patients."""
    queues = model.frame.queues
    labels = queues.labels[by].astype(object).to_numpy()
    count = queues.patients()
    names = sorted({str(label) for label in labels[count > 0]} - {UNKNOWN})
    code = pd.Index(names, dtype=object).get_indexer(pd.Index(labels, dtype=object))
    size = [int(count[code == at].sum()) for at in range(len(names))]
    return Groups(names=tuple(names), code=code.astype(np.int64), patients=tuple(size))


def with_equity(model: Model, equity: Equity | None, before: Alone) -> Model:
    """Add a policy's limits between groups to a model."""
    if equity is None:
        return model
    groups = groups_of(model, equity.by)
    rows = []
    if equity.min_gain is not None:
        rows.append(_gain_rows(model, groups, equity.min_gain, before))
    if equity.max_gap_weeks is not None:
        rows.append(gap_rows(model, groups, equity.max_gap_weeks)[0])
    rows = [part for part in rows if len(part)]
    if not rows:
        return model
    network = model.network
    return replace(model, network=replace(network, rows=stack_rows(network.rows, *rows)))


def _gain_rows(model: Model, groups: Groups, min_gain: float, before: Alone) -> SideRows:
    term = linear_terms.harm(model)
    known = groups.code[term.queue] >= 0
    alone = np.zeros(len(groups.names), dtype=np.int64)
    mine = groups.code >= 0
    np.add.at(alone, groups.code[mine], before.of_queue[mine])
    return grouped(
        term.arc[known],
        term.coefficient[known],
        groups.code[term.queue[known]],
        None,
        harm_less(alone, min_gain),
        [f"harm of patients in group {name}" for name in groups.names],
    )


def gap_rows(model: Model, groups: Groups, most: float) -> tuple[SideRows, Ints]:
    """Make a row for each two groups, and what a week's gap counts in each.

    The mean of `g` exceeds that of `h` by at most so much: multiplied by both counts, all are
    whole numbers.
    """
    queues, curves = model.frame.queues, model.frame.curves
    weeks = curves.period_weeks
    arc = model.means.arcs(Kind.WAIT)
    code = groups.code[model.means.queue[arc]]
    waited = queues.lot_weeks + (queues.lot_arrival - 1) * weeks
    start = np.zeros(len(queues), dtype=np.int64)
    np.add.at(start, queues.lot_queue, waited * queues.lot_patients)
    constant = [int(start[groups.code == g].sum()) for g in range(len(groups.names))]
    share = Fraction(repr(float(most)))
    arcs, coefficients, rows = [], [], []
    upper: list[int] = []
    unit: list[int] = []
    names: list[str] = []
    for g, h in itertools.permutations(range(len(groups.names)), 2):
        many, few = groups.patients[g], groups.patients[h]
        common = int(np.gcd(many, few))
        many, few = many // common, few // common
        for group, times in ((g, few), (h, -many)):
            mine = arc[code == group]
            arcs.append(mine)
            coefficients.append(np.full(len(mine), times * weeks, dtype=np.int64))
            rows.append(np.full(len(mine), len(names), dtype=np.int64))
        unit.append(many * few * common)
        limit = share * unit[-1] - few * constant[g] + many * constant[h]
        upper.append(limit.numerator // limit.denominator)
        names.append(f"mean wait of group {groups.names[g]} beyond that of {groups.names[h]}")
    if not names:
        nothing = np.zeros(0, dtype=np.int64)
        return grouped(nothing, nothing, nothing, None, nothing, []), nothing
    made = grouped(
        np.concatenate(arcs),
        np.concatenate(coefficients),
        np.concatenate(rows),
        None,
        np.array(upper, dtype=np.int64),
        names,
    )
    return made, np.array(unit, dtype=np.int64)
