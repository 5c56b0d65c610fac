"""A system and a policy from one workbook, or from a folder of files."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mutualaid.arguments import checks_arguments
from mutualaid.data.opening.opened_table import OpenedTable
from mutualaid.data.patient_list import PatientList
from mutualaid.data.rates import every_period
from mutualaid.data.schema import TABLES
from mutualaid.data.system import System
from mutualaid.data.system_names import KIND_OF, SystemNames
from mutualaid.data.taking.from_file import FileTable, from_file
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import spellings
from mutualaid.errors import InputError, Problems
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy
from mutualaid.readers.counts.read import read_counts
from mutualaid.readers.demand_and_capacity.history import (
    referrals_from_history,
    removals_from_history,
    slots_from_activity,
)
from mutualaid.readers.demand_and_capacity.rate_columns import without_rate
from mutualaid.readers.demand_and_capacity.sessions import COLUMNS as OF_SESSIONS
from mutualaid.readers.demand_and_capacity.sessions import slots_from_sessions
from mutualaid.readers.own_tables.filled_rows import renamed
from mutualaid.readers.own_tables.parts_found import SAME_PART, parts_of
from mutualaid.readers.own_tables.rules_sheet import Rules, read_rules
from mutualaid.readers.own_tables.trusts_named import (
    Trusts,
    in_codes,
    patients_in_codes,
    places_of,
    read_trusts,
    with_labels,
)
from mutualaid.readers.waiting_list import read_waiting_list
from mutualaid.readers.way_estimates import travel_times
from mutualaid.readers.way_tables import travel_matrix

A_PERIOD = ("aperiod", "perperiod", "eachperiod")
"""How a heading ends, by its letters, whose numbers hold for every period."""
NEEDED = {
    "waiting_list": ("who waits", "Waiting list or Patients"),
    "capacity": ("how many can be treated", "Capacity or Sessions"),
}
PERIODS, WEEKS = 13, 4


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnTables:
    """What a workbook, or a folder, holds."""

    system: System
    policy: Policy
    """What its rules say; a policy that says nothing if it has none."""
    collaboration: Collaboration
    """The mode that its rules name: :class:`mutualaid.Deep` unless they say otherwise."""
    patients: PatientList | None = None
    """The patients, if it lists them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What trusts are called, by code, as far as it says."""


@checks_arguments
def read_tables(
    source: str | os.PathLike[str],
    *,
    census: str | dt.date | None = None,
    periods: int | None = None,
    period_weeks: int | None = None,
    both_ways: bool | None = None,
    unlisted: str | None = None,
    per: str | None = None,
) -> OwnTables:
    r"""Read everything that a plan needs from a workbook, or from a folder of files.

    Parameters
    ----------
    source
        A workbook with a sheet, or a folder with a file, for each part: the waiting list (counts
        by week, counts by band, or patients), capacity (slots by period, slots a period, sessions
        a week, or what was done by month), and perhaps travel, referrals, removals, trusts,
        rules and the further tables of a :class:`mutualaid.System`. Which is which is seen by
        headings, and by the name of the sheet or file where headings fit several. The workbook
        that ``mutualaid template`` writes, once it is filled in, is one.
    census
        The day to which waits of patients count.
    periods, period_weeks
        How many periods, and how long they are: 13 of four weeks if nothing says otherwise.
    both_ways
        Whether a way that is there in one direction only takes as long in the other one. If
        nothing says so it is not known.
    unlisted
        As for :class:`mutualaid.System`.
    per
        What histories are numbers of: ``"week"`` or ``"month"``; by default what the heading of
        their dates says.

    What is passed holds before what the rules say.

    Returns
    -------
    OwnTables
        ``system``, ``policy``, ``collaboration``, ``patients`` and ``names``.

    Raises
    ------
    InputError
        If a part that is needed is missing or there twice, or anything cannot be used: all that
        is wrong at once, by sheet and cell.

    Warns
    -----
    InputWarning
        What is left out (example rows, columns left blank, tables that are none of a system's),
        which names were read as which codes, and whatever the readers of each part tell.

    Notes
    -----
    Without travel, minutes are estimated (:func:`mutualaid.travel_times`) from where trusts are:
    by their own table, or as the NHS of England publishes it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, text in {
    ...         "waiting list.csv": "Trust,Specialty,Weeks waiting,Patients\nA,hips,40,12\n",
    ...         "slots.csv": "Trust,Specialty,Slots a period\nA,hips,3\nB,hips,5\n",
    ...         "travel.csv": "From,To,Minutes\nA,B,25\n",
    ...     }.items():
    ...         _ = Path(folder, name).write_text(text)
    ...     read_tables(folder, periods=2).system
    System: 12 patients waiting at 1 of 2 providers, 1 service, 16 slots in 2 periods of 4 weeks
    """
    parts = parts_of(source)
    reader = _Reader(parts)
    rules = reader.read("rules", lambda _, opened: read_rules(opened)) or Rules()
    passed = {"periods": periods, "period_weeks": period_weeks, "unlisted": unlisted}
    horizon: dict[str, Any] = {
        "periods": PERIODS,
        "period_weeks": WEEKS,
        **rules.system,
        **{name: given for name, given in passed.items() if given is not None},
    }
    asked = _Asked(
        horizon=horizon,
        census=rules.census if census is None else census,
        both_ways=rules.both_ways if both_ways is None else both_ways,
        per=per,
    )
    trusts = reader.read("trusts", lambda _, opened: read_trusts(opened)) or Trusts()
    known = trusts.known(england_too="travel" not in parts)
    made: dict[str, Any] = {}
    for name in ("capacity", *(one for one in TABLES if one != "capacity")):
        how = partial(_made, asked=asked, known=known)
        made[name] = reader.read(name, how)
        if name == "capacity" and made[name] is not None:
            known = with_labels(known, _labels(name, made[name]))
    for name in NEEDED:
        if name not in parts:
            reader.problems.add("", "", *_missing(Path(source), name))
    reader.problems.raise_if_any()
    patients = made["waiting_list"] if isinstance(made["waiting_list"], PatientList) else None
    if made["travel"] is None:
        listed = [*_labels("waiting_list", made["waiting_list"])["provider"]]
        listed += _labels("capacity", made["capacity"])["provider"]
        made["travel"] = travel_times(places_of(trusts, listed))
    tables = {name: table for name, table in made.items() if table is not None}
    return OwnTables(
        system=System(**tables, **horizon),
        policy=_with_specialists(rules.policy, trusts),
        collaboration=rules.mode,
        patients=patients,
        names=trusts.names,
    )


def _with_specialists(policy: Policy, trusts: Trusts) -> Policy:
    """The policy with what specialist trusts take in, where that is said beside them."""
    if not trusts.takes:
        return policy
    if policy.specialists is False:
        raise InputError(
            "the rules say that specialist trusts take in others, and the trusts say what some of "
            "them take in only: leave one of them blank"
        )
    return policy.replace(specialists=trusts.takes)


@checks_arguments
def read_system(
    source: str | os.PathLike[str],
    *,
    census: str | dt.date | None = None,
    periods: int | None = None,
    period_weeks: int | None = None,
    both_ways: bool | None = None,
    unlisted: str | None = None,
    per: str | None = None,
) -> System:
    r"""Read the system of a workbook, or of a folder of files: see :func:`read_tables`.

    Its rules are another matter: see :func:`read_policy`.

    Parameters
    ----------
    source, census, periods, period_weeks, both_ways, unlisted, per
        As for :func:`read_tables`.

    Returns
    -------
    System

    Raises
    ------
    InputError
        As :func:`read_tables` does.

    Examples
    --------
    >>> import tempfile, warnings
    >>> with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     for name, text in {
    ...         "counts.csv": "Hospital,Specialty,0-6 Months,6-12 Months\nMercy,Hips,52,26\n",
    ...         "lists.csv": "Trust,Specialty,Sessions a week,Cases,Utilisation,Working weeks\n"
    ...         "Mercy,Hips,2,3,0.85,42\nSt Brigid's,Hips,5,3,0.85,42\n",
    ...         "ways.csv": "From,To,Minutes\nMercy,St Brigid's,25\n",
    ...     }.items():
    ...         _ = Path(folder, name).write_text(text)
    ...     read_system(folder, both_ways=True).providers
    ('Mercy', "St Brigid's")
    """
    return read_tables(
        source,
        census=census,
        periods=periods,
        period_weeks=period_weeks,
        both_ways=both_ways,
        unlisted=unlisted,
        per=per,
    ).system


@checks_arguments
def read_policy(source: str | os.PathLike[str]) -> Policy:
    r"""Read the policy that the rules of a workbook, or of a folder of files, say.

    Parameters
    ----------
    source
        As for :func:`read_tables`. The rules are a table of ``Rule`` and ``Value``.

    Returns
    -------
    Policy
        What is not said is as in :class:`mutualaid.Policy`.

    Raises
    ------
    InputError
        If there are no rules, or one of them is not known or cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "rules.csv").write_text("Rule,Value\nLongest way in minutes,45\n")
    ...     read_policy(folder).max_minutes
    45.0
    """
    parts = parts_of(source)
    if "rules" not in parts:
        raise InputError(
            f"{Path(source).name} has no rules: add a sheet or a file with the headings Rule and "
            "Value, or write a Policy"
        )
    return read_rules(parts["rules"][1]).policy


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What holds for all parts."""

    horizon: Mapping[str, Any]
    census: str | dt.date | None
    both_ways: bool
    per: str | None

    @property
    def length(self) -> dict[str, Any]:
        return {name: self.horizon[name] for name in ("periods", "period_weeks")}


@dataclass
class _Reader:
    """Reads parts one after another; what is wrong is collected."""

    parts: Mapping[str, tuple[str, OpenedTable]]
    problems: Problems = field(default_factory=Problems)

    def read(self, part: str, how: Callable[[str, OpenedTable], Any]) -> Any:
        """Read a part; None if it is not there or cannot be used."""
        if part not in self.parts:
            return None
        kind, opened = self.parts[part]
        try:
            table = how(kind, opened)
        except InputError as error:
            named = error.problems.assign(
                table=error.problems["table"].where(error.problems["table"] != "", part)
            )
            self.problems.rows += [tuple(row) for row in named.itertuples(index=False)]
            return None
        if isinstance(table, FileTable):
            self.problems.rows += table.problems.rows
        return table


def _missing(source: Path, name: str) -> tuple[str, str]:
    what, sheets = NEEDED[name]
    return f"{source.name} does not say {what}", f"fill in {sheets}, or add a file of one of these"


def _made(kind: str, opened: OpenedTable, asked: _Asked, known: SystemNames) -> Any:
    """A table of a system, of whatever it comes as."""
    if kind == "patients":
        return read_waiting_list(patients_in_codes(known, opened), census=asked.census)
    if kind == "counts":
        return in_codes(known, "waiting_list", read_counts(opened))
    if kind == "sessions":
        per = said_per(opened) or "week"
        return in_codes(known, "capacity", slots_from_sessions(opened, per=per, **asked.length))
    if kind == "activity":
        span = asked.per or per_of_history(opened)
        done = slots_from_activity(opened, per=span, census=asked.census, **asked.length)
        return in_codes(known, "capacity", done)
    if kind in ("joined", "left"):
        read = referrals_from_history if kind == "joined" else removals_from_history
        span = asked.per or per_of_history(opened)
        rates = read(opened, per=span, census=asked.census, **asked.length)
        return in_codes(known, SAME_PART[kind], rates)
    if kind == "travel":
        return in_codes(known, kind, travel_matrix(opened, both_ways=asked.both_ways))
    return _flows(kind, opened, asked, known)


def _flows(kind: str, opened: OpenedTable, asked: _Asked, known: SystemNames) -> FileTable:
    """A table as it is, or with the same numbers in every period where its heading says so."""
    names = {}
    for heading in map(str, opened.headings):
        form = tidy(heading)
        ending = next((one for one in A_PERIOD if form.endswith(one)), None)
        if ending is not None and form.removesuffix(ending) in ("slots", "patients"):
            names[heading] = form.removesuffix(ending)
    table = from_file(kind, renamed(opened, names) if names else opened)
    ours = spellings(kind)
    if names and "period" not in {ours.get(tidy(one)) for one in table.frame.columns}:
        table.problems.raise_if_any()
        amount = next(iter(names.values()))
        bad = ~(table.frame[amount] >= 0).to_numpy(bool)
        if bad.any():
            problems = Problems(origins={} if table.origin is None else {kind: table.origin})
            what, values = "is blank or below 0", table.frame[amount]
            problems.add(kind, amount, what, "write 0 or more", rows=bad, values=values)
            problems.raise_if_any()
        frame = every_period(table.frame, asked.horizon["periods"])
        rows = np.arange(len(frame)) % len(table.frame)
        origin = None if table.origin is None else table.origin.of_rows(rows)
        table = replace(table, frame=frame, origin=origin)
    coded: FileTable = in_codes(known, kind, table)
    return coded


def said_per(opened: OpenedTable) -> str | None:
    """What the heading of sessions says that they are given a.

    Examples
    --------
    >>> from mutualaid.data.opening.open_table import open_table
    >>> said_per(open_table({"Sessions per month": [4]}))
    'month'
    """
    usual = {tidy(one) for one in OF_SESSIONS["sessions"].split()}
    for heading in opened.headings:
        plain, said = without_rate(tidy(str(heading)))
        if plain in usual and said is not None:
            return said
    return None


def per_of_history(opened: OpenedTable) -> str | None:
    """What the heading of a history's months or weeks says that its numbers are of.

    Examples
    --------
    >>> from mutualaid.data.opening.open_table import open_table
    >>> per_of_history(open_table({"Week ending": ["2026-01-04"]}))
    'week'
    """
    forms = [tidy(str(heading)) for heading in opened.headings]
    said = {per for per in ("week", "month") if any(per in form for form in forms)}
    return said.pop() if len(said) == 1 else None


def _labels(name: str, table: Any) -> dict[str, list[str]]:
    """The trusts and the services of a table."""
    held = table.frame if isinstance(table, FileTable | PatientList) else table
    ours = spellings(name)
    found: dict[str, list[str]] = {"provider": [], "service": []}
    for heading in held.columns:
        kind = KIND_OF.get(ours.get(tidy(str(heading)), ""))
        if kind is not None and ours[tidy(str(heading))] != "site":
            found[kind] += [str(one) for one in held[heading].dropna().unique()]
    return found
