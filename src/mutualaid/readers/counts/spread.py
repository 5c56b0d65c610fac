"""Patients of a band, spread over its weeks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mutualaid.data.column_checks import Floats, Ints
from mutualaid.readers.counts.bands import Band

GOLDEN = (5**0.5 - 1) / 2
"""Its multiples fall everywhere alike: queues of one patient do not all have the same week."""


def spread(
    band: Ints, count: Ints, bands: Sequence[Band], profile: Floats | None = None
) -> tuple[Ints, Ints, Ints]:
    """Spread whole patients over the weeks of their bands.

    Parameters
    ----------
    band : int64 array, shape (entries,)
        The band of each entry: one queue's patients of one band. Entries stand in the order of
        their queues.
    count : int64 array, shape (entries,)
        Patients.
    bands
        The bands.
    profile : float64 array, shape (weeks,), optional
        How many there usually are by week; evenly without it, and in a band where it is 0.

    Returns
    -------
    entry, week, patients : int64 arrays
        Weeks with somebody in them. Those of an entry add up to its count.

    Examples
    --------
    >>> entry, week, patients = spread(np.array([0]), np.array([6]), [Band("0-4 weeks", 0, 4)])
    >>> week.tolist(), patients.tolist()
    ([0, 1, 2, 3], [2, 1, 2, 1])
    """
    parts: list[tuple[Ints, Ints, Ints]] = []
    for at, one in enumerate(bands):
        entries = np.flatnonzero((band == at) & (count > 0))
        weights = _weights(one, profile)
        running = np.cumsum(weights) / weights.sum()
        # Every patient is placed, whatever floats add up to.
        running[-1] = 1.0
        phase = (0.5 + np.arange(len(entries)) * GOLDEN) % 1.0
        whole = np.floor(np.outer(count[entries], running) + phase[:, None]).astype(np.int64)
        placed = np.diff(whole, axis=1, prepend=0)
        row, week = np.nonzero(placed)
        parts.append((entries[row], week + one.first, placed[row, week]))
    if not parts:
        nobody = np.zeros(0, dtype=np.int64)
        return nobody, nobody, nobody
    entry, week, patients = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((week, entry))
    return entry[order], week[order], patients[order]


def _weights(band: Band, profile: Floats | None) -> Floats:
    weights = np.ones(band.end - band.first)
    if profile is not None:
        usual = np.zeros(len(weights))
        held = profile[band.first : band.end]
        usual[: len(held)] = held
        if usual.sum() > 0:
            return usual
    return weights
