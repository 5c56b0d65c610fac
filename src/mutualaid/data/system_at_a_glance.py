"""A system at a glance: one sentence, and in a notebook a table by provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.data.taking.take_table import means_nothing
from mutualaid.formats import many, word
from mutualaid.html_repr import shown

ROWS_IN_NOTEBOOK = 12
NAMES_SHOWN = 3


def in_words(
    tables: Mapping[str, pd.DataFrame],
    providers: Sequence[str],
    services: Sequence[str],
    periods: int,
    period_weeks: int,
) -> str:
    """Say how many wait, are referred and can be treated, and where.

    Parameters
    ----------
    tables
        The checked tables of a system by name.
    providers, services, periods, period_weeks
        Those of the system.

    Examples
    --------
    >>> tables = {
    ...     "waiting_list": pd.DataFrame({"origin": ["A"], "patients": [12]}),
    ...     "capacity": pd.DataFrame({"slots": [3, 5]}),
    ... }
    >>> in_words(tables, ["A", "B"], ["hips"], 1, 4)
    'System: 12 patients waiting at 1 of 2 providers, 1 service, 8 slots in 1 period of 4 weeks'
    """
    waiting = tables["waiting_list"]
    count = int(waiting["patients"].sum())
    lists = waiting["origin"].nunique()
    slots = int(tables["capacity"]["slots"].sum())
    referred = tables.get("referrals")
    more = "" if referred is None else f", {int(referred['patients'].sum()):,} to be referred"
    return (
        f"System: {count:,} patients waiting at {lists} of {len(providers)} providers"
        f"{more}, {many(len(services), 'service')}, {slots:,} slots in {many(periods, 'period')} "
        f"of {period_weeks} weeks{_told_apart_by(waiting)}"
    )


def _told_apart_by(waiting: pd.DataFrame) -> str:
    """Name what tells patients apart and means nothing else, if there is any."""
    names = means_nothing(list(waiting.columns))
    if not names:
        return ""
    named = ", ".join(name or "''" for name in names[:NAMES_SHOWN])
    named += ", …" * (len(names) > NAMES_SHOWN)
    tell = word(len(names), "tells", "tell")
    return f"; of the list, {named} {tell} patients apart, nothing else"


def overview(
    tables: Mapping[str, pd.DataFrame], providers: Sequence[str], said: str, periods: int
) -> str:
    """Count who waits, who is referred and slots by provider, as HTML beneath a sentence.

    Examples
    --------
    >>> tables = {
    ...     "waiting_list": pd.DataFrame({"origin": ["A"], "patients": [12]}),
    ...     "capacity": pd.DataFrame({"provider": ["A", "B"], "slots": [3, 5]}),
    ... }
    >>> "12" in overview(tables, ["A", "B"], "System", 1)
    True
    """
    counts = {
        "Patients waiting": ("waiting_list", "origin", "patients"),
        "Patients to be referred": ("referrals", "origin", "patients"),
        "Slots": ("capacity", "provider", "slots"),
    }
    columns = {
        heading: tables[name].groupby(where, observed=True)[what].sum()
        for heading, (name, where, what) in counts.items()
        if name in tables
    }
    listed = pd.DataFrame(columns).reindex(list(providers)).fillna(0).astype(np.int64)
    largest = listed.sort_values("Patients waiting", ascending=False, kind="stable")
    most = largest.head(ROWS_IN_NOTEBOOK)
    left = len(listed) - len(most)
    rows = [[str(name), *map(int, row)] for name, *row in most.itertuples()]
    caption = f"By provider, over all services and {periods} periods"
    if left:
        caption += f"; the largest lists, and {left} providers more"
    return shown("System", [said], caption=caption, headings=["Provider", *listed], rows=rows)
