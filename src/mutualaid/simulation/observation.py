"""What a policy observes when a period starts, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.policy.collaboration import Collaboration
from mutualaid.simulation.matching_counts import allocate_in_order, fill
from mutualaid.simulation.schedule import Schedule


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Context:
    """What is known before the first period, the same for every policy and sample path.

    Attributes
    ----------
    frame : Frame
        Queues, lots, lanes, slots and harm as they are expected. A *lot* is a cohort of a queue, or
        its referrals of one period; a *pair* is a provider with a service.
    collaboration : Collaboration
        The mode of the plan.
    schedule : Schedule
        The plan that is replayed.
    """

    frame: Frame
    collaboration: Collaboration
    schedule: Schedule


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Observation:
    """What a policy observes when a period starts: today's list, and what is expected to come.

    Attributes
    ----------
    context : Context
        What is known before the first period.
    period : int
        The period that starts, from 1; its referrals have joined.
    unasked, declined : int64 arrays, shape (lots,)
        Patients who wait at home without a date: those who have not been asked to move, and those
        who have declined. 0 for lots whose referrals are still to come.
    held : int64 array, shape (pairs,)
        Patients who have moved there and have not been treated yet: they are treated first.
    acceptance : float
        The probability that a patient who is asked accepts.
    notes : dict
        A policy's own memory within a run; empty when the run starts.
    """

    context: Context
    period: int
    unasked: Ints
    declined: Ints
    held: Ints
    acceptance: float
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """Queues, lots, lanes, slots and harm as they are expected."""
        return self.context.frame

    @property
    def waited(self) -> Ints:
        """Weeks that each lot has waited, shape (lots,); without meaning for lots still to come."""
        return self.frame.curves.waited(self.frame.queues.lot_weeks, self.period)

    @property
    def movable(self) -> Ints:
        """Patients of each lot who may be asked: they have waited long enough and not declined."""
        long_enough = np.maximum(self.waited, 0) >= self.frame.policy.min_weeks_to_move
        return np.where(long_enough, self.unasked, 0)

    @property
    def slots(self) -> Ints:
        """Slots of each pair this period, less those of bookings and of ``held`` patients.

        Slots and bookings are the expected ones.
        """
        expected = unbooked_slots(self.frame)[:, self.period - 1]
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
    lot, lane : int64 arrays, shape (offers,)
        The lot that is asked, and the lane that it is offered: positions in the queues' lots and
        in the frame's lanes. Offers are made in this order.
    asked : int64 array, shape (offers,)
        How many patients of the lot are asked.
    home : int64 array, shape (lots,)
        How many patients of each lot their own provider treats before its other patients.
    """

    lot: Codes
    lane: Codes
    asked: Ints
    home: Ints


class ReplayPolicy(Protocol):
    """What :func:`mutualaid.simulation.replay` can run: a name and a method ``decide``.

    Examples
    --------
    The longest waiter of the first queue that may move is asked to go the shortest way:

    >>> import numpy as np
    >>> import mutualaid as ma
    >>> from mutualaid.simulation import replay
    >>> class OneAPeriod:
    ...     name = "one a period"
    ...     def decide(self, observation):
    ...         lanes, queues = observation.frame.lanes, observation.frame.queues
    ...         lane = np.flatnonzero(lanes.away)[:1]
    ...         may = (queues.lot_queue == lanes.queue[lane]) & (observation.movable > 0)
    ...         lot = np.flatnonzero(may)[:1]
    ...         return ask(observation, lot, lane, np.array([1]), 0, nobody(observation).home)
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3))
    >>> int(replay(plan, [OneAPeriod()], seeds=[0]).runs["asked"].iloc[0])
    3
    """

    @property
    def name(self) -> str:
        """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Say whom to ask to move where, and whom to treat at home first."""


def nobody(observation: Observation) -> Decision:
    """The decision to ask nobody, and to treat at home by the usual rule: most harm first."""
    none = np.zeros(0, dtype=np.int64)
    return Decision(lot=none, lane=none, asked=none, home=np.zeros_like(observation.unasked))


def home_pairs(frame: Frame) -> Codes:
    """The pair at home of each queue; -1 where there is none."""
    result: Codes = frame.slots.position[frame.queues.origin, frame.queues.line]
    return result


def unbooked_slots(frame: Frame) -> Ints:
    """Expected slots that nobody is booked for, shape (pairs, periods)."""
    booked = frame.queues.booked
    if booked is None:
        return frame.slots.count
    result = frame.slots.count.copy()
    pair = home_pairs(frame)[frame.queues.lot_queue[booked.lot]]
    np.subtract.at(result, (pair, booked.period - 1), booked.patients)
    return result


def home_order(frame: Frame, period: int, lots: Codes) -> tuple[Codes, Codes]:
    """Order lots as their own providers treat them: most harm first, then the longest wait.

    Harm is what a patient bears who goes untreated this period.

    Returns
    -------
    lots, pairs : int64 arrays
        The lots, pair by pair, in order of treatment; and the pair of each.
    """
    queues = frame.queues
    weeks, queue = queues.lot_weeks[lots], queues.lot_queue[lots]
    stake = frame.curves.untreated(queue, weeks, period)
    pair = home_pairs(frame)[queue]
    order = np.lexsort((lots, -weeks, -stake, pair))
    return lots[order], pair[order]


def reached_at_home(observation: Observation) -> Ints:
    """Patients of each lot, shape (lots,), who get a slot at home this period if nobody moves."""
    there = observation.unasked + observation.declined
    lots = np.flatnonzero((there > 0) & (observation.home >= 0))
    lots, pair = home_order(observation.frame, observation.period, lots)
    result = np.zeros_like(there)
    result[lots] = fill(there[lots], pair, observation.slots)
    return result


def ask(
    observation: Observation,
    lot: Codes,
    lane: Codes,
    places: Ints,
    filling: float,
    home: Ints,
    *,
    short: Ints | None = None,
) -> Decision:
    """Turn places into offers, asking more patients than there are places since some decline.

    Patients asked beyond the named ones are the longest waiters of the same queue.

    Parameters
    ----------
    observation
        What the policy observes.
    lot, lane, places : int64 arrays, shape (offers,)
        The lots that are to move, their lanes, and how many patients of each.
    filling
        ``acceptance ** -filling`` patients are asked for each place: 0 asks one; 1 asks as many
        as fill it on average, so that about every second time too many accept.
    home : int64 array, shape (lots,)
        Patients to be treated at home first; they are not asked in addition.
    short : int64 array, shape (lanes,), optional
        Further places of each lane, for which no lot is named.
    """
    queues, lanes = observation.frame.queues, observation.frame.lanes
    factor = observation.acceptance**-filling
    named = np.bincount(lot, weights=places, minlength=len(home)).astype(np.int64)
    by_lane = np.bincount(lane, weights=places, minlength=len(lanes)).astype(np.int64)
    wanted = by_lane if short is None else by_lane + short
    # The running total is rounded, so that nothing is gained or lost by rounding.
    ends = np.floor(np.cumsum(wanted) * factor + 0.5).astype(np.int64)
    more: Ints = np.diff(ends, prepend=0).astype(np.int64) - by_lane
    rest = observation.movable - named - np.maximum(home - observation.declined, 0)
    who = np.flatnonzero(rest > 0)
    there = np.flatnonzero(more > 0)
    mine, theirs, count = allocate_in_order(
        more[there], lanes.queue[there], rest[who], queues.lot_queue[who]
    )
    return Decision(
        lot=np.concatenate([lot, who[theirs]]),
        lane=np.concatenate([lane, there[mine]]),
        asked=np.concatenate([places, count]),
        home=home,
    )
