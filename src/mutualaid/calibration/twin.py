"""The twin: what months of published counts say of every list, ready to be forecast and planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.calibration.backtesting import MONTHS_BEFORE, backtest_counts
from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.forecast_of_lists import as_today, forecast_rows, range_table
from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.calibration.own_list import SlotTables
from mutualaid.calibration.past_forecasts import thresholds
from mutualaid.calibration.path import Path, path, start
from mutualaid.calibration.quality import quality
from mutualaid.calibration.ranges import ErrorRanges, error_ranges
from mutualaid.calibration.steering import is_all
from mutualaid.calibration.streams import admitted_share
from mutualaid.calibration.twin_system import tables
from mutualaid.calibration.wait_classes import cut_points
from mutualaid.data.as_today import AsToday
from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS
from mutualaid.data.system import System
from mutualaid.data.taking.from_file import frame_of
from mutualaid.data.words.known_names import (
    KnownNames,
    providers_named,
    services_named,
    with_name,
)
from mutualaid.errors import InputError, tell
from mutualaid.readers.rtt.messages import some
from mutualaid.readers.rtt.read import RTT
from mutualaid.readers.rtt.selection import in_codes, meant, on_the_map

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORD_MONTHS = 12
"""Forecasts from so many of the last months make the record of a twin."""
NOTES = (
    "As today: each stream treats by age as it did in the last six months, on working days and "
    "in seasons as they are; who joins and who leaves unreported goes on as observed.",
    "What is published does not tell the streams of a list apart: they follow from how soon who "
    "has waited so long was treated in each.",
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Twin:
    """What months of published counts say of every list; made by :func:`mutualaid.calibrate`.

    Attributes
    ----------
    rtt : mutualaid.readers.rtt.read.RTT
        The files that it was made from.
    counts : MonthlyCounts
        Their counts side by side.
    rates : Rates
        Rates a week by list and week of wait: treated in each stream, leaving, joining.
    """

    rtt: RTT
    counts: MonthlyCounts
    rates: Rates
    _paths: dict[int, Path] = field(default_factory=dict)

    @property
    def month(self) -> str:
        """The month whose last day is the census."""
        return self.counts.months[-1]

    @property
    def months(self) -> tuple[str, ...]:
        """The months that were read, in calendar order."""
        return self.counts.months

    @property
    def period_weeks(self) -> int:
        """Length of a period in weeks."""
        return self.rtt.period_weeks

    def __repr__(self) -> str:
        waiting = self.counts.waiting[-1].sum(dtype=np.float64)
        providers = int(self.counts.returned[-1].sum())
        seasons = "seasons" if self.rates.season else "no seasons (fewer than 12 months)"
        return (
            f"Twin of {self.month}: {waiting:,.0f} waiting at {providers} providers; rates of "
            f"{len(self.months)} months, in two streams, by age; {seasons}"
        )

    @cached_property
    def quality(self) -> pd.DataFrame:
        """What was assumed, smoothed, clipped or missing, and for whom.

        Columns ``kind``, ``what``, ``providers``, ``lists``, ``patients``, ``whom``, ``done``.
        """
        return quality(self.counts, self.rates, self.rtt.notes)

    def path(self, periods: int) -> Path:
        """As today, in arrays over ``counts``' lists; kept for the next who asks."""
        if periods not in self._paths:
            self._paths.clear()
            self._paths[periods] = path(self.counts, self.rates, periods, self.period_weeks)
        return self._paths[periods]

    @cached_property
    def admitted_share(self) -> Floats:
        """Share of who has waited so long that belongs to the admitted stream: (lists, weeks)."""
        return admitted_share(self.counts, self.rates).share

    @cached_property
    def record(self) -> pd.DataFrame | None:
        """How such a twin of earlier months has forecast, by provider; None of too few months.

        The columns of :func:`mutualaid.backtest`, from months of the last year.
        """
        counts = self.counts
        year = counts.ordinals > counts.ordinals[-1] - RECORD_MONTHS
        first = max(int(np.flatnonzero(year)[0]), MONTHS_BEFORE)
        if first > len(counts.months) - 2:
            return None
        return backtest_counts(counts, first=counts.months[first])

    @cached_property
    def error_ranges(self) -> ErrorRanges | None:
        """Within what the published counts lie, from :attr:`record`; None without one."""
        return None if self.record is None else error_ranges(self.record, self.counts)

    @checks_arguments
    def forecast(
        self,
        periods: int = 13,
        providers: Iterable[str] | None = None,
        services: Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """Forecast who waits if everybody goes on as today.

        Parameters
        ----------
        periods
            How many periods of :attr:`period_weeks` weeks.
        providers, services
            Codes or names of those to take; all by default.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``service``, ``stream``, ``period`` (0: the census; else at its end),
            ``weeks_waiting`` (RTT week band then) and ``patients`` (expected: not whole). Rows
            with fewer than 0.05 patients are left out. Ranges: :meth:`ranges`.

        Raises
        ------
        InputError
            If a provider or a service is not in the files.

        Examples
        --------
        >>> twin = ma.calibrate(files)  # doctest: +SKIP
        >>> twin.forecast(periods=6, providers=["RM3"])  # doctest: +SKIP
        """
        argument.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
        lists = np.flatnonzero(self.chosen(providers, services))
        waiting = self.path(periods).waiting[:, lists]
        return forecast_rows(self.counts, lists, waiting, self.admitted_share[lists])

    @checks_arguments
    def ranges(
        self,
        periods: int = 13,
        over: Sequence[int] = (0, 18, 26, 40, 52, 65),
        providers: Iterable[str] | None = None,
        services: Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """Say within what the counts of a forecast will lie, nine times in ten.

        Parameters
        ----------
        periods
            How many periods.
        over
            Weeks: who has waited so long or longer is counted; 0 counts the whole list.
        providers, services
            Codes or names of those to take; all by default.

        Returns
        -------
        pandas.DataFrame
            ``provider`` (``"all"``: all of them together), ``over``, ``period``, ``forecast``,
            ``low`` and ``high``. Ranges are those of the errors of earlier forecasts
            (:attr:`record`).

        Raises
        ------
        InputError
            If there are too few months to have forecast any of them, a provider or a service is
            not in the files, or ``over`` is none of 0, 18, 26, 40, 52 and 65.

        Examples
        --------
        >>> twin.ranges(periods=6, over=[52])  # doctest: +SKIP
        """
        argument.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
        ranges = self.error_ranges
        if ranges is None:
            raise InputError(
                f"ranges need {MONTHS_BEFORE + 2} months or more, of which the last have come "
                f"after a forecast; the files hold {len(self.months)}: read more months"
            )
        known = [weeks for weeks in thresholds(self.counts) if weeks in ranges.curves]
        if odd := [weeks for weeks in over if weeks not in known]:
            raise InputError(f"over holds {odd[0]}: choose from {', '.join(map(str, known))}")
        chosen = self.chosen(providers, services)
        lists = np.flatnonzero(chosen)
        return range_table(
            self.counts,
            self.path(periods).waiting[:, lists],
            lists,
            self.period_weeks,
            ranges,
            over,
            whole=bool(chosen.all()),
        )

    @checks_arguments
    def system(
        self,
        travel: object,
        periods: int = 13,
        providers: Iterable[str] | None = None,
        services: Iterable[str] | None = None,
        *,
        classes: int | Sequence[float] = 6,
        streams: bool = True,
        steerable: object = None,
        unlisted: str = "error",
    ) -> System:
        """Make a system of the providers that could help each other, with its forecast as today.

        Parameters
        ----------
        travel
            ``origin``, ``provider``, ``minutes`` one way: a DataFrame or anything like it.
        periods
            How many periods of :attr:`period_weeks` weeks.
        providers
            Codes or names of the providers to take. By default those that ``travel`` names.
        services
            Codes or names of the services to take. By default all.
        classes
            How many wait classes each service and stream is told apart by, or the quantiles of
            the wait at completion between which they lie. Class k of one trust may use slots of
            class k of another, and of no other class.
        streams
            Whether slots of pathways that end with an admission, and without one, are told apart.
        steerable
            The share of slots that a plan may use; the others are booked and treat who waits as
            today. A share, or a table of ``share`` with any of ``provider``, ``service``,
            ``stream`` and ``wait_class``. By default half of the admitted stream's and a fifth of
            the other's beyond the quickest 30 % of completions, and none of those.
        unlisted
            What a pair without a row in ``travel`` means: an ``"error"`` or ``"unreachable"``.

        Returns
        -------
        mutualaid.System
            In whole numbers. Its ``as_today`` is the forecast that stands behind it. With one
            class, no streams and everything steerable its tables are those of
            :meth:`mutualaid.readers.RTT.system`.

        Raises
        ------
        InputError
            If a provider or a service is not in the files, classes or shares are no such thing,
            or the tables do not fit together.

        Warns
        -----
        InputWarning
            Which providers are left out because ``travel`` does not name them, and whose lists
            are those of an earlier return.

        Examples
        --------
        >>> twin.system(ma.travel_times(), providers=["RM3", "R0A"])  # doctest: +SKIP
        """
        argument.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
        argument.choice("unlisted", unlisted, ("error", "unreachable"))
        ways = in_codes(frame_of("travel", travel), self._known_providers)
        waiting, late = start(self.counts)
        size = self.counts.by_provider(waiting.sum(axis=1))
        listed = {
            code: round(float(count))
            for code, count in zip(self.counts.providers, size, strict=True)
            if count > 0
        }
        if providers is None:
            known = providers_named([*listed], self.rtt.names)
            providers = on_the_map(ways, known, listed, self.month)
        codes, wanted = self._meant(providers, services)
        codes = codes or set()
        lists = np.flatnonzero(self.chosen(codes, wanted) & (waiting.sum(axis=1) > 0))
        lists = lists if len(lists) else np.flatnonzero(self.chosen(codes, wanted))
        earlier = [
            code for code, is_late in zip(self.counts.providers, late, strict=True) if is_late
        ]
        if of := sorted(codes.intersection(earlier)):
            tell(
                f"no return for {self.month} from {some(map(with_name, of))}: who waits there is "
                "taken to be who waited at the last return"
            )
        plain = not streams and cut_points(classes) == (0.0, 1.0) and is_all(steerable)
        if plain and not of:
            made = self.rtt.system(ways, periods, codes, wanted, unlisted=unlisted)
            return made.replace(as_today=self.baseline(lists, periods))
        found = tables(
            self.counts,
            self.rates,
            self.path(periods),
            period_weeks=self.period_weeks,
            providers=codes,
            services=wanted,
            classes=classes,
            streams=streams,
            steerable=steerable,
        )
        for end in ("origin", "provider"):
            ways = ways[ways[end].isin(codes)] if end in ways else ways
        return System(
            found.waiting_list,
            found.capacity,
            ways,
            referrals=found.referrals,
            removals=found.removals,
            booked=found.booked,
            period_weeks=self.period_weeks,
            periods=periods,
            unlisted=unlisted,
            as_today=self.baseline(lists, periods),
        )

    @checks_arguments
    def slots(
        self,
        periods: int = 13,
        providers: Iterable[str] | None = None,
        services: Iterable[str] | None = None,
        *,
        streams: bool = True,
        steerable: object = None,
    ) -> SlotTables:
        """Give slots, joiners and leavers as today, to put beside a trust's own list of patients.

        Without wait classes: of one patient of a list no class is known.

        Parameters
        ----------
        periods, providers, services, streams
            As for :meth:`system`; by default all providers. A list needs the same streams: see
            :meth:`mutualaid.PatientList.with_streams`.
        steerable
            As for :meth:`system`, which tells ``booked``; 1 where the list itself says who has a
            date.

        Raises
        ------
        InputError
            If a provider or a service is not in the files, or shares are no such thing.

        Examples
        --------
        >>> own = twin.slots(6, ["RM3"])  # doctest: +SKIP
        >>> ma.System(people.with_streams(), own.capacity, travel, own.referrals,
        ...           own.removals, booked=own.booked, periods=6)  # doctest: +SKIP
        """
        argument.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
        who, what = self._meant(providers, services)
        found = tables(
            self.counts,
            self.rates,
            self.path(periods),
            period_weeks=self.period_weeks,
            providers=who,
            services=what,
            classes=1,
            streams=streams,
            steerable=steerable,
        )
        return SlotTables(
            capacity=found.capacity,
            referrals=found.referrals,
            removals=found.removals,
            booked=found.booked,
            quality=found.quality,
        )

    def baseline(self, lists: Ints, periods: int) -> AsToday:
        """The forecast as today that stands behind a system of some lists."""
        return as_today(
            self.counts,
            self.path(periods),
            self.admitted_share,
            lists,
            self.period_weeks,
            ranges=self.error_ranges,
            history=self.record,
            notes=NOTES,
        )

    def chosen(
        self, providers: Iterable[str] | None = None, services: Iterable[str] | None = None
    ) -> Mask:
        """Mask of the lists of some providers and services; of all where None.

        Raises
        ------
        InputError
            If a provider or a service is not in the files.
        """
        counts = self.counts
        result = np.ones(len(counts.provider), dtype=bool)
        for known, of, wanted in zip(
            (counts.providers, counts.services),
            (counts.provider, counts.service),
            self._meant(providers, services),
            strict=True,
        ):
            if wanted is not None:
                result &= np.isin(np.array(known, dtype=object), list(wanted))[of]
        return result

    def _meant(
        self, providers: Iterable[str] | None, services: Iterable[str] | None
    ) -> tuple[set[str] | None, set[str] | None]:
        known = self._known_providers, services_named(self.counts.services)
        return meant(providers, services, *known, self.month)

    @property
    def _known_providers(self) -> KnownNames:
        return providers_named(self.counts.providers, self.rtt.names)
