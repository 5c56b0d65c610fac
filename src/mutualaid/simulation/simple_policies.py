"""Simple policies: rules of thumb, for comparison with plans.

Each observes today's list and the expected slots, and says who is asked to move where. To write
another, see :class:`mutualaid.simulation.ReplayPolicy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import Mask
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.simulation.deferred_acceptance import in_turn, stable
from mutualaid.simulation.observation import (
    Decision,
    Observation,
    ask,
    edges,
    nobody,
    reached_at_home,
)

LONG_WEEKS = 18
"""The standard in England: 92 % are to be treated within 18 weeks."""


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Nobody is asked to move.

    Examples
    --------
    >>> Nothing().name
    'nothing'
    """

    name: ClassVar[str] = "nothing"
    """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Ask nobody."""
        return nobody(observation)


@dataclass(frozen=True, kw_only=True)
class _Spare:
    """Providers keep slots for their own long waiters, and offer what they then have to spare.

    Parameters
    ----------
    weeks, filling
        As for :class:`NearestFirst`.
    """

    weeks: int = LONG_WEEKS
    filling: float = 1.0

    def __post_init__(self) -> None:
        with Arguments(type(self).__name__) as check:
            check.number("weeks", self.weeks, 0, 5200)
            check.share("filling", self.filling)

    def _spare_slots(self, observation: Observation) -> Ints:
        """Slots of each pair that are left after its own long waiters."""
        long = np.where(observation.waited >= self.weeks, observation.waiting, 0)
        own, home = np.zeros(len(observation.slots), dtype=np.int64), observation.home
        np.add.at(own, home[home >= 0], long[home >= 0])
        result: Ints = np.maximum(observation.slots - own, 0)
        return result

    def _unreached(self, observation: Observation) -> Ints:
        """Long waiters of each lot who may move and get no slot at home this period."""
        here = np.maximum(reached_at_home(observation) - observation.declined, 0)
        return np.where(
            observation.waited >= self.weeks, np.maximum(observation.movable - here, 0), 0
        )


@dataclass(frozen=True, kw_only=True)
class NearestFirst(_Spare):
    """The shortest ways are taken first: each patient goes to the nearest spare slot left.

    Parameters
    ----------
    weeks
        Weeks from which a patient is a long waiter. A provider offers the slots that its own long
        waiters leave, to those of others who will not get a slot at home this period.
    filling
        As for :class:`mutualaid.simulation.PlanOnce`.

    Examples
    --------
    >>> NearestFirst(weeks=26).weeks
    26
    """

    name: ClassVar[str] = "nearest first"
    """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Fill spare slots in the order of the way to them, then of the wait."""
        patients, room = self._unreached(observation), self._spare_slots(observation)
        lot, lane = ways(observation, patients, room, observation.open_lanes)
        lanes = observation.frame.lanes
        order = np.lexsort((lane, lot, -observation.waited[lot], lanes.minutes[lane]))
        lot, lane = lot[order], lane[order]
        given = in_turn(patients, lot, lanes.pair[lane], room)
        return offer(observation, lot, lane, given, self.filling, reached_at_home(observation))


@dataclass(frozen=True, kw_only=True)
class StableMatching(_Spare):
    """Patients would rather go less far, providers rather treat who has waited longest.

    Matched by deferred acceptance, so that no patient and provider would rather have each other.
    As all providers like the longest waiters best, there is but one such matching, ties aside.

    Parameters
    ----------
    weeks, filling
        As for :class:`NearestFirst`.

    Examples
    --------
    >>> StableMatching().name
    'stable matching'
    """

    name: ClassVar[str] = "stable matching"
    """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Match spare slots with patients."""
        patients, room = self._unreached(observation), self._spare_slots(observation)
        # Each lot's ways come in the order of their extra minutes: what patients prefer.
        lot, lane = ways(observation, patients, room, observation.open_lanes)
        lanes = observation.frame.lanes
        rank = np.empty(len(lot), dtype=np.int64)
        rank[np.lexsort((lot, lanes.extra[lane], -observation.waited[lot]))] = np.arange(len(lot))
        given = stable(patients, lot, lanes.pair[lane], rank, room)
        return offer(observation, lot, lane, given, self.filling, reached_at_home(observation))


@dataclass(frozen=True, kw_only=True)
class LongestFirst:
    """Whoever has waited longest comes first, whoever's they are.

    All patients of a service in the order of their wait: each takes a slot at home if one is
    left, or else, if they may move, the nearest slot left.

    Parameters
    ----------
    filling
        As for :class:`mutualaid.simulation.PlanOnce`.

    Examples
    --------
    >>> LongestFirst().name
    'longest first'
    """

    filling: float = 0.5

    def __post_init__(self) -> None:
        with Arguments(type(self).__name__) as check:
            check.share("filling", self.filling)

    name: ClassVar[str] = "longest first"
    """Its name in the tables of a replay."""

    def decide(self, observation: Observation) -> Decision:
        """Fill all slots in the order of the wait, at home before anywhere else."""
        lanes, lots = observation.frame.lanes, len(observation.unasked)
        # Who has declined, or has not waited long enough, takes part at home only.
        bound = observation.waiting - observation.movable
        free_lot, free_lane = ways(
            observation, observation.movable, observation.slots, lanes.home | observation.open_lanes
        )
        own_lot, own_lane = ways(observation, bound, observation.slots, lanes.home)
        lot = np.concatenate([own_lot, free_lot])
        lane = np.concatenate([own_lane, free_lane])
        free = np.arange(len(lot)) >= len(own_lot)
        order = np.lexsort((lane, free, lot, -observation.waited[lot]))
        lot, lane, free = lot[order], lane[order], free[order]
        given = in_turn(
            np.concatenate([bound, observation.movable]),
            lot + lots * free,
            lanes.pair[lane],
            observation.slots,
        )
        here = lanes.home[lane]
        home = np.zeros(lots, dtype=np.int64)
        np.add.at(home, lot[here], given[here])
        return offer(observation, lot[~here], lane[~here], given[~here], self.filling, home)


def ways(observation: Observation, patients: Ints, room: Ints, among: Mask) -> tuple[Codes, Codes]:
    """Pair every lot that has patients with every lane that has room, lot by lot.

    Parameters
    ----------
    observation
        What the policy observes.
    patients : int64 array, shape (lots,)
        Patients of each lot.
    room : int64 array, shape (pairs,)
        Slots that are free at each pair.
    among : bool array, shape (lanes,)
        The lanes to consider.

    Returns
    -------
    lot, lane : int64 arrays
        Positions of the lots and of their lanes; of each lot, lanes in ascending order.
    """
    lane = np.flatnonzero(among & (room[observation.frame.lanes.pair] > 0))
    return edges(observation.frame, np.flatnonzero(patients > 0), lane)


def offer(
    observation: Observation, lot: Codes, lane: Codes, given: Ints, filling: float, home: Ints
) -> Decision:
    """The decision that offers the places which a matching gave, where there are any."""
    used = given > 0
    return ask(observation, lot[used], lane[used], given[used], filling, home)
