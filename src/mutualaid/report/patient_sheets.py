"""Sheets that name patients: whom each receiver is to ask. Only where identifiers are asked for."""

from __future__ import annotations

import pandas as pd

from mutualaid.errors import InputError
from mutualaid.report.sheet import COUNT, DATE, ONE, SHARE, TEXT, Sheet

NAMED = {
    "patient_id": ("Patient", TEXT),
    "pathway_id": ("Pathway", TEXT),
    "pathway_issuer": ("Issuer of the pathway", TEXT),
    "origin": ("From (origin)", TEXT),
    "service": ("Service", TEXT),
    "priority": ("Priority", TEXT),
    "area": ("Home area", TEXT),
    "weeks_waiting": ("Weeks waited at the census", COUNT),
    "days_waiting": ("Days waited at the census", COUNT),
    "period": ("Period", COUNT),
    "from_date": ("First day of the period", DATE),
    "earliest_date": ("Earliest date of treatment", DATE),
    "minutes": ("Minutes, one way", ONE),
    "extra_minutes": ("Extra minutes, one way", ONE),
    "weeks_at_treatment": ("Weeks waited by then", COUNT),
    "weeks_saved": ("Weeks saved, at least", COUNT),
    "rank": ("Asked as number", COUNT),
    "kind": ("Planned or in reserve", TEXT),
    "acceptance": ("Chance of accepting", SHARE),
}


def named_sheets(offers: pd.DataFrame) -> list[Sheet]:
    """A sheet for each receiver with whom to ask: by period, then the longest wait first.

    Parameters
    ----------
    offers
        The table of ``plan.patients``, of which the rows are used whose decision is ``"offer"``;
        or that of ``plan.offers``, by period, service and the rank of those who are asked.

    Raises
    ------
    InputError
        If a column is not there.

    Examples
    --------
    >>> offers = pd.DataFrame({"patient_id": ["a", "b"], "origin": "XA1", "service": "C_110",
    ...     "decision": ["offer", "stays"], "provider": ["XB2", "XA1"], "period": [1, 2],
    ...     "weeks_waiting": [40, 30]})
    >>> [(sheet.name, len(sheet.table)) for sheet in named_sheets(offers)]
    [('To XB2', 1)]
    """
    needed = {"patient_id", "origin", "service", "provider", "period", "weeks_waiting"}
    needed |= set() if "rank" in offers else {"decision"}
    if absent := sorted(needed - set(offers.columns)):
        raise InputError(f"offers have no {', '.join(absent)}: pass the table of plan.patients()")
    rows = offers[offers["decision"] == "offer"] if "decision" in offers else offers
    names = [name for name in NAMED if name in rows]
    order = ["period", "weeks_waiting", *(["days_waiting"] if "days_waiting" in rows else [])]
    down = [True, *[False] * (len(order) - 1)]
    if "rank" in rows:
        order, down = ["period", "service", "rank"], [True, True, True]
    rows = rows.sort_values([*order, "patient_id"], ascending=[*down, True], kind="stable")
    rows = rows.assign(provider=rows["provider"].astype(str))
    return [
        Sheet(
            name=f"To {provider}",
            title=f"Offers of {provider}: whom to ask, by period, the longest wait first",
            notes=["CONFIDENTIAL: this sheet names patients.", "Ask first: nobody has to move."],
            table=own[names].astype(object).rename(columns={n: NAMED[n][0] for n in names}),
            kinds=[NAMED[name][1] for name in names],
        )
        for provider, own in rows.groupby("provider", sort=True)
    ]
