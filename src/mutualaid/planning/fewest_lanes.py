"""Few lanes that already save enough: which to open, of those that a model allows.

Opening a lane is given a price, shared out among the patients whom it carried the round before, so
that lanes with few of them pay most (dynamic slope scaling, Kim and Pardalos 1999). The price rises
until too little is saved; of all lanes that were enough on the way the fewest are taken, and of
these each is closed again that can be spared. All of it is of the linear relaxation, with every
promise, cap and pool in it. That no fewer lanes would do is not proven; the plan on them is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mutualaid.model.limits.lane_budget import Routes, moves_by_route
from mutualaid.model.network import Ints
from mutualaid.planning.problem import PlanModel
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.interface import Floats, Limits

ROUNDS = 3
"""So many rounds at each price."""
FIRST, RISE = 0.1, 2.0
"""The first price, as a share of what a lane saves on average, and by what it rises."""
PRICES = 40
FAILED = 8
"""After so many lanes in a row that cannot be spared no more are tried."""
USED = 1e-6
HALF = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Enough:
    """Lanes that save enough.

    Attributes
    ----------
    lanes : int64 array
        Positions among the routes of the model, in order.
    saved : float
        What the relaxation saves on them against each trust alone, in 1/1000 harm-weeks.
    patients : float
        How many it moves.
    """

    lanes: Ints
    saved: float
    patients: float


class LaneSearch:
    """A search for few lanes of one model, which keeps its linear program between questions.

    Examples
    --------
    >>> import mutualaid as ma
    >>> model = ma.build(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))
    >>> search = LaneSearch(model, Limits())
    >>> half = search.fewest(search.most / 2)
    >>> 0 < len(half.lanes) <= len(search.routes), half.saved >= search.most / 2
    (True, True)
    """

    def __init__(self, made: PlanModel, limits: Limits) -> None:
        model = made.model
        self.network = model.network
        self.routes: Routes = moves_by_route(
            model.frame.system, model.frame.queues, model.lanes, model.means
        )
        alone = made.alone()
        self.alone = 0 if alone is None else self.network.total(alone)
        self.limits = limits
        self.own_cost = self.network.cost[self.routes.arc].astype(np.float64)

    @cached_property
    def _program(self) -> Program:
        return Program(self.network, self.limits)

    @cached_property
    def _all(self) -> tuple[float, Floats]:
        """What is saved, and what each lane carries, where all lanes are open."""
        return self._solved(np.arange(len(self.routes)))

    @property
    def most(self) -> float:
        """What all lanes together save, in 1/1000 harm-weeks."""
        return self._all[0] if len(self.routes) else 0.0

    def fewest(self, least: float, opened: Ints | None = None) -> Enough | None:
        """Find few lanes that save at least so much.

        Parameters
        ----------
        least
            In 1/1000 harm-weeks.
        opened
            Lanes that are open already and stay so.

        Returns
        -------
        Enough or None
            None where all lanes save less.
        """
        stays = np.zeros(len(self.routes), dtype=bool)
        stays[np.zeros(0, dtype=np.int64) if opened is None else opened] = True
        if self.most < least:
            return None
        if not len(self.routes):
            return Enough(lanes=np.zeros(0, dtype=np.int64), saved=0.0, patients=0.0)
        saved, carried = self._solved(np.flatnonzero(stays)) if stays.any() else (0.0, self._all[1])
        if saved >= least:
            return Enough(lanes=np.flatnonzero(stays), saved=saved, patients=float(carried.sum()))
        return self._spared(self._priced(least, stays), least, stays)

    def _priced(self, least: float, stays: np.ndarray) -> Ints:
        """Raise the price of a lane until too little is saved; the fewest lanes that are enough."""
        saved, carried = self._all
        best = np.flatnonzero((carried > USED) | stays)
        fewest = len(best), float(carried.sum())
        shared = np.zeros(len(self.routes))
        price = FIRST * max(self.most, 1.0) / len(self.routes)
        self._open(np.arange(len(self.routes)))
        for _ in range(PRICES):
            enough = False
            for _ in range(ROUNDS):
                # A lane that is not used goes on at what it cost when it last was.
                shared = np.where(carried > HALF, price / np.maximum(carried, 1.0), shared)
                saved, carried = self._run(np.where(stays, 0.0, shared))
                chosen = np.flatnonzero((carried > HALF) | stays)
                if saved >= least:
                    enough = True
                    if (found := (len(chosen), float(carried.sum()))) < fewest:
                        fewest, best = found, chosen
            if not enough:
                break
            price *= RISE
        return best

    def _spared(self, chosen: Ints, least: float, stays: np.ndarray) -> Enough:
        """Close each lane that can be spared, those that carry least first."""
        saved, carried = self._solved(chosen)
        if saved < least:
            # Parts of patients that were left out on lanes that carry hardly any.
            chosen = np.flatnonzero((self._all[1] > USED) | stays)
            saved, carried = self._solved(chosen)
        failed, tried = 0, stays.copy()
        while failed < FAILED:
            left = chosen[~tried[chosen]]
            if not len(left):
                break
            one = left[np.argmin(carried[left])]
            tried[one] = True
            without = chosen[chosen != one]
            less, then = self._solved(without)
            if less < least:
                failed += 1
                continue
            failed, saved, carried = 0, less, then
            chosen = without[(carried[without] > USED) | stays[without]]
        return Enough(lanes=chosen, saved=saved, patients=float(carried.sum()))

    def _solved(self, chosen: Ints) -> tuple[float, Floats]:
        """What is saved, and what each lane carries, on these lanes alone."""
        self._open(chosen)
        return self._run(np.zeros(len(self.routes)))

    def _open(self, chosen: Ints) -> None:
        arcs = self.routes.arc
        is_open = np.isin(self.routes.route, chosen)
        upper = np.where(is_open, self.network.capacity[arcs], 0)
        self._program.limit_arcs(arcs, self.network.lower[arcs], upper)

    def _run(self, price: Floats) -> tuple[float, Floats]:
        found = self.routes
        self._program.price_columns(found.arc, self.own_cost + price[found.route])
        flow = self._program.solve()[0]
        carried = np.bincount(found.route, weights=flow[found.arc], minlength=len(found))
        return float(self.alone - self.network.cost @ flow), carried.astype(np.float64)
