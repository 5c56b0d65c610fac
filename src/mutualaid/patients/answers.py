"""Answers that bookers wrote into a list to ring, read back: all of them, or none."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import Ints, Mask
from mutualaid.data.opening.open_table import SHEET, open_table
from mutualaid.data.opening.opened_table import OpenedTable, is_blank
from mutualaid.data.opening.workbook_sheets import sheets_of
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import InputError, Origin, Problems
from mutualaid.offers.choose import Offers
from mutualaid.report.call_list import ANSWERS, HEADINGS, UNDECIDED, CallList, cells_of

ROW, PATIENT, PLACE, ANSWER = (
    HEADINGS[name][0] for name in ("row", "patient_id", "provider", "answer")
)
NUMBER = re.compile(r"\bList ([0-9A-F]{4})\b(?: of (\d{2}/\d{2}/\d{4}))?")
_Sheet: TypeAlias = tuple[str, pd.DataFrame, str | None]
"""What a sheet is called in problems, its rows, and the number of its list."""


@checks_arguments
def read_answers(path: str | os.PathLike[str], asked: CallList | Offers) -> pd.DataFrame:
    """Read what bookers wrote into a list to ring. Holds identifiers.

    Every sheet that has answers is read. Where anything in them cannot be understood, nothing is
    given, and all problems are told by sheet and row.

    Parameters
    ----------
    path
        The workbook that :meth:`mutualaid.patients.CallList.write` wrote, with answers in it, or a
        sheet of it as CSV. Or, for offers, a table with the columns ``Patient`` and ``Answer``.
    asked
        The list that was written, or the offers that were made.

    Returns
    -------
    pandas.DataFrame
        A row an answer, as :func:`mutualaid.patients.replan` and
        :func:`mutualaid.policy.learn_acceptance` take them: ``patient_id``, ``response``,
        ``provider``, ``period`` and what else is known of the call. Calls without an
        answer, and those in which nobody was reached, are not in it: their offers stand.

    Raises
    ------
    InputError
        If the file is of another list, or an answer is for somebody who was not asked, is there
        twice, is no answer that there is, or stands beside another patient or place than in the
        list.

    Examples
    --------
    >>> import mutualaid as ma, tempfile
    >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> everybody = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
    >>> people = everybody.assign(patients=1, patient_id=range(len(everybody)))
    >>> calls = ma.optimise(made_up).call_list(people.astype({"patient_id": str}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     answers = ma.patients.read_answers(calls.write(f"{folder}/monday.xlsx"), calls)
    >>> len(answers)
    0
    """
    argument.kind("asked", asked, CallList | Offers, "pass the list, or the offers, that was made")
    problems = Problems()
    known = asked.asked if isinstance(asked, CallList) else asked.table
    key = ROW if isinstance(asked, CallList) else PATIENT
    parts = []
    for name, frame, number in _sheets(Path(path), key, problems):
        if isinstance(asked, CallList):
            _check_number(name, frame, number, asked, problems)
        at = _found(name, frame, key, known, problems)
        word = _words(name, frame, problems)
        if isinstance(asked, CallList):
            _check_cells(name, frame, at, asked, problems)
        line = np.arange(len(frame))
        parts.append(pd.DataFrame({"sheet": name, "line": line, "at": at, "word": word}))
    every = pd.concat(parts, ignore_index=True)
    _check_once(every, problems)
    problems.raise_if_any()
    every = every[(every["word"] != UNDECIDED).to_numpy()]
    rows = known.iloc[every["at"].to_numpy(dtype=np.int64)].reset_index(drop=True)
    rows.insert(0, "response", every["word"].to_numpy(dtype=object))
    return rows.drop(columns=["row", "order"], errors="ignore")


def day_of(path: Path) -> dt.date | None:
    """Say for which day a list to ring was made; None where it does not say, or is no such list.

    Raises
    ------
    InputError
        If the file cannot be read, or its sheets are of several days.
    """
    days = {match[2] for one in _opened(path) if (match := _told(one)) and match[2]}
    if len(days) > 1:
        raise InputError(f"{path.name} has sheets of several lists: keep those of one")
    return dt.datetime.strptime(days.pop(), "%d/%m/%Y").date() if days else None


def _opened(path: Path) -> Iterator[OpenedTable]:
    """Every sheet that holds anything."""
    names = [] if SHEET in path.name else sheets_of(path)
    known = {tidy(heading) for heading, _ in HEADINGS.values()}
    for source in [f"{path}{SHEET}{name}" for name in names] or [str(path)]:
        try:
            yield open_table(source, known=known)
        except InputError as error:
            if not names or "is empty" not in str(error):
                raise


def _told(opened: OpenedTable) -> re.Match[str] | None:
    """What the line above a table says of the list that it is of."""
    found = (NUMBER.search(text) for text in opened.remarks)
    return next(filter(None, found), None)


def _sheets(path: Path, key: str, problems: Problems) -> list[_Sheet]:
    """Rows with an answer of every sheet that has the columns, each with its own numbers."""
    found: list[_Sheet] = []
    for opened in _opened(path):
        columns = {tidy(name): name for name in opened.headings if isinstance(name, str)}
        if tidy(key) not in columns or tidy(ANSWER) not in columns:
            continue
        found.append(_rows(opened, columns, problems))
    if not found:
        raise InputError(
            f"{path.name} has no sheet with the columns {key} and {ANSWER}: pass the workbook "
            "that was written, with the answers in it"
        )
    return found


def _rows(opened: OpenedTable, columns: dict[str, str], problems: Problems) -> _Sheet:
    body = opened.body()
    frame = body.frame.rename(
        columns={columns[tidy(h)]: h for h, _ in HEADINGS.values() if tidy(h) in columns}
    )
    there = ~frame[ANSWER].map(is_blank).to_numpy(dtype=bool)
    lines = np.flatnonzero(there)
    origin = opened.origin(body)
    if origin is not None:
        own = origin.own_numbers
        problems.origins[opened.where] = Origin(
            called=opened.where, own_numbers=lambda rows: own([int(lines[row]) for row in rows])
        )
    told = _told(opened)
    number = None if told is None else told[1]
    return opened.where, frame[there].reset_index(drop=True), number


def _check_number(
    name: str, frame: pd.DataFrame, number: str | None, asked: CallList, problems: Problems
) -> None:
    if number is not None and number != asked.number and len(frame):
        what = f"is of list {number}, not {asked.number}"
        problems.add(name, "", what, "pass the list that it was written from")
    if number is None and PATIENT not in frame and len(frame):
        what = "does not say which list it is of, nor whom the answers are of"
        problems.add(name, "", what, "keep the line above the table that begins with List")


def _found(
    name: str, frame: pd.DataFrame, key: str, known: pd.DataFrame, problems: Problems
) -> Ints:
    """Position of who was asked; -1, and a problem, where nobody was."""
    if key == ROW:
        numbers = pd.to_numeric(frame[ROW].astype(object), errors="coerce")
        values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
        at: Ints = pd.Index(known["row"]).get_indexer(pd.Index(values)).astype(np.int64)
    else:
        texts = pd.Index(known["patient_id"].astype(str))
        at = texts.get_indexer(pd.Index(frame[PATIENT].map(_text))).astype(np.int64)
    remedy = "correct it, or clear the answer"
    problems.note(name, key, at < 0, "is nobody who was asked", remedy)
    return at


def _words(name: str, frame: pd.DataFrame, problems: Problems) -> list[str]:
    """The answers as they are in the list to choose from, whatever their capitals and blanks."""
    words = [" ".join(_text(cell).casefold().split()) for cell in frame[ANSWER]]
    wrong = np.array([word not in ANSWERS for word in words], dtype=bool)
    told = [_text(cell)[:30] for cell in frame[ANSWER]]
    remedy = f"write one of: {', '.join(ANSWERS)}"
    problems.note(name, ANSWER, wrong, "is no answer that there is", remedy, np.array(told, object))
    return words


def _check_cells(
    name: str, frame: pd.DataFrame, at: Ints, asked: CallList, problems: Problems
) -> None:
    """Patient and place stand beside the number of the row as they were written."""
    printed = cells_of(asked)
    here = at >= 0
    for heading, column in ((PATIENT, "patient_id"), (PLACE, "provider")):
        if heading not in frame or not here.any():
            continue
        source = printed[column] if column in printed else asked.asked[column]
        wanted = source.iloc[np.where(here, at, 0)]
        same = np.array(
            [_text(a) == _text(b) for a, b in zip(frame[heading], wanted, strict=True)], dtype=bool
        )
        what = f"is another than the list has in this {ROW.lower()}"
        problems.note(name, heading, here & ~same, what, "put back what was written")


def _check_once(every: pd.DataFrame, problems: Problems) -> None:
    twice: Mask = (every["at"].duplicated(keep=False) & (every["at"] >= 0)).to_numpy()
    for name, rows in every[twice].groupby("sheet", sort=False):
        lines = rows["line"].to_numpy()
        problems.add(str(name), "", "answers for one patient twice", "keep one", rows=lines)


def _text(cell: object) -> str:
    """A cell as text: a number without the fraction that a workbook may give it."""
    if is_blank(cell):
        return ""
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip()  # type: ignore[call-overload]
