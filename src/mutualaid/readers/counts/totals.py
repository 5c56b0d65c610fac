"""Sums beside what they are sums of: rows and a column that would count patients twice."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.errors import Problems
from mutualaid.formats import first_few, many
from mutualaid.readers.counts.bands import TABLE
from mutualaid.readers.counts.columns import is_total

FEWEST_LABELS, FEWEST_BANDS, FEWEST_PATIENTS = 3, 2, 20
"""From so many on a sum is no accident."""


def total_rows(
    labels: pd.DataFrame,
    counts: Floats,
    firm: Mask,
    problems: Problems,
    notes: list[str],
) -> Mask:
    """Rows that are sums of other rows; note those whose parts are not there.

    Parameters
    ----------
    labels : shape (rows, columns)
        Columns of text that tell the rows apart.
    counts : float64 array, shape (rows,)
        Patients of each row.
    firm : bool array, shape (rows,)
        Rows in which nothing is hidden.

    Examples
    --------
    >>> notes = []
    >>> total_rows(pd.DataFrame({"service": ["Urology", "ENT", "All specialties"]}),
    ...            np.array([3.0, 4.0, 7.0]), np.ones(3, bool), Problems(), notes).tolist()
    [False, False, True]
    >>> notes
    ["1 row of totals is left out ('All specialties')"]
    """
    labels = labels.reset_index(drop=True)
    sums = {column: _sums(labels[column]) for column in labels.columns}
    sums = {column: mask for column, mask in sums.items() if mask.any() and not mask.all()}
    out = np.zeros(len(labels), dtype=bool)
    for mask in sums.values():
        out |= mask
    if not out.any():
        return out
    alike = {
        column: {one for one in labels.columns if _say_the_same(labels[~out], column, one)}
        for column in sums
    }
    pattern = np.zeros(len(labels), dtype=np.int64)
    for at, mask in enumerate(sums.values()):
        pattern += mask.astype(np.int64) << at
    lonely, differ = np.zeros(len(labels), dtype=bool), 0
    for one in np.unique(pattern[out]).tolist():
        rows = np.flatnonzero(pattern == one)
        marked = [column for at, column in enumerate(sums) if one >> at & 1]
        summed = {*marked}.union(*(alike[column] for column in marked))
        by = [column for column in labels.columns if column not in summed]
        parts, certain = _parts(labels, counts, firm, ~out, by, rows)
        lonely[rows] = np.isnan(parts) & (counts[rows] > 0)
        off = (parts != counts[rows]) & ~np.isnan(parts) & certain & firm[rows]
        differ += int(off.sum())
    words = dict.fromkeys(
        repr(str(label)) for column, mask in sums.items() for label in labels[column][mask].unique()
    )
    verb = "is" if int(out.sum()) == 1 else "are"
    notes.append(
        f"{many(int(out.sum()), 'row')} of totals {verb} left out ({first_few(words, 3)})"
        + (f"; {differ:,} of them differ from the sum of their parts" if differ else "")
    )
    problems.note(
        TABLE,
        first_few(map(str, sums)),
        lonely,
        "is a total whose parts are not in the table",
        "drop it, or write what it is the list of",
    )
    return out


def check_sums_by_another_name(
    labels: pd.DataFrame, band: Ints, count: Floats, problems: Problems
) -> None:
    """Note labels that have, band by band, the patients of all others together.

    Parameters
    ----------
    labels : shape (entries, columns)
        What tells entries apart, each column by itself.
    band : int64 array, shape (entries,)
        The band of each entry.
    count : float64 array, shape (entries,)
        Its patients.

    Examples
    --------
    >>> found = Problems()
    >>> check_sums_by_another_name(pd.DataFrame({"specialty": ["A1", "B2", "Z9"] * 2}),
    ...     np.repeat([0, 1], 3), np.array([9.0, 20.0, 29.0, 1.0, 2.0, 3.0]), found)
    >>> found.rows[0][1:3]
    ('specialty', "'Z9' has in every band the patients of all others together")
    """
    bands = int(band.max(initial=0)) + 1
    for column in labels.columns:
        codes, known = pd.factorize(labels[column])
        if len(known) < FEWEST_LABELS:
            continue
        cell = codes.astype(np.int64) * bands + band
        by_band = np.bincount(cell, weights=count, minlength=len(known) * bands)
        by_band = by_band.reshape(len(known), bands)
        whole, there = by_band.sum(axis=0), (by_band.sum(axis=1) > 0).sum()
        same = (2 * by_band == whole).all(axis=1) & (by_band.sum(axis=1) >= FEWEST_PATIENTS)
        same &= (by_band > 0).sum(axis=1) >= FEWEST_BANDS
        for at in np.flatnonzero(same & (there >= FEWEST_LABELS)).tolist():
            what = f"{str(known[at])!r} has in every band the patients of all others together"
            remedy = "drop its rows: they are a total, and would count twice"
            problems.add(TABLE, column, what, remedy)


def check_total_column(
    heading: str, total: Floats, bands: Floats, firm: Mask, problems: Problems
) -> None:
    """Note rows whose bands do not add up to the total beside them."""
    off = firm & ~np.isnan(total) & (np.nansum(bands, axis=1) != total)
    if off.any():
        sums = [
            f"{whole:g}, and the bands add up to {added:g}"
            for whole, added in zip(total, np.nansum(bands, axis=1), strict=True)
        ]
        remedy = "correct the row, or drop the column of totals; or pass bands= if some lack"
        what = "is not the sum of the bands"
        shown = pd.Series(sums, dtype=object)
        problems.add(TABLE, heading, what, remedy, rows=off, values=shown)


def _sums(values: pd.Series) -> Mask:
    known = [one for one in values.dropna().unique() if is_total(one)]
    result: Mask = values.isin(known).to_numpy(dtype=bool)
    return result


def _say_the_same(parts: pd.DataFrame, one: str, other: str) -> bool:
    """Whether a column is another one's name or code: Specialty and Specialty HIPE."""
    first = [re.findall(r"[a-z]+", column.casefold())[:1] for column in (one, other)]
    if one == other or first[0] != first[1]:
        return one == other
    pairs = parts[[one, other]].drop_duplicates()
    return bool(pairs[one].is_unique and pairs[other].is_unique)


def _parts(
    labels: pd.DataFrame,
    counts: Floats,
    firm: Mask,
    kept: Mask,
    by: Sequence[str],
    rows: np.ndarray,
) -> tuple[Floats, Mask]:
    """The sums of the parts of some totals, NaN where there are none; and which are certain."""
    if not by:
        some = bool(kept.any())
        whole = float(counts[kept].sum()) if some else np.nan
        return np.full(len(rows), whole), np.full(len(rows), bool(firm[kept].all()))
    keys = labels.groupby(list(by), dropna=False, sort=False).ngroup().to_numpy()
    size = int(keys.max()) + 1
    there = np.bincount(keys[kept], minlength=size)
    sums = np.bincount(keys[kept], weights=counts[kept], minlength=size)
    unsure = np.bincount(keys[kept & ~firm], minlength=size)
    found = np.where(there > 0, sums, np.nan)
    return found[keys[rows]], unsure[keys[rows]] == 0
