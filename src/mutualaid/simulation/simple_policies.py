"""Simple policies: what is done where nobody solves anything.

Each sees today's list and the slots that are expected, and says who is asked to move where. To
write another, give a class a ``name`` and a method ``decide``: see
:class:`mutualaid.simulation.observation.Seen` and
:class:`mutualaid.simulation.observation.Decision`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import Mask
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.simulation.deferred_acceptance import in_turn, stable
from mutualaid.simulation.observation import Decision, Seen, ask, nobody, reached_at_home

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

    @property
    def name(self) -> str:
        """What it is called."""
        return "nothing"

    def decide(self, seen: Seen) -> Decision:
        """Ask nobody."""
        return nobody(seen)


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

    def spare(self, seen: Seen) -> Ints:
        """Slots of each pair that its own long waiters leave."""
        long = np.where(seen.waited >= self.weeks, seen.unasked + seen.declined, 0)
        own, home = np.zeros(len(seen.slots), dtype=np.int64), seen.home
        np.add.at(own, home[home >= 0], long[home >= 0])
        result: Ints = np.maximum(seen.slots - own, 0)
        return result

    def beyond_reach(self, seen: Seen) -> Ints:
        """Long waiters of each lot who may move and whom no slot at home reaches."""
        here = np.maximum(reached_at_home(seen) - seen.declined, 0)
        return np.where(seen.waited >= self.weeks, np.maximum(seen.movable - here, 0), 0)


@dataclass(frozen=True, kw_only=True)
class NearestFirst(_Spare):
    """The shortest ways are taken first: each patient goes to the nearest spare slot left.

    Parameters
    ----------
    weeks
        A provider offers the slots that its own patients who have waited so long leave; they are
        offered to patients who have waited so long and whom their own provider's slots do not
        reach this period.
    filling
        As for :class:`mutualaid.simulation.PlanOnce`.

    Examples
    --------
    >>> NearestFirst(weeks=26).weeks
    26
    """

    @property
    def name(self) -> str:
        """What it is called."""
        return "nearest first"

    def decide(self, seen: Seen) -> Decision:
        """Fill spare slots in the order of the way to them, then of the wait."""
        patients, room = self.beyond_reach(seen), self.spare(seen)
        lot, lane = ways(seen, patients, room, seen.frame.lanes.away)
        lanes = seen.frame.lanes
        order = np.lexsort((lane, lot, -seen.waited[lot], lanes.minutes[lane]))
        lot, lane = lot[order], lane[order]
        given = in_turn(patients, lot, lanes.pair[lane], room)
        return offer(seen, lot, lane, given, self.filling, reached_at_home(seen))


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

    @property
    def name(self) -> str:
        """What it is called."""
        return "stable matching"

    def decide(self, seen: Seen) -> Decision:
        """Match spare slots with patients."""
        patients, room = self.beyond_reach(seen), self.spare(seen)
        # Each lot's ways come in the order of their extra minutes: what patients prefer.
        lot, lane = ways(seen, patients, room, seen.frame.lanes.away)
        lanes = seen.frame.lanes
        rank = np.empty(len(lot), dtype=np.int64)
        rank[np.lexsort((lot, lanes.extra[lane], -seen.waited[lot]))] = np.arange(len(lot))
        given = stable(patients, lot, lanes.pair[lane], rank, room)
        return offer(seen, lot, lane, given, self.filling, reached_at_home(seen))


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

    @property
    def name(self) -> str:
        """What it is called."""
        return "longest first"

    def decide(self, seen: Seen) -> Decision:
        """Fill all slots in the order of the wait, at home before anywhere else."""
        lanes, lots = seen.frame.lanes, len(seen.unasked)
        # Who has declined, or has not waited long enough, takes part at home only.
        bound = seen.unasked + seen.declined - seen.movable
        free_lot, free_lane = ways(seen, seen.movable, seen.slots, lanes.home | lanes.away)
        own_lot, own_lane = ways(seen, bound, seen.slots, lanes.home)
        lot = np.concatenate([own_lot, free_lot])
        lane = np.concatenate([own_lane, free_lane])
        free = np.arange(len(lot)) >= len(own_lot)
        order = np.lexsort((lane, free, lot, -seen.waited[lot]))
        lot, lane, free = lot[order], lane[order], free[order]
        given = in_turn(
            np.concatenate([bound, seen.movable]),
            lot + lots * free,
            lanes.pair[lane],
            seen.slots,
        )
        here = lanes.home[lane]
        home = np.zeros(lots, dtype=np.int64)
        np.add.at(home, lot[here], given[here])
        return offer(seen, lot[~here], lane[~here], given[~here], self.filling, home)


def ways(seen: Seen, patients: Ints, room: Ints, among: Mask) -> tuple[Codes, Codes]:
    """Every lot that has patients with every lane that has room: lot by lot, lanes in order.

    Parameters
    ----------
    seen
        What there is to see.
    patients
        How many there are of each lot.
    room
        How much room there is at each pair.
    among
        The lanes to look at.
    """
    queues, lanes = seen.frame.queues, seen.frame.lanes
    lane = np.flatnonzero(among & (room[lanes.pair] > 0))
    lots = np.flatnonzero(patients > 0)
    queue = queues.lot_queue[lots]
    # Lanes are sorted by queue.
    first = np.searchsorted(lanes.queue[lane], queue, side="left")
    each = np.searchsorted(lanes.queue[lane], queue, side="right") - first
    offset = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
    return np.repeat(lots, each), lane[np.repeat(first, each) + offset]


def offer(seen: Seen, lot: Codes, lane: Codes, given: Ints, filling: float, home: Ints) -> Decision:
    """Offer the places that were given."""
    used = given > 0
    return ask(seen, lot[used], lane[used], given[used], filling, home)
