"""Lanes that are worth running: a good start for batches, what opening a lane costs, one way only.

Lanes that carry less than a batch are closed, those that carry least first, and the rest is planned
again, until all that are left carry one. What opening a lane costs is shared out among the patients
whom it carried the round before, so that lanes with few of them pay most (dynamic slope scaling,
Kim and Pardalos 1999). Where a trust may not send and receive, the way on which it moves fewer is
closed. The cheapest plan of all rounds is kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.arcs import Kind
from mutualaid.model.limits.batches import BATCH, BATCH_FULL, BATCH_USED, block_of
from mutualaid.model.limits.lane_budget import MAX_LANES, ROUTE, ROUTE_USED, moves_by_route
from mutualaid.model.limits.send_or_receive import MOVES_IN, MOVES_OUT, RECEIVES, both_ends
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, Network, no_rows
from mutualaid.planning.warm_start import with_choices
from mutualaid.policy.harm import SCALE
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.certificate import broken
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import Solution, certified_by, solve
from mutualaid.solve.status import found_nothing
from mutualaid.solve.tie_breaking import restore_baseline

ROUNDS = 60
CLOSED = 0.5
"""Of the lanes that carry less than a batch, so many are closed in a round, the emptiest first."""
PATIENT_ROUNDS = 8
"""Rounds after which only lanes with a batch stay open: else a few patients wander on and on."""
CHOSEN = (ROUTE, BATCH, RECEIVES)
OF_LANES = (ROUTE_USED, BATCH_USED, BATCH_FULL, MAX_LANES, MOVES_IN, MOVES_OUT)


def batches_start(model: Model, solver: str, limits: Limits, known: Ints | None) -> Ints | None:
    """A good flow of a model whose lanes carry batches, cost something to open, or go one way.

    Parameters
    ----------
    model
        The model.
    solver, limits
        As for :func:`mutualaid.solve.solver.solve`.
    known
        A flow that keeps every row.

    Returns
    -------
    int64 array, shape (arcs,), or None
        None where the policy asks for none of it, or none was found.
    """
    policy = model.frame.policy
    least = policy.min_batch or 0
    if least <= 1 and not policy.lane_weeks and not policy.send_or_receive:
        return None
    network, means = model.network, model.means
    found = moves_by_route(model.frame.system, model.frame.queues, model.lanes, means)
    if not len(found.arc):
        return None
    block, blocks = block_of(found, model)
    opening = round(policy.lane_weeks * SCALE)
    choices = means.arcs(Kind.CHOICE)
    ours = np.isin([choice.key[0] for choice in model.choices], [kind.number for kind in CHOSEN])
    other = np.flatnonzero(~np.isin(network.rows.kind, [kind.number for kind in OF_LANES]))
    rest = network.rows.only(other) if len(other) else no_rows()
    free = choices[ours]
    shut = np.zeros(len(found) * blocks, dtype=bool)
    ways = Ways(model) if policy.send_or_receive else None
    before = np.zeros(len(found), dtype=np.int64)
    shared = np.zeros(len(found), dtype=np.int64)
    best = None
    for number in range(ROUNDS):
        capacity, cost = network.capacity.copy(), network.cost.copy()
        capacity[found.arc[shut[block]]] = 0
        if ways is not None:
            capacity[ways.closed()] = 0
        cost[free] = 0
        cost[found.arc] += shared[found.route]
        trial = replace(network, capacity=capacity, cost=cost, rows=rest)
        flow = _flow(trial, solver, limits, known)
        if flow is None:
            break
        flow[free], flow[free + 1] = 0, network.capacity[free + 1]
        carried = np.bincount(block, weights=flow[found.arc], minlength=len(shut))
        few = np.flatnonzero((carried > 0) & (carried < least))
        share = CLOSED if number < PATIENT_ROUNDS else 1.0
        if ways is not None and ways.close(flow, share):
            continue
        if not len(few):
            whole = with_choices(network, free, flow)
            if not broken(network, whole):
                best = _cheaper(network, best, whole)
            by_route = np.bincount(found.route, weights=flow[found.arc], minlength=len(found))
            by_route = by_route.astype(np.int64)
            if not opening or np.array_equal(by_route, before):
                break
            before = by_route
            # A lane that is not used goes on at what it cost when it last was.
            shared = np.where(by_route > 0, opening // np.maximum(by_route, 1), shared)
            continue
        order = few[np.argsort(carried[few], kind="stable")]
        shut[order[: max(int(len(few) * share), 1)]] = True
        if share == 1:
            shut |= carried < least
    return best


class Ways:
    """Which trusts are to send nobody, and which to take in nobody, by service and period."""

    def __init__(self, model: Model) -> None:
        self.arc, self.out_of, self.into = both_ends(model)
        self.places = int(max(self.out_of.max(initial=0), self.into.max(initial=0))) + 1
        self.no_out, self.no_in = np.zeros((2, self.places), dtype=bool)

    def closed(self) -> Ints:
        """The arcs of moves that are closed."""
        result: Ints = self.arc[self.no_out[self.out_of] | self.no_in[self.into]]
        return result

    def close(self, flow: Ints, share: float) -> bool:
        """Close the lesser way of such a share of the trusts that do both; whether any does."""
        sent, taken = (
            np.bincount(end, weights=flow[self.arc], minlength=self.places)
            for end in (self.out_of, self.into)
        )
        lesser = np.minimum(sent, taken)
        both = np.flatnonzero(lesser)
        order = both[np.argsort(lesser[both], kind="stable")]
        first = order[: max(int(len(both) * share), 1)]
        self.no_out[first[sent[first] < taken[first]]] = True
        self.no_in[first[sent[first] >= taken[first]]] = True
        return len(both) > 0


def _flow(network: Network, solver: str, limits: Limits, known: Ints | None) -> Ints | None:
    if not len(network.rows):
        return solve_flow(network)
    start = None if known is None or broken(network, known) else known
    try:
        return solve(network, solver, limits, start).flow.copy()
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None


def _cheaper(network: Network, one: Ints | None, other: Ints) -> Ints:
    return other if one is None or network.total(other) < network.total(one) else one


def only_of_lanes(network: Network) -> bool:
    """Whether all side rows are about which lanes are run."""
    return bool(np.isin(network.rows.kind, [kind.number for kind in OF_LANES]).all())


def certify_by_flow(
    network: Network, flow: Ints, limits: Limits, reference: Ints | None
) -> Solution:
    """Certify a flow by the cheapest one that takes no notice of which lanes are run."""
    free = solve(replace(network, rows=no_rows()), limits=limits)
    if reference is not None:
        flow = restore_baseline(network, flow, reference)
    no_price = np.zeros(len(network.rows))
    return certified_by(network, flow, free.potential.astype(float), no_price, "greedy")
