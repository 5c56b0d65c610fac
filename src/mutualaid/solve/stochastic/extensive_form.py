"""Two-stage programs with recourse, and their extensive form: one network for all scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.model.network import NO_LIMIT, Ints, Network, SideRows, stack_rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TwoStageProgram:
    """A two-stage program: first-stage decisions that limit arcs of each scenario's network.

    Attributes
    ----------
    networks : tuple of Network
        The second stage: one network a scenario.
    exits : tuple of int64 arrays
        For each network a set of arcs that includes the limited ones: every unit that can pass a
        limited arc passes exactly one of the set.
    weight : int64 array, shape (scenarios,)
        Probabilities as whole numbers, 1 or more: each is divided by their sum.
    scenario, arc, decision : int64 arrays, shape (links,)
        Arc ``arc`` of network ``scenario`` carries at most the value of decision ``decision``.
    penalty : int
        Cost of a unit of a decision that a scenario does not use.
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
        """The number of first-stage decisions."""
        return int(self.decision.max(initial=-1)) + 1

    def links(self, s: int) -> tuple[Ints, Ints]:
        """The limited arcs of one network, and the decision that limits each."""
        here = self.scenario == s
        return self.arc[here], self.decision[here]

    def shifted(self, s: int) -> Network:
        """The network of scenario ``s`` with the penalty on every exit that no decision limits.

        Using a unit of a decision saves its penalty. Since costs must be 0 or more, the saving is
        instead charged on all other exits, which makes every flow dearer by the same amount.
        """
        network = self.networks[s]
        cost = network.cost.copy()
        cost[self.exits[s]] += self.penalty
        cost[self.links(s)[0]] -= self.penalty
        return replace(network, cost=cost)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExtensiveForm:
    """The extensive form of a two-stage program: all scenarios and decisions in one network.

    Attributes
    ----------
    network : Network
        The networks of the scenarios, then a component of two arcs for each decision, and a side
        row for each link.
    scenario : int64 array, shape (arcs,)
        The scenario of each arc; -1 for the arcs of decisions.
    decided : int64 array, shape (decisions,)
        The arc whose flow is the decision; the next arc carries the rest.
    """

    network: Network
    scenario: Ints
    decided: Ints

    def weighted(self, weight: Ints) -> Network:
        """The network with the costs of each scenario times its whole-number weight."""
        factor = np.append(weight, weight.sum())
        return replace(self.network, cost=self.network.cost * factor[self.scenario])


def build_extensive_form(program: TwoStageProgram) -> ExtensiveForm:
    """Build the extensive form of a program.

    The component of a decision has two nodes. As much as any network could use of it flows from
    one to the other: by the first arc what is decided, at the penalty, by the second the rest.
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
        """Concatenate an array of all networks, each shifted by its offset, and the decisions'."""
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
        lower=np.full(links, -NO_LIMIT, dtype=np.int64),
        upper=np.zeros(links, dtype=np.int64),
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
    return ExtensiveForm(
        network=network,
        scenario=np.append(scenario, np.full(2 * count, -1)),
        decided=decided,
    )


def _ends(counts: Iterable[int]) -> Ints:
    return np.cumsum([0, *counts], dtype=np.int64)
