"""The best plan by brute force: every patient to every place, remembering what is left.

Written from the definitions, one patient at a time, in plain Python; it shares no code with the
library but the harm curve's rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, floor

import pandas as pd

from mutualaid.model.limits.targets import Target
from mutualaid.policy.policy import Policy


@dataclass(frozen=True)
class Option:
    """What may become of one patient: where and when they are treated, and what it counts.

    ``period`` is the one after the last for who is never treated; ``harm`` is theirs alone,
    ``cost`` with travel and move, ``travel`` in 1/1000 extra minutes.
    """

    person: dict
    provider: str
    period: int
    harm: int
    cost: int
    travel: int


LINE = ("service", "stream", "wait_class")
"""Slots treat those who are alike in these, as far as the tables have them."""
QUEUE = ("origin", *LINE, "priority", "area")

Counts = Callable[[Option | None], tuple[int, ...]]
"""What an option counts, nothing at all for None."""


def lined(table: pd.DataFrame) -> list[str]:
    """Columns of a table that say whose slots."""
    return [k for k in LINE if k in table]


def clock(row: dict) -> int:
    """Weeks on somebody's clock when a period starts, below 0 if it starts later in it."""
    return row.get("weeks_waiting", 0) - row.get("weeks_later", 0)


def people(tables: dict[str, pd.DataFrame], period_weeks: int) -> list[dict]:
    """Everybody who is not removed, one by one; who is booked says in which period."""
    everybody = []
    for row in tables["waiting_list"].to_dict("records"):
        everybody += [{**row, "referred": 0} for _ in range(row["patients"])]
    for row in tables.get("referrals", pd.DataFrame()).to_dict("records"):
        weeks = clock(row) - (row["period"] - 1) * period_weeks
        everybody += [
            {**row, "weeks_waiting": weeks, "referred": row["period"]}
            for _ in range(row["patients"])
        ]
    if "booked" in tables:
        book(everybody, tables, period_weeks)
    removals = tables.get("removals", pd.DataFrame()).to_dict("records")
    keys = [k for k in QUEUE if k in tables["waiting_list"]]
    for period in sorted({row["period"] for row in removals}):
        leavers = [r for r in removals if r["period"] == period for _ in range(r["patients"])]
        leavers.sort(key=clock)
        # First who has waited as long as is said; the rest from who has waited less, or anybody.
        for exactly in (True, False):
            missing = []
            for row in leavers:
                said = clock(row) if "weeks_waiting" in row else None
                there = [
                    p
                    for p in everybody
                    if all(p[k] == row[k] for k in keys)
                    and "booked" not in p
                    and p["referred"] <= period
                    and fits(p["weeks_waiting"] + (period - 1) * period_weeks, said, exactly)
                ]
                if there:
                    newest = min(there, key=lambda p: (p["weeks_waiting"], -p["referred"]))
                    everybody.remove(newest)
                else:
                    missing.append(row)
            leavers = missing
    return everybody


def book(everybody: list[dict], tables: dict[str, pd.DataFrame], period_weeks: int) -> None:
    """Say of who is booked in which period, where they find a slot and what it needs."""
    rows = tables["booked"].to_dict("records")
    columns = [k for k in QUEUE if k in everybody[0]]
    keys = [k for k in columns if k in tables["booked"]]
    left: dict[tuple, int] = {}
    for r in tables["capacity"].to_dict("records"):
        slots = r["provider"], "slots", r["period"], *(r[k] for k in lined(tables["capacity"]))
        left[slots] = left.get(slots, 0) + r["slots"]
    limited = set()
    for r in tables.get("pools", pd.DataFrame()).to_dict("records"):
        left[r["provider"], r["pool"], r["period"]] = round(r["amount"] * 1000)
        limited.add((r["provider"], r["pool"]))
    for period in sorted({row["period"] for row in rows}):
        found = []
        for row in rows:
            if row["period"] != period:
                continue
            there = [
                (-p["weeks_waiting"], p["referred"], tuple(p[k] for k in keys))
                for p in everybody
                if "booked" not in p
                and all(p[k] == row[k] for k in keys)
                and p["referred"] <= period
                and p["weeks_waiting"] + (period - 1) * period_weeks == clock(row)
            ]
            found += sorted(there)[: row["patients"]]
        stand: dict[tuple, int] = {}
        for who in sorted(found):
            origin, service = who[2][:2]
            line = [who[2][keys.index(k)] for k in lined(tables["capacity"])]
            uses = {(origin, "slots", period, *line): 1}
            for r in tables.get("usage", pd.DataFrame()).to_dict("records"):
                if r["service"] == service and (origin, r["pool"]) in limited:
                    uses[origin, r["pool"], period] = round(r["amount"] * 1000)
            if all(left.get(what, 0) >= amount for what, amount in uses.items()):
                stand[who] = stand.get(who, 0) + 1
                for what, amount in uses.items():
                    left[what] = left.get(what, 0) - amount
        for (minus, referred, labels), count in stand.items():
            queues: dict[tuple, list[dict]] = {}
            for p in everybody:
                alike = (-p["weeks_waiting"], p["referred"], tuple(p[k] for k in keys))
                if "booked" not in p and alike == (minus, referred, labels):
                    queues.setdefault(tuple(p[k] for k in columns), []).append(p)
            every = sum(map(len, queues.values()))
            share = {q: Fraction(count * len(who), every) for q, who in queues.items()}
            rest = sorted(queues, key=lambda q: (floor(share[q]) - share[q], q))
            extra = rest[: count - sum(map(floor, share.values()))]
            for q, who in queues.items():
                for p in who[: floor(share[q]) + (q in extra)]:
                    p["booked"] = period


def fits(waited: int, said: int | None, exactly: bool) -> bool:
    """Whether a removal takes who has waited so long when its period starts."""
    if said is None:
        return True
    return waited == said if exactly else waited < said


def best(
    tables: dict[str, pd.DataFrame],
    policy: Policy,
    period_weeks: int,
    periods: int,
    *,
    moves: bool = True,
    harm_caps: dict[str, int] | None = None,
    imbalance: int | None = None,
    counts: Counts | None = None,
) -> tuple[int, int] | set[tuple[int, ...]]:
    """Least cost in 1/1000 harm-weeks, and the fewest moves at that cost.

    ``harm_caps`` limits what the patients of each origin may bear; ``imbalance`` by how much what
    a provider does for others may differ from what others do for it. With ``counts``, which says
    what one patient's option counts, it gives the totals of every plan there is instead.
    """
    everybody = people(tables, period_weeks)
    start = "area" if "area" in tables["travel"] else "origin"
    minutes = {(r[start], r["provider"]): r["minutes"] for r in tables["travel"].to_dict("records")}
    miles = {(r[start], r["provider"]): r.get("miles") for r in tables["travel"].to_dict("records")}
    room: dict[tuple, int] = {}
    line = lambda row: tuple(row[k] for k in LINE if k in tables["capacity"])  # noqa: E731
    for r in tables["capacity"].to_dict("records"):
        key = ("slots", r["provider"], line(r), r["period"])
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
    columns = [k for k in QUEUE if k in everybody[0]] if everybody else []
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
        return sum(
            round(policy.harm.rate(w, label) * 1000) for w in range(max(begin, 0), max(end, 0))
        )

    def options(p: dict) -> list[tuple[int, int, tuple[tuple[int, int], ...], str]]:
        arrival = max(p["referred"], 1)
        first = p["weeks_waiting"] + (arrival - 1) * period_weeks
        end = p["weeks_waiting"] + periods * period_weeks + policy.tail_weeks
        bears = ("harm", p["origin"])
        never = harm(p, first, end)
        told = Option(p, "", periods + 1, never, never, 0)
        found = [(never, 0, ((place[bears], never),) if bears in place else (), "", told)]
        home_minutes = minutes.get((p[start], p["origin"]), 0.0)
        for kind, provider, whose, t in [k for k in resources if k[0] == "slots"]:
            if whose != line(p) or t < arrival:
                continue
            waited = p["weeks_waiting"] + (t - 1) * period_weeks
            cost, uses = harm(p, first, waited), [((kind, provider, whose, t), 1)]
            if bears in place:
                uses.append((bears, cost))
            away, borne, extra = provider != p["origin"], cost, 0.0
            for pool, amount in needs.get(p["service"], []):
                if ("pool", provider, pool, t) in room:
                    uses.append((("pool", provider, pool, t), amount))
            if away:
                early = (t - arrival) * period_weeks < policy.lead_weeks
                early |= (t - 1) * period_weeks < policy.notice_weeks
                if not moves or early or not may_move(p, provider, waited):
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
            told = Option(p, provider, t, borne, cost, round(extra * 1000))
            found.append((cost, int(away), tuple((place[k], n) for k, n in uses), helper, told))
        if "booked" in p:
            when = p["origin"], p["booked"]
            return [option for option in found if (option[4].provider, option[4].period) == when]
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
            and max(waited, 0) >= policy.min_weeks_to_move
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
    room_left, even = tuple(room[k] for k in resources), (0,) * len(where_net)

    def after(i: int, left: tuple[int, ...], net: tuple[int, ...], uses, helper):
        """What is left of everything once a patient has an option; None if it does not fit."""
        rest, given = list(left), list(net)
        for where, amount in uses:
            rest[where] -= amount
        if helper and where_net:
            given[where_net[helper]] += 1
            given[where_net[everybody[i]["origin"]]] -= 1
        return None if min(rest, default=0) < 0 else (tuple(rest), tuple(given))

    if counts is not None:
        states = {(room_left, even, counts(None))}
        for i, mine in enumerate(choices):
            weighed = [(uses, helper, counts(told)) for _, _, uses, helper, told in mine]
            states = {
                (*now, tuple(map(sum, zip(so_far, more, strict=True))))
                for left, net, so_far in states
                for uses, helper, more in weighed
                if (now := after(i, left, net, uses, helper)) is not None
            }
        return {
            so_far
            for _, net, so_far in states
            if imbalance is None or max(map(abs, net), default=0) <= imbalance
        }

    @cache
    def least(i: int, left: tuple[int, ...], net: tuple[int, ...]) -> tuple[float, float]:
        if i == len(choices):
            return (0, 0) if max(map(abs, net), default=0) <= (imbalance or 0) else NEVER
        results = [NEVER]
        for cost, moved, uses, helper, _ in choices[i]:
            now = after(i, left, net, uses, helper)
            if now is not None:
                more = least(i + 1, *now)
                results.append((cost + more[0], moved + more[1]))
        return min(results)

    cost, moved = least(0, room_left, even)
    assert cost < float("inf"), "nothing keeps every limit"
    return int(cost), int(moved)


NEVER = (float("inf"), float("inf"))


def in_order(
    tables: dict[str, pd.DataFrame],
    policy: Policy,
    period_weeks: int,
    periods: int,
    order: Sequence[tuple[str, Fraction]],
    targets: Sequence[Target] = (),
    **agreed: object,
) -> list[int]:
    """The least of each objective within those before it and their slack; of targets first.

    Harm and cost in 1/1000 harm-weeks, travel in 1/1000 minutes. Targets are those at the end of
    the horizon. ``agreed`` is as for :func:`best`.
    """
    providers = sorted({*tables["capacity"]["provider"], *tables["waiting_list"]["origin"]})
    groups = [
        (target, trust)
        for target in targets
        for trust in (providers if target.by == "trust" else [None])
    ]

    def value(name: str, option: Option) -> int:
        left = option.period > periods
        if name in ("harm", "cost", "travel"):
            return int(getattr(option, name))
        if name == "moves":
            return int(not left and option.provider != option.person["origin"])
        weeks = 0 if name == "waiting" else int(name.removeprefix("over_"))
        return int(left and (not weeks or waited(option) >= weeks))

    def waited(option: Option) -> int:
        return option.person["weeks_waiting"] + periods * period_weeks

    def counts(option: Option | None) -> tuple[int, ...]:
        if option is None:
            return (0,) * (len(order) + 2 * len(groups))
        result = [value(name, option) for name, _ in order]
        for target, trust in groups:
            mine = option.period > periods and trust in (None, option.person["origin"])
            result += [int(mine and waited(option) >= target.weeks), int(mine)]
        return tuple(result)

    def missed(totals: tuple[int, ...]) -> int:
        result = 0
        for (target, _), over, all_of_them in zip(
            groups, totals[len(order) :: 2], totals[len(order) + 1 :: 2], strict=True
        ):
            allowed: Fraction = Fraction(target.patients)
            if target.share_within is not None:
                allowed = (1 - Fraction(repr(target.share_within))) * all_of_them
            result += max(ceil(over - allowed), 0)
        return result

    plans = best(tables, policy, period_weeks, periods, counts=counts, **agreed)
    assert plans, "nothing keeps every limit"
    found = []
    if targets:
        found.append(min(map(missed, plans)))
        plans = {plan for plan in plans if missed(plan) == found[0]}
    for i, (_, slack) in enumerate(order):
        least = min(plan[i] for plan in plans)
        found.append(least)
        plans = {plan for plan in plans if plan[i] <= least * (1 + slack)}
    return found
