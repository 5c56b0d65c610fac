"""Checks of the arguments of a replay."""

from __future__ import annotations

from collections.abc import Iterable

from mutualaid.arguments import Arguments, is_whole, shown
from mutualaid.errors import Problems
from mutualaid.plan_methods import Plan
from mutualaid.policy.policy import Policy
from mutualaid.simulation.noise import Noise


def check_replay(
    plan: object, policies: Iterable[object], noise: object, seeds: Iterable[object]
) -> None:
    """Check every argument of a replay.

    Raises
    ------
    InputError
        If any cannot be used; every problem is listed.
    """
    with Arguments("replay") as check:
        if isinstance(plan, Plan):
            _check_plan(plan, check)
        check.kind("plan", plan, Plan, "pass a mutualaid.Plan")
        check.kind("noise", noise, Noise, "pass a mutualaid.simulation.Noise")
        names = []
        for policy in policies:
            name = getattr(policy, "name", None)
            if isinstance(policy, type):
                check.wrong("policies", f"has the class {policy.__name__}", "call it first")
            elif not isinstance(name, str) or not callable(getattr(policy, "decide", None)):
                remedy = "use one with a name and a method decide"
                check.wrong("policies", f"has {shown(policy)}", remedy)
            else:
                names.append(name)
        if not names:
            check.wrong("policies", "has none that can be replayed", "name at least one")
        twice = sorted({name for name in names if names.count(name) > 1})
        taken = sorted({name for name in names if name in RESERVED})
        if twice or taken:
            called = ", ".join([*twice, *taken])
            check.wrong("policies", f"has {called} twice, or names it so", "rename it")
        listed = list(seeds)
        odd = [seed for seed in listed if not is_whole(seed, 0)]
        if odd:
            check.wrong("seeds", f"has {shown(odd[0])}", "write whole numbers from 0")
        if not listed or len(set(map(str, listed))) < len(listed):
            check.wrong("seeds", "is empty, or has one twice", "name each once")


RESERVED = ("plan", "hindsight")
"""Rows of the tables that are no policy's."""


def _check_plan(plan: Plan, problems: Problems) -> None:
    frame = plan.model.frame
    if frame.rooms is not None:
        problems.add("plan", "collaboration", "lends rooms", "replay a plan without an estate")
    if frame.system.pools is not None:
        problems.add("plan", "system", "has pools", "replay a system without pools")
    if frame.system.lines.whole:
        problems.add("plan", "system", "has finer services", "replay a system without finer")
    rules: Policy = frame.policy
    limits = {
        "max_out": rules.max_out is not None,
        "max_in": rules.max_in is not None,
        "max_share_moved": rules.max_share_moved < 1,
        "max_moves": rules.max_moves is not None,
        "ramp": rules.ramp is not None,
        "max_lanes": rules.max_lanes is not None,
        "min_batch": rules.min_batch is not None,
        "lane_weeks": rules.lane_weeks > 0,
        "send_or_receive": rules.send_or_receive,
        "equity": rules.equity is not None,
    }
    for name in (name for name, given in limits.items() if given):
        problems.add("plan.policy", name, "limits moves", "replay a policy without it")
