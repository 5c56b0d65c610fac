"""Providers that have merged: their lists are counted to the one that took over.

When a provider makes no return any more and another grows by about its lists, service by service,
nobody has left the one and nobody has joined the other. Unless it is followed, the one that took
over seems to have a flood of joiners, and what was done under the old code is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mutualaid.calibration.monthly_counts import Merger, MonthlyCounts
from mutualaid.data.column_checks import Floats, Mask
from mutualaid.readers.rtt.list_transfers import mergers


@dataclass(frozen=True, eq=False, kw_only=True)
class _Lists:
    """What tells a merger: who waits by month, provider and service, and who made a return."""

    months: tuple[str, ...]
    providers: np.ndarray
    waiting: Floats
    present: Mask


def likely_mergers(counts: MonthlyCounts) -> tuple[Merger, ...]:
    """Find providers that vanish while others jump by about their lists, in calendar order.

    The rule is the reader's: see :mod:`mutualaid.readers.rtt.list_transfers`.
    """
    shape = len(counts.months), len(counts.providers), len(counts.services)
    waiting, given = np.zeros(shape), np.zeros(shape, dtype=bool)
    waiting[:, counts.provider, counts.service] = counts.waiting.sum(axis=2, dtype=np.float64)
    given[:, counts.provider, counts.service] = counts.given
    found = mergers(
        _Lists(
            months=counts.months,
            providers=np.array(counts.providers, dtype=object),
            waiting=waiting,
            present=np.asarray(given.any(axis=2)),
        )
    )
    place = {code: number for number, code in enumerate(counts.providers)}
    return tuple(
        Merger(month=move.month, before=place[move.before], after=place[move.after])
        for move in found
    )


def followed(counts: MonthlyCounts) -> MonthlyCounts:
    """Count the lists of providers that seem to have merged to those that took over.

    Providers keep their positions; one that is no more has no list.
    """
    merged = likely_mergers(counts)
    if not merged:
        return counts
    heir = np.arange(len(counts.providers))
    for one in merged:
        heir[heir == one.before] = one.after
    services = len(counts.services)
    old = heir[counts.provider] * services + counts.service
    key, first, row = np.unique(old, return_index=True, return_inverse=True)
    # Few lists have another added to them: all are copied, and then these.
    twice = np.setdiff1d(np.arange(len(old)), first).tolist()

    def added(values: np.ndarray) -> np.ndarray:
        result = values[:, first]
        for one in twice:
            result[:, row[one]] += values[:, one]
        return result

    return replace(
        counts,
        provider=key // services,
        service=key % services,
        waiting=added(counts.waiting),
        admitted=added(counts.admitted),
        non_admitted=added(counts.non_admitted),
        decided=added(counts.decided),
        new=added(counts.new),
        given=added(counts.given),
        merged=merged,
    )


def joined(merged: tuple[Merger, ...], values: Floats, month: int) -> Floats:
    """Values by provider as they are counted in a month: to those that have taken over by then.

    Parameters
    ----------
    merged
        In calendar order.
    values : float64 array, shape (providers, …)
        By provider.
    month
        Position of the month.
    """
    result = values.copy()
    for one in merged:
        if one.month <= month:
            result[one.after] += result[one.before]
            result[one.before] = 0.0
    return result
