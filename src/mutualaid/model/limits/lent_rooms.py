"""Rooms that are lent: the home trust's team treats its own patients at another site.

Each (room, service, team) becomes a pair of slots of its own. Side rows then say that a team does
not do more than it can, its own rooms included, that a room does not hold more than it can, and
that rooms let by the session are paid for by whole sessions.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.lanes import (
    Lanes,
    Pairs,
    Reach,
    Slots,
    in_order,
    named_service,
    open_pairs,
    told_to_take,
)
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import Added, grouped, offered
from mutualaid.model.model import Model, Rooms
from mutualaid.model.network import Ints, SideRows
from mutualaid.model.queues import Codes, Queues
from mutualaid.policy.estate import Estate
from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import Policy

TEAM = LimitKind("team", ("provider", "service", "period"), "team of {} for {} in period {}".format)
ROOM = LimitKind("room", ("room", "site", "period"), "room {} at {} in period {}".format)
SESSIONS = LimitKind(
    "sessions",
    ("site", "service", "provider", "period", "room"),
    "sessions at {} for {} of {} in period {}".format,
)
WHOLE_SESSIONS = LimitKind(
    "whole_sessions", SESSIONS.fields, "whole sessions at {} for {} of {} in period {}".format
)
KINDS = (TEAM, ROOM, SESSIONS, WHOLE_SESSIONS)


def add_rooms(
    system: System, policy: Policy, queues: Queues, slots: Slots, lanes: Lanes, estate: Estate
) -> tuple[Slots, Lanes, Rooms]:
    """Add lent rooms to slots and lanes.

    A patient may be treated in a lent room where the policy would let them move to its site;
    mixed services may, since it is their own team that treats them.
    """
    estate.check(system.providers, system.services, system.periods)
    if system.lines.more:
        raise InputError(
            f"rooms are lent to teams of a service, and slots are told apart by "
            f"{' and '.join(system.lines.more)}: nobody says which of them a team in a lent room "
            "does; plan without lend, or with tables that lack these columns"
        )
    if system.lines.whole:
        raise InputError(
            "rooms are lent to teams of a service, and services have parts: plan without lend, or "
            "without finer"
        )
    provider_of = {name: code for code, name in enumerate(system.providers)}
    service_of = {name: code for code, name in enumerate(system.services)}
    own = _own_slots(system, slots)
    team_slots = own.copy()
    teams = estate.teams
    who = teams["provider"].map(provider_of).to_numpy(dtype=np.int64)
    what = teams["service"].map(service_of).to_numpy(dtype=np.int64)
    when = teams["period"].to_numpy(dtype=np.int64) - 1
    team_slots[who, what, when] = teams["slots"].to_numpy(dtype=np.int64)
    # A team that cannot fill its own rooms is what capacity already says.
    team_slots = np.maximum(team_slots, own)
    rooms = list(_rooms(estate, system.periods))
    closed = np.zeros((len(system.providers), system.periods), dtype=bool)
    if estate.closures is not None:
        shut = estate.closures["provider"].map(provider_of).to_numpy(dtype=np.int64)
        closed[shut, estate.closures["period"].to_numpy(dtype=np.int64) - 1] = True
    pairs = [
        (room, provider_of[site], service, team, count)
        for room, (site, wanted, table) in enumerate(rooms)
        for team, service in np.unique(np.stack([who, what], axis=1), axis=0).tolist()
        if (wanted is None or service == service_of[wanted]) and provider_of[site] != team
        for count in [_open(table, team_slots[team, service], closed[team])]
        if count.any()
    ]
    columns = [np.array([pair[i] for pair in pairs], dtype=np.int64) for i in range(4)]
    room, site, service, team = columns
    first = len(slots.provider)
    extended = Slots(
        provider=np.concatenate([slots.provider, site]),
        service=np.concatenate([slots.service, service]),
        # Without streams and classes, the line of a service has its number.
        line=np.concatenate([slots.line, service]),
        count=np.concatenate([slots.count, *[pair[4][None, :] for pair in pairs]]),
        position=slots.position,
        room=np.concatenate([slots.room, room]),
    )
    more = _lanes(system, policy, queues, site, service, team, first)
    both = {name: np.concatenate([getattr(lanes, name), more[name]]) for name in Lanes.__slots__}
    shape = len(rooms), system.periods
    described = Rooms(
        team_slots=team_slots,
        room_slots=np.array([t["slots"] for *_, t in rooms], dtype=np.int64).reshape(shape),
        session=np.array([t["session"] for *_, t in rooms], dtype=np.int64).reshape(shape),
        price=np.array([t["price"] for *_, t in rooms], dtype=np.int64).reshape(shape),
        team=np.concatenate([np.full(first, -1, dtype=np.int64), team]),
    )
    return extended, in_order(Lanes(**both)), described


def _own_slots(system: System, slots: Slots) -> Ints:
    shape = (len(system.providers), len(system.services), system.periods)
    own = np.zeros(shape, dtype=np.int64)
    own[slots.provider, slots.service] = slots.count
    return own


def _rooms(estate: Estate, periods: int) -> Iterator[tuple[str, str | None, dict[str, np.ndarray]]]:
    """Each (site, service) with its slots, session, price and surge by period."""
    table = estate.rooms
    service = table["service"] if "service" in table else pd.Series(None, table.index, dtype=object)
    keys = pd.DataFrame({"site": table["site"], "service": service.fillna("")})
    for (site, wanted), rows in table.groupby([keys["site"], keys["service"]], sort=True):
        when = rows["period"].to_numpy(dtype=np.int64) - 1
        arrays = {name: np.zeros(periods, dtype=np.int64) for name in ("slots", "session", "price")}
        arrays["slots"][when] = rows["slots"]
        if "session" in rows:
            arrays["session"][when] = rows["session"]
        if "price" in rows:
            arrays["price"][when] = np.rint(rows["price"].to_numpy(dtype=np.float64) * SCALE)
            # A price without a session is for each slot.
            unsaid = (arrays["price"] > 0) & (arrays["session"] == 0)
            arrays["session"] = np.where(unsaid, 1, arrays["session"])
        arrays["surge"] = np.zeros(periods, dtype=bool)
        if "surge" in rows:
            arrays["surge"][when] = rows["surge"].to_numpy(dtype=bool)
        yield str(site), str(wanted) or None, arrays


def _open(room: dict[str, np.ndarray], team: Ints, closed: np.ndarray) -> Ints:
    """How many a team could treat in a room, by period."""
    count: Ints = np.minimum(room["slots"], team)
    return np.where(room["surge"] & ~closed, 0, count)


def _lanes(
    system: System,
    policy: Policy,
    queues: Queues,
    site: Codes,
    service: Codes,
    team: Codes,
    first: int,
) -> dict[str, np.ndarray]:
    reach = Reach(system, queues)
    fits = (queues.origin[:, None] == team) & (queues.service[:, None] == service)
    queue, pair = np.nonzero(fits)
    minutes, miles = reach.to(queue, site[pair], missing=np.inf)
    pairs = Pairs(
        queues=queues,
        providers=system.providers,
        queue=queue,
        provider=site[pair],
        minutes=minutes,
        miles=miles,
    )
    open_ = open_pairs(reach, pairs, policy, but=(named_service, told_to_take))
    queue, pair = queue[open_], pair[open_]
    minutes, miles = minutes[open_], miles[open_]
    extra = np.maximum(minutes - reach.home()[0][queue], 0.0)
    nothing = np.zeros(len(queue), dtype=bool)
    return {
        "queue": queue,
        "provider": team[pair],
        "pair": pair + first,
        "home": nothing,
        "lent": ~nothing,
        "minutes": minutes,
        "miles": miles,
        "extra": extra,
        "cost": np.rint(extra / 60 * policy.weeks_per_hour * SCALE).astype(np.int64),
    }


def add(model: Model) -> Added:
    """Rows of teams, rooms and whole sessions; how many sessions are let is a choice."""
    rooms = model.frame.rooms
    if rooms is None:
        return model, []
    slots, means = model.frame.slots, model.means
    let = means.arcs(Kind.SLOTS)
    let = let[slots.room[means.pair[let]] >= 0]
    pair, step = means.pair[let], means.period[let] - 1
    by_session = rooms.session[slots.room[pair], step] > 0
    let, pair, step = let[by_session], pair[by_session], step[by_session]
    room = slots.room[pair]
    size = rooms.session[room, step]
    where = slots.provider[pair], slots.service[pair], rooms.team[pair], step + 1, room + 1
    most, price = -(-slots.count[pair, step] // size), rooms.price[room, step]
    choices = [
        Choice(key=key, most=number, cost=cost)
        for key, number, cost in zip(
            SESSIONS.keys(*where), most.tolist(), price.tolist(), strict=True
        )
    ]
    model, chosen = offered(model, choices)
    row = np.arange(len(let))
    whole = grouped(
        np.concatenate([let, chosen]),
        np.concatenate([np.ones_like(let), -size]),
        np.concatenate([row, row]),
        None,
        np.zeros(len(row), dtype=np.int64),
        WHOLE_SESSIONS.rows(*where),
    )
    return model, [*_team_and_room_rows(model, rooms), whole]


def _team_and_room_rows(model: Model, rooms: Rooms) -> list[SideRows]:
    """A team does no more than it can, own rooms included, and a room holds no more."""
    slots, means = model.frame.slots, model.means
    arcs = means.arcs(Kind.SLOTS)
    pair, period = means.pair[arcs], means.period[arcs] - 1
    lent = slots.room[pair] >= 0
    if not lent.any():
        return []
    providers, services, periods = rooms.team_slots.shape
    team = np.where(lent, rooms.team[pair], slots.provider[pair])
    group = (team * services + slots.service[pair]) * periods + period
    used = np.zeros(rooms.team_slots.size, dtype=bool)
    used[group[lent]] = True
    who, what, when = grid(providers, services, periods)
    teams = grouped(
        arcs,
        np.ones_like(arcs),
        group,
        None,
        rooms.team_slots.ravel(),
        TEAM.rows(who, what, when + 1),
        kept=used,
    )
    group = slots.room[pair[lent]] * periods + period[lent]
    used = np.zeros(rooms.room_slots.size, dtype=bool)
    used[group] = True
    site = np.zeros(len(rooms.room_slots), dtype=np.int64)
    site[slots.room[slots.room >= 0]] = slots.provider[slots.room >= 0]
    room, when = grid(*rooms.room_slots.shape)
    places = grouped(
        arcs[lent],
        np.ones(int(lent.sum()), dtype=np.int64),
        group,
        None,
        rooms.room_slots.ravel(),
        ROOM.rows(room + 1, site[room], when + 1),
        kept=used,
    )
    return [teams, places]
