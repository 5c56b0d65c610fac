"""A whole table as it is written, for readers that know their columns by more than headings."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from mutualaid.data.column_checks import as_frame
from mutualaid.data.opening.code_cells import as_written
from mutualaid.data.opening.open_table import open_table
from mutualaid.data.opening.opened_table import OpenedTable
from mutualaid.errors import Origin, Problems, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A table as it is written."""

    frame: pd.DataFrame
    """Of a CSV file every cell is text: a code may be "NA" or "007"."""
    continental: bool = False
    """Whether a comma in a number may be its decimal point."""
    origin: Origin | None = None
    """How its rows are found in the file."""

    def problems(self, name: str) -> Problems:
        """Start a list of problems in which rows are numbered as in the file."""
        problems = Problems()
        if self.origin is not None:
            problems.origins[name] = self.origin
        return problems


def open_cells(
    name: str,
    source: object,
    *,
    sheet: str | None = None,
    known: Collection[str] = (),
    numbers: Callable[[Sequence[object]], Collection[int]] | None = None,
) -> Cells:
    """Take a table as it is, or read all of a file.

    Parameters
    ----------
    name
        What the table is called in messages.
    source, sheet, known
        As for :func:`mutualaid.data.opening.open_table.open_table`.
    numbers
        Says from the headings which columns are numbers, where every cell of theirs is a plain
        one: they are read faster.

    Raises
    ------
    InputError
        If it cannot be read, or has rows with more cells than there are headings.

    Warns
    -----
    InputWarning
        If a file is not UTF-8, which sheet is read of several, and what is left out of it.
    """
    if not isinstance(source, str | os.PathLike | OpenedTable):
        opened = open_table(source, what=name)
        body = opened.body()
        return Cells(frame=as_frame(name, body.frame))
    opened = open_table(source, sheet=sheet, what=name, known=known)
    body = opened.body(() if numbers is None else numbers(opened.headings))
    for remark in (*opened.remarks, *body.notes):
        if not remark.startswith("cells are separated"):
            tell(f"{opened.where}: {remark}")
    return Cells(frame=body.frame, continental=opened.continental, origin=opened.origin(body))


def read_cells(
    name: str, source: object, *, sheet: str | None = None, known: Collection[str] = ()
) -> pd.DataFrame:
    """A table as it is, or that of a file with every cell as it is written."""
    frame = open_cells(name, source, sheet=sheet, known=known).frame
    columns = {heading: as_written(frame[heading]) for heading in frame}
    return pd.DataFrame(columns, columns=frame.columns)
