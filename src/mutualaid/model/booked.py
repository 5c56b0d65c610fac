"""Booked patients in the network: arcs that leave them no choice.

The booked of a queue have nodes of their own, one a period. From each, as many as have a date then
go to the slots of their own provider; the others wait, on one arc for each harm of it. Capacities
add up to the patients who come, so that every flow is the same on these arcs: they take the slots,
the pools and the harm of waiting that a booking takes, in every mode.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from mutualaid.model.arcs import ArcList, Kind
from mutualaid.model.harm_costs import Curves
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.sorted_rows import run_starts


def booked_queues(queues: Queues) -> Codes:
    """The queues of which anybody is booked."""
    if queues.booked is None:
        return np.zeros(0, dtype=np.int64)
    return np.unique(queues.lot_queue[queues.booked.lot])


def add_booked(
    arcs: ArcList,
    supply: Ints,
    queues: Queues,
    curves: Curves,
    node: Codes,
    home_pair: Codes,
    pair_node: Codes,
    marks: Collection[tuple[int, int]] = (),
) -> None:
    """Add the arcs of booked patients: waiting until their period, and treatment at home then.

    Parameters
    ----------
    arcs, supply
        Filled with the arcs, and with the supply of each node.
    queues, curves
        The lots with their bookings, and what waiting costs them.
    node
        For each of :func:`booked_queues` its node in period 1; those of later periods follow it.
    home_pair
        For each queue the slots of its own provider.
    pair_node
        The node of each pair of provider and service in period 1.
    marks
        As for :func:`mutualaid.model.chain.add_waiting`.
    """
    booked = queues.booked
    if booked is None:
        return
    queue, weeks = queues.lot_queue[booked.lot], queues.lot_weeks[booked.lot]
    arrival, patients = queues.lot_arrival[booked.lot], booked.patients
    start = node[np.searchsorted(booked_queues(queues), queue)] - 1
    np.add.at(supply, start + arrival, patients)
    for period in range(1, curves.periods + 1):
        waits = np.flatnonzero((arrival <= period) & (booked.period > period))
        if len(waits):
            slope = curves.untreated(queue[waits], weeks[waits], period)
            after = curves.waited(weeks[waits], period + 1)
            passed = [(after >= mark).astype(np.int64) for when, mark in marks if when == period]
            order = np.lexsort((*passed, slope, queue[waits]))
            waits, slope, after = waits[order], slope[order], after[order]
            first = run_starts(queue[waits], slope, *(mark[order] for mark in passed))
            who = waits[first]
            arcs.add(
                Kind.WAIT,
                start[who] + period,
                start[who] + period + 1,
                np.add.reduceat(patients[waits], first),
                cost=slope[first],
                pair=home_pair[queue[who]],
                queue=queue[who],
                period=period,
                weeks=np.minimum.reduceat(after, first),
            )
        treated = np.flatnonzero(booked.period == period)
        if len(treated):
            # Bookings are by lot, and so by queue.
            first = run_starts(queue[treated])
            who = treated[first]
            pair = home_pair[queue[who]]
            arcs.add(
                Kind.BOOKED,
                start[who] + period,
                pair_node[pair] + period - 1,
                np.add.reduceat(patients[treated], first),
                pair=pair,
                queue=queue[who],
                period=period,
            )
