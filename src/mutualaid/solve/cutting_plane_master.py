"""The master program of a cutting-plane method: it grows by cuts, and is solved warm."""

from __future__ import annotations

import highspy
import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.network import Ints
from mutualaid.solve.backends.highs import STATUS, Quiet, require_ok, run
from mutualaid.solve.interface import Floats
from mutualaid.solve.status import Status


class CuttingPlaneMaster:
    """Maximise ``gain @ x`` subject to cuts ``matrix @ x <= limit`` that are added one by one.

    Each solve starts from the basis of the one before.

    Parameters
    ----------
    gain : float64 array, shape (variables,)
        Objective; variables are free until :meth:`limit` bounds them.
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
        """Set lower and upper bounds of some variables, given by their positions."""
        place = variables.astype(np.int32)
        changed = self.solver.changeColsBounds(len(place), place, lower, upper)
        require_ok(changed, "other bounds")

    def add_rows(self, matrix: Floats, limit: Floats) -> None:
        """Add cuts ``matrix @ x <= limit``: shapes (cuts, variables) and (cuts,)."""
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
        """Solve from the last basis.

        Returns
        -------
        value : float
            The optimum.
        variables : float64 array, shape (variables,)
            Where it is reached.

        Raises
        ------
        SolverError
            If HiGHS finds no optimum.
        """
        run(self.solver)
        said = self.solver.getModelStatus()
        if STATUS.get(said) is not Status.OPTIMAL:
            raise SolverError(
                f"a small program has no optimum ({self.solver.modelStatusToString(said)})"
            )
        value = self.solver.getInfo().objective_function_value
        return float(value), np.asarray(self.solver.getSolution().col_value)
