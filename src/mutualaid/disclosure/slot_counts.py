"""Slots among the counts: they are of no patients, but nobody is treated without one.

Whoever knows how many slots there are knows how many patients they hold at most, alone and
together; and a slot with a price is full, so that its use says how many slots there are. Of a
large system slots are added up by provider and service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import SLOT
from mutualaid.disclosure.published_counts import Tally
from mutualaid.disclosure.single_sums import SHOWN, Ints, Marks
from mutualaid.plan.certified import CertifiedPlan

MOST = 1_500
"""With more of these numbers periods are not told apart."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Rooms:
    """Slots, and who uses them alone: what they are of, and where in the tally.

    Attributes
    ----------
    keys : pandas.MultiIndex
        Provider, service and, in a small system, period, as text.
    slots : int64 array
        Where the slots are.
    alone : int64 array
        Where those are who are treated in them if nobody helps anybody; -1 where that is not
        known to be within them.
    """

    keys: pd.MultiIndex
    slots: Ints
    alone: Ints

    def closed(self, marks: Marks) -> set[tuple[str, ...]]:
        """What the hidden slots are of."""
        return set(self.keys[marks[self.slots] != SHOWN])

    @property
    def tables(self) -> tuple[pd.DataFrame, Ints]:
        """``origin``, ``service`` and ``period`` (if told apart) of who is treated alone."""
        there = self.alone >= 0
        names = ["origin", "service", "period"][: self.keys.nlevels]
        return self.keys[there].to_frame(index=False, name=names), self.alone[there]


def add_rooms(tally: Tally, plan: CertifiedPlan, prices: pd.DataFrame, plans: int) -> Rooms:
    """Add the slots of a system, and who is treated in them alone.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> len(add_rooms(Tally(), plan, plan.slots, 1).slots)
    24
    """
    names = list(SLOT) if len(prices) * (3 + plans) <= MOST else list(SLOT[:2])
    slots = _summed(prices, names, "slots")
    rows = plan.baseline_entries
    treated = rows[(rows["period"] <= plan.system.periods).to_numpy()]
    used = _summed(treated, names, "patients").reindex(slots.index, fill_value=0)
    inside = (used <= slots).to_numpy()
    place = tally.add(slots, patients=False)
    alone = np.full(len(slots), -1, dtype=np.int64)
    alone[inside] = tally.add(used[inside], published=False, patients=False)
    idle = tally.add((slots - used)[inside], published=False, patients=False)
    number = np.tile(np.arange(int(inside.sum())), 2)
    tally.sums(place[inside], np.concatenate([alone[inside], idle]), number)
    return Rooms(
        keys=pd.MultiIndex.from_frame(slots.index.to_frame(index=False)), slots=place, alone=alone
    )


def link_used(tally: Tally, rooms: Rooms, prices: pd.DataFrame, used: Ints) -> None:
    """Say that a plan uses slots: those that are full in full, as prices may tell a reader."""
    names = list(SLOT[: rooms.keys.nlevels])
    of = pd.MultiIndex.from_frame(prices[names].astype(str))
    at = np.asarray(rooms.keys.get_indexer(of), dtype=np.int64)
    if (at < 0).any():
        return
    count = np.bincount(at, prices["used"], len(rooms.keys)).astype(np.int64)
    idle = tally.amounts[rooms.slots] - count
    if (idle < 0).any():
        return
    some = np.flatnonzero(idle > 0)
    left = tally.add(idle[some], published=False, patients=False)
    tally.sums(rooms.slots, np.concatenate([used, left]), np.concatenate([at, some]))


def _summed(rows: pd.DataFrame, names: list[str], amount: str) -> pd.Series:
    table = rows[names].astype(str).assign(amount=rows[amount].to_numpy())
    return table.groupby(names, sort=True)["amount"].sum().astype(np.int64)
