"""Strands: lots of a queue such that later arrivals have never waited longer than earlier ones.

The chain network needs this, because it only counts how many patients of a strand are untreated. A
queue whose referrals join with a new clock is one strand. If they join with weeks on their clock,
they may have waited longer than patients who are there already; who is left then depends on when
patients were treated, not only on how many. Such a queue is cut into as few strands as possible.
Each is a chain of its own; they share the lanes of the queue. So is a queue whose patients may not
all move from the same period on: see :mod:`mutualaid.model.lead_time`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.sorted_rows import in_order, run_starts


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Strands:
    """The strands of some queues.

    Attributes
    ----------
    lot : int64 array
        The lots of these queues that have patients without a date: strand by strand, the longest
        waiters first.
    strand : int64 array
        The strand of each of them.
    queue, lead : int64 arrays, shape (strands,)
        The queue of each strand, and its first lot.
    alone : bool array, shape (strands,)
        Whether it is the only one of its queue.
    """

    lot: Codes
    strand: Codes
    queue: Codes
    lead: Codes
    alone: Mask

    def leads(self, lots: int) -> Codes:
        """For each of all lots the first lot of its strand; itself if it is in none."""
        result = np.arange(lots, dtype=np.int64)
        result[self.lot] = self.lead[self.strand]
        return result


def strands_of(queues: Queues, chosen: Mask, apart: Codes | None = None) -> Strands:
    """Cut the chosen queues into strands.

    Parameters
    ----------
    queues
        The lots, the longest waiters of each queue first.
    chosen
        Mask over queues.
    apart : int64 array, shape (lots,)
        Lots with different numbers are in different strands.

    Examples
    --------
    Who has waited 10 weeks at the census, and two who join later: with 30 weeks at the census, and
    with a new clock.

    >>> import pandas as pd
    >>> three = np.array([30, 10, -4])
    >>> queues = Queues(
    ...     labels=pd.DataFrame({"origin": ["A"]}), origin=np.zeros(1, dtype=np.int64),
    ...     service=np.zeros(1, dtype=np.int64), line=np.zeros(1, dtype=np.int64),
    ...     lot_queue=np.zeros(3, dtype=np.int64),
    ...     lot_weeks=three, lot_referred=np.array([2, 0, 2]), lot_patients=np.ones_like(three),
    ...     lot_removed=np.zeros_like(three),
    ... )
    >>> found = strands_of(queues, np.array([True]))
    >>> found.lot.tolist(), found.strand.tolist(), found.alone.tolist()
    ([0, 2, 1], [0, 0, 1], [False, False])
    """
    lots = np.flatnonzero(chosen[queues.lot_queue] & (queues.lot_free > 0))
    group = queues.lot_queue[lots]
    if apart is not None:
        lots = lots[in_order(group, apart[lots])]
        start = np.zeros(len(lots), dtype=bool)
        start[run_starts(queues.lot_queue[lots], apart[lots])] = True
        group = np.cumsum(start)
    queue, arrival = queues.lot_queue[lots], queues.lot_arrival[lots]
    turn = np.zeros(len(lots), dtype=np.int64)
    rest = np.arange(len(lots))
    step = int(arrival.max(initial=0)) + 1
    while len(rest):
        # Who comes no earlier than anybody before, of the same group, goes on with the strand; the
        # others are left for the next. No cut has fewer: each who is left over has waited longer,
        # and comes later, than somebody before in every strand so far.
        key = group[rest] * step + arrival[rest]
        behind = key < np.maximum.accumulate(key)
        rest = rest[behind]
        turn[rest] += 1
    order = in_order(group, turn)
    lots, queue = lots[order], queue[order]
    first = run_starts(group[order], turn[order])
    new = np.zeros(len(lots), dtype=bool)
    new[first] = True
    many = np.bincount(queue[first], minlength=len(queues))
    return Strands(
        lot=lots,
        strand=np.cumsum(new) - 1,
        queue=queue[first],
        lead=lots[first],
        alone=many[queue[first]] == 1,
    )
