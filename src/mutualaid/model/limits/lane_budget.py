"""Few lanes first: which trusts open a lane to each other is a choice, of which there are few.

This limit, ``max_lanes``, counts *routes*: an origin, a provider and a service, whichever of the
service's queues use it and however often; ``lane_weeks`` is what opening one costs. What a lane
can carry in a period bounds the moves on it only if it is open; period by period, so that the
relaxation is as close as it can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.data.system import System
from mutualaid.model.arcs import Kind, Meaning
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.lanes import Lanes
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, grouped, offered
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Queues
from mutualaid.policy.harm import SCALE

ROUTE = LimitKind("route", ("origin", "provider", "service"), "lane from {} to {} for {}".format)
ROUTE_USED = LimitKind(
    "route_used", (*ROUTE.fields, "period"), "lane from {} to {} for {} in period {}".format
)
MAX_LANES = LimitKind("max_lanes", ("most",), "lanes open: at most {}".format)
KINDS = (ROUTE, ROUTE_USED, MAX_LANES)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Routes:
    """The routes of a network, each an origin, a provider and a service, and the moves on them.

    Attributes
    ----------
    origin, provider, service : int64 arrays, shape (routes,)
        Positions in the system's providers and services.
    arc : int64 array, shape (moves,)
        Arcs of moves.
    route : int64 array, shape (moves,)
        The route of each of these arcs.
    """

    origin: Ints
    provider: Ints
    service: Ints
    arc: Ints
    route: Ints

    def __len__(self) -> int:
        return len(self.origin)

    def names(self, system: System) -> list[tuple[str, str, str]]:
        """Codes of origin, provider and service of each route."""
        providers, services = system.providers, system.services
        return [
            (providers[o], providers[p], services[s])
            for o, p, s in zip(
                self.origin.tolist(), self.provider.tolist(), self.service.tolist(), strict=True
            )
        ]


def moves_by_route(system: System, queues: Queues, lanes: Lanes, means: Meaning) -> Routes:
    """Gather the moves of a network by origin, provider and service."""
    arc = means.arcs(Kind.TREAT)
    arc = arc[lanes.away[means.lane[arc]]]
    lane = means.lane[arc]
    queue = lanes.queue[lane]
    shape = len(system.providers), len(system.providers), len(system.services)
    code = np.ravel_multi_index(
        (queues.origin[queue], lanes.provider[lane], queues.service[queue]), shape
    )
    used, place = np.unique(code, return_inverse=True)
    origin, provider, service = np.unravel_index(used, shape)
    return Routes(
        origin=origin.astype(np.int64),
        provider=provider.astype(np.int64),
        service=service.astype(np.int64),
        arc=arc.astype(np.int64),
        route=place.astype(np.int64),
    )


def add(model: Model) -> Added:
    """Moves use open routes only, and at most so many routes are open."""
    frame, policy = model.frame, model.frame.policy
    if policy.max_lanes is None and not policy.lane_weeks:
        return model, []
    found = moves_by_route(frame.system, frame.queues, model.lanes, model.means)
    keys = ROUTE.keys(found.origin, found.provider, found.service)
    cost = round(policy.lane_weeks * SCALE)
    model, chosen = offered(model, [Choice(key=key, most=1, cost=cost) for key in keys])
    periods = frame.system.periods
    group, carried = most_carried(model, found)
    used = np.flatnonzero(carried)
    route, when = grid(len(found), periods)
    kept = np.zeros(len(carried), dtype=bool)
    kept[group] = True
    open_only = grouped(
        np.concatenate([found.arc, chosen[used // periods]]),
        np.concatenate([np.ones_like(found.arc), -carried[used]]),
        np.concatenate([group, used]),
        None,
        np.zeros(len(carried), dtype=np.int64),
        ROUTE_USED.rows(found.origin[route], found.provider[route], found.service[route], when + 1),
        kept=kept,
    )
    if policy.max_lanes is None:
        return model, [open_only]
    few = grouped(
        chosen,
        np.ones_like(chosen),
        np.zeros_like(chosen),
        None,
        np.array([policy.max_lanes], dtype=np.int64),
        MAX_LANES.rows(policy.max_lanes),
    )
    return model, [open_only, few]


def most_carried(model: Model, found: Routes) -> tuple[Ints, Ints]:
    """Give the group of each move, route by route and period by period, and what each can carry.

    Returns
    -------
    group : int64 array, shape (moves,)
        Route times periods, and the period from 0.
    carried : int64 array, shape (routes * periods,)
        The most patients that the groups can carry.
    """
    frame, means = model.frame, model.means
    periods = frame.system.periods
    group = found.route * periods + means.period[found.arc].astype(np.int64) - 1
    # No more can be moved in a period than the receiver has slots; a route may use several lines.
    slots = frame.slots.count
    both, at = np.unique(group * len(slots) + means.pair[found.arc], return_inverse=True)
    each = np.zeros(len(both), dtype=np.int64)
    np.add.at(each, at, model.network.capacity[found.arc])
    place, pair = both // max(len(slots), 1), both % max(len(slots), 1)
    carried = np.zeros(len(found) * periods, dtype=np.int64)
    np.add.at(carried, place, np.minimum(each, slots[pair, place % periods]))
    return group, carried
