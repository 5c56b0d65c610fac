"""Layouts of the RTT full extract: where in the bytes of a file everything stands.

The file has kept its meaning and changed its form: lines above the heading, a code column headed
"Treatment Function Name", financial years in columns of their own, 53 instead of 105 week bands,
blank totals. That is settled here and in the module that reads the rows, so that nothing further
up needs to know.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mutualaid.errors import Problems

HEADINGS = {
    "part": "rtt part type",
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
NEEDED = ("part", "service", "provider", "commissioner")
NUMBERS = ("total", "unknown", "total_all")
BAND = re.compile(r"gt (\d+)(?: to (\d+))? weeks(?: sum 1)?")
HEADING_WITHIN_BYTES = 100_000
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
SOURCE = (
    "pass NHS England's 'Consultant-led RTT waiting times, Full CSV data file', as .csv or .zip"
)


@dataclass(frozen=True)
class Layout:
    """Where in a file everything stands: columns counted from 0."""

    start: int
    """Bytes up to and including the line of headings."""
    headings: tuple[str, ...]
    columns: dict[str, int]
    bands: tuple[int, ...]
    """Columns of the week bands 0, 1, … up to the open one at the top."""

    @property
    def texts(self) -> dict[str, int]:
        """Columns that hold labels and are used."""
        return {key: column for key, column in self.columns.items() if key not in NUMBERS}

    @property
    def totals(self) -> dict[str, int]:
        """Columns that hold counts beside the week bands."""
        return {key: self.columns[key] for key in NUMBERS if key in self.columns}


def file_bytes(path: Path, problems: Problems) -> bytes | None:
    """Read a CSV file, or the only CSV file in a zip; note a problem and give None if not."""
    try:
        content = path.read_bytes()
        if not is_zip(path, content):
            return content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = data_members(archive)
            if len(members) == 1:
                return archive.read(members[0])
        found = ", ".join(members[:5]) if members else "none"
        problems.add(
            path.name,
            "",
            f"the zip holds {len(members)} CSV files ({found}), not one",
            "pass the one CSV file itself",
        )
    except OSError as error:
        problems.add(path.name, "", f"cannot be read: {error.strerror or error}", "check the path")
    except BROKEN_ZIP as error:
        problems.add(path.name, "", f"the zip cannot be read: {error}", "download the file again")
    return None


def is_zip(path: Path, start: bytes) -> bool:
    """Whether a file is a zip, by its name or by how it starts."""
    return path.suffix.lower() == ".zip" or start.startswith(b"PK\x03\x04")


def data_members(archive: zipfile.ZipFile) -> list[str]:
    """CSV files in a zip, without the shadows that a Mac adds."""
    return [
        name
        for name in archive.namelist()
        if name.lower().endswith(".csv") and not name.startswith("__MACOSX/")
    ]


def find_layout(name: str, content: bytes, problems: Problems) -> Layout | None:
    """Find the line of headings, and in it every column; note what is missing."""
    start = 0
    for line in io.BytesIO(content[:HEADING_WITHIN_BYTES]):
        start += len(line)
        text = line.decode("utf-8-sig", errors="replace")
        given = next(csv.reader([text]), [])
        tidy = [" ".join(heading.lower().split()) for heading in given]
        if HEADINGS["part"] in tidy:
            return _layout(name, start, given, tidy, problems)
    problems.add(name, "", "is not an RTT extract: no line has the heading 'RTT Part Type'", SOURCE)
    return None


def _layout(
    name: str, start: int, given: list[str], tidy: list[str], problems: Problems
) -> Layout | None:
    found = len(problems.rows)
    if HEADINGS["service"] not in tidy and "treatment function name" in tidy:
        # Some months head the column of codes "Treatment Function Name" as well; it comes first.
        tidy[tidy.index("treatment function name")] = HEADINGS["service"]
    columns = {key: tidy.index(heading) for key, heading in HEADINGS.items() if heading in tidy}
    for key in NEEDED:
        if key not in columns:
            problems.add(name, HEADINGS[key].title(), "the column is missing", SOURCE)
    if not ("period" in columns or "period_name" in columns):
        problems.add(name, "Period", "the column is missing", SOURCE)
    bands = _band_columns(name, tidy, problems)
    if len(problems.rows) > found:
        return None
    return Layout(start, tuple(given), columns, bands)


def _band_columns(name: str, tidy: list[str], problems: Problems) -> tuple[int, ...]:
    matches = {i: BAND.fullmatch(heading) for i, heading in enumerate(tidy)}
    closed = {int(m[1]): i for i, m in matches.items() if m and m[2] and int(m[2]) == int(m[1]) + 1}
    top = [(int(m[1]), i) for i, m in matches.items() if m and not m[2]]
    bands = sum(m is not None for m in matches.values())
    if len(top) == 1 and bands == len(closed) + 1 and sorted(closed) == list(range(top[0][0])):
        return (*(closed[week] for week in range(top[0][0])), top[0][1])
    last = max([week for week, _ in top] or [max(closed, default=-1) + 1])
    gaps = [f"Gt {week:02} To {week + 1:02} Weeks" for week in range(last) if week not in closed]
    what = f"missing: {', '.join(gaps[:5])}" if gaps else "expected one open band, 'Gt 104 Weeks'"
    problems.add(name, "week bands", f"are not one band a week from 0 up ({what})", SOURCE)
    return ()
