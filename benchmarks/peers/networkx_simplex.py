"""networkx' network simplex, in Python, on the chain network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import networkx as nx

from benchmarks.line import Answer
from benchmarks.networks import Arrays


def ready(folder: str) -> Callable[[], Answer]:
    """Load the chain network; then make a graph of it, and solve."""
    arrays = Arrays.load(Path(folder) / "chain.npz")

    def solve() -> Answer:
        return Answer(objective=sum(cheapest(part) for part in arrays.parts()))

    return solve


def cheapest(part: Arrays) -> int:
    """Solve one network and say what its cheapest flow costs."""
    graph = nx.MultiDiGraph()
    for node, supply in enumerate(part.supply.tolist()):
        graph.add_node(node, demand=-supply)
    columns = (part.tail, part.head, part.capacity, part.cost)
    for tail, head, capacity, cost in zip(*(c.tolist() for c in columns), strict=True):
        graph.add_edge(tail, head, capacity=capacity, weight=cost)
    cost, _ = nx.network_simplex(graph)
    return int(cost)
