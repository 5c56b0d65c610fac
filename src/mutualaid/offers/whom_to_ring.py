"""Whom to ring now: of the offers to make, those whose period is near, in the order to ring.

A patient is on the list of the trust that has them: it rings. Those whose period comes first are
first, in it those whom the plan moves before those in reserve, then who gains most, then who has
the shortest extra way, and last as they stand among those who are asked for the same slots (the
longest wait first, then priority, then a hash of the identifier).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math

import numpy as np
import pandas as pd

from mutualaid.data.patient_list import PatientList
from mutualaid.data.system import System
from mutualaid.errors import InputError

DAY = np.timedelta64(1, "D")
LEARNED_FROM = ("age", "age_band", "deprivation")
"""What of a patient may tell how likely they are to accept: kept with the list, not printed."""
PRINTED = (
    *("row", "origin", "order", "service", "provider", "period", "from_date", "to_date"),
    *("weeks_waiting", "weeks_at_treatment", "weeks_saved", "at_least", "minutes"),
    *("extra_minutes", "miles", "answer_by", "kind"),
)


def weeks_since(census: dt.date | None, today: dt.date | None) -> int:
    """Whole weeks from the census to a day, a part of one counted as one; 0 if no day is given.

    Raises
    ------
    InputError
        If the census is not known, or is later.

    Examples
    --------
    >>> weeks_since(dt.date(2026, 1, 31), dt.date(2026, 2, 9))
    2
    """
    if today is None:
        return 0
    if census is None:
        raise InputError("today is given, but the list of patients has no census: leave it out")
    if today < census:
        raise InputError(f"today is {today}, before the census of {census}: give a later day")
    return math.ceil((today - census).days / 7)


def to_ring(
    offers: pd.DataFrame,
    patients: PatientList,
    system: System,
    *,
    weeks: int,
    notice_weeks: int,
    answer_days: int,
    today: dt.date | None,
) -> pd.DataFrame:
    """Lay out whom to ring now, a row a patient, numbered from 1. Holds identifiers.

    Parameters
    ----------
    offers
        The table of :attr:`mutualaid.patients.Offers.table`.
    patients, system
        The list, and the system that was made of it.
    weeks, notice_weeks
        Whoever is offered a period that starts within their sum from ``today`` is on the list.
    answer_days
        Days that patients have at least to answer.
    today
        The day on which the calls are made; the census, if not given.

    Returns
    -------
    pandas.DataFrame
        The columns of :attr:`mutualaid.patients.CallList.table`, and who they are.
    """
    since = weeks_since(patients.census, today)
    start = (offers["period"].to_numpy(dtype=np.int64) - 1) * system.period_weeks
    rows = offers[start - since < weeks + notice_weeks]
    start = start[start - since < weeks + notice_weeks]
    saved = rows["weeks_saved"].to_numpy(dtype=np.int64)
    alone = rows["period"].to_numpy(dtype=np.int64) + saved // system.period_weeks
    table = rows.assign(
        weeks_saved=pd.array(saved, dtype="Int64"),
        # Who is untreated to the end alone is taken to be treated right after it.
        at_least=alone > system.periods,
        **_dates(patients.census, start, system.period_weeks, notice_weeks, answer_days, today),
    )
    if "earliest_date" in table:
        # Nobody comes before proper notice has passed, even if the period has begun.
        table["from_date"] = table.pop("earliest_date")
    known = patients.frame.set_index("patient_id")
    for name in LEARNED_FROM:
        if name in known and name not in table:
            table[name] = known[name].reindex(table["patient_id"]).to_numpy()
    table = table.assign(
        origin=table["origin"].astype(str),
        reserve=table["kind"].to_numpy() != "planned",
        gain=-saved,
    )
    by = ["origin", "period", "reserve", "gain", "extra_minutes", "service", "rank"]
    table = table.sort_values(by, kind="stable").drop(columns=["reserve", "gain"])
    table.insert(0, "row", np.arange(1, len(table) + 1))
    table.insert(1, "order", table.groupby("origin").cumcount() + 1)
    return table.reset_index(drop=True)


def _dates(
    census: dt.date | None,
    start: np.ndarray,
    period_weeks: int,
    notice_weeks: int,
    answer_days: int,
    today: dt.date | None,
) -> dict[str, np.ndarray]:
    """When the period is, and by when to answer; nothing where the census is not known."""
    if census is None:
        return {}
    first = np.datetime64(census, "D") + start * 7 * DAY
    last = first + (period_weeks * 7 - 1) * DAY
    # An answer that leaves proper notice, but nobody has less than so many days for it.
    answer = first - notice_weeks * 7 * DAY
    soonest = np.datetime64(today or census, "D") + answer_days * DAY
    dates = {"to_date": last, "answer_by": np.maximum(answer, soonest)}
    return {name: days.astype("datetime64[s]") for name, days in dates.items()}


def list_number(table: pd.DataFrame) -> str:
    """Four letters by which a list is known again: of sixteen bits, which tell nobody's number.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient_id": ["a"], "provider": "XB2", "period": 1})
    >>> len(list_number(rows)), list_number(rows) == list_number(rows.assign(period=2))
    (4, False)
    """
    told = table[["patient_id", "provider", "period"]].astype(str)
    text = "\n".join("\t".join(row) for row in told.itertuples(index=False, name=None))
    return hashlib.sha256(text.encode()).hexdigest()[:4].upper()
