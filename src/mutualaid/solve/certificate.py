r"""Certificates: proof that a flow is feasible, and of how far it is from the best at most.

No solver has a part in this. From the network, the flow and any prices it computes, in whole
numbers, by how much the flow breaks a balance, a bound or a side row, and the Lagrangian bound

.. math::

    L(\pi, \mu) = -\sum_v b_v \pi_v + \sum_i (\mu_i^+ l_i - \mu_i^- r_i)
    + \sum_a \bigl(u_a \min(0, \bar c_a) + k_a \max(0, \bar c_a)\bigr), \qquad
    \bar c_a = c_a + \pi_{tail(a)} - \pi_{head(a)} - \sum_i \mu_i R_{ia},

which no feasible flow can undercut (weak duality), whatever the prices. Equality of cost and
bound proves the flow cheapest. See Ahuja, Magnanti and Orlin, *Network Flows* (1993), chapter 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mutualaid.formats import percent
from mutualaid.html_repr import shown
from mutualaid.model.network import NO_LIMIT, SAFE, Ints, Network, SideRows
from mutualaid.solve.interface import Floats

Price = TypeVar("Price", np.int64, np.float64)
SOME = 10_000
"""Costs whose greatest common divisor is tried before that of all."""
FINEST = 2**40
"""Floating-point prices are rounded to one over this of a unit of cost, or coarser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What has been proven of a plan.

    Attributes
    ----------
    cost : int
        What the flow costs, in 1/1000 harm-weeks.
    lower_bound : int
        No plan of whole patients costs less, in 1/1000 harm-weeks.
    primal_infeasibility : float
        The largest amount by which a balance, a bound or a side row is broken; 0 if none is.
    dual_infeasibility : float
        The largest price of a side row with the wrong sign for its limits; 0 if none has.
    exact : bool
        Whether everything was worked out in whole numbers.
    pure : bool
        Whether the network had no side rows, so that nothing but a gap of 0 will do.
    relaxed : int or None
        The bound that the prices prove, before it is rounded up to a multiple of the greatest
        common divisor of all costs; None where it equals the lower bound.
    """

    cost: int
    lower_bound: int
    primal_infeasibility: float
    dual_infeasibility: float
    exact: bool
    pure: bool
    relaxed: int | None = None

    @property
    def gap(self) -> float:
        """How far, at most, the plan's cost is above the best, as a share of it."""
        distance = self.cost - self.lower_bound
        return distance / max(abs(self.cost), 1)

    @property
    def optimal(self) -> bool:
        """Whether the plan is proven to be best."""
        return self.feasible and self.cost == self.lower_bound

    @property
    def feasible(self) -> bool:
        """Whether the plan keeps every balance, bound and side row."""
        return self.primal_infeasibility == 0

    @property
    def valid(self) -> bool:
        """Whether the plan keeps every limit and its bound is proven.

        Without side rows the bound must be met; with them, what is left is :attr:`gap`.
        """
        proven = self.dual_infeasibility == 0 and self.cost >= self.lower_bound
        return self.feasible and proven and (not self.pure or self.optimal)

    def __repr__(self) -> str:
        verdict = (
            "proven best" if self.optimal else f"at most {percent(self.gap, 4)} above the best"
        )
        if not self.valid:
            verdict = "NOT VALID"
        how = "in whole numbers" if self.exact else "in floating point"
        return (
            f"Certificate: {verdict}; every limit {'kept' if self.feasible else 'NOT kept'}; "
            f"checked {how}"
        )

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [
            ("Cost of the plan (thousandths of a harm-week)", self.cost),
            ("No plan of whole patients costs less than", self.lower_bound),
            ("Largest break of a balance, bound or side row", f"{self.primal_infeasibility:.3g}"),
            ("Largest price of a side row with the wrong sign", f"{self.dual_infeasibility:.3g}"),
            ("Worked out in whole numbers", "yes" if self.exact else "no"),
        ]
        return shown(
            "Certificate",
            [repr(self)],
            caption="Recomputed",
            headings=("What", "Found"),
            rows=rows,
        )


def certify(
    network: Network,
    flow: Ints,
    potential: Ints,
    row_price: Ints | None = None,
    scale: int = 1,
    *,
    pure: bool | None = None,
) -> Certificate:
    """Certify a flow.

    Parameters
    ----------
    network
        The network.
    flow : int64 array, shape (arcs,)
        Flow on each arc.
    potential : int64 array, shape (nodes,)
        Prices of the balances, in ``1 / scale`` units of cost.
    row_price : int64 array, shape (rows,)
        Prices of the side rows, likewise; None for zeros.
    scale
        Parts into which a unit of cost is divided.
    pure
        Whether the certificate is valid only with a gap of 0; by default, if there are no side
        rows.

    Returns
    -------
    Certificate

    Examples
    --------
    >>> import numpy as np
    >>> network = Network(
    ...     supply=np.array([1, -1]), tail=np.array([0, 0], dtype=np.int32),
    ...     head=np.array([1, 1], dtype=np.int32), capacity=np.array([1, 1]),
    ...     cost=np.array([3, 5]), tie=np.array([0, 0]),
    ...     node_start=np.array([0, 2]), arc_start=np.array([0, 2]),
    ... )
    >>> certify(network, np.array([1, 0]), np.array([0, 3]))
    Certificate: proven best; every limit kept; checked in whole numbers
    >>> certify(network, np.array([0, 1]), np.array([0, 3])).optimal
    False
    """
    rows = network.rows
    price = np.zeros(len(rows), dtype=np.int64) if row_price is None else row_price
    wrong = np.where(price > 0, rows.lower == -NO_LIMIT, (price < 0) & (rows.upper == NO_LIMIT))
    bound = lower_bound(network, potential, np.where(wrong, 0, price), scale)
    unit = shared_unit(network.cost)
    return Certificate(
        cost=inner(network.cost, flow),
        # Costs are whole multiples of it, so that the best cost is at least the next one.
        lower_bound=-((-bound.numerator) // (bound.denominator * unit)) * unit,
        primal_infeasibility=float(broken(network, flow)),
        dual_infeasibility=float(np.abs(price[wrong]).max(initial=0)) / scale,
        exact=True,
        pure=not len(rows) if pure is None else pure,
        relaxed=-(-bound.numerator // bound.denominator),
    )


def right_signs(rows: SideRows, price: npt.NDArray[Price]) -> npt.NDArray[Price]:
    """Set prices of side rows to 0 where their limits do not allow their sign.

    Such a price is floating-point noise. The bound holds for any prices, so dropping it is safe.
    """
    price = np.where(rows.upper == NO_LIMIT, np.maximum(price, 0), price)
    return np.where(rows.lower == -NO_LIMIT, np.minimum(price, 0), price)


def broken(network: Network, flow: Ints) -> int:
    """The largest amount by which a flow breaks a balance, a bound or a side row; 0 if none."""
    balance = network.supply.copy()
    np.subtract.at(balance, network.tail, flow)
    np.add.at(balance, network.head, flow)
    parts = (
        np.abs(balance),
        network.lower - flow,
        flow - network.capacity,
        network.rows.excess(flow),
    )
    return max(0, *(int(part.max(initial=0)) for part in parts))


def lower_bound(network: Network, potential: Ints, price: Ints, scale: int) -> Fraction:
    """The Lagrangian bound: no flow costs less.

    Parameters
    ----------
    network
        The network.
    potential, price
        Prices of balances and side rows, in ``1 / scale`` units of cost. A row without a lower
        limit has no price above 0, one without an upper limit none below 0: see
        :func:`right_signs`.
    scale
        Parts into which a unit of cost is divided.
    """
    reduced = reduced_costs(network, potential, price, scale)
    rows = network.rows
    total = -inner(network.supply, potential)
    total += inner(np.maximum(price, 0), np.where(price > 0, rows.lower, 0))
    total += inner(np.minimum(price, 0), np.where(price < 0, rows.upper, 0))
    total += inner(network.capacity, np.minimum(reduced, 0))
    total += inner(network.lower, np.maximum(reduced, 0))
    return Fraction(total, scale)


def reduced_costs(network: Network, potential: Ints, price: Ints, scale: int) -> Ints:
    """Reduced cost of each arc, in ``1 / scale`` units: arguments as for :func:`lower_bound`."""
    result = network.cost * np.int64(scale) + potential[network.tail] - potential[network.head]
    rows = network.rows
    if len(rows):
        np.subtract.at(result, rows.arc, price[rows.row] * rows.coefficient)
    return result


def shared_unit(cost: Ints) -> int:
    """Greatest common divisor of all costs, and so of the costs of whole-number flows; 1 or more.

    Examples
    --------
    >>> shared_unit(np.array([0, 4000, 6000]))
    2000
    """
    some = int(np.gcd.reduce(cost[:SOME])) if len(cost) else 0
    return some if some == 1 else max(int(np.gcd.reduce(cost)) if len(cost) else 0, 1)


def inner(a: Ints, b: Ints) -> int:
    """Inner product as a Python integer, so that it cannot overflow."""
    ends = [max(abs(int(x.max(initial=0))), abs(int(x.min(initial=0)))) for x in (a, b)]
    if ends[0] * ends[1] * len(a) < SAFE:
        return int(a @ b)
    largest = float(np.abs(a.astype(np.float64)) @ np.abs(b.astype(np.float64)))
    if largest < SAFE:
        return int(a @ b)
    used = np.flatnonzero((a != 0) & (b != 0))
    return int(np.dot(a[used].astype(object), b[used].astype(object)))


def whole_prices(network: Network, potential: Floats, row_price: Floats) -> tuple[Ints, Ints, int]:
    """Turn prices from floating point into whole numbers of ``1 / scale``.

    Parameters
    ----------
    network
        The network that they price.
    potential, row_price : float64 arrays, shapes (nodes,) and (rows,)
        Prices of balances and of side rows, in units of cost.

    Returns
    -------
    potential, row_price : int64 arrays
        The prices in ``1 / scale`` units. Rounding weakens the bound that they prove slightly, and
        never makes it wrong.
    scale : int
        As fine as 64-bit sums allow, at most :data:`FINEST`.

    Raises
    ------
    OverflowError
        If not even whole units fit in 64 bits.
    """
    rows = network.rows
    on_arc = np.zeros(network.arcs)
    np.add.at(on_arc, rows.arc, np.abs(row_price[rows.row] * rows.coefficient))
    largest = 2 * np.abs(potential).max(initial=0) + on_arc.max(initial=0)
    largest += float(network.cost.max(initial=0)) + 1
    scale = FINEST
    while scale > 1 and largest * scale >= SAFE:
        scale //= 2
    if not largest * scale < SAFE:
        raise OverflowError("prices may not fit in 64 bits")
    return (
        np.rint(potential * scale).astype(np.int64),
        np.rint(row_price * scale).astype(np.int64),
        scale,
    )
