"""What a policy sees when a period starts, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.policy.collaboration import Collaboration
from mutualaid.simulation.matching_counts import deal, fill
from mutualaid.simulation.schedule import Schedule


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """What everybody knows from the start.

    Attributes
    ----------
    frame : Frame
        Queues, lots, lanes, slots and harm as they are expected.
    collaboration : Collaboration
        How the partners of the plan work together.
    schedule : Schedule
        The plan that is replayed.
    """

    frame: Frame
    collaboration: Collaboration
    schedule: Schedule


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seen:
    """What a policy sees when a period starts: today's list, and what is expected to come.

    Attributes
    ----------
    scene : Scene
        What everybody knows from the start.
    period : int
        The period that starts; its referrals have joined.
    unasked, declined : int64 arrays, shape (lots,)
        Who waits at home: those who have not been asked to move, and those who have declined.
        Of lots that are still to come nobody is there.
    held : int64 array, shape (pairs,)
        Patients who have moved there and not been treated yet: they come first.
    acceptance : float
        The probability that a patient who is asked accepts.
    notes : dict
        Empty when a run starts; whatever a policy wants to remember within it.
    """

    scene: Scene
    period: int
    unasked: Ints
    declined: Ints
    held: Ints
    acceptance: float
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """Queues, lots, lanes, slots and harm as they are expected."""
        return self.scene.frame

    @property
    def waited(self) -> Ints:
        """Weeks that each lot has waited; of those still to come, what is not on a clock yet."""
        return self.frame.curves.waited(self.frame.queues.lot_weeks, self.period)

    @property
    def movable(self) -> Ints:
        """How many of each lot may be asked: who has waited long enough and not declined."""
        long_enough = self.waited >= self.frame.policy.min_weeks_to_move
        return np.where(long_enough, self.unasked, 0)

    @property
    def slots(self) -> Ints:
        """Slots of each pair that are expected this period, but for those of who is held."""
        expected = self.frame.slots.count[:, self.period - 1]
        result: Ints = np.maximum(expected - self.held, 0)
        return result

    @property
    def home(self) -> Codes:
        """The pair at home of each lot; -1 where there is none."""
        return home_pairs(self.frame)[self.frame.queues.lot_queue]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decision:
    """Whom to ask to move where, and whom to treat at home first.

    Attributes
    ----------
    lot, lane : int64 arrays
        Whom to ask, and the lane that is offered: positions in the queues' lots and in the
        frame's lanes. They are asked in this order.
    asked : int64 array
        How many patients of the lot.
    home : int64 array, shape (lots,)
        How many of each lot their own provider treats before anybody else at home.
    """

    lot: Codes
    lane: Codes
    asked: Ints
    home: Ints


class Policy(Protocol):
    """Anything with a name and a way to decide can be replayed.

    Examples
    --------
    The longest waiter of the first queue that may move is asked to go the shortest way:

    >>> import numpy as np
    >>> import mutualaid as ma
    >>> from mutualaid.simulation import replay
    >>> class OneAPeriod:
    ...     name = "one a period"
    ...     def decide(self, seen):
    ...         lanes, queues = seen.frame.lanes, seen.frame.queues
    ...         lane = np.flatnonzero(lanes.away)[:1]
    ...         may = (queues.lot_queue == lanes.queue[lane]) & (seen.movable > 0)
    ...         lot = np.flatnonzero(may)[:1]
    ...         return ask(seen, lot, lane, np.array([1]), 0, nobody(seen).home)
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3))
    >>> int(replay(plan, [OneAPeriod()], seeds=[0]).runs["asked"].iloc[0])
    3
    """

    @property
    def name(self) -> str:
        """What it is called."""

    def decide(self, seen: Seen) -> Decision:
        """Say whom to ask to move where, and whom to treat at home first."""


def nobody(seen: Seen) -> Decision:
    """Ask nobody; at home the usual rule holds: what a policy may start from."""
    none = np.zeros(0, dtype=np.int64)
    return Decision(lot=none, lane=none, asked=none, home=np.zeros_like(seen.unasked))


def home_pairs(frame: Frame) -> Codes:
    """The pair at home of each queue; -1 where there is none."""
    result: Codes = frame.slots.position[frame.queues.origin, frame.queues.service]
    return result


def home_order(frame: Frame, period: int, lots: Codes) -> tuple[Codes, Codes]:
    """Lots in the order of the usual rule at home, pair by pair; and their pairs.

    The highest harm of going untreated this period comes first, then the longest wait.
    """
    queues = frame.queues
    weeks, queue = queues.lot_weeks[lots], queues.lot_queue[lots]
    stake = frame.curves.untreated(queue, weeks, period)
    pair = home_pairs(frame)[queue]
    order = np.lexsort((lots, -weeks, -stake, pair))
    return lots[order], pair[order]


def reached_at_home(seen: Seen) -> Ints:
    """How many of each lot their own provider's slots reach this period, if nobody moves."""
    there = seen.unasked + seen.declined
    lots = np.flatnonzero((there > 0) & (seen.home >= 0))
    lots, pair = home_order(seen.frame, seen.period, lots)
    result = np.zeros_like(there)
    result[lots] = fill(there[lots], pair, seen.slots)
    return result


def ask(
    seen: Seen,
    lot: Codes,
    lane: Codes,
    places: Ints,
    filling: float,
    home: Ints,
    *,
    short: Ints | None = None,
) -> Decision:
    """Turn places into offers: so many for each place as it takes, the same queue's next.

    Parameters
    ----------
    seen
        What there is to see.
    lot, lane, places
        Who is to go where.
    filling
        How many are asked for each place: one over the acceptance to this power. 0 for one; 1 for
        as many as fill it on average, so that as often as not too many accept.
    home
        Who is treated at home first, and therefore is not asked in another's stead.
    short
        Places of each lane for which nobody has been named yet, if any.
    """
    queues, lanes = seen.frame.queues, seen.frame.lanes
    factor = seen.acceptance**-filling
    named = np.bincount(lot, weights=places, minlength=len(home)).astype(np.int64)
    by_lane = np.bincount(lane, weights=places, minlength=len(lanes)).astype(np.int64)
    wanted = by_lane if short is None else by_lane + short
    # The running total is rounded, so that nothing is gained or lost by rounding.
    ends = np.floor(np.cumsum(wanted) * factor + 0.5).astype(np.int64)
    more: Ints = np.diff(ends, prepend=0).astype(np.int64) - by_lane
    rest = seen.movable - named - np.maximum(home - seen.declined, 0)
    who = np.flatnonzero(rest > 0)
    there = np.flatnonzero(more > 0)
    mine, theirs, count = deal(more[there], lanes.queue[there], rest[who], queues.lot_queue[who])
    return Decision(
        lot=np.concatenate([lot, who[theirs]]),
        lane=np.concatenate([lane, there[mine]]),
        asked=np.concatenate([places, count]),
        home=home,
    )
