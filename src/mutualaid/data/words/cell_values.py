"""What a cell holds, whatever type it has: its text, nothing, or a number that can be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

NULLS = frozenset({"null", "nan", "nat", "<na>"})
"""What programs write for nothing, in small letters."""

POINT_ZERO = re.compile(r"^(\d+)\.0+$", re.ASCII)
"""A whole number as programs write it that save codes as numbers."""

_NUMBER = re.compile(r"[+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

SENSIBLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"asa": (1, 6), "age": (0, 130), "bmi": (5, 200), "deprivation": (1, 5)}
)
"""Values that a measure can have; others are codes for "not known", or slips."""


def text_of(value: object) -> str:
    """Write a cell as text: no blanks around it, and whole numbers without ".0".

    Programs that save codes as numbers write that ".0", also in files of text.

    Examples
    --------
    >>> text_of(110.0), text_of("110.0"), text_of(" RJ1 "), text_of(True)
    ('110', '110', 'RJ1', 'True')
    """
    if isinstance(value, bytes):
        text = value.decode("utf-8", errors="replace")
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    else:
        text = str(value)
    return POINT_ZERO.sub(r"\1", text.strip())


def measure(value: object, column: str = "") -> float | None:
    """Read a number that a site's limit is held against; None where it says nothing.

    The values of some columns have to be within :data:`SENSIBLE`.

    Examples
    --------
    >>> measure("2", "asa"), measure("inf"), measure(-1), measure(9, "asa")
    (2.0, None, None, None)
    """
    if value is None or isinstance(value, bool):
        return None
    text = text_of(value)
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    low, high = SENSIBLE.get(column, (0.0, float("inf")))
    return number if low <= number <= high and number != float("inf") else None
