"""Taking a table in: its headings, its words, its months, and what was found on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from mutualaid.data.schema import PERSONAL, TABLES, columns
from mutualaid.data.taking.date_columns import kind_of, several
from mutualaid.data.taking.safety_columns import Finding, Taken, understood
from mutualaid.data.taking.total_rows import check_totals
from mutualaid.data.words.column_names import KNOWN, tidy
from mutualaid.data.words.headings import (
    DESCRIBES,
    OF_PEOPLE,
    SAID_BY,
    headings_of,
    spellings,
    spoken_of,
)
from mutualaid.data.words.patient_words import scale_of
from mutualaid.errors import Problems

QUALITY = Finding._fields
MEANS_NOTHING = "tells patients apart, means nothing else"
ONLY_ASKED = "means something only where a policy, a harm curve or a site asks about it"
SAY_PRIORITY = (
    "rename it to 'priority' if it says how urgent patients are; else write its codes otherwise, "
    "or drop it"
)
LOOKED_AT = 50
"""Cells that are enough to see that most columns hold no priorities."""
_PRIORITY = re.compile(
    r"p(?:riority)? ?-?[1-6][ab]?(?: ?[-:(].*)?|(?:non[- ]?)?urgent|routine|2ww|usc"
    r"|(?:two|2)[ -]week[ -]wait",
    re.ASCII,
)


def take(table: str, frame: pd.DataFrame, problems: Problems) -> Taken:
    """Take a table in as it was given: one of :data:`mutualaid.data.schema.TABLES`, or patients.

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
        return Taken(frame, findings)
    if "priority" not in map(str, frame.columns):
        for at, heading in enumerate(given):
            if heading in headings.unsaid and holds_priorities(frame.iloc[:, at]):
                what = "holds priorities, and its heading does not say so"
                problems.add(table, heading, what, SAY_PRIORITY)
    told_of = spoken_of(table, problems)
    called = {name: theirs for theirs, name in headings.names.items()}
    read = understood(table, frame, scale_of(called.get("priority", "priority")))
    kinds = occasions(table, frame)
    if "patient_id" not in frame:
        check_totals(table, frame, problems)
    several(table, frame, {h: kind for h, kind in kinds.items() if h not in told_of}, problems)
    meaningless = [
        Finding(table, heading, "is no column of ours", len(frame), MEANS_NOTHING)
        for heading in headings.unsaid
    ]
    only_asked = [
        Finding(table, name, "is there", len(frame), ONLY_ASKED)
        for name in map(str, frame.columns)
        if name in DESCRIBES and name not in _columns_of(table)
    ]
    read.findings = [*findings, *read.findings, *meaningless, *only_asked]
    return read


def holds_priorities(values: pd.Series) -> bool:
    """Whether all that a column says is how urgent patients are.

    Examples
    --------
    >>> holds_priorities(pd.Series(["P1a", "P3", None])), holds_priorities(pd.Series(["P1", "W2"]))
    (True, False)
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = pd.Series(values.cat.categories)
    if not (pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)):
        return False
    for some in (values.iloc[:LOOKED_AT], values):
        try:
            words = {str(value).strip().casefold() for value in some.dropna().unique()} - {""}
        except TypeError:
            return False
        if not words or not all(map(_PRIORITY.fullmatch, words)):
            return False
    return True


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
