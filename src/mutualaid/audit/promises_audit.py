"""A second opinion on what partners promised each other, from the tables alone.

Like :mod:`mutualaid.audit.plan_audit` it reads nothing of the network: it counts again, from who is
treated where in the plan and alone, that nobody is worse off than agreed, that aid is balanced, and
that owners come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pandas as pd

from mutualaid.audit import promised_figures_audit
from mutualaid.data.system import System
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.harm import SCALE

Breach = tuple[str, str, float]


def violations(
    system: System, mode: Collaboration, table: pd.DataFrame, before: pd.DataFrame
) -> pd.DataFrame:
    """List every promise of a mode that a plan breaks.

    Parameters
    ----------
    system, mode
        What the plan was made for.
    table, before
        Tables of :func:`mutualaid.outcomes.tables.entries`: the plan, and what each trust does
        alone.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.
    """
    found: list[Breach] = [*_nobody_is_worse_off(mode, table, before)]
    found += _no_more_than_settled(mode, table)
    found += _aid_is_balanced(system, mode, table)
    found += _who_takes_part_gains(mode, table, before)
    for promise in mode.promised:
        found += promised_figures_audit.broken(system, promise, table, before)
    if mode.reciprocity is not None:
        over = _net(table, pd.Series(1.0, table.index)) - mode.reciprocity
        found += [("nobody gives more than agreed", str(w), a) for w, a in over[over > 0].items()]
    if mode.spare_only:
        found += _owners_first(system, table, before)
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _nobody_is_worse_off(
    mode: Collaboration, table: pd.DataFrame, before: pd.DataFrame
) -> Iterator[Breach]:
    limit = mode.harm_limit
    if limit is None:
        return
    keys = ["origin", "service"] if mode.protect == "service" else ["origin"]
    bears = table.groupby(keys, observed=True)["harm"].sum()
    alone = before.groupby(keys, observed=True)["harm"].sum()
    factor = 1 + Fraction(repr(float(limit)))
    both = pd.DataFrame({"bears": bears, "alone": alone})
    for where, harm, least in both.itertuples():
        over = int(harm) - int(least) * factor
        if over > 0:
            yield "nobody is worse off than agreed (harm-weeks)", _text(where), float(over / SCALE)


def _no_more_than_settled(mode: Collaboration, table: pd.DataFrame) -> Iterator[Breach]:
    if not mode.harm_at_most:
        return
    bears = table.groupby("origin", observed=True)["harm"].sum()
    for where, most in mode.harm_at_most.items():
        over = int(bears.get(where, 0)) - round(most * SCALE)
        if over > 0:
            yield "nobody bears more than was settled (harm-weeks)", str(where), over / SCALE


def _net(table: pd.DataFrame, amount: pd.Series) -> pd.Series:
    """What each trust does for others less what others do for it."""
    moved = table["moved"].to_numpy()
    rows = table[moved]
    total = amount[moved] * rows["patients"]
    given = total.groupby(rows["provider"].astype(object)).sum()
    got = total.groupby(rows["origin"].astype(object)).sum()
    return given.sub(got, fill_value=0.0)


def _aid_is_balanced(system: System, mode: Collaboration, table: pd.DataFrame) -> Iterator[Breach]:
    if mode.balance is None:
        return
    amounts: dict[str, pd.Series] = {"patients": pd.Series(1.0, table.index)}
    if mode.balance == "tariff":
        money = pd.Series(dict(mode.tariff or {}), dtype=np.float64)
        each = table["service"].astype(object).map(money)
        amounts = {"money": (each * 1000).round() / 1000}
    elif mode.balance == "pool" and system.usage is not None:
        amounts = {}
        usage = system.usage
        for pool, rows in usage.groupby("pool", observed=True):
            keys = ["service", *(["provider"] if "provider" in rows else [])]
            needs = rows.astype(dict.fromkeys(keys, object)).set_index(keys)["amount"]
            asked = pd.MultiIndex.from_frame(table[keys].astype(object))
            found = needs.reindex(asked if len(keys) > 1 else asked.get_level_values(0))
            thousandths = np.rint(found.fillna(0.0).to_numpy() * 1000)
            amounts[str(pool)] = pd.Series(thousandths / 1000, table.index)
    for what, amount in amounts.items():
        net = _net(table, amount.fillna(0.0)).abs()
        for where, difference in net[net > mode.tolerance + 1e-6].items():
            yield f"aid is balanced ({what})", str(where), float(difference - mode.tolerance)


def _who_takes_part_gains(
    mode: Collaboration, table: pd.DataFrame, before: pd.DataFrame
) -> Iterator[Breach]:
    if not mode.min_gain:
        return
    moves = table[table["moved"].to_numpy()]
    taking_part = set(moves["origin"]) | set(moves["provider"])
    bears = table.groupby("origin", observed=True)["harm"].sum()
    alone = before.groupby("origin", observed=True)["harm"].sum()
    factor = 1 - Fraction(repr(float(mode.min_gain)))
    for where in sorted(taking_part & set(bears.index)):
        over = int(bears[where]) - int(alone[where]) * factor
        if over > 0:
            yield "who takes part gains its share (harm-weeks)", str(where), float(over / SCALE)


def _owners_first(system: System, table: pd.DataFrame, before: pd.DataFrame) -> Iterator[Breach]:
    keys = [*system.queue_columns, "period"]
    counts = []
    for side in (table, before):
        at_home = (side["period"] <= system.periods) & (side["provider"] == side["origin"])
        if "site" in side:
            at_home = at_home & (side["site"] == side["origin"])
        counts.append(side[at_home].groupby(keys, observed=True)["patients"].sum())
    change = counts[0].sub(counts[1], fill_value=0)
    for where, amount in change[change != 0].head().items():
        yield "own patients are treated at home as alone", _text(where), float(abs(amount))


def _text(where: object) -> str:
    parts = where if isinstance(where, tuple | list) else (where,)
    return ", ".join(str(part) for part in parts)
