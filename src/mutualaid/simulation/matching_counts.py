"""Allocate places to patients in a given order, group by group, by counts."""

from __future__ import annotations

import numpy as np

from mutualaid.model.decode import meet
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes


def before(count: Ints, group: Codes) -> Ints:
    """Running total within each group, before each entry; groups are contiguous.

    Examples
    --------
    >>> import numpy as np
    >>> before(np.array([3, 2, 4]), np.array([0, 0, 1])).tolist()
    [0, 3, 0]
    """
    running = np.cumsum(count) - count
    if not len(group):
        return running
    new = np.concatenate([[True], group[1:] != group[:-1]])
    first = np.flatnonzero(new)
    result: Ints = running - np.repeat(running[first], np.diff(np.append(first, len(group))))
    return result


def fill(count: Ints, group: Codes, room: Ints) -> Ints:
    """How many of each entry fit into its group's room, in the given order; groups are contiguous.

    Examples
    --------
    >>> import numpy as np
    >>> fill(np.array([3, 2, 4]), np.array([0, 0, 1]), np.array([4, 1])).tolist()
    [3, 1, 1]
    """
    result: Ints = np.clip(room[group] - before(count, group), 0, count)
    return result


def allocate_in_order(
    wanted: Ints, wanted_group: Codes, there: Ints, there_group: Codes
) -> tuple[Codes, Codes, Ints]:
    """Allocate supply to demand within each group, first come, first served.

    Parameters
    ----------
    wanted, there : int64 arrays
        Amounts of demand and of supply, each in the order in which they are served.
    wanted_group, there_group : int64 arrays
        The group of each.

    Returns
    -------
    demand, supply : int64 arrays
        Positions in ``wanted`` and ``there``.
    count : int64 array
        How much of that supply goes to that demand; above 0. In each group they sum to the
        lesser of demand and supply.

    Examples
    --------
    >>> import numpy as np
    >>> one, two = np.array([0, 1]), np.array([1, 0, 0])
    >>> found = allocate_in_order(np.array([4, 2]), one, np.array([1, 3, 3]), two)
    >>> [part.tolist() for part in found]
    [[0, 0, 1], [1, 2, 0], [3, 1, 1]]
    """
    size = max(int(side.max(initial=-1)) + 1 for side in (wanted_group, there_group))
    sides, limit = [], np.full(size, np.iinfo(np.int64).max)
    for count, group in ((wanted, wanted_group), (there, there_group)):
        total = np.zeros(size, dtype=np.int64)
        np.add.at(total, group, count)
        limit = np.minimum(limit, total)
    for count, group in ((wanted, wanted_group), (there, there_group)):
        order = np.argsort(group, kind="stable")
        sides.append((order, fill(count[order], group[order], limit)))
    (ours, our_count), (theirs, their_count) = sides
    mine, other, count = meet(our_count, their_count)
    return ours[mine], theirs[other], count.astype(np.int64)
