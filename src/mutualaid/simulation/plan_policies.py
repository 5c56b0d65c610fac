"""Policies that follow a plan: the original one, or one made anew every so many periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mutualaid.arguments import Arguments
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.simulation.matching_counts import allocate_in_order
from mutualaid.simulation.observation import Decision, Observation, ask, home_pairs
from mutualaid.simulation.plan_again import plan_again
from mutualaid.simulation.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class PlanOnce:
    """Follow the plan that is replayed to its end, whatever comes.

    Each period the moves that it has for the period are offered, to as many as are needed for so
    many to accept, and its own treatments at home come before others there. Where those whom it
    names are gone, the longest waiters of the same queue are asked in their stead.

    Parameters
    ----------
    filling
        How many are asked for each place: one over the chance that they accept to this power. 0
        for one patient a place, 1 for as many as fill it on average. Each policy's default is what
        did best in the bundled collaborative.

    Examples
    --------
    >>> PlanOnce().name
    'LP once'
    """

    filling: float = 1.0

    def __post_init__(self) -> None:
        with Arguments(type(self).__name__) as check:
            check.share("filling", self.filling)

    name: ClassVar[str] = "LP once"
    """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Offer what the plan has for this period."""
        return follow(observation.context.schedule, observation, self.filling)


@dataclass(frozen=True, kw_only=True)
class Replanned:
    """Plan anew every so many periods, for the list as it is and what is still expected.

    Only what the newest plan has for the period that starts is offered. It plans to move no more
    patients of each kind than are expected to accept, and keeps to the rules of the plan that is
    replayed: notice counts from its census, and weeks saved from what its trusts do alone. Targets
    and objectives of that plan play no part.

    Parameters
    ----------
    every
        Periods from one plan to the next: 1 for a plan a month where periods are months, 4 where
        they are weeks.
    filling
        As for :class:`PlanOnce`.

    Examples
    --------
    >>> Replanned(every=4).every
    4
    """

    every: int = 1
    filling: float = 1.0

    def __post_init__(self) -> None:
        with Arguments("Replanned") as check:
            check.whole("every", self.every, 1, what="whole periods")
            check.share("filling", self.filling)

    name: ClassVar[str] = "LP re-planned"
    """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Plan anew if it is time, and offer what the newest plan has for this period."""
        if (observation.period - 1) % self.every == 0:
            observation.notes["schedule"] = plan_again(observation)
        return follow(observation.notes["schedule"], observation, self.filling)


def follow(schedule: Schedule, observation: Observation, filling: float) -> Decision:
    """The decision that carries out a schedule's period, as far as its patients are still there.

    Parameters
    ----------
    schedule
        Who is to be treated where and when.
    observation
        What the policy observes.
    filling
        As for :func:`mutualaid.simulation.ask`.
    """
    frame = observation.frame
    queues, lanes = frame.queues, frame.lanes
    now = np.flatnonzero(schedule.period == observation.period)
    away = schedule.pair[now] != home_pairs(frame)[schedule.queue[now]]
    moving, staying = now[away], now[~away]
    unasked, declined = schedule.group_of
    lots = np.flatnonzero((observation.movable > 0) & (unasked >= 0))
    mine, theirs, places = allocate_in_order(
        schedule.patients[moving], schedule.group[moving], observation.movable[lots], unasked[lots]
    )
    lot = lots[theirs]
    lane = lane_numbers(frame, queues.lot_queue[lot], schedule.pair[moving][mine])
    missing = schedule.patients[moving] - np.bincount(
        mine, weights=places, minlength=len(moving)
    ).astype(np.int64)
    short = np.zeros(len(lanes), dtype=np.int64)
    np.add.at(short, lane_numbers(frame, schedule.queue[moving], schedule.pair[moving]), missing)
    left = observation.unasked + observation.asked_once
    np.subtract.at(left, lot, places)
    wanted, staying_group = schedule.patients[staying], schedule.group[staying]
    # Who has declined twice is treated first: the others may still be moved later.
    known, wanted = _at_home(wanted, staying_group, observation.declined, declined)
    others, wanted = _at_home(wanted, staying_group, left, unasked)
    # Some who may be asked were taken for who would decline. Only asking can tell, and so they may
    # be asked all the same.
    taken, _ = _at_home(wanted, staying_group, left - others, declined)
    decision = ask(observation, lot, lane, places, filling, known + others, short=short)
    return replace(decision, home=known + others + taken)


def _at_home(wanted: Ints, wanted_group: Codes, there: Ints, group: Codes) -> tuple[Ints, Ints]:
    """Patients of each lot treated at home as planned, and the part of ``wanted`` left over."""
    lots = np.flatnonzero((there > 0) & (group >= 0))
    mine, theirs, count = allocate_in_order(wanted, wanted_group, there[lots], group[lots])
    result, left = np.zeros_like(there), wanted.copy()
    np.add.at(result, lots[theirs], count)
    np.subtract.at(left, mine, count)
    return result, left


def lane_numbers(frame: Frame, queue: Codes, pair: Codes) -> Codes:
    """The lane from each queue to each pair."""
    pairs = len(frame.slots.provider)
    key = frame.lanes.queue * pairs + frame.lanes.pair
    order = np.argsort(key)
    return order[np.searchsorted(key[order], queue * pairs + pair)]
