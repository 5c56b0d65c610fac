"""Rows told apart by several columns: which are the same, in what order, and who leaves a list."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Clean, Ints, Mask
from mutualaid.data.label_codes import combined
from mutualaid.data.removal_order import Leavers, leave
from mutualaid.data.schema import TABLES
from mutualaid.data.taking.date_columns import APART
from mutualaid.data.words.headings import spoken_of
from mutualaid.errors import Problems


def _can_be_combined(columns: Sequence[Any]) -> bool:
    """Whether all columns are labels without gaps, or whole numbers from 0."""
    codes = [values.codes if isinstance(values, pd.Categorical) else values for values in columns]
    return bool(codes) and all(
        isinstance(values, np.ndarray) and values.dtype.kind == "i" and values.min(initial=0) >= 0
        for values in codes
    )


def check_duplicates(
    name: str,
    clean: Clean,
    keys: Sequence[str],
    problems: Problems,
    kinds: Mapping[str, str] | None = None,
) -> None:
    """Two rows for one thing would be added together without anyone saying so.

    ``kinds`` names columns that hold dates, months or an index: they tell no rows apart.
    """
    kinds = kinds or {}
    given = {key: clean[key] for key in keys if key in clean and key not in kinds}
    if _can_be_combined(list(given.values())):
        number = combined(list(given.values()))
        if _rises(number) or _rises(np.sort(number)):
            return
    frame = pd.DataFrame(given)
    try:
        twice = frame.duplicated(keep=False).to_numpy()
    except TypeError:
        check_comparable(name, frame, problems)
        return
    if not twice.any():
        return
    apart = [h for h in kinds if h in clean and h in keys]
    if apart and not frame.assign(**{h: clean[h] for h in apart}).duplicated().any():
        _told_apart(name, apart, kinds, twice, problems)
    else:
        counted = any(column.kind == "count" for column in TABLES[name])
        what = "these rows stand for the same thing"
        remedy = "add their numbers together first" if counted else "keep one of them"
        problems.add(name, ", ".join(frame.columns), what, remedy, rows=twice)


def check_comparable(name: str, frame: pd.DataFrame, problems: Problems) -> None:
    """Cells are texts, numbers and dates, not lists or the like."""
    for heading in frame.columns:
        values = frame[heading]
        if values.dtype == object and not values.map(lambda v: isinstance(v, Hashable)).all():
            problems.add(name, str(heading), "holds values that cannot be compared", "drop it")


def _told_apart(
    name: str, apart: Sequence[str], kinds: Mapping[str, str], twice: Mask, problems: Problems
) -> None:
    """Name the dates, months or numbers of rows that alone tell rows apart."""
    told = spoken_of(name, problems)
    for heading in apart:
        if str(heading) in told:
            continue
        does, remedy = APART[kinds[heading]]
        what = f"{does}, and nothing else tells these rows apart"
        problems.add(name, str(heading), what, remedy, rows=twice)


def _rises(number: Ints) -> bool:
    return bool((number[1:] > number[:-1]).all())


def order_of(frame: pd.DataFrame, keys: Sequence[str], others: Sequence[str]) -> Ints | None:
    """Positions of the rows in the order of some columns, then of others' texts.

    Returns
    -------
    int array, or None
        None where the rows are in that order already.
    """
    known = [_values(frame[key]) for key in keys]
    texts = [_by_text(frame[h]) for h in others]
    if not _can_be_combined([*known, *texts]):
        codes = [values.codes if isinstance(values, pd.Categorical) else values for values in known]
        return np.lexsort([*reversed(texts), *reversed(codes)])
    number = combined([*known, *texts])
    if (number[1:] >= number[:-1]).all():
        return None
    return np.argsort(number, kind="stable")


def _values(column: pd.Series) -> Any:
    labels = isinstance(column.dtype, pd.CategoricalDtype)
    return column.array if labels else column.to_numpy()


def _by_text(column: pd.Series) -> Ints:
    """Ranks of the values as texts: an order that values of any kind have."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    texts = np.array([str(value) for value in values], dtype=object)
    ranks = np.unique(texts, return_inverse=True)[1].astype(np.int64)
    result: Ints = ranks[codes]
    return result


def everyone_leaves_a_list(tables: Mapping[str, Clean], queue_columns: Sequence[str]) -> bool:
    """Whether all removals are from queues that somebody is on, or is referred to.

    Asked of numbers, not of labels: which rows are not, a rule says where some are.
    """
    lists = {"waiting_list", "removals"}
    if any(not {"origin", "service"} <= set(tables.get(name, {})) for name in lists):
        return False
    keys = [key for key in queue_columns if all(key in tables[name] for name in lists)]
    some = [
        name
        for name in ("waiting_list", "referrals")
        if name in tables and all(key in tables[name] for key in keys)
    ]
    queue = _queues(tables, ["removals", *some], keys)
    leaving = len(tables["removals"]["origin"])
    return bool(np.isin(queue[:leaving], queue[leaving:]).all())


class Beyond(NamedTuple):
    """Removals that find nobody to remove, and nobody who has waited as long as they say."""

    nobody: int
    younger: int = 0


def removed_beyond_the_list(
    tables: Mapping[str, Clean], queue_columns: Sequence[str], period_weeks: int
) -> Beyond:
    """How many removals come when fewer patients than that are on the list, or of that wait."""
    if "removals" not in tables:
        return Beyond(0)
    signs = {"removals": -1, "waiting_list": 1, "referrals": 1}
    names = [name for name in signs if name in tables]
    # What removals do not say is shared out: who leaves may be of any such queue.
    keys = [key for key in queue_columns if all(key in tables[name] for name in names)]
    queue = _queues(tables, names, keys)
    period = np.concatenate(
        [tables[n].get("period", np.zeros_like(tables[n]["patients"])) for n in names]
    )
    if "weeks_waiting" in tables["removals"]:
        return _one_by_one([tables[name] for name in names], queue, period, period_weeks)
    change = np.concatenate([signs[name] * tables[name]["patients"] for name in names])
    # Only lists that somebody leaves can run dry.
    left = pd.Index(np.unique(queue[: len(tables["removals"]["patients"])]))
    place = left.get_indexer(pd.Index(queue))
    width = int(period.max(initial=0)) + 1
    cells = (place * width + period)[place >= 0]
    balance = np.bincount(cells, weights=change[place >= 0], minlength=len(left) * width)
    lowest = balance.reshape(len(left), width).cumsum(axis=1).min(axis=1)
    return Beyond(int(-np.minimum(lowest, 0).sum()))


def _one_by_one(parts: Sequence[Clean], queue: Ints, period: Ints, period_weeks: int) -> Beyond:
    """Take removals that say how long the leavers have waited, period by period.

    The first part is the removals.
    """
    none = [np.zeros_like(part["patients"]) for part in parts]
    clock = [
        part.get("weeks_waiting", zero) - part.get("weeks_later", zero)
        for part, zero in zip(parts, none, strict=True)
    ]
    weeks = np.concatenate(clock) - np.maximum(period - 1, 0) * period_weeks
    patients = np.concatenate([part["patients"] for part in parts])
    ends, queue = len(parts[0]["patients"]), np.unique(queue, return_inverse=True)[1]
    leavers = Leavers(
        pool=queue[:ends], period=period[:ends], weeks=weeks[:ends], patients=patients[:ends]
    )
    there = ends + np.flatnonzero(np.isin(queue[ends:], queue[:ends]))
    there = there[np.lexsort((-period[there], weeks[there], queue[there]))]
    left, nobody, younger = patients[there], 0, 0
    for when in np.unique(leavers.period).tolist():
        here = np.where(period[there] <= when, left, 0)
        found = leave(queue[there], weeks[there], here, leavers.of(when))
        left = left - found.taken
        nobody, younger = nobody + found.nobody, younger + found.younger
    return Beyond(nobody, younger)


def _queues(tables: Mapping[str, Clean], names: Sequence[str], keys: Sequence[str]) -> Ints:
    """Number the queue of every row of some tables, one table below the other."""
    labels = [
        pd.api.types.union_categoricals([tables[name][key] for name in names], sort_categories=True)
        for key in keys
    ]
    return combined(labels)
