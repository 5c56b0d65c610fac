"""Keep a previous flow as far as possible, or depart from it only where that pays.

:func:`keep_promises` puts the previous flow first and the cost second. :func:`stay_close` charges
a cost for each unit of flow that is dropped or added. Every unit leaves the network through one
exit, so counting exits counts units.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.network import Ints, Network
from mutualaid.solve.interface import Limits
from mutualaid.solve.lexicographic import Objective, solve_in_order
from mutualaid.solve.solver import Solution, solve
from mutualaid.solve.tie_breaking import split_arcs


def keep_promises(
    network: Network, promised: Ints, exits: Ints, solver: str, limits: Limits
) -> Ints:
    """Find the cheapest flow among those that keep the most of what was promised.

    Parameters
    ----------
    network
        The network.
    promised
        How much was promised on each arc; 0 or more.
    exits
        Arcs of which every unit of supply takes exactly one: those of promises among them.
    solver, limits
        As for :func:`mutualaid.solve.solver.solve`.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow.

    Raises
    ------
    SolverError
        If there is no solution, or none that passes its certificate.
    """
    kept = np.minimum(promised, network.capacity)
    # Arcs of no promise stay one; of the others the first of two is what was promised.
    wide, owner, first = _split(network, np.where(kept > 0, kept, network.capacity))
    count = np.zeros(network.arcs, dtype=np.int64)
    count[exits] = 1
    count = count[owner]
    count[first[kept > 0]] = 0
    aims = [Objective(name="promises", cost=count), Objective(name="cost", cost=wide.cost)]
    solution, _ = solve_in_order(wide, aims, solver, limits)
    flow = np.zeros(network.arcs, dtype=np.int64)
    np.add.at(flow, owner, solution.flow)
    return flow


def stay_close(
    network: Network,
    standing: Ints,
    moved: Ints,
    exits: Ints,
    change: int,
    solver: str,
    limits: Limits,
    start: Ints | None = None,
    reference: tuple[Ints, Ints] | None = None,
) -> tuple[Ints, Solution]:
    """Find the cheapest flow where every change of what stands costs something.

    Parameters
    ----------
    network
        The network.
    standing
        How much stands on each arc; 0 or more.
    moved
        Arcs on which what stands, and what exceeds it, counts.
    exits
        As for :func:`keep_promises`; those arcs among them.
    change
        What each unit that is dropped, and each that is added, costs.
    solver, limits, start
        As for :func:`mutualaid.solve.solver.solve`.
    reference
        Other arcs, and a reference flow of every arc: of flows with the same cost, one that
        exceeds it least on those arcs.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow.
    Solution
        Its certificate counts ``change`` for every exit besides what stands: for each unit of
        supply once, whatever the flow, less what stands and is kept.
    """
    within = network.capacity.copy()
    within[moved] = np.minimum(standing[moved], within[moved])
    steady = np.zeros(network.arcs, dtype=bool)
    if reference is not None:
        arcs, level = reference
        within[arcs] = np.minimum(level[arcs], within[arcs])
        steady[arcs] = True
    wide, owner, first = _split(network, within)
    # What is kept of what stands is the only way out without a change; a unit that leaves by
    # another has been dropped from there, and one that is added elsewhere is a change besides.
    cost = wide.cost.copy()
    leaves = np.zeros(network.arcs, dtype=bool)
    leaves[exits] = True
    counts = np.zeros(network.arcs, dtype=bool)
    counts[moved] = True
    second = np.arange(wide.arcs) != first[owner]
    cost[leaves[owner] & ~counts[owner]] += change
    cost[counts[owner] & second] += 2 * change
    priced = replace(wide, cost=cost, tie=wide.tie + (steady[owner] & second))
    known = None
    if start is not None:
        known = np.where(second, start[owner] - within[owner], start[owner])
        known = np.clip(known, 0, np.where(second, known, within[owner]))
    solution = solve(priced, solver, limits, known)
    flow = np.zeros(network.arcs, dtype=np.int64)
    np.add.at(flow, owner, solution.flow)
    return flow, solution


def _split(network: Network, within: Ints) -> tuple[Network, Ints, Ints]:
    """Split arcs in two where they can carry more than a limit, with the entries of side rows.

    Returns
    -------
    Network, int64 array, int64 array
        The wider network, the arc that each of its arcs came from, and the first of each arc.
    """
    owner, _, lower, capacity = split_arcs(network.lower, network.capacity, within)
    copies = np.bincount(owner, minlength=network.arcs)
    ends = np.concatenate([[0], np.cumsum(copies)]).astype(np.int64)
    first = ends[:-1]
    rows = network.rows
    times = copies[rows.arc]
    entry = np.repeat(np.arange(len(rows.arc)), times)
    at = first[rows.arc[entry]]
    # The second entry of a pair is on the second arc.
    at[1:] += (entry[1:] == entry[:-1]).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(times)]).astype(np.int64)[rows.start]
    wide = replace(
        network,
        tail=network.tail[owner],
        head=network.head[owner],
        capacity=capacity,
        lower=lower,
        cost=network.cost[owner],
        tie=network.tie[owner],
        arc_start=ends[network.arc_start],
        first=first[network.first],
        loose=first[network.loose],
        rows=replace(rows, start=start, arc=at, coefficient=rows.coefficient[entry]),
    )
    return wide, owner, first
