r"""Parametric programming: the optimum of the relaxation as a function of limits.

With upper limits :math:`r + s\,d` of the side rows the least cost of the relaxation is a convex,
piecewise linear, non-increasing function of `s`. The duals at `s` give its slope. Where the
tangents at two points meet is either a kink or the next point to evaluate (Eisner and Severance
1976, "Mathematical techniques for efficient record segmentation in large shared databases").
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.network import NO_LIMIT, Ints, Network, at_most, stack_rows
from mutualaid.solve.backends.highs import Program, infinite
from mutualaid.solve.interface import Floats, Limits

SAME = 1e-9
"""Values that differ by less, as a share, are equal in floating point."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frontier:
    """A convex, piecewise linear function.

    Attributes
    ----------
    at, value : float64 arrays
        Points on it, by rising parameter; between two of them it lies on or below their chord.
    kink : bool array, shape (points,)
        Whether the point is proven to be a kink, with no other between it and its neighbours.
    exact : bool
        Whether every kink was found.
    """

    at: Floats
    value: Floats
    kink: np.ndarray
    exact: bool


def frontier(
    network: Network,
    direction: Ints,
    low: float,
    high: float,
    limits: Limits,
    *,
    tolerance: float = 0.0,
) -> Frontier:
    """Trace the least cost of the relaxation as the upper limits of side rows rise.

    Parameters
    ----------
    network
        The network with its side rows.
    direction
        Rise of the upper limit of each row for a unit of the parameter; 0 or more.
    low, high
        Range of the parameter.
    limits
        Time and threads.
    tolerance
        Largest error of the chords that is accepted, as a share of the fall from ``low`` to
        ``high``; 0 finds every kink.

    Raises
    ------
    SolverError
        If there is no feasible flow at ``low``, or no optimum was found in time.
    """
    program = Program(network, limits)
    rows = np.flatnonzero(direction)
    below = infinite(network.rows.lower)[rows]
    base, rise = network.rows.upper[rows].astype(np.float64), direction[rows].astype(np.float64)

    def evaluate(s: float) -> tuple[float, float, float]:
        program.limit_rows(rows, below, base + s * rise)
        flow, _, dual = program.solve()
        return s, float(network.cost @ flow), float(dual[rows] @ rise)

    first, last = evaluate(low), evaluate(high)
    points = {low: (first[1], False), high: (last[1], False)}
    fall = max(first[1] - last[1], 0.0)
    scale = SAME * max(abs(first[1]), 1.0)
    pieces: list[tuple[float, int, tuple[float, ...], tuple[float, ...], float]] = []
    made = 0

    def push(a: tuple[float, float, float], b: tuple[float, float, float]) -> None:
        nonlocal made
        (s, v, g), (t, w, h) = a, b
        if t - s <= SAME * max(high - low, 1.0) or h - g <= scale / max(t - s, 1e-300):
            return
        meet = (w - v + g * s - h * t) / (g - h)
        chord = v + (w - v) * (meet - s) / (t - s)
        gap = chord - (v + g * (meet - s))
        if s < meet < t and gap > max(scale, tolerance * fall):
            heapq.heappush(pieces, (-gap, made, a, b, meet))
            made += 1

    push(first, last)
    while pieces:
        _, _, a, b, meet = heapq.heappop(pieces)
        here = evaluate(meet)
        tangent = a[1] + a[2] * (meet - a[0])
        touched = here[1] - tangent <= scale
        points[meet] = (here[1], touched)
        if not touched:
            push((a[0], a[1], a[2]), here)
            push(here, (b[0], b[1], b[2]))
    at = np.array(sorted(points))
    value = np.array([points[s][0] for s in at.tolist()])
    kink = np.array([points[s][1] for s in at.tolist()])
    if tolerance == 0.0:
        # Every piece is known: a point is a kink, or it lies on the line between its neighbours.
        chord = value.copy()
        share = (at[1:-1] - at[:-2]) / (at[2:] - at[:-2])
        chord[1:-1] = value[:-2] + share * (value[2:] - value[:-2])
        kink[1:-1] |= (chord - value)[1:-1] > scale
        kept = kink.copy()
        kept[[0, -1]] = True
        at, value, kink = at[kept], value[kept], kink[kept]
    return Frontier(at=at, value=value, kink=kink, exact=tolerance == 0.0)


def least_within(network: Network, weight: Ints, most: Ints, limits: Limits) -> Floats:
    """Find the least cost of the relaxation for each limit on the total weight of the flow.

    Parameters
    ----------
    network
        The network.
    weight
        Weight of a unit of flow on each arc; 0 or more.
    most : int64 array, shape (limits,)
        Limits on the total weight.
    limits
        Time and threads.

    Returns
    -------
    float64 array, shape (limits,)
        Least costs, in units of cost.

    Raises
    ------
    SolverError
        If there is no feasible flow within a limit.
    """
    row = at_most(weight, NO_LIMIT)
    wider = replace(network, rows=stack_rows(network.rows, row))
    if not network.arcs:
        return np.zeros(len(most))
    program = Program(wider, limits)
    place = np.array([len(network.rows)])
    result = np.zeros(len(most))
    # From loose to tight: each starts from the optimum of the one before.
    for i in np.argsort(-most, kind="stable").tolist():
        program.limit_rows(place, np.array([-np.inf]), np.array([float(most[i])]))
        try:
            flow, _, _ = program.solve()
        except SolverError as error:
            raise SolverError(
                f"no flow weighs at most {most[i]:,}: {error}", error.status
            ) from error
        result[i] = network.cost @ flow[: network.arcs]
    return result
