"""The rows of one day or month, of a table that holds several."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.opening.code_cells import as_written
from mutualaid.errors import Problems
from mutualaid.formats import first_few
from mutualaid.readers.counts.bands import CALL, TABLE
from mutualaid.readers.day_or_month import day_or_month


def rows_of_census(
    frame: pd.DataFrame, dates: Sequence[str], census: object, problems: Problems
) -> Mask:
    """Which rows are of the day or month that was asked for; all where the table is of one.

    Examples
    --------
    >>> table = pd.DataFrame({"Archive Date": ["28/11/2025", "31/12/2025"]})
    >>> rows_of_census(table, ["Archive Date"], "2025-12", Problems()).tolist()
    [False, True]
    """
    every = np.ones(len(frame), dtype=bool)
    columns = {one: as_written(frame[one]) for one in dates}
    several = {one: cells for one, cells in columns.items() if len(cells.dropna().unique()) > 1}
    if census is None:
        for heading, cells in several.items():
            known = [*map(_shown, cells.dropna().unique())]
            what = f"holds {len(known):,} dates or months ({first_few(known, 3)}), a list is of one"
            problems.add(TABLE, heading, what, f"pass census= with one, such as {known[-1]!r}")
        return every
    wanted = day_or_month(census)
    if wanted is None:
        remedy = "write a day or a month, such as '2026-01-31' or '2026-01'"
        problems.add(CALL, "census", f"is {str(census)!r}, which is no date", remedy)
        return every
    if not columns:
        problems.add(CALL, "census", "is given, and no column holds dates", "leave it out")
        return every
    found = [_matching(cells, wanted) for cells in columns.values()]
    best = max(found, key=lambda rows: int(rows.any()))
    if not best.any():
        known = [_shown(one) for cells in columns.values() for one in cells.dropna().unique()]
        what = f"is {str(census)!r}, and no row is of that date"
        problems.add(CALL, "census", what, f"the table holds {first_few(known)}")
    for rows in found:
        if rows.any():
            best = best & rows
    return best


def _matching(cells: pd.Series, wanted: tuple[dt.date | None, str]) -> Mask:
    """Rows of the very day, or else of the month."""
    day, month = wanted
    read = {one: day_or_month(one) for one in cells.dropna().unique()}
    exact = [one for one, found in read.items() if found and day is not None and found[0] == day]
    near = [one for one, found in read.items() if found is not None and found[1] == month]
    result: Mask = cells.isin(exact or near).to_numpy(dtype=bool)
    return result


def _shown(value: object) -> str:
    return str(value.date()) if isinstance(value, dt.datetime) else str(value)
