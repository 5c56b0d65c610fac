"""Tables of ``[data]`` that are made of others: of counts by band, of sessions, of history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Discriminator, Field, Tag

from mutualaid.cli.scenario.part import Codes, Day, File, Part, Text, Weeks, Whole
from mutualaid.data.taking.from_file import read_frame
from mutualaid.readers import (
    read_counts,
    referrals_from_history,
    removals_from_history,
    slots_from_activity,
    slots_from_sessions,
)

Per = Literal["week", "month", "year"]
Gaps = Literal["error", "zero", "skip"]
Used = Annotated[float, Field(ge=0, le=1.5)]


class CountsKeys(Part, makes=read_counts):
    """Counts of waiting patients by band of waits, as the waiting list."""

    counts: File = Field(examples=["ntpf.csv"])
    """A table with a column for each band, or a row for each band."""
    bands: (
        Literal["auto"] | dict[str, Annotated[list[Weeks], Field(min_length=1, max_length=2)]]
    ) = "auto"
    """ "auto" recognises bands; or by the name of each its first week and the first week beyond it,
    if it has an end."""
    origin: Text | None = Field(None, examples=["Hospital"])
    """The heading of whose list it is."""
    service: Text | None = Field(None, examples=["Specialty"])
    """The heading of the service."""
    area: Text | None = Field(None, examples=["LSOA"])
    """The heading of where patients live."""
    keep: Codes = Field([], examples=[["Case Type"]])
    """Headings of further columns that tell queues apart."""
    band: Text | None = Field(None, examples=["Time Bands"])
    """The heading of the bands of a table with a row for each."""
    patients: Text | None = Field(None, examples=["Total"])
    """The heading of its counts."""
    unit: Literal["days", "weeks", "months", "years"] | None = Field(None, examples=["weeks"])
    """In what bands are that do not say it."""
    census: Day | Text | None = Field(None, examples=[dt.date(2026, 1, 31)])
    """The day or month whose rows are read, where the table holds several."""
    open_weeks: Annotated[Weeks, Field(ge=1)] | None = Field(None, examples=[26])
    """How many weeks the open band at the top is taken to hold; as many as the one below it if left
    out."""
    profile: File | None = Field(None, examples=["usual.csv"])
    """A table of weeks_waiting and patients: where in its band a patient usually stands."""
    hidden: Whole | None = Field(None, examples=[2])
    """Patients that stand for a hidden count."""


class SessionsKeys(Part, makes=slots_from_sessions):
    """Sessions, as the slots of each period."""

    sessions: File = Field(examples=["sessions.csv"])
    """A table of provider, service, sessions and cases."""
    per: Per = Field(examples=["week"])
    """What sessions are given a."""
    utilisation: Used | None = Field(None, examples=[0.85])
    """The share of a session's cases that are treated, where the table does not say."""
    working_weeks: Annotated[float, Field(ge=0, le=52)] | None = Field(None, examples=[42])
    """Weeks of a year in which sessions a week take place, where the table does not say."""


class ActivityKeys(Part, makes=slots_from_activity):
    """What was done, as the slots of each period."""

    activity: File = Field(examples=["completed.csv"])
    """A table of provider, service, month or week, and a number."""
    per: Per | None = Field(None, examples=["month"])
    """What numbers are of."""
    census: Day | Text | None = Field(None, examples=[dt.date(2026, 1, 31)])
    """The day before the first period; the last one of the history if left out."""
    gaps: Gaps = "error"
    """What it means that a list has no row for a month or week."""
    hidden: Whole | None = Field(None, examples=[2])
    """What stands for a hidden number."""


class JoinedKeys(Part, makes=referrals_from_history):
    """Who joined, as the referrals of each period."""

    history: File = Field(examples=["joined.csv"])
    """A table of origin, service, month or week, and a number."""
    per: Per | None = Field(None, examples=["month"])
    """What numbers are of."""
    census: Day | Text | None = Field(None, examples=[dt.date(2026, 1, 31)])
    """The day before the first period; the last one of the history if left out."""
    gaps: Gaps = "error"
    """What it means that a list has no row for a month or week."""
    hidden: Whole | None = Field(None, examples=[2])
    """What stands for a hidden number."""
    by: Codes = Field([], examples=[["priority"]])
    """Columns of the waiting list by which they are told apart, in its proportions."""


class LeftKeys(JoinedKeys, makes=removals_from_history):
    """Who left untreated, as the removals of each period."""


def _is_made(value: object) -> str:
    return "made" if isinstance(value, Mapping) else File.__name__


def _of_capacity(value: object) -> str:
    if not isinstance(value, Mapping):
        return File.__name__
    return (ActivityKeys if "activity" in value else SessionsKeys).__name__


WaitingList = Annotated[
    Annotated[File, Tag(File.__name__)] | Annotated[CountsKeys, Tag("made")],
    Discriminator(_is_made),
]
Capacity = Annotated[
    Annotated[File, Tag(File.__name__)]
    | Annotated[SessionsKeys, Tag(SessionsKeys.__name__)]
    | Annotated[ActivityKeys, Tag(ActivityKeys.__name__)],
    Discriminator(_of_capacity),
]
Referrals = Annotated[
    Annotated[File, Tag(File.__name__)] | Annotated[JoinedKeys, Tag("made")],
    Discriminator(_is_made),
]
Removals = Annotated[
    Annotated[File, Tag(File.__name__)] | Annotated[LeftKeys, Tag("made")],
    Discriminator(_is_made),
]
LIST_FIRST = ("referrals", "removals")
"""Tables that may be split as the waiting list is, which is therefore made before them."""


def made_table(
    part: Part,
    path_of: Callable[[File], Any],
    horizon: Mapping[str, int],
    waiting_list: object = None,
) -> pd.DataFrame:
    """Make a table of what its keys say.

    Parameters
    ----------
    part
        Keys of one of the classes above.
    path_of
        From a file that is named to its path.
    horizon
        ``periods`` and ``period_weeks``, as far as they are written.
    waiting_list
        The list, where it has been made.
    """
    given = part.given()
    # Each names the file that it is made of first.
    path = path_of(given.pop(next(iter(type(part).model_fields))))
    if isinstance(part, CountsKeys):
        if "profile" in given:
            given["profile"] = read_frame("profile", path_of(given["profile"]))
        return read_counts(path, **given)
    if isinstance(part, JoinedKeys) and given.get("by"):
        given["waiting_list"] = waiting_list
    table: pd.DataFrame = part.maker()(path, **given, **horizon)
    return table
