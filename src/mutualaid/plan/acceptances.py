"""Whom a plan asks, and how many of them it counts on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.data.schema import ALONE_PERIOD
from mutualaid.model.chances import UNIT
from mutualaid.model.model import Model
from mutualaid.model.outcome import Outcome


def ask_table(model: Model, outcome: Outcome) -> pd.DataFrame:
    """Put together how many patients are asked along each lane in each period.

    Parameters
    ----------
    model
        The model.
    outcome
        What becomes of its lots.

    Returns
    -------
    pandas.DataFrame
        See :attr:`mutualaid.Plan.asks`.
    """
    queues, lanes, system = model.frame.queues, model.lanes, model.frame.system
    away = np.flatnonzero((outcome.lane >= 0) & lanes.away[outcome.lane])
    key = outcome.lane[away] * (system.periods + 1) + outcome.period[away]
    ways, place = np.unique(key, return_inverse=True)
    lane, period = np.divmod(ways, system.periods + 1)
    patients = np.bincount(place, weights=outcome.patients[away], minlength=len(ways))
    queue = lanes.queue[lane]
    names = [name for name in queues.names if name != "provider"]
    table = pd.DataFrame({name: queues.labels[name].array.take(queue) for name in names})
    providers = pd.Categorical.from_codes(lanes.provider[lane], pd.Index(system.providers))
    table.insert(1, "provider", pd.Series(providers))
    asks = np.full(len(ways), UNIT) if model.asks is None else model.asks[lane, period - 1]
    if queues.alone is not None:
        table[ALONE_PERIOD] = queues.alone[queue]
        table["weeks_saved"] = (queues.alone[queue] - period) * system.period_weeks
    return table.assign(
        period=period,
        minutes=lanes.minutes[lane],
        extra_minutes=lanes.extra[lane],
        patients=patients.astype(np.int64),
        chance=UNIT / asks,
        asked=patients * asks / UNIT,
    )
