"""Counts that are published together, and what adds up to what among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.column_checks import as_frame
from mutualaid.disclosure.single_sums import SHOWN, SMALL, Ints, Marks
from mutualaid.disclosure.suppression import THRESHOLD, check_threshold, hide
from mutualaid.errors import InputError, Problems

HIDDEN = "*"


def printed(values: npt.ArrayLike, marks: Marks, threshold: int) -> npt.NDArray[np.object_]:
    """Counts as they are printed: numbers, ``<5`` or ``*``.

    Examples
    --------
    >>> printed([12, 3, 40], np.array([0, 1, 2], dtype=np.int8), 5).tolist()
    [12, '<5', '*']
    """
    result = np.asarray(values).astype(object)
    result[marks != SHOWN] = HIDDEN
    result[marks == SMALL] = f"<{threshold}"
    return result


@dataclass
class Tally:
    """Counts as they are added, before anything is hidden.

    Examples
    --------
    >>> tally = Tally()
    >>> parts = tally.add([3, 9])
    >>> total = tally.add([12])
    >>> tally.sums(total, parts, [0, 0])
    >>> tally.marks(5).tolist()
    [1, 2, 0]
    """

    counts: list[Ints] = field(default_factory=list)
    published: list[bool] = field(default_factory=list)
    spared: list[bool] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)
    relations: list[tuple[int, Ints]] = field(default_factory=list)

    def add(
        self,
        values: npt.ArrayLike,
        *,
        published: bool = True,
        patients: bool = True,
        named: bool = False,
    ) -> Ints:
        """Add counts; their positions. Unpublished ones are protected but printed nowhere.

        What is not of ``patients`` is not protected; what is ``named`` has a row only where it
        is not 0.
        """
        count = np.asarray(values, dtype=np.int64)
        first = len(self.published)
        self.counts.append(count)
        self.published.extend([published] * len(count))
        self.spared.extend([not patients] * len(count))
        self.named.extend([named] * len(count))
        return np.arange(first, first + len(count), dtype=np.int64)

    @property
    def amounts(self) -> Ints:
        """All counts so far."""
        if len(self.counts) != 1:
            self.counts = [np.concatenate([np.zeros(0, dtype=np.int64), *self.counts])]
        return self.counts[0]

    def sums(self, totals: Ints, parts: Ints, group: npt.ArrayLike = 0) -> None:
        """Say that each total is the sum of the parts of its group (0, 1, …)."""
        number = np.broadcast_to(np.asarray(group, dtype=np.int64), parts.shape)
        order = np.argsort(number, kind="stable")
        ends = np.searchsorted(number[order], np.arange(1, len(totals)))
        own_parts = np.split(parts[order], ends)[: len(totals)]
        self.relations += [(int(total), own) for total, own in zip(totals, own_parts, strict=True)]

    def rest(self, totals: Ints, known: Ints) -> Ints:
        """Add what is left of each total after a known part: printed nowhere, but told."""
        count = self.amounts
        left = self.add(count[totals] - count[known], published=False)
        self.relations += [
            (int(t), np.array([k, r])) for t, k, r in zip(totals, known, left, strict=True)
        ]
        return left

    def marks(self, threshold: int) -> Marks:
        """Choose what to hide: see :func:`mutualaid.disclosure.suppression.hide`."""
        return hide(
            self.amounts,
            self.relations,
            threshold=threshold,
            published=self.published,
            spared=self.spared,
            named=self.named,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Suppressed:
    """A table of counts and its totals, fit to be printed.

    Attributes
    ----------
    cells : pandas.DataFrame
        The table, with numbers, ``<5`` and ``*``.
    totals : mapping of tuple of str to pandas.DataFrame
        The totals by each set of columns; by none of them, the grand total, one row.
    """

    cells: pd.DataFrame
    totals: Mapping[tuple[str, ...], pd.DataFrame]


@checks_arguments
def suppress(
    frame: object,
    counts: str = "patients",
    *,
    by: Sequence[str],
    totals: Sequence[Sequence[str]] = ((),),
    threshold: int | None = THRESHOLD,
) -> Suppressed:
    """Hide the small numbers of a table so that none of its totals gives one away.

    Parameters
    ----------
    frame
        The table: a row for each combination of ``by`` that is there. A combination without a
        row is taken to be 0, known to everybody.
    counts
        The column of counts.
    by
        The columns that make the rows.
    totals
        By which of these columns totals are published as well, here or elsewhere: ``()`` is the
        grand total, ``("origin",)`` a total for each origin.
    threshold
        Counts from 1 to one below it are small; None or 0 hides nothing.

    Returns
    -------
    Suppressed

    Raises
    ------
    InputError
        If a column is not there, a combination has two rows, or a count is no whole number.

    Notes
    -----
    Differences of two such tables (before, after and their change) are not considered: print a
    change only where both are shown.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["A", "A", "B", "B"], "provider": ["C", "D", "C", "D"],
    ...                       "patients": [3, 9, 7, 8]})
    >>> out = suppress(table, by=["origin", "provider"], totals=[["origin"], ["provider"], []])
    >>> out.cells["patients"].tolist(), out.totals["origin",]["patients"].tolist()
    (['<5', '*', '*', '*'], [12, 15])
    """
    limit = check_threshold(threshold)
    table = as_frame("counts", frame)
    keys = list(by)
    wanted = [tuple(names) for names in totals]
    _check(table, counts, keys, wanted)
    tally = Tally()
    cells = tally.add(table[counts].to_numpy())
    groups = {}
    for names in dict.fromkeys(wanted):
        number, labels = _grouped(table, names)
        sums = np.bincount(number, table[counts], max(len(labels), 1)).astype(np.int64)
        groups[names] = labels, sums, tally.add(sums)
        tally.sums(groups[names][2], cells, number)
    marks = tally.marks(limit)
    shown = table[keys].assign(**{counts: printed(table[counts], marks[cells], limit)})
    return Suppressed(
        cells=shown,
        totals={
            names: labels.assign(**{counts: printed(sums, marks[place], limit)})
            for names, (labels, sums, place) in groups.items()
        },
    )


def _grouped(table: pd.DataFrame, names: tuple[str, ...]) -> tuple[Ints, pd.DataFrame]:
    if not names:
        return np.zeros(len(table), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    groups = table.groupby(list(names), observed=True, sort=True, dropna=False)
    number = np.asarray(groups.ngroup(), dtype=np.int64)
    first = np.unique(number, return_index=True)[1]
    return number, table[list(names)].iloc[first].reset_index(drop=True)


def _check(
    table: pd.DataFrame, counts: str, by: Sequence[str], totals: Sequence[tuple[str, ...]]
) -> None:
    problems = Problems()
    there = ", ".join(map(str, table.columns))
    for name in (*by, counts):
        if name not in table:
            problems.add("counts", name, "is missing", f"use one of {there}")
    for name in sorted({name for names in totals for name in names} - set(by)):
        problems.add("counts", name, "makes totals but no rows", f"add it to by: {', '.join(by)}")
    problems.raise_if_any()
    if not pd.api.types.is_integer_dtype(table[counts].dtype) or (table[counts] < 0).any():
        raise InputError(f"{counts} are to be whole numbers from 0: sum up first, then suppress")
    if by and table.duplicated(list(by)).any():
        rows = table.duplicated(list(by), keep=False).to_numpy()
        problems.add("counts", ", ".join(by), "has several rows", "sum them up first", rows=rows)
    problems.raise_if_any()
