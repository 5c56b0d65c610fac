"""The files that a scenario names: found from where it lies, and read as tables."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from mutualaid.cli.scenario.problems import told
from mutualaid.data.schema import IDENTIFIERS, TABLES, columns
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import spellings
from mutualaid.errors import InputError, Problems
from mutualaid.readers.sites import HEADINGS
from mutualaid.readers.small_tables import (
    as_codes,
    as_written,
    open_cells,
    read_cells,
    read_numbers,
)

PARQUET = (".parquet", ".pq")
TEXT = ("label", "identifier", "maybe")
NUMBER = r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|[+-]?inf"
"""A number as a table writes it; what starts with a 0 that counts for nothing is a code."""
TRUTH = {"True": True, "False": False, "TRUE": True, "FALSE": False, "true": True, "false": False}


@dataclass
class Files:
    """The files of one scenario."""

    folder: Path
    """Where paths start that are not absolute."""
    used: dict[str, Path] = field(default_factory=dict)
    """What was named, as it is written, and the file that it leads to."""

    def amiss(self, name: str) -> tuple[str, str] | None:
        """Find a file; say why it cannot be used and what to write, or None if it is there."""
        path, remedy = self.folder / name, "paths start at the folder of the scenario file"
        try:
            if path.is_file():
                self.used[name] = path
                return None
            if path.is_dir():
                return f"is a folder, {told(name)}", "name a file in it"
            there = path.parent.iterdir() if path.parent.is_dir() else ()
            near = difflib.get_close_matches(path.name, [o.name for o in there if o.is_file()], n=1)
        except OSError as error:
            return f"is {told(name)}: {error.strerror or error}", remedy
        meant = f"did you mean {near[0]}? " if near else ""
        return f"there is no file {told(name)}", meant + remedy


def read_table(name: str, path: Path) -> pd.DataFrame:
    r"""Read a table from a CSV, workbook or Parquet file: codes as text, whatever they look like.

    Of a table of a system the columns of codes are known, and ``1,250`` is a number in those of
    numbers; of other columns those are numbers in which every cell is one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "capacity.csv"
    ...     _ = path.write_text("provider,service,period,slots\n007,110,1,5\n")
    ...     read_table("capacity", path)["provider"].tolist()
    ['007']
    """
    if path.suffix.lower() in PARQUET:
        return read_parquet(path)
    cells = open_cells(name, path)
    kinds = {one.name: one.kind for one in columns(name).values()} if name in TABLES else {}
    ours = spellings(name) if name in TABLES else {}
    read = {}
    for heading in cells.frame.columns:
        meant = ours.get(tidy(heading), str(heading))
        kind, column = kinds.get(meant), as_written(cells.frame[heading])
        if kind in TEXT or meant in IDENTIFIERS:
            read[heading] = as_codes(column)
        else:
            read[heading] = _plain(column)
            if kind is not None:
                read[heading] = _without_commas(read[heading], continental=cells.continental)
    return pd.DataFrame(read, columns=cells.frame.columns)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file."""
    try:
        return pd.read_parquet(path, engine="pyarrow")
    except ImportError:
        raise InputError(
            f"{path} takes pyarrow to read: pip install 'mutualaid[arrow]', or write a CSV file"
        ) from None
    except (OSError, ValueError) as error:
        what = str(error).partition("\n")[0].rstrip(".")
        raise InputError(f"{path} cannot be read as Parquet: {what}") from error


def read_names(path: Path) -> dict[str, str]:
    """Read what providers are called from a CSV file with their codes."""
    frame = read_cells("names", path)
    tidy = {"_".join(str(h).lower().replace("_", " ").split()): h for h in frame.columns}
    picked = {}
    problems = Problems()
    for column in ("provider", "name"):
        heading = next((tidy[one] for one in HEADINGS[column] if one in tidy), None)
        if heading is None:
            problems.add("names", column, "the column is missing", f"add it to {path.name}")
        else:
            picked[column] = frame[heading]
    problems.raise_if_any()
    pairs = pd.DataFrame(picked).dropna().drop_duplicates()
    twice = pairs["provider"].duplicated(keep=False).to_numpy()
    if twice.any():
        codes = pairs["provider"]
        problems.add("names", "provider", "has two names", "keep one", rows=twice, values=codes)
        problems.raise_if_any()
    return {str(code): str(name) for code, name in pairs.itertuples(index=False)}


def _plain(cells: pd.Series) -> pd.Series:
    """Cells as numbers, or as true and false, if all of them are; else as they were."""
    # A workbook has numbers that are no text.
    given = cells.dropna().astype(object).map(str)
    if not len(given):
        return cells
    if given.isin(list(TRUTH)).all() and len(given) == len(cells):
        return given.map(TRUTH).astype(bool)
    trimmed = given.str.strip()
    if not trimmed.str.fullmatch(NUMBER).all():
        return cells
    numbers = pd.to_numeric(trimmed)
    if len(given) == len(cells) and pd.api.types.is_integer_dtype(numbers.dtype):
        return numbers
    return numbers.astype(np.float64).reindex(cells.index)


def _without_commas(cells: pd.Series, *, continental: bool) -> pd.Series:
    """Numbers with commas as numbers, where it is clear what the commas are."""
    if not cells.map(lambda value: isinstance(value, str) and "," in value).any():
        return cells
    found = Problems()
    numbers = read_numbers("", "", cells, found, continental=continental)
    return cells if found.rows else pd.Series(numbers, index=cells.index)
