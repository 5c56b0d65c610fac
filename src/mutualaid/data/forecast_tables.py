"""The tables of a forecast: its cells, its ranges, and how such forecasts have done before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.errors import Problems

ALL = "all"
"""The provider of rows that are of all providers together."""
CELL = ("origin", "service")
ERRORS = ("provider", "over", "period", "low", "high")
HISTORY = (
    *("origin_month", "month", "horizon", "provider", "over"),
    *("forecast", "low", "high", "published", "persistence"),
)
NEEDED_OF_HISTORY = ("forecast", "published")


def checked_cells(cells: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Take the cells of a forecast as plain texts; what is wrong is noted.

    Examples
    --------
    >>> problems = Problems()
    >>> checked_cells(pd.DataFrame({"origin": ["A"], "service": ["hips"]}), problems).shape
    (1, 2)
    """
    problems.need("cells", cells, CELL)
    if cells.empty:
        problems.add("cells", "", "has no rows", "give a row a cell")
    for name in cells:
        missing = cells[name].isna().to_numpy()
        problems.note("cells", str(name), missing, "is missing", "write a label")
    twice = cells.duplicated().to_numpy()
    problems.note("cells", "", twice, "is listed twice", "add them up")
    return cells.astype(object).astype(str).reset_index(drop=True)


def checked_numbers(
    table: str, frame: pd.DataFrame, columns: Sequence[str], known: set[str], problems: Problems
) -> pd.DataFrame:
    """Take a table of numbers by provider: what may be missing may, all else is noted.

    Examples
    --------
    >>> problems = Problems()
    >>> checked_numbers("errors", pd.DataFrame(columns=ERRORS), ERRORS, {ALL}, problems).empty
    True
    """
    problems.need(table, frame, columns)
    if any(name not in frame for name in columns):
        return frame
    frame = frame[list(columns)].reset_index(drop=True)
    whose = frame["provider"].astype(object).astype(str)
    stranger = ~whose.isin(known).to_numpy()
    said, remedy = "is no origin of the cells, and not all", "leave such rows out"
    problems.note(table, "provider", stranger, said, remedy, whose)
    result = frame.assign(provider=whose)
    for name in columns:
        if name in ("provider", "origin_month", "month"):
            continue
        values = pd.to_numeric(frame[name], errors="coerce").astype(np.float64)
        lost = values.isna() & (frame[name].notna() | (table == "errors"))
        if table == "history" and name in NEEDED_OF_HISTORY:
            lost = values.isna()
        wrong = (lost | (values < 0) | np.isinf(values)).to_numpy()
        problems.note(table, name, wrong, "is no number from 0", "write one", frame[name])
        result[name] = values
    low, high = result["low"].to_numpy(), result["high"].to_numpy()
    problems.note(table, "low", low > high, "is above high", "swap them", low)
    return result


def check_ranges(errors: pd.DataFrame, periods: int, problems: Problems) -> None:
    """Note ranges that are listed twice, or of no period.

    Examples
    --------
    >>> problems = Problems()
    >>> check_ranges(pd.DataFrame([["A", 18, 3, 1, 2]], columns=ERRORS), 2, problems)
    >>> problems.frame()["problem"].tolist()
    ['is not from 1 to 2']
    """
    twice = errors.duplicated(["provider", "over", "period"]).to_numpy()
    problems.note("errors", "", twice, "is listed twice", "keep one")
    period = errors["period"].to_numpy(np.float64)
    known = (period >= 1) & (period <= periods) & (period % 1 == 0)
    problems.note("errors", "period", ~known, f"is not from 1 to {periods}", "mend it", period)
