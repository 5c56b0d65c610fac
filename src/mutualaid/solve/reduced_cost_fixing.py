r"""Hold what one objective has reached, in numbers that the next search can bear.

By prices of balances and side rows, what an objective costs is a bound and nothing but additions
to it:

.. math:: c x = L + \sum_a |\bar c_a| \, d_a + \sum_i |\mu_i| \, s_i,

with :math:`d_a` how far arc `a` is from the bound that its reduced cost asks for, and :math:`s_i`
how far side row `i` is from the limit that its price asks for (see
:mod:`mutualaid.solve.certificate`). Whoever allows the objective at most :math:`m` therefore
allows no arc to be further off than :math:`(m - L) / |\bar c_a|`: reduced-cost fixing, in whole
numbers and exact. What the arcs that are left could still add is held by a side row, where it is
more than a unit; its coefficients are reduced costs, of the size of what is allowed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.network import SAFE, Ints, Network, SideRows, stack_rows
from mutualaid.solve.certificate import inner, lower_bound, reduced_costs, shared_unit

TRIFLE = 1e-9
"""Sums in floating point are trusted but for such a share."""


def hold(
    network: Network, name: str, most: int, potential: Ints, row_price: Ints, scale: int
) -> Network:
    """Allow a network's cost to be at most so much.

    Parameters
    ----------
    network
        The network, with the cost that is to be held.
    name
        What the side row is called, if one is needed.
    most
        What the cost may be at most; some flow costs no more.
    potential, row_price, scale
        Any prices, as for :func:`mutualaid.solve.certificate.certify`; those of side rows have
        the signs that their limits ask for. The nearer they are to the best, the more arcs are
        held.

    Returns
    -------
    Network
        With the same whole-number flows as the network has at a cost of at most ``most``.

    Examples
    --------
    >>> from mutualaid.model.network import no_rows
    >>> network = Network(
    ...     supply=np.array([4, -4]), tail=np.array([0, 0, 0], dtype=np.int32),
    ...     head=np.array([1, 1, 1], dtype=np.int32), capacity=np.array([4, 4, 4]),
    ...     cost=np.array([3, 5, 9]), tie=np.array([0, 0, 0]),
    ...     node_start=np.array([0, 2]), arc_start=np.array([0, 3]),
    ... )
    >>> best = hold(network, "cost", 12, np.array([0, 3]), np.zeros(0, dtype=np.int64), 1)
    >>> best.capacity.tolist(), len(best.rows)
    ([4, 0, 0], 0)

    Up to 7 more: three patients may take the second way or one the third, and a row says so.

    >>> near = hold(network, "cost", 19, np.array([0, 3]), np.zeros(0, dtype=np.int64), 1)
    >>> near.capacity.tolist(), near.rows.coefficient.tolist(), near.rows.upper.tolist()
    ([4, 3, 1], [1, 3], [3])
    """
    reduced = reduced_costs(network, potential, row_price, scale)
    bound = lower_bound(network, potential, row_price, scale)
    unit = shared_unit(network.cost)
    most -= most % unit
    room = most * scale - int(bound * scale)
    size = np.abs(reduced)
    reach = min(room, SAFE) // np.maximum(size, 1)
    # Further than its other bound no arc can be.
    reach = np.minimum(reach, network.capacity - network.lower)
    held = replace(
        network,
        lower=np.where(reduced < 0, network.capacity - reach, network.lower),
        capacity=np.where(reduced > 0, network.lower + reach, network.capacity),
    )
    width = held.capacity - held.lower
    added = float(size @ width.astype(np.float64)) + _from_rows(held, row_price)
    if added * (1 + TRIFLE) < room + unit * scale:
        # Less than one unit too many is none.
        return held
    row = _row(held, name, most, potential, scale)
    return held if row is None else replace(held, rows=stack_rows(held.rows, row))


def _from_rows(network: Network, price: Ints) -> float:
    """What side rows with a price could add, at most, if they left the limit that it asks for."""
    rows = network.rows
    if not price.any():
        return 0.0
    coefficient = rows.coefficient.astype(np.float64)
    low, high = np.zeros(len(rows)), np.zeros(len(rows))
    ends = coefficient * network.lower[rows.arc], coefficient * network.capacity[rows.arc]
    np.add.at(low, rows.row, np.minimum(*ends))
    np.add.at(high, rows.row, np.maximum(*ends))
    high, low = np.minimum(high, rows.upper), np.maximum(low, rows.lower)
    slack = np.where(price > 0, high - rows.lower, np.where(price < 0, rows.upper - low, 0.0))
    return float(np.abs(price.astype(np.float64)) @ np.maximum(slack, 0.0))


def _row(network: Network, name: str, most: int, potential: Ints, scale: int) -> SideRows | None:
    """A side row over the arcs that may still move; None if they cannot break it.

    Potentials change what is counted on arcs, and by the supplies what it comes to: of the row as
    it stands and the row with them, the one with the smaller numbers.
    """
    shift = np.rint(potential / scale).astype(np.int64)
    # Potentials of nodes that nothing reaches can be as large as any number.
    shift = np.clip(shift, -(2**58), 2**58)
    free = network.lower < network.capacity
    best = None
    for price in (shift, np.zeros_like(shift)):
        weight = network.cost + price[network.tail] - price[network.head]
        limit = most + inner(price, network.supply)
        limit -= inner(np.where(free, 0, weight), network.lower)
        arc = np.flatnonzero(free & (weight != 0))
        coefficient = weight[arc]
        if not len(arc):
            return None
        shared = int(np.gcd.reduce(coefficient))
        coefficient, limit = coefficient // shared, limit // shared
        ends = np.maximum(
            coefficient * 1.0 * network.lower[arc], coefficient * 1.0 * network.capacity[arc]
        )
        if float(ends.sum()) + TRIFLE * float(np.abs(ends).sum()) <= limit:
            return None
        size = (int(np.abs(coefficient).max()), len(arc))
        fits = float(np.abs(ends).sum()) < SAFE and abs(limit) < SAFE
        if fits and (best is None or size < best[0]):
            best = size, arc, coefficient, limit
    if best is None:
        raise OverflowError("what holds an objective may not fit in 64 bits")
    _, arc, coefficient, limit = best
    return SideRows(
        start=np.array([0, len(arc)], dtype=np.int64),
        arc=arc,
        coefficient=coefficient,
        lower=np.array([-SAFE], dtype=np.int64),
        upper=np.array([limit], dtype=np.int64),
        names=(name,),
    )
