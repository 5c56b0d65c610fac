"""A table of a system from a file: its codes as text, its numbers as numbers, its rows found again.

What is written otherwise than a program would write it ("1,250", "25 mins") is read where it can
mean one thing only, and noted; what could mean two, or nothing, is a problem that names the cell.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import as_frame
from mutualaid.data.opening.code_cells import as_codes, as_written
from mutualaid.data.opening.number_cells import Note, read_numbers, says_nothing
from mutualaid.data.opening.open_table import open_table
from mutualaid.data.opening.opened_table import OpenedTable
from mutualaid.data.schema import IDENTIFIERS, TABLES, columns
from mutualaid.data.taking.safety_columns import Finding
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import spellings
from mutualaid.data.words.total_words import TOTALS
from mutualaid.errors import Origin, Problems, tell

TEXT = ("label", "identifier", "maybe")
UNIT_OF = {"minutes": "minutes", "miles": "miles", "weeks": "weeks", "count": "patients"}
"""The unit that may stand beside a number, by the kind of its column."""
NUMBER = r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|[+-]?inf"
"""A number as a table writes it; what starts with a 0 that counts for nothing is a code."""
TRUTH = {"True": True, "False": False, "TRUE": True, "FALSE": False, "true": True, "false": False}
STAND_IN = 1.0
"""Stands for a cell that is no number, while the rest of the table is checked."""
LARGEST_WHOLE = 2.0**53
READ_SO, LEFT_OUT = "read so", "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    """A table as it was read from a file, or as it was given."""

    frame: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    """What was read otherwise than it is written."""
    origin: Origin | None = None
    """How its rows are found in the file."""
    problems: Problems = field(default_factory=Problems)
    """What cannot be read."""

    def told(self) -> list[str]:
        """What has to be said aloud: rows that are left out, and an encoding that is assumed."""
        called = "" if self.origin is None else self.origin.called
        return [
            f"{called}: {one.problem}"
            for one in self.findings
            if one.done == LEFT_OUT or "UTF-8" in one.problem
        ]


def given_table(name: str, given: object) -> FileTable:
    """Take a table that is a path, a table that was read from one, or any other table."""
    if isinstance(given, FileTable):
        return given
    if isinstance(given, OpenedTable | str | os.PathLike):
        return from_file(name, given)
    if type(given).__module__.partition(".")[0] == "polars" and hasattr(given, "collect"):
        given = given.collect()
    return FileTable(frame=as_frame(name, given))


def from_file(name: str, source: object, sheet: str | None = None) -> FileTable:
    r"""Read a table from a file of any kind.

    Of a table of a system the columns of codes and of numbers are known; of other columns those
    are numbers in which every cell is one.

    Parameters
    ----------
    name
        One of :data:`mutualaid.data.schema.TABLES`, or what another table is called.
    source, sheet
        As for :func:`mutualaid.data.opening.open_table.open_table`.

    Raises
    ------
    InputError
        If the file cannot be opened. What is wrong with cells is in ``problems``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "capacity.csv"
    ...     _ = path.write_text('provider,service,period,slots\n007,110,1,"1,250"\n')
    ...     read = from_file("capacity", path)
    >>> read.frame.to_numpy().tolist(), read.findings[0].problem
    ([['007', '110', 1, 1250]], "has commas between thousands, as in '1,250'")
    """
    kinds = {one.name: one.kind for one in columns(name).values()} if name in TABLES else {}
    ours = spellings(name) if name in TABLES else {}
    opened = open_table(source, sheet=sheet, what=name, known=ours)
    means = [ours.get(tidy(heading), str(heading)) for heading in opened.headings]
    numeric = [at for at, one in enumerate(means) if kinds.get(one, "label") not in TEXT]
    body = opened.body(numeric)
    names = {str(h): ours.get(tidy(h), str(h)) for h in body.frame.columns}
    problems, notes = Problems(), list[Finding]()
    origin = _headed(opened.origin(body), names)
    if origin is not None:
        problems.origins[name] = origin
    read = {}
    for heading in body.frame.columns:
        column, meant = body.frame[heading], names[str(heading)]
        kind = kinds.get(meant)
        if kind in TEXT or meant in IDENTIFIERS:
            read[heading] = as_codes(column)
        elif kind is None:
            read[heading] = plain(as_written(column))
        else:
            found: list[Note] = []
            numbers = read_numbers(
                name,
                meant,
                column,
                problems,
                continental=opened.continental,
                unit=UNIT_OF.get(kind),
                notes=found,
            )
            read[heading] = _whole(numbers, column, problems, meant)
            notes += [Finding(name, meant, *note) for note in found]
    frame = pd.DataFrame(read, columns=body.frame.columns, copy=False)
    _totals(name, frame, names, kinds, problems)
    _faults(opened, name, {*kinds}, ours, problems)
    said = [Finding(name, "", remark, 0, READ_SO) for remark in opened.remarks]
    said += [Finding(name, "", note, 0, LEFT_OUT) for note in body.notes]
    return FileTable(
        frame=frame,
        findings=(*said, *notes),
        origin=origin,
        problems=problems,
    )


def read_frame(name: str, source: object) -> pd.DataFrame:
    """Read a table from a file, of which nobody needs to know where its rows are.

    Raises
    ------
    InputError
        If the file or a cell of it cannot be read.
    """
    read = source if isinstance(source, FileTable) else from_file(name, source)
    read.problems.raise_if_any()
    for sentence in read.told():
        tell(sentence)
    return read.frame


def frame_of(name: str, given: object) -> pd.DataFrame:
    """Take a table that is no table of a system: the path of a file, or any table.

    Raises
    ------
    InputError
        If it is neither, or cannot be read.

    Examples
    --------
    >>> frame_of("responses", {"offered": [3], "accepted": [2]}).columns.to_list()
    ['offered', 'accepted']
    """
    held = isinstance(given, FileTable | OpenedTable | str | os.PathLike)
    return read_frame(name, given) if held else as_frame(name, given)


def _headed(origin: Origin | None, names: Mapping[str, str]) -> Origin | None:
    """The origin, with the file's headings of columns that are called otherwise here."""
    if origin is None:
        return None
    theirs = {ours: heading for heading, ours in names.items() if ours != heading}
    named = {names.get(heading, heading): letter for heading, letter in origin.letters.items()}
    return replace(origin, headed=theirs, letters=named)


def _whole(
    numbers: np.ndarray[tuple[int], np.dtype[np.float64]],
    column: pd.Series,
    problems: Problems,
    meant: str,
) -> pd.Series:
    """Numbers as whole ones where all of them are; with a number where a cell is none."""
    if any(row[1] == meant for row in problems.rows):
        # Cells that are blank are told as such.
        written = ~as_written(column).map(says_nothing).to_numpy(dtype=bool)
        numbers = np.where(np.isnan(numbers) & written, STAND_IN, numbers)
    if np.isfinite(numbers.sum()) and (np.abs(numbers) < LARGEST_WHOLE).all():
        whole = numbers.astype(np.int64)
        if (whole == numbers).all() and len(whole):
            return pd.Series(whole, index=column.index)
    return pd.Series(numbers, index=column.index)


def _totals(
    name: str,
    frame: pd.DataFrame,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    problems: Problems,
) -> None:
    """Note rows that are called totals and say not of what: they are no rows of the table."""
    labels = [h for h in frame if kinds.get(names[str(h)]) == "label"]
    needed = [h for h in labels if columns(name)[names[str(h)]].required]
    gaps = np.flatnonzero(frame[needed].isna().any(axis=1))
    for heading in labels:
        cells = frame[heading].iloc[gaps].astype(object)
        called = cells.map(lambda v: isinstance(v, str) and tidy(v) in TOTALS).to_numpy(dtype=bool)
        if called.any():
            what, remedy = "looks like a total of the rows above", "delete the row"
            rows, values = gaps[called], cells[called]
            problems.add(name, names[str(heading)], what, remedy, rows=rows, values=values)


def _faults(
    opened: OpenedTable,
    name: str,
    known: Collection[str],
    ours: Mapping[str, str],
    problems: Problems,
) -> None:
    """Note errors of Excel in columns that mean something: they look blank."""
    if opened.faults is None:
        return
    found = Problems()
    whole = opened.origin()
    if whole is not None:
        found.origins[name] = whole
    for at, heading in enumerate(opened.headings):
        meant = ours.get(tidy(heading), str(heading))
        if meant in known:
            for what, remedy, rows in opened.faults(at):
                found.add(name, meant, what, remedy, rows=rows)
    problems.rows += found.rows


def plain(cells: pd.Series) -> pd.Series:
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
