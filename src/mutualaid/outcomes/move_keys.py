"""Moves that stand already: promised by a plan, and looked for in another model.

A move is known by its queue, its provider and its period, in words, so that it is found again
where the lists, the slots or the horizon are others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from mutualaid.model.arcs import Kind
from mutualaid.model.linear_terms import away
from mutualaid.model.model import Model
from mutualaid.model.network import Ints

Key: TypeAlias = tuple[str, ...]
"""Labels of the queue, the provider and the period."""
Standing: TypeAlias = Mapping[Key, int]
"""How many patients stand, by :data:`Key`."""


def standing_moves(moves: pd.DataFrame, labels: Sequence[str]) -> Standing:
    """Count moves by queue, provider and period.

    Parameters
    ----------
    moves
        The columns of :attr:`mutualaid.Plan.moves`, or as many as tell queues apart.
    labels
        The columns that tell queues apart.

    Examples
    --------
    >>> moves = pd.DataFrame({"origin": ["A", "A"], "service": "C_110", "provider": "B",
    ...                       "period": 1, "patients": [2, 3]})
    >>> standing_moves(moves, ["origin", "service"])
    {('A', 'C_110', 'B', '1'): 5}
    """
    result: dict[Key, int] = {}
    rows = moves[[*labels, "provider", "period"]].astype(str).itertuples(index=False, name=None)
    for key, patients in zip(rows, moves["patients"].tolist(), strict=True):
        result[key] = result.get(key, 0) + patients
    return result


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
    labels = list(queues.labels[queues.names].astype(str).itertuples(index=False, name=None))
    providers = model.frame.system.providers
    lane = model.means.lane[arcs]
    places = zip(
        model.lanes.queue[lane].tolist(),
        model.lanes.provider[lane].tolist(),
        model.means.period[arcs].tolist(),
        strict=True,
    )
    return [(*labels[queue], providers[p], str(t)) for queue, p, t in places]


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
    result[arcs] = [standing.get(key, 0) for key in keys_of(model, arcs)]
    return result


def exits(model: Model) -> Ints:
    """Arcs of which every patient takes one: treatments, and waiting beyond the end."""
    means, network = model.means, model.network
    ends = (means.kind == Kind.WAIT) & (network.supply[network.head] < 0)
    return np.flatnonzero(ends | np.isin(means.kind, (Kind.TREAT, Kind.DIRECT, Kind.BOOKED)))
