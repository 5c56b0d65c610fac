"""The smallest gap between groups of patients that any plan could keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.limits.group_gaps import GROUP_GAP, gap_rows, groups_of
from mutualaid.model.model import Model
from mutualaid.model.network import stack_rows
from mutualaid.solve.interface import Limits
from mutualaid.solve.max_min import least_excess

MOST_WEEKS = 10_400.0
"""No two means are further apart: longer than any wait, horizon included."""


def least_gap(model: Model, by: str, limits: Limits) -> float:
    """Find the smallest gap between the groups' mean waits, in weeks, that any plan could keep.

    Of the linear relaxation, without other limits between groups.
    """
    rows, unit = gap_rows(model, groups_of(model, by), 0.0)
    if not len(rows):
        return 0.0
    network = model.network
    others = network.rows.only(np.flatnonzero(network.rows.kind != GROUP_GAP.number))
    wide = replace(network, rows=stack_rows(others, rows))
    return least_excess(wide, len(others) + np.arange(len(rows)), unit, MOST_WEEKS, limits)
