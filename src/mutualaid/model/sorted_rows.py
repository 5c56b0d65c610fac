"""Rows in the order of integer columns, where runs of equal rows start, and who is in each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mutualaid.data.column_checks import LARGEST_KEY

Codes = npt.NDArray[np.int64]


def in_order(*columns: npt.NDArray[np.signedinteger[Any]]) -> Codes:
    """Stable sort of rows by integer columns, the first column first: the positions.

    Examples
    --------
    >>> in_order(np.array([1, 0, 1, 0]), np.array([-2, 5, -3, 4])).tolist()
    [3, 1, 2, 0]
    """
    if not len(columns[0]):
        return np.zeros(0, dtype=np.int64)
    spans = [(int(column.min()), int(column.max())) for column in columns]
    sizes = [most - least + 1 for least, most in spans]
    if math.prod(sizes) >= LARGEST_KEY:
        return np.lexsort(columns[::-1])
    # One number a row is sorted in a fraction of the time, above all if most are in order.
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column, (least, _), size in zip(columns, spans, sizes, strict=True):
        key = key * size + (column - least)
    return np.argsort(key, kind="stable")


def run_starts(*columns: npt.NDArray[np.generic]) -> Codes:
    """Positions where runs of equal rows start, in sorted columns."""
    if not len(columns[0]):
        return np.zeros(0, dtype=np.int64)
    change = np.zeros(len(columns[0]), dtype=bool)
    change[0] = True
    for column in columns:
        change[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(change)


def members(column: Codes, wanted: Codes) -> tuple[Codes, Codes]:
    """Where each of some numbers stands in a sorted column, run by run.

    Returns
    -------
    int64 array
        Which of the numbers it is, by its position among those wanted.
    int64 array, of the same shape
        A position in the column.

    Examples
    --------
    >>> which, where = members(np.array([4, 4, 7]), np.array([7, 5, 4]))
    >>> which.tolist(), where.tolist()
    ([0, 2, 2], [2, 0, 1])
    """
    start, stop = (np.searchsorted(column, wanted, side) for side in ("left", "right"))
    count = stop - start
    which = np.repeat(np.arange(len(wanted)), count)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + start[which]
