"""Layouts of the RTT full extract: where in a file everything stands.

The file has kept its meaning and changed its form: lines above the heading, a code column headed
"Treatment Function Name", financial years in columns of their own, 53 instead of 105 week bands,
blank totals. Those who keep it change it too: cleaned headings, other separators, no columns of
commissioners. That is settled here and in the modules that read the rows, so that nothing further
up needs to know.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutualaid.data.words.column_names import tidy
from mutualaid.readers.rtt.unpack import HEADING_WITHIN_BYTES, PART, SOURCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutualaid.errors import Problems

HEADINGS = {
    "part": PART.lower(),
    "service": "treatment function code",
    "provider": "provider org code",
    "provider_name": "provider org name",
    "icb": "provider parent org code",
    "icb_name": "provider parent name",
    "commissioner": "commissioner org code",
    "period": "period",
    "period_name": "period name",
    "year": "year",
    "total": "total",
    "unknown": "patients with unknown clock start date",
    "total_all": "total all",
}
ALSO = {
    "provider": ("provider code",),
    "provider_name": ("provider name",),
    "period": ("month",),
}
"""What some columns are called where they were renamed, if the file's own heading is not there."""
NEEDED = ("part", "service", "provider")
NUMBERS = ("total", "unknown", "total_all")
TREATMENT_NAME = tidy("treatment function name")
BAND = re.compile(r"gt(\d+)(?:to(\d+))?weeks(?:sum1?)?")
"""A week band, as :func:`mutualaid.data.words.column_names.tidy` leaves its heading."""
COUNTS_BY_WEEK = re.compile(r">\s*0\s*-\s*1\b|\bgt[\W_]*0?0[\W_]*to[\W_]*0?1\b", re.IGNORECASE)
"""The first week in the headings of who waits: of a provider workbook, or of an extract's part."""
COUNTED = (
    "if it counts who waits, as a sheet of NHS England's provider workbooks does, pass it to "
    f"read_counts; for what was done as well {SOURCE}"
)
SEPARATORS = ",;\t|"
LINE = re.compile(rb"[^\r\n]+")
LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Layout:
    """Where in a file everything stands: columns counted from 0."""

    start: int
    """Bytes up to and including the line of headings."""
    headings: tuple[str, ...]
    columns: dict[str, int]
    bands: tuple[int, ...]
    """Columns of the week bands 0, 1, … up to the open one at the top."""
    separator: str = ","

    @property
    def texts(self) -> dict[str, int]:
        """Columns that hold labels and are used."""
        return {key: column for key, column in self.columns.items() if key not in NUMBERS}

    @property
    def totals(self) -> dict[str, int]:
        """Columns that hold counts beside the week bands."""
        return {key: self.columns[key] for key in NUMBERS if key in self.columns}


def find_layout(name: str, content: bytes, problems: Problems) -> Layout | None:
    """Find the line of headings, and in it every column; note what is missing."""
    head = content[:HEADING_WITHIN_BYTES]
    for line in LINE.finditer(head):
        text = line[0].decode("utf-8-sig", errors="replace")
        if tidy(PART) not in tidy(text):
            continue
        for separator in SEPARATORS:
            given = next(csv.reader([text], delimiter=separator), [])
            if tidy(PART) in map(tidy, given):
                end = LINE_END.match(head, line.end())
                start = line.end() if end is None else end.end()
                return layout_of(name, given, problems, start=start, separator=separator)
    text = head.decode("utf-8-sig", errors="replace")
    what = f"is not an RTT extract: no line has the heading '{PART}'"
    problems.add(name, "", what, COUNTED if COUNTS_BY_WEEK.search(text) else SOURCE)
    return None


def layout_of(
    name: str,
    given: Sequence[str],
    problems: Problems,
    *,
    start: int = 0,
    separator: str = ",",
) -> Layout | None:
    """Find every column among headings, however they are spelt; note what is missing."""
    found = len(problems.rows)
    words = [tidy(heading) for heading in given]
    if tidy(HEADINGS["service"]) not in words and TREATMENT_NAME in words:
        # Some months head the column of codes "Treatment Function Name" as well; it comes first.
        words[words.index(TREATMENT_NAME)] = tidy(HEADINGS["service"])
    columns = {}
    for key, heading in HEADINGS.items():
        spelt = (tidy(one) for one in (heading, *ALSO.get(key, ())))
        wanted = next((one for one in spelt if one in words), tidy(heading))
        fitting = [place for place, word in enumerate(words) if word == wanted]
        if fitting:
            columns[key] = fitting[0]
        if len(fitting) > 1:
            _fit_twice(name, heading.title(), [given[place] for place in fitting], problems)
    for key in NEEDED:
        if key not in columns:
            problems.add(name, HEADINGS[key].title(), "the column is missing", SOURCE)
    if not ("period" in columns or "period_name" in columns):
        remedy = f"add it, with the month of the rows, such as 2026-01; or {SOURCE}"
        problems.add(name, "Period", "the column is missing", remedy)
    bands = _band_columns(name, given, words, problems)
    if len(problems.rows) > found:
        return None
    return Layout(start, tuple(given), columns, bands, separator)


def _fit_twice(name: str, column: str, headings: Sequence[str], problems: Problems) -> None:
    what = f"{' and '.join(map(repr, headings))} fit equally well"
    problems.add(name, column, what, "drop the one that is not meant, or rename it")


def _band_columns(
    name: str, given: Sequence[str], words: Sequence[str], problems: Problems
) -> tuple[int, ...]:
    matches = {i: BAND.fullmatch(word) for i, word in enumerate(words)}
    closed: dict[int, int] = {}
    top: dict[int, int] = {}
    strange = []
    for i, found in matches.items():
        if found is None:
            continue
        week = int(found[1])
        kind = closed if found[2] else top
        if found[2] and int(found[2]) != week + 1:
            strange.append(i)
        elif week in kind:
            _fit_twice(name, "week bands", [given[kind[week]], given[i]], problems)
            return ()
        else:
            kind[week] = i
    if len(top) == 1 and not strange and sorted(closed) == list(range(next(iter(top)))):
        return (*(closed[week] for week in sorted(closed)), *top.values())
    last = max([*top] or [max(closed, default=-1) + 1])
    gaps = [f"Gt {week:02} To {week + 1:02} Weeks" for week in range(last) if week not in closed]
    what = f"missing: {', '.join(gaps[:5])}" if gaps else "expected one open band, 'Gt 104 Weeks'"
    problems.add(name, "week bands", f"are not one band a week from 0 up ({what})", SOURCE)
    return ()
