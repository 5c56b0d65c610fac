"""A second opinion on lanes that are run: whole batches, what opening them costs, which way.

It reads tables only.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import Policy

ROUTE = ("origin", "provider", "service")
Breach = tuple[str, str, float]


def opening_cost(policy: Policy, table: pd.DataFrame) -> int:
    """What the lanes that a plan uses cost to open, in 1/1000 harm-weeks.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": "A", "provider": ["B", "C", "C"], "service": "C_110",
    ...                       "moved": True, "patients": 1, "period": 1})
    >>> opening_cost(Policy(lane_weeks=2), table)
    4000
    """
    moves = table[table["moved"].to_numpy()]
    routes = len(moves[[*ROUTE]].astype(str).drop_duplicates())
    return routes * round(policy.lane_weeks * SCALE)


def violations(policy: Policy, table: pd.DataFrame, paid: int | None) -> pd.DataFrame:
    """List lanes that carry less than a batch or go both ways, and what is paid beyond opening.

    Parameters
    ----------
    policy
        What the plan was made for.
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.
    paid
        What is said to be paid for choices, in 1/1000 harm-weeks; None where others are paid for.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["A"], "provider": "B", "service": "C_110",
    ...                       "moved": True, "patients": 3, "period": 2})
    >>> violations(Policy(min_batch=5), table, 0)["amount"].tolist()
    [2.0]
    """
    found = list(_breaches(policy, table, paid))
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _breaches(policy: Policy, table: pd.DataFrame, paid: int | None) -> Iterator[Breach]:
    if policy.min_batch is not None:
        moves = table[table["moved"].to_numpy()]
        block = (moves["period"].to_numpy() - 1) // policy.batch_periods
        keys = [moves[name].astype(str) for name in ROUTE]
        carried = moves["patients"].groupby([*keys, pd.Series(block, index=moves.index)]).sum()
        for where, count in carried[carried < policy.min_batch].head().items():
            origin, provider, service, number = where if isinstance(where, tuple) else (where,) * 4
            first = int(str(number)) * policy.batch_periods + 1
            told = f"{origin} to {provider}, {service}, from period {first}"
            yield "a lane carries a batch or nobody", told, float(policy.min_batch - count)
    if policy.send_or_receive:
        yield from _both_ways(table)
    if paid is not None and paid != opening_cost(policy, table):
        off = abs(paid - opening_cost(policy, table)) / SCALE
        yield "what is paid is the opening of lanes (harm-weeks)", "all lanes", off


def _both_ways(table: pd.DataFrame) -> Iterator[Breach]:
    """Trusts that send patients of a service in a period in which they take others in."""
    moves = table[table["moved"].to_numpy()]
    keys = [moves[name].astype(str) for name in ("origin", "provider", "service")]
    patients, when = moves["patients"], moves["period"]
    sent = patients.groupby([keys[0], keys[2], when]).sum()
    taken = patients.groupby([keys[1], keys[2], when]).sum()
    both = pd.concat([sent, taken], axis=1, join="inner").min(axis=1)
    for where, count in both.head().items():
        trust, service, period = where if isinstance(where, tuple) else (where,) * 3
        told = f"{trust}, {service}, period {period}"
        yield "a trust sends a service or receives it", told, float(count)
