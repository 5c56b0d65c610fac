"""What one more slot is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.model.arcs import Kind
from mutualaid.model.build import too_early
from mutualaid.model.limits.row_labels import key_table, row_sentences
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT
from mutualaid.plan.one_more_slot import SolvedProblem, is_plain, saved_by_slots
from mutualaid.plan.slots_for_bookings import saved_by_standing
from mutualaid.policy.harm import SCALE
from mutualaid.solve.interface import Floats
from mutualaid.solve.solver import Solution

DIGITS = 6
"""Prices that a linear program gives have so many digits after the point; the rest is noise."""


KEYS = ["provider", "service", "period"]


def slot_table(model: Model, solution: Solution) -> pd.DataFrame:
    """List every slot and how many are used: see :attr:`mutualaid.Plan.slots`."""
    system, slots, means = model.frame.system, model.frame.slots, model.means
    own = np.flatnonzero(slots.room < 0)
    periods = model.frame.curves.periods
    used = np.zeros(slots.count.shape, dtype=np.int64)
    arcs = means.arcs(Kind.SLOTS)
    used[means.pair[arcs], means.period[arcs] - 1] = solution.flow[arcs]
    pair = np.repeat(own, periods)
    table = pd.DataFrame(
        {
            "provider": pd.Categorical.from_codes(
                slots.provider[pair], categories=pd.Index(system.providers)
            ),
            "service": pd.Categorical.from_codes(
                slots.service[pair], categories=pd.Index(system.services)
            ),
            "period": np.tile(np.arange(1, periods + 1, dtype=np.int64), len(own)),
            "slots": slots.count[own].ravel(),
            "used": used[own].ravel(),
        }
    )
    # By place, which is the order of prices as they are worked out.
    return table.sort_values(KEYS)


def price_table(problem: SolvedProblem, solution: Solution) -> pd.DataFrame:
    """Price every slot: see :attr:`mutualaid.Plan.prices`."""
    model = problem.model
    own = model.frame.slots.room < 0
    if is_plain(problem):
        price = _plain(model, solution)[own].ravel()
        exact = np.ones(len(price), dtype=bool)
    else:
        saved = saved_by_slots(problem, solution)
        price, exact = np.round(saved.value / SCALE, DIGITS) + 0.0, saved.exact
    if model.frame.system.booked is not None:
        saved = saved_by_standing(problem, price * SCALE, exact)
        price, exact = np.round(saved.value / SCALE, DIGITS) + 0.0, saved.exact
    table = slot_table(model, solution)
    place = table.index.to_numpy()
    return table.assign(price=price[place], exact=exact[place]).reset_index(drop=True)


def _plain(model: Model, solution: Solution) -> Floats:
    """Prices by pair and period of a plan that no side row ties: its potentials have them all."""
    slots, means, network = model.frame.slots, model.means, model.network
    arcs = means.arcs(Kind.SLOTS)
    # The cheapest way from where slots end to where they start is what the last slot saves.
    way = solution.potential[network.tail[arcs]] - solution.potential[network.head[arcs]]
    price = np.zeros(slots.count.shape)
    price[means.pair[arcs], means.period[arcs] - 1] = np.maximum(-way, 0)
    _price_closed(price, model, solution)
    return price / solution.price_scale / SCALE


def _price_closed(price: Floats, model: Model, solution: Solution) -> None:
    """Price the first slot where a provider of a service has none in a period."""
    slots, means = model.frame.slots, model.means
    network, lanes, curves = model.network, model.lanes, model.frame.curves
    shut = np.zeros(len(slots.provider), dtype=bool)
    shut[(slots.count == 0).any(axis=1) & (slots.room < 0)] = True
    waits = means.arcs(Kind.WAIT)
    # Who is booked waits for their own slots, and would gain nothing by others.
    waits = waits[means.pair[waits] < 0]
    # Everybody who waits at a node would gain as much; one arc of each node is enough.
    waits = waits[np.unique(network.tail[waits], return_index=True)[1]]
    lane = np.flatnonzero(shut[lanes.pair])
    first = np.searchsorted(lanes.queue[lane], np.arange(len(model.frame.queues) + 1))
    count = np.diff(first)[means.queue[waits]]
    each = np.repeat(np.arange(len(waits)), count)
    offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    arc = waits[each]
    way = lane[first[means.queue[arc]] + offset]
    step = means.period[arc] - 1
    may = lanes.home[way] | model.chain[means.queue[arc]]
    may |= means.weeks[arc] - curves.period_weeks >= model.frame.policy.min_weeks_to_move
    may &= ~too_early(model.frame, lanes)[way, step]
    may &= slots.count[lanes.pair[way], step] == 0
    saving = -solution.potential[network.tail[arc]] - lanes.cost[way] * solution.price_scale
    np.maximum.at(price, (lanes.pair[way[may]], step[may]), saving[may])


def limit_table(model: Model, solution: Solution) -> pd.DataFrame:
    """Price every side row: see :attr:`mutualaid.Plan.limits`."""
    rows = model.network.rows
    table = key_table(model)
    table.insert(0, "limit", pd.Series(row_sentences(model), dtype=str))
    return table.assign(
        level=rows.level(solution.flow),
        lower=np.where(rows.lower == -NO_LIMIT, -np.inf, rows.lower.astype(np.float64)),
        upper=np.where(rows.upper == NO_LIMIT, np.inf, rows.upper.astype(np.float64)),
        price=np.abs(solution.row_price) / solution.price_scale / SCALE,
    )


def choice_cost(model: Model, solution: Solution) -> int:
    """What the choices of a plan cost, in 1/1000 harm-weeks."""
    arcs = model.means.arcs(Kind.CHOICE)
    return int(model.network.cost[arcs] @ solution.flow[arcs])
