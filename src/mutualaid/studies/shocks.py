"""Stress: how a plan that was made for what is expected fares when something else comes.

Its moves are promises to patients and partners. In each scenario as many of them are kept as can
be; everything else is planned anew around them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.errors import InputError
from mutualaid.outcomes.move_keys import exits, on_arcs, standing_moves
from mutualaid.outcomes.tables import in_harm_weeks
from mutualaid.plan.published import require_plan
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build
from mutualaid.planning.solve_options import limits_of, refuse_groups
from mutualaid.planning.warm_start import transfer_plan
from mutualaid.solve.certificate import broken
from mutualaid.solve.keep_moves import keep_promises
from mutualaid.solve.solver import bounded_by
from mutualaid.studies.scenarios import Scenario, check_names


@dataclass(frozen=True, eq=False, kw_only=True)
class Stress:
    """A plan under stress. Made by :func:`stress`.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a scenario: ``scenario``; ``promised`` and ``kept`` (moves of the plan, and of those
        that can be kept); ``moves`` (with what is planned besides); ``expected`` (the plan's own
        objective), ``alone`` (each trust alone in the scenario), ``objective`` (promises kept)
        and ``replanned`` (the best plan of the scenario, bound to nothing), in harm-weeks with
        travel and moves; ``cost_of_promise`` (the last two's difference); ``over_18``,
        ``over_52``, ``over_65`` at the end.
    trusts : pandas.DataFrame
        A row a scenario and trust: ``scenario``, ``origin``, ``expected`` and ``harm_weeks`` (of
        its own patients, in the plan and in the scenario), ``change``, ``mean_wait_expected`` and
        ``mean_wait`` (weeks, of who is on the list at the end).
    plans : mapping of str to Plan
        With promises kept, by scenario. Their gap is to the best plan that is bound to nothing.
    """

    table: pd.DataFrame
    trusts: pd.DataFrame
    plans: Mapping[str, Plan]


@checks_arguments
def stress(
    plan: Plan,
    scenarios: Sequence[Scenario],
    *,
    solver: str = "auto",
    time_limit: float | None = None,
    threads: int | None = None,
    progress: Callable[[str], object] | None = None,
) -> Stress:
    """Keep a plan's moves in each scenario, as many as can be, and plan the rest anew.

    Parameters
    ----------
    plan
        The plan. The way to collaborate is its own, promises to trusts included; targets and
        objectives in order play no part.
    scenarios
        Scenarios, applied to the plan's own system and policy.
    solver, time_limit, threads
        As for :func:`mutualaid.optimise`.
    progress
        Called with the name of each scenario when it is done.

    Returns
    -------
    Stress

    Raises
    ------
    InputError
        If a scenario does not fit the plan's system.
    SolverError
        As :func:`mutualaid.optimise`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))
    >>> half = ma.studies.changes.Capacity(factor=0.5, periods=(2,))
    >>> strike = ma.studies.Scenario("strike", [half])
    >>> tested = stress(plan, [ma.studies.Scenario("as expected"), strike])
    >>> bool(tested.table["cost_of_promise"].iloc[0] == 0)
    True
    >>> bool((tested.table["kept"] <= tested.table["promised"]).all())
    True
    """
    require_plan(plan)
    limits = limits_of(time_limit, threads, None)
    refuse_groups(plan.policy, "stress")
    if not check_names(scenarios):
        raise InputError("scenarios is empty: say what may come")
    promised = standing_moves(plan.moves, plan.model.frame.queues.names)
    rows, trusts, plans = [], [], {}
    own = plan.measures().set_index("origin")
    for one in scenarios:
        system, policy = one.apply(plan.system, plan.policy)
        made = build(system, policy, plan.collaboration)
        best = made.solve(solver, time_limit=time_limit, threads=threads)
        # With the rows of a fair share, where the mode asks for one.
        model = best.model
        network = model.network
        wanted = on_arcs(model, promised)
        flow = best.solution.flow
        if wanted.any():
            flow = keep_promises(network, wanted, exits(model), solver, limits)
        # Where the plan itself can still be carried out it keeps every promise, and nothing changes
        # for less than what the search for it left open.
        itself = transfer_plan(plan, model)
        if itself is not None and not broken(network, itself):
            left_open = plan.certificate.cost - plan.certificate.lower_bound
            if network.total(itself) <= network.total(flow) + left_open:
                flow = itself
        solution = bounded_by(network, flow, best.solution, best.solver)
        kept = made.plan_of(model, solution)
        # Within the gap of a search either may be ahead; what keeps promises is a plan as well.
        least = min(best.certificate.cost, kept.certificate.cost)
        plans[one.name] = kept
        whole = kept.measures(by=None).iloc[0]
        rows.append(
            {
                "scenario": one.name,
                "promised": sum(promised.values()),
                "kept": int(np.minimum(wanted, flow).sum()),
                "moves": int(whole["moves_in_after"]),
                "expected": plan.objective,
                "alone": kept.baseline_objective,
                "objective": kept.objective,
                "replanned": in_harm_weeks(least),
                "cost_of_promise": in_harm_weeks(kept.certificate.cost - least),
                **{f"over_{w}": int(whole[f"over_{w}_after"]) for w in (18, 52, 65)},
            }
        )
        now = kept.measures().set_index("origin")
        trusts.append(
            pd.DataFrame(
                {
                    "scenario": one.name,
                    "expected": own["harm_weeks_after"],
                    "harm_weeks": now["harm_weeks_after"],
                    "change": now["harm_weeks_after"] - own["harm_weeks_after"],
                    "mean_wait_expected": own["mean_wait_after"],
                    "mean_wait": now["mean_wait_after"],
                }
            ).reset_index()
        )
        if progress is not None:
            progress(one.name)
    return Stress(
        table=pd.DataFrame(rows), trusts=pd.concat(trusts, ignore_index=True), plans=plans
    )
