"""What the words of a list mean, where they decide who may move.

A word that is not known is never guessed at: whoever asks is told so, and lets nobody move for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from mutualaid.schema import NO_PRIORITY, NOT_KNOWN, PRIORITIES

YES = frozenset({"yes", "y", "true", "t", "1"})
NO = frozenset({"no", "n", "false", "f", "0"})
CONSENTED = YES | {"agreed", "agrees", "willing", "consented", "accepted", "given"}
REFUSED = NO | {"refused", "declined", "disagrees", "unwilling", "not willing", "not given"}
NOT_ASKED = frozenset({"not asked", "not yet asked"})
ROUTINE = frozenset({"routine", "non-urgent", "non urgent", "nonurgent", "not urgent"})
ON_CANCER_PATHWAY = YES | {"cancer", "suspected cancer", "2ww", "usc", "two week wait"}
NO_CANCER = NO | {"no cancer", "not cancer", "non-cancer", "non cancer"}

SENSIBLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"asa": (1, 6), "age": (0, 130), "bmi": (5, 200), "deprivation": (1, 5)}
)
"""Values that a measure can have; others are codes for "not known", or slips."""

_URGENT = re.compile(
    r"(?:very |super |most )?(?:urgent|emergency|immediate|high|soon|expedited?|fast[ -]?track"
    r"|2ww|(?:two|2)[ -]weeks?[ -]wait|usc|(?:suspected )?cancer)\b.*",
    re.ASCII,
)
_P_CODE = re.compile(r"\bp(?:riority)?\s?-?\s?([1-6])[ab]?\b", re.ASCII)
_LED = re.compile(r"([1-6])[ab]?\s*[-:\u2013]\s*([a-z].*)", re.ASCII)
_BARE = re.compile(r"([1-6])[ab]?", re.ASCII)
TYPES = frozenset("123")
"""Priority types of the NHS: 1 routine, 2 urgent, 3 two-week wait."""


def plain(value: object) -> str:
    """Write a cell as text: no blanks around it, and whole numbers without ".0".

    Examples
    --------
    >>> plain(2.0), plain(" P2 "), plain(True)
    ('2', 'P2', 'True')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def priorities(texts: Collection[str]) -> dict[str, str | None]:
    """Read the words of a column of priorities: P1 to P6, "none", as given, or None.

    A word that says that somebody is urgent is a priority as it stands, which no P code is.
    A bare 3 is P3 where the column shows that it counts surgical priorities, by a P code or a
    number above 3; else it could be a priority type, and then it is a two-week wait. A text that
    says two things says nothing.

    Parameters
    ----------
    texts
        The distinct words.

    Returns
    -------
    dict
        What each means; None where that is not known.

    Examples
    --------
    >>> priorities(["P1a", "priority 3", "2", "4 - Routine", "Routine", "Urgent", "?"])
    {'P1a': 'P1', 'priority 3': 'P3', '2': 'P2', '4 - Routine': 'P4', 'Routine': 'none', \
'Urgent': 'Urgent', '?': None}
    >>> priorities(["1", "2", "3"])["3"] is None
    True
    """
    words = {text: text.casefold() for text in texts}
    bare = {word for word in words.values() if _BARE.fullmatch(word)}
    surgical = bool({word[0] for word in bare} - TYPES) or any(map(_P_CODE.search, words.values()))
    return {
        text: None if word[0:1] == "3" and word in bare and not surgical else _priority(text, word)
        for text, word in words.items()
    }


def _priority(text: str, word: str) -> str | None:
    if text in PRIORITIES or word == NO_PRIORITY:
        return text if text in PRIORITIES else NO_PRIORITY
    if word in ROUTINE:
        return NO_PRIORITY
    if _URGENT.fullmatch(word):
        return text
    urgent = re.search(r"(?<!non-)(?<!non )(?<!not )\burgent\b|2ww|cancer|week wait", word)
    codes = set(_P_CODE.findall(word))
    if codes:
        begins = _P_CODE.match(word) is not None
        return f"P{codes.pop()}" if begins and len(codes) == 1 and not urgent else None
    bare = _BARE.fullmatch(word)
    if bare is not None:
        return f"P{bare[1]}"
    led = _LED.fullmatch(word)
    if led is None or urgent or (led[2] not in ROUTINE and _URGENT.fullmatch(led[2])):
        return None
    # "4 - Routine" says P4, and "3 - Anything" only that something is third.
    return f"P{led[1]}" if led[2] in ROUTINE or led[1] in "12" else None


def consent(text: str) -> str | None:
    """Read a consent to be moved; None where the word is not known.

    Examples
    --------
    >>> [consent(t) for t in ("Y", "Declined", "Not asked", "Unknown", "maybe")]
    ['yes', 'no', 'not asked', 'not known', None]
    """
    word = " ".join(text.casefold().split())
    if word in CONSENTED:
        return "yes"
    if word in REFUSED:
        return "no"
    if word in NOT_ASKED:
        return "not asked"
    return NOT_KNOWN if word in ("unknown", NOT_KNOWN, "not recorded", "not stated") else None


def truth(text: str, yes: Collection[str] = YES, no: Collection[str] = NO) -> bool | None:
    """Read a yes or a no; None where the word is neither.

    Examples
    --------
    >>> truth("Y"), truth("0"), truth("perhaps")
    (True, False, None)
    """
    word = " ".join(text.casefold().split())
    return True if word in yes else False if word in no else None


def measure(value: object, column: str = "") -> float | None:
    """Read a number that a site's limit is held against; None where it says nothing.

    Parameters
    ----------
    value
        A cell.
    column
        Its column, whose values may have to be within :data:`SENSIBLE`.

    Examples
    --------
    >>> measure("2", "asa"), measure("inf"), measure(-1), measure(9, "asa")
    (2.0, None, None, None)
    """
    if value is None or isinstance(value, bool):
        return None
    text = plain(value)
    if not re.fullmatch(
        r"[+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", text, re.ASCII | re.IGNORECASE
    ):
        return None
    number = float(text)
    low, high = SENSIBLE.get(column, (0.0, float("inf")))
    return number if low <= number <= high and number != float("inf") else None
