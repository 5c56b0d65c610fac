"""The workbook to fill in: sheets for everything that a plan needs, with lists to choose from."""

from __future__ import annotations

import datetime as dt
import os
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mutualaid.arguments import checks_arguments
from mutualaid.atomic_write import written_whole
from mutualaid.data.words.service_words import SERVICES as NAMES_OF_SERVICES
from mutualaid.errors import InputError
from mutualaid.policy.policy import MIXED_SERVICES
from mutualaid.readers.own_tables.rule_list import RULES, Rule
from mutualaid.readers.own_tables.rules_sheet import MEANING, RULE, VALUE
from mutualaid.readers.own_tables.sheet_layout import (
    EXAMPLE,
    LAYOUTS,
    NOTE,
    PRIORITIES,
    READ_ME,
    RULES_SHEET,
    SERVICES,
    TRUSTS,
    Heading,
    Layout,
)

ROWS = 5_000
"""Rows below the headings in which cells can be chosen from a list."""
MOST_TRUSTS = 300
LISTS = "Lists"
BLUE, PALE, GREY = "#003087", "#E8EDEE", "#768692"
HEADINGS_AT = 3
"""The row of the headings, counted from 0: title, what to do and what columns mean are above."""
WIDE, NARROW, OF_NOTES = 30, 17, 11
FRONT, OF_MEANINGS = 110, 90
"""Widths of columns, in characters."""
LINE = 15.0
"""The height of a line."""
MADE_ON = dt.datetime(2026, 1, 1)
"""The day of creation that is written: the same workbook, the same bytes."""
STEPS = (
    "Fill in the sheets behind this one, save the workbook, and call on the command line:",
    "    mutualaid check {name}        what is wrong, by sheet and cell",
    "    mutualaid solve {name}        the plan: a page and a workbook",
    "    mutualaid ladder {name}       four ways to collaborate, side by side",
    "",
    "1. Trusts: every trust that takes part. The other sheets then offer these names.",
    "2. Who waits: Waiting list (how many, by weeks waited), or Patients (a row each).",
    "3. Who can be treated: Capacity (slots in a period), or Sessions (sessions a week).",
    "4. Travel: minutes between trusts. Left blank, it is estimated from where they are.",
    "5. Referrals and Removals: who joins and who leaves. Left blank, nobody does.",
    "6. Rules: what is allowed. Every rule already holds as it stands there.",
    "",
    f"The grey row noted {EXAMPLE} in each sheet shows how a row is written. It is left out when "
    "the workbook is read: leave it, or delete it.",
    "Bold columns are needed; others may be left blank from top to bottom. Do not rename sheets or "
    "headings. Names in lists are offered, and others may be written.",
    "Patients by name have no place here: use pseudonyms. The plan's page hides counts below 5.",
)


@checks_arguments
def write_template(path: str | os.PathLike[str]) -> Path:
    """Write the workbook to fill in, which :func:`mutualaid.read_system` reads.

    Sheets for trusts, the waiting list (counts or patients), capacity (slots or sessions), travel,
    referrals, removals and rules, with headings that are explained, lists to choose from, and an
    example row each, which is left out when the workbook is read.

    Parameters
    ----------
    path
        The file to write, ending in ``.xlsx``; one that is there is replaced on success.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        If the name does not end in ``.xlsx``, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_template(Path(folder) / "collaborative.xlsx").name
    'collaborative.xlsx'
    """
    place = Path(os.fspath(path))
    if place.suffix.lower() != ".xlsx":
        raise InputError(f"{place.name} is no name of a workbook: let it end in .xlsx")
    import xlsxwriter

    with written_whole(place) as temporary:
        book = xlsxwriter.Workbook(
            str(temporary), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        book.set_properties({"title": "A collaborative, for mutualaid", "created": MADE_ON})
        _Writer(book).write(place.name)
        book.close()
    return place


def _height(text: str, width: int) -> float:
    """The height of a row in which a text has all its lines."""
    return LINE * max(len(textwrap.wrap(text, int(0.9 * width))), 1)


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        wrapped = {"text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14, "font_color": BLUE})
        self.says = book.add_format({"font_color": GREY, "valign": "top"})
        self.meaning = book.add_format({**wrapped, "font_size": 9, "font_color": GREY})
        heading = {**wrapped, "bg_color": BLUE, "font_color": "white", "border": 1}
        self.needed = book.add_format({**heading, "bold": True})
        self.heading = book.add_format({**heading, "italic": True, "bg_color": "#005EB8"})
        self.example = book.add_format({"bg_color": PALE, "font_color": GREY, "italic": True})
        self.example_day = book.add_format(
            {
                "bg_color": PALE,
                "font_color": GREY,
                "italic": True,
                "num_format": "dd/mm/yyyy",
                "align": "left",
            }
        )
        self.day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        self.plain = book.add_format(wrapped)
        self.value = book.add_format({**wrapped, "border": 1, "align": "left"})

    def write(self, name: str) -> None:
        """Write every sheet; the list of services stands behind them, hidden."""
        front = self.book.add_worksheet(READ_ME)
        self._page(front)
        front.set_column(0, 0, FRONT)
        front.write_string(0, 0, "A collaborative's waiting lists: to fill in", self.title)
        for at, line in enumerate(STEPS, 2):
            text = line.format(name=name)
            front.set_row(at, _height(text, FRONT))
            front.write_string(at, 0, text, self.plain)
        for layout in LAYOUTS:
            self._sheet(layout)
        self._rules()
        lists = self.book.add_worksheet(LISTS)
        lists.hide()
        mixed = {*MIXED_SERVICES} - {"X01"}
        for at, (code, service) in enumerate(NAMES_OF_SERVICES.items()):
            if code in mixed or not code.startswith("X"):
                lists.write_string(at, 0, service)
        front.activate()

    def _page(self, sheet: Any) -> None:
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _sheet(self, layout: Layout) -> None:
        sheet = self.book.add_worksheet(layout.sheet)
        self._page(sheet)
        sheet.write_string(0, 0, layout.sheet, self.title)
        sheet.write_string(1, 0, layout.says, self.says)
        columns = (
            Heading(text=NOTE, meaning="For you. Not read.", example=EXAMPLE),
            *layout.headings,
        )
        sheet.set_row(2, 64)
        for at, column in enumerate(columns):
            long = column.choices in (TRUSTS, SERVICES) or column.text == "Trust"
            width = OF_NOTES if not at else WIDE if long else NARROW
            day = isinstance(column.example, dt.date) or "date" in column.text.lower()
            sheet.set_column(at, at, width, self.day if day else None)
            sheet.write_string(2, at, column.meaning, self.meaning)
            form = self.needed if column.required else self.heading
            sheet.write_string(HEADINGS_AT, at, column.text, form)
            self._cell(sheet, HEADINGS_AT + 1, at, column.example)
            self._offer(sheet, at, column.choices)
        sheet.freeze_panes(HEADINGS_AT + 1, 0)
        sheet.repeat_rows(HEADINGS_AT)
        # Without it, pages below the first say nothing of whose they are.
        sheet.set_footer("&L&A&RPage &P of &N")

    def _cell(self, sheet: Any, row: int, at: int, value: object) -> None:
        if isinstance(value, dt.date):
            sheet.write_datetime(
                row, at, dt.datetime(value.year, value.month, value.day), self.example_day
            )
        elif isinstance(value, int | float):
            sheet.write_number(row, at, value, self.example)
        elif value is None:
            sheet.write_blank(row, at, None, self.example)
        else:
            sheet.write_string(row, at, str(value), self.example)

    def _offer(self, sheet: Any, at: int, choices: str) -> None:
        first = HEADINGS_AT + 2
        sources: Mapping[str, object] = {
            # Below its example row: no trust of the example is offered.
            TRUSTS: f"=Trusts!$B${first + 1}:$B${first + MOST_TRUSTS}",
            SERVICES: f"={LISTS}!$A$1:$A${len(NAMES_OF_SERVICES)}",
            PRIORITIES: ["P1", "P2", "P3", "P4", "P5", "P6"],
        }
        if choices not in sources:
            return
        # Others may be written: a trust or a specialty has the name that people have for it.
        sheet.data_validation(
            first,
            at,
            first + ROWS,
            at,
            {
                "validate": "list",
                "source": sources[choices],
                "error_type": "warning" if choices == PRIORITIES else "information",
                "error_title": "Not in the list",
                "error_message": "It is read as it is written: the same name in every sheet.",
                "show_error": choices == PRIORITIES,
            },
        )

    def _rules(self) -> None:
        sheet = self.book.add_worksheet(RULES_SHEET)
        self._page(sheet)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 26)
        sheet.set_column(2, 2, OF_MEANINGS)
        sheet.write_string(0, 0, RULES_SHEET, self.title)
        sheet.write_string(
            1,
            0,
            "Every rule holds as it stands here: change values that you want otherwise.",
            self.says,
        )
        for at, heading in enumerate((RULE, VALUE, MEANING)):
            sheet.write_string(HEADINGS_AT, at, heading, self.needed)
        for at, rule in enumerate(RULES, HEADINGS_AT + 1):
            sheet.set_row(at, _height(rule.meaning, OF_MEANINGS))
            sheet.write_string(at, 0, rule.text, self.plain)
            if isinstance(rule.usual, int | float):
                sheet.write_number(at, 1, rule.usual, self.value)
            elif rule.usual is None:
                sheet.write_blank(
                    at,
                    1,
                    None,
                    self.book.add_format(
                        {"border": 1, "align": "left", "num_format": "dd/mm/yyyy"}
                    ),
                )
            else:
                sheet.write_string(at, 1, str(rule.usual), self.value)
            sheet.write_string(at, 2, rule.meaning, self.plain)
            self._words(sheet, at, rule)
        sheet.freeze_panes(HEADINGS_AT + 1, 0)

    def _words(self, sheet: Any, row: int, rule: Rule) -> None:
        words = [*rule.words]
        if words:
            told = {"validate": "list", "source": words, "error_title": "One of the list"}
            sheet.data_validation(row, 1, row, 1, told)
