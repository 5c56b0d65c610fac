"""Side rows: limits that tie queues or services together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.label_codes import positions
from mutualaid.data.system import System
from mutualaid.errors import Problems
from mutualaid.model.arcs import Kind, Meaning
from mutualaid.model.lanes import Lanes, Slots
from mutualaid.model.network import SAFE, Ints, Network, SideRows, no_rows, stack_rows
from mutualaid.model.queues import Codes, Queues
from mutualaid.policy.policy import Policy

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
    away = treat[lanes.away[means.lane[treat]]]
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
    each = policy.moves_each_period(system.periods)
    if each is not None:
        limit = np.array(each, dtype=np.int64)
        names = [f"moves in period {t}, of all" for t in range(1, system.periods + 1)]
        when = period.astype(np.int64) - 1
        parts.append(_at_most(network, away, np.ones_like(away), when, limit, names))
    if policy.max_share_moved < 1:
        limit = share_limit(queues, policy)
        texts = queues.labels.to_numpy(dtype=object)
        names = [f"moves of queue {' '.join(map(str, row))}" for row in texts]
        group = lanes.queue[lane]
        parts.append(_at_most(network, away, np.ones_like(away), group, limit, names))
    parts += [
        _at_most(network, use.arcs, use.needs, use.group, use.limit, use.names)
        for use in pool_use(system, slots, means)
    ]
    return stack_rows(*parts)


def share_limit(queues: Queues, policy: Policy) -> Ints:
    """How many of each queue may move over the horizon."""
    # The nudge keeps 0.29 of 100 patients, in floating point a little less than 29, from being 28.
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
    problems.note(
        where, "provider", stray, "is not a provider of this system", "correct it", cap["provider"]
    )
    problems.note(
        where,
        "period",
        late,
        "is not one of this system's periods",
        f"write 1 to {system.periods}",
        cap["period"],
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
        What there is in each group; SAFE where there is no limit.
    names : list of str
        What each group's row says.
    """

    pool: str
    arcs: Codes
    needs: Ints
    group: Codes
    limit: Ints
    names: list[str]


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
        limit = np.full((len(providers), system.periods), SAFE, dtype=np.int64)
        limit[np.unique(rows)] = 0
        limit[rows, listed["period"].to_numpy() - 1] = thousandths(listed["amount"])
        used = needs > 0
        yield PoolUse(
            pool=str(pool),
            arcs=arcs[used],
            needs=needs[used],
            group=provider[used] * system.periods + means.period[arcs[used]] - 1,
            limit=limit.ravel(),
            names=[
                f"pool {pool} at {p} in period {t}"
                for p in system.providers
                for t in range(1, system.periods + 1)
            ],
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
    return grouped(arcs, coefficient, group, None, limit, names, kept=reach > limit)


def grouped(
    arcs: Codes,
    coefficient: Ints,
    group: Codes,
    lower: Ints | None,
    upper: Ints | None,
    names: Sequence[str],
    *,
    kept: Mask | None = None,
) -> SideRows:
    """Build one row a group, ``lower <= sum(coefficient * flow) <= upper``.

    Parameters
    ----------
    arcs, coefficient, group
        The entries: on which arc, by how much, in which row. Entries of the same arc and row are
        added up; those that come to 0 are dropped.
    lower, upper
        Limits of each group; None for none.
    names
        What each row says.
    kept
        Mask over groups: only these become rows; None for all.

    Examples
    --------
    >>> import numpy as np
    >>> rows = grouped(np.array([4, 4]), np.array([1, 2]), np.array([0, 0]), None, np.array([9]),
    ...                ["nine at most"])
    >>> rows.arc.tolist(), rows.coefficient.tolist()
    ([4], [3])
    """
    none = np.full(len(names), SAFE, dtype=np.int64)
    lower = -none if lower is None else lower
    upper = none if upper is None else upper
    rows = np.arange(len(names)) if kept is None else np.flatnonzero(kept)
    if kept is not None:
        used = kept[group]
        arcs, coefficient, group = arcs[used], coefficient[used], group[used]
    order = np.lexsort((arcs, group))
    arcs, coefficient, group = arcs[order], coefficient[order], group[order]
    if len(arcs):
        new = np.concatenate([[True], (np.diff(group) != 0) | (np.diff(arcs) != 0)])
        coefficient = np.add.reduceat(coefficient, np.flatnonzero(new))
        arcs, group = arcs[new], group[new]
        left = coefficient != 0
        arcs, coefficient, group = arcs[left], coefficient[left], group[left]
    count = np.bincount(group, minlength=len(names))[rows]
    return SideRows(
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        arc=arcs.astype(np.int64),
        coefficient=coefficient.astype(np.int64),
        lower=lower[rows],
        upper=upper[rows],
        names=tuple(names[row] for row in rows.tolist()),
    )
