"""Small numbers that no total gives away.

A count of 1 to 4 patients may tell who they are. It is shown as ``<5``; and where a total, or any
other published sum, would let a reader work it out, or only narrow it, further counts are hidden
as ``*``. What is promised of every small count: a reader who knows all that is shown, which counts
add up to which, that ``<5`` means 1 to 4 and that ``*`` means anything from 0, cannot tell it
apart from 1, nor from 4. That is decided by an exact attacker
(:class:`mutualaid.disclosure.attacker.Attack`), and every "cannot tell" rests on an example that is
checked without the solver: one in whole numbers, unless more than 300 counts are hidden.

A reader who knows more (a colleague who knows two of three patients by name) is not considered;
nor is one who guesses from how this procedure chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mutualaid.arguments import is_whole
from mutualaid.disclosure.attacker import TRIFLE, Attack
from mutualaid.disclosure.single_sums import (
    LEFT_OUT,
    SHOWN,
    SMALL,
    STAR,
    Ints,
    Marks,
    Mask,
    SingleSums,
    Sums,
    known_range,
)
from mutualaid.errors import InputError, SolverError
from mutualaid.solve.interface import Floats

THRESHOLD = 5
WHOLE = 300
"""With more hidden counts than this they are moved in parts of patients only."""


def hide(
    cells: npt.ArrayLike,
    sums: Sequence[tuple[int, npt.ArrayLike]],
    *,
    threshold: int | None = THRESHOLD,
    published: npt.ArrayLike | None = None,
    spared: npt.ArrayLike | None = None,
    named: npt.ArrayLike | None = None,
) -> Marks:
    """Choose which counts to hide.

    Parameters
    ----------
    cells : array of whole numbers, shape (counts,)
        All published counts, totals among them.
    sums
        For each sum the position of its total and the positions of its parts.
    threshold
        Counts from 1 to one below it are small. None or 0: nothing is hidden.
    published : bool array, shape (counts,)
        False for counts that are not printed but that are in sums with others, such as what
        somebody gets who takes one figure from another. They are protected as well.
    spared : bool array, shape (counts,)
        True for what is no count of patients, such as slots that bound one: it is not protected,
        and hidden only where it would tell a count that is.
    named : bool array, shape (counts,)
        True for counts that have a row only where they are not 0: even ``*`` is 1 at least.

    Returns
    -------
    int8 array, shape (counts,)
        0: shown; 1: small, shown as ``<5``; 2: hidden as ``*`` (any number from 0, at times a
        small one, where even knowing that it is small would tell something else). Counts that
        are not published are 2; 3: one that is ``named`` and must not even have a row.

    Raises
    ------
    InputError
        If a count is negative or no whole number, a sum is not the sum of its parts, or the
        threshold is 1 or 2.

    Notes
    -----
    After the small counts, again and again: who is exposed, and which shown count, if hidden,
    would let it vary (one with a price in the attacker's linear program). Of those the smallest
    above 0 that is not a total, then zeros, then the smallest total. Where none is left, a small
    count is marked ``*`` instead of ``<5``. The same counts give the same marks.

    Examples
    --------
    Rows of 3 and 9 and of 7 and 8 patients, with totals: hiding the 3 alone would be no secret.

    >>> cells = [3, 9, 12, 7, 8, 15, 10, 17, 27]
    >>> sums = [(2, [0, 1]), (5, [3, 4]), (6, [0, 3]), (7, [1, 4]), (8, [6, 7]), (8, [2, 5])]
    >>> hide(cells, sums).tolist()
    [1, 2, 0, 2, 2, 0, 0, 0, 0]
    """
    count = _whole(cells)
    shown = np.ones(len(count), dtype=bool)
    if published is not None:
        shown = np.asarray(published, dtype=bool)
    kinds = {"spared": spared, "named": named}
    given = {name: np.asarray(kind, dtype=bool) for name, kind in kinds.items() if kind is not None}
    table = replace(_arranged(count, sums, shown), **given)
    marks = np.where(shown, SHOWN, STAR).astype(np.int8)
    limit = check_threshold(threshold)
    if limit:
        _protect(table, marks, limit)
    return marks


def check_threshold(threshold: object) -> int:
    """Read a threshold, 0 for none.

    Raises
    ------
    InputError
        If it is no whole number, negative, 1 or 2: "<2" would say that there is 1.

    Examples
    --------
    >>> check_threshold(None), check_threshold(7)
    (0, 7)
    """
    if threshold is None:
        return 0
    if not is_whole(threshold, 0, 1000) or 0 < threshold < 3:
        raise InputError(
            f"small numbers cannot be hidden below {threshold!r}: write 3 to 1,000, or 0 to "
            "show everything"
        )
    return int(threshold)


def _whole(cells: npt.ArrayLike) -> Ints:
    values = np.asarray(cells)
    if values.size and not np.issubdtype(values.dtype, np.integer):
        raise InputError("counts to be published are not whole numbers: round them first")
    if values.ndim != 1 or (values < 0).any():
        raise InputError("counts to be published are negative, or no list of numbers")
    return values.astype(np.int64)


def _arranged(count: Ints, sums: Sequence[tuple[int, npt.ArrayLike]], published: Mask) -> Sums:
    parts = [np.asarray(part, dtype=np.int64).ravel() for _, part in sums]
    totals = np.array([total for total, _ in sums], dtype=np.int64)
    length = np.array([len(part) for part in parts], dtype=np.int64)
    number = np.arange(len(sums), dtype=np.int64)
    row = np.concatenate([number, np.repeat(number, length)])
    column = np.concatenate([totals, *parts])
    if published.shape != count.shape or ((column < 0) | (column >= len(count))).any():
        raise InputError("sums name counts that are not there")
    sign = np.concatenate([np.ones(len(sums)), -np.ones(int(length.sum()))]).astype(np.int64)
    off = np.bincount(row, weights=sign * count[column], minlength=len(sums)) != 0
    if off.any():
        place = ", ".join(map(str, np.flatnonzero(off)[:5]))
        raise InputError(f"{int(off.sum())} sums are not the sum of their parts: number {place}")
    total = np.zeros(len(count), dtype=bool)
    total[totals] = True
    return Sums(count=count, row=row, column=column, sign=sign, published=published, total=total)


class _Search:
    """What is protected so far, and the attacker who is asked.

    Hiding more only adds to what may be: who is protected once stays so.
    """

    def __init__(self, table: Sums, marks: Marks, limit: int) -> None:
        self.table, self.marks, self.most = table, marks, limit - 1
        self.single = SingleSums(table, marks, limit)
        self.single.settle()
        count = table.count
        sign = table.sign.astype(np.float64)
        self.attack = Attack(len(count), table.row, table.column, sign)
        self.lower, self.upper = count.copy(), count.copy()
        self.small = table.small(limit)
        # Who can be as low, or as high, as a small count may be: in parts, in whole numbers.
        self.reached = {way: self.small & (count == end) for way, end in self.ends}
        self.whole = {way: done.copy() for way, done in self.reached.items()}
        self.open(np.flatnonzero(marks != SHOWN))

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Both ways to move a small count, and how far."""
        return ((-1, 1), (1, self.most))

    def open(self, cells: Ints) -> None:
        """Tell the attacker no more of these counts than their marks say."""
        lower, upper = known_range(self.table, self.marks, self.most + 1)
        down, up = (self.lower - lower)[cells], (upper - self.upper)[cells]
        self.attack.open(cells, down.astype(np.float64), up.astype(np.float64))
        self.lower, self.upper = lower, upper

    def learn(self, moved: Floats) -> None:
        """Take note of whom counts that agree with all that is shown protect."""
        values = self.table.count + moved
        if not self.agree(values, TRIFLE):
            return
        rounded = np.rint(values)
        whole = self.agree(rounded, 0.0)
        for way, end in self.ends:
            self.reached[way] |= self.small & (way * values >= way * end - TRIFLE)
            if whole:
                self.whole[way] |= self.small & (way * rounded >= way * end)

    def agree(self, values: Floats, slack: float) -> bool:
        """Whether counts could be the true ones for all that a reader knows."""
        table = self.table
        level = np.bincount(table.row, weights=table.sign * values[table.column])
        inside = (values >= self.lower - slack).all() and (values <= self.upper + slack).all()
        return bool(inside and (np.abs(level) <= 10 * slack).all())

    def together(self, way: int) -> None:
        """Move all who are not yet protected at once, as often as that protects anybody."""
        done = self.reached[way]
        while (wanted := self.small & ~done).any():
            before = int(done.sum())
            self.learn(self.attack.least(-way * wanted.astype(np.float64))[0])
            if done.sum() == before:
                return

    def alone(self, cell: int, way: int) -> bool:
        """See to it that a count can be at one end; say whether more had to be hidden for it."""
        weight = np.zeros(len(self.table.count))
        weight[cell] = -way
        hidden = False
        while not self.reached[way][cell]:
            moved, price = self.attack.least(weight)
            self.learn(moved)
            if not self.reached[way][cell]:
                self.remedy(price)
                hidden = True
        return hidden

    def in_whole(self, cell: int, way: int) -> bool:
        """The same in whole numbers."""
        weight = np.zeros(len(self.table.count))
        weight[cell] = -way
        hidden = False
        while not self.whole[way][cell]:
            # Without asking for whole numbers they are often found all the same, and sooner.
            self.learn(self.attack.least(weight)[0])
            if self.whole[way][cell]:
                break
            self.learn(self.attack.least_whole(weight))
            if not self.whole[way][cell]:
                self.remedy(self.neighbours(cell))
                hidden = True
        return hidden

    def neighbours(self, cell: int) -> Floats:
        """Prices that say that anything in a sum with a count may help it."""
        table = self.table
        rows = np.unique(table.row[table.column == cell])
        price = np.zeros(len(table.count))
        price[table.column[np.isin(table.row, rows)]] = -1.0
        return price

    def remedy(self, price: Floats) -> None:
        """Hide the cheapest further count that helps."""
        table, shown = self.table, self.marks == SHOWN
        may = (price < -TRIFLE) | ((price > TRIFLE) & (table.count > 0))
        if (may & shown).any():
            cell = self.single.cheapest(np.flatnonzero(may & shown))
        else:
            # No count that is shown helps: tell less of a small one, a total if possible.
            small = self.marks == SMALL
            helps = small & (np.abs(price) > TRIFLE)
            rest = np.flatnonzero(helps if helps.any() else small if small.any() else shown)
            if not len(rest):
                self.leave_out(price)
                return
            cell = int(rest[np.lexsort((rest, ~table.total[rest]))[0]])
        self.single.mark(cell)
        self.open(np.append(self.single.settle(cell), cell))

    def leave_out(self, price: Floats) -> None:
        """Print no row of a hidden count: that there is one says that it is not 0."""
        rows = (self.marks == STAR) & (self.table.least > 0)
        helps = rows & (np.abs(price) > TRIFLE)
        cells = np.flatnonzero(helps if helps.any() else rows)
        if not len(cells):
            raise SolverError("small numbers cannot be hidden: write fewer tables, or show all")
        self.marks[cells[0]] = LEFT_OUT
        self.open(cells[:1])


def _protect(table: Sums, marks: Marks, limit: int) -> None:
    """Hide until the attacker can tell no small count from 1, nor from the largest small one."""
    search = _Search(table, marks, limit)
    hidden = True
    while hidden:
        hidden = False
        for way, _ in search.ends:
            search.together(way)
            for cell in np.flatnonzero(search.small):
                hidden |= search.alone(int(cell), way)
        if not hidden and (marks != SHOWN).sum() <= WHOLE:
            for way, _ in search.ends:
                for cell in np.flatnonzero(search.small):
                    hidden |= search.in_whole(int(cell), way)
