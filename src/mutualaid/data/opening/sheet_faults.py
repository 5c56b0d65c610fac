"""Cells of a sheet that look blank and are not: errors of Excel, formulas that were never run.

The reader of workbooks gives both as blanks. Only files of .xlsx and .xlsm say which they are.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from xml.etree import ElementTree

from mutualaid.data.opening.packed_files import Content

Fault = tuple[str, str, Sequence[int]]
"""A problem, its remedy, and the rows that have it, counted from 0."""

NO_NUMBER = "#N/A"
"""What Excel itself writes for a value that is not there."""
CELL = re.compile(rb"<c\b([^>]*)>(.*?)</c>", re.DOTALL)
REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
VALUE = re.compile(rb"<v>([^<]*)</v>")
RUN_IT = "open the workbook in Excel, and save it: its formulas have not been worked out"
MEND_IT = "mend the formula, or type the value in its place"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def faults_of(content: Content, sheet: str) -> dict[tuple[int, str, str], list[int]]:
    """Find such cells of a sheet: their rows by column, problem and remedy."""
    found: dict[tuple[int, str, str], list[int]] = {}
    for column, row, error in _cells(_xml(content, sheet)):
        what = f"is the error {error} of Excel" if error else "is a formula without a value"
        key = column, what, MEND_IT if error else RUN_IT
        found.setdefault(key, []).append(row)
    return found


def _cells(xml: bytes) -> list[tuple[int, int, str]]:
    if b't="e"' not in xml and b"<f" not in xml:
        return []
    cells = []
    for match in CELL.finditer(xml):
        kind, inside = match.groups()
        place = REFERENCE.search(kind)
        if place is None:
            continue
        value = VALUE.search(inside)
        error = value.group(1).decode() if value and b't="e"' in kind else ""
        if (error and error != NO_NUMBER) or (value is None and b"<f" in inside):
            cells.append((_place(place.group(1)), int(place.group(2)) - 1, error))
    return cells


def _place(name: bytes) -> int:
    place = 0
    for letter in name:
        place = 26 * place + letter - ord("A") + 1
    return place - 1


def _xml(content: Content, sheet: str) -> bytes:
    """A sheet of an .xlsx file as it is written; nothing if it is no such file."""
    try:
        with content.stream() as stream, zipfile.ZipFile(stream) as archive:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
            targets = {one.get("Id"): str(one.get("Target")) for one in links}
            for one in book.iter():
                if one.tag.endswith("}sheet") and one.get("name") == sheet:
                    target = targets.get(one.get(OFFICE), "")
                    inside = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    return archive.read(inside)
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        # Another kind of workbook.
        pass
    return b""
