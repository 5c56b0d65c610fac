"""The columns of a table of sessions or of history: labels, amounts, and what they are given a."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.opening.cells import Cells
from mutualaid.data.opening.code_cells import as_written
from mutualaid.data.words.cell_values import text_of
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import spellings
from mutualaid.data.words.total_words import TOTALS
from mutualaid.errors import Problems
from mutualaid.formats import first_few
from mutualaid.readers.counted_cells import read_counts_of

WEEKS_A_YEAR = 52
"""A year counts so many weeks, and a month a twelfth of them."""
WEEKS_OF: Mapping[str, float] = {"week": 1.0, "month": WEEKS_A_YEAR / 12, "year": WEEKS_A_YEAR}
_SAYS_PER = re.compile(r"(?:per|a|each|in a)?(week|month|year)(?:ly)?|(annual)(?:ly)?|(pa)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, its cells as they are written, and which column says what."""

    name: str
    """What to call it in a problem."""
    cells: Cells
    headings: Mapping[str, str]
    """By our name of a column, its heading."""

    def __len__(self) -> int:
        return len(self.cells.frame)

    def column(self, name: str) -> pd.Series:
        """The cells of one of our columns."""
        values: pd.Series = as_written(self.cells.frame[self.headings[name]])
        return values.reset_index(drop=True)

    def labels(self, names: Sequence[str], problems: Problems) -> pd.DataFrame:
        """Columns of labels as text; note where one is missing or stands for a sum."""
        found = {}
        for name in names:
            if name not in self.headings:
                continue
            values = self.column(name)
            texts = {one: text_of(one) for one in values.dropna().unique()}
            label = values.map(lambda one, texts=texts: texts.get(one, "")).astype(object)
            label = label.where(values.notna(), "")
            heading = self.headings[name]
            absent = (label == "").to_numpy(dtype=bool)
            problems.note(self.name, heading, absent, "is missing", "write whose it is")
            sums = label.map(lambda one: tidy(one) in TOTALS).to_numpy(dtype=bool)
            remedy = "drop the rows of totals: they would count twice"
            problems.note(self.name, heading, sums, "is a total", remedy, label)
            found[name] = label
        return pd.DataFrame(found)

    def amounts(
        self, name: str, problems: Problems, hidden: int | None = None, remedy: str = ""
    ) -> Floats:
        """Numbers of 0 or more; note what is none, and what is blank."""
        values, heading = self.column(name), self.headings[name]
        found, _ = read_counts_of(
            self.name,
            heading,
            values,
            hidden,
            problems,
            continental=self.cells.continental,
            whole=False,
        )
        known = {(row[0], row[1]) for row in problems.rows}
        if (self.name, heading) not in known:
            what = remedy or "write a number, 0 for none"
            problems.note(self.name, heading, np.isnan(found), "is blank", what)
        return np.nan_to_num(found)

    def note_twice(self, labels: pd.DataFrame, problems: Problems, besides: Sequence[str]) -> Mask:
        """Note rows that differ in nothing but amounts, whatever columns they have."""
        frame = self.cells.frame
        free = [one for one in frame.columns if str(one) not in besides]
        texts = pd.DataFrame({str(one): as_written(frame[one]).astype(str) for one in free})
        twice = texts.reset_index(drop=True).duplicated(keep=False).to_numpy(dtype=bool)
        remedy = "keep one of them, or tell them apart by a column"
        if len(labels):
            problems.note(self.name, "", twice, "rows differ in nothing", remedy)
        return twice


def find_columns(
    name: str,
    schema: str,
    cells: Cells,
    extra: Mapping[str, str],
    needed: Sequence[str],
    per: str | None,
    rated: str,
    problems: Problems,
) -> Table:
    """Find columns by their headings; note what is missing, is there twice, or is of another rate.

    Parameters
    ----------
    name
        What to call the table in a problem.
    schema
        The table of a System whose headings of labels are recognised.
    cells
        The table.
    extra
        By our name of a further column, the headings that it may have.
    needed
        Columns that must be there.
    per, rated
        What amounts are given a, and which column holds them: its heading may say that as well,
        and is a problem if it says another one.
    problems
        Takes down what is wrong.
    """
    known = {tidy(one): ours for ours, text in extra.items() for one in text.split()}
    known = {**spellings(schema), **known}
    found: dict[str, list[str]] = {}
    for heading in map(str, cells.frame.columns):
        form = tidy(heading)
        plain, said = without_rate(form)
        ours = known.get(form)
        if ours is None and known.get(plain) == rated:
            ours = rated
        if ours is None:
            continue
        found.setdefault(ours, []).append(heading)
        if form not in known and said != per and per is not None:
            what = f"says a {said}, and per is {per!r}"
            problems.add(name, heading, what, "correct per=, or the heading")
    for ours, headings in found.items():
        if len(headings) > 1:
            what = f"{first_few(map(repr, headings))} mean the same"
            problems.add(name, ours, what, "drop all but one of them")
    there = first_few((repr(str(one)) for one in cells.frame.columns), 12)
    for ours in needed:
        if ours not in found:
            usual = f" (such as {', '.join(extra[ours].split()[:3])})" if ours in extra else ""
            remedy = f"head it {ours!r}{usual}; the table has {there}"
            problems.add(name, ours, "the column is missing", remedy)
    frame = cells.frame.set_axis(list(map(str, cells.frame.columns)), axis=1)
    plain_cells = replace(cells, frame=frame.reset_index(drop=True))
    headings_of = {ours: headings[0] for ours, headings in found.items()}
    return Table(name=name, cells=plain_cells, headings=headings_of)


def without_rate(form: str) -> tuple[str, str | None]:
    """A tidy heading without what it says of a rate, and what that is.

    Examples
    --------
    >>> without_rate("sessionsperweek"), without_rate("annualsessions"), without_rate("cases")
    (('sessions', 'week'), ('sessions', 'year'), ('cases', None))
    """
    found = _SAYS_PER.search(form)
    if found is None:
        return form, None
    return form.replace(found[0], "", 1), found[1] or "year"
