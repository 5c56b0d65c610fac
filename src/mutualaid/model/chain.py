"""The chain network: one node for each queue and period.

If the harm rate never falls with waiting, and the lanes of a queue do not depend on the wait,
then treating the longest waiter of a queue first is optimal: swapping a treatment from a shorter
to a longer waiter of the same queue never adds harm and breaks no limit. So only *how many* of a
queue are untreated matters. After period `t` they are the youngest `u` of all who have arrived,
and the harm of carrying them over is the sum of the `u` smallest harms: convex and piecewise
linear in `u`. Each slope becomes one parallel waiting arc, whose capacity is the number of
patients with that slope; a cheapest flow fills the cheapest, that is the youngest, first.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from mutualaid.checks import Mask
from mutualaid.model.arcs import ArcList, Kind
from mutualaid.model.curves import Curves
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues, run_starts


def add_waiting(
    arcs: ArcList,
    queues: Queues,
    curves: Curves,
    chosen: Mask,
    node: Codes,
    sink: Codes,
    marks: Collection[tuple[int, int]] = (),
) -> None:
    """Add the waiting arcs of the chosen queues.

    Parameters
    ----------
    arcs
        Where the arcs go.
    queues, curves
        The lots, the longest waiters of each queue first, and what waiting costs them.
    chosen
        Mask over queues.
    node
        The node of each queue in period 1; the later periods follow it.
    sink
        The node of each queue that takes whoever is untreated at the end.
    marks
        (period, weeks): who has waited so many weeks when that period ends gets arcs apart from
        who has not, although their harm may be the same.
    """
    lots = np.flatnonzero(chosen[queues.lot_queue] & (queues.lot_patients > 0))
    arrival, every_queue = queues.lot_arrival[lots], queues.lot_queue[lots]
    every_weeks, every_count = queues.lot_weeks[lots], queues.lot_patients[lots]
    for period in range(1, curves.periods + 1):
        here = np.flatnonzero(arrival <= period)
        if not len(here):
            continue
        queue, weeks = every_queue[here], every_weeks[here]
        slope = curves.untreated(queue, weeks, period)
        weeks = curves.waited(weeks, period + 1)
        # Longest first, the slopes of a queue never rise, so equal ones stand side by side.
        passed = [weeks >= mark for when, mark in marks if when == period]
        first = run_starts(queue, slope, *passed)
        last = np.append(first[1:], len(here)) - 1
        queue = queue[first]
        here_node = node[queue] + period - 1
        arcs.add(
            Kind.WAIT,
            here_node,
            sink[queue] if period == curves.periods else here_node + 1,
            np.add.reduceat(every_count[here], first),
            cost=slope[first],
            queue=queue,
            period=period,
            weeks=weeks[last],
        )


def add_supply(supply: Ints, queues: Queues, chosen: Mask, node: Codes) -> None:
    """Let the lots of the chosen queues enter in the period in which they arrive."""
    lots = np.flatnonzero(chosen[queues.lot_queue])
    where = node[queues.lot_queue[lots]] + queues.lot_arrival[lots] - 1
    np.add.at(supply, where, queues.lot_patients[lots])
