"""Targets of each trust's own, from a table: 65 % within 18 weeks here, seven points more there."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments, is_number, is_whole, shown
from mutualaid.data.as_today import MONTH
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import Problems
from mutualaid.model.limits.targets import Target

TABLE = "targets"
WEEKS = 18
Row = Mapping[Hashable, object]
Wrong = Callable[[str, str, str], None]
MEASURES = ("share_within", "points", "patients")
COLUMNS = ("origin", "service", "weeks", *MEASURES, "share_before", "period", "month")
FINE = 10_000
"""Shares that are worked out are rounded up to so fine a part, and never down."""


@checks_arguments
def targets_by_trust(table: object, system: System) -> list[Target]:
    """Read each trust's own targets from a table, for ``targets=`` of :func:`mutualaid.optimise`.

    Parameters
    ----------
    table
        A table, or the path of a file, with a row a target:

        - ``origin``: the trust, by code or by name;
        - ``service``: one service of it; without the column or empty, all together;
        - ``weeks``: the mark; without the column or empty, 18;
        - one of ``share_within`` (at least this share of the list within the mark: 0.65),
          ``points`` (so much more than before: 0.07 for seven points) and ``patients`` (at most so
          many over);
        - ``share_before``: what points are added to, as published for another month; without the
          column or empty, the share on the system's own list at the census;
        - ``period`` (at whose end) or ``month`` (such as ``"2026-03"``: the last period that ends
          with it or before; for systems that know their census, see
          :attr:`mutualaid.System.as_today`); without either, the last.
    system
        The system.

    Returns
    -------
    list of Target
        One a row, in its order. A share before plus points is rounded up to 0.01 points, and is 1
        at the most.

    Raises
    ------
    InputError
        If a row cannot be understood; all at once.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=3)
    >>> asked = targets_by_trust([{"origin": "XA1", "share_within": 0.65},
    ...                           {"origin": "XB2", "points": 0.07, "share_before": 0.6}], system)
    >>> asked
    [Target: 65% within 18 weeks at the end, in each trust of XA1, Target: 67% ... of XB2]
    """
    argument.kind("system", system, System, "pass a mutualaid.System")
    frame = frame_of(TABLE, pd.DataFrame(table) if isinstance(table, list) else table)
    problems = Problems()
    problems.need(TABLE, frame, ["origin"])
    for name in frame.columns:
        if name not in COLUMNS:
            problems.add(TABLE, str(name), "is no column of it", f"use {', '.join(COLUMNS)}")
    if not len(frame):
        problems.add(TABLE, "", "has no rows", "write one a target")
    problems.raise_if_any()
    names = SystemNames.of(system.providers, system.services)
    frame = names.frame(frame.reset_index(drop=True), TABLE)
    found = [
        _target(row, number, system, names, problems)
        for number, row in enumerate(frame.to_dict("records"))
    ]
    problems.raise_if_any()
    return [one for one in found if one is not None]


def _target(
    row: Row, number: int, system: System, names: SystemNames, problems: Problems
) -> Target | None:
    """The target of a row; None where something of it cannot be understood."""
    before = len(problems.rows)

    def wrong(column: str, what: str, remedy: str) -> None:
        problems.add(TABLE, column, what, remedy, rows=[number])

    origin, service = row.get("origin"), _given(row, "service")
    for column, value, known in (
        ("origin", origin, system.providers),
        ("service", service, system.services),
    ):
        if value not in known and not (column == "service" and value is None):
            told = names.told(column, [value])
            wrong(column, f"has {told}, not in this system", f"use {', '.join(known[:5])} …")
    weeks = _given(row, "weeks")
    weeks = WEEKS if weeks is None else _whole(weeks)
    if weeks is None:
        wrong("weeks", f"is {shown(row['weeks'])}", "write whole weeks, such as 18")
    period = _period(row, system, wrong)
    kinds = [name for name in MEASURES if _given(row, name) is not None]
    if len(kinds) != 1:
        what = f"has {' and '.join(kinds)}" if kinds else "asks for nothing"
        remedy = f"write one of {', '.join(MEASURES)} in a row"
        wrong(", ".join(kinds) or "share_within", what, remedy)
        return None
    if "points" not in kinds and _given(row, "share_before") is not None:
        wrong("share_before", "is given without points", "leave it out, or write points")
    amount = _given(row, kinds[0])
    if kinds[0] == "patients":
        most = _whole(amount)
        if most is None:
            wrong("patients", f"is {shown(amount)}", "write whole patients, 0 or more")
        share = None
    else:
        most, share = 0, _share(row, kinds[0], origin, service, weeks, system, wrong)
    if len(problems.rows) > before:
        return None
    return Target(
        weeks=weeks or 0,
        patients=most or 0,
        share_within=share,
        by="trust" if service is None else "trust and service",
        period=period,
        origins=(str(origin),),
        services=None if service is None else (str(service),),
    )


def _given(row: Row, name: str) -> object | None:
    """A cell; None where it is empty."""
    value = row.get(name)
    return None if value is None or value is pd.NA or value != value or value == "" else value


def _whole(value: object) -> int | None:
    """A whole number from 0; None where it is none."""
    if isinstance(value, float | np.floating) and is_number(value, 0) and value == int(value):
        return int(value)
    return int(value) if is_whole(value, 0) else None


def _share(
    row: Row,
    kind: str,
    origin: object,
    service: object,
    weeks: int | None,
    system: System,
    wrong: Wrong,
) -> float | None:
    """The share that a row asks for."""
    amount, before = _given(row, kind), _given(row, "share_before")
    if not is_number(amount, 0, 1):
        wrong(kind, f"is {shown(amount)}", "write a share from 0 to 1: 0.07 for seven points")
        return None
    if kind == "share_within":
        return float(amount)
    if before is None:
        now = _share_now(system, origin, service, weeks or 0)
        if now is None:
            wrong("points", "are added to nothing: nobody is on the list", "write share_before")
            return None
    elif is_number(before, 0, 1):
        now = Fraction(repr(float(before)))
    else:
        wrong("share_before", f"is {shown(before)}", "write a share from 0 to 1, such as 0.6")
        return None
    share = min(now + Fraction(repr(float(amount))), Fraction(1))
    return math.ceil(share * FINE) / FINE


def _share_now(system: System, origin: object, service: object, weeks: int) -> Fraction | None:
    """The share within a mark on the list at the census; None where nobody is on it."""
    waiting = system.waiting_list
    mine = waiting["origin"].astype(object) == origin
    if service is not None:
        mine &= waiting["service"].astype(object) == service
    rows = waiting[mine]
    listed = int(rows["patients"].sum())
    within = int(rows.loc[rows["weeks_waiting"] < weeks, "patients"].sum())
    return Fraction(within, listed) if listed else None


def _period(row: Row, system: System, wrong: Wrong) -> int | None:
    """At the end of which period; None for the last."""
    period, month = _given(row, "period"), _given(row, "month")
    last = system.periods
    if period is not None and month is not None:
        wrong("period", "stands beside a month", "write one of the two")
    elif period is not None:
        number = _whole(period)
        if number is not None and 1 <= number <= last:
            return number
        wrong("period", f"is {shown(period)}", f"write a whole number from 1 to {last}")
    elif month is not None:
        if not isinstance(month, str) or not MONTH.fullmatch(month):
            wrong("month", f"is {shown(month)}", 'write year and month, such as "2026-03"')
        elif system.as_today is None:
            wrong("month", "cannot be told: the system's census is not known", "write a period")
        else:
            weeks = (_end_of(month) - _end_of(system.as_today.month)).days // 7
            number = weeks // system.period_weeks
            if 1 <= number <= last:
                return number
            ends = f"{last * system.period_weeks} weeks after the end of {system.as_today.month}"
            wrong("month", f"is {month}, outside the horizon", f"write one that ends within {ends}")
    return None


def _end_of(month: str) -> dt.date:
    year, number = map(int, month.split("-"))
    return dt.date(year, number, calendar.monthrange(year, number)[1])
