"""Where the next slot is worth most, and for how many slots that holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import LARGEST_COUNT
from mutualaid.plan.one_more_slot import is_plain, least_with, limits_only, opened
from mutualaid.plan.published import require_plan
from mutualaid.plan.slot_prices import DIGITS
from mutualaid.plan.slots_for_bookings import lost_dates
from mutualaid.plan_methods import Plan
from mutualaid.policy.harm import SCALE

SAME = 1e-9


@checks_arguments
def next_slots(plan: Plan, top: int = 5, most: int = 100) -> pd.DataFrame:
    """Rank where one more slot saves most, and say for how many more the price holds.

    Parameters
    ----------
    plan
        A plan; the others move and treat as is then best.
    top
        How many places to look at: the dearest of :attr:`mutualaid.Plan.prices`. Here each price
        is worked out, if it was not before.
    most
        Look no further than so many slots.

    Returns
    -------
    pandas.DataFrame
        ``provider``, ``service``, ``stream`` and ``wait_class`` (where slots are told apart by
        them), ``period``; ``price`` (harm-weeks that one more slot saves); ``holds_for`` (slots
        that each save as much; ``most`` stands for that or more) and ``next_price`` (what the slot
        after those saves; missing where none was looked at). With side rows, of the linear
        relaxation, as prices are: promises are made anew with the slots.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3))
    >>> best = next_slots(plan, top=2, most=4)
    >>> len(best), bool((best["holds_for"] >= 1).all())
    (2, True)
    """
    require_plan(plan)
    argument.whole("top", top, 1)
    argument.whole("most", most, 1, LARGEST_COUNT)
    lines = plan.system.lines
    keys = ["provider", *lines.columns, "period"]
    prices = plan.prices_by(lines.more) if lines.more else plan.prices
    order, rising = ["price", *keys], [False, *([True] * len(keys))]
    dearest = prices[prices["price"] > 0].sort_values(order, ascending=rising)
    places = dearest.head(top).astype(dict.fromkeys(keys[:-1], object))
    places = places.reset_index(drop=True)
    if not len(places):
        return places[[*keys, "price"]].assign(holds_for=0, next_price=np.nan)
    whole, lost = is_plain(plan.solved_problem), lost_dates(plan.model.frame)
    least, anew = _least_cost(plan, most), _anew(plan)
    rows = [
        # Who had a date comes first, whatever it saves: slot by slot it may save more, or less.
        _one_by_one(anew, place, most, whole=whole)
        if place in lost
        else _steps(least, place, most, whole=whole)
        for place in _places(plan, places)
    ]
    table = places[keys].assign(
        price=[row[0] for row in rows],
        holds_for=[row[1] for row in rows],
        next_price=[row[2] for row in rows],
    )
    return table.sort_values(order, ascending=rising, ignore_index=True)


def _least_cost(plan: Plan, most: int) -> Callable[[int, int], float]:
    """The least cost with so many slots more in a place: by pair, then period."""
    problem = plan.solved_problem
    if limits_only(problem):
        network = opened(problem, most)
        if network is not None:
            return network.least
    return _anew(plan)


def _anew(plan: Plan) -> Callable[[int, int], float]:
    """The same of a problem that is built anew with the slots."""
    problem, periods = plan.solved_problem, plan.system.periods

    def anew(place: int, count: int) -> float:
        found = least_with(problem, place // periods, place % periods, count)
        # What would break every plan saves less than nothing.
        return np.inf if found is None else found

    return anew


def _places(plan: Plan, places: pd.DataFrame) -> list[int]:
    """Where the rows are among the pairs of provider and line, and in the periods of each."""
    system, slots = plan.system, plan.model.frame.slots
    provider = [system.providers.index(code) for code in places["provider"]]
    pair = slots.position[provider, system.lines.of(places)]
    where = pair * system.periods + places["period"].to_numpy() - 1
    return [int(place) for place in where]


def _one_by_one(
    least: Callable[[int, int], float], place: int, most: int, *, whole: bool
) -> tuple[float, int, float]:
    """As :func:`_steps`, where what slots save may rise with their number."""
    before, after = least(place, 0), least(place, 1)
    near = 0.0 if whole else SAME * max(abs(before), 1.0)
    price, count = before - after, 1
    while count < most:
        before, after = after, least(place, count + 1)
        if abs(before - after - price) > near:
            return round(price / SCALE, DIGITS), count, (before - after) / SCALE
        count += 1
    return round(price / SCALE, DIGITS), count, np.nan


def _steps(
    least: Callable[[int, int], float], place: int, most: int, *, whole: bool
) -> tuple[float, int, float]:
    """What the first slot saves, how many save as much, and what the one after them saves."""
    base = least(place, 0)
    price = base - least(place, 1)
    near = 0.0 if whole else SAME * max(abs(base), 1.0)

    def holds(count: int) -> bool:
        return base - least(place, count) >= count * price - near

    # What slots save falls with their number, so that doubling and halving finds the last.
    low = 1
    while low < most and holds(min(2 * low, most)):
        low = min(2 * low, most)
    high = min(2 * low, most + 1)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    after = np.nan if low >= most else (least(place, low) - least(place, low + 1)) / SCALE
    return round(price / SCALE, DIGITS), low, after
