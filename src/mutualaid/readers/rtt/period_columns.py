"""The calendar month of a row, from what its period columns say."""

from __future__ import annotations

import calendar
import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEARS = re.compile(r"(20\d\d)(?:\s*[-/]\s*(?:20)?(\d\d)(?!\d))?")
FIRST_MONTH_OF_YEAR = 4
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?(Z|\+00:00)?$")
YEAR_FIRST = re.compile(r"(20\d\d)([-/.]?)(\d\d)(?:\2(\d\d))?")
YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(20\d\d)")
MONTH_YEAR = re.compile(r"(\d\d?)[-/.](20\d\d)")
WORD_AND_YEAR = re.compile(r"(?:rtt[\s_-]+)?([a-z]{3,9})[\s_'/.-]*(\d\d)")
DAY_AND_WORD = re.compile(r"(\d\d?)[\s_/.-]+([a-z]{3,9})[\s_/.-]+(\d\d)")


def month_of(text: str) -> str | None:
    r"""Read the month of a row from what its period columns say.

    Parameters
    ----------
    text
        ``"RTT-January-2026"``; by financial year, ``"2015-16-JANUARY"``; the texts of the
        columns Period, Period Name and Year with tabs between them, whose year is financial
        where only the last of them has one; or a date in the month, as ``"2026-01-31"``,
        ``"31/01/2026"``, ``"Jan-26"`` or ``"202601"``.

    Returns
    -------
    str or None
        The calendar month, as ``"2026-01"``; None if the text names no single month.

    Examples
    --------
    >>> month_of("RTT-January-2026"), month_of("2015-16-JANUARY"), month_of("JANUARY\t2015")
    ('2026-01', '2016-01', '2016-01')
    >>> month_of("2026-01-31"), month_of("Jan-26"), month_of("26-Jan")
    ('2026-01', '2026-01', None)
    """
    columns = text.split("\t")
    dates = {date for date in map(_date, columns) if date is not None}
    names = {word[:3] for word in re.findall(r"[a-z]{3,}", text.lower())} & set(MONTHS)
    if dates:
        # A name of a month beside a date is of the same month, or nobody knows which is meant.
        date = dates.pop()
        agree = not dates and all(MONTHS[int(date[5:]) - 1] == name for name in names)
        return date if agree else None
    found = [(place, match) for place, match in enumerate(map(YEARS.search, columns)) if match]
    if len(names) != 1 or not found:
        return None
    place, years = found[0]
    month, year = MONTHS.index(names.pop()) + 1, int(years[1])
    if years[2] is not None and int(years[2]) != (year + 1) % 100:
        # Two digits that are not the next year: a month or a day.
        return None
    financial = years[2] is not None or 0 < place == len(columns) - 1
    return f"{year + (financial and month < FIRST_MONTH_OF_YEAR)}-{month:02}"


def _date(text: str) -> str | None:
    """The month of a date, where the date can be read in one way only."""
    text = MIDNIGHT.sub("", text.strip().lower().replace("t00:", "T00:").replace("z", "Z"))
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), int(found[3]), found[4]
        # 2011-12 may be a financial year.
        fits = day is not None or month != (year + 1) % 100
        return _month(year, month, int(day or 1)) if fits else None
    if found := YEAR_LAST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        certain = first > 12 or first == second or _at_an_end(year, second, first)
        if certain:
            return _month(year, second, first)
        # The month comes first where it cannot be the day.
        return _month(year, first, second) if second > 12 else None
    if found := MONTH_YEAR.fullmatch(text):
        return _month(int(found[2]), int(found[1]), 1)
    if found := WORD_AND_YEAR.fullmatch(text):
        return _month(2000 + int(found[2]), _number_of(found[1]), 1)
    if found := DAY_AND_WORD.fullmatch(text):
        day, year = int(found[1]), 2000 + int(found[3])
        month = _number_of(found[2])
        return _month(year, month, day) if _at_an_end(year, month, day) else None
    return None


def _number_of(word: str) -> int:
    """The month that a word names, or 0."""
    names = [name.lower() for name in calendar.month_name]
    fits = word[:3] in MONTHS and (word in names or word in MONTHS or word == "sept")
    return MONTHS.index(word[:3]) + 1 if fits else 0


def _month(year: int, month: int, day: int) -> str | None:
    fits = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    return f"{year}-{month:02}" if fits else None


def _at_an_end(year: int, month: int, day: int) -> bool:
    """Whether a day is the first or the last of its month, as days that stand for a month are."""
    return _month(year, month, day) is not None and (
        day in (1, calendar.monthrange(year, month)[1])
    )
