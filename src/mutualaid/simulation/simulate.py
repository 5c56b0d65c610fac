"""Run one policy along one sample path, week by week.

Each period starts with its referrals. The policy then observes the list, but for those who are
booked, and says who is asked to move; who accepts joins the list of the receiving provider, and who
declines waits on at home, and may be asked once more in another period. Then
the slots that take place are used, week by week: first by patients who are booked; then by those
who have moved there, the longest waiters first; then by the provider's own patients whom the policy
wants treated first; then by its others, those with most at stake first. A slot that was kept for
somebody who declines is used by the next in line: no slot stays empty while anybody waits there.

Patients are counted, not simulated one by one: a lot (one queue, one wait) is one number. SimPy and
Ciw, which follow each patient, handled some 50,000 and 20,000 patients a second here with no
decision to make; a year of the bundled collaborative has 235,000 patients, and two hundred seeds of
six policies would take them hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mutualaid.errors import InputError
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes
from mutualaid.simulation.matching_counts import before, fill
from mutualaid.simulation.observation import (
    Context,
    Decision,
    Observation,
    ReplayPolicy,
    home_order,
    home_pairs,
)
from mutualaid.simulation.sample_path import SamplePath

MARKS = (18, 52, 65)
"""Weeks of waiting beyond which patients are counted."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run:
    """The result of one policy on one sample path.

    Attributes
    ----------
    outcome : Outcome
        Everybody, treated or not, as in a plan.
    harm, cost : int
        Harm on the plan's conventions, and the cost of travel and moves, in 1/1000 harm-weeks.
    late_harm : int
        Harm from the start of a period to the week of treatment within it, in 1/1000 harm-weeks.
    asked, moves : int
        Offers that were made, and patients who accepted.
    minutes : float
        Extra minutes, one way, of all who moved.
    list_size : int64 array, shape (periods,)
        Patients who wait when each period ends.
    over : int64 array, shape (marks, periods)
        Patients among them who have waited at least 18, 52 and 65 weeks (:data:`MARKS`).
    """

    outcome: Outcome
    harm: int
    cost: int
    late_harm: int
    asked: int
    moves: int
    minutes: float
    list_size: Ints
    over: Ints


def simulate(context: Context, sample: SamplePath, policy: ReplayPolicy) -> Run:
    """Run a policy along a sample path.

    Parameters
    ----------
    context
        What is known before the first period.
    sample
        The sample path.
    policy
        Decides at the start of each period.

    Raises
    ------
    InputError
        If the policy offers a move that the rules forbid, or asks more patients than may move.
    """
    state = _State(context.frame, sample)
    notes: dict[str, Any] = {}
    for period in range(1, context.frame.curves.periods + 1):
        state.start(period)
        observation = Observation(
            context=context,
            period=period,
            unasked=state.unasked.copy(),
            asked_once=state.asked_once.copy(),
            declined=state.declined.copy(),
            held=state.held_at(),
            notes=notes,
        )
        decision = policy.decide(observation)
        _check(decision, observation, policy.name)
        state.move(decision, observation)
        state.treat(decision.home)
        state.close()
    return state.run()


def _check(decision: Decision, observation: Observation, name: str) -> None:
    """Refuse a decision that asks patients who may not move, or offers lanes not allowed."""
    queues, lanes = observation.frame.queues, observation.frame.lanes
    lot, lane, asked = decision.lot, decision.lane, decision.asked
    total = np.bincount(lot, weights=asked, minlength=len(queues.lot_queue))
    wrong = (
        bool((asked < 0).any())
        or bool((total > observation.movable).any())
        or bool((lanes.queue[lane] != queues.lot_queue[lot]).any())
        or not bool(observation.open_lanes[lane].all())
    )
    if wrong:
        raise InputError(
            f"the policy {name!r} asks in period {observation.period} for moves that the rules do "
            "not allow, or more patients than may move: see Observation.movable and "
            "Observation.open_lanes"
        )


class _State:
    """Who waits where at one moment of a run, and the totals so far."""

    def __init__(self, frame: Frame, sample: SamplePath) -> None:
        self.frame, self.sample = frame, sample
        lots = len(frame.queues.lot_queue)
        self.period = 0
        self.unasked, self.asked_once, self.declined = np.zeros((3, lots), dtype=np.int64)
        # How many of each lot have been asked a first time, and a second time.
        self.passed = np.zeros((2, lots), dtype=np.int64)
        none = np.zeros(0, dtype=np.int64)
        # Who has moved and has not been treated yet: lot, lane, how many.
        self.held: tuple[Codes, Codes, Ints] = (none, none, none)
        self.done: list[tuple[Codes, Codes, Ints, Ints]] = []
        self.harm = self.cost = self.late = self.asked = self.moves = 0
        self.minutes = 0.0
        self.sizes: list[int] = []
        self.over: list[list[int]] = []
        # Those who have a date, until they have been treated.
        self.dated = np.zeros(lots, dtype=np.int64)
        self.home_lane = np.full(len(frame.queues), -1, dtype=np.int64)
        at_home = np.flatnonzero(frame.lanes.home)
        self.home_lane[frame.lanes.queue[at_home]] = at_home

    def start(self, period: int) -> None:
        """A period starts: its referrals join."""
        self.period = period
        come = self.frame.queues.lot_arrival == period
        self.dated[come] = self.sample.booked.sum(axis=1)[come]
        self.unasked[come] = self.sample.patients[come] - self.dated[come]

    def held_at(self) -> Ints:
        """Patients who have moved and wait at each pair, shape (pairs,)."""
        result = np.zeros(len(self.frame.slots.provider), dtype=np.int64)
        np.add.at(result, self.frame.lanes.pair[self.held[1]], self.held[2])
        return result

    @property
    def waiting(self) -> Ints:
        """Patients of each lot who wait at home without a date."""
        return self.unasked + self.asked_once + self.declined

    def move(self, decision: Decision, observation: Observation) -> None:
        """Patients answer their offers; who accepts joins the receiving list.

        Of a lot those are asked first who have not been asked before.
        """
        lanes = self.frame.lanes
        order = np.argsort(decision.lot, kind="stable")
        lot, lane, asked = decision.lot[order], decision.lane[order], decision.asked[order]
        chance = observation.chance(lot, lane)
        fresh = fill(asked, lot, self.unasked)
        accept = np.zeros_like(asked)
        for again, count in enumerate((fresh, asked - fresh)):
            place = self.passed[again, lot] + before(count, lot)
            yes = self.sample.accepting(lot, place, count, chance, again=bool(again))
            asked_of, refused_by = (
                (self.asked_once, self.declined) if again else (self.unasked, self.asked_once)
            )
            np.subtract.at(asked_of, lot, count)
            np.add.at(refused_by, lot, count - yes)
            np.add.at(self.passed[again], lot, count)
            accept += yes
        self.asked += int(asked.sum())
        self.moves += int(accept.sum())
        self.cost += int((lanes.cost[lane] * accept).sum())
        self.minutes += float((lanes.extra[lane] * accept).sum())
        some = accept > 0
        new_held = zip(self.held, (lot[some], lane[some], accept[some]), strict=True)
        mine, theirs, count = (np.concatenate(pair) for pair in new_held)
        self.held = mine, theirs, count

    def treat(self, first: Ints) -> None:
        """Use the slots that take place, week by week; ``first`` are treated first at home."""
        frame = self.frame
        lot, lane, count, tier = self._in_line(first)
        pair = frame.lanes.pair[lane]
        order = np.lexsort((np.arange(len(lot)), tier, pair))
        lot, lane, count, tier, pair = (x[order] for x in (lot, lane, count, tier, pair))
        weekly = np.cumsum(self.sample.slots[:, self.period - 1], axis=1)
        treated = fill(count, pair, weekly[:, -1])
        self._count_late(lot, pair, count, treated, weekly)
        here, moved, booked = tier > 0, tier == 0, tier < 0
        np.subtract.at(self.dated, lot[booked], treated[booked])
        gone = np.zeros_like(self.unasked)
        np.add.at(gone, lot[here], treated[here])
        # Those are treated first who cannot be moved any more, or only once more.
        for kind in (self.declined, self.asked_once, self.unasked):
            part = np.minimum(gone, kind)
            kind -= part
            gone -= part
        left = moved & (count > treated)
        self.held = lot[left], lane[left], (count - treated)[left]
        some = treated > 0
        when = np.full(int(some.sum()), self.period, dtype=np.int64)
        self.done.append((lot[some], lane[some], when, treated[some]))

    def _in_line(self, first: Ints) -> tuple[Codes, Codes, Ints, Ints]:
        """Everybody in line for a slot, in order: lots, lanes, patients and tiers.

        Tier -1 is booked, tier 0 has moved here, tier 1 is treated first at home, tier 2 are the
        others at home.
        """
        frame, queues = self.frame, self.frame.queues
        lot, lane, count = self.held
        weeks = queues.lot_weeks[lot]
        # Those who moved earlier come before others who have waited as long.
        order = np.lexsort((np.arange(len(lot)), -weeks))
        there = self.waiting
        home = home_pairs(frame)[queues.lot_queue]
        lots, _ = home_order(frame, self.period, np.flatnonzero((there > 0) & (home >= 0)))
        own_lane = self.home_lane[queues.lot_queue[lots]]
        early = np.minimum(first[lots], there[lots])
        booked = self.sample.booked[:, self.period - 1]
        dated = np.flatnonzero(booked)
        dated_lane = self.home_lane[queues.lot_queue[dated]]
        sizes = len(dated), len(lot), len(lots), len(lots)
        return (
            np.concatenate([dated, lot[order], lots, lots]),
            np.concatenate([dated_lane, lane[order], own_lane, own_lane]),
            np.concatenate([booked[dated], count[order], early, there[lots] - early]),
            np.repeat(np.arange(-1, 3), sizes),
        )

    def _count_late(
        self, lot: Codes, pair: Codes, count: Ints, treated: Ints, weekly: Ints
    ) -> None:
        """Add the harm from the start of the period to the week of treatment."""
        curves, queues = self.frame.curves, self.frame.queues
        label = curves.label[queues.lot_queue[lot]]
        waited = curves.waited(queues.lot_weeks[lot], self.period)
        for week in range(weekly.shape[1] - 1):
            by_then = fill(count, pair, weekly[:, week])
            rate = curves.between(label, waited + week, waited + week + 1)
            self.late += int(((treated - by_then) * rate).sum())

    def close(self) -> None:
        """A period ends: add the harm of those who wait, and count them."""
        curves, queues = self.frame.curves, self.frame.queues
        waiting = self.waiting + self.dated
        np.add.at(waiting, self.held[0], self.held[2])
        lot = np.flatnonzero(waiting)
        weeks, count = queues.lot_weeks[lot], waiting[lot]
        harm = curves.untreated(queues.lot_queue[lot], weeks, self.period)
        self.harm += int((harm * count).sum())
        self.sizes.append(int(count.sum()))
        waited = curves.waited(weeks, self.period + 1)
        self.over.append([int(count[waited >= mark].sum()) for mark in MARKS])

    def run(self) -> Run:
        """The result after the last period."""
        waiting = self.waiting + self.dated
        np.add.at(waiting, self.held[0], self.held[2])
        lot = np.flatnonzero(waiting)
        never = np.full(len(lot), self.frame.curves.periods + 1, dtype=np.int64)
        nowhere = np.full(len(lot), -1, dtype=np.int64)
        parts = [*self.done, (lot, nowhere, never, waiting[lot])]
        lots, lanes, periods, counts = (np.concatenate(x) for x in zip(*parts, strict=True))
        return Run(
            outcome=Outcome(lot=lots, lane=lanes, period=periods, patients=counts),
            harm=self.harm,
            cost=self.cost,
            late_harm=self.late,
            asked=self.asked,
            moves=self.moves,
            minutes=self.minutes,
            list_size=np.array(self.sizes, dtype=np.int64),
            over=np.array(self.over, dtype=np.int64).T,
        )
