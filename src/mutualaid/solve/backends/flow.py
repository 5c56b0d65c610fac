"""Minimum-cost flow by LEMON's network simplex, through pylmcf."""

from __future__ import annotations

import numpy as np
import pylmcf

from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, Ints, Network
from mutualaid.solve.status import Status

USUAL, QUICKER = "block_search", "candidate_list"
"""Pivot rules of LEMON: its default, and one that takes a fifth less time for a first solve of
England's lists. Which of several cheapest flows is found depends on the rule."""


def solve_flow(network: Network, cost: Ints | None = None) -> Ints:
    """Find a cheapest whole-number flow of a network without side rows.

    Parameters
    ----------
    network
        Arcs in the order of their tails, then heads.
    cost
        Cost of each arc, if not the network's own.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow, not yet certified.

    Raises
    ------
    SolverError
        If there is no feasible flow, or numbers are too large for the solver.
    """
    return Flows(network, USUAL).solve(network.cost if cost is None else cost)


class Flows:
    """Solves one network for different costs, with warm starts.

    Each solve starts from the last basis, so that slightly different costs take a fraction of the
    time of the first solve. Which of several cheapest flows is found may depend on earlier solves.

    Parameters
    ----------
    network
        Arcs in the order of their tails, then heads; its side rows are not read.
    rule
        Pivot rule of LEMON.
    """

    def __init__(self, network: Network, rule: str = QUICKER) -> None:
        self.network = network
        self.parts = [_Part(network, k, rule) for k in range(network.components)]

    def fits(self, network: Network) -> bool:
        """Whether another network has the same nodes and arcs."""
        names = ("node_start", "arc_start", "tail", "head")
        pairs = [(getattr(self.network, name), getattr(network, name)) for name in names]
        return all(mine is theirs or np.array_equal(mine, theirs) for mine, theirs in pairs)

    def renew(self, network: Network) -> None:
        """Replace supplies and bounds by those of another network that :meth:`fits`."""
        self.network = network
        for part in self.parts:
            part.renew(network)

    def solve(self, cost: Ints) -> Ints:
        """Find a cheapest flow.

        Raises
        ------
        SolverError
            If there is no feasible flow, or numbers are too large for the solver.
        """
        flow = np.empty(self.network.arcs, dtype=np.int64)
        for part in self.parts:
            flow[part.arcs] = part.solve(cost[part.arcs])
        return flow


class Memory:
    """Keeps the networks that were solved last, for warm starts.

    Parameters
    ----------
    most
        Number of networks that are kept.
    """

    def __init__(self, most: int = 4) -> None:
        self.most = most
        self.kept: list[Flows] = []

    def flows(self, network: Network) -> Flows:
        """A solver for a network, started from an earlier one with the same arcs if any."""
        found = next((flows for flows in self.kept if flows.fits(network)), None)
        if found is None:
            found = Flows(network)
        else:
            self.kept.remove(found)
            found.renew(network)
        self.kept = [found, *self.kept][: self.most]
        return found


class _Part:
    """One component, as a graph of LEMON."""

    def __init__(self, network: Network, k: int, rule: str) -> None:
        nodes = slice(int(network.node_start[k]), int(network.node_start[k + 1]))
        self.arcs = slice(int(network.arc_start[k]), int(network.arc_start[k + 1]))
        self.nodes = nodes
        self.tail = (network.tail[self.arcs] - np.int32(nodes.start)).astype(np.int32)
        self.head = (network.head[self.arcs] - np.int32(nodes.start)).astype(np.int32)
        self.graph = pylmcf.Graph(nodes.stop - nodes.start, self.tail, self.head)
        self.graph.set_pivot_rule(rule)
        self.renew(network)

    def renew(self, network: Network) -> None:
        supply, self.lower = network.supply[self.nodes], network.lower[self.arcs]
        if self.lower.any():
            # What must flow, flows; the rest is a problem without lower bounds.
            supply = supply.copy()
            np.subtract.at(supply, self.tail, self.lower)
            np.add.at(supply, self.head, self.lower)
        self.total = int(np.maximum(supply, 0).sum())
        if self.total >= SAFE:
            raise SolverError("the flow solver's 64-bit numbers are too small for these supplies")
        self.graph.set_node_supply(np.ascontiguousarray(supply))
        capacity = network.capacity[self.arcs]
        self.graph.set_edge_capacities(np.minimum(capacity - self.lower, self.total))

    def solve(self, cost: Ints) -> Ints:
        if self.total == 0:
            return self.lower
        # LEMON does not check it: sums that wrap around would be wrong in silence.
        nodes = self.nodes.stop - self.nodes.start
        if (nodes + 1) * (int(cost.max(initial=0)) + 1) >= SAFE:
            raise SolverError("the flow solver's 64-bit numbers are too small for these costs")
        self.graph.set_edge_costs(np.ascontiguousarray(cost))
        try:
            self.graph.solve()
        except RuntimeError as error:
            infeasible = "INFEASIBLE" in str(error)
            status = Status.INFEASIBLE if infeasible else Status.ERROR
            raise SolverError(f"the flow solver found no plan: {error}", str(status)) from error
        result: Ints = np.asarray(self.graph.result(), dtype=np.int64) + self.lower
        return result
