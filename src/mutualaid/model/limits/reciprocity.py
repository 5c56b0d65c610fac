"""Nobody gives more than it gets plus so many patients: ``reciprocity``."""

from __future__ import annotations

import math

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.row_kinds import Known, LimitKind
from mutualaid.model.limits.side_rows import Added, grouped
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, SAFE, Ints, SideRows
from mutualaid.policy.collaboration import Collaboration

RECIPROCITY = LimitKind("reciprocity", ("provider",), "reciprocity of {}".format)
KINDS = (RECIPROCITY,)


def add(model: Model, mode: Collaboration, _before: Alone) -> Added:
    """One row a trust."""
    if mode.reciprocity is None:
        return model, []
    count = len(model.frame.system.providers)
    amount = np.ones_like(linear_terms.away(model))
    limit = np.full(count, most_of(mode.reciprocity), dtype=np.int64)
    known = RECIPROCITY.rows(np.arange(count))
    return model, [given_less_received(model, amount, known, None, limit)]


def most_of(limit: float, scale: int = 1) -> int:
    """A limit in 1/scale of its unit: infinity is none, and more than all there is, is as good."""
    return NO_LIMIT if limit == math.inf else int(min(limit * scale, SAFE - 1))


def given_less_received(
    model: Model, amount: Ints, known: Known, lower: Ints | None, upper: Ints
) -> SideRows:
    """Rows of what each trust does for others less what others do for it.

    ``amount`` is what a patient counts, by arc of :func:`mutualaid.model.linear_terms.away`.
    """
    arc = linear_terms.away(model)
    lane = model.means.lane[arc]
    origin = model.frame.queues.origin[model.lanes.queue[lane]]
    return grouped(
        np.concatenate([arc, arc]),
        np.concatenate([amount, -amount]),
        np.concatenate([model.lanes.provider[lane], origin]),
        lower,
        upper,
        known,
    )
