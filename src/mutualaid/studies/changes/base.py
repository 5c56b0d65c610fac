"""What all changes share: their own values checked, and the rows that they are about."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, is_number, is_whole, shown
from mutualaid.data.column_checks import Ints
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import InputError
from mutualaid.formats import word
from mutualaid.policy.policy import Policy

State = tuple[System, Policy]
LARGEST_FACTOR = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. Use one of the kinds below."""

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check(self)

    @abstractmethod
    def apply(self, system: System, policy: Policy) -> State:
        """Make the changed system and policy; those that are given stay as they are."""

    def described(self) -> dict[str, Any]:
        """The change as plain values, with its ``kind``; what is not given is left out."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if value is not None
        }
        return {"kind": self.kind, **plain}


def check(change: Change) -> None:
    """Check a change's own values, all of them at once."""
    with Arguments(type(change).__name__) as call:
        for item in fields(change):
            name, value = item.name, getattr(change, item.name)
            if name == "factor":
                call.number(name, value, 0, LARGEST_FACTOR)
            elif name in ("slots", "minutes") or (name == "miles" and value is not None):
                _check_amounts(name, value, call)
            elif name == "periods" and value is not None:
                listed = isinstance(value, list | tuple | range)
                if not listed or not value or not all(is_whole(t, 1) for t in value):
                    call.wrong(name, f"is {value!r}", "write a list of whole numbers from 1")
                else:
                    object.__setattr__(change, name, tuple(sorted({int(t) for t in value})))
            elif value is not None and not isinstance(value, str):
                call.wrong(name, f"is {shown(value)}", "write a code, or leave it out")


def _check_amounts(name: str, value: object, call: Arguments) -> None:
    if not isinstance(value, Mapping) or not value:
        call.wrong(name, f"is a {type(value).__name__}", "map codes to numbers")
        return
    for code, amount in value.items():
        if not isinstance(code, str):
            call.wrong(name, f"has {code!r} for a code", "write codes as text")
        elif not is_number(amount, 0) or amount == math.inf or (name == "slots" and amount % 1):
            kind = "whole number" if name == "slots" else "number"
            call.wrong(name, f"of {code} is {shown(amount)}", f"write a {kind} from 0")


def rows_of(
    change: Change,
    table: pd.DataFrame,
    wanted: Mapping[str, str | None],
    periods: tuple[int, ...] | None = None,
) -> pd.Series:
    """The rows that a change is about.

    Raises
    ------
    InputError
        If there are none: a change that changes nothing is a mistake.
    """
    rows, unknown = pd.Series(True, table.index), list[str]()
    for column, given in wanted.items():
        if given is not None:
            labels = [str(one) for one in table[column].unique()]
            names = SystemNames.of(labels, labels)
            code = names.code(column, given, str(change))
            unknown += [names.told(column, [given])] if code not in labels else []
            rows &= table[column] == code
    if periods is not None:
        rows &= table["period"].isin(periods)
    if not rows.any():
        told = f": {', '.join(unknown)}" if unknown else ""
        raise InputError(f"{change}: the system has nothing there; correct codes and periods{told}")
    return rows


def times(
    change: Change,
    table: pd.DataFrame,
    amount: str,
    factor: float,
    wanted: Mapping[str, str | None],
    periods: tuple[int, ...] | None,
) -> pd.DataFrame:
    """Multiply some of a table's counts, whole numbers all along.

    What is rounded off is carried on from one wait and period to the next of the same list.
    """
    rows = rows_of(change, table, wanted, periods)
    clock = ("period", "weeks_waiting", "weeks_later")
    keys = [column for column in table if column not in (amount, *clock)]
    order = [column for column in clock if column in table]
    part = table[rows].sort_values(order, kind="stable")
    total = part.groupby(keys, sort=False, dropna=False, observed=True)[amount].cumsum()
    scaled = part_of(total, factor) - part_of(total - part[amount], factor)
    table.loc[part.index, amount] = scaled
    return table


def part_of(counts: pd.Series, factor: float, *, nearest: bool = False) -> Ints:
    """Whole counts, times a factor, in whole numbers: rounded down, or to the nearest.

    A float is read as the decimal that it prints as: 0.1 is a tenth.

    Examples
    --------
    >>> part_of(pd.Series([10, 25]), 0.1).tolist()
    [1, 2]
    >>> part_of(pd.Series([10, 25]), 0.1, nearest=True).tolist()
    [1, 3]
    """
    top, bottom = Fraction(repr(float(factor))).as_integer_ratio()
    # Twice the fraction, so that the half that rounds to the nearest is whole.
    half = bottom if nearest else 0
    twice = 2 * bottom
    return np.array([(2 * top * n + half) // twice for n in counts.tolist()], dtype=np.int64)


def below(table: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Both tables, one below the other, codes as plain text."""
    plain = table.astype(
        {name: object for name in ("origin", "area", "provider", "service") if name in table}
    )
    return pd.concat([plain, more], ignore_index=True)


def where(
    change: Change, names: tuple[str, ...] = ("provider", "origin", "service", "periods")
) -> str:
    """Where and when, in words."""
    words = {"provider": " at {}", "origin": " of {}", "service": " for {}"}
    told = ""
    for name in names:
        value = getattr(change, name, None)
        if value is None:
            continue
        if name == "periods":
            told += f" in {word(len(value), 'period')} {', '.join(map(str, value))}"
        else:
            told += words[name].format(value)
    return told
