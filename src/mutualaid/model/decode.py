"""Decode a flow: who is treated where and when, the longest waiter first.

A flow says how many patients of a queue are treated in each lane and period. Within a queue the
longest waiters are treated first; within a period they take the home lane first, then the lanes by
extra minutes, then by the provider's code; who may not move yet takes the last places at home. For
a queue with several strands the flow also says how many of each strand are treated in each period.
If treating the longest waiters of all strands first costs the same, as in every cheapest flow of a
lead time of one period or none, they are treated first.
"""

from __future__ import annotations

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.arcs import Kind
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.sorted_rows import in_order, run_starts

Entries = tuple[Codes, Codes, Ints, Ints]
"""Lots, lanes (-1 for none), periods (one beyond the last for never) and patients."""
Treated = tuple[Codes, Ints, Ints]
"""Lots, periods and patients."""


def decode(model: Model, flow: Ints) -> Outcome:
    """Decode a flow into treatments of lots.

    Parameters
    ----------
    model
        The model that was solved.
    flow
        Flow on each arc of its network.
    """
    parts = [_chain(model, flow), *_braided(model, flow), *_ageing(model, flow), *_booked(model)]
    lot, lane, period, patients = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = in_order(lot, period, lane)
    lot, lane, period, patients = (x[order] for x in (lot, lane, period, patients))
    if model.frame.queues.booked is not None:
        # Others of a lot may be treated at home beside those of it who are booked.
        first = run_starts(lot, period, lane)
        patients = np.add.reduceat(patients, first)
        lot, lane, period = lot[first], lane[first], period[first]
    return Outcome(lot=lot, lane=lane, period=period, patients=patients)


def _booked(model: Model) -> list[Entries]:
    """Entries of who is booked: the same in every flow."""
    booked = model.frame.queues.booked
    if booked is None:
        return []
    lane = _home_lanes(model)[model.frame.queues.lot_queue[booked.lot]]
    return [(booked.lot, lane, booked.period, booked.patients)]


def _home_lanes(model: Model) -> Codes:
    """The home lane of each queue; -1 where its own provider has no slots."""
    home = np.full(len(model.frame.queues), -1, dtype=np.int64)
    home[model.lanes.queue[model.lanes.home]] = np.flatnonzero(model.lanes.home)
    return home


def but_for_booked(queues: Queues, outcome: Outcome, home: Mask) -> Outcome:
    """An outcome without those who are booked, whom no plan decides on.

    ``home`` masks the entries of who is treated at home.
    """
    booked = queues.booked
    if booked is None:
        return outcome
    span = int(outcome.period.max(initial=0)) + 1
    key, theirs = outcome.lot * span + outcome.period, booked.lot * span + booked.period
    place = np.minimum(np.searchsorted(theirs, key), len(theirs) - 1)
    gone = np.where(home & (theirs[place] == key), booked.patients[place], 0)
    left = outcome.patients - gone
    some = left > 0
    return Outcome(
        lot=outcome.lot[some],
        lane=outcome.lane[some],
        period=outcome.period[some],
        patients=left[some],
    )


def _chain(model: Model, flow: Ints) -> Entries:
    """Entries of queues with one strand: lots in order are matched with treatments in order."""
    means, queues = model.means, model.frame.queues
    single = model.chain.copy()
    single[model.strands.queue[~model.strands.alone]] = False
    mixed = np.zeros(len(queues), dtype=bool)
    mixed[means.queue[means.arcs(Kind.STAY)]] = True
    arcs = means.arcs(Kind.TREAT)
    arcs = arcs[(flow[arcs] > 0) & single[means.queue[arcs]]]
    arcs = arcs[in_order(means.queue[arcs], means.period[arcs], means.lane[arcs])]
    queue = means.queue[arcs].astype(np.int64)
    treated = np.bincount(queue, weights=flow[arcs], minlength=len(queues)).astype(np.int64)
    chain = np.flatnonzero(single)
    left = (queues.free() - treated)[chain]
    untreated = np.full(len(chain), -1), np.full(len(chain), model.frame.curves.periods + 1)
    all_queue = np.concatenate([queue, chain])
    all_lane = np.concatenate([means.lane[arcs].astype(np.int64), untreated[0]])
    all_period = np.concatenate([means.period[arcs].astype(np.int64), untreated[1]])
    all_count = np.concatenate([flow[arcs], left])
    sequence = np.argsort(all_queue, kind="stable")
    lots = np.flatnonzero(single[queues.lot_queue])
    mine, theirs, count = meet(queues.lot_free[lots], all_count[sequence])
    theirs = sequence[theirs]
    lot, lane, period = lots[mine], all_lane[theirs], all_period[theirs]
    again = np.flatnonzero(mixed[queues.lot_queue[lot]] & (lane >= 0))
    if not len(again):
        return lot, lane, period, count
    # Who has just joined cannot take a lane that is left to the youngest.
    rest = np.ones(len(lot), dtype=bool)
    rest[again] = False
    moved = _to_lanes(model, flow, single & mixed, lot[again], period[again], count[again])
    parts = zip((lot[rest], lane[rest], period[rest], count[rest]), moved, strict=True)
    lot, lane, period, count = (np.concatenate(both) for both in parts)
    return lot, lane, period, count


def _braided(model: Model, flow: Ints) -> list[Entries]:
    """Entries of queues that have several strands.

    The longest waiters of each strand are treated first; those of all strands together if that
    costs the same.
    """
    strands, queues, means = model.strands, model.frame.queues, model.means
    mine = ~strands.alone[strands.strand]
    if not mine.any():
        return []
    periods = model.frame.curves.periods
    release = means.arcs(Kind.RELEASE)
    release = release[(flow[release] > 0) & model.chain[means.queue[release]]]
    lots, strand = strands.lot[mine], strands.strand[mine]
    strand_of = np.zeros(len(queues.lot_queue), dtype=np.int64)
    strand_of[lots] = strand
    kept = _by_strand(
        lots,
        strand,
        queues.lot_free[lots],
        strand_of[means.lot[release]],
        means.period[release].astype(np.int64),
        flow[release],
        periods,
    )
    treated = np.zeros((len(queues), periods), dtype=np.int64)
    np.add.at(treated, (means.queue[release], means.period[release] - 1), flow[release])
    several = np.zeros(len(queues), dtype=bool)
    several[strands.queue[~strands.alone]] = True
    lots = np.sort(lots)
    longest = _longest_first(model, lots, treated, _not_away(model, flow, several))
    same = _as_good(model, kept, longest)
    parts = [
        tuple(column[same[queues.lot_queue[part[0]]] == wanted] for column in part)
        for part, wanted in ((longest, True), (kept, False))
    ]
    lot, period, count = (np.concatenate(column) for column in zip(*parts, strict=True))
    never = period > periods
    nowhere = np.full(int(never.sum()), -1, dtype=np.int64)
    return [
        _to_lanes(model, flow, several, lot[~never], period[~never], count[~never]),
        (lot[never], nowhere, period[never], count[never]),
    ]


def _not_away(model: Model, flow: Ints, chosen: Mask) -> Ints:
    """Patients of chosen queues treated at home or in lent rooms, shape (queues, periods)."""
    means = model.means
    stay = means.arcs(Kind.TREAT)
    stay = stay[~model.lanes.away[means.lane[stay]] & chosen[means.queue[stay]]]
    result = np.zeros((len(chosen), model.frame.curves.periods), dtype=np.int64)
    np.add.at(result, (means.queue[stay], means.period[stay] - 1), flow[stay])
    return result


def _as_good(model: Model, kept: Treated, longest: Treated) -> Mask:
    """Mask, shape (queues,), of where the longest waiters can be treated first at the same cost.

    A search that was stopped early may have left a dearer order. It is what was certified. If a
    move takes more than one period, those treated first may be missed where only they can go: then
    the longest must be as well off in each period, whatever limit counts them.
    """
    queues, curves = model.frame.queues, model.frame.curves
    harm = np.zeros((2, len(queues)), dtype=np.int64)
    many = np.zeros((2, len(queues), curves.periods + 2), dtype=np.int64)
    for row, (lot, when, count) in enumerate((kept, longest)):
        queue = queues.lot_queue[lot]
        each = curves.until(queue, queues.lot_weeks[lot], queues.lot_arrival[lot], when)
        np.add.at(harm[row], queue, each * count)
        np.add.at(many[row], (queue, when), count)
    same: Mask = (harm[0] == harm[1]) & (many[0] == many[1]).all(axis=1)
    if model.frame.lead > 1:
        ahead = np.zeros(len(queues.lot_queue), dtype=np.int64)
        for period in range(1, curves.periods + 1):
            for (lot, when, count), sign in ((longest, 1), (kept, -1)):
                now = when == period
                np.add.at(ahead, lot[now], sign * count[now])
            first = np.searchsorted(queues.lot_queue, queues.lot_queue, side="left")
            total = np.append(0, np.cumsum(ahead))
            behind = total[1:] - total[first] < 0
            same[queues.lot_queue[behind]] = False
    return same


def _by_strand(
    lots: Codes,
    strand: Codes,
    patients: Ints,
    released: Codes,
    period: Ints,
    count: Ints,
    periods: int,
) -> tuple[Codes, Ints, Ints]:
    """Match the lots of each strand, in order, with its treatments by period, untreated last."""
    size = int(strand.max()) + 1
    left = np.zeros(size, dtype=np.int64)
    np.add.at(left, strand, patients)
    np.subtract.at(left, released, count)
    some = np.flatnonzero(left)
    who = np.concatenate([released, some])
    when = np.concatenate([period, np.full(len(some), periods + 1, dtype=np.int64)])
    many = np.concatenate([count, left[some]])
    order = in_order(who, when)
    mine, theirs, met = meet(patients, many[order])
    return lots[mine], when[order][theirs], met


def _longest_first(model: Model, lots: Codes, treated: Ints, not_away: Ints) -> Treated:
    """Treat the longest waiters of each queue among those who have arrived, period by period.

    Parameters
    ----------
    model
        The model.
    lots
        Lots, queue by queue, the longest waiters first.
    treated, not_away
        Patients of each queue treated in each period, and those of them who do not move; shape
        (queues, periods). Fewer are treated where others would be needed to move.
    """
    queues, lead = model.frame.queues, model.frame.lead
    queue, arrival = queues.lot_queue[lots], queues.lot_arrival[lots]
    left = queues.lot_free[lots].copy()
    start = np.searchsorted(queue, queue, side="left")
    periods = treated.shape[1]
    parts = []
    for period in range(1, periods + 1):
        here = np.where(arrival <= period, left, 0)
        if lead:
            young = np.where(period - arrival < lead, here, 0)
            here = here - young + _first(young, start, not_away[queue, period - 1])
        take = _first(here, start, treated[queue, period - 1])
        some = np.flatnonzero(take)
        parts.append((lots[some], np.full(len(some), period, dtype=np.int64), take[some]))
        left -= take
    some = np.flatnonzero(left)
    parts.append((lots[some], np.full(len(some), periods + 1, dtype=np.int64), left[some]))
    lot, when, count = (np.concatenate(column) for column in zip(*parts, strict=True))
    return lot, when, count


def _first(patients: Ints, start: Codes, most: Ints) -> Ints:
    """Of each lot those who are among so many of the first of its queue, which starts there."""
    running = np.append(0, np.cumsum(patients))
    result: Ints = np.clip(most - (running[:-1] - running[start]), 0, patients)
    return result


def _to_lanes(
    model: Model, flow: Ints, chosen: Mask, lot: Codes, period: Ints, count: Ints
) -> Entries:
    """Give the patients treated in each queue and period their lanes, the longest waiters first.

    Who may not move yet takes the last places of those that are no moves.
    """
    queues, means, lead = model.frame.queues, model.means, model.frame.lead
    young = (period - queues.lot_arrival[lot] < lead).astype(np.int64)
    order = in_order(queues.lot_queue[lot], period, young, lot)
    lot, period, count, young = lot[order], period[order], count[order], young[order]
    treat = means.arcs(Kind.TREAT)
    treat = treat[(flow[treat] > 0) & chosen[means.queue[treat]]]
    treat = treat[in_order(means.queue[treat], means.period[treat], means.lane[treat])]
    lane, places = means.lane[treat].astype(np.int64), flow[treat]
    if young.any():
        queue, when = means.queue[treat].astype(np.int64), means.period[treat].astype(np.int64)
        need = np.zeros((len(queues), model.frame.curves.periods + 1), dtype=np.int64)
        np.add.at(need, (queues.lot_queue[lot], period), young * count)
        run = np.zeros(len(treat), dtype=np.int64)
        run[run_starts(queue, when)] = 1
        # From the last place to the first: how many of a queue and period are still to be kept.
        stay = np.where(model.lanes.away[lane], 0, places)[::-1]
        begin = np.searchsorted(np.cumsum(run)[::-1] * -1, np.cumsum(run)[::-1] * -1)
        held = _first(stay, begin, need[queue, when][::-1])[::-1]
        last = in_order(np.tile(np.cumsum(run), 2), np.repeat([0, 1], len(run)))
        lane = np.tile(lane, 2)[last]
        places = np.concatenate([places - held, held])[last]
    mine, theirs, met = meet(count, places)
    return lot[mine], lane[theirs], period[mine], met


def _ageing(model: Model, flow: Ints) -> list[Entries]:
    """Entries of queues in the ageing network: released lots are matched with lanes by period."""
    means, queues, periods = model.means, model.frame.queues, model.frame.curves.periods
    release = means.arcs(Kind.RELEASE)
    release = release[(flow[release] > 0) & ~model.chain[means.queue[release]]]
    direct = means.arcs(Kind.DIRECT)
    direct = direct[flow[direct] > 0]
    home = _home_lanes(model)
    ageing_lots = np.flatnonzero(~model.chain[queues.lot_queue])
    left = queues.lot_free.copy()
    np.subtract.at(left, means.lot[release], flow[release])
    np.subtract.at(left, means.lot[direct], flow[direct])
    waiting = ageing_lots[left[ageing_lots] > 0]
    return [
        _to_lanes(
            model,
            flow,
            ~model.chain,
            means.lot[release].astype(np.int64),
            means.period[release].astype(np.int64),
            flow[release],
        ),
        (
            means.lot[direct].astype(np.int64),
            home[means.queue[direct]],
            means.period[direct].astype(np.int64),
            flow[direct],
        ),
        (waiting, np.full(len(waiting), -1), np.full(len(waiting), periods + 1), left[waiting]),
    ]


def meet(ours: Ints, theirs: Ints) -> tuple[Codes, Codes, Ints]:
    """Match two sequences of counts with the same total, in order.

    Returns
    -------
    mine, other : int64 arrays
        Positions in ``ours`` and in ``theirs``.
    count : int64 array
        How many of each are matched; 1 or more.

    Examples
    --------
    >>> import numpy as np
    >>> [part.tolist() for part in meet(np.array([3, 2]), np.array([1, 4]))]
    [[0, 0, 1], [0, 1, 1], [1, 2, 2]]
    """
    our_end, their_end = np.cumsum(ours), np.cumsum(theirs)
    # Each is in order already, so that a stable sort merges them.
    ends = np.sort(np.concatenate([our_end, their_end]), kind="stable")
    ends = ends[np.diff(ends, prepend=0) > 0]
    count = np.diff(ends, prepend=0)
    mine = np.searchsorted(our_end, ends, side="left")
    other = np.searchsorted(their_end, ends, side="left")
    return mine, other, count
