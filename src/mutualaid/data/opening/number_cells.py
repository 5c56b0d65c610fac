"""Cells as numbers, as people and their programs write them; what could be either is told."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.opening.code_cells import distinct
from mutualaid.data.opening.no_numbers import COMMAS, Why, why_no_number
from mutualaid.data.opening.opened_table import is_blank
from mutualaid.errors import Problems

NO_NUMBER = frozenset({"", "na", "n/a", "#n/a", "nan", "<na>", "null", "none", "-"})
"""What stands where there is no number: of R, pandas, databases and Excel."""

NUMERIC = str | int | float | np.number | Decimal
"""What may be a number, or say one."""

WITH_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
WITH_DECIMALS = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d*", re.ASCII)
POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
SPACED = re.compile(r"[+-]?[1-9]\d{0,2}(?:[\s'\u2019]\d{3})+(?:[.,]\d*)?")
"""Thousands set apart by blanks of any kind, as in France, or by apostrophes, as in Switzerland."""
WITH_UNIT = re.compile(r"([+-]?[\d.,]*\d[.,]?)\s*([^\W\d_]+)\.?")

UNITS = {
    "minutes": frozenset({"min", "mins", "minute", "minutes"}),
    "seconds": frozenset({"s", "sec", "secs", "second", "seconds"}),
    "hours": frozenset({"h", "hr", "hrs", "hour", "hours"}),
    "miles": frozenset({"mi", "mile", "miles"}),
    "km": frozenset({"km", "kms", "kilometre", "kilometres", "kilometer", "kilometers"}),
    "metres": frozenset({"metre", "metres", "meter", "meters"}),
    "weeks": frozenset({"w", "wk", "wks", "week", "weeks"}),
    "patients": frozenset({"patient", "patients", "pt", "pts", "slot", "slots"}),
}
"""Words behind a number that say the unit that is meant anyway."""


class Note(NamedTuple):
    """Cells that were read otherwise than they are written."""

    problem: str
    """What they have, with an example."""
    rows: int
    done: str
    """As what the example was read."""


def read_numbers(
    table: str,
    column: str,
    values: pd.Series,
    problems: Problems,
    *,
    continental: bool = False,
    unit: str | None = None,
    notes: list[Note] | None = None,
) -> Floats:
    """Turn a column into numbers, NaN where blank; note what is something else.

    ``1,250`` and ``1 250`` are a thousand and more, ``31,5`` is less than 32; what could be
    either, as in a file from where a comma is the decimal point, is a problem too. ``25 mins`` is
    25 in a column of minutes, and in no other.

    Parameters
    ----------
    table, column
        Where it is.
    values
        The cells.
    problems
        Where it is noted what is no number.
    continental
        Whether a comma may be the decimal point.
    unit
        A key of :data:`UNITS`.
    notes
        Where it is noted what was read otherwise than it is written.

    Examples
    --------
    >>> found, notes = Problems(), []
    >>> read_numbers("travel", "minutes", pd.Series(["25 mins", "1,250", "-"]), found,
    ...              unit="minutes", notes=notes).tolist()
    [25.0, 1250.0, nan]
    >>> notes[0]
    Note(problem="has its unit beside it, as in '25 mins'", rows=1, done='read as 25')
    """
    if pd.api.types.is_float_dtype(values.dtype) and isinstance(values.dtype, np.dtype):
        plain: Floats = values.to_numpy(dtype=np.float64)
        if not np.isinf(plain).any():
            return plain
    codes, labels = distinct(values)
    read = _Read(labels, continental=continental, unit=unit)
    found = np.append(read.numbers, np.nan)[codes]
    missing = np.append(read.blank, True)[codes]
    bad = (np.isnan(found) & ~missing) | np.isinf(found)
    if bad.any():
        _tell(table, column, values.astype(object), bad, codes, read, problems)
    if notes is not None:
        notes += read.notes(codes, bad)
    result: Floats = np.where(bad, np.nan, found)
    return result


def are_numbers(values: pd.Series, *, most: bool = False) -> bool:
    """Whether a column holds numbers and blanks only; or more numbers than other things."""
    if pd.api.types.is_float_dtype(values.dtype):
        return True
    codes, labels = distinct(values)
    read = _Read(labels, continental=True)
    unclear = np.fromiter((_both_ways(str(label)) for label in labels), bool, len(labels))
    known = ~np.isnan(read.numbers) | unclear
    cell, missing = np.append(known, False)[codes], np.append(read.blank, True)[codes]
    if most:
        return bool(2 * cell.sum() >= (~missing).sum())
    return bool((cell | missing).all())


def numbered_from(values: pd.Series) -> bool:
    """Whether a column only numbers its rows, from 0 or from 1."""
    codes, labels = distinct(values)
    numbers = np.append(_plain(labels)[0], np.nan)[codes]
    count = np.arange(len(values))
    return bool(len(values)) and any(np.array_equal(numbers, count + one) for one in (0, 1))


def says_nothing(value: object) -> bool:
    """Whether a cell stands for no number.

    Examples
    --------
    >>> says_nothing("NA"), says_nothing(None), says_nothing("0")
    (True, True, False)
    """
    return is_blank(value) or (isinstance(value, str) and value.strip().casefold() in NO_NUMBER)


class _Read:
    """Different cells of a column as numbers."""

    def __init__(
        self, labels: npt.NDArray[np.object_], *, continental: bool, unit: str | None = None
    ) -> None:
        self.labels = labels
        plain, self.blank = _plain(labels)
        self.how: dict[int, str] = {}
        """What was read otherwise than it is written, by place."""
        tidied = self._tidied(plain, UNITS.get(str(unit), frozenset()))
        self.commas = _with_commas(tidied, plain, self.blank, continental=continental)
        numbers = np.where(np.isnan(plain), self.commas, plain)
        for place in np.flatnonzero(np.isnan(numbers) & ~self.blank):
            if isinstance(tidied[place], str):
                numbers[place] = _number(tidied[place])
        self.numbers: Floats = numbers
        for at in map(int, np.flatnonzero(~np.isnan(self.commas))):
            decimal = float(str(tidied[at]).replace(",", "")) != self.commas[at]
            self.how.setdefault(
                at, "has a decimal comma" if decimal else "has commas between thousands"
            )

    def _tidied(self, plain: Floats, units: Collection[str]) -> npt.NDArray[np.object_]:
        """Cells without blanks between thousands, and without their unit."""
        result = self.labels.copy()
        for at in np.flatnonzero(np.isnan(plain) & ~self.blank):
            if not isinstance(self.labels[at], str):
                continue
            text = self.labels[at].strip().replace("\u2212", "-")
            unit = WITH_UNIT.fullmatch(text)
            if unit is not None and unit.group(2).casefold() in units:
                text = unit.group(1)
                self.how[int(at)] = "has its unit beside it"
            if SPACED.fullmatch(text):
                text = re.sub(r"[\s'\u2019]", "", text)
                self.how[int(at)] = "has blanks or apostrophes between thousands"
            result[at] = text
        return result

    def notes(self, codes: npt.NDArray[np.intp], bad: Mask) -> list[Note]:
        """Say which cells were read otherwise than they are written, an example of each kind."""
        rows = np.bincount(codes[(codes >= 0) & ~bad], minlength=len(self.labels))
        kinds: dict[str, list[int]] = {}
        for at, what in self.how.items():
            if rows[at] and not np.isnan(self.numbers[at]):
                kinds.setdefault(what, []).append(at)
        return [
            Note(
                f"{what}, as in {self.labels[places[0]]!r}",
                int(rows[places].sum()),
                f"read as {self.numbers[places[0]]:.15g}",
            )
            for what, places in kinds.items()
        ]


def _tell(
    table: str,
    column: str,
    values: pd.Series,
    bad: Mask,
    codes: npt.NDArray[np.intp],
    read: _Read,
    problems: Problems,
) -> None:
    """Note what is no number, by what it is instead."""
    whys: dict[Why, list[int]] = {}
    unread = np.isnan(read.numbers) & ~read.blank
    for at in np.flatnonzero(unread | np.isinf(read.numbers)):
        why = why_no_number(read.labels[at])
        text = str(read.labels[at]).strip()
        if WITH_THOUSANDS.fullmatch(text) or WITH_DECIMALS.fullmatch(text):
            # Read, if the column's other cells did not say otherwise.
            why = COMMAS
        whys.setdefault(why, []).append(int(at))
    for why, places in whys.items():
        among = np.isin(codes, places) & bad
        if among.any():
            problems.add(table, column, *why, rows=among, values=values)


def _number(text: str) -> float:
    try:
        return float(text) if re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)", text, re.ASCII) else np.nan
    except ValueError:
        return np.nan


def _plain(labels: npt.NDArray[np.object_]) -> tuple[Floats, Mask]:
    """The numbers that labels are, NaN for others; and which stand for none."""
    texts = (label.strip().casefold() if isinstance(label, str) else None for label in labels)
    blank = np.fromiter((text in NO_NUMBER for text in texts), bool, len(labels))
    other = np.fromiter(
        (not isinstance(label, NUMERIC) or isinstance(label, bool) for label in labels),
        bool,
        len(labels),
    )
    plain = pd.Series(labels, dtype=object).mask(blank | other)
    numbers: Floats = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)
    return numbers, blank


def _both_ways(text: str) -> bool:
    return bool(WITH_THOUSANDS.fullmatch(text) and WITH_DECIMALS.fullmatch(text))


def _with_commas(
    labels: npt.NDArray[np.object_], numbers: Floats, blank: Mask, *, continental: bool
) -> Floats:
    """Numbers with commas; NaN for what is none, and for all where it is not clear what they are.

    What the column's other cells show holds for all of it.
    """
    result = np.full(len(labels), np.nan)
    rest = np.flatnonzero(np.isnan(numbers) & ~blank)
    cells = {at: str(labels[at]).strip() for at in rest if isinstance(labels[at], str)}
    groups = {at for at, text in cells.items() if WITH_THOUSANDS.fullmatch(text)}
    points = {at for at, text in cells.items() if WITH_DECIMALS.fullmatch(text)}
    unclear, shown = groups & points, (groups - points, points - groups)
    if all(shown) or (unclear and not any(shown) and continental):
        return result
    if shown[1]:
        dotted = any(isinstance(text, str) and POINTS.fullmatch(text.strip()) for text in labels)
        if dotted or (unclear and not continental):
            return result
        for at in points:
            result[at] = float(cells[at].replace(".", "").replace(",", "."))
        return result
    for at in groups:
        result[at] = float(cells[at].replace(",", ""))
    return result
