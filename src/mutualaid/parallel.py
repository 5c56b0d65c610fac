"""Many tasks, here or side by side wherever an executor runs them: the answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from typing import TypeVar

from mutualaid.errors import SolverError

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
    futures = [executor.submit(work, task) for task in tasks]
    try:
        for future in futures:
            yield future.result()
    except BrokenExecutor as error:
        raise SolverError(
            f"a process ended before it was done, for want of memory perhaps: {error}"
        ) from error
    finally:
        for future in futures:
            future.cancel()
