"""Count the patients of a sample path by the lots that are expected.

Where the plan tells patients apart by when their own trust treats them alone, those who come are
shared over the lots of one wait as they are expected, by largest remainder: what is known of them
is the forecast. Who is booked is treated in that period alone, as everywhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.data.label_codes import rows_among
from mutualaid.data.removal_order import in_proportion
from mutualaid.data.system import System
from mutualaid.model.eligibility import may_go
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Queues, build_queues
from mutualaid.model.sorted_rows import in_order, run_starts

Counted = tuple[Ints, Ints, Ints]
"""Patients and removals, shape (lots,), and bookings, shape (lots, periods)."""


def on_expected_lots(frame: Frame, real: System) -> Counted:
    """Count patients, removals and, by period, bookings of a path by expected lot.

    Every lot of the path is among the expected ones.

    Parameters
    ----------
    frame
        What is expected.
    real
        The system of the path: its tables have the rows of the expected ones.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> frame = ma.optimise(system, ma.Policy(min_weeks_saved=4)).model.frame
    >>> bool((on_expected_lots(frame, system)[0] == frame.queues.lot_patients).all())
    True
    """
    if frame.whole is None:
        return _counted(frame, real)
    return _shared(frame.queues, frame.whole.frame.queues, _counted(frame.whole.frame, real))


def _counted(frame: Frame, real: System) -> Counted:
    """Counts by lots that are not told apart by what becomes of them alone."""
    expected = frame.queues
    goes = None
    if expected.may_go is not None:
        tables = [t for t in (real.waiting_list, real.referrals) if t is not None]
        goes = may_go(real, frame.policy, *tables)
    found = build_queues(real, [name for name in expected.names if name != "may_go"], goes)
    queue = rows_among(expected.labels, found.labels)[found.lot_queue]
    keys = [
        pd.MultiIndex.from_arrays([number, lots.lot_weeks, lots.lot_referred])
        for number, lots in ((expected.lot_queue, expected), (queue, found))
    ]
    lot = keys[0].get_indexer(keys[1])
    patients, removed = np.zeros((2, len(expected.lot_queue)), dtype=np.int64)
    patients[lot], removed[lot] = found.lot_patients, found.lot_removed
    booked = np.zeros((len(expected.lot_queue), real.periods), dtype=np.int64)
    if found.booked is not None:
        booked[lot[found.booked.lot], found.booked.period - 1] = found.booked.patients
    return patients, removed, booked


def _shared(apart: Queues, whole: Queues, counts: Counted) -> Counted:
    """Share counts of whole lots over those that are told apart."""
    if apart.alone is None or apart.whole is None:
        return counts
    patients, removed, booked = counts
    periods = booked.shape[1]
    keys = [
        pd.MultiIndex.from_arrays([number, lots.lot_weeks, lots.lot_referred])
        for number, lots in ((whole.lot_queue, whole), (apart.whole[apart.lot_queue], apart))
    ]
    parent = keys[0].get_indexer(keys[1])
    order = in_order(parent, apart.alone[apart.lot_queue])
    parent, alone = parent[order], apart.alone[apart.lot_queue][order]
    first = run_starts(parent)
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(parent))))
    # A booking belongs to those who are treated in its period alone, or next before it.
    width = periods + 2
    lot, step = np.nonzero(booked)
    place = np.searchsorted(parent * width + alone, lot * width + step + 1, side="right") - 1
    place = np.maximum(place, np.searchsorted(parent, lot))
    dated = np.zeros((len(parent), periods), dtype=np.int64)
    np.add.at(dated, (place, step), booked[lot, step])
    free = apart.lot_free[order]
    # Where nobody was expected, who comes counts as treated soonest.
    nobody = first[np.add.reduceat(free, first) == 0] if len(first) else first
    free[nobody] = 1
    left = (patients - booked.sum(axis=1))[parent[first]]
    people = in_proportion(left, free, group, first) + dated.sum(axis=1)
    gone = np.zeros(len(parent), dtype=np.int64)
    gone[first] = removed[parent[first]]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return people[back], gone[back], dated[back]
