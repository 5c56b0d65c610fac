"""A linear program over few variables that grows by rows, solved from where it stands."""

from __future__ import annotations

import highspy
import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.network import Ints
from mutualaid.solve.backends.highs import STATUS, Quiet, require_ok, run
from mutualaid.solve.interface import Floats
from mutualaid.solve.status import Status


class Growing:
    """Make ``gain @ x`` as large as can be, under more and more rows ``matrix @ x <= limit``.

    Parameters
    ----------
    gain : float64 array, shape (variables,)
        What a unit of each variable counts; variables are free until limited.
    """

    def __init__(self, gain: Floats) -> None:
        self.variables = len(gain)
        self.solver = Quiet()
        require_ok(self.solver.setOptionValue("output_flag", False), "option output_flag")
        empty = np.zeros(0)
        none = np.zeros(0, dtype=np.int32)
        free = np.full(self.variables, highspy.kHighsInf)
        added = self.solver.addCols(
            self.variables, gain, -free, free, 0, np.zeros(self.variables, np.int32), none, empty
        )
        require_ok(added, "variables")
        sense = self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        require_ok(sense, "to maximise")

    def limit(self, variables: Ints, lower: Floats, upper: Floats) -> None:
        """Give variables other bounds."""
        place = variables.astype(np.int32)
        changed = self.solver.changeColsBounds(len(place), place, lower, upper)
        require_ok(changed, "other bounds")

    def add_rows(self, matrix: Floats, limit: Floats) -> None:
        """Add rows, shape (rows, variables), that stay at or below a limit, shape (rows,)."""
        row, column = np.nonzero(matrix)
        start = np.searchsorted(row, np.arange(len(limit))).astype(np.int32)
        added = self.solver.addRows(
            len(limit),
            np.full(len(limit), -highspy.kHighsInf),
            limit,
            len(row),
            start,
            column.astype(np.int32),
            matrix[row, column],
        )
        require_ok(added, "further rows")

    def solve(self) -> tuple[float, Floats]:
        """Solve; the value and the variables.

        Raises
        ------
        SolverError
            If it has no optimum.
        """
        run(self.solver)
        said = self.solver.getModelStatus()
        if STATUS.get(said) is not Status.OPTIMAL:
            raise SolverError(
                f"a small program has no optimum ({self.solver.modelStatusToString(said)})"
            )
        value = self.solver.getInfo().objective_function_value
        return float(value), np.asarray(self.solver.getSolution().col_value)
