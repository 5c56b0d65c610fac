"""Tables of a page: cells as they are printed, in words where a sign alone would not do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.formats import percent, typeset
from mutualaid.report.sheet import COUNT, DATE, ONE, POINTS, SHARE, SIGNED, TEXT, Sheet

NOTHING = "\u2013"
ONE_SIGNED = "change of one decimal"
FORMATS = {
    COUNT: "{:,.0f}",
    ONE: "{:,.1f}",
    SIGNED: "{:+,.0f}",
    ONE_SIGNED: "{:+,.1f}",
}
CHANGES = {COUNT: SIGNED, ONE: ONE_SIGNED, SHARE: POINTS}
NO_CHANGE = {"+0": "0", "-0": "0", "+0.0": "0.0", "-0.0": "0.0"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and what it holds (see :mod:`mutualaid.report.sheet`)."""

    heading: str
    kind: str = TEXT

    @property
    def number(self) -> bool:
        """Whether it holds numbers, which stand on the right."""
        return self.kind != TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a page.

    Attributes
    ----------
    key : str
        Its part of an id, unique on the page.
    caption : str
        What it shows.
    columns : sequence of Column
    rows : sequence of sequence of str
        Printed cells; the first of a row says what the row is about.
    notes : sequence of str
        Lines under the caption.
    tools : bool
        Whether readers can search it.
    """

    key: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    tools: bool = False


def printed(value: object, kind: str = COUNT) -> str:
    r"""A cell as it is printed: hidden numbers as they come, none at all as a dash.

    Examples
    --------
    >>> printed(12345), printed(-3, SIGNED) == "\u22123", printed(0.5, SHARE), printed("<5")
    ('12,345', True, '50.0%', '<5')
    """
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return NOTHING
    if isinstance(value, dt.date | pd.Timestamp | np.datetime64):
        return f"{pd.Timestamp(value):%d %b %Y}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return str(value)
    if not math.isfinite(float(value)):
        return "no limit"
    if kind in (SHARE, POINTS):
        return typeset(percent(float(value), signed=kind == POINTS))
    text = FORMATS.get(kind, "{}").format(value)
    return typeset(NO_CHANGE.get(text, text))


def known(value: Any, kind: str = COUNT) -> str:
    """A number as it is printed; one that is not there is hidden."""
    return HIDDEN if value != value else printed(value, kind)


def of_sheet(
    sheet: Sheet,
    key: str,
    *,
    label: Callable[[str], str] = str,
    labelled: Sequence[str] = (),
    tools: bool = False,
    caption: str | None = None,
) -> Table:
    """A sheet of the workbook as a table of the page.

    Parameters
    ----------
    sheet
        The sheet.
    key
        Its part of an id.
    label, labelled
        How providers are called, and the columns that hold them.
    tools, caption
        As for :class:`Table`; the sheet's title if there is no caption.

    Examples
    --------
    >>> sheet = Sheet(name="Moves", title="Who moves", notes=[], kinds=(TEXT, COUNT),
    ...               table=pd.DataFrame({"From": ["XA1"], "Patients": [1200]}))
    >>> of_sheet(sheet, "moves").rows
    [['XA1', '1,200']]
    """
    columns = [Column(str(name), kind) for name, kind in zip(sheet.table, sheet.kinds, strict=True)]
    rows = []
    for place, values in enumerate(sheet.table.itertuples(index=False, name=None)):
        kind = None if sheet.row_kinds is None else sheet.row_kinds[place]
        cells = []
        for value, column in zip(values, columns, strict=True):
            if column.kind in (TEXT, DATE):
                text = printed(value, column.kind)
                cells.append(label(text) if column.heading in labelled else text)
            else:
                of_row = CHANGES.get(kind, SIGNED) if kind and column.kind == SIGNED else kind
                cells.append(printed(value, of_row or column.kind))
        rows.append(cells)
    return Table(
        key=key,
        caption=sheet.title if caption is None else caption,
        columns=columns,
        rows=rows,
        tools=tools,
    )
