"""What the measurements start from, written once to a folder by a process of its own."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np

import mutualaid as ma
from benchmarks.cases import system_of
from benchmarks.data import Files
from benchmarks.dense import Dense
from benchmarks.line import SIZES, Answer
from benchmarks.networks import Arrays
from mutualaid.model.build import build_frame


def ready(
    folder: str, size: str, rtt: str | None, sites: str | None, needs: Collection[str]
) -> Callable[[], Answer]:
    """Prepare a size in a folder.

    Parameters
    ----------
    folder
        Where to.
    size
        See :mod:`benchmarks.cases`.
    rtt, sites
        The files; None for the made-up collaborative.
    needs
        Any of ``"system"``, ``"week"`` (in periods of a week), ``"chain"``, ``"ageing"`` (the
        network either way) and ``"dense"``.

    Returns
    -------
    callable
        It prepares something tiny in the folder ``warm`` of that folder, too. Its answer has the
        proven optimum, and the system in words in ``details``.
    """
    files = None
    if rtt is not None and sites is not None:
        files = Files(rtt=Path(rtt), sites=Path(sites))

    def write() -> Answer:
        # The dense models of the peers know neither the time that a move takes nor specialists.
        place, policy = Path(folder), ma.Policy(lead_weeks=0, specialists=False)
        system = system_of(size, files)
        weekly = system_of(size, files, period_weeks=1) if "week" in needs else system
        case = {"size": size, "rtt": rtt, "sites": sites}
        said = _written(place, case, needs, system, weekly, policy)
        tiny = ma.datasets.collaborative(trusts=2, periods=2, list_size=600)
        case = {"size": SIZES[0], "rtt": None, "sites": None}
        _written(place / "warm", case, needs, tiny, tiny, policy)
        best = ma.optimise(system, policy).certificate
        if not (best.valid and best.optimal and best.exact):
            raise ValueError(f"there is no optimum to hold anybody against: {best}")
        return Answer(objective=best.cost, details=said)

    return write


def _written(
    place: Path,
    case: Mapping[str, object],
    needs: Collection[str],
    system: ma.System,
    weekly: ma.System,
    policy: ma.Policy,
) -> dict[str, str]:
    """Write what is needed, and say what it is."""
    place.mkdir(exist_ok=True)
    (place / "case.json").write_text(json.dumps(case), encoding="utf-8")
    said = {"system": repr(system)}
    if "system" in needs:
        _pickle(place / "system.pickle", system, policy)
    if "week" in needs:
        _pickle(place / "week.pickle", weekly, policy)
        said["week"] = repr(weekly)
    for formulation in sorted({"chain", "ageing"} & {*needs}, reverse=True):
        model = ma.build(system, policy, formulation=formulation)
        arrays_of(model).save(place / f"{formulation}.npz")
        said[formulation] = f"{formulation} network: {model!r}"
    if "dense" in needs:
        dense = dense_of(system, policy)
        dense.save(place / "dense.npz")
        said["dense"] = f"dense cohort model: {dense.size:,} variables"
    return said


def arrays_of(model: ma.PlanModel) -> Arrays:
    """Take the network of a model as plain arrays.

    Raises
    ------
    ValueError
        If it has lower bounds or side rows, which plain flow solvers do not take.
    """
    network = model.network
    if network.lower.any() or len(network.rows):
        raise ValueError("this network has lower bounds or side rows")
    return Arrays(
        supply=network.supply,
        tail=network.tail.astype(np.int64),
        head=network.head.astype(np.int64),
        capacity=network.capacity,
        cost=network.cost,
        node_start=network.node_start,
        arc_start=network.arc_start,
    )


def dense_of(system: ma.System, policy: ma.Policy) -> Dense:
    """Write the dense cohort model of a system.

    Raises
    ------
    ValueError
        If the policy has rules that depend on the wait or the period: the model knows none.
    """
    if policy.min_weeks_to_move or policy.notice_weeks:
        raise ValueError("the dense model knows no rules about waits or notice")
    frame = build_frame(system, policy)
    queues, lanes, slots, curves = frame.queues, frame.lanes, frame.slots, frame.curves
    arrival = queues.lot_arrival
    harm = np.zeros((len(arrival), system.periods + 1), dtype=np.int64)
    for period in range(1, system.periods + 2):
        here = np.flatnonzero(arrival <= period)
        harm[here, period - 1] = curves.until(
            queues.lot_queue[here],
            queues.lot_weeks[here],
            arrival[here],
            np.full(len(here), period),
        )
    return Dense(
        lot_queue=queues.lot_queue,
        lot_service=queues.service[queues.lot_queue],
        lot_arrival=arrival,
        lot_patients=queues.lot_patients,
        lane_queue=lanes.queue,
        lane_provider=lanes.provider,
        lane_pair=lanes.pair,
        lane_cost=lanes.cost,
        slots=slots.count,
        pair_provider=slots.provider,
        pair_service=slots.service,
        harm=harm,
    )


def _pickle(path: Path, system: ma.System, policy: ma.Policy) -> None:
    with path.open("wb") as stream:
        pickle.dump((system, policy), stream)
