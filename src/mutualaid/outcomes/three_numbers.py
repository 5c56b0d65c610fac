"""Three numbers, never two: as today, in order at home, and together.

*As today* is the forecast that stands behind a system, if one does. *In order* is ``Independent``:
each trust alone treats its longest waiters first. *Together* is the plan. Aid is the third against
the second; what lies between the first two is order at home, and no aid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.as_today import STANDARD, AsToday, HarmOfWaiting
from mutualaid.outcomes.measures import leave
from mutualaid.policy.harm import SCALE

OVER = (18, 40, 52, 65)
FIGURES = (
    *("list_size", *(f"over_{weeks}" for weeks in OVER)),
    *("share_within_18", "treated", "harm_weeks"),
)
BEYOND = "beyond the error"
WITHIN = "within the error of the forecast"


def three_numbers(
    before: pd.DataFrame,
    after: pd.DataFrame,
    as_today: AsToday | None,
    policy: HarmOfWaiting,
    by: Sequence[str],
    period: int,
    period_weeks: int,
) -> pd.DataFrame:
    """Lay the three numbers of each figure side by side, at the end of a period.

    Parameters
    ----------
    before, after
        Tables of :func:`mutualaid.outcomes.measures.with_leavers`, of ``Independent`` and of the
        plan: the forecast is of everybody who waits, those who will leave untreated too.
    as_today
        The forecast, if there is one.
    policy
        What counts harm.
    by
        Columns that make the rows; none for the whole system.
    period
        At whose end.
    period_weeks
        How long a period is.

    Returns
    -------
    pandas.DataFrame
        See :meth:`mutualaid.Plan.three_numbers`.
    """
    names = list(by)
    sides = {
        "in_order": _counted(before, names, period, period_weeks),
        "together": _counted(after, names, period, period_weeks),
    }
    if as_today is not None and as_today.has(names):
        sides |= _forecast(as_today, policy, names, period)
    columns = {side: _long(table, names) for side, table in sides.items()}
    found = pd.DataFrame(columns)
    for side in ("as_today", "low", "high"):
        if side not in found:
            found[side] = np.nan
    if names:
        # Who has no patients in one of them has none; what was not forecast is not known.
        counts = [n for n in FIGURES if n != "share_within_18"]
        counted = found.index.get_level_values(-1).isin(counts)
        for side in ("in_order", "together"):
            found.loc[counted, side] = found.loc[counted, side].fillna(0.0)
    found["order_at_home"] = found["in_order"] - found["as_today"]
    found["aid"] = found["together"] - found["in_order"]
    half = (found["high"] - found["low"]) / 2
    none_or_less = (found["aid"] == 0) | (found["aid"].abs() < half)
    told = np.where(none_or_less, WITHIN, BEYOND)
    found["aid_told"] = pd.Series(told, index=found.index, dtype=object).where(half.notna(), None)
    order = ["as_today", "low", "high", "in_order", "together", "order_at_home", "aid", "aid_told"]
    return _in_order_of_figures(found[order].reset_index(), names)


def _counted(
    entries: pd.DataFrame, names: list[str], period: int, period_weeks: int
) -> pd.DataFrame:
    """Count one outcome at the end of a period, by group: a column a figure."""
    first = np.maximum(entries["referred"].to_numpy(), 1)
    until = entries["period"].to_numpy()
    patients = entries["patients"].to_numpy()
    waited = entries["weeks_waiting"].to_numpy() + period * period_weeks
    listed = np.where((first <= period) & (until > period), patients, 0)
    columns = {
        "list_size": listed,
        **{f"over_{weeks}": listed * (waited >= weeks) for weeks in OVER},
        "share_within_18": listed * (waited < STANDARD),
        "treated": np.where((until <= period) & ~leave(entries, period), patients, 0),
        "harm_weeks": entries["harm"].to_numpy(),
    }
    table = pd.DataFrame(columns)
    if names:
        keys = [entries[name].reset_index(drop=True) for name in names]
        sums = table.groupby(keys, observed=True, sort=True).sum()
    else:
        sums = table.sum().to_frame().T
    sums = sums.astype(np.float64)
    sums["share_within_18"] /= sums["list_size"].where(sums["list_size"] > 0)
    sums["harm_weeks"] /= SCALE
    return sums


def _forecast(
    as_today: AsToday, policy: HarmOfWaiting, names: list[str], period: int
) -> dict[str, pd.DataFrame]:
    """What is forecast by group, and what counts lie within: a column a figure."""
    over = [weeks for weeks in OVER if weeks < as_today.weeks]
    table = as_today.table(over, names, period=period)
    harm = as_today.harm(policy, names)
    table["harm_weeks"] = np.nan if harm is None else harm["harm_weeks"]
    if names:
        table = table.set_index(names)
    ends = {
        end: table.filter(regex=f"_{end}$").rename(columns=lambda name: name.rpartition("_")[0])
        for end in ("low", "high")
    }
    return {"as_today": table, **ends}


def _long(table: pd.DataFrame, names: list[str]) -> pd.Series:
    """A figure a row, under the labels of its group as plain values."""
    wide = table.reindex(columns=list(FIGURES))
    if not names:
        return wide.iloc[0].rename_axis("figure")
    flat = wide.reset_index()
    for name in names:
        flat[name] = flat[name].astype(object)
    return flat.melt(names, var_name="figure").set_index([*names, "figure"])["value"]


def _in_order_of_figures(found: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    place = {name: number for number, name in enumerate(FIGURES)}
    rank = found["figure"].map(place)
    return (
        found.assign(_rank=rank)
        .sort_values([*names, "_rank"], kind="stable", ignore_index=True)
        .drop(columns="_rank")
    )
