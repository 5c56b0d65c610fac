"""Node potentials of a flow: shortest distances in its residual network.

A flow is cheapest if and only if its residual network has no negative cycle; then the distances
from any node are potentials that prove it. Here they are measured from the root of each component,
the node where its supply leaves. Minus the distance from the root to a node is then exactly what
the cheapest flow would save if one more unit could leave at that node. The potentials of a solver
prove optimality too, but there are many such, and they need not be these values.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import SAFE, Ints, Network


class NegativeCycleError(ArithmeticError):
    """The flow is not the cheapest: its residual network has a negative cycle."""


def potentials(network: Network, flow: Ints, cost: Ints) -> Ints:
    """Find the largest potentials of a cheapest flow that are 0 at each root.

    Parameters
    ----------
    network
        The network; its side rows are not read.
    flow : int64 array, shape (arcs,)
        Flow on each arc, within its bounds.
    cost : int64 array, shape (arcs,)
        Cost of a unit of flow on each arc.

    Returns
    -------
    int64 array, shape (nodes,)
        ``p`` with ``cost + p[tail] - p[head] >= 0`` where an arc is below its capacity, and
        ``<= 0`` where it is above its lower bound. Nodes that no residual path from the root
        reaches have a value larger than any distance.

    Raises
    ------
    NegativeCycleError
        If the flow is not cheapest.
    OverflowError
        If distances may not fit in 64 bits.

    Notes
    -----
    Label correcting (Bellman and Ford): each round scans the arcs of all nodes that changed.
    """
    longest = int(np.diff(network.node_start).max(initial=0))
    steepest = int(np.abs(cost).max(initial=0))
    far = (longest + 1) * (steepest + 1)
    if 2 * far >= SAFE:
        raise OverflowError("potentials may not fit in 64 bits")
    label = np.where(network.supply < 0, 0, far).astype(np.int64)
    forward, backward = flow < network.capacity, flow > network.lower
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    length = np.concatenate([cost[forward], -cost[backward]])
    order = np.argsort(tail, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    first = np.searchsorted(tail, np.arange(network.nodes + 1))
    changed = np.arange(network.nodes)
    for _ in range(longest + 1):
        arcs = _leaving(first, changed)
        reached = label[tail[arcs]] + length[arcs]
        better = reached < label[head[arcs]]
        if not better.any():
            return label
        targets = head[arcs[better]]
        np.minimum.at(label, targets, reached[better])
        mark = np.zeros(network.nodes, dtype=bool)
        mark[targets] = True
        changed = np.flatnonzero(mark)
    raise NegativeCycleError("the flow is not the cheapest: a cycle of negative cost is left")


def _leaving(first: npt.NDArray[np.intp], nodes: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Positions of the arcs that leave any of the nodes."""
    if len(nodes) == len(first) - 1:
        return np.arange(first[-1])
    count = first[nodes + 1] - first[nodes]
    start = np.repeat(first[nodes] - (np.cumsum(count) - count), count)
    result: npt.NDArray[np.intp] = start + np.arange(len(start))
    return result
