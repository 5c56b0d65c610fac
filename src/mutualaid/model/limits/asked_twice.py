r"""Each patient is asked at most twice: rows of what can be expected along several lanes.

Of :math:`n` patients, all are asked at most once for some place, and those who decline at most once
more for another. Along lane :math:`l`, where a share :math:`a_l` accepts, :math:`m_l` moves take
:math:`m_l / a_l` asks, first and second ones. Which asks are first ones can be chosen so that all
is possible if and only if, for every :math:`\alpha` among the :math:`a_l`,

.. math::

    \sum_l \frac{m_l}{a_l} \bigl(1 - \max(\alpha - a_l, 0)\bigr) \le (2 - \alpha)\, n.

For the most who can be asked a second time are those who declined: a linear program over how many
first asks go along each lane, at most all of its asks and at most :math:`n` in all; the rows are
its dual's breakpoints. A single lane gives :math:`m \le a (2 - a) n = (1 - (1 - a)^2)\, n`. Where
patients join later, the same holds for those who have joined by each period.

Few of these rows bind, and of many queues none: they are made when an answer breaks them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.model import linear_terms
from mutualaid.model.chances import UNIT
from mutualaid.model.lead_time import lead_time
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import grouped, with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows, cut_down
from mutualaid.model.queues import Codes
from mutualaid.model.sorted_rows import members

ASKED_TWICE = LimitKind(
    "asked_twice",
    ("queue", "period", "number"),
    "answers of queue {} by period {}: each is asked at most twice ({})".format,
)
KINDS = (ASKED_TWICE,)
TOUCH = 1e-6
"""A flow in floating point keeps a row if it breaks it by no more, in asks."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AskLimits:
    """What is known of every way that patients can be asked to go, sorted by queue.

    Attributes
    ----------
    arc, queue, step, asks, capacity : int64 arrays, shape (ways,)
        The arc, the queue, the period from 0, asks a move in 1/1000, and the arc's capacity.
    patients : int64 array, shape (queues, periods)
        How many of a queue could be asked to go by each period.
    """

    arc: Codes
    queue: Codes
    step: Codes
    asks: Ints
    capacity: Ints
    patients: Ints

    def within(self, arcs: Codes) -> AskLimits:
        """Those of some arcs, in ascending order, each named by its place among them."""
        place = np.minimum(np.searchsorted(arcs, self.arc), max(len(arcs) - 1, 0))
        here = np.flatnonzero(arcs[place] == self.arc) if len(arcs) else place[:0]
        return replace(
            self,
            arc=place[here],
            queue=self.queue[here],
            step=self.step[here],
            asks=self.asks[here],
            capacity=self.capacity[here],
        )

    @property
    def joins(self) -> Mask:
        """Mask, shape (queues, periods), of the periods after which others join, and the last."""
        result = np.ones(self.patients.shape, dtype=bool)
        result[:, :-1] = self.patients[:, :-1] < self.patients[:, 1:]
        return result

    def every_row(self) -> SideRows:
        """All rows that could be broken."""
        joins, rows = self.joins, []
        for end in range(joins.shape[1]):
            here = (self.step <= end) & joins[self.queue, end]
            pairs = np.unique(np.stack([self.queue[here], self.asks[here]]), axis=1)
            rows.append((pairs[0], np.full(pairs.shape[1], end), pairs[1]))
        return self._rows(*(np.concatenate(parts) for parts in zip(*rows, strict=True)))

    def broken(self, flow: Ints | Floats) -> SideRows:
        """The rows that a flow, shape (arcs,), breaks."""
        used = np.flatnonzero(flow[self.arc] > 0)
        queue, step, asks = self.queue[used], self.step[used], self.asks[used]
        moves, joins, rows = flow[self.arc[used]], self.joins, []
        for end in range(joins.shape[1]):
            here = (step <= end) & joins[queue, end]
            found = _exceeded(moves[here], queue[here], asks[here], self.patients[:, end])
            rows.append((found[0], np.full(len(found[0]), end), found[1]))
        queues, ends, marked = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        return self._rows(queues, ends, marked, flow)

    def fitting(self, flow: Ints) -> Ints:
        """How many fit along each way, shape (ways,): all of them together break no row.

        Of a queue whose rows a flow, shape (arcs,), breaks it is the flow, cut down; of another as
        much more than the flow as its rows leave.
        """
        over = self.broken(flow)
        fits = cut_down(over, flow, np.zeros(len(flow)))[self.arc]
        grows = np.ones(len(self.patients))
        grows[over.key[:, 0]] = 0
        share = np.where(grows > 0, self._room(flow), 1.0)[self.queue]
        more = np.floor(fits * share + TOUCH).astype(np.int64)
        result: Ints = np.minimum(more, self.capacity)
        return result

    def _room(self, flow: Ints) -> Floats:
        """By which factor, 1 or more, each queue's moves could grow within its rows."""
        used = np.flatnonzero(flow[self.arc] > 0)
        queue, step, asks = self.queue[used], self.step[used], self.asks[used]
        moves, joins = flow[self.arc[used]], self.joins
        factor = np.full(len(self.patients), np.inf)
        for end in range(joins.shape[1]):
            here = (step <= end) & joins[queue, end]
            level = _levels(moves[here], queue[here], asks[here])
            limit = _limit(asks[here], self.patients[queue[here], end])
            np.minimum.at(factor, queue[here], limit / np.maximum(level, 1))
        result: Floats = np.maximum(np.where(np.isfinite(factor), factor, 1.0), 1.0)
        return result

    def _rows(
        self, queue: Codes, end: Codes, marked: Ints, flow: Ints | Floats | None = None
    ) -> SideRows:
        """Rows of queues, periods and asks a move, where they could be, or are, broken."""
        row, way = members(self.queue, queue)
        early = self.step[way] <= end[row]
        row, way = row[early], way[early]
        coefficient = _coefficient(marked[row], self.asks[way])
        patients = self.patients[queue, end]
        limit = _limit(marked, patients)
        # What can be counted on along a single lane, rounded up perhaps, stays possible.
        coefficient = np.minimum(coefficient, limit[row] // self.capacity[way])
        if flow is None:
            most = coefficient * self.capacity[way]
            reach = np.bincount(row, weights=most, minlength=len(queue))
            dearest = np.zeros(len(queue), dtype=np.int64)
            np.maximum.at(dearest, row, coefficient)
            kept = np.minimum(reach, dearest * patients.astype(np.float64)) > limit
        else:
            level = np.bincount(
                row, weights=coefficient * flow[self.arc[way]], minlength=len(queue)
            )
            kept = level > limit + TOUCH * UNIT
        known = ASKED_TWICE.rows(queue, end + 1, marked)
        return grouped(self.arc[way], coefficient, row, None, limit, known, kept=kept)


def ask_limits(model: Model) -> AskLimits | None:
    """The ways of a model that patients can be asked to go; None if everybody accepts."""
    if model.asks is None:
        return None
    arc = linear_terms.away(model)
    arc = arc[model.network.capacity[arc] > 0]
    lane, step = model.means.lane[arc], model.means.period[arc].astype(np.int64) - 1
    queue = model.lanes.queue[lane]
    order = np.argsort(queue, kind="stable")
    return AskLimits(
        arc=arc[order],
        queue=queue[order],
        step=step[order],
        asks=model.asks[lane, step][order],
        capacity=model.network.capacity[arc[order]],
        patients=lead_time(model.frame, model.lanes).ready,
    )


def with_every_row(model: Model) -> Model:
    """Put all rows that could be broken into a model."""
    limits = ask_limits(model)
    return model if limits is None else with_rows(model, limits.every_row())


def _exceeded(moves: Ints | Floats, queue: Codes, asks: Ints, patients: Ints) -> tuple[Codes, Ints]:
    """Queues whose rows are broken, and by the asks a move of which way; sorted by queue."""
    broken = _levels(moves, queue, asks) > _limit(asks, patients[queue]) + TOUCH * UNIT
    pairs = np.unique(np.stack([queue[broken], asks[broken]]), axis=1)
    return pairs[0], pairs[1]


def _levels(moves: Ints | Floats, queue: Codes, asks: Ints) -> Floats:
    """What the moves of a queue come to in the row of each of its ways, in 1/1000 asks."""
    mine, other = members(queue, queue)
    each = moves[other] * _coefficient(asks[mine], asks[other])
    result: Floats = np.bincount(mine, weights=each, minlength=len(queue)).astype(np.float64)
    return result


def _coefficient(marked: Ints, asks: Ints) -> Ints:
    """Asks that a move takes in the row of ``marked`` asks a move, in 1/1000, rounded up."""
    top = marked * asks - UNIT * np.maximum(asks - marked, 0)
    result: Ints = -(-top // marked)
    return result


def _limit(marked: Ints, patients: Ints) -> Ints:
    """What the row of ``marked`` asks a move allows, in 1/1000 asks."""
    result: Ints = UNIT * (2 * marked - UNIT) * patients // marked
    return result
