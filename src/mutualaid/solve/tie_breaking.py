"""Break ties between flows of the same cost by a stated rule: few moves, then few changes.

A flow is cheapest if and only if it agrees with the potentials of any cheapest flow: at the lower
bound where the reduced cost of an arc is positive, at capacity where it is negative. Among these
flows one more minimum-cost flow finds the one with the smallest tie count, and of those one that
exceeds a reference flow least. The potentials are the same for every cheapest flow, so the result
does not depend on which solver found the first one, or how.
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


def break_ties(network: Network, potential: Ints, reference: Ints | None = None) -> Ints:
    """Find the cheapest flow with the smallest tie count, and of those one near the reference.

    Parameters
    ----------
    network
        The network, without side rows.
    potential : int64 array, shape (nodes,)
        Potentials of any cheapest flow, in units of cost.
    reference
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
    at_bound = np.where(reduced < 0, network.capacity, network.lower)
    return fix(network, at_bound, reduced != 0, network.tie, reference)


def restore_baseline(network: Network, flow: Ints, reference: Ints) -> Ints:
    """Bring a flow back to the reference wherever that costs nothing and moves nobody.

    The flow of arcs with a tie count is kept. On the others the cheapest flow is found that exceeds
    the reference least.

    Parameters
    ----------
    network
        The network with its side rows.
    flow : int64 array, shape (arcs,)
        A flow that keeps them.
    reference
        As for :func:`fix`.

    Returns
    -------
    int64 array, shape (arcs,)
        The new flow; ``flow`` itself if the new one would break a side row.
    """
    held = network.tie > 0
    apart = replace(
        network,
        lower=np.where(held, flow, network.lower),
        capacity=np.where(held, flow, network.capacity),
        rows=no_rows(),
    )
    cheapest = fix(apart, flow, held, network.cost)
    found = break_ties(apart, potentials(apart, cheapest, network.cost), reference)
    return flow if broken(network, found) else found


def fix(
    network: Network, flow: Ints, fixed: np.ndarray, cost: Ints, reference: Ints | None = None
) -> Ints:
    """Keep the flow of some arcs and find the cheapest flow on the others.

    Parameters
    ----------
    network
        The network; its side rows are not read.
    flow : int64 array, shape (arcs,)
        Flow on each arc; only that of fixed arcs is read.
    fixed : bool array, shape (arcs,)
        Arcs that keep their flow.
    cost : int64 array, shape (arcs,)
        Cost of a unit of flow on each arc.
    reference : int64 array, shape (arcs,)
        Of flows that cost the same, the one is found whose excess over the reference, summed over
        arcs, is least; -1 on arcs that have no reference. A unit may pass two arcs with a
        reference at most.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow.

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
    if reference is not None:
        # What exceeds the reference flow takes a second arc, at a cost below all others.
        within = np.where(reference[free] < 0, capacity, np.minimum(reference[free], capacity))
        owner, second, lower, capacity = split_arcs(lower, capacity, within)
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


def split_arcs(lower: Ints, capacity: Ints, within: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Split each arc whose capacity exceeds a limit in two: up to the limit, and beyond it.

    Parameters
    ----------
    lower, capacity, within : int64 arrays, shape (arcs,)
        Bounds of the arcs, and the limits.

    Returns
    -------
    owner : int64 array, shape (new arcs,)
        The original of each new arc, ascending: the first of two comes before the second.
    second : int64 array
        Positions of the second arcs among the new ones.
    lower, capacity : int64 arrays, shape (new arcs,)
        Their bounds.

    Examples
    --------
    >>> bounds = np.array([0, 0]), np.array([5, 2])
    >>> [part.tolist() for part in split_arcs(*bounds, np.array([3, 2]))]
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
