"""Numbers and lists as people say them: rounded, and with verbs that agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

LEAST = 5e-4
"""Half a unit of harm: what is less is the noise of adding up."""
MOST = 3
"""How many groups or trusts a sentence names."""
Row = Mapping[str, Any]
SPEAK_FOR_THEMSELVES = ("origin", "service", "priority", "area")


def records(table: pd.DataFrame) -> list[Row]:
    """A table's rows, each as a mapping from column to value.

    Examples
    --------
    >>> records(pd.DataFrame({"origin": ["XA1"], "moved": [2]}))
    [{'origin': 'XA1', 'moved': 2}]
    """
    return [{str(name): row[name] for name in row} for row in table.to_dict("records")]


def people(count: int, one: str = "", many: str = "") -> str:
    """So many patients, with a verb that agrees.

    Examples
    --------
    >>> people(0, "waits", "wait"), people(1, "waits", "wait"), people(1234)
    ('nobody waits', '1 patient waits', '1,234 patients')
    """
    who = "nobody" if not count else "1 patient" if count == 1 else f"{count:,} patients"
    return f"{who} {many if count > 1 else one}".rstrip()


def figure(amount: float) -> str:
    """A number without decimals from 100 up, with one below.

    Examples
    --------
    >>> [figure(amount) for amount in (1234.5678, 12.0, 0.31, 0.01, 0.0)]
    ['1,235', '12', '0.3', 'less than 0.1', '0']
    """
    if 0 < amount < 0.05:
        return "less than 0.1"
    return f"{amount:,.0f}" if abs(amount) >= 99.95 else f"{amount:.1f}".removesuffix(".0")


def harm(amount: float) -> str:
    """An amount of harm.

    Examples
    --------
    >>> harm(1.0), harm(1.5)
    ('1 harm-week', '1.5 harm-weeks')
    """
    return f"{(said := figure(amount))} harm-week{'s' * (said != '1')}"


def minutes(amount: float) -> str:
    """So many minutes.

    Examples
    --------
    >>> minutes(1.0), minutes(23.44)
    ('1 minute', '23.4 minutes')
    """
    return f"{(said := figure(amount))} minute{'s' * (said != '1')}"


def percent(share: float) -> str:
    """A share of 1 as a percentage, never rounded to nothing or to all.

    Examples
    --------
    >>> percent(0.05), percent(0.0001), percent(0.9999), percent(1.0)
    ('5%', 'less than 0.1%', 'more than 99.9%', '100%')
    """
    if 0 < share < 5e-4:
        return "less than 0.1%"
    if 0.9995 < share < 1:
        return "more than 99.9%"
    return f"{100 * share:,.1f}".removesuffix(".0") + "%"


def change(before: float, after: float) -> str:
    """By how much harm has changed, and which way.

    Examples
    --------
    >>> change(200.0, 150.0), change(0.0, 1.0)
    ('50 harm-weeks (25%) less', '1 harm-week more')
    """
    share = f" ({percent(abs(after - before) / before)})" if before else ""
    return f"{harm(abs(after - before))}{share} {'less' if after < before else 'more'}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence in a row.

    Examples
    --------
    >>> listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])
    ('A', 'A and B', 'A, B and C')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def sentence(text: str) -> str:
    """A text with a capital at its start and a full stop at its end.

    Examples
    --------
    >>> sentence("nobody moves to XA1")
    'Nobody moves to XA1.'
    """
    return f"{text[:1].upper()}{text[1:]}."


def named(row: Row, by: Sequence[str]) -> str:
    """A group's name: its labels, after their column where they do not speak for themselves.

    Examples
    --------
    >>> row = {"origin": "XA1", "service": "C_110", "priority": None, "frailty": "high"}
    >>> named(row, ["origin", "service", "priority", "frailty"])
    'XA1 C_110 frailty high'
    """
    parts = [
        str(row[name]) if name in SPEAK_FOR_THEMSELVES else f"{name} {row[name]}"
        for name in by
        if not pd.isna(row[name])
    ]
    return " ".join(parts) or "the whole list"


def ranked(
    table: pd.DataFrame,
    amount: pd.Series,
    by: Sequence[str],
    of: pd.Series | None = None,
    most: int | None = MOST,
) -> list[str]:
    """Name the groups with the largest amounts of harm, the largest first.

    Parameters
    ----------
    table, by
        Groups, and the columns that name them.
    amount
        Harm-weeks; groups without any are not named.
    of
        What the amount is also told as a share of.
    most
        Name at most so many; None for all.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["XA1", "XB2", "XC3"]})
    >>> ranked(table, pd.Series([0.0, 5.0, 120.0]), ["origin"])
    ['XC3 (120 harm-weeks)', 'XB2 (5)']
    """
    rows = table[list(by)].assign(told=amount, of=0.0 if of is None else of)
    rows = rows[rows["told"] > LEAST].sort_values("told", ascending=False, kind="stable")[:most]
    result: list[str] = []
    for row in records(rows):
        # The first names the unit for all.
        told = figure(row["told"]) if result else harm(row["told"])
        if row["of"]:
            told += f", {percent(row['told'] / row['of'])}"
        result.append(f"{named(row, by)} ({told})")
    return result
