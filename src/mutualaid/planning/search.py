"""How a plan is searched for: one step for each feature, in order, until a plan is found.

A step is a function of a search that gives the search back: as it was, where the feature was not
asked for; with more that is known; or with a solution, and then no further step is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mutualaid.model.limits.baseline import alone
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.outcome import Outcome
from mutualaid.outcomes.tables import stage_table
from mutualaid.plan_methods import Plan
from mutualaid.planning.few_lanes import few_lanes_start
from mutualaid.planning.lanes_worth_running import batches_start, certify_by_flow, only_of_lanes
from mutualaid.planning.max_min_share import share_fairly
from mutualaid.planning.stability import read_standing, steadily, treated_at_home
from mutualaid.planning.warm_start import alone_flow, baseline_reference, first_start
from mutualaid.policy.collaboration import Collaboration
from mutualaid.solve.integer import is_large
from mutualaid.solve.interface import Limits
from mutualaid.solve.lexicographic import Objective, solve_in_order
from mutualaid.solve.solver import Solution, certify_given, solve

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True)
class Search:
    """What is asked for, and what is known so far.

    Attributes
    ----------
    model : Model
        The model; with more side rows, once a fair share is held.
    mode, baseline, baseline_flow
        As for :class:`mutualaid.planning.problem.PlanModel`.
    objectives : callable
        The objectives of a model, in order; none where the least cost is the only one.
    start, previous, change_weeks, solver, limits
        As for :func:`mutualaid.optimise`.
    few : int64 array or None
        A flow with few lanes.
    known, reference : int64 array or None
        The cheapest flow that is known to keep every side row; whom each trust treats at home and
        when if nobody moves.
    solution : Solution or None
        What was found.
    stages, fairness : pandas.DataFrame or None
        What the plan says of how it was found.
    """

    model: Model
    mode: Collaboration
    baseline: tuple[Model, Outcome] | None
    baseline_flow: Ints | None
    objectives: Callable[[Model], list[Objective]]
    start: Plan | None
    previous: Plan | pd.DataFrame | None
    change_weeks: float
    solver: str
    limits: Limits
    few: Ints | None = None
    known: Ints | None = None
    reference: Ints | None = None
    solution: Solution | None = None
    stages: pd.DataFrame | None = None
    fairness: pd.DataFrame | None = None


def find(search: Search) -> tuple[Search, Solution]:
    """Take one step after another until a plan is found; if none has one, at the least cost.

    Raises
    ------
    SolverError
        If none was found.
    """
    for step in STEPS:
        search = step(search)
        if search.solution is not None:
            return search, search.solution
    network = search.model.network
    return search, solve(network, search.solver, search.limits, search.known, search.reference)


def _share_the_gain(search: Search) -> Search:
    """Hold every trust to its fair share; where the least cost is all, that has found the plan."""
    if search.mode.share is None or search.baseline is None:
        return search
    shared = share_fairly(search.model, alone(*search.baseline), search.solver, search.limits)
    found = None if search.objectives(search.model) else shared.solution
    return replace(search, model=shared.model, fairness=shared.table, solution=found)


def _know_flows(search: Search) -> Search:
    """Know what each trust does alone, and other flows to start from."""
    model = search.model
    flow = alone_flow(model, search.baseline, search.baseline_flow)
    few = few_lanes_start(model, search.solver, search.limits, flow)
    if few is None:
        few = batches_start(model, search.solver, search.limits, flow)
    return replace(
        search,
        few=few,
        known=first_start(model, flow, search.start, few),
        reference=None if flow is None else baseline_reference(model, flow),
    )


def _keep_what_stands(search: Search) -> Search:
    """Change moves that stand only where it is worth it."""
    if search.previous is None:
        return search
    standing = read_standing(search.previous, search.model, search.change_weeks)
    at_home = treated_at_home(search.previous, search.model)
    solution, proof = steadily(
        search.model,
        standing,
        search.change_weeks,
        search.solver,
        search.limits,
        search.known,
        at_home,
    )
    return replace(search, solution=solution, stages=proof)


def _go_in_order(search: Search) -> Search:
    """Make one objective after another as small as can be."""
    objectives = search.objectives(search.model)
    if not objectives:
        return search
    solution, proofs = solve_in_order(
        search.model.network,
        objectives,
        search.solver,
        search.limits,
        search.known,
        search.reference,
    )
    stages = stage_table([(o.name, o.slack) for o in objectives], proofs)
    return replace(search, solution=solution, stages=stages)


def _settle_for_few_lanes(search: Search) -> Search:
    """Settle for a good choice of lanes on a large network.

    A search for lanes among so many finds less in more time than trying them does.
    """
    network, known = search.model.network, search.known
    asked = search.solver != "auto" or search.limits.mip_gap is not None
    if asked or search.few is None or known is None or not is_large(network):
        return search
    if search.model.frame.policy.max_lanes is None and only_of_lanes(network):
        # Without these rows the rest is a flow, which bounds them in a fraction of the time.
        return replace(
            search, solution=certify_by_flow(network, known, search.limits, search.reference)
        )
    return replace(search, solution=certify_given(network, known, search.limits, search.reference))


STEPS: tuple[Callable[[Search], Search], ...] = (
    _share_the_gain,
    _know_flows,
    _keep_what_stands,
    _go_in_order,
    _settle_for_few_lanes,
)
