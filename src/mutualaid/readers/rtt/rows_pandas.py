"""Rows of the RTT full extract as the file gives them: read by pandas, in every form."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.readers.rtt.layout import Layout, find_layout
from mutualaid.readers.rtt.unpack import SOURCE, file_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mutualaid.errors import Problems

Numbers: TypeAlias = npt.NDArray[np.float64]

BLANKS = ["", "-", "NA", "NULL"]
"""What stands for nobody in a column of counts."""
THOUSANDS = r"\s*\d{1,3}(,\d{3})+\s*"
"""A count with commas between its thousands; any other comma may stand before a fraction."""
LONGEST_LINE_BYTES = 10_000


@dataclass(frozen=True)
class Cells:
    """Week bands of a file, without the cells that are blank or 0: most are."""

    rows: npt.NDArray[np.intp]
    weeks: npt.NDArray[np.int16]
    pathways: Numbers

    def by_row(self, count: int) -> Numbers:
        """Pathways in the week bands of each row; blanks count nothing."""
        return np.bincount(self.rows, weights=self.pathways, minlength=count).astype(np.float64)


@dataclass(frozen=True)
class Rows:
    """One file, read and not yet checked."""

    layout: Layout
    texts: dict[str, pd.Categorical]
    """Labels as they are given, by what they are in the layout; missing where blank."""
    cells: Cells
    numbers: dict[str, Numbers]
    """``total``, ``unknown`` and ``total_all`` where the file has them; NaN where blank."""
    end: bytes
    """The last bytes of the file."""


def cells_of(bands: Iterable[tuple[npt.NDArray[np.integer], npt.NDArray[np.number]]]) -> Cells:
    """Put the cells of week bands 0, 1, … one after the other: their rows, and their counts."""
    rows, pathways = zip(*bands, strict=True)
    weeks = np.repeat(np.arange(len(rows), dtype=np.int16), [len(each) for each in rows])
    return Cells(np.concatenate(rows).astype(np.intp), weeks, np.concatenate(pathways))


def read_any(path: Path, problems: Problems) -> Rows | None:
    """Read a file in any of its forms; note why it cannot be read."""
    content = file_bytes(path, problems)
    layout = None if content is None else find_layout(path.name, content, problems)
    if content is None or layout is None:
        return None
    return _parse(path.name, content, layout, problems)


def _parse(name: str, content: bytes, layout: Layout, problems: Problems) -> Rows | None:
    """Read the columns that are used; blank lines are left out, and note what is no number."""
    try:
        frame = _read(content, layout, "float64")
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame()
    except pd.errors.ParserError as error:
        problems.add(name, "", f"cannot be read as CSV: {error}", "download the file again")
        return None
    except ValueError:
        frame = _with_numbers(name, _read(content, layout, "str"), layout, problems)
    if len(frame) and frame[_names(layout.texts.values())].isna().all(axis=1).any():
        frame = frame[frame.notna().any(axis=1)]
    if not len(frame):
        problems.add(name, "", "has headings and no rows", SOURCE)
        return None
    bands = frame[_names(layout.bands)]
    # Where every cell is a whole number, text has become integers, and is shown as such.
    kind = np.result_type(*bands.dtypes)
    return Rows(
        layout=layout,
        texts={key: pd.Categorical(frame[str(column)]) for key, column in layout.texts.items()},
        cells=cells_of(filled(bands[column].to_numpy(dtype=kind)) for column in bands),
        numbers={key: frame[str(column)].to_numpy() for key, column in layout.totals.items()},
        end=content[-LONGEST_LINE_BYTES:],
    )


def filled(counts: Numbers) -> tuple[npt.NDArray[np.intp], Numbers]:
    """Rows of a week band that say something, and what."""
    rows = np.flatnonzero(np.abs(counts) > 0)
    return rows, counts[rows]


def _read(content: bytes, layout: Layout, kind: str, encoding: str = "utf-8") -> pd.DataFrame:
    counts, texts = count_columns(layout), _names(layout.texts.values())
    stream = io.BytesIO(content)
    stream.seek(layout.start)
    try:
        return pd.read_csv(
            stream,
            sep=layout.separator,
            header=None,
            names=_names(range(len(layout.headings))),
            usecols=[*texts, *counts],
            # Not as categories: pandas 3.1 makes numbers of them where it can, and 7 of code 007.
            dtype={**dict.fromkeys(texts, "str"), **dict.fromkeys(counts, kind)},
            index_col=False,
            encoding=encoding,
            encoding_errors="strict" if encoding == "utf-8" else "replace",
            # A code may be "NA"; only a blank is missing there.
            keep_default_na=False,
            na_values={**{text: [""] for text in texts}, **dict.fromkeys(counts, BLANKS)},
        )
    except UnicodeDecodeError:
        # Older files were saved by Excel; only names of organisations can be touched by it.
        return _read(content, layout, kind, "cp1252")


def count_columns(layout: Layout) -> list[str]:
    """Names of the columns that hold counts: a column is named by its position."""
    return _names((*layout.bands, *layout.totals.values()))


def _names(columns: Iterable[int]) -> list[str]:
    return [str(column) for column in columns]


def _with_numbers(
    name: str, frame: pd.DataFrame, layout: Layout, problems: Problems
) -> pd.DataFrame:
    """Say which cells of number columns hold something else; only run when some do."""
    numbers = {}
    for column in count_columns(layout):
        text = frame[column]
        thousands = text.str.fullmatch(THOUSANDS, na=False).astype(bool)
        plain = text.mask(thousands, text.str.replace(",", ""))
        numbers[column] = pd.to_numeric(plain, errors="coerce")
        bad = (numbers[column].isna() & text.notna()).to_numpy()
        if bad.any():
            not_numbers(name, layout.headings[int(column)], bad, text, problems)
    return frame.assign(**numbers)


def not_numbers(
    name: str, heading: str, bad: npt.NDArray[np.bool_], values: Any, problems: Problems
) -> None:
    """Note which rows of a column of counts hold something else."""
    remedy = "write the count, or leave it blank if there are none"
    problems.add(name, heading, "is not a number", remedy, rows=bad, values=values)
