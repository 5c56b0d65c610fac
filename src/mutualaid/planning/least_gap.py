"""The smallest gap between groups of patients that any plan could keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.limits.group_gaps import gap_rows, groups_of
from mutualaid.model.model import Model
from mutualaid.model.network import SideRows, stack_rows
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
    kept = [i for i, name in enumerate(network.rows.names) if not name.startswith("mean wait of")]
    others = _only(network.rows, kept)
    wide = replace(network, rows=stack_rows(others, rows))
    return least_excess(wide, np.arange(len(kept), len(kept) + len(rows)), unit, MOST_WEEKS, limits)


def _only(rows: SideRows, kept: list[int]) -> SideRows:
    entry = np.isin(rows.row, kept)
    count = np.diff(rows.start)[kept]
    return SideRows(
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        arc=rows.arc[entry],
        coefficient=rows.coefficient[entry],
        lower=rows.lower[kept],
        upper=rows.upper[kept],
        names=tuple(rows.names[i] for i in kept),
    )
