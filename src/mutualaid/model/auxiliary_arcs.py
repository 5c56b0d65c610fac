"""Integer variables that are not flows of patients: extra sessions, or whether a trust takes part.

Such a choice is a whole number from 0 to ``most``. In the network it is a component with a supply
of ``most`` and two arcs: the flow on the first is the choice, the second carries the rest. Side
rows tie the first arc to the patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.model.arcs import Kind, Meaning
from mutualaid.model.network import Ints, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A whole number that a plan may choose.

    Attributes
    ----------
    key : tuple of int
        What is chosen: a number for its kind, and others that tell it from choices of its kind.
    most : int
        Its upper bound.
    cost : int
        Cost of a unit, in 1/1000 harm-weeks.
    switch : bool
        Whether a search for whole numbers decides it before the flows of patients.
    """

    key: tuple[int, ...]
    most: int
    cost: int = 0
    switch: bool = True


def add_choices(
    network: Network, means: Meaning, choices: Sequence[Choice]
) -> tuple[Network, Meaning, Ints]:
    """Add choices to a network, in a component of their own.

    Returns
    -------
    network, means : Network, Meaning
        The old arcs come first and keep their numbers.
    chosen : int64 array, shape (choices,)
        The first arc of each choice.
    """
    count = len(choices)
    if not count:
        return network, means, np.zeros(0, dtype=np.int64)
    most = np.array([choice.most for choice in choices], dtype=np.int64)
    cost = np.array([choice.cost for choice in choices], dtype=np.int64)
    sink = network.nodes + count
    arcs = network.arcs + 2 * np.arange(count, dtype=np.int64)
    switch = np.array([choice.switch for choice in choices], dtype=bool)
    # Two arcs from each choice's node, in the order of tails that flow solvers ask for.
    tail = np.repeat(network.nodes + np.arange(count), 2)
    kind = np.tile([Kind.CHOICE, Kind.REST], count)
    extended = replace(
        network,
        supply=np.concatenate([network.supply, most, [-most.sum()]]).astype(np.int64),
        tail=np.concatenate([network.tail, tail]).astype(np.int32),
        head=np.concatenate([network.head, np.full(2 * count, sink)]).astype(np.int32),
        capacity=np.concatenate([network.capacity, np.repeat(most, 2)]),
        lower=np.concatenate([network.lower, np.zeros(2 * count, dtype=np.int64)]),
        cost=np.concatenate([network.cost, np.where(kind == Kind.CHOICE, np.repeat(cost, 2), 0)]),
        tie=np.concatenate([network.tie, (kind == Kind.CHOICE).astype(np.int64)]),
        node_start=np.append(network.node_start, sink + 1),
        arc_start=np.append(network.arc_start, network.arcs + 2 * count),
        first=np.concatenate([network.first, arcs[switch]]),
        loose=np.concatenate([network.loose, arcs[~switch], arcs[~switch] + 1]),
    )
    nothing = np.full(2 * count, -1, dtype=np.int32)
    meaning = Meaning(
        kind=np.concatenate([means.kind, kind]).astype(np.int8),
        **{
            name: np.concatenate([getattr(means, name), nothing]).astype(np.int32)
            for name in ("lane", "pair", "lot", "queue", "period", "weeks")
        },
    )
    return extended, meaning, arcs
