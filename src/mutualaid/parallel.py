"""Many tasks, here or side by side wherever an executor runs them: the answers are the same."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import TypeVar

from mutualaid.errors import SolverError

logger = logging.getLogger(__name__)
IDLE = 30
"""Seconds without a task after which a process of this one's own ends."""
Task = TypeVar("Task")
Answer = TypeVar("Answer")


def answers(
    work: Callable[[Task], Answer], tasks: Sequence[Task], executor: Executor | None
) -> Iterator[Answer]:
    """Do every task and give the answers in the order of the tasks.

    Parameters
    ----------
    work
        What is done with a task; of a module's top level, so that it can be sent elsewhere.
    tasks
        The tasks.
    executor
        Where they are done side by side; None for one after another, here. What has not begun when
        somebody stops listening, or a task fails, is not begun any more.

    Raises
    ------
    SolverError
        If a process of the executor's was ended before it was done.

    Examples
    --------
    >>> list(answers(abs, [-1, 2], None))
    [1, 2]
    """
    if executor is None:
        yield from map(work, tasks)
        return
    futures: list[Future[Answer]] = []
    try:
        futures.extend(executor.submit(work, task) for task in tasks)
        for future in futures:
            yield future.result()
    except BrokenExecutor as error:
        raise SolverError(
            f"a process ended before it was done, for want of memory perhaps: {error}"
        ) from error
    finally:
        for future in futures:
            future.cancel()


def own_processes(most: int | None = None) -> Executor | None:
    """Processes of this one's own, as many as it may use cores; None where that is one.

    They read nothing of the caller's script, so that a script needs no guard for them. A process
    that is itself one of several has none: its neighbours use the other cores.

    Parameters
    ----------
    most
        Processes at most; None for no limit.

    Examples
    --------
    >>> own_processes(most=1) is None
    True
    """
    if most == 1 or multiprocessing.parent_process() is not None:
        return None
    import loky

    cores = min(loky.cpu_count(), most or loky.cpu_count())
    if cores < 2:
        return None
    executor: Executor = loky.get_reusable_executor(max_workers=cores, timeout=IDLE)
    return executor


def answers_anyhow(
    work: Callable[[Task], Answer], tasks: Sequence[Task], executor: Executor | None
) -> list[Answer]:
    """As :func:`answers`; here, where the processes cannot be had or one of them ends.

    For processes that nobody asked for: what they cannot do is done without them.

    Examples
    --------
    >>> answers_anyhow(abs, [-1, 2], None)
    [1, 2]
    """
    try:
        return list(answers(work, tasks, executor))
    except (SolverError, OSError, pickle.PicklingError) as error:
        if executor is None:
            raise
        logger.warning("one after another, as processes side by side failed: %s", error)
        return list(answers(work, tasks, None))
