"""At most so many moves out of, or into, a provider in a period: ``max_out`` and ``max_in``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import Problems
from mutualaid.model import linear_terms
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, capped
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, Ints

MAX_OUT = LimitKind("max_out", ("origin", "period"), "moves out of {} in period {}".format)
MAX_IN = LimitKind("max_in", ("provider", "period"), "moves into {} in period {}".format)
KINDS = (MAX_OUT, MAX_IN)


def add(model: Model) -> Added:
    """One row a provider and period, where it could bind.

    Raises
    ------
    InputError
        If a cap names a provider or a period that is not there.
    """
    system, policy, lanes = model.frame.system, model.frame.policy, model.lanes
    away = linear_terms.away(model)
    lane, period = model.means.lane[away], model.means.period[away]
    who, when = grid(len(system.providers), system.periods)
    rows = []
    for kind, cap, provider in (
        (MAX_OUT, policy.max_out, model.frame.queues.origin[lanes.queue[lane]]),
        (MAX_IN, policy.max_in, lanes.provider[lane]),
    ):
        if isinstance(cap, pd.DataFrame):
            limit = _cap_matrix(kind.name, cap, system).ravel()
            group = provider * system.periods + period - 1
            known = kind.rows(who, when + 1)
            rows.append(capped(model.network, away, np.ones_like(away), group, limit, known))
    return model, rows


def _cap_matrix(name: str, cap: pd.DataFrame, system: System) -> Ints:
    """Caps by provider and period; NO_LIMIT where there is none."""
    problems = Problems()
    known = pd.Index(system.providers, dtype=object)
    every_provider, every_period = cap["provider"].isna(), cap["period"].isna()
    stray = (~every_provider & ~cap["provider"].isin(known)).to_numpy()
    late = (~every_period & ~cap["period"].isin(range(1, system.periods + 1))).to_numpy()
    where = f"policy.{name}"
    if stray.any():
        names = SystemNames.of(system.providers, ())
        remedy = f"correct it: {names.told('provider', cap['provider'][stray])}"
        what = "is not a provider of this system"
        problems.note(where, "provider", stray, what, remedy, cap["provider"])
    problems.note(
        where,
        "period",
        late,
        "is not one of this system's periods",
        f"write 1 to {system.periods}",
        cap["period"],
    )
    problems.raise_if_any()
    limit = np.full((len(known), system.periods), NO_LIMIT, dtype=np.int64)
    # General caps first, so that a cap for one provider or period overrides them.
    for mask in (
        every_provider & every_period,
        every_provider & ~every_period,
        ~every_provider & every_period,
        ~every_provider & ~every_period,
    ):
        part = cap[mask.to_numpy()]
        if not len(part):
            continue
        # Shape (rows of the table, providers, periods): a row fits one of each, or all.
        rows = known.get_indexer(pd.Index(part["provider"], dtype=object))[:, None, None]
        columns = part["period"].to_numpy(dtype=np.float64)[:, None, None] - 1
        if part["provider"].isna().all():
            rows = np.arange(len(known))[None, :, None]
        if part["period"].isna().all():
            columns = np.arange(system.periods)[None, None, :]
        patients = part["patients"].to_numpy(dtype=np.int64)[:, None, None]
        at = np.broadcast_arrays(rows, columns.astype(np.int64), patients)
        limit[at[0], at[1]] = at[2]
    return limit
