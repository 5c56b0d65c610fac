"""What a heading or a label says of how long the patients have waited that it counts.

A name is brought to a few signs first (``> 26 weeks <= 27 weeks``), and then read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

WEEKS_A_MONTH = 52 / 12
"""A year counts 52 weeks, and a month a twelfth of it: 18 months are 78 weeks."""
WEEKS_OF: Mapping[str, float] = {
    "days": 1 / 7,
    "weeks": 1.0,
    "months": WEEKS_A_MONTH,
    "years": 52.0,
}
_UNITS = {
    **dict.fromkeys(("day", "days", "d"), "days"),
    **dict.fromkeys(("week", "weeks", "wk", "wks", "w"), "weeks"),
    **dict.fromkeys(("month", "months", "mth", "mths", "mon", "m"), "months"),
    **dict.fromkeys(("year", "years", "yr", "yrs", "y"), "years"),
}
_SIGNS = (
    # What is said after a number comes first: "26 weeks and over" is no "over".
    (r"\b(?:and|or)\s+(?:over|more|above|longer|greater|upwards?|up(?!\s+to))\b|\bplus\b", "+"),
    (r"\b(?:no|not) (?:more|longer|greater) than\b|\bup to(?: and including)?\b|≤|=<", " <= "),
    (r"\b(?:less|fewer|shorter) than\b|\bunder\b|\bbelow\b|\bwithin\b|\blt\b", " < "),
    (r"\b(?:more|longer|greater) than\b|\bover\b|\babove\b|\bexceeding\b|\bgt\b", " > "),
    (r"\bat least\b|≥|=>", " >= "),
    (r"\bbetween (\d+[^\d]*?)\band\b", r" \1 - "),
    (r"[\u2010-\u2015\u2212]|\b(?:to|until)\b", " - "),
    (r"\band\b|\bbut\b|\bsum\b(?: 1)?$|\bx(?=\s*\d)", " "),
    (r"\b(?:(?:patients?|number|people|pathways)\s+)?(?:waiting|waits?|waited)(?:\s+time)?\b", " "),
)
_BLANKS = str.maketrans("():;,", "     ")
_UNIT = "(days|weeks|months|years)?"
_RANGE = re.compile(rf"(?:>=?)?\s*(\d+)\s*{_UNIT}\s*(?:-\s*<?=?|<=?)\s*(\d+)\s*{_UNIT}")
_BELOW = re.compile(rf"(?:<=?|-)\s*(\d+)\s*{_UNIT}")
_OPEN = re.compile(
    rf"(?:>=?\s*(\d+)\s*{_UNIT}\s*\+?|(\d+)\s*{_UNIT}\s*[+-]|(\d+)\s*[+-]\s*{_UNIT})"
)
_TWO = re.compile(r"^(\d+) (\d+) (days|weeks|months|years)$")
_FIRST_UNIT = re.compile(r"(days|weeks|months|years)\s+(.*)")


@dataclass(frozen=True, slots=True)
class Said:
    """A band as its name says it."""

    low: int
    high: int | None
    """None for a band that is open."""
    unit: str | None
    """What ``low`` counts: ``"days"``, ``"weeks"``, ``"months"``, ``"years"``, or None."""
    high_unit: str | None = None

    @property
    def is_week_by_week(self) -> bool:
        """Whether it is as the return of England has it: from a number to the next one."""
        return self.high == self.low + 1


def band_of(name: object) -> Said | None:
    """Read a name as that of a band of waits; None if it is something else.

    Examples
    --------
    >>> band_of("6-12 Months")
    Said(low=6, high=12, unit='months', high_unit='months')
    >>> band_of("Over 26 weeks and up to 27 weeks") == band_of(">26-27 wks")
    True
    >>> band_of("18 Months +"), band_of("<6 weeks").low, band_of("Hospital 2")
    (Said(low=18, high=None, unit='months', high_unit='months'), 0, None)
    """
    text = _signs_of(name)
    units_first = _FIRST_UNIT.fullmatch(text)
    if units_first is not None:
        text = f"{units_first[2]} {units_first[1]}"
    if found := _RANGE.fullmatch(text):
        unit = found[2] or found[4]
        return _said(int(found[1]), int(found[3]), unit, found[4] or unit)
    if found := _BELOW.fullmatch(text):
        return _said(0, int(found[1]), found[2], found[2])
    if found := _OPEN.fullmatch(text):
        low = next(number for number in found.group(1, 3, 5) if number is not None)
        unit = next((unit for unit in found.group(2, 4, 6) if unit is not None), None)
        return Said(int(low), None, unit, unit)
    return None


def unit_in(heading: object) -> str | None:
    """The unit that a heading names above labels that name none.

    Examples
    --------
    >>> unit_in("Weeks waiting"), unit_in("Time band (months)"), unit_in("Age")
    ('weeks', 'months', None)
    """
    words = re.findall(r"[a-z]+", _parted(heading))
    found = {_UNITS[word] for word in words if word in _UNITS and len(word) > 1}
    return found.pop() if len(found) == 1 else None


def _said(low: int, high: int, unit: str | None, high_unit: str | None) -> Said | None:
    length = WEEKS_OF.get(high_unit or "", 1.0) * high - WEEKS_OF.get(unit or "", 1.0) * low
    return Said(low, high, unit, high_unit) if length >= 0 else None


def _parted(name: object) -> str:
    """A name in small letters, with a blank where one word of ``Over52Weeks`` ends."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Za-z])", " ", str(name))
    return re.sub(r"(?<=[a-z])(?=\d)", " ", text.casefold().replace("_", " ").replace(".", " "))


def _signs_of(name: object) -> str:
    text = " ".join(_parted(name).translate(_BLANKS).split())
    for pattern, sign in _SIGNS:
        text = re.sub(pattern, sign, text)
    words = re.findall(r"\d+|[a-z]+|[<>]=?|=|\S", text)
    # R and others write 0.6.Months for 0-6 Months.
    return _TWO.sub(r"\1 - \2 \3", " ".join(_UNITS.get(word, word) for word in words))
