"""An extract by our names: its columns, read as what they mean, and what is found on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.words.cell_values import NULLS
from mutualaid.data.words.column_names import BESIDE, LEAVING
from mutualaid.readers.waiting_list.dates import Days, Order, Read, read_dates
from mutualaid.readers.waiting_list.parse import (
    EMPTY_WORDS,
    Labels,
    identifier_of,
    labels_of,
    numbers_of,
    recoded,
)
from mutualaid.readers.waiting_list.quality_log import QualityLog

UNKNOWN = "unknown"
NOT_KNOWN = "is not a known code"
SAYS_NULL = "says NULL, None or the like"
NO_DATE_YET = "says in words that there is no date"
LEAVING_DATES = ("clock_stop", *(name for name in LEAVING if name.endswith("_date")))
LOOK_BACK = ("clock_start", "priority_date", "created")
"""Dates that lie before the census."""

EARLIEST = np.datetime64("1990-01-01", "D")
NEVER = np.datetime64("2100-01-01", "D")
"""Dates from here on stand for none: 31/12/9999 and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """The columns of an extract that mean something here."""

    columns: Mapping[str, pd.Series]
    quality_log: QualityLog
    serials: bool
    order: Mapping[str, Order] | Order | None = None
    """Which of day and month comes first, as the analyst told, by column or for all."""
    headings: Mapping[str, object] = field(default_factory=dict)
    """The extract's own heading of each column."""
    named: frozenset[str] = frozenset()
    """Columns that the analyst named."""
    dates: dict[str, Read] = field(default_factory=dict)
    """Columns of dates that were read already."""

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def holds(self, *names: str) -> list[str]:
        """Those of some columns that the extract holds."""
        return [name for name in names if name in self.columns]

    def every(self, *names: str) -> list[str]:
        """Columns of some meanings, also those beside the surest one."""
        return [
            held
            for name in names
            for held in self.columns
            if held == name or held.startswith(name + BESIDE)
        ]

    def labels(self, name: str, nothing: frozenset[str] = EMPTY_WORDS) -> Labels:
        """A column of labels, without the words that say nothing."""
        labels = labels_of(name, self.columns[name], nothing)
        self.quality_log.note_rows(name, SAYS_NULL, labels.words, "read as blank")
        return labels

    def spoken(self, name: str) -> Labels:
        """A column of answers, among which "none" and "n/a" say something."""
        return self.labels(name, NULLS)

    def as_given(self, name: str) -> Labels | pd.Series:
        """A column as it is: text as labels, where "none" is an answer; numbers as numbers."""
        column = self.columns[name]
        kind = column.dtype
        textual = isinstance(kind, pd.CategoricalDtype) or pd.api.types.is_string_dtype(kind)
        return labels_of(name, column, NULLS) if textual or kind.kind == "O" else column

    def identifiers(self, name: str) -> pd.Series:
        """A column of identifiers as text."""
        column, words = identifier_of(self.columns[name])
        self.quality_log.note_rows(name, SAYS_NULL, words, "read as blank")
        return column

    def numbers(self, name: str) -> tuple[Floats, Mask]:
        """A column of numbers, and which cells are something else."""
        return numbers_of(name, self.columns[name])

    def instants(self, name: str) -> tuple[Days, Mask]:
        """A column of dates with their time, and which cells are something else."""
        read = self.read_dates([name])[0]
        return read.instants, read.unreadable

    def days(self, name: str) -> tuple[Days, Mask]:
        """A column of dates, and which cells are something else."""
        instants, unreadable = self.instants(name)
        return instants.astype("datetime64[D]"), unreadable

    def read_dates(self, names: Sequence[str], census: dt.date | None = None) -> list[Read]:
        """Read columns of dates, each as a whole.

        Raises
        ------
        InputError
            If a column proves an order of day and month that was not told, or both.
        """
        problems = self.quality_log.problems()
        for name in names:
            if name in self.dates:
                continue
            order = self.order
            read = self.dates[name] = read_dates(
                name,
                self.columns[name],
                problems,
                serials=self.serials,
                order=order.get(name) if isinstance(order, Mapping) else order,
                latest=_latest(name, census),
                personal=name == "date_of_birth",
            )
            for problem, rows, done in read.notes:
                self.quality_log.note(name, problem, rows, done)
            if name.partition(BESIDE)[0] in LEAVING_DATES:
                # What such words mean there is for those to say who look for who has left.
                continue
            self.quality_log.note_rows(name, NO_DATE_YET, read.waiting, "read as blank")
        problems.raise_if_any()
        return [self.dates[name] for name in names]


def _latest(name: str, census: dt.date | None) -> dt.date | None:
    """The last day that a year of two digits may lead to: nobody is born after the census."""
    if census is None:
        return None
    if name == "date_of_birth":
        return census
    # A clock that starts soon after the census is a slip that is told, not one of 1926.
    return dt.date(census.year + 1, 12, 31) if name in LOOK_BACK else None


Column = Labels | pd.Series | npt.NDArray[np.generic]
"""A column of the list while it is made."""


def coded(
    extract: Extract,
    name: str,
    code: Callable[[str], str | None],
    absent: str,
    unreadable: str | None = None,
) -> Labels:
    """A column of codes as labels, and a note of those that mean nothing."""
    labels = extract.labels(name)
    final = absent if unreadable is None else unreadable
    result, odd = recoded(labels, code, absent=absent, unreadable=final)
    extract.quality_log.note_rows(name, NOT_KNOWN, odd, f"taken as {final}")
    return result


def flags(
    extract: Extract, name: str, code: Callable[[str], bool | None], unreadable: bool
) -> Mask:
    """A column of yes and no; blank is no."""
    labels = extract.labels(name)
    meant = [code(text) for text in labels.texts]
    odd = labels.spread((m is None for m in meant), False, bool)
    done = f"taken as {'yes' if unreadable else 'no'}"
    extract.quality_log.note_rows(name, NOT_KNOWN, odd, done)
    return labels.spread((unreadable if m is None else m for m in meant), False, bool)
