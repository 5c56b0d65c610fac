"""A plan that counts on no more acceptances than can be expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.limits.asked_twice import AskLimits, ask_limits
from mutualaid.model.limits.side_rows import with_rows
from mutualaid.model.model import Model
from mutualaid.planning.search import Search, find
from mutualaid.solve.rows_on_demand import solve_on_demand
from mutualaid.solve.solver import Solution, bounded_by

APART = 2_000
"""On networks with more arcs a plan next to the best will do, its gap told."""


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
    near = network.arcs > APART and limits.mip_gap is None and found.stages is None
    if near and not len(network.rows) and search.solver in ("auto", "flow"):
        rows, solution = solve_on_demand(network, solution, asked, limits, found.reference)
        return replace(found, model=with_rows(found.model, rows)), solution
    if near and found.fairness is None and search.solver == "auto":
        return _held(search, found, solution, asked)
    while len(more := asked.broken(solution.flow)):
        search = replace(search, model=with_rows(search.model, more))
        found, solution = find(search)
    return found, solution


def _held(
    search: Search, found: Search, solution: Solution, asked: AskLimits
) -> tuple[Search, Solution]:
    """Hold each way to what the plan that counts on more can be expected to send along it.

    What bounds that plan bounds this one: it may do more.
    """
    over = asked.broken(solution.flow)
    if not len(over):
        return found, solution
    network = found.model.network
    capacity = network.capacity.copy()
    capacity[asked.arc] = asked.fitting(solution.flow)
    held = replace(found.model, network=replace(network, capacity=capacity))
    again, better = find(replace(search, model=held))
    model: Model = with_rows(replace(again.model, network=network), over)
    prices = np.append(solution.row_price, np.zeros(len(over), dtype=np.int64))
    best = replace(solution, row_price=prices)
    return replace(again, model=model), bounded_by(model.network, better.flow, best, better.solver)
