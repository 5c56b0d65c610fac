"""Minimum-cost flow by LEMON's network simplex, through pylmcf."""

from __future__ import annotations

import numpy as np
import pylmcf

from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, Ints, Network


def solve_flow(network: Network, cost: Ints | None = None) -> Ints:
    """Find a cheapest whole-number flow of a network without side rows.

    Parameters
    ----------
    network
        Arcs in the order of their tails, then heads.
    cost
        Cost of each arc, if not the network's own.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow; not yet checked by anything but the solver.

    Raises
    ------
    SolverError
        If there is no feasible flow, or numbers are too large for the solver.
    """
    flow = np.zeros(network.arcs, dtype=np.int64)
    cost = network.cost if cost is None else cost
    for k in range(network.components):
        nodes = slice(int(network.node_start[k]), int(network.node_start[k + 1]))
        arcs = slice(int(network.arc_start[k]), int(network.arc_start[k + 1]))
        flow[arcs] = _solve_component(
            network.supply[nodes],
            network.tail[arcs] - np.int32(nodes.start),
            network.head[arcs] - np.int32(nodes.start),
            network.lower[arcs],
            network.capacity[arcs],
            cost[arcs],
        )
    return flow


def _solve_component(
    supply: Ints, tail: Ints, head: Ints, lower: Ints, capacity: Ints, cost: Ints
) -> Ints:
    if lower.any():
        # What must flow, flows; the rest is a problem without lower bounds.
        supply = supply.copy()
        np.subtract.at(supply, tail, lower)
        np.add.at(supply, head, lower)
    total = int(np.maximum(supply, 0).sum())
    if total == 0:
        return lower.copy()
    # LEMON checks none of this: sums that wrap around would be wrong in silence.
    if (len(supply) + 1) * (int(cost.max(initial=0)) + 1) >= SAFE or total >= SAFE:
        raise SolverError("the flow solver's 64-bit numbers are too small for these costs")
    graph = pylmcf.Graph(len(supply), tail.astype(np.int32), head.astype(np.int32))
    graph.set_node_supply(np.ascontiguousarray(supply))
    graph.set_edge_capacities(np.minimum(capacity - lower, total))
    graph.set_edge_costs(np.ascontiguousarray(cost))
    try:
        graph.solve()
    except RuntimeError as error:
        raise SolverError(f"the flow solver found no plan: {error}", "infeasible") from error
    result: Ints = np.asarray(graph.result(), dtype=np.int64) + lower
    return result
