"""What figures and pages draw of a plan, as tables in which nothing small can be told.

Counts are those of :mod:`mutualaid.disclosure.plan_counts`, hidden where they are hidden there.
What is not counted there is rounded to the nearest multiple of the threshold; where anything is
hidden, as coarsely as :mod:`mutualaid.disclosure.coarse_figures` says.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mutualaid.data.as_today import AsToday
from mutualaid.disclosure.coarse_figures import rounded
from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import printed
from mutualaid.disclosure.single_sums import SHOWN, SMALL
from mutualaid.disclosure.wait_counts import SERIES
from mutualaid.outcomes.measures import THRESHOLDS
from mutualaid.plan.certified import CertifiedPlan

TODAY = "today"
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
    >>> from mutualaid.disclosure.several_plans import counts_of
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


def busiest(pairs: pd.DataFrame) -> list[str]:
    """All trusts with a flow, those that send and take the most first.

    Examples
    --------
    >>> busiest(pd.DataFrame({"origin": ["A", "A"], "provider": ["B", "C"], "patients": [1, 3]}))
    ['A', 'C', 'B']
    """
    ends = [pairs.groupby(end)["patients"].sum() for end in ("origin", "provider")]
    total = pd.concat(ends).groupby(level=0).sum()
    return [str(code) for code in total.sort_values(ascending=False, kind="stable").index]


def waits(counts: Counts, forecast: AsToday | None = None) -> pd.DataFrame:
    """Count who waits how long: at the census, and at the end alone and together.

    In bins as long as a period: who is referred joins when one starts, so that waits at the end
    come in steps of a period, and shorter bins would show a comb.

    Parameters
    ----------
    counts
        The counts of a plan.
    forecast
        What happens as today, if that is to stand beside them: the last of its bins is of all who
        have waited longer, too.

    Returns
    -------
    pandas.DataFrame
        ``weeks_waiting`` (the first week of a bin, from 0), ``census``, ``alone`` and
        ``together``, and ``today`` with a forecast: patients, missing where they are hidden; and
        each of them as it is printed, under its name with ``_printed``. It ends with the last bin
        of which anybody is shown: how long a single patient waits is not told.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> exact = waits(counts_of(plan, 0))
    >>> exact["weeks_waiting"].tolist()[:3]
    [0, 4, 8]
    >>> bool(exact["together"].sum() == plan.remaining["patients"].sum())
    True
    """
    table = pd.DataFrame({"weeks_waiting": counts.waits.index.to_numpy()})
    table = _beside(table, counts.waits[list(SERIES)], counts.wait_marks, counts.threshold)
    if forecast is not None:
        table = _beside_today(table, forecast, counts.threshold)
    names = [name for name in (*SERIES, TODAY) if name in table]
    used = np.flatnonzero((table[names] > 0).any(axis=1))
    return table.iloc[: 1 + int(used.max(initial=0))]


def _beside_today(table: pd.DataFrame, forecast: AsToday, threshold: int) -> pd.DataFrame:
    """Add who waits how long at the end as today, in whole patients, with small numbers hidden."""
    starts = np.arange(0, forecast.weeks, forecast.period_weeks)
    listed = forecast.waiting[:, -1].sum(axis=0, dtype=np.float64)
    today = pd.Series(np.add.reduceat(listed, starts).round().astype(np.int64), index=starts)
    # Beyond the last bin of a plan nobody waits, at the census or at its end.
    table = table.set_index("weeks_waiting")
    table = table.reindex(table.index.union(pd.Index(starts)), fill_value=0)
    values = today.reindex(table.index, fill_value=0)
    small = ((values > 0) & (values < threshold)).to_numpy()
    table[TODAY] = values.astype(np.float64).mask(small)
    table[f"{TODAY}_printed"] = printed(values, np.where(small, SMALL, SHOWN), threshold)
    return table.rename_axis("weeks_waiting").reset_index()


def list_sizes(plan: CertifiedPlan, counts: Counts) -> pd.DataFrame:
    """Count who is on the list at the census and as each period ends, alone and together.

    Who is referred in a period is counted from its end on, if not treated by then.

    Returns
    -------
    pandas.DataFrame
        ``period`` (0: the census), ``week`` (from the census), ``alone`` and ``together``:
        patients, missing where they are hidden; and both as they are printed, under their names
        with ``_printed``.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> exact = list_sizes(plan, counts_of(plan, 0))
    >>> exact["week"].tolist()
    [0, 4, 8]
    >>> bool(exact["together"].iloc[-1] == plan.remaining["patients"].sum())
    True
    """
    period = counts.sizes.index.to_numpy()
    table = pd.DataFrame({"period": period, "week": period * plan.system.period_weeks})
    return _beside(table, counts.sizes, counts.size_marks, counts.threshold)


def _beside(
    table: pd.DataFrame, counted: pd.DataFrame, marked: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Add counts, missing where they are hidden, and as they are printed."""
    for name in counted:
        values, marks = counted[name].to_numpy(), marked[name].to_numpy()
        table[name] = np.where(marks == SHOWN, values, np.nan)
        table[f"{name}_printed"] = printed(values, marks, threshold)
    return table


def rounding(counts: Counts) -> int:
    """To what reported patients are rounded; 0 where they are as they are.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> rounding(counts_of(plan, 0))
    0
    """
    return counts.threshold if counts.coarse is None else counts.coarse.patients


def gains(plan: CertifiedPlan, counts: Counts) -> pd.DataFrame:
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
        period), rounded, as they are counted in no other table, and ``reported_change``; missing
        where they are hidden.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> seen = gains(plan, counts_of(plan))
    >>> bool(seen["saved"].sum() > 0)
    True
    """
    own = counts.trusts
    saved = savings(counts)
    periods = range(1, plan.system.periods + 1)
    reports = [
        plan.measures(by="origin", lens="provider", period=period).set_index("origin")
        for period in periods
    ]
    reported = {
        side: _rounded(
            np.mean([table[f"over_18_{side}"].reindex(own["origin"]) for table in reports], axis=0),
            counts,
        ).astype(np.float64)
        for side in ("before", "after")
    }
    for side, figures in reported.items():
        if counts.coarse is not None:
            # Of those over 18 weeks as periods start, no more than are treated are gone at the end.
            names = [f"{name}_{side}" for name in ("list_size", "within_18", "over_18", "treated")]
            told = counts.trust_marks[[*names, "moves_out_after", "moves_in_after"]]
            figures[(told != SHOWN).any(axis=1).to_numpy()] = np.nan
    return saved.assign(
        reported_before=reported["before"],
        reported_after=reported["after"],
        reported_change=reported["after"] - reported["before"],
    )


def savings(counts: Counts) -> pd.DataFrame:
    """``trust``, ``saved`` and ``saved_share``: see :func:`gains`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> savings(counts_of(plan))["trust"].tolist()
    ['XA1', 'XB2', 'XC3']
    """
    own, marks = counts.trusts, counts.trust_marks
    names = ("harm_weeks_before", "harm_weeks_after")
    hidden = np.any([marks[name] != SHOWN for name in names], axis=0)
    before, after = (own[name].where(~hidden) for name in names)
    share = (before - after) / before.where(before > 0, 1.0)
    return pd.DataFrame(
        {
            "trust": own["origin"].astype(str),
            "saved": before - after,
            "saved_share": share.where(before != 0, 0.0),
        }
    )


def untold(plan: CertifiedPlan, gains: pd.DataFrame) -> int:
    """Count the trusts whose own patients may fare worse without anybody being shown it.

    Where a figure is hidden nobody sees whether it is a loss. What was promised is kept all the
    same.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> deep, kind = ma.optimise(system), ma.optimise(system, None, ma.Resource())
    >>> shown = pd.DataFrame({"saved": [None, -2000.0]})
    >>> untold(deep, shown), untold(kind, shown)
    (1, 0)
    """
    mode = plan.collaboration
    if not mode.moves or mode.harm_limit == 0:
        return 0
    return int(gains["saved"].isna().sum())


def steps(plans: Mapping[str, CertifiedPlan], counts: Mapping[str, Counts]) -> pd.DataFrame:
    """Lay the rungs of a ladder side by side, from what may be shown of each.

    Returns
    -------
    pandas.DataFrame
        ``rung``; ``cost`` (harm with travel and moves), ``saved`` and ``saved_share`` (against
        nobody helping anybody), missing where they are hidden; ``worse_off`` (trusts whose own
        patients bear more harm than alone), ``worst_loss`` (the most that any trust's do, as a
        share of what they bear alone) and ``unknown`` (trusts that may be worse off
        without anybody being shown it: see :func:`untold`).

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_side_by_side
    >>> plans = ma.ladder(ma.datasets.collaborative(trusts=3, periods=2)).plans
    >>> steps(plans, counts_side_by_side(plans, 5))["worse_off"].tolist()[:3]
    [0, 0, 0]
    """
    rows = []
    for name, found in counts.items():
        alone, cost = found.costs
        lost = savings(found)
        rows.append(
            {
                "rung": name,
                "cost": cost,
                "saved": alone - cost,
                "saved_share": (alone - cost) / alone if alone else 0.0,
                "worse_off": int((lost["saved"] < 0).sum()),
                "worst_loss": float((-lost["saved_share"]).max(skipna=True)),
                "unknown": untold(plans[name], lost),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(worst_loss=table["worst_loss"].fillna(0.0).clip(lower=0.0) + 0.0)


def price_map(plan: CertifiedPlan) -> pd.DataFrame:
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


def _rounded(values: object, counts: Counts) -> np.ndarray:
    """Patients to the nearest multiple of what must not show; missing where hidden."""
    exact = np.nan_to_num(np.asarray(values, dtype=np.float64))
    step = rounding(counts)
    if counts.coarse is not None:
        return rounded(exact, step)
    return np.floor(exact / (step or 1) + 0.5) * (step or 1)
