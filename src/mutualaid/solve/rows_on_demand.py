r"""Side rows that are made when a flow breaks them, where each lies within one component.

Of very many rows :math:`R x \le r`, ``R`` not negative, few bind, nearly independent of each other.
Each component in which the cheapest flow breaks some is solved apart:

1. The relaxation without rows is known: the cheapest flow, whose basis is a spanning tree. From
   there HiGHS goes on with the rows that the flow breaks, then with those that its own answer
   breaks, until it breaks none. A round takes few pivots.
2. The arcs of these rows are held to the relaxation, rounded up, and the cheapest flow is found
   under these bounds. Where it still breaks a row, arcs are held to what fits, those that are worth
   least first: after a few rounds none is broken, as bounds only fall.

What bounds the last relaxation bounds the answer, and says how far from the best it is. Where a
time limit leaves no relaxation, the cheapest flow itself takes its place.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.network import Ints, Network, SideRows, cut_down, no_rows, stack_rows
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.decompose import each_component
from mutualaid.solve.integer import Relaxation
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.potentials import potentials
from mutualaid.solve.solver import Solution, certified_by, solve
from mutualaid.solve.spanning_forest import spanning_forest
from mutualaid.solve.status import Status

logger = logging.getLogger(__name__)
NOISE = 1e-6
"""So little more than a whole number is none."""


class RowsOnDemand(Protocol):
    """Rows that are made when they are broken.

    Their coefficients are above 0, they have upper limits only, and each lies within a component.
    A flow that is nowhere larger than one that keeps them keeps them.
    """

    def broken(self, flow: Ints | Floats, /) -> SideRows:
        """The rows that a flow breaks; none if it keeps all."""

    def within(self, arcs: Ints, /) -> Self:
        """Those of some arcs, in ascending order, each named by its place among them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Answer:
    """A flow of a component, the rows that were made, and prices that bound it."""

    flow: Ints
    rows: SideRows
    potential: Floats
    row_price: Floats


def solve_on_demand(
    network: Network,
    found: Solution,
    rows: RowsOnDemand,
    limits: Limits,
    reference: Ints | None = None,
) -> tuple[SideRows, Solution]:
    """Solve a network so that rows are kept which are made when they are broken.

    Parameters
    ----------
    network
        A network without side rows.
    found
        Its cheapest flow.
    rows
        Makes them.
    limits, reference
        As for :func:`mutualaid.solve.solver.solve`.

    Returns
    -------
    SideRows
        The rows that were made.
    Solution
        A flow that keeps all rows, with a bound of the network with those that were made.

    Raises
    ------
    SolverError
        If a solver fails, or numbers are too large for the flow solver.
    """
    flow, potential = found.flow.copy(), found.potential / found.price_scale
    made, price = [], []
    for part in each_component(network, rows.broken(flow).arc):
        near = None if reference is None else reference[part.arcs]
        answer = _solve_component(
            part.network, flow[part.arcs], rows.within(part.arcs), limits, near
        )
        flow[part.arcs], potential[part.nodes] = answer.flow, answer.potential
        made.append(replace(answer.rows, arc=part.arcs[answer.rows.arc]))
        price.append(answer.row_price)
    every = stack_rows(no_rows(), *made)
    with_rows = replace(network, rows=every)
    prices = np.concatenate([np.zeros(0), *price])
    return every, certified_by(with_rows, flow, potential, prices, "highs" if made else "flow")


def relax_on_demand(
    network: Network, rows: RowsOnDemand, limits: Limits
) -> tuple[SideRows, Relaxation]:
    """Solve the linear relaxation of a network, which may have other side rows, with such rows.

    Returns
    -------
    SideRows
        The rows that were made.
    Relaxation
        An optimum; prices are of the network's own rows, then of these.

    Raises
    ------
    SolverError
        If it has no optimum, or none was found in time.
    """
    return _relaxed(Program(network, limits), network, rows)


def _relaxed(
    program: Program, network: Network, rows: RowsOnDemand, start: Ints | None = None
) -> tuple[SideRows, Relaxation]:
    """Solve a program with the rows that its answer breaks, again and again from the last basis."""
    made = no_rows()
    more = no_rows() if start is None else rows.broken(start)
    while True:
        if len(more):
            program.add_rows(more)
        made = stack_rows(made, more)
        flow, node_dual, row_dual = program.solve()
        logger.info("%d arcs, %d rows, %d of them new", network.arcs, len(made), len(more))
        more = _new(rows.broken(flow), made)
        if not len(more):
            best = Relaxation(flow=flow, potential=-node_dual, row_price=row_dual, program=None)
            return made, best


def _solve_component(
    network: Network,
    start: Ints,
    rows: RowsOnDemand,
    limits: Limits,
    reference: Ints | None,
) -> _Answer:
    program = Program(network, limits)
    height = potentials(network, start, network.cost)
    reduced = network.cost + height[network.tail] - height[network.head]
    program.start_from(network, start, spanning_forest(network, start, reduced))
    try:
        made, best = _relaxed(program, network, rows, start)
    except SolverError as error:
        if error.status != Status.NO_SOLUTION:
            raise
        # There was no time: the flow without these rows bounds what keeps them.
        made, free = no_rows(), start.astype(np.float64)
        best = Relaxation(
            flow=free, potential=height.astype(np.float64), row_price=np.zeros(0), program=None
        )
    network = replace(network, rows=made)
    return _Answer(
        flow=_whole(network, best, rows, limits, reference),
        rows=made,
        potential=best.potential,
        row_price=best.row_price,
    )


def _whole(
    network: Network,
    best: Relaxation,
    rows: RowsOnDemand,
    limits: Limits,
    reference: Ints | None,
) -> Ints:
    """Hold the arcs of rows to the relaxation, rounded up, and then to what fits."""
    worth = np.maximum(-best.reduced(network), 0)
    made = network.rows
    capacity = network.capacity.copy()
    rounded = np.ceil(best.flow[made.arc] - NOISE).astype(np.int64)
    capacity[made.arc] = np.minimum(capacity[made.arc], rounded)
    while True:
        plain = replace(network, rows=no_rows(), capacity=capacity)
        flow = solve(plain, "flow", limits, None, reference).flow
        over = _broken_now(made, rows, flow)
        if not len(over):
            return flow
        fits = cut_down(over, flow, worth)
        capacity = capacity.copy()
        capacity[over.arc] = np.minimum(capacity[over.arc], fits[over.arc])
        logger.info("%d rows broken: held to what fits", len(over))


def _broken_now(made: SideRows, rows: RowsOnDemand, flow: Ints) -> SideRows:
    """Rows that a flow breaks, those that were made before included."""
    before = made.only(np.flatnonzero(made.excess(flow) > 0))
    return stack_rows(before, _new(rows.broken(flow), before))


def _new(rows: SideRows, known: SideRows) -> SideRows:
    """Rows that are not known yet, told apart by kind and key."""
    columns = [np.column_stack([one.kind, one.key]) for one in (rows, known)]
    seen = set(map(tuple, columns[1].tolist()))
    fresh = [i for i, key in enumerate(map(tuple, columns[0].tolist())) if key not in seen]
    return rows.only(np.array(fresh, dtype=np.int64))
