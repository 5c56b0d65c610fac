"""Why a solver stopped, and what follows from it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum

from mutualaid.errors import SolverError


class Status(StrEnum):
    """Why a solver stopped; an explicit table for each solver maps its own statuses to these."""

    OPTIMAL = "optimal"
    FEASIBLE = "stopped at a limit, with a solution"
    NO_SOLUTION = "stopped at a limit, without a solution"
    INFEASIBLE = "infeasible"
    UNAVAILABLE = "not available"
    MEMORY = "out of memory"
    ERROR = "error"


def found_nothing(error: SolverError) -> bool:
    """Whether a search ended properly, without finding a plan.

    Only then does the error say something of the problem. That a solver is not installed, failed
    or ran out of memory must never pass for an answer.

    Examples
    --------
    >>> found_nothing(SolverError("nothing within a second", str(Status.NO_SOLUTION)))
    True
    >>> found_nothing(SolverError("the solver crashed"))
    False
    """
    return error.status in (Status.INFEASIBLE, Status.NO_SOLUTION)


def cannot_go_on(error: SolverError) -> bool:
    """Whether it is useless to call the solver again: it is not installed, or memory ran out.

    Examples
    --------
    >>> cannot_go_on(SolverError("no licence", str(Status.UNAVAILABLE)))
    True
    """
    return error.status in (Status.UNAVAILABLE, Status.MEMORY)


@contextlib.contextmanager
def within_memory(who: str) -> Iterator[None]:
    """Turn a MemoryError into a SolverError that names the solver.

    Raises
    ------
    SolverError
        If memory runs out inside the block.

    Examples
    --------
    >>> with within_memory("HiGHS"):
    ...     raise MemoryError
    Traceback (most recent call last):
    mutualaid.errors.SolverError: HiGHS ran out of memory
    """
    try:
        yield
    except MemoryError as error:
        raise SolverError(f"{who} ran out of memory", str(Status.MEMORY)) from error
