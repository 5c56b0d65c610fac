"""A figure of each trust is no worse than it would be alone: ``promises`` of a mode.

Where the longest waiters of a queue share a network with others, a flow may count more of them
over a mark than the plan that is made of it, and never fewer: a row that holds for the flow holds
for the plan.
"""

from __future__ import annotations

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.arcs import Kind
from mutualaid.model.limits.baseline import Alone, harm_caps
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, grouped
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.promise import OVER, TREATED, WITHIN, Promise


def _sentence(origin: str, service: str, promise: str) -> str:
    return f"{' '.join(filter(None, (origin, service)))}: {promise.removeprefix('Promise: ')}"


PROMISED = LimitKind("promised", ("origin", "service", "promise"), _sentence)
KINDS = (PROMISED,)


def add(model: Model, mode: Collaboration, before: Alone) -> Added:
    """One row a promise and trust, or trust and service, that has patients in it.

    None for harm that the mode holds itself.
    """
    rows: list[SideRows] = []
    for promise in mode.promised:
        if mode.itself_holds(promise):
            continue
        model, code = model.told([repr(promise)])
        rows.append(_rows(model, promise, before, int(code[0])))
    return model, rows


def _rows(model: Model, promise: Promise, before: Alone, code: int) -> SideRows:
    trusts, services = (len(x) for x in (model.frame.system.providers, model.frame.system.services))
    by_service = promise.by == "service"
    origin, service = grid(trusts, services if by_service else 1)
    known = PROMISED.rows(origin, service if by_service else service - 1, code)

    def alone(figure: str) -> Ints:
        table = _alone(before, promise, figure)
        return table if by_service else table.reshape(trusts, services).sum(axis=1)

    lower, upper = None, None
    if promise.figure == WITHIN:
        late, late_place = _parts(model, promise, "over_18")
        listed, place = _parts(model, promise, "list_size")
        most, unit = _most_over(alone("over_18"), alone("list_size"), promise)
        arc = np.concatenate([late, listed])
        group = np.concatenate([late_place, place]) // (1 if by_service else services)
        coefficient = np.where(np.arange(len(arc)) < len(late), unit[group], -most[group])
        upper = np.zeros(len(known), dtype=np.int64)
    else:
        arc, place = _parts(model, promise, promise.figure)
        group = place // (1 if by_service else services)
        coefficient = np.ones_like(arc)
        if promise.figure == "harm":
            coefficient = model.network.cost[arc]
        figure = alone(promise.figure)
        upper = harm_caps(figure, promise.tolerance)
        if not promise.grows_worse:
            lower, upper = 2 * figure - upper, None
    kept = np.isin(np.arange(len(known)), group)
    return grouped(arc, coefficient, group, lower, upper, known, kept=kept)


def _most_over(over: Ints, listed: Ints, promise: Promise) -> tuple[Ints, Ints]:
    """The share of a list that may be over, as a fraction in its lowest terms: no list, no one."""
    slack = promise.exact_tolerance
    unit = np.where(listed > 0, listed, 1) * slack.denominator
    most = over * slack.denominator + np.where(listed > 0, listed, 1) * slack.numerator
    most = np.minimum(most, unit)
    shared = np.gcd(most, unit)
    return most // shared, unit // shared


def _alone(before: Alone, promise: Promise, figure: str) -> Ints:
    """A figure of what each trust does alone, by trust and service; shape (trusts * services,)."""
    if figure == "harm":
        return before.harm.ravel()
    frame, outcome = before.model.frame, before.outcome
    queues, end = frame.queues, promise.end(frame.curves.periods)
    queue = queues.lot_queue[outcome.lot]
    if figure in TREATED:
        counted = outcome.period <= end
    else:
        waited = frame.curves.waited(queues.lot_weeks[outcome.lot], end + 1)
        counted = (queues.lot_arrival[outcome.lot] <= end) & (outcome.period > end)
        if figure in OVER:
            counted &= waited >= OVER[figure]
    result = np.zeros(before.harm.size, dtype=np.int64)
    place = queues.origin[queue] * before.harm.shape[1] + queues.service[queue]
    np.add.at(result, place[counted], outcome.patients[counted])
    return result


def _parts(model: Model, promise: Promise, figure: str) -> tuple[Ints, Ints]:
    """The arcs that a figure counts, and the trust and service of each, as one number."""
    queues, means = model.frame.queues, model.means
    end = promise.end(model.frame.curves.periods)
    if figure == "harm":
        arc = means.arcs(Kind.WAIT)
    elif figure in TREATED:
        treated = np.isin(means.kind, (Kind.TREAT, Kind.DIRECT, Kind.BOOKED))
        arc = np.flatnonzero(treated & (means.period <= end))
    else:
        arc = linear_terms.waiting(model, end, OVER.get(figure, 0)).arc
    queue = means.queue[arc]
    trust = queues.origin[queue]
    if figure in TREATED:
        lane = means.lane[arc]
        # Without a lane they are treated at home.
        treats = np.where(lane >= 0, model.lanes.provider[lane], trust)
        if figure == "treated_own":
            own = treats == trust
            arc, queue, trust = arc[own], queue[own], trust[own]
        elif promise.of_receiver:
            trust = treats
    services = len(model.frame.system.services)
    return arc, trust.astype(np.int64) * services + queues.service[queue]
