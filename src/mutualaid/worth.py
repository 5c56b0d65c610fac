"""Where the next slot is worth most, and for how many slots that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.errors import InputError
from mutualaid.harm import SCALE
from mutualaid.model.arcs import Kind
from mutualaid.model.network import Network
from mutualaid.optimise import build
from mutualaid.plan import Plan, require_plan
from mutualaid.solve.answer import Limits
from mutualaid.solve.flow import solve_flow
from mutualaid.solve.highs import Program

KEYS = ["provider", "service", "period"]
SAME = 1e-9


@checks_arguments
def next_slots(plan: Plan, top: int = 5, most: int = 100) -> pd.DataFrame:
    """Rank where one more slot saves most, and say for how many more the price holds.

    Parameters
    ----------
    plan
        A plan; the others move and treat as is then best.
    top
        How many places to look at: the dearest of :attr:`mutualaid.Plan.prices`.
    most
        Look no further than so many slots.

    Returns
    -------
    pandas.DataFrame
        ``provider``, ``service``, ``period``; ``price`` (harm-weeks that one more slot saves);
        ``holds_for`` (slots that each save as much; ``most`` stands for that or more) and
        ``next_price`` (what the slot after those saves; missing where none was looked at). With
        side rows, of the linear relaxation.

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
    for name, value in (("top", top), ("most", most)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"{name} is {value!r}: a whole number from 1")
    dearest = plan.prices[plan.prices["price"] > 0].sort_values(
        ["price", *KEYS], ascending=[False, True, True, True]
    )
    places = dearest.head(top).astype({"provider": object, "service": object})
    places = places.reset_index(drop=True)
    if not len(places):
        return places[[*KEYS, "price"]].assign(holds_for=0, next_price=np.nan)
    network, arcs = _opened(plan, places)
    least = _least_cost(network)
    rows = [_steps(network, least, int(arc), most) for arc in arcs]
    return places[KEYS].assign(
        price=[row[0] for row in rows],
        holds_for=[row[1] for row in rows],
        next_price=[row[2] for row in rows],
    )


def _opened(plan: Plan, places: pd.DataFrame) -> tuple[Network, list[int]]:
    """The plan's network with an arc for the slots of each place, even where there are none."""
    system = plan.system
    capacity = system.capacity.drop(columns="site", errors="ignore").astype(
        {"provider": object, "service": object}
    )
    one_more = pd.concat([capacity, places[KEYS].assign(slots=1)])
    wider = system.replace(capacity=one_more.groupby(KEYS, as_index=False)["slots"].sum())
    made = build(wider, plan.policy, plan.collaboration, reference=system).model
    slots, means = made.frame.slots, made.means
    arcs = means.arcs(Kind.SLOTS)
    arcs = arcs[slots.room[means.pair[arcs]] < 0]
    where = {
        (system.providers[slots.provider[p]], system.services[slots.service[p]], int(t)): arc
        for arc, p, t in zip(
            arcs.tolist(), means.pair[arcs].tolist(), means.period[arcs].tolist(), strict=True
        )
    }
    chosen = [where[place] for place in places[KEYS].itertuples(index=False, name=None)]
    room = made.network.capacity.copy()
    room[chosen] -= 1
    return replace(made.network, capacity=room), chosen


def _least_cost(network: Network) -> Callable[[int, int], float]:
    """The least cost with so many slots more on an arc."""
    if not len(network.rows):

        def by_flow(arc: int, more: int) -> float:
            capacity = network.capacity.copy()
            capacity[arc] += more
            wider = replace(network, capacity=capacity)
            return float(wider.total(solve_flow(wider)))

        return by_flow
    program = Program(network, Limits())

    def by_relaxation(arc: int, more: int) -> float:
        place = np.array([arc])
        program.limit_arcs(place, network.lower[place], network.capacity[place] + more)
        flow, _, _ = program.solve()
        program.limit_arcs(place, network.lower[place], network.capacity[place])
        return float(network.cost @ flow)

    return by_relaxation


def _steps(
    network: Network, least: Callable[[int, int], float], arc: int, most: int
) -> tuple[float, int, float]:
    """What the first slot saves, how many save as much, and what the one after them saves."""
    base = least(arc, 0)
    price = base - least(arc, 1)
    near = SAME * max(abs(base), 1.0) if len(network.rows) else 0.0

    def holds(count: int) -> bool:
        return base - least(arc, count) >= count * price - near

    # What slots save falls with their number, so that doubling and halving finds the last.
    low = 1
    while low < most and holds(min(2 * low, most)):
        low = min(2 * low, most)
    high = min(2 * low, most + 1)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    after = np.nan if low >= most else (least(arc, low) - least(arc, low + 1)) / SCALE
    return price / SCALE, low, after
