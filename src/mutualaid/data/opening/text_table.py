"""CSV files: their separator and headings; their columns by pyarrow, or by pandas where ragged."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from mutualaid.data.opening.arrow_table import as_columns
from mutualaid.data.opening.heading_row import LOOKED_AT, Found, find_headings, rows_above
from mutualaid.data.opening.opened_table import OVERFLOW, Columns, OpenedTable
from mutualaid.data.opening.packed_files import Content, unreadable
from mutualaid.data.opening.text_encoding import SAVE_AS_UTF8, EncodingError, as_utf8
from mutualaid.errors import InputError

SEPARATORS = ",;\t|"
UNQUOTED = ";"
"""Files with this between their cells come from where a comma is the decimal point."""
MOST_ASCII = 127
BLOCK_BYTES = 1 << 20
HEAD_BYTES = 1 << 18
"""What is looked at of a file to find its separator and headings."""
FEWEST_SAMPLED, MOST_SAMPLED = 400, 8_000
"""Rows by which it is told whether a column holds labels or identifiers."""
MOST_ALIKE = 0.5
"""Share of different texts above which a column is no list of labels."""
BLANKS = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "-", "<NA>"]
"""What stands for no number."""


def text_table(path: Path, content: Content, known: Collection[str]) -> OpenedTable:
    """Open a CSV file, whatever its separator.

    Raises
    ------
    InputError
        If it is empty, in an unknown encoding, or damaged.
    """
    try:
        data, remark = as_utf8(content.data())
    except EncodingError as error:
        raise unreadable(path, error, SAVE_AS_UTF8) from error
    return _Text(path, data, known).opened([remark] if remark else [])


class _Text:
    """A text of rows and cells."""

    def __init__(self, path: Path, data: bytes, known: Collection[str]) -> None:
        self.path, self.data = path, data
        for sign, what in ((b"\0", "zero bytes"), ("\ufeff".encode(), "a mark of encoding (BOM)")):
            at = -1 if sign[0] > MOST_ASCII and data.isascii() else data.find(sign)
            if at >= 0:
                line = data.count(b"\n", 0, at) + 1
                raise unreadable(
                    path,
                    f"it holds {what} in line {line:,}, as files do that are damaged or were put "
                    "one behind the other",
                    "save it again from where it is from",
                )
        self.separator, head, found = self._head(known)
        self.headings = list(head[found.row])
        self.heading_row = found.row
        self.remarks = rows_above(head, found)
        self.width = len(self.headings)

    def opened(self, remarks: Sequence[str]) -> OpenedTable:
        said = [*remarks]
        if self.separator != ",":
            said.append(f"cells are separated by {self.separator!r}")
        return OpenedTable(
            name=self.path.name,
            headings=self.headings,
            load=self.load,
            own_numbers=lambda rows: [int(self._own_rows[row]) for row in rows],
            texts=True,
            continental=self.separator == UNQUOTED,
            remarks=(*said, *self.remarks),
        )

    def _head(self, known: Collection[str]) -> tuple[str, list[list[str]], Found]:
        """The separator by which there are most known headings, else most headings."""
        best: tuple[str, list[list[str]], Found] | None = None
        text = self.data[:HEAD_BYTES].decode(errors="ignore")
        if not text.strip():
            raise unreadable(self.path, "the file is empty", "save it again")
        try:
            for mark in SEPARATORS:
                reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
                rows = [*itertools.islice(reader, LOOKED_AT)]
                found = find_headings(rows, known)
                if found is not None and (
                    best is None or (found.known, found.filled) > (best[2].known, best[2].filled)
                ):
                    best = mark, rows, found
        except csv.Error as error:
            raise unreadable(self.path, error, "see whether a quotation mark is open") from error
        if best is None or not "".join(best[1][best[2].row]).strip(f" {SEPARATORS}"):
            raise unreadable(self.path, "it has no headings", "write a heading over each column")
        return best

    # --- where rows are ---

    def _records(self) -> Any:
        text = io.TextIOWrapper(io.BytesIO(self.data), "utf-8", newline="")
        return csv.reader(text, delimiter=self.separator)

    @cached_property
    def _own_rows(self) -> npt.NDArray[np.int64]:
        """The number of each row below the headings, as a spreadsheet shows it."""
        rows = []
        try:
            for number, record in enumerate(self._records(), 1):
                # Lines without a cell are no rows.
                if len(record) > 1 or (record and (record[0].strip() or self.width == 1)):
                    rows.append(number)
        except csv.Error:
            rows += range(rows[-1] + 1, rows[-1] + 2 + self.data.count(b"\n"))
        held = np.array(rows, dtype=np.int64)
        return held[held > self.heading_row + 1]

    @cached_property
    def _start(self) -> int:
        """Where the first row below the headings starts, in bytes."""
        text = io.StringIO(self.data[:HEAD_BYTES].decode(errors="ignore"), newline="")
        lines = iter(text.readline, "")
        read: list[str] = []

        def told() -> Any:
            for line in lines:
                read.append(line)
                yield line

        rows = csv.reader(told(), delimiter=self.separator)
        for _ in range(self.heading_row + 1):
            next(rows, None)
        return len("".join(read).encode())

    @cached_property
    def _quoted(self) -> bool:
        """Whether there is a quotation mark below the headings."""
        return self.data.find(b'"', self._start) >= 0

    # --- columns ---

    def load(
        self, places: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        """Read columns: by pyarrow where all rows are alike, by pandas where they are not."""
        body = memoryview(self.data)[self._start :]
        if not bytes(body[:HEAD_BYTES]).strip():
            return {at: pd.Series([], dtype=object) for at in places} | {
                OVERFLOW: pd.Series([], dtype=object)
            }
        for tried in dict.fromkeys((tuple(sorted(numbers)), ())):
            try:
                table = self._table(body, places, tried)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError):
                continue
            if table is not None:
                labels = [at for at in places if at not in tried and at not in identifiers]
                alike = {*labels} - {*self._unlike(body, labels)}
                columns = dict(zip(places, as_columns(table, places, alike), strict=True))
                self._check_quotes(columns)
                return columns
        return self._by_pandas(body, places, identifiers)

    def _table(self, body: memoryview, places: Sequence[int], numbers: Collection[int]) -> Any:
        """Read columns with pyarrow; None where it may not see the rows as they are."""
        quoted = self._quoted
        if quoted and self.data.count(b'"', self._start) % 2:
            return None
        if self.data.find(b"\r", self._start) >= 0 and self.data.count(b"\r") != self.data.count(
            b"\r\n"
        ):
            return None
        kinds = {str(at): pa.float64() if at in numbers else pa.string() for at in places}
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=arrow_csv.ReadOptions(
                column_names=[*map(str, range(self.width))], block_size=BLOCK_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.separator,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=[*map(str, places)],
                column_types=kinds,
                # All of it was looked at before.
                check_utf8=False,
                null_values=BLANKS,
                # A code may be "NA".
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )

    def _unlike(self, body: memoryview, places: Sequence[int]) -> list[int]:
        """Columns whose texts are nearly all different, as identifiers are."""
        some = bytes(body[:HEAD_BYTES]).decode(errors="ignore")
        rows = csv.reader(io.StringIO(some, newline=""), delimiter=self.separator)
        sample = [*itertools.islice(rows, MOST_SAMPLED)]
        if len(sample) < FEWEST_SAMPLED:
            return []
        return [
            at
            for at in places
            if len({row[at] for row in sample if at < len(row)}) > MOST_ALIKE * len(sample)
        ]

    def _by_pandas(
        self, body: memoryview, places: Sequence[int], identifiers: Collection[int]
    ) -> Columns:
        wanted = [*places, self.width]
        head = self.separator.join(map(str, range(self.width + 1))) + "\n"
        try:
            frame = pd.read_csv(
                # When only some columns are asked for, pandas cuts long rows short and says
                # nothing: a column more than there are headings shows them.
                io.BytesIO(head.encode() + bytes(body)),
                sep=self.separator,
                usecols=list(map(str, wanted)),
                index_col=False,
                dtype={str(at): str if at in identifiers else "category" for at in wanted},
                # A code may be "NA"; what else means nothing is decided cell by cell.
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8",
            )
        except ValueError as error:
            raise self._broken(error) from error
        columns = {at: frame[str(at)] for at in places}
        self._check_quotes(columns)
        return {**columns, OVERFLOW: frame[str(self.width)]}

    def _broken(self, error: Exception) -> InputError:
        """Say why pandas does not read it, and where."""
        if "EOF inside string" in str(error):
            return unreadable(
                self.path,
                f"a quotation mark is opened{self._quote()} and not closed",
                'close it, or take it out; for inches write in, not "',
            )
        return unreadable(self.path, error, "save it again as CSV UTF-8")

    def _quote(self) -> str:
        """Where the first cell of several lines is."""
        records = enumerate(self._records(), 1)
        try:
            for number, record in records:
                if any("\n" in cell for cell in record):
                    return f" in row {number:,}"
        except csv.Error:
            pass
        return ""

    def _check_quotes(self, columns: Columns) -> None:
        """A cell with lines in it that have as many separators as a row has is no cell."""
        if self.width < 2 or not self._quoted:
            return
        for column in columns.values():
            if pd.api.types.is_numeric_dtype(column.dtype):
                continue
            held = column.cat.categories if column.dtype == "category" else column
            texts = pd.Series(held).dropna().astype(object)
            for text in texts[texts.map(lambda one: "\n" in str(one))]:
                lines = str(text).split("\n")[1:-1]
                if lines and all(line.count(self.separator) >= self.width - 1 for line in lines):
                    raise self._broken(ValueError("EOF inside string"))
