"""Plans for an uncertain future: the first moves are decided now, the rest once it is known.

The moves of the first periods are promised to patients and partners before anybody knows which
scenario comes. Then everything else is planned for it: who is treated at home, and the moves of
later periods. A promise that cannot be kept, or that is dearer to keep, is cancelled at a stated
cost; no further moves are made up in the periods that were decided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, argument, checks_arguments, is_number, shown
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.formats import many, percent
from mutualaid.model.linear_terms import away
from mutualaid.model.network import Ints
from mutualaid.outcomes.move_keys import Key, exits, keys_of, standing_moves
from mutualaid.outcomes.tables import in_harm_weeks
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.solve_options import check_arguments, limits_of, refuse_groups
from mutualaid.planning.warm_start import first_start
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import Policy
from mutualaid.solve.solver import bounded_by
from mutualaid.solve.stochastic.extensive_form import TwoStageProgram
from mutualaid.solve.stochastic.two_stage_program import Decided, decide, hedge, risk
from mutualaid.studies.mean_system import mean_system
from mutualaid.studies.scenarios import Scenario, check_names

MEASURES = ("expected", "worst", "cvar")
FINEST = 10**5
"""Probabilities are kept to so fine a part."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TwoStage:
    """Moves that are decided before the scenario is known. Made by :func:`two_stage`.

    Attributes
    ----------
    moves : pandas.DataFrame
        The decided moves: the columns that tell queues apart, ``provider``, ``period`` and
        ``patients``.
    table : pandas.DataFrame
        A row a scenario: ``scenario``, ``probability``; ``promised``, ``kept`` and ``cancelled``
        (of the decided moves); ``moves`` (with those of later periods); in harm-weeks, with
        travel, moves and cancelled promises: ``alone`` (each trust alone), ``objective`` (this
        plan), ``expected_value_plan`` (the moves that are best for the mean of the scenarios,
        decided instead) and ``wait_and_see`` (the best plan, had the scenario been known);
        ``over_18``, ``over_52``, ``over_65`` at the end.
    worth : pandas.Series
        By the measure that was asked for, in harm-weeks: ``wait_and_see``, ``two_stage``,
        ``expected_value_plan``, ``alone``; ``stochastic_solution`` (what deciding for all
        scenarios is worth over deciding for their mean) and ``perfect_information`` (what
        knowing the scenario beforehand would be worth besides).
    objective, bound, gap : float
        The measure of this plan and of any plan at least, in harm-weeks, and their difference
        as a share.
    plans : mapping of str to Plan
        What is then done, by scenario; their gap is to the best plan of the scenario.
    rounds : int
        How many weights between the scenarios were looked at.
    """

    moves: pd.DataFrame
    table: pd.DataFrame
    worth: pd.Series
    objective: float
    bound: float
    gap: float
    plans: dict[str, Plan]
    rounds: int

    def __repr__(self) -> str:
        value = self.worth
        return (
            f"TwoStage: {int(self.moves['patients'].sum()):,} moves decided now, for "
            f"{many(len(self.table), 'scenario')}\n"
            f"  {self.objective:,.1f} harm-weeks, at most {percent(self.gap, 4)} above the best\n"
            f"  deciding for all scenarios is worth {value['stochastic_solution']:,.1f} over "
            f"deciding for their mean, knowing the scenario {value['perfect_information']:,.1f} "
            "more"
        )


@checks_arguments
def two_stage(
    system: System,
    policy: Policy | None = None,
    scenarios: Sequence[Scenario] = (),
    *,
    commit: int = 3,
    probabilities: Sequence[float] | None = None,
    collaboration: Collaboration | None = None,
    measure: Literal["expected", "worst", "cvar"] = "expected",
    level: float = 0.9,
    cancel_weeks: float = 4.0,
    solver: str = "auto",
    time_limit: float | None = None,
    threads: int | None = None,
    mip_gap: float | None = None,
    progress: Callable[[str], object] | None = None,
) -> TwoStage:
    """Decide the first moves for all scenarios together.

    Parameters
    ----------
    system, policy, collaboration, solver, time_limit, threads
        As for :func:`mutualaid.optimise`. Promises of the mode to trusts hold in every scenario,
        against what each trust would do alone in it.
    scenarios
        What may come, each with a name of its own. They change the system, not the policy.
    commit
        The moves of so many first periods are decided now.
    probabilities
        Of the scenarios; any positive numbers, taken as shares of their sum, to 1/100,000.
        None: all the same.
    measure
        What is made as small as can be: ``"expected"`` harm, the ``"worst"`` case, or
        ``"cvar"``, the mean of the worst scenarios that hold ``1 - level`` of the probability.
    level
        For ``"cvar"``: 0 is the expectation, towards 1 the worst case.
    cancel_weeks
        What a cancelled promise costs, in harm-weeks, beside the wait that goes on.
    mip_gap
        Where the search for weights between scenarios may stop, as a share; 1e-5 if not given.
    progress
        Called with the name of each scenario when its plan is made.

    Returns
    -------
    TwoStage

    Raises
    ------
    InputError
        If an option is out of range, or a scenario does not fit the system.
    SolverError
        As :func:`mutualaid.optimise`.

    Notes
    -----
    A two-stage stochastic program with recourse (Birge and Louveaux 2011, *Introduction to
    Stochastic Programming*, chapters 2 and 4). See
    :mod:`mutualaid.solve.stochastic.two_stage_program`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
    >>> slots = [ma.studies.changes.Capacity(factor=f, periods=(2, 3)) for f in (1.0, 0.9, 0.7)]
    >>> winters = [ma.studies.Scenario(f"winter {k}", [one]) for k, one in enumerate(slots)]
    >>> plan = two_stage(system, None, winters, commit=2, probabilities=[0.5, 0.3, 0.2])
    >>> value = plan.worth
    >>> bool(value["wait_and_see"] <= value["two_stage"] <= value["expected_value_plan"])
    True
    >>> plan.gap < 1e-3
    True
    """
    check_arguments(system, policy, collaboration)
    limits = limits_of(time_limit, threads, mip_gap)
    names = check_names(scenarios)
    _check(system, names, commit, measure, level, cancel_weeks)
    weight = _weights(probabilities, len(names))
    refuse_groups(policy, "two_stage")
    if policy is not None and policy.equity is not None:
        raise InputError(
            "a limit between groups cannot be kept whatever is decided and whatever comes: pass "
            "policy.replace(equity=None)"
        )
    if collaboration is not None and collaboration.share is not None:
        raise InputError("a fair share of the gain is worked out plan by plan: leave share out")
    rules = policy or Policy()
    states = [one.apply(system, rules) for one in scenarios]
    if any(other is not rules for _, other in states):
        raise InputError("scenarios change the policy: decide for one policy at a time")
    models = [build(changed, rules, collaboration) for changed, _ in states]
    known = [model.solve(solver, time_limit=time_limit, threads=threads) for model in models]
    program, keys = _program(models, commit, weight, round(cancel_weeks * SCALE))
    starts = [_start(model) for model in models]
    whole = {"expected": Fraction(0), "worst": Fraction(1)}
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    alpha = whole.get(measure, Fraction(repr(float(level))))

    mean = build(mean_system([changed for changed, _ in states], weight), rules, collaboration)
    usual = mean.solve(solver, time_limit=time_limit, threads=threads)
    labels = mean.model.frame.queues.names
    for_mean = standing_moves(usual.moves, labels)
    by_mean = np.array([for_mean.get(key, 0) for key in keys], dtype=np.int64)
    expected = decide(program, by_mean, alpha, solver, limits, starts)
    found = hedge(program, alpha, solver, limits, starts, [expected])
    best = found.decided

    plans = {}
    for name, model, plan, solution in zip(names, models, known, best.solutions, strict=True):
        plans[name] = _plan(model, plan, solution.flow)
        if progress is not None:
            progress(name)
    # Within the gap of a search either may be ahead; what was decided is a plan as well.
    seen = [
        min(plan.certificate.cost, *(int(way.costs[i]) for way in (best, expected)))
        for i, plan in enumerate(known)
    ]
    alone = [int(plan.baseline_entries["harm"].sum()) for plan in plans.values()]
    measured = {
        name: risk(costs, weight, alpha)
        for name, costs in (
            ("wait_and_see", seen),
            ("two_stage", best.costs),
            ("expected_value_plan", expected.costs),
            ("alone", alone),
        )
    }
    values = {name: float(value) / SCALE for name, value in measured.items()}
    values["stochastic_solution"] = float(expected.objective - best.objective) / SCALE
    values["perfect_information"] = float(best.objective - measured["wait_and_see"]) / SCALE
    return TwoStage(
        moves=_decided(keys, best.decision, labels),
        table=_table(names, weight, program, best, expected, seen, plans),
        worth=pd.Series(values, name="harm_weeks"),
        objective=float(best.objective) / SCALE,
        bound=float(found.bound) / SCALE,
        gap=float((best.objective - found.bound) / max(best.objective, Fraction(1))),
        plans=plans,
        rounds=found.rounds,
    )


def _check(
    system: System,
    names: Sequence[str],
    commit: object,
    measure: object,
    level: object,
    cancel_weeks: object,
) -> None:
    with Arguments("two_stage") as check:
        if not names:
            check.wrong("scenarios", "is empty", "say what may come")
        check.whole("commit", commit, 1, system.periods, "whole periods")
        check.choice("measure", measure, MEASURES)
        check.share("level", level, below=True)
        check.number("cancel_weeks", cancel_weeks, 0, 1000, "harm-weeks")


def _weights(probabilities: Sequence[float] | None, count: int) -> Ints:
    """Probabilities as whole numbers."""
    if probabilities is None:
        return np.ones(count, dtype=np.int64)
    given = argument.listed("probabilities", probabilities, "write a list of positive numbers")
    if len(given) != count:
        raise InputError(
            f"probabilities has {len(given)} numbers for {count} scenarios: write one for each"
        )
    if not all(is_number(p) and 0 < p < math.inf for p in given):
        raise InputError(f"probabilities is {shown(given)}: write positive numbers")
    share = np.array(given, dtype=np.float64) / sum(given)
    weight = np.rint(share * FINEST).astype(np.int64)
    if (weight < 1).any():
        raise InputError("a scenario has less than 1/100,000 of the probability: leave it out")
    result: Ints = weight // np.gcd.reduce(weight)
    return result


def _program(
    models: Sequence[PlanModel], commit: int, weight: Ints, penalty: int
) -> tuple[TwoStageProgram, list[Key]]:
    """The two-stage program, and what each decision is called."""
    found: dict[Key, int] = {}
    scenario, arc, decision = [], [], []
    for s, made in enumerate(models):
        arcs = away(made.model)
        arcs = arcs[made.model.means.period[arcs] <= commit]
        scenario.append(np.full(len(arcs), s, dtype=np.int64))
        arc.append(arcs.astype(np.int64))
        decision += [found.setdefault(key, len(found)) for key in keys_of(made.model, arcs)]
    program = TwoStageProgram(
        networks=tuple(made.network for made in models),
        exits=tuple(exits(made.model) for made in models),
        weight=weight,
        scenario=np.concatenate(scenario),
        arc=np.concatenate(arc),
        decision=np.array(decision, dtype=np.int64),
        penalty=penalty,
    )
    return program, list(found)


def _start(made: PlanModel) -> Ints | None:
    """Nobody moves: known to keep every promise to trusts, whatever is decided."""
    return first_start(made.model, made.alone(), None)


def _plan(made: PlanModel, best: Plan, flow: Ints) -> Plan:
    """What is done in a scenario, held against the best plan of it."""
    solution = bounded_by(made.network, flow, best.solution, best.solver)
    return made.plan_of(made.model, solution)


def _decided(keys: Sequence[Key], decision: Ints, labels: Sequence[str]) -> pd.DataFrame:
    used = np.flatnonzero(decision)
    columns = [*labels, "provider", "period"]
    table = pd.DataFrame([keys[d] for d in used.tolist()], columns=columns)
    table["period"] = table["period"].astype(np.int64)
    table["patients"] = decision[used]
    order = ["period", "service", "origin", "provider"]
    order += [name for name in columns if name not in order]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def _table(
    names: Sequence[str],
    weight: Ints,
    program: TwoStageProgram,
    best: Decided,
    expected: Decided,
    seen: Sequence[int],
    plans: dict[str, Plan],
) -> pd.DataFrame:
    rows = []
    promised = int(best.decision.sum())
    for s, name in enumerate(names):
        plan = plans[name]
        whole = plan.measures(by=None).iloc[0]
        kept = int(best.solutions[s].flow[program.links(s)[0]].sum())
        rows.append(
            {
                "scenario": name,
                "probability": int(weight[s]) / int(weight.sum()),
                "promised": promised,
                "kept": kept,
                "cancelled": promised - kept,
                "moves": int(whole["moves_in_after"]),
                "alone": plan.baseline_objective,
                "objective": in_harm_weeks(best.costs[s]),
                "expected_value_plan": in_harm_weeks(expected.costs[s]),
                "wait_and_see": in_harm_weeks(seen[s]),
                **{f"over_{w}": int(whole[f"over_{w}_after"]) for w in (18, 52, 65)},
            }
        )
    return pd.DataFrame(rows)
