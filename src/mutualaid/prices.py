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
    order = np.lexsort((table["period"], slots.service[pair], slots.provider[pair]))
    return table.iloc[order].reset_index(drop=True)


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
