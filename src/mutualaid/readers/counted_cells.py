"""Counts that are published or exported: whole numbers, some of them hidden as too small."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import LARGEST_COUNT, Floats, Mask
from mutualaid.data.opening.code_cells import as_written
from mutualaid.data.opening.number_cells import read_numbers
from mutualaid.errors import Problems

HIDDEN = re.compile(r"\*+|[<≤]=?\s*(\d+)|\[?[cxz]\]?|\[?low\]?|~|supp(?:ressed)?|\.\.?|:", re.ASCII)
"""What stands in place of a small number: a star, "<5", "[c]", two dots."""
NONE = -1
"""What a hidden count is where nobody says."""


def read_counts_of(
    table: str,
    column: str,
    values: pd.Series,
    hidden: int | None,
    problems: Problems,
    *,
    continental: bool = False,
    whole: bool = True,
) -> tuple[Floats, Mask]:
    """Read a column of counts, NaN where blank; note what is no count.

    Parameters
    ----------
    table, column
        What to call them in a problem.
    values
        The cells.
    hidden
        What a hidden count stands for; None where that is not said, which is a problem.
    problems
        Takes down what is wrong.
    continental
        Whether a comma may be a decimal point.
    whole
        Whether fractions are wrong.

    Returns
    -------
    float64 array, shape (rows,)
    bool array, shape (rows,)
        Which of them were hidden.

    Examples
    --------
    >>> read_counts_of("t", "c", pd.Series(["7", "*", ""]), 2, Problems())[0].tolist()
    [7.0, 2.0, nan]
    """
    cells = as_written(values)
    texts = {one: _limit(one) for one in cells.dropna().unique() if isinstance(one, str)}
    limits = {one: limit for one, limit in texts.items() if limit is not None}
    secret = cells.isin(list(limits)).to_numpy(dtype=bool)
    if hidden is None and secret.any():
        what = "is hidden, as small numbers are"
        remedy = "pass hidden= with the number that stands for each of them, such as 2, or write it"
        problems.add(table, column, what, remedy, rows=secret, values=cells)
    elif secret.any():
        bounds = cells.map(lambda cell: limits.get(cell, np.inf)).to_numpy(dtype=np.float64)
        above = bounds < (0 if hidden is None else hidden)
        problems.note(
            table, column, above, f"is below hidden={hidden}", "pass a smaller hidden=", cells
        )
    known = cells.mask(secret) if secret.any() else cells
    found = read_numbers(table, column, known, problems, continental=continental)
    remedy = "write whole numbers, 0 or more" if whole else "write 0 or more"
    problems.note(table, column, found < 0, "is below 0", remedy, cells)
    problems.note(table, column, found > LARGEST_COUNT, "is far too large", remedy, cells)
    if whole:
        # NaN is neither whole nor broken.
        broken = np.abs(found - np.round(found)) > 0
        problems.note(table, column, broken, "is not a whole number", remedy, cells)
    return np.where(secret, NONE if hidden is None else float(hidden), found), secret


def _limit(text: str) -> float | None:
    """What a hidden count is below, or infinity; None for what is no hidden count."""
    found = HIDDEN.fullmatch(text.strip().casefold())
    if found is None:
        return None
    return np.inf if found[1] is None else float(found[1]) - (not text.strip().startswith("≤"))
