"""What codes are called, and which code a name stands for: the one rule for all names.

Two names are the same if they have the same words: without regard to capitals, apostrophes and
other signs, with "&" as "and" and "Saint" as "St", and without "The" or "NHS" before and "NHS
Foundation Trust", "NHS FT", "Trust", "Ltd" or "Integrated Care Board" behind. A name that no code,
or more than one, has is never guessed: what is nearest is told, and whoever asked decides.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mutualaid.data.words import england
from mutualaid.data.words.service_words import SERVICES, names_of_service, plain_service
from mutualaid.formats import listed

SIGNS_WITHIN = re.compile("['\u2018\u2019\u02bc`\u00b4.]")
"""Signs that part no words: St. Mary's."""
BEFORE = frozenset({"the", "nhs"})
BEHIND = frozenset(
    {"nhs", "foundation", "trust", "ft", "ltd", "limited", "plc", "hq", "icb", "ics"}
)
BOARD = (("integrated", "care", "board"), ("integrated", "care", "system"))
SAME = {"saint": "st", "hospitals": "hospital"}
"""Words that are written in two ways."""
ALIKE = 0.5
"""How alike two codes or names are for one to be told as near to the other."""


def plain_name(name: str) -> str:
    """Reduce the name of a trust, a hospital or a board to the words by which it is known.

    Examples
    --------
    >>> plain_name("St Mary's NHS Foundation Trust"), plain_name("SAINT MARYS NHS FT")
    ('st marys', 'st marys')
    >>> plain_name("NHS Greater Manchester Integrated Care Board"), plain_name("Guy's & St Thomas'")
    ('greater manchester', 'guys and st thomas')
    """
    seen = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    text = SIGNS_WITHIN.sub("", seen.casefold().replace("&", " and ").replace("+", " and "))
    words = [SAME.get(word, word) for word in re.findall(r"[^\W_]+", text)]
    start, end = 0, len(words)
    while start < end and words[start] in BEFORE:
        start += 1
    while start < end:
        if tuple(words[max(start, end - 3) : end]) in BOARD:
            end -= 3
        elif words[end - 1] in BEHIND:
            end -= 1
        else:
            break
    return " ".join(words[start:end] or words)


def plain_code(code: str) -> str:
    """Reduce a code to what tells it apart: its capitals, and 110 for C_110.

    Examples
    --------
    >>> plain_code("c_110"), plain_code(" r0a ")
    ('110', 'R0A')
    """
    return re.sub(r"^C_(?=\d{3}$)", "", code.strip().upper())


@dataclass(frozen=True, slots=True)
class Found:
    """The code that a name stands for."""

    code: str
    exact: bool
    """Whether it is the code, or its name, letter for letter."""


@dataclass(frozen=True, slots=True)
class Read:
    """What several texts were read as."""

    codes: Mapping[str, str]
    """By each text that stands for a code, that code."""
    unknown: tuple[str, ...]
    """The texts that stand for none, or that could be several."""
    notes: tuple[str, ...]
    """What was read as what, where it is neither the code nor the name letter for letter."""


@dataclass(frozen=True)
class KnownNames:
    """Codes of one kind, and what each of them is called.

    Examples
    --------
    >>> trusts = KnownNames({"RM3": ("Northern Care Alliance NHS FT",), "XA1": ("St Mary's",),
    ...                      "XB2": ("ST MARYS NHS TRUST",)})
    >>> trusts.find("NORTHERN CARE ALLIANCE"), trusts.find("RM3"), trusts.find("St. Mary's")
    (Found(code='RM3', exact=False), Found(code='RM3', exact=True), None)
    >>> print(trusts.unknown("St. Mary's"))
    "St. Mary's" (could be XA1 (St Mary's) and XB2 (ST MARYS))
    >>> print(trusts.unknown("RM33"))
    'RM33' (nearest: RM3 (Northern Care Alliance))
    """

    names: Mapping[str, tuple[str, ...]]
    """What each code is called; the first is how it is told."""
    form: Callable[[str], str] = field(default=plain_name)
    called: Mapping[str, str] = field(default_factory=dict)
    """What codes are called that may be asked for where one of ``names`` is a name."""

    @classmethod
    def unnamed(cls, codes: Iterable[str]) -> KnownNames:
        """Codes that go by themselves.

        Examples
        --------
        >>> KnownNames.unnamed(["north"]).unknown("nort")
        "'nort' (nearest: north)"
        """
        return cls(dict.fromkeys(codes, ()))

    def find(self, text: str) -> Found | None:
        """The code that a text stands for; None if there is none, or more than one."""
        if text in self.names:
            return Found(text, exact=True)
        meant = self.candidates(text)
        if len(meant) != 1:
            return None
        return Found(meant[0], exact=text in self.names[meant[0]])

    def candidates(self, text: str) -> list[str]:
        """The codes that a text could stand for, by code or by name."""
        by_code = self._by_code.get(plain_code(text), [])
        return by_code or self._by_name.get(self.form(self.called.get(text, text)), [])

    def read(self, texts: Iterable[str]) -> Read:
        """Read several texts, each as the code that it stands for.

        Examples
        --------
        >>> read = providers_named(["RM3", "R0A"]).read(["R0A", "NORTHERN CARE ALLIANCE", "RM4"])
        >>> read.codes, read.unknown
        ({'R0A': 'R0A', 'NORTHERN CARE ALLIANCE': 'RM3'}, ('RM4',))
        >>> read.notes
        ("'NORTHERN CARE ALLIANCE' is read as RM3 (Northern Care Alliance)",)
        """
        found = {text: self.find(text) for text in dict.fromkeys(texts)}
        return Read(
            codes={text: one.code for text, one in found.items() if one is not None},
            unknown=tuple(text for text, one in found.items() if one is None),
            notes=tuple(
                f"{text!r} is read as {self.told(one.code)}"
                for text, one in found.items()
                if one is not None and not one.exact
            ),
        )

    def told(self, code: str) -> str:
        """A code with its name."""
        name = next(iter(self.names.get(code, ())), "")
        return f"{code} ({without_ending(name)})" if name and name != code else code

    def unknown(self, text: str) -> str:
        """A text that stands for none of the codes, and what it could mean, or what is nearest."""
        could = self.candidates(text) or self._with_words(text)
        if could:
            return f"{text!r} (could be {listed(map(self.told, could))})"
        near = self._nearest(text)
        return f"{text!r} (nearest: {self.told(near)})" if near is not None else repr(text)

    def _nearest(self, text: str) -> str | None:
        if " " not in text.strip():
            code = text.strip()
            close = difflib.get_close_matches(code, sorted(self.names), 5, ALIKE)
            if close:
                # Of codes that are as near, the one that differs in place: Q0P is QOP, not QPM.
                return max(close, key=lambda one: (_ratio(one, code), _in_place(one, code)))
        close = difflib.get_close_matches(self.form(text), sorted(self._by_name), 1, ALIKE)
        return self._by_name[close[0]][0] if close else None

    def _with_words(self, text: str) -> list[str]:
        """Codes with a name that has all words of a text."""
        words = set(self.form(text).split())
        found = (codes for name, codes in self._by_name.items() if words <= set(name.split()))
        return list(dict.fromkeys(code for codes in found for code in codes)) if words else []

    @cached_property
    def _by_code(self) -> Mapping[str, list[str]]:
        return _grouped((plain_code(code), code) for code in self.names)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        # A label that nobody has a name for is itself one.
        called = ((code, names or (code,)) for code, names in self.names.items())
        forms = ((self.form(name), code) for code, names in called for name in names)
        return _grouped(pair for pair in forms if pair[0])


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, one).ratio()


def _in_place(one: str, other: str) -> int:
    return sum(a == b for a, b in zip(one, other, strict=False))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, dict[str, None]] = {}
    for key, code in pairs:
        grouped.setdefault(key, {})[code] = None
    return {key: list(codes) for key, codes in grouped.items()}


def without_ending(name: str) -> str:
    """Leave out what nearly all trusts and boards are called, where something is left.

    Examples
    --------
    >>> without_ending("Bolton NHS Foundation Trust")
    'Bolton'
    """
    return ENDING.sub("", name) or name


ENDING = re.compile(
    r"[\s,]+(?:NHS\s+(?:(?:FOUNDATION\s+)?TRUST|FT)|INTEGRATED\s+CARE\s+BOARD)$", re.IGNORECASE
)


def providers_named(codes: Collection[str], names: Mapping[str, str] | None = None) -> KnownNames:
    """Providers by code: what the caller calls them, and what they are called in England.

    Examples
    --------
    >>> providers_named(["RM3", "XA1"]).find("Northern Care Alliance NHS FT").code
    'RM3'
    """
    return _organisations(codes, names or {}, england.provider_names())


def _organisations(
    codes: Collection[str], ours: Mapping[str, str], theirs: Mapping[str, str]
) -> KnownNames:
    names = {
        code: tuple(dict.fromkeys(one[code] for one in (theirs, ours) if code in one))
        for code in codes
    }
    return KnownNames(names, plain_name, theirs)


def services_named(codes: Collection[str]) -> KnownNames:
    """Services by code: those of the RTT return by their names there and in hospitals.

    Examples
    --------
    >>> services_named(["C_110", "hips"]).find("Orthopaedics").code
    'C_110'
    """
    return KnownNames({code: names_of_service(code) for code in codes}, plain_service, SERVICES)


def boards_named(codes: Collection[str], names: Mapping[str, str] | None = None) -> KnownNames:
    """Integrated care boards by code.

    Examples
    --------
    >>> boards_named(["QOP"]).find("Greater Manchester").code
    'QOP'
    """
    return _organisations(codes, names or {}, england.board_names())


def with_name(code: str) -> str:
    """A code of a provider or a service of England with its name; any other code as it is.

    Examples
    --------
    >>> with_name("RM3"), with_name("C_110"), with_name("XA1")
    ('RM3 (Northern Care Alliance)', 'C_110 (Trauma and Orthopaedic)', 'XA1')
    """
    name = england.provider_names().get(code) or SERVICES.get(code)
    return f"{code} ({without_ending(name)})" if name else code
