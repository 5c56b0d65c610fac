"""What a table is, by its headings: which tables of a system could have them, or be made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from mutualaid.data.opening.opened_table import OpenedTable
from mutualaid.data.schema import TABLES, columns
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import PATIENTS, spellings
from mutualaid.errors import InputError, Problems
from mutualaid.readers.counts.columns import find_columns
from mutualaid.readers.demand_and_capacity.history_rates import COUNTS, DATES
from mutualaid.readers.demand_and_capacity.rate_columns import without_rate
from mutualaid.readers.demand_and_capacity.sessions import COLUMNS as OF_SESSIONS
from mutualaid.readers.sites import HEADINGS, named_columns
from mutualaid.readers.waiting_list.column_mapping import choose

MADE = ("counts", "sessions", "history")
"""What tables of a system are made of."""
KNOWN: frozenset[str] = frozenset(
    {tidy(one) for names in HEADINGS.values() for one in names}.union(
        *(spellings(name) for name in (*TABLES, PATIENTS))
    )
    | {tidy(one) for text in (*OF_SESSIONS.values(), DATES) for one in text.split()}
)
"""Headings of all kinds of tables, by their letters."""
_OF_HISTORY = frozenset(tidy(one) for one in DATES.split()) - {"period"}
_NUMBERS = frozenset(tidy(one) for text in COUNTS.values() for one in text.split())


def kinds_of(opened: OpenedTable) -> list[str]:
    """Say what a table could be: tables of a system, ``patients``, ``sites``, or :data:`MADE`.

    Examples
    --------
    >>> from mutualaid.data.opening.open_table import open_table
    >>> kinds_of(open_table(pd.DataFrame({"Trust": ["A"], "Specialty": ["hips"],
    ...                                   "Sessions a week": [4], "Cases": [3]})))
    ['sessions']
    """
    headings = [str(heading) for heading in opened.headings]
    if _passes(choose, headings, {}):
        # A list of patients that has our own headings is read with what is known of patients.
        return [PATIENTS]
    found = [name for name in TABLES if fits(name, headings)]
    if _passes(named_columns, pd.DataFrame(columns=headings), {}):
        found.append("sites")
    if found:
        return found
    forms = {tidy(one) for one in headings}
    if all(_of_sessions(forms, name) for name in ("sessions", "cases")):
        return ["sessions"]
    if forms & _OF_HISTORY and forms & _NUMBERS:
        return ["history"]
    return ["counts"] if _is_counts(opened) else []


def fits(name: str, headings: Sequence[str]) -> bool:
    """Whether a table has every column that it needs, and none that it does not know.

    Examples
    --------
    >>> fits("travel", ["From", "To", "Mins"]), fits("travel", ["From", "Mins"])
    (True, False)
    """
    known = columns(name)
    needed = {one.name for one in known.values() if one.required}
    ours = spellings(name)
    named = {
        heading if heading in known else ours.get(tidy(heading), heading) for heading in headings
    }
    if name == "waiting_list":
        return needed - {"patients"} <= named and bool({"patients", "patient_id"} & named)
    return needed <= named <= {*known}


def _of_sessions(forms: set[str], name: str) -> bool:
    usual = {tidy(one) for one in OF_SESSIONS[name].split()}
    return bool(usual & {*forms, *(without_rate(form)[0] for form in forms)})


def _is_counts(opened: OpenedTable) -> bool:
    """Whether there are bands of waits, as headings or in a column."""
    problems = Problems()
    try:
        frame = opened.body().frame
    except InputError:
        return False
    frame = frame.set_axis(list(map(str, frame.columns)), axis=1)
    found = find_columns(frame, {}, [], None, problems) if len(frame) else None
    return found is not None and len(found.said) > 1


def _passes(function: Callable[..., object], *arguments: Any) -> bool:
    try:
        function(*arguments)
    except InputError:
        return False
    return True
