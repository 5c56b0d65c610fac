"""Months of counts side by side, as arrays: what calibration reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.calibration.workdays import DAYS_A_WEEK, workdays_of
from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.errors import InputError
from mutualaid.readers.rtt.validate import PARTS

if TYPE_CHECKING:
    from mutualaid.readers.rtt.read import RTT

Counts: TypeAlias = npt.NDArray[np.float32]

ADMITTED, NON_ADMITTED = "admitted", "non_admitted"
STREAMS = (ADMITTED, NON_ADMITTED)
NEEDED = ("part_1a", "part_1b", "part_2", "part_3")


class Merger(NamedTuple):
    """A provider that has merged: positions of both, and of the first month after it."""

    month: int
    before: int
    after: int


@dataclass(frozen=True, eq=False, kw_only=True)
class MonthlyCounts:
    """Counts of some months by list (a provider and a service) and week.

    Attributes
    ----------
    months : tuple of str
        In calendar order; there may be gaps.
    providers, services : tuple of str
        Codes.
    provider, service : int64 arrays, shape (lists,)
        Positions in ``providers`` and ``services``: sorted by provider, then service.
    waiting, admitted, non_admitted, decided : float32 arrays, shape (months, lists, weeks)
        Who waits at the end of each month, whose pathways were completed in it with and without
        an admission, and who of those waiting had a decision to admit; by weeks waited, the last
        one open. Completed pathways of an unknown clock start are shared out as the others are.
    new : float64 array, shape (months, lists)
        Clocks that started.
    given : bool array, shape (months, lists)
        Whether the month says anything of the list.
    whole : bool array, shape (months,)
        Whether the month has every part that rates are made of.
    unknown : float
        Completed pathways of an unknown clock start, as a share of all.
    merged : tuple of Merger
        Providers whose lists are counted to others, in calendar order.
    """

    months: tuple[str, ...]
    providers: tuple[str, ...]
    services: tuple[str, ...]
    provider: Ints
    service: Ints
    waiting: Counts
    admitted: Counts
    non_admitted: Counts
    decided: Counts
    new: Floats
    given: Mask
    whole: Mask
    unknown: float
    merged: tuple[Merger, ...] = ()

    @property
    def weeks(self) -> int:
        """How many weeks are told apart; the last one is open."""
        return int(self.waiting.shape[2])

    @cached_property
    def ordinals(self) -> Ints:
        """A number for each month; consecutive months have consecutive numbers."""
        return np.array([pd.Period(month, "M").ordinal for month in self.months], dtype=np.int64)

    @cached_property
    def length(self) -> Floats:
        """Weeks of each month."""
        days = [pd.Period(month, "M").days_in_month for month in self.months]
        return np.array(days, dtype=np.float64) / DAYS_A_WEEK

    @cached_property
    def workdays(self) -> Floats:
        """Working days of each month."""
        return np.array([workdays_of(month) for month in self.months], dtype=np.float64)

    @cached_property
    def returned(self) -> Mask:
        """By month and provider: whether anybody is said to wait there."""
        size = self.waiting.sum(axis=2)
        result: Mask = np.stack([self.by_provider(row) for row in size]) > 0
        return result

    def by_provider(self, values: npt.NDArray[np.floating]) -> Floats:
        """Sums over the lists of each provider; shape (providers, …)."""
        return _sums(values, self.provider, len(self.providers))

    def by_service(self, values: npt.NDArray[np.floating]) -> Floats:
        """Sums over the lists of each service; shape (services, …)."""
        return _sums(values, self.service, len(self.services))

    def pairs(self, within: int | None = None) -> list[int]:
        """Months whose predecessor is there too, both whole; of the last ``within`` months."""
        last = self.ordinals[-1]
        return [
            i
            for i in range(1, len(self.months))
            if self.ordinals[i] == self.ordinals[i - 1] + 1
            and self.whole[i]
            and self.whole[i - 1]
            and (within is None or self.ordinals[i] > last - within)
        ]

    def until(self, month: int) -> MonthlyCounts:
        """The same without all months after one of them: nothing that came later is left."""
        kept = slice(0, month + 1)
        names = ("waiting", "admitted", "non_admitted", "decided", "new", "given", "whole")
        return replace(
            self, months=self.months[kept], **{name: getattr(self, name)[kept] for name in names}
        )


def monthly_counts(rtt: RTT) -> MonthlyCounts:
    """Lay the counts of RTT files out as arrays.

    Raises
    ------
    InputError
        If no two consecutive months have completed pathways, admitted and not, the list, and new
        periods.
    """
    counts = rtt.counts
    month, provider, service = (counts[key].cat for key in ("month", "provider", "service"))
    services = len(service.categories)
    place = provider.codes.to_numpy(dtype=np.int32) * services + service.codes.to_numpy()
    there = np.bincount(place, minlength=len(provider.categories) * services) > 0
    lists = np.flatnonzero(there)
    weeks = min(rtt.top_bands.values(), default=0) + 1
    week = counts["weeks_waiting"].to_numpy(dtype=np.int32, na_value=-1)
    # What has no known week goes to a column of its own, past the open band.
    week = np.where(week < 0, weeks, np.minimum(week, weeks - 1))
    shape = (len(rtt.months), len(lists), weeks + 1)
    number = (np.cumsum(there) - 1).astype(np.int32)[place]
    cell = (month.codes.to_numpy(dtype=np.int64) * shape[1] + number) * shape[2] + week
    pathways, part = counts["pathways"].to_numpy(), counts["part"].cat
    cubes = {}
    for name in PARTS:
        rows = np.flatnonzero(part.codes.to_numpy() == part.categories.get_loc(PARTS[name]))
        sums = np.bincount(cell[rows], weights=pathways[rows], minlength=int(np.prod(shape)))
        cubes[name] = sums.astype(np.float32).reshape(shape)
    stops = cubes["part_1a"], cubes["part_1b"]
    unknown = sum(float(cube[..., -1].sum()) for cube in stops)
    done = sum(float(cube.sum()) for cube in stops)
    needed = frozenset(PARTS[name] for name in NEEDED)
    result = MonthlyCounts(
        months=rtt.months,
        providers=tuple(map(str, provider.categories)),
        services=tuple(map(str, service.categories)),
        provider=lists // services,
        service=lists % services,
        waiting=_known(cubes["part_2"]),
        admitted=_known(cubes["part_1a"]),
        non_admitted=_known(cubes["part_1b"]),
        decided=_known(cubes["part_2a"]),
        new=cubes["part_3"].sum(axis=2, dtype=np.float64),
        given=np.logical_or.reduce([cubes[name].sum(axis=2) > 0 for name in PARTS]),
        whole=np.array([needed <= rtt.parts.get(month, frozenset()) for month in rtt.months]),
        unknown=unknown / done if done else 0.0,
    )
    if not result.pairs():
        raise InputError(
            f"calibration needs two consecutive months with the parts 1A, 1B, 2 and 3; the files "
            f"hold {', '.join(rtt.months)}: read more months"
        )
    return result


def _known(cube: Counts) -> Counts:
    """Share what has no known week out as the rest of its list and month."""
    known = cube[..., :-1]
    total = known.sum(axis=2)
    factor = np.where(total > 0, 1 + cube[..., -1] / np.maximum(total, 1), 1.0)
    result: Counts = (known * factor[..., None]).astype(np.float32)
    return result


def _sums(values: npt.NDArray[np.floating], group: Ints, groups: int) -> Floats:
    result = np.zeros((groups, *values.shape[1:]))
    np.add.at(result, group, values)
    return result
