r"""A minimum-cost flow problem with side rows. It knows nothing about health.

.. math::

    \min_x \; c^T x \quad\text{s.t.}\quad
    \sum_{a \in out(v)} x_a - \sum_{a \in in(v)} x_a = b_v, \qquad
    k_a \le x_a \le u_a, \qquad l \le R x \le r.

Everything is a whole number, so that an answer can be checked without rounding. Of two flows
with the same cost, the one with the smaller ``tie`` wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Nodes: TypeAlias = npt.NDArray[np.int32]
Keys: TypeAlias = npt.NDArray[np.int32]

SAFE = 2**62
"""The guard against overflow: sums of products stay below this, half of what 64 bits hold."""

NO_LIMIT = 2**63 - 1
"""The upper limit of a side row that has none; its negative is the lower one. No number but this
is infinite, and none is to be added to it: it is told apart before anything is worked out."""

KEY = 5
"""So many numbers may tell side rows of one kind apart."""


def _frozen(array: npt.NDArray[np.generic]) -> None:
    array.setflags(write=False)


def _beyond(more: Ints, less: Ints) -> Ints:
    """By how much the one exceeds the other where it does, at most NO_LIMIT; 0 elsewhere."""
    # The distance of two numbers of 64 bits needs all of them: without a sign it fits.
    distance = more.astype(np.uint64) - less.astype(np.uint64)
    return np.where(more > less, np.minimum(distance, NO_LIMIT), 0).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SideRows:
    """Sparse linear rows over arcs: ``lower <= sum(coefficient * flow) <= upper``.

    Attributes
    ----------
    start : int64 array, shape (rows + 1,)
        Row `i` has the entries ``start[i]`` to ``start[i + 1]``.
    arc, coefficient : int64 arrays, shape (entries,)
        The arc of each entry and its coefficient.
    lower, upper : int64 arrays, shape (rows,)
        Limits; ``-NO_LIMIT`` and ``NO_LIMIT`` stand for none.
    kind : int64 array, shape (rows,)
        Of what kind each row is; 0 if not given. What it means is for who made the rows to know.
    key : int32 array, shape (rows, KEY)
        What tells rows of a kind apart; -1 where there is nothing, and if not given.
    """

    start: Ints
    arc: Ints
    coefficient: Ints
    lower: Ints
    upper: Ints
    kind: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    key: Keys = field(default_factory=lambda: np.zeros((0, KEY), dtype=np.int32))

    def __post_init__(self) -> None:
        entries, rows = len(self.arc), len(self.lower)
        if not len(self.kind) and not len(self.key):
            object.__setattr__(self, "kind", np.zeros(rows, dtype=np.int64))
            object.__setattr__(self, "key", np.full((rows, KEY), -1, dtype=np.int32))
        if len(self.start) != rows + 1 or any(
            len(array) != rows for array in (self.upper, self.kind, self.key)
        ):
            raise ValueError("side rows: start, lower, upper, kind and key disagree in length")
        if len(self.coefficient) != entries or self.start[-1] != entries:
            raise ValueError("side rows: arc and coefficient disagree in length")
        if (self.lower > self.upper).any():
            raise ValueError("side rows: a lower limit lies above its upper one")
        for array in (
            self.start,
            self.arc,
            self.coefficient,
            self.lower,
            self.upper,
            self.kind,
            self.key,
        ):
            _frozen(array)

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def row(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.start))

    def level(self, flow: Ints) -> Ints:
        """Value of each row for a flow, shape (rows,)."""
        result = np.zeros(len(self), dtype=np.int64)
        np.add.at(result, self.row, self.coefficient * flow[self.arc])
        return result

    def excess(self, flow: Ints) -> Ints:
        """By how much a flow breaks each row, at most NO_LIMIT."""
        level = self.level(flow)
        return np.maximum(_beyond(level, self.upper), _beyond(self.lower, level))

    def only(self, kept: Ints) -> SideRows:
        """Some of the rows, by their positions, from the first to the last."""
        count = np.diff(self.start)
        inside = np.zeros(len(self), dtype=bool)
        inside[kept] = True
        entries = np.flatnonzero(np.repeat(inside, count))
        return replace(
            self,
            start=np.concatenate([[0], np.cumsum(count[kept])]).astype(np.int64),
            arc=self.arc[entries],
            coefficient=self.coefficient[entries],
            lower=self.lower[kept],
            upper=self.upper[kept],
            kind=self.kind[kept],
            key=self.key[kept],
        )


def no_rows() -> SideRows:
    """An empty set of side rows.

    Examples
    --------
    >>> len(no_rows())
    0
    """
    empty = np.zeros(0, dtype=np.int64)
    return SideRows(
        start=np.zeros(1, dtype=np.int64),
        arc=empty,
        coefficient=empty.copy(),
        lower=empty.copy(),
        upper=empty.copy(),
    )


def stack_rows(*parts: SideRows) -> SideRows:
    """Concatenate sets of side rows over the same arcs.

    Examples
    --------
    >>> len(stack_rows(no_rows(), no_rows()))
    0
    """
    lengths = np.concatenate([np.diff(part.start) for part in parts])
    return SideRows(
        start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        arc=np.concatenate([part.arc for part in parts]),
        coefficient=np.concatenate([part.coefficient for part in parts]),
        lower=np.concatenate([part.lower for part in parts]),
        upper=np.concatenate([part.upper for part in parts]),
        kind=np.concatenate([part.kind for part in parts]),
        key=np.concatenate([part.key for part in parts]),
    )


def at_most(weight: Ints, most: int) -> SideRows:
    """A side row that limits the total weight of a flow.

    Examples
    --------
    >>> at_most(np.array([0, 3, 1]), 7).arc.tolist()
    [1, 2]
    """
    arc = np.flatnonzero(weight)
    return SideRows(
        start=np.array([0, len(arc)], dtype=np.int64),
        arc=arc,
        coefficient=weight[arc],
        lower=np.array([-NO_LIMIT], dtype=np.int64),
        upper=np.array([most], dtype=np.int64),
    )


def cut_down(rows: SideRows, flow: Ints, worth: npt.NDArray[np.float64]) -> Ints:
    """Lower a flow until it keeps rows with upper limits and coefficients above 0.

    Parameters
    ----------
    rows
        The rows.
    flow : int64 array, shape (arcs,)
        The flow.
    worth : float64 array, shape (arcs,)
        What a unit on each arc is worth: the least is lowered first.

    Examples
    --------
    >>> row = at_most(np.array([2, 1]), 5)
    >>> cut_down(row, np.array([2, 3]), np.array([9.0, 1.0])).tolist()
    [2, 1]
    """
    flow = flow.copy()
    for row in range(len(rows)):
        entries = slice(int(rows.start[row]), int(rows.start[row + 1]))
        arc, coefficient = rows.arc[entries], rows.coefficient[entries]
        excess = int(coefficient @ flow[arc] - rows.upper[row])
        for place in np.argsort(worth[arc] / coefficient, kind="stable").tolist():
            if excess <= 0:
                break
            one, unit = arc[place], int(coefficient[place])
            less = min(int(flow[one]), -(-excess // unit))
            flow[one] -= less
            excess -= less * unit
    return flow


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Network:
    """Arcs, supplies and, where needed, side rows.

    The network falls into components that share no node; each is a contiguous range of nodes
    and of arcs, so that it can be solved on its own where no side row ties it to others.

    Attributes
    ----------
    supply : int64 array, shape (nodes,)
        Flow that enters at a node, negative where it leaves; the sum over a component is 0.
    tail, head : int32 arrays, shape (arcs,)
        Start and end node of each arc.
    capacity, cost, tie : int64 arrays, shape (arcs,)
        Upper bound of the flow on each arc, cost of a unit, and its tie count: of flows with the
        same cost, the one with the smaller sum wins.
    node_start, arc_start : int64 arrays, shape (components + 1,)
        Component `k` has nodes ``node_start[k]:node_start[k + 1]``, and so for arcs.
    lower : int64 array, shape (arcs,)
        Lower bound of the flow on each arc; 0 if not given.
    first : int64 array, shape (any,)
        Arcs of integer choices, which a search for whole numbers decides first.
    loose : int64 array, shape (any,)
        Arcs whose flow follows from the others; such a search never fixes them.
    rows : SideRows
        Further linear rows.
    """

    supply: Ints
    tail: Nodes
    head: Nodes
    capacity: Ints
    cost: Ints
    tie: Ints
    node_start: Ints
    arc_start: Ints
    lower: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    first: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    loose: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rows: SideRows = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        arcs = len(self.tail)
        if not len(self.lower):
            object.__setattr__(self, "lower", np.zeros(arcs, dtype=np.int64))
        if any(len(a) != arcs for a in (self.head, self.capacity, self.lower, self.cost, self.tie)):
            raise ValueError("network: arc arrays disagree in length")
        if arcs and (min(self.tail.min(), self.head.min()) < 0 or self._last_node() >= self.nodes):
            raise ValueError("network: an arc names a node that is not there")
        if arcs and (self.lower.min() < 0 or self.cost.min() < 0 or self.tie.min() < 0):
            raise ValueError("network: bounds and costs are 0 or more")
        if (self.lower > self.capacity).any():
            raise ValueError("network: an arc must carry more than it can")
        if self.node_start[-1] != self.nodes or self.arc_start[-1] != arcs:
            raise ValueError("network: the components do not cover it")
        owner = np.repeat(np.arange(len(self.arc_start) - 1), np.diff(self.arc_start))
        inside = np.repeat(np.arange(len(self.node_start) - 1), np.diff(self.node_start))
        if arcs and not ((inside[self.tail] == owner) & (inside[self.head] == owner)).all():
            raise ValueError("network: an arc leaves its component")
        if len(self.node_start) > 1 and self.nodes:
            filled = self.node_start[:-1][np.diff(self.node_start) > 0]
            if np.add.reduceat(self.supply, filled).any():
                raise ValueError("network: supplies do not balance")
        if self.largest_total() >= SAFE:
            raise ValueError("network: the total cost could exceed 64 bits")
        for array in (
            self.supply,
            self.tail,
            self.head,
            self.capacity,
            self.lower,
            self.cost,
            self.tie,
            self.node_start,
            self.arc_start,
        ):
            _frozen(array)

    def _last_node(self) -> int:
        return int(max(self.tail.max(), self.head.max()))

    def largest_total(self) -> float:
        """An upper bound on the cost of any flow."""
        largest = float(self.capacity.max(initial=0)) * float(self.cost.max(initial=0))
        if largest * self.arcs < SAFE:
            return largest * self.arcs
        return float(np.dot(self.capacity.astype(np.float64), self.cost.astype(np.float64)))

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.supply)

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return len(self.tail)

    @property
    def components(self) -> int:
        """Number of components."""
        return len(self.node_start) - 1

    def component(self, k: int) -> Network:
        """One component on its own, without side rows."""
        nodes = slice(int(self.node_start[k]), int(self.node_start[k + 1]))
        arcs = slice(int(self.arc_start[k]), int(self.arc_start[k + 1]))
        first = np.int32(nodes.start)
        return Network(
            supply=self.supply[nodes],
            tail=self.tail[arcs] - first,
            head=self.head[arcs] - first,
            capacity=self.capacity[arcs],
            lower=self.lower[arcs],
            cost=self.cost[arcs],
            tie=self.tie[arcs],
            node_start=np.array([0, nodes.stop - nodes.start], dtype=np.int64),
            arc_start=np.array([0, arcs.stop - arcs.start], dtype=np.int64),
        )

    def total(self, flow: Ints) -> int:
        """Cost of a flow."""
        return int(self.cost @ flow)
