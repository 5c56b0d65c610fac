"""What is possible in a system's tables but unlikely, with the figures that make it so.

A plan of slots a week that were taken for slots a period, or of a year in which nobody joins a
list, is as certain and as beautiful as any other. So it is said when the system is made and
wherever its plan is shown. Nothing is changed or refused: every one of these can be meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Clean
from mutualaid.formats import first_few, word

if TYPE_CHECKING:
    from pandas.core.groupby import SeriesGroupBy

Tables = Mapping[str, Clean]
Counts = npt.NDArray[np.float64]

LONG_WEEKS = 26
"""Over so many weeks somebody joins every list in use."""
FEWEST_SLOTS, MOST_SLOTS = 0.4, 2.5
"""Slots for each who joins and stays are rarely fewer, or more: England's are about 0.9."""
LEAST_TOLD = 100
"""Shares of fewer patients than these say little."""
FEW = 10
"""So few slots or referrals in all may well fall into some periods only."""
LARGEST_FALL = 0.25
"""Slots at the end of the horizon are rarely below this share of those at its start."""
OLD_WEEKS, OLD_SHARE = 104, 0.2
"""Rarely have so many waited over two years: in England one in 2,000 at the end of 2025."""
POOL_FACTOR = 20.0
"""A pool is rarely so many times what its slots could use, or so small a part of it."""
MANY_TIMES = 10
"""Slots for so many times everybody on the list are rarely meant."""
CAPACITY = ("capacity", "slots")
NAMED = 3


def unlikely(tables: Tables, periods: int, period_weeks: int) -> list[str]:
    """Say in sentences what is unlikely in checked tables.

    Parameters
    ----------
    tables
        The columns of each table that were clean.
    periods, period_weeks
        The horizon.

    Returns
    -------
    list of str
        None where all looks as usual.
    """
    return [
        *_nobody_joins(tables, periods, period_weeks),
        *_slots_of_another_length(tables, periods, period_weeks),
        *_ends_early(tables, "capacity", "provider", periods, period_weeks),
        *_ends_early(tables, "referrals", "origin", periods, period_weeks),
        *_old_list(tables),
        *_pools_of_another_unit(tables, periods),
    ]


def _by_period(table: Clean, amount: str, periods: int) -> Counts:
    """Amounts of each period; shape (periods,)."""
    weights = table[amount].astype(np.float64)
    return np.bincount(table["period"] - 1, weights=weights, minlength=periods).astype(np.float64)


def _by_place(table: Clean, place: str, amount: str) -> pd.Series[float]:
    """Amounts of each provider or other label."""
    labels = table[place]
    weights = table[amount].astype(np.float64)
    sums = np.bincount(labels.codes, weights=weights, minlength=len(labels.categories))
    return pd.Series(sums, index=pd.Index(labels.categories, dtype=object))


def _total(tables: Tables, name: str, amount: str = "patients") -> float:
    table = tables.get(name)
    return float(table[amount].sum()) if table is not None and amount in table else 0.0


def _nobody_joins(tables: Tables, periods: int, period_weeks: int) -> Iterator[str]:
    """A list that nobody joins for half a year is no list in use."""
    weeks = periods * period_weeks
    waiting = tables["waiting_list"]
    if weeks < LONG_WEEKS or not _total(tables, "waiting_list"):
        return
    if not _total(tables, "referrals"):
        yield (
            f"nobody joins any list in {weeks} weeks: without referrals lists can only shrink, and "
            "every gain is measured against that"
        )
        return
    referred = tables["referrals"]
    if "origin" not in referred or "origin" not in waiting:
        return
    joined = _by_place(referred, "origin", "patients")
    joins = set(joined.index[joined > 0])
    on_list = _by_place(waiting, "origin", "patients")
    without = on_list[~on_list.index.isin(list(joins)) & (on_list >= LEAST_TOLD)]
    if len(without):
        yield (
            f"nobody joins the lists of {first_few(map(str, without.index), NAMED)} in {weeks} "
            f"weeks, where some {_about(without.sum())} patients wait"
        )


def _slots_of_another_length(tables: Tables, periods: int, period_weeks: int) -> Iterator[str]:
    """Slots a week or a year, where slots a period are meant, show against who joins and stays."""
    if "referrals" not in tables:
        on_list, all_slots = (_total(tables, *one) for one in (("waiting_list",), CAPACITY))
        if on_list >= LEAST_TOLD and all_slots > MANY_TIMES * on_list:
            yield (
                f"there are some {_about(all_slots)} slots in {periods} periods for "
                f"{_about(on_list)} patients, and nobody joins: are they slots a year? Slots are "
                "counted a period"
            )
        return
    joins, capacity = tables["referrals"], tables["capacity"]
    stay = _by_place(joins, "origin", "patients")
    if "removals" in tables:
        stay = stay.sub(_by_place(tables["removals"], "origin", "patients"), fill_value=0)
    slots = _by_place(capacity, "provider", "slots")
    whole, all_slots = float(stay.sum()), float(slots.sum())
    if whole < LEAST_TOLD or not all_slots:
        return
    share = all_slots / whole
    if not FEWEST_SLOTS <= share <= MOST_SLOTS:
        yield (
            f"slots are {share:.0%} of those who join and stay (some {_about(all_slots)} for "
            f"{_about(whole)} in {periods} periods of {period_weeks} weeks): are they slots a "
            f"{'week' if share < 1 else 'year'}, or of some lists only? Slots are counted a period"
        )
        return
    both = pd.DataFrame({"slots": slots, "stay": stay}).dropna()
    both = both[(both["stay"] >= LEAST_TOLD) & (both["slots"] > 0)]
    ratio = both["slots"] / both["stay"] / share
    odd = ratio[(ratio < FEWEST_SLOTS / 2) | (ratio > 2 * MOST_SLOTS)]
    if len(odd):
        told = (
            f"{place} {_about(both['slots'][place])} for {_about(both['stay'][place])}"
            for place in odd.index
        )
        yield (
            f"slots for those who join and stay are {share:.0%} over all, but at "
            f"{first_few(told, NAMED)}: are theirs of a week or a year, or is some of their work "
            "for other lists?"
        )


def _ends_early(
    tables: Tables, name: str, place: str, periods: int, period_weeks: int
) -> Iterator[str]:
    """Slots or referrals of some periods only are rarely meant for the others to have none."""
    table = tables.get(name)
    if table is None or periods * period_weeks < LONG_WEEKS:
        return
    what, amount = {"capacity": ("slots", "slots"), "referrals": ("referrals", "patients")}[name]
    each = _by_period(table, amount, periods)
    if each.sum() < FEW:
        return
    none = np.flatnonzero(each == 0) + 1
    if len(none):
        yield f"there are no {what} in {_periods(none)} of {periods}"
        return
    for column in (place, "service"):
        early = _ending(table, column, amount, periods) if column in table else {}
        if early:
            told = (f"{label} after period {end}" for label, end in early.items())
            yield f"there are no {what} of {first_few(told, NAMED)}, of {periods}"
            return
    if each[-1] < LARGEST_FALL * each[0]:
        yield (
            f"{what} fall from some {_about(each[0])} in the first period to {_about(each[-1])} "
            "in the last"
        )


def _ending(table: Clean, column: str, amount: str, periods: int) -> dict[str, int]:
    """The last period of each label that has something, and not to the end."""
    labels = table[column]
    cell = labels.codes.astype(np.int64) * periods + table["period"] - 1
    sums = np.bincount(
        cell, weights=table[amount].astype(np.float64), minlength=len(labels.categories) * periods
    ).reshape(-1, periods)
    last = ((sums > 0) * np.arange(1, periods + 1)).max(axis=1)
    ends = dict(zip(labels.categories, last.tolist(), strict=True))
    return {label: end for label, end in ends.items() if 0 < end < periods}


def _periods(which: npt.NDArray[np.signedinteger[Any]]) -> str:
    """Periods in words, runs of them as from and to."""
    runs = np.split(which, np.flatnonzero(np.diff(which) > 1) + 1)
    told = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    more = " and others" if len(told) > NAMED else ""
    return f"{word(len(which), 'period')} {', '.join(told[:NAMED])}{more}"


def _old_list(tables: Tables) -> Iterator[str]:
    """Days that were taken for weeks make a list of people who waited for years."""
    waiting = tables["waiting_list"]
    if "weeks_waiting" not in waiting or "patients" not in waiting:
        return
    patients = waiting["patients"]
    whole, old = int(patients.sum()), int(patients[waiting["weeks_waiting"] > OLD_WEEKS].sum())
    if whole and old > OLD_SHARE * whole:
        yield (
            f"some {_about(old)} of {_about(whole)} patients have waited over {OLD_WEEKS} weeks: "
            "are weeks_waiting days?"
        )


def _pools_of_another_unit(tables: Tables, periods: int) -> Iterator[str]:
    """Hours of a pool beside minutes of use, or the other way round, show against the slots."""
    if "pools" not in tables or "usage" not in tables:
        return
    pools, usage, capacity = tables["pools"], tables["usage"], tables["capacity"]
    if _total(tables, *CAPACITY) < LEAST_TOLD:
        return
    need = _pairs(usage, "pool", "service", "amount")
    slots = _pairs(capacity, "provider", "service", "slots").sum()
    there = _pairs(pools, "pool", "provider", "amount").sum()
    mean = need.mean()
    for pool in there.index.unique(0):
        mine = there[pool]
        if pool not in mean.index.unique(0):
            continue
        used = slots[slots.index.isin(mine.index, level=0)]
        wanted = float((used * mean[pool].reindex(used.index.get_level_values(1)).to_numpy()).sum())
        amount = float(mine.sum())
        if wanted and amount and not 1 / POOL_FACTOR <= amount / wanted <= POOL_FACTOR:
            yield (
                f"pool {pool} has {amount:,.0f} in {periods} periods, where its slots would use "
                f"{wanted:,.0f}: are both in one unit?"
            )


def _pairs(table: Clean, first: str, second: str, amount: str) -> SeriesGroupBy[Any, Any]:
    keys = [np.asarray(table[name], dtype=object) for name in (first, second)]
    return pd.Series(table[amount].astype(np.float64)).groupby(keys)


def _about(count: float) -> str:
    """A number to two figures: enough to see a unit by, and too little to tell of a person.

    Examples
    --------
    >>> _about(57_016), _about(96), _about(0)
    ('57,000', '96', '0')
    """
    size = max(int(np.floor(np.log10(max(count, 1)))) - 1, 0)
    return f"{round(count / 10**size) * 10**size:,.0f}"
