"""A second opinion on bookings, from the tables alone: who has a date is treated at home then.

It finds again, one booking after another, which of them stand, and looks in the plan's table for
their patients.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.data.system import System

Breach = tuple[str, str, float]
Counts = Counter[tuple[Any, ...]]
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
    keys = [name for name in system.queue_columns if name in booked]
    home = table["provider"].astype(object) == table["origin"].astype(object)
    if "site" in table:
        home &= table["site"].astype(object) == table["origin"].astype(object)
    treated = _counted(table[home.to_numpy()], [*keys, "weeks_waiting", "referred", "period"])
    for place, count in standing(system, booked, keys).items():
        missing = count - treated[place]
        if missing > 0:
            yield RULE, ", ".join(map(str, place)), float(missing)


def _counted(table: pd.DataFrame, names: Sequence[str], count: str = "patients") -> Counts:
    """Add up a column by others."""
    result: Counts = Counter()
    columns = (table[name].tolist() for name in names)
    for *place, number in zip(*columns, table[count].tolist(), strict=True):
        result[tuple(place)] += number
    return result


def standing(system: System, booked: pd.DataFrame, keys: Sequence[str]) -> Counts:
    """Bookings that stand: by list, weeks at the census, period of referral, and their period."""
    waits = [*keys, "weeks_waiting"]
    there = _counted(system.waiting_list.assign(referred=0), [*waits, "referred"])
    if system.referrals is not None:
        joining = _since_the_census(system.referrals, system.period_weeks)
        there += _counted(joining.assign(referred=joining["period"]), [*waits, "referred"])
    referred: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for *who, when in there:
        referred[tuple(who)].append(when)
    asked = _counted(_since_the_census(booked, system.period_weeks), ["period", *waits])
    # Period by period the longest waits come first; of those alike the earliest referred, then in
    # the order of their lists.
    calls = sorted(
        (period, -who[-1], when, *who[:-1])
        for period, *who in asked
        for when in referred[tuple(who)]
        if when <= period
    )
    more = [name for name in LINE_COLUMNS if name in system.capacity]
    slots = _counted(system.capacity, ["provider", "service", *more, "period"], "slots")
    pools = _Pools(system)
    result: Counts = Counter()
    for period, minus, when, *who in calls:
        booking, room = (period, *who, -minus), (*who[: 2 + len(more)], period)
        found = min(asked[booking], there[*who, -minus, when])
        asked[booking] -= found
        stands = pools.hold((who[0], who[1], period), min(found, slots[room]))
        slots[room] -= stands
        there[*who, -minus, when] -= stands
        result[*who, -minus, when, period] += stands
    return +result


def _since_the_census(table: pd.DataFrame, period_weeks: int) -> pd.DataFrame:
    clock = table.get("weeks_waiting", 0) - table.get("weeks_later", 0)
    weeks = clock - (table["period"] - 1) * period_weeks
    return table.assign(weeks_waiting=weeks)


class _Pools:
    """What is left of pools at each provider, in 1/1000 of their units."""

    def __init__(self, system: System) -> None:
        self.left: Counts = Counter()
        self.needs: defaultdict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
        pools, usage = system.pools, system.usage
        if pools is None or usage is None:
            return
        thousandths = np.rint(pools["amount"] * 1000).astype(int)
        self.left = _counted(
            pools.assign(amount=thousandths), ["provider", "pool", "period"], "amount"
        )
        for provider, pool in {(provider, pool) for provider, pool, _ in self.left}:
            for row in usage[(usage["pool"] == pool).to_numpy()].to_dict("records"):
                if row.get("provider", provider) == provider and round(row["amount"] * 1000):
                    self.needs[provider, row["service"]][pool] = round(row["amount"] * 1000)

    def hold(self, room: tuple[Any, ...], wanted: int) -> int:
        """Take what so many patients of a provider, service and period need, if it is there."""
        provider, service, period = room
        needs = self.needs[provider, service]
        for pool, each in needs.items():
            wanted = min(wanted, self.left[provider, pool, period] // each)
        for pool, each in needs.items():
            self.left[provider, pool, period] -= wanted * each
        return wanted
