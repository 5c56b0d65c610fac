"""Which row of a sheet or a file holds the headings: titles and notes may stand above it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from mutualaid.data.opening.opened_table import is_blank
from mutualaid.data.words.column_names import tidy

LOOKED_AT = 40
"""Rows at the top among which the headings are looked for."""
SURE = 2
"""Headings that are known by which a row is known to hold them."""


class Found(NamedTuple):
    """Where the headings are."""

    row: int
    """Counted from 0."""
    known: int
    """How many of them are known."""
    filled: int
    """How many there are."""


def find_headings(rows: Sequence[Sequence[object]], known: Collection[str]) -> Found | None:
    """Find the headings among the first rows; None if all of them are blank.

    The row with most of the headings that are known, if there are two of them; else the first
    row of two cells or more that is at least half as wide as the widest one below it.

    Parameters
    ----------
    rows
        The first rows, cells as they are.
    known
        Headings that are known, without capitals, blanks and underscores.

    Examples
    --------
    >>> find_headings([["Slots 2026"], [], ["Trust", "Slots"], ["RJ1", 5]], {"trust", "slots"})
    Found(row=2, known=2, filled=2)
    >>> find_headings([["Ways in minutes", ""], ["", "RJ1", "RXH"], ["RJ1", 0, 91]], ())
    Found(row=1, known=0, filled=3)
    """
    counted = [
        Found(at, len(_known(row, known)), _filled(row)) for at, row in enumerate(rows[:LOOKED_AT])
    ]
    filled = [one for one in counted if one.filled]
    if not filled:
        return None
    best = max(filled, key=lambda one: (one.known, -one.row))
    if best.known >= SURE:
        return best
    for one in filled:
        below = max((other.filled for other in filled if other.row > one.row), default=0)
        if one.filled >= min(2, below) and 2 * one.filled >= below:
            return one
    return filled[-1]


def _filled(row: Sequence[object]) -> int:
    """How many headings a row may hold; the first may be blank, over the names of rows."""
    filled = sum(not is_blank(cell) for cell in row)
    return filled + bool(filled and is_blank(row[0]))


def _known(row: Sequence[object], known: Collection[str]) -> set[str]:
    """Different headings that are known."""
    if not known:
        return set()
    return {tidy(cell) for cell in row if isinstance(cell, str)} & {*known}


def rows_above(rows: Sequence[Sequence[object]], found: Found) -> list[str]:
    """Say that there is something above the headings, which is not read.

    Examples
    --------
    >>> rows_above([["Slots 2026"], ["Trust", "Slots"]], Found(1, 2, 2))
    ["the headings are in row 2; what is above them is not read: 'Slots 2026'"]
    """
    titles = [cell for row in rows[: found.row] for cell in row if not is_blank(cell)]
    if not titles:
        return []
    said = str(titles[0])[:60]
    return [f"the headings are in row {found.row + 1}; what is above them is not read: {said!r}"]
