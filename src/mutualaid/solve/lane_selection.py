"""Choose which few of many groups of arcs to open: greedily, then by exchange.

Each group (here a route) lies in one component of the network and carries nothing unless it is
open. For any set of open groups the rest is a minimum-cost flow, component by component, so trying
one more group, or one instead of another, costs one small flow. The result is a heuristic start;
its distance from the best is proven by the certificate, from the relaxation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.network import Ints, Network
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.potentials import potentials
from mutualaid.solve.tie_breaking import reduced_cost


class Opening:
    """Costs of a network without side rows for sets of open groups.

    Parameters
    ----------
    network
        The network.
    arc, group
        Arcs that are closed unless their group is open, and the group of each, from 0.
    groups
        Number of groups.

    Attributes
    ----------
    component : int64 array, shape (groups,)
        The component of each group.
    """

    def __init__(self, network: Network, arc: Ints, group: Ints, groups: int) -> None:
        self.parts = [network.component(k) for k in range(network.components)]
        where = np.searchsorted(network.arc_start, arc, side="right") - 1
        self.component = np.full(groups, -1, dtype=np.int64)
        self.component[group] = where
        self.own = [
            (arc[where == k] - int(network.arc_start[k]), group[where == k])
            for k in range(network.components)
        ]
        self.known: dict[tuple[int, tuple[int, ...]], int] = {}

    def limited(self, k: int, chosen: tuple[int, ...]) -> Network:
        """One component with the groups that are not chosen closed."""
        part = self.parts[k]
        arcs, group = self.own[k]
        shut = arcs[~np.isin(group, chosen)]
        capacity = part.capacity.copy()
        capacity[shut] = 0
        return replace(part, capacity=capacity)

    def cost(self, k: int, chosen: tuple[int, ...]) -> int:
        """Cost of one component with its chosen groups open, in units of cost."""
        chosen = tuple(sorted(chosen))
        key = k, chosen
        if key not in self.known:
            network = self.limited(k, chosen)
            self.known[key] = network.total(solve_flow(network))
        return self.known[key]

    def most_saved(self, k: int, chosen: tuple[int, ...]) -> list[tuple[int, int]]:
        """Upper bounds on what each closed group of a component saves, the largest first.

        With the potentials of the cheapest flow, a unit on an arc that is opened saves at most
        minus its reduced cost; and no more units of a group enter a node than can leave it.

        Returns
        -------
        list of (int, int)
            The bound, above 0, and minus the group.
        """
        network = self.limited(k, chosen)
        price = potentials(network, solve_flow(network), network.cost)
        part = self.parts[k]
        arcs, group = self.own[k]
        each = np.maximum(-reduced_cost(part, price, part.cost)[arcs], 0)
        leaves = np.zeros(part.nodes, dtype=np.int64)
        np.add.at(leaves, part.tail, part.capacity)
        place, at = np.unique(group * part.nodes + part.head[arcs], return_inverse=True)
        dearest, together = np.zeros_like(place), np.zeros_like(place)
        np.maximum.at(dearest, at, each)
        np.add.at(together, at, each * part.capacity[arcs])
        total = np.zeros(len(self.component), dtype=np.int64)
        bound = np.minimum(together, dearest * leaves[place % part.nodes])
        np.add.at(total, place // part.nodes, bound)
        total[list(chosen)] = 0
        found = np.flatnonzero(total)
        return sorted(zip(total[found].tolist(), (-found).tolist(), strict=True), reverse=True)

    def best_next(self, k: int, chosen: tuple[int, ...]) -> tuple[int, int]:
        """The group that saves most if it is opened as well, and how much; -1 if none does."""
        base = self.cost(k, chosen)
        best, group = 0, -1
        for bound, minus in self.most_saved(k, chosen):
            if bound < best or not bound:
                break
            saved = base - self.cost(k, (*chosen, -minus))
            if saved > best or (saved == best > 0 and -minus < group):
                best, group = saved, -minus
        return group, best

    def exchanged(self, k: int, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """Exchange one group for another while that lowers the cost; the oldest is tried first."""
        tried: set[tuple[int, ...]] = set()
        while tuple(sorted(chosen)) not in tried:
            tried.add(tuple(sorted(chosen)))
            for out in chosen:
                left = tuple(g for g in chosen if g != out)
                group, _ = self.best_next(k, left)
                if group >= 0 and self.cost(k, (*left, group)) < self.cost(k, chosen):
                    chosen = (*left, group)
                    break
        return chosen


def open_few(opening: Opening, most: int) -> list[int]:
    """Choose groups to open.

    Parameters
    ----------
    opening
        The network and its groups.
    most
        Number of groups that may be open.

    Returns
    -------
    list of int
        The chosen groups, ascending.
    """
    parts = sorted(set(opening.component.tolist()) - {-1})
    chosen: dict[int, tuple[int, ...]] = dict.fromkeys(parts, ())
    following = {k: opening.best_next(k, ()) for k in parts}
    for _ in range(most):
        k = max(parts, key=lambda part: (following[part][1], -part), default=-1)
        if k < 0 or following[k][0] < 0:
            break
        chosen[k] = (*chosen[k], following[k][0])
        following[k] = opening.best_next(k, chosen[k])
    return sorted(group for k in parts for group in opening.exchanged(k, chosen[k]))
