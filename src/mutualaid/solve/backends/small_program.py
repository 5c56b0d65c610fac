"""Small linear programs that are given as a dense matrix."""

from __future__ import annotations

import highspy
import numpy as np

from mutualaid.errors import SolverError
from mutualaid.solve.backends.highs import STATUS, Quiet, require_ok, run
from mutualaid.solve.interface import Floats
from mutualaid.solve.status import Status


def small_program(
    cost: Floats,
    bounds: tuple[Floats, Floats],
    matrix: Floats,
    limits: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Solve a small linear program that is given as a dense matrix.

    Parameters
    ----------
    cost : shape (variables,)
        What is made as small as can be.
    bounds : two arrays, shape (variables,)
        Of the variables; may be infinite.
    matrix : shape (rows, variables)
        The rows.
    limits : two arrays, shape (rows,)
        Of the rows; may be infinite.

    Returns
    -------
    float64 arrays, shape (variables,) and (rows,)
        An optimum and the rows' duals.

    Raises
    ------
    SolverError
        If it has no optimum.
    """
    rows, columns = matrix.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_, (model.col_lower_, model.col_upper_) = cost, bounds
    model.row_lower_, model.row_upper_ = limits
    row, column = np.nonzero(matrix)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(row, np.arange(rows + 1)).astype(np.int32)
    model.a_matrix_.index_ = column.astype(np.int32)
    model.a_matrix_.value_ = matrix[row, column]
    solver = Quiet()
    require_ok(solver.setOptionValue("output_flag", False), "option output_flag")
    require_ok(solver.passModel(model), "a small program")
    run(solver)
    said = solver.getModelStatus()
    if STATUS.get(said) is not Status.OPTIMAL:
        raise SolverError(f"a small program has no optimum ({solver.modelStatusToString(said)})")
    solution = solver.getSolution()
    return np.asarray(solution.col_value), np.asarray(solution.row_dual)
