"""From monthly counts to rates a period: what is done, what joins, and what leaves untreated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.readers._rtt_sheet import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from mutualaid.readers._rtt_rows import Numbers

SHOWN = 5
DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Flows:
    """Counts by month, provider and service, side by side; month by month in calendar order."""

    months: tuple[str, ...]
    providers: npt.NDArray[np.object_]
    services: npt.NDArray[np.object_]
    waiting: Numbers
    completed: Numbers
    new: Numbers

    @property
    def days(self) -> Numbers:
        """Days of each calendar month."""
        return np.array([pd.Period(month, "M").days_in_month for month in self.months], dtype=float)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """By month and provider: whether the provider has made a return."""
        present: npt.NDArray[np.bool_] = (self.waiting + self.completed + self.new).sum(axis=2) > 0
        return present


@dataclass(frozen=True)
class Rates:
    """Rates a period, and what a reader must know about them."""

    capacity: pd.DataFrame
    referrals: pd.DataFrame
    removals: pd.DataFrame
    removals_basis: str
    notes: tuple[str, ...]


def flows(counts: pd.DataFrame) -> Flows:
    """Lay the counts out by month, provider and service."""
    keys = ("part", "month", "provider", "service")
    sizes = [len(counts[key].cat.categories) for key in keys]
    codes = [counts[key].cat.codes.to_numpy(dtype=np.intp) for key in keys]
    cube = np.bincount(
        np.ravel_multi_index(codes, sizes),
        weights=counts["pathways"].to_numpy(),
        minlength=int(np.prod(sizes)),
    ).reshape(sizes)
    labels = {key: counts[key].cat.categories.to_numpy(dtype=object) for key in keys}
    of_part = dict(zip(labels["part"], cube, strict=True))
    return Flows(
        months=tuple(map(str, labels["month"])),
        providers=labels["provider"],
        services=labels["service"],
        waiting=of_part[PARTS["part_2"]],
        completed=of_part[PARTS["part_1a"]] + of_part[PARTS["part_1b"]],
        new=of_part[PARTS["part_3"]],
    )


def rates(flow: Flows, period_weeks: int, removals_share: float) -> Rates:
    """Turn monthly counts into rates a period.

    A rate is the count of all months in which the provider made a return, over their days, times
    the days of a period: a month that a provider has skipped is not a month without work. A
    provider without a return in the latest month has no rates, as it has no list either.
    """
    period_days = DAYS_A_WEEK * period_weeks
    own_days = np.where(flow.present[-1], flow.days @ flow.present, np.inf)[:, None]
    done = flow.completed.sum(axis=0) / own_days * period_days
    new = flow.new.sum(axis=0) / own_days * period_days
    leaving, basis, notes = _removals(flow, new, period_days, removals_share)
    return Rates(
        capacity=_table(flow, done, "provider", "slots"),
        referrals=_table(flow, new, "origin", "patients"),
        removals=_table(flow, leaving, "origin", "patients"),
        removals_basis=basis,
        notes=(*_presence_notes(flow), *notes),
    )


def _table(flow: Flows, rate: Numbers, who: str, amount: str) -> pd.DataFrame:
    provider, service = np.nonzero(rate > 0)
    columns = {who: flow.providers[provider], "service": flow.services[service]}
    return pd.DataFrame({**columns, amount: rate[provider, service]})


def consecutive(months: tuple[str, ...]) -> list[int]:
    """Positions of months whose predecessor is the calendar month before.

    Examples
    --------
    >>> consecutive(("2025-11", "2025-12", "2026-02"))
    [1]
    """
    ordinals = [pd.Period(month, "M").ordinal for month in months]
    return [i for i in range(1, len(months)) if ordinals[i] == ordinals[i - 1] + 1]


def _removals(
    flow: Flows, new: Numbers, period_days: int, share: float
) -> tuple[Numbers, str, list[str]]:
    """Balance of the list where two consecutive months have one; elsewhere a share of the new.

    The balances of all pairs are added before what is below 0 is cut off, so that a late return
    of one month evens out in the next.
    """
    balance, days = _balance(flow)
    known = days > 0
    rate = np.where(
        known[:, None], balance / np.where(known, days, np.inf)[:, None] * period_days, share * new
    )
    rate[~flow.present[-1]] = 0.0
    anybody = (flow.waiting[-1] > 0) | (new > 0)
    leaving = np.where(anybody, np.maximum(rate, 0.0), 0.0)
    guessed = ~known & flow.present[-1]
    return leaving, _basis(flow, known, guessed, share), _removal_notes(flow, rate, new, anybody)


def _balance(flow: Flows) -> tuple[Numbers, Numbers]:
    """Unexplained fall of each list over the pairs of months that show it, and their days.

    A pair counts for a provider that has a list at both ends: where one is missing, the return
    is, not the patients.
    """
    listed = flow.waiting.sum(axis=2) > 0
    balance, days = np.zeros(flow.waiting.shape[1:]), np.zeros(len(flow.providers))
    for now in consecutive(flow.months):
        usable = listed[now - 1] & listed[now]
        fall = flow.waiting[now - 1] + flow.new[now] - flow.completed[now] - flow.waiting[now]
        balance += np.where(usable[:, None], fall, 0.0)
        days += np.where(usable, flow.days[now], 0.0)
    return balance, days


def _basis(
    flow: Flows, known: npt.NDArray[np.bool_], guessed: npt.NDArray[np.bool_], share: float
) -> str:
    estimate = f"estimated: {share:.1%} of the new RTT periods"
    if not known.any():
        return f"{estimate}, as there is no pair of consecutive months"
    pairs = ", ".join(f"{flow.months[i - 1]} to {flow.months[i]}" for i in consecutive(flow.months))
    text = f"balance of {pairs}: list before + new RTT periods - completed pathways - list after"
    if guessed.any():
        return f"{text}; for {_some(flow.providers[guessed])} {estimate}"
    return text


def _removal_notes(
    flow: Flows, rate: Numbers, new: Numbers, anybody: npt.NDArray[np.bool_]
) -> list[str]:
    notes = []
    below = np.minimum(rate, 0.0)
    if below.any():
        notes.append(
            f"Removals below 0 were set to 0 for {(below < 0).sum():,} lists, together "
            f"{-below.sum():,.0f} patients a period ({-below.sum() / new.sum():.1%} of new RTT "
            "periods): lists there grew by more than is reported, so all removals together come "
            "out higher than the balance of the whole."
        )
    lost = (rate > 0) & ~anybody
    if lost.any():
        notes.append(
            f"Removals of {rate[lost].sum():,.0f} patients a period were left out: {lost.sum():,} "
            f"lists are empty in {flow.months[-1]} and nobody joins them."
        )
    return notes


def _presence_notes(flow: Flows) -> list[str]:
    """Providers that made a return in some months and not in others."""
    notes = []
    ever = flow.present.any(axis=0)
    for month, present in zip(flow.months, flow.present, strict=True):
        absent = ever & ~present
        if absent.any():
            last = month == flow.months[-1]
            what = "no list, capacity, referrals or removals" if last else "rates of other months"
            notes.append(f"{month}: no return from {_some(flow.providers[absent])}: {what}.")
    gaps = len(flow.months) - 1 - len(consecutive(flow.months))
    if gaps:
        notes.append(f"Months are missing between {', '.join(flow.months)}: no balance over a gap.")
    return notes


def _some(codes: Iterable[object]) -> str:
    names = [str(code) for code in codes]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
