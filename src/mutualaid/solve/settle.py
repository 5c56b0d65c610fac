"""Ties between flows of the same cost, broken by a stated rule.

The cheapest flows are exactly those that agree with the potentials of any one of them: the least
on arcs with a positive reduced cost, the most on arcs with a negative one. Among these flows
the one with the smallest tie count is found by one more minimum-cost flow. Since the potentials
are the same whichever cheapest flow they come from, so is the flow that is settled on.
"""

from __future__ import annotations

import numpy as np

from mutualaid.model.network import Ints, Network
from mutualaid.solve.flow import solve_flow


def reduced_cost(network: Network, potential: Ints, cost: Ints) -> Ints:
    """``cost + potential[tail] - potential[head]`` of each arc."""
    result: Ints = cost + potential[network.tail] - potential[network.head]
    return result


def settle(network: Network, potential: Ints) -> Ints:
    """Find the cheapest flow with the smallest tie count.

    Parameters
    ----------
    network
        The network, without side rows.
    potential
        Potentials of any cheapest flow.

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
    return fix(network, settled, reduced != 0, network.tie)


def fix(network: Network, flow: Ints, fixed: np.ndarray, cost: Ints) -> Ints:
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
    owner = np.searchsorted(network.arc_start, free, side="right") - 1
    count = np.bincount(owner, minlength=network.components)
    rest = Network(
        supply=supply,
        tail=network.tail[free],
        head=network.head[free],
        capacity=network.capacity[free],
        lower=network.lower[free],
        cost=cost[free],
        tie=network.tie[free],
        node_start=network.node_start,
        arc_start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
    )
    result = kept.copy()
    result[free] = solve_flow(rest)
    return result
