"""NHS England's monthly RTT file: who waits, what is done, who joins and who leaves."""

from __future__ import annotations

import difflib
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.checks import as_frame
from mutualaid.errors import InputError, InputWarning, Problems
from mutualaid.rates import every_period
from mutualaid.readers._rtt_arrow import read_plain
from mutualaid.readers._rtt_counts import count_notes, extract, joined, waiting_list
from mutualaid.readers._rtt_rates import flows, rates
from mutualaid.readers._rtt_rows import read_any
from mutualaid.readers._rtt_sheet import PARTS, checked
from mutualaid.system import System

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from mutualaid.readers._rtt_counts import Extract

REMOVALS_SHARE = 0.145
"""Patients who leave a list untreated, as a share of new RTT periods.

Measured on the files of November 2025 to January 2026, without commissioner NONC, over the
providers with a list at both ends of a month: the balances of December and January, those below 0
included, are 486,326 pathways, and 3,359,934 periods began: 14.5 % (14.0 % in December, 14.9 % in
January).
"""

OUTSIDE_ENGLAND = "NONC"
"""Commissioner of care that is commissioned outside England."""

WITHIN_WEEKS = 18
OVER_WEEKS = (18, 52, 65, 78, 104)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RTT:
    """What one or more RTT files say, as tables of :class:`mutualaid.system.System`.

    Made by :func:`read_rtt`. Completed pathways are what was done, not what could be done: as
    capacity they are a floor, and true spare capacity is not published.
    """

    waiting_list: pd.DataFrame
    """``origin``, ``service``, ``weeks_waiting``, ``patients``: incomplete pathways at the end of
    the latest month. The top band is open: 104 means 104 weeks or more."""
    capacity: pd.DataFrame
    """``provider``, ``service``, ``slots``: completed pathways, admitted or not, a period."""
    referrals: pd.DataFrame
    """``origin``, ``service``, ``patients``: new RTT periods (clock starts) a period."""
    removals: pd.DataFrame
    """``origin``, ``service``, ``patients``: who leaves the list untreated, a period."""
    removals_basis: str
    """Where ``removals`` come from, in a sentence."""
    counts: pd.DataFrame
    """``month``, ``part``, ``provider``, ``service``, ``weeks_waiting``, ``pathways``: everything
    that was kept. ``weeks_waiting`` is missing for new RTT periods and unknown clock starts."""
    providers: pd.DataFrame
    """``provider``, ``name``, ``icb_code``, ``icb_name``, as the latest file has them."""
    excluded: pd.DataFrame
    """``month``, ``part``, ``pathways``: what was left out with the excluded commissioners."""
    months: tuple[str, ...]
    """Months of the files, such as ``"2026-01"``, in calendar order."""
    period_weeks: int
    """Length of a period in weeks."""
    notes: tuple[str, ...]
    """Everything that a reader of the tables must know."""
    top_bands: Mapping[str, int] = field(default_factory=dict)
    """The open week band of each month: 104, or 52 in files before April 2021."""

    @property
    def month(self) -> str:
        """The latest month, whose last day is the census date."""
        return self.months[-1]

    def __repr__(self) -> str:
        waiting = int(self.waiting_list["patients"].sum())
        span = self.month if len(self.months) == 1 else f"{self.months[0]} to {self.month}"
        return (
            f"RTT {span}: {waiting:,} pathways waiting at {self.waiting_list['origin'].nunique()} "
            f"providers, {self.capacity['slots'].sum():,.0f} completed and "
            f"{self.referrals['patients'].sum():,.0f} new in {self.period_weeks} weeks"
        )

    def totals(self, unknown_clock: bool = True) -> pd.DataFrame:
        """Count the pathways of each month, as NHS England's summary does.

        Parameters
        ----------
        unknown_clock
            Whether completed pathways count where the clock start is not known.

        Returns
        -------
        pandas.DataFrame
            A row a month: ``incomplete``; of these ``within_18`` (weeks 0 to 17), ``over_18``,
            ``over_52``, ``over_65``, ``over_78`` and ``over_104`` (that week and up; missing
            where the file's top band is below); ``providers`` with somebody waiting;
            ``cohorts`` (provider, service and week with somebody waiting);
            ``completed_admitted``, ``completed_non_admitted``, ``new_periods`` and
            ``incomplete_dta`` (those of ``incomplete`` with a decision to admit).
        """
        counts = self.counts
        unknown = counts["weeks_waiting"].isna().to_numpy()
        weeks = counts["weeks_waiting"].to_numpy(dtype=np.int16, na_value=-1)
        waiting = (counts["part"] == PARTS["part_2"]).to_numpy()
        columns = {
            "incomplete": self._sum(waiting),
            "within_18": self._sum(waiting & ~unknown & (weeks < WITHIN_WEEKS)),
        }
        tops = np.array([self.top_bands.get(month, 0) for month in self.months])
        for over in OVER_WEEKS:
            columns[f"over_{over}"] = self._sum(waiting & (weeks >= over)).mask(tops < over)
        lists = counts.loc[waiting, ["month", "provider"]].drop_duplicates()
        columns["providers"] = lists["month"].value_counts().astype("Int64")
        cohorts = counts.loc[waiting & ~unknown, "month"]
        columns["cohorts"] = cohorts.value_counts().astype("Int64")
        for name in ("part_1a", "part_1b", "part_3", "part_2a"):
            rows = (counts["part"] == PARTS[name]).to_numpy()
            stops = name in ("part_1a", "part_1b")
            columns[PARTS[name]] = self._sum(
                rows & ~unknown if stops and not unknown_clock else rows
            )
        return pd.DataFrame(columns, index=pd.Index(self.months, name="month"))

    def _sum(self, rows: npt.NDArray[np.bool_]) -> pd.Series[int]:
        codes = self.counts["month"].cat.codes.to_numpy()[rows]
        pathways = self.counts["pathways"].to_numpy()[rows]
        sums = np.bincount(codes, weights=pathways, minlength=len(self.months))
        return pd.Series(sums.astype(np.int64), index=list(self.months), dtype="Int64")

    def system(
        self,
        travel: object,
        periods: int = 13,
        providers: Iterable[str] | None = None,
        services: Iterable[str] | None = None,
        *,
        unlisted: str = "error",
    ) -> System:
        """Make a system of the providers that could help each other.

        Parameters
        ----------
        travel
            ``origin``, ``provider``, ``minutes`` one way: a DataFrame or anything like it.
        periods
            How many periods of ``period_weeks`` weeks.
        providers
            Codes of the providers to take. By default those that ``travel`` names.
        services
            Codes of the services to take. By default all.
        unlisted
            What a pair without a row in ``travel`` means: an ``"error"`` or ``"unreachable"``.

        Returns
        -------
        mutualaid.system.System
            Rates are turned into whole numbers a period, with nothing lost to rounding.

        Raises
        ------
        InputError
            If a provider or a service is not in the files, or the tables do not fit together.

        Warns
        -----
        InputWarning
            How many providers and patients are left out because ``travel`` does not name them,
            and which providers of ``travel`` the files do not have.
        """
        ways = as_frame("travel", travel)
        chosen = self._on_the_map(ways) if providers is None else set(_many(providers))
        wanted = self._known("service") if services is None else set(_many(services))
        problems = Problems()
        _check_known("providers", chosen, self._known("provider"), self.month, problems)
        _check_known("services", wanted, self._known("service"), self.month, problems)
        problems.raise_if_any()
        for end in ("origin", "provider"):
            ways = ways[ways[end].isin(chosen)] if end in ways else ways
        return System(
            _only(self.waiting_list, chosen, wanted),
            every_period(_only(self.capacity, chosen, wanted), periods),
            ways,
            referrals=every_period(_only(self.referrals, chosen, wanted), periods),
            removals=every_period(_only(self.removals, chosen, wanted), periods),
            period_weeks=self.period_weeks,
            periods=periods,
            unlisted=unlisted,
        )

    def _known(self, what: str) -> set[str]:
        """Providers or services of the latest month."""
        origin = "origin" if what == "provider" else what
        columns = (self.waiting_list[origin], self.capacity[what], self.referrals[origin])
        return {str(code) for column in columns for code in column.unique()}

    def _on_the_map(self, ways: pd.DataFrame) -> set[str]:
        """Providers that both the files and the table of ways name; say who is left out."""
        named = {
            str(code)
            for column in ("provider", "origin")
            if column in ways
            for code in ways[column].dropna().unique()
        }
        known = self._known("provider")
        if not named & known:
            raise InputError(
                f"travel names no provider that made a return for {self.month}: "
                "name providers by their code, such as 'RJ1', in the columns origin and provider"
            )
        lists = self.waiting_list.groupby("origin")["patients"].sum()
        out = sorted(known - named)
        if out:
            patients = int(lists.reindex(out).sum())
            warnings.warn(
                f"{len(out)} of {len(known)} providers are left out with {patients:,} of "
                f"{int(lists.sum()):,} patients waiting: travel does not name {_firsts(out)}",
                InputWarning,
                stacklevel=3,
            )
        strange = sorted(named - known)
        if strange:
            warnings.warn(
                f"{len(strange)} providers of travel made no return for {self.month} and are left "
                f"out: {_firsts(strange)}",
                InputWarning,
                stacklevel=3,
            )
        return named & known


def read_rtt(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    period_weeks: int = 4,
    exclude_commissioners: Collection[str] = (OUTSIDE_ENGLAND,),
    *,
    removals_share: float = REMOVALS_SHARE,
) -> RTT:
    """Read NHS England's "Consultant-led RTT waiting times, Full CSV data file".

    Parameters
    ----------
    path
        One file or several, each a CSV or a zip with one CSV in it. The list is that of the
        latest month; rates are means over the days of all months in which a provider made a
        return.
    period_weeks
        Length of a period in weeks: what rates are scaled to.
    exclude_commissioners
        Commissioners whose patients are left out. By default ``"NONC"``, care commissioned
        outside England, as in NHS England's published totals.
    removals_share
        Patients who leave the list untreated, as a share of new RTT periods, for providers
        without two consecutive months. See Notes for the default.

    Returns
    -------
    RTT
        Tables of a system, the counts behind them, and notes on both.

    Raises
    ------
    InputError
        If a file cannot be read or is not such an extract, a column is missing, a code is
        unknown, a count is negative or not whole, or two files are of the same month. Every
        problem of every file is listed.

    Notes
    -----
    The week bands are NHS England's: band `w` holds 7 `w` < days <= 7 (`w` + 1), and band 0 also
    day 0. Pathways with an unknown clock start are in no band; completed ones count as capacity.
    The rows ``C_999`` are totals: they are checked and left out.

    Capacity is completed pathways: what was done, which is a floor for what could be done.

    Removals are the balance of two consecutive months, for each provider and service: list
    before + new RTT periods - completed pathways - list after. Where it is negative it is set to
    0 and ``notes`` say by how much: in December 2025 and January 2026 all removals together then
    come to 18.2 % of new periods, not 14.5 %, because patients who are transferred, and lists
    that are corrected, show as a fall at one provider and a rise at another.

    The default of ``removals_share`` is the balance of England as a whole, measured on the files
    of November 2025 to January 2026 without ``"NONC"`` and over providers with a list at both
    ends of a month: 486,326 removals, those below 0 included, to 3,359,934 new periods, or 14.5 %
    (14.0 % in December 2025, 14.9 % in January 2026).

    Examples
    --------
    >>> rtt = read_rtt("20260131-RTT-January-2026-full-extract.zip")  # doctest: +SKIP
    >>> rtt.totals().loc["2026-01", "incomplete"]  # doctest: +SKIP
    7155958
    """
    _check_arguments(period_weeks, removals_share)
    problems = Problems()
    out = tuple(_many(exclude_commissioners))
    read = [(file.name, _read_file(file, out, problems)) for file in _paths(path)]
    _check_months([(name, item) for name, item in read if item is not None], problems)
    problems.raise_if_any()
    return _assemble([item for _, item in read if item is not None], period_weeks, removals_share)


def _check_arguments(period_weeks: object, removals_share: object) -> None:
    problems = Problems()
    whole = isinstance(period_weeks, int | np.integer) and not isinstance(period_weeks, bool)
    if not whole or int(str(period_weeks)) < 1:
        problems.add("read_rtt", "period_weeks", f"is {period_weeks!r}", "a whole number from 1 up")
    if not isinstance(removals_share, int | float) or not 0 <= removals_share <= 1:
        problems.add("read_rtt", "removals_share", f"is {removals_share!r}", "a share, 0 to 1")
    problems.raise_if_any()


def _many(values: str | Iterable[str]) -> list[str]:
    """Take one code as a list of one: a text is not a list of letters."""
    return [values] if isinstance(values, str) else list(values)


def _paths(path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not paths:
        raise InputError("no RTT file was given: pass one path or several")
    return [Path(one) for one in paths]


def _read_file(path: Path, exclude: Collection[str], problems: Problems) -> Extract | None:
    found = len(problems.rows)
    rows = read_plain(path) or read_any(path, problems)
    if rows is None:
        return None
    sheet = checked(path.name, rows, problems)
    return extract(path.name, sheet, exclude, problems) if len(problems.rows) == found else None


def _check_months(read: Sequence[tuple[str, Extract]], problems: Problems) -> None:
    """Each month is read once."""
    seen: dict[str, str] = {}
    for name, item in read:
        for month in item.top_bands:
            if month in seen:
                problems.add(
                    name, "Period", f"is {month}, as {seen[month]} is", "pass one file a month"
                )
            seen.setdefault(month, name)


def _assemble(read: Sequence[Extract], period_weeks: int, removals_share: float) -> RTT:
    read = sorted(read, key=lambda item: max(item.top_bands))
    top_bands = {month: top for item in read for month, top in item.top_bands.items()}
    counts = joined([item.counts for item in read])
    rate = rates(flows(counts), period_weeks, removals_share)
    months = tuple(sorted(top_bands))
    providers = pd.concat([item.providers for item in reversed(read)])
    providers = providers[~providers.index.duplicated()].sort_index().reset_index()
    excluded = pd.concat([item.excluded for item in read], ignore_index=True)
    return RTT(
        waiting_list=waiting_list(counts, months[-1]),
        capacity=rate.capacity,
        referrals=rate.referrals,
        removals=rate.removals,
        removals_basis=rate.removals_basis,
        counts=counts,
        providers=providers,
        excluded=excluded,
        months=months,
        period_weeks=int(period_weeks),
        notes=(
            *count_notes(counts, months[-1], top_bands),
            *(note for item in read for note in item.notes),
            *rate.notes,
        ),
        top_bands=top_bands,
    )


def _check_known(
    what: str, chosen: Collection[str], known: set[str], month: str, problems: Problems
) -> None:
    unknown = sorted(set(chosen) - known)
    if not chosen:
        problems.add("system", what, "none are chosen", f"name some, or leave {what} out")
    if not unknown:
        return
    nearest = []
    for code in unknown[:5]:
        close = difflib.get_close_matches(code, sorted(known), n=1, cutoff=0.5)
        nearest.append(f"{code!r} (nearest: {close[0]!r})" if close else repr(code))
    problems.add(
        "system",
        what,
        f"made no return for {month}: {', '.join(nearest)}"
        if what == "providers"
        else f"are not in the return for {month}: {', '.join(nearest)}",
        "correct the codes, or leave them out",
    )


def _only(
    table: pd.DataFrame, providers: Collection[str], services: Collection[str]
) -> pd.DataFrame:
    who = table["origin" if "origin" in table else "provider"]
    return table[who.isin(providers) & table["service"].isin(services)]


def _firsts(codes: Sequence[str]) -> str:
    return ", ".join(codes[:5]) + (", …" if len(codes) > 5 else "")
