"""Workbooks of Excel and LibreOffice: which sheet, where its headings are, what each cell holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import python_calamine as calamine

from mutualaid.data.opening.heading_row import LOOKED_AT, SURE, Found, find_headings, rows_above
from mutualaid.data.opening.opened_table import Columns, OpenedTable, is_blank, letters
from mutualaid.data.opening.packed_files import OLE, Content, content_of, unreadable
from mutualaid.data.opening.sheet_faults import Fault, faults_of
from mutualaid.errors import InputError
from mutualaid.formats import listed

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PASSWORD = "it has a password"
NO_PASSWORD = "open it, save a copy without a password (File, Info, Protect Workbook)"
SAVE_IT = "open it in Excel, and save it as .xlsx or CSV"
MOST_MERGED = 5


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet that has cells."""

    name: str
    rows: list[list[object]]
    found: Found
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]


def workbook_table(
    path: Path, content: Content, known: Collection[str], sheet: str | None
) -> OpenedTable:
    """Open a sheet: the one that is named, else the only one with a table that is known.

    Raises
    ------
    InputError
        If it cannot be read, it is not clear which sheet is meant, or headings are merged.
    """
    try:
        with content.stream() as stream:
            data = stream.read(len(OLE))
            if data == OLE and ENCRYPTED in content.data():
                raise unreadable(path, PASSWORD, NO_PASSWORD)
            stream.seek(0)
            with calamine.CalamineWorkbook.from_object(stream) as book:
                chosen, said = _chosen(path, book, known, sheet)
    except calamine.PasswordError as error:
        raise unreadable(path, PASSWORD, NO_PASSWORD) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        what = f"the workbook is damaged, or is none ({error})"
        raise unreadable(path, what, SAVE_IT) from error
    return _table(path, content, chosen, said)


def sheets_of(path: Path) -> list[str]:
    """Name the sheets of a workbook that are shown; none where the file is no workbook.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    try:
        content = content_of(path)
        if content.kind != "workbook":
            return []
        with content.stream() as stream, calamine.load_workbook(stream) as book:
            return [
                one.name
                for one in book.sheets_metadata
                if one.visible == calamine.SheetVisibleEnum.Visible
                and one.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError as error:
        raise unreadable(path, PASSWORD, NO_PASSWORD) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise unreadable(path, f"the workbook is damaged, or is none ({error})", SAVE_IT) from error


def _chosen(
    path: Path, book: calamine.CalamineWorkbook, known: Collection[str], asked: str | None
) -> tuple[_Sheet, list[str]]:
    """The sheet to read, and why it is this one."""
    hidden = {
        one.name for one in book.sheets_metadata if one.visible != calamine.SheetVisibleEnum.Visible
    }
    kinds = (calamine.SheetTypeEnum.WorkSheet, calamine.SheetTypeEnum.DialogSheet)
    names = [one.name for one in book.sheets_metadata if one.typ in kinds]
    if asked is not None:
        meant = [one for one in names if one.strip().casefold() == asked.strip().casefold()]
        if not meant:
            raise InputError(f"{path.name} has no sheet {asked!r}: it has {_shown(names, hidden)}")
        only = _sheet(book, meant[0], known)
        if only is None:
            raise InputError(
                f"{path.name}, sheet {meant[0]!r} is empty: name another of {_shown(names, hidden)}"
            )
        return only, []
    seen = [_sheet(book, name, known) for name in names if name not in hidden]
    filled = [one for one in seen if one is not None]
    tables = [one for one in filled if one.found.known >= SURE] or [
        one for one in filled if one.found.filled > 1
    ]
    tables = tables or filled
    most = max((one.found.known for one in tables), default=0)
    best = [one for one in tables if one.found.known == most]
    if len(best) == 1:
        others = [name for name in names if name != best[0].name]
        said = [f"sheet {best[0].name!r} is read, and not {_shown(others, hidden)}"]
        return best[0], said if others else []
    if not best:
        if hidden:
            what = f"every sheet that is shown is empty: {_shown(names, hidden)}"
            raise unreadable(path, what, f"name the sheet, as in {path.name}#{min(hidden)}")
        what = f"every sheet is empty: {_shown(names, hidden)}"
        raise unreadable(path, what, "write the table into one, and save it")
    raise InputError(
        f"{path.name}: which sheet is meant is not clear: it has {_shown(names, hidden)}. Name "
        f"it: sheet={best[0].name!r}, or {path.name}#{best[0].name} in a scenario file and on "
        "the command line"
    )


def _shown(names: Sequence[str], hidden: Collection[str]) -> str:
    return listed([repr(one) + (" (hidden)" if one in hidden else "") for one in names])


def _sheet(book: calamine.CalamineWorkbook, name: str, known: Collection[str]) -> _Sheet | None:
    """Read a sheet from its first row and column; None if it has no cells."""
    held = book.get_sheet_by_name(name)
    rows = held.to_python(skip_empty_area=False)
    found = find_headings(rows[:LOOKED_AT], known)
    if found is None:
        return None
    return _Sheet(name, rows, found, held.merged_cell_ranges or ())  # type: ignore[arg-type]


def _table(path: Path, content: Content, sheet: _Sheet, said: Sequence[str]) -> OpenedTable:
    top = sheet.found.row
    headings = [_plain(cell) for cell in sheet.rows[top]]
    body = sheet.rows[top + 1 :]
    while body and all(is_blank(cell) for cell in body[-1]):
        body.pop()
    _check_merged(path, sheet)

    def load(
        places: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        del identifiers, numbers
        return {at: _column([row[at] for row in body]) for at in places}

    return OpenedTable(
        name=path.name,
        sheet=sheet.name,
        headings=headings,
        load=load,
        own_numbers=lambda rows: [row + top + 2 for row in rows],
        serials=True,
        letters={
            str(heading): letters(at)
            for at, heading in enumerate(headings)
            if not is_blank(heading)
        },
        remarks=(*said, *rows_above(sheet.rows, sheet.found)),
        faults=_faults(content, sheet.name, top, len(body)),
    )


def _check_merged(path: Path, sheet: _Sheet) -> None:
    """A heading over several columns is none of any of them."""
    top = sheet.found.row
    across = [
        f"{letters(left)}{first + 1}:{letters(right)}{last + 1}"
        for (first, left), (last, right) in sheet.merged
        if first <= top <= last and right > left
    ]
    if across:
        raise InputError(
            f"{path.name}, sheet {sheet.name!r}: cells of the headings in row {top + 1} are merged "
            f"({', '.join(across[:MOST_MERGED])}): unmerge them, and write one heading over each "
            "column"
        )


def _faults(
    content: Content, sheet: str, top: int, rows: int
) -> Callable[[int], Sequence[Fault]] | None:
    held: dict[str, Any] = {}

    def of_column(place: int) -> Sequence[Fault]:
        if "all" not in held:
            held["all"] = faults_of(content, sheet)
        return [
            (what, remedy, [row - top - 1 for row in at if 0 <= row - top - 1 < rows])
            for (column, what, remedy), at in held["all"].items()
            if column == place and any(0 <= row - top - 1 < rows for row in at)
        ]

    return of_column


def _plain(value: object) -> object:
    """A cell: whole numbers as such, None where there is nothing."""
    if value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _column(cells: list[object]) -> pd.Series:
    held = np.empty(len(cells), dtype=object)
    held[:] = [_plain(cell) for cell in cells]
    return pd.Series(held, dtype=object)
