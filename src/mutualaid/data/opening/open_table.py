"""The one opener: a file of any kind, or a table of any library."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from mutualaid.data.column_checks import as_frame
from mutualaid.data.opening.arrow_table import feather_table, of_arrow, parquet_table
from mutualaid.data.opening.opened_table import Columns, OpenedTable
from mutualaid.data.opening.packed_files import content_of, unreadable
from mutualaid.data.opening.text_table import text_table
from mutualaid.data.opening.workbook_sheets import workbook_table
from mutualaid.errors import InputError

SHEET = "#"
"""What stands between a file and its sheet, where both are one text."""


def open_table(
    source: object,
    *,
    sheet: str | None = None,
    what: str = "table",
    known: Collection[str] = (),
) -> OpenedTable:
    r"""Open a table, whatever it comes in; what it is, is seen by its content, not by its name.

    Parameters
    ----------
    source
        Path of a CSV file (any separator; UTF-8, UTF-16 or Windows-1252), of a workbook
        (``.xlsx``, ``.xlsm``, ``.xls``, ``.xlsb``, ``.ods``), Parquet or Feather file, packed with
        gzip or zip or not; a table of pandas, polars, pyarrow or DuckDB; or a table that is open.
    sheet
        The sheet of a workbook, or the file in an archive. A path may end in it, behind ``#``. By
        default the only one with cells, or the one with most headings that are known.
    what
        What to call a table in an error, if it is no file.
    known
        Headings that are known, as :func:`mutualaid.data.words.column_names.tidy` writes them: by
        these the sheet and the row of the headings are found.

    Returns
    -------
    OpenedTable
        Its headings; its columns when they are asked for; its name, its sheet, and the numbers
        of its rows as the file's owner sees them.

    Raises
    ------
    InputError
        If it cannot be read, or it is not clear what is meant, with the remedy.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "slots.csv"
    ...     _ = path.write_text("Slots of 2026\n\nTrust;Slots\nRJ1;5\n", encoding="utf-16")
    ...     opened = open_table(path)
    ...     opened.headings, opened.own_numbers([0]), opened.body().frame.iloc[0].tolist()
    (['Trust', 'Slots'], [4], ['RJ1', '5'])
    """
    if isinstance(source, OpenedTable):
        return source
    if not isinstance(source, str | os.PathLike):
        return _held(what, source)
    path, sheet = split(source, sheet)
    try:
        content = content_of(path, sheet)
        if content.kind == "workbook":
            return workbook_table(path, content, known, sheet)
        if content.kind == "parquet":
            return parquet_table(path, content)
        if content.kind == "arrow":
            return feather_table(path, content)
        if sheet is not None and not content.inside:
            raise InputError(f"{path} is no workbook, and has no sheet {sheet!r}: leave it out")
        return text_table(path, content, known)
    except OSError as error:
        remedy = "check the path" if isinstance(error, FileNotFoundError) else ""
        raise unreadable(path, error.strerror or error, remedy) from error


def split(source: str | os.PathLike[Any], sheet: str | None = None) -> tuple[Path, str | None]:
    """Tell a path from the sheet behind it.

    Examples
    --------
    >>> path, sheet = split("plan.xlsx#Slots")
    >>> path.name, sheet
    ('plan.xlsx', 'Slots')
    """
    path = Path(os.fsdecode(source))
    before, mark, after = str(path).rpartition(SHEET)
    if sheet is None and mark and before and after and not path.exists():
        return Path(before), after
    return path, sheet


def _held(what: str, table: object) -> OpenedTable:
    """A table that somebody has read already."""
    if hasattr(table, "collect") and type(table).__module__.partition(".")[0] == "polars":
        table = table.collect()
    if not isinstance(table, pd.DataFrame) and hasattr(table, "__arrow_c_stream__"):
        try:
            return of_arrow(what, pa.table(table))
        except (TypeError, ValueError):
            # What is wrong with it is told where every table is taken in.
            pass
    frame = as_frame(what, table)

    def load(
        places: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        del identifiers, numbers
        return {at: frame.iloc[:, at].reset_index(drop=True) for at in places}

    return OpenedTable(name=what, headings=list(frame.columns), load=load)
