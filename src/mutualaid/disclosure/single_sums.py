"""The easy part of suppression: what single sums give away, one after the other.

From a sum of which all but one count are shown a reader has that one, and from the range of the
others the range of any. What several sums give away only together is left to
:mod:`mutualaid.disclosure.attacker`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]

SHOWN, SMALL, STAR, LEFT_OUT = 0, 1, 2, 3
"""What is printed of a count; of one that is left out not even a row."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Sums:
    """Counts and what adds up to what, as arrays.

    Attributes
    ----------
    count : int64 array, shape (counts,)
        The true counts.
    row, column, sign : int64 arrays, shape (entries,)
        Entry by entry: which sum, which count, 1 for its total or -1 for a part.
    published : bool array, shape (counts,)
        False for counts that are printed nowhere, but that a reader could work out.
    total : bool array, shape (counts,)
        Whether a count is the total of any sum: they are hidden last.
    spared : bool array, shape (counts,), optional
        True for what is no count of patients, such as slots: it may be hidden for the sake of
        others, but is not protected itself.
    named : bool array, shape (counts,), optional
        True for counts that are printed only where they are not 0, so that even ``*`` is not.
    """

    count: Ints
    row: Ints
    column: Ints
    sign: Ints
    published: Mask
    total: Mask
    spared: Mask | None = None
    named: Mask | None = None

    @property
    def least(self) -> Ints:
        """What is known of a hidden count: 1 of one that has a row only where it is not 0."""
        none = np.zeros(len(self.count), dtype=np.int64)
        return none if self.named is None else np.where(self.named & (self.count > 0), 1, none)

    def small(self, limit: int) -> Mask:
        """Which counts are of 1 to ``limit - 1`` patients."""
        found: Mask = (self.count > 0) & (self.count < limit)
        return found if self.spared is None else found & ~self.spared

    @property
    def ceiling(self) -> int:
        """More room to vary than any count needs, so that an attacker's search has an end."""
        return 4 * int(self.count.max(initial=0)) + 8000


def known_range(
    table: Sums, marks: Marks, limit: int, cell: Ints | slice = slice(None)
) -> tuple[Ints, Ints]:
    """Say in which range a reader knows each count to be, by its mark alone."""
    count, mark, least = table.count[cell], marks[cell], table.least[cell]
    shown, small = mark == SHOWN, mark == SMALL
    lower = np.where(shown, count, np.where(small, 1, least * (mark != LEFT_OUT)))
    upper = np.where(shown, count, np.where(small, limit - 1, table.ceiling))
    return lower, upper


class SingleSums:
    """Marks small counts, and hides more until no sum by itself gives one away.

    A count that is hidden for another's sake must not be given away either: it would be no use.

    Parameters
    ----------
    table
        The counts and sums.
    marks : int8 array, shape (counts,)
        Changed in place.
    limit
        Counts from 1 to one below it are small.

    Examples
    --------
    >>> table = Sums(count=np.array([3, 8, 11, 22]), row=np.zeros(4, int), column=np.arange(4),
    ...              sign=np.array([-1, -1, -1, 1]), published=np.ones(4, bool),
    ...              total=np.arange(4) == 3)
    >>> marks = np.zeros(4, np.int8)
    >>> SingleSums(table, marks, 5).settle()
    array([1])
    >>> marks.tolist()
    [1, 2, 0, 0]
    """

    def __init__(self, table: Sums, marks: Marks, limit: int) -> None:
        self.table, self.marks, self.limit = table, marks, limit
        small = table.small(limit)
        marks[small & table.published] = SMALL
        self.little = small
        self.wanted = small | ((marks == STAR) & table.published)
        self.sums = int(table.row.max(initial=-1)) + 1
        self._entry = np.argsort(table.row, kind="stable")
        self._start = np.searchsorted(table.row[self._entry], np.arange(self.sums + 1))
        by_count = np.argsort(table.column, kind="stable")
        self._sum = table.row[by_count]
        self.hidden = np.bincount(table.row, marks[table.column] != SHOWN, self.sums)
        self._first = np.searchsorted(table.column[by_count], np.arange(len(marks) + 1))

    def settle(self, cell: int | None = None) -> Ints:
        """Hide what must be hidden besides; of a count only, if given, that was hidden last.

        Returns
        -------
        int64 array
            Positions of the counts that are hidden now and were not before.
        """
        hidden: list[int] = []
        waiting = list(range(self.sums)) if cell is None else self.sums_of(cell)
        while waiting:
            later: set[int] = set()
            for number in waiting:
                while len(helpful := self._helpful(number)):
                    chosen = self.cheapest(helpful)
                    self.mark(chosen)
                    hidden.append(chosen)
                    later.update(self.sums_of(chosen))
            waiting = sorted(later)
        return np.array(hidden, dtype=np.int64)

    def mark(self, cell: int) -> None:
        """Mark a count as hidden."""
        if self.marks[cell] == SHOWN:
            self.hidden[self.sums_of(cell)] += 1
        self.marks[cell], self.wanted[cell] = STAR, True

    def sums_of(self, cell: int) -> list[int]:
        """Which sums a count is in."""
        found: list[int] = self._sum[self._first[cell] : self._first[cell + 1]].tolist()
        return found

    def inside(self, number: int) -> Ints:
        """Which entries a sum has."""
        entries: Ints = self._entry[self._start[number] : self._start[number + 1]]
        return entries

    def _helpful(self, number: int) -> Ints:
        """Shown counts of a sum that would let a small one vary which the sum now narrows.

        Also, where a count hidden for another's sake is the only hidden one, all others.
        """
        entry = self.inside(number)
        cell, sign = self.table.column[entry], self.table.sign[entry]
        shown = self.marks[cell] == SHOWN
        mine = self.wanted[cell] & ~shown
        if not mine.any():
            return np.zeros(0, dtype=np.int64)
        lower, upper = known_range(self.table, self.marks, self.limit, cell)
        # The sum comes to 0: a count is minus the rest, in units of its own sign.
        least = np.where(sign > 0, lower, -upper)
        most = np.where(sign > 0, upper, -lower)
        rest_least, rest_most = least.sum() - least, most.sum() - most
        low = np.where(sign > 0, -rest_most, rest_least)
        high = np.where(sign > 0, -rest_least, rest_most)
        secret = mine & self.little[cell]
        alone = bool((~shown).sum() == 1 and not secret.any())
        may = np.full(len(cell), alone)
        for stuck, way in ((secret & (low > 1), -1), (secret & (high < self.limit - 1), 1)):
            for own in np.unique(sign[stuck]):
                # To move one way the others must make up for it; none can fall below 0.
                may |= (sign == -own * way) | ((sign == own * way) & (self.table.count[cell] > 0))
        helpful: Ints = cell[may & shown]
        return helpful

    def cheapest(self, cells: Ints) -> int:
        """Pick the count whose hiding costs least.

        No total if possible, and not 0; then the one that would be alone in the fewest sums, so
        that fewer others must follow; then the smallest. Of totals the smallest.
        """
        total = self.table.total[cells]
        best = cells[(total == total.min())]
        best = best[(self.table.count[best] == 0) == (self.table.count[best] == 0).min()]
        count, alone = self.table.count[best], self._alone(best)
        order = np.lexsort((best, alone, count) if total.min() else (best, count, alone))
        return int(best[order[0]])

    def _alone(self, cells: Ints) -> Ints:
        """In how many of its sums each count would be the only hidden one."""
        length = self._first[cells + 1] - self._first[cells]
        before = np.cumsum(length) - length
        place = np.repeat(self._first[cells] - before, length) + np.arange(int(length.sum()))
        lonely = np.append(0, np.cumsum(self.hidden[self._sum[place]] == 0))
        alone: Ints = lonely[before + length] - lonely[before]
        return alone
