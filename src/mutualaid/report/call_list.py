"""The list to ring: a workbook for bookers, a sheet a trust, with a column for the answers."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.schema import IDENTIFIERS, LINE_COLUMNS
from mutualaid.data.words import england
from mutualaid.errors import InputError
from mutualaid.formats import date, many
from mutualaid.offers.allocate import as_patients
from mutualaid.offers.named_offers import offers_of
from mutualaid.offers.whom_to_ring import PRINTED, list_number, to_ring, weeks_since
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.published import require_plan
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.policy import NOTICE_WEEKS
from mutualaid.readers.display_names import Names, service_name
from mutualaid.report.sheet import COUNT, DATE, TEXT, Sheet
from mutualaid.report.workbook import save_workbook

ANSWERS = {
    "accepted": "The patient takes the place: it is kept for them.",
    "declined": "The patient does not want this place: nobody asks them to go there again.",
    "no answer": "The day to answer by has passed: the place is free for others.",
    "not reached": "Try again: the place is kept until the next list.",
    "treated": "The patient has been treated in the meantime.",
    "removed": "The patient is off the list, untreated.",
}
"""The words that an answer may be, and what each does."""
UNDECIDED = "not reached"
HEADINGS = {
    "row": ("Row", COUNT),
    "patient_id": ("Patient", TEXT),
    "pathway_id": ("Pathway", TEXT),
    "local_id": ("Local number", TEXT),
    "service": ("Service", TEXT),
    "stream": ("Stream", TEXT),
    "wait_class": ("Wait class", TEXT),
    "weeks_waiting": ("Weeks waited", COUNT),
    "provider": ("Offered at", TEXT),
    "period": ("Period", COUNT),
    "from_date": ("From", DATE),
    "to_date": ("To", DATE),
    "weeks_saved": ("Weeks sooner", COUNT),
    "minutes": ("Minutes, one way", COUNT),
    "extra_minutes": ("Extra minutes", COUNT),
    "miles": ("Miles, one way", COUNT),
    "answer_by": ("Answer by", DATE),
    "answer": ("Answer", TEXT),
}
SHEET = "How to use it"


@dataclass(frozen=True, eq=False, kw_only=True)
class CallList:
    """Whom to ring now. Made by :meth:`mutualaid.Plan.call_list`.

    Attributes
    ----------
    table : pandas.DataFrame
        A call a row: ``row`` (from 1: what tells the call apart), ``order`` (of those whom the
        same trust rings), ``origin`` (the trust that rings), ``service``, ``provider`` and
        ``period`` of the place; ``from_date``, ``to_date`` and ``answer_by``, where the census is
        known; ``weeks_waiting``, ``weeks_at_treatment``; ``weeks_saved`` against each trust alone,
        and ``at_least`` where alone the patient would be untreated to the end, so that it may be
        more; ``minutes``, ``extra_minutes`` and, where known, ``miles``, one way; ``kind``
        (``"planned"`` or ``"reserve"``). ``patient_id`` and the other identifiers of the list only
        if they were asked for.
    number : str
        Four letters by which answers are known to be of this list.
    identifiers : bool
        Whether it names patients.
    """

    table: pd.DataFrame
    number: str
    identifiers: bool
    asked: pd.DataFrame = field(repr=False)
    """The same rows with all that is known of the patients. Holds identifiers."""
    today: dt.date | None
    names: Mapping[str, str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        trusts = self.table["origin"].nunique()
        return f"CallList {self.number}: {many(len(self), 'call')} of {many(trusts, 'trust')}"

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write a workbook: a sheet a trust, in the order to ring, with answers to choose from.

        It is a record of each patient, and names them if identifiers were asked for: keep it where
        patients' records are kept.

        Parameters
        ----------
        path
            The file to write, ending in ``.xlsx``; one that is there is replaced on success.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            If the path cannot be written to.

        Examples
        --------
        >>> import mutualaid as ma, tempfile
        >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
        >>> rows = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
        >>> people = rows.assign(patients=1, patient_id=range(len(rows)))
        >>> calls = ma.optimise(made_up).call_list(people.astype({"patient_id": str}))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     calls.write(f"{folder}/monday.xlsx").name
        'monday.xlsx'
        """
        if Path(path).suffix.lower() != ".xlsx":
            raise InputError(f"{Path(path).name!r}: a workbook's name ends in .xlsx")
        return save_workbook(path, _sheets(self), self.today, title="Whom to ring")


def _sheets(calls: CallList) -> list[Sheet]:
    """Lay out the sheets: how to use it, then one for each trust that rings."""
    names = _names(calls)
    return [_how(calls, names), *_of_trusts(calls, names)]


def cells_of(calls: CallList) -> pd.DataFrame:
    """Give the cells of a list as they are printed, by the names of the table's columns."""
    return _printed(calls, _names(calls))


def _names(calls: CallList) -> Names:
    codes = [*calls.table["origin"].astype(str), *calls.table["provider"].astype(str)]
    return Names(codes, calls.names)


def _printed(calls: CallList, names: Names) -> pd.DataFrame:
    shown = [name for name in HEADINGS if name in calls.table and name != "answer"]
    if "from_date" in shown:
        shown.remove("period")
    cells = calls.table[shown].astype(object)
    cells["provider"] = [names.full(str(code)) for code in calls.table["provider"]]
    cells["service"] = [service_name(code) for code in calls.table["service"]]
    saved = calls.table["weeks_saved"].astype(object)
    cells["weeks_saved"] = [
        None if weeks is pd.NA else f"{weeks} or more" if more else weeks
        for weeks, more in zip(saved, calls.table["at_least"], strict=True)
    ]
    for name in ("from_date", "to_date", "answer_by"):
        if name in cells:
            cells[name] = list(calls.table[name].dt.date)
    return cells


def _of_trusts(calls: CallList, names: Names) -> list[Sheet]:
    cells = _printed(calls, names).assign(answer=None)
    headed = cells.rename(columns={name: head for name, (head, _) in HEADINGS.items()})
    day = "" if calls.today is None else f" of {calls.today:%d/%m/%Y}"
    confidential = "CONFIDENTIAL: this sheet names patients."
    if not calls.identifiers:
        confidential = "CONFIDENTIAL: a row a patient. Who they are stands in no row of it."
    return [
        Sheet(
            name=names(trust),
            title=f"List {calls.number}{day}: whom {names.full(str(trust))} rings",
            notes=[
                confidential,
                "Ring from the top. Nobody has to move. Choose each answer from its list.",
                "Weeks sooner: than at their own trust, if no trust helped another.",
            ],
            table=headed.loc[rows],
            kinds=[HEADINGS[str(name)][1] for name in cells],
            answers=list(ANSWERS),
        )
        for trust, rows in calls.table.groupby("origin", sort=True).groups.items()
    ]


def _how(calls: CallList, names: Names) -> Sheet:
    day = "" if calls.today is None else f" Made for {date(calls.today)}."
    of_trust = calls.table.groupby("origin", sort=True).size()
    told = [f"{names.full(str(trust))} rings {of_trust[trust]:,}." for trust in of_trust.index]
    return Sheet(
        name=SHEET,
        title=f"Whom to ring: {many(len(calls), 'call')}",
        notes=[
            f"This is list {calls.number}.{day} Each trust rings its own patients.",
            *(told or ["Nobody is to be asked now."]),
            "Leave an answer empty while it is not known. Rows may be sorted and filtered.",
            "Save it, and read it back with: mutualaid answers LIST.xlsx SCENARIO.toml",
        ],
        table=pd.DataFrame({"Answer means": list(ANSWERS), "What it does": ANSWERS.values()}),
        kinds=(TEXT, TEXT),
    )


def _listed(
    asked: pd.DataFrame,
    *,
    identifiers: bool,
    today: dt.date | None,
    names: Mapping[str, str] | None,
) -> CallList:
    """Make a list of whom to ring."""
    held = [name for name in IDENTIFIERS if name in asked] if identifiers else []
    lines = [name for name in LINE_COLUMNS if name in asked]
    shown = [name for name in PRINTED if name in asked]
    place = shown.index("service") + 1
    known = {one["provider"]: one["name"] for one in england.providers()}
    return CallList(
        table=asked[[shown[0], *held, *shown[1:place], *lines, *shown[place:]]].copy(),
        number=list_number(asked),
        identifiers=identifiers,
        asked=asked,
        today=today,
        names={**known, **(names or {})},
    )


@checks_arguments
def list_calls(
    plan: CertifiedPlan,
    patients: object | None = None,
    weeks: int = 4,
    *,
    acceptance: Acceptance | None = None,
    risk: float = 0.05,
    notice_weeks: int = NOTICE_WEEKS,
    previous: pd.DataFrame | None = None,
    today: dt.date | None = None,
    answer_days: int = 7,
    names: Mapping[str, str] | None = None,
    identifiers: bool = False,
) -> CallList:
    """Say whom to ring now, trust by trust, in the order to ring: a list for bookers.

    On it are those offers of ``plan.offers`` whose period starts within ``weeks`` and the notice.
    The order is that of :mod:`mutualaid.offers.whom_to_ring`.

    Parameters
    ----------
    plan
        The plan.
    patients, acceptance, risk, previous
        As for :meth:`mutualaid.Plan.offers`.
    weeks
        How far ahead people are asked, beyond the notice.
    notice_weeks
        As for :meth:`mutualaid.Plan.offers`, but counted from ``today``.
    today
        The day of the calls; by default that of the census.
    answer_days
        Days that everybody has to answer, however soon their period starts.
    names
        What providers are called, by code; those of England's are known.
    identifiers
        Whether it names patients. Then the table and the file are confidential. If not, rows have
        a number only.

    Returns
    -------
    CallList
        Its ``table``; ``write(path)`` makes the workbook, and
        :func:`mutualaid.patients.read_answers` reads what bookers wrote into it.

    Raises
    ------
    InputError
        If the list is not the one that the plan was made for, an argument is out of range, or
        ``today`` is before the census.

    Examples
    --------
    >>> import mutualaid as ma
    >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> everybody = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
    >>> people = everybody.assign(patients=1, patient_id=range(len(everybody)))
    >>> plan = ma.optimise(made_up)
    >>> calls = list_calls(plan, people.astype({"patient_id": str}), identifiers=True)
    >>> calls.table.columns[:3].tolist()
    ['row', 'patient_id', 'origin']
    """
    require_plan(plan)
    argument.whole("weeks", weeks, what="whole weeks")
    argument.whole("notice_weeks", notice_weeks, what="whole weeks")
    argument.whole("answer_days", answer_days, what="whole days")
    argument.kind("identifiers", identifiers, bool, "write True or False")
    argument.kind("today", today, dt.date | None, "pass a datetime.date")
    people = as_patients(patients, plan.system.waiting_list)
    day = today.date() if isinstance(today, dt.datetime) else today
    notice = max(notice_weeks, plan.policy.notice_weeks, plan.policy.lead_weeks)
    found = offers_of(
        plan,
        people,
        acceptance=acceptance,
        risk=risk,
        notice_weeks=notice + weeks_since(people.census, day),
        previous=previous,
    )
    asked = to_ring(
        found.table,
        people,
        plan.system,
        weeks=weeks,
        notice_weeks=notice,
        answer_days=answer_days,
        today=day,
    )
    return _listed(asked, identifiers=identifiers, today=day or people.census, names=names)
