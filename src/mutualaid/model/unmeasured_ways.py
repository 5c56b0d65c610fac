"""Warnings of patients kept at home by a limit in miles where the travel table has no miles."""

from __future__ import annotations

from mutualaid.errors import tell
from mutualaid.formats import many

REMEDY = (
    "the limit cannot be checked there, and they do not go that way. Give travel a column miles: "
    "travel_times makes one of coordinates"
)


def say_policys(limit: float, patients: int, ways: int) -> None:
    """Warn of patients kept at home by the policy's limit in miles."""
    tell(
        f"max_miles is {limit:g}, and {_ways(ways)} no distance that could matter to "
        f"{many(patients, 'patient')}: {REMEDY}"
    )


def say_own(patients: int, ways: int) -> None:
    """Warn of patients kept at home by their own limit in miles."""
    tell(
        f"{many(patients, 'patient has', 'patients have')} a limit in miles of their own, and "
        f"{_ways(ways)} no distance that could matter to them: {REMEDY}"
    )


def _ways(count: int) -> str:
    return many(count, "way has", "ways have")
