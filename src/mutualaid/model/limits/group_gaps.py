"""The mean waits of two groups of patients are not further apart than: ``max_gap_weeks``."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from mutualaid.model.arcs import Kind
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, grouped
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows, no_rows
from mutualaid.model.queues import Codes
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.equity import UNKNOWN

GROUP_GAP = LimitKind(
    "group_gap", ("group", "other_group"), "mean wait of group {} beyond that of {}".format
)
KINDS = (GROUP_GAP,)


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


def add(model: Model, _mode: Collaboration, _before: Alone) -> Added:
    """One row for each two groups, either way round."""
    equity = model.frame.policy.equity
    if equity is None or equity.max_gap_weeks is None:
        return model, []
    return model, [gap_rows(model, groups_of(model, equity.by), equity.max_gap_weeks)[0]]


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
    pairs = list(itertools.permutations(range(len(groups.names)), 2))
    for row, (g, h) in enumerate(pairs):
        many, few = groups.patients[g], groups.patients[h]
        common = int(np.gcd(many, few))
        many, few = many // common, few // common
        for group, times in ((g, few), (h, -many)):
            mine = arc[code == group]
            arcs.append(mine)
            coefficients.append(np.full(len(mine), times * weeks, dtype=np.int64))
            rows.append(np.full(len(mine), row, dtype=np.int64))
        unit.append(many * few * common)
        limit = share * unit[-1] - few * constant[g] + many * constant[h]
        upper.append(limit.numerator // limit.denominator)
    if not pairs:
        return no_rows(), np.zeros(0, dtype=np.int64)
    made = grouped(
        np.concatenate(arcs),
        np.concatenate(coefficients),
        np.concatenate(rows),
        None,
        np.array(upper, dtype=np.int64),
        GROUP_GAP.rows(*np.array(pairs).T),
    )
    return made, np.array(unit, dtype=np.int64)
