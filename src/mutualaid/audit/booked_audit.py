"""A second opinion on bookings, from the tables alone: who has a date is treated at home then.

It finds again which of them stand, period by period, and looks in the plan's table for their
patients.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import LARGEST_KEY, Ints
from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.data.system import System

Breach = tuple[str, str, float]
RULE = "who is booked is treated at home in their period"


def violations(system: System, table: pd.DataFrame) -> pd.DataFrame:
    """List bookings that stand whose patients a plan does not treat at home in their period.

    Parameters
    ----------
    system
        What the plan was made for.
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.
    """
    return pd.DataFrame(_broken(system, table), columns=["rule", "where", "amount"])


def _broken(system: System, table: pd.DataFrame) -> Iterator[Breach]:
    booked = system.booked
    if booked is None:
        return
    names = [name for name in system.queue_columns if name in booked]
    stand = standing(system, booked, names)
    names += ["weeks_waiting", "referred", "period"]
    home = table[_same(table, "provider") & ("site" not in table or _same(table, "site"))]
    wanted, treated = _numbered([stand, home], names)
    count = np.zeros(len(stand) + len(home), dtype=np.int64)
    np.add.at(count, treated, home["patients"].to_numpy(dtype=np.int64))
    missing = stand["patients"].to_numpy(dtype=np.int64) - count[wanted]
    for row in np.flatnonzero(missing > 0).tolist():
        where = ", ".join(str(stand[name].iloc[row]) for name in names)
        yield RULE, where, float(missing[row])


def _same(table: pd.DataFrame, column: str) -> np.ndarray:
    """Where patients are treated at their origin."""
    there, home = _numbered([table[[column]].set_axis(["origin"], axis=1), table], ["origin"])
    same: np.ndarray = there == home
    return same


def standing(system: System, booked: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Bookings that stand: ``patients`` by list, wait, period of referral and their own period.

    ``keys`` are the columns of bookings that say of whose list; ``weeks_waiting`` is that at the
    census.
    """
    waits = [*keys, "weeks_waiting"]
    parts = [system.waiting_list.assign(referred=0)]
    if system.referrals is not None:
        joining = _since_the_census(system.referrals, system.period_weeks)
        parts.append(joining.assign(referred=joining["period"]))
    there = _added_up(parts, [*waits, "referred"])
    asked = _added_up([_since_the_census(booked, system.period_weeks)], [*waits, "period"])
    asked = asked[(asked["patients"] > 0).to_numpy()]
    group_wait, booking = _numbered([there, asked], waits)
    # Every booking with all whom it fits. Period by period the longest waits come first; of those
    # alike the earliest referred, then in the order of their lists, in which groups are numbered.
    groups = pd.DataFrame(
        {
            "wait": group_wait,
            "group": np.arange(len(there)),
            "weeks": there["weeks_waiting"],
            "referred": there["referred"],
        }
    )
    dates = pd.DataFrame({"wait": booking, "period": asked["period"], "wanted": asked["patients"]})
    calls = dates.merge(groups, on="wait")
    calls = calls[(calls["referred"] <= calls["period"]).to_numpy()]
    last = [calls["group"], calls["referred"], -calls["weeks"], calls["period"]]
    calls = calls.iloc[np.lexsort([column.to_numpy() for column in last])]
    left = there["patients"].to_numpy(dtype=np.int64).copy()
    room, slots = _slots(system, there)
    pools = _Pools(system, there)
    stand = [np.zeros(0, dtype=np.int64)]
    for period, now in calls.groupby("period", sort=True):
        group = now["group"].to_numpy()
        found = _first_come(left[group], now["wait"].to_numpy(), now["wanted"].to_numpy())
        held = _first_come(found, room[group], slots[room[group], int(str(period)) - 1])
        held = pools.hold(group, held, int(str(period)))
        left[group] -= held
        stand.append(held)
    kept = np.concatenate(stand)
    some = np.flatnonzero(kept)
    result = there.iloc[calls["group"].to_numpy()[some]].reset_index(drop=True)
    return result.assign(period=calls["period"].to_numpy()[some], patients=kept[some])


def _since_the_census(table: pd.DataFrame, period_weeks: int) -> pd.DataFrame:
    clock = table.get("weeks_waiting", 0) - table.get("weeks_later", 0)
    weeks = clock - (table["period"] - 1) * period_weeks
    return table.assign(weeks_waiting=weeks)


def _added_up(parts: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Patients of some tables by columns, in the order of their values."""
    every = pd.concat([part[[*names, "patients"]] for part in parts], ignore_index=True)
    key = _keys([every], names)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    patients = every["patients"].to_numpy(dtype=np.int64)[order]
    rows = every[list(names)].iloc[order[first]].reset_index(drop=True)
    return rows.assign(patients=np.add.reduceat(patients, first) if len(first) else patients)


def _keys(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> Ints:
    """A number from 0 for each row of some tables, by columns, in the order of their values."""
    key, size = np.zeros(sum(map(len, tables)), dtype=np.int64), 1
    for name in names:
        columns = [table[name] for table in tables]
        if all(isinstance(column.dtype, pd.CategoricalDtype) for column in columns) and (
            len({column.cat.categories.dtype for column in columns}) == 1
        ):
            labels = pd.api.types.union_categoricals(columns, sort_categories=True)
            code, count = labels.codes.astype(np.int64), len(labels.categories)
        elif all(getattr(column.dtype, "kind", "") == "i" for column in columns):
            code = np.concatenate([column.to_numpy(dtype=np.int64) for column in columns])
            code = code - code.min(initial=0)
            count = int(code.max(initial=0)) + 1
        else:
            every = pd.concat([column.astype(object) for column in columns], ignore_index=True)
            code, values = pd.factorize(every, sort=True)
            count = len(values)
        if size * (count + 1) >= LARGEST_KEY:
            known, key = np.unique(key, return_inverse=True)
            size = len(known)
        # A label that is missing comes first.
        key, size = key * (count + 1) + code + 1, size * (count + 1)
    return key


def _numbered(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> list[Ints]:
    """Number the rows of some tables by columns, alike if they are."""
    number = pd.factorize(_keys(tables, names))[0].astype(np.int64)
    return np.split(number, np.cumsum([len(table) for table in tables])[:-1])


def _first_come(wanted: Ints, owner: Ints, there: Ints) -> Ints:
    """What each row gets of what its owner has, those before it first."""
    before = pd.Series(wanted).groupby(owner).cumsum().to_numpy() - wanted
    result: Ints = np.clip(there - before, 0, wanted)
    return result


def _slots(system: System, there: pd.DataFrame) -> tuple[Ints, Ints]:
    """The slots that each group has at home, as rows of a table by period."""
    more = [name for name in LINE_COLUMNS if name in system.capacity]
    capacity = system.capacity.rename(columns={"provider": "origin"})
    room, place = _numbered([there, capacity], ["origin", "service", *more])
    slots = np.zeros((len(there) + len(capacity), system.periods), dtype=np.int64)
    when = capacity["period"].to_numpy() - 1
    np.add.at(slots, (place, when), capacity["slots"].to_numpy(dtype=np.int64))
    return room, slots


class _Pools:
    """What is left of pools at each provider, in 1/1000 of their units."""

    def __init__(self, system: System, there: pd.DataFrame) -> None:
        self.left: Counter[tuple[Any, ...]] = Counter()
        self.needs: defaultdict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
        pools, usage = system.pools, system.usage
        if pools is None or usage is None:
            return
        for row in pools.to_dict("records"):
            self.left[row["provider"], row["pool"], row["period"]] = round(row["amount"] * 1000)
        for provider, pool in {(provider, pool) for provider, pool, _ in self.left}:
            for row in usage[(usage["pool"] == pool).to_numpy()].to_dict("records"):
                if row.get("provider", provider) == provider and round(row["amount"] * 1000):
                    self.needs[provider, row["service"]][pool] = round(row["amount"] * 1000)
        names = ["origin", "service"]
        (self.place,) = _numbered([there], names)
        first = there[names].groupby(self.place).head(1)
        self.names = list(first.itertuples(index=False, name=None))

    def hold(self, group: Ints, wanted: Ints, period: int) -> Ints:
        """Take what patients of groups need of a period's, one after another, if it is there."""
        if not self.needs:
            return wanted
        place, result = self.place[group], wanted.copy()
        needed: Counter[tuple[Any, ...]] = Counter()
        total = np.bincount(place, weights=wanted, minlength=len(self.names))
        for at in np.flatnonzero(total).tolist():
            for pool, each in self.needs[self.names[at]].items():
                needed[self.names[at][0], pool, period] += each * int(total[at])
        short = {own[0] for own, amount in needed.items() if amount > self.left[own]}
        self.left.subtract({own: n for own, n in needed.items() if own[0] not in short})
        scarce = np.array([provider in short for provider, _ in self.names])
        needs = [list(self.needs[name].items()) for name in self.names]
        rows = np.flatnonzero(scarce[place] & (wanted > 0))
        held, spent = np.zeros(len(rows), dtype=np.int64), set[int]()
        calls = zip(place[rows].tolist(), wanted[rows].tolist(), strict=True)
        for row, (at, asked) in enumerate(calls):
            if at in spent:
                continue
            own, stands = self.names[at][0], asked
            for pool, each in needs[at]:
                stands = min(stands, self.left[own, pool, period] // each)
            for pool, each in needs[at]:
                self.left[own, pool, period] -= stands * each
            held[row] = stands
            # Who comes after one who found too little, and needs as much, finds too little.
            if stands < asked:
                spent.add(at)
        result[rows] = held
        return result
