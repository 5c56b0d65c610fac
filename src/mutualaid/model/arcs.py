"""Arcs as they are collected: blocks of arrays, put together into one network at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import Ints, Network

Whole = npt.NDArray[np.int64]


class Kind(IntEnum):
    """What the flow on an arc means, in patients."""

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


FIELDS = (
    "kind",
    "tail",
    "head",
    "capacity",
    "cost",
    "tie",
    "lane",
    "pair",
    "lot",
    "queue",
    "period",
    "weeks",
)


@dataclass(slots=True)
class ArcList:
    """Blocks of arcs; ``-1`` stands for no lane, (provider, service) pair, lot or queue."""

    blocks: list[dict[str, Whole]] = field(default_factory=list)

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
        """Add a block; arcs that can carry nothing are left out."""
        kept = capacity > 0
        shape = len(capacity)
        values = {
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
        self.blocks.append(
            {
                name: np.broadcast_to(np.asarray(value, dtype=np.int64), shape)[kept]
                for name, value in values.items()
            }
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Meaning:
    """What each arc of a network stands for; arrays of shape (arcs,).

    ``weeks`` are those that the youngest on a waiting arc have waited when its period ends; -1
    on other arcs. Older ones stand on the same arc, unless the network was asked to tell them
    apart.
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
    """Put blocks of arcs together.

    Parameters
    ----------
    arcs
        The blocks, over nodes with numbers of any order.
    supply
        The supply of every node.
    group
        A number for every node; nodes of one number become one component.

    Returns
    -------
    Network, Meaning, int64 array
        The network, with nodes and arcs grouped by component; what its arcs mean; and for each
        node as numbered before its number now (-1 if no arc and no supply touches it).
    """
    table = {
        name: np.concatenate([block[name] for block in arcs.blocks])
        if arcs.blocks
        else np.zeros(0, dtype=np.int64)
        for name in FIELDS
    }
    used = supply != 0
    used[table["tail"]] = True
    used[table["head"]] = True
    kept = np.flatnonzero(used)
    kept = kept[np.argsort(group[kept], kind="stable")]
    renumbered = np.full(len(supply), -1, dtype=np.int64)
    renumbered[kept] = np.arange(len(kept))
    groups, node_counts = np.unique(group[kept], return_counts=True)
    tail, head = renumbered[table["tail"]], renumbered[table["head"]]
    # By tail, then head: within components, and in the order that flow solvers ask for.
    order = np.argsort(tail * len(kept) + head, kind="stable")
    arc_counts = np.bincount(np.searchsorted(groups, group[table["tail"]]), minlength=len(groups))
    network = Network(
        supply=supply[kept],
        tail=tail[order].astype(np.int32),
        head=head[order].astype(np.int32),
        capacity=table["capacity"][order],
        cost=table["cost"][order],
        tie=table["tie"][order],
        node_start=_ends(node_counts),
        arc_start=_ends(arc_counts),
    )
    meaning = Meaning(
        kind=table["kind"][order].astype(np.int8),
        **{
            name: table[name][order].astype(np.int32)
            for name in ("lane", "pair", "lot", "queue", "period", "weeks")
        },
    )
    return network, meaning, renumbered


def _ends(counts: npt.NDArray[np.integer]) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
