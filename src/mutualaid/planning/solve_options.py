"""What a caller asks of :func:`mutualaid.optimise`, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import Executor

from mutualaid.arguments import Arguments, argument, is_number, shown, typed
from mutualaid.data.system import System
from mutualaid.errors import InputError
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
        what = f"is {typed(objectives)}"
        raise InputError(f"objectives {what}: write a list, such as ['over_52', 'harm']")
    remedy = "write a share by objective, such as {'harm': 0.01}"
    argument.kind("slack", slack, Mapping | None, remedy)
    names = () if objectives is None else tuple(objectives)
    given = dict(slack or {})
    with Arguments("optimise") as check:
        if objectives is not None and not names:
            remedy = "name at least one, or leave it out for the least cost"
            check.wrong("objectives", "is empty", remedy)
        unknown = [name for name in names if not isinstance(name, str) or name not in OBJECTIVES]
        if unknown:
            what = f"has {', '.join(map(repr, unknown))}"
            check.wrong("objectives", what, f"use {', '.join(OBJECTIVES)}")
        known = [name for name in names if isinstance(name, str)]
        if len(set(known)) < len(known):
            check.wrong("objectives", "names one twice", "keep the first")
        for name, share in given.items():
            if name not in names:
                check.wrong("slack", f"is for {name!r}", "name an objective")
            elif not is_number(share, 0, 1e6):
                check.wrong("slack", f"of {name} is {shown(share)}", "write a share from 0")
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
    argument.number("time_limit", time_limit, what="seconds", above=True, below=True, optional=True)
    argument.whole("threads", threads, 1, optional=True)
    argument.share("mip_gap", mip_gap, below=True, optional=True)
    if executor is not None and not hasattr(executor, "submit"):
        argument.wrong("executor", f"is {typed(executor)}", "pass a concurrent.futures.Executor")
    return Limits(time_limit=time_limit, threads=threads, mip_gap=mip_gap, executor=executor)


def check_arguments(system: object, policy: object, collaboration: object) -> None:
    """Check that what a plan is made of is what it should be.

    Raises
    ------
    InputError
        If something else was passed.
    """
    argument.kind("system", system, System, "pass a mutualaid.System")
    argument.kind("policy", policy, Policy | None, "pass a mutualaid.Policy")
    remedy = "pass a Collaboration, such as mutualaid.Deep()"
    argument.kind("collaboration", collaboration, Collaboration | None, remedy)


def refuse_groups(policy: Policy | None, what: str) -> None:
    """Make sure that nothing hangs on when each is treated alone, where that is not known.

    Raises
    ------
    InputError
        If the policy asks for weeks saved, or some patients decline.

    Examples
    --------
    >>> refuse_groups(Policy(min_weeks_saved=4), "shapley")
    Traceback (most recent call last):
    mutualaid.errors.InputError: shapley takes no notice of min_weeks_saved: pass ...
    """
    if policy is None:
        return
    less = ["min_weeks_saved=0"] if policy.min_weeks_saved else []
    less += ["acceptance=None"] if policy.some_decline else []
    if less:
        names = " or ".join(one.partition("=")[0] for one in less)
        raise InputError(
            f"{what} takes no notice of {names}: pass policy.replace({', '.join(less)})"
        )
