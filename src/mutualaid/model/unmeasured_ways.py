"""Warnings of patients kept at home by a limit in miles where the travel table has no miles."""

from __future__ import annotations

from mutualaid.errors import tell

REMEDY = (
    "the limit cannot be checked there, and they do not go that way. Give travel a column miles: "
    "travel_times makes one of coordinates"
)


def say_policys(limit: float, patients: int, ways: int) -> None:
    """Warn of patients kept at home by the policy's limit in miles."""
    tell(
        f"max_miles is {limit:g}, and {_ways(ways)} no distance that could matter to "
        f"{_patients(patients)}: {REMEDY}"
    )


def say_own(patients: int, ways: int) -> None:
    """Warn of patients kept at home by their own limit in miles."""
    have = "has" if patients == 1 else "have"
    tell(
        f"{_patients(patients)} {have} a limit in miles of their own, and {_ways(ways)} no "
        f"distance that could matter to them: {REMEDY}"
    )


def _patients(count: int) -> str:
    return f"{count:,} patient{'s' * (count != 1)}"


def _ways(count: int) -> str:
    return f"{count:,} ways have" if count != 1 else "1 way has"
