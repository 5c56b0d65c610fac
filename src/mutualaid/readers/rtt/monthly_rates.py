"""From monthly counts to rates a period: what is done, what joins, and what leaves untreated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.data.words.known_names import with_name
from mutualaid.formats import percent
from mutualaid.readers.rtt.list_months import NEW, WAITING, Flows, consecutive
from mutualaid.readers.rtt.list_transfers import mergers, recoded
from mutualaid.readers.rtt.messages import below_notes, list_notes, move_notes, presence_notes, some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutualaid.readers.rtt.list_months import Marks
    from mutualaid.readers.rtt.list_transfers import Move
    from mutualaid.readers.rtt.rows_pandas import Numbers

DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Rates:
    """Rates a period, and what a reader must know about them."""

    capacity: pd.DataFrame
    referrals: pd.DataFrame
    removals: pd.DataFrame
    removals_basis: str
    notes: tuple[str, ...]


def rates(flow: Flows, period_weeks: int, removals_share: float) -> Rates:
    """Turn monthly counts into rates a period.

    A rate is the count of all months in which the list of the provider and service existed, over
    their days, times the days of a period: a month without a return, or before a service was
    opened, is not a month without work. A list without a row in the latest month has no rates.
    """
    period_days = DAYS_A_WEEK * period_weeks
    moves = [*mergers(flow), *recoded(flow)]
    done = _mean(flow, flow.completed, flow.has_completed) * period_days
    new = _mean(flow, flow.new, flow.has(NEW)) * period_days
    leaving, basis, notes = _removals(flow, new, period_days, removals_share, moves)
    return Rates(
        capacity=_table(flow, done, "provider", "slots"),
        referrals=_table(flow, new, "origin", "patients"),
        removals=_table(flow, leaving, "origin", "patients"),
        removals_basis=basis,
        notes=(*presence_notes(flow), *list_notes(flow), *move_notes(flow, moves), *notes),
    )


def _mean(flow: Flows, counts: Numbers, told: Marks) -> Numbers:
    """Counts a day, by provider and service, over the months that are told and had the list."""
    months = flow.exists & told[:, None, None]
    days = np.einsum("m,mps->ps", flow.days, months)
    usable = flow.given[-1] & (days > 0)
    mean: Numbers = (counts * months).sum(axis=0) * usable / np.where(usable, days, 1.0)
    return mean


def _table(flow: Flows, rate: Numbers, who: str, amount: str) -> pd.DataFrame:
    provider, service = np.nonzero(rate > 0)
    columns = {who: flow.providers[provider], "service": flow.services[service]}
    return pd.DataFrame({**columns, amount: rate[provider, service]})


def _removals(
    flow: Flows, new: Numbers, period_days: int, share: float, moves: Sequence[Move]
) -> tuple[Numbers, str, list[str]]:
    """Balance of the list where two consecutive months have one; elsewhere a share of the new.

    The balances of all pairs are added before what is below 0 is cut off, so that a late return
    of one month evens out in the next.
    """
    balance, days = _balance(flow, moves)
    known = days > 0
    rate = np.where(known, balance / np.where(known, days, 1.0) * period_days, share * new)
    rate[~flow.present[-1]] = 0.0
    anybody = ((flow.waiting[-1] > 0) | (new > 0)) & flow.given[-1]
    leaving = np.where(anybody, np.maximum(rate, 0.0), 0.0)
    guessed = ~known & flow.given[-1] & (new > 0)
    return leaving, _basis(flow, known, guessed, share), below_notes(flow, rate, new, anybody)


def _balance(flow: Flows, moves: Sequence[Move]) -> tuple[Numbers, Numbers]:
    """Unexplained fall of each list over the pairs of months that show it, and their days.

    A pair counts for a list that is there at both ends, or has run out, of a provider that has a
    return at both: where one is missing, the return is, not the patients. It does not count where
    the list has moved to or from another code.
    """
    listed = flow.waiting.sum(axis=2) > 0
    balance, days = (np.zeros(flow.waiting.shape[1:]) for _ in range(2))
    moved = np.zeros(flow.given.shape, dtype=bool)
    for move in moves:
        for place in move.places:
            moved[(move.month, *place)] = True
    told = flow.has(WAITING), flow.has(WAITING, NEW) & flow.has_completed
    for now in consecutive(flow.months):
        if not (told[0][now - 1] and told[1][now]):
            continue
        both = (listed[now - 1] & listed[now])[:, None]
        over = (flow.last == now - 1) & flow.present[now][:, None]
        usable = both & flow.exists[now - 1] & (flow.exists[now] | over) & ~moved[now]
        fall = flow.waiting[now - 1] + flow.new[now] - flow.completed[now] - flow.waiting[now]
        balance += np.where(usable, fall, 0.0)
        days += np.where(usable, flow.days[now], 0.0)
    return balance, days


def _basis(flow: Flows, known: Marks, guessed: Marks, share: float) -> str:
    estimate = f"estimated: {percent(share)} of the new RTT periods"
    if not known.any():
        return f"{estimate}, as there is no pair of consecutive months"
    pairs = ", ".join(f"{flow.months[i - 1]} to {flow.months[i]}" for i in consecutive(flow.months))
    text = f"balance of {pairs}: list before + new RTT periods - completed pathways - list after"
    whole = np.asarray(guessed.any(axis=1) & ~known.any(axis=1))
    if whole.any():
        text += f"; for {some(map(with_name, flow.providers[whole]))} {estimate}"
    lists = guessed & ~whole[:, None]
    if lists.any():
        names = [
            f"{with_name(flow.services[s])} at {with_name(flow.providers[p])}"
            for p, s in np.argwhere(lists)
        ]
        text += f"; for the lists of {some(names)} {estimate}"
    return text
