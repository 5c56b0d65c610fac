"""What is asked of the reader of waiting lists, checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mutualaid.arguments import argument
from mutualaid.data.schema import PRIORITIES
from mutualaid.errors import InputError, Problems
from mutualaid.readers.waiting_list.column_mapping import as_mapping
from mutualaid.readers.waiting_list.dates import Order, as_day, check_order
from mutualaid.readers.waiting_list.specialties import Specialties, check_services
from mutualaid.readers.waiting_list.travel_preferences import check_icb

SET_ASIDE, ERROR = "set aside", "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments of the reader."""

    columns: Mapping[str, object | None]
    census: dt.date | None
    specialties: Specialties | None
    """How labels of services are read; None keeps them."""
    priorities: Mapping[str, str]
    """What words of priority mean, in small letters, as the analyst says."""
    dates: Mapping[str, Order] | Order | None
    """Which of day and month comes first."""
    icb: str | Mapping[str, str] | None
    strict: bool
    """Whether a row that cannot be used is an error."""


def check_options(**given: object) -> Options:
    """Check all arguments.

    Raises
    ------
    InputError
        If any cannot be used; all that cannot are told at once.
    """
    problems = Problems()

    def checked(check: Callable[[Any], Any], name: str) -> Any:
        try:
            return check(given[name])
        except InputError as error:
            problems.add("", "", str(error), "")
            return None

    columns = checked(as_mapping, "columns")
    dates = checked(check_order, "dates")
    census = checked(lambda day: as_day(day, dates), "census")
    specialties = checked(check_services, "services")
    priorities = checked(_priorities, "priorities")
    icb = checked(check_icb, "icb")
    strict = checked(_strict, "unusable")
    problems.raise_if_any()
    return Options(
        columns=columns,
        census=census,
        specialties=specialties,
        priorities=priorities,
        dates=dates,
        icb=icb,
        strict=strict,
    )


def _priorities(told: object) -> Mapping[str, str]:
    if told is None:
        return {}
    if isinstance(told, Mapping) and all(
        isinstance(word, str) and isinstance(meant, str) and meant.strip().upper() in PRIORITIES
        for word, meant in told.items()
    ):
        return {word.strip().casefold(): meant.strip().upper() for word, meant in told.items()}
    raise InputError(
        f"priorities is {told!r}: a mapping from the extract's words to {', '.join(PRIORITIES)}, "
        "such as {'Elective': 'P4'}"
    )


def _strict(unusable: object) -> bool:
    argument.choice("unusable", unusable, (SET_ASIDE, ERROR))
    return unusable == ERROR
