"""Taking a table in: its headings, its words, its months, and what was found on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from mutualaid.column_names import KNOWN, tidy
from mutualaid.errors import Problems
from mutualaid.headings import DESCRIBES, OF_PEOPLE, SAID_BY, headings_of, spellings
from mutualaid.occasions import kind_of, several
from mutualaid.patient_words import scale_of
from mutualaid.safety import Finding, understood
from mutualaid.schema import PERSONAL, TABLES, columns

QUALITY = Finding._fields
MEANS_NOTHING = "tells patients apart, means nothing else"
ONLY_ASKED = "means something only where a policy, a harm curve or a site asks about it"


@dataclass(frozen=True, slots=True)
class Taken:
    """A table that has been taken in.

    Attributes
    ----------
    frame : pandas.DataFrame
        The table, under our headings and in our words.
    findings : tuple of Finding
        What was found, and what was done about it.
    told : tuple of str
        What has to be said aloud.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    told: tuple[str, ...]


def take(table: str, frame: pd.DataFrame, problems: Problems) -> Taken:
    """Take a table in as it was given.

    Parameters
    ----------
    table
        One of :data:`mutualaid.schema.TABLES`, or ``"patients"``.
    frame
        The table; never changed.
    problems
        Where problems are noted.

    Examples
    --------
    >>> found = take("waiting_list", pd.DataFrame({"Priority": ["p3"]}), Problems())
    >>> found.frame["priority"].to_list()
    ['P3']
    >>> found.findings[0].done
    'read as priority'
    """
    given = tuple(map(str, frame.columns))
    headings = headings_of(table, given)
    for column, what, remedy in headings.problems:
        problems.add(table, column, what, remedy)
    findings = [
        Finding(table, name, f"is headed {theirs!r}", len(frame), f"read as {name}")
        for theirs, name in headings.names.items()
    ]
    if headings.names:
        frame = frame.set_axis(
            [headings.names.get(str(heading), heading) for heading in frame.columns], axis=1
        )
    if table not in OF_PEOPLE:
        return Taken(frame, tuple(findings), ())
    told_of = {row[1] for row in problems.rows if row[0] == table}
    called = {name: theirs for theirs, name in headings.names.items()}
    read = understood(table, frame, scale_of(called.get("priority", "priority")))
    findings += read.findings
    kinds = occasions(table, frame)
    several(table, frame, {h: kind for h, kind in kinds.items() if h not in told_of}, problems)
    findings += [
        Finding(table, heading, "is no column of ours", len(frame), MEANS_NOTHING)
        for heading in headings.unsaid
    ]
    findings += [
        Finding(table, name, "is there", len(frame), ONLY_ASKED)
        for name in map(str, frame.columns)
        if name in DESCRIBES and name not in _columns_of(table)
    ]
    return Taken(read.frame, tuple(findings), tuple(read.told))


def _columns_of(table: str) -> Mapping[str, object]:
    return columns(table) if table in TABLES else {}


def occasions(table: str, frame: pd.DataFrame) -> dict[str, str]:
    """Columns of a table that hold dates, months or an index, and which of these.

    Examples
    --------
    >>> occasions("waiting_list", pd.DataFrame({"month": ["2025-05"], "origin": ["A"]}))
    {'month': 'months'}
    """
    ours = {*_columns_of(table), *PERSONAL, "patients", "weeks_waiting"}
    found = {}
    for heading in frame.columns:
        if str(heading) not in ours:
            kind = kind_of(str(heading), frame[heading])
            if kind is not None:
                found[heading] = kind
    return found


def means_nothing(names: Sequence[object]) -> list[str]:
    """Columns of a waiting list that tell patients apart and mean nothing else.

    Examples
    --------
    >>> means_nothing(["origin", "consent", "age_band", "ward"])
    ['ward']
    """
    ours = {*columns("waiting_list"), *PERSONAL, *DESCRIBES, *SAID_BY, *KNOWN}
    return [str(name) for name in names if str(name) not in ours]


def in_our_names(accepts: pd.DataFrame, listed: Sequence[object]) -> pd.DataFrame:
    """Give the columns that sites ask about the names under which the list has been taken in.

    Examples
    --------
    >>> rule = pd.DataFrame({"provider": ["XB2"], "column": ["ASA Grade"], "at_most": [2]})
    >>> in_our_names(rule, ["origin", "asa"])["column"].to_list()
    ['asa']
    """
    if "column" not in accepts:
        return accepts
    there = {str(name) for name in listed}
    known = spellings("waiting_list")
    asked = accepts["column"].astype(object)
    ours = {
        name: known[tidy(name)]
        for name in asked.dropna().unique()
        if str(name) not in there and known.get(tidy(name)) in there
    }
    return accepts.assign(column=asked.map(lambda name: ours.get(name, name))) if ours else accepts
