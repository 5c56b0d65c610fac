"""Linear measures of a flow: harm, moves, breaches, minutes.

A *term* is a linear function of the flow whose parts each belong to a queue, so that it can be
added up by trust. Side rows limit terms, and objectives minimise them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.errors import InputError
from mutualaid.model.arcs import Kind
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes

THRESHOLDS = (18, 52, 65, 78, 104)
OBJECTIVES = ("cost", "harm", "travel", "moves", *(f"over_{w}" for w in THRESHOLDS), "waiting")
"""What a plan may make as small as can be."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Term:
    """A linear measure, ``sum(coefficient * flow[arc])``, with the queue of each part."""

    arc: Codes
    coefficient: Ints
    queue: Codes

    def by(self, group: Codes, size: int, flow: Ints) -> Ints:
        """Value of the term for a flow, added up by the group of each queue; shape (size,)."""
        result = np.zeros(size, dtype=np.int64)
        np.add.at(result, group[self.queue], self.coefficient * flow[self.arc])
        return result


def harm(model: Model) -> Term:
    """Harm of waiting, in 1/1000 harm-weeks."""
    arc = model.means.arcs(Kind.WAIT)
    return Term(arc=arc, coefficient=model.network.cost[arc], queue=_queue(model, arc))


def waiting(model: Model, period: int, weeks: int = 0) -> Term:
    """Patients on the list when a period ends who have waited at least so many weeks.

    For more than 0 weeks the network must have been built with that mark: see
    :func:`mutualaid.model.build.build_model`.
    """
    means = model.means
    here = (means.kind == Kind.WAIT) & (means.period == period) & (means.weeks >= weeks)
    arc = np.flatnonzero(here)
    return Term(arc=arc, coefficient=np.ones_like(arc), queue=_queue(model, arc))


def moves(model: Model) -> Term:
    """Patients treated away from home."""
    arc = away(model)
    return Term(arc=arc, coefficient=np.ones_like(arc), queue=_queue(model, arc))


def travel(model: Model) -> Term:
    """Extra minutes, one way, in 1/1000 minutes."""
    arc = model.means.arcs(Kind.TREAT)
    minutes = np.rint(model.lanes.extra[model.means.lane[arc]] * 1000).astype(np.int64)
    return Term(arc=arc, coefficient=minutes, queue=_queue(model, arc))


def away(model: Model) -> Codes:
    """Positions of the arcs of patients treated away from home."""
    arc = model.means.arcs(Kind.TREAT)
    return arc[model.lanes.away[model.means.lane[arc]]]


def _queue(model: Model, arc: Codes) -> Codes:
    return model.means.queue[arc].astype(np.int64)


def marks_of(names: tuple[str, ...], periods: int) -> list[tuple[int, int]]:
    """The marks, (period, weeks), that objectives of these names need."""
    return [(periods, int(name[5:])) for name in names if name.startswith("over_")]


def objective(model: Model, name: str) -> Ints:
    """Coefficients of an objective, shape (arcs,).

    Parameters
    ----------
    model
        The model, with the marks that the objective needs.
    name
        ``"cost"`` (harm, travel and moves, in 1/1000 harm-weeks: what plans minimise unless told
        otherwise), ``"harm"`` (1/1000 harm-weeks), ``"travel"`` (1/1000 extra minutes),
        ``"moves"`` (patients), ``"over_18"``, ``"over_52"``, ``"over_65"``, ``"over_78"``,
        ``"over_104"`` (patients on the list at the end who have waited so many weeks) or
        ``"waiting"`` (patients on the list at the end).

    Raises
    ------
    InputError
        If there is no such objective.
    """
    if name == "cost":
        return model.network.cost
    last = model.frame.curves.periods
    if name.startswith("over_") and name in OBJECTIVES:
        term = waiting(model, last, int(name[5:]))
    elif name == "waiting":
        term = waiting(model, last)
    elif name in OBJECTIVES:
        term = {"harm": harm, "travel": travel, "moves": moves}[name](model)
    else:
        raise InputError(f"objectives are not {name!r}: use {', '.join(OBJECTIVES)}")
    result = np.zeros(model.network.arcs, dtype=np.int64)
    np.add.at(result, term.arc, term.coefficient)
    return result
