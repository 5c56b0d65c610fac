"""Side rows: limits that tie queues or services together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.errors import Problems
from mutualaid.model.arcs import Kind, Meaning
from mutualaid.model.lanes import Lanes, Slots
from mutualaid.model.network import SAFE, Ints, Network, SideRows, no_rows, stack_rows
from mutualaid.model.queues import Codes, Queues
from mutualaid.policy import Policy
from mutualaid.system import System

AMOUNT_SCALE = 1000
"""Pools and what patients use of them are kept to 1/1000 of the pool's unit."""


def build_rows(
    system: System,
    policy: Policy,
    queues: Queues,
    slots: Slots,
    lanes: Lanes,
    network: Network,
    means: Meaning,
) -> SideRows:
    """All side rows of a policy and a system; rows that nothing can break are left out.

    Raises
    ------
    InputError
        If a cap names a provider or a period that is not there.
    """
    treat = means.arcs(Kind.TREAT)
    away = treat[~lanes.home[means.lane[treat]]]
    lane, period = means.lane[away], means.period[away]
    parts = [no_rows()]
    for name, cap, provider, verb in (
        ("max_out", policy.max_out, queues.origin[lanes.queue[lane]], "out of"),
        ("max_in", policy.max_in, lanes.provider[lane], "into"),
    ):
        if isinstance(cap, pd.DataFrame):
            limit = _cap_matrix(name, cap, system)
            group = provider * system.periods + period - 1
            names = [
                f"moves {verb} {p} in period {t}"
                for p in system.providers
                for t in range(1, system.periods + 1)
            ]
            parts.append(_at_most(network, away, np.ones_like(away), group, limit.ravel(), names))
    if policy.max_share_moved < 1:
        limit = share_limit(queues, policy)
        texts = queues.labels.to_numpy(dtype=object)
        names = [f"moves of queue {' '.join(map(str, row))}" for row in texts]
        group = lanes.queue[lane]
        parts.append(_at_most(network, away, np.ones_like(away), group, limit, names))
    parts += _pool_rows(system, slots, network, means)
    return stack_rows(*parts)


def share_limit(queues: Queues, policy: Policy) -> Ints:
    """How many of each queue may move over the horizon."""
    # The nudge keeps a share such as 0.1 of 30 patients from being rounded down to 2.
    limit: Ints = np.floor(queues.patients() * policy.max_share_moved + 1e-9).astype(np.int64)
    return limit


def _cap_matrix(name: str, cap: pd.DataFrame, system: System) -> Ints:
    """Caps by provider and period; SAFE where there is none."""
    problems = Problems()
    known = pd.Index(system.providers, dtype=object)
    every_provider, every_period = cap["provider"].isna(), cap["period"].isna()
    stray = (~every_provider & ~cap["provider"].isin(known)).to_numpy()
    late = (~every_period & ~cap["period"].isin(range(1, system.periods + 1))).to_numpy()
    where = f"policy.{name}"
    if stray.any():
        problems.add(
            where,
            "provider",
            "is not a provider of this system",
            "correct it",
            rows=stray,
            values=cap["provider"],
        )
    if late.any():
        problems.add(
            where,
            "period",
            "is not one of this system's periods",
            f"write 1 to {system.periods}",
            rows=late,
            values=cap["period"],
        )
    problems.raise_if_any()
    limit = np.full((len(known), system.periods), SAFE, dtype=np.int64)
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


def _pool_rows(system: System, slots: Slots, network: Network, means: Meaning) -> list[SideRows]:
    """What the patients of a provider use of a pool is at most what it has.

    A provider that lists a pool in some periods has none of it in the others; one that never
    lists it is not limited by it.
    """
    pools, usage = system.pools, system.usage
    if pools is None or usage is None:
        return []
    arcs = means.arcs(Kind.SLOTS)
    provider, service = slots.provider[means.pair[arcs]], slots.service[means.pair[arcs]]
    providers, services = pd.Index(system.providers), pd.Index(system.services)
    result = []
    for pool, listed in pools.groupby("pool", observed=True):
        use = usage[usage["pool"] == pool]
        needs = np.zeros(len(services), dtype=np.int64)
        needs[services.get_indexer(pd.Index(list(use["service"])))] = _thousandths(use["amount"])
        rows = providers.get_indexer(pd.Index(list(listed["provider"])))
        limit = np.full((len(providers), system.periods), SAFE, dtype=np.int64)
        limit[np.unique(rows)] = 0
        limit[rows, listed["period"].to_numpy() - 1] = _thousandths(listed["amount"])
        used = needs[service] > 0
        group = provider[used] * system.periods + means.period[arcs[used]] - 1
        names = [
            f"pool {pool} at {p} in period {t}"
            for p in system.providers
            for t in range(1, system.periods + 1)
        ]
        result.append(
            _at_most(network, arcs[used], needs[service[used]], group, limit.ravel(), names)
        )
    return result


def _thousandths(amounts: pd.Series) -> Ints:
    result: Ints = np.rint(amounts.to_numpy(dtype=np.float64) * AMOUNT_SCALE).astype(np.int64)
    return result


def _at_most(
    network: Network,
    arcs: Codes,
    coefficient: Ints,
    group: Codes,
    limit: Ints,
    names: Sequence[str],
) -> SideRows:
    """Build one row a group, ``sum(coefficient * flow) <= limit``, where it could be broken."""
    reach = np.bincount(
        group, weights=coefficient * network.capacity[arcs].astype(np.float64), minlength=len(limit)
    )
    binding = reach > limit
    kept = binding[group]
    arcs, coefficient, group = arcs[kept], coefficient[kept], group[kept]
    order = np.argsort(group, kind="stable")
    rows = np.flatnonzero(binding)
    count = np.bincount(group, minlength=len(limit))[rows]
    return SideRows(
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        arc=arcs[order].astype(np.int64),
        coefficient=coefficient[order].astype(np.int64),
        lower=np.full(len(rows), -SAFE, dtype=np.int64),
        upper=limit[rows],
        names=tuple(names[row] for row in rows.tolist()),
    )
