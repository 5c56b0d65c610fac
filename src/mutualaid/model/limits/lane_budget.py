"""Few lanes first: which trusts open a lane to each other is a choice, of which there are few.

This limit, ``max_lanes``, counts *routes*: an origin, a provider and a service, whichever of the
service's queues use it and however often. What a lane can carry in a period bounds the moves on
it only if it is open; period by period, so that the relaxation is as close as it can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.data.system import System
from mutualaid.model.arcs import Kind, Meaning
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.lanes import Lanes, Slots
from mutualaid.model.limits.caps_and_pools import grouped
from mutualaid.model.network import Ints, Network, SideRows, stack_rows
from mutualaid.model.queues import Queues

LANE_CHOICE = "lane from"
FEW = "lanes open"
"""How the names of lanes' choices, and of the limit on them, begin."""


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


def lane_choices(system: System, found: Routes) -> list[Choice]:
    """A binary choice for each route: whether it is opened."""
    return [
        Choice(name=f"{LANE_CHOICE} {origin} to {provider} for {service}", most=1)
        for origin, provider, service in found.names(system)
    ]


def lane_rows(
    system: System,
    slots: Slots,
    found: Routes,
    network: Network,
    means: Meaning,
    chosen: Ints,
    most: int,
) -> SideRows:
    """Moves use open routes only, and at most so many routes are open.

    Parameters
    ----------
    system, slots, network, means
        What the routes are of; the network with its choices.
    found
        The routes.
    chosen
        The arc of each route's choice.
    most
        How many may be open.
    """
    periods = system.periods
    period = means.period[found.arc].astype(np.int64) - 1
    group = found.route * periods + period
    carried = np.zeros(len(found) * periods, dtype=np.int64)
    np.add.at(carried, group, network.capacity[found.arc])
    # No more can be moved in a period than the receiver has slots.
    room = np.zeros_like(carried)
    room[group] = slots.count[means.pair[found.arc], period]
    carried = np.minimum(carried, room)
    used = np.flatnonzero(carried)
    names = [
        f"lane from {origin} to {provider} for {service} in period {t}"
        for origin, provider, service in found.names(system)
        for t in range(1, periods + 1)
    ]
    kept = np.zeros(len(carried), dtype=bool)
    kept[group] = True
    open_only = grouped(
        np.concatenate([found.arc, chosen[used // periods]]),
        np.concatenate([np.ones_like(found.arc), -carried[used]]),
        np.concatenate([group, used]),
        None,
        np.zeros(len(carried), dtype=np.int64),
        names,
        kept=kept,
    )
    few = grouped(
        chosen,
        np.ones_like(chosen),
        np.zeros_like(chosen),
        None,
        np.array([most], dtype=np.int64),
        [f"{FEW}: at most {most}"],
    )
    return stack_rows(open_only, few)
