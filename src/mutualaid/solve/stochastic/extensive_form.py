"""The networks of a two-stage program, side by side, with what is decided before they are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.model.network import SAFE, Ints, Network, SideRows, stack_rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TwoStage:
    """A two-stage program.

    Attributes
    ----------
    networks : tuple of Network
        One a scenario.
    exits : tuple of int64 arrays
        For each network, arcs of which every unit that a decision can limit takes exactly one,
        the limited arcs among them.
    weight : int64 array, shape (scenarios,)
        Probabilities, as whole numbers of which each is that share of the sum; 1 or more.
    scenario, arc, decision : int64 arrays, shape (links,)
        Which arc of which network is limited by which decision.
    penalty : int
        What a unit of a decision costs where it is not used.
    """

    networks: tuple[Network, ...]
    exits: tuple[Ints, ...]
    weight: Ints
    scenario: Ints
    arc: Ints
    decision: Ints
    penalty: int

    @property
    def decisions(self) -> int:
        """How many decisions there are."""
        return int(self.decision.max(initial=-1)) + 1

    def links(self, s: int) -> tuple[Ints, Ints]:
        """The arcs of one network that are limited, and by which decisions."""
        here = self.scenario == s
        return self.arc[here], self.decision[here]

    def shifted(self, s: int) -> Network:
        """One network with the penalty on every exit that no decision limits.

        A unit of a decision that is used saves its penalty. Costs are 0 or more, so what it saves
        is put on all other exits instead: every flow then costs the same amount more.
        """
        network = self.networks[s]
        cost = network.cost.copy()
        cost[self.exits[s]] += self.penalty
        cost[self.links(s)[0]] -= self.penalty
        return replace(network, cost=cost)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Wide:
    """The networks side by side, with a component for each decision, and rows that link them.

    ``scenario`` says of which network an arc is; -1 for a decision's two arcs, of which the first
    is what is decided (``decided``, by decision) and the second what is not.
    """

    network: Network
    scenario: Ints
    decided: Ints

    def weighted(self, weight: Ints) -> Network:
        """The network with whole-number weights on what each scenario costs."""
        factor = np.append(weight, weight.sum())
        return replace(self.network, cost=self.network.cost * factor[self.scenario])


def side_by_side(program: TwoStage) -> Wide:
    """Put the networks of a program side by side, penalties on their exits, and link them.

    Component after component, and after them the decisions: of each as much as any network could
    use enters at one node and leaves at another, by the arc that counts or by the one beside it.
    """
    networks = [program.shifted(s) for s in range(len(program.networks))]
    node = _ends(one.nodes for one in networks)
    arc = _ends(one.arcs for one in networks)
    count, links = program.decisions, len(program.arc)
    linked = arc[program.scenario] + program.arc
    capacity = np.concatenate([one.capacity for one in networks])
    most = np.zeros(count, dtype=np.int64)
    np.maximum.at(most, program.decision, capacity[linked])
    source = node[-1] + 2 * np.arange(count, dtype=np.int64)
    decided = arc[-1] + 2 * np.arange(count, dtype=np.int64)
    nothing = np.zeros(2 * count, dtype=np.int64)
    penalty = np.tile(np.array([program.penalty, 0], dtype=np.int64), count)

    def joined(name: str, first: Ints | int, last: Ints) -> Ints:
        """One array of all networks, each moved to its place, and of the decisions."""
        places = np.broadcast_to(first, len(networks) + 1)[:-1].tolist()
        parts = [
            getattr(one, name).astype(np.int64) + place
            for one, place in zip(networks, places, strict=True)
        ]
        return np.concatenate([*parts, last])

    def starts(name: str, first: Ints, last: Ints) -> Ints:
        parts = [
            getattr(one, name)[:-1] + place
            for one, place in zip(networks, first[:-1].tolist(), strict=True)
        ]
        return np.concatenate([*parts, first[-1:], last])

    none = np.zeros(0, dtype=np.int64)
    link_rows = SideRows(
        start=2 * np.arange(links + 1, dtype=np.int64),
        arc=np.stack([linked, decided[program.decision]], axis=1).ravel(),
        coefficient=np.tile(np.array([1, -1], dtype=np.int64), links),
        lower=np.full(links, -SAFE, dtype=np.int64),
        upper=np.zeros(links, dtype=np.int64),
        names=("no more than decided",) * links,
    )
    own_rows = [
        replace(one.rows, arc=one.rows.arc + place)
        for one, place in zip(networks, arc[:-1].tolist(), strict=True)
    ]
    network = Network(
        supply=joined("supply", 0, np.stack([most, -most], axis=1).ravel()),
        tail=joined("tail", node, np.repeat(source, 2)).astype(np.int32),
        head=joined("head", node, np.repeat(source + 1, 2)).astype(np.int32),
        capacity=np.concatenate([capacity, np.repeat(most, 2)]),
        lower=joined("lower", 0, nothing),
        cost=joined("cost", 0, penalty),
        tie=joined("tie", 0, nothing),
        node_start=starts("node_start", node, source + 2),
        arc_start=starts("arc_start", arc, decided + 2),
        first=joined("first", arc, none),
        loose=joined("loose", arc, none),
        rows=stack_rows(*own_rows, link_rows),
    )
    scenario = np.repeat(np.arange(len(networks)), np.diff(arc))
    return Wide(
        network=network,
        scenario=np.append(scenario, np.full(2 * count, -1)),
        decided=decided,
    )


def _ends(counts: Iterable[int]) -> Ints:
    return np.cumsum([0, *counts], dtype=np.int64)
