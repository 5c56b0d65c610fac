"""Plans that are known before a solver is asked: that nobody moves, or the plan of a lower rung."""

from __future__ import annotations

import numpy as np

from mutualaid.model.arcs import Kind
from mutualaid.model.decode import Outcome
from mutualaid.model.model import Model
from mutualaid.model.network import SAFE, Ints, Network
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
    alone
        The flow of :func:`nobody_moves`, if that is known.
    plan
        A plan of the same system and policy, if there is one.
    *others
        Other flows of the model, if there are any.

    Returns
    -------
    int64 array or None
        None where no side row makes it worth knowing, or none of them keeps them all.
    """
    network = model.network
    if not len(network.rows):
        return None
    other = None if plan is None else embedded(plan, model)
    known = [
        flow for flow in (alone, other, *others) if flow is not None and not broken(network, flow)
    ]
    return min(known, key=network.total, default=None)


def nobody_moves(model: Model, outcome: Outcome) -> Ints:
    """The flow in which everybody is treated at home or waits, as in an outcome of that kind.

    Choices that are not patients are taken only where a side row asks for them: targets that
    are missed.
    """
    network, means, queues = model.network, model.means, model.frame.queues
    treated = np.zeros((len(queues.lot_queue), model.frame.curves.periods + 2), dtype=np.int64)
    np.add.at(treated, (outcome.lot, outcome.period), outcome.patients)
    by_queue = np.zeros((len(queues), treated.shape[1]), dtype=np.int64)
    np.add.at(by_queue, queues.lot_queue, treated)
    flow = np.where(means.kind == Kind.REST, network.capacity, 0)
    # Arcs of a strand name its first lot.
    by_strand = np.zeros_like(treated)
    np.add.at(by_strand, model.strands.leads(len(treated)), treated)
    held = ~np.isin(means.kind, (Kind.WAIT, Kind.SLOTS))
    home = means.arcs(Kind.TREAT)
    home = home[model.lanes.home[means.lane[home]]]
    # How many of an ageing queue its home treats follows from how many of its lots are released.
    ageing = ~model.chain[means.queue[home]]
    held[home[ageing]] = False
    home = home[~ageing]
    flow[home] = by_queue[means.queue[home], means.period[home]]
    lots = np.flatnonzero(np.isin(means.kind, (Kind.RELEASE, Kind.DIRECT)))
    flow[lots] = by_strand[means.lot[lots], means.period[lots]]
    return with_choices(network, means.arcs(Kind.CHOICE), fix(network, flow, held, network.cost))


def as_alone(model: Model, alone: Ints) -> Ints:
    """Whom each trust treats at home and when, and who is left, if nobody moves; -1 elsewhere."""
    means, network = model.means, model.network
    counts = np.isin(means.kind, (Kind.RELEASE, Kind.DIRECT))
    counts |= (means.kind == Kind.WAIT) & (network.supply[network.head] < 0)
    home = means.arcs(Kind.TREAT)
    counts[home[model.lanes.home[means.lane[home]]]] = True
    return np.where(counts, alone, -1)


def with_choices(network: Network, choices: Ints, flow: Ints) -> Ints:
    """Take as much of each choice as frees the side rows that too much flow on others breaks."""
    rows = network.rows
    activity = np.zeros(len(rows), dtype=np.int64)
    np.add.at(activity, rows.row, rows.coefficient * flow[rows.arc])
    excess = np.where(rows.upper < SAFE, np.maximum(activity - rows.upper, 0), 0)
    chosen = np.zeros(network.arcs, dtype=bool)
    chosen[choices] = True
    frees = np.flatnonzero(chosen[rows.arc] & (rows.coefficient < 0) & (excess[rows.row] > 0))
    amount = -(-excess[rows.row[frees]] // -rows.coefficient[frees])
    taken = np.zeros(network.arcs, dtype=np.int64)
    np.maximum.at(taken, rows.arc[frees], amount)
    taken = np.minimum(taken, network.capacity)
    result: Ints = flow + taken
    # What is not chosen takes the arc beside it.
    result[choices + 1] -= taken[choices]
    return result


def embedded(plan: Plan, model: Model) -> Ints | None:
    """A plan's flow in another model of the same lanes, with those choices that it needs."""
    return laid_over(model, plan.model, plan.solution.flow)


def laid_over(model: Model, other: Model, flow: Ints) -> Ints | None:
    """A flow of another model in this one; None unless all arcs of the other are here as well.

    This one may have lanes besides, which carry nothing, and choices, of which those are taken that
    its side rows need.
    """
    here, there = model.network, other.network
    apart = (Kind.CHOICE, Kind.REST)
    mine, theirs = (~np.isin(m.means.kind, apart) for m in (model, other))
    if not other.lanes.away.any():
        treat = model.means.arcs(Kind.TREAT)
        mine[treat[model.lanes.away[model.means.lane[treat]]]] = False
    same = mine.sum() == theirs.sum() and all(
        np.array_equal(getattr(here, end)[mine], getattr(there, end)[theirs])
        for end in ("tail", "head", "cost")
    )
    if not same:
        return None
    result = np.where(model.means.kind == Kind.REST, here.capacity, 0)
    result[mine] = flow[theirs]
    return with_choices(here, model.means.arcs(Kind.CHOICE), result)
