"""Who moves gains: patients told apart by when their own trust treats them if nobody moves.

``Policy(min_weeks_saved=k)`` lets nobody move who is not treated at least `k` weeks sooner than
alone. Within each queue, whom :class:`mutualaid.Independent` treats in period 1, 2, … and never
are groups of their own, each with its own lanes: away from home in period `t` only for who would be
treated in period ``t + k / period_weeks`` or later. Whoever is untreated at the end counts as
treated in the period after the last, the soonest that can be. No side row is needed: the model
stays a network.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.schema import ALONE_PERIOD
from mutualaid.model.lanes import Lanes
from mutualaid.model.model import Frame
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Booked, Codes, Queues, Removed
from mutualaid.model.sorted_rows import in_order, members, run_starts


def saves_enough(frame: Frame, lanes: Lanes) -> Mask:
    """Mask, shape (lanes, periods), of who may go where because it is soon enough to gain by it.

    Home lanes, and all lanes of a policy that asks for nothing, are open.
    """
    open_ = np.ones((len(lanes), frame.curves.periods), dtype=bool)
    if frame.queues.alone is None or not frame.policy.min_weeks_saved:
        return open_
    weeks = frame.system.period_weeks
    sooner = frame.queues.alone[lanes.queue, None] - np.arange(1, frame.curves.periods + 1)
    gains: Mask = sooner * weeks >= frame.policy.min_weeks_saved
    return np.where(lanes.away[:, None], gains, open_)


def told_apart(
    queues: Queues, outcome: Outcome, periods: int, movable: Mask
) -> tuple[Queues, Outcome]:
    """Split queues by when their patients are treated alone.

    Parameters
    ----------
    queues
        The queues.
    outcome
        What becomes of their lots if nobody moves. Its lanes are not looked at.
    periods
        The horizon.
    movable : bool array, shape (queues,)
        Queues that may be treated away from home. The others stay whole: their ``alone`` is 0.

    Returns
    -------
    Queues
        Each lot is cut into those who are treated in the same period. Removed patients are kept
        with the first of them.
    Outcome
        The same outcome of these, by lot, then period; ``lane`` is -1 throughout.
    """
    width = periods + 2
    gone = np.setdiff1d(np.flatnonzero(queues.lot_removed > 0), outcome.lot)
    every = np.concatenate([outcome.lot, gone])
    when = np.concatenate([outcome.period, np.full(len(gone), periods + 1, dtype=np.int64)])
    count = np.concatenate([outcome.patients, np.zeros(len(gone), dtype=np.int64)])
    when[~movable[queues.lot_queue[every]]] = 0
    # By queue, by when, and then the longest waiters first, as lots are numbered.
    order = in_order(queues.lot_queue[every], when, every)
    new = run_starts(every[order], when[order])
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.repeat(np.arange(len(new)), np.diff(np.append(new, len(order))))
    patients = np.add.reduceat(count[order], new) if len(new) else count
    lot, alone = every[order][new], when[order][new]
    key, queue = np.unique(queues.lot_queue[lot] * width + alone, return_inverse=True)
    old = key // width
    by_old = in_order(lot, alone)
    first = np.full(len(queues.lot_queue), -1, dtype=np.int64)
    first[lot[by_old[::-1]]] = by_old[::-1]
    removed = np.zeros(len(lot), dtype=np.int64)
    some = np.flatnonzero(queues.lot_removed > 0)
    removed[first[some]] = queues.lot_removed[some]
    labels = queues.labels.take(old).reset_index(drop=True)
    labels[ALONE_PERIOD] = pd.Categorical(key % width, categories=range(periods + 2))
    split = replace(
        queues,
        labels=labels,
        origin=queues.origin[old],
        service=queues.service[old],
        line=queues.line[old],
        lot_queue=queue,
        lot_weeks=queues.lot_weeks[lot],
        lot_referred=queues.lot_referred[lot],
        lot_patients=patients,
        lot_removed=removed,
        booked=_booked(queues.booked, lot, alone, width),
        removed=_removed(queues.removed, first),
        alone=key % width,
        whole=old,
    )
    mine = place[: len(outcome.lot)]
    rows = in_order(mine, outcome.period)
    return split, Outcome(
        lot=mine[rows],
        lane=np.full(len(rows), -1, dtype=np.int64),
        period=outcome.period[rows],
        patients=outcome.patients[rows],
    )


def lanes_apart(lanes: Lanes, queues: Queues) -> Lanes:
    """Give each of some queues that were told apart the lanes of the whole one."""
    if queues.whole is None:
        return lanes
    order = np.argsort(lanes.queue, kind="stable")
    queue, rows = members(lanes.queue[order], queues.whole)
    return replace(lanes.only(order[rows]), queue=queue)


def at_home(outcome: Outcome, queues: Queues, lanes: Lanes, periods: int) -> Outcome:
    """Give an outcome in which nobody moves the home lanes of some queues."""
    home = np.full(len(queues), -1, dtype=np.int64)
    home[lanes.queue[lanes.home]] = np.flatnonzero(lanes.home)
    treated = outcome.period <= periods
    return replace(outcome, lane=np.where(treated, home[queues.lot_queue[outcome.lot]], -1))


def _booked(booked: Booked | None, lot: Codes, alone: Codes, width: int) -> Booked | None:
    """Who is booked is treated alone in that period: each booking is of one group."""
    if booked is None:
        return None
    whole = np.zeros(int(lot.max()) + 1, dtype=bool)
    whole[lot[alone == 0]] = True
    key = lot * width + alone
    wanted = booked.lot * width + np.where(whole[booked.lot], 0, booked.period)
    sequence = np.argsort(key, kind="stable")
    theirs = sequence[np.searchsorted(key[sequence], wanted)]
    order = in_order(theirs, booked.period)
    return Booked(lot=theirs[order], period=booked.period[order], patients=booked.patients[order])


def _removed(removed: Removed | None, first: Codes) -> Removed | None:
    if removed is None:
        return None
    theirs = first[removed.lot]
    order = in_order(theirs, removed.period)
    return Removed(
        lot=theirs[order], period=removed.period[order], patients=removed.patients[order]
    )
