"""Networks as plain arrays in a file, for solvers that must not meet highspy in a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arrays:
    """A minimum-cost flow problem.

    Attributes
    ----------
    supply : int64 array, shape (nodes,)
        What enters at each node; negative where it leaves.
    tail, head, capacity, cost : int64 arrays, shape (arcs,)
        The arcs; costs are in 1/1000 harm-weeks a patient.
    node_start, arc_start : int64 arrays, shape (components + 1,)
        Component `k` has nodes ``node_start[k]:node_start[k + 1]``, and so for arcs.
    """

    supply: Ints
    tail: Ints
    head: Ints
    capacity: Ints
    cost: Ints
    node_start: Ints
    arc_start: Ints

    def save(self, path: Path) -> None:
        """Write it to an ``.npz`` file."""
        np.savez(path, **{item.name: getattr(self, item.name) for item in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Arrays:
        """Read what :meth:`save` wrote."""
        with np.load(path) as arrays:
            return cls(**{item.name: arrays[item.name] for item in fields(cls)})

    def parts(self) -> Iterator[Arrays]:
        """Take the components (services) one by one, their nodes counted from 0."""
        for k in range(len(self.node_start) - 1):
            nodes = slice(int(self.node_start[k]), int(self.node_start[k + 1]))
            arcs = slice(int(self.arc_start[k]), int(self.arc_start[k + 1]))
            yield Arrays(
                supply=self.supply[nodes],
                tail=self.tail[arcs] - nodes.start,
                head=self.head[arcs] - nodes.start,
                capacity=self.capacity[arcs],
                cost=self.cost[arcs],
                node_start=np.array([0, nodes.stop - nodes.start]),
                arc_start=np.array([0, arcs.stop - arcs.start]),
            )
