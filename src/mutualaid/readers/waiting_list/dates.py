"""Dates of an extract: each column read as a whole, by what all of its cells prove.

A cell alone does not say whether 02/03 is 2 March or 3 February, which century 25 is in, or that
45902 is a day. A column of them often does; where it proves that days come second, or proves
both, nothing is read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.words.column_names import TABLE
from mutualaid.data.words.patient_words import no_date
from mutualaid.errors import InputError, Problems
from mutualaid.formats import date, many
from mutualaid.readers.waiting_list.parse import NOTHING, NUMBER, labels_of

Days = npt.NDArray[np.datetime64]
Order = Literal["day first", "month first"]
ORDERS: tuple[Order, Order] = ("day first", "month first")

LONDON = "Europe/London"
EXCEL_EPOCH = dt.datetime(1899, 12, 30)
LAST_SERIAL = 2_958_465
"""31 December 9999 in a workbook."""
SERIALS = (10_000, 73_415)
"""May 1927 to December 2100: numbers that a whole column of days may hold outside a workbook."""
OLD_YEARS = 10
"""Dates of two-digit years that are older than this are held against another order."""

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_TIME = (
    r"(?:(?:T| +|, *)(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:\.\d+)?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?"
_PLAIN, _ORDERED = (
    tuple(re.compile(form + _TIME, re.ASCII | re.IGNORECASE) for form in forms)
    for forms in (
        (
            r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
            r"(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})",
            _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ /.-]*(?P<month>[A-Za-z]{3,9})\.?"
            r"(?:,? *|[/.-])(?P<year>\d{4})",
            _WEEKDAY + r"(?P<month>[A-Za-z]{3,9})\.? +(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +"
            r"(?P<year>\d{4})",
            r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
            r"(?P<day>\d{1,2})[ /.-]?(?P<month>[A-Za-z]{3,9})[ /.-]?(?P<year>\d\d)",
        ),
        (r"(?P<first>\d{1,2})[/.-](?P<second_>\d{1,2})[/.-](?P<year>\d{4}|\d\d)",),
    )
)


@dataclass(frozen=True, slots=True)
class Form:
    """What one text is, before its column has settled how it is read."""

    kind: str
    """"date", "ordered", "serial", "none" for no date yet, or "" for what is no date."""
    parts: Mapping[str, str]
    """Year, month and day, or the two numbers of which one is the month; and the time."""
    short: bool = False
    """Whether the year has two digits."""


def form_of(text: str) -> Form:
    """Say which form of a date a text has."""
    for kind, patterns in (("date", _PLAIN), ("ordered", _ORDERED)):
        for pattern in patterns:
            found = pattern.fullmatch(text)
            if found is not None:
                parts = {name: part or "" for name, part in found.groupdict().items()}
                return Form(kind, parts, len(parts["year"]) == 2)
    if NUMBER.fullmatch(text):
        return Form("serial", {"number": text.replace(",", "")})
    return Form("none" if no_date(text) else "", {})


def moment(text: str, *, serials: bool = False, order: Order = "day first") -> dt.datetime | None:
    """Read a date by itself, with its time of day in London if it has one; None if it is no date.

    Day before month unless the other order is asked for: 02/03/2026 is 2 March, and 02/28/2026
    is no date. Years of two digits are none either: alone they say too little.

    Examples
    --------
    >>> moment("02/03/2026").isoformat()[:10], moment("02/28/2026")
    ('2026-03-02', None)
    >>> moment("2025-07-01T23:30:00Z").isoformat(), moment("2025-07-01 23:30:00+00").isoformat()
    ('2025-07-02T00:30:00', '2025-07-02T00:30:00')
    """
    form = form_of(text)
    if form.kind == "serial":
        return _of_serial(form) if serials else None
    return None if form.short else _read(form, order)


def _of_serial(form: Form) -> dt.datetime | None:
    number = float(form.parts["number"])
    return EXCEL_EPOCH + dt.timedelta(days=number) if 1 <= number <= LAST_SERIAL else None


def _read(form: Form, order: Order, latest: dt.date | None = None) -> dt.datetime | None:
    """Read a date of a known form; a year of two digits is the last that is not too late."""
    if form.kind not in ("date", "ordered"):
        return None
    parts = form.parts
    if form.kind == "ordered":
        pair = (parts["first"], parts["second_"])
        day, month = pair if order == "day first" else pair[::-1]
    else:
        day, month = parts["day"], parts["month"].lower()
    named = [at for at, name in enumerate(MONTHS, start=1) if name.startswith(month)]
    # Digits begin no month's name, and three letters only one's.
    number = int(month) if month.isdecimal() else named[0] if named else 0
    try:
        year = int(parts["year"])
        if form.short:
            year += 2000
            if latest is not None and dt.date(year, number, min(int(day), 28)) > latest:
                year -= 100
        hour, minute, second = (int(parts[p] or 0) for p in ("hour", "minute", "second"))
        if parts["half"]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + 12 * (parts["half"][0] in "pP")
        return _in_london(dt.datetime(year, number, int(day), hour, minute, second), parts["zone"])
    except (ValueError, OverflowError):
        return None


def _in_london(read: dt.datetime, zone: str) -> dt.datetime:
    """An instant as clocks in London show it; a date that is written as midnight stays itself."""
    universal = zone.upper() in ("Z", "UTC", "GMT", "+00:00", "+0000", "+00")
    if not zone or (read.time() == dt.time() and not universal):
        return read
    sign = -1 if zone.startswith("-") else 1
    digits = zone[1:].replace(":", "") if zone[0] in "+-" else "0000"
    offset = sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    aware = (read - offset).replace(tzinfo=dt.UTC)
    return aware.astimezone(ZoneInfo(LONDON)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A column of dates, read.

    Attributes
    ----------
    instants : datetime64[s] array
        NaT where there is none.
    unreadable : bool array
        Where there is something that is no date.
    waiting : bool array
        Where the cell says in words that there is no date yet.
    notes : list
        What was found, on how many rows, and what was done.
    """

    instants: Days
    unreadable: Mask
    waiting: Mask
    notes: list[tuple[str, int, str]]
    seen: str = ""
    """What those look like that are no dates, where that can be told."""


def read_dates(
    name: str,
    column: pd.Series,
    problems: Problems,
    *,
    serials: bool = False,
    order: Order | None = None,
    latest: dt.date | None = None,
    personal: bool = False,
) -> Read:
    """Read a column of dates by the form that all of its cells agree on.

    Parameters
    ----------
    name
        What to call the column in a problem.
    column
        Dates, timestamps, numbers of days as Excel keeps them, or text.
    problems
        Takes it down if the column proves that the month comes first, or proves both orders.
    serials
        Whether any number is a day's number, as in a workbook; elsewhere only where all are.
    order
        Which comes first in 02/03/2026; None for the day, unless the column gainsays it.
    latest
        The last day that a year of two digits may lead to; None for any of this century.
    personal
        Whether a date says who somebody is, so that none is shown.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(LONDON).dt.tz_localize(None)
    none = np.zeros(len(column), dtype=bool)
    if column.dtype.kind == "M" and isinstance(column.dtype, np.dtype):
        return Read(column.to_numpy().astype("datetime64[s]"), none, none, [])
    labels = labels_of(name, column, NOTHING)
    forms = [form_of(text) for text in labels.texts]
    rows = np.bincount(labels.codes[~labels.missing], minlength=len(forms)).tolist()
    cells = _Cells(name, labels.texts, forms, rows, personal)
    chosen = _order(cells, order, problems)
    short = cells.agree(lambda form: form.short)
    if short and latest is not None and not personal:
        _check_years(cells, chosen, latest, problems)
    numbers = serials or cells.agree(_is_day_number)
    values = [
        _of_serial(form)
        if form.kind == "serial" and numbers
        else _read(form, chosen, latest)
        if short or not form.short
        else None
        for form in forms
    ]
    words = [form.kind == "none" for form in forms]
    instants = labels.spread(values, None, "datetime64[s]")
    odd = [v is None and not word for v, word in zip(values, words, strict=True)]
    waiting = labels.spread(words, False, bool)
    notes = cells.notes(values, chosen, told=order is not None, short=short, numbers=numbers)
    if serials:
        notes = [note for note in notes if "Excel" not in note[0]]
    unreadable = labels.spread(odd, False, bool)
    return Read(instants, unreadable, waiting, notes, cells.look(odd))


def _is_day_number(form: Form) -> bool:
    if form.kind != "serial":
        return False
    return SERIALS[0] <= float(form.parts["number"]) <= SERIALS[1]


@dataclass(frozen=True, slots=True)
class _Cells:
    """The distinct texts of a column with their forms, and the rows of each."""

    name: str
    texts: tuple[str, ...]
    forms: list[Form]
    rows: list[int]
    personal: bool

    def agree(self, test: Callable[[Form], bool]) -> bool:
        """Whether all cells that hold a date are of one kind."""
        dates = [form for form in self.forms if form.kind not in ("none", "")]
        return bool(dates) and all(map(test, dates))

    def count(self, marks: list[bool]) -> int:
        return sum(rows for rows, mark in zip(self.rows, marks, strict=True) if mark)

    def example(self, marks: list[bool]) -> str:
        """The first text that is marked, where none says who somebody is."""
        first = next((t for t, mark in zip(self.texts, marks, strict=True) if mark), "")
        return f" ({first})" if first and not self.personal else ""

    def look(self, marks: list[bool]) -> str:
        """What marked cells look like: numbers, or years of two digits, among other forms."""
        found = []
        for what, test in (
            ("years of two digits among other forms", lambda form: form.short),
            ("numbers of days as Excel keeps them among other forms", _is_day_number),
            ("numbers", lambda form: form.kind == "serial" and not _is_day_number(form)),
        ):
            alike = [m and test(form) for m, form in zip(marks, self.forms, strict=True)]
            if any(alike):
                found.append(f"{what}{self.example(alike)}")
        return ", ".join(found)

    def notes(
        self,
        values: list[dt.datetime | None],
        chosen: Order,
        *,
        told: bool,
        short: bool,
        numbers: bool,
    ) -> list[tuple[str, int, str]]:
        """What a reader should know of how the column was read."""
        found = []
        marks = [form.short for form in self.forms]
        if any(marks):
            first = next((v for v, m in zip(values, marks, strict=True) if m and v), None)
            shown = "" if first is None or self.personal else f": {date(first)}"
            what = f"years of two digits{self.example(marks)}"
            done = f"read in the last century that fits{shown}" if short else "not read: mixed"
            found.append((what, self.count(marks), done))
        marks = [_is_day_number(form) for form in self.forms]
        if any(marks):
            first = next((v for v, m in zip(values, marks, strict=True) if m and v), None)
            shown = "" if first is None or self.personal else f": {date(first)}"
            what = f"numbers of days as Excel keeps them{self.example(marks)}"
            done = f"read as days{shown}" if numbers else "not read: other forms of dates beside"
            found.append((what, self.count(marks), done))
        ordered = [form.kind == "ordered" for form in self.forms]
        proofs = [form.kind == "ordered" and _only(form, chosen) for form in self.forms]
        if any(ordered) and not told and not any(proofs):
            found.append(("no date shows whether the day comes first", 0, "read day first"))
        return found


def _only(form: Form, order: Order) -> bool:
    """Whether a date can be read in this order and not in the other."""
    other = ORDERS[order == "day first"]
    return _read(form, order) is not None and _read(form, other) is None


def _order(cells: _Cells, order: Order | None, problems: Problems) -> Order:
    """The order of day and month: as told, or the day first where no cell gainsays it."""
    if order is not None:
        return order
    day, month = (
        [form.kind == "ordered" and _only(form, one) for form in cells.forms] for one in ORDERS
    )
    late = cells.count(month)
    if late:
        early = cells.count(day)
        proof = f"{many(late, 'date')} can only be month first{cells.example(month)}"
        if early:
            proof += (
                f" and {many(early, 'date')} only day first{cells.example(day)}: "
                "the orders are mixed"
            )
            remedy = (
                "write ISO dates such as 2026-01-31, or say with dates='day first' or "
                "dates='month first' which to read; the others are then no dates"
            )
        else:
            proof += " and none only day first"
            remedy = "pass dates='month first', or write ISO dates such as 2026-01-31"
        problems.add(TABLE, cells.name, proof, remedy)
    return "day first"


def _check_years(cells: _Cells, order: Order, latest: dt.date, problems: Problems) -> None:
    """Take down a column of 25/09/02 that is recent only if the year comes first."""
    oldest = dt.datetime(latest.year - OLD_YEARS, latest.month, 1)
    last, first = [], []
    for form in cells.forms:
        if form.kind == "ordered":
            parts = {**form.parts, "year": f"20{form.parts['first']:0>2}"}
            turned = {**parts, "month": parts["second_"], "day": form.parts["year"]}
            last.append(_read(form, order, latest))
            first.append(_read(Form("date", turned), order))
    recent = [one is not None and oldest <= one and one.date() <= latest for one in first]
    if first and all(recent) and any(one is None or one < oldest for one in last):
        problems.add(
            TABLE,
            cells.name,
            "years of two digits that seem to come first",
            "write ISO dates such as 2026-01-31",
        )


def check_order(dates: object) -> Mapping[str, Order] | Order | None:
    """Check dates=.

    Raises
    ------
    InputError
        If it is neither of the two orders, nor a mapping to them.
    """
    if dates is None or (isinstance(dates, str) and dates in ORDERS):
        return dates
    if isinstance(dates, Mapping) and all(
        isinstance(key, str) and isinstance(value, str) and value in ORDERS
        for key, value in dates.items()
    ):
        return dates
    raise InputError(
        f"dates is {dates!r}: 'day first', 'month first', or a mapping from our name of a "
        "column to one of them"
    )


def as_day(census: object, order: Any = None) -> dt.date | None:
    """Take what was passed as census=.

    Raises
    ------
    InputError
        If it is not a date.

    Examples
    --------
    >>> as_day("31/01/26"), as_day("2026-01-31")
    (datetime.date(2026, 1, 31), datetime.date(2026, 1, 31))
    """
    if census is None:
        return None
    # str() of dates, timestamps and NumPy's datetimes is ISO; that of NaT is no date.
    text = str(census).strip()
    chosen: Order = order if order in ORDERS else "day first"
    form = form_of(text)
    read = _read(form, chosen)
    if read is not None:
        return read.date()
    hint = ""
    if form.kind == "ordered" and _read(form, ORDERS[chosen == "day first"]) is not None:
        hint = f" ({text} cannot be read {chosen})"
    elif form.kind == "serial":
        hint = " (a number may be Excel's for a day, which says too little by itself)"
    raise InputError(f"census is {census!r}: pass a date such as '2026-01-31'{hint}")
