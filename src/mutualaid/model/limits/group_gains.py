"""Each group of patients gains at least a share of its harm: ``min_gain`` of an equity rule."""

from __future__ import annotations

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.limits.baseline import Alone, harm_less
from mutualaid.model.limits.group_gaps import groups_of
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, grouped
from mutualaid.model.model import Model
from mutualaid.policy.collaboration import Collaboration

GROUP_GAIN = LimitKind("group_gain", ("group",), "harm of patients in group {}".format)
KINDS = (GROUP_GAIN,)


def add(model: Model, _mode: Collaboration, before: Alone) -> Added:
    """One row a group."""
    equity = model.frame.policy.equity
    if equity is None or equity.min_gain is None:
        return model, []
    groups = groups_of(model, equity.by)
    term = linear_terms.harm(model)
    known = groups.code[term.queue] >= 0
    alone = np.zeros(len(groups.names), dtype=np.int64)
    mine = groups.code >= 0
    np.add.at(alone, groups.code[mine], before.of_queue[mine])
    rows = grouped(
        term.arc[known],
        term.coefficient[known],
        groups.code[term.queue[known]],
        None,
        harm_less(alone, equity.min_gain),
        GROUP_GAIN.rows(np.arange(len(groups.names))),
    )
    return model, [rows]
