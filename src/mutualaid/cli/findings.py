"""What is wrong in a scenario file, collected, and told all at once with line and key."""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from mutualaid.cli.toml_lines import Place
from mutualaid.errors import COLUMNS, InputError

Made = TypeVar("Made")
ALIKE = 0.6
"""How alike two keys are for one to be taken for a slip of the other."""


class ScenarioFileError(InputError):
    """A scenario file cannot be used; every problem found is listed at once.

    Attributes
    ----------
    problems : pandas.DataFrame
        As for :class:`mutualaid.InputError`, with the file in ``table`` and the key in
        ``column``; and ``line``, counted from 1 (0 where the problem is of no one line).
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
class Findings:
    """Problems of one scenario file, as they are found.

    Examples
    --------
    >>> found = Findings("winter.toml", {("policy",): 3, ("policy", "max_minutes"): 4})
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
        row = dict(
            zip(COLUMNS, (self.name, key(place), problem, count, examples, remedy), strict=True)
        )
        row |= {"line": self._line(place)}
        if row not in self.rows:
            self.rows.append(row)

    def _line(self, place: Place) -> int:
        """The line of a key; where it is not written, that of the table it belongs to."""
        return next(
            (self.lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in self.lines), 0
        )

    def unknown(self, table: Mapping[str, object], place: Place, known: Collection[str]) -> None:
        """Note every key of a table that it cannot have, and the key that was perhaps meant."""
        for name in table:
            if name not in known:
                what = f"is no key of {heading(place)}" if place else "is no part of a scenario"
                self.add((*place, name), what, meant(name, known))

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
            self._row(place, row, ".".join(filter(None, names)))

    def made(
        self, place: Place, make: Callable[..., Made], values: Mapping[str, Any]
    ) -> Made | None:
        """Make something of a table's values; whatever is wrong with them is noted, key by key.

        A value that cannot be used at all may keep others from being looked at: it is noted, left
        out, and what is left is tried again.
        """
        needed = [p.name for p in inspect.signature(make).parameters.values() if _needed(p)]
        if absent := [name for name in needed if name not in values]:
            self.add(place, f"lacks {', '.join(absent)}", f"write {', '.join(absent)}")
            return None
        left = dict(values)
        while True:
            error = _error_of(make, left)
            if error is None:
                return make(**left) if len(left) == len(values) else None
            rows = _rows_of(error)
            keys = [_key_of(row, left) for row in rows]
            if all(keys):
                for row, name in zip(rows, keys, strict=True):
                    column = str(row["column"])
                    self._row((*place, str(name)), row, "" if column == name else column)
                return None
            culprit = next((n for n in left if n not in needed and _blamed(make, left, n)), None)
            where = place if culprit is None else (*place, culprit)
            for row, name in zip(rows, keys, strict=True):
                if name is None:
                    self.add(where, _in_toml(str(row["problem"]), culprit), str(row["remedy"]))
            if culprit is None:
                return None
            del left[culprit]

    def _row(self, place: Place, row: Mapping[Any, object], what: str) -> None:
        """Note a row of another error's problems; ``what`` it is about, if not the key itself."""
        text = f"{what} {row['problem']}".strip()
        self.add(place, text, str(row["remedy"]), int(str(row["rows"])), str(row["examples"]))

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
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


LONGEST = 80
"""Characters of a value that a message shows."""


def _error_of(make: Callable[..., object], values: Mapping[str, Any]) -> Exception | None:
    try:
        make(**values)
    except InputError as error:
        return error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        # What a value of another kind than is asked for may come to.
        return error
    return None


def _rows_of(error: Exception) -> list[Mapping[Any, object]]:
    """The problems that an error lists, or the one that it is."""
    if isinstance(error, InputError):
        return [dict(row) for row in error.problems.to_dict("records")]
    return [{"problem": f"cannot be used: {error}", "remedy": ""}]


def _blamed(make: Callable[..., object], values: Mapping[str, Any], name: str) -> bool:
    """Whether a call no longer fails as it does once a value is left out."""
    rest = {other: value for other, value in values.items() if other != name}
    return str(_error_of(make, rest)) != str(_error_of(make, values))


def _needed(parameter: inspect.Parameter) -> bool:
    named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    return named and parameter.default is parameter.empty


def _key_of(row: Mapping[Any, object], values: Mapping[str, Any]) -> str | None:
    """The key that a problem is about, by its column or its table."""
    column, table = str(row.get("column", "")), str(row.get("table", ""))
    names = [column.partition(" ")[0], table.rpartition(".")[2]]
    return next((name for name in names if name in values), None)


def _in_toml(text: str, name: str | None) -> str:
    """A message without the name of the key that it stands beside, in the words of the file."""
    for start in (f"policy.{name} ", f"{name} "):
        text = text.removeprefix(start)
    return text.replace("pass a DataFrame", "write tables, or the path of a CSV file")
