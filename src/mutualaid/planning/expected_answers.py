"""A plan that counts on no more acceptances than can be expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.model.limits.asked_twice import AskLimits, ask_limits
from mutualaid.model.limits.side_rows import with_rows
from mutualaid.model.model import Model
from mutualaid.planning.search import Search, find
from mutualaid.solve.rows_on_demand import NOISE, relax_on_demand, solve_on_demand
from mutualaid.solve.solver import Solution, certified_by

APART = 2_000
"""On networks with more arcs a plan next to the best will do, its gap told."""
WHOLE_PROGRAM = 300_000
"""Networks with other side rows and so many arcs at most are relaxed as one linear program."""


def find_expected(search: Search) -> tuple[Search, Solution]:
    """Find a plan as :func:`mutualaid.planning.search.find` does, and ask nobody more than twice.

    Raises
    ------
    SolverError
        If none was found.
    """
    found, solution = find(search)
    asked = ask_limits(found.model)
    if asked is None:
        return found, solution
    network, limits = found.model.network, search.limits
    plain, most = found.stages is None, limits.mip_gap
    if network.arcs > APART and most != 0:
        near = None
        if plain and not len(network.rows) and search.solver in ("auto", "flow"):
            rows, better = solve_on_demand(network, solution, asked, limits, found.reference)
            near = replace(found, model=with_rows(found.model, rows)), better
        elif found.fairness is None and (plain or search.previous is not None):
            near = _held(search, found, solution, asked)
        if near is not None and (most is None or near[1].certificate.gap <= most):
            return near
    while len(more := asked.broken(solution.flow)):
        search = replace(search, model=with_rows(search.model, more))
        found, solution = find(search)
    return found, solution


def _held(
    search: Search, found: Search, solution: Solution, asked: AskLimits
) -> tuple[Search, Solution]:
    """Hold each way to what can be expected to go along it, near the best in parts of patients.

    On large networks it is near the plan that counts on more, and bounded by what bounds that.
    """
    over = asked.broken(solution.flow)
    if not len(over):
        return found, solution
    network, near = found.model.network, solution.flow
    prices = (
        solution.potential / solution.price_scale,
        np.append(solution.row_price / solution.price_scale, np.zeros(len(over))),
    )
    if network.arcs <= WHOLE_PROGRAM and found.stages is None:
        over, best = relax_on_demand(network, asked, search.limits)
        near = np.ceil(best.flow - NOISE).astype(np.int64)
        prices = best.potential, best.row_price
    capacity = network.capacity.copy()
    capacity[asked.arc] = asked.fitting(near)
    held = replace(found.model, network=replace(network, capacity=capacity))
    again, better = find(replace(search, model=held))
    model: Model = with_rows(replace(again.model, network=network), over)
    held_plan = replace(again, model=model, stages=_bounded(again.stages, found.stages))
    return held_plan, certified_by(model.network, better.flow, *prices, better.solver)


def _bounded(stages: pd.DataFrame | None, before: pd.DataFrame | None) -> pd.DataFrame | None:
    """What a plan came to, held against the bounds of the plan that counts on more."""
    if stages is None or before is None:
        return stages
    value, bound = stages["value"], before["bound"]
    gap = (value - bound).clip(0) / value.abs().where(value != 0, 1.0)
    return stages.assign(bound=bound, gap=gap)
