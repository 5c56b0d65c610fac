"""The dense cohort model as sparse arrays, solved by SciPy's linprog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import optimize, sparse

from benchmarks.dense import SCALE, Dense
from benchmarks.line import Answer


def ready(folder: str) -> Callable[[], Answer]:
    """Load the model's arrays; then write every variable out, and solve."""
    dense = Dense.load(Path(folder) / "dense.npz")

    def solve() -> Answer:
        every = dense.variables()
        lots = len(dense.lot_queue)
        column = np.arange(len(every))
        rows = sparse.csr_array(
            (
                np.ones(2 * len(every)),
                (np.concatenate([every.lot, lots + every.slot]), np.tile(column, 2)),
            ),
            shape=(lots + dense.slots.size, len(every)),
        )
        # No more than the cohort's patients follows from the rows; said again, it makes HiGHS five
        # times as fast here.
        most = dense.lot_patients[every.lot]
        found = optimize.linprog(
            every.cost / SCALE,
            A_ub=rows,
            b_ub=np.concatenate([dense.lot_patients, dense.slots.ravel()]),
            bounds=np.column_stack([np.zeros(len(every)), most]),
            method="highs",
        )
        if not found.success:
            raise RuntimeError(f"linprog: {found.message}")
        return Answer(objective=float(found.fun) * SCALE + dense.constant)

    return solve
