"""Why a solver stopped, and what that says of what was searched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum

from mutualaid.errors import SolverError


class Status(StrEnum):
    """Why a solver stopped, in words of our own; each solver's are mapped by an explicit table."""

    OPTIMAL = "optimal"
    FEASIBLE = "stopped at a limit, with a solution"
    NO_SOLUTION = "stopped at a limit, without a solution"
    INFEASIBLE = "infeasible"
    UNAVAILABLE = "not available"
    MEMORY = "out of memory"
    ERROR = "error"


def found_nothing(error: SolverError) -> bool:
    """Whether a search came to an end without a plan.

    That says something of what was searched. That a solver is not there, failed or ran out of
    memory says nothing of it, and must never pass for an answer.

    Examples
    --------
    >>> found_nothing(SolverError("nothing within a second", str(Status.NO_SOLUTION)))
    True
    >>> found_nothing(SolverError("the solver crashed"))
    False
    """
    return error.status in (Status.INFEASIBLE, Status.NO_SOLUTION)


def cannot_go_on(error: SolverError) -> bool:
    """Whether to ask the same solver once more is in vain: it is not there, or memory is short.

    Examples
    --------
    >>> cannot_go_on(SolverError("no licence", str(Status.UNAVAILABLE)))
    True
    """
    return error.status in (Status.UNAVAILABLE, Status.MEMORY)


@contextlib.contextmanager
def within_memory(who: str) -> Iterator[None]:
    """Say who ran out of memory.

    Raises
    ------
    SolverError
        If somebody did.

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
