"""How much of the slots a plan may use: what is steerable, and what is booked in any case.

Nobody publishes it. What is known:

- Mutual aid is asked and given for admitted care: procedures on a list that another trust can do.
- Four of five completions are non-admitted, and many of these are no treatment: a decision not to
  treat, a patient who declines, active monitoring, a discharge after tests (section 13 of NHS
  England's RTT rules). Another trust's clinic cannot be given them, but for the part that is a
  first appointment.
- Urgent and quick work comes first everywhere, is booked within days, and stays.

So the default is half of the slots of the admitted stream and a fifth of the others', beyond the
quickest 30 % of completions, of which none is steerable. These are judgements, no measurements:
``steerable=`` takes another share or a table, and a plan should be shown with more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np
import pandas as pd

from mutualaid.calibration.monthly_counts import ADMITTED, NON_ADMITTED, MonthlyCounts
from mutualaid.data.column_checks import Floats, Ints
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import InputError, Problems

STEERABLE = {ADMITTED: 0.5, NON_ADMITTED: 0.2}
"""The share of slots that a plan may use where nobody says another, by stream."""
QUICKEST = 0.30
"""The quickest completions, of which none is steerable where nobody says another share."""

TABLE = "steerable"
KEYS = ("provider", "service", "stream", "wait_class")
SHARE = "share"


def is_all(asked: object) -> bool:
    """Whether a plan may use every slot.

    Examples
    --------
    >>> is_all(1), is_all(0.5), is_all(None)
    (True, False, False)
    """
    return _is_share(asked) and asked == 1


def _is_share(asked: object) -> TypeGuard[float]:
    return isinstance(asked, int | float | np.number) and not isinstance(asked, bool)


def by_default(
    points: Sequence[float], completed: Floats, moved: Floats, *, streams: bool = True
) -> Floats:
    """Share of the slots of each stream, list and class that a plan may use by default.

    Parameters
    ----------
    points
        Cut points of the classes.
    completed : float64 array, shape (2, lists)
        Completions with and without an admission.
    moved : float64 array, shape (lists,)
        How many of those without one are of the admitted stream: they are as steerable as others
        without one.
    streams
        Whether streams are told apart.

    Returns
    -------
    float64 array, shape (2 or 1, lists, classes)

    Examples
    --------
    >>> done = np.array([[1.0], [2.0]]), np.array([0.0])
    >>> by_default((0, 0.3, 1), *done).round(2).tolist()
    [[[0.0, 0.5]], [[0.0, 0.2]]]
    >>> by_default((0, 0.3, 1), *done, streams=False).round(2).tolist()
    [[[0.0, 0.3]]]
    """
    low, high = np.array(points[:-1]), np.array(points[1:])
    slow = np.clip(high - np.maximum(low, QUICKEST), 0.0, None) / (high - low)
    other = moved if streams else completed[1]
    total = np.maximum(completed[0] + other, 1e-12)
    mixed = (STEERABLE[ADMITTED] * completed[0] + STEERABLE[NON_ADMITTED] * other) / total
    share = [mixed, np.full_like(mixed, STEERABLE[NON_ADMITTED])] if streams else [mixed]
    result: Floats = np.stack(share)[..., None] * slow
    return result


def steerable_of(
    asked: object,
    counts: MonthlyCounts,
    lists: Ints,
    streams: Sequence[str],
    classes: Sequence[str],
    default: Floats,
) -> Floats:
    """Share of the slots of each stream, list and class that a plan may use.

    Parameters
    ----------
    asked
        None for the default; a share of all slots; or a table of ``share`` with any of
        ``provider``, ``service``, ``stream`` and ``wait_class``: a column that is left out means
        all, and what no row names keeps the default.
    counts, lists
        Months of counts, and the lists of a system, as positions in it.
    streams, classes
        Their labels; of streams none if they are not told apart.
    default : float64 array, shape (streams, lists, classes)

    Returns
    -------
    float64 array, shape (streams, lists, classes)

    Raises
    ------
    InputError
        If a share is not within 0 and 1, the table has other columns, names what is not there,
        or says the same twice.
    """
    if asked is None:
        return default
    if _is_share(asked):
        if not 0 <= float(asked) <= 1:
            raise InputError(f"steerable is {asked}: write a share from 0 to 1, or a table")
        return np.full_like(default, float(asked))
    table = frame_of(TABLE, asked)
    labels = {
        "provider": np.array(counts.providers, dtype=object)[counts.provider[lists]],
        "service": np.array(counts.services, dtype=object)[counts.service[lists]],
        "stream": np.array(streams, dtype=object),
        "wait_class": np.array(classes, dtype=object),
    }
    known = {
        "provider": counts.providers,
        "service": counts.services,
        "stream": tuple(streams),
        "wait_class": tuple(classes),
    }
    _check(table, known)
    cells = pd.DataFrame(index=pd.RangeIndex(default.size))
    at = np.unravel_index(np.arange(default.size), default.shape)
    where = {"provider": at[1], "service": at[1], "stream": at[0], "wait_class": at[2]}
    keys = [key for key in KEYS if key in table]
    for key in keys:
        cells[key] = labels[key][where[key]]
    if not keys:
        return np.full_like(default, float(table[SHARE].iloc[0]))
    said = table[keys].astype(str).assign(**{SHARE: table[SHARE].astype(np.float64)})
    found = cells.merge(said, how="left", on=keys)[SHARE].to_numpy(dtype=np.float64)
    result: Floats = np.where(np.isnan(found), default.ravel(), found).reshape(default.shape)
    return result


def _check(table: pd.DataFrame, known: dict[str, tuple[str, ...]]) -> None:
    problems = Problems()
    for column in table.columns:
        if column not in (*KEYS, SHARE):
            problems.add(
                TABLE, str(column), "is no column of it", f"use {', '.join(KEYS)}, {SHARE}"
            )
    if SHARE not in table:
        problems.add(TABLE, SHARE, "is missing", "add the share of slots that a plan may use")
    elif not len(table):
        problems.add(TABLE, SHARE, "has no row", "add one, or leave steerable out")
    else:
        share = pd.to_numeric(table[SHARE], errors="coerce").to_numpy(dtype=np.float64)
        bad = ~((share >= 0) & (share <= 1))
        if bad.any():
            values = table[SHARE].to_numpy()
            problems.add(TABLE, SHARE, "is no share", "write 0 to 1", rows=bad, values=values)
    keys = [key for key in KEYS if key in table]
    for key in keys:
        labels = table[key].astype(str)
        bad = ~labels.isin(known[key]).to_numpy()
        if bad.any():
            what = "is not known" if known[key] else "is not told apart here"
            remedy = f"correct it, or leave {key} out"
            problems.add(TABLE, key, what, remedy, rows=bad, values=labels.to_numpy())
    twice = table.duplicated(keys).to_numpy() if keys else np.arange(len(table)) > 0
    if twice.any():
        problems.add(TABLE, "", "says the same twice", "keep one row of each", rows=twice)
    problems.raise_if_any()
