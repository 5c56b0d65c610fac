"""Who has left the list: removals, discharges, deaths, treatments, clocks that have stopped."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from mutualaid.data.column_checks import Mask
from mutualaid.data.words.column_names import BESIDE, LEAVING
from mutualaid.data.words.patient_words import not_gone, still_waits, yes_no
from mutualaid.readers.waiting_list.codes import OPEN, OUTSIDE, STOPPED, leading
from mutualaid.readers.waiting_list.dates import Days, moment
from mutualaid.readers.waiting_list.extract import EARLIEST, NEVER, Extract
from mutualaid.readers.waiting_list.parse import Labels

STOPPED_CLOCK = "clock stopped / not on an RTT pathway"
LEFT = {
    "removal_date": "was removed from the list",
    "discharge_date": "was discharged",
    "treatment_date": "was treated or admitted",
    "death_date": "has died",
    "deceased": "has died",
    "removed": "has left the list",
    "removal_reason": "was removed from the list",
    "still_waiting": "no longer waits",
    "list_status": "no longer waits",
}
CANNOT_TELL = "does not tell whether the patient still waits"
REMEDY = "leave such rows out of the extract"
SAY_OR_DROP = "correct it, or leave the column out with columns={{{name!r}: None}}"
AFTER = "is after the census"
KEEPS_WEEK = "taken as booked for the first week: keeps it"


def check_left(extract: Extract, census: dt.date | None) -> None:
    """Set aside who no longer waits at the census, or never was on an RTT pathway.

    A date after the census is told and is no removal, but for a death: nobody is to be asked
    who has died since. What cannot be read is set aside as well, since it may say either.
    """
    for name in extract.every("rtt_status"):
        _by_code(extract, name)
    for name in extract.every("clock_stop"):
        _by_date(extract, name, STOPPED_CLOCK, census)
    for name in extract.every(*LEAVING):
        field = name.partition(BESIDE)[0]
        if field.endswith("_date"):
            _by_date(extract, name, LEFT[field], census)
        else:
            _by_word(extract, name, field, census)


def _by_code(extract: Extract, name: str) -> None:
    labels = extract.labels(name)
    codes = [leading(text) or text for text in labels.texts]
    waits = [
        True if c in OPEN else False if c in STOPPED | OUTSIDE else still_waits(c) for c in codes
    ]
    _by_meaning(extract, name, labels, waits, STOPPED_CLOCK, "is no RTT status")


def _by_meaning(
    extract: Extract,
    name: str,
    labels: Labels,
    waits: list[bool | None],
    left: str,
    doubt: str,
    *,
    blank_is_doubt: bool = False,
) -> None:
    """Set aside who does not wait by the meaning of a column's texts, and who may not."""
    over = labels.spread((one is False for one in waits), False, bool)
    odd = labels.spread((one is None for one in waits), blank_is_doubt, bool)
    extract.quality_log.set_aside(name, over, left, REMEDY)
    extract.quality_log.set_aside(name, odd, doubt, SAY_OR_DROP.format(name=name))


def _by_date(extract: Extract, name: str, left: str, census: dt.date | None) -> None:
    if census is None:
        return
    log = extract.quality_log
    days, unreadable = extract.days(name)
    unreadable = unreadable | extract.dates[name].waiting
    said = stays = np.zeros(len(days), dtype=bool)
    if unreadable.any():
        # A "yes" where a date is asked for is an answer, though it has no date.
        labels = extract.labels(name)
        said = labels.spread(map(_gone, labels.texts), False, bool)
        stays = labels.spread(map(not_gone, labels.texts), False, bool)
    early, never = days < EARLIEST, days >= NEVER
    later = (days > np.datetime64(census, "D")) & ~never
    died = left == LEFT["death_date"]
    over = ~np.isnat(days) & ~early & ~never & (died | ~later)
    log.set_aside(name, over | said, left, REMEDY)
    odd = unreadable & ~said & ~stays
    seen = extract.dates[name].seen
    log.set_aside(name, odd, "is not a date", SAY_OR_DROP.format(name=name), detail=seen)
    log.note_rows(name, "is before 1990", early, "read as blank")
    log.note_rows(name, "is after 2099", never, "read as blank")
    if not died:
        log.note_rows(name, AFTER, later, "still waiting at the census")


def _gone(text: str) -> bool:
    return yes_no(text) is True or still_waits(text) is False


def _by_word(extract: Extract, name: str, field: str, census: dt.date | None) -> None:
    labels = extract.labels(name)
    waits = [_waits(text, field, census) for text in labels.texts]
    # Where who waits is marked, a blank marks nobody as waiting.
    marked = field == "still_waiting" and True in waits
    left = LEFT[field]
    _by_meaning(extract, name, labels, waits, left, CANNOT_TELL, blank_is_doubt=marked)


def _waits(text: str, field: str, census: dt.date | None) -> bool | None:
    """Whether somebody still waits by a flag, a reason or a status; None if it cannot be told."""
    if field in ("deceased", "removed"):
        flag = yes_no(text)
        if flag is not None:
            return not flag
        day = moment(text)
        if day is not None:
            return field == "removed" and census is not None and day.date() > census
    if field == "still_waiting":
        flag = yes_no(text)
        return still_waits(text) if flag is None else flag
    if not_gone(text):
        return True
    told = still_waits(text)
    if told is None and field == "removal_reason":
        return False
    return told


def first_bookings(extract: Extract, names: list[str], census: dt.date) -> tuple[Days, Mask]:
    """The first date from the census on of some columns, and who may have one that is not read.

    Who is told to have no date yet has none; of who has a date that cannot be read it is not
    known when, so it is taken to be soon.
    """
    log, day = extract.quality_log, np.datetime64(census, "D")
    first: Days = np.full(len(log.usable), "NaT", dtype="datetime64[D]")
    unread: npt.NDArray[np.bool_] = np.zeros(len(first), dtype=bool)
    for name in names:
        booked, unreadable = extract.days(name)
        if name.partition(BESIDE)[0] == "treatment_date":
            # A treatment that is to come is a date; one that has been was looked at before.
            booked = np.where(booked > day, booked, np.datetime64("NaT", "D"))
            unreadable = np.zeros(len(first), dtype=bool)
        seen = extract.dates[name].seen
        what = f"is not a date: {seen}" if seen else "is not a date"
        remedy = "write dates such as 2026-01-31 or 31/01/2026, or TBC where there is none yet"
        log.tell(name, what, unreadable & log.usable, KEEPS_WEEK, remedy)
        past, never = booked < day, booked >= NEVER
        log.note_rows(
            name, "has passed: treated, cancelled or not updated", past, "taken as no date"
        )
        log.note_rows(name, "is after 2099", never, "taken as no date")
        first = np.fmin(first, np.where(past | never, np.datetime64("NaT", "D"), booked))
        unread |= unreadable
    return first, unread
