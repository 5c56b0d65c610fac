"""The best plan by brute force: every patient to every place, remembering what is left.

Written from the definitions, one patient at a time, in plain Python; it shares no code with the
library but the harm curve's rates.
"""

from __future__ import annotations

from functools import cache
from math import floor

import pandas as pd

from mutualaid.policy import Policy


def people(tables: dict[str, pd.DataFrame], period_weeks: int) -> list[dict]:
    """Everybody who is not removed, one by one."""
    everybody = []
    for row in tables["waiting_list"].to_dict("records"):
        everybody += [{**row, "referred": 0} for _ in range(row["patients"])]
    for row in tables.get("referrals", pd.DataFrame()).to_dict("records"):
        weeks = -(row["period"] - 1) * period_weeks
        everybody += [
            {**row, "weeks_waiting": weeks, "referred": row["period"]}
            for _ in range(row["patients"])
        ]
    removals = tables.get("removals", pd.DataFrame()).to_dict("records")
    keys = [k for k in ("origin", "service", "priority", "area") if k in tables["waiting_list"]]
    for row in sorted(removals, key=lambda r: r["period"]):
        for _ in range(row["patients"]):
            there = [
                p
                for p in everybody
                if all(p[k] == row[k] for k in keys) and p["referred"] <= row["period"]
            ]
            if there:
                newest = min(there, key=lambda p: (p["weeks_waiting"], -p["referred"]))
                everybody.remove(newest)
    return everybody


def best(
    tables: dict[str, pd.DataFrame],
    policy: Policy,
    period_weeks: int,
    periods: int,
    *,
    moves: bool = True,
    harm_caps: dict[str, int] | None = None,
    imbalance: int | None = None,
) -> tuple[int, int]:
    """Least cost in 1/1000 harm-weeks, and the fewest moves at that cost.

    ``harm_caps`` limits what the patients of each origin may bear; ``imbalance`` by how much what
    a provider does for others may differ from what others do for it.
    """
    everybody = people(tables, period_weeks)
    start = "area" if "area" in tables["travel"] else "origin"
    minutes = {(r[start], r["provider"]): r["minutes"] for r in tables["travel"].to_dict("records")}
    miles = {(r[start], r["provider"]): r.get("miles") for r in tables["travel"].to_dict("records")}
    room: dict[tuple, int] = {}
    for r in tables["capacity"].to_dict("records"):
        key = ("slots", r["provider"], r["service"], r["period"])
        room[key] = room.get(key, 0) + r["slots"]
    needs = {}
    if "pools" in tables:
        listed = {(r["provider"], r["pool"]) for r in tables["pools"].to_dict("records")}
        for provider, pool in listed:
            for t in range(1, periods + 1):
                room["pool", provider, pool, t] = 0
        for r in tables["pools"].to_dict("records"):
            room["pool", r["provider"], r["pool"], r["period"]] = round(r["amount"] * 1000)
        for r in tables["usage"].to_dict("records"):
            needs.setdefault(r["service"], []).append((r["pool"], round(r["amount"] * 1000)))
    columns = (
        [k for k in ("origin", "service", "priority", "area") if k in everybody[0]]
        if (everybody)
        else []
    )
    queue = lambda p: tuple(p[k] for k in columns)  # noqa: E731
    for name, cap in (("out", policy.max_out), ("in", policy.max_in)):
        if cap is None:
            continue
        rows = sorted(
            cap.to_dict("records"), key=lambda r: -(pd.isna(r["provider"]) + pd.isna(r["period"]))
        )
        for provider in {r["provider"] for r in tables["capacity"].to_dict("records")} | {
            p["origin"] for p in everybody
        }:
            for t in range(1, periods + 1):
                for r in rows:
                    fits = pd.isna(r["provider"]) or r["provider"] == provider
                    if fits and (pd.isna(r["period"]) or r["period"] == t):
                        room[name, provider, t] = int(r["patients"])
    for t in range(1, periods + 1) if policy.max_moves is not None else ():
        room["moves", t] = policy.max_moves
    if policy.max_share_moved < 1:
        for p in everybody:
            mine = sum(queue(q) == queue(p) for q in everybody)
            room["share", queue(p)] = floor(mine * policy.max_share_moved + 1e-9)
    for origin, cap in (harm_caps or {}).items():
        room["harm", origin] = cap
    resources = sorted(room, key=str)
    place = {key: i for i, key in enumerate(resources)}

    def harm(p: dict, begin: int, end: int) -> int:
        label = None if policy.harm.by is None else p[policy.harm.by]
        return sum(round(policy.harm.rate(w, label) * 1000) for w in range(begin, end))

    def options(p: dict) -> list[tuple[int, int, tuple[tuple[int, int], ...], str]]:
        arrival = max(p["referred"], 1)
        first = p["weeks_waiting"] + (arrival - 1) * period_weeks
        end = p["weeks_waiting"] + periods * period_weeks + policy.tail_weeks
        bears = ("harm", p["origin"])
        never = harm(p, first, end)
        found = [(never, 0, ((place[bears], never),) if bears in place else (), "")]
        home_minutes = minutes.get((p[start], p["origin"]), 0.0)
        for kind, provider, service, t in [k for k in resources if k[0] == "slots"]:
            if service != p["service"] or t < arrival:
                continue
            waited = p["weeks_waiting"] + (t - 1) * period_weeks
            cost, uses = harm(p, first, waited), [((kind, provider, service, t), 1)]
            if bears in place:
                uses.append((bears, cost))
            away = provider != p["origin"]
            for pool, amount in needs.get(service, []):
                if ("pool", provider, pool, t) in room:
                    uses.append((("pool", provider, pool, t), amount))
            if away:
                if not moves or not may_move(p, provider, waited):
                    continue
                extra = max(minutes[p[start], provider] - home_minutes, 0.0)
                weeks = extra / 60 * policy.weeks_per_hour + policy.move_weeks
                cost += round(weeks * 1000)
                uses += [
                    (key, 1)
                    for key in (
                        ("out", p["origin"], t),
                        ("in", provider, t),
                        ("moves", t),
                        ("share", queue(p)),
                    )
                    if key in room
                ]
            helper = provider if away else ""
            found.append((cost, int(away), tuple((place[k], n) for k, n in uses), helper))
        return found

    def may_move(p: dict, provider: str, waited: int) -> bool:
        lanes = {"provider": provider, **p}

        def fits(table: pd.DataFrame) -> bool:
            return any(
                all(v is None or lanes[k] == v for k, v in row.items())
                for row in table.to_dict("records")
            )

        return (
            minutes.get((p[start], provider), float("inf")) <= policy.max_minutes
            and within_miles(miles.get((p[start], provider)))
            and waited >= policy.min_weeks_to_move
            and ("priority" not in p or p["priority"] in policy.movable_priorities)
            and (policy.move_mixed_services or not p["service"].startswith("X0"))
            and (policy.forbidden_lanes is None or not fits(policy.forbidden_lanes))
            and (policy.allowed_lanes is None or fits(policy.allowed_lanes))
        )

    def within_miles(far: float | None) -> bool:
        if policy.max_miles == float("inf"):
            return True
        return far is not None and not pd.isna(far) and far <= policy.max_miles

    choices = [options(p) for p in everybody]

    names = sorted({p["origin"] for p in everybody} | {c[1] for c in room if c[0] == "slots"})
    where_net = {name: i for i, name in enumerate(names)}
    if imbalance is None:
        where_net = {}

    @cache
    def least(i: int, left: tuple[int, ...], net: tuple[int, ...]) -> tuple[float, float]:
        if i == len(choices):
            return (0, 0) if max(map(abs, net), default=0) <= (imbalance or 0) else NEVER
        results = [NEVER]
        for cost, moved, uses, helper in choices[i]:
            rest = list(left)
            for where, amount in uses:
                rest[where] -= amount
            given = list(net)
            if helper and where_net:
                given[where_net[helper]] += 1
                given[where_net[everybody[i]["origin"]]] -= 1
            if min(rest, default=0) >= 0:
                more = least(i + 1, tuple(rest), tuple(given))
                results.append((cost + more[0], moved + more[1]))
        return min(results)

    cost, moved = least(0, tuple(room[k] for k in resources), (0,) * len(where_net))
    assert cost < float("inf"), "nothing keeps every limit"
    return int(cost), int(moved)


NEVER = (float("inf"), float("inf"))
