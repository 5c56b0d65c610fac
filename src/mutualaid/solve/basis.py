"""Sensitivity of an optimal basis: whether it stays optimal when limits move."""

from __future__ import annotations

import highspy
import numpy as np

from mutualaid.model.network import Ints, Network
from mutualaid.solve.backends.highs import Program

NEAR = 1e-7
"""Feasibility tolerance: HiGHS's own."""


class Basis:
    """The optimal basis of a program that was just solved.

    Changing limits leaves the reduced costs of a basis as they are. So it is optimal for the new
    limits as well if all basic variables stay within theirs, which one solve with the basis matrix
    tells. The program must not be solved again while this object is in use.
    """

    def __init__(self, network: Network, program: Program, basic: Ints) -> None:
        self.network, self.program = network, program
        solution, lp = program.solver.getSolution(), program.solver.getLp()
        columns = lp.num_col_
        # Rows come after columns; HiGHS numbers those that are basic from -1 downwards.
        self.place = np.where(basic >= 0, basic, columns - basic - 1)
        self.sign = np.where(basic >= 0, 1.0, -1.0)
        self.columns, self.size = columns, lp.num_row_
        self.basic = np.zeros(columns + lp.num_row_, dtype=bool)
        self.basic[self.place] = True
        value = np.concatenate([solution.col_value, solution.row_value])
        self.value = value[self.place]
        low = np.concatenate([lp.col_lower_, lp.row_lower_])[self.place]
        self.low, self.high = low, np.concatenate([lp.col_upper_, lp.row_upper_])[self.place]
        self.at = np.full(columns + lp.num_row_, -1, dtype=np.int64)
        self.at[self.place] = np.arange(len(self.place))
        order = np.argsort(network.rows.arc, kind="stable")
        self.entry = order
        self.first = np.searchsorted(network.rows.arc[order], np.arange(network.arcs + 1))

    @classmethod
    def of(cls, network: Network, program: Program) -> Basis | None:
        """The basis in which a program's last solve ended, or None."""
        status, basic = program.solver.getBasicVariables()
        if status != highspy.HighsStatus.kOk:
            return None
        return cls(network, program, np.asarray(basic, dtype=np.int64))

    def holds(self, arc: int, *, used: bool, rows: Ints, less: Ints) -> bool:
        """Whether it stays optimal if the capacity of an arc rises by 1 and limits of rows fall.

        Parameters
        ----------
        arc
            Position of the arc.
        used
            Whether the arc has a negative reduced cost, so that the unit is used.
        rows, less : int64 arrays, shape (changes,)
            Positions of the side rows whose upper limits fall, and by how much.
        """
        network, scale = self.network, self.program.scale
        side = np.zeros(self.size)
        if used:
            if self.basic[arc]:
                return False
            side[network.tail[arc]] -= 1.0
            side[network.head[arc]] += 1.0
            entry = self.entry[self.first[arc] : self.first[arc + 1]]
            row = network.rows.row[entry]
            side[network.nodes + row] -= network.rows.coefficient[entry] * scale[row]
        high = self.high
        for row, fall in zip(rows.tolist(), (less * scale[rows]).tolist(), strict=True):
            place = self.columns + network.nodes + row
            if self.basic[place]:
                high = high.copy() if high is self.high else high
                high[self.at[place]] -= fall
            else:
                side[network.nodes + row] -= fall
        moved = self.value
        if side.any():
            status, step = self.program.solver.getBasisSolve(side)[:2]
            if status != highspy.HighsStatus.kOk:
                return False
            moved = moved + self.sign * np.asarray(step)
        return bool((moved >= self.low - NEAR).all() and (moved <= high + NEAR).all())
