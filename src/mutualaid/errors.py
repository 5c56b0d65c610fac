"""What can go wrong, and how it is said.

```
ValueError
└── InputError      the tables, the policy or a call hold something unusable
RuntimeError
└── SolverError     a solver gave no plan, or one that failed its certificate
UserWarning
└── InputWarning    usable input that says something a reader should know
```
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

COLUMNS = ("table", "column", "problem", "rows", "examples", "remedy")
SHOWN = 5
PACKAGE = os.path.dirname(__file__) + os.sep  # noqa: PTH120 (a prefix, to be compared as text)


class InputError(ValueError):
    """The input cannot be used; every problem found is listed at once.

    Attributes
    ----------
    problems : pandas.DataFrame
        A row a problem: ``table``, ``column``, ``problem``, ``rows`` (how many rows have it; 0
        where the problem is not one of rows), ``examples`` (up to five row numbers, counted from
        0, with the value where it is not a patient's identifier; of a file, its name and its own
        row numbers, as a spreadsheet shows them) and ``remedy``.

    Examples
    --------
    >>> problems = Problems()
    >>> problems.add("capacity", "slots", "is below 0", "write 0 or more", rows=[3], values=[-1])
    >>> try:
    ...     problems.raise_if_any()
    ... except InputError as error:
    ...     print(error)
    1 problem in the input:
      capacity.slots: is below 0 (1 row; row 3: -1). Remedy: write 0 or more.
    """

    def __init__(self, problems: pd.DataFrame | str) -> None:
        if isinstance(problems, str):
            collected = Problems()
            collected.add("", "", problems, "")
            problems = collected.frame()
        self.problems = problems
        super().__init__(problems)

    def __str__(self) -> str:
        lines = [_sentence(row) for row in _records(self.problems)]
        if len(lines) == 1 and not self.problems["table"].iloc[0]:
            return lines[0]
        many = "problem" if len(lines) == 1 else "problems"
        return "\n  ".join([f"{len(lines)} {many} in the input:", *lines])


class InputWarning(UserWarning):
    """The input can be used, but says something that a reader of the plan should know."""


def tell(message: str) -> None:
    """Warn of input that can be used, at the caller's own line: the nearest outside this package.

    Parameters
    ----------
    message
        What a reader of the plan should know; no patient's identifier.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     tell("3 rows are set aside")
    >>> print(said[0].message)
    3 rows are set aside
    """
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, InputWarning, stacklevel=level + 1)


class SolverError(RuntimeError):
    """A solver found no plan, or one that did not pass its certificate.

    Attributes
    ----------
    status : str
        Why there is no plan: ``"infeasible"``, ``"stopped at a limit, without a solution"``,
        ``"not available"`` (the solver is not installed, or has no licence), ``"out of memory"``,
        or ``"error"`` (it failed, or what it gave is no plan).
    """

    def __init__(self, message: str, status: str = "error") -> None:
        self.status = status
        super().__init__(message)


def _records(problems: pd.DataFrame) -> list[dict[str, object]]:
    names = [str(name) for name in problems.columns]
    rows = problems.itertuples(index=False)
    return [dict(zip(names, tuple(row), strict=True)) for row in rows]


def _sentence(row: dict[str, object]) -> str:
    where = ".".join(str(part) for part in (row["table"], row["column"]) if part)
    text = f"{where}: {row['problem']}" if where else str(row["problem"])
    count = int(str(row["rows"]))
    inside = [f"{count} {'row' if count == 1 else 'rows'}"] if count else []
    inside += [str(row["examples"])] if row["examples"] else []
    if inside:
        text += f" ({'; '.join(inside)})"
    return f"{text}. Remedy: {row['remedy']}." if row["remedy"] else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The file that a table was read from: how its owner finds a cell in it."""

    called: str
    """Its name, and that of the sheet."""
    own_numbers: Callable[[Sequence[int]], Sequence[int]]
    """The file's own numbers of some rows, which are counted from 0 here."""
    headed: Mapping[str, str] = field(default_factory=dict)
    """Headings in the file of columns that are called otherwise here."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Of a workbook, the letter of each column: its cells have names."""

    def place(self, column: str) -> str:
        """Say where a column is."""
        theirs = self.headed.get(column)
        return self.called if theirs is None else f"{self.called}, column {theirs!r}"

    def of_rows(self, kept: Sequence[int] | npt.NDArray[np.intp]) -> Origin:
        """Say how rows are found of a part of the table.

        Examples
        --------
        >>> whole = Origin(called="plan.csv", own_numbers=lambda rows: [row + 2 for row in rows])
        >>> whole.of_rows([4, 7]).own_numbers([1])
        [9]
        """
        own = self.own_numbers
        return replace(self, own_numbers=lambda rows: own([int(kept[row]) for row in rows]))

    def cells(self, column: str, rows: Sequence[int]) -> list[str]:
        """Name some rows of a column as the file's owner does: cells, where it is a workbook's.

        Examples
        --------
        >>> origin = Origin(called="plan.xlsx", own_numbers=lambda rows: [row + 2 for row in rows],
        ...                 letters={"slots": "D"})
        >>> origin.cells("slots", [0, 3]), origin.cells("site", [0])
        (['D2', 'D5'], ['2'])
        """
        letter = self.letters.get(column, "")
        return [f"{letter}{number}" for number in self.own_numbers(rows)]


@dataclass
class Problems:
    """Problems as they are found; raised together."""

    rows: list[tuple[str, str, str, int, str, str]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    """Codes that are known to be wrong, so that later rules need not stumble over them."""
    origins: dict[str, Origin] = field(default_factory=dict)
    """Files of those tables that were read from one, by the table's name."""

    def add(
        self,
        table: str,
        column: str,
        problem: str,
        remedy: str,
        *,
        rows: npt.ArrayLike | None = None,
        values: Sequence[object] | pd.Series | npt.NDArray[np.generic] | None = None,
    ) -> None:
        """Note one problem.

        Parameters
        ----------
        table, column
            Where it is.
        problem
            What is wrong, as the end of a sentence.
        remedy
            What to do.
        rows
            Row numbers (counted from 0) or a mask over all rows.
        values
            The whole column, or the offending values in the order of ``rows``; never a
            column of patients' identifiers.
        """
        positions = np.asarray([] if rows is None else rows)
        if positions.dtype == bool:
            if values is not None:
                values = np.asarray(values, dtype=object)[positions]
            positions = np.flatnonzero(positions)
        origin = self.origins.get(table)
        first = [int(p) for p in positions[:SHOWN]]
        shown = [*map(str, first)] if origin is None else origin.cells(column, first)
        if values is not None:
            firsts = list(np.asarray(values, dtype=object)[:SHOWN])
            shown = [
                f"{place}: {value!r}" if isinstance(value, str) else f"{place}: {value}"
                for place, value in zip(shown, firsts, strict=True)
            ]
        label = "row" if origin is None or column not in origin.letters else "cell"
        label += " " if len(positions) == 1 else "s "
        examples = label + ", ".join(shown) if shown else ""
        if len(positions) > SHOWN:
            examples += ", …"
        if origin is not None:
            examples = ", ".join(filter(None, (origin.place(column), examples)))
        self.rows.append((table, column, problem, len(positions), examples, remedy))

    def note(
        self,
        table: str,
        column: str,
        rows: npt.NDArray[np.bool_],
        problem: str,
        remedy: str,
        values: Sequence[object] | pd.Series | npt.NDArray[np.generic] | None = None,
    ) -> bool:
        """Note a problem of those rows that a mask marks; gives whether there are any.

        Examples
        --------
        >>> problems = Problems()
        >>> slots = np.array([3, -1])
        >>> problems.note("capacity", "slots", slots < 0, "is below 0", "write 0 or more", slots)
        True
        """
        there = bool(np.any(rows))
        if there:
            self.add(table, column, problem, remedy, rows=rows, values=values)
        return there

    def need(
        self, table: str, frame: pd.DataFrame, columns: Iterable[str], remedy: str = "add it"
    ) -> None:
        """Note the columns that a table lacks."""
        for name in columns:
            if name not in frame:
                self.add(table, name, "the column is missing", remedy)

    def frame(self) -> pd.DataFrame:
        """Every problem so far, a row each."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def raise_if_any(self) -> None:
        """Raise :class:`InputError` with all problems, if there are any."""
        if self.rows:
            raise InputError(self.frame())
