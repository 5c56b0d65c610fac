"""What stands in the way of a target, and what it would have to become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.column_checks import Floats
from mutualaid.data.schema import PRIORITIES
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.row_kinds import NAMELESS, nameless
from mutualaid.model.limits.side_rows import grouped, offered, with_rows
from mutualaid.model.limits.targets import missed_cost
from mutualaid.model.model import Model
from mutualaid.plan.published import require_plan
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Collaboration, Deep
from mutualaid.policy.policy import Policy
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import relax

NEGLIGIBLE = 1e-6


@checks_arguments
def obstacles(plan: Plan, *, time_limit: float | None = None) -> pd.DataFrame:
    """Say which limits keep a plan from its targets, and what each would have to become.

    Every limit is relaxed on its own, the others staying as they are; figures are of the linear
    relaxation, in which parts of patients may be treated.

    Parameters
    ----------
    plan
        A plan that was made with targets.
    time_limit
        Seconds for each run of the solver.

    Returns
    -------
    pandas.DataFrame
        ``limit`` (``"travel"``, ``"lanes"``, ``"time"``, ``"caps"``, ``"promises"``,
        ``"capacity"``), ``now``, ``needed`` (what it would have to be; empty if no value of it is
        enough), ``missed_now`` and ``missed_then`` (patients). For capacity ``needed`` is the
        fewest further slots, and there is a row for each provider and service that they are at
        (``where``). Limits that
        would change nothing are left out; empty if the targets are met.

    Raises
    ------
    InputError
        If the plan has no targets.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> plan = ma.optimise(system, targets=[ma.Target(weeks=18, share_within=0.9)])
    >>> "capacity" in set(obstacles(plan)["limit"])
    True
    """
    require_plan(plan)
    if not plan.asked_targets:
        raise InputError("the plan was made without targets: pass targets= to optimise")
    columns = ["limit", "where", "now", "needed", "missed_now", "missed_then"]
    limits = limits_of(time_limit, None, None)
    now = _missed(plan, plan.policy, plan.collaboration, limits)
    if now <= NEGLIGIBLE:
        return pd.DataFrame(columns=columns)
    found = [*_travel(plan, now, limits), *_rules(plan, now, limits), *_capacity(plan, now, limits)]
    return pd.DataFrame(found, columns=columns)


Row = tuple[str, str, str, str, float, float]


def _made(
    plan: Plan, policy: Policy, mode: Collaboration, system: System | None = None
) -> PlanModel:
    reference = plan.system if system is not None else None
    return build(
        system or plan.system, policy, mode, targets=plan.asked_targets, reference=reference
    )


def _missed(plan: Plan, policy: Policy, mode: Collaboration, limits: Limits) -> float:
    """By how many patients targets are missed at least."""
    made = _made(plan, policy, mode)
    cost = missed_cost(made.network.arcs, made.missed)
    network = replace(made.network, cost=cost)
    return float(cost @ relax(network, limits).flow)


def _travel(plan: Plan, now: float, limits: Limits) -> Iterator[Row]:
    """Find the shortest limit of travel with which nothing is missed, or as little as can be.

    In minutes and in miles, each on its own: neither says anything of the other.
    """
    travel = plan.system.travel
    for unit in ("minutes", "miles"):
        if unit in travel:
            far = np.unique(travel[unit].dropna().to_numpy(dtype=np.float64))
            yield from _further(plan, f"max_{unit}", unit, far, now, limits)
    if plan.policy.max_miles < np.inf and ("miles" not in travel or travel["miles"].hasnans):
        known = float(travel["miles"].max()) if "miles" in travel else np.nan
        most = plan.policy.replace(max_miles=max(plan.policy.max_miles, np.nan_to_num(known)))
        free = plan.policy.replace(max_miles=np.inf)
        then = _missed(plan, free, plan.collaboration, limits)
        if then < _missed(plan, most, plan.collaboration, limits) - NEGLIGIBLE:
            needed = "distances, or no limit in miles" if then <= NEGLIGIBLE else ""
            here = f"{plan.policy.max_miles:g} miles"
            yield "travel", "ways without a distance", here, needed, now, then


def _further(
    plan: Plan, name: str, unit: str, far: Floats, now: float, limits: Limits
) -> Iterator[Row]:
    limit = getattr(plan.policy, name)
    further = far[far > limit]

    def missed(place: int) -> float:
        policy = plan.policy.replace(**{name: float(further[place])})
        return _missed(plan, policy, plan.collaboration, limits)

    if not len(further):
        return
    least = missed(-1)
    if least >= now - NEGLIGIBLE:
        return
    low, high = -1, len(further) - 1
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (low, middle) if missed(middle) <= least + NEGLIGIBLE else (middle, high)
    needed = f"{further[high]:g} {unit}" if least <= NEGLIGIBLE else ""
    yield "travel", "", f"{limit:g} {unit}", needed, now, least


def _rules(plan: Plan, now: float, limits: Limits) -> Iterator[Row]:
    policy, mode = plan.policy, plan.collaboration
    movable = tuple(dict.fromkeys((*policy.movable_priorities, "P2", "P3", "P4")))
    movable = tuple(p for p in PRIORITIES if p in movable)
    relaxed: list[tuple[str, str, str, Policy, Collaboration]] = [
        (
            "lanes",
            "rules of the policy",
            "every patient of P2 to P4, every service and every wait may move",
            policy.replace(
                movable_priorities=movable,
                move_mixed_services=True,
                specialists=False,
                min_weeks_to_move=0,
                forbidden_lanes=None,
                allowed_lanes=None,
            ),
            mode,
        ),
        (
            "time",
            "weeks before a move",
            "moves from the start",
            policy.replace(lead_weeks=0, notice_weeks=0),
            mode,
        ),
        ("caps", "caps on moves", "no caps", policy.uncapped(), mode),
        ("promises", mode.name, "Deep", policy, Deep(lend=mode.lend, partners=mode.partners)),
    ]
    for limit, here, there, other_policy, other_mode in relaxed:
        missed = _missed(plan, other_policy, other_mode, limits)
        if missed < now - NEGLIGIBLE:
            yield limit, "", here, there if missed <= NEGLIGIBLE else "", now, missed


def _capacity(plan: Plan, now: float, limits: Limits) -> Iterator[Row]:
    """Find the fewest further slots, wherever a provider has the service, that meet the targets."""
    system = plan.system
    keys = ["provider", *system.lines.columns, "period"]
    offered = system.capacity[keys[:-1]].astype(object).drop_duplicates()
    cells = offered.merge(pd.DataFrame({"period": range(1, system.periods + 1)}), how="cross")
    plenty = int(system.waiting_list["patients"].sum())
    if system.referrals is not None:
        plenty += int(system.referrals["patients"].sum())
    own = system.capacity.drop(columns="site", errors="ignore").astype(
        dict.fromkeys(keys[:-1], object)
    )
    both = pd.concat([own, cells.assign(slots=plenty)])
    wider = system.replace(capacity=both.groupby(keys, as_index=False)["slots"].sum())
    made = _made(plan, plan.policy, plan.collaboration, wider)
    model, more = _with_further_slots(made.model, plenty)
    missed = missed_cost(model.network.arcs, made.missed)
    # Nobody would be left out for want of slots: a patient missed weighs more than any slot.
    weight = plenty + 1
    network = replace(model.network, cost=missed * weight + missed_cost(model.network.arcs, more))
    flow = relax(network, limits).flow
    then = float(missed @ flow)
    total = float(flow[more].sum())
    needed = f"{int(np.ceil(total - NEGLIGIBLE)):,} slots more" if then <= NEGLIGIBLE else ""
    yield "capacity", "", f"{int(system.capacity['slots'].sum()):,} slots", needed, now, then
    slots, means = model.frame.slots, model.means
    pair = means.pair[_own_slots(model)]
    # Of all lines of a service together: a row for each provider and service.
    where, place = np.unique(np.stack([slots.service, slots.provider]), axis=1, return_inverse=True)
    by_place = np.bincount(place.ravel()[pair], weights=flow[more], minlength=where.shape[1])
    own_slots = system.capacity.groupby(["provider", "service"], observed=True)["slots"].sum()
    for at in np.argsort(-by_place, kind="stable").tolist():
        if by_place[at] <= NEGLIGIBLE:
            break
        there = system.providers[where[1, at]], system.services[where[0, at]]
        count = int(np.ceil(by_place[at] - NEGLIGIBLE))
        here = f"{int(own_slots.get(there, 0)):,} slots"
        yield "capacity", " ".join(there), here, f"{count:,} slots more", now, then


def _own_slots(model: Model) -> np.ndarray:
    arcs = model.means.arcs(Kind.SLOTS)
    return arcs[model.frame.slots.room[model.means.pair[arcs]] < 0]


def _with_further_slots(model: Model, plenty: int) -> tuple[Model, np.ndarray]:
    """Count what is used beyond the slots that there are."""
    arcs = _own_slots(model)
    choices = [
        Choice(key=key, most=plenty, switch=False) for key in NAMELESS.keys(np.arange(len(arcs)))
    ]
    wider, more = offered(model, choices)
    row = np.arange(len(arcs))
    rows = grouped(
        np.concatenate([arcs, more]),
        np.concatenate([np.ones_like(arcs), -np.ones_like(more)]),
        np.concatenate([row, row]),
        None,
        model.network.capacity[arcs] - plenty,
        nameless(len(arcs)),
    )
    return with_rows(wider, rows), more
