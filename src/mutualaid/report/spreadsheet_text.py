"""Texts that spreadsheets would take for something else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from mutualaid.formats import writable

STARTERS = "=+-@\u2212"
CONTROLS = "\t\r\n"
UNSEEN = " \t\r\n\v\f\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u3000"
LONGEST_TEXT = 32_767
LONGEST_NAME = 31
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffd]")


def like_formula(text: str) -> bool:
    r"""Whether a spreadsheet that opens the text as data might take it for a formula.

    So it may if it starts with ``=``, ``+``, ``-`` or ``@`` (full width or small as well), after
    blanks or not, or with a tab or a line break.

    Examples
    --------
    >>> [like_formula(text) for text in ("=1+1", " @x", "\uff1dcmd", "\tx", "RJ1", "3-4")]
    [True, True, True, True, False, False]
    """
    if text[:1] and text[0] in CONTROLS:
        return True
    start = unicodedata.normalize("NFKC", text.lstrip(UNSEEN)[:1])
    return bool(start) and start[0] in STARTERS


def guarded(value: object) -> object:
    """A cell for a CSV file: text that looks like a formula with an apostrophe before it.

    Examples
    --------
    >>> guarded("=1+1"), guarded("RJ1"), guarded(-3)
    ("'=1+1", 'RJ1', -3)
    """
    if not isinstance(value, str):
        return value
    clean = writable(value)
    return f"'{clean}" if like_formula(clean) else clean


def sheet_names(wanted: Iterable[str]) -> list[str]:
    r"""Valid names of sheets, none twice: at most 31 characters, none of ``[]:*?/\``.

    Examples
    --------
    >>> sheet_names(["To A/B", "to a-b", "History", ""])
    ['To A-B', 'to a-b (2)', 'History-', 'Sheet']
    """
    taken: set[str] = set()
    names = []
    for text in wanted:
        base = NOT_IN_NAMES.sub("-", writable(text)).strip("' ") or "Sheet"
        if base.casefold() == "history":
            # Excel keeps this name for itself.
            base += "-"
        name = _cut(base, LONGEST_NAME)
        number = 1
        while _folded(name) in taken:
            number += 1
            ending = f" ({number})"
            name = _cut(base, LONGEST_NAME - len(ending)) + ending
        taken.add(_folded(name))
        names.append(name)
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut(text: str, longest: int) -> str:
    """The beginning of a text, so long as Excel counts: some characters count twice."""
    length = 0
    for place, character in enumerate(text):
        length += 2 if ord(character) > 0xFFFF else 1
        if length > longest:
            return text[:place].rstrip("' ")
    return text
