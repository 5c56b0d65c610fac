"""What trusts and services are called where people read of them: on pages, in figures, in words.

One name in every output: without what cannot be seen, not in the capitals of NHS files, and never
cut without an ellipsis. A code that has no name stands for itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from mutualaid.arguments import Arguments, argument
from mutualaid.data.words.known_names import without_ending
from mutualaid.data.words.service_words import SERVICES
from mutualaid.formats import SMALL_WORDS, clean, shortened

LONGEST = 30
"""Characters of a name where there is little room."""
LONGEST_ID = 40

CAPITALS = frozenset(
    (
        *("NHS", "ICB", "ICS", "CCG", "CIC", "UK", "HQ", "GP", "MSK", "PLC", "LLP", "DHC", "N2S"),
        *("ACES", "CES", "DMC", "HCRG", "KIMS"),
    )
)
"""Words that are in capitals because they are abbreviations."""
OWN_SPELLING = {"SPAMEDICA": "SpaMedica", "INHEALTH": "InHealth", "ISIGHT": "iSIGHT"}
"""What some providers call themselves."""
NOT_IN_IDS = re.compile("[^A-Za-z0-9_-]+")


def proper(name: str) -> str:
    """Write a name that is in capitals as people do; any other as it is.

    Examples
    --------
    >>> proper("GUY'S AND ST THOMAS' NHS FOUNDATION TRUST"), proper("Ivy Down")
    ("Guy's and St Thomas' NHS Foundation Trust", 'Ivy Down')
    >>> proper("UNIVERSITY HOSPITALS OF STOKE-ON-TRENT"), proper("NHS DEVON ICB")
    ('University Hospitals of Stoke-on-Trent', 'NHS Devon ICB')
    >>> proper("CORA HEALTH MSK (FORMERLY CONNECT HEALTH LTD)")
    'Cora Health MSK (Formerly Connect Health Ltd)'
    """
    if not name.isupper() or not re.search("[A-Z]{4}", name):
        return name
    parts = re.split(r"([\s()-]+)", name)
    return "".join(
        part
        if part in CAPITALS
        else OWN_SPELLING[part]
        if part in OWN_SPELLING
        else part.lower()
        if place and part.casefold() in SMALL_WORDS
        else part.title().replace("'S", "'s")
        for place, part in enumerate(parts)
    )


def service_name(code: object) -> str:
    """Name a service: by NHS England's name, if it is one of the return's.

    Examples
    --------
    >>> service_name("C_110"), service_name("hips")
    ('Trauma and Orthopaedic', 'hips')
    """
    return shortened(clean(SERVICES.get(str(code), str(code))) or "?", LONGEST)


class Names:
    """Names of providers, cleaned; in figures short, and no two the same.

    Parameters
    ----------
    codes
        All providers that are shown.
    names
        Names by code; a provider without one goes by its code.

    Raises
    ------
    InputError
        If names are no mapping from codes to text.

    Examples
    --------
    >>> names = Names(["RJ1", "RB2", "R J1"], {"RJ1": "ALDER NHS TRUST", "RB2": "Alder"})
    >>> names("RJ1"), names("R J1")
    ('Alder (RJ1)', 'R J1')
    >>> names.full("RJ1"), names.short("RJ1"), names.full("R J1")
    ('Alder NHS Trust (RJ1)', 'Alder (RJ1)', 'R J1')
    >>> names.ids["RJ1"], names.ids["R J1"]
    ('trust-RJ1', 'trust-R-J1')
    """

    def __init__(self, codes: Iterable[object], names: Mapping[str, str] | None = None) -> None:
        self._codes = list(dict.fromkeys(str(code) for code in codes))
        self._named = {code: proper(clean(name)) for code, name in _checked(names).items()}

    def __call__(self, code: object) -> str:
        """The name that is drawn for a code."""
        return self._drawn[str(code)]

    def full(self, code: str) -> str:
        """Name and code."""
        name = self._name(code)
        return f"{name} ({clean(code)})" if name else clean(code)

    def code(self, code: str) -> str:
        """The code alone, cut where it is long."""
        return shortened(clean(code), LONGEST)

    def short(self, code: str) -> str:
        """Name and code, cut where there is little room; the code stays whole while it can."""
        name = without_ending(self._name(code))
        return f"{shortened(name, LONGEST)} ({self.code(code)})" if name else self.code(code)

    def _name(self, code: str) -> str:
        name = self._named.get(code, "")
        return "" if name == code else name

    @cached_property
    def ids(self) -> dict[str, str]:
        """An id for each code, safe in a page and no two alike."""
        taken: dict[str, str] = {}
        for code in self._codes:
            base = NOT_IN_IDS.sub("-", code)[:LONGEST_ID].strip("-") or "unnamed"
            found, number = f"trust-{base}", 1
            while found.casefold() in {used.casefold() for used in taken.values()}:
                number += 1
                found = f"trust-{base}-{number}"
            taken[code] = found
        return taken

    @cached_property
    def _drawn(self) -> dict[str, str]:
        full = {c: without_ending(self._named.get(c, "")) or clean(c) or "?" for c in self._codes}
        short = {code: shortened(name, LONGEST) for code, name in full.items()}
        shared = Counter(short.values())
        return {
            code: name
            if shared[name] == 1
            else f"{shortened(name, 18)} ({shortened(clean(code), 8)})"
            for code, name in short.items()
        }


def _checked(names: object) -> dict[str, str]:
    argument.kind("names", names, Mapping | None, "pass a mapping of codes to names")
    given = names if isinstance(names, Mapping) else {}
    with Arguments("names") as check:
        for code, name in given.items():
            check.kind(str(code), name, str, "write the name as text, or leave the code out")
    return {str(code): str(name) for code, name in given.items()}
