"""Matching patients with places: deferred acceptance, and first come, first served."""

from __future__ import annotations

import numpy as np

from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.simulation.matching_counts import before


def stable(patients: Ints, edge_lot: Codes, edge_pair: Codes, rank: Codes, room: Ints) -> Ints:
    """Match lots of patients with places stably: no patient and place prefer each other.

    Deferred acceptance (Gale and Shapley, *College Admissions and the Stability of Marriage*,
    1962), on counts. Patients propose to the place that they prefer; each place keeps the proposals
    that it ranks first, up to its room, and rejects the others; the rejected propose to their next
    place, until nobody is rejected who has a place left to try.

    Parameters
    ----------
    patients : int64 array, shape (lots,)
        Patients of each lot.
    edge_lot, edge_pair : int64 arrays, shape (edges,)
        Lot and place of each possible match: edges of a lot are contiguous, in its order of
        preference.
    rank : int64 array, shape (edges,)
        Rank of the edge at its place, the lowest preferred; distinct within a place.
    room : int64 array, shape (places,)
        Patients that each place can take.

    Returns
    -------
    int64 array, shape (edges,)
        Patients who are matched along each edge.

    Examples
    --------
    Both lots like place 0 best, which has room for three and likes lot 1 better:

    >>> import numpy as np
    >>> lot, pair = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> stable(np.array([2, 2]), lot, pair, np.array([1, 1, 0, 0]), np.array([3, 5])).tolist()
    [1, 1, 2, 0]
    """
    edges = len(edge_lot)
    kept = np.zeros(edges, dtype=np.int64)
    if not edges:
        return kept
    order = np.lexsort((rank, edge_pair))
    group = edge_pair[order]
    first = np.concatenate([[True], edge_lot[1:] != edge_lot[:-1]])
    asking = np.where(first, patients[edge_lot], 0)
    while asking.any():
        there = kept + asking
        sorted_there = there[order]
        kept[order] = np.clip(room[group] - before(sorted_there, group), 0, sorted_there)
        turned_away = there - kept
        asking = np.zeros_like(kept)
        asking[1:] = np.where(first[1:], 0, turned_away[:-1])
    return kept


def in_turn(patients: Ints, edge_lot: Codes, edge_pair: Codes, room: Ints) -> Ints:
    """Match along each edge in turn, as many as there are patients and room left.

    Parameters and result as for :func:`stable`, without preferences.

    Examples
    --------
    >>> import numpy as np
    >>> lot, pair = np.array([1, 0, 0]), np.array([0, 0, 1])
    >>> in_turn(np.array([2, 2]), lot, pair, np.array([3, 5])).tolist()
    [2, 1, 1]
    """
    given = np.zeros(len(edge_lot), dtype=np.int64)
    waiting, left = patients.tolist(), room.tolist()
    total = sum(left)
    for edge, (lot, pair) in enumerate(zip(edge_lot.tolist(), edge_pair.tolist(), strict=True)):
        count = min(waiting[lot], left[pair])
        if count:
            given[edge] = count
            waiting[lot] -= count
            left[pair] -= count
            total -= count
            if not total:
                break
    return given
