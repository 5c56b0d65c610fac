"""The linear relaxation of a large network with side rows, by sifting: few arcs at a time.

The Lagrangian prices of the side rows (:mod:`mutualaid.solve.lagrangian`) fix almost every arc as
empty or full. HiGHS solves the linear program of the remaining arcs, in which side rows may be
broken at a penalty. Arcs whose reduced cost has the wrong sign are added, until no row is broken
and the cost is close to the bound. In every round the Lagrangian is evaluated at the duals of that
program, so the bound holds for all arcs, whichever took part.
"""

from __future__ import annotations

import logging
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

logger = logging.getLogger(__name__)
WIDTH = 50.0
"""Arcs with a reduced cost up to this, in units of cost, take part from the start."""
ROUNDS = 8
MOST_ADDED = 25_000
"""Arcs that are added in a round, at most: those with the largest reduced costs."""
CLOSE = 2e-5
"""Gap between the program's optimum and the bound at which it stops."""
BREAKING = 0.02
"""Penalty for breaking a row: its price plus this share of the oracle's unit price."""
DEARER = 4.0
"""Factor on the penalty of rows that are broken all the same."""
ROUGH_ROUNDS = 2
"""Rounds after which most of the wanted arcs have been found."""
DEAR = 16.0
"""Factor on all penalties after these rounds: what is left is to repair the rows."""
NOISE = 1e-6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sifted:
    """A relaxation on some arcs of a network, and the best bound for all of it.

    Attributes
    ----------
    restricted : ReducedNetwork
        The arcs that take part.
    relaxed : Relaxation
        An optimum of its relaxation.
    best : DualPoint
        The prices with the best bound for the whole network.
    """

    restricted: ReducedNetwork
    relaxed: Relaxation
    best: DualPoint


def sift(network: Network, limits: Limits, known: Ints | None) -> Sifted | None:
    """Solve the relaxation of a large network with side rows by sifting.

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
        None if the network has no oracle (:func:`mutualaid.solve.lagrangian.heights`) or rows are
        still broken after :data:`ROUNDS`: the whole program has to be solved then.

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
        above = (total - best.bound) / abs(total) if total else 0.0
        told = number, len(restricted.arcs), network.arcs, int(broken.sum()), above
        logger.info("round %d: %d of %d arcs, %d side rows broken, %.2g above the bound", *told)
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
    """The linear program of a network whose side rows may be broken at a penalty."""

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
        """An optimum, and a mask of the rows that it breaks."""
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
