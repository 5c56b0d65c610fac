"""Policies that follow a plan: the original one, or one made anew every so many periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.label_codes import rows_among
from mutualaid.data.system import System
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import optimise
from mutualaid.policy.policy import Policy
from mutualaid.simulation.matching_counts import allocate_in_order
from mutualaid.simulation.observation import (
    Decision,
    Observation,
    ask,
    home_pairs,
    unbooked_slots,
)
from mutualaid.simulation.restrict_policy import fitting, rows
from mutualaid.simulation.sample_path import capacity_table, quietly
from mutualaid.simulation.schedule import Schedule, schedule_from

DECLINED = "said no in the replay"
"""A column, ``"yes"`` for patients who have declined, that keeps them in queues of their own."""


@dataclass(frozen=True, kw_only=True)
class PlanOnce:
    """Follow the plan that is replayed to its end, whatever comes.

    Each period the moves that it has for the period are offered, and its own treatments at home
    come before others there. Where those whom it names are gone, the longest waiters of the same
    queue are asked in their stead.

    Parameters
    ----------
    filling
        How many are asked for each place: one over the acceptance to this power. 0 for one
        patient a place, 1 for as many as fill it on average. Each policy's default is what did
        best in the bundled collaborative.

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
    patients of each kind than are expected to accept. Targets and objectives of the plan that is
    replayed play no part.

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
    left = observation.unasked.copy()
    np.subtract.at(left, lot, places)
    wanted, staying_group = schedule.patients[staying], schedule.group[staying]
    # Who has declined is treated first: those who have not been asked may still be moved later.
    known, wanted = _at_home(wanted, staying_group, observation.declined, declined)
    others, wanted = _at_home(wanted, staying_group, left, unasked)
    # Some who have not been asked were taken for who would decline. Only asking can tell, and so
    # they may be asked all the same.
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


def plan_again(observation: Observation) -> Schedule:
    """Schedule of the best plan from this period on, for today's list and what is expected."""
    frame, context = observation.frame, observation.context
    system, policy = as_observed(observation)
    plan: Plan = optimise(system, policy, context.collaboration)
    labels = frame.queues.labels
    known = plan.model.frame.queues.labels
    kinds = [labels.assign(**{DECLINED: kind}) for kind in ("no", "yes")]
    numbers = np.stack([rows_among(known, kind) for kind in kinds])
    return schedule_from(plan.model, plan.outcome, frame, numbers, observation.period)


def as_observed(observation: Observation) -> tuple[System, Policy]:
    """The system and policy of an observation, whose period becomes period 1.

    The list is today's; referrals and slots are the expected ones. Patients who have declined may
    not move, nor may as many of the others as are expected to decline: otherwise the plan would
    count on moves that never happen. Expected removals are already taken off the referrals, who is
    booked off the lists and the slots, and the slots for patients who have moved and still wait off
    the slots.
    """
    frame = observation.frame
    queues, system, now = frame.queues, frame.system, observation.period
    later = np.where(queues.lot_referred > now, queues.lot_free, 0)
    kinds = {
        "no": (observation.unasked, later),
        "yes": (observation.declined, np.zeros_like(later)),
    }
    if observation.declined.any() or observation.acceptance < 1:
        willing, coming = (_share(count, observation.acceptance) for count in kinds["no"])
        kinds["yes"] = observation.declined + observation.unasked - willing, later - coming
        kinds["no"] = willing, coming
    waiting = pd.concat([_cohorts(observation, here, kind) for kind, (here, _) in kinds.items()])
    referrals = pd.concat([_referrals(observation, new, kind) for kind, (_, new) in kinds.items()])
    tables = [table.reset_index(drop=True) for table in (waiting, referrals)]
    some = any(count.any() for count in kinds["yes"])
    if not some:
        tables = [table.drop(columns=DECLINED) for table in tables]
    slots = unbooked_slots(frame)[:, now - 1 :]
    slots = slots - np.clip(
        observation.held[:, None] - (np.cumsum(slots, axis=1) - slots), 0, slots
    )
    again = quietly(
        lambda: System(
            tables[0],
            capacity_table(frame, slots),
            system.travel,
            tables[1] if len(referrals) else None,
            period_weeks=system.period_weeks,
            periods=system.periods - now + 1,
            unlisted=system.unlisted,
        )
    )
    policy = fitting(frame.policy, again)
    return again, policy if not some else policy.replace(
        forbidden_lanes=[*rows(policy.forbidden_lanes), {DECLINED: "yes"}]
    )


def _cohorts(observation: Observation, patients: Ints, declined: str) -> pd.DataFrame:
    """Patients who wait, as rows of a waiting list: a row a queue and wait."""
    queues, waited = observation.frame.queues, observation.waited
    lot = np.flatnonzero(patients > 0)
    # Who has joined in this period with a clock that starts later in it has waited no week yet.
    queue, weeks = queues.lot_queue[lot], np.maximum(waited[lot], 0)
    new = np.ones(len(lot), dtype=bool)
    new[1:] = (queue[1:] != queue[:-1]) | (weeks[1:] != weeks[:-1])
    first = np.flatnonzero(new)
    count = np.add.reduceat(patients[lot], first) if len(first) else patients[lot]
    table = _labels(observation.frame, queue[first], declined)
    return table.assign(weeks_waiting=weeks[first], patients=count)


def _referrals(observation: Observation, patients: Ints, declined: str) -> pd.DataFrame:
    """Expected patients as rows of a table of referrals."""
    queues = observation.frame.queues
    lot = np.flatnonzero(patients > 0)
    table = _labels(observation.frame, queues.lot_queue[lot], declined)
    period = queues.lot_referred[lot] - observation.period + 1
    clock = observation.frame.curves.waited(queues.lot_weeks, queues.lot_arrival)
    if clock[queues.lot_referred > 0].any():
        table = table.assign(weeks_waiting=np.maximum(clock[lot], 0))
    if (clock[queues.lot_referred > 0] < 0).any():
        table = table.assign(weeks_later=np.maximum(-clock[lot], 0))
    return table.assign(period=period, patients=patients[lot])


def _share(patients: Ints, share: float) -> Ints:
    """A share of each lot in whole patients; rounding is of the running total, so none is lost."""
    ends = np.floor(np.cumsum(patients) * share + 0.5).astype(np.int64)
    result: Ints = np.minimum(np.diff(ends, prepend=0), patients)
    return result


def _labels(frame: Frame, queue: Codes, declined: str) -> pd.DataFrame:
    labels = frame.queues.labels.iloc[queue].astype(object).reset_index(drop=True)
    return labels.assign(**{DECLINED: declined})
