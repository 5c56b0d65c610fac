"""A second opinion on the figures that trusts are promised, counted from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from mutualaid.data.system import System
from mutualaid.policy.harm import SCALE
from mutualaid.policy.promise import Promise

WEEKS = {"over_18": 18, "over_52": 52, "over_65": 65, "share_within_18": 18}


def broken(
    system: System, promise: Promise, table: pd.DataFrame, before: pd.DataFrame
) -> Iterator[tuple[str, str, float]]:
    """Say which trusts a promise is not kept to, and by how much: rule, where, amount.

    Parameters
    ----------
    system, promise
        What the plan was made for.
    table, before
        Tables of :func:`mutualaid.outcomes.tables.entries`: the plan, and each trust alone.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> promise = ma.Promise("list_size", tolerance=1)
    >>> list(broken(plan.system, promise, plan.entries, plan.baseline_entries))
    []
    """
    came, alone = (_figures(system, promise, side) for side in (table, before))
    both = came.join(alone.add_suffix("_alone"), how="outer").fillna(0)
    slack = Fraction(repr(float(promise.tolerance)))
    for where, *counts in both.itertuples():
        number, of_all, number_alone, of_all_alone = map(int, counts)
        if promise.figure == "share_within_18":
            allowed = slack + (Fraction(number_alone, of_all_alone) if of_all_alone else 0)
            worse = number - allowed * of_all
        elif promise.figure in ("treated", "treated_own"):
            worse = number_alone * (1 - slack) - number
        else:
            worse = number - number_alone * (1 + slack)
        if worse > 0:
            names = where if isinstance(where, tuple) else (where,)
            amount = worse / SCALE if promise.figure == "harm" else worse
            yield f"kept: {promise!r}", ", ".join(map(str, names)), float(amount)


def _figures(system: System, promise: Promise, table: pd.DataFrame) -> pd.DataFrame:
    """What a figure counts, and everybody on the list, by trust or trust and service."""
    end = system.periods if promise.period is None else promise.period
    trust = table["origin"].astype(object)
    period, patients = table["period"], table["patients"]
    number, of_all = patients * 0, patients * 0
    if promise.figure == "harm":
        number = table["harm"]
    elif promise.figure in ("treated", "treated_own"):
        counted = period <= end
        if promise.figure == "treated_own":
            counted &= (table["provider"].astype(object) == trust).fillna(False)
        elif (promise.lens, promise.reported_by) == ("provider", "receiver"):
            trust = table["provider"].astype(object).where(counted, trust)
        number = patients.where(counted, 0)
    else:
        listed = (table["referred"] <= end) & (period > end)
        of_all = patients.where(listed, 0)
        waited = table["weeks_waiting"] + end * system.period_weeks
        long = waited >= WEEKS[promise.figure] if promise.figure in WEEKS else listed
        number = patients.where(listed & long, 0)
    keys = [trust.rename("origin")]
    if promise.by == "service":
        keys.append(table["service"].astype(object))
    counts = pd.DataFrame({"number": number, "of_all": of_all})
    return counts.groupby(keys).sum()
