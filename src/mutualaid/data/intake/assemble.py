"""From all the tables that a system is given to what it consists of, checked and told."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.booked_order import reserve, voided
from mutualaid.data.finer_services import parts_of
from mutualaid.data.intake import cross_checks
from mutualaid.data.intake.normalise import (
    QUEUE_COLUMNS,
    Known,
    canonical,
    checked,
    odd,
    union_of,
    without_booked,
)
from mutualaid.data.lines import lines_of
from mutualaid.data.patient_list import PatientList
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS
from mutualaid.data.schema import TABLES
from mutualaid.data.site_criteria import unread
from mutualaid.data.taking.from_file import FileTable, given_table
from mutualaid.data.taking.safety_columns import Finding
from mutualaid.data.taking.take_table import in_our_names, take
from mutualaid.errors import InputError, Problems, tell

NEEDED = ("waiting_list", "capacity", "travel")
TELL_APART = ("period", "weeks_waiting", "weeks_later", "at_least", "at_most")
"""Columns of numbers that tell rows of a table apart."""
LINED = ("capacity", "waiting_list", "referrals")
"""Tables whose rows make the lines of slots."""


def assembled(
    given: Mapping[str, object],
    horizon: Mapping[str, int],
    unlisted: str,
    known: Known,
    found: dict[str, tuple[Finding, ...]],
    changed: Collection[str] = tuple(TABLES),
) -> dict[str, object]:
    """Check the tables of a system, and say what it consists of beside its horizon.

    ``found`` is what was found earlier, in tables that have not ``changed``.
    """
    given = _opened(given)
    waiting_list = given["waiting_list"]
    counted = isinstance(waiting_list, PatientList)
    if isinstance(waiting_list, PatientList):
        asked = _asked_about(given["accepts"], waiting_list)
        given = {**given, "waiting_list": waiting_list.waiting_list(*asked)}
    read = {
        name: given_table(name, table)
        for name, table in given.items()
        if table is not None or name in NEEDED
    }
    frames = {name: table.frame for name, table in read.items()}
    problems, told, words = _of_files(read), list[str](), {}
    for name in frames:
        if name in changed and not (counted and name == "waiting_list"):
            taken = take(name, frames[name], problems)
            frames[name] = taken.frame
            found[name] = (*read[name].findings, *taken.findings)
            told += [*read[name].told(), *taken.told]
            if taken.words:
                words[name] = taken.words
    if counted and "wait_class" not in frames["waiting_list"]:
        _without_classes(frames, problems)
    if "accepts" in frames:
        frames["accepts"] = in_our_names(frames["accepts"], list(frames["waiting_list"].columns))
    tables = checked(
        frames,
        horizon,
        unlisted,
        counted=counted,
        known=known.tables,
        changed=changed,
        words=words,
        problems=problems,
        found=found,
    )
    ordered = canonical(tables, frames, counted=counted, known=known.tables, words=words)
    if "accepts" in ordered and {"accepts", "waiting_list"} & set(changed):
        told += unread(ordered["accepts"], ordered["waiting_list"])
    free = None
    if "booked" in ordered:
        queue_columns = [name for name in QUEUE_COLUMNS if name in ordered["waiting_list"]]
        known.reserved = reserve(ordered, queue_columns, **horizon)
        free = without_booked(ordered, known.reserved)
        told += voided(known.reserved)
    told += odd(tables, ordered["waiting_list"], known, horizon["period_weeks"], unlisted, free)
    for sentence in told:
        tell(sentence)
    services = union_of(tables, cross_checks.SERVICE_COLUMNS)
    return {
        "_found": found,
        "_known": known,
        "_tables": ordered,
        "providers": union_of(tables, cross_checks.PROVIDER_COLUMNS),
        "services": services,
        "lines": lines_of(
            services,
            [ordered[t] for t in LINED if t in ordered],
            parts_of(dict(ordered["finer"])) if "finer" in ordered else {},
        ),
        "start": "area" if "area" in tables["travel"] else "origin",
        "unlisted": unlisted,
    }


def _opened(given: Mapping[str, object]) -> dict[str, object]:
    """Read those tables that are paths; the others are as they are.

    Raises
    ------
    InputError
        If files cannot be opened; every one is named.
    """
    opened, unreadable = dict(given), Problems()
    for name, table in given.items():
        if isinstance(table, str | os.PathLike):
            try:
                opened[name] = given_table(name, table)
            except InputError as error:
                for row in error.problems.itertuples(index=False, name=None):
                    unreadable.rows.append((row[0] or name, *row[1:]))
    unreadable.raise_if_any()
    return opened


def _of_files(read: Mapping[str, FileTable]) -> Problems:
    """What is wrong with cells of files, beside which everything else is told.

    Raises
    ------
    InputError
        If cells that tell rows apart cannot be read, so that the rest cannot be checked.
    """
    problems = Problems()
    for name, table in read.items():
        problems.rows += table.problems.rows
        if table.origin is not None:
            problems.origins[name] = table.origin
    if any(row[1] in TELL_APART for row in problems.rows):
        problems.raise_if_any()
    return problems


def _without_classes(frames: Mapping[str, pd.DataFrame], problems: Problems) -> None:
    """Note wait classes beside a list of patients that has none: nobody is given one."""
    for name in LINED:
        if name in frames and "wait_class" in frames[name]:
            problems.add(
                name,
                "wait_class",
                "patients of a patient-level list have no wait class: of one patient it is not "
                "known",
                "leave wait_class out, and add up the slots over classes; tell patients apart by "
                "what is observed: PatientList.with_streams(), priority, a finer service",
            )


def check_horizon(period_weeks: object, periods: object, unlisted: str) -> None:
    """Check how long the horizon is, and what a way that is not listed means.

    Raises
    ------
    InputError
        If either is out of range.
    """
    with Arguments("System") as check:
        check.whole("period_weeks", period_weeks, 1, LONGEST_HORIZON_PERIODS)
        check.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
        check.choice("unlisted", unlisted, ("error", "unreachable"))


def _asked_about(accepts: object, patients: PatientList) -> list[str]:
    """Columns of the patients that sites ask about; what is amiss is said when it is checked."""
    if accepts is None:
        return []
    table = in_our_names(given_table("accepts", accepts).frame, patients.columns)
    asked = table["column"].astype(object).tolist() if "column" in table else []
    return [str(name) for name in dict.fromkeys(asked) if name in patients.columns]
