"""Build the network of a system and a policy, and record what its arcs stand for."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd

from mutualaid.arguments import argument
from mutualaid.data.booked_order import Reserved
from mutualaid.data.column_checks import Mask
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model.ageing import add_lots, lot_nodes
from mutualaid.model.alone_groups import at_home, lanes_apart, saves_enough, told_apart
from mutualaid.model.arcs import ArcList, Kind, Meaning, assemble
from mutualaid.model.booked import add_booked, booked_queues
from mutualaid.model.chain import add_releases, add_supply, add_waiting
from mutualaid.model.eligibility import may_go, personal_columns
from mutualaid.model.harm_costs import build_curves
from mutualaid.model.lanes import Lanes, Slots, build_lanes, build_slots
from mutualaid.model.lead_time import LeadTime, lead_time, too_early
from mutualaid.model.limits import limited
from mutualaid.model.limits.lent_rooms import add_rooms
from mutualaid.model.model import Frame, Model, Whole
from mutualaid.model.network import Network
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes, build_queues
from mutualaid.model.strands import Strands
from mutualaid.model.unmeasured_ways import say_own
from mutualaid.policy.estate import Estate
from mutualaid.policy.policy import Policy

logger = logging.getLogger(__name__)
FORMULATIONS = ("auto", "chain", "ageing")


def build_frame(
    system: System,
    policy: Policy,
    estate: Estate | None = None,
    reserved: Reserved | None = None,
) -> Frame:
    """Derive queues, lanes, slots and harm; with the rooms of an estate, if there is one.

    ``reserved`` says which bookings stand, if they are not those of the system as it is.
    """
    goes = None
    if policy.adults_only and "adult" not in system.waiting_list:
        raise InputError(
            "the policy lets only adults move, and waiting_list does not say who is one: add a "
            "column adult (True or False), or pass adults_only=False"
        )
    if personal_columns(system):
        tables = [t for t in (system.waiting_list, system.referrals) if t is not None]
        goes = may_go(system, policy, *tables)
        if goes[0].unmeasured_patients:
            say_own(goes[0].unmeasured_patients, goes[0].unmeasured_ways)
    groups = () if policy.equity is None else (policy.equity.by,)
    queues = build_queues(system, _asked(system, policy), goes, groups, reserved)
    slots = build_slots(system)
    lanes, rooms = build_lanes(system, policy, queues, slots), None
    if estate is not None:
        slots, lanes, rooms = add_rooms(system, policy, queues, slots, lanes, estate)
    return Frame(
        system=system,
        policy=policy,
        queues=queues,
        slots=slots,
        lanes=lanes,
        curves=build_curves(
            policy.harm, queues, system.period_weeks, system.periods, policy.tail_weeks
        ),
        rooms=rooms,
    )


def by_alone(frame: Frame, model: Model, outcome: Outcome) -> tuple[Frame, Outcome]:
    """Tell the patients of a frame apart by when their own trust treats them if nobody moves.

    Parameters
    ----------
    frame
        A frame that does not.
    model, outcome
        What each trust does alone, of the same lists; its slots may be others.

    Returns
    -------
    Frame
        The frame with queues by :data:`mutualaid.data.schema.ALONE_PERIOD`.
    Outcome
        What each trust does alone, by its lots; ``lane`` is of the home lanes alone.
    """
    periods, policy = frame.curves.periods, frame.policy
    movable = np.zeros(len(frame.queues), dtype=bool)
    movable[frame.lanes.queue[frame.lanes.away]] = True
    queues, alone = told_apart(frame.queues, outcome, periods, movable)
    apart = replace(
        frame,
        queues=queues,
        lanes=lanes_apart(frame.lanes, queues),
        curves=build_curves(
            policy.harm, queues, frame.system.period_weeks, periods, policy.tail_weeks
        ),
        whole=Whole(frame=frame, model=model, outcome=outcome),
    )
    useful = ~apart.lanes.away | saves_enough(apart, apart.lanes).any(axis=1)
    apart = replace(apart, lanes=apart.lanes.only(useful))
    return apart, at_home(alone, queues, apart.lanes.only(apart.lanes.home), periods)


def _asked(system: System, policy: Policy) -> list[str]:
    """Columns of the waiting list that the policy asks about."""
    asked = [] if policy.harm.by is None else [policy.harm.by]
    for table in (policy.forbidden_lanes, policy.allowed_lanes):
        if isinstance(table, pd.DataFrame):
            asked += [str(name) for name in table.columns if name != "provider"]
    if "cancer" in system.waiting_list:
        asked.append("cancer")
    return list(dict.fromkeys(asked))


def chain_fits(frame: Frame, lanes: Lanes) -> Mask:
    """Mask of the queues for which the chain network is exact, shape (queues,).

    The harm rate never falls with waiting; and either all patients may move from the start, or the
    queue has no lane but the home lane.
    """
    queues = frame.queues
    patient = queues.lot_free > 0
    at_arrival = frame.curves.waited(queues.lot_weeks, queues.lot_arrival)
    # A clock that starts later in the period shows no week, as a new one does.
    young = patient & (np.maximum(at_arrival, 0) < frame.policy.min_weeks_to_move)
    some_young = np.zeros(len(queues), dtype=bool)
    some_young[queues.lot_queue[young]] = True
    moves = np.zeros(len(queues), dtype=bool)
    moves[lanes.queue[~lanes.home]] = True
    fits: Mask = frame.curves.never_falls() & ~(some_young & moves)
    return fits


def build_model(
    frame: Frame,
    *,
    moves: bool = True,
    formulation: str = "auto",
    marks: Collection[tuple[int, int]] = (),
) -> Model:
    """Build the network.

    Parameters
    ----------
    frame
        What was derived from the system and the policy: see :func:`build_frame`.
    moves
        Whether patients may be treated away from home at all.
    formulation
        ``"chain"``, ``"ageing"``, or ``"auto"``: the chain for every queue that it is exact for,
        and the ageing network for the others.
    marks
        Pairs (period, weeks): patients who have waited at least so many weeks when that period
        ends get waiting arcs of their own.

    Raises
    ------
    InputError
        If the formulation is unknown, or the chain was asked for and is not exact.
    """
    argument.choice("formulation", formulation, FORMULATIONS)
    begun = perf_counter()
    lanes = frame.lanes if moves else frame.lanes.only(frame.lanes.home)
    fits = chain_fits(frame, lanes)
    if formulation == "chain" and not fits.all():
        raise InputError(
            f"the chain network is not exact for {int((~fits).sum())} queues: their harm rate "
            "falls with waiting, or min_weeks_to_move makes their lanes depend on it; use "
            "'ageing' or 'auto'"
        )
    chain = np.zeros_like(fits) if formulation == "ageing" else fits
    lead = lead_time(frame, lanes)
    strands = lead.strands(frame.queues, chain)
    network, means, nodes = _network(frame, lanes, lead, chain, strands, marks)
    model = Model(
        frame=frame,
        lanes=lanes,
        chain=chain,
        strands=strands,
        network=network,
        means=means,
        nodes=nodes,
    )
    model = limited(model, moves=moves)
    logger.info(
        "%d queues, %d of them as chains, in %d periods: %d nodes, %d arcs, %d side rows, %.2f s",
        len(chain),
        int(chain.sum()),
        frame.system.periods,
        model.network.nodes,
        model.network.arcs,
        len(model.network.rows),
        perf_counter() - begun,
    )
    return model


def _network(
    frame: Frame,
    lanes: Lanes,
    lead: LeadTime,
    chain: Mask,
    strands: Strands,
    marks: Collection[tuple[int, int]],
) -> tuple[Network, Meaning, Codes]:
    queues, slots, curves = frame.queues, frame.slots, frame.curves
    periods, lines = curves.periods, len(frame.system.lines)
    # Node numbers: a node for each queue and period (of a chain, or where an ageing queue's
    # lanes start), for each pair and period, for each line's sink, then the lots, the strands of
    # queues that have several, and the booked; last, where only some of a queue may move, a node
    # for each queue and period from which lanes away from home start.
    queue_node = np.arange(len(queues), dtype=np.int64) * periods
    pair_node = len(queues) * periods + np.arange(len(slots.provider), dtype=np.int64) * periods
    sink_node = (len(queues) + len(slots.provider)) * periods + np.arange(lines)
    first_lot = (len(queues) + len(slots.provider)) * periods + lines
    lots, lot_node, lot_count = lot_nodes(queues, ~chain, periods)
    lot_node = lot_node + first_lot
    braided = np.flatnonzero(~strands.alone)
    strand_node = queue_node[strands.queue]
    strand_node[braided] = first_lot + lot_count + np.arange(len(braided)) * periods
    booked = booked_queues(queues)
    booked_node = first_lot + lot_count + (len(braided) + np.arange(len(booked))) * periods
    away_node = first_lot + lot_count + (len(braided) + len(booked)) * periods
    start = queue_node[:, None] + np.arange(periods)
    apart = np.nonzero(lead.apart)
    start[apart] += away_node
    nodes = away_node + len(queues) * periods * bool(lead.periods)
    supply = np.zeros(nodes, dtype=np.int64)
    group = np.concatenate(
        [
            np.repeat(queues.line, periods),
            np.repeat(slots.line, periods),
            np.arange(lines),
            np.repeat(queues.line[queues.lot_queue[lots]], periods - queues.lot_arrival[lots] + 1),
            np.repeat(queues.line[strands.queue[braided]], periods),
            np.repeat(queues.line[booked], periods),
            np.repeat(queues.line, periods) if lead.periods else [],
        ]
    ).astype(np.int64)
    arcs = ArcList()
    release = _add_lanes(arcs, frame, lanes, lead, queue_node, start, pair_node)
    sink = sink_node[queues.line]
    add_waiting(arcs, queues, curves, strands, strand_node, start, sink, marks)
    add_supply(supply, queues, strands, strand_node)
    add_releases(arcs, queues, strands, strand_node, release, lead.periods)
    arcs.add(
        Kind.STAY,
        start[apart],
        queue_node[apart[0]] + apart[1],
        lead.ready[apart],
        queue=apart[0],
        period=apart[1] + 1,
    )
    add_lots(
        arcs,
        supply,
        queues,
        curves,
        lots,
        lot_node,
        release,
        _home_nodes(frame, lanes, pair_node),
        sink,
        frame.policy.min_weeks_to_move,
        lead.periods,
    )
    own_pair = slots.position[queues.origin, queues.line]
    add_booked(arcs, supply, queues, curves, booked_node, own_pair, pair_node, marks)
    _add_slots(arcs, slots, pair_node, sink_node)
    np.subtract.at(supply, sink, queues.patients())
    network, means, number = assemble(arcs, supply, group)
    used = np.flatnonzero(number >= 0)
    numbers = np.empty(network.nodes, dtype=np.int64)
    numbers[number[used]] = used
    return network, means, numbers


def _add_lanes(
    arcs: ArcList,
    frame: Frame,
    lanes: Lanes,
    lead: LeadTime,
    queue_node: Codes,
    start: Codes,
    pair_node: Codes,
) -> Codes:
    """Add treatment arcs; return the nodes from which lanes start, -1 where none is open.

    By queue and period, shape (2, queues, periods): for patients who may not move yet, and for
    those who may.
    """
    periods = frame.curves.periods
    # Slots bind on their own arc only: one slot more must be usable by whoever could use it.
    away = lanes.away[:, None]
    free = np.where(away, lead.ready[lanes.queue], lead.arrived[lanes.queue])
    shut = (frame.slots.count[lanes.pair] == 0) | too_early(frame, lanes)
    shut |= ~saves_enough(frame, lanes)
    capacity = np.where(shut, 0, free).ravel()
    step = np.tile(np.arange(periods), len(lanes))
    lane = np.repeat(np.arange(len(lanes)), periods)
    at_home = queue_node[:, None] + np.arange(periods)
    arcs.add(
        Kind.TREAT,
        np.where(away, start[lanes.queue], at_home[lanes.queue]).ravel(),
        pair_node[lanes.pair[lane]] + step,
        capacity,
        cost=lanes.cost[lane],
        tie=(~lanes.home[lane]).astype(np.int64),
        lane=lane,
        pair=lanes.pair[lane],
        queue=lanes.queue[lane],
        period=step + 1,
    )
    open_ = np.zeros((2, len(frame.queues), periods), dtype=bool)
    carries = capacity > 0
    open_[1, lanes.queue[lane[carries]], step[carries]] = True
    stays = carries & ~lanes.away[lane]
    open_[0, lanes.queue[lane[stays]], step[stays]] = True
    apart = lead.apart
    # What one slot more is worth is told by these nodes, even where there is none yet.
    open_[1] |= apart
    open_[0] = np.where(apart, open_[0], open_[1])
    return np.where(open_, np.stack([at_home, start]), -1)


def _home_nodes(frame: Frame, lanes: Lanes, pair_node: Codes) -> Codes:
    """The node of the own provider by queue and period; -1 where it has no slots."""
    result = np.full((len(frame.queues), frame.curves.periods), -1, dtype=np.int64)
    at_home = np.flatnonzero(lanes.home)
    pair = lanes.pair[at_home]
    node = pair_node[pair][:, None] + np.arange(frame.curves.periods)
    result[lanes.queue[at_home]] = np.where(frame.slots.count[pair] > 0, node, -1)
    return result


def _add_slots(arcs: ArcList, slots: Slots, pair_node: Codes, sink_node: Codes) -> None:
    pairs, periods = slots.count.shape
    step = np.tile(np.arange(periods), pairs)
    pair = np.repeat(np.arange(pairs), periods)
    arcs.add(
        Kind.SLOTS,
        pair_node[pair] + step,
        sink_node[slots.line[pair]],
        slots.count.ravel(),
        pair=pair,
        period=step + 1,
    )
