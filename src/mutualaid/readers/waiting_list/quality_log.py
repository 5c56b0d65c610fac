"""The log of data quality: what is found while an extract is read, and which rows are unusable."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.words.column_names import TABLE
from mutualaid.errors import Origin, Problems, tell

COLUMNS = ("column", "problem", "rows", "done")
SET_ASIDE = "set aside"


class QualityLog:
    """Notes on an extract, and for each row that is set aside the first reason found."""

    def __init__(self, rows: int, origin: Origin | None = None) -> None:
        self._origin = origin
        self._notes: list[tuple[str, str, int, str]] = []
        self._aloud: list[str] = []
        self._overlooked: list[str] = []
        self._reasons: list[tuple[str, str, str, str]] = []
        self._reason = np.full(rows, -1, dtype=np.int16)

    def note(self, column: str, problem: str, rows: int, done: str) -> None:
        """Write down what was found, on how many rows, and what was done about it."""
        self._notes.append((column, problem, rows, done))

    def note_rows(self, column: str, problem: str, rows: int | Mask, done: str) -> int:
        """Write down what was found, if it was on any row; gives on how many."""
        count = int(np.sum(rows))
        if count:
            self.note(column, problem, count, done)
        return count

    def tell(
        self, column: str, problem: str, rows: int | Mask, done: str, remedy: str = ""
    ) -> None:
        """Write down what was found, if it was on any row, and say it in the warning too."""
        count = self.note_rows(column, problem, rows, done)
        if count:
            way_out = f" ({remedy})" if remedy else ""
            self._aloud.append(f"{count:,} {column}: {problem}: {done}{way_out}")

    def overlook(self, column: str, problem: str, *, aloud: bool) -> None:
        """Write down a column that is not read though it may mean something, and say so."""
        self.note(column, problem, 0, "not read")
        if aloud:
            self._overlooked.append(f"{problem.removesuffix(' it')} {column}")

    def set_aside(
        self, column: str, rows: Mask, reason: str, remedy: str, detail: str = ""
    ) -> None:
        """Mark rows that cannot be used; who has a reason already keeps it.

        The detail is said beside the reason where all reasons are told.
        """
        fresh = rows & (self._reason < 0)
        if fresh.any():
            self._reason[fresh] = len(self._reasons)
            self._reasons.append((column, reason, remedy, detail))

    @property
    def usable(self) -> Mask:
        """Rows without a reason."""
        result: Mask = self._reason < 0
        return result

    def reasons(self) -> npt.NDArray[np.object_]:
        """The reason of each row that is set aside, in the order of the rows."""
        words = np.array([reason for _, reason, *_ in self._reasons], dtype=object)
        result: npt.NDArray[np.object_] = words[self._reason[self._reason >= 0]]
        return result

    def _counts(self) -> list[int]:
        """How many rows have each of the reasons."""
        counts = np.bincount(self._reason[self._reason >= 0], minlength=len(self._reasons))
        return [int(count) for count in counts]

    def quality(self) -> pd.DataFrame:
        """Everything that was found: who is set aside first, then the notes."""
        aside = [
            (column, reason, rows, SET_ASIDE)
            for (column, reason, *_), rows in zip(self._reasons, self._counts(), strict=True)
        ]
        details = [
            (column, f"{reason}: {detail}", 0, SET_ASIDE)
            for column, reason, _, detail in self._reasons
            if detail
        ]
        return pd.DataFrame([*aside, *details, *self._notes], columns=list(COLUMNS))

    def problems(self) -> Problems:
        """Start a list of problems in which rows are numbered as in the extract's file."""
        return Problems(origins={} if self._origin is None else {TABLE: self._origin})

    def raise_reasons(self) -> None:
        """Raise an InputError that names every reason, if any row is set aside."""
        problems = self.problems()
        for number, (column, reason, remedy, detail) in enumerate(self._reasons):
            what = f"{reason}: {detail}" if detail else reason
            problems.add(TABLE, column, what, remedy, rows=self._reason == number)
        problems.raise_if_any()

    def tell_all(self) -> None:
        """Warn once, with counts: who is set aside and why, and what keeps patients from moving."""
        said = []
        if self._reasons:
            counts = self._counts()
            told = "; ".join(
                f"{rows:,} {column}: {reason}" + (f": {detail}" if detail else "")
                for (column, reason, _, detail), rows in zip(self._reasons, counts, strict=True)
            )
            said.append(
                f"{sum(counts):,} of {len(self._reason):,} rows are set aside ({told}): "
                "see .unusable() and .quality"
            )
        if self._aloud:
            said.append(f"not known, so it lets nobody move: {'; '.join(self._aloud)}")
        if self._overlooked:
            said.append(f"{'; '.join(self._overlooked)}, and is not read: name it with columns=")
        if said:
            tell(". ".join(said))
