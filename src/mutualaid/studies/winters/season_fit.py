"""Seasons: how many pathways are completed a working day, month by month, and how trusts differ.

Completed pathways are what was done, not what could be done. A month in which little was done may
have had free slots, and a strike in it counts as season. So an index is a dip in what was done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import Arguments, argument, checks_arguments, shown
from mutualaid.errors import InputError, tell
from mutualaid.readers import RTT

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]

ONE_DAY = np.timedelta64(1, "D")
COMPLETED = ("completed_admitted", "completed_non_admitted")
AT_LEAST = 1000
"""Completed pathways a month below which a provider is no part of the spread.

Assumption: at 1,000 chance alone moves a month by about 3 %; on the published files of November
2025 to January 2026, 157 providers have as many in each month.
"""
FEW = 10
"""Assumption: below so many providers the outer tenths of a spread are one provider's chance."""
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)

MOVED = {"2012-05-28": "2012-06-04", "2020-05-04": "2020-05-08", "2022-05-30": "2022-06-02"}
"""Bank holidays that were moved by proclamation. Source: gov.uk/bank-holidays."""
EXTRA = ("2011-04-29", "2012-06-05", "2022-06-03", "2022-09-19", "2023-05-08")
"""Bank holidays of one year only: a wedding, two jubilees, a funeral and a coronation. Source:
gov.uk/bank-holidays. One that is proclaimed from now on has to be added here."""


def bank_holidays(years: Iterable[int]) -> Days:
    """Bank holidays of England in some years, in order.

    Those of the Banking and Financial Dealings Act 1971 and of custom, with the days in lieu of
    weekends, and those moved or added by proclamation from 2011 on.

    Parameters
    ----------
    years
        Calendar years.

    Returns
    -------
    numpy.ndarray
        Days.

    Examples
    --------
    >>> [str(day) for day in bank_holidays([2026])[-3:]]
    ['2026-08-31', '2026-12-25', '2026-12-28']
    """
    found: set[str] = set()
    for year in years:
        easter = np.datetime64((pd.Timestamp(year, 1, 1) + pd.offsets.Easter()).date())
        christmas = np.busday_offset(f"{year}-12-25", 0, roll="forward")
        days = (
            np.busday_offset(f"{year}-01-01", 0, roll="forward"),
            easter - 2 * ONE_DAY,
            easter + ONE_DAY,
            np.busday_offset(f"{year}-05-01", 0, roll="forward", weekmask="Mon"),
            # The last Monday of a month is the one before the first of the next month.
            np.busday_offset(f"{year}-06-01", -1, roll="forward", weekmask="Mon"),
            np.busday_offset(f"{year}-09-01", -1, roll="forward", weekmask="Mon"),
            christmas,
            np.busday_offset(christmas, 1),
        )
        found |= {MOVED.get(str(day), str(day)) for day in days}
        found |= {day for day in EXTRA if day.startswith(f"{year}-")}
    return np.array(sorted(found), dtype="datetime64[D]")


def working_days(first: str, last: str) -> Days:
    """Days from Monday to Friday that are no bank holiday of England.

    Parameters
    ----------
    first, last
        The first and the last day, such as ``"2025-12-01"``; both count.

    Returns
    -------
    numpy.ndarray
        Days, in order.

    Examples
    --------
    >>> len(working_days("2025-12-01", "2025-12-31"))
    21
    """
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + ONE_DAY)
    years = range(int(str(first)[:4]), int(str(last)[:4]) + 1)
    found: Days = days[np.is_busday(days, holidays=bank_holidays(years))]
    return found


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Seasons:
    """What was done a working day, month by month. Made by :func:`seasons`.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a month: ``month``, ``working_days``, ``completed`` (pathways, admitted or not),
        ``per_working_day`` and ``index`` (that over the mean of the months of ``reference``), of
        all providers together that completed any in every month.
    providers, services : pandas.DataFrame
        The same for each ``provider`` and each ``service`` of those providers that has completed
        pathways in every month.
    spread : pandas.DataFrame
        A row a month: ``month``, ``providers`` (how many have ``at_least`` completed pathways in
        every month), and of their indices ``mean``, ``standard_deviation`` and the quantiles
        ``q05``, ``q10``, ``q25``, ``q50``, ``q75``, ``q90``, ``q95``. Chance is in it as well.
    by_trust : mapping of int to numpy.ndarray
        The indices behind ``spread``, in order of size, by month of the year (12 is December);
        the same month of several years is put together.
    latest : mapping of int to float
        The index of all providers together by month of the year, of the latest year that has it.
    reference : tuple of str
        The months whose mean has the index 1.
    working_share : float
        Working days for each calendar day in the months of ``reference``.
    notes : tuple of str
        What a reader of the tables must know.
    """

    table: pd.DataFrame
    providers: pd.DataFrame
    services: pd.DataFrame
    spread: pd.DataFrame
    by_trust: Mapping[int, Floats]
    latest: Mapping[int, float]
    reference: tuple[str, ...]
    working_share: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        rows = zip(self.table["month"], self.table["index"], strict=True)
        told = ", ".join(f"{month} {index:.3f}" for month, index in rows)
        return (
            f"Seasons of {self.providers['provider'].nunique()} providers, completed pathways a "
            f"working day against {_months(self.reference)}: {told}"
        )


@checks_arguments
def seasons(
    rtt: RTT,
    *,
    providers: Collection[str] | None = None,
    services: Collection[str] | None = None,
    reference: Collection[str] | None = None,
    at_least: int = AT_LEAST,
) -> Seasons:
    r"""Measure how what is done changes with the months, and how trusts differ in it.

    Parameters
    ----------
    rtt
        Files of two months or more, read by :func:`mutualaid.read_rtt`.
    providers, services
        Codes of those to count. By default all.
    reference
        Months, such as ``"2025-11"``, whose mean has the index 1. By default all, as the mean of
        all is what ``rtt.capacity`` is; name the months of a system made of fewer.
    at_least
        Completed pathways that a provider needs in every month to be part of the spread.

    Returns
    -------
    Seasons

    Raises
    ------
    InputError
        If there are fewer than two months, a code or month is not in the files, or no provider
        has completed pathways in every month. (:func:`mutualaid.read_rtt` refuses two files of
        one month.)

    Warns
    -----
    InputWarning
        If fewer than ten providers are part of the spread.

    Notes
    -----
    The index of a month :math:`m` with :math:`c_m` completed pathways and :math:`d_m` working
    days in England is

    .. math:: \frac{c_m / d_m}{\sum_{r} c_r / \sum_{r} d_r}, \quad r \in reference.

    Only providers with completed pathways in every month are counted: a return that is missing
    is no season. A file of one winter says how trusts fared in it, and nothing about how one
    winter differs from the next. If the months are those of a winter, so is their mean.

    Examples
    --------
    >>> import mutualaid as ma
    >>> files = ["november.zip", "december.zip", "january.zip"]
    >>> found = ma.studies.seasons(ma.read_rtt(files))  # doctest: +SKIP
    >>> found.table["index"].round(3).tolist()  # doctest: +SKIP
    [1.049, 0.931, 1.022]
    """
    _check(rtt, providers, services, reference, at_least)
    months = list(rtt.months)
    usual = months if reference is None else [month for month in months if month in set(reference)]
    counts = rtt.counts[rtt.counts["part"].isin(COMPLETED)]
    for column, chosen in (("provider", providers), ("service", services)):
        if chosen is not None:
            counts = counts[counts[column].isin(set(chosen))]
    ever = _wide(counts, "provider", months)
    kept = ever[(ever > 0).all(axis=1)]
    if kept.empty:
        raise InputError(
            f"seasons: no provider has completed pathways in every month of {_months(months)}"
        )
    counts = counts[counts["provider"].isin(kept.index)]
    services_done = _wide(counts, "service", months)
    of_days = {m: len(working_days(f"{m}-01", str(_last(m)))) for m in months}
    days = pd.Series(of_days, dtype="int64")
    table = _rates(kept.sum().to_frame("all").T, days, usual).drop(columns="all")
    trusts = _rates(kept, days, usual)
    enough = trusts[trusts["provider"].isin(kept.index[(kept >= at_least).all(axis=1)])]
    return Seasons(
        table=table,
        providers=trusts,
        services=_rates(services_done[(services_done > 0).all(axis=1)], days, usual),
        spread=_spread(enough, months),
        by_trust={
            of_year: np.sort(rows["index"].to_numpy(dtype=np.float64))
            for of_year, rows in enough.groupby(enough["month"].str[5:].astype(int))
        },
        latest={int(m[5:]): float(i) for m, i in zip(table["month"], table["index"], strict=True)},
        reference=tuple(usual),
        working_share=float(days[usual].sum() / sum(_last(month).day for month in usual)),
        notes=_notes(ever, kept, enough["provider"].nunique(), usual, at_least),
    )


def _check(
    rtt: RTT, providers: object, services: object, reference: object, at_least: object
) -> None:
    argument.kind("seasons: rtt", rtt, RTT, "pass what read_rtt gives")
    with Arguments("seasons") as check:
        if len(rtt.months) < 2:
            only = f"are of one month, {rtt.month}"
            check.wrong("files", only, "read two months or more: one has no season")
        for name, chosen, there in (
            ("providers", providers, {str(code) for code in rtt.counts["provider"].unique()}),
            ("services", services, {str(code) for code in rtt.counts["service"].unique()}),
            ("reference", reference, set(rtt.months)),
        ):
            if isinstance(chosen, str) or not isinstance(chosen, Collection | None) or chosen == []:
                check.wrong(name, f"is {shown(chosen)}", "write a list, or leave it out")
                continue
            absent = sorted(str(one) for one in chosen or () if str(one) not in there)
            if absent:
                check.wrong(name, f"{', '.join(absent[:5])}: not in the files", "correct it")
        check.whole("at_least", at_least, 1)


def _last(month: str) -> Any:
    """The last day of a month."""
    return pd.Period(month, "M").end_time.date()


def _wide(counts: pd.DataFrame, key: str, months: list[str]) -> pd.DataFrame:
    """Completed pathways, a row a provider or service and a column a month, codes in order."""
    sums = counts.groupby([key, "month"], observed=True)["pathways"].sum().reset_index()
    plain = sums.astype({key: object, "month": object})
    wide = plain.pivot_table("pathways", key, "month", aggfunc="sum", fill_value=0)
    return wide.reindex(columns=months, fill_value=0).sort_index()


def _rates(wide: pd.DataFrame, days: pd.Series[int], reference: list[str]) -> pd.DataFrame:
    """What is done a working day and its index, a row a month and provider or service."""
    usual = wide[reference].sum(axis=1).to_numpy() / int(days[reference].sum())
    done = wide.to_numpy()
    rate = done / days.to_numpy()
    columns: dict[str, object] = {
        str(wide.index.name or "all"): np.repeat(wide.index.to_numpy(dtype=object), len(days)),
        "month": np.tile(np.array(days.index, dtype=object), len(wide)),
        "working_days": np.tile(days.to_numpy(), len(wide)),
        "completed": done.ravel(),
        "per_working_day": rate.ravel(),
        "index": (rate / usual[:, None]).ravel(),
    }
    return pd.DataFrame(columns)


def _spread(trusts: pd.DataFrame, months: list[str]) -> pd.DataFrame:
    rows = []
    for month in months:
        index = trusts.loc[trusts["month"] == month, "index"]
        rows.append(
            {
                "month": month,
                "providers": len(index),
                "mean": index.mean(),
                "standard_deviation": index.std(),
                **{f"q{round(100 * q):02}": index.quantile(q) for q in QUANTILES},
            }
        )
    return pd.DataFrame(rows)


def _notes(
    ever: pd.DataFrame, kept: pd.DataFrame, spread: int, usual: list[str], at_least: int
) -> tuple[str, ...]:
    notes = [
        "Completed pathways are what was done, not what could be done: an index is a dip in what "
        "was done, strikes and missing staff included.",
        f"The index 1 is the mean of {_months(usual)}.",
    ]
    out = len(ever) - len(kept)
    if out:
        lost = int(ever.to_numpy().sum() - kept.to_numpy().sum())
        notes.append(
            f"{out} providers with {lost:,} completed pathways are left out: they have none in "
            "some month."
        )
    told = (
        f"The spread is that of {spread} providers with {at_least:,} completed pathways or more in "
        "every month."
    )
    if spread < FEW:
        tell(f"{told} It says little: read more providers, or lower at_least")
    return (*notes, told)


def _months(months: Collection[str]) -> str:
    return ", ".join(months)
