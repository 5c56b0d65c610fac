"""Who takes part gains at least a share; whether a trust does is a choice: ``min_gain``."""

from __future__ import annotations

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.baseline import Alone, harm_less
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, grouped, offered
from mutualaid.model.model import Model
from mutualaid.policy.collaboration import Collaboration

TAKES_PART = LimitKind("takes_part", ("origin",), "{} takes part".format)
MOVES = LimitKind("moves_if_taking_part", ("origin",), "moves of {} if it takes part".format)
GAIN = LimitKind("gain_if_taking_part", ("origin",), "gain of {} if it takes part".format)
KINDS = (TAKES_PART, MOVES, GAIN)


def add(model: Model, mode: Collaboration, before: Alone) -> Added:
    """Two rows a trust: no moves if it takes no part, and a gain if it does."""
    if not mode.min_gain:
        return model, []
    queues, count = model.frame.queues, len(model.frame.system.providers)
    every = np.arange(count)
    model, chosen = offered(model, [Choice(key=key, most=1) for key in TAKES_PART.keys(every)])
    harm = before.harm.sum(axis=1)
    arc = linear_terms.away(model)
    lane = model.means.lane[arc]
    patients = np.bincount(queues.origin, weights=queues.patients(), minlength=count)
    slots = model.frame.slots
    own = slots.room < 0
    has = np.zeros(count, dtype=np.int64)
    np.add.at(has, slots.provider[own], slots.count[own].sum(axis=1))
    most = patients.astype(np.int64) + has
    nobody = grouped(
        np.concatenate([arc, arc, chosen]),
        np.concatenate([np.ones_like(arc), np.ones_like(arc), -most]),
        np.concatenate([queues.origin[model.lanes.queue[lane]], model.lanes.provider[lane], every]),
        None,
        np.zeros(count, dtype=np.int64),
        MOVES.rows(every),
    )
    term = linear_terms.harm(model)
    gain = harm - harm_less(harm, mode.min_gain)
    gains = grouped(
        np.concatenate([term.arc, chosen]),
        np.concatenate([term.coefficient, gain]),
        np.concatenate([queues.origin[term.queue], every]),
        None,
        harm,
        GAIN.rows(every),
    )
    return model, [nobody, gains]
