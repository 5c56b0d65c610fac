"""The clauses of an agreement: what each trust is promised, what came, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.data.schema import ALONE_PERIOD
from mutualaid.data.system import System
from mutualaid.outcomes.tables import in_harm_weeks
from mutualaid.plan.one_more_slot import SolvedProblem, cost_of_relaxation
from mutualaid.policy.harm import SCALE
from mutualaid.policy.promise import OVER, TREATED, WITHIN, WITHIN_WEEKS, Promise

COLUMNS = ("promise", "figure", "lens", "period", "origin", "service")
VALUES = ("alone", "limit", "came", "kept", "binds")


def clause_table(
    system: System,
    promises: Sequence[Promise],
    table: pd.DataFrame,
    before: pd.DataFrame,
    weeks_saved: int = 0,
) -> pd.DataFrame:
    """A row a promise and trust: see :meth:`mutualaid.Plan.clauses`.

    Parameters
    ----------
    system, promises
        What the plan was made for.
    table, before
        Tables of :func:`mutualaid.outcomes.tables.entries`: the plan, and each trust alone.
    weeks_saved
        What everybody who moves is promised, if anything: to be treated so much sooner.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> asked = [ma.Promise("list_size")]
    >>> clause_table(plan.system, asked, plan.entries, plan.baseline_entries)["origin"].to_list()
    ['XA1', 'XB2']
    """
    parts = [_clauses(system, promise, table, before) for promise in promises]
    if weeks_saved:
        parts.append(_sooner(system, table, weeks_saved))
    if not parts:
        return pd.DataFrame(columns=[*COLUMNS, *VALUES])
    return pd.concat(parts, ignore_index=True)


def _clauses(
    system: System, promise: Promise, table: pd.DataFrame, before: pd.DataFrame
) -> pd.DataFrame:
    sides = [_counts(system, promise, side) for side in (before, table)]
    both = sides[0].join(sides[1].add_suffix("_came"), how="outer")
    both = both.fillna(0).astype(np.int64)
    if promise.by == "trust":
        both = both.reindex(pd.Index(system.providers, name="origin"), fill_value=0)
    slack = promise.exact_tolerance
    rows = []
    for alone, listed_alone, came, listed in both.itertuples(index=False):
        if promise.figure == WITHIN:
            # Who is over is what is counted; nobody may be where alone nobody waits.
            most = slack + (Fraction(alone, listed_alone) if listed_alone else 0)
            most = min(most, Fraction(1))
            left = most * listed - came
            values = _within(alone, listed_alone), float(1 - most), _within(came, listed)
            rows.append((*values, left >= 0, 0 <= left < 1))
            continue
        unit = SCALE if promise.figure == "harm" else 1
        if promise.grows_worse:
            limit = math.floor(alone * (1 + slack))
            spare = limit - came
        else:
            limit = math.ceil(alone * (1 - slack))
            spare = came - limit
        rows.append((alone / unit, limit / unit, came / unit, spare >= 0, spare == 0))
    result = both.index.to_frame(index=False)
    if promise.by == "trust":
        result["service"] = ""
    result[list(VALUES)] = pd.DataFrame(rows, columns=list(VALUES), index=result.index)
    result["promise"] = repr(promise).removeprefix("Promise: ")
    result["figure"], result["lens"] = promise.figure, promise.lens
    result["period"] = promise.end(system.periods)
    return result[[*COLUMNS, *VALUES]]


def _sooner(system: System, table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """What everybody who moves is promised: a row for all trusts together."""
    moves = table[table["moved"].to_numpy()]
    saved = math.nan
    if len(moves):
        saved = float((moves[ALONE_PERIOD] - moves["period"]).min()) * system.period_weeks
    return pd.DataFrame(
        {
            "promise": [_named(weeks)],
            "figure": ["weeks_saved"],
            "lens": ["patient"],
            "period": [system.periods],
            "origin": [""],
            "service": [""],
            "alone": [0.0],
            "limit": [float(weeks)],
            "came": [saved],
            "kept": [not saved < weeks],
            # Nobody could gain a period less.
            "binds": [saved - system.period_weeks < weeks],
        }
    )


def _named(weeks: int) -> str:
    return f"min_weeks_saved={weeks}"


def _within(over: int, listed: int) -> float:
    return 1 - over / listed if listed else math.nan


def _counts(system: System, promise: Promise, table: pd.DataFrame) -> pd.DataFrame:
    """What is counted, and who is on the list, by trust and perhaps service."""
    end, figure = promise.end(system.periods), promise.figure
    rows = table.assign(origin=table["origin"].astype(object))
    count, listed = rows["patients"], np.zeros(len(rows), dtype=np.int64)
    if figure == "harm":
        count = rows["harm"]
    elif figure in TREATED:
        rows = rows[rows["period"] <= end]
        treats = rows["provider"].astype(object)
        if figure == "treated_own":
            rows = rows[treats == rows["origin"]]
        elif promise.of_receiver:
            rows = rows.assign(origin=treats)
        count, listed = rows["patients"], np.zeros(len(rows), dtype=np.int64)
    else:
        rows = rows[(rows["referred"] <= end) & (rows["period"] > end)]
        weeks = WITHIN_WEEKS if figure == WITHIN else OVER.get(figure)
        listed = rows["patients"].to_numpy()
        count = rows["patients"]
        if weeks is not None:
            waited = rows["weeks_waiting"] + end * system.period_weeks
            count = count.where(waited >= weeks, 0)
    keys = ["origin", "service"] if promise.by == "service" else ["origin"]
    counted = rows[keys].astype(object).assign(count=count, listed=listed)
    return counted.groupby(keys)[["count", "listed"]].sum()


def promise_costs(problem: SolvedProblem) -> Mapping[str, float]:
    """What each promise costs everybody, in harm-weeks, by what it is called in the clauses.

    Harm that the mode holds itself has no price: it stays whatever is promised.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> plan = ma.optimise(system, None, ma.Deep(promises=[ma.Promise("over_52")]))
    >>> min(promise_costs(plan.solved_problem).values()) >= 0
    True
    """
    promises = problem.mode.promised
    costs = {}
    weeks = problem.model.frame.policy.min_weeks_saved
    if problem.mode.moves and weeks:
        costs[_named(weeks)] = price_of_weeks_saved(problem)
    priced = [promise for promise in promises if not problem.mode.itself_holds(promise)]
    if not priced:
        return costs
    least = cost_of_relaxation(problem)
    for promise in priced:
        kept: dict[str, Any] = {"promises": tuple(p for p in promises if p != promise)}
        others = replace(problem.mode, **kept)
        without = cost_of_relaxation(replace(problem, mode=others))
        told = repr(promise).removeprefix("Promise: ")
        costs[told] = max(in_harm_weeks(round(least - without)), 0.0)
    return costs


def price_of_weeks_saved(problem: SolvedProblem) -> float:
    """What everybody loses by letting only those move who gain enough weeks, in harm-weeks.

    The least cost of the relaxation less that without the rule; exact where no side row ties the
    plan. 0 where nothing is asked.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> asked = ma.Policy(min_weeks_saved=8)
    >>> plans = [ma.optimise(system, policy) for policy in (asked, ma.Policy())]
    >>> price = price_of_weeks_saved(plans[0].solved_problem)
    >>> bool(abs(price - (plans[0].objective - plans[1].objective)) < 1e-6)
    True
    """
    whole = problem.model.frame.whole
    if whole is None:
        return 0.0
    free = replace(whole.frame, policy=whole.frame.policy.replace(min_weeks_saved=0))
    without = replace(
        problem,
        model=replace(problem.model, frame=free),
        baseline_model=replace(whole.model, frame=free),
        baseline_outcome=whole.outcome,
    )
    difference = cost_of_relaxation(problem) - cost_of_relaxation(without)
    return max(in_harm_weeks(round(difference)), 0.0)
