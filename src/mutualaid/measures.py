"""What a plan does to waiting lists, before and after, in the measures that the NHS reports.

*Residents' lens*: outcomes of the patients of a trust's own list (those on it at the census and
those referred to it since), wherever they are treated. *Provider's lens*: what the trust would
report: a patient who moves counts on the receiver's list from the start of the period of
treatment, clock running, until treated; with ``reported_by="origin"``, which the RTT rules allow
where the commissioner agrees, on the origin's. System totals are the same either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.errors import InputError
from mutualaid.harm import SCALE

THRESHOLDS = (18, 52, 65, 78, 104)
LENSES = ("residents", "provider")
REPORTERS = ("receiver", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How to look at a plan.

    Attributes
    ----------
    by : tuple of str
        Columns that make the rows; none for the whole system.
    lens : str
        ``"residents"`` or ``"provider"``.
    reported_by : str
        Who reports a moved patient in the provider's lens: ``"receiver"`` or ``"origin"``.
    at : int
        The period at whose start the list is looked at; ``periods + 1`` for the end.
    """

    by: tuple[str, ...]
    lens: str
    reported_by: str
    at: int


def view(
    table: pd.DataFrame,
    by: str | Sequence[str] | None,
    lens: str,
    reported_by: str,
    at: int | None,
    periods: int,
) -> View:
    """Check how a plan is to be looked at.

    Raises
    ------
    InputError
        If a column, lens, reporter or period is not there.
    """
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    inner = {"provider", "site", "patients", "period", "minutes", "extra_minutes"}
    inner |= {"moved", "harm", "cost", "saved"}
    # A list without priorities has the column all the same, with no category in it.
    stated = "priority" not in table or len(table["priority"].cat.categories)
    known = [c for c in table.columns if c not in inner and (c != "priority" or stated)]
    absent = [name for name in names if name not in known]
    if absent:
        raise InputError(f"measures are not by {', '.join(absent)}: use {', '.join(known)}")
    if lens not in LENSES:
        raise InputError(f"lens is {lens!r}: use one of {', '.join(LENSES)}")
    if reported_by not in REPORTERS:
        raise InputError(f"reported_by is {reported_by!r}: use one of {', '.join(REPORTERS)}")
    when = periods + 1 if at is None else at
    if isinstance(at, bool) or when not in range(1, periods + 2):
        raise InputError(f"period is {at!r}: use 1 to {periods}, or None for the end")
    return View(by=names, lens=lens, reported_by=reported_by, at=when)


def compare(
    before: pd.DataFrame,
    after: pd.DataFrame,
    how: View,
    periods: int,
    period_weeks: int,
    providers: Sequence[str],
) -> pd.DataFrame:
    """Lay the measures of two outcomes side by side.

    Parameters
    ----------
    before, after
        Tables of :func:`mutualaid.tables.entries`.
    how
        How to look at them.
    periods, period_weeks
        The horizon.
    providers
        Everybody who gets a row where the rows are trusts, with patients of their own or not.

    Returns
    -------
    pandas.DataFrame
        The columns ``by``, then each measure as ``…_before`` and ``…_after``.
    """
    sides = [_measure(table, how, periods, period_weeks) for table in (before, after)]
    if not how.by:
        both = [side.reset_index(drop=True) for side in sides]
    else:
        index = sides[0].index.union(sides[1].index)
        if how.by == ("origin",):
            index = index.union(pd.Index(list(providers), name="origin"))
        index = index.sort_values()
        both = [side.reindex(index) for side in sides]
    columns = {}
    for name in both[0].columns:
        for side, suffix in zip(both, ("before", "after"), strict=True):
            values = side[name]
            if name in COUNTS:
                values = values.fillna(0).astype(np.int64)
            elif name in SUMS:
                values = values.fillna(0.0)
            columns[f"{name}_{suffix}"] = values
    result = pd.DataFrame(columns)
    return result.reset_index() if how.by else result


COUNTS = (
    "list_size",
    "within_18",
    *(f"over_{weeks}" for weeks in THRESHOLDS),
    "treated",
    "moves_out",
    "moves_in",
)


SUMS = ("person_weeks", "harm_weeks", "travel_minutes")


def _measure(table: pd.DataFrame, how: View, periods: int, period_weeks: int) -> pd.DataFrame:
    own, receiver, labels = _groups(table, how)
    hands_over = how.lens == "provider" and how.reported_by == "receiver"
    reporter = receiver if hands_over else own
    size = len(labels)
    patients = table["patients"].to_numpy()
    period = table["period"].to_numpy()
    weeks = table["weeks_waiting"].to_numpy()
    first = np.maximum(table["referred"].to_numpy(), 1)
    moved = table["moved"].to_numpy()

    def total(mask: npt.NDArray[np.bool_], group: np.ndarray, value: np.ndarray) -> np.ndarray:
        return np.bincount(group[mask], weights=value[mask], minlength=size)

    every = np.ones(len(table), dtype=bool)
    # Whoever is treated in a period has been handed over when it starts.
    listed = (first <= how.at) & (period >= how.at)
    lister = np.where(period == how.at, reporter, own)
    waited = weeks + (how.at - 1) * period_weeks
    done = (period <= periods) & (period < how.at)
    at_treatment = weeks + (period - 1) * period_weeks + period_weeks / 2
    untreated = np.minimum(period, how.at) - np.minimum(first, how.at)
    on_list = untreated * period_weeks * patients
    in_treatment = np.where(done, period_weeks / 2 * patients, 0.0)
    list_size = total(listed, lister, patients)
    within = total(listed & (waited < THRESHOLDS[0]), lister, patients)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = within / list_size
    columns = {
        "list_size": list_size,
        "within_18": within,
        "share_within_18": share,
        **{
            f"over_{mark}": total(listed & (waited >= mark), lister, patients)
            for mark in THRESHOLDS
        },
        **_waits("wait", lister, waited, np.where(listed, patients, 0), size),
        "treated": total(done, reporter, patients),
        **_waits("wait_treated", reporter, at_treatment, np.where(done, patients, 0), size),
        "person_weeks": total(every, own, on_list) + total(every, reporter, in_treatment),
        "harm_weeks": total(every, own, table["harm"].to_numpy()) / SCALE,
        "moves_out": total(moved & done, own, patients),
        "moves_in": total(moved & done, receiver, patients),
        "travel_minutes": total(done, own, table["extra_minutes"].to_numpy() * patients),
    }
    if not how.by:
        return pd.DataFrame(columns)
    index = labels if isinstance(labels, pd.MultiIndex) else pd.Index(labels, name=how.by[0])
    return pd.DataFrame(columns, index=index)


def _groups(table: pd.DataFrame, how: View) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Rows' groups by whose patient it is, and by who treats; and the groups' labels."""
    if not how.by:
        zero = np.zeros(len(table), dtype=np.int64)
        return zero, zero, pd.RangeIndex(1)
    mine = [np.asarray(table[name], dtype=object) for name in how.by]
    theirs = list(mine)
    if "origin" in how.by:
        place = how.by.index("origin")
        provider = np.asarray(table["provider"], dtype=object)
        theirs[place] = np.where(table["moved"], provider, mine[place])
    both = [np.concatenate(pair) for pair in zip(mine, theirs, strict=True)]
    codes, labels = _factorised(both, how.by)
    return codes[: len(table)], codes[len(table) :], labels


def _factorised(columns: list[np.ndarray], names: Sequence[str]) -> tuple[np.ndarray, pd.Index]:
    if len(columns) == 1:
        codes, labels = pd.factorize(columns[0], sort=True)
        return codes, pd.Index(labels)
    index = pd.MultiIndex.from_arrays(columns, names=list(names))
    codes, found = pd.factorize(index, sort=True)
    return codes, found.set_names(list(names))


def _waits(
    name: str, group: np.ndarray, value: np.ndarray, weight: np.ndarray, size: int
) -> dict[str, np.ndarray]:
    """Mean, median and 92nd percentile of a wait, in weeks, by group."""
    count = np.bincount(group, weights=weight, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(group, weights=weight * value, minlength=size) / count
    return {
        f"mean_{name}": mean,
        f"median_{name}": quantile(group, value, weight, 0.5, size),
        f"p92_{name}": quantile(group, value, weight, 0.92, size),
    }


def quantile(
    group: np.ndarray, value: np.ndarray, weight: np.ndarray, share: float, size: int
) -> np.ndarray:
    """Smallest value that at least a share of each group's weight does not exceed.

    Groups without weight get NaN.

    Examples
    --------
    >>> import numpy as np
    >>> quantile(np.zeros(3, int), np.array([1, 2, 9]), np.array([1, 8, 1]), 0.92, 1).tolist()
    [9.0]
    """
    used = np.flatnonzero(weight > 0)
    used = used[np.lexsort((value[used], group[used]))]
    group, value, weight = group[used], value[used], weight[used]
    total = np.bincount(group, weights=weight, minlength=size)
    running = np.cumsum(weight)
    before = np.cumsum(total) - total
    result = np.full(size, np.nan)
    there = np.flatnonzero(total > 0)
    # The nudge keeps a share such as 0.92 of 25 from landing beyond its own 23rd patient.
    wanted = before[there] + total[there] * share - 1e-9
    result[there] = value[np.searchsorted(running, wanted, side="left")]
    return result
