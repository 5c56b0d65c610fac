"""A trust sends patients of a service or takes them in: never both in one period.

A choice says of each provider, service and period whether it takes in. The service is that of the
waiting list, whatever streams, wait classes, priorities and areas its queues are of.
"""

from __future__ import annotations

import numpy as np

from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, grouped, offered
from mutualaid.model.model import Model
from mutualaid.model.network import Ints

FIELDS = ("provider", "service", "period")
RECEIVES = LimitKind("receives", FIELDS, "{} takes in for {} in period {}".format)
MOVES_IN = LimitKind("receives_only", FIELDS, "moves into {} for {} in period {}".format)
MOVES_OUT = LimitKind("sends_only", FIELDS, "moves out of {} for {} in period {}".format)
KINDS = (RECEIVES, MOVES_IN, MOVES_OUT)


def both_ends(model: Model) -> tuple[Ints, Ints, Ints]:
    """The moves of a model, and the place at either end of each.

    Returns
    -------
    arc : int64 array, shape (moves,)
        Arcs of moves.
    out_of, into : int64 arrays, shape (moves,)
        The provider that sends and the one that receives, with service and period, as a number:
        see :func:`named`.
    """
    frame, lanes, means = model.frame, model.lanes, model.means
    arc = means.arcs(Kind.TREAT)
    arc = arc[lanes.away[means.lane[arc]]]
    lane = means.lane[arc]
    queue, when = lanes.queue[lane], means.period[arc].astype(np.int64) - 1
    what = frame.queues.service[queue], when
    out_of, into = (
        np.ravel_multi_index((end, *what), _shape(model)).astype(np.int64)
        for end in (frame.queues.origin[queue], lanes.provider[lane])
    )
    return arc.astype(np.int64), out_of, into


def named(model: Model, place: Ints) -> tuple[Ints, Ints, Ints]:
    """The provider, the service and the period, from 1, of places of :func:`both_ends`."""
    provider, service, when = np.unravel_index(place, _shape(model))
    return provider.astype(np.int64), service.astype(np.int64), when.astype(np.int64) + 1


def _shape(model: Model) -> tuple[int, int, int]:
    system = model.frame.system
    return len(system.providers), len(system.services), system.periods


def add(model: Model) -> Added:
    """Who takes in sends nobody, and who sends takes in nobody."""
    if not model.frame.policy.send_or_receive:
        return model, []
    arc, out_of, into = both_ends(model)
    carries = model.network.capacity[arc] > 0
    place = np.intersect1d(out_of[carries], into[carries])
    names = named(model, place)
    model, chosen = offered(model, [Choice(key=key, most=1) for key in RECEIVES.keys(*names)])
    number = np.full(int(np.prod(_shape(model))), -1, dtype=np.int64)
    number[place] = np.arange(len(place))
    rows = []
    for end, kind, sign in ((into, MOVES_IN, -1), (out_of, MOVES_OUT, 1)):
        mine = number[end] >= 0
        most = _most(model, arc[mine], number[end[mine]], len(place))
        rows.append(
            grouped(
                np.concatenate([arc[mine], chosen]),
                np.concatenate([np.ones_like(arc[mine]), sign * most]),
                np.concatenate([number[end[mine]], np.arange(len(place))]),
                None,
                most if sign > 0 else np.zeros_like(most),
                kind.rows(*names),
            )
        )
    return model, rows


def _most(model: Model, arc: Ints, group: Ints, groups: int) -> Ints:
    """The patients of all queues that move in each group: more than its moves can never carry.

    Slots have no part in it, so that one slot more changes no coefficient.
    """
    queue = model.means.queue[arc].astype(np.int64)
    most = model.network.capacity[arc]
    queues = int(queue.max(initial=0)) + 1
    both, place = np.unique(group * queues + queue, return_inverse=True)
    each = np.zeros(len(both), dtype=np.int64)
    np.maximum.at(each, place, most)
    result = np.zeros(groups, dtype=np.int64)
    np.add.at(result, both // queues, each)
    return result
