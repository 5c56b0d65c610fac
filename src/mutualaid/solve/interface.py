"""The interface of solvers: the limits that they are given, and the answers that they give."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import Ints, Network
from mutualaid.solve.status import Status

Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]


class Searches(Protocol):
    """Solves one network again and again, for different costs."""

    def solve(self, cost: Ints) -> Ints:
        """Find a cheapest flow."""


class Memory(Protocol):
    """Keeps the last solution of networks, for a warm start of others with the same structure."""

    def flows(self, network: Network) -> Searches:
        """A solver for the network, started from one with the same structure if it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a solver.

    Attributes
    ----------
    time_limit : float or None
        Seconds for each call of a solver; None for no limit.
    threads : int or None
        Threads; None leaves it to the solver.
    mip_gap : float or None
        The relative gap at which a search for whole patients may stop; None for 0 on small
        problems and next to it on large ones: see :mod:`mutualaid.solve.integer`.
    nodes : int or None
        Nodes of the search tree for whole patients, where a solver counts them. Unlike a time
        limit it gives the same plan everywhere.
    executor : concurrent.futures.Executor or None
        Where independent components are solved in parallel; None for this process, one by one.
    memory : Memory or None
        Warm starts from earlier networks with the same structure.
    fine : bool
        Whether HiGHS scales side rows up a millionfold, for rows that it otherwise leaves broken
        by less than its tolerance.
    """

    time_limit: float | None = None
    threads: int | None = None
    mip_gap: float | None = None
    nodes: int | None = None
    executor: Executor | None = None
    memory: Memory | None = None
    fine: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Answer:
    """The answer of an LP or MIP solver; it has a flow if and only if its status says so.

    Attributes
    ----------
    status : Status
        Why it stopped.
    flow : float64 array, shape (arcs,), or None
        The solution.
    node_dual, row_dual : float64 arrays, or None
        Duals of the balances and of the side rows, where it was an LP.
    detail : str
        The solver's own message.
    """

    status: Status
    flow: Floats | None = None
    node_dual: Floats | None = None
    row_dual: Floats | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        has_flow = self.status in (Status.OPTIMAL, Status.FEASIBLE)
        if has_flow != (self.flow is not None):
            raise ValueError(f"an answer that is {self.status!s} contradicts its flow")


def nothing_to_carry(network: Network) -> Answer:
    """The answer for a network without arcs: optimal if nothing has to flow, else infeasible."""
    if network.supply.any() or (network.rows.lower > 0).any() or (network.rows.upper < 0).any():
        return Answer(status=Status.INFEASIBLE, detail="there are no arcs")
    return Answer(
        status=Status.OPTIMAL,
        flow=np.zeros(0),
        node_dual=np.zeros(network.nodes),
        row_dual=np.zeros(len(network.rows)),
    )
