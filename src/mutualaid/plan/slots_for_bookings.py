"""Prices where bookings lost their slot: with one slot more another booking stands.

There a slot more changes whose it is before anything is optimised, so that the problem is made anew
for each such place.
"""

from __future__ import annotations

import numpy as np

from mutualaid.data.label_codes import positions
from mutualaid.data.system import reserved_of
from mutualaid.model.model import Frame
from mutualaid.plan.one_more_slot import BUILT, SolvedProblem, least_with
from mutualaid.solve import marginal_values
from mutualaid.solve.interface import Floats
from mutualaid.solve.marginal_values import Saved


def lost_dates(frame: Frame) -> dict[int, tuple[int, int]]:
    """Where bookings find no slot left, by place: pair of provider and line, then period.

    Returns
    -------
    dict
        The pair and the period, from 0, of each place.

    Examples
    --------
    >>> import mutualaid as ma
    >>> lost_dates(ma.optimise(ma.datasets.collaborative(trusts=2)).model.frame)
    {}
    """
    reserved = reserved_of(frame.system)
    if reserved is None or not len(reserved.no_slot):
        return {}
    lost, slots = reserved.no_slot, frame.slots
    provider = positions(lost["provider"], frame.system.providers)
    pair = slots.position[provider, frame.system.lines.of(lost)]
    step = lost["period"].to_numpy(dtype=np.int64) - 1
    # A provider that is listed nowhere for a line has no place among the slots.
    pair, step = pair[pair >= 0], step[pair >= 0]
    place = (np.cumsum(slots.room < 0)[pair] - 1) * frame.curves.periods + step
    return dict(zip(place.tolist(), zip(pair.tolist(), step.tolist(), strict=True), strict=True))


def saved_by_standing(problem: SolvedProblem, value: Floats, exact: np.ndarray) -> Saved:
    """Put right what one more slot saves where it would go to somebody with a date.

    Parameters
    ----------
    problem
        The plan's model and mode.
    value : float64 array, shape (places,)
        What a slot more saves of who stands without it, in 1/1000 harm-weeks: by pair of provider
        and line of slots, then period, for a provider's own slots.
    exact : bool array, shape (places,)
        Whether it is that.

    Returns
    -------
    Saved
        The same, with what it saves of who stands with it; missing where that takes too long.
    """
    lost = lost_dates(problem.model.frame)
    if not lost:
        return Saved(value=value, exact=exact)
    value, exact = value.copy(), exact.copy()
    at = list(lost)
    value[at], exact[at] = np.nan, False
    base = least_with(problem)
    most = max(marginal_values.EFFORT // (BUILT * max(problem.model.network.arcs, 1)), 1)
    for place in at[:most]:
        with_it = least_with(problem, *lost[place], 1)
        if base is not None and with_it is not None:
            value[place], exact[place] = base - with_it, True
    return Saved(value=value, exact=exact)
