"""Files and tables that extracts come in: their headings, and the columns that are asked for."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Mask, as_frame
from mutualaid.data.words.column_names import TABLE
from mutualaid.errors import InputError
from mutualaid.readers.waiting_list.parse import TEXT

Columns = dict[int, pd.Series]
Load = Callable[[Sequence[int], Collection[int]], Columns]

CSV = (".csv", ".csv.gz")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
PARQUET = (".parquet",)
SEPARATORS = ",;\t|"
CHUNK = 1 << 20
OVERFLOW = -1
"""Where a file's rows have more cells than there are headings, the cells beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An extract that is open but not yet read."""

    headings: Sequence[object]
    load: Load
    """Reads columns by their position; those in the second collection are identifiers."""
    serials: bool = False
    """Whether a number may stand for a date, as in a workbook."""
    remarks: Sequence[str] = ()
    """What a reader should know of how it is read."""


def open_source(source: object, more: Sequence[str] = ()) -> Source:
    """Open a CSV, workbook or Parquet file, or a table; files that end in ``more`` are CSV too.

    Raises
    ------
    InputError
        If it cannot be opened, is of another kind, or takes a package that is not installed.
    """
    if not isinstance(source, str | os.PathLike):
        return _foreign(source) or _table(as_frame(TABLE, source))
    path = Path(source)
    name = path.name.lower()
    kinds = (((*CSV, *more), _csv), (WORKBOOKS, _workbook), (PARQUET, _parquet))
    opened = next((opener for suffixes, opener in kinds if name.endswith(suffixes)), None)
    if opened is None:
        known = ", ".join((*CSV, *more, *WORKBOOKS, *PARQUET))
        raise InputError(f"{path} is none of the files that can be read: {known}")
    try:
        return opened(path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except (EOFError, csv.Error, zlib.error) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, why: object) -> InputError:
    return InputError(f"{path} cannot be read: {why}")


def _table(frame: pd.DataFrame) -> Source:
    def load(places: Sequence[int], identifiers: Collection[int]) -> Columns:
        del identifiers
        return {at: frame.iloc[:, at].reset_index(drop=True) for at in places}

    return Source(headings=list(frame.columns), load=load)


def _foreign(table: object) -> Source | None:
    """A table of Arrow's, of which only the columns that are asked for become pandas."""
    if isinstance(table, pd.DataFrame) or not hasattr(table, "__arrow_c_stream__"):
        return None
    try:
        import pyarrow as pa

        held = pa.table(table)
    except (ImportError, TypeError, ValueError):
        # What is wrong with it is told where every table is taken in.
        return None

    def load(places: Sequence[int], identifiers: Collection[int]) -> Columns:
        return {at: _from_arrow(held.column(at), identifier=at in identifiers) for at in places}

    return Source(headings=held.column_names, load=load)


# --- CSV ---


def _csv(path: Path) -> Source:
    encoding = _encoding(path)
    with _opened(path, encoding) as text:
        head = next((line for line in text if line.strip()), "")
    if not head:
        raise _unreadable(path, "the file is empty")
    separator = max(SEPARATORS, key=lambda mark: len(next(csv.reader([head], delimiter=mark))))
    with _opened(path, encoding) as text:
        headings = _heading_row(text, separator)
    if not headings:
        raise _unreadable(path, "it has no headings")
    remarks = []
    if encoding == "cp1252":
        remarks.append("the file is not UTF-8: read as Windows-1252")
    if separator != ",":
        remarks.append(f"cells are separated by {separator!r}")
    width = len(headings)

    def load(places: Sequence[int], identifiers: Collection[int]) -> Columns:
        wanted = [*places, width]
        try:
            with _opened(path, encoding) as text:
                _heading_row(text, separator)
                frame = pd.read_csv(
                    _Numbered(text, width + 1, separator),
                    sep=separator,
                    usecols=list(map(str, wanted)),
                    index_col=False,
                    dtype={str(at): str if at in identifiers else "category" for at in wanted},
                    # A code may be "NA"; what else means nothing is decided cell by cell.
                    keep_default_na=False,
                    na_values=[""],
                )
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        columns = {at: frame[str(at)] for at in places}
        return {**columns, OVERFLOW: frame[str(width)]}

    return Source(headings=headings, load=load, remarks=remarks)


def _heading_row(text: io.TextIOBase, separator: str) -> list[str]:
    """Read the headings and stop behind them."""
    rows = csv.reader(text, delimiter=separator)
    return next((row for row in rows if "".join(row).strip()), [])


class _Numbered(io.TextIOBase):
    """The rows of a file under a heading that numbers its columns, one more than there are.

    When only some columns are asked for, pandas cuts long rows short and says nothing: the
    column more shows them.
    """

    def __init__(self, rows: io.TextIOBase, width: int, separator: str) -> None:
        self._head = separator.join(map(str, range(width))) + "\n"
        self._rows = rows

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Read the heading first, whatever the size."""
        head, self._head = self._head, ""
        return head or self._rows.read(size)


def _opened(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_bytes(path), encoding, errors="replace", newline="")


def _bytes(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return gzip.open(path)  # type: ignore[return-value]
    return _unzipped(path) if path.suffix.lower() == ".zip" else path.open("rb")


def _unzipped(path: Path) -> IO[bytes]:
    """The one file of an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
            if len(inside) != 1:
                raise InputError(f"{path} holds {len(inside)} files: name the one that is meant")
            return archive.open(inside[0])
    except zipfile.BadZipFile as error:
        raise _unreadable(path, error) from error


def _encoding(path: Path) -> str:
    """UTF-8 if the whole file is that; what Excel for Windows writes if it is not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes(path) as file:
        chunk = file.read(CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def overflowing(columns: Columns) -> Mask | None:
    """Rows with more cells than there are headings, where the source can have any."""
    beyond = columns.get(OVERFLOW)
    return None if beyond is None else beyond.notna().to_numpy(dtype=bool)


# --- workbooks ---


def _workbook(path: Path) -> Source:
    """The first sheet, each cell with the type that it has there."""
    try:
        frame = pd.read_excel(
            path,
            header=None,
            engine="calamine",
            dtype=object,
            keep_default_na=False,
            na_values=[""],
        )
    except ImportError as error:
        raise InputError(
            f"{path} takes python-calamine to read: pip install 'mutualaid[excel]', "
            "or save the sheet as CSV"
        ) from error
    except OSError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error
    filled = frame.notna().any(axis=1).to_numpy()
    if not filled.any():
        raise _unreadable(path, "the first sheet is empty")
    top = int(np.argmax(filled))
    body = frame.iloc[top + 1 :]
    return Source(headings=list(frame.iloc[top]), load=_table(body).load, serials=True)


# --- Parquet ---


def _parquet(path: Path) -> Source:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError(
            f"{path} takes pyarrow to read: pip install 'mutualaid[arrow]', or save it as CSV"
        ) from error
    try:
        schema = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise _unreadable(path, error) from error

    def is_text(at: int) -> bool:
        kind = schema.field(at).type
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

    def load(places: Sequence[int], identifiers: Collection[int]) -> Columns:
        names = schema.names
        # Labels arrive as numbers and a short list of texts: no text is made for each row.
        labels = [names[at] for at in places if is_text(at) and at not in identifiers]
        try:
            table = pq.read_table(
                path, columns=[names[at] for at in places], read_dictionary=labels
            )
            return {
                at: _from_arrow(table.column(names[at]), identifier=at in identifiers)
                for at in places
            }
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(path, error) from error

    return Source(headings=list(schema.names), load=load)


def _from_arrow(column: Any, *, identifier: bool) -> pd.Series:
    """A column of Arrow as pandas: text stays in Arrow, and days are dates in NumPy."""
    import pyarrow as pa

    if identifier and not pa.types.is_floating(column.type):
        # Whole numbers with gaps would become floats, and long ones would lose digits.
        column = column.cast(pa.string())
    # pandas 3 leaves text in Arrow by itself; before, it has to be told.
    text = {pa.string(): pd.StringDtype("pyarrow")} if np.dtype(object) == TEXT else {}
    told = identifier and bool(text)
    series: pd.Series = column.to_pandas(
        date_as_object=False, types_mapper=text.get if told else None
    )
    return series.rename(None)
