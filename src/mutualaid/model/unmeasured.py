"""Ways without a distance: whom a limit in miles keeps at home, since it cannot be checked."""

from __future__ import annotations

import inspect
import warnings

from mutualaid.errors import InputWarning

PACKAGE = __name__.partition(".")[0]
REMEDY = (
    "the limit cannot be checked there, and they do not go that way. Give travel a column miles: "
    "travel_times makes one of coordinates"
)


def say_policys(limit: float, patients: int, ways: int) -> None:
    """Say whom the policy's limit in miles keeps."""
    _warn(
        f"max_miles is {limit:g}, and {_ways(ways)} no distance that could matter to "
        f"{_patients(patients)}: {REMEDY}"
    )


def say_own(patients: int, ways: int) -> None:
    """Say whom their own limit in miles keeps."""
    have = "has" if patients == 1 else "have"
    _warn(
        f"{_patients(patients)} {have} a limit in miles of their own, and {_ways(ways)} no "
        f"distance that could matter to them: {REMEDY}"
    )


def _patients(count: int) -> str:
    return f"{count:,} patient{'s' * (count != 1)}"


def _ways(count: int) -> str:
    return f"{count:,} ways have" if count != 1 else "1 way has"


def _warn(message: str) -> None:
    """Warn at the line that called the library, from however far inside."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, InputWarning, stacklevel=level)
