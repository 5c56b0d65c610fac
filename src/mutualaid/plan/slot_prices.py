"""What one more slot is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.model.arcs import Kind
from mutualaid.model.lead_time import lead_time, too_early
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
    table = _by_line(model, solution)
    if model.frame.system.lines.more:
        return table.groupby(KEYS, observed=True)[["slots", "used"]].sum().reset_index()
    # By place, which is the order of prices as they are worked out.
    return table.sort_values(KEYS)


def _by_line(model: Model, solution: Solution) -> pd.DataFrame:
    """Slots and how many are used, by pair, and by the period of each."""
    system, slots, means = model.frame.system, model.frame.slots, model.means
    own = np.flatnonzero(slots.room < 0)
    periods = model.frame.curves.periods
    used = np.zeros(slots.count.shape, dtype=np.int64)
    arcs = means.arcs(Kind.SLOTS)
    used[means.pair[arcs], means.period[arcs] - 1] = solution.flow[arcs]
    pair = np.repeat(own, periods)
    return pd.DataFrame(
        {
            "provider": pd.Categorical.from_codes(
                slots.provider[pair], categories=pd.Index(system.providers)
            ),
            **system.lines.columns_of(slots.line[pair]),
            "period": np.tile(np.arange(1, periods + 1, dtype=np.int64), len(own)),
            "slots": slots.count[own].ravel(),
            "used": used[own].ravel(),
        }
    )


def line_prices(problem: SolvedProblem, solution: Solution) -> pd.DataFrame:
    """Price every slot: a row for each provider, line of slots and period, in this order."""
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
    table = _by_line(model, solution).assign(price=price, exact=exact)
    keys = ["provider", *model.frame.system.lines.columns, "period"]
    return table.sort_values(keys, ignore_index=True)


def mean_prices(prices: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """The mean prices of lines, weighted by their slots: see :attr:`mutualaid.Plan.prices`.

    Parameters
    ----------
    prices
        A table of :func:`line_prices`.
    by
        Columns of the lines, beside the service, that stay apart.

    Examples
    --------
    >>> prices = pd.DataFrame({"provider": "A", "service": "hips", "stream": ["day", "night"],
    ...     "period": 1, "slots": [3, 1], "used": [3, 1], "price": [2.0, 10.0], "exact": True})
    >>> mean_prices(prices)[["slots", "price"]].to_dict("records")
    [{'slots': 4, 'price': 4.0}]
    """
    more = [name for name in LINE_COLUMNS if name in prices]
    keys = ["provider", "service", *(name for name in more if name in by), "period"]
    if all(name in keys for name in more):
        return prices.copy()
    groups = prices.groupby(keys, observed=True)
    of = groups.ngroup().to_numpy()
    line = prices.groupby(["provider", "service", *more], observed=True)["slots"]
    weight = prices["slots"].to_numpy(dtype=np.float64)
    # Where there are no slots in a period, as all periods have them; else all lines alike.
    for other in (line.transform("sum").to_numpy(dtype=np.float64), np.ones(len(prices))):
        none = np.bincount(of, weight) == 0
        weight = np.where(none[of], other, weight)
    part = np.where(weight > 0, weight * prices["price"].to_numpy(dtype=np.float64), 0.0)
    mean = np.bincount(of, part) / np.bincount(of, weight)
    table = groups[["slots", "used"]].sum().assign(price=mean, exact=groups["exact"].all())
    return table.reset_index()


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
    stays = means.arcs(Kind.STAY)
    lead = lead_time(model.frame, lanes)
    apart = lead.apart
    # Where only some of a queue may move, it is they who start from a node of their own.
    source = np.concatenate([waits, stays])
    lane = np.flatnonzero(shut[lanes.pair])
    first = np.searchsorted(lanes.queue[lane], np.arange(len(model.frame.queues) + 1))
    count = np.diff(first)[means.queue[source]]
    each = np.repeat(np.arange(len(source)), count)
    offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    arc = source[each]
    way = lane[first[means.queue[arc]] + offset]
    step = means.period[arc] - 1
    may = lanes.home[way] | model.chain[means.queue[arc]]
    waited = np.maximum(means.weeks[arc] - curves.period_weeks, 0)
    may |= waited >= model.frame.policy.min_weeks_to_move
    may |= means.kind[arc] == Kind.STAY
    able = (lead.ready > 0)[means.queue[arc], step]
    able &= apart[means.queue[arc], step] == (means.kind[arc] == Kind.STAY)
    may &= able | ~lanes.away[way]
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
