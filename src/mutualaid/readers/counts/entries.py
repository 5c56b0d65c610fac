"""The patients of each row and band: what a table of either shape comes down to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.data.opening.code_cells import as_written
from mutualaid.data.words.cell_values import text_of
from mutualaid.errors import Problems
from mutualaid.formats import first_few, many
from mutualaid.readers.counted_cells import read_counts_of
from mutualaid.readers.counts.bands import PASS_BANDS, TABLE, Band
from mutualaid.readers.counts.columns import Columns, is_total
from mutualaid.readers.counts.spread import spread
from mutualaid.readers.counts.totals import (
    check_sums_by_another_name,
    check_total_column,
    total_rows,
)


class Entries:
    """Counts by row and band, with the labels of the rows.

    Parameters
    ----------
    frame
        The table, of one census.
    columns
        What its columns say.
    bands
        Its bands, in their order.
    continental
        Whether a comma in a number may be a decimal point.
    hidden
        What a hidden count stands for, or None.
    problems, notes
        Take down what is wrong, and what a reader should know.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        columns: Columns,
        bands: Sequence[Band],
        continental: bool,
        hidden: int | None,
        problems: Problems,
        notes: list[str],
    ) -> None:
        self.columns, self.bands = columns, bands
        self.problems, self.notes = problems, notes
        self.labels = pd.DataFrame(
            {
                heading: _texts(frame[heading])
                for heading in (*columns.labels.values(), *columns.others)
            }
        )
        self.continental, self.hidden = continental, hidden
        rows = np.arange(len(frame), dtype=np.int64)
        if columns.band is None:
            counts, secret = self._grid(frame)
            self.row = np.repeat(rows, len(bands))
            self.band = np.tile(np.arange(len(bands), dtype=np.int64), len(frame))
            self.count, self.secret = counts.ravel(), secret.ravel()
            self.of_row: Floats = np.nansum(counts, axis=1)
            self.row_is_firm: Mask = np.asarray(~secret.any(axis=1))
            self.is_empty = np.isnan(counts).all(axis=1)
        else:
            self.row, self.band = rows, self._bands_of(frame[columns.band])
            self.count, self.secret = self._column(frame, str(columns.patients))
            self.of_row, self.row_is_firm = np.nan_to_num(self.count), ~self.secret
            self.is_empty = np.isnan(self.count)

    def _column(self, frame: pd.DataFrame, heading: str) -> tuple[Floats, Mask]:
        cells = frame[heading]
        options = {"continental": self.continental}
        return read_counts_of(TABLE, heading, cells, self.hidden, self.problems, **options)

    def _grid(self, frame: pd.DataFrame) -> tuple[Floats, Mask]:
        """Counts by row and band; the totals beside them are held against them."""
        read = [self._column(frame, band.name) for band in self.bands]
        counts = np.stack([values for values, _ in read], axis=1)
        secret = np.stack([mask for _, mask in read], axis=1)
        if self.columns.is_nested:
            counts, secret = self._apart(counts, secret)
        total = self.columns.total
        if total is not None and len(self.bands) == len(self.columns.said):
            whole, hidden = self._column(frame, total)
            firm = ~(secret.any(axis=1) | hidden)
            check_total_column(total, whole, counts, firm, self.problems)
        return counts, secret

    def _apart(self, counts: Floats, secret: Mask) -> tuple[Floats, Mask]:
        """Counts of which each holds the next one, as those that it has beyond it."""
        beyond = np.nan_to_num(counts[:, 1:])
        empty = np.isnan(counts).all(axis=1)
        alone = np.nan_to_num(counts)
        alone[:, :-1] -= beyond
        for at, band in enumerate(self.bands[1:]):
            more = alone[:, at] < 0
            what = f"is more than {self.bands[at].name!r}, which holds it"
            remedy = "correct the row, or the value that is passed as hidden="
            self.problems.note(TABLE, band.name, more, what, remedy, beyond[:, at])
        alone[empty] = np.nan
        secret = np.concatenate([secret[:, :-1] | secret[:, 1:], secret[:, -1:]], axis=1)
        return alone, secret

    def _bands_of(self, values: pd.Series) -> Ints:
        """The band of each row, -1 for a sum of bands."""
        names = {band.name: at for at, band in enumerate(self.bands)}
        texts = _texts(values)
        found = texts.map(lambda text: names.get(text, -1)).to_numpy(dtype=np.int64)
        sums = texts.map(is_total).to_numpy(dtype=bool)
        strange = (found < 0) & ~sums
        if strange.any() and set(names) >= set(self.columns.said):
            what, remedy = "is no band of waits that is recognised", PASS_BANDS
            heading = str(self.columns.band)
            self.problems.add(TABLE, heading, what, remedy, rows=strange, values=texts)
        elif strange.any():
            other = first_few(map(repr, texts[strange].unique()), 3)
            self.notes.append(f"{many(int(strange.sum()), 'row')} of other bands left out: {other}")
        if sums.any():
            self.notes.append(f"{many(int(sums.sum()), 'row')} of sums of bands left out")
        return found

    def check(self) -> None:
        """Set aside rows of totals and empty ones, and note what cannot be used."""
        labels, heads = self.labels, [*self.columns.labels.values()]
        lacking = pd.DataFrame({one: labels[one] == "" for one in heads}).to_numpy()
        kept = ~(self.is_empty & lacking.any(axis=1))
        if not kept.all():
            self.notes.append(f"{many(int((~kept).sum()), 'row')} without counts left out")
        if self.columns.band is not None:
            kept &= self.band >= 0
        text = labels.copy()
        if self.columns.band is not None:
            text[self.columns.band] = self.band.astype(str)
        sums = np.zeros(len(labels), dtype=bool)
        used = np.flatnonzero(kept)
        of_row, firm = self.of_row[used], self.row_is_firm[used]
        sums[used] = total_rows(text.iloc[used], of_row, firm, self.problems, self.notes)
        kept &= ~sums
        for place, heading in enumerate(heads):
            absent = kept & lacking[:, place]
            self.problems.note(TABLE, heading, absent, "is missing", "write what it is the list of")
        twice = kept & text.duplicated(keep=False).where(pd.Series(kept), False).to_numpy(
            dtype=bool
        )
        if twice.any() and text[kept].duplicated().any():
            remedy = "keep one of them, or tell them apart by a column of text"
            what = "rows differ in nothing but their counts"
            self.problems.add(TABLE, "", what, remedy, rows=twice)
        self._tell_splits(kept)
        inside = kept[self.row]
        of_entry = labels.iloc[self.row[inside]]
        found = np.nan_to_num(self.count[inside])
        check_sums_by_another_name(of_entry, self.band[inside], found, self.problems)
        blank = np.isnan(self.count) & inside
        if blank.any() and not (self.columns.band is None and self.columns.total):
            self.notes.append(f"{many(int(blank.sum()), 'blank count')} taken as 0")
        if (self.secret & inside).any():
            number = int((self.secret & inside).sum())
            self.notes.append(f"{many(number, 'hidden count')} taken as {self.hidden}")
        self.kept = kept
        if not self.problems.rows and not np.nansum(self.count[inside]):
            self.problems.add(TABLE, "", "counts nobody", "pass the table of who waits")

    def _tell_splits(self, kept: Mask) -> None:
        """Say over which columns counts are added up."""
        heads = [*self.columns.labels.values()]
        used = self.labels[kept]
        split = [
            f"{one!r} ({used[one].nunique()})"
            for one in self.columns.others
            if used.groupby(heads, sort=False)[one].nunique().gt(1).any()
        ]
        if split:
            self.notes.append(f"added up over {first_few(split)}: keep= keeps a column")

    def waiting_list(self, profile: Floats | None) -> pd.DataFrame:
        """The list with a row for each queue and week."""
        ours = {heading: name for name, heading in self.columns.labels.items()}
        use = self.kept[self.row] & (np.nan_to_num(self.count) > 0)
        keys = self.labels[[*ours]].rename(columns=ours).iloc[self.row[use]]
        keys = keys.assign(band=self.band[use], count=self.count[use].astype(np.int64))
        names = [*ours.values()]
        sums = keys.groupby([*names, "band"], sort=True)["count"].sum().reset_index()
        entry, week, patients = spread(
            sums["band"].to_numpy(np.int64), sums["count"].to_numpy(np.int64), self.bands, profile
        )
        found = sums[names].iloc[entry].assign(weeks_waiting=week, patients=patients)
        listed = found.groupby([*names, "weeks_waiting"], sort=True)["patients"].sum()
        return listed.reset_index()


def _texts(values: pd.Series) -> pd.Series:
    """Labels as text, "" where there is none."""
    cells = as_written(values)
    texts = {one: text_of(one) for one in cells.dropna().unique()}
    found = cells.map(lambda one: texts.get(one, "")).astype(object)
    return found.where(cells.notna(), "").reset_index(drop=True)
