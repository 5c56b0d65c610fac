"""The mean of several systems: what one would plan for who takes the future for certain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.system import System
from mutualaid.model.network import Ints

AMOUNTS = {
    "capacity": "slots",
    "referrals": "patients",
    "removals": "patients",
    "pools": "amount",
    "usage": "amount",
}
COUNTS = ("capacity", "referrals", "removals")


def mean_system(systems: Sequence[System], weight: Ints) -> System:
    """Take the mean of systems that have the same waiting list.

    Parameters
    ----------
    systems
        Systems of the same list and horizon.
    weight
        How much each counts, as whole numbers.

    Returns
    -------
    System
        The mean of slots, referrals, removals and pools, and every way that any of them has.
        Counts stay whole: over the periods of a row's place the total is rounded down once, and
        what is left over is carried from one wait and period to the next. If only some removals
        say how long the leavers have waited, the mean does not.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> half, _ = ma.studies.changes.Capacity(factor=0.5).apply(system, ma.Policy())
    >>> mean = mean_system([system, half], np.array([1, 1]))
    >>> slots = [int(s.capacity["slots"].sum()) for s in (half, mean, system)]
    >>> slots[0] < slots[1] < slots[2]
    True
    """
    first = systems[0]
    tables: dict[str, object] = {}
    for name, amount in AMOUNTS.items():
        parts = [system.table(name) for system in systems]
        there = [part for part in parts if part is not None]
        if len(there) == len(parts):
            if name == "usage":
                there = _told_apart(there, systems)
            elif name in ("referrals", "removals"):
                there = _on_one_clock(there, name)
            tables[name] = _mean(there, amount, weight, whole=name in COUNTS)
    ways = pd.concat([_plain(system.travel) for system in systems], ignore_index=True)
    tables["travel"] = ways.drop_duplicates([first.start, "provider"], ignore_index=True)
    return first.replace(**tables)


def _mean(parts: list[pd.DataFrame], amount: str, weight: Ints, *, whole: bool) -> pd.DataFrame:
    counted = [
        _plain(part).assign(**{amount: part[amount] * factor})
        for part, factor in zip(parts, weight.tolist(), strict=True)
    ]
    keys = [name for name in parts[0] if name != amount]
    both = pd.concat(counted, ignore_index=True)
    total = both.groupby(keys, sort=True, dropna=False)[amount].sum().reset_index()
    size = int(weight.sum())
    if not whole:
        total[amount] /= size
        return total
    clock = ("period", "weeks_waiting", "weeks_later")
    places = [name for name in keys if name not in clock]
    order = [name for name in clock if name in keys]
    running = total.sort_values(order, kind="stable").groupby(places, sort=False, dropna=False)
    so_far = running[amount].cumsum()
    before = so_far - total[amount]
    total[amount] = np.asarray(so_far // size - before // size, dtype=np.int64)
    return total


def _on_one_clock(parts: list[pd.DataFrame], name: str) -> list[pd.DataFrame]:
    """All with weeks on the clock, or none: a referral that does not say has a new one."""
    for clock in ("weeks_waiting", "weeks_later"):
        some = [clock in part for part in parts]
        if all(some) or not any(some):
            continue
        if name == "referrals":
            parts = [part if clock in part else part.assign(**{clock: 0}) for part in parts]
        else:
            parts = [part.drop(columns=clock, errors="ignore") for part in parts]
    return parts


def _told_apart(parts: list[pd.DataFrame], systems: Sequence[System]) -> list[pd.DataFrame]:
    """Usage by provider everywhere, if it is anywhere."""
    if not any("provider" in part for part in parts):
        return parts
    everybody = sorted({provider for system in systems for provider in system.providers})
    providers = pd.DataFrame({"provider": everybody})
    return [
        part if "provider" in part else _plain(part).merge(providers, how="cross") for part in parts
    ]


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Codes as plain text, which tables of several systems have in common."""
    labels = table.select_dtypes("category").columns
    return table.astype(dict.fromkeys(labels, object))
