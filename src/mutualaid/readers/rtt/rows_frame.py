"""Rows of the RTT full extract from a table that somebody has read already, or a Parquet file."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import as_frame
from mutualaid.data.words.column_names import tidy
from mutualaid.readers.rtt.layout import (
    COUNTED,
    COUNTS_BY_WEEK,
    HEADINGS,
    Layout,
    layout_of,
)
from mutualaid.readers.rtt.rows_pandas import BLANKS, THOUSANDS, Rows, cells_of, filled, not_numbers
from mutualaid.readers.rtt.unpack import (
    MOST_PARQUET_ROWS,
    PARQUET,
    PART,
    SOURCE,
    has_part_heading,
    is_file,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mutualaid.errors import Problems
    from mutualaid.readers.rtt.rows_pandas import Numbers


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by how it starts."""
    if not is_file(path):
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except OSError:
        # What is wrong with it is told where it is read.
        return False


def read_parquet(path: Path, problems: Problems) -> Rows | None:
    """Read the columns that are used of a Parquet file; note why it cannot be read."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        remedy = "pip install pyarrow, or save it as CSV"
        problems.add(path.name, "", "is Parquet, which takes pyarrow to read", remedy)
        return None
    try:
        with pq.ParquetFile(path) as file:
            names, rows = file.schema_arrow.names, file.metadata.num_rows
            if rows > MOST_PARQUET_ROWS:
                what = f"has {rows:,} rows, and a month of the extract fewer than 200,000"
                problems.add(path.name, "", what, "pass one month a file")
                return None
            layout = _layout(path.name, names, problems)
            if layout is None:
                return None
            used = (*layout.texts.values(), *_counted(layout))
            # Codes are few and rows are many: each code is made text once.
            frame = file.read(columns=[names[at] for at in used]).to_pandas(
                strings_to_categorical=True
            )
    except (pa.ArrowException, OSError, ValueError) as error:
        what = f"the Parquet file cannot be read: {error}"
        problems.add(path.name, "", what, "save it again")
        return None
    return rows_of(path.name, frame, problems)


def rows_of(name: str, table: object, problems: Problems) -> Rows | None:
    """Take the rows of a table: a DataFrame or anything that can be taken as one.

    Raises
    ------
    InputError
        If it is no table.
    """
    frame = as_frame(name, table)
    layout = _layout(name, [str(heading) for heading in frame.columns], problems, frame.index)
    if layout is None:
        return None
    if not len(frame):
        problems.add(name, "", "has headings and no rows", SOURCE)
        return None
    used = {at: frame.iloc[:, at] for at in (*layout.texts.values(), *_counted(layout))}
    columns = {at: _different(values) for at, values in used.items()}
    lists = [layout.headings[at] for at, column in columns.items() if column is None]
    for heading in lists:
        what = "holds lists or the like, not text or numbers"
        problems.add(name, heading, what, "write one value in each cell")
    if lists:
        return None
    numbers = {at: _numbers(name, layout, at, columns[at], problems) for at in _counted(layout)}
    return Rows(
        layout=layout,
        texts={key: _labels(columns[at]) for key, at in layout.texts.items()},
        cells=cells_of(filled(numbers[at]) for at in layout.bands),
        numbers={key: numbers[at] for key, at in layout.totals.items()},
        end=b"",
    )


def _layout(
    name: str, headings: Sequence[str], problems: Problems, index: pd.Index | None = None
) -> Layout | None:
    words = {tidy(heading) for heading in HEADINGS.values()}
    levels = [] if index is None else [str(level) for level in index.names if level is not None]
    inside = [level for level in levels if tidy(level) in words]
    if inside and not {tidy(level) for level in inside} <= {tidy(one) for one in headings}:
        what = f"{', '.join(inside)}: in the index, where columns are read"
        problems.add(name, "", what, "pass the table's reset_index()")
        return None
    if not any(has_part_heading(heading.encode(errors="replace")) for heading in headings):
        weekly = any(map(COUNTS_BY_WEEK.search, headings))
        what = f"is not an RTT extract: no column is headed '{PART}'"
        problems.add(name, "", what, COUNTED if weekly else SOURCE)
        return None
    return layout_of(name, headings, problems)


def _counted(layout: Layout) -> list[int]:
    return [*layout.bands, *layout.totals.values()]


def _different(values: pd.Series) -> Any:
    """A column by its different values; numbers as they are; None where there are lists."""
    kind = values.dtype
    if pd.api.types.is_numeric_dtype(kind) and not (
        pd.api.types.is_bool_dtype(kind) or pd.api.types.is_complex_dtype(kind)
    ):
        return values
    if isinstance(kind, pd.CategoricalDtype):
        return np.asarray(values.array.codes), list(values.array.categories)
    try:
        codes, different = pd.factorize(values.astype(object), use_na_sentinel=True)
    except TypeError:
        return None
    return codes, list(different)


def _labels(column: Any) -> pd.Categorical:
    """Labels of a column, missing where blank."""
    numbers = isinstance(column, pd.Series)
    codes, different = pd.factorize(column, use_na_sentinel=True) if numbers else column
    labels = np.array([*map(_text, different), None], dtype=object)
    return pd.Categorical(labels[codes])


def _text(value: object) -> str | None:
    """A value as a CSV file would have it: 110.0 of a column with gaps is the code 110."""
    if isinstance(value, dt.datetime | np.datetime64):
        return pd.Timestamp(value).isoformat()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value) or None


def _numbers(name: str, layout: Layout, at: int, column: Any, problems: Problems) -> Numbers:
    """Counts of a column, NaN where blank; note what is no number."""
    if isinstance(column, pd.Series):
        plain: Numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return plain
    codes, different = column
    read = [_number(value) for value in different]
    counts: Numbers = np.array([*(np.nan if one is None else one for one in read), np.nan])[codes]
    bad = np.array([*(one is None for one in read), False])[codes]
    if bad.any():
        shown = np.array([*different, None], dtype=object)[codes]
        not_numbers(name, layout.headings[at], bad, shown, problems)
    return counts


def _number(value: object) -> float | None:
    """A count that is written down, NaN for a blank; None if it is no number."""
    if isinstance(value, str):
        value = value.strip()
        if value in BLANKS:
            return np.nan
        if re.fullmatch(THOUSANDS, value):
            value = value.replace(",", "")
    elif isinstance(value, bool) or not isinstance(value, int | float | np.number | Decimal):
        return None
    try:
        number = float(value) if "_" not in str(value) else np.nan
    except (OverflowError, TypeError, ValueError):
        return None
    return None if isinstance(value, str) and np.isnan(number) else number
