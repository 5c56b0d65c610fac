"""At most a share of each queue is moved over the horizon: ``max_share_moved``."""

from __future__ import annotations

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, capped
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Queues
from mutualaid.policy.policy import Policy

MAX_SHARE_MOVED = LimitKind("max_share_moved", ("queue",), "moves of queue {}".format)
KINDS = (MAX_SHARE_MOVED,)


def add(model: Model) -> Added:
    """One row a queue, where it could bind."""
    queues, policy = model.frame.queues, model.frame.policy
    if policy.max_share_moved >= 1:
        return model, []
    away = linear_terms.away(model)
    queue = queues.group[model.lanes.queue[model.means.lane[away]]]
    known = MAX_SHARE_MOVED.rows(np.arange(len(queues)))
    limit = share_limit(queues, policy)
    return model, [capped(model.network, away, np.ones_like(away), queue, limit, known)]


def share_limit(queues: Queues, policy: Policy) -> Ints:
    """How many of each queue may move over the horizon."""
    # The nudge keeps 0.29 of 100 patients, in floating point a little less than 29, from being 28.
    patients = np.bincount(queues.group, weights=queues.patients(), minlength=len(queues))
    limit: Ints = np.floor(patients * policy.max_share_moved + 1e-9).astype(np.int64)
    return limit
