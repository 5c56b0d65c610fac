"""What a caller asks of :func:`mutualaid.optimise`, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import Executor

from mutualaid.data.system import System
from mutualaid.errors import InputError, Problems
from mutualaid.model.linear_terms import OBJECTIVES
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy
from mutualaid.solve.interface import Limits


def in_order(
    objectives: Sequence[str] | None, slack: Mapping[str, float] | None
) -> tuple[tuple[str, float], ...]:
    """Objectives with their slack; the cost comes last of all unless it is named."""
    if isinstance(objectives, str):
        raise InputError(f"objectives is {objectives!r}: write a list, [{objectives!r}]")
    if objectives is not None and not _is_ordered(objectives):
        what = f"is a {type(objectives).__name__}"
        raise InputError(f"objectives {what}: write a list, such as ['over_52', 'harm']")
    if slack is not None and not isinstance(slack, Mapping):
        what = f"is a {type(slack).__name__}"
        raise InputError(f"slack {what}: write a share by objective, such as {{'harm': 0.01}}")
    problems = Problems()
    names = () if objectives is None else tuple(objectives)
    if objectives is not None and not names:
        remedy = "name at least one, or leave it out for the least cost"
        problems.add("optimise", "objectives", "is empty", remedy)
    unknown = [name for name in names if not isinstance(name, str) or name not in OBJECTIVES]
    if unknown:
        problems.add(
            "optimise",
            "objectives",
            f"has {', '.join(map(repr, unknown))}",
            f"use {', '.join(OBJECTIVES)}",
        )
    known = [name for name in names if isinstance(name, str)]
    if len(set(known)) < len(known):
        problems.add("optimise", "objectives", "names one twice", "keep the first")
    given = {} if slack is None else dict(slack)
    for name, share in given.items():
        real = isinstance(share, int | float) and not isinstance(share, bool)
        if name not in names:
            problems.add("optimise", "slack", f"is for {name!r}", "name an objective")
        elif not real or not 0 <= share <= 1e6:
            problems.add("optimise", "slack", f"of {name} is {share!r}", "a share from 0")
    problems.raise_if_any()
    if not names:
        return ()
    last = () if "cost" in names else ("cost",)
    return tuple((name, float(given.get(name, 0.0))) for name in (*names, *last))


def _is_ordered(objectives: object) -> bool:
    """Whether something is an order: several things one after another, not a set or a mapping."""
    return isinstance(objectives, Iterable) and not isinstance(objectives, Set | Mapping | bytes)


def limits_of(
    time_limit: float | None,
    threads: int | None,
    mip_gap: float | None,
    executor: Executor | None = None,
) -> Limits:
    """Check what solvers may use.

    Raises
    ------
    InputError
        If anything is out of range.
    """

    def is_number(value: object, *kinds: type) -> bool:
        return isinstance(value, kinds) and not isinstance(value, bool)

    if time_limit is not None and not (
        is_number(time_limit, int, float) and time_limit > 0 and math.isfinite(time_limit)
    ):
        raise InputError(f"time_limit is {time_limit!r}: use seconds above 0, or None")
    if threads is not None and not (is_number(threads, int) and threads >= 1):
        raise InputError(f"threads is {threads!r}: use 1 or more, or None")
    if mip_gap is not None and not (is_number(mip_gap, int, float) and 0 <= mip_gap < 1):
        raise InputError(f"mip_gap is {mip_gap!r}: use a share from 0 to 1, or None")
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError(
            f"executor is a {type(executor).__name__}: pass a concurrent.futures.Executor"
        )
    return Limits(time_limit=time_limit, threads=threads, mip_gap=mip_gap, executor=executor)


def check_arguments(system: object, policy: object, collaboration: object) -> None:
    """Check that what a plan is made of is what it should be.

    Raises
    ------
    InputError
        If something else was passed.
    """
    for value, kind, name, remedy in (
        (system, System, "system", "a mutualaid.System"),
        (policy, Policy | None, "policy", "a mutualaid.Policy"),
        (
            collaboration,
            Collaboration | None,
            "collaboration",
            "a Collaboration, such as mutualaid.Deep()",
        ),
    ):
        if not isinstance(value, kind):
            # Its value may be a table of patients: only its type is told.
            what = f"a {type(value).__name__}"
            if isinstance(value, type):
                what = f"a class, {value.__name__}"
            raise InputError(f"{name} is {what}: pass {remedy}")
