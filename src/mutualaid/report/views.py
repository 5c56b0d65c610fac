"""What figures and pages draw of a plan, as tables in which nothing small can be told.

Counts are those of :mod:`mutualaid.report.counts`, hidden where they are hidden there. Curves by
week or period, which are not counted there, are rounded to the nearest multiple of the threshold.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.measures import THRESHOLDS
from mutualaid.plan import Plan
from mutualaid.report.counts import Counts
from mutualaid.report.single_sums import SHOWN
from mutualaid.tables import remaining

LINES = THRESHOLDS[:3]
"""Weeks at which a figure draws a line: those that the NHS reports and is held to."""


def flows(counts: Counts) -> pd.DataFrame:
    """Add up the moves between each two trusts that may be shown.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``provider``, ``patients`` (in lanes that are shown), ``more`` (whether lanes
        that are hidden come on top) and ``minutes`` (mean of those shown, one way; missing if
        none is); the largest first.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.report.counts import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> seen = flows(counts_of(plan))
    >>> bool(seen["patients"].sum() <= plan.moves["patients"].sum())
    True
    """
    moves = counts.moves
    shown = (moves["mark"] == SHOWN).to_numpy()
    patients = moves["patients"].where(shown, 0)
    rows = pd.DataFrame(
        {
            "origin": moves["origin"].astype(str),
            "provider": moves["provider"].astype(str),
            "patients": patients,
            "more": ~shown,
            "minutes": moves["minutes"] * patients,
        }
    )
    how = {"patients": "sum", "more": "any", "minutes": "sum"}
    pairs = rows.groupby(["origin", "provider"], sort=True).agg(how).reset_index()
    pairs["minutes"] /= pairs["patients"].where(pairs["patients"] > 0)
    return pairs.sort_values("patients", ascending=False, kind="stable", ignore_index=True)


def waits(plan: Plan, threshold: int) -> pd.DataFrame:
    """Count who waits how long: at the census, and at the end alone and together.

    In bins as long as a period: who is referred joins when one starts, so that waits at the end
    come in steps of a period, and shorter bins would show a comb.

    Returns
    -------
    pandas.DataFrame
        ``weeks_waiting`` (the first week of a bin, from 0), ``census``, ``alone`` and
        ``together``: patients, rounded to the nearest multiple of the threshold. It ends with the
        last bin that is not empty by then: how long a single patient waits is not told.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> exact = waits(plan, 0)
    >>> exact["weeks_waiting"].tolist()[:3]
    [0, 4, 8]
    >>> bool(exact["together"].sum() == plan.remaining["patients"].sum())
    True
    """
    system = plan.system
    length = system.periods, system.period_weeks
    listed = system.waiting_list
    ends = [remaining(rows, *length) for rows in (plan.baseline_entries, plan.entries)]
    whom = [
        ("census", listed["weeks_waiting"], listed["patients"]),
        ("alone", ends[0]["weeks_at_end"], ends[0]["patients"]),
        ("together", ends[1]["weeks_at_end"], ends[1]["patients"]),
    ]
    size = system.period_weeks
    bins = 1 + max((int(week.max()) // size for _, week, _ in whom if len(week)), default=0)
    counted = {
        name: _rounded(np.bincount(week // size, patients, bins), threshold)
        for name, week, patients in whom
    }
    table = pd.DataFrame({"weeks_waiting": np.arange(bins) * size, **counted})
    used = np.flatnonzero(table[list(counted)].any(axis=1))
    return table.iloc[: 1 + int(used.max(initial=0))]


def list_sizes(plan: Plan, threshold: int) -> pd.DataFrame:
    """Count who is on the list at the census and as each period ends, alone and together.

    Who is referred in a period is counted from its end on, if not treated by then.

    Returns
    -------
    pandas.DataFrame
        ``period`` (0: the census), ``week`` (from the census), ``alone`` and ``together``:
        patients, rounded to the nearest multiple of the threshold.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> exact = list_sizes(plan, 0)
    >>> exact["week"].tolist()
    [0, 4, 8]
    >>> bool(exact["together"].iloc[-1] == plan.remaining["patients"].sum())
    True
    """
    system = plan.system
    periods = np.arange(system.periods + 1)
    return pd.DataFrame(
        {
            "period": periods,
            "week": periods * system.period_weeks,
            "alone": _rounded(_on_the_list(plan.baseline_entries, system.periods), threshold),
            "together": _rounded(_on_the_list(plan.entries, system.periods), threshold),
        }
    )


def _on_the_list(entries: pd.DataFrame, periods: int) -> np.ndarray:
    """Patients who have joined by the end of each period, and have not been treated by then."""
    patients = entries["patients"]
    joined, left = (
        np.cumsum(np.bincount(entries[name], patients, periods + 2))
        for name in ("referred", "period")
    )
    return (joined - left)[: periods + 1]


def gains(plan: Plan, counts: Counts) -> pd.DataFrame:
    """Say what the plan does to each trust, in both lenses.

    In the provider's lens patients who move count on the receiver's list only until they are
    treated there, so that the end of the horizon shows nothing of them: reports are averaged over
    the starts of all periods, as a trust that reports each month would see them.

    Returns
    -------
    pandas.DataFrame
        ``trust``; ``saved`` (harm-weeks that its own patients are spared, wherever they are
        treated; negative for a sacrifice) and ``saved_share`` (of what they bear alone; 0 where
        that is 0), both missing where the counts hide them; ``reported_before`` and
        ``reported_after`` (patients over 18 weeks whom the trust itself reports, in an average
        period), rounded to the nearest multiple of the counts' threshold, as they are counted in
        no other table, and ``reported_change``.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.report.counts import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> seen = gains(plan, counts_of(plan))
    >>> bool(seen["saved"].sum() > 0)
    True
    """
    own, marks = counts.trusts, counts.trust_marks
    names = ("harm_weeks_before", "harm_weeks_after")
    hidden = np.any([marks[name] != SHOWN for name in names], axis=0)
    before, after = (own[name].where(~hidden) for name in names)
    periods = range(1, plan.system.periods + 1)
    reports = [
        plan.measures(by="origin", lens="provider", period=period).set_index("origin")
        for period in periods
    ]
    reported = {
        side: _rounded(
            np.mean([table[f"over_18_{side}"].reindex(own["origin"]) for table in reports], axis=0),
            counts.threshold,
        )
        for side in ("before", "after")
    }
    share = (before - after) / before.where(before > 0, 1.0)
    return pd.DataFrame(
        {
            "trust": own["origin"].astype(str),
            "saved": before - after,
            "saved_share": share.where(before != 0, 0.0),
            "reported_before": reported["before"],
            "reported_after": reported["after"],
            "reported_change": reported["after"] - reported["before"],
        }
    )


def price_map(plan: Plan) -> pd.DataFrame:
    """Average over the periods what one more slot would save.

    Returns
    -------
    pandas.DataFrame
        A row a provider, a column a service: harm-weeks for one more slot in an average period;
        missing where the provider has no slots for the service. Services with the highest price
        come first, and so do providers.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> price_map(plan).shape[0]
    3
    """
    prices = plan.prices
    mean = prices.assign(
        provider=prices["provider"].astype(str), service=prices["service"].astype(str)
    ).pivot_table(index="provider", columns="service", values="price", aggfunc="mean")
    rows = mean.mean(axis=1).sort_values(ascending=False, kind="stable").index
    columns = mean.mean(axis=0).sort_values(ascending=False, kind="stable").index
    return mean.loc[rows, columns]


NOT_EXACT = (
    "On a plan this large not every price is worked out: “at most” is what a slot could save at "
    "most, and an empty cell says that it is not known."
)


def how_exact(prices: pd.DataFrame) -> np.ndarray:
    """Say of each price what it is.

    Examples
    --------
    >>> how_exact(pd.DataFrame({"price": [2.0, np.nan], "exact": [False, False]})).tolist()
    ['at most', '']
    """
    rough = np.where(prices["price"].isna(), "", "at most")
    return np.where(prices["exact"], "exact", rough)


def _rounded(values: object, threshold: int) -> np.ndarray:
    """Whole numbers, to the nearest multiple of the threshold if there is one."""
    exact = np.nan_to_num(np.asarray(values, dtype=np.float64))
    step = threshold or 1
    return (np.floor(exact / step + 0.5) * step).astype(np.int64)
