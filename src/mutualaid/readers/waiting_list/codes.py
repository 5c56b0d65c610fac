"""What the codes of an extract mean."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

KM_PER_MILE = 1.609344
MINUTES, MILES = "minutes", "miles"
NO_ICB = ""

INPATIENT_LISTS = frozenset({"irtt", "inon", "ptli", "rtti", "inpatient", "ip", "admitted"})
OUTPATIENT_LISTS = frozenset(
    {"ortt", "onon", "ptlo", "rtto", "outpatient", "op", "non-admitted", "non admitted"}
)
"""Types of waiting list in the WLMDS; I is read as inpatient and O as outpatient."""

STOPPED = frozenset(str(code) for code in range(30, 37))
OUTSIDE = frozenset(str(code) for code in range(90, 100))
OPEN = frozenset({"10", "11", "12", "20", "21"})
"""RTT status: section *RTT period status* of NHS England's recording guidance v5.0, annex."""

OVERNIGHT: Mapping[str, str] = {"1": "yes", "2": "no"}
"""Intended management: at least one night, or none; sequences of stays are left open."""

MANAGED = frozenset("12345")
"""Intended management of an elective admission, of a night, a day or a sequence of these."""

_LEADING = re.compile(r"(\d+)(?:[\s:.-].*)?", re.ASCII)
_LIMIT = re.compile(
    r"(?:up to |within |max(?:imum)? )?(\d+(?:\.\d+)?) ?"
    r"(miles?|mi|km|kilomet(?:re|er)s?|min(?:ute)?s?|hours?|hrs?)(?: away| one way| each way)?",
    re.ASCII,
)
_ICB = re.compile(
    r"(?:(?:with)?in (?:(?:the|my|own|local|home) )*)?(?:icb|integrated care board)(?: only)?"
)
_ANYWHERE = frozenset(
    {"national", "nationally", "nationwide", "anywhere", "any", "england", "no limit", "yes", "y"}
)
_NOWHERE = frozenset({"no", "n", "nowhere", "not willing", "unwilling"})
_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?) ?(\d)[A-Z]{2}", re.ASCII)


def inpatient(text: str) -> bool | None:
    """Say whether a type of waiting list is one for admission."""
    word = text.lower()
    return True if word in INPATIENT_LISTS else False if word in OUTPATIENT_LISTS else None


def elective_admission(text: str) -> bool | None:
    """Say whether an intended management is one of an elective admission: codes 1 to 5.

    Examples
    --------
    >>> elective_admission("2 - day case"), elective_admission("8")
    (True, None)
    """
    return True if leading(text) in MANAGED else None


def leading(text: str) -> str | None:
    """The number that a code with a description begins with.

    Examples
    --------
    >>> leading("30 - start of first treatment"), leading("3 in all"), leading("none")
    ('30', '3', None)
    """
    found = _LEADING.fullmatch(text)
    return None if found is None else found[1]


def quintile(text: str) -> str | None:
    """Read a quintile of deprivation, 1 the most deprived.

    Examples
    --------
    >>> quintile("1 - most deprived"), quintile("Unknown"), quintile("7")
    ('1', 'unknown', None)
    """
    number = leading(text)
    if text.lower() == "unknown":
        return "unknown"
    return str(int(number)) if number is not None and 1 <= int(number) <= 5 else None


def quintile_of_decile(text: str) -> str | None:
    """Read a decile of deprivation as a quintile.

    Examples
    --------
    >>> [quintile_of_decile(t) for t in ("1", "2", "3", "10", "11")]
    ['1', '1', '2', '5', None]
    """
    number = leading(text)
    known = number is not None and 1 <= int(number) <= 10
    return str((int(number) + 1) // 2) if known and number is not None else None


def travel_limit(text: str, unit: str | None) -> tuple[float, str] | str | None:
    """Read how far a patient is willing to go.

    A distance stays a distance, and a time a time.

    Parameters
    ----------
    text
        "50 miles", "30 minutes", "within ICB", "national", "no"; a number if there is a unit.
    unit
        What a bare number counts, "minutes" or "miles", if anything.

    Returns
    -------
    (float, str), str or None
        How far one way, and whether in ``"minutes"`` or in ``"miles"``; ``"icb"``; or None if it
        cannot be read.

    Examples
    --------
    >>> travel_limit("1 hour", None), travel_limit("50 miles", None), travel_limit("50", "miles")
    ((60.0, 'minutes'), (50.0, 'miles'), (50.0, 'miles'))
    >>> travel_limit("Within ICB", None), travel_limit("50", None)
    ('icb', None)
    """
    word = " ".join(text.lower().split())
    if _ICB.fullmatch(word):
        return "icb"
    if word in _ANYWHERE:
        return math.inf, MINUTES
    if word in _NOWHERE:
        return 0.0, MINUTES
    if unit is not None and (word == "inf" or re.fullmatch(r"\d+(?:\.\d+)?", word, re.ASCII)):
        return float(word), unit
    found = _LIMIT.fullmatch(word)
    return None if found is None else _in_units(float(found[1]), found[2])


def _in_units(number: float, unit: str) -> tuple[float, str]:
    if unit.startswith("min"):
        return number, MINUTES
    if unit.startswith("h"):
        return number * 60, MINUTES
    return number / KM_PER_MILE if unit.startswith("k") else number, MILES


def sector(text: str) -> str | None:
    """The sector of a full postcode; None if it is something else.

    Examples
    --------
    >>> sector("SW1A 2AA"), sector("sw1a2aa"), sector("E01000001"), sector("SW1A 2")
    ('SW1A 2', 'SW1A 2', None, None)
    """
    found = _POSTCODE.fullmatch(text.upper())
    return None if found is None else f"{found[1]} {found[2]}"
