"""How far what was published lay from what was forecast, and so where it will lie next time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import shown
from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.calibration.past_forecasts import ENGLAND, unchanged, weeks_between
from mutualaid.data.column_checks import Floats
from mutualaid.errors import InputError, Problems

WITHIN = 0.9
"""The share of published counts that is to lie in a range."""
PROVIDER_GROWTH, ENGLAND_GROWTH = 0.75, 0.5
"""Errors grow with the weeks ahead to these powers: 0.5 if each week errs by itself, 1 if a rate is
wrong for good, as some of a provider's are. Chosen by backtest."""
SIZES = (0, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)
"""Patients forecast at which the groups of providers begin whose errors are pooled."""
FEWEST_ORIGINS = 4
"""Of forecasts from fewer months not enough can be told."""
FEWEST_ERRORS = 60
"""A group of fewer errors is joined with the next smaller one."""
STUDENT = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.90, 1.86, 1.83, 1.81)
"""Student's 95 % quantile, of which two make a range of 90 %, by degrees of freedom from 1."""
NORMAL = 1.645
NEEDED = ("origin_month", "month", "provider", "over", "forecast", "published")


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Logarithmic errors a week ahead within which nine of ten lie, by size.

    ``sizes`` are logarithms of 1 + patients forecast, rising; the last is that of England, whose
    errors grow in another way.
    """

    sizes: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, patients: Floats, weeks: Floats, *, of: str | None) -> tuple[Floats, Floats]:
        """The errors of providers, England or a group (None) of so many patients."""
        size = np.log1p(patients)
        if of == ENGLAND:
            size = np.full_like(size, self.sizes[-1])
        elif of is not None and len(self.sizes) > 1:
            size = np.minimum(size, self.sizes[-2])
        powers = [*[PROVIDER_GROWTH] * (len(self.sizes) - 1), ENGLAND_GROWTH]
        grown = weeks ** np.interp(size, self.sizes, powers)
        low, high = (np.interp(size, self.sizes, side) * grown for side in (self.low, self.high))
        return low, high


@dataclass(frozen=True, kw_only=True)
class ErrorRanges:
    """Ranges in which nine of ten published counts are to lie, told from errors of the past.

    Made by :func:`error_ranges`.

    Attributes
    ----------
    curves : dict of int to Curve
        By ``over``, weeks waited; 0 is the list.
    origins : int
        Months from which was forecast.
    """

    curves: Mapping[int, Curve]
    origins: int

    def bounds(
        self,
        provider: str | None,
        over: int,
        weeks_ahead: npt.ArrayLike,
        forecast: npt.ArrayLike,
    ) -> tuple[Floats, Floats]:
        """Say within which whole numbers a published count will lie, nine times in ten.

        Parameters
        ----------
        provider
            A provider's code: errors are those of providers of like size. ``"England"`` for all
            of them together. None for a group: a range as wide as a provider's of its size or,
            where it is larger than providers are, between that and England's.
        over
            Weeks waited; 0 for the whole list.
        weeks_ahead
            Weeks from the census to the count.
        forecast
            Patients; of a shape that goes with ``weeks_ahead``.

        Returns
        -------
        float64 array, float64 array
            Least and most.

        Raises
        ------
        InputError
            If no errors of ``over`` are known, or weeks or patients are below 0.

        Examples
        --------
        >>> flat = Curve(sizes=(5.0, 10.0), low=(-0.02, -0.01), high=(0.02, 0.01))
        >>> ranges = ErrorRanges(curves={18: flat}, origins=9)
        >>> low, high = ranges.bounds("RAA", 18, [0, 13, 26], 1000)
        >>> low.tolist(), high.tolist()
        ([1000.0, 871.0, 794.0], [1000.0, 1147.0, 1260.0])
        """
        if over not in self.curves:
            known = ", ".join(map(str, self.curves))
            raise InputError(f"bounds: over is {shown(over)}: choose from {known}")
        weeks, middle = np.broadcast_arrays(
            np.asarray(weeks_ahead, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
        )
        if not ((weeks >= 0).all() and (middle >= 0).all()):
            raise InputError(
                "bounds: weeks_ahead or forecast is below 0 or missing: write 0 or more"
            )
        errors = self.curves[over].at(middle, weeks, of=provider)
        low, high = ((1 + middle) * np.exp(error) - 1 for error in errors)
        # What is published is whole. The tolerance is for a range of no width.
        return np.floor(np.maximum(low, 0.0) + 1e-6), np.ceil(high - 1e-6)


def error_ranges(table: pd.DataFrame, counts: MonthlyCounts | None = None) -> ErrorRanges:
    """Tell ranges from the errors of forecasts whose month has come.

    Errors are logarithms of (1 + published) / (1 + forecast). They grow with a power of the weeks
    ahead (:data:`PROVIDER_GROWTH`, :data:`ENGLAND_GROWTH`): so errors of all horizons say something
    of each.

    - *England*: their mean square, times Student's quantile of as many degrees of freedom as there
      are months from which was forecast: of few months less is known. A forecast that is always
      too high has a wide range, not a shifted one.
    - *Providers*: errors of providers for which about as many patients were forecast, both sides by
      themselves, with the correction for a finite sample (the value of rank 0.95 (n + 1) of n). All
      err together, too, and how much is known from few months: what Student's quantile adds to
      England's range is added, squared.
    - *A group*: that of a provider of its size; above the largest providers, between theirs and
      England's.

    Parameters
    ----------
    table
        ``origin_month``, ``month``, ``provider``, ``over``, ``forecast`` and ``published``, as
        :func:`mutualaid.backtest` gives them.
    counts
        Months of counts. If ``table`` has forecasts from fewer than four months
        (:data:`FEWEST_ORIGINS`), changes of these counts between any two months are taken to be
        errors, too: as if had been forecast that nothing changes. Such ranges are wider.

    Raises
    ------
    InputError
        If a column is missing or there is nothing to tell a range from.
    """
    problems = Problems()
    problems.need("backtest", table, NEEDED)
    problems.raise_if_any()
    origins = table["origin_month"].nunique()
    if origins < FEWEST_ORIGINS and counts is not None:
        more = unchanged(counts)
        table = pd.concat([table[list(NEEDED)], more], ignore_index=True)
    if not (table["provider"] == ENGLAND).any():
        raise InputError(
            f"no range can be told from a backtest without a row of {ENGLAND}: read more months"
        )
    ahead = table[["origin_month", "month"]].drop_duplicates()
    weeks = {key: weeks_between(*key) for key in ahead.itertuples(index=False, name=None)}
    pairs = zip(table["origin_month"], table["month"], strict=True)
    until = np.array([weeks[pair] for pair in pairs])
    size = np.log1p(table["forecast"].to_numpy(dtype=np.float64))
    error = np.log1p(table["published"].to_numpy(dtype=np.float64)) - size
    england = (table["provider"] == ENGLAND).to_numpy()
    over = table["over"].to_numpy()
    month = table["origin_month"].to_numpy()
    curves = {}
    for threshold in np.unique(over).tolist():
        own = over == threshold
        all_of_it, some = own & england, own & ~england & (size > 0)
        known = len(np.unique(month[all_of_it]))
        student = STUDENT[known - 1] if known <= len(STUDENT) else NORMAL + 1.6 / known
        common = _root(error[all_of_it] / until[all_of_it] ** PROVIDER_GROWTH)
        unsure = common * float(np.sqrt(student**2 - NORMAL**2))
        sizes, low, high = _groups(size[some], error[some] / until[some] ** PROVIDER_GROWTH, unsure)
        width = student * _root(error[all_of_it] / until[all_of_it] ** ENGLAND_GROWTH)
        largest = max([float(size[all_of_it].max()), *(last + 1e-9 for last in sizes[-1:])])
        curves[int(threshold)] = Curve(
            sizes=(*sizes, largest), low=(*low, -width), high=(*high, width)
        )
    return ErrorRanges(curves=curves, origins=origins)


def _root(errors: Floats) -> float:
    return float(np.sqrt((errors**2).mean()))


def _groups(
    size: Floats, error: Floats, unsure: float
) -> tuple[list[float], list[float], list[float]]:
    """Mean size, and errors between which nine of ten lie, of each group of providers."""
    sizes, low, high = [], [], []
    group = np.searchsorted(np.log1p(np.array(SIZES)), size, side="right") - 1
    for part in _joined(group):
        errors = np.sort(error[part])
        rank = min(int(np.ceil((len(errors) + 1) * (1 + WITHIN) / 2)), len(errors))
        sizes.append(float(size[part].mean()))
        low.append(-float(np.hypot(min(errors[-rank], 0.0), unsure)))
        high.append(float(np.hypot(max(errors[rank - 1], 0.0), unsure)))
    return sizes, low, high


def _joined(group: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Rows of each group, small groups joined with those before them, in order of size."""
    parts: list[npt.NDArray[np.int64]] = []
    for number in range(len(SIZES)):
        rows = np.flatnonzero(group == number)
        if parts and (len(rows) < FEWEST_ERRORS or len(parts[-1]) < FEWEST_ERRORS):
            parts[-1] = np.concatenate([parts[-1], rows])
        elif len(rows):
            parts.append(rows)
    return parts
