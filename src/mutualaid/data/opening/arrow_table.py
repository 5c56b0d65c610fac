"""Tables of Arrow: Parquet and Feather files, and tables of polars, pyarrow and DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute, feather

from mutualaid.data.opening.opened_table import Columns, OpenedTable
from mutualaid.data.opening.packed_files import Content, unreadable

TEXT = pd.Series([""]).dtype
"""How pandas keeps text: as objects before pandas 3."""
AGAIN = "save it again"


def parquet_table(path: Path, content: Content) -> OpenedTable:
    """Open a Parquet file, of which only the columns that are asked for are read.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        with content.stream() as stream:
            schema = pq.read_schema(stream)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, f"the Parquet file is damaged ({_first(error)})", AGAIN) from error

    def is_text(at: int) -> bool:
        kind = schema.field(at).type
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

    def load(
        places: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        del numbers
        names = schema.names
        # Labels arrive as numbers and a short list of texts: no text is made for each row.
        labels = [names[at] for at in places if is_text(at) and at not in identifiers]
        wanted = [names[at] for at in places]
        try:
            with content.stream() as stream:
                table = pq.read_table(stream, columns=wanted, read_dictionary=labels)
        except (pa.ArrowException, OSError) as error:
            raise unreadable(
                path, f"the Parquet file is damaged ({_first(error)})", AGAIN
            ) from error
        return {
            at: from_arrow(table.column(names[at]), identifier=at in identifiers) for at in places
        }

    return OpenedTable(
        name=path.name, headings=list(schema.names), load=load, own_numbers=_counted_from_1
    )


def feather_table(path: Path, content: Content) -> OpenedTable:
    """Open a Feather or Arrow file.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        with content.stream() as stream:
            if stream.read(6) == b"ARROW1":
                stream.seek(0)
                table = feather.read_table(stream)
            else:
                stream.seek(0)
                table = pa.ipc.open_stream(stream).read_all()
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, f"the Arrow file is damaged ({_first(error)})", AGAIN) from error
    return of_arrow(path.name, table, rows=True)


def of_arrow(name: str, table: Any, *, rows: bool = False) -> OpenedTable:
    """Open a table of Arrow, of which only the columns that are asked for become pandas."""

    def load(
        places: Sequence[int], identifiers: Collection[int], numbers: Collection[int] = ()
    ) -> Columns:
        del numbers
        return {at: from_arrow(table.column(at), identifier=at in identifiers) for at in places}

    return OpenedTable(
        name=name,
        headings=list(table.column_names),
        load=load,
        own_numbers=_counted_from_1 if rows else None,
    )


def _counted_from_1(rows: Sequence[int]) -> list[int]:
    """A file without a row of headings: its rows are counted from 1."""
    return [row + 1 for row in rows]


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def from_arrow(column: Any, *, identifier: bool) -> pd.Series:
    """A column of Arrow as pandas: text stays in Arrow, and days are dates in NumPy."""
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


def as_columns(table: Any, places: Sequence[int], alike: Collection[int]) -> list[pd.Series]:
    """Columns of a text as pandas, missing where blank, side by side.

    Those whose texts are ``alike`` become categories; others that are no numbers stay in Arrow.
    """
    given = [(table.column(str(at)), at in alike) for at in places]
    with ThreadPoolExecutor() as executor:
        return list(executor.map(lambda one: _cells(*one), given))


def _cells(column: Any, alike: bool) -> pd.Series:
    if not pa.types.is_string(column.type):
        return pd.Series(column.to_numpy())
    if not alike:
        blank = compute.equal(compute.utf8_length(compute.utf8_trim_whitespace(column)), 0)
        held = compute.if_else(blank, pa.scalar(None, pa.string()), column)
        return from_arrow(held, identifier=True)
    whole = column.dictionary_encode().combine_chunks()
    words = whole.dictionary.to_pylist()
    filled = np.array([bool(word and word.strip()) for word in words], dtype=bool)
    codes = whole.indices.to_numpy(zero_copy_only=False)
    if not filled.all():
        codes = np.where(filled, np.cumsum(filled) - 1, -1).astype(np.int32)[codes]
        words = [word for word, held in zip(words, filled, strict=True) if held]
    labels = pd.CategoricalDtype(pd.Index(words, dtype=object))
    return pd.Series(pd.Categorical.from_codes(codes, dtype=labels, validate=False))
