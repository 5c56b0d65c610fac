"""A second opinion on a plan, from its tables alone.

The certificate proves the flow; this checks what was made of it. It reads the plan's tables, the
system and the policy, and nothing of the network: that nobody is lost or invented, that no
provider treats more than it has slots for, that every move is one that the policy allows, and
that the cost worked out from the tables is the cost that was proven.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mutualaid.harm import SCALE
from mutualaid.policy import MIXED_SERVICES, NEVER_MOVE, Policy
from mutualaid.schema import NO_PRIORITY
from mutualaid.system import System

Breach = tuple[str, str, float]


def violations(system: System, policy: Policy, table: pd.DataFrame, cost: int) -> pd.DataFrame:
    """List everything in a plan's table that the system or the policy does not allow.

    Parameters
    ----------
    system, policy
        What the plan was made for.
    table
        A table of :func:`mutualaid.tables.entries`.
    cost
        What the plan is said to cost, in 1/1000 harm-weeks.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (patients, unless the rule says otherwise); empty if all
        is well.
    """
    moves = table[table["moved"].to_numpy()]
    here = (table["period"] <= system.periods).to_numpy()
    if "site" in table:
        # What is done in lent rooms is counted in a room of its own.
        here = here & (table["site"].astype(object) == table["provider"].astype(object)).to_numpy()
    treated = table[here]
    found = [
        *_everybody_is_somewhere(system, table),
        *_nobody_before_their_time(table),
        *_within_slots(system, treated),
        *_within_pools(system, treated),
        *_allowed_moves(system, policy, moves),
        *_within_caps(policy, moves),
        *_within_share(policy, table, moves),
        *_within_stages(policy, moves),
        *_cost_adds_up(system, policy, table, cost),
    ]
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _everybody_is_somewhere(system: System, table: pd.DataFrame) -> Iterator[Breach]:
    keys = [*system.queue_columns, "weeks_waiting", "referred"]
    parts = [system.waiting_list.assign(referred=0)]
    if system.referrals is not None:
        weeks = -(system.referrals["period"] - 1) * system.period_weeks
        referred = system.referrals["period"]
        parts.append(system.referrals.assign(weeks_waiting=weeks, referred=referred))
    came = pd.concat([part[[*keys, "patients"]] for part in parts])
    there = came.groupby(keys, observed=True)["patients"].sum()
    here = table.groupby(keys, observed=True)["patients"].sum()
    gone = there.sub(here, fill_value=0)
    for where, amount in gone[gone < 0].head().items():
        yield "nobody is invented", _text(where), float(-amount)
    removed = 0 if system.removals is None else int(system.removals["patients"].sum())
    lost = int(gone.clip(lower=0).sum())
    if lost > removed:
        yield "nobody is lost but who is removed", "all lists", float(lost - removed)
    if (table["patients"] < 1).any():
        yield "counts are positive", "all lists", float((table["patients"] < 1).sum())


def _nobody_before_their_time(table: pd.DataFrame) -> Iterator[Breach]:
    early = table["period"] < np.maximum(table["referred"], 1)
    if early.any():
        yield (
            "nobody is treated before referral",
            "all lists",
            float(table.loc[early, "patients"].sum()),
        )


def _within_slots(system: System, treated: pd.DataFrame) -> Iterator[Breach]:
    keys = ["provider", "service", "period"]
    used = treated.groupby(keys, observed=True)["patients"].sum()
    slots = system.capacity.groupby(keys, observed=True)["slots"].sum()
    over = used.sub(slots.reindex(used.index, fill_value=0))
    for where, amount in over[over > 0].head().items():
        yield "no more treatments than slots", _text(where), float(amount)


def _within_pools(system: System, treated: pd.DataFrame) -> Iterator[Breach]:
    if system.pools is None or system.usage is None:
        return
    counts = treated.groupby(["provider", "service", "period"], observed=True)["patients"].sum()
    by = [name for name in ("provider", "service") if name in system.usage]
    use = counts.reset_index().merge(system.usage, on=by)
    use["needed"] = use["patients"] * np.rint(use["amount"] * 1000)
    keys = ["provider", "pool", "period"]
    needed = use.groupby(keys, observed=True)["needed"].sum().reset_index()
    limited = system.pools[["provider", "pool"]].drop_duplicates()
    needed = needed.merge(limited, on=["provider", "pool"])
    both = needed.merge(system.pools, on=keys, how="left")
    over = both["needed"] - np.rint(both["amount"].fillna(0) * 1000)
    for row in np.flatnonzero(over > 0)[:5]:
        where = both.loc[row, keys].tolist()
        yield "no more of a pool than there is", _text(where), float(over[row]) / 1000


def _allowed_moves(system: System, policy: Policy, moves: pd.DataFrame) -> Iterator[Breach]:
    start = moves[system.start].astype(object)
    ways = system.travel.assign(
        **{c: system.travel[c].astype(object) for c in (system.start, "provider")}
    )
    minutes = ways.set_index([system.start, "provider"])["minutes"]
    pairs = pd.MultiIndex.from_arrays([start, moves["provider"].astype(object)])
    far = minutes.reindex(pairs).to_numpy()
    weeks = moves["weeks_waiting"] + (moves["period"] - 1) * system.period_weeks
    broken = {
        "nobody is sent further than allowed": ~(far <= policy.max_minutes),
        "nobody moves before the least wait": (weeks < policy.min_weeks_to_move).to_numpy(),
        "nobody moves home": (
            moves["provider"].astype(object) == moves["origin"].astype(object)
        ).to_numpy(),
    }
    if not policy.move_mixed_services:
        broken["mixed services do not move"] = moves["service"].isin(MIXED_SERVICES).to_numpy()
    if "priority" in system.queue_columns:
        movable = set(policy.movable_priorities) - set(NEVER_MOVE)
        movable |= {NO_PRIORITY}
        broken["only movable priorities move"] = ~moves["priority"].isin(list(movable)).to_numpy()
    if policy.notice_weeks:
        early = (moves["period"] - 1) * system.period_weeks < policy.notice_weeks
        broken["nobody moves before proper notice"] = early.to_numpy()
    if "cancer" in moves and not policy.move_cancer:
        broken["cancer pathways do not move"] = moves["cancer"].astype(bool).to_numpy()
    for name, lanes, wanted in (
        ("no forbidden lane", policy.forbidden_lanes, True),
        ("only allowed lanes", policy.allowed_lanes, False),
    ):
        if isinstance(lanes, pd.DataFrame):
            broken[name] = _fits_any(moves, lanes) == wanted
    for rule, mask in broken.items():
        if mask.any():
            yield rule, "moves", float(moves.loc[mask, "patients"].sum())


def _fits_any(moves: pd.DataFrame, lanes: pd.DataFrame) -> np.ndarray:
    combos = moves[[str(c) for c in lanes.columns]].astype(object)
    result = np.zeros(len(moves), dtype=bool)
    for lane in lanes.to_dict("records"):
        fits = np.ones(len(moves), dtype=bool)
        for heading, value in lane.items():
            if value is not None and not pd.isna(value):
                fits &= (combos[heading] == value).to_numpy()
        result |= fits
    return result


def _within_caps(policy: Policy, moves: pd.DataFrame) -> Iterator[Breach]:
    for rule, cap, who in (
        ("no more moves out than allowed", policy.max_out, "origin"),
        ("no more moves in than allowed", policy.max_in, "provider"),
    ):
        if not isinstance(cap, pd.DataFrame):
            continue
        count = moves.groupby([who, "period"], observed=True)["patients"].sum()
        exact = {
            (
                None if pd.isna(row["provider"]) else row["provider"],
                None if pd.isna(row["period"]) else int(row["period"]),
            ): int(row["patients"])
            for row in cap.to_dict("records")
        }
        found = zip(
            count.index.get_level_values(0), count.index.get_level_values(1), count, strict=True
        )
        for name, period, amount in found:
            for key in ((name, period), (name, None), (None, period), (None, None)):
                if key in exact:
                    if amount > exact[key]:
                        yield rule, f"{name}, period {period}", float(amount - exact[key])
                    break


def _within_share(policy: Policy, table: pd.DataFrame, moves: pd.DataFrame) -> Iterator[Breach]:
    if policy.max_share_moved >= 1:
        return
    inner = {
        "provider",
        "weeks_waiting",
        "referred",
        "period",
        "patients",
        "minutes",
        "extra_minutes",
        "moved",
        "harm",
        "cost",
        "saved",
        "site",
    }
    keys = [c for c in table.columns if c not in inner and not table[c].isna().all()]
    everybody = table.groupby(keys, observed=True)["patients"].sum()
    moved = moves.groupby(keys, observed=True)["patients"].sum()
    limit = np.floor(everybody.reindex(moved.index) * policy.max_share_moved + 1e-9)
    over = moved - limit
    for where, amount in over[over > 0].head().items():
        yield "no more of a queue moves than its share", _text(where), float(amount)


def _within_stages(policy: Policy, moves: pd.DataFrame) -> Iterator[Breach]:
    count = moves.groupby("period")["patients"].sum()
    for period, most in enumerate(policy.ramp or (), start=1):
        over = int(count.get(period, 0)) - most
        if over > 0:
            yield "no more moves than the ramp allows", f"period {period}", float(over)
    if policy.max_lanes is not None:
        lanes = moves[["origin", "provider", "service"]].astype(str).drop_duplicates()
        if len(lanes) > policy.max_lanes:
            yield "no more lanes than allowed", "moves", float(len(lanes) - policy.max_lanes)


def _cost_adds_up(
    system: System, policy: Policy, table: pd.DataFrame, cost: int
) -> Iterator[Breach]:
    """Work the cost out again, week by week, from rates and minutes."""
    first = np.maximum(table["referred"], 1)
    start = (table["weeks_waiting"] + (first - 1) * system.period_weeks).to_numpy()
    end = (table["weeks_waiting"] + (table["period"] - 1) * system.period_weeks).to_numpy()
    end = end + np.where(table["period"] > system.periods, policy.tail_weeks, 0)
    total = 0
    by = policy.harm.by
    label = np.full(len(table), None) if by is None else table[by].astype(object).to_numpy()
    for value in dict.fromkeys(label):
        # None is a label of its own here: a curve that is not by any column.
        rows = np.array([x is None for x in label]) if value is None else label == value
        weeks = int(end[rows].max(initial=0))
        rates = [round(policy.harm.rate(week, value) * SCALE) for week in range(weeks)]
        sums = np.concatenate([[0], np.cumsum(np.array(rates, dtype=np.int64))])
        total += int((sums[end[rows]] - sums[start[rows]]) @ table["patients"].to_numpy()[rows])
    weeks_each = table["extra_minutes"] / 60 * policy.weeks_per_hour
    weeks_each += np.where(table["moved"], policy.move_weeks, 0.0)
    total += int(np.rint(weeks_each * SCALE).astype(np.int64) @ table["patients"])
    if total != cost:
        yield "the cost adds up (harm-weeks)", "all lists", abs(total - cost) / SCALE


def _text(where: object) -> str:
    parts = where if isinstance(where, tuple | list) else (where,)
    return ", ".join(str(part) for part in parts)
