"""An attacker on published counts: what the hidden ones can be, by linear programming.

Somebody who reads a table with totals knows that each total is the sum of its parts, and a range
for every hidden count. The smallest and the largest that a hidden count can then be are two
linear programs over all counts that hang together (Fischetti and Salazar-González 2001, "Solving
the cell suppression problem on tabular data with linear constraints"). They are written in how
far each hidden count is moved up and down from the truth: so the truth is where every search may
start, and what is hidden later only adds variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import highspy
import numpy as np

from mutualaid.errors import SolverError
from mutualaid.solve.backends.highs import STATUS, Quiet
from mutualaid.solve.status import Status

if TYPE_CHECKING:
    from mutualaid.model.network import Ints
    from mutualaid.solve.interface import Floats

TRIFLE = 1e-6
PRIMAL = 4
"""HiGHS's number for the primal simplex method, which goes on from where the last one ended."""


class Attack:
    """The counts that agree with everything published, searched again and again.

    Parameters
    ----------
    counts
        How many counts there are, hidden or not.
    row, column : int64 arrays, shape (entries,)
        Where the sums' entries are: which sum, which count.
    value : float64 array, shape (entries,)
        1 for a total, -1 for a part; each sum comes to 0.

    Examples
    --------
    A count of 3 and one of 6, hidden; their total of 9 is published. The first is known to be 1
    to 4, so that the other cannot be less than 5: one below the truth.

    >>> attack = Attack(3, np.zeros(3, int), np.arange(3), np.array([-1.0, -1.0, 1.0]))
    >>> attack.open(np.array([0, 1]), np.array([2.0, 6.0]), np.array([1.0, 50.0]))
    >>> attack.least(np.array([0.0, 1.0, 0.0]))[0].tolist()
    [1.0, -1.0, 0.0]
    """

    def __init__(self, counts: int, row: Ints, column: Ints, value: Floats) -> None:
        self.counts = counts
        order = np.argsort(column, kind="stable")
        self._row, self._value, self._column = row[order], value[order], column[order]
        self._start = np.searchsorted(column[order], np.arange(counts + 1))
        self._cell = np.zeros(0, dtype=np.int64)
        self._way = np.zeros(0)
        self._solver = Quiet()
        _require(self._solver.setOptionValue("output_flag", False), "option output_flag")
        _require(self._solver.setOptionValue("presolve", "off"), "option presolve")
        _require(self._solver.setOptionValue("simplex_strategy", PRIMAL), "primal simplex")
        model = highspy.HighsLp()
        model.num_row_ = int(row.max(initial=-1)) + 1
        model.row_lower_ = model.row_upper_ = np.zeros(model.num_row_)
        _require(self._solver.passModel(model), "the sums")

    def open(self, cells: Ints, down: Floats, up: Floats) -> None:
        """Let counts, from now on, be so much less or so much more than they could be before."""
        cell, room = np.concatenate([cells, cells]), np.concatenate([down, up])
        way = np.repeat([-1.0, 1.0], len(cells))
        cell, way, room = cell[room > 0], way[room > 0], room[room > 0]
        if not len(cell):
            return
        length = self._start[cell + 1] - self._start[cell]
        first = np.cumsum(length) - length
        entry = np.repeat(self._start[cell] - first, length) + np.arange(int(length.sum()))
        added = self._solver.addCols(
            len(cell),
            np.zeros(len(cell)),
            np.zeros(len(cell)),
            room,
            len(entry),
            first.astype(np.int32),
            self._row[entry].astype(np.int32),
            self._value[entry] * np.repeat(way, length),
        )
        _require(added, "further hidden counts")
        self._cell = np.concatenate([self._cell, cell])
        self._way = np.concatenate([self._way, way])

    def least(self, weight: Floats) -> tuple[Floats, Floats]:
        """Find counts that agree with everything and make a weighted sum as small as can be.

        Returns
        -------
        float64 arrays, shape (counts,)
            How far each count is from the truth; and by how much the sum would fall if a count
            could be one less (above 0) or one more (below 0) than it can.
        """
        self._weigh(self._solver, weight)
        _run(self._solver)
        solution = self._solver.getSolution()
        dual = np.asarray(solution.row_dual)
        worth = np.bincount(self._column, self._value * dual[self._row], self.counts)
        return self._moved(np.asarray(solution.col_value)), weight - worth

    def least_whole(self, weight: Floats) -> Floats:
        """Find whole counts likewise: how far each is from the truth."""
        solver = Quiet()
        _require(solver.setOptionValue("output_flag", False), "option output_flag")
        _require(solver.passModel(self._solver.getLp()), "the sums in whole numbers")
        every = np.arange(len(self._cell), dtype=np.int32)
        whole = np.full(len(every), highspy.HighsVarType.kInteger)
        _require(solver.changeColsIntegrality(len(every), every, whole), "whole numbers")
        self._weigh(solver, weight)
        _run(solver)
        return self._moved(np.rint(np.asarray(solver.getSolution().col_value)))

    def _weigh(self, solver: highspy.Highs, weight: Floats) -> None:
        every = np.arange(len(self._cell), dtype=np.int32)
        cost = weight[self._cell] * self._way
        _require(solver.changeColsCost(len(every), every, cost), "weights")

    def _moved(self, value: Floats) -> Floats:
        moved = np.zeros(self.counts)
        np.add.at(moved, self._cell, self._way * value)
        return moved


def _run(solver: highspy.Highs) -> None:
    if solver.run() == highspy.HighsStatus.kError:
        raise SolverError("HiGHS failed while looking for what hidden counts can be")
    said = solver.getModelStatus()
    if STATUS.get(said) is not Status.OPTIMAL:
        what = solver.modelStatusToString(said)
        raise SolverError(f"what hidden counts can be was not found ({what})")


def _require(status: highspy.HighsStatus, what: str) -> None:
    if status != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS refused {what}: {status}")
