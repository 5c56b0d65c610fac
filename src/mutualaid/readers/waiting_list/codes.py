"""What the codes of an extract mean."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from mutualaid.errors import InputError
from mutualaid.readers.services import SERVICES, TOTAL, rtt_service
from mutualaid.schema import NO_PRIORITY

KM_PER_MILE = 1.609344
MINUTES, MILES = "minutes", "miles"
NO_ICB = ""

YES = frozenset({"yes", "y", "true", "t", "1"})
NO = frozenset({"no", "n", "false", "f", "0"})
CONSENTED = YES | {"agreed", "agrees", "willing", "consented", "accepted", "given"}
REFUSED = NO | {"refused", "declined", "disagrees", "unwilling", "not willing", "not given"}
NOT_ASKED = frozenset({"not asked", "unknown", "not known", "not recorded", "not stated"})

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

TWO_WEEK_WAIT = "3"
_CANCER_TYPES = frozenset({TWO_WEEK_WAIT, "2ww", "two week wait", "urgent suspected cancer"})
_PRIORITY = re.compile(r"p\s?([1-6])[ab]?(?:[\s:,;/(-].*)?|([1-6])[ab]?", re.ASCII)
_DIAGNOSTIC = re.compile(r"d\s?[1-6][ab]?(?:[\s:,;/(-].*)?", re.ASCII)
_LEADING = re.compile(r"(\d+)(?:[\s:.-].*)?", re.ASCII)
_SERVICE = re.compile(r"(?:C_)?\d{3}|X0[1-6]", re.ASCII)
_SERVICE_AND_NAME = re.compile(r"((?:C_)?\d{3}|X0[1-6])\s*[-:\u2013]\s*\D.*", re.ASCII)
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


def priority(text: str) -> str | None:
    """Read a surgical priority: P1 to P6; diagnostic priorities are none of these.

    A bare number is a priority only if it stands alone: "3 months" is no P3.

    Examples
    --------
    >>> [priority(t) for t in ("P1a", "2", "p3", "P3 - 3 months", "D2", "Routine")]
    ['P1', 'P2', 'P3', 'P3', 'none', None]
    """
    word = text.lower()
    found = _PRIORITY.fullmatch(word)
    if found is not None:
        return f"P{found[1] or found[2]}"
    return NO_PRIORITY if word == NO_PRIORITY or _DIAGNOSTIC.fullmatch(word) else None


def consent(text: str) -> str | None:
    """Read a consent to be moved.

    Examples
    --------
    >>> [consent(t) for t in ("Y", "Declined", "Unknown", "maybe")]
    ['yes', 'no', 'not asked', None]
    """
    word = text.lower()
    if word in CONSENTED:
        return "yes"
    if word in REFUSED:
        return "no"
    return "not asked" if word in NOT_ASKED else None


def yes_no(text: str) -> bool | None:
    """Read a yes or no."""
    word = text.lower()
    return True if word in YES else False if word in NO else None


def inpatient(text: str) -> bool | None:
    """Say whether a type of waiting list is one for admission."""
    word = text.lower()
    return True if word in INPATIENT_LISTS else False if word in OUTPATIENT_LISTS else None


def suspected_cancer(text: str) -> bool:
    """Say whether a priority type is a referral for suspected cancer (two-week wait)."""
    word = text.lower()
    return (leading(word) or word) == TWO_WEEK_WAIT or word in _CANCER_TYPES


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


# --- treatment functions ---


def _plain_name(name: str) -> str:
    word = re.sub(r"[^a-z]+", "", name.lower().replace("&", " and ").removesuffix(" service"))
    return word.removesuffix("s")


_NAMED = {_plain_name(name): code for code, name in SERVICES.items()}


def check_services(services: object) -> str | Mapping[str, str] | None:
    """Check services=, and give what becomes of codes outside the named functions.

    Returns
    -------
    str, mapping or None
        As ``other`` of :func:`mutualaid.readers.services.rtt_service`; None to keep labels.
    """
    if services == "as given":
        return None
    if services == "rtt":
        return "error"
    if isinstance(services, str | Mapping):
        try:
            rtt_service("110", other=services)
        except InputError as error:
            raise InputError(f"services={services!r}: {error}") from error
        return services
    raise InputError(
        f"services is {services!r}: 'rtt', 'as given', a group such as 'X06' for all other "
        "codes, or a mapping from national code to service"
    )


def service(text: str, other: str | Mapping[str, str]) -> str | None:
    """Read a treatment function as a service of the RTT return; the total as itself.

    Parameters
    ----------
    text
        A national code, one of the RTT return, either with a name behind it, or a name of the
        RTT return.
    other
        As for :func:`mutualaid.readers.services.rtt_service`.

    Examples
    --------
    >>> [service(t, "error") for t in ("108", "c_110", "X02", "110 - Orthopaedics", "104")]
    ['C_110', 'C_110', 'X02', 'C_110', None]
    >>> service("Trauma & Orthopaedics", "error"), service("999", "error")
    ('C_110', 'C_999')
    """
    code = text.upper()
    described = _SERVICE_AND_NAME.fullmatch(code)
    code = code if described is None else described[1]
    if not _SERVICE.fullmatch(code):
        return _NAMED.get(_plain_name(text))
    if f"C_{code[-3:]}" == TOTAL:
        return TOTAL
    try:
        return rtt_service(code, other=other)
    except InputError:
        return None
