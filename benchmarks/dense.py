"""The model that an analyst writes first: a variable for every cohort, provider and period.

``x[lot, lane, t]`` patients of a cohort are treated in period `t` by the provider of a lane: at
most the cohort's patients in all, and at most the slots of each (provider, service, period).
Every treatment saves the harm from its period on, less what travel and the move cost.

Peers start from these arrays, so that working out cohorts, lanes and harm costs them nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
SCALE = 1000
"""Costs are in 1/1000 harm-weeks."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dense:
    """The dense cohort model as arrays.

    Attributes
    ----------
    lot_queue, lot_service, lot_arrival, lot_patients : int64 arrays, shape (lots,)
        Cohorts of the list and referrals of each period: queue, service, the first period in
        which they can be treated, and how many.
    lane_queue, lane_provider, lane_pair, lane_cost : int64 arrays, shape (lanes,)
        Where a queue may be treated, sorted by queue; the place of (provider, service) in the
        slots; what travel and the move cost a patient.
    slots : int64 array, shape (pairs, periods)
        Capacity.
    pair_provider, pair_service : int64 arrays, shape (pairs,)
        What each pair is.
    harm : int64 array, shape (lots, periods + 1)
        Of a patient until treatment in each period; the last column: if never treated.
    """

    lot_queue: Ints
    lot_service: Ints
    lot_arrival: Ints
    lot_patients: Ints
    lane_queue: Ints
    lane_provider: Ints
    lane_pair: Ints
    lane_cost: Ints
    slots: Ints
    pair_provider: Ints
    pair_service: Ints
    harm: Ints

    @property
    def periods(self) -> int:
        """How many periods there are."""
        return int(self.slots.shape[1])

    @property
    def constant(self) -> int:
        """The harm if nobody were ever treated, in 1/1000 harm-weeks."""
        total = self.harm[:, -1] @ self.lot_patients
        return int(total)

    def save(self, path: Path) -> None:
        """Write it to an ``.npz`` file."""
        np.savez(path, **{item.name: getattr(self, item.name) for item in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Dense:
        """Read what :meth:`save` wrote."""
        with np.load(path) as arrays:
            return cls(**{item.name: arrays[item.name] for item in fields(cls)})

    @property
    def size(self) -> int:
        """How many variables there are."""
        first, last = (np.searchsorted(self.lane_queue, self.lot_queue, s) for s in SIDES)
        return int((last - first) @ (self.periods + 1 - self.lot_arrival))

    def variables(self) -> Variables:
        """Write out every variable."""
        first, last = (np.searchsorted(self.lane_queue, self.lot_queue, s) for s in SIDES)
        times = self.periods + 1 - self.lot_arrival
        each = (last - first) * times
        lot = np.repeat(np.arange(len(each)), each)
        within = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
        lane = first[lot] + within // times[lot]
        period = self.lot_arrival[lot] + within % times[lot]
        saved = self.harm[lot, period - 1] - self.harm[lot, -1] + self.lane_cost[lane]
        row = self.lane_pair[lane] * self.periods + period - 1
        return Variables(lot=lot, lane=lane, period=period, cost=saved, slot=row)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Variables:
    """Every variable of the dense model: arrays of shape (variables,).

    Attributes
    ----------
    lot, lane, period : int64 arrays
        Which patients, where and when.
    cost : int64 array
        What treating one of them costs beside never doing so, in 1/1000 harm-weeks.
    slot : int64 array
        Whose capacity it takes: the pair times the periods, plus the period, from 0.
    """

    lot: Ints
    lane: Ints
    period: Ints
    cost: Ints
    slot: Ints

    def __len__(self) -> int:
        return len(self.lot)
