"""Rows of totals beside the rows that they sum up: their patients would be counted twice."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.total_words import TOTALS
from mutualaid.errors import Problems


def check_totals(table: str, frame: pd.DataFrame, problems: Problems) -> None:
    """Note each column in which some rows are the sums of others.

    A row is one if its label is a word for a total, and the patients of the rows that differ from
    it in that column alone add up to its own, for half of such rows at least. Without a column of
    whole patients nothing is looked at.

    Examples
    --------
    >>> found = Problems()
    >>> check_totals("waiting_list", pd.DataFrame(
    ...     {"sex": ["F", "M", "All"], "patients": [3, 4, 7]}), found)
    >>> found.rows[0][1:3]
    ('sex', "holds totals beside their parts: 'All'")
    """
    if "patients" not in frame or not pd.api.types.is_integer_dtype(frame["patients"].dtype):
        return
    for at, heading in enumerate(frame.columns):
        values = frame.iloc[:, at]
        if pd.api.types.is_numeric_dtype(values.dtype):
            continue
        words = _totals_of(values)
        if not words:
            continue
        whole = values.isin(words).to_numpy(dtype=bool)
        keys = [one for one in frame.columns if one not in (heading, "patients")]
        if whole.any() and not whole.all() and _add_up(frame, whole, keys):
            shown = ", ".join(repr(word) for word in words)
            remedy = "drop the rows of the totals: their patients would be counted twice"
            what = f"holds totals beside their parts: {shown}"
            problems.add(table, str(heading), what, remedy, rows=whole)


def _totals_of(values: pd.Series) -> list[str]:
    """Labels that are words for a total."""
    try:
        known = (
            values.cat.categories
            if isinstance(values.dtype, pd.CategoricalDtype)
            else pd.unique(values)
        )
    except TypeError:
        return []
    return [v for v in known if isinstance(v, str) and tidy(v) in TOTALS]


def _add_up(frame: pd.DataFrame, whole: Mask, keys: Sequence[object]) -> bool:
    """Whether rows that are called totals are the sums of those that differ in one column."""
    if not keys:
        return bool(frame["patients"][whole].sum() == frame["patients"][~whole].sum())
    try:
        totals, parts = (
            frame[rows].groupby(list(keys), dropna=False, observed=True)["patients"].sum()
            for rows in (whole, ~whole)
        )
    except TypeError:
        return False
    both = totals.index.intersection(parts.index)
    alike = totals.loc[both].to_numpy() == parts.loc[both].to_numpy()
    return len(both) > 0 and bool(2 * alike.sum() >= len(both))
