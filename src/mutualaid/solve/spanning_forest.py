"""A spanning forest of a network: the basis in which a cheapest flow of it stands."""

from __future__ import annotations

import numpy as np

from mutualaid.model.network import Ints, Network
from mutualaid.solve.interface import Floats, Mask


def spanning_forest(network: Network, flow: Ints, reduced: Ints | Floats) -> Mask:
    """Find a spanning forest of the arcs that a cheapest flow could be changed on.

    Parameters
    ----------
    network
        The network; each of its components is connected.
    flow : int64 array, shape (arcs,)
        A cheapest flow.
    reduced : shape (arcs,)
        Reduced costs.

    Returns
    -------
    bool array, shape (arcs,)
        A tree for each component: arcs between their bounds first, then those of the smallest
        reduced costs (Kruskal's algorithm).

    Examples
    --------
    >>> from mutualaid.model.network import no_rows
    >>> one = Network(
    ...     supply=np.array([1, 0, -1]), tail=np.array([0, 0, 1], dtype=np.int32),
    ...     head=np.array([1, 2, 2], dtype=np.int32), capacity=np.array([5, 5, 5]),
    ...     cost=np.array([0, 9, 0]), tie=np.zeros(3, dtype=np.int64),
    ...     node_start=np.array([0, 3]), arc_start=np.array([0, 3]))
    >>> spanning_forest(one, np.array([1, 0, 1]), np.array([0, 9, 0])).tolist()
    [True, False, True]
    """
    inside = (network.lower < flow) & (flow < network.capacity)
    order = np.lexsort((np.abs(reduced), ~inside))
    leader = list(range(network.nodes))
    chosen: list[int] = []
    missing = network.nodes - int((np.diff(network.node_start) > 0).sum())
    tails, heads = network.tail[order].tolist(), network.head[order].tolist()
    for arc, one, other in zip(order.tolist(), tails, heads, strict=True):
        if len(chosen) == missing:
            break
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        while leader[other] != other:
            leader[other] = leader[leader[other]]
            other = leader[other]
        if one != other:
            leader[other] = one
            chosen.append(arc)
    result = np.zeros(network.arcs, dtype=bool)
    result[chosen] = True
    return result
