"""Labels as whole numbers: of one column, among other labels, and of several columns together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import LARGEST_KEY, Ints
from mutualaid.data.schema import CLOCK_OF_ENTRIES

DENSE = 2**22
"""Up to so many combinations are looked up in a table of all; beyond it only those in use."""


def codes_of(column: pd.Series) -> tuple[Ints, pd.Index]:
    """Each value as a number, in the order of the values, and the values; -1 where missing.

    Examples
    --------
    >>> codes, values = codes_of(pd.Series(["b", "a", None]))
    >>> codes.tolist(), values.tolist()
    ([1, 0, -1], ['a', 'b'])
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        known: Ints = np.asarray(column.cat.codes, dtype=np.int64)
        return known, column.cat.categories
    if column.dtype.kind in "biu":
        # Numbers in a narrow range are counted without hashing a million of them.
        values = column.to_numpy()
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, -1)
        if high - low < 1_000_000:
            offset = values.astype(np.int64) - low
            present = np.flatnonzero(np.bincount(offset, minlength=high - low + 1))
            rank = np.zeros(high - low + 1, dtype=np.int64)
            rank[present] = np.arange(len(present))
            numbers = pd.Index((present + low).astype(values.dtype))
            return rank[offset], numbers
    found, uniques = pd.factorize(column, sort=True)
    codes: Ints = np.asarray(found, dtype=np.int64)
    return codes, pd.Index(uniques)


def positions(column: pd.Series | pd.Index, labels: Sequence[Any] | pd.Index) -> Ints:
    """Each value's position among labels; -1 where it is none of them, or missing.

    Examples
    --------
    >>> positions(pd.Series(["b", "z", None], dtype="category"), ["a", "b"]).tolist()
    [1, -1, -1]
    """
    known = labels if isinstance(labels, pd.Index) else pd.Index(list(labels), dtype=object)
    if isinstance(column.dtype, pd.CategoricalDtype):
        held = pd.Categorical(column)
        place = known.get_indexer(pd.Index(held.categories, dtype=known.dtype))
        result: Ints = np.append(place, -1).astype(np.int64)[held.codes]
        return result
    return np.asarray(known.get_indexer(pd.Index(column)), dtype=np.int64)


def combined(columns: Sequence[pd.Categorical | Ints]) -> Ints:
    """Each row's combination of labels and whole numbers as one number, in the order of both.

    Examples
    --------
    >>> combined([pd.Categorical(["B", "A", "A"]), np.array([0, 3, 1])]).tolist()
    [4, 3, 1]
    """
    number: Ints = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for values in columns:
        if isinstance(values, pd.Categorical):
            codes, count = values.codes, len(values.categories)
        else:
            codes, count = values, int(values.max(initial=0)) + 1
        if size * count >= LARGEST_KEY:
            found, number = np.unique(number, return_inverse=True)
            size = len(found)
        number *= count
        number += codes
        size *= count
    return number


def alike(*columns: npt.NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Number rows that are alike in all columns, as they come; give each number's first row.

    Examples
    --------
    >>> group, first = alike(np.array([7, 7, 2]), np.array([1, 1, 1]))
    >>> group.tolist(), first.tolist()
    ([0, 0, 1], [0, 2])
    """
    group = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column)
        group = np.asarray(pd.factorize(group * (len(values) + 1) + codes)[0], dtype=np.int64)
    first = np.unique(group, return_index=True)[1]
    return group, first.astype(np.int64)


def grouped(table: pd.DataFrame, names: Sequence[str]) -> tuple[Ints, pd.DataFrame]:
    """Number the groups of rows that are alike in some columns, in the order of their labels.

    Returns
    -------
    group of each row, labels of each group
        A missing label (a list without priorities) stays missing, and comes first. Without
        columns there is one group, of all rows.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["XB2", "XA1", "XB2"]})
    >>> group, labels = grouped(table, ["origin"])
    >>> group.tolist(), labels["origin"].tolist()
    ([1, 0, 1], ['XA1', 'XB2'])
    """
    if not names:
        return np.zeros(len(table), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    number = combined([_in_order(table[name]) + 1 for name in names])
    _, first, group = np.unique(number, return_index=True, return_inverse=True)
    labels = table[list(names)].iloc[first].reset_index(drop=True)
    return group, labels.astype({n: object for n in names if n not in CLOCK_OF_ENTRIES})


def _in_order(column: pd.Series) -> Ints:
    codes, values = codes_of(column)
    return codes if values.is_monotonic_increasing else codes_of(column.astype(object))[0]


def rows_among(among: pd.DataFrame, rows: pd.DataFrame) -> Ints:
    """The row of one table that is each row of another, by all columns of the first; -1 for none.

    No two rows of the first are alike; what is missing is like what is missing.

    Examples
    --------
    >>> lists = pd.DataFrame({"origin": ["A", "B"], "service": ["C_110", "C_110"]})
    >>> rows_among(lists, lists.iloc[[1, 0]].assign(service=["C_110", "C_130"])).tolist()
    [1, -1]
    """

    def coded() -> Iterable[tuple[Ints, Ints, int]]:
        for name in among:
            codes, values = codes_of(among[name])
            there = positions(rows[name], values)
            gone, last = rows[name].isna().to_numpy(), len(values)
            yield np.where(codes < 0, last, codes), np.where(gone, last, there), last + 1

    return found_among(coded(), len(among), len(rows))


def found_among(columns: Iterable[tuple[Ints, Ints, int]], among: int, rows: int) -> Ints:
    """What :func:`rows_among` finds, of columns that are whole numbers.

    Parameters
    ----------
    columns
        Of each column the numbers in the one table and in the other (below 0: none that is in
        the first), and how many numbers there may be.
    among, rows
        How many rows the tables have.
    """
    if not among:
        return np.full(rows, -1, dtype=np.int64)
    place, at = np.zeros(among, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    lost = np.zeros(rows, dtype=bool)
    count = 1
    for known, code, size in columns:
        lost |= code < 0
        # Numbered anew at each step, so that many columns stay within 64 bits.
        used, place = np.unique(place * size + known, return_inverse=True)
        at = np.where(lost, 0, at * size + code)
        if count * size <= DENSE:
            number = np.full(count * size, -1, dtype=np.int64)
            number[used] = np.arange(len(used))
            at = number[at]
            lost |= at < 0
        else:
            near = np.minimum(np.searchsorted(used, at), len(used) - 1)
            lost |= used[near] != at
            at = near.astype(np.int64)
        place, count = place.astype(np.int64), len(used)
    by_key = np.zeros(int(place.max()) + 1, dtype=np.int64)
    by_key[place] = np.arange(among)
    return np.where(lost, -1, by_key[np.where(lost, 0, at)])
