"""A second opinion on partners that are no hospitals, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from mutualaid.data.system import System
from mutualaid.policy.partner import Partner

Breach = tuple[str, str, float]


def violations(
    system: System, partners: Sequence[Partner], table: pd.DataFrame, given: pd.DataFrame
) -> pd.DataFrame:
    """List what partners give in a plan that they do not have, cannot or would not.

    Parameters
    ----------
    system, partners
        What the plan was made for.
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.
    given
        What they give: :attr:`mutualaid.Plan.help_given`.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> given = pd.DataFrame([("Council", "home care", "XA1", "beds", 1, 3, 1.5)], columns=[
    ...     "partner", "pool", "provider", "spares", "period", "given", "spared"])
    >>> violations(plan.system, [], plan.entries, given)["rule"].to_list()
    ['only partners of the agreement give', 'no more of a pool is spared than patients use']
    """
    found: list[Breach] = []
    used = given[given["given"] != 0]
    named = {partner.name: partner for partner in partners}
    strangers = used[~used["partner"].isin(list(named))]
    if len(strangers):
        amount = float(strangers["given"].sum())
        found.append(("only partners of the agreement give", "partners", amount))
    for name, partner in named.items():
        mine = used[(used["partner"] == name).to_numpy()]
        found += _holds(partner, mine)
        found += _keeps_its_account(system, partner, mine)
    found += _spares(system, partners, table, used)
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _holds(partner: Partner, mine: pd.DataFrame) -> Iterator[Breach]:
    held = partner.pools.set_index(["pool", "period"])["amount"]
    given = mine.groupby(["pool", "period"])["given"].sum()
    over = given - held.reindex(given.index).fillna(0.0)
    for where, amount in over[over > 0].items():
        yield "no partner gives more than it holds", _text(partner.name, where), float(amount)
    wrong = mine[(mine["given"] < 0) | (mine["given"] != np.floor(mine["given"]))]
    if len(wrong):
        yield "partners give whole units", partner.name, float(len(wrong))
    each = partner.spares.set_index(["pool", "provider", "spares"])["amount"]
    asked = pd.MultiIndex.from_frame(mine[["pool", "provider", "spares"]])
    amount = each.reindex(asked).fillna(0.0).to_numpy()
    should = np.rint(amount * 1000) * mine["given"].to_numpy()
    odd = np.abs(should - np.rint(mine["spared"].to_numpy() * 1000))
    if odd.any():
        yield "help spares what it is said to spare", partner.name, float(odd.sum() / 1000)


def _keeps_its_account(system: System, partner: Partner, mine: pd.DataFrame) -> Iterator[Breach]:
    """Benefits within the horizon less costs, in exact pennies, come to what was asked."""
    if mine.empty:
        return
    account = -_money(partner.fixed_cost)
    rows = mine[["pool", "spares", "period", "given", "spared"]].itertuples(index=False)
    for pool, spares, period, given, spared in rows:
        account -= _money(partner.costs[pool]) * int(given)
        comes = (period - 1) * system.period_weeks + partner.benefit_weeks
        if partner.horizon_weeks is None or comes <= partner.horizon_weeks:
            worth = _money(partner.benefits.get(spares, 0.0))
            account += worth * Fraction(round(spared * 1000), 1000)
    short = _money(partner.at_least) - account
    if short > 0:
        yield "no partner's account falls short (money)", partner.name, float(short)


def _spares(
    system: System, partners: Sequence[Partner], table: pd.DataFrame, used: pd.DataFrame
) -> Iterator[Breach]:
    """No more is spared of a pool than patients use of it, nor more than a resource's share."""
    use = _use(system, table)
    keys = ["provider", "spares", "period"]
    spared = used.groupby(keys)["spared"].sum()
    for where, amount in spared.items():
        over: int | Fraction = round(float(amount) * 1000) - use.get(_key(where), 0)
        if over > 0:
            rule = "no more of a pool is spared than patients use"
            yield rule, _text(where), float(over / 1000)
    shares = {
        (partner.name, *row): Fraction(round(share * 1000), 1000)
        for partner in partners
        if "at_most" in partner.spares
        for *row, share in partner.spares[["pool", "provider", "spares", "at_most"]].itertuples(
            index=False
        )
    }
    each = used.groupby(["partner", "pool", *keys])["spared"].sum()
    for where, amount in each.items():
        of = _key(where)
        share = shares.get(of[:4])
        if share is None:
            continue
        over = round(float(amount) * 1000) - share * use.get(of[2:], 0)
        if over > 0:
            yield "a resource spares no more than its share", _text(where), float(over / 1000)


def _use(system: System, table: pd.DataFrame) -> dict[tuple[object, ...], int]:
    """What patients use of each pool, in 1/1000 of its unit, by provider, pool and period."""
    usage = system.usage
    if usage is None:
        return {}
    here = (table["period"] <= system.periods).to_numpy()
    if "site" in table:
        here = here & (table["site"].astype(object) == table["provider"].astype(object)).to_numpy()
    treated = table[here].astype({"provider": object, "service": object})
    counts = treated.groupby(["provider", "service", "period"])["patients"].sum().reset_index()
    by = [name for name in ("provider", "service") if name in usage]
    both = counts.merge(usage.astype(dict.fromkeys([*by, "pool"], object)), on=by)
    both["needed"] = both["patients"] * np.rint(both["amount"] * 1000).astype(np.int64)
    needed = both.groupby(["provider", "pool", "period"])["needed"].sum()
    return {_key(where): int(amount) for where, amount in needed.items()}


def _key(where: object) -> tuple[object, ...]:
    return where if isinstance(where, tuple) else (where,)


def _money(pounds: float) -> Fraction:
    return Fraction(round(pounds * 100), 100)


def _text(*where: object) -> str:
    return ", ".join(str(part) for one in where for part in _key(one))
