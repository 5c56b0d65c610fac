"""Flows back to patients: who is treated where and when, the longest waiter first.

A cheapest flow says how many of a queue are treated in each lane and period. Within a queue the
longest waiters are treated first; within a period they fill the home lane, then the lanes in
the order of their extra minutes, then of the provider's code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.model.arcs import Kind
from mutualaid.model.build import Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, in_order


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What becomes of every lot: arrays of shape (entries,).

    Attributes
    ----------
    lot : int64 array
        Position of the lot in the queues.
    lane : int64 array
        Position of the lane in the model's lanes; -1 for who is untreated to the end.
    period : int64 array
        The period of treatment; ``periods + 1`` for who is untreated to the end.
    patients : int64 array
        How many, 1 or more.
    """

    lot: Codes
    lane: Codes
    period: Ints
    patients: Ints


def decode(model: Model, flow: Ints) -> Outcome:
    """Work out what becomes of every lot.

    Parameters
    ----------
    model
        The model that was solved.
    flow
        Flow on each arc of its network.
    """
    parts = [_chain(model, flow), *_ageing(model, flow)]
    lot, lane, period, patients = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = in_order(lot, period, lane)
    return Outcome(lot=lot[order], lane=lane[order], period=period[order], patients=patients[order])


def _chain(model: Model, flow: Ints) -> tuple[Codes, Codes, Ints, Ints]:
    """Queues of the chain: lots in order meet treatments in order."""
    means, queues = model.means, model.frame.queues
    arcs = means.arcs(Kind.TREAT)
    arcs = arcs[(flow[arcs] > 0) & model.chain[means.queue[arcs]]]
    arcs = arcs[in_order(means.queue[arcs], means.period[arcs], means.lane[arcs])]
    queue = means.queue[arcs].astype(np.int64)
    treated = np.bincount(queue, weights=flow[arcs], minlength=len(queues)).astype(np.int64)
    chain = np.flatnonzero(model.chain)
    left = (queues.patients() - treated)[chain]
    untreated = np.full(len(chain), -1), np.full(len(chain), model.frame.curves.periods + 1)
    all_queue = np.concatenate([queue, chain])
    all_lane = np.concatenate([means.lane[arcs].astype(np.int64), untreated[0]])
    all_period = np.concatenate([means.period[arcs].astype(np.int64), untreated[1]])
    all_count = np.concatenate([flow[arcs], left])
    sequence = np.argsort(all_queue, kind="stable")
    lots = np.flatnonzero(model.chain[queues.lot_queue])
    mine, theirs, count = meet(queues.lot_patients[lots], all_count[sequence])
    theirs = sequence[theirs]
    return lots[mine], all_lane[theirs], all_period[theirs], count


def _ageing(model: Model, flow: Ints) -> list[tuple[Codes, Codes, Ints, Ints]]:
    """Queues of the ageing network: in each period the released lots meet the lanes."""
    means, queues, periods = model.means, model.frame.queues, model.frame.curves.periods
    release = means.arcs(Kind.RELEASE)
    release = release[flow[release] > 0]
    # Lots are numbered by queue, the longest waiters first.
    release = release[in_order(means.queue[release], means.period[release], means.lot[release])]
    treat = means.arcs(Kind.TREAT)
    treat = treat[(flow[treat] > 0) & ~model.chain[means.queue[treat]]]
    treat = treat[in_order(means.queue[treat], means.period[treat], means.lane[treat])]
    mine, theirs, count = meet(flow[release], flow[treat])
    direct = means.arcs(Kind.DIRECT)
    direct = direct[flow[direct] > 0]
    home = np.full(len(queues), -1, dtype=np.int64)
    home[model.lanes.queue[model.lanes.home]] = np.flatnonzero(model.lanes.home)
    ageing_lots = np.flatnonzero(~model.chain[queues.lot_queue])
    left = queues.lot_patients.copy()
    np.subtract.at(left, means.lot[release], flow[release])
    np.subtract.at(left, means.lot[direct], flow[direct])
    waiting = ageing_lots[left[ageing_lots] > 0]
    return [
        (
            means.lot[release][mine].astype(np.int64),
            means.lane[treat][theirs].astype(np.int64),
            means.period[treat][theirs].astype(np.int64),
            count,
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
    positions in ``ours``, positions in ``theirs``, counts
        How many of each meet; no count is 0.

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
