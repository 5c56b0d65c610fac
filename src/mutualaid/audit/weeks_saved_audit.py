"""A second opinion on who moves: everybody who does is treated so many weeks sooner than alone.

It reads tables only. When each patient would be treated alone is recounted from the table of what
each trust does alone; of a cohort as many must stand under each period as are treated in it there.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mutualaid.data.schema import ALONE_PERIOD, CLOCK_OF_ENTRIES, who
from mutualaid.policy.policy import Policy

Breach = tuple[str, str, float]


def violations(
    policy: Policy, table: pd.DataFrame, baseline: pd.DataFrame, period_weeks: int
) -> pd.DataFrame:
    """List moves that bring too little, and patients who are said to be treated otherwise alone.

    Parameters
    ----------
    policy
        What the plan was made for.
    table, baseline
        Tables of :func:`mutualaid.outcomes.tables.entries`: of the plan, and of what each trust
        does alone.
    period_weeks
        Length of a period.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (patients); empty if all is well.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=3))
    >>> late = plan.entries.assign(alone_period=1)
    >>> found = violations(ma.Policy(min_weeks_saved=4), late, plan.baseline_entries, 4)
    >>> sorted(found["rule"].unique())
    ['alone as in what each trust does alone', 'who moves is treated sooner than alone']
    """
    found = list(_breaches(policy, table, baseline, period_weeks)) if table["moved"].any() else []
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _breaches(
    policy: Policy, table: pd.DataFrame, baseline: pd.DataFrame, period_weeks: int
) -> Iterator[Breach]:
    if not policy.hangs_on_alone:
        return
    rule = "who moves is treated sooner than alone"
    if ALONE_PERIOD not in table:
        moved = int(table.loc[table["moved"].to_numpy(), "patients"].sum())
        yield rule, "nothing says when each is treated alone", float(moved)
        return
    saved = (table[ALONE_PERIOD] - table["period"]).to_numpy() * period_weeks
    early = table["moved"].to_numpy() & (saved < policy.min_weeks_saved)
    early &= policy.min_weeks_saved > 0
    for row in np.flatnonzero(early)[:5].tolist():
        one = table.iloc[row]
        where = f"{one['origin']}, {one['service']}, period {one['period']}"
        yield rule, where, float(one["patients"])
    # Cohorts of queues that never move stand under 0, whenever they are treated.
    told = table[(table[ALONE_PERIOD] > 0).to_numpy()]
    keys = list(dict.fromkeys([*who(table), *CLOCK_OF_ENTRIES]))
    keys = [key for key in keys if not table[key].isna().all()]
    sides = [
        told.assign(more=told["patients"]),
        baseline.assign(more=-baseline["patients"], **{ALONE_PERIOD: baseline["period"]}),
    ]
    both = pd.concat([side[[*keys, ALONE_PERIOD, "more"]].astype(object) for side in sides])
    cohort = both.groupby(keys).ngroup().to_numpy()
    asked = np.isin(cohort, np.unique(cohort[: len(told)]))
    off = both[asked].astype({"more": "int64"}).groupby([*keys, ALONE_PERIOD])["more"].sum()
    for key, amount in off[(off != 0).to_numpy()].head().items():
        cell = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        yield "alone as in what each trust does alone", cell, float(abs(amount))
