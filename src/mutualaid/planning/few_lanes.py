"""Few lanes first: a good choice of them, and what the next one would add."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.errors import SolverError
from mutualaid.model.arcs import Kind
from mutualaid.model.build import build_frame, build_model
from mutualaid.model.limits.lane_budget import MAX_LANES, ROUTE, Routes, moves_by_route
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, Ints, Network, no_rows
from mutualaid.plan.published import require_plan
from mutualaid.plan_methods import Plan
from mutualaid.planning.solve_options import refuse_groups
from mutualaid.planning.warm_start import with_choices
from mutualaid.policy.harm import SCALE
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.certificate import broken
from mutualaid.solve.interface import Limits
from mutualaid.solve.lane_selection import Opening, open_few
from mutualaid.solve.solver import relax, solve
from mutualaid.solve.status import found_nothing


def few_lanes_start(model: Model, solver: str, limits: Limits, alone: Ints | None) -> Ints | None:
    """A good flow of a model with few lanes; None if lanes are not limited, or none was found.

    Where nothing else is limited, lanes are opened one after another, each the one that saves
    most. Where promises, caps or pools are in the way, all are opened, and those that are used
    least are closed again, half of what is too many at a time.

    Parameters
    ----------
    model
        The model.
    solver, limits
        As for :func:`mutualaid.solve.solver.solve`.
    alone
        The flow in which nobody moves, if it is known.
    """
    most = model.frame.policy.max_lanes
    if most is None:
        return None
    network, means = model.network, model.means
    found = _routes(model)
    chosen = open_few(Opening(network, found.arc, found.route, len(found)), most)
    capacity = network.capacity.copy()
    capacity[found.arc[~np.isin(found.route, chosen)]] = 0
    flow = solve_flow(replace(network, capacity=capacity, rows=no_rows()))
    choices = means.arcs(Kind.CHOICE)
    flow[choices], flow[choices + 1] = 0, network.capacity[choices + 1]
    result = with_choices(network, choices, flow)
    if not broken(network, result):
        return result
    try:
        return _closed_again(model, found, most, solver, limits, alone)
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None


def _closed_again(
    model: Model, found: Routes, most: int, solver: str, limits: Limits, alone: Ints | None
) -> Ints:
    """Open all lanes, then close those that carry least, until few enough are left."""
    network = model.network
    is_lane = [choice.key[0] == ROUTE.number for choice in model.choices]
    lanes = model.means.arcs(Kind.CHOICE)[is_lane]
    few = network.rows.kind == MAX_LANES.number
    unlimited = replace(network.rows, upper=np.where(few, NO_LIMIT, network.rows.upper))
    chosen = np.arange(len(found))
    while len(chosen) > most:
        shut = _with_lanes(network, found, lanes, chosen, fixed=False)
        used = relax(replace(shut, rows=unlimited), limits).flow
        carried = np.zeros(len(found))
        np.add.at(carried, found.route, used[found.arc])
        order = chosen[np.argsort(-carried[chosen], kind="stable")]
        chosen = np.sort(order[: max(most, int((carried > 0).sum() + most) // 2)])
    fixed = _with_lanes(network, found, lanes, chosen, fixed=True)
    start = None
    if alone is not None:
        start = alone.copy()
        start[lanes[chosen]], start[lanes[chosen] + 1] = 1, 0
    return solve(fixed, solver, limits, start).flow


def _with_lanes(
    network: Network, found: Routes, lanes: Ints, chosen: Ints, *, fixed: bool
) -> Network:
    """A network with the chosen lanes open, by choice or for certain, and the others shut."""
    capacity, lower = network.capacity.copy(), network.lower.copy()
    capacity[found.arc[~np.isin(found.route, chosen)]] = 0
    shut = np.setdiff1d(np.arange(len(found)), chosen)
    capacity[lanes[shut]] = 0
    if fixed:
        lower[lanes[chosen]] = 1
        capacity[lanes[chosen] + 1] = 0
    return replace(network, capacity=capacity, lower=lower)


@checks_arguments
def next_lanes(plan: Plan, top: int | None = None) -> pd.DataFrame:
    """Say what each lane that is not used would add, opened besides those that are.

    Everybody may then be treated elsewhere or at another time, on the lanes that are open. Promises
    of the plan's mode to trusts, caps and pools are left out of account: with them it may be less.

    Parameters
    ----------
    plan
        The plan, of a policy with ``max_lanes`` or without.
    top
        How many lanes to list; None for all.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``provider``, ``service`` and ``saved`` (harm-weeks with travel and moves),
        the lane that adds most first.

    Raises
    ------
    InputError
        If no plan was passed, or ``top`` is out of range.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    >>> plan = ma.optimise(system, ma.Policy(max_lanes=1))
    >>> following = next_lanes(plan, top=3)
    >>> bool(following["saved"].is_monotonic_decreasing)
    True
    """
    require_plan(plan)
    argument.whole("top", top, 1, optional=True)
    refuse_groups(plan.policy, "next_lanes")
    free = build_model(build_frame(plan.system, plan.policy.uncapped()))
    found, route = _routes(free), list(ROUTE.fields)
    names = pd.DataFrame(found.names(plan.system), columns=route)
    used = plan.moves[route].astype(str).drop_duplicates()
    is_open = names.merge(used.assign(used=True), how="left", on=route)["used"].notna().to_numpy()
    opening = Opening(free.network, found.arc, found.route, len(found))
    saved = np.zeros(len(found), dtype=np.int64)
    for k in sorted(set(opening.component.tolist())):
        chosen = tuple(np.flatnonzero(is_open & (opening.component == k)).tolist())
        for _, minus in opening.most_saved(k, chosen):
            saved[-minus] = opening.cost(k, chosen) - opening.cost(k, (*chosen, -minus))
    table = names[~is_open].assign(saved=saved[~is_open] / SCALE)
    table = table.sort_values(["saved", *route], ascending=[False, True, True, True])
    return table.head(len(table) if top is None else top).reset_index(drop=True)


def _routes(model: Model) -> Routes:
    frame = model.frame
    return moves_by_route(frame.system, frame.queues, model.lanes, model.means)
