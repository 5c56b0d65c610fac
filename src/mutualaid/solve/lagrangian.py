r"""Prices of side rows from networks alone: a bound that rises step by step.

A row for each trust ties all services together. With a price on each row, what is left is a
network again, whose services are solved apart from each other:

.. math::

    L(\mu) = \sum_i (\mu_i^+ l_i - \mu_i^- r_i) + \sum_k \min_{x \in X_k} (c - \mu R) x .

It bounds every plan from below, it is concave, and every flow that is found gives a plane above
it for its service. A small linear program finds the prices for which all planes found so far
promise most, within a box around the best prices known (the boxstep method). The box of a price
widens while it runs one way and narrows where it turns back.

See Marsten, Hogan and Blankenship, *The Boxstep Method for Large-Scale Optimization*, Operations
Research 23 (1975), and Frangioni, *Standard Bundle Methods* (2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.model.network import SAFE, Ints, Network, SideRows
from mutualaid.solve.backends.flow import Flows
from mutualaid.solve.cutting_plane_master import Growing
from mutualaid.solve.interface import Floats
from mutualaid.solve.potentials import potentials

ROUNDS = 60
"""So many prices are looked at, at most; the bound holds whenever it stops."""
PROMISE = 3e-6
"""It stops where all planes together promise no more than this share of the bound."""
FIRST_BOX, WIDEST_BOX, NARROWEST_BOX = 0.02, 1.0, 1e-7
"""Half the width of a price's box, in units of the price that outweighs the dearest cost."""
AT_THE_WALL, OFF_CENTRE = 0.9, 0.3
STEEPEST_SCALE = 2**24
"""Prices are kept to at most this fraction of a unit."""
DEEPEST = 1000
"""So many arcs in a row may become cheaper; more is a cycle."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Priced:
    """What a network costs at least for some prices of its side rows.

    Attributes
    ----------
    row_price : float64 array, shape (rows,)
        Prices of the side rows, in units of cost, as in :mod:`mutualaid.solve.certificate`.
    bound : float
        No flow that keeps the rows costs less; to floating point.
    cost : int64 array, shape (arcs,)
        Cost of each arc with the prices of its rows, in ``1 / scale`` units.
    scale : int
        In what fraction of a unit these costs are.
    flow : int64 array, shape (arcs,)
        A cheapest flow for these costs.
    """

    row_price: Floats
    bound: float
    cost: Ints
    scale: int
    flow: Ints

    def potential(self, network: Network) -> Floats:
        """Prices of the balances that prove the flow cheapest, in units of cost."""
        found = potentials(network, self.flow, self.cost)
        return found / self.scale


class Pricing:
    """Looks at prices of a network's side rows.

    Parameters
    ----------
    network
        The network with its side rows; see :func:`heights` for those that cannot be priced.
    height
        What :func:`heights` gives.
    """

    def __init__(self, network: Network, height: Ints) -> None:
        self.network = network
        self.rise = height[network.head] - height[network.tail]
        self.flows = Flows(network)
        rows = network.rows
        self.row = rows.row
        largest = np.ones(len(rows), dtype=np.int64)
        np.maximum.at(largest, self.row, np.abs(rows.coefficient))
        dearest = max(int(network.cost.max(initial=0)), 1)
        self.unit = dearest / largest
        component = np.searchsorted(network.arc_start, rows.arc, side="right") - 1
        self.cell = self.row * network.components + component
        # Entries arc by arc, so that prices are added up in one sweep.
        order = np.argsort(rows.arc, kind="stable")
        self.by_arc = self.row[order], rows.coefficient[order]
        self.priced, self.entry = np.unique(rows.arc[order], return_index=True)
        self.filled = np.flatnonzero(np.diff(network.arc_start) > 0)
        # A cost with all prices at 8 times what outweighs the dearest arc still fits.
        longest = int(np.diff(network.node_start).max(initial=0)) + 1
        self.scale = STEEPEST_SCALE
        while self.scale > 1 and longest * 64 * dearest * self.scale >= SAFE:
            self.scale //= 2

    def look(self, row_price: Floats) -> Priced:
        """Find the cheapest flow for some prices.

        Raises
        ------
        SolverError
            If numbers are too large for the flow solver, or there is no flow.
        """
        network, rows = self.network, self.network.rows
        price = np.rint(row_price * self.scale).astype(np.int64)
        row, coefficient = self.by_arc
        cost = network.cost * np.int64(self.scale)
        cost[self.priced] -= np.add.reduceat(price[row] * coefficient, self.entry)
        # Every way through the network rises by the same: no flow becomes cheaper than another.
        lift = max(-int(cost.min(initial=0)), 0)
        flow = self.flows.solve(cost + lift * self.rise if lift else cost)
        kept = price / self.scale
        value = float(cost.astype(np.float64) @ flow) / self.scale
        low = np.where(kept > 0, rows.lower, 0) * kept
        high = np.where(kept < 0, rows.upper, 0) * kept
        return Priced(
            row_price=kept,
            bound=value + float((low + high).sum()),
            cost=cost,
            scale=self.scale,
            flow=flow,
        )

    def plane(self, flow: Ints) -> tuple[Floats, Floats]:
        """Cost of a flow in each component, and its level in each row and component."""
        network, rows = self.network, self.network.rows
        each = (network.cost * flow).astype(np.float64)
        cost = np.zeros(network.components)
        cost[self.filled] = np.add.reduceat(each, network.arc_start[self.filled])
        level: Floats = np.zeros((len(rows), network.components))
        level.ravel()[:] = np.bincount(
            self.cell, weights=rows.coefficient * flow[rows.arc], minlength=level.size
        )
        return cost, level


def heights(network: Network) -> Ints | None:
    """Heights of nodes, such that an arc that side rows can make cheaper leads up by one at least.

    Adding a multiple of the rise to each cost changes what every flow costs by the same, and makes
    all costs 0 or more for the flow solver. No arc leads down.

    Returns
    -------
    int64 array, shape (nodes,), or None
        None where the network has a cycle of such arcs.
    """
    rows = network.rows
    cheaper = ((rows.upper < SAFE)[rows.row] & (rows.coefficient < 0)) | (
        (rows.lower > -SAFE)[rows.row] & (rows.coefficient > 0)
    )
    step = np.zeros(network.arcs, dtype=np.int64)
    step[rows.arc[cheaper]] = 1
    height = np.zeros(network.nodes, dtype=np.int64)
    for _ in range(DEEPEST):
        higher = height.copy()
        np.maximum.at(higher, network.head, height[network.tail] + step)
        if np.array_equal(higher, height):
            return height
        height = higher
    return None


class _Sides:
    """The limits of rows, each with a price that is 0 or more and a box around the best of it."""

    def __init__(self, rows: SideRows, unit: Floats) -> None:
        least, most = np.flatnonzero(rows.lower > -SAFE), np.flatnonzero(rows.upper < SAFE)
        self.rows = len(rows)
        self.row = np.concatenate([least, most])
        self.sign = np.repeat([1.0, -1.0], [len(least), len(most)])
        self.limit = np.concatenate([rows.lower[least], -rows.upper[most]]).astype(np.float64)
        self.unit = unit[self.row]
        self.best = np.zeros(len(self.row))
        self.box = np.full(len(self.row), FIRST_BOX)
        self.last = np.zeros(len(self.row))

    def row_price(self, price: Floats) -> Floats:
        """Prices of rows from prices of limits, in their units."""
        result = np.zeros(self.rows)
        np.add.at(result, self.row, self.sign * price * self.unit)
        return result

    def moved(self, price: Floats, *, better: bool, kept: float) -> None:
        """Move the boxes to better prices, or narrow them where they led astray."""
        step = price - self.best
        if not better:
            astray = np.abs(step) > OFF_CENTRE * self.box
            self.box = np.where(astray, self.box / 2, self.box)
        else:
            wall = np.sign(step) * (np.abs(step) > AT_THE_WALL * self.box)
            same = wall * self.last
            factor = np.where(same > 0, 2.0, np.where(same < 0, 0.5, np.where(wall == 0, 0.8, 1.0)))
            self.box = self.box * factor * (1.0 if kept > 0.1 else 0.7)
            self.best, self.last = price, wall
        self.box = np.clip(self.box, NARROWEST_BOX, WIDEST_BOX)


def best_prices(pricing: Pricing, known: Ints | None = None) -> Priced:
    """Find prices of side rows that bound the network's cost from below as well as prices can.

    Parameters
    ----------
    pricing
        The network.
    known
        A flow that keeps the rows, if there is one: its plane keeps prices from running away.

    Raises
    ------
    SolverError
        As :meth:`Pricing.look`.
    """
    network = pricing.network
    sides = _Sides(network.rows, pricing.unit)
    best = pricing.look(np.zeros(len(network.rows)))
    components = len(pricing.filled)
    # Values of about 1000 leave a solver's absolute tolerances far below what matters.
    worth = 1000 / max(abs(best.bound), 1.0)
    program = Growing(np.concatenate([np.ones(components), sides.limit * sides.unit * worth]))

    def add(flow: Ints) -> None:
        cost, level = pricing.plane(flow)
        slope = level[sides.row][:, pricing.filled].T * sides.sign * sides.unit
        program.add_rows(
            np.concatenate([np.eye(components), slope * worth], axis=1),
            cost[pricing.filled] * worth,
        )

    add(best.flow)
    if known is not None:
        add(known)
    for _ in range(ROUNDS):
        low = np.maximum(sides.best - sides.box, 0)
        program.limit(components + np.arange(len(low)), low, sides.best + sides.box)
        value, found = program.solve()
        promise = value / worth - best.bound
        if promise <= PROMISE * abs(best.bound):
            break
        price = found[components:]
        looked = pricing.look(sides.row_price(price))
        add(looked.flow)
        gain = looked.bound - best.bound
        sides.moved(price, better=gain > 0, kept=gain / promise)
        if gain > 0:
            best = looked
    return best
