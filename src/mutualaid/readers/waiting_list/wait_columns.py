"""How long patients have waited, and what they are booked for."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from mutualaid.data.column_checks import LONGEST_WAIT_WEEKS, Floats, Ints
from mutualaid.data.words.column_names import KNOWN, TABLE
from mutualaid.data.words.patient_words import no_date
from mutualaid.errors import Problems
from mutualaid.formats import date
from mutualaid.readers.waiting_list.extract import EARLIEST, Column, Extract
from mutualaid.readers.waiting_list.left_list import first_bookings

DAYS_A_WEEK = 7
NO_DATE = "is not a date"
WRITE_DATES = "write dates such as 2026-01-31 or 31/01/2026"


def week_band(days: npt.ArrayLike) -> Ints:
    """Give the RTT week band of days: band w holds 7w < days <= 7(w + 1), and band 0 also day 0.

    Source: NHS England, RTT recording and reporting guidance v5.0, section 10.1.7.

    Examples
    --------
    >>> week_band([0, 7, 8, 126, 127]).tolist()
    [0, 0, 1, 17, 18]
    """
    waited = np.asarray(days, dtype=np.int64)
    return np.maximum((waited - 1) // DAYS_A_WEEK, 0)


def find_census(extract: Extract, given: dt.date | None) -> dt.date | None:
    """The day that waits are counted to: as passed, or the only one that the extract holds.

    Rows of another week are set aside if the extract holds the week that was passed.

    Raises
    ------
    InputError
        If the extract holds several and none was passed, or holds dates that say nothing
        without one.
    """
    problems = Problems()
    log = extract.quality_log
    weeks: list[dt.date] = []
    if "census" in extract:
        own, unreadable = extract.days("census")
        log.note_rows("census", NO_DATE, int(unreadable.sum()), "read as blank")
        known = ~np.isnat(own)
        weeks = np.unique(own[known]).tolist()
        if given is not None:
            other = known & (own != np.datetime64(given, "D"))
            if given in weeks:
                log.set_aside("census", other, "a row of another week", "pass its census=")
            else:
                done = f"waits are counted to {date(given)}"
                log.note_rows("census", "is another date", int(other.sum()), done)
        elif len(weeks) > 1:
            problems.add(
                TABLE,
                "census",
                f"the extract holds {len(weeks)} weeks, {weeks[0]} to {weeks[-1]}",
                "pass census= to take the rows of one",
            )
    census = given if given is not None else weeks[0] if len(weeks) == 1 else None
    dated = extract.holds(*(name for name, known in KNOWN.items() if known.dated))
    if census is None and dated and not problems.rows:
        problems.add(
            TABLE,
            "census",
            f"is not known, and {', '.join(dated)} say nothing without it",
            "pass census= (the day of the extract), or leave a column out with "
            f"columns={{{dated[0]!r}: None}}",
        )
    problems.raise_if_any()
    return census


def waits(extract: Extract, census: dt.date | None) -> dict[str, Column]:
    """The wait of each patient: by dates if there are any, else by days, else by weeks."""
    if census is not None and "clock_start" in extract:
        return _waits_by_date(extract, census)
    if "days_waiting" in extract:
        days = _whole(extract, "days_waiting", LONGEST_WAIT_WEEKS * DAYS_A_WEEK)
        weeks = week_band(days)
        _compare(extract, "weeks_waiting", weeks)
        return {"days_waiting": days, "weeks_waiting": weeks}
    return {"weeks_waiting": _whole(extract, "weeks_waiting", LONGEST_WAIT_WEEKS)}


def _waits_by_date(extract: Extract, census: dt.date) -> dict[str, Column]:
    name, log = "clock_start", extract.quality_log
    start, unreadable = extract.days(name)
    day = np.datetime64(census, "D")
    missing = np.isnat(start)
    seen = extract.dates[name].seen
    log.set_aside(name, unreadable, NO_DATE, WRITE_DATES, detail=seen)
    log.set_aside(name, missing, "is missing", "write when the clock started")
    log.set_aside(name, start < EARLIEST, "is before 1990: check the year", "correct the date")
    log.set_aside(name, start > day, "is after the census", "correct the date, or census=")
    days = np.where(missing, 0, (day - start).astype(np.int64))
    weeks = week_band(days)
    _compare(extract, "days_waiting", days)
    _compare(extract, "weeks_waiting", weeks)
    return {
        "clock_start": start.astype("datetime64[s]"),
        "days_waiting": days,
        "weeks_waiting": weeks,
    }


def _compare(extract: Extract, name: str, counted: Ints) -> None:
    """Say on how many rows a wait that the extract holds is another than the one counted."""
    if name in extract:
        told, unreadable = extract.numbers(name)
        differs = (unreadable | ~np.isnan(told)) & ~(np.floor(told) == counted)
        rows = int((differs & extract.quality_log.usable).sum())
        extract.quality_log.note_rows(name, "differs from the dates", rows, "the dates hold")


def _whole(extract: Extract, name: str, limit: int) -> Ints:
    log = extract.quality_log
    numbers, unreadable = extract.numbers(name)
    log.set_aside(name, unreadable, "is not a number", "write whole numbers")
    log.set_aside(name, np.isnan(numbers), "is missing", "write how long the wait has been")
    log.set_aside(name, numbers < 0, "is below 0", "write 0 or more")
    log.set_aside(name, numbers > limit, f"is over {limit:,}", "check the unit")
    whole = np.floor(np.where((numbers >= 0) & (numbers <= limit), numbers, 0))
    parts = (whole != numbers) & log.usable
    log.note_rows(name, "is not a whole number", int(parts.sum()), "rounded down")
    return whole.astype(np.int64)


def bookings(extract: Extract, census: dt.date | None) -> dict[str, Column]:
    """The first date that a patient is booked for, and the whole weeks until then."""
    held = extract.every("date", "outpatient_date", "treatment_date")
    if not held or census is None:
        return _weeks_told(extract) if "date_weeks" in extract else {}
    first, unread = first_bookings(extract, held, census)
    days = (first - np.datetime64(census, "D")).astype(np.int64)
    weeks: Floats = np.where(np.isnat(first), np.inf, days // DAYS_A_WEEK)
    return {"date": first.astype("datetime64[s]"), "date_weeks": np.where(unread, 0.0, weeks)}


def _weeks_told(extract: Extract) -> dict[str, Column]:
    name, log = "date_weeks", extract.quality_log
    weeks, unreadable = extract.numbers(name)
    if unreadable.any():
        labels = extract.spoken(name)
        none = labels.spread(map(no_date, labels.texts), False, bool)
        unreadable &= ~none
        log.note_rows(name, "says in words that there is no date", int(none.sum()), "no date")
    rows = int((unreadable & log.usable).sum())
    done = "taken as booked for the first week: keeps it"
    log.tell(name, "is not a number", rows, done, "write whole weeks")
    log.note_rows(name, "is below 0", int((weeks < 0).sum()), "taken as no date")
    whole = np.where(np.isnan(weeks) | (weeks < 0), np.inf, np.floor(weeks))
    return {name: np.where(unreadable, 0.0, whole)}
