"""Lists that seem to have moved from one code to another between two months.

When hospitals merge, or a service gets another code, a list vanishes while another jumps by about
its size. Nobody has left the one untreated, and nobody has joined the other: the balance of these
months says nothing of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from mutualaid.readers.rtt.list_months import Flows, Marks
    from mutualaid.readers.rtt.rows_pandas import Numbers

LEAST = 20
"""Patients that a list must have for its move to be told from chance."""
UNLIKE = 0.35
"""What may differ between a list that vanishes and the jump of another, service by service."""
UNUSUAL = 0.1
"""The least jump, as a share of the list that jumps, where there are few months to compare."""
ENOUGH = 3
"""Months to compare a jump with; it must be larger than any other change."""


class Lists(Protocol):
    """Months of lists side by side, in calendar order."""

    @property
    def months(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def providers(self) -> np.ndarray[Any, Any]:
        """Codes."""

    @property
    def waiting(self) -> Numbers:
        """Who waits, by month, provider and service."""

    @property
    def present(self) -> Marks:
        """By month and provider: whether the provider has made a return."""


@dataclass(frozen=True)
class Move:
    """Patients who seem to have gone from one provider, or service, to another."""

    month: int
    """The first month after it, by its place."""
    before: str
    """The code that vanished, or began to share."""
    after: str
    patients: int
    """How many were waiting under the old code; of services, by how many the old ones fell."""
    jump: int
    """By how many the other list changed."""
    places: tuple[tuple[int, int], ...]
    """Provider and service, by their places, of each list whose balance says nothing."""
    where: str = ""
    """The provider, where a service moved."""


def mergers(flow: Lists) -> list[Move]:
    """Find providers that vanish while others jump by about their lists.

    Examples
    --------
    A provider vanishes from one month to the next if it makes no return from then on. Another
    takes over if its lists change like the ones that are gone, service by service, and more than
    they usually do.
    """
    found = []
    for month in range(1, len(flow.months)):
        size = flow.waiting[month - 1].sum(axis=1)
        still = flow.present[month:].any(axis=0)
        gone = [int(one) for one in np.flatnonzero((size >= LEAST) & ~still)]
        if not gone:
            continue
        change, heirs = flow.waiting[month] - flow.waiting[month - 1], _heirs(flow, month)
        left = []
        for one in gone:
            heir = _like(flow.waiting[month - 1, one], change, heirs)
            if heir is None:
                left.append(one)
            else:
                found += _merged(flow, month, [one], heir)
        together = flow.waiting[month - 1, left].sum(axis=0)
        heir = _like(together, change, heirs) if len(left) > 1 else None
        if heir is not None:
            found += _merged(flow, month, left, heir)
    return found


def _heirs(flow: Lists, month: int) -> list[int]:
    """Providers that are there, not back from a gap, and grew more than they usually do."""
    size = flow.waiting.sum(axis=2)
    before, now = size[month - 1], size[month]
    new = ~flow.present[:month].any(axis=0)
    going_on = (before > 0) & flow.present[month - 1]
    usual = UNUSUAL * before
    changes = np.abs(np.diff(size, axis=0))
    known = flow.present[:-1] & flow.present[1:]
    known[month - 1] = False
    largest = np.where(known, changes, 0.0).max(axis=0)
    usual = np.where(known.sum(axis=0) >= ENOUGH, np.minimum(largest, usual), usual)
    grown = (new | going_on) & (now - before > usual)
    return [int(one) for one in np.flatnonzero(grown)]


def _like(gone: Numbers, change: Numbers, heirs: list[int]) -> int | None:
    """The provider whose change is most like the lists that are gone, if it is like them."""
    if not heirs or gone.sum() < LEAST:
        return None
    unlike = np.abs(change[heirs] - gone).sum(axis=1)
    best = int(unlike.argmin())
    return heirs[best] if unlike[best] <= UNLIKE * gone.sum() else None


def _merged(flow: Lists, month: int, gone: list[int], heir: int) -> list[Move]:
    size = flow.waiting.sum(axis=2)
    jump = int(size[month, heir] - size[month - 1, heir])
    return [
        Move(
            month=month,
            before=str(flow.providers[one]),
            after=str(flow.providers[heir]),
            patients=int(size[month - 1, one]),
            jump=jump,
            places=tuple((heir, int(s)) for s in np.flatnonzero(flow.waiting[month - 1, one])),
        )
        for one in gone
    ]


def recoded(flow: Flows) -> list[Move]:
    """Find services that begin or end at a provider while others there change by about as much."""
    found = []
    ever = flow.given.any(axis=0)
    for month in range(1, len(flow.months)):
        both = (flow.present[month - 1] & flow.present[month])[:, None] & ever
        change = flow.waiting[month] - flow.waiting[month - 1]
        began, ended = both & (flow.first == month), both & (flow.last == month - 1)
        for provider in np.flatnonzero((began | ended).any(axis=1)):
            for lists, sign in ((began[provider], 1.0), (ended[provider], -1.0)):
                move = _recoded_at(flow, month, int(provider), sign * change[provider], lists, sign)
                if move is not None:
                    found.append(move)
                    break
    return found


def _recoded_at(
    flow: Flows, month: int, provider: int, change: Numbers, lists: Marks, sign: float
) -> Move | None:
    """Services that began, and those that fell by as much; or that ended, and those that rose."""
    size = change[lists].sum()
    others = np.where(lists, 0.0, -change)
    share = UNUSUAL * np.maximum(size, flow.waiting[month - 1, provider])
    others = np.where(others >= share, others, 0.0)
    if size < LEAST or abs(others.sum() - size) > UNLIKE * size:
        return None
    one, other = np.flatnonzero(lists & (change > 0)), np.flatnonzero(others)
    up, down = (one, other) if sign > 0 else (other, one)
    fell, rose = (others.sum(), size) if sign > 0 else (size, others.sum())
    return Move(
        month=month,
        before=", ".join(str(flow.services[service]) for service in down),
        after=", ".join(str(flow.services[service]) for service in up),
        patients=int(fell),
        jump=int(rose),
        places=tuple((provider, int(service)) for service in (*up, *down)),
        where=str(flow.providers[provider]),
    )
