"""Small random networks of wards, and every whole flow of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from mutualaid.model.network import SAFE, Network, SideRows

SEEDS = range(24)
# From ward 0 over wards 1 and 2 to ward 3, which discharges; the wards of another service beside.
ONE = [(0, 1), (0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
TWO = [(4, 5), (4, 5), (4, 6), (5, 6)]


def ints(values):
    return np.array(values, dtype=np.int64)


def network_of(seed, *, rows=0, least=0, both=True):
    """A random network that has a flow; with so many random side rows that the flow keeps."""
    draw = np.random.default_rng(seed)
    pairs = ONE + (TWO if both else [])
    tail, head = (np.array(side, dtype=np.int32) for side in zip(*pairs, strict=True))
    lower = draw.integers(0, least + 1, len(pairs))
    capacity = lower + draw.integers(1, 3, len(pairs))
    some = draw.integers(lower, capacity + 1)
    supply = np.zeros(7 if both else 4, dtype=np.int64)
    np.add.at(supply, tail, some)
    np.subtract.at(supply, head, some)
    network = Network(
        supply=supply,
        tail=tail,
        head=head,
        capacity=capacity,
        lower=lower,
        cost=draw.integers(0, 6, len(pairs)),
        tie=draw.integers(0, 2, len(pairs)),
        node_start=ints([0, 4, 7] if both else [0, 4]),
        arc_start=ints([0, 6, 10] if both else [0, 6]),
    )
    if not rows:
        return network
    coefficient = draw.integers(-2, 4, (rows, len(pairs)))
    level = coefficient @ some
    above, below = draw.integers(0, 3, rows), draw.integers(0, 3, rows)
    kind = draw.integers(0, 3, rows)
    row, arc = np.nonzero(coefficient)
    return replace(
        network,
        rows=SideRows(
            start=np.searchsorted(row, np.arange(rows + 1)),
            arc=arc,
            coefficient=coefficient[row, arc],
            lower=np.where(kind == 0, -SAFE, level - below),
            upper=np.where(kind == 1, SAFE, level + above),
            names=tuple(f"row {k}" for k in range(rows)),
        ),
    )


def every_flow(network):
    """Every whole flow that keeps balances, bounds and side rows."""
    ranges = [
        range(low, high + 1) for low, high in zip(network.lower, network.capacity, strict=True)
    ]
    parts = []
    for k in range(network.components):
        arcs = slice(network.arc_start[k], network.arc_start[k + 1])
        flows = ints(list(product(*ranges[arcs]))).reshape(-1, arcs.stop - arcs.start)
        balance = np.tile(network.supply, (len(flows), 1))
        np.subtract.at(balance, (slice(None), network.tail[arcs]), flows)
        np.add.at(balance, (slice(None), network.head[arcs]), flows)
        nodes = slice(network.node_start[k], network.node_start[k + 1])
        parts.append(flows[(balance[:, nodes] == 0).all(axis=1)])
    flows = [np.concatenate([ints([]), *pair]) for pair in product(*parts)]
    rows = network.rows
    return [
        f for f in flows if ((rows.level(f) >= rows.lower) & (rows.level(f) <= rows.upper)).all()
    ]


def as_set(flows):
    return {tuple(flow.tolist()) for flow in flows}


def excess(flow, usual):
    """By how much a flow exceeds what is usual, where anything is."""
    return int(np.maximum(flow - usual, 0)[usual >= 0].sum())


# A list, two hospitals and who has left: two ways to each hospital, or waiting for 20 each.
WAYS = [(0, 1), (0, 1), (0, 2), (0, 2), (0, 3), (1, 3), (2, 3)]


def lists(seed):
    """Two services of these, with four ways each that can be opened."""
    draw = np.random.default_rng(seed)
    pairs = [(a + 4 * k, b + 4 * k) for k in (0, 1) for a, b in WAYS]
    patients = draw.integers(2, 7, 2)
    capacity = np.concatenate([[*draw.integers(1, 4, 4), 9, *draw.integers(1, 5, 2)] for _ in "ab"])
    cost = np.concatenate([[*draw.integers(0, 12, 4), 20, 0, 0] for _ in "ab"])
    supply = np.zeros(8, dtype=np.int64)
    supply[[0, 4]], supply[[3, 7]] = patients, -patients
    return Network(
        supply=supply,
        tail=np.array([a for a, _ in pairs], dtype=np.int32),
        head=np.array([b for _, b in pairs], dtype=np.int32),
        capacity=capacity,
        cost=cost,
        tie=np.zeros(14, dtype=np.int64),
        node_start=ints([0, 4, 8]),
        arc_start=ints([0, 7, 14]),
    )
