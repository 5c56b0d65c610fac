"""Ties between flows of the same cost, broken by a stated rule: few moves, then few changes.

The cheapest flows are exactly those that agree with the potentials of any one of them: the least
on arcs with a positive reduced cost, the most on arcs with a negative one. Among these flows
the one with the smallest tie count, and of those the one that exceeds the usual flow least, is
found by one more minimum-cost flow. Since the potentials are the same whichever cheapest flow
they come from, so is the flow that is settled on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.network import Ints, Network, no_rows
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.certificate import broken
from mutualaid.solve.potentials import potentials


def reduced_cost(network: Network, potential: Ints, cost: Ints) -> Ints:
    """``cost + potential[tail] - potential[head]`` of each arc."""
    result: Ints = cost + potential[network.tail] - potential[network.head]
    return result


def settle(network: Network, potential: Ints, usual: Ints | None = None) -> Ints:
    """Find the cheapest flow with the smallest tie count that is nearest to the usual one.

    Parameters
    ----------
    network
        The network, without side rows.
    potential
        Potentials of any cheapest flow.
    usual
        As for :func:`fix`.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow.

    Raises
    ------
    SolverError
        If the potentials belong to no cheapest flow.
    """
    reduced = reduced_cost(network, potential, network.cost)
    settled = np.where(reduced < 0, network.capacity, network.lower)
    return fix(network, settled, reduced != 0, network.tie, usual)


def back_to_usual(network: Network, flow: Ints, usual: Ints) -> Ints:
    """Keep what counts as a tie, and let the rest be as cheap, then as usual, as it can be.

    What breaks a side row then stays as it was.
    """
    held = network.tie > 0
    apart = replace(
        network,
        lower=np.where(held, flow, network.lower),
        capacity=np.where(held, flow, network.capacity),
        rows=no_rows(),
    )
    cheapest = fix(apart, flow, held, network.cost)
    found = settle(apart, potentials(apart, cheapest, network.cost), usual)
    return flow if broken(network, found) else found


def fix(
    network: Network, flow: Ints, fixed: np.ndarray, cost: Ints, usual: Ints | None = None
) -> Ints:
    """Keep the flow of some arcs and find the cheapest on the others.

    Parameters
    ----------
    network
        The network; its side rows play no part.
    flow
        Flow on each arc; only that of fixed arcs is read.
    fixed
        Mask over arcs.
    cost
        Cost of each arc.
    usual
        Of flows that cost the same, the one that exceeds these by the least is found; -1 on arcs
        where nothing is usual. No patient may meet more than two arcs where something is.

    Raises
    ------
    SolverError
        If no flow has these values on the fixed arcs.
    """
    kept = np.where(fixed, flow, 0)
    supply = network.supply.copy()
    np.subtract.at(supply, network.tail, kept)
    np.add.at(supply, network.head, kept)
    free = np.flatnonzero(~fixed)
    lower, capacity, cost = network.lower[free], network.capacity[free], cost[free]
    if usual is not None:
        # What exceeds the usual flow takes an arc beside it, which counts less than any cost.
        within = np.where(usual[free] < 0, capacity, np.minimum(usual[free], capacity))
        owner, second, lower, capacity = arcs_beside(lower, capacity, within)
        free = free[owner]
        cost = cost[owner] * (2 * int(np.maximum(network.supply, 0).sum()) + 1)
        cost[second] += 1
    part = np.searchsorted(network.arc_start, free, side="right") - 1
    count = np.bincount(part, minlength=network.components)
    rest = Network(
        supply=supply,
        tail=network.tail[free],
        head=network.head[free],
        capacity=capacity,
        lower=lower,
        cost=cost,
        tie=network.tie[free],
        node_start=network.node_start,
        arc_start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
    )
    np.add.at(kept, free, solve_flow(rest))
    return kept


def arcs_beside(lower: Ints, capacity: Ints, within: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Give arcs that can carry more than so much a second arc beside them, for the rest.

    Returns
    -------
    int64 arrays
        For each arc now, the one that it came from; the positions of the second arcs; lower
        bounds and capacities.

    Examples
    --------
    >>> bounds = np.array([0, 0]), np.array([5, 2])
    >>> [part.tolist() for part in arcs_beside(*bounds, np.array([3, 2]))]
    [[0, 0, 1], [1], [0, 0, 0], [3, 2, 2]]
    """
    more = within < capacity
    copies = 1 + more.astype(np.int64)
    owner = np.repeat(np.arange(len(capacity)), copies)
    second: Ints = (np.cumsum(copies) - 1)[more]
    split = []
    for bound in (lower, capacity):
        first = np.minimum(bound, within)
        both = first[owner]
        both[second] = (bound - first)[more]
        split.append(both)
    return owner, second, split[0], split[1]
