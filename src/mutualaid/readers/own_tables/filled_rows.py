"""The rows that somebody filled in: without the example, and columns that were left blank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.opening.opened_table import Body, Columns, OpenedTable
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import tell
from mutualaid.formats import first_few
from mutualaid.readers.own_tables.sheet_layout import EXAMPLE, NOTE, Layout

Fault = tuple[str, str, Sequence[int]]
REMOVE = "delete the row, or write your own into it and clear its note"


def filled(opened: OpenedTable, layout: Layout | None, examples: list[str]) -> OpenedTable | None:
    """Leave out what the workbook came with; None if nothing was filled in.

    A row that is noted as the example is left out only if it is the example that the workbook
    came with: whoever wrote their own into it meant it to be read, and is told.

    Parameters
    ----------
    opened
        A sheet, or a file.
    layout
        What the sheet came with; None for a table that nobody was given to fill in.
    examples
        Takes down which row is left out as the example.

    Raises
    ------
    InputError
        If a row is noted as the example and is not, or is the example without its note.
    """
    body = opened.body()
    frame = body.frame
    noted = np.zeros(len(frame), dtype=bool)
    if layout is not None:
        noted = _examples(opened, body, layout)
        if noted.any() and opened.own_numbers is not None:
            own = opened.own_numbers(_kept(body)[noted].tolist())
            examples.append(f"{opened.sheet} row {', '.join(map(str, own))}")
    rows = np.flatnonzero(~noted)
    frame = frame.take(rows).reset_index(drop=True)
    if not len(frame):
        return None
    if layout is not None:
        frame = _without_blanks(opened, frame, layout)
    return _table(opened, body, frame, rows)


def _examples(opened: OpenedTable, body: Body, layout: Layout) -> npt.NDArray[np.bool_]:
    frame = body.frame
    by_form = {tidy(heading): heading for heading in frame.columns}
    noted = np.zeros(len(frame), dtype=bool)
    if (note := by_form.get(tidy(NOTE))) is not None:
        noted = frame[note].map(lambda cell: str(cell).strip().upper() == EXAMPLE).to_numpy(bool)
    same = np.full(len(frame), {*layout.example} <= {*by_form}, dtype=bool)
    for form, value in layout.example.items():
        if form in by_form:
            wanted = _plain(value)
            same &= (
                frame[by_form[form]].map(lambda cell, wanted=wanted: _plain(cell) == wanted)
            ).to_numpy(bool)
    for marked, what in (
        (noted & ~same, "is noted as the example, and is not the one that the workbook came with"),
        (same & ~noted, "is the example that the workbook came with"),
    ):
        if marked.any():
            kept = _kept(body)
            raise opened.wrong(what, REMOVE, NOTE, rows=kept[np.flatnonzero(marked)])
    return noted


def _plain(value: object) -> object:
    """A cell as it is compared."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value.strip() if isinstance(value, str) else value
    return float(value)


def _without_blanks(opened: OpenedTable, frame: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Leave out columns of the sheet that nobody filled in, and the notes."""
    free = {tidy(one.text) for one in layout.headings if not one.required}
    blank = [
        heading
        for heading in frame.columns
        if tidy(heading) in free and frame[heading].isna().all()
    ]
    if blank:
        tell(f"{opened.where}: {first_few(map(repr, map(str, blank)))} left blank, and not used")
    notes = [heading for heading in frame.columns if tidy(heading) == tidy(NOTE)]
    return frame.drop(columns=[*blank, *notes])


def _kept(body: Body) -> npt.NDArray[np.intp]:
    return np.arange(len(body.frame), dtype=np.intp) if body.kept is None else body.kept


def _table(
    opened: OpenedTable, body: Body, frame: pd.DataFrame, rows: npt.NDArray[np.intp]
) -> OpenedTable:
    """The rows and columns that are left, as a table that is open."""
    kept = _kept(body)[rows]
    places = [list(opened.headings).index(heading) for heading in frame.columns]
    at_of = {int(row): at for at, row in enumerate(kept)}
    own, faults = opened.own_numbers, opened.faults

    def load(
        wanted: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        del identifiers, numbers
        return {at: frame.iloc[:, at] for at in wanted}

    def left(place: int) -> Sequence[Fault]:
        found = () if faults is None else faults(places[place])
        here = [
            (what, to_do, [at_of[r] for r in rows if r in at_of]) for what, to_do, rows in found
        ]
        return [one for one in here if one[2]]

    return replace(
        opened,
        headings=list(frame.columns),
        load=load,
        own_numbers=None if own is None else lambda some: own([int(kept[row]) for row in some]),
        faults=None if faults is None else left,
        remarks=() if own is not None else opened.remarks,
    )


def renamed(opened: OpenedTable, names: Mapping[str, str]) -> OpenedTable:
    """The same table with other headings, by those that it has; its cells keep their names.

    Examples
    --------
    >>> from mutualaid.data.opening.open_table import open_table
    >>> table = open_table(pd.DataFrame({"Slots a period": [4]}))
    >>> renamed(table, {"Slots a period": "slots"}).headings
    ['slots']
    """
    letters = {names.get(one, one): letter for one, letter in (opened.letters or {}).items()}
    headings = [names.get(str(heading), heading) for heading in opened.headings]
    return replace(opened, headings=headings, letters=letters)


def with_cells(
    opened: OpenedTable, heading: str, change: Callable[[object], object]
) -> OpenedTable:
    """The same table with other cells in one column.

    Examples
    --------
    >>> from mutualaid.data.opening.open_table import open_table
    >>> table = open_table(pd.DataFrame({"Trust": ["St Mary's"]}))
    >>> with_cells(table, "Trust", lambda cell: "XA1").body().frame["Trust"].to_list()
    ['XA1']
    """
    at = list(opened.headings).index(heading)

    def load(
        wanted: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        read = opened.load(wanted, identifiers, numbers)
        return (
            read | {at: read[at].astype(object).map(change, na_action="ignore")}
            if at in read
            else read
        )

    return replace(opened, load=load)
