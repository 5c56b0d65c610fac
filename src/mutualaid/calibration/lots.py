"""As today in whole numbers: who joins, leaves, is booked and is treated, by lot and period.

A queue is a list's part of one stream and class. A *lot* is those of a queue who have waited
alike. Period by period joiners come first, then removals leave, by how often people of that age
leave; then every slot of the queue treats somebody, by how soon people of that age are treated in
its class. Of those treated a share is booked; the rest is treated by slots that a plan may use
otherwise.

Bookings and removals hold whatever a plan does with those slots, because nobody is taken twice:
neither takes who was treated by the rest before. Both are told by how long people have waited
alone, and bookings find the earliest referred of these. So a removal early on and bookings later,
of people who have waited alike but were referred after it, could claim the same patient; a lot
therefore has room for no more bookings than its people at its removals, and what is beyond is
treated without a date.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutualaid.calibration.monthly_counts import Counts
from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.data.whole_numbers import UNITS, along, floors, in_units

NEWTON_STEPS = 5
SMALLEST_RATE = 1e-5
"""Slots and removals that find nobody at their ages take who is there at others."""

BLOCK_WEEKS, MOST_BLOCKS = 4, 20_000
"""Of so many weeks of a queue one lot gives what all of them should."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """Patients of queues: int64 arrays, shape (rows,).

    ``weeks`` is how long they have waited when ``period`` starts (0 for the census: before
    period 1); below 0, their clock starts so many weeks later.
    """

    queue: Ints
    period: Ints
    weeks: Ints
    patients: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class World:
    """What happens to queues, in whole numbers.

    Attributes
    ----------
    period_weeks : int
    list_of : int64 array, shape (queues,)
        The list of each queue; queues of one list are side by side.
    waiting, joiners : Rows
        Who waits at the census, and who joins when a period starts.
    slots : int64 array, shape (periods, queues)
    removals : int64 array, shape (periods, lists)
    completing : float32 array, shape (queues, weeks)
        Rates a week at which a class is treated, by weeks waited; the last week is open.
    leaving : float32 array, shape (periods, lists, weeks)
        Rates at which removals leave.
    soon : float32 array, shape (periods, lists)
        The rate at which who has joined in a period leaves in it.
    booked : float64 array, shape (queues,)
        The share of slots that is spoken for.
    """

    period_weeks: int
    list_of: Ints
    waiting: Rows
    joiners: Rows
    slots: Ints
    removals: Ints
    completing: Counts
    leaving: Counts
    soon: Counts
    booked: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Lived:
    """What became of lots.

    Attributes
    ----------
    removals, booked : Rows
        Who leaves when a period starts, and who is booked in it.
    queue, clock : int64 arrays, shape (lots,)
        The queue of each lot, and its weeks waited at the census; below 0, it joins later.
    waiting : int32 array, shape (periods, lots)
        Who waits at the end of each period.
    unused : int64 array, shape (periods, queues)
        Slots for which nobody is left.
    nobody : int64 array, shape (periods, lists)
        Removals for which nobody is left.
    no_room : int
        Bookings that were left out, so that no patient is claimed twice.
    """

    removals: Rows
    booked: Rows
    queue: Ints
    clock: Ints
    waiting: npt.NDArray[np.int32]
    unused: Ints
    nobody: Ints
    no_room: int


def live(world: World) -> Lived:
    """Let the periods pass as today."""
    periods, queues = world.slots.shape
    queue, clock, start, joins, lot_of_joiners = _lots(world)
    census, young = _rates(world)
    now = start.astype(np.int64)
    # Who would be there without the slots that are not booked; and how many may still be booked.
    standing, room = now.copy(), np.full(len(now), np.iinfo(np.int64).max // 2)
    carried = np.full(queues, UNITS // 2, dtype=np.int64)
    gone: dict[str, list[tuple[Ints, int, Ints, Ints]]] = {"removals": [], "booked": []}
    waiting = np.zeros((periods, len(now)), dtype=np.int32)
    unused, nobody = np.zeros_like(world.slots), np.zeros_like(world.removals)
    no_room = 0
    last = world.completing.shape[1] - 1
    for period in range(periods):
        there = world.joiners.period == period + 1
        at, count = lot_of_joiners[there], world.joiners.patients[there]
        np.add.at(now, at, count)
        np.add.at(standing, at, count)
        passed = period * world.period_weeks

        lots = np.flatnonzero(now > 0)
        of_list = world.list_of[queue[lots]]
        weeks = clock[lots] + passed
        age = np.clip(weeks, 0, last)
        fresh = joins[lots] & (weeks <= 0)
        soon = world.soon[period]
        rate = np.where(fresh, soon[of_list], world.leaving[period][of_list, age])
        left, nobody[period] = _taken(
            now[lots], rate, of_list, _blocks(queue[lots], clock[lots]), world.removals[period]
        )
        some = left > 0
        gone["removals"].append((queue[lots[some]], period + 1, weeks[some], left[some]))
        now[lots] -= left
        standing[lots] -= left
        held = lots[some]
        room[held] = np.minimum(room[held], standing[held])

        lots = np.flatnonzero(now > 0)
        of_queue = queue[lots]
        weeks = clock[lots] + passed
        age = np.clip(weeks, 0, last)
        fresh = joins[lots] & (weeks <= 0)
        rate = np.where(fresh, young[of_queue], census[of_queue, age])
        treated, unused[period] = _taken(
            now[lots], rate, of_queue, _blocks(of_queue, clock[lots]), world.slots[period]
        )
        dated = _share(treated, world.booked, of_queue, carried)
        fit = np.minimum(dated, room[lots])
        no_room += int((dated - fit).sum())
        some = fit > 0
        gone["booked"].append((of_queue[some], period + 1, weeks[some], fit[some]))
        now[lots] -= treated
        standing[lots] -= fit
        room[lots] -= fit
        waiting[period] = now
    return Lived(
        removals=_rows(gone["removals"]),
        booked=_rows(gone["booked"]),
        queue=queue,
        clock=clock,
        waiting=waiting,
        unused=unused,
        nobody=nobody,
        no_room=no_room,
    )


def _lots(world: World) -> tuple[Ints, Ints, Ints, Mask, Ints]:
    """Queue and clock of each lot, who is in it at the census, who is new, and joiners' lots."""
    parts = world.waiting, world.joiners
    queue = np.concatenate([part.queue for part in parts])
    clock = np.concatenate(
        [part.weeks - np.maximum(part.period - 1, 0) * world.period_weeks for part in parts]
    )
    least = int(clock.min(initial=0))
    span = int(clock.max(initial=0)) - least + 1
    key, lot = np.unique(queue * span + (clock - least), return_inverse=True)
    waits = len(world.waiting.queue)
    start = np.bincount(lot[:waits], weights=world.waiting.patients, minlength=len(key))
    joins = np.zeros(len(key), dtype=bool)
    joins[lot[waits:][world.joiners.weeks <= 0]] = True
    return key // span, key % span + least, start.astype(np.int64), joins, lot[waits:]


def _rates(world: World) -> tuple[Counts, Counts]:
    """Chances to be treated in a period as rates: by weeks waited when it starts, and if new.

    Who is new joins all through the period.
    """
    rate, length = world.completing, world.period_weeks
    weeks = rate.shape[1]
    census = np.zeros_like(rate)
    for on in range(length):
        census += rate[:, np.minimum(np.arange(weeks) + on, weeks - 1)]
    first = (length - np.arange(length) - 0.5) / length
    inside = min(length, weeks)
    return census, rate[:, :inside] @ first[:inside].astype(rate.dtype)


def _blocks(queue: Ints, clock: Ints) -> Ints:
    """Number queues and groups of lots of neighbouring weeks."""
    result: Ints = queue * MOST_BLOCKS + (clock - 1) // BLOCK_WEEKS + MOST_BLOCKS // 2
    return result


def _taken(there: Ints, rate: Counts, owner: Ints, block: Ints, totals: Ints) -> tuple[Ints, Ints]:
    """Take whole totals of owners from their lots, by rates; and how many find nobody.

    Of a lot with the rate `x` n (1 - exp(-x f)) are taken, with one factor `f` an owner by which
    the totals are reached.
    """
    if not len(there):
        return there, totals
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    size = np.diff(np.append(first, len(owner)))
    count = there.astype(np.float64)
    sums = np.add.reduceat(there, first)
    asked = np.minimum(totals[owner[first]], sums)
    nobody = totals.copy()
    nobody[owner[first]] -= asked
    rates = np.maximum(rate, SMALLEST_RATE).astype(np.float64)
    # The root of a concave function from below: each step falls short of it, none goes beyond.
    factor = asked / np.add.reduceat(count * rates, first)
    stays = np.exp(-rates * np.repeat(factor, size))
    for _ in range(NEWTON_STEPS):
        kept = count * stays
        missing = asked - (sums - np.add.reduceat(kept, first))
        slope = np.add.reduceat(kept * rates, first)
        factor = factor + np.maximum(missing, 0.0) / np.maximum(slope, 1e-9)
        stays = np.exp(-rates * np.repeat(factor, size))
    kept = count * stays
    still = np.add.reduceat(kept, first)
    missing = asked - (sums - still)
    more = np.clip(missing / np.maximum(still, 1e-9), 0.0, 1.0)
    kept = kept * (1 - np.repeat(more, size))
    fraction = count - kept
    scale = asked / np.maximum(np.add.reduceat(fraction, first), 1e-9)
    fraction = _gathered(np.minimum(fraction * np.repeat(scale, size), count), count, owner, block)
    return along(fraction, first), nobody


def _gathered(taken: Floats, there: Floats, owner: Ints, block: Ints) -> Floats:
    """Take what is taken of neighbours from the one that gives most, as far as there is any.

    Neighbours are those of one owner and block. Tables then have a fraction of the rows.
    """
    first = np.flatnonzero((np.diff(owner, prepend=-1) != 0) | (np.diff(block, prepend=-1) != 0))
    size = np.diff(np.append(first, len(taken)))
    total = np.add.reduceat(taken, first)
    most = np.maximum.reduceat(taken, first)
    chosen = taken == np.repeat(most, size)
    # The first of several that give as many.
    running = np.cumsum(chosen)
    before = np.repeat(running[first] - chosen[first], size)
    chosen &= running - before == 1
    part = np.minimum(total, there[chosen])
    rest = there - np.where(chosen, there, 0.0)
    others = np.add.reduceat(rest, first)
    more = np.minimum((total - part) / np.maximum(others, 1.0), 1.0)
    result: Floats = np.where(chosen, np.repeat(part, size), rest * np.repeat(more, size))
    return result


def _share(treated: Ints, booked: Floats, owner: Ints, carried: Ints) -> Ints:
    """How many of those treated are booked; what is left of a patient is carried on."""
    if not len(treated):
        return treated
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    running = np.cumsum(in_units(treated * booked[owner]))
    result, carried[owner[first]] = floors(running, first, carried[owner[first]])
    return result


def _rows(parts: list[tuple[Ints, int, Ints, Ints]]) -> Rows:
    return Rows(
        queue=np.concatenate([part[0] for part in parts]),
        period=np.concatenate([np.full(len(part[0]), part[1], dtype=np.int64) for part in parts]),
        weeks=np.concatenate([part[2] for part in parts]),
        patients=np.concatenate([part[3] for part in parts]),
    )
