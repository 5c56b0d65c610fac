"""Decompose a network into independent problems that share neither a node nor a side row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import Ints, Network

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """Some components of a network as a network of their own, with their original positions.

    Attributes
    ----------
    network : Network
        The components, with the side rows that tie them together.
    arcs, nodes, rows : int64 arrays
        Positions of its arcs, nodes and side rows in the original network, ascending.
    """

    network: Network
    arcs: Ints
    nodes: Ints
    rows: Ints


def parts_of(network: Network) -> tuple[Part, list[Part]]:
    """Split a network into independent parts.

    Returns
    -------
    free : Part
        All components that no side row touches.
    tied : list of Part
        The others: two components are in one part if side rows tie them, directly or through
        others. Rows without entries go with the first part.

    Examples
    --------
    >>> import numpy as np
    >>> from mutualaid.model.network import no_rows
    >>> two = Network(
    ...     supply=np.array([1, -1, 1, -1]), tail=np.array([0, 2], dtype=np.int32),
    ...     head=np.array([1, 3], dtype=np.int32), capacity=np.array([1, 1]),
    ...     cost=np.array([3, 5]), tie=np.array([0, 0]), node_start=np.array([0, 2, 4]),
    ...     arc_start=np.array([0, 1, 2]),
    ... )
    >>> free, tied = parts_of(two)
    >>> free.network.arcs, len(tied)
    (2, 0)
    """
    group = _groups(network)
    free = _part(network, group < 0, np.zeros(0, dtype=np.int64))
    rows = network.rows
    of_row = np.full(len(rows), 0, dtype=np.int64)
    of_row[rows.row] = group[_component(network, rows.arc)]
    tied = [
        _part(network, group == one, np.flatnonzero(of_row == one))
        for one in range(int(group.max(initial=-1)) + 1)
    ]
    return free, tied


def each_component(network: Network, arcs: Ints) -> list[Part]:
    """The components that some arcs are in, each by itself, without side rows.

    Examples
    --------
    >>> import numpy as np
    >>> from mutualaid.model.network import no_rows
    >>> two = Network(
    ...     supply=np.array([1, -1, 1, -1]), tail=np.array([0, 2], dtype=np.int32),
    ...     head=np.array([1, 3], dtype=np.int32), capacity=np.array([1, 1]),
    ...     cost=np.array([3, 5]), tie=np.array([0, 0]), node_start=np.array([0, 2, 4]),
    ...     arc_start=np.array([0, 1, 2]),
    ... )
    >>> [part.nodes.tolist() for part in each_component(two, np.array([1]))]
    [[2, 3]]
    """
    return [
        Part(
            network=network.component(k),
            arcs=np.arange(network.arc_start[k], network.arc_start[k + 1]),
            nodes=np.arange(network.node_start[k], network.node_start[k + 1]),
            rows=np.zeros(0, dtype=np.int64),
        )
        for k in np.unique(_component(network, arcs)).tolist()
    ]


def _component(network: Network, arcs: Ints) -> Ints:
    result: Ints = np.searchsorted(network.arc_start, arcs, side="right") - 1
    return result


def _groups(network: Network) -> Ints:
    """The part that each component belongs to, shape (components,); -1 if no row touches it."""
    rows = network.rows
    key = np.unique(rows.row * network.components + _component(network, rows.arc))
    pairs = np.stack(np.divmod(key, network.components), axis=1)
    leader = list(range(network.components))

    def find(one: int) -> int:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for (row, one), (other_row, other) in pairwise(pairs.tolist()):
        if row == other_row:
            a, b = sorted((find(one), find(other)))
            leader[b] = a
    tied = np.zeros(network.components, dtype=bool)
    tied[pairs[:, 1]] = True
    if len(rows) and not tied.any():
        # Rows that nothing is in: they are kept, or there is no plan at all.
        tied[:1] = True
    leaders = np.array([find(one) for one in range(network.components)], dtype=np.int64)
    group = np.full(network.components, -1, dtype=np.int64)
    group[tied] = np.unique(leaders[tied], return_inverse=True)[1]
    return group


def _part(network: Network, chosen: Mask, rows: Ints) -> Part:
    node_count, arc_count = np.diff(network.node_start), np.diff(network.arc_start)
    arcs = np.flatnonzero(np.repeat(chosen, arc_count))
    nodes = np.flatnonzero(np.repeat(chosen, node_count))
    node_place = np.zeros(network.nodes, dtype=np.int32)
    node_place[nodes] = np.arange(len(nodes), dtype=np.int32)
    arc_place = np.full(network.arcs, -1, dtype=np.int64)
    arc_place[arcs] = np.arange(len(arcs))
    first, loose = (
        place[place >= 0] for place in (arc_place[network.first], arc_place[network.loose])
    )
    some = network.rows.only(rows)
    part = replace(
        network,
        supply=network.supply[nodes],
        tail=node_place[network.tail[arcs]],
        head=node_place[network.head[arcs]],
        capacity=network.capacity[arcs],
        lower=network.lower[arcs],
        cost=network.cost[arcs],
        tie=network.tie[arcs],
        node_start=np.concatenate([[0], np.cumsum(node_count[chosen])]).astype(np.int64),
        arc_start=np.concatenate([[0], np.cumsum(arc_count[chosen])]).astype(np.int64),
        first=first,
        loose=loose,
        rows=replace(some, arc=arc_place[some.arc]),
    )
    return Part(network=part, arcs=arcs, nodes=nodes, rows=rows)
