"""Which periods are of winter, and what is left of their slots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments, shown
from mutualaid.data.system import System
from mutualaid.studies.changes import Capacity
from mutualaid.studies.scenarios import Scenario
from mutualaid.studies.winters.season_fit import ONE_DAY, Seasons, working_days
from mutualaid.studies.winters.winter_numbers import DECIMALS, WINTER

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Winters:
    """Winters that may come. Made by :func:`winter_scenarios` and :func:`sampled_winters`.

    Attributes
    ----------
    scenarios : list of Scenario
        For :func:`mutualaid.studies.run_scenarios`, :func:`mutualaid.studies.stress`,
        :func:`mutualaid.studies.two_stage`.
    probabilities : list of float
        Of the scenarios; their sum is 1.
    periods : tuple of int
        The periods of which half or more lies in December to February.
    basis : str
        Where the numbers come from.
    """

    scenarios: list[Scenario]
    probabilities: list[float]
    periods: tuple[int, ...]
    basis: str

    def __repr__(self) -> str:
        lines = [
            f"{probability:6.1%}  {scenario!r}"
            for probability, scenario in zip(self.probabilities, self.scenarios, strict=True)
        ]
        return "\n".join([f"Winters in periods {', '.join(map(str, self.periods))}", *lines])


@checks_arguments
def winter_periods(system: System, census: str) -> tuple[int, ...]:
    """Periods of which half or more of the days lie in December to February.

    Parameters
    ----------
    system
        The system, for the number and the length of its periods.
    census
        The month of the census, on whose last day it is taken, such as ``"2026-01"``
        (:attr:`mutualaid.readers.RTT.month`), or the very day, such as ``"2026-01-25"``. Period 1
        starts on the day after.

    Returns
    -------
    tuple of int

    Raises
    ------
    InputError
        If the census is no month or day.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1)
    >>> winter_periods(system, "2026-01")
    (1, 12, 13)
    """
    with Arguments("winter_periods") as check:
        return Calendar.of(system, census, check).winter


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods by their days."""

    first: np.datetime64
    """The day on which period 1 starts."""
    length: int
    """Days of a period."""
    winter: tuple[int, ...]
    """Periods of which half or more lies in winter."""
    usable: tuple[int, ...]
    """Those of them that have slots."""

    @classmethod
    def of(cls, system: System, census: object, check: Arguments) -> Calendar:
        """Lay out a system's periods; of a census that cannot be read, some."""
        first = _first_day(census, check)
        length = 7 * system.period_weeks
        winter = tuple(
            period
            for period in range(1, system.periods + 1)
            if np.isin(_months(_days(first, length, period)), WINTER).mean() >= 0.5
        )
        with_slots = set(system.capacity["period"].tolist())
        return cls(first, length, winter, tuple(t for t in winter if t in with_slots))

    def check_usable(self, check: Arguments) -> None:
        """A winter without a period to come in is a mistake."""
        if not self.usable and not check.rows:
            what = f"no period from {self.first} on has slots and lies in December to February"
            check.wrong("census", what, "correct it, or plan for more periods")

    def busiest(self, month: int) -> int:
        """The usable period with the most days of a month of the year, the first of several."""
        days = {t: int((_months(self._days(t)) == month).sum()) for t in self.usable}
        return max(self.usable, key=lambda t: (days[t], -t))

    def factors(
        self, index: Mapping[int, float], working_share: float, periods: tuple[int, ...]
    ) -> dict[int, float]:
        """What is left of the slots of winter periods.

        Parameters
        ----------
        index
            What is done a working day, by month of the year; 1 where nothing is given.
        working_share
            Working days for each day that the system's slots stand for.
        periods
            Which periods.
        """
        factors = {}
        for period in periods:
            days = self._days(period)
            months = _months(working_days(str(days[0]), str(days[-1])))
            done = sum(index.get(m, 1.0) if m in WINTER else 1.0 for m in months.tolist())
            factors[period] = min(1.0, round(done / (working_share * self.length), DECIMALS))
        return factors

    def _days(self, period: int) -> Days:
        return _days(self.first, self.length, period)


def changes(factors: Mapping[int, float], provider: str | None = None) -> list[Capacity]:
    """One change for each factor, not for each period: every change checks the system anew."""
    return [
        Capacity(
            factor=factor,
            provider=provider,
            periods=tuple(period for period, f in factors.items() if f == factor),
        )
        for factor in dict.fromkeys(factors.values())
        if factor < 1
    ]


def check_seasons(seasons: object, check: Arguments) -> None:
    """Seasons must have a winter in them, and trusts to take it from."""
    check.kind("seasons", seasons, Seasons, "pass what mutualaid.studies.seasons gives")
    if isinstance(seasons, Seasons) and not set(WINTER) & set(seasons.by_trust):
        what = f"has no spread of a winter month, only {', '.join(seasons.table['month'])}"
        check.wrong("seasons", what, "read files of December to February, or see at_least")


def basis_of(seasons: Seasons) -> str:
    """Where dips that are measured come from."""
    return (
        f"Dips: completed pathways a working day in {', '.join(seasons.table['month'])} against "
        f"the mean of {', '.join(seasons.reference)}, and their spread between "
        f"{int(seasons.spread['providers'].iloc[0])} trusts."
    )


def _first_day(census: object, check: Arguments) -> np.datetime64:
    if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", str(census)):
        try:
            return np.datetime64(pd.Period(str(census)).end_time.date()) + ONE_DAY
        except ValueError:  # a month or a day that no calendar has
            pass
    remedy = "write the month of the census, such as '2026-01', or its day, as '2026-01-31'"
    check.wrong("census", f"is {shown(census)}", remedy)
    return np.datetime64("2000-01-01")


def _days(first: np.datetime64, length: int, period: int) -> Days:
    start = first + (period - 1) * length * ONE_DAY
    return np.arange(start, start + length * ONE_DAY)


def _months(days: Days) -> npt.NDArray[np.int64]:
    """Months of the year, 12 for December."""
    of_year: npt.NDArray[np.int64] = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return of_year
