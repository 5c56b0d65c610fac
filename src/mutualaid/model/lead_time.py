"""Lead time: from when a patient may be treated away from home.

``Policy(lead_weeks=)`` gives a move the weeks that clinical review, pre-operative assessment and
notice take: from the census for who is on the list, from the start of the period in which they
join for the others. In periods: nobody of a lot moves before as many have begun after the one in
which the lot arrives. Home, and the own team in a lent room, are open at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.alone_groups import saves_enough
from mutualaid.model.lanes import Lanes
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.strands import Strands, strands_of


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LeadTime:
    """What the lead time of a policy comes to, for some lanes.

    Attributes
    ----------
    periods : int
        The lead time in whole periods, rounded up; 0 for none.
    arrived, ready : int64 arrays, shape (queues, periods)
        Patients who have arrived by each period, but for booked ones, and those of them who have
        been there for as long as a move takes.
    moves : bool array, shape (queues, periods)
        Whether any lane away from home is open to a queue but for the lead time, and but for want
        of slots.
    """

    periods: int
    arrived: Ints
    ready: Ints
    moves: Mask

    @property
    def apart(self) -> Mask:
        """Mask, shape (queues, periods), of where some may move, and others not yet."""
        mixed: Mask = self.moves & (self.ready > 0) & (self.ready < self.arrived)
        return mixed

    def strands(self, queues: Queues, chosen: Mask) -> Strands:
        """Cut the chosen queues into strands that a chain is exact for: see :mod:`.strands`.

        If the lead time is one period, everybody of a single strand who may not move yet has come
        in that period, after all others. Elsewhere lots of a strand must be able to move from the
        same period on.
        """
        plain = strands_of(queues, chosen)
        if not self.periods:
            return plain
        opens = self._opens(queues)
        one = np.zeros(len(queues), dtype=bool)
        one[plain.queue[plain.alone]] = True
        if self.periods > 1:
            one[:] = False
        opens[one[queues.lot_queue]] = 0
        return strands_of(queues, chosen, opens)

    def _opens(self, queues: Queues) -> Codes:
        """The first period in which each lot may move; one after the last if there is none."""
        count, periods = self.moves.shape
        first = np.full((count, periods + 1), periods, dtype=np.int64)
        for period in range(periods - 1, -1, -1):
            first[:, period] = np.where(self.moves[:, period], period, first[:, period + 1])
        at = np.minimum(queues.lot_arrival - 1 + self.periods, periods)
        result: Codes = first[queues.lot_queue, at] + 1
        return result


def too_early(frame: Frame, lanes: Lanes) -> Mask:
    """Mask, shape (lanes, periods), of moves that would come before the end of the notice."""
    when = np.arange(frame.curves.periods) * frame.system.period_weeks
    early: Mask = lanes.away[:, None] & (when < frame.policy.notice_weeks)
    return early


def lead_time(frame: Frame, lanes: Lanes) -> LeadTime:
    """What the lead time of a frame's policy comes to, for some of its lanes."""
    queues, periods = frame.queues, frame.curves.periods
    lead = frame.lead
    arrived = queues.arrived(periods)
    ready = np.zeros_like(arrived)
    ready[:, lead:] = arrived[:, : max(periods - lead, 0)]
    moves = np.zeros(arrived.shape, dtype=bool)
    open_ = lanes.away[:, None] & saves_enough(frame, lanes) & ~too_early(frame, lanes)
    np.logical_or.at(moves, lanes.queue, open_)
    return LeadTime(periods=lead, arrived=arrived, ready=ready, moves=moves)
