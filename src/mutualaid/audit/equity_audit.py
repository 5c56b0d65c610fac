"""A second opinion on limits between groups of patients, from a plan's tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from mutualaid.policy.equity import UNKNOWN, Equity
from mutualaid.policy.harm import SCALE

Breach = tuple[str, str, float]


def violations(
    equity: Equity | None, table: pd.DataFrame, before: pd.DataFrame, weeks: int
) -> pd.DataFrame:
    """List the limits between groups that a plan's table breaks.

    Parameters
    ----------
    equity
        The limits, or None.
    table, before
        Tables of :func:`mutualaid.outcomes.tables.entries`: the plan, and what each trust does
        alone.
    weeks
        The length of a period.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.
    """
    found = [] if equity is None else list(_broken(equity, table, before, weeks))
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _broken(
    equity: Equity, table: pd.DataFrame, before: pd.DataFrame, weeks: int
) -> Iterator[Breach]:
    label = table[equity.by].astype(str)
    if equity.min_gain is not None:
        bears = table.groupby(label)["harm"].sum()
        alone = before.groupby(before[equity.by].astype(str))["harm"].sum()
        for name in bears.index.drop(UNKNOWN, errors="ignore"):
            most = int(alone[name]) * (1 - Fraction(repr(float(equity.min_gain))))
            if int(bears[name]) > most:
                over = float(int(bears[name]) - most) / SCALE
                yield "no group gains less than agreed (harm-weeks)", str(name), over
    if equity.max_gap_weeks is not None:
        waited = table["weeks_waiting"] + (table["period"] - 1) * weeks
        total = (waited * table["patients"]).groupby(label).sum().drop(UNKNOWN, errors="ignore")
        count = table.groupby(label)["patients"].sum()
        means = {name: Fraction(int(total[name]), int(count[name])) for name in total.index}
        if means:
            gap = max(means.values()) - min(means.values())
            excess = gap - Fraction(repr(float(equity.max_gap_weeks)))
            if excess > 0:
                yield "no gap between groups beyond the limit (weeks)", equity.by, float(excess)
