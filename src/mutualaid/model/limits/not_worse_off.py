"""Nobody's own patients bear more than alone, or not more than a share more: ``harm_limit``."""

from __future__ import annotations

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.limits.baseline import Alone, harm_caps
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, grouped
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows
from mutualaid.policy.collaboration import Collaboration

OF_TRUST = LimitKind("harm_of_trust", ("origin",), "own patients of {}".format)
OF_SERVICE = LimitKind("harm_of_service", ("origin", "service"), "own patients of {} for {}".format)
KINDS = (OF_TRUST, OF_SERVICE)


def add(model: Model, mode: Collaboration, before: Alone) -> Added:
    """One row a trust, or a trust and service, where it could bind."""
    # Who is treated at home as before, in numbers, and elsewhere besides, is never worse off
    # where harm never falls with waiting, if the longest waiters are treated first: the rows are
    # needed for the others, and if a move takes more than a period.
    safe = mode.spare_only and model.chain.all() and model.frame.lead <= 1
    if mode.harm_limit is None or safe:
        return model, []
    system, queues = model.frame.system, model.frame.queues
    term = linear_terms.harm(model)
    if mode.protect == "service":
        group = queues.origin * len(system.services) + queues.service
        limit = harm_caps(before.harm, mode.harm_limit).ravel()
        known = OF_SERVICE.rows(*grid(len(system.providers), len(system.services)))
    else:
        group = queues.origin
        limit = harm_caps(before.harm.sum(axis=1), mode.harm_limit)
        known = OF_TRUST.rows(np.arange(len(system.providers)))
    of_row = group[term.queue]
    reach = np.zeros(len(known))
    np.add.at(reach, of_row, term.coefficient * model.network.capacity[term.arc].astype(np.float64))
    kept = reach > limit
    return model, [grouped(term.arc, term.coefficient, of_row, None, limit, known, kept=kept)]


def promise_of(rows: SideRows, providers: int, services: int) -> Ints:
    """The row that holds what own patients bear, by provider and service; -1 for none."""
    result = np.full((providers, services), -1, dtype=np.int64)
    of_trust = np.flatnonzero(rows.kind == OF_TRUST.number)
    result[rows.key[of_trust, 0]] = of_trust[:, None]
    of_service = np.flatnonzero(rows.kind == OF_SERVICE.number)
    result[rows.key[of_service, 0], rows.key[of_service, 1]] = of_service
    return result
