"""The chain network: one node for each strand of a queue and period.

If the harm rate never falls with waiting, and the lanes of a queue do not depend on the wait,
then treating the longest waiter of a queue first is optimal: swapping a treatment from a shorter
to a longer waiter of the same queue never adds harm and breaks no limit. If moreover nobody who
comes later has waited longer than who was there before, only *how many* of a queue are untreated
matters. After period `t` they are the youngest `u` of all who have arrived,
and the harm of carrying them over is the sum of the `u` smallest harms: convex and piecewise
linear in `u`. Each slope becomes one parallel waiting arc, whose capacity is the number of
patients with that slope; a cheapest flow fills the cheapest, that is the youngest, first.

Where patients join with weeks on their clock, a queue is cut into strands within which later
arrivals have never waited longer (``mutualaid.model.strands``). Each strand has nodes of its
own, and arcs that release its patients to the nodes of the queue, from which the lanes start.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from mutualaid.model.arcs import ArcList, Kind
from mutualaid.model.harm_costs import Curves
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.sorted_rows import run_starts
from mutualaid.model.strands import Strands


def add_waiting(
    arcs: ArcList,
    queues: Queues,
    curves: Curves,
    strands: Strands,
    node: Codes,
    start: Codes,
    sink: Codes,
    marks: Collection[tuple[int, int]] = (),
) -> None:
    """Add the waiting arcs of strands.

    Parameters
    ----------
    arcs
        Filled with the arcs.
    queues, curves
        The lots, the longest waiters of each queue first, and the harm of waiting.
    strands
        The strands of the queues of the chain.
    node
        The node of each strand in period 1; those of later periods follow it.
    start
        By queue and period, shape (queues, periods): the node that lanes away from home start
        from. Who has waited comes there first, if the queue is one strand.
    sink
        For each queue the node of patients who are untreated at the end.
    marks
        Pairs (period, weeks): patients who have waited at least so many weeks when that period
        ends get arcs of their own, even where the harm is the same.
    """
    lots, every_strand = strands.lot, strands.strand
    arrival, every_queue = queues.lot_arrival[lots], queues.lot_queue[lots]
    every_weeks, every_count = queues.lot_weeks[lots], queues.lot_free[lots]
    for period in range(1, curves.periods + 1):
        here = np.flatnonzero(arrival <= period)
        if not len(here):
            continue
        queue, weeks, strand = every_queue[here], every_weeks[here], every_strand[here]
        slope = curves.untreated(queue, weeks, period)
        weeks = curves.waited(weeks, period + 1)
        # Longest first, the slopes of a strand never rise, so equal ones stand side by side.
        passed = [weeks >= mark for when, mark in marks if when == period]
        first = run_starts(strand, slope, *passed)
        last = np.append(first[1:], len(here)) - 1
        queue = queue[first]
        here_node = node[strand[first]] + period - 1
        then = sink[queue]
        if period < curves.periods:
            then = np.where(strands.alone[strand[first]], start[queue, period], here_node + 1)
        arcs.add(
            Kind.WAIT,
            here_node,
            then,
            np.add.reduceat(every_count[here], first),
            cost=slope[first],
            queue=queue,
            period=period,
            weeks=weeks[last],
        )


def add_releases(
    arcs: ArcList, queues: Queues, strands: Strands, node: Codes, release: Codes, lead: int
) -> None:
    """Add arcs from each strand that is not alone in its queue to the node of the queue.

    Parameters
    ----------
    arcs, queues, strands, node
        As for :func:`add_waiting`.
    release
        By queue and period, shape (2, queues, periods): the node that lanes start from, for who
        may not move yet, and for who may; -1 where none is open.
    lead
        Periods after arrival from which patients may move.
    """
    periods = release.shape[2]
    here = np.flatnonzero(~strands.alone)
    arrived = np.zeros((len(strands.queue), periods), dtype=np.int64)
    arrival = queues.lot_arrival[strands.lot]
    np.add.at(arrived, (strands.strand, arrival - 1), queues.lot_free[strands.lot])
    arrived = np.cumsum(arrived, axis=1)[here]
    period = np.arange(1, periods + 1)
    # Where some may move and others not yet, all of a strand do, or none.
    ready = (period - queues.lot_arrival[strands.lead[here], None]) >= lead
    head = release[ready.astype(np.int64), strands.queue[here, None], period - 1]
    period = np.broadcast_to(period, head.shape)
    some = (head >= 0) & (arrived > 0)
    at = np.nonzero(some)[0]
    arcs.add(
        Kind.RELEASE,
        node[here[at]] + period[some] - 1,
        head[some],
        arrived[some],
        lot=strands.lead[here[at]],
        queue=strands.queue[here[at]],
        period=period[some],
    )


def add_supply(supply: Ints, queues: Queues, strands: Strands, node: Codes) -> None:
    """Add the patients of each lot to the supply of the node where they arrive."""
    where = node[strands.strand] + queues.lot_arrival[strands.lot] - 1
    np.add.at(supply, where, queues.lot_free[strands.lot])
