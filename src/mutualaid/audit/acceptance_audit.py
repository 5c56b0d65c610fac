"""A second opinion on what a plan counts on: no more acceptances than can be expected.

Chances are asked of the policy once more, of the plan's own table. Nothing of the model is used.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mutualaid.data.schema import ALONE_PERIOD, CLOCK_OF_ENTRIES, who
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.policy import Policy

RULE = "no more go than can be expected to accept, each asked at most twice"
Breach = tuple[str, str, float]


def violations(policy: Policy, table: pd.DataFrame, period_weeks: int) -> pd.DataFrame:
    """List patients alike of whom a plan moves more than can be expected to accept.

    Patients alike share all columns of the plan and the period in which they would be treated
    alone. Of `n` of them, asked for places that a share `a` accepts, ``a (2 - a) n`` are expected,
    rounded up to whole patients; of places with different shares what two rounds of asking can
    give, a patient for each of them more. So for those who have joined by each period.

    Parameters
    ----------
    policy
        What the plan was made for.
    table
        The table of :func:`mutualaid.outcomes.tables.entries`.
    period_weeks
        Length of a period.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (asks beyond two rounds); empty if all is well.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=3))
    >>> told = plan.entries.assign(alone_period=4)
    >>> half = ma.Policy(acceptance=ma.Acceptance.constant(0.01))
    >>> sorted(violations(half, told, 4)["rule"].unique())
    ['no more go than can be expected to accept, each asked at most twice']
    """
    found = list(_breaches(policy, table, period_weeks)) if table["moved"].any() else []
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _breaches(policy: Policy, table: pd.DataFrame, period_weeks: int) -> Iterator[Breach]:
    if policy.acceptance is None or not policy.some_decline:
        return
    if ALONE_PERIOD not in table:
        moved = int(table.loc[table["moved"].to_numpy(), "patients"].sum())
        yield RULE, "nothing says when each is treated alone", float(moved)
        return
    alike = [key for key in who(table) if key not in CLOCK_OF_ENTRIES]
    keys = [key for key in alike if not table[key].isna().all()]
    keys.append(ALONE_PERIOD)
    group = table[keys].astype(object).groupby(keys, dropna=False).ngroup().to_numpy()
    told = table.assign(group=group)
    moves = told[told["moved"].to_numpy()]
    ways = moves.groupby(["group", "provider", "period"], observed=True)["patients"].sum()
    found = ways.reset_index()
    # Who of a queue goes differs in the wait alone from who could: the likelier of both counts.
    likely = [_chances(policy.acceptance, rows, found, period_weeks) for rows in (moves, told)]
    found["chance"] = np.fmax(*likely)
    joined = told.groupby(["group", "referred"])["patients"].sum()
    for place in np.unique(found["group"].to_numpy()).tolist():
        part = found[(found["group"] == place).to_numpy()].sort_values("period")
        people = joined.loc[place]
        excess = 0.0
        for end in np.unique(part["period"].to_numpy()):
            early = part[(part["period"] <= end).to_numpy()]
            count = float(people[(people.index <= end)].sum())
            beyond = _excess(early["patients"].to_numpy(), early["chance"].to_numpy(), count)
            excess = max(excess, beyond)
        if excess > 0:
            first = moves[(moves["group"] == place).to_numpy()].iloc[0]
            where = f"{first['origin']}, {first['service']}, alone in {first[ALONE_PERIOD]}"
            yield RULE, where, excess


def _chances(
    acceptance: Acceptance, people: pd.DataFrame, ways: pd.DataFrame, period_weeks: int
) -> np.ndarray:
    """The mean chance along each way, over the patients of its group who have joined by then."""
    minutes = ("provider", "period", "patients", "minutes", "miles", "extra_minutes", "moved")
    same = people.drop(columns=[name for name in minutes if name in people and name != "patients"])
    numbered = ways.assign(way=np.arange(len(ways)))
    way = ["group", "provider", "period"]
    shown = ["minutes", "extra_minutes"]
    lengths = people[people["moved"]].drop_duplicates(way)[[*way, *shown]]
    numbered = numbered.merge(lengths, on=way, how="left")[[*way, *shown, "way"]]
    offers = same.merge(numbered, on="group")
    offers = offers[(offers["referred"] <= offers["period"]).to_numpy()].reset_index(drop=True)
    offers["weeks_saved"] = (offers[ALONE_PERIOD] - offers["period"]) * period_weeks
    waited = offers["weeks_waiting"] + (offers["period"] - 1) * period_weeks
    offers["weeks_at_treatment"] = waited.clip(0)
    patients = offers["patients"].to_numpy(dtype=np.float64)
    total = np.bincount(offers["way"], weights=patients, minlength=len(ways))
    likely = np.bincount(offers["way"], weights=patients * acceptance(offers), minlength=len(ways))
    result: np.ndarray = likely / np.maximum(total, 1)
    return result


def _excess(moved: np.ndarray, chance: np.ndarray, people: float) -> float:
    """By how many asks a group is beyond two rounds, a patient of each way left out."""
    if (chance <= 0).any():
        return float(moved[chance <= 0].sum())
    asks = np.maximum(moved - 1, 0) / chance
    # First asks go along the ways with the smallest chance: those leave the most to ask again.
    first, left = 0.0, people
    for one, share in sorted(zip(asks, chance, strict=True), key=lambda way: way[1]):
        taken = min(one, left)
        first, left = first + taken * (2 - share), left - taken
    # Chances are held in thousandths of an ask a move.
    spare = asks.sum() - first
    return float(spare) if spare > 1e-3 * (1 + asks.sum()) else 0.0
