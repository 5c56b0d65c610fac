"""Rows of the RTT full extract as the file gives them: read by pyarrow, in the form of today.

pandas reads every form of the file, and this module only those of which it is certain that pandas
would read the same; it says nothing about any other, and leaves it to pandas.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mutualaid.errors import Problems
from mutualaid.readers.rtt.layout import Layout, find_layout
from mutualaid.readers.rtt.rows_pandas import (
    BLANKS,
    LONGEST_LINE_BYTES,
    Rows,
    cells_of,
    count_columns,
)
from mutualaid.readers.rtt.unpack import BROKEN_ZIP, HEADING_WITHIN_BYTES, is_file, opened

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

BLOCK_BYTES = 1 << 20
"""What is unzipped and parsed at a time, one block beside the other."""
LINE_FEED, RETURN = ord("\n"), ord("\r")
SMALL = 0x20
"""The bit that tells a small letter from a capital."""
BEFORE_A_NUMBER = np.frombuffer(b',"\r\n\t ', dtype=np.uint8)


def read_plain(path: Path) -> Rows | None:
    """Read a file while it is unzipped, if pyarrow is there and the file is in its plain form."""
    try:
        import pyarrow.csv  # noqa: F401
    except ImportError:
        return None
    # What comes through a pipe can be read only once.
    if not is_file(path):
        return None
    try:
        with opened(path) as stream:
            head = stream.read(HEADING_WITHIN_BYTES)
            layout = find_layout(path.name, head, Problems())
            if layout is None or layout.separator != ",":
                return None
            rest = _Rest(head, layout.start, stream)
            table = _table(rest, layout)
    except (OSError, ValueError, *BROKEN_ZIP):
        # Whatever pyarrow refuses is a ValueError; what is wrong with the file is told elsewhere.
        return None
    # Without an error, pyarrow loses lines behind a quotation mark that is not closed.
    whole = 0 < len(table) == rest.lines and rest.end.endswith(b"\n")
    return _rows(table, layout, rest.end) if whole and rest.plain else None


class _Rest:
    """What follows the headings, for pyarrow to read; looked at on the way."""

    closed = False

    def __init__(self, head: bytes, start: int, stream: IO[bytes]) -> None:
        self._head, self._stream = head[start:], stream
        self.end = head[:start]
        """The last bytes of what was read so far."""
        self.lines = 0
        """Lines so far; only those that have an end."""
        self.plain = True
        """Whether there is nothing that pyarrow may see otherwise than pandas does."""

    def read(self, size: int) -> bytes:
        """Give the next bytes, at most so many."""
        block = self._head[:size] or self._stream.read(size)
        self._head = self._head[size:]
        letters = np.frombuffer(self.end[-2:] + block, dtype=np.uint8)
        self.lines += int(np.count_nonzero(letters[2:] == LINE_FEED))
        self.plain &= not (_has_hexadecimal(letters) or _has_lone_return(letters))
        self.end = (self.end + block[-LONGEST_LINE_BYTES:])[-LONGEST_LINE_BYTES:]
        return block


def _has_hexadecimal(letters: npt.NDArray[np.uint8]) -> bool:
    """Whether a cell starts with 0x: to pyarrow, 0x1F is a number."""
    x = np.flatnonzero((letters | SMALL) == ord("x"))
    x = x[x >= 2]
    starts = letters[x - 2][letters[x - 1] == ord("0")]
    return bool(np.isin(starts, BEFORE_A_NUMBER).any())


def _has_lone_return(letters: npt.NDArray[np.uint8]) -> bool:
    """Whether a carriage return ends a line by itself, so that line feeds are not all lines."""
    returns = letters[:-1] == RETURN
    return bool((returns & (letters[1:] != LINE_FEED)).any())


def _label_columns(layout: Layout) -> list[str]:
    """Names of the columns to read as labels: those that are used, and the outermost."""
    outermost = {0, len(layout.headings) - 1} - {*layout.bands, *layout.totals.values()}
    return [str(column) for column in sorted({*layout.texts.values(), *outermost})]


def _table(rest: _Rest, layout: Layout) -> Any:
    """Parse the columns that are used; a count is a whole number or a blank."""
    import pyarrow as pa
    from pyarrow import csv

    counts = count_columns(layout)
    labels = _label_columns(layout)
    return csv.read_csv(
        rest,
        read_options=csv.ReadOptions(
            column_names=[str(column) for column in range(len(layout.headings))],
            block_size=BLOCK_BYTES,
        ),
        convert_options=csv.ConvertOptions(
            include_columns=[*labels, *counts],
            column_types={
                **dict.fromkeys(labels, pa.dictionary(pa.int32(), pa.string())),
                **dict.fromkeys(counts, pa.int32()),
            },
            null_values=BLANKS,
            # A code may be "NA".
            strings_can_be_null=False,
        ),
    )


def _rows(table: Any, layout: Layout, end: bytes) -> Rows | None:
    """Take the columns as pandas would have them; give None where that is not certain."""
    labels = {column: _labels(table.column(column)) for column in _label_columns(layout)}
    texts = {key: labels[str(column)] for key, column in layout.texts.items()}
    words = [word for values in labels.values() for word in values.categories]
    first = list(labels["0"].categories) if "0" in labels else []
    # pandas ends a text at a NUL, reads all of it as Windows-1252 where any byte is not UTF-8, and
    # drops blanks before the first cell and rows in which nothing is said. It does not take a
    # last cell whose quotation mark is not closed: there pyarrow has the end of the line in it.
    certain = (
        all(word.isascii() and word.isprintable() for word in words)
        and not any(word.startswith(" ") for word in first)
        and (texts["part"].codes >= 0).all()
    )
    if not certain:
        return None
    return Rows(
        layout=layout,
        texts=texts,
        cells=cells_of(_filled(table.column(str(column))) for column in layout.bands),
        numbers={
            key: table.column(str(column)).to_numpy().astype(np.float64)
            for key, column in layout.totals.items()
        },
        end=end,
    )


def _labels(column: Any) -> pd.Categorical:
    """Labels of a column, missing where blank."""
    whole = column.unify_dictionaries().combine_chunks()
    words = whole.dictionary.to_pylist()
    filled = np.array([word != "" for word in words])
    places = np.where(filled, np.cumsum(filled) - 1, -1)
    return pd.Categorical.from_codes(
        places[whole.indices.to_numpy()],
        categories=pd.Index([word for word in words if word], dtype=object),
    )


def _filled(band: Any) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.float64]]:
    """Rows of a week band that say something, and what."""
    from pyarrow import compute

    counts = band.combine_chunks()
    rows = compute.indices_nonzero(counts)
    return rows.to_numpy(), counts.take(rows).to_numpy().astype(np.float64)
