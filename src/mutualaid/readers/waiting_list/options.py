"""What is asked of the reader of waiting lists, checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mutualaid.errors import InputError, Problems
from mutualaid.readers.waiting_list.codes import check_services
from mutualaid.readers.waiting_list.headings import as_mapping
from mutualaid.readers.waiting_list.waits import as_day
from mutualaid.readers.waiting_list.wishes import check_icb

SET_ASIDE, ERROR = "set aside", "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments of the reader."""

    columns: Mapping[str, object | None]
    census: dt.date | None
    other: str | Mapping[str, str] | None
    """What becomes of treatment functions outside the named ones; None keeps all labels."""
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
    census = checked(as_day, "census")
    other = checked(check_services, "services")
    icb = checked(check_icb, "icb")
    strict = checked(_strict, "unusable")
    problems.raise_if_any()
    return Options(columns=columns, census=census, other=other, icb=icb, strict=strict)


def _strict(unusable: object) -> bool:
    if unusable not in (SET_ASIDE, ERROR):
        raise InputError(f"unusable is {unusable!r}: {SET_ASIDE!r} or {ERROR!r}")
    return unusable == ERROR
