"""A table that is open: its headings, its columns when they are asked for, where its rows are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.total_words import TOTALS
from mutualaid.errors import InputError, Origin, Problems
from mutualaid.formats import many

Columns = dict[int, pd.Series]
Load = Callable[[Sequence[int], Collection[int], Collection[int]], Columns]
"""Reads columns by their position; those in the second collection are identifiers, and stay text;
those in the third are numbers where every cell is a plain one."""

OVERFLOW = -1
"""Where a file's rows have more cells than there are headings, the cells beyond."""
NOTED_CELL = 60
"""Letters of a note below a table that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The rows of a table, without those that are none."""

    frame: pd.DataFrame
    """The cells; missing where blank."""
    kept: npt.NDArray[np.intp] | None
    """Which rows these are of all; None for every one."""
    notes: tuple[str, ...] = ()
    """What was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTable:
    """A table that is open but not yet read."""

    name: str
    """The file's name, or what a table is called that is none."""
    headings: Sequence[object]
    load: Load
    sheet: str | None = None
    """The sheet of a workbook."""
    own_numbers: Callable[[Sequence[int]], Sequence[int]] | None = None
    """The file's own numbers of rows that are counted from 0 here; None if it is no file."""
    serials: bool = False
    """Whether a number may stand for a date, as in a workbook."""
    texts: bool = False
    """Whether every cell is text, as in a CSV file, so that a code may be "NA" or "007"."""
    continental: bool = False
    """Whether a comma in a number may be its decimal point."""
    remarks: Sequence[str] = ()
    """What a reader should know of how it is read."""
    letters: Mapping[str, str] | None = None
    """Of a workbook, the letter of the column under each heading."""
    faults: Callable[[int], Sequence[tuple[str, str, Sequence[int]]]] | None = None
    """What is wrong with cells of a column that look blank: problem, remedy and rows."""

    @property
    def where(self) -> str:
        """The file, and the sheet."""
        return self.name if self.sheet is None else f"{self.name}, sheet {self.sheet!r}"

    def body(self, numbers: Collection[int] = ()) -> Body:
        """Read all columns that have a heading or a cell; leave out rows that are none.

        Blank rows, rows that say the headings again, and notes below the table, behind a blank
        row, are none.

        Raises
        ------
        InputError
            If rows have more cells than there are headings, or two columns have one heading.
        """
        places = range(len(self.headings))
        columns = self.load(places, (), numbers)
        beyond = columns.pop(OVERFLOW, None)
        if beyond is not None and beyond.notna().any():
            self._too_wide(beyond)
        headings = ["" if is_blank(heading) else heading for heading in self.headings]
        # A sheet may be wider than its table.
        used = [at for at in places if headings[at] != "" or columns[at].notna().any()]
        self._check_once([headings[at] for at in used], used)
        frame = pd.DataFrame({at: columns[at] for at in used}, copy=False)
        frame.columns = pd.Index([headings[at] for at in used], dtype=object)
        return _rows_only(self, frame) if self.own_numbers is not None else _whole(frame)

    def origin(self, body: Body | None = None) -> Origin | None:
        """Say how rows of the table, or of its body, are found in the file."""
        own = self.own_numbers
        if own is None:
            return None
        whole = Origin(called=self.where, own_numbers=own, letters=dict(self.letters or {}))
        return whole if body is None or body.kept is None else whole.of_rows(body.kept)

    def wrong(self, problem: str, remedy: str, column: str = "", **rows: object) -> InputError:
        """Make the error that the file has something wrong."""
        problems = Problems()
        origin = self.origin()
        if origin is not None:
            problems.origins[""] = origin
        problems.add("", column, problem, remedy, **rows)  # type: ignore[arg-type]
        return InputError(problems.frame())

    def _too_wide(self, beyond: pd.Series) -> None:
        rows = np.flatnonzero(beyond.notna())
        raise self.wrong(
            f"{many(len(rows), 'row')} with more cells than headings",
            "give every column a heading (of R: write.csv(…, row.names = FALSE)), and put text "
            "that holds the separator in quotation marks",
            rows=rows,
        )

    def _check_once(self, headings: Sequence[object], used: Sequence[int]) -> None:
        texts = [str(heading) for heading in headings]
        twice = dict.fromkeys(text for text in texts if text and texts.count(text) > 1)
        if twice:
            told = "; ".join(
                f"{text!r} over columns "
                + " and ".join(
                    letters(at) for at, one in zip(used, texts, strict=True) if one == text
                )
                for text in twice
            )
            raise InputError(
                f"{self.where} has more than one column called {', '.join(twice)}: {told}. Rename "
                "or delete all but one"
            )


def overflowing(columns: Columns) -> npt.NDArray[np.bool_] | None:
    """Rows with more cells than there are headings, where the source can have any."""
    beyond = columns.get(OVERFLOW)
    return None if beyond is None else beyond.notna().to_numpy(dtype=bool)


def _whole(frame: pd.DataFrame) -> Body:
    return Body(frame=frame, kept=None)


def _rows_only(opened: OpenedTable, frame: pd.DataFrame) -> Body:
    """Leave out rows that are none, and say which."""
    if not len(frame) or not len(frame.columns):
        return _whole(frame)
    first = frame.iloc[:, 0]
    notes: list[str] = []
    blank = first.isna().to_numpy(dtype=bool)
    if blank.any():
        for at in range(1, len(frame.columns)):
            blank = blank & frame.iloc[:, at].isna().to_numpy(dtype=bool)
    drop = blank.copy()
    last = _last_row(opened, frame, blank)
    below = np.flatnonzero(~blank[last + 1 :]) + last + 1
    if len(below):
        text = str(frame.iloc[below[0]].dropna().iloc[0])
        row = _own(opened, below[:1])
        notes.append(f"below the table, from row {row}, is left out: {text[:NOTED_CELL]!r}")
        drop[below] = True
    again = _headings_again(frame)
    if again.any():
        notes.append(f"row {_own(opened, np.flatnonzero(again))} says the headings again")
        drop |= again
    if not drop.any():
        return _whole(frame)
    kept = np.flatnonzero(~drop)
    return Body(frame=frame.take(kept).reset_index(drop=True), kept=kept, notes=tuple(notes))


def _own(opened: OpenedTable, rows: npt.NDArray[np.intp]) -> str:
    own = opened.own_numbers
    shown = [int(row) for row in rows[:5]]
    return ", ".join(f"{number:,}" for number in (shown if own is None else own(shown)))


def _last_row(opened: OpenedTable, frame: pd.DataFrame, blank: npt.NDArray[np.bool_]) -> int:
    """The last row of the table: behind it, after a blank row, there is one cell a row at most.

    A total below a table is none of these: it is a row that has to be told.
    """
    end = len(frame) - 1
    if len(frame.columns) < 3:
        return end
    last = end
    while last >= 0 and int(frame.iloc[last].notna().sum()) < 2:
        last -= 1
    below = frame.iloc[last + 1 :]
    texts = [str(value) for _, row in below.iterrows() for value in row.dropna()]
    if last < 0 or not texts or any(tidy(text) in TOTALS for text in texts):
        return end
    own = opened.own_numbers
    first = last + 1 + int(np.argmin(blank[last + 1 :]))
    apart = first > last + 1 or (own is not None and own([first])[0] > own([last])[0] + 1)
    return last if apart else end


def _headings_again(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows in which every cell says what its heading says."""
    again = np.ones(len(frame), dtype=bool)
    said = 0
    for at, heading in enumerate(frame.columns):
        values = frame.iloc[:, at]
        if pd.api.types.is_numeric_dtype(values.dtype):
            return np.zeros(len(frame), dtype=bool)
        same = values.isna() if heading == "" else values == heading
        again = again & same.to_numpy(dtype=bool, na_value=False)
        said += heading != ""
        if not again.any():
            break
    return again if said > 1 else np.zeros(len(frame), dtype=bool)


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing that can be seen.

    Examples
    --------
    >>> is_blank(" "), is_blank(None), is_blank(float("nan")), is_blank(0)
    (True, True, True, False)
    """
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def letters(place: int) -> str:
    """Name a column as spreadsheets do, from its place counted from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    text, rest = "", place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        text = chr(ord("A") + letter) + text
    return text
