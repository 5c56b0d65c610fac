"""The cheapest plan that keeps what was settled, or falls short of it by as little as can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model import linear_terms
from mutualaid.model.decode import decode
from mutualaid.model.limits.baseline import alone
from mutualaid.model.limits.harm_at_most import short, shortfall
from mutualaid.model.model import Model
from mutualaid.plan_methods import Plan
from mutualaid.planning.expected_answers import find_expected
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.search import Search
from mutualaid.policy.harm import SCALE
from mutualaid.policy.insured import Insured
from mutualaid.solve.integer import is_large
from mutualaid.solve.interface import Limits
from mutualaid.solve.lexicographic import Objective
from mutualaid.solve.solver import certified_by, relax
from mutualaid.solve.status import found_nothing

NAME = "shortfall"
WITHIN = (0.0, 5e-4, 5e-3, 5e-2)
"""On a large problem: by which share of what is borne the relaxation may be missed, in turn."""
TRIFLE = 1.0
"""Less than so many harm-weeks is not taken for a proof that a promise cannot be kept."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Nearest:
    """The plan that comes nearest to what was settled, and of those the cheapest.

    Attributes
    ----------
    plan : Plan
        Its mode holds each trust that may fall short to what the plan reaches.
    least : float
        By so many harm-weeks every plan falls short, of all such trusts together, at the least.
    """

    plan: Plan
    least: float


Make = Callable[[Insured], PlanModel]


def kept(
    make: Make,
    mode: Insured,
    trusts: Collection[str],
    start: Plan | None,
    solver: str,
    limits: Limits,
) -> Plan | None:
    """Find the cheapest plan that keeps every limit; None if none is found.

    Parameters are those of :func:`nearest`.
    """
    made = make(mode)
    if is_large(made.model.network) and _relaxed(made, trusts, limits)[1] > TRIFLE:
        return None
    try:
        return made.solve_within(limits, solver, start)
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None


def nearest(
    make: Make,
    mode: Insured,
    trusts: Collection[str],
    start: Plan | None,
    solver: str,
    limits: Limits,
) -> Nearest:
    """Find the cheapest plan that falls least short of the limits of some trusts.

    Small problems exactly; on large ones a plan within a share of :data:`WITHIN` of what such
    trusts bear in the linear relaxation will do.

    Parameters
    ----------
    make
        Builds the problem with other limits.
    mode
        The limits.
    trusts
        Whose limits may be missed. Each at most bears what it bears alone.
    start
        A plan to start from, if it keeps the limits.
    solver, limits
        As for :func:`mutualaid.optimise`.

    Raises
    ------
    SolverError
        If there is no plan even so.
    """
    made = make(mode)
    if not is_large(made.model.network):
        plan = kept(make, mode, trusts, start, solver, limits)
        if plan is not None:
            return Nearest(plan=plan, least=0.0)
        return _exactly(make, made, mode, trusts, solver, limits)
    bears, least = _relaxed(made, trusts, limits)
    failed: SolverError | None = None
    for part in WITHIN[1:] if least > TRIFLE else WITHIN:
        held = {
            trust: max(mode.harm_at_most[trust], round(bears[trust] * (1 + part), 3))
            for trust in trusts
        }
        settled = replace(mode, harm_at_most={**mode.harm_at_most, **held})
        try:
            return Nearest(plan=make(settled).solve_within(limits, solver, start), least=least)
        except SolverError as error:
            if not found_nothing(error):
                raise
            failed = error
    raise failed or SolverError("no plan keeps what was settled")


def _relaxed(
    made: PlanModel, trusts: Collection[str], limits: Limits
) -> tuple[Mapping[str, float], float]:
    """What such trusts bear in the relaxation, and the least shortfall, in harm-weeks."""
    assert made.baseline is not None
    # In whole harm-weeks: numbers that a solver can tell apart.
    soft = short(made.model, alone(*made.baseline), trusts, unit=SCALE)
    network = replace(soft.network, cost=shortfall(soft) * SCALE)
    best = relax(network, limits)
    nobody = replace(made, model=soft).alone()
    least = 0.0
    if nobody is not None:
        proof = certified_by(network, nobody, best.potential, best.row_price, "").certificate
        least = max(proof.lower_bound / SCALE, 0.0)
    providers = soft.frame.system.providers
    term = linear_terms.harm(soft)
    each = np.zeros(len(providers))
    np.add.at(each, soft.frame.queues.origin[term.queue], term.coefficient * best.flow[term.arc])
    return {trust: float(each[providers.index(trust)]) / SCALE for trust in trusts}, least


def _exactly(
    make: Make,
    made: PlanModel,
    mode: Insured,
    trusts: Collection[str],
    solver: str,
    limits: Limits,
) -> Nearest:
    """The least shortfall in whole patients, then the least cost."""
    assert made.baseline is not None
    soft = short(made.model, alone(*made.baseline), trusts)

    def objectives(model: Model) -> list[Objective]:
        return [
            Objective(name=NAME, cost=shortfall(model)),
            Objective(name="cost", cost=model.network.cost),
        ]

    found, solution = find_expected(
        Search(
            model=soft,
            mode=mode,
            baseline=made.baseline,
            baseline_flow=made.baseline_flow,
            objectives=objectives,
            start=None,
            previous=None,
            change_weeks=0.0,
            solver=solver,
            limits=limits,
        )
    )
    stages = found.stages
    assert stages is not None
    missed = stages["objective"] == NAME
    stages.loc[missed, ["value", "bound"]] /= SCALE
    least = float(stages.loc[missed, "bound"].iloc[0])
    providers = soft.frame.system.providers
    bears = alone(found.model, decode(found.model, solution.flow)).harm.sum(axis=1)
    held = {
        trust: max(mode.harm_at_most[trust], int(bears[providers.index(trust)]) / SCALE)
        for trust in trusts
    }
    settled = replace(mode, harm_at_most={**mode.harm_at_most, **held})
    first = replace(made, collaboration=settled).plan_of(found.model, solution, stages=stages)
    try:
        # Its own proof is of the cost: with limits that are held, not missed.
        plan = make(settled).solve_within(limits, solver, first)
    except SolverError as error:
        if not found_nothing(error):
            raise
        plan = first
    return Nearest(plan=plan, least=least)
