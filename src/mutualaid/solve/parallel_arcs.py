"""Arcs with the same ends: whoever passes between them takes the cheapest that is free.

Harm that grows with the number who wait is a bundle of such arcs. A flow that is best by another
measure, or within a slack, or where a search stopped early, may leave a cheap one empty beside a
dear one that is used; the plan that it stands for does not.
"""

from __future__ import annotations

import numpy as np

from mutualaid.model.network import Ints, Network


def cheapest_first(network: Network, flow: Ints) -> Ints:
    """Move flow to the cheapest of the arcs that have the same ends; else leave it as it is.

    Parameters
    ----------
    network
        The network; its side rows are not read.
    flow : int64 array, shape (arcs,)
        A flow that keeps its bounds.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow, which costs no more. Among arcs with the same ends and cost it is as it was, where
        their flow together is.
    """
    ends = network.tail.astype(np.int64) * len(network.supply) + network.head
    order = np.lexsort((network.cost, ends))
    ends, cost = ends[order], network.cost[order]
    # A bundle is arcs with the same ends, a class those of them that cost the same.
    bundle = np.flatnonzero(np.diff(ends, prepend=-1))
    other = (np.diff(ends, prepend=-1) != 0) | (np.diff(cost, prepend=0) != 0)
    of_class = np.cumsum(other) - 1
    start = np.flatnonzero(other)
    room = (network.capacity - network.lower)[order]
    used = (flow - network.lower)[order]
    whole = np.add.reduceat(used, bundle)
    size = np.diff(np.append(bundle, len(order)))
    wanted = _filled(room, np.repeat(whole, size), np.repeat(bundle, size))
    same = np.add.reduceat(wanted, start) == np.add.reduceat(used, start)
    result = flow.copy()
    result[order] = np.where(same[of_class], used, wanted) + network.lower[order]
    return result


def _filled(room: Ints, total: Ints, first: Ints) -> Ints:
    """So much of each that all before it, from the first of its bundle, are full."""
    before = np.append(0, np.cumsum(room))[:-1]
    filled: Ints = np.clip(total - (before - before[first]), 0, room)
    return filled
