"""Others use only what the owner's own plan leaves over: ``spare_only``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.arcs import Kind
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, grouped
from mutualaid.model.model import Model
from mutualaid.policy.collaboration import Collaboration

SPARE_ONLY = LimitKind(
    "spare_only", ("queue", "period"), "treated at home of {} in period {}".format
)
KINDS = (SPARE_ONLY,)


def add(model: Model, mode: Collaboration, before: Alone) -> Added:
    """In each queue and period as many are treated at home as alone.

    Queues of the chain have one arc for it, whose bounds say so; those of the ageing network, and
    those that are told apart by what each trust does alone, may have several, and a side row.
    """
    if not mode.spare_only:
        return model, []
    means, network = model.means, model.network
    treat = means.arcs(Kind.TREAT)
    home = np.concatenate(
        [treat[model.lanes.home[means.lane[treat]]], means.arcs(Kind.DIRECT)]
    ).astype(np.int64)
    queue, period = means.queue[home], means.period[home]
    of_plan = before.treated.copy()
    booked = model.frame.queues.booked
    if booked is not None:
        # Those who are booked are treated at home in any case, on arcs of their own.
        of_queue = model.frame.queues.lot_queue[booked.lot]
        np.subtract.at(of_plan, (of_queue, booked.period - 1), booked.patients)
    queues = model.frame.queues
    together = np.zeros_like(of_plan)
    np.add.at(together, queues.group, of_plan)
    of_plan = together
    wanted = of_plan[queue, period - 1]
    single = model.chain[queue] & (queues.whole is None)
    lower, capacity = network.lower.copy(), network.capacity.copy()
    lower[home[single]] = wanted[single]
    capacity[home[single]] = wanted[single]
    model = replace(model, network=replace(network, lower=lower, capacity=capacity))
    periods = before.treated.shape[1]
    group = queues.group[queue[~single]] * periods + period[~single] - 1
    used = np.zeros(before.treated.size, dtype=bool)
    used[group] = True
    if not used.any():
        return model, []
    limit = of_plan.ravel()
    who, when = grid(*before.treated.shape)
    known = SPARE_ONLY.rows(who, when + 1)
    entries = home[~single], np.ones_like(home[~single]), group
    return model, [grouped(*entries, limit, limit, known, kept=used)]
