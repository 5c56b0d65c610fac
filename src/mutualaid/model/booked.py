"""Booked patients in the network: arcs that leave them no choice.

The booked of a lot have nodes of their own, one for each period until the last in which any of them
has a date. From each, as many as have a date then go to the slots of their own provider; the others
wait. Capacities add up to the patients who come, so that every flow is the same on these arcs: they
take the slots, the pools and the harm of waiting that a booking takes, in every mode.
"""

from __future__ import annotations

import numpy as np

from mutualaid.model.arcs import ArcList, Kind
from mutualaid.model.harm_costs import Curves
from mutualaid.model.network import Ints
from mutualaid.model.queues import Booked, Codes, Queues


def booked_nodes(queues: Queues) -> tuple[Codes, Codes, int]:
    """Number the nodes of lots with bookings: lots, first node of each, and the total."""
    if queues.booked is None:
        none = np.zeros(0, dtype=np.int64)
        return none, none, 0
    lots, last = _lots(queues.booked)
    count = last - queues.lot_arrival[lots] + 1
    return lots, np.cumsum(count) - count, int(count.sum())


def _lots(booked: Booked) -> tuple[Codes, Ints]:
    """Lots with bookings, and the last period of each."""
    ends = np.append(booked.lot[1:] != booked.lot[:-1], True)
    return booked.lot[ends], booked.period[ends]


def add_booked(
    arcs: ArcList,
    supply: Ints,
    queues: Queues,
    curves: Curves,
    first_node: Codes,
    home_pair: Codes,
    pair_node: Codes,
) -> None:
    """Add the arcs of booked patients: waiting until their period, and treatment at home then.

    Parameters
    ----------
    arcs, supply
        Filled with the arcs, and with the supply of each node.
    queues, curves
        The lots with their bookings, and what waiting costs them.
    first_node
        The node of each lot with bookings in the period in which it arrives.
    home_pair
        For each queue the slots of its own provider.
    pair_node
        The node of each pair of provider and service in period 1.
    """
    booked = queues.booked
    if booked is None:
        return
    lots, last = _lots(booked)
    arrival = queues.lot_arrival[lots]
    count = last - arrival + 1
    start = np.cumsum(count) - count
    each = np.repeat(np.arange(len(lots)), count)
    period = arrival[each] + np.arange(len(each)) - start[each]
    mine = np.searchsorted(lots, booked.lot)
    treated = np.zeros(len(each), dtype=np.int64)
    treated[start[mine] + booked.period - arrival[mine]] = booked.patients
    total = np.add.reduceat(treated, start)
    supply[first_node] += total
    running = np.cumsum(treated)
    later = total[each] - (running - (running - treated)[start][each])
    lot, node = lots[each], first_node[each] + period - arrival[each]
    queue, weeks = queues.lot_queue[lot], queues.lot_weeks[lot]
    pair = home_pair[queue]
    arcs.add(
        Kind.WAIT,
        node,
        node + 1,
        later,
        cost=curves.untreated(queue, weeks, period),
        pair=pair,
        lot=lot,
        queue=queue,
        period=period,
        weeks=curves.waited(weeks, period + 1),
    )
    arcs.add(
        Kind.BOOKED,
        node,
        pair_node[pair] + period - 1,
        treated,
        pair=pair,
        lot=lot,
        queue=queue,
        period=period,
    )
