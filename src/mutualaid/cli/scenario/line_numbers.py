"""On which line of a TOML file each key stands.

The standard library's parser says what a file holds, but not where. This one reads a text that
the parser has accepted already, and so only needs to tell keys from values: it finds the line of
every table, key and item, and never what a value means.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[str | int, ...]
"""A way through a file's tables: names of keys, and numbers of items from 0."""

BARE = re.compile(r"[A-Za-z0-9_-]+")
BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
SPACE = re.compile(r"[ \t]*")
SCALAR = re.compile(r"[^,\]}#\n]*")
BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
LITERAL = re.compile(r"'[^'\n]*'")
# Two more quotation marks may belong to the text before the three that end it.
LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:""|"|)', re.DOTALL)
LONG_LITERAL = re.compile(r"'''.*?'''(?:''|'|)", re.DOTALL)
SYNTAX = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)")


def syntax_error(text: str, error: tomllib.TOMLDecodeError) -> tuple[int, str]:
    r"""Say on which line a text stops being TOML, and why.

    Examples
    --------
    >>> try:
    ...     tomllib.loads("a = 1\nb = ?")
    ... except tomllib.TOMLDecodeError as error:
    ...     syntax_error("a = 1\nb = ?", error)
    (2, 'Invalid value')
    """
    found = SYNTAX.fullmatch(str(error))
    last = text.rstrip("\n").count("\n") + 1
    if found is None:
        return last, str(error)
    return int(found["line"] or last), found["what"]


def lines_of(text: str) -> Mapping[Place, int]:
    r"""Find the line, counted from 1, of every table, key and item of a TOML text.

    Parameters
    ----------
    text
        What :func:`tomllib.loads` reads.

    Returns
    -------
    mapping
        From the place of each key to its line. A table that is only implied by others stands
        where it is first named.

    Examples
    --------
    >>> text = '[data]\nperiods = 13\n\n[[change]]\nkind = "capacity"\n'
    >>> lines = lines_of(text)
    >>> lines["data", "periods"], lines["change", 0, "kind"]
    (2, 5)
    """
    reader = _Reader(text.replace("\r\n", "\n"))
    reader.read()
    return reader.lines


@dataclass
class _Reader:
    """Reads a text once, from its start to its end."""

    text: str
    at: int = 0
    lines: dict[Place, int] = field(default_factory=dict)
    items: dict[Place, int] = field(default_factory=dict)
    """How many tables each array of tables has so far."""

    def __post_init__(self) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    def read(self) -> None:
        table: Place = ()
        while self._skip(BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _note(self, place: Place, at: int) -> None:
        self.lines.setdefault(place, bisect.bisect_right(self._starts, at))

    def _header(self) -> Place:
        """Read ``[a.b]`` or ``[[a.b]]`` and give the place of the table that it opens."""
        start = self.at
        many = self.text.startswith("[[", start)
        self.at += 2 if many else 1
        parts = self._key()
        self.at += 2 if many else 1
        place: Place = ()
        for part in parts[:-1]:
            place = self._opened((*place, part), start)
        last = (*place, parts[-1])
        if not many:
            return self._opened(last, start)
        self._note(last, start)
        self.items[last] = self.items.get(last, 0) + 1
        return self._opened(last, start)

    def _opened(self, place: Place, start: int) -> Place:
        """Give the table of a name, which is the newest item where there are several."""
        self._note(place, start)
        if place in self.items:
            place = (*place, self.items[place] - 1)
            self._note(place, start)
        return place

    def _key(self) -> list[str]:
        """Read a key with its dots, and the blanks around it."""
        parts: list[str] = []
        while True:
            self._skip(SPACE)
            start = self.at
            quote = self.text[start]
            self._skip({'"': BASIC, "'": LITERAL}.get(quote, BARE))
            raw = self.text[start : self.at]
            if quote == '"':
                raw = tomllib.loads(f"key = {raw}")["key"]
            parts.append(raw[1:-1] if quote == "'" else raw)
            self._skip(SPACE)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _pair(self, table: Place) -> None:
        start, place = self.at, table
        for part in self._key():
            place = (*place, part)
            self._note(place, start)
        self.at += 1
        self._skip(SPACE)
        self._value(place)

    def _value(self, place: Place) -> None:
        text, at = self.text, self.at
        if text[at] == "[":
            self._items(place)
        elif text[at] == "{":
            self.at += 1
            while text[self._skip(BLANK)] != "}":
                self._pair(place)
                self._comma()
            self.at += 1
        elif text.startswith('"""', at):
            self._skip(LONG_BASIC)
        elif text.startswith("'''", at):
            self._skip(LONG_LITERAL)
        else:
            self._skip({'"': BASIC, "'": LITERAL}.get(text[at], SCALAR))

    def _items(self, place: Place) -> None:
        self.at += 1
        number = 0
        while self.text[self._skip(BLANK)] != "]":
            item = (*place, number)
            self._note(item, self.at)
            self._value(item)
            self._comma()
            number += 1
        self.at += 1

    def _comma(self) -> None:
        if self.text[self._skip(BLANK)] == ",":
            self.at += 1
