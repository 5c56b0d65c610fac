"""What a solver is asked, and what it may answer."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from mutualaid.model.network import Ints, Network
from mutualaid.solve.status import Status

Floats: TypeAlias = npt.NDArray[np.float64]


class Searches(Protocol):
    """Searches for cheapest flows of one network, for one cost after another."""

    def solve(self, cost: Ints) -> Ints:
        """Find a cheapest flow."""


class Memory(Protocol):
    """What is known of networks that were solved lately."""

    def flows(self, network: Network) -> Searches:
        """Searches of a network, which start where those of one of the same form ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a solver may use.

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
        Where services that nothing ties together are solved side by side; None for here, one
        after another.
    memory : Memory or None
        What is known of earlier networks of the same form: the next search starts from there.
    fine : bool
        Whether HiGHS keeps side rows to a millionth of what it does otherwise: for rows that it
        left broken by less than it takes notice of.
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
    """What an LP or MIP solver found; there is a flow only if the status says so.

    Attributes
    ----------
    status : Status
        Why it stopped.
    flow : float64 array, shape (arcs,), or None
        The solution.
    node_dual, row_dual : float64 arrays, or None
        Duals of the balances and of the side rows, where it was an LP.
    detail : str
        What the solver itself said.
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
    """Answer for a network without arcs: fine if nothing has to go anywhere."""
    if network.supply.any() or (network.rows.lower > 0).any() or (network.rows.upper < 0).any():
        return Answer(status=Status.INFEASIBLE, detail="there are no arcs")
    return Answer(
        status=Status.OPTIMAL,
        flow=np.zeros(0),
        node_dual=np.zeros(network.nodes),
        row_dual=np.zeros(len(network.rows)),
    )
