"""What patients use of a pool is at most what a provider has of it in a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.label_codes import positions
from mutualaid.data.system import System
from mutualaid.model.arcs import Kind, Meaning
from mutualaid.model.lanes import Slots
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, capped
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, Ints
from mutualaid.model.queues import Codes

POOL = LimitKind("pool", ("pool", "provider", "period"), "pool {} at {} in period {}".format)
KINDS = (POOL,)

AMOUNT_SCALE = 1000
"""Pools and what patients use of them are kept to 1/1000 of the pool's unit."""


def add(model: Model) -> Added:
    """One row a pool, provider and period, where it could bind."""
    system, rows = model.frame.system, []
    who, when = grid(len(system.providers), system.periods)
    names = pool_names(system)
    for use in pool_use(system, model.frame.slots, model.means):
        known = POOL.rows(names.index(use.pool), who, when + 1)
        rows.append(capped(model.network, use.arcs, use.needs, use.group, use.limit, known))
    return model, rows


def pool_names(system: System) -> list[str]:
    """Every pool that a system tells of, in the order of their codes."""
    tables = [table for table in (system.pools, system.usage) if table is not None]
    return sorted({str(pool) for table in tables for pool in table["pool"].unique()})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PoolUse:
    """What arcs use of a pool, and what there is of it.

    Attributes
    ----------
    pool : str
        The pool.
    arcs, needs, group : int64 arrays
        Slots arcs, what a patient on them needs, and the (provider, period) that it is taken from.
    limit : int64 array, shape (providers * periods,)
        What there is in each group; NO_LIMIT where there is none.
    """

    pool: str
    arcs: Codes
    needs: Ints
    group: Codes
    limit: Ints


def pool_use(system: System, slots: Slots, means: Meaning) -> Iterator[PoolUse]:
    """What the patients of each provider use of each pool.

    A provider that lists a pool in some periods has none of it in the others; one that never
    lists it is not limited by it.
    """
    pools, usage = system.pools, system.usage
    if pools is None or usage is None:
        return
    arcs = means.arcs(Kind.SLOTS)
    # A lent room is let with all that goes with it.
    arcs = arcs[slots.room[means.pair[arcs]] < 0]
    provider, service = slots.provider[means.pair[arcs]], slots.service[means.pair[arcs]]
    providers = pd.Index(system.providers)
    for pool, listed in pools.groupby("pool", observed=True):
        needs = pool_usage(system, str(pool))[provider, service]
        rows = providers.get_indexer(pd.Index(list(listed["provider"])))
        limit = np.full((len(providers), system.periods), NO_LIMIT, dtype=np.int64)
        limit[np.unique(rows)] = 0
        limit[rows, listed["period"].to_numpy() - 1] = thousandths(listed["amount"])
        used = needs > 0
        yield PoolUse(
            pool=str(pool),
            arcs=arcs[used],
            needs=needs[used],
            group=provider[used] * system.periods + means.period[arcs[used]] - 1,
            limit=limit.ravel(),
        )


def pool_usage(system: System, pool: str) -> Ints:
    """What a patient needs of a pool, by provider and service, in 1/1000 of its unit."""
    needs = np.zeros((len(system.providers), len(system.services)), dtype=np.int64)
    usage = system.usage
    if usage is None:
        return needs
    use = usage[usage["pool"] == pool]
    service = positions(use["service"], system.services)
    amount = thousandths(use["amount"])
    if "provider" in use:
        needs[positions(use["provider"], system.providers), service] = amount
    else:
        needs[:, service] = amount
    return needs


def thousandths(amounts: pd.Series) -> Ints:
    """Amounts of pools in 1/1000 of their unit."""
    result: Ints = np.rint(amounts.to_numpy(dtype=np.float64) * AMOUNT_SCALE).astype(np.int64)
    return result
