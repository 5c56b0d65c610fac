"""The plan that comes nearest to what was settled for some trusts, where it cannot be reached."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mutualaid.model.decode import decode
from mutualaid.model.limits.baseline import alone
from mutualaid.model.limits.insured import short, shortfall
from mutualaid.model.model import Model
from mutualaid.plan_methods import Plan
from mutualaid.planning.expected_answers import find_expected
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.search import Search
from mutualaid.policy.harm import SCALE
from mutualaid.policy.insured import Insured
from mutualaid.solve.interface import Limits
from mutualaid.solve.lexicographic import Objective

NAME = "shortfall"


@dataclass(frozen=True, eq=False, kw_only=True)
class Nearest:
    """The plan of the least shortfall, all such trusts together, then of the least cost.

    Attributes
    ----------
    plan : Plan
        Its mode holds each of the trusts to what the plan itself reaches.
    short : float
        By how many harm-weeks they fall short, in all.
    least : float
        No plan falls short by fewer.
    """

    plan: Plan
    short: float
    least: float


def nearest(made: PlanModel, trusts: Collection[str], solver: str, limits: Limits) -> Nearest:
    """Find the plan that falls least short of the limits of some trusts.

    Parameters
    ----------
    made
        The problem, with limits that no plan keeps.
    trusts
        Whose limits may be missed. Each at most bears what it bears alone.
    solver, limits
        As for :func:`mutualaid.optimise`.

    Raises
    ------
    SolverError
        If there is no plan even so.
    """
    mode = made.collaboration
    if made.baseline is None or not isinstance(mode, Insured):
        raise ValueError("only who is insured falls short")
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
    if stages is None:
        raise ValueError("a search in order tells its stages")
    missed = stages["objective"] == NAME
    stages.loc[missed, ["value", "bound"]] /= SCALE
    providers = found.model.frame.system.providers
    bears = alone(found.model, decode(found.model, solution.flow)).harm.sum(axis=1)
    at_most = dict(mode.harm_at_most)
    for trust in trusts:
        reached = int(bears[providers.index(trust)]) / SCALE
        at_most[trust] = max(at_most[trust], reached)
    settled = replace(made, collaboration=replace(mode, harm_at_most=at_most))
    return Nearest(
        plan=settled.plan_of(found.model, solution, stages=stages),
        short=float(stages.loc[missed, "value"].iloc[0]),
        least=float(stages.loc[missed, "bound"].iloc[0]),
    )
