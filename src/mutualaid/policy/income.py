"""What trusts are paid for treatments, within which limits, and whose patients a contract covers.

Money is never added to harm: limits of income are conditions beside a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import check_labels, check_numbers
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import Problems

MOST = 1e9
LIMIT_COLUMNS = ("provider", "floor", "ceiling")
CONTRACT_COLUMNS = ("provider", "service", "at_most", "price")


@dataclass(frozen=True, eq=False, kw_only=True)
class Income:
    """Limits of what trusts are paid over the horizon, and contracts for others' patients.

    Parameters
    ----------
    tariff
        Money for a patient of each service, paid to who treats.
    tolerance
        Nobody is paid less than alone by more than this share; None: that is not asked.
    limits
        ``provider`` and ``floor`` or ``ceiling`` or both: money over the horizon; empty: none. A
        ceiling below what a trust is paid alone would stop work that it does today, and is kept all
        the same.
    contracts
        ``provider``, ``at_most`` (patients of others that it treats over the horizon, at most) and
        optionally ``service`` (empty: all services together) and ``price`` (money a patient, which
        is reported). Who is not listed has no such limit.

    Raises
    ------
    InputError
        If anything cannot be used; ``.problems`` lists everything.

    Examples
    --------
    >>> hips = pd.DataFrame({"provider": ["B"], "service": ["hips"], "at_most": [400],
    ...                      "price": [6000.0]})
    >>> Income(tariff={"hips": 6500.0}, tolerance=0.02, contracts=hips)
    Income: tariff of 1 services; no less than alone by 2%; contracts with B
    """

    tariff: Mapping[str, float]
    tolerance: float | None = None
    limits: pd.DataFrame | None = None
    contracts: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        with Arguments("Income") as check:
            if check.kind("tariff", self.tariff, Mapping, "map services to money"):
                for service, money in dict(self.tariff).items():
                    check.number(f"tariff of {service}", money, 0, MOST)
            check.share("tolerance", self.tolerance, optional=True)
        problems = Problems()
        for name, known, needed in (
            ("limits", LIMIT_COLUMNS, LIMIT_COLUMNS[:1]),
            ("contracts", CONTRACT_COLUMNS, ("provider", "at_most")),
        ):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _checked(name, given, known, needed, problems))
        problems.raise_if_any()

    def check(self, providers: Sequence[str], services: Sequence[str]) -> None:
        """Check that its codes are those of a system.

        Raises
        ------
        InputError
            If a trust or service is not there, or the tariff lacks a service.
        """
        problems = Problems()
        if absent := [service for service in services if service not in self.tariff]:
            told = f"has nothing for {', '.join(absent[:5])}" + ", …" * (len(absent) > 5)
            problems.add("income", "tariff", told, "name every service, 0 if it pays nothing")
        for name in ("limits", "contracts"):
            table = getattr(self, name)
            for column, known in (("provider", providers), ("service", services)):
                if table is None or column not in table:
                    continue
                stray = ~table[column].isin([*known, ""]).to_numpy()
                what = "is not in this system"
                problems.note(f"income.{name}", column, stray, what, "correct it", table[column])
        problems.raise_if_any()

    def __repr__(self) -> str:
        told = [f"tariff of {len(self.tariff)} services"]
        if self.tolerance is not None:
            told.append(f"no less than alone by {100 * self.tolerance:g}%")
        for name in ("limits", "contracts"):
            table = getattr(self, name)
            if table is not None:
                told.append(f"{name} with {', '.join(dict.fromkeys(table['provider']))}")
        return f"Income: {'; '.join(told)}"


def _checked(
    name: str, given: object, known: tuple[str, ...], needed: tuple[str, ...], problems: Problems
) -> pd.DataFrame:
    """Take a table; limits that are empty are infinite."""
    where = f"income.{name}"
    frame = frame_of(where, given).reset_index(drop=True)
    absent = [column for column in needed if column not in frame]
    surplus = [str(column) for column in frame.columns if column not in known]
    if absent or surplus:
        told = [f"lacks {', '.join(absent)}"] * bool(absent)
        told += [f"has {', '.join(surplus)}"] * bool(surplus)
        problems.add(where, "", " and ".join(told), f"columns among {', '.join(known)}")
        return frame
    result: dict[str, object] = {}
    for column in known:
        values = frame.get(column)
        if column in ("provider", "service"):
            if values is None:
                result[column] = pd.Series("", frame.index, dtype=object)
                continue
            values = values.astype(object)
            if column == "service":
                values = values.where(values.notna(), "")
            check_labels(where, column, values[values != ""], problems)
            result[column] = values
            continue
        empty = {"floor": 0.0, "ceiling": np.inf, "price": 0.0}.get(column)
        values = pd.Series(np.nan, frame.index) if values is None else values
        missing = (
            values.isna().to_numpy() if empty is not None else np.zeros(len(frame), dtype=bool)
        )
        numbers = check_numbers(where, column, values.where(~missing, 0.0), problems)
        if numbers is None:
            continue
        most = 1e12 if column in ("floor", "ceiling") else MOST
        problems.note(where, column, numbers > most, "is too large", "correct it", numbers)
        if column == "at_most":
            parted = numbers != np.floor(numbers)
            problems.note(where, column, parted, "is no whole number", "correct it", numbers)
        result[column] = np.where(missing, empty if empty is not None else 0.0, numbers)
    table = pd.DataFrame(result)
    keys = [column for column in ("provider", "service") if column in known]
    twice = table[keys].duplicated(keep=False).to_numpy()
    problems.note(where, ", ".join(keys), twice, "is there twice", "keep one")
    if {"floor", "ceiling"} <= set(table.columns):
        over = (table["floor"] > table["ceiling"]).to_numpy()
        problems.note(where, "floor", over, "is above the ceiling", "correct one", table["floor"])
    return table
