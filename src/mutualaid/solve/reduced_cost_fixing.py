r"""Reduced-cost fixing: hold the value of one objective while the next is optimised.

With any prices of balances and side rows, the cost of a flow is a bound plus terms that are 0 or
more:

.. math:: c x = L + \sum_a |\bar c_a| \, d_a + \sum_i |\mu_i| \, s_i,

with :math:`d_a` the distance of the flow on arc `a` from the bound that the sign of its reduced
cost selects, and :math:`s_i` the distance of side row `i` from the limit that the sign of its price
selects (see :mod:`mutualaid.solve.certificate`). A cost of at most :math:`m` therefore limits each
distance :math:`d_a` to :math:`(m - L) / |\bar c_a|`, in whole numbers and exactly. If the arcs that
are still free could exceed :math:`m` together by a unit or more, a side row holds them; its
coefficients are reduced costs, which keeps them small.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.network import NO_LIMIT, SAFE, Ints, Network, SideRows, stack_rows
from mutualaid.solve.certificate import inner, lower_bound, reduced_costs, shared_unit

TRIFLE = 1e-9
"""Relative error that is allowed for in floating-point sums."""


def hold(network: Network, most: int, potential: Ints, row_price: Ints, scale: int) -> Network:
    """Limit the cost of a network's flows.

    Parameters
    ----------
    network
        The network, with the cost that is to be held.
    most
        The largest cost allowed, in units of cost; some flow costs no more.
    potential, row_price, scale
        Prices, as for :func:`mutualaid.solve.certificate.lower_bound`. The closer their bound is to
        the optimum, the more arcs are fixed.

    Returns
    -------
    Network
        Its whole-number flows are those of the network that cost at most ``most``.

    Raises
    ------
    OverflowError
        If the side row does not fit in 64 bits.

    Examples
    --------
    >>> from mutualaid.model.network import no_rows
    >>> network = Network(
    ...     supply=np.array([4, -4]), tail=np.array([0, 0, 0], dtype=np.int32),
    ...     head=np.array([1, 1, 1], dtype=np.int32), capacity=np.array([4, 4, 4]),
    ...     cost=np.array([3, 5, 9]), tie=np.array([0, 0, 0]),
    ...     node_start=np.array([0, 2]), arc_start=np.array([0, 3]),
    ... )
    >>> best = hold(network, 12, np.array([0, 3]), np.zeros(0, dtype=np.int64), 1)
    >>> best.capacity.tolist(), len(best.rows)
    ([4, 0, 0], 0)

    Up to 7 more: three patients may take the second way or one the third, and a row says so.

    >>> near = hold(network, 19, np.array([0, 3]), np.zeros(0, dtype=np.int64), 1)
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
    row = _row(held, most, potential, scale)
    return held if row is None else replace(held, rows=stack_rows(held.rows, row))


def _from_rows(network: Network, price: Ints) -> float:
    """Upper bound on the terms of side rows: their prices times their largest distances."""
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


def _row(network: Network, most: int, potential: Ints, scale: int) -> SideRows | None:
    """The side row that limits the cost of the free arcs; None if they cannot exceed it.

    Of two equivalent rows, in costs and in costs reduced by the potentials, the one with the
    smaller coefficients.
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
        lower=np.array([-NO_LIMIT], dtype=np.int64),
        upper=np.array([limit], dtype=np.int64),
    )
