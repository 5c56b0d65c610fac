"""Replays of a plan: policies side by side over many seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments, shown
from mutualaid.parallel import answers
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import optimise
from mutualaid.policy.harm import SCALE
from mutualaid.simulation.confidence import half_width
from mutualaid.simulation.noise import Noise
from mutualaid.simulation.observation import Context, ReplayPolicy, context_of
from mutualaid.simulation.plan_policies import PlanOnce, Replanned
from mutualaid.simulation.replay_checks import check_replay
from mutualaid.simulation.restrict_policy import fitting
from mutualaid.simulation.sample_path import draw_sample_path
from mutualaid.simulation.simple_policies import LongestFirst, NearestFirst, Nothing, StableMatching
from mutualaid.simulation.simulate import MARKS, Run, simulate

POLICIES: tuple[ReplayPolicy, ...] = (
    Nothing(),
    NearestFirst(),
    LongestFirst(),
    StableMatching(),
    PlanOnce(),
    Replanned(),
)
"""The policies that are compared unless others are given."""
ALTERNATIVES: tuple[ReplayPolicy, ...] = (
    Nothing(),
    NearestFirst(),
    LongestFirst(),
    PlanOnce(),
    Replanned(),
)
"""Those that a page shows beside a plan: see :func:`mutualaid.report.write_page`."""

MEASURES = (
    "objective",
    "harm_weeks",
    "harm_weeks_by_week",
    "list_size",
    *(f"over_{mark}" for mark in MARKS),
    "moves",
    "asked",
    "travel_minutes",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Replay:
    """Policies side by side. Made by :func:`replay`.

    Attributes
    ----------
    plan : Plan
        The plan that was replayed.
    noise : Noise
        What was random.
    against : str
        The policy that the others are compared with.
    table : pandas.DataFrame
        A row a policy, means over the seeds. Two more rows are no policy's: ``"plan"``, what the
        plan says on paper, and ``"hindsight"``, the best plan for what came to pass if everybody
        accepts, which no policy can beat. ``policy``; ``objective`` (harm, extra travel and
        moves, in harm-weeks) and ``harm_weeks`` (on the plan's conventions: whoever is treated in
        a period bears harm until it starts), each with ``…_more``: by how much it is above that
        of ``against``, seed by seed; ``harm_weeks_by_week`` (until the week of treatment; missing
        for what is no policy's); ``list_size``, ``over_18``, ``over_52``, ``over_65`` at the end;
        ``moves`` (patients who moved), ``asked`` (offers made to patients, two at the most to each)
        and ``travel_minutes`` (extra, one way). Each with ``…_ci``: half of its 95 % confidence
        interval, by Student's t. ``best``: the share of the seeds in which no other policy has a
        lower objective.
    periods : pandas.DataFrame
        A row a policy and period: ``policy``, ``period``, ``list_size`` when the period ends,
        ``list_size_ci``, and ``plan``, what the plan says.
    runs : pandas.DataFrame
        A row a seed and policy: ``seed``, ``policy`` and the measures of ``table``.
    """

    plan: Plan
    noise: Noise
    against: str
    table: pd.DataFrame
    periods: pd.DataFrame
    runs: pd.DataFrame


@checks_arguments
def replay(
    plan: Plan,
    policies: Sequence[ReplayPolicy] | None = None,
    noise: Noise | None = None,
    seeds: Iterable[int] = range(200),
    *,
    against: str | None = None,
    hindsight: bool = True,
    executor: Executor | None = None,
    progress: Callable[[int], object] | None = None,
) -> Replay:
    """Simulate a plan and simpler policies where referrals, slots and answers are random.

    Parameters
    ----------
    plan
        The plan. Its system has no pools, its policy no caps on moves or lanes and no limit between
        groups, its mode no rooms that are lent. Its other rules hold for every policy: who may go
        where by the policy and by columns of their own, notice, the time that a move takes, and
        weeks saved, which are told by what each trust does alone in the plan's own account.
    policies
        The policies to compare: see :mod:`mutualaid.simulation`. None: doing nothing, nearest
        first, longest first, stable matching, this plan to its end, and a new plan every period.
        Anything with a ``name`` and a method ``decide`` will do.
    noise
        What is random; ``Noise()`` if not given, ``Noise.none()`` for nothing.
    seeds
        Seeds of the sample paths, whole numbers from 0; every policy runs along each path.
    against
        The name of the policy that the others are compared with; the last one if not given.
    hindsight
        Whether to find the best plan of each path as well, for which all is known in advance.
        Weeks saved do not bind it, as what each trust does alone is another on each path.
    executor
        Where seeds run side by side: any :class:`concurrent.futures.Executor`. None: one after
        another, here. The results are the same.
    progress
        Called with each seed when it is done, in order.

    Returns
    -------
    Replay

    Raises
    ------
    InputError
        If anything given cannot be used.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3))
    >>> table = replay(plan, noise=Noise.none(), seeds=[0]).table.set_index("policy")
    >>> bool(table.loc["LP once", "objective"] == plan.objective)
    True
    >>> bool(table.loc["nothing", "objective"] == plan.baseline_objective)
    True
    """
    for name, value in (("policies", policies), ("seeds", seeds)):
        if isinstance(value, str) or not isinstance(value, Iterable | None):
            argument.wrong(name, f"is {shown(value)}", "write a list")
    chosen = POLICIES if policies is None else tuple(policies)
    listed = list(seeds)
    odds = Noise() if noise is None else noise
    check_replay(plan, chosen, odds, listed)
    odds = odds.settled(plan.policy)
    acceptance = 1.0 if odds.acceptance is None else odds.acceptance
    names = [policy.name for policy in chosen]
    reference = names[-1] if against is None else against
    argument.choice("against", reference, names)
    context = context_of(plan, acceptance)
    tasks: list[Task] = [(context, chosen, odds, hindsight, int(seed)) for seed in listed]
    found: list[Found] = []
    for seed, one in zip(listed, answers(_one, tasks, executor), strict=True):
        found.append(one)
        if progress is not None:
            progress(seed)
    rows = [*names, "hindsight"] if hindsight else names
    values, sizes = (np.stack(part) for part in zip(*found, strict=True))
    measures, path = _of_plan(plan)
    return Replay(
        plan=plan,
        noise=odds,
        against=reference,
        table=_table(rows, values, len(names), names.index(reference), measures),
        periods=_periods(rows, sizes, path),
        runs=_runs(rows, values, listed),
    )


Task = tuple[Context, Sequence[ReplayPolicy], Noise, bool, int]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Found = tuple[Floats, Floats]


def _one(task: Task) -> Found:
    """One seed: measures, shape (rows, measures), and list sizes, shape (rows, periods)."""
    context, policies, noise, hindsight, seed = task
    sample = draw_sample_path(context.frame, noise, seed)
    runs = [simulate(context, sample, policy) for policy in policies]
    values = [_measures(run) for run in runs]
    sizes = [run.list_size.astype(np.float64) for run in runs]
    if hindsight:
        rules = fitting(context.frame.policy, sample.system)
        best = optimise(sample.system, rules.replace(min_weeks_saved=0, acceptance=None))
        measures, path = _of_plan(best)
        values.append(measures)
        sizes.append(path)
    return np.array(values), np.array(sizes)


def _measures(run: Run) -> Floats:
    return np.array(
        [
            (run.harm + run.cost) / SCALE,
            run.harm / SCALE,
            (run.harm + run.late_harm) / SCALE,
            run.list_size[-1],
            *run.over[:, -1],
            run.moves,
            run.asked,
            run.minutes,
        ],
        dtype=np.float64,
    )


def _of_plan(plan: Plan) -> tuple[Floats, Floats]:
    """What a plan says: its measures, and its list size when each period ends."""
    system = plan.system
    whole = plan.measures(by=None).iloc[0]
    moves = int(whole["moves_in_after"])
    measures = [
        plan.objective,
        plan.harm_weeks,
        np.nan,
        *(whole[f"{name}_after"] for name in ("list_size", *(f"over_{m}" for m in MARKS))),
        moves,
        plan.asks["asked"].sum(),
        whole["travel_minutes_after"],
    ]
    entries = plan.entries
    first = np.maximum(entries["referred"].to_numpy(), 1)
    period, patients = entries["period"].to_numpy(), entries["patients"].to_numpy()
    path = [patients[(first <= now) & (period > now)].sum() for now in range(1, system.periods + 1)]
    return np.array(measures, dtype=np.float64), np.array(path, dtype=np.float64)


def _table(
    rows: Sequence[str], values: Floats, policies: int, reference: int, plan: Floats
) -> pd.DataFrame:
    objective = values[:, :, MEASURES.index("objective")]
    best = objective[:, :policies] == objective[:, :policies].min(axis=1, keepdims=True)
    share = np.full(len(rows), np.nan)
    share[:policies] = best.mean(axis=0)
    columns: dict[str, Floats] = {}
    for place, name in enumerate(MEASURES):
        columns[name] = np.append(plan[place], values[:, :, place].mean(axis=0))
        columns[f"{name}_ci"] = np.append(np.nan, half_width(values[:, :, place]))
        if name in ("objective", "harm_weeks"):
            difference = values[:, :, place] - values[:, [reference], place]
            columns[f"{name}_more"] = np.append(np.nan, difference.mean(axis=0))
            columns[f"{name}_more_ci"] = np.append(np.nan, half_width(difference))
    columns["best"] = np.append(np.nan, share)
    return pd.DataFrame({"policy": ["plan", *rows], **columns})


def _periods(rows: Sequence[str], sizes: Floats, plan: Floats) -> pd.DataFrame:
    periods = sizes.shape[2]
    return pd.DataFrame(
        {
            "policy": np.repeat(np.array(rows, dtype=object), periods),
            "period": np.tile(np.arange(1, periods + 1), len(rows)),
            "list_size": sizes.mean(axis=0).ravel(),
            "list_size_ci": half_width(sizes).ravel(),
            "plan": np.tile(plan, len(rows)),
        }
    )


def _runs(rows: Sequence[str], values: Floats, seeds: Sequence[int]) -> pd.DataFrame:
    table = pd.DataFrame(values.reshape(-1, len(MEASURES)), columns=list(MEASURES))
    table.insert(0, "policy", list(rows) * len(seeds))
    table.insert(0, "seed", np.repeat(np.array(seeds), len(rows)))
    return table
