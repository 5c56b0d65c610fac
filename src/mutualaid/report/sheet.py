"""One sheet of a workbook, before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mutualaid.disclosure.published_counts import HIDDEN

TEXT, COUNT, ONE, SHARE, DATE = "text", "count", "one decimal", "share", "date"
SIGNED, POINTS = "change of a count", "change of a share"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Sheet:
    """One sheet: what it is about, and a table.

    Attributes
    ----------
    name, title : str
        On the tab (before it is made valid and unique), and above the table.
    notes : sequence of str
        Lines under the title.
    table : pandas.DataFrame
        Headings for people, units in them; cells are numbers, text, dates or missing.
    kinds : sequence of str
        What each column holds, which decides how it is written.
    row_kinds : sequence of str, or None
        Where rows differ: what the numbers of each row are.
    total : sequence, or None
        A last row, which no filter takes away.
    answers : sequence of str
        What people may write into the last column, which has a list to choose from.
    """

    name: str
    title: str
    notes: Sequence[str]
    table: pd.DataFrame
    kinds: Sequence[str]
    row_kinds: Sequence[str] | None = None
    total: Sequence[object] | None = None
    answers: Sequence[str] = ()


def change(before: object, after: object) -> object:
    """Give a difference, or say that it is hidden: it would give away what is hidden.

    Examples
    --------
    >>> change(12, 9), change("<5", 9)
    (-3, '*')
    """
    if isinstance(before, str) or isinstance(after, str):
        return HIDDEN
    if before is None or after is None:
        return None
    # Numbers, of pandas or NumPy.
    return after - before  # type: ignore[operator]
