"""What a policy observes when a period starts, and what it decides."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.plan_methods import Plan
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.collaboration import Collaboration
from mutualaid.simulation.matching_counts import fill
from mutualaid.simulation.open_moves import open_lanes, open_lots
from mutualaid.simulation.replayed_answers import Answers, answers_of
from mutualaid.simulation.schedule import Schedule, schedule_of


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
    answers : Answers
        How likely patients are to accept an offer.
    """

    frame: Frame
    collaboration: Collaboration
    schedule: Schedule
    answers: Answers


def context_of(plan: Plan, acceptance: float | Acceptance) -> Context:
    """Gather what is known before a plan is replayed.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> context_of(plan, 0.5).answers.acceptance
    0.5
    """
    return Context(
        frame=plan.model.frame,
        collaboration=plan.collaboration,
        schedule=schedule_of(plan.model, plan.outcome),
        answers=answers_of(plan, acceptance),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Observation:
    """What a policy observes when a period starts: today's list, and what is expected to come.

    Attributes
    ----------
    context : Context
        What is known before the first period.
    period : int
        The period that starts, from 1; its referrals have joined.
    unasked, asked_once, declined : int64 arrays, shape (lots,)
        Patients who wait at home without a date: those who have not been asked to move, those who
        have declined once and may be asked once more, and those who have declined twice. 0 for
        lots whose referrals are still to come.
    held : int64 array, shape (pairs,)
        Patients who have moved there and have not been treated yet: they are treated first.
    notes : dict
        A policy's own memory within a run; empty when the run starts.
    """

    context: Context
    period: int
    unasked: Ints
    asked_once: Ints
    declined: Ints
    held: Ints
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
    def waiting(self) -> Ints:
        """Patients of each lot who wait at home without a date, whether asked or not."""
        return self.unasked + self.asked_once + self.declined

    @property
    def movable(self) -> Ints:
        """Patients of each lot who may be asked this period, of whatever lane is open to them.

        They have had notice enough, have waited long enough and have not declined twice.
        """
        open_ = open_lots(self.frame, self.period)
        return np.where(open_, self.unasked + self.asked_once, 0)

    @property
    def open_lanes(self) -> Mask:
        """Mask of the lanes, shape (lanes,), that patients who may be asked can be offered now.

        Of other lanes the policy, or patients themselves, say no; or who takes them now would not
        be treated so much sooner than alone, by the forecast at the census.
        """
        return open_lanes(self.frame, self.period)

    def chance(self, lot: Codes, lane: Codes) -> Floats:
        """Give the probability that a patient of a lot who is offered a lane now accepts.

        Parameters
        ----------
        lot, lane : int64 arrays, shape (offers,)
            Positions in the queues' lots and in the frame's lanes.
        """
        return self.context.answers.chance(self.frame, lot, lane, self.period)

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
    ...         lane = np.flatnonzero(observation.open_lanes)[:1]
    ...         may = (queues.lot_queue == lanes.queue[lane]) & (observation.movable > 0)
    ...         lot = np.flatnonzero(may)[:1]
    ...         return ask(observation, lot, lane, np.array([1]), 0, nobody(observation).home)
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3))
    >>> int(replay(plan, [OneAPeriod()], seeds=[0]).runs["asked"].iloc[0])
    2
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
    there = observation.waiting
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

    Patients asked beyond the named ones are the longest waiters of the same queue who may go there
    now.

    Parameters
    ----------
    observation
        What the policy observes.
    lot, lane, places : int64 arrays, shape (offers,)
        The lots that are to move, their lanes, and how many patients of each.
    filling
        A patient who accepts with the chance `p` counts as ``p ** filling`` of a place, and so
        many are asked as fill the places: with 0 one each; with 1 as many as fill them on average,
        so that about every second time too many accept. Who is sure to decline is not asked.
    home : int64 array, shape (lots,)
        Patients to be treated at home first; they are not asked in addition.
    short : int64 array, shape (lanes,), optional
        Further places of each lane, for which no lot is named.
    """
    lanes = observation.frame.lanes
    wanted: Floats = np.zeros(len(lanes))
    filled: Floats = np.zeros(len(lanes))
    np.add.at(wanted, lane, places)
    if short is not None:
        wanted += short
    chance = observation.chance(lot, lane)
    likely = chance > 0
    lot, lane, places, chance = lot[likely], lane[likely], places[likely], chance[likely]
    named = np.bincount(lot, weights=places, minlength=len(home)).astype(np.int64)
    np.add.at(filled, lane, places * chance**filling)
    rest = observation.movable - named - np.maximum(home - observation.declined, 0)
    who, way, count = _others(observation, wanted, filled, np.maximum(rest, 0), filling)
    return Decision(
        lot=np.concatenate([lot, who]),
        lane=np.concatenate([lane, way]),
        asked=np.concatenate([places, count]),
        home=home,
    )


def _others(
    observation: Observation, wanted: Floats, filled: Floats, rest: Ints, filling: float
) -> tuple[Codes, Codes, Ints]:
    """Ask further patients, the longest waiters of the queue, for places that are not filled.

    Parameters
    ----------
    observation
        What the policy observes.
    wanted, filled : float64 arrays, shape (lanes,)
        Places of each lane, and how many count as filled.
    rest : int64 array, shape (lots,)
        Patients of each lot who may be asked.
    filling
        As for :func:`ask`.
    """
    queues, lanes = observation.frame.queues, observation.frame.lanes
    # Patients who are alike but for what becomes of them alone may go in each other's stead.
    key = queues.group[lanes.queue] * len(observation.frame.slots.provider) + lanes.pair
    way = np.flatnonzero(wanted > 0)
    keys, first, place = np.unique(key[way], return_index=True, return_inverse=True)
    missing_of, rank = np.zeros(len(keys)), np.empty(len(keys), dtype=np.int64)
    np.add.at(missing_of, place, wanted[way] - filled[way])
    in_turn = np.argsort(first)
    rank[in_turn] = np.arange(len(keys))
    others = np.flatnonzero(observation.open_lanes & np.isin(key, keys))
    lot, lane = edges(observation.frame, np.flatnonzero(rest > 0), others)
    turn = rank[np.searchsorted(keys, key[lane])]
    order = np.lexsort((lot, -queues.lot_weeks[lot], turn))
    lot, lane, turn = lot[order], lane[order], turn[order]
    chance = observation.chance(lot, lane)
    likely = chance > 0
    lot, lane, turn, chance = lot[likely], lane[likely], turn[likely], chance[likely]
    value, left = (chance**filling).tolist(), rest.tolist()
    lots, asked = lot.tolist(), np.zeros(len(lot), dtype=np.int64)
    every = np.arange(len(keys))
    starts, ends = (np.searchsorted(turn, every, side=side).tolist() for side in ("left", "right"))
    # What rounding leaves over or takes goes on to the next lane, so that nothing is lost by it.
    carried = 0.0
    for short, start, end in zip(missing_of[in_turn].tolist(), starts, ends, strict=True):
        missing, carried = short + carried, 0.0
        for edge in range(start, end):
            more = math.floor(missing / value[edge] + 0.5)
            count = min(max(more, 0), left[lots[edge]])
            asked[edge] = count
            left[lots[edge]] -= count
            carried = missing - more * value[edge]
            if more <= count:
                break
            missing -= count * value[edge]
    some = asked > 0
    return lot[some], lane[some], asked[some]


def edges(frame: Frame, lots: Codes, lane: Codes) -> tuple[Codes, Codes]:
    """Pair every lot with every lane of its queue, lot by lot; lanes are given in order.

    Examples
    --------
    >>> import mutualaid as ma
    >>> frame = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2)).model.frame
    >>> lot, lane = edges(frame, np.array([0]), np.flatnonzero(frame.lanes.away))
    >>> bool((frame.lanes.queue[lane] == frame.queues.lot_queue[0]).all())
    True
    """
    queue = frame.queues.lot_queue[lots]
    # Lanes are sorted by queue.
    first = np.searchsorted(frame.lanes.queue[lane], queue, side="left")
    each = np.searchsorted(frame.lanes.queue[lane], queue, side="right") - first
    offset = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
    return np.repeat(lots, each), lane[np.repeat(first, each) + offset]
