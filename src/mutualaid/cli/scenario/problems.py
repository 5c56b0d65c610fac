"""What is wrong in a scenario file, collected, and told all at once with line and key."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from mutualaid.cli.scenario.line_numbers import Place
from mutualaid.errors import COLUMNS, InputError, Problems

Made = TypeVar("Made")
ALIKE = 0.6
"""How alike two keys are for one to be taken for a slip of the other."""


class ScenarioFileError(InputError):
    """A scenario file cannot be used; every problem found is listed at once.

    Its problems have the file in ``table`` and the key in ``column``; and ``line``, counted from 1
    (0 where the problem is of no one line).
    """

    def __str__(self) -> str:
        listed = self.problems.to_dict("records")
        name = str(listed[0]["table"])
        if len(listed) == 1:
            return f"{name}: {_sentence(listed[0])}"
        lines = [f"{name} has {len(listed)} problems:", *map(_sentence, listed)]
        return "\n  ".join(lines)


def _sentence(row: Mapping[Any, object]) -> str:
    parts = [f"line {row['line']}"] if row["line"] else []
    parts += [str(row["column"])] if row["column"] else []
    text = f"{', '.join(parts)}: {row['problem']}" if parts else str(row["problem"])
    if row["rows"]:
        text += f" ({row['rows']} {'row' if row['rows'] == 1 else 'rows'}; {row['examples']})"
    return f"{text}: {row['remedy']}" if row["remedy"] else text


@dataclass
class FileProblems:
    """Problems of one scenario file, as they are found.

    Examples
    --------
    >>> found = FileProblems("winter.toml", {("policy",): 3, ("policy", "max_minutes"): 4})
    >>> found.add(("policy", "max_minutes"), "is -5", "write a number from 0")
    >>> try:
    ...     found.raise_if_any()
    ... except ScenarioFileError as error:
    ...     print(error)
    winter.toml: line 4, policy.max_minutes: is -5: write a number from 0
    """

    name: str
    lines: Mapping[Place, int]
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(
        self, place: Place, problem: str, remedy: str = "", count: int = 0, examples: str = ""
    ) -> None:
        """Note one problem of the key at a place."""
        # The line of a key that is not written is that of the table it belongs to.
        around = (place[:n] for n in range(len(place), 0, -1))
        line = next((self.lines[one] for one in around if one in self.lines), 0)
        cells = (self.name, key(place), problem, count, examples, remedy, line)
        row = dict(zip((*COLUMNS, "line"), cells, strict=True))
        if row not in self.rows:
            self.rows.append(row)

    def unknown(self, place: Place, known: Collection[str]) -> None:
        """Note a key that its table cannot have, and the key that was perhaps meant."""
        inside = place[:-1]
        what = f"is no key of {heading(inside)}" if inside else "is no part of a scenario"
        self.add(place, what, meant(place[-1], known))

    def table(self, value: object, place: Place) -> Mapping[str, Any]:
        """Take what should be a table; one that is none is noted, and taken for empty."""
        if isinstance(value, Mapping):
            return value
        self.add(place, f"is {told(value)}", f"write it as a table, {heading(place)}")
        return {}

    def taken(self, error: InputError, place_of: Callable[[str, str], Place]) -> None:
        """Note what another part of the library found, at the keys that it is about."""
        for row in error.problems.to_dict("records"):
            table, column = str(row["table"]), str(row["column"])
            place = place_of(table, column)
            names = [name for name in (table.rpartition(".")[2], column) if name not in place]
            self.row(place, row, ".".join(filter(None, names)))

    def made(
        self, place: Place, make: Callable[..., Made], values: Mapping[str, Any]
    ) -> Made | None:
        """Make something of a table's values; what is wrong with them together is noted."""
        try:
            return make(**values)
        except InputError as error:
            for row in error.problems.to_dict("records"):
                column, table = str(row["column"]), str(row["table"])
                names = (column.partition(" ")[0], table.rpartition(".")[2])
                name = next((name for name in names if name in values), None)
                at = place if name is None else (*place, name)
                self.row(at, row, "" if name in (None, column) else column)
            return None

    def row(self, place: Place, row: Mapping[Any, Any], what: str, by: str = "") -> None:
        """Note a row of another error's problems: ``what`` is wrong, ``by`` what it came about."""
        text = f"{what} {row['problem']}".strip()
        if what and str(row["problem"]).startswith("the column "):
            text = str(row["problem"]).replace("the column ", f"the column {what} ", 1)
        if by:
            text = f"{by}: {text.removeprefix(f'{by}: ')}"
        self.add(place, text, str(row["remedy"]), int(row["rows"]), str(row["examples"]))

    @contextlib.contextmanager
    def explained(self, place_of: Callable[[str, str], Place]) -> Iterator[None]:
        """Tell an error that is raised inside as one of the scenario file's keys."""
        try:
            yield
        except ScenarioFileError:
            raise
        except InputError as error:
            self.taken(error, place_of)
            raise self.error() from error

    def error(self) -> ScenarioFileError:
        """Everything found so far, in the order of the file."""
        ordered = sorted(self.rows, key=lambda row: int(str(row["line"])))
        return ScenarioFileError(pd.DataFrame(ordered, columns=[*COLUMNS, "line"]))

    def raise_if_any(self) -> None:
        """Raise :class:`ScenarioFileError` with all problems, if there are any."""
        if self.rows:
            raise self.error()


def wrong(key: str, problem: str, remedy: str) -> InputError:
    """Make the error that a key, with the value that it has, cannot be used."""
    problems = Problems()
    problems.add("", key, problem, remedy)
    return InputError(problems.frame())


def key(place: Place) -> str:
    """A place as people write it; items are counted from 1.

    Examples
    --------
    >>> key(("change", 0, "factor"))
    'change[1].factor'
    """
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def heading(place: Place) -> str:
    """The heading under which the keys of a place stand.

    Examples
    --------
    >>> heading(("policy",)), heading(("change", 0))
    ('[policy]', '[[change]]')
    """
    if isinstance(place[-1], int):
        return f"[[{key(place[:-1])}]]"
    return f"[{key(place)}]"


def meant(name: object, known: Collection[str]) -> str:
    """What was perhaps meant by a name that is not known; else, all that is.

    Examples
    --------
    >>> meant("max_minute", ["max_minutes", "move_weeks"])
    'did you mean max_minutes?'
    >>> meant("speed", ["max_minutes", "move_weeks"])
    'use max_minutes, move_weeks'
    """
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(str(name).casefold(), folded, n=1, cutoff=ALIKE)
    return f"did you mean {folded[near[0]]}?" if near else f"use {', '.join(known)}"


def told(value: object) -> str:
    """A value of a scenario file in a message: short, as TOML writes it.

    Examples
    --------
    >>> told(True), told("deep"), told({"a": 1})
    ('true', "'deep'", 'a table')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


LONGEST = 80
"""Characters of a value that a message shows."""
