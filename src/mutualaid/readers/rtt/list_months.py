"""Which lists there are in which month, and which months a rate is of.

A list is the patients of one provider and one service. It may begin, end, or lack in a month in
which its return was not made; a file may lack whole parts. A rate is of the months in which all
that it is made of is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.readers.rtt.validate import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutualaid.readers.rtt.rows_pandas import Numbers

Marks: TypeAlias = npt.NDArray[np.bool_]

FEW = 5
"""Fewer patients than these may all have left a list within a month, untreated."""
COMPLETED = (PARTS["part_1a"], PARTS["part_1b"])
WAITING, NEW = PARTS["part_2"], PARTS["part_3"]


@dataclass(frozen=True)
class Flows:
    """Counts by month, provider and service, side by side; month by month in calendar order."""

    months: tuple[str, ...]
    providers: npt.NDArray[np.object_]
    services: npt.NDArray[np.object_]
    waiting: Numbers
    completed: Numbers
    new: Numbers
    given: Marks
    """By month, provider and service: whether there is a row for the list, be it of zeros."""
    parts: Mapping[str, frozenset[str]]
    """Parts that there are rows of, by month."""

    @property
    def days(self) -> Numbers:
        """Days of each calendar month."""
        return np.array([pd.Period(month, "M").days_in_month for month in self.months], dtype=float)

    @cached_property
    def present(self) -> Marks:
        """By month and provider: whether the provider has made a return."""
        return np.asarray(self.given.any(axis=2))

    @cached_property
    def first(self) -> npt.NDArray[np.intp]:
        """By provider and service: the first month with a row for the list."""
        return np.asarray(self.given.argmax(axis=0))

    @cached_property
    def last(self) -> npt.NDArray[np.intp]:
        """By provider and service: the last month with a row for the list."""
        return np.asarray(len(self.months) - 1 - self.given[::-1].argmax(axis=0))

    @cached_property
    def exists(self) -> Marks:
        """By month, provider and service: whether there was a list, and a return for it.

        From the first row for the list to the last. A month in between without a row is one in
        which nothing was done where (nearly) nobody was waiting, and one without a return where
        somebody was: they cannot all have left.
        """
        exists = self.given.copy()
        before = np.zeros(self.given.shape[1:])
        after = np.arange(len(self.months))[:, None, None] < self.last
        for month, given in enumerate(self.given):
            gap = ~given & after[month] & (month > self.first) & self.present[month][:, None]
            exists[month] |= gap & (before < FEW)
            before = np.where(given, self.waiting[month], before)
        return exists

    @property
    def missed(self) -> Marks:
        """By month, provider and service: a return without the list, though it goes on."""
        place = np.arange(len(self.months))[:, None, None]
        within = (self.first < place) & (place < self.last) & self.given.any(axis=0)
        missed: Marks = within & ~self.exists & self.present[:, :, None]
        return missed

    def has(self, *parts: str) -> Marks:
        """By month: whether the file has all of some parts."""
        wanted = frozenset(parts)
        return np.array([wanted <= self.parts[month] for month in self.months])

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """Parts of completed pathways that any file has."""
        return tuple(part for part in COMPLETED if any(part in has for has in self.parts.values()))

    @property
    def has_completed(self) -> Marks:
        """By month: whether completed pathways are there, of every kind that any month has."""
        return self.has(*self.stops) if self.stops else np.zeros(len(self.months), dtype=bool)


def flows(
    counts: pd.DataFrame, lists: Sequence[pd.DataFrame], parts: Mapping[str, frozenset[str]]
) -> Flows:
    """Lay the counts out by month, provider and service."""
    keys = ("part", "month", "provider", "service")
    sizes = [len(counts[key].cat.categories) for key in keys]
    codes = [counts[key].cat.codes.to_numpy(dtype=np.intp) for key in keys]
    cube = np.bincount(
        np.ravel_multi_index(codes, sizes),
        weights=counts["pathways"].to_numpy(),
        minlength=int(np.prod(sizes)),
    ).reshape(sizes)
    labels = {key: counts[key].cat.categories.to_numpy(dtype=object) for key in keys}
    of_part = dict(zip(labels["part"], cube, strict=True))
    given = np.zeros(sizes[1:], dtype=bool)
    for table in lists:
        places = [
            counts[key].cat.categories.get_indexer(table[key].cat.categories)[table[key].cat.codes]
            for key in keys[1:]
        ]
        given[tuple(places)] = True
    return Flows(
        months=tuple(map(str, labels["month"])),
        providers=labels["provider"],
        services=labels["service"],
        waiting=of_part[WAITING],
        completed=of_part[COMPLETED[0]] + of_part[COMPLETED[1]],
        new=of_part[NEW],
        given=given,
        parts=parts,
    )


def consecutive(months: tuple[str, ...]) -> list[int]:
    """Positions of months whose predecessor is the calendar month before.

    Examples
    --------
    >>> consecutive(("2025-11", "2025-12", "2026-02"))
    [1]
    """
    ordinals = [pd.Period(month, "M").ordinal for month in months]
    return [i for i in range(1, len(months)) if ordinals[i] == ordinals[i - 1] + 1]
