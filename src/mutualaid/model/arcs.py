"""Collect the arcs of a network in blocks of arrays, and assemble them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import Network

Whole = npt.NDArray[np.int64]


class Kind(IntEnum):
    """What a unit of flow on an arc stands for."""

    TREAT = 0
    """Patients of a queue treated in a lane and period."""
    WAIT = 1
    """Patients of a queue (or lot) who are untreated in a period."""
    SLOTS = 2
    """Slots used at a provider, for a service, in a period."""
    RELEASE = 3
    """Patients of a lot who are treated in a period, wherever."""
    DIRECT = 4
    """Patients of a lot who may only be treated at home in a period."""
    CHOICE = 5
    """How much of something is chosen that is not patients, such as extra sessions."""
    REST = 6
    """How much of it is not."""
    BOOKED = 7
    """Patients of a queue who are booked: treated at home in a period, whatever a plan does."""
    STAY = 8
    """Patients of a queue who could move in a period and do not; beside them are some who could not
    yet."""


TYPES: Mapping[str, type[np.signedinteger[Any]]] = {
    "kind": np.int8,
    "tail": np.int64,
    "head": np.int64,
    "capacity": np.int64,
    "cost": np.int64,
    "tie": np.int64,
    "lane": np.int32,
    "pair": np.int32,
    "lot": np.int32,
    "queue": np.int32,
    "period": np.int32,
    "weeks": np.int32,
}
"""What is kept of each arc, and in which type: there are millions of them."""


@dataclass(slots=True)
class ArcList:
    """Blocks of arcs; ``-1`` stands for no lane, (provider, service) pair, lot or queue.

    A field with the same value on all arcs of a block is stored as one number.
    """

    blocks: list[dict[str, Whole | int]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        tail: Whole,
        head: Whole,
        capacity: Whole,
        *,
        period: Whole | int,
        cost: Whole | int = 0,
        tie: Whole | int = 0,
        lane: Whole | int = -1,
        pair: Whole | int = -1,
        lot: Whole | int = -1,
        queue: Whole | int = -1,
        weeks: Whole | int = -1,
    ) -> None:
        """Add a block, without arcs whose capacity is 0."""
        kept = np.flatnonzero(capacity > 0)
        block: dict[str, Whole | int] = {
            "kind": int(kind),
            "tail": tail,
            "head": head,
            "capacity": capacity,
            "cost": cost,
            "tie": tie,
            "lane": lane,
            "pair": pair,
            "lot": lot,
            "queue": queue,
            "period": period,
            "weeks": weeks,
        }
        if len(kept) < len(capacity):
            for name, value in block.items():
                if isinstance(value, np.ndarray):
                    block[name] = value[kept]
        self.blocks.append(block)
        self.counts.append(len(kept))

    def column(self, name: str, place: Whole | None = None) -> npt.NDArray[Any]:
        """One field of all arcs: in the order of the blocks, or at given places."""
        result = np.empty(sum(self.counts), dtype=TYPES[name])
        end = 0
        for block, count in zip(self.blocks, self.counts, strict=True):
            here = slice(end, end + count)
            result[here if place is None else place[here]] = block[name]
            end += count
        return result


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Meaning:
    """What each arc of a network stands for; arrays of shape (arcs,).

    On waiting arcs ``weeks`` are the weeks that the youngest patients on the arc have waited when
    the period ends; older ones share the arc unless ``marks`` separate them. -1 on other arcs.
    """

    kind: npt.NDArray[np.int8]
    lane: npt.NDArray[np.int32]
    pair: npt.NDArray[np.int32]
    lot: npt.NDArray[np.int32]
    queue: npt.NDArray[np.int32]
    period: npt.NDArray[np.int32]
    weeks: npt.NDArray[np.int32]

    def arcs(self, kind: Kind) -> Whole:
        """Positions of the arcs of one kind."""
        return np.flatnonzero(self.kind == kind)


def assemble(arcs: ArcList, supply: Whole, group: Whole) -> tuple[Network, Meaning, Whole]:
    """Assemble blocks of arcs into a network.

    Parameters
    ----------
    arcs
        The blocks, over nodes with numbers of any order.
    supply
        The supply of every node.
    group
        A number for every node: nodes with the same number become one component.

    Returns
    -------
    network : Network
        Nodes and arcs are grouped by component.
    means : Meaning
        What its arcs stand for.
    number : int64 array
        The new number of each node; -1 if it has no arc and no supply.
    """
    tail, head = (arcs.column(name) for name in ("tail", "head"))
    used = supply != 0
    used[tail] = True
    used[head] = True
    kept = np.flatnonzero(used)
    kept = kept[np.argsort(group[kept], kind="stable")]
    renumbered = np.full(len(supply), -1, dtype=np.int64)
    renumbered[kept] = np.arange(len(kept))
    node_start = np.append(np.unique(group[kept], return_index=True)[1], len(kept))
    tail, head = renumbered[tail], renumbered[head]
    # By tail, then head: within components, and in the order that flow solvers ask for.
    order = np.argsort(tail * len(kept) + head, kind="stable")
    tail = tail[order]
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    network = Network(
        supply=supply[kept],
        tail=tail.astype(np.int32),
        head=head[order].astype(np.int32),
        capacity=arcs.column("capacity", place),
        cost=arcs.column("cost", place),
        tie=arcs.column("tie", place),
        node_start=node_start,
        arc_start=np.searchsorted(tail, node_start),
    )
    meaning = Meaning(**{name: arcs.column(name, place) for name in Meaning.__slots__})
    return network, meaning, renumbered
