"""Checks of the arguments of a replay."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mutualaid.errors import Problems
from mutualaid.plan_methods import Plan
from mutualaid.policy.policy import Policy
from mutualaid.simulation.noise import Noise


def check_number(who: object, name: str, low: float, high: float, problems: Problems) -> None:
    """Note a problem unless an attribute is a number from ``low`` to ``high``."""
    value = getattr(who, name)
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not low <= value <= high:
        what = f"a number from {low:,g} to {high:,g}"
        problems.add(type(who).__name__, name, f"is {value!r}", what)


def check_filling(who: object, problems: Problems | None = None) -> None:
    """Check that the ``filling`` of a policy is a number from 0 to 1.

    Raises
    ------
    InputError
        If it is not, or if problems were noted before.
    """
    problems = problems or Problems()
    check_number(who, "filling", 0, 1, problems)
    problems.raise_if_any()


def check_replay(
    plan: object, policies: Iterable[object], noise: object, seeds: Iterable[object]
) -> None:
    """Check every argument of a replay.

    Raises
    ------
    InputError
        If any cannot be used; every problem is listed.
    """
    problems = Problems()
    if not isinstance(plan, Plan):
        problems.add("replay", "plan", f"is a {type(plan).__name__}", "pass a mutualaid.Plan")
    else:
        _check_plan(plan, problems)
    if not isinstance(noise, Noise):
        problems.add(
            "replay", "noise", f"is a {type(noise).__name__}", "pass a mutualaid.simulation.Noise"
        )
    names = []
    for policy in policies:
        name = getattr(policy, "name", None)
        if isinstance(policy, type):
            problems.add("replay", "policies", f"has the class {policy.__name__}", "call it first")
        elif not isinstance(name, str) or not callable(getattr(policy, "decide", None)):
            what = f"has a {type(policy).__name__}"
            problems.add("replay", "policies", what, "use one with a name and a method decide")
        else:
            names.append(name)
    if not names:
        problems.add("replay", "policies", "has none that can be replayed", "name at least one")
    twice = sorted({name for name in names if names.count(name) > 1})
    taken = sorted({name for name in names if name in RESERVED})
    if twice or taken:
        called = ", ".join([*twice, *taken])
        problems.add("replay", "policies", f"has {called} twice, or names it so", "rename it")
    listed = list(seeds)
    odd = [seed for seed in listed if not _is_seed(seed)]
    if odd:
        problems.add("replay", "seeds", f"has {odd[0]!r}", "whole numbers from 0")
    if not listed or len(set(map(str, listed))) < len(listed):
        problems.add("replay", "seeds", "is empty, or has one twice", "name each once")
    problems.raise_if_any()


RESERVED = ("plan", "hindsight")
"""Rows of the tables that are no policy's."""


def _is_seed(seed: object) -> bool:
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    return whole and int(str(seed)) >= 0


def _check_plan(plan: Plan, problems: Problems) -> None:
    frame = plan.model.frame
    if frame.rooms is not None:
        problems.add("plan", "collaboration", "lends rooms", "replay a plan without an estate")
    if frame.system.pools is not None:
        problems.add("plan", "system", "has pools", "replay a system without pools")
    if frame.queues.may_go is not None:
        what = "has patients with limits of their own (consent, dates, what sites accept)"
        problems.add("plan", "system", what, "replay a system of counts without such columns")
    rules: Policy = frame.policy
    limits = {
        "max_out": rules.max_out is not None,
        "max_in": rules.max_in is not None,
        "max_share_moved": rules.max_share_moved < 1,
        "max_moves": rules.max_moves is not None,
        "ramp": rules.ramp is not None,
        "max_lanes": rules.max_lanes is not None,
        "notice_weeks": rules.notice_weeks > 0,
        "equity": rules.equity is not None,
    }
    for name in (name for name, given in limits.items() if given):
        problems.add("plan.policy", name, "limits moves", "replay a policy without it")
