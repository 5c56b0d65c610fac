"""Small tables from files of any kind, their cells as codes and numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask, as_frame
from mutualaid.errors import InputError, Problems, tell
from mutualaid.readers.waiting_list.source import PARQUET, open_source, overflowing

NO_NUMBER = frozenset({"", "na", "n/a", "#n/a", "nan", "<na>", "null", "none", "-"})
"""What stands where there is no number: of R, pandas, databases and Excel."""

WITH_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
WITH_DECIMALS = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d*", re.ASCII)
POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
MORE = (".zip", ".txt", ".tsv")
"""Endings of names of further files that hold cells and separators."""
UNQUOTED = ";"
"""Files with this between their cells come from where a comma is the decimal point."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as it is written.

    Attributes
    ----------
    frame : pandas.DataFrame
        Of a CSV file every cell is text: a code may be "NA" or "007".
    continental : bool
        Whether a comma in a number may be its decimal point.
    """

    frame: pd.DataFrame
    continental: bool = False


def open_cells(name: str, source: object) -> Cells:
    """Take a table as it is, or read it from a CSV, workbook or Parquet file.

    Raises
    ------
    InputError
        If it cannot be read, or has rows with more cells than there are headings.

    Warns
    -----
    InputWarning
        If a file is not UTF-8, and is read as what Excel for Windows writes.
    """
    if not isinstance(source, str | os.PathLike):
        return Cells(as_frame(name, source))
    opened = open_source(source, MORE)
    places = range(len(opened.headings))
    # As identifiers are read, so that 007 stays what it is; Parquet has its own types.
    columns = opened.load(places, () if str(source).lower().endswith(PARQUET) else places)
    beyond = overflowing(columns)
    if beyond is not None and beyond.any():
        raise InputError(
            f"{source} has {int(beyond.sum()):,} rows with more cells than headings: give every "
            "column a heading (of R: write.csv(…, row.names = FALSE)), and put text that holds "
            "the separator in quotation marks"
        )
    headings = ["" if _is_blank(heading) else heading for heading in opened.headings]
    # A sheet may be wider than its table.
    used = [at for at in places if headings[at] != "" or columns[at].notna().any()]
    frame = pd.DataFrame({at: columns[at] for at in used})
    frame.columns = pd.Index([headings[at] for at in used], dtype=object)
    for remark in opened.remarks:
        if "UTF-8" in remark:
            tell(f"{source}: {remark}")
    return Cells(as_frame(name, frame), any(UNQUOTED in remark for remark in opened.remarks))


def read_cells(name: str, source: object) -> pd.DataFrame:
    """A table as it is, or that of a file with every cell as it is written."""
    frame = open_cells(name, source).frame
    if isinstance(source, str | os.PathLike):
        columns = {heading: as_written(frame[heading]) for heading in frame}
        frame = pd.DataFrame(columns, columns=frame.columns)
    return frame


def as_written(values: pd.Series) -> pd.Series:
    """The cells of a column one by one, however they are kept."""
    return values.astype(object) if _is_categorical(values) else values


def read_numbers(
    table: str,
    column: str,
    values: pd.Series,
    problems: Problems,
    *,
    continental: bool = False,
) -> Floats:
    """Turn a column into numbers, NaN where blank; note what is something else.

    ``1,250`` is a thousand and more, ``31,5`` is less than 32; what could be either, as in a file
    from where a comma is the decimal point, is noted too.
    """
    codes, labels = _distinct(values)
    numbers, blank = _parsed(labels)
    commas = _with_commas(labels, numbers, blank, continental=continental)
    found = np.append(np.where(np.isnan(numbers), commas, numbers), np.nan)[codes]
    missing = np.append(blank, True)[codes]
    bad = (np.isnan(found) & ~missing) | np.isinf(found)
    if bad.any():
        unclear = any(_both_ways(str(label)) for label in labels[np.isnan(commas) & ~blank])
        problems.add(
            table,
            column,
            "has commas that may be decimal points or not" if unclear else "is not a number",
            "write numbers without commas, such as 1250 or 1.25"
            if unclear
            else "write a number, or leave it blank",
            rows=bad,
            values=values.astype(object),
        )
    result: Floats = np.where(bad, np.nan, found)
    return result


def are_numbers(values: pd.Series, *, most: bool = False) -> bool:
    """Whether a column holds numbers and blanks only; or more numbers than other things."""
    codes, labels = _distinct(values)
    numbers, blank = _parsed(labels)
    commas = _with_commas(labels, numbers, blank, continental=True)
    unclear = np.fromiter((_both_ways(str(label)) for label in labels), bool, len(labels))
    known = ~np.isnan(numbers) | ~np.isnan(commas) | unclear
    cell, missing = np.append(known, False)[codes], np.append(blank, True)[codes]
    if most:
        return bool(2 * cell.sum() >= (~missing).sum())
    return bool((cell | missing).all())


def numbered_from(values: pd.Series) -> bool:
    """Whether a column only numbers its rows, from 0 or from 1."""
    codes, labels = _distinct(values)
    numbers = np.append(_parsed(labels)[0], np.nan)[codes]
    count = np.arange(len(values))
    return bool(len(values)) and any(np.array_equal(numbers, count + one) for one in (0, 1))


def as_codes(values: pd.Series) -> pd.Series:
    """A column of codes as text: identifiers that are whole numbers are their digits."""
    codes, labels = _distinct(values)
    texts = np.array([_code(label) for label in labels] + [None], dtype=object)
    return pd.Series(texts[codes], index=values.index, dtype=object)


def check_codes(table: str, column: str, values: pd.Series, problems: Problems) -> None:
    """Codes are text without blanks around them."""
    codes, labels = _distinct(values)
    wrong = [not (isinstance(v, str) and v.strip() == v != "") for v in labels]
    bad = np.array([*wrong, True], dtype=bool)[codes]
    problems.note(
        table,
        column,
        bad,
        "is not a code",
        "write text such as 'RJ1', without blanks around it",
        values.astype(object),
    )


def _code(label: object) -> object:
    whole = isinstance(label, int | float | np.number) and not isinstance(label, bool)
    return str(int(label)) if whole and float(label).is_integer() else label  # type: ignore[call-overload,arg-type]


def _distinct(values: pd.Series) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
    """Each cell as a position among the different ones, -1 where missing; and those."""
    if _is_categorical(values):
        return np.asarray(values.cat.codes, dtype=np.intp), values.cat.categories.to_numpy(object)
    try:
        codes, labels = pd.factorize(values)
    except TypeError:
        plain = values.map(lambda value: value if isinstance(value, Hashable) else repr(value))
        codes, labels = pd.factorize(plain)
    return np.asarray(codes, dtype=np.intp), pd.Index(labels).to_numpy(dtype=object)


def _is_categorical(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype)


def _is_blank(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _parsed(labels: npt.NDArray[np.object_]) -> tuple[Floats, Mask]:
    """The numbers that labels are, NaN for others; and which stand for none."""
    texts = (label.strip().casefold() if isinstance(label, str) else None for label in labels)
    blank = np.fromiter((text in NO_NUMBER for text in texts), bool, len(labels))
    truth = np.fromiter((isinstance(label, bool | np.bool_) for label in labels), bool, len(labels))
    plain = pd.Series(labels, dtype=object).mask(blank | truth)
    numbers: Floats = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)
    return numbers, blank


def _both_ways(text: str) -> bool:
    return bool(WITH_THOUSANDS.fullmatch(text) and WITH_DECIMALS.fullmatch(text))


def _with_commas(
    labels: npt.NDArray[np.object_], numbers: Floats, blank: Mask, *, continental: bool
) -> Floats:
    """Numbers with commas; NaN for what is none, and for all where it is not clear what they are.

    What the column's other cells show holds for all of it.
    """
    result = np.full(len(labels), np.nan)
    rest = np.flatnonzero(np.isnan(numbers) & ~blank)
    cells = {at: str(labels[at]).strip() for at in rest if isinstance(labels[at], str)}
    groups = {at for at, text in cells.items() if WITH_THOUSANDS.fullmatch(text)}
    points = {at for at, text in cells.items() if WITH_DECIMALS.fullmatch(text)}
    unclear, shown = groups & points, (groups - points, points - groups)
    if all(shown) or (unclear and not any(shown) and continental):
        return result
    if shown[1]:
        dotted = any(isinstance(text, str) and POINTS.fullmatch(text.strip()) for text in labels)
        if dotted or (unclear and not continental):
            return result
        for at in points:
            result[at] = float(cells[at].replace(".", "").replace(",", "."))
        return result
    for at in groups:
        result[at] = float(cells[at].replace(",", ""))
    return result
