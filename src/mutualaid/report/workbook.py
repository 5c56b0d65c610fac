"""A plan as an Excel workbook for managers."""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import argument
from mutualaid.atomic_write import written_whole
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.disclosure.suppression import THRESHOLD
from mutualaid.errors import InputError
from mutualaid.formats import writable
from mutualaid.offers.choose import Offers
from mutualaid.offers.named_offers import named_patients
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report.sheet import COUNT, DATE, ONE, POINTS, SHARE, SIGNED, TEXT, Sheet
from mutualaid.report.sheets import sheets
from mutualaid.report.spreadsheet_text import LONGEST_TEXT, like_formula, sheet_names

FORMATS = {
    TEXT: "@",
    COUNT: "#,##0",
    ONE: "#,##0.0",
    SHARE: "0.0%",
    DATE: "dd mmm yyyy",
    SIGNED: "+#,##0;-#,##0;0",
    POINTS: "+0.0%;-0.0%;0.0%",
}
ONE_SIGNED = "+#,##0.0;-#,##0.0;0.0"
CHANGES = {COUNT: FORMATS[SIGNED], ONE: ONE_SIGNED, SHARE: FORMATS[POINTS]}
UNDATED = dt.date(2000, 1, 1)
"""The day of creation where the census is not known: the same plan, the same bytes."""
WIDEST, NARROWEST = 70, 9
MOST_LINES = 27
"""A row of Excel is no higher than this many lines."""
A4 = 9
BLUE, PALE, FIELD = "#003087", "#E8EDEE", "#FFF9D6"


def write_workbook(
    plan: CertifiedPlan,
    path: str | os.PathLike[str],
    *,
    patients: object | None = None,
    offers: pd.DataFrame | Offers | None = None,
    quality: pd.DataFrame | None = None,
    identifiers: bool = False,
    suppress_below: int | None = THRESHOLD,
) -> Path:
    """Write a plan to an Excel workbook, whole or not at all.

    Sheets: the plan in one page, each trust alone and together, the moves, a sheet for each
    receiver, what one more slot would save, the rules in force, the quality of the data, and how
    to read it. Text stays text: nothing in it is a formula or a link, whatever a trust is called.
    The same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    path
        The file to write, ending in ``.xlsx``; one that is there is replaced on success.
    patients
        The :class:`mutualaid.PatientList` that the plan was made for: its census, the quality of
        its data and, if identifiers are asked for, whom to ask.
    offers
        What ``plan.patients`` or ``plan.offers`` gave, if it is to be other than the former for
        ``patients``.
    quality
        What was found when the list was read, if other than in ``patients``.
    identifiers
        Whether the receivers' sheets name patients. Then the file is confidential. If not, no
        identifier is in it.
    suppress_below
        Smaller counts of patients are hidden, and whatever would give them away: see
        :mod:`mutualaid.disclosure.suppression`. None or 0 shows all.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If the path cannot be written to, or identifiers are asked for and nobody is named.

    Examples
    --------
    >>> import mutualaid as ma, tempfile
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_workbook(plan, f"{folder}/plan.xlsx").name
    'plan.xlsx'
    """
    if Path(path).suffix.lower() != ".xlsx":
        raise InputError(f"{Path(path).name!r}: a workbook's name ends in .xlsx")
    counts = counts_of(plan, suppress_below)
    # A table of patients has columns, which may be called anything; a list knows its census.
    listed = None if isinstance(patients, pd.DataFrame) else patients
    census = getattr(listed, "census", None)
    found = getattr(listed, "quality", None) if quality is None else quality
    named = _named(plan, patients, offers) if identifiers else None
    laid_out = sheets(plan, counts, offers=named, quality=found, census=census)
    return save_workbook(path, laid_out, census, title="Mutual aid plan")


def save_workbook(
    path: str | os.PathLike[str], laid_out: Sequence[Sheet], created: dt.date | None, *, title: str
) -> Path:
    """Write sheets to a workbook, whole or not at all; ``created`` is what it says of its age."""
    with written_whole(path) as temporary:
        _write(temporary, laid_out, created or UNDATED, title)
    return Path(path)


def _named(
    plan: CertifiedPlan, patients: object | None, offers: pd.DataFrame | Offers | None
) -> pd.DataFrame:
    if isinstance(offers, Offers):
        return offers.table
    if offers is not None:
        argument.kind("offers", offers, pd.DataFrame, "pass what plan.patients gives")
        return offers
    if patients is None:
        raise InputError("identifiers=True, but nobody is named: pass patients or offers as well")
    return named_patients(plan, patients)


@dataclass(frozen=True)
class _Book:
    """The file that is being written, and the formats that it has by now."""

    book: Any
    formats: dict[tuple[tuple[str, object], ...], Any]

    def style(self, **what: object) -> Any:
        """A format, made once."""
        key = tuple(sorted(what.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(what)
        return self.formats[key]


def _write(path: Path, laid_out: Sequence[Sheet], created: dt.date, title: str) -> None:
    # Imported when a workbook is written: it takes longer than the rest of this room.
    import xlsxwriter

    options = {
        # Without this, XlsxWriter would keep parts of the file in the computer's temporary folder.
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": FORMATS[DATE],
    }
    # The disk's own error says more than what XlsxWriter makes of it.
    content = io.BytesIO()
    book = _Book(xlsxwriter.Workbook(content, options), {})
    moment = dt.datetime.combine(created, dt.time())
    book.book.set_properties({"title": title, "author": "", "company": "", "created": moment})
    for name, sheet in zip(sheet_names(s.name for s in laid_out), laid_out, strict=True):
        _write_sheet(book, book.book.add_worksheet(name), sheet)
    book.book.close()
    path.write_bytes(content.getvalue())


def _write_sheet(book: _Book, page: Any, sheet: Sheet) -> None:
    page.hide_gridlines(2)
    _text(book, page, 0, 0, sheet.title, bold=True, font_size=14, font_color=BLUE)
    columns = [str(name) for name in sheet.table.columns]
    widths = _widths(sheet, columns)
    # Notes as wide as the table, so that they do not make the print smaller.
    across = max(int(sum(widths)), 100)
    notes = [line for note in sheet.notes for line in textwrap.wrap(note, across)]
    for line, note in enumerate(notes, start=1):
        _text(book, page, line, 0, note, italic=True, font_color="#425563")
    head = len(notes) + 2
    right = [kind != TEXT for kind in sheet.kinds]
    for place, name in enumerate(columns):
        look = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
        look |= {"bg_color": BLUE, "font_color": "#FFFFFF", "border_color": "#FFFFFF"}
        if sheet.answers and not right[place]:
            look["indent"] = 1
        _text(book, page, head, place, name, align="right" if right[place] else "left", **look)
    for place, width in enumerate(widths):
        page.set_column(place, place, width)
    lines = [math.ceil(len(n) / max(w - 2, 1)) for n, w in zip(columns, widths, strict=True)]
    page.set_row(head, 15 * max(1, min(5, max(lines, default=1))) + 3)
    rows = list(sheet.table.itertuples(index=False, name=None))
    for number, row in enumerate(rows):
        kind = None if sheet.row_kinds is None else sheet.row_kinds[number]
        _write_row(book, page, head + 1 + number, sheet, row, kind, band=number % 2 == 1)
        if (tall := _lines(row, widths)) > 1:
            # Not every program makes room for wrapped text by itself.
            page.set_row(head + 1 + number, 15 * min(tall, MOST_LINES))
    last = head + len(rows)
    if sheet.total is not None:
        _write_row(book, page, last + 1, sheet, sheet.total, None, bold=True, top=1)
    if sheet.answers and rows:
        _ask(book, page, sheet.answers, head + 1, last, len(columns) - 1)
    page.autofilter(head, 0, max(last, head), max(len(columns) - 1, 0))
    page.freeze_panes(head + 1, 1)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(head)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.set_footer("&L&A&RPage &P of &N")


def _ask(book: _Book, page: Any, answers: Sequence[str], first: int, last: int, place: int) -> None:
    """Give the cells of a column a list to choose from, and the look of a field to fill in."""
    look = book.style(bg_color=FIELD, border=1, border_color=BLUE, num_format=FORMATS[TEXT])
    for line in range(first, last + 1):
        page.write_blank(line, place, None, look)
    page.set_column(place, place, max(map(len, answers)) + 6)
    told = {"error_title": "Choose an answer", "error_message": f"One of: {', '.join(answers)}."}
    choice = {"validate": "list", "source": list(answers), **told}
    page.data_validation(first, place, last, place, choice)


def _write_row(
    book: _Book,
    page: Any,
    line: int,
    sheet: Sheet,
    row: Sequence[object],
    row_kind: str | None,
    *,
    band: bool = False,
    **look: object,
) -> None:
    shade: dict[str, object] = {"bg_color": PALE} if band else {}
    for place, (value, kind) in enumerate(zip(row, sheet.kinds, strict=True)):
        style: dict[str, object] = {**shade, **look, "valign": "top"}
        number = FORMATS[kind]
        if row_kind is not None and kind != TEXT:
            number = CHANGES[row_kind] if kind == SIGNED else FORMATS[row_kind]
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            page.write_blank(line, place, None, book.style(**style))
        elif isinstance(value, dt.date | pd.Timestamp | np.datetime64):
            day = pd.Timestamp(value).to_pydatetime()
            page.write_datetime(line, place, day, book.style(**style, num_format=FORMATS[DATE]))
        elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
            if math.isfinite(float(value)):
                page.write_number(line, place, float(value), book.style(**style, num_format=number))
            else:
                _text(book, page, line, place, "no limit", align="right", **style)
        else:
            align = "left" if kind == TEXT else "right"
            if sheet.answers and kind == TEXT:
                # Apart from the number before it.
                style["indent"] = 1
            _text(book, page, line, place, str(value), align=align, text_wrap=True, **style)


def _text(book: _Book, page: Any, line: int, place: int, text: str, **look: object) -> None:
    """Write text as text; what looks like a formula stays text even when somebody edits it."""
    clean = writable(text)[:LONGEST_TEXT]
    if like_formula(clean):
        look["quote_prefix"] = True
    page.write_string(line, place, clean, book.style(**look, num_format=FORMATS[TEXT]))


def _lines(row: Sequence[object], widths: Sequence[float]) -> int:
    """How many lines the longest text of a row takes."""
    texts = [(value, int(width)) for value, width in zip(row, widths, strict=True)]
    return max((len(textwrap.wrap(v, w)) for v, w in texts if isinstance(v, str)), default=1)


def _widths(sheet: Sheet, columns: Sequence[str]) -> list[float]:
    """Wide enough for the cells, and for the longest word of a heading."""
    result = []
    for place, name in enumerate(columns):
        values = [*sheet.table.iloc[:, place], *([sheet.total[place]] if sheet.total else [])]
        cells = max((len(_printed(value)) for value in values), default=0)
        word = max((len(part) for part in name.split()), default=0)
        # The filter's button takes some room of the heading.
        result.append(float(min(max(cells + 2, word + 4, NARROWEST), WIDEST)))
    return result


def _printed(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:,.1f}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, dt.date | np.datetime64):
        return "dd mmm yyyy"
    return "" if value is None else str(value)
