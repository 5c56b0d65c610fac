"""A second opinion on what providers are paid, and on contracts, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from mutualaid.data.system import System
from mutualaid.policy.income import Income

Breach = tuple[str, str, float]


def violations(
    system: System, income: Income, table: pd.DataFrame, before: pd.DataFrame
) -> pd.DataFrame:
    """List whose income leaves its limits in a plan, and which contract is exceeded.

    Parameters
    ----------
    system, income
        What the plan was made for.
    table, before
        Tables of :func:`mutualaid.outcomes.tables.entries`: the plan, and each trust alone.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (money, or patients of a contract); empty if all is well.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> income = Income(tariff=dict.fromkeys(plan.system.services, 1.0), tolerance=1.0)
    >>> violations(plan.system, income, plan.entries, plan.baseline_entries).empty
    True
    """
    found = [*_paid(system, income, table, before), *_contracts(system, income, table)]
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _paid(
    system: System, income: Income, table: pd.DataFrame, before: pd.DataFrame
) -> Iterator[Breach]:
    together, alone = (_income(system, income, side) for side in (table, before))
    if income.tolerance is not None:
        for who in system.providers:
            least = alone.get(who, Fraction(0)) * (1 - Fraction(repr(float(income.tolerance))))
            short = least - together.get(who, Fraction(0))
            if short > 0:
                yield "nobody is paid less than agreed (money)", who, float(short)
    if income.limits is not None:
        rows = income.limits[["provider", "floor", "ceiling"]].to_numpy(dtype=object).tolist()
        for who, floor, ceiling in rows:
            paid = float(together.get(who, Fraction(0)))
            if paid < round(floor, 2):
                yield "no income below its floor (money)", who, round(floor, 2) - paid
            if paid > round(ceiling, 2):
                yield "no income above its ceiling (money)", who, paid - round(ceiling, 2)


def _income(system: System, income: Income, side: pd.DataFrame) -> dict[str, Fraction]:
    """What each provider is paid, in exact pennies."""
    done = side[(side["period"] <= system.periods).to_numpy()]
    done = done.astype({"provider": object, "service": object})
    counts = done.groupby(["provider", "service"])["patients"].sum().reset_index()
    result: dict[str, Fraction] = {}
    for who, service, patients in counts.to_numpy(dtype=object).tolist():
        money = Fraction(round(income.tariff[service] * 100), 100)
        result[who] = result.get(who, Fraction(0)) + money * int(patients)
    return result


def _contracts(system: System, income: Income, table: pd.DataFrame) -> Iterator[Breach]:
    if income.contracts is None:
        return
    moved = table[table["moved"].to_numpy() & (table["period"] <= system.periods).to_numpy()]
    rows = income.contracts[["provider", "service", "at_most"]].to_numpy(dtype=object).tolist()
    for who, service, most in rows:
        mine = (moved["provider"] == who).to_numpy()
        if service:
            mine = mine & (moved["service"] == service).to_numpy()
        over = int(moved.loc[mine, "patients"].sum()) - int(most)
        if over > 0:
            where = ", ".join(filter(None, (who, service)))
            yield "no contract is exceeded", where, float(over)
