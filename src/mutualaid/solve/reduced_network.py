"""Restrict a network to some arcs, fixing the flow on the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import NO_LIMIT, Ints, Network, SideRows

Mask = npt.NDArray[np.bool_]
Amount = TypeVar("Amount", np.int64, np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReducedNetwork:
    """The free arcs of a network as a network of their own, with the flow of the others fixed.

    Attributes
    ----------
    network : Network
        The free arcs and their end nodes. What the fixed arcs carry is taken off its supplies and
        the limits of its side rows; their cost is not part of its cost.
    arcs, nodes : int64 arrays
        Positions of its arcs and nodes in the original network, ascending.
    fixed : int64 array, shape (arcs of the original network,)
        Flow of the fixed arcs; 0 on the free ones.
    """

    network: Network
    arcs: Ints
    nodes: Ints
    fixed: Ints

    def whole(self, flow: npt.NDArray[Amount]) -> npt.NDArray[Amount]:
        """Turn a flow of the free arcs into one of the original network."""
        result: npt.NDArray[Amount] = self.fixed.astype(flow.dtype)
        result[self.arcs] = flow
        return result


def fix_flows(network: Network, free: Mask, flow: Ints) -> ReducedNetwork:
    """Fix the flow on all arcs that are not free.

    Parameters
    ----------
    network
        The original network with its side rows.
    free : bool array, shape (arcs,)
        Arcs whose flow may still change within their bounds.
    flow : int64 array, shape (arcs,)
        A flow that keeps all balances; only that of the fixed arcs is read.

    Examples
    --------
    >>> from mutualaid.model.network import no_rows
    >>> network = Network(
    ...     supply=np.array([5, 0, -5]), tail=np.array([0, 0, 1], dtype=np.int32),
    ...     head=np.array([1, 2, 2], dtype=np.int32), capacity=np.array([5, 5, 5]),
    ...     cost=np.array([1, 3, 1]), tie=np.array([0, 0, 0]),
    ...     node_start=np.array([0, 3]), arc_start=np.array([0, 3]),
    ... )
    >>> small = fix_flows(network, np.array([True, False, True]), np.array([4, 1, 4]))
    >>> small.network.supply.tolist(), small.whole(np.array([4, 4])).tolist()
    ([4, 0, -4], [4, 1, 4])
    """
    arcs = np.flatnonzero(free)
    fixed = np.where(free, 0, flow)
    supply = network.supply.copy()
    np.subtract.at(supply, network.tail, fixed)
    np.add.at(supply, network.head, fixed)
    met = supply != 0
    met[network.tail[arcs]] = met[network.head[arcs]] = True
    nodes = np.flatnonzero(met)
    node_place = np.full(network.nodes, -1, dtype=np.int32)
    node_place[nodes] = np.arange(len(nodes), dtype=np.int32)
    arc_place = np.full(network.arcs, -1, dtype=np.int64)
    arc_place[arcs] = np.arange(len(arcs))
    chosen = [place[place >= 0] for place in (arc_place[network.first], arc_place[network.loose])]
    left = Network(
        supply=supply[nodes],
        tail=node_place[network.tail[arcs]],
        head=node_place[network.head[arcs]],
        capacity=network.capacity[arcs],
        lower=network.lower[arcs],
        cost=network.cost[arcs],
        tie=network.tie[arcs],
        node_start=np.searchsorted(nodes, network.node_start).astype(np.int64),
        arc_start=np.searchsorted(arcs, network.arc_start).astype(np.int64),
        first=chosen[0],
        loose=chosen[1],
        rows=_rows(network.rows, network.rows.level(fixed), arc_place),
    )
    return ReducedNetwork(network=left, arcs=arcs, nodes=nodes, fixed=fixed)


def _rows(rows: SideRows, level: Ints, arc_place: Ints) -> SideRows:
    place = arc_place[rows.arc]
    entries = np.flatnonzero(place >= 0)
    count = np.bincount(rows.row[entries], minlength=len(rows))
    return replace(
        rows,
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        arc=place[entries],
        coefficient=rows.coefficient[entries],
        lower=np.where(rows.lower == -NO_LIMIT, rows.lower, rows.lower - level),
        upper=np.where(rows.upper == NO_LIMIT, rows.upper, rows.upper - level),
    )
