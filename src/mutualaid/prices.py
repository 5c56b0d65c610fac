"""What one more slot is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.harm import SCALE
from mutualaid.model.arcs import Kind
from mutualaid.model.build import Model
from mutualaid.solve.run import Solution


def price_table(model: Model, solution: Solution) -> pd.DataFrame:
    """Price every slot: see :attr:`mutualaid.plan.Plan.prices`."""
    system, slots, means = model.frame.system, model.frame.slots, model.means
    arcs = means.arcs(Kind.SLOTS)
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
