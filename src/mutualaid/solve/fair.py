r"""Sharing fairly: the largest smallest gain, then the second smallest, and so on.

Rows of a network say what somebody bears, each against a base :math:`b_i`; the gain of row `i` is
:math:`1 - (R x)_i / b_i`. The linear program

.. math:: \max \lambda \quad\text{s.t.}\quad (R x)_i + b_i \lambda \le b_i

gives the largest smallest gain; rows with a price cannot do better and are held, and the program
is solved again for the others, from the basis where it stands (Ogryczak, Pióro and Tomaszewski
2005, "Telecommunications network design and max-min optimization problem").
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.network import Ints, Network
from mutualaid.solve.answer import Floats, Limits
from mutualaid.solve.highs import Program

PRICED = 1e-7


def fair_gains(network: Network, row: Ints, base: Ints, limits: Limits) -> Floats:
    """Find the fair gain of each of some rows.

    Parameters
    ----------
    network
        The network with its side rows; the rows' own upper limits are not read.
    row
        Positions of the rows that share.
    base
        What each bears without any gain; 1 or more.
    limits
        Time and threads.

    Returns
    -------
    float64 array, shape (rows that share,)
        Gains, as shares of the base, of the linear relaxation.

    Raises
    ------
    SolverError
        If there is no feasible flow, or no optimum was found in time.
    """
    gain = np.zeros(len(row))
    if not len(row):
        return gain
    program = Program(replace(network, cost=np.zeros_like(network.cost)), limits)
    weight = base.astype(np.float64)
    program.add_column(-1.0, row, weight)
    none = np.full(len(row), -np.inf)
    program.limit_rows(row, none, weight)
    open_ = np.ones(len(row), dtype=bool)
    while open_.any():
        flow, _, dual = program.solve()
        level = float(flow[network.arcs])
        price = -dual[row] * weight
        tight = open_ & (price > PRICED * max(float(price.max(initial=0.0)), 1.0))
        if level >= 1.0 or not tight.any():
            tight = open_.copy()
        gain[tight] = level
        for i in np.flatnonzero(tight).tolist():
            program.drop_from_column(int(row[i]))
        # A trifle of room, or the next program could miss what this one just reached.
        program.limit_rows(
            row[tight], none[tight], weight[tight] * (1.0 - level) + 1e-6 * weight[tight]
        )
        open_ &= ~tight
    return gain
