"""Numbers and lists as people say them: rounded, and with verbs that agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mutualaid import formats

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
    who = "nobody" if not count else formats.many(count, "patient")
    return f"{who} {many if count > 1 else one}".rstrip()


def harm(amount: float) -> str:
    """An amount of harm.

    Examples
    --------
    >>> harm(1.0), harm(1.5)
    ('1 harm-week', '1.5 harm-weeks')
    """
    return formats.figures(amount, "harm-week")


def change(before: float, after: float) -> str:
    """By how much harm has changed, and which way.

    Examples
    --------
    >>> change(200.0, 150.0), change(0.0, 1.0)
    ('50 harm-weeks (25%) less', '1 harm-week more')
    """
    share = f" ({formats.whole_percent(abs(after - before) / before)})" if before else ""
    return f"{harm(abs(after - before))}{share} {'less' if after < before else 'more'}"


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
        told = formats.figure(row["told"]) if result else harm(row["told"])
        if row["of"]:
            told += f", {formats.whole_percent(row['told'] / row['of'])}"
        result.append(f"{named(row, by)} ({told})")
    return result
