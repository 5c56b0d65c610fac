"""At most so many moves of all trusts together in a period: ``max_moves`` and ``ramp``."""

from __future__ import annotations

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, capped
from mutualaid.model.model import Model

MAX_MOVES = LimitKind("max_moves", ("period",), "moves in period {}, of all".format)
KINDS = (MAX_MOVES,)


def add(model: Model) -> Added:
    """One row a period, where it could bind."""
    periods = model.frame.system.periods
    most = model.frame.policy.moves_each_period(periods)
    if most is None:
        return model, []
    away = linear_terms.away(model)
    period = model.means.period[away].astype(np.int64) - 1
    known = MAX_MOVES.rows(np.arange(1, periods + 1))
    limit = np.array(most, dtype=np.int64)
    return model, [capped(model.network, away, np.ones_like(away), period, limit, known)]
