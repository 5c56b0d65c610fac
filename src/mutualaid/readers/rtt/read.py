"""NHS England's monthly RTT file: who waits, what is done, who joins and who leaves."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.column_checks import as_frame
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS, every_period
from mutualaid.data.system import System
from mutualaid.data.words.known_names import providers_named, services_named
from mutualaid.errors import Problems, tell
from mutualaid.readers.display_names import proper
from mutualaid.readers.rtt.aggregate import count_notes, extract, joined, waiting_list
from mutualaid.readers.rtt.list_months import flows
from mutualaid.readers.rtt.messages import gathered, missing_parts, part_notes
from mutualaid.readers.rtt.monthly_rates import rates
from mutualaid.readers.rtt.selection import (
    by_code,
    check_known,
    check_parts,
    in_codes,
    on_the_map,
    only,
)
from mutualaid.readers.rtt.sources import CALL, LONGEST_PERIOD_WEEKS, many, resolved, sources
from mutualaid.readers.rtt.validate import PARTS, checked

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from mutualaid.readers.rtt.aggregate import Extract
    from mutualaid.readers.rtt.sources import Source

logger = logging.getLogger(__name__)
REMOVALS_SHARE = 0.145
"""Patients who leave a list untreated, as a share of new RTT periods: see :func:`read_rtt`."""

OUTSIDE_ENGLAND = "NONC"
"""Commissioner of care that is commissioned outside England."""

WITHIN_WEEKS = 18
OVER_WEEKS = (18, 52, 65, 78, 104)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RTT:
    """What one or more RTT files say, as tables of :class:`mutualaid.data.system.System`.

    Made by :func:`mutualaid.read_rtt`. Completed pathways are what was done, not what could be
    done: as capacity they are a floor, and true spare capacity is not published.
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
    """``provider``, ``name``, ``icb_code``, ``icb_name``, as the latest file has them; missing
    where it does not."""
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
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What there are rows of, by month: ``incomplete`` (part 2), ``incomplete_dta`` (2A),
    ``completed_admitted`` (1A), ``completed_non_admitted`` (1B), ``new_periods`` (3)."""

    @property
    def month(self) -> str:
        """The latest month, whose last day is the census date."""
        return self.months[-1]

    def __repr__(self) -> str:
        waiting = int(self.waiting_list["patients"].sum())
        span = self.month if len(self.months) == 1 else f"{self.months[0]} to {self.month}"
        lacking = [part.removeprefix("part_").upper() for part in missing_parts(self.parts)]
        without = f" (no part {', '.join(lacking)})" if self.parts and lacking else ""
        return (
            f"RTT {span}: {waiting:,} pathways waiting at {self.waiting_list['origin'].nunique()} "
            f"providers, {self.capacity['slots'].sum():,.0f} completed and "
            f"{self.referrals['patients'].sum():,.0f} new in {self.period_weeks} weeks"
            f"{without}"
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
            Codes or names of the providers to take. By default those that ``travel`` names.
        services
            Codes or names of the services to take. By default all.
        unlisted
            What a pair without a row in ``travel`` means: an ``"error"`` or ``"unreachable"``.

        Returns
        -------
        mutualaid.data.system.System
            Rates are turned into whole numbers a period, with nothing lost to rounding.

        Raises
        ------
        InputError
            If the files have no incomplete or no completed pathways, a provider or a service is
            not in them, or the tables do not fit together.

        Warns
        -----
        InputWarning
            How many providers and patients are left out because ``travel`` does not name them,
            which providers of ``travel`` the files do not have, and what names were read as.
        """
        check_parts(self.parts, self.month)
        known = providers_named(self._known("provider"), self.names)
        offered = services_named(self._known("service"))
        ways = in_codes(as_frame("travel", travel), known)
        with Arguments("system") as check:
            asked = None if providers is None else many(providers, "providers", check)
            # Before rates are made periods.
            check.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
            check.choice("unlisted", unlisted, ("error", "unreachable"))
            wanted = offered.names if services is None else many(services, "services", check)
        sums = self.waiting_list.groupby("origin")["patients"].sum()
        lists = {str(code): int(count) for code, count in sums.items()}
        chosen = on_the_map(ways, known, lists, self.month) if asked is None else {*asked}
        with Arguments("system") as check:
            chosen = check_known("providers", chosen, known, self.month, check)
            taken = check_known("services", [*wanted], offered, self.month, check)
        for end in ("origin", "provider"):
            ways = ways[ways[end].isin(chosen)] if end in ways else ways
        return System(
            only(self.waiting_list, chosen, taken),
            every_period(only(self.capacity, chosen, taken), periods),
            ways,
            referrals=every_period(only(self.referrals, chosen, taken), periods),
            removals=every_period(only(self.removals, chosen, taken), periods),
            period_weeks=self.period_weeks,
            periods=periods,
            unlisted=unlisted,
        )

    @property
    def names(self) -> dict[str, str]:
        """What providers are called, by code, as far as the latest file says."""
        named = self.providers.dropna(subset=["name"]).astype(str)
        return dict(zip(named["provider"], named["name"].map(proper), strict=True))

    def _known(self, what: str) -> set[str]:
        """Providers or services of the latest month."""
        origin = "origin" if what == "provider" else what
        columns = (self.waiting_list[origin], self.capacity[what], self.referrals[origin])
        return {str(code) for column in columns for code in column.unique()}


@checks_arguments
def read_rtt(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | object,
    period_weeks: int = 4,
    exclude_commissioners: Collection[str] = (OUTSIDE_ENGLAND,),
    *,
    removals_share: float = REMOVALS_SHARE,
    successors: Mapping[str, str] | None = None,
) -> RTT:
    """Read NHS England's "Consultant-led RTT waiting times, Full CSV data file".

    Parameters
    ----------
    path
        One file or several, each a CSV, a zip or gz file with one CSV in it, or Parquet; or a
        table that holds such a file (a DataFrame or anything like it). The list is that of the
        latest month; rates are means over the days of the months in which the list of a provider
        and service existed.
    period_weeks
        Length of a period in weeks: what rates are scaled to.
    exclude_commissioners
        Commissioners whose patients are left out. By default ``"NONC"``, care commissioned
        outside England, as in NHS England's published totals.
    removals_share
        Patients who leave the list untreated, as a share of new RTT periods, for providers
        and lists without two consecutive months. See Notes for the default.
    successors
        By the code of a provider that is no more, the code of the one that has its lists now,
        such as ``{"RW6": "RM3"}``: its rows in every file are counted to that one. Providers that
        :func:`mutualaid.datasets.providers` has may be named by their name.

    Returns
    -------
    RTT
        Tables of a system, the counts behind them, and notes on both.

    Raises
    ------
    InputError
        If a file cannot be read or is not such an extract, a column is missing or there twice, a
        code is unknown, a count is negative or not whole, two files are of the same month, or
        successors lead in a circle or to a provider that is in none of the files. Every problem
        of every file is listed.

    Warns
    -----
    InputWarning
        If successors name a provider that is in none of the files.

    Notes
    -----
    The week bands are NHS England's: band `w` holds 7 `w` < days <= 7 (`w` + 1), and band 0 also
    day 0. Pathways with an unknown clock start are in no band; completed ones count as capacity.
    The rows ``C_999`` are totals: they are checked and left out.

    Headings are read in any spelling (``rtt_part_type``, ``RTT.Part.Type``), cells may be
    separated by commas, semicolons, tabs or bars, and ``Period`` may hold a date (``2026-01-31``,
    ``Jan-26``). A file without commissioners is read; those excluded are then in it, and
    ``notes`` say so. A zip or gz file is unpacked up to 400 million bytes, four months' worth, and
    a Parquet file may have 2.5 million rows: what is larger is refused.

    A list that began within the months has the rates of the months since; one that has ended has
    none; a month in which the list of a going concern is missing counts for nothing, and neither
    does a month whose file lacks a part for a rate that is made of it. ``notes`` name the largest
    of them, likely mergers (a provider vanishes and another grows by about its lists between two
    months), and services that were recoded (``X01`` became ``X02`` to ``X06`` in April 2021).

    Capacity is completed pathways: what was done, which is a floor for what could be done.

    Removals are the balance of two consecutive months, for each provider and service: list
    before + new RTT periods - completed pathways - list after. Where it is negative it is set to
    0 and ``notes`` say by how much: in December 2025 and January 2026 all removals together then
    come to 18.1 % of new periods, not 14.5 %, because patients who are transferred, and lists
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
    begun, problems = perf_counter(), Problems()
    with Arguments(CALL) as check:
        check.whole("period_weeks", period_weeks, 1, LONGEST_PERIOD_WEEKS)
        check.share("removals_share", removals_share)
        out = many(exclude_commissioners, "exclude_commissioners", check)
        heirs, said = by_code(resolved(successors, check))
    read = [(file.name, _read(file, out, heirs, problems)) for file in sources(path)]
    problems = gathered(problems)
    extracts = [(name, item) for name, item in read if item is not None]
    _check_months(extracts, problems)
    if len(extracts) == len(read):
        _check_successors(heirs, [item for _, item in extracts], problems)
    problems.raise_if_any()
    rtt = _assemble([item for _, item in extracts], period_weeks, removals_share, heirs, out, said)
    told = ", ".join(rtt.months), len(rtt.providers), len(rtt.counts), perf_counter() - begun
    logger.info("months %s: %d providers, %d rows of counts, read in %.2f s", *told)
    return rtt


def _read(
    file: Source, exclude: Collection[str], heirs: Mapping[str, str], problems: Problems
) -> Extract | None:
    found = len(problems.rows)
    rows = file.rows(problems)
    if rows is None:
        return None
    sheet = checked(file.name, rows, problems)
    if len(problems.rows) > found:
        return None
    item = extract(file.name, sheet, exclude, heirs, problems)
    return item if len(problems.rows) == found else None


def _check_months(read: Sequence[tuple[str, Extract]], problems: Problems) -> None:
    """Each month is read once."""
    seen: dict[str, str] = {}
    for name, item in read:
        for month in item.top_bands:
            if month in seen:
                what = f"is {month}, as {seen[month]} is"
                problems.add(name, "Period", what, "pass one file a month")
            seen.setdefault(month, name)


def _check_successors(
    heirs: Mapping[str, str], read: Sequence[Extract], problems: Problems
) -> None:
    """Rows are counted to a provider that is there."""
    known = frozenset[str]().union(*(item.codes for item in read))
    lost = {new for old, new in heirs.items() if old in known and new not in known}
    if lost:
        none = ", ".join(map(providers_named(known).unknown, sorted(lost)))
        what = f"lead to providers that are in none of the files: {none}"
        problems.add(CALL, "successors", what, "correct the codes, or leave them out")
    elif unknown := {*heirs} - known:
        tell(_no_heirs(unknown, known))


def _no_heirs(unknown: Collection[str], known: Collection[str]) -> str:
    return (
        f"successors name providers that are in none of the files, so that nothing is counted to "
        f"others for them: {', '.join(map(providers_named(known).unknown, sorted(unknown)))}"
    )


def _assemble(
    read: Sequence[Extract],
    period_weeks: int,
    removals_share: float,
    heirs: Mapping[str, str],
    exclude: Collection[str],
    said: Collection[str],
) -> RTT:
    read = sorted(read, key=lambda item: max(item.top_bands))
    top_bands = {month: top for item in read for month, top in item.top_bands.items()}
    parts = {month: has for item in read for month, has in item.parts.items()}
    counts = joined([item.counts for item in read])
    rate = rates(flows(counts, [item.lists for item in read], parts), period_weeks, removals_share)
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
            *part_notes(parts),
            *count_notes(counts, months[-1], top_bands),
            *(note for item in read for note in item.notes),
            *said,
            *_code_notes(read, heirs, exclude),
            *rate.notes,
        ),
        top_bands=top_bands,
        parts=parts,
    )


def _code_notes(
    read: Sequence[Extract], heirs: Mapping[str, str], exclude: Collection[str]
) -> list[str]:
    """What became of the codes that the call names."""
    notes = []
    known = frozenset[str]().union(*(item.codes for item in read))
    followed = [f"{old} to {new}" for old, new in sorted(heirs.items()) if old in known]
    if followed:
        notes.append(f"Rows are counted to successors in every month: {', '.join(followed)}.")
    if unknown := {*heirs} - known:
        notes.append(_no_heirs(unknown, known)[:1].upper() + _no_heirs(unknown, known)[1:] + ".")
    told = [item.commissioners for item in read if item.commissioners is not None]
    absent = {*exclude} - frozenset[str]().union(*told) - {OUTSIDE_ENGLAND}
    if told and absent:
        named = ", ".join(sorted(absent))
        notes.append(f"No row is of the commissioners {named}, which were to be left out.")
    return notes
