r"""Lagrangian relaxation of side rows: a lower bound from networks alone.

Side rows tie the services together. With a multiplier (a price) on each row they move into the
costs, and what is left is a network again, whose services are solved apart from each other:

.. math::

    L(\mu) = \sum_i (\mu_i^+ l_i - \mu_i^- r_i) + \sum_k \min_{x \in X_k} (c - \mu R) x .

:math:`L` bounds the cost of every plan from below and is concave. Each cheapest flow gives a cut:
a linear function above its service's part of :math:`L`. ``maximise_dual`` is a cutting-plane
method with a trust region, the boxstep method: the master program maximises the model that the
cuts make within a box around the best prices found, the oracle evaluates :math:`L` there, and the
box is moved (a serious step) or narrowed (a null step).

See Marsten, Hogan and Blankenship, *The Boxstep Method for Large-Scale Optimization*, Operations
Research 23 (1975), and Frangioni, *Standard Bundle Methods* (2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.model.network import NO_LIMIT, SAFE, Ints, Network, SideRows
from mutualaid.solve.backends.flow import Flows
from mutualaid.solve.cutting_plane_master import CuttingPlaneMaster
from mutualaid.solve.interface import Floats
from mutualaid.solve.potentials import potentials

MAX_ITERATIONS = 60
"""Prices that are evaluated after the first, at most; the bound holds whenever it stops."""
RELATIVE_TOLERANCE = 3e-6
"""It stops where the model exceeds the best bound by no more than this share of it."""
INITIAL_RADIUS, LARGEST_RADIUS, SMALLEST_RADIUS = 0.02, 1.0, 1e-7
"""Half the width of the box, in units of the price that outweighs the dearest cost."""
AT_BOUNDARY, OFF_CENTRE = 0.9, 0.3
"""Shares of the radius: from here on a step counts as reaching the boundary, or as far off."""
LARGEST_SCALE = 2**24
"""Prices are rounded to one over this, or coarser where 64 bits ask for it."""
LONGEST_CHAIN = 1000
"""Arcs in a row that may become cheaper, at most; more is taken for a cycle."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DualPoint:
    """A point of the Lagrangian dual: prices of the side rows, and the bound that they prove.

    Attributes
    ----------
    row_price : float64 array, shape (rows,)
        Prices of the side rows, in units of cost, as in :mod:`mutualaid.solve.certificate`.
    bound : float
        The Lagrangian at these prices, in units of cost: no flow that keeps the rows costs less,
        but for floating point.
    cost : int64 array, shape (arcs,)
        Reduced cost of each arc, with the prices of its rows, in ``1 / scale`` units of cost.
    scale : int
        Parts into which a unit of cost is divided.
    flow : int64 array, shape (arcs,)
        A cheapest flow for these costs.
    """

    row_price: Floats
    bound: float
    cost: Ints
    scale: int
    flow: Ints

    def potential(self, network: Network) -> Floats:
        """Node potentials, shape (nodes,), that prove the flow cheapest, in units of cost."""
        found = potentials(network, self.flow, self.cost)
        return found / self.scale


class LagrangianOracle:
    """Evaluates the Lagrangian of a network at prices of its side rows.

    Parameters
    ----------
    network
        The network with its side rows; see :func:`heights` for those that have no oracle.
    height : int64 array, shape (nodes,)
        The result of :func:`heights`.

    Attributes
    ----------
    unit : float64 array, shape (rows,)
        For each row the price that outweighs the dearest cost, in units of cost.
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
        self.scale = LARGEST_SCALE
        while self.scale > 1 and longest * 64 * dearest * self.scale >= SAFE:
            self.scale //= 2

    def evaluate(self, row_price: Floats) -> DualPoint:
        """Evaluate the Lagrangian: find the cheapest flow at some prices.

        Parameters
        ----------
        row_price : float64 array, shape (rows,)
            Prices of the side rows, in units of cost; rounded to ``1 / scale``. A row without an
            upper limit has no price below 0, one without a lower limit none above.

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
        rounded = price / self.scale
        value = float(cost.astype(np.float64) @ flow) / self.scale
        low = np.where(rounded > 0, rows.lower, 0) * rounded
        high = np.where(rounded < 0, rows.upper, 0) * rounded
        return DualPoint(
            row_price=rounded,
            bound=value + float((low + high).sum()),
            cost=cost,
            scale=self.scale,
            flow=flow,
        )

    def cut(self, flow: Ints) -> tuple[Floats, Floats]:
        """The cut of a flow: its constant and its slopes, component by component.

        Returns
        -------
        cost : float64 array, shape (components,)
            Cost of the flow in each component.
        level : float64 array, shape (rows, components)
            What the flow adds to each row in each component.
        """
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
    """Node heights: arcs that side rows can make cheaper go up by at least 1, and none goes down.

    A multiple of the rise (height of the head less that of the tail) added to each cost changes the
    cost of every flow by the same amount. So all costs can be made 0 or more, as the flow solver
    needs them.

    Returns
    -------
    int64 array, shape (nodes,), or None
        None where the network has a cycle of such arcs.
    """
    rows = network.rows
    cheaper = ((rows.upper < NO_LIMIT)[rows.row] & (rows.coefficient < 0)) | (
        (rows.lower > -NO_LIMIT)[rows.row] & (rows.coefficient > 0)
    )
    step = np.zeros(network.arcs, dtype=np.int64)
    step[rows.arc[cheaper]] = 1
    height = np.zeros(network.nodes, dtype=np.int64)
    for _ in range(LONGEST_CHAIN):
        higher = height.copy()
        np.maximum.at(higher, network.head, height[network.tail] + step)
        if np.array_equal(higher, height):
            return height
        height = higher
    return None


class _TrustRegion:
    """A box around the best prices found, which grows, shrinks and moves as steps succeed.

    Each lower and each upper limit of a row has a multiplier of its own, 0 or more, in units of
    the price that outweighs the dearest cost.
    """

    def __init__(self, rows: SideRows, unit: Floats) -> None:
        least = np.flatnonzero(rows.lower > -NO_LIMIT)
        most = np.flatnonzero(rows.upper < NO_LIMIT)
        self.rows = len(rows)
        self.row = np.concatenate([least, most])
        self.sign = np.repeat([1.0, -1.0], [len(least), len(most)])
        self.limit = np.concatenate([rows.lower[least], -rows.upper[most]]).astype(np.float64)
        self.unit = unit[self.row]
        self.centre = np.zeros(len(self.row))
        self.radius = np.full(len(self.row), INITIAL_RADIUS)
        self.direction = np.zeros(len(self.row))

    def row_price(self, multiplier: Floats) -> Floats:
        """Prices of rows, in units of cost, from the multipliers of their limits."""
        result = np.zeros(self.rows)
        np.add.at(result, self.row, self.sign * multiplier * self.unit)
        return result

    def bounds(self) -> tuple[Floats, Floats]:
        """Least and greatest multipliers within the box."""
        return np.maximum(self.centre - self.radius, 0), self.centre + self.radius

    def update(self, multiplier: Floats, *, ratio: float) -> None:
        """Move the centre after a serious step, shrink the box after a null step.

        Parameters
        ----------
        multiplier : float64 array, shape (limits,)
            Where the Lagrangian was evaluated.
        ratio
            The rise of the bound over the rise that the model promised. Above 0 the step is
            serious: the radius of a multiplier is doubled where it runs into the boundary on the
            same side again, and reduced where it turns back or stays inside.
        """
        step = multiplier - self.centre
        if ratio <= 0:
            far = np.abs(step) > OFF_CENTRE * self.radius
            self.radius = np.where(far, self.radius / 2, self.radius)
        else:
            direction = np.sign(step) * (np.abs(step) > AT_BOUNDARY * self.radius)
            again = direction * self.direction
            inside = np.where(direction == 0, 0.8, 1.0)
            factor = np.where(again > 0, 2.0, np.where(again < 0, 0.5, inside))
            self.radius = self.radius * factor * (1.0 if ratio > 0.1 else 0.7)
            self.centre, self.direction = multiplier, direction
        self.radius = np.clip(self.radius, SMALLEST_RADIUS, LARGEST_RADIUS)


def maximise_dual(oracle: LagrangianOracle, known: Ints | None = None) -> DualPoint:
    """Find the prices of the side rows whose Lagrangian bound is highest.

    Parameters
    ----------
    oracle
        Evaluates the Lagrangian of the network.
    known : int64 array, shape (arcs,)
        A flow that keeps the rows, if there is one: its cut keeps prices from running away.

    Returns
    -------
    DualPoint
        The best that was found, within :data:`RELATIVE_TOLERANCE` or :data:`MAX_ITERATIONS`.

    Raises
    ------
    SolverError
        As :meth:`LagrangianOracle.evaluate`.
    """
    network = oracle.network
    region = _TrustRegion(network.rows, oracle.unit)
    best = oracle.evaluate(np.zeros(len(network.rows)))
    components = len(oracle.filled)
    # Values of about 1000 leave a solver's absolute tolerances far below what matters.
    scaling = 1000 / max(abs(best.bound), 1.0)
    gain = np.concatenate([np.ones(components), region.limit * region.unit * scaling])
    master = CuttingPlaneMaster(gain)

    def add(flow: Ints) -> None:
        cost, level = oracle.cut(flow)
        slope = level[region.row][:, oracle.filled].T * region.sign * region.unit
        master.add_rows(
            np.concatenate([np.eye(components), slope * scaling], axis=1),
            cost[oracle.filled] * scaling,
        )

    add(best.flow)
    if known is not None:
        add(known)
    for _ in range(MAX_ITERATIONS):
        low, high = region.bounds()
        master.limit(components + np.arange(len(low)), low, high)
        value, variables = master.solve()
        predicted = value / scaling - best.bound
        if predicted <= RELATIVE_TOLERANCE * abs(best.bound):
            break
        multiplier = variables[components:]
        trial = oracle.evaluate(region.row_price(multiplier))
        add(trial.flow)
        rise = trial.bound - best.bound
        region.update(multiplier, ratio=rise / predicted)
        if rise > 0:
            best = trial
    return best
