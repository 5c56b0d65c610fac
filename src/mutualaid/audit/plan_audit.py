"""A second opinion on a plan, from its tables alone.

The certificate proves the flow; this checks what was made of it. It reads the plan's tables, the
system and the policy, and nothing of the network: that nobody is lost or invented, that no
provider treats more than it has slots for, that every move is one that the policy allows, and
that the cost worked out from the tables is the cost that was proven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import LARGEST_KEY, Ints
from mutualaid.data.finer_services import in_slots_of
from mutualaid.data.schema import CLOCK_OF_ENTRIES, LINE_COLUMNS, NO_PRIORITY, who
from mutualaid.data.system import System
from mutualaid.data.words import england
from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import MIXED_SERVICES, NEVER_MOVE, Policy

Breach = tuple[str, str, float]


def violations(
    system: System,
    policy: Policy,
    table: pd.DataFrame,
    cost: int,
    spared: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List everything in a plan's table that the system or the policy does not allow.

    Parameters
    ----------
    system, policy
        What the plan was made for.
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.
    cost
        What the plan is said to cost, in 1/1000 harm-weeks.
    spared
        What partners spare of pools, if any do: ``provider``, ``spares``, ``period``, ``spared``.

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
    treated = table[["provider", *_of_slots(system), "period", "patients"]][here]
    found = [
        *_everybody_is_somewhere(system, table),
        *_nobody_before_their_time(table),
        *_within_slots(system, treated),
        *_within_pools(system, treated, spared),
        *_allowed_moves(system, policy, moves),
        *_allowed_ways(system, policy, in_lent_rooms(system, table), "lent rooms"),
        *_within_caps(policy, moves),
        *_within_share(policy, table, moves),
        *_within_stages(policy, moves),
        *_cost_adds_up(system, policy, table, cost),
    ]
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def in_lent_rooms(system: System, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of who is treated by the own team elsewhere, with that place as the provider.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=1)
    >>> table = pd.DataFrame({"provider": ["XA1", "XA1"], "site": ["XB2", "XA1"], "period": 1})
    >>> in_lent_rooms(system, table)["provider"].tolist()
    ['XB2']
    """
    if "site" not in table:
        return table.iloc[:0]
    elsewhere = table["site"].astype(object) != table["provider"].astype(object)
    lent = table[(elsewhere & (table["period"] <= system.periods)).to_numpy()]
    return lent.assign(provider=lent["site"])


def _everybody_is_somewhere(system: System, table: pd.DataFrame) -> Iterator[Breach]:
    keys = [*system.queue_columns, "weeks_waiting", "referred"]
    parts, joining = [system.waiting_list.assign(referred=0)], system.referrals
    if joining is not None:
        weeks = weeks_at_census(joining, system.period_weeks)
        parts.append(joining.assign(weeks_waiting=weeks, referred=joining["period"]))
    totals, told = _totals(keys, *((part, "patients") for part in [*parts, table]))
    gone = sum(totals[:-1]) - totals[-1]
    for place in np.flatnonzero(gone < 0)[:5].tolist():
        yield "nobody is invented", told(place), float(-gone[place])
    leaving = system.removals
    removed = 0 if leaving is None else int(leaving["patients"].sum())
    lost = int(np.maximum(gone, 0).sum())
    if lost > removed:
        yield "nobody is lost but who is removed", "all lists", float(lost - removed)
    if leaving is not None and "weeks_waiting" in leaving:
        yield from _nobody_longer_leaves(system, [*parts, table], leaving)
    few = table["patients"].to_numpy() < 1
    if few.any():
        yield "counts are positive", "all lists", float(few.sum())


def weeks_at_census(table: pd.DataFrame, period_weeks: int) -> pd.Series:
    """Weeks waited at the census by who joins or leaves when a period starts, minus if later.

    Examples
    --------
    >>> weeks_at_census(pd.DataFrame({"period": [1, 3], "weeks_waiting": [5, 5]}), 4).tolist()
    [5, -3]
    """
    until: pd.Series = (table["period"] - 1) * period_weeks
    return table.get("weeks_waiting", 0) - table.get("weeks_later", 0) - until


def _nobody_longer_leaves(
    system: System, parts: Sequence[pd.DataFrame], leaving: pd.DataFrame
) -> Iterator[Breach]:
    """Of no list have more left, of any wait and longer, than removals say have waited so long."""
    said = leaving.assign(weeks_waiting=weeks_at_census(leaving, system.period_weeks))
    every = [*parts, said]
    sign = [1] * (len(parts) - 1) + [-1, -1]
    left = np.concatenate(
        [s * part["patients"].to_numpy() for s, part in zip(sign, every, strict=True)]
    )
    # Who leaves without a word of stream or class may be of any.
    names = [name for name in system.queue_columns if name in leaving]
    keys = [_numbered([part[key] for part in every]) for key in names]
    codes = [np.concatenate(code) for code, _ in keys]
    weeks = np.concatenate([part["weeks_waiting"].to_numpy() for part in every])
    order = np.lexsort([-weeks, *codes])
    left, weeks = left[order], weeks[order]
    codes = [code[order] for code in codes]
    list_ends, wait_ends = np.zeros((2, len(order)), dtype=bool)
    for code in codes:
        list_ends[:-1] |= code[1:] != code[:-1]
    wait_ends[:-1] = list_ends[:-1] | (weeks[1:] != weeks[:-1])
    wait_ends[-1:] = True
    running = np.cumsum(left)
    # Each list starts from nothing: what the lists before it came to is taken off.
    before = np.append(0, running[list_ends])[np.cumsum(list_ends) - list_ends]
    over = running - before
    for place in np.flatnonzero(wait_ends & (over > 0))[:5].tolist():
        row, at = order[place], 0
        while row >= len(every[at]):
            row, at = row - len(every[at]), at + 1
        where = _text([every[at][key].iloc[row] for key in names])
        yield (
            "nobody leaves who has waited longer than removals say",
            f"{where}, {weeks[place]}",
            float(over[place]),
        )


def _nobody_before_their_time(table: pd.DataFrame) -> Iterator[Breach]:
    early = table["period"].to_numpy() < np.maximum(table["referred"].to_numpy(), 1)
    if early.any():
        yield (
            "nobody is treated before referral",
            "all lists",
            float(table.loc[early, "patients"].sum()),
        )


def _of_slots(system: System) -> list[str]:
    """Columns that say whom slots can treat."""
    return ["service", *(name for name in LINE_COLUMNS if name in system.capacity)]


def _within_slots(system: System, treated: pd.DataFrame) -> Iterator[Breach]:
    treated = in_slots_of(system.table("finer"), system.capacity, treated)
    keys = ["provider", *_of_slots(system), "period"]
    (used, slots), told = _totals(keys, (treated, "patients"), (system.capacity, "slots"))
    over = used - slots
    for place in np.flatnonzero(over > 0)[:5].tolist():
        yield "no more treatments than slots", told(place), float(over[place])


def _within_pools(
    system: System, treated: pd.DataFrame, spared: pd.DataFrame | None
) -> Iterator[Breach]:
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
    if spared is not None:
        freed = spared[["provider", "spares", "period", "spared"]].set_axis([*keys, "less"], axis=1)
        less = freed.groupby(keys)["less"].sum()
        asked = pd.MultiIndex.from_frame(both[keys].astype({"provider": object, "pool": object}))
        over = over - np.rint(less.reindex(asked, fill_value=0.0).to_numpy() * 1000)
    for row in np.flatnonzero(over > 0)[:5]:
        where = both.loc[row, keys].tolist()
        yield "no more of a pool than there is", _text(where), float(over[row]) / 1000


def _allowed_moves(system: System, policy: Policy, moves: pd.DataFrame) -> Iterator[Breach]:
    """Rules for whoever is treated by another trust: those of the way, and of time and service."""
    yield from _allowed_ways(system, policy, moves, "moves")
    begins = (moves["period"].to_numpy() - 1) * system.period_weeks
    weeks = moves["weeks_waiting"].to_numpy() + begins
    (provider, origin), _ = _numbered([moves["provider"], moves["origin"]])
    broken = {
        "nobody moves before the least wait": np.maximum(weeks, 0) < policy.min_weeks_to_move,
        "nobody moves home": (provider == origin) & (provider >= 0),
    }
    if not policy.move_mixed_services:
        broken["mixed services do not move"] = moves["service"].isin(MIXED_SERVICES).to_numpy()
    shut = np.zeros(len(moves), dtype=bool)
    for trust, place in ((one, moves["provider"] == one) for one in _specialists(system, policy)):
        told = policy.specialists.get(trust, ()) if isinstance(policy.specialists, Mapping) else ()
        shut |= (place & ~moves["service"].isin(told)).to_numpy()
    broken["specialists take in only what they are told to take"] = shut
    if policy.notice_weeks:
        broken["nobody moves before proper notice"] = begins < policy.notice_weeks
    joined = (np.maximum(moves["referred"].to_numpy(), 1) - 1) * system.period_weeks
    broken["nobody moves before a move can be prepared"] = begins - joined < policy.lead_weeks
    yield from _told(broken, moves, "moves")


def _specialists(system: System, policy: Policy) -> set[str]:
    """Who takes in nothing but what is listed."""
    if policy.specialists is False:
        return set()
    said = set(policy.specialists) if isinstance(policy.specialists, Mapping) else set()
    kinds = {one["provider"]: one["kind"] for one in england.providers()}
    known = {trust for trust, kind in kinds.items() if kind not in ("general", "other")}
    return (said | known) & set(system.providers)


def _allowed_ways(
    system: System, policy: Policy, moves: pd.DataFrame, where: str
) -> Iterator[Breach]:
    """Rules for whoever is treated at another place, by whichever team."""
    travel = system.travel
    start, _ = _numbered([moves[system.start], travel[system.start]])
    end, ends = _numbered([moves["provider"], travel["provider"]])
    both = [np.where((a < 0) | (b < 0), -1, a * ends + b) for a, b in zip(start, end, strict=True)]
    place = pd.Index(both[1]).get_indexer(pd.Index(both[0]))
    # A way that no table says is NaN, which is within no limit.
    far = np.append(travel["minutes"].to_numpy(dtype=np.float64), np.nan)[place]
    distant = np.full(len(moves), np.nan)
    if "miles" in travel:
        distant = np.append(travel["miles"].to_numpy(dtype=np.float64), np.nan)[place]
    broken = {
        "nobody is sent further than allowed": ~(far <= policy.max_minutes),
        # Without a distance nobody can say that a way is within so many miles.
        "nobody is sent further than so many miles": ~(
            (distant <= policy.max_miles) | (policy.max_miles == np.inf)
        ),
    }
    if "priority" in system.queue_columns:
        movable = set(policy.movable_priorities) - set(NEVER_MOVE)
        movable |= {NO_PRIORITY}
        broken["only movable priorities move"] = ~moves["priority"].isin(list(movable)).to_numpy()
    if "cancer" in moves and not policy.move_cancer:
        broken["cancer pathways do not move"] = moves["cancer"].astype(bool).to_numpy()
    for name, lanes, wanted in (
        ("no forbidden lane", policy.forbidden_lanes, True),
        ("only allowed lanes", policy.allowed_lanes, False),
    ):
        if isinstance(lanes, pd.DataFrame):
            broken[name] = _fits_any(moves, lanes) == wanted
    yield from _told(broken, moves, where)


def _told(broken: Mapping[str, np.ndarray], moves: pd.DataFrame, where: str) -> Iterator[Breach]:
    """Each rule that any row breaks, and how many patients do."""
    for rule, mask in broken.items():
        if mask.any():
            yield rule, where, float(moves.loc[mask, "patients"].sum())


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
    for rule, cap, end in (
        ("no more moves out than allowed", policy.max_out, "origin"),
        ("no more moves in than allowed", policy.max_in, "provider"),
    ):
        if not isinstance(cap, pd.DataFrame):
            continue
        count = moves.groupby([end, "period"], observed=True)["patients"].sum()
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
    keys = [c for c in who(table) if c not in CLOCK_OF_ENTRIES and not table[c].isna().all()]
    everybody = table.groupby(keys, observed=True)["patients"].sum()
    moved = moves.groupby(keys, observed=True)["patients"].sum()
    limit = np.floor(everybody.reindex(moved.index) * policy.max_share_moved + 1e-9)
    over = moved - limit
    for where, amount in over[over > 0].head().items():
        yield "no more of a queue moves than its share", _text(where), float(amount)


def _within_stages(policy: Policy, moves: pd.DataFrame) -> Iterator[Breach]:
    of_period = moves.groupby("period")["patients"].sum()
    for period, count in of_period.items():
        if policy.ramp:
            most = policy.ramp[min(int(str(period)), len(policy.ramp)) - 1]
            if count > most:
                where = f"period {period}"
                yield "no more moves than the ramp allows", where, float(count - most)
        if policy.max_moves is not None and count > policy.max_moves:
            where = f"period {period}"
            yield "no more moves than allowed", where, float(count - policy.max_moves)
    if policy.max_lanes is not None:
        routes = moves[["origin", "provider", "service"]].astype(str).drop_duplicates()
        if len(routes) > policy.max_lanes:
            yield "no more lanes than allowed", "moves", float(len(routes) - policy.max_lanes)


def _cost_adds_up(
    system: System, policy: Policy, table: pd.DataFrame, cost: int
) -> Iterator[Breach]:
    """Work the cost out again, week by week, from rates and minutes."""
    first = np.maximum(table["referred"].to_numpy(), 1)
    waited, period = table["weeks_waiting"].to_numpy(), table["period"].to_numpy()
    start = waited + (first - 1) * system.period_weeks
    end = waited + (period - 1) * system.period_weeks
    end = end + np.where(period > system.periods, policy.tail_weeks, 0)
    patients = table["patients"].to_numpy()
    total = 0
    by = policy.harm.by
    labels: list[str | None] = [None]
    label = np.zeros(len(table), dtype=np.int64)
    if by is not None:
        label, found = pd.factorize(table[by])
        labels = list(found)
    for place, value in enumerate(labels):
        rows = np.flatnonzero(label == place)
        weeks = int(end[rows].max(initial=0))
        rates = [round(policy.harm.rate(week, value) * SCALE) for week in range(weeks)]
        sums = np.concatenate([[0], np.cumsum(np.array(rates, dtype=np.int64))])
        # A clock that has not started yet, below 0, costs nothing.
        begun, ended = np.maximum(start[rows], 0), np.maximum(end[rows], 0)
        total += int((sums[ended] - sums[begun]) @ patients[rows])
    weeks_each = table["extra_minutes"].to_numpy() / 60 * policy.weeks_per_hour
    weeks_each = weeks_each + np.where(table["moved"].to_numpy(), policy.move_weeks, 0.0)
    total += int(np.rint(weeks_each * SCALE).astype(np.int64) @ patients)
    if total != cost:
        yield "the cost adds up (harm-weeks)", "all lists", abs(total - cost) / SCALE


def _totals(
    keys: Sequence[str], *parts: tuple[pd.DataFrame, str]
) -> tuple[list[Ints], Callable[[int], str]]:
    """Add up a column of each table by the same keys, in the order of their values.

    Also gives what says in words which keys a total is of. Rows without one of them count nowhere.
    """
    ends = np.cumsum([len(table) for table, _ in parts])
    known = np.ones(ends[-1], dtype=bool)
    group, size = np.zeros(len(known), dtype=np.int64), 1
    for key in keys:
        codes, values = _numbered([table[key] for table, _ in parts])
        code = np.concatenate(codes)
        known &= code >= 0
        if size * values >= LARGEST_KEY:
            group, found = pd.factorize(group, sort=True)
            size = len(found)
        group, size = group * values + code, size * values
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(group[rows], kind="stable")]
    first = np.flatnonzero(np.diff(group[rows], prepend=-1))
    amount = np.concatenate([table[name].to_numpy() for table, name in parts])[rows]
    part = np.searchsorted(ends, rows, side="right")
    totals = [np.add.reduceat(np.where(part == at, amount, 0), first) for at in range(len(parts))]

    def told(place: int) -> str:
        row, table = rows[first[place]], parts[part[first[place]]][0]
        at = int(row - ends[part[first[place]]]) + len(table)
        return _text(tuple(table[key].iloc[at] for key in keys))

    return totals, told


def _numbered(columns: Sequence[pd.Series]) -> tuple[list[Ints], int]:
    """Number the values of columns alike, in their order; -1 for a missing one. Also how many."""
    ends = np.cumsum([len(column) for column in columns])[:-1]
    if all(isinstance(column.dtype, pd.CategoricalDtype) for column in columns):
        known = [column.cat.categories.tolist() for column in columns]
        place = {label: at for at, label in enumerate(sorted({x for some in known for x in some}))}
        codes = [
            np.array([*(place[label] for label in some), -1], dtype=np.int64)[column.cat.codes]
            for some, column in zip(known, columns, strict=True)
        ]
        return codes, max(len(place), 1)
    if all(isinstance(column.dtype, np.dtype) and column.dtype.kind == "i" for column in columns):
        values = np.concatenate([column.to_numpy(dtype=np.int64) for column in columns])
        least = int(values.min(initial=0))
        return np.split(values - least, ends), int(values.max(initial=0)) - least + 1
    every = pd.concat([column.astype(object) for column in columns], ignore_index=True)
    code, labels = pd.factorize(every, sort=True)
    return np.split(code.astype(np.int64), ends), max(len(labels), 1)


def _text(where: object) -> str:
    parts = where if isinstance(where, tuple | list) else (where,)
    return ", ".join(str(part) for part in parts)
