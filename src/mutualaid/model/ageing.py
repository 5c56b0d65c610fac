"""The ageing network: a node for each lot and period.

It is exact for every harm curve and every rule. Each lot ages by a period along its own waiting
arcs. In each period its patients may be released to the node of their queue, from which the lanes
start; those who have not waited long enough to move can only go to their own provider.
"""

from __future__ import annotations

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.arcs import ArcList, Kind
from mutualaid.model.harm_costs import Curves
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues


def lot_nodes(queues: Queues, chosen: Mask, periods: int) -> tuple[Codes, Codes, int]:
    """Number the nodes of the lots of chosen queues: lots, first node of each, and the total."""
    lots = np.flatnonzero(chosen[queues.lot_queue] & (queues.lot_free > 0))
    count = periods - queues.lot_arrival[lots] + 1
    return lots, np.cumsum(count) - count, int(count.sum())


def add_lots(
    arcs: ArcList,
    supply: Ints,
    queues: Queues,
    curves: Curves,
    lots: Codes,
    first_node: Codes,
    release: Codes,
    home: Codes,
    sink: Codes,
    min_weeks_to_move: int,
    lead: int,
) -> None:
    """Add the arcs of lots: waiting, release, and treatment at home before they may move.

    Parameters
    ----------
    arcs, supply
        Filled with the arcs, and with the supply of each node.
    queues, curves
        The lots and what waiting costs them.
    lots, first_node
        The lots, and the node of each in the period in which it arrives.
    release
        By queue and period, shape (2, queues, periods): the node that lanes start from, for who
        may not move yet, and for who may; -1 where none is open.
    home
        By queue and period, shape (queues, periods): the node of the own provider; -1 where there
        is none.
    sink
        For each queue the node of patients who are untreated at the end.
    min_weeks_to_move
        Weeks waited at the start of a period from which a lot may move.
    lead
        Periods after its arrival from which it may.
    """
    arrival = queues.lot_arrival[lots]
    free = queues.lot_free
    supply[first_node] += free[lots]
    count = curves.periods - arrival + 1
    each = np.repeat(np.arange(len(lots)), count)
    step = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    lot = lots[each]
    queue, weeks = queues.lot_queue[lot], queues.lot_weeks[lot]
    period = arrival[each] + step
    node = first_node[each] + step
    patients = free[lot]
    arcs.add(
        Kind.WAIT,
        node,
        np.where(period == curves.periods, sink[queue], node + 1),
        patients,
        cost=curves.untreated(queue, weeks, period),
        lot=lot,
        queue=queue,
        period=period,
        weeks=curves.waited(weeks, period + 1),
    )
    may_move = np.maximum(curves.waited(weeks, period), 0) >= min_weeks_to_move
    ready = (step >= lead).astype(np.int64)
    for kind, head, which in (
        (Kind.RELEASE, release[ready, queue, period - 1], may_move),
        (Kind.DIRECT, home[queue, period - 1], ~may_move),
    ):
        open_ = which & (head >= 0)
        arcs.add(
            kind,
            node[open_],
            head[open_],
            patients[open_],
            lot=lot[open_],
            queue=queue[open_],
            period=period[open_],
        )
