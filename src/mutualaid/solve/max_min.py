r"""Max-min fairness: the smallest gain as large as possible, then the second smallest, and so on.

The level :math:`(R x)_i` of a side row is what somebody bears, and :math:`b_i` what they would bear
without the plan; the gain of row `i` is :math:`1 - (R x)_i / b_i`. The linear program

.. math:: \max \lambda \quad\text{s.t.}\quad (R x)_i + b_i \lambda \le b_i

maximises the smallest gain. Rows with a dual price cannot gain more: their gain is fixed, and the
program is solved again for the others, warm (Ogryczak, Pióro and Tomaszewski 2005,
"Telecommunications network design and max-min optimization problem").
"""

from __future__ import annotations

import numpy as np

from mutualaid.model.network import NO_LIMIT, Ints, Network
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.interface import Floats, Limits

PRICED = 1e-7
TRIFLE = 1e-9


def fair_gains(network: Network, row: Ints, base: Ints, limits: Limits) -> Floats:
    """Find the fair gain of each of some rows.

    Parameters
    ----------
    network
        The network with its side rows; the rows' own upper limits are not read.
    row
        Positions of the rows between which gains are shared.
    base : int64 array, shape (rows that share,)
        The level of each without any gain, in units of the row; 1 or more.
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
    program = Program(network, limits)
    weight = base.astype(np.float64)
    none = np.full(len(row), -np.inf)
    program.limit_rows(row, none, weight)
    # The cheapest flow is a good place to start from: without it the search is lost among flows
    # that are all as good (measured at the size of an ICB: 0.9 s instead of 36 s).
    flow, _, _ = program.solve()
    guide = network.cost.astype(np.float64)
    largest = max(float(guide @ flow), 1.0)
    gained = program.add_columns(np.zeros(1), [row], [weight])
    # A gain weighs as much as all that is borne, or reduced costs drown in tolerances.
    program.price_columns(gained, np.array([-largest]))
    arcs = np.arange(network.arcs)
    open_ = np.ones(len(row), dtype=bool)
    while open_.any():
        program.price_columns(arcs, guide)
        program.solve()
        program.price_columns(arcs, np.zeros(network.arcs))
        flow, _, dual = program.solve()
        level = float(flow[gained[0]])
        price = -dual[row] * weight / largest
        tight = open_ & (price > PRICED)
        if level >= 1.0 or not tight.any():
            tight = open_.copy()
        gain[tight] = level
        for i in np.flatnonzero(tight).tolist():
            program.drop_from_column(int(gained[0]), int(row[i]))
        # A trifle of room, or the next program could miss what this one just reached.
        program.limit_rows(
            row[tight], none[tight], weight[tight] * (1.0 - level) + TRIFLE * weight[tight]
        )
        open_ &= ~tight
    # No gain is not minus nothing.
    return gain + 0.0


def least_excess(network: Network, row: Ints, weight: Ints, most: float, limits: Limits) -> float:
    r"""Find the least :math:`\lambda` that keeps some rows if each may be exceeded by it.

    .. math:: \min \lambda \ge 0 \quad\text{s.t.}\quad (R x)_i - w_i \lambda \le r_i

    Parameters
    ----------
    network
        The network with its side rows.
    row
        Positions of the rows that may be exceeded.
    weight
        Amount of each row that one unit of excess allows, :math:`w`.
    most
        The largest excess that is considered.
    limits
        Time and threads.

    Raises
    ------
    SolverError
        If there is no feasible flow up to that excess, or no optimum was found in time.
    """
    program = Program(network, limits)
    # Variables run from 0 to 1: this one is a share of the most.
    excess = program.add_columns(np.zeros(1), [row], [-weight.astype(np.float64) * most])
    program.price_columns(np.arange(network.arcs), np.zeros(network.arcs))
    # Of the size of the other costs, or it would drown in tolerances.
    program.price_columns(excess, np.array([1e6]))
    flow, _, _ = program.solve()
    return float(flow[excess[0]]) * most


def least_violation(
    network: Network, row: Ints, most: Floats, unit: Ints, limits: Limits
) -> Floats:
    r"""Find by how much rows must be broken, at the least, if all of them may be.

    .. math:: \min \sum_i v_i \quad\text{s.t.}\quad l_i - w_i v_i \le (R x)_i \le r_i + w_i v_i,
       \; v \ge 0

    Parameters
    ----------
    network
        The network with its side rows.
    row
        Positions of the rows that may be broken; each has one limit.
    most
        The largest violation of each that is considered, in its unit.
    unit
        So much of a row's level is one unit of its violation, :math:`w`.
    limits
        Time and threads.

    Returns
    -------
    float64 array, shape (rows that may be broken,)
        The violation of each, in its unit.

    Raises
    ------
    SolverError
        If nothing keeps the other rows, or no optimum was found in time.
    """
    program = Program(network, limits)
    sign = np.where(network.rows.upper[row] == NO_LIMIT, 1.0, -1.0)
    places = [row[at : at + 1] for at in range(len(row))]
    values = [np.array([one]) for one in sign * unit * most]
    # Variables run from 0 to 1: each is a share of the most.
    broken = program.add_columns(np.zeros(len(row)), places, values)
    program.price_columns(np.arange(network.arcs), np.zeros(network.arcs))
    program.price_columns(broken, most * (1e6 / most.max()))
    flow, _, _ = program.solve()
    return np.asarray(flow[broken] * most, dtype=np.float64)
