"""What bookings leave of pools: one after another takes what it needs, if it is there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints

AMOUNT_SCALE = 1000


class PoolsLeft:
    """What is left of pools, in 1/1000 of their unit, by provider and period.

    Parameters
    ----------
    tables
        The checked tables of a system by name, with ``pools`` and ``usage`` or without.
    places
        ``origin`` and ``service`` of each place that patients can be booked at, a row each.
    periods
        How many there are.

    Examples
    --------
    An hour is enough for two of three who need half an hour each:

    >>> tables = {
    ...     "pools": pd.DataFrame({"provider": ["A"], "pool": "theatre", "period": 1,
    ...                            "amount": 60.0}),
    ...     "usage": pd.DataFrame({"service": ["hips"], "pool": "theatre", "amount": 30.0}),
    ... }
    >>> left = PoolsLeft(tables, pd.DataFrame({"origin": ["A"], "service": "hips"}), 1)
    >>> left.hold(np.array([0, 0]), np.array([1, 2]), 1).tolist()
    [1, 1]
    """

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], places: pd.DataFrame, periods: int
    ) -> None:
        self.needs: dict[int, list[tuple[int, int]]] = {}
        """For each place what it needs: of which pool of its provider, and how much a patient."""
        if "pools" not in tables or "usage" not in tables:
            return
        pools, usage = tables["pools"], tables["usage"]
        number: dict[tuple[str, str], int] = {}
        for own in zip(pools["provider"], pools["pool"], strict=True):
            number.setdefault(own, len(number))
        self.left = np.zeros((len(number), periods), dtype=np.int64)
        there = zip(pools["provider"], pools["pool"], pools["period"], pools["amount"], strict=True)
        for provider, pool, period, amount in there:
            self.left[number[provider, pool], int(period) - 1] = _thousandths(amount)
        said = usage["provider"] if "provider" in usage else [None] * len(usage)
        uses: dict[str, list[tuple[str | None, str, int]]] = {}
        used = zip(said, usage["service"], usage["pool"], usage["amount"], strict=True)
        for only, service, pool, amount in used:
            uses.setdefault(service, []).append((only, pool, _thousandths(amount)))
        names = zip(places["origin"], places["service"], strict=True)
        for place, (origin, service) in enumerate(names):
            for only, pool, each in uses.get(service, ()):
                if each and only in (None, origin) and (origin, pool) in number:
                    self.needs.setdefault(place, []).append((number[origin, pool], each))
        entries = [(place, *use) for place, some in self.needs.items() for use in some]
        self._place, self._pool, self._each = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        self._own = pd.factorize(places["origin"])[0].astype(np.int64)

    def hold(self, place: Ints, wanted: Ints, period: int) -> Ints:
        """Take what patients need of pools in a period, one group after another, if it is there.

        Parameters
        ----------
        place, wanted : int64 arrays, shape (groups,)
            Where each group is treated, and how many it has.
        period
            From 1.

        Returns
        -------
        int64 array, shape (groups,)
            How many of each find what they need.
        """
        if not self.needs:
            return wanted
        left = self.left[:, period - 1]
        each_place = np.zeros(len(self._own), dtype=np.int64)
        np.add.at(each_place, place, wanted)
        needed = np.zeros(len(left), dtype=np.int64)
        np.add.at(needed, self._pool, self._each * each_place[self._place])
        # Where a provider has enough of all its pools, nobody comes too late.
        short = np.zeros(int(self._own.max(initial=-1)) + 1, dtype=bool)
        short[self._own[self._place[(needed > left)[self._pool]]]] = True
        scarce = short[self._own]
        enough = np.ones(len(left), dtype=bool)
        enough[self._pool[scarce[self._place]]] = False
        left[enough] -= needed[enough]
        some = np.flatnonzero(scarce[place] & (wanted > 0))
        still, stand, spent = left.tolist(), [], set[int]()
        for where, count in zip(place[some].tolist(), wanted[some].tolist(), strict=True):
            held = 0
            if where not in spent:
                needs = self.needs.get(where, ())
                held = min([count, *(still[pool] // each for pool, each in needs)])
                for pool, each in needs:
                    still[pool] -= held * each
                # What is left never grows: nobody there finds it any more.
                if held < count:
                    spent.add(where)
            stand.append(held)
        left[:] = still
        result = wanted.copy()
        result[some] = stand
        return result


def _thousandths(amount: float) -> int:
    return round(float(amount) * AMOUNT_SCALE)
