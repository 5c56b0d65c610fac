"""Few lanes first: a good choice of them, and what the next one would add."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.harm import SCALE
from mutualaid.model.arcs import Kind
from mutualaid.model.build import Model, build_frame, build_model
from mutualaid.model.few_lanes import Agreements, agreements
from mutualaid.model.network import Ints, no_rows
from mutualaid.plan import Plan
from mutualaid.solve.certificate import broken
from mutualaid.solve.few import Opening, open_few
from mutualaid.solve.flow import solve_flow
from mutualaid.starts import with_choices

LANE = ["origin", "provider", "service"]


def few_lanes_start(model: Model) -> Ints | None:
    """A good flow of a model with few lanes; None if other side rows are in its way."""
    most = model.frame.policy.max_lanes
    if most is None:
        return None
    network, means = model.network, model.means
    found = _agreements(model)
    chosen = open_few(Opening(network, found.arc, found.lane, len(found)), most)
    capacity = network.capacity.copy()
    capacity[found.arc[~np.isin(found.lane, chosen)]] = 0
    flow = solve_flow(replace(network, capacity=capacity, rows=no_rows()))
    choices = means.arcs(Kind.CHOICE)
    flow[choices], flow[choices + 1] = 0, network.capacity[choices + 1]
    result = with_choices(network, choices, flow)
    return None if broken(network, result) else result


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

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    >>> plan = ma.optimise(system, ma.Policy(max_lanes=1))
    >>> following = next_lanes(plan, top=3)
    >>> bool(following["saved"].is_monotonic_decreasing)
    True
    """
    free = build_model(build_frame(plan.system, plan.policy.uncapped()))
    found = _agreements(free)
    names = pd.DataFrame(found.names(plan.system), columns=LANE)
    used = plan.moves[LANE].astype(str).drop_duplicates()
    is_open = names.merge(used.assign(used=True), how="left", on=LANE)["used"].notna().to_numpy()
    opening = Opening(free.network, found.arc, found.lane, len(found))
    saved = np.zeros(len(found), dtype=np.int64)
    for k in sorted(set(opening.component.tolist())):
        chosen = tuple(np.flatnonzero(is_open & (opening.component == k)).tolist())
        for _, minus in opening.most_saved(k, chosen):
            saved[-minus] = opening.cost(k, chosen) - opening.cost(k, (*chosen, -minus))
    table = names[~is_open].assign(saved=saved[~is_open] / SCALE)
    table = table.sort_values(["saved", *LANE], ascending=[False, True, True, True])
    return table.head(len(table) if top is None else top).reset_index(drop=True)


def _agreements(model: Model) -> Agreements:
    frame = model.frame
    return agreements(frame.system, frame.queues, model.lanes, model.means)
