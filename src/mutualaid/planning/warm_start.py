"""Warm starts: flows known before a solver is asked (nobody moves, the plan of a lower rung)."""

from __future__ import annotations

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.arcs import Kind
from mutualaid.model.decode import but_for_booked
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, Network
from mutualaid.model.outcome import Outcome
from mutualaid.plan_methods import Plan
from mutualaid.solve.certificate import broken
from mutualaid.solve.tie_breaking import fix


def first_start(
    model: Model, alone: Ints | None, plan: Plan | None, *others: Ints | None
) -> Ints | None:
    """Find the cheapest flow that is known to keep every side row of a model.

    Parameters
    ----------
    model
        The model.
    alone : int64 array, shape (arcs,)
        The flow of :func:`nobody_moves`, if that is known.
    plan
        A plan of the same system and policy, if there is one.
    *others
        Other flows of the model, if there are any.

    Returns
    -------
    int64 array, shape (arcs,), or None
        None if the model has no side rows, which needs no start, or no flow keeps them all.
    """
    network = model.network
    if not len(network.rows):
        return None
    other = None if plan is None else transfer_plan(plan, model)
    known = [
        flow for flow in (alone, other, *others) if flow is not None and not broken(network, flow)
    ]
    return min(known, key=network.total, default=None)


def nobody_moves(model: Model, outcome: Outcome) -> Ints:
    """The flow of an outcome in which everybody is treated at home or waits.

    Arcs that carry no patients (``Kind.CHOICE``, for example patients by whom a target is missed)
    get the least flow that the side rows ask for.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow.
    """
    network, means, queues = model.network, model.means, model.frame.queues
    outcome = but_for_booked(queues, outcome, outcome.lane >= 0)
    treated = np.zeros((len(queues.lot_queue), model.frame.curves.periods + 2), dtype=np.int64)
    np.add.at(treated, (outcome.lot, outcome.period), outcome.patients)
    by_queue = np.zeros((len(queues), treated.shape[1]), dtype=np.int64)
    np.add.at(by_queue, queues.lot_queue, treated)
    flow = np.where(means.kind == Kind.REST, network.capacity, 0)
    # Arcs of a strand name its first lot.
    by_strand = np.zeros_like(treated)
    np.add.at(by_strand, model.strands.leads(len(treated)), treated)
    held = ~np.isin(means.kind, (Kind.WAIT, Kind.SLOTS, Kind.STAY))
    home = means.arcs(Kind.TREAT)
    home = home[model.lanes.home[means.lane[home]]]
    # How many of an ageing queue its home treats follows from how many of its lots are released.
    ageing = ~model.chain[means.queue[home]]
    held[home[ageing]] = False
    home = home[~ageing]
    flow[home] = by_queue[means.queue[home], means.period[home]]
    lots = np.flatnonzero(np.isin(means.kind, (Kind.RELEASE, Kind.DIRECT)))
    flow[lots] = by_strand[means.lot[lots], means.period[lots]]
    booked = means.arcs(Kind.BOOKED)
    flow[booked] = network.capacity[booked]
    return with_choices(network, means.arcs(Kind.CHOICE), fix(network, flow, held, network.cost))


def alone_flow(
    model: Model, baseline: tuple[Model, Outcome] | None, flow: Ints | None
) -> Ints | None:
    """The flow in which nobody moves; None where there is no baseline to say so.

    ``flow`` is that of the baseline's own network, where it is known.
    """
    if baseline is None:
        return None
    carried = None if flow is None else transfer_flow(model, baseline[0], flow)
    return nobody_moves(model, baseline[1]) if carried is None else carried


def baseline_reference(model: Model, alone: Ints) -> Ints:
    """The reference flow for breaking ties: what each trust does alone.

    Parameters
    ----------
    model
        The model.
    alone : int64 array, shape (arcs,)
        The flow of :func:`nobody_moves`.

    Returns
    -------
    int64 array, shape (arcs,)
        Its flow on arcs of treatment at home and of patients left at the end; -1 on all others.
    """
    means, network = model.means, model.network
    counts = np.isin(means.kind, (Kind.RELEASE, Kind.DIRECT))
    counts |= (means.kind == Kind.WAIT) & (network.supply[network.head] < 0)
    home = means.arcs(Kind.TREAT)
    counts[home[model.lanes.home[means.lane[home]]]] = True
    return np.where(counts, alone, -1)


def with_choices(network: Network, choices: Ints, flow: Ints) -> Ints:
    """Raise each arc in ``choices`` to the least flow with which no side row exceeds its limit.

    What is raised is taken off the arc that follows, which carries what is not chosen.
    """
    rows = network.rows
    level = rows.level(flow)
    excess = np.where(level > rows.upper, level - rows.upper, 0)
    chosen = np.zeros(network.arcs, dtype=bool)
    chosen[choices] = True
    frees = np.flatnonzero(chosen[rows.arc] & (rows.coefficient < 0) & (excess[rows.row] > 0))
    amount = -(-excess[rows.row[frees]] // -rows.coefficient[frees])
    taken = np.zeros(network.arcs, dtype=np.int64)
    np.maximum.at(taken, rows.arc[frees], amount)
    taken = np.minimum(taken, network.capacity)
    result: Ints = flow + taken
    # What is not chosen takes the next arc.
    result[choices + 1] -= taken[choices]
    return result


def transfer_plan(plan: Plan, model: Model) -> Ints | None:
    """The flow of a plan in another model; None as for :func:`transfer_flow`."""
    return transfer_flow(model, plan.model, plan.solution.flow)


def transfer_flow(model: Model, other: Model, flow: Ints) -> Ints | None:
    """Transfer a flow from another model to this one.

    Parameters
    ----------
    model
        The model that the flow is for. It may have further lanes, which carry nothing, and arcs
        of choices of its own, which get the least flow that its side rows ask for.
    other
        The model that the flow is of.
    flow : int64 array, shape (arcs of ``other``,)
        The flow.

    Returns
    -------
    int64 array, shape (arcs of ``model``,), or None
        None unless every arc of ``other`` is in ``model``, between the same nodes and at the same
        cost.
    """
    here, there = model.network, other.network
    cut = ((one.strands.lot, one.strands.strand) for one in (model, other))
    if not all(np.array_equal(ours, its) for ours, its in zip(*cut, strict=True)):
        # Chains are cut otherwise where some may not move yet.
        return None
    apart = (Kind.CHOICE, Kind.REST)
    mine, theirs = (~np.isin(m.means.kind, apart) for m in (model, other))
    if not other.lanes.away.any():
        treat = model.means.arcs(Kind.TREAT)
        mine[treat[model.lanes.away[model.means.lane[treat]]]] = False
        # Where only moves can treat, nobody is released to be treated.
        known = _known_nodes(model, other)
        mine &= known[here.head] & known[here.tail]
    same = mine.sum() == theirs.sum() and np.array_equal(here.cost[mine], there.cost[theirs])
    same = same and all(
        np.array_equal(model.nodes[ours[mine]], other.nodes[its[theirs]])
        for ours, its in ((here.tail, there.tail), (here.head, there.head))
    )
    if not same:
        return None
    result = np.where(model.means.kind == Kind.REST, here.capacity, 0)
    result[mine] = flow[theirs]
    return with_choices(here, model.means.arcs(Kind.CHOICE), result)


def _known_nodes(model: Model, other: Model) -> Mask:
    """Mask of the nodes that another model has too, shape (nodes of ``model``,)."""
    known = np.zeros(model.network.nodes, dtype=bool)
    known[: len(model.nodes)] = np.isin(model.nodes, other.nodes, assume_unique=True)
    return known
