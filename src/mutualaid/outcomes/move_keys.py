"""Moves that stand already: promised by a plan, and looked for in another model.

A move is known by its queue, its provider and its period, in words, so that it is found again
where the lists, the slots or the horizon are others. Where queues are told apart by what their own
trust would do alone, that is part of the key as far as it is known. What stands for a group that
may not go there, or for more than it holds, or without a group, is looked for among the other
groups of the queue, those first whom their own trust would treat last: they gain most by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from mutualaid.data.schema import ALONE_PERIOD
from mutualaid.model.arcs import Kind
from mutualaid.model.linear_terms import away
from mutualaid.model.model import Model
from mutualaid.model.network import Ints

Key: TypeAlias = tuple[str, ...]
"""Labels of the queue, the provider, the period and, where known, the period of treatment alone."""
Standing: TypeAlias = Mapping[Key, int]
"""How many patients stand, by :data:`Key`."""


def standing_moves(moves: pd.DataFrame, labels: Sequence[str]) -> Standing:
    """Count moves by queue, provider and period.

    Parameters
    ----------
    moves
        The columns of :attr:`mutualaid.Plan.moves`, or as many as tell queues apart.
    labels
        The columns that tell queues apart; with ``alone_period`` it is a part of the key, empty
        where the table does not know it.

    Examples
    --------
    >>> moves = pd.DataFrame({"origin": ["A", "A"], "service": "C_110", "provider": "B",
    ...                       "period": 1, "patients": [2, 3]})
    >>> standing_moves(moves, ["origin", "service"])
    {('A', 'C_110', 'B', '1'): 5}
    """
    result: dict[Key, int] = {}
    names = [name for name in labels if name != ALONE_PERIOD]
    texts = moves[[*names, "provider", "period"]].astype(str)
    if len(names) < len(labels):
        known = ALONE_PERIOD in moves
        alone = pd.to_numeric(moves[ALONE_PERIOD]).astype("Int64") if known else None
        texts[ALONE_PERIOD] = "" if alone is None else alone.astype(object).map(_text)
    rows = texts.itertuples(index=False, name=None)
    for key, patients in zip(rows, moves["patients"].tolist(), strict=True):
        result[key] = result.get(key, 0) + patients
    return result


def _text(alone: object) -> str:
    return "" if alone is pd.NA else str(alone)


def changes_between(
    before: pd.DataFrame, after: pd.DataFrame, labels: Sequence[str]
) -> pd.DataFrame:
    """List moves of which more or fewer stand in one table than in another.

    Returns
    -------
    pandas.DataFrame
        ``labels``, ``provider``, ``period``, ``before``, ``after`` and ``change`` (patients).

    Examples
    --------
    >>> old = pd.DataFrame({"origin": ["A"], "provider": ["B"], "period": [1], "patients": [5]})
    >>> changes_between(old, old.assign(patients=3), ["origin"])["change"].tolist()
    [-2]
    """
    keys = [*labels, "provider", "period"]
    plain = dict.fromkeys(keys[:-1], str)
    sides = [
        side[[*keys, "patients"]].astype(plain).groupby(keys)["patients"].sum()
        for side in (before, after)
    ]
    both = pd.concat(sides, axis=1, keys=["before", "after"]).fillna(0).astype("int64")
    both["change"] = both["after"] - both["before"]
    return both[both["change"] != 0].sort_index().reset_index()


def keys_of(model: Model, arcs: Ints) -> list[Key]:
    """What treatment arcs of a model are called."""
    queues = model.frame.queues
    apart = queues.alone
    labels = list(queues.labels[queues.names].astype(str).itertuples(index=False, name=None))
    providers = model.frame.system.providers
    lane = model.means.lane[arcs]
    # Nothing where queues are whole.
    alone = [()] * len(queues) if apart is None else [(str(when),) for when in apart.tolist()]
    places = zip(
        model.lanes.queue[lane].tolist(),
        model.lanes.provider[lane].tolist(),
        model.means.period[arcs].tolist(),
        strict=True,
    )
    return [(*labels[queue], providers[p], str(t), *alone[queue]) for queue, p, t in places]


def at_home(model: Model) -> Ints:
    """Arcs of patients treated at home, where a queue's lanes start."""
    arcs = model.means.arcs(Kind.TREAT)
    return arcs[model.lanes.home[model.means.lane[arcs]]]


def on_arcs(model: Model, standing: Standing, among: Ints | None = None) -> Ints:
    """How many stand on each arc of a model; those that it has no arc for are left out.

    ``among`` are the arcs to look at: those of moves, if not given.
    """
    result = np.zeros(model.network.arcs, dtype=np.int64)
    arcs = away(model) if among is None else among
    keys = keys_of(model, arcs)
    result[arcs] = [standing.get(key, 0) for key in keys]
    if model.frame.queues.alone is None:
        return result
    result[arcs] = np.minimum(result[arcs], model.network.capacity[arcs])
    return _shared_out(model, standing, dict(zip(keys, arcs.tolist(), strict=True)), result)


def _shared_out(model: Model, standing: Standing, arc_of: Mapping[Key, int], result: Ints) -> Ints:
    """Put what found no room with its own group on arcs of the other groups of its queue."""
    rest: dict[Key, int] = {}
    for key, patients in standing.items():
        held = int(result[arc_of[key]]) if key in arc_of else 0
        rest[key[:-1]] = rest.get(key[:-1], 0) + patients - held
    for key in sorted(arc_of, key=lambda key: -int(key[-1])):
        arc = arc_of[key]
        room = int(model.network.capacity[arc] - result[arc])
        more = min(rest.get(key[:-1], 0), room)
        if more > 0:
            result[arc] += more
            rest[key[:-1]] -= more
    return result


def exits(model: Model) -> Ints:
    """Arcs of which every patient takes one: treatments, and waiting beyond the end."""
    means, network = model.means, model.network
    ends = (means.kind == Kind.WAIT) & (network.supply[network.head] < 0)
    return np.flatnonzero(ends | np.isin(means.kind, (Kind.TREAT, Kind.DIRECT, Kind.BOOKED)))
