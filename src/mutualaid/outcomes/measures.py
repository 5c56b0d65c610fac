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

from mutualaid.arguments import argument
from mutualaid.data.column_checks import Ints
from mutualaid.data.schema import who
from mutualaid.errors import InputError
from mutualaid.policy.harm import SCALE

THRESHOLDS = (18, 52, 65, 78, 104)
LENSES = ("residents", "provider")
REPORTERS = ("receiver", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """Options of a table of measures.

    Attributes
    ----------
    by : tuple of str
        Columns that make the rows; none for the whole system.
    lens : str
        ``"residents"`` or ``"provider"``.
    reported_by : str
        Who reports a moved patient in the provider's lens: ``"receiver"`` or ``"origin"``.
    at : int
        The period at whose start the list is counted; ``periods + 1`` for the end.
    """

    by: tuple[str, ...]
    lens: str
    reported_by: str
    at: int


def measure_options(
    table: pd.DataFrame,
    by: str | Sequence[str] | None,
    lens: str,
    reported_by: str,
    at: int | None,
    periods: int,
) -> MeasureOptions:
    """Check the options of a table of measures.

    Raises
    ------
    InputError
        If a column, lens, reporter or period is not there.
    """
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    # A list without priorities has the column all the same, with no category in it.
    stated = "priority" not in table or len(table["priority"].cat.categories)
    known = [name for name in who(table) if name != "priority" or stated]
    absent = [name for name in names if name not in known]
    if absent:
        raise InputError(f"measures are not by {', '.join(absent)}: use {', '.join(known)}")
    argument.choice("lens", lens, LENSES)
    argument.choice("reported_by", reported_by, REPORTERS)
    when = periods + 1 if at is None else argument.whole("period", at, 1, periods + 1)
    return MeasureOptions(by=names, lens=lens, reported_by=reported_by, at=when)


def with_leavers(entries: pd.DataFrame, leavers: pd.DataFrame) -> pd.DataFrame:
    """Put who leaves untreated beneath an outcome, so that they are counted until they leave.

    Parameters
    ----------
    entries, leavers
        Tables of :func:`mutualaid.outcomes.tables.entries` and
        :func:`mutualaid.outcomes.tables.leavers`.

    Examples
    --------
    >>> listed = pd.DataFrame({"provider": ["A"], "period": [3], "patients": [10]})
    >>> gone = pd.DataFrame({"provider": [None], "period": [2], "patients": [1]})
    >>> everybody = with_leavers(listed, gone)
    >>> leave(everybody, 3).tolist()
    [False, True]
    """
    return pd.concat([entries, leavers], ignore_index=True) if len(leavers) else entries


def leave(table: pd.DataFrame, periods: int) -> npt.NDArray[np.bool_]:
    """Mask of the rows of who leaves as ``period`` starts: nobody treats them, and they are gone.

    Examples
    --------
    >>> leave(pd.DataFrame({"provider": ["A", None, None], "period": [2, 2, 3]}), 2).tolist()
    [False, True, False]
    """
    return ((table["period"] <= periods) & table["provider"].isna()).to_numpy()


def compare(
    before: pd.DataFrame,
    after: pd.DataFrame,
    options: MeasureOptions,
    periods: int,
    period_weeks: int,
    providers: Sequence[str],
) -> pd.DataFrame:
    """Lay the measures of two outcomes side by side.

    Parameters
    ----------
    before, after
        Tables of :func:`mutualaid.outcomes.tables.entries`, or of :func:`with_leavers`.
    options
        Its options.
    periods, period_weeks
        The horizon.
    providers
        Everybody who gets a row where the rows are trusts, with patients of their own or not.

    Returns
    -------
    pandas.DataFrame
        The columns ``by``, then each measure as ``…_before`` and ``…_after``.
    """
    tables = (before, after)
    groups, labels = _groups(tables, options, providers)
    sides = [
        _measure(table, *group, len(labels), options, periods, period_weeks)
        for table, group in zip(tables, groups, strict=True)
    ]
    for side, (own, receiver) in zip(sides, groups, strict=True):
        there = np.zeros(len(labels), dtype=bool)
        there[own] = there[receiver] = True
        if options.by and not there.all():
            # numpy adds up no rows at all to whole numbers, which weeks and minutes are not.
            side.update({name: side[name].astype(np.float64) for name in SUMS})
    columns = {
        f"{name}_{suffix}": side[name].astype(np.int64) if name in COUNTS else side[name]
        for name in sides[0]
        for side, suffix in zip(sides, ("before", "after"), strict=True)
    }
    result = pd.DataFrame(columns, index=labels)
    return result.reset_index() if options.by else result


COUNTS = (
    "list_size",
    "within_18",
    *(f"over_{weeks}" for weeks in THRESHOLDS),
    "treated",
    "moves_out",
    "moves_in",
)

SUMS = ("person_weeks", "travel_minutes")

DENSE = 2**22
"""A table of all groups and weeks has at most so many cells; beyond it only those in use."""


def _measure(
    table: pd.DataFrame,
    own: Ints,
    receiver: Ints,
    size: int,
    options: MeasureOptions,
    periods: int,
    period_weeks: int,
) -> dict[str, np.ndarray]:
    reporter = receiver if options.lens == "provider" and options.reported_by == "receiver" else own
    patients = table["patients"].to_numpy()
    period = table["period"].to_numpy()
    weeks = table["weeks_waiting"].to_numpy()
    first = np.maximum(table["referred"].to_numpy(), 1)
    # Whoever is treated in a period has been handed over when it starts.
    leaves = leave(table, periods)
    # Whoever leaves does so as the period starts, and is gone from its list.
    listed = np.flatnonzero((first <= options.at) & (period >= options.at + leaves))
    lister = own if reporter is own else np.where(period == options.at, reporter, own)
    # Who has joined with a clock that starts later in the period has waited for no week yet.
    waited = np.maximum(weeks[listed] + (options.at - 1) * period_weeks, 0)
    on_list = _Cells.of(lister[listed], waited, patients[listed], size)
    done = np.flatnonzero((period <= periods) & (period < options.at) & ~leaves)
    at_start = np.maximum(weeks[done] + (period[done] - 1) * period_weeks, 0)
    treated = _Cells.of(reporter[done], at_start, patients[done], size)
    moved = done[table["moved"].to_numpy()[done]]
    until = np.maximum(weeks + (np.minimum(period, options.at) - 1) * period_weeks, 0)
    since = np.maximum(weeks + (np.minimum(first, options.at) - 1) * period_weeks, 0)
    spent = (until - since) * patients
    minutes = table["extra_minutes"].to_numpy()[done] * patients[done]

    def total(group: Ints, value: np.ndarray) -> np.ndarray:
        return np.bincount(group, weights=value, minlength=size)

    list_size = on_list.total()
    within = on_list.total(on_list.value < THRESHOLDS[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = within / list_size
    return {
        "list_size": list_size,
        "within_18": within,
        "share_within_18": share,
        **{f"over_{mark}": on_list.total(on_list.value >= mark) for mark in THRESHOLDS},
        **on_list.waits("wait"),
        "treated": treated.total(),
        **treated.waits("wait_treated", period_weeks / 2),
        "person_weeks": total(own, spent)
        + total(reporter[done], period_weeks / 2 * patients[done]),
        "harm_weeks": total(own, table["harm"].to_numpy()) / SCALE,
        "moves_out": total(own[moved], patients[moved]),
        "moves_in": total(receiver[moved], patients[moved]),
        "travel_minutes": total(own[done], minutes),
    }


def _groups(
    tables: Sequence[pd.DataFrame], options: MeasureOptions, providers: Sequence[str]
) -> tuple[list[tuple[Ints, Ints]], pd.Index]:
    """Each table's rows' groups by whose patient it is, and by who treats; and their labels."""
    if not options.by:
        zeros = [np.zeros(len(table), dtype=np.int64) for table in tables]
        return [(zero, zero) for zero in zeros], pd.RangeIndex(1)
    moved = [np.flatnonzero(table["moved"].to_numpy()) for table in tables]
    # Of each table all rows, then those of who moved as rows of who treats them.
    codes, labels = [], []
    every = np.zeros(0, dtype=np.int64)
    for name in options.by:
        theirs = "provider" if name == "origin" else name
        columns = [table[name] for table in tables] + [table[theirs] for table in tables]
        more = providers if options.by == ("origin",) else ()
        code, every, label = _numbered(columns, more)
        sent = [part[rows] for part, rows in zip(code[len(tables) :], moved, strict=True)]
        codes.append(np.concatenate([*code[: len(tables)], *sent]))
        labels.append(label)
    shape = tuple(max(len(label), 1) for label in labels)
    key = np.concatenate([np.ravel_multi_index(tuple(codes), shape), every])
    group, used = pd.factorize(key, sort=True)
    lengths = [len(table) for table in tables] + [len(rows) for rows in moved]
    parts = np.split(group, np.cumsum(lengths))
    found = []
    for own, away, rows in zip(parts, parts[len(tables) :], moved, strict=False):
        receiver = own.copy()
        receiver[rows] = away
        found.append((own, receiver))
    values = [label[at] for label, at in zip(labels, np.unravel_index(used, shape), strict=True)]
    if len(values) == 1:
        index: pd.Index = pd.Index(values[0], name=options.by[0])
        return found, index
    return found, pd.MultiIndex.from_arrays(values, names=list(options.by))


def _numbered(
    columns: Sequence[pd.Series], more: Sequence[str]
) -> tuple[list[Ints], Ints, np.ndarray]:
    """Number the values of columns, and more of them, alike; also all values, in order."""
    known = [
        np.asarray(column.cat.categories, dtype=object)
        if isinstance(column.dtype, pd.CategoricalDtype)
        else np.asarray(column)
        for column in columns
    ]
    extra = [np.array(list(more), dtype=object)] if more else []
    place, labels = pd.factorize(np.concatenate([*known, *extra]), sort=True)
    *parts, others = np.split(place, np.cumsum([len(some) for some in known]))
    codes = [
        np.append(part, -1)[column.cat.codes.to_numpy()]
        if isinstance(column.dtype, pd.CategoricalDtype)
        else part
        for part, column in zip(parts, columns, strict=True)
    ]
    return codes, others, labels


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Patients of each group and week, in that order; no cell is empty."""

    group: Ints
    value: Ints
    weight: np.ndarray
    size: int

    @classmethod
    def of(cls, group: Ints, value: Ints, weight: Ints, size: int) -> _Cells:
        """Add up rows of the same group and week."""
        least = int(value.min(initial=0))
        span = int(value.max(initial=0)) - least + 1
        key = group * span + (value - least)
        if size * span <= DENSE:
            count = np.bincount(key, weights=weight)
            used = np.flatnonzero(count)
            count = count[used]
        else:
            used, place = np.unique(key, return_inverse=True)
            count = np.bincount(place, weights=weight)
        return cls(used // span, used % span + least, count, size)

    def total(self, mask: npt.NDArray[np.bool_] | None = None) -> np.ndarray:
        """Patients of each group, or of those cells only that are marked."""
        weight = self.weight if mask is None else self.weight * mask
        return np.bincount(self.group, weights=weight, minlength=self.size)

    def waits(self, name: str, later: float = 0.0) -> dict[str, np.ndarray]:
        """Mean, median and 92nd percentile of a wait, in weeks, by group."""
        value = self.value + later
        count = self.total()
        with np.errstate(invalid="ignore", divide="ignore"):
            weeks = np.bincount(self.group, weights=self.weight * value, minlength=self.size)
            mean = weeks / count
        return {
            f"mean_{name}": mean,
            f"median_{name}": _at_share(self.group, value, self.weight, 0.5, self.size),
            f"p92_{name}": _at_share(self.group, value, self.weight, 0.92, self.size),
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
    return _at_share(group[used], value[used], weight[used], share, size)


def _at_share(
    group: np.ndarray, value: np.ndarray, weight: np.ndarray, share: float, size: int
) -> np.ndarray:
    """The quantile of what is in order of group and value already."""
    total = np.bincount(group, weights=weight, minlength=size)
    running = np.cumsum(weight)
    before = np.cumsum(total) - total
    result = np.full(size, np.nan)
    there = np.flatnonzero(total > 0)
    # The nudge keeps a share such as 0.55 of 100, in floating point a little more than 55, from
    # landing beyond its own 55th patient.
    wanted = before[there] + total[there] * share - 1e-9
    result[there] = value[np.searchsorted(running, wanted, side="left")]
    return result
