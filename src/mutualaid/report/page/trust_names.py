"""How trusts are called on a page, and ids that are safe and not given twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mutualaid.errors import InputError, Problems
from mutualaid.report.spreadsheet_text import writable

# Controls, and characters that turn the direction of all text after them.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
NOT_IN_IDS = re.compile("[^A-Za-z0-9_-]+")
SHORT = 30
# What nearly all of them are called needs no room.
ENDING = re.compile(r"[\s,]+NHS\s+(FOUNDATION\s+)?TRUST$", re.IGNORECASE)
LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of providers for people.

    Attributes
    ----------
    names : mapping of str to str
        Codes to names; a code without a name stands for itself.
    ids : mapping of str to str
        Codes to ids.

    Examples
    --------
    >>> labels = Labels.of(["RJ1", "R J1"], {"RJ1": "Guy's and St Thomas'"})
    >>> labels.full("RJ1"), labels.full("R J1")
    ("Guy's and St Thomas' (RJ1)", 'R J1')
    >>> labels.ids["RJ1"], labels.ids["R J1"]
    ('trust-RJ1', 'trust-R-J1')
    """

    names: Mapping[str, str]
    ids: Mapping[str, str]

    @classmethod
    def of(cls, codes: Iterable[str], names: Mapping[str, str] | None) -> Labels:
        """Names that have been checked, and an id for each code.

        Raises
        ------
        InputError
            If names are no mapping of codes to text.
        """
        given = {str(code): name for code, name in _checked(names).items()}
        taken: dict[str, str] = {}
        for code in codes:
            base = NOT_IN_IDS.sub("-", code)[:LONGEST_ID].strip("-") or "unnamed"
            found, number = f"trust-{base}", 1
            while found.casefold() in {used.casefold() for used in taken.values()}:
                number += 1
                found = f"trust-{base}-{number}"
            taken[code] = found
        return cls(given, taken)

    def full(self, code: str) -> str:
        """Name and code."""
        name = clean(self.names.get(code, "")).strip()
        return f"{name} ({clean(code)})" if name and name != code else clean(code)

    def code(self, code: str) -> str:
        """The code alone, cut where it is long."""
        return cut(clean(code))

    def short(self, code: str) -> str:
        """The same, cut where there is little room; the code stays whole as long as it can."""
        name, own = clean(self.names.get(code, "")).strip(), cut(clean(code))
        return f"{cut(ENDING.sub('', name))} ({own})" if name and name != code else own


def clean(text: str) -> str:
    r"""Text without what cannot be seen, which could turn the text around it.

    Examples
    --------
    >>> clean("a\u202eb\x00c\nd")
    'a b c d'
    """
    return UNSEEN.sub(" ", writable(text))


def cut(text: str, longest: int = SHORT) -> str:
    """The beginning of a long text.

    Examples
    --------
    >>> cut("Northern Care Alliance", 8)
    'Norther…'
    """
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "\u2026"


def _checked(names: object) -> Mapping[object, str]:
    if names is None:
        return {}
    if not isinstance(names, Mapping):
        raise InputError(f"names is a {type(names).__name__}: pass a mapping of codes to names")
    problems = Problems()
    for code, name in names.items():
        if not isinstance(name, str):
            remedy = "write the name as text, or leave the code out"
            problems.add("names", str(code), f"is a {type(name).__name__}", remedy)
    problems.raise_if_any()
    return names
