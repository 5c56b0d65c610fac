"""A lane is run or it is not: ``min_batch`` patients in a block of periods, or nobody.

Lanes are routes, as for :mod:`mutualaid.model.limits.lane_budget`: an origin, a provider and a
service. In each block a choice says whether the route is run. Where it is not, nobody moves on it;
where it is, at least a batch does.
"""

from __future__ import annotations

import numpy as np

from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.lane_budget import Routes, most_carried, moves_by_route
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, grouped, offered
from mutualaid.model.model import Model
from mutualaid.model.network import Ints

FIELDS = ("origin", "provider", "service", "period")
BATCH = LimitKind("batch", FIELDS, "lane from {} to {} for {} run from period {}".format)
BATCH_USED = LimitKind(
    "batch_used", FIELDS, "run the lane from {} to {} for {} used in period {}".format
)
BATCH_FULL = LimitKind(
    "batch_full", FIELDS, "a batch on the lane from {} to {} for {} from period {}".format
)
KINDS = (BATCH, BATCH_USED, BATCH_FULL)


def block_of(found: Routes, model: Model) -> tuple[Ints, int]:
    """The block of each move, route by route; and how many blocks a route has."""
    each, periods = model.frame.policy.batch_periods, model.frame.system.periods
    blocks = -(-periods // each)
    period = model.means.period[found.arc].astype(np.int64) - 1
    return found.route * blocks + period // each, blocks


def add(model: Model) -> Added:
    """In each block a route carries nobody, or a batch at least."""
    frame, least = model.frame, model.frame.policy.min_batch
    if least is None or least <= 1:
        return model, []
    found = moves_by_route(frame.system, frame.queues, model.lanes, model.means)
    each, periods = frame.policy.batch_periods, frame.system.periods
    block, blocks = block_of(found, model)
    used = np.unique(block)
    route, number = used // blocks, used % blocks
    names = found.origin[route], found.provider[route], found.service[route]
    keys = BATCH.keys(*names, number * each + 1)
    model, chosen = offered(model, [Choice(key=key, most=1) for key in keys])
    choice_of = np.full(len(found) * blocks, -1, dtype=np.int64)
    choice_of[used] = chosen
    group, carried = most_carried(model, found)
    some = np.flatnonzero(carried)
    of_group, when = grid(len(found), periods)
    kept = np.zeros(len(carried), dtype=bool)
    kept[group] = True
    if_run = grouped(
        np.concatenate([found.arc, choice_of[of_group[some] * blocks + when[some] // each]]),
        np.concatenate([np.ones_like(found.arc), -carried[some]]),
        np.concatenate([group, some]),
        None,
        np.zeros(len(carried), dtype=np.int64),
        BATCH_USED.rows(
            found.origin[of_group], found.provider[of_group], found.service[of_group], when + 1
        ),
        kept=kept,
    )
    place = np.searchsorted(used, block)
    enough = grouped(
        np.concatenate([chosen, found.arc]),
        np.concatenate([np.full_like(chosen, least), -np.ones_like(found.arc)]),
        np.concatenate([np.arange(len(chosen)), place]),
        None,
        np.zeros(len(chosen), dtype=np.int64),
        BATCH_FULL.rows(*names, number * each + 1),
    )
    return model, [if_run, enough]
