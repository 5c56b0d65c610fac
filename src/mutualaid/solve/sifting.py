"""The linear relaxation of a large network with side rows, by sifting: few arcs at a time.

The Lagrangian prices of the side rows (:mod:`mutualaid.solve.lagrangian`) fix almost every arc as
empty or full. HiGHS solves the linear program of the remaining arcs, in which side rows may be
broken at a penalty. Arcs whose reduced cost has the wrong sign are added, until no row is broken
and the cost is close to the bound. In every round the Lagrangian is evaluated at the duals of that
program, so the bound holds for all arcs, whichever took part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import numpy.typing as npt

from mutualaid.model.network import Ints, Network
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.certificate import right_signs
from mutualaid.solve.integer import Relaxation
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.lagrangian import DualPoint, LagrangianOracle, heights, maximise_dual
from mutualaid.solve.reduced_network import ReducedNetwork, fix_flows

WIDTH = 50.0
"""Arcs with a reduced cost up to this take part from the start."""
ROUNDS = 8
MOST_ADDED = 25_000
"""So many arcs join in a round, at most: those that the duals would move most."""
CLOSE = 2e-5
"""So far above the bound, as a share, the program's optimum may stay."""
BREAKING = 0.02
"""Breaking a row costs its price and so much of the price that outweighs the dearest cost."""
DEARER = 4.0
"""Rows that are broken all the same cost so many times more in the next round."""
ROUGH_ROUNDS = 2
"""So many rounds find most of the arcs that are wanted."""
DEAR = 16.0
"""After them breaking any row costs so many times more: what is left is to mend them."""
NOISE = 1e-6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sifted:
    """A relaxation on some arcs of a network, and the best bound for all of it.

    Attributes
    ----------
    restricted : ReducedNetwork
        The arcs that may move.
    relaxed : Relaxation
        An optimum of the relaxation.
    best : DualPoint
        The prices that bound the whole network best.
    """

    restricted: ReducedNetwork
    relaxed: Relaxation
    best: DualPoint


def sifted(network: Network, limits: Limits, known: Ints | None) -> Sifted | None:
    """Relax a large network with side rows.

    Parameters
    ----------
    network
        The network.
    limits
        Time and threads of HiGHS.
    known
        A flow that keeps every row, if there is one.

    Returns
    -------
    Sifted or None
        None where this way leads nowhere: then all of the program has to be solved.

    Raises
    ------
    SolverError
        If HiGHS or the flow solver fails.
    """
    height = heights(network)
    if height is None or len(network.first):
        return None
    oracle = LagrangianOracle(network, height)
    best = maximise_dual(oracle, known)
    base, outside = best.flow, best.potential(network)
    reduced = best.cost / best.scale + outside[network.tail] - outside[network.head]
    movable = network.lower < network.capacity
    free = movable & (np.abs(reduced) <= WIDTH)
    price = np.abs(best.row_price) + BREAKING * oracle.unit
    for number in range(1, ROUNDS + 1):
        restricted = fix_flows(network, free, base)
        program = _Elastic(restricted.network, price, limits)
        relaxed, broken = program.relaxation()
        trial = oracle.evaluate(right_signs(network.rows, relaxed.row_price))
        best = max(best, trial, key=lambda one: one.bound)
        total = float(network.cost @ restricted.whole(relaxed.flow))
        if not broken.any() and total - best.bound <= CLOSE * abs(total):
            return Sifted(restricted=restricted, relaxed=program.kept(relaxed), best=best)
        price = np.where(broken, DEARER * price, price)
        if number == ROUGH_ROUNDS:
            price *= DEAR
        inside = outside.copy()
        inside[restricted.nodes] = relaxed.potential
        reduced = replace(relaxed, potential=inside).reduced(network)
        wanted = movable & ~free
        wanted &= ((reduced < -NOISE) & (base < network.capacity)) | (
            (reduced > NOISE) & (base > network.lower)
        )
        joining = np.flatnonzero(wanted)
        order = np.argsort(-np.abs(reduced[joining]), kind="stable")
        free[joining[order[:MOST_ADDED]]] = True
    return None


class _Elastic:
    """The program of a network whose side rows may be broken at a price."""

    def __init__(self, network: Network, price: Floats, limits: Limits) -> None:
        rows = len(network.rows)
        self.program = Program(network, limits, presolve=True)
        unit = 1 / self.program.scale
        each = [np.array([row], dtype=np.int64) for row in range(rows)]
        self.more, self.less = (
            self.program.add_columns(price * unit, each, [sign * unit[row] for row in each])
            for sign in (1.0, -1.0)
        )
        self._allow(highspy.kHighsInf)

    def _allow(self, most: float) -> None:
        for columns in (self.more, self.less):
            self.program.limit_arcs(columns, np.zeros(len(columns)), np.full(len(columns), most))

    def relaxation(self) -> tuple[Relaxation, npt.NDArray[np.bool_]]:
        """An optimum, and which rows it breaks."""
        flow, node_dual, row_dual = self.program.solve()
        relaxed = Relaxation(
            flow=flow[: self.program.arcs],
            potential=-node_dual,
            row_price=row_dual,
            program=self.program,
        )
        return relaxed, flow[self.more] + flow[self.less] > NOISE

    def kept(self, relaxed: Relaxation) -> Relaxation:
        """Let no row be broken from now on."""
        self._allow(0.0)
        return relaxed
