"""What one more slot is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.harm import SCALE
from mutualaid.model.arcs import Kind
from mutualaid.model.build import Model
from mutualaid.model.network import SAFE
from mutualaid.solve.run import Solution


def price_table(model: Model, solution: Solution) -> pd.DataFrame:
    """Price every slot: see :attr:`mutualaid.plan.Plan.prices`."""
    system, slots, means = model.frame.system, model.frame.slots, model.means
    arcs = means.arcs(Kind.SLOTS)
    arcs = arcs[slots.room[means.pair[arcs]] < 0]
    pair, network = means.pair[arcs], model.network
    # The cheapest way from where slots end to where they start is what the last slot saves.
    way = solution.potential[network.tail[arcs]] - solution.potential[network.head[arcs]]
    table = pd.DataFrame(
        {
            "provider": pd.Categorical.from_codes(
                slots.provider[pair], categories=pd.Index(system.providers)
            ),
            "service": pd.Categorical.from_codes(
                slots.service[pair], categories=pd.Index(system.services)
            ),
            "period": means.period[arcs].astype(np.int64),
            "slots": network.capacity[arcs],
            "used": solution.flow[arcs],
            "price": np.maximum(-way, 0) / solution.price_scale / SCALE,
        }
    )
    table = pd.concat([table, _closed(model, solution)], ignore_index=True)
    keys = ["provider", "service", "period"]
    return table.sort_values(keys, ignore_index=True)


def _closed(model: Model, solution: Solution) -> pd.DataFrame:
    """Price the first slot where a provider of a service has none in a period."""
    system, slots, means = model.frame.system, model.frame.slots, model.means
    network, lanes, curves = model.network, model.lanes, model.frame.curves
    pair, step = np.nonzero((slots.count == 0) & (slots.room < 0)[:, None])
    price = np.zeros(slots.count.shape)
    waits = means.arcs(Kind.WAIT)
    # Everybody who waits at a node would gain as much; one arc of each node is enough.
    waits = waits[np.unique(network.tail[waits], return_index=True)[1]]
    shut = np.zeros(len(slots.provider), dtype=bool)
    shut[pair] = True
    lane = np.flatnonzero(shut[lanes.pair])
    first = np.searchsorted(lanes.queue[lane], np.arange(len(model.frame.queues) + 1))
    count = np.diff(first)[means.queue[waits]]
    each = np.repeat(np.arange(len(waits)), count)
    offset = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    arc = waits[each]
    way = lane[first[means.queue[arc]] + offset]
    period = means.period[arc]
    may = lanes.home[way] | model.chain[means.queue[arc]]
    may |= means.weeks[arc] - curves.period_weeks >= model.frame.policy.min_weeks_to_move
    saving = -solution.potential[network.tail[arc]] - lanes.cost[way] * solution.price_scale
    np.maximum.at(price, (lanes.pair[way[may]], period[may] - 1), saving[may])
    return pd.DataFrame(
        {
            "provider": pd.Categorical.from_codes(
                slots.provider[pair], categories=pd.Index(system.providers)
            ),
            "service": pd.Categorical.from_codes(
                slots.service[pair], categories=pd.Index(system.services)
            ),
            "period": (step + 1).astype(np.int64),
            "slots": np.zeros(len(pair), dtype=np.int64),
            "used": np.zeros(len(pair), dtype=np.int64),
            "price": price[pair, step] / solution.price_scale / SCALE,
        }
    )


def limit_table(model: Model, solution: Solution) -> pd.DataFrame:
    """Price every side row: see :attr:`mutualaid.plan.Plan.limits`."""
    rows = model.network.rows
    return pd.DataFrame(
        {
            "limit": list(rows.names),
            "level": rows.level(solution.flow),
            "lower": np.where(rows.lower <= -SAFE, -np.inf, rows.lower.astype(np.float64)),
            "upper": np.where(rows.upper >= SAFE, np.inf, rows.upper.astype(np.float64)),
            "price": np.abs(solution.row_price) / solution.price_scale / SCALE,
        }
    )


def choice_cost(model: Model, solution: Solution) -> int:
    """What the choices of a plan cost, in 1/1000 harm-weeks."""
    arcs = model.means.arcs(Kind.CHOICE)
    return int(model.network.cost[arcs] @ solution.flow[arcs])
