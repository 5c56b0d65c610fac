"""Who leaves a list untreated: removals, taken from those who are there when a period starts.

Removals are data, never a choice of a plan. Those that say how long the leavers have waited come
first, from those who have waited exactly so long, of these the newest referrals first. Where there
are not so many, the newest leave of those who have waited less: the newest referrals, then the
youngest cohorts. Removals that do not say are of that kind from the start, for any wait. No
removal takes a patient who has waited longer than it says, and so no plan gains a long waiter's
leaving that the data do not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.data.column_checks import Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Leavers:
    """Removals: arrays of shape (rows,)."""

    pool: Ints
    """The number of the list that they leave, from 0."""
    period: Ints
    """At whose start they leave."""
    weeks: Ints | None
    """Weeks that they had waited at the census (below 0: until they join); None if it is not said
    how long they have waited."""
    patients: Ints
    """How many."""

    def of(self, period: int) -> Leavers:
        """Those of one period, a row for each list and wait: the shortest waits of each first."""
        rows = np.flatnonzero((self.period == period) & (self.patients > 0))
        pool = self.pool[rows]
        weeks = np.zeros_like(pool) if self.weeks is None else self.weeks[rows]
        order = np.lexsort((weeks, pool))
        rows, pool, weeks = rows[order], pool[order], weeks[order]
        new = (np.diff(pool, prepend=-1) != 0) | (np.diff(weeks, prepend=0) != 0)
        first = np.flatnonzero(new)
        count = self.patients[rows]
        return Leavers(
            pool=pool[first],
            period=self.period[rows][first],
            weeks=None if self.weeks is None else weeks[first],
            patients=np.add.reduceat(count, first) if len(first) else count,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Leave:
    """Who leaves when a period starts.

    Attributes
    ----------
    taken : int64 array, shape (groups,)
        How many leave of each group of patients.
    younger, nobody : int
        Removals that found somebody who had waited less than they say only; and that found nobody.
    """

    taken: Ints
    younger: int
    nobody: int


def leave(pool: Ints, weeks: Ints, there: Ints, leavers: Leavers) -> Leave:
    """Take the removals of one period from groups of patients.

    Parameters
    ----------
    pool, weeks : int64 arrays, shape (groups,)
        The list of each group, and the weeks waited at the census: in the order of both; of groups
        alike in both the newest referrals first.
    there : int64 array, shape (groups,)
        How many there are when the period starts.
    leavers
        The removals of the period, as :meth:`Leavers.of` gives them.

    Examples
    --------
    Of three who have waited 60 weeks and four who have waited 10, two of the 60 leave, and two
    of 20, of whom there is none:

    >>> two = np.zeros(2, dtype=np.int64)
    >>> out = leave(two, np.array([10, 60]), np.array([4, 3]), Leavers(
    ...     pool=two, period=two, weeks=np.array([20, 60]), patients=np.array([2, 2])))
    >>> out.taken.tolist(), out.younger, out.nobody
    ([2, 2], 2, 0)
    """
    taken = np.zeros_like(there)
    if not len(leavers.pool) or not len(pool):
        return Leave(taken=taken, younger=0, nobody=int(leavers.patients.sum()))
    rest, end = leavers.patients, np.searchsorted(pool, leavers.pool, side="right")
    if leavers.weeks is not None:
        # Nobody has waited longer than the longest of all: what is asked beyond finds nobody.
        least, most = int(weeks.min()) - 1, int(weeks.max()) + 1
        span = most - least + 1
        key = pool * span + (weeks - least)
        asked = leavers.pool * span + (np.clip(leavers.weeks, least, most) - least)
        end, after = (np.searchsorted(key, asked, side=side) for side in ("left", "right"))
        taken, rest = _exactly(there, end, after, leavers.patients)
    left = there - taken
    running = np.append(0, np.cumsum(left))
    start = np.searchsorted(pool, leavers.pool, side="left")
    # Who may leave for one row may leave for all after it: they nest, the shortest wait first.
    first = np.flatnonzero(np.diff(leavers.pool, prepend=-1))
    size = np.diff(np.append(first, len(rest)))
    wanted = np.cumsum(rest)
    wanted -= np.repeat(wanted[first] - rest[first], size)
    missing = np.maximum(np.maximum.reduceat(wanted - (running[end] - running[start]), first), 0)
    total = np.add.reduceat(rest, first) - missing
    of_pool = np.zeros(int(max(pool[-1], leavers.pool[-1])) + 1, dtype=np.int64)
    of_pool[leavers.pool[first]] = total
    before = running[:-1] - running[np.searchsorted(pool, pool, side="left")]
    younger: Ints = np.clip(of_pool[pool] - before, 0, left)
    said = leavers.weeks is not None
    return Leave(
        taken=taken + younger,
        younger=int(total.sum()) if said else 0,
        nobody=int(missing.sum()),
    )


def _exactly(there: Ints, first: Ints, after: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Take from those who have waited as long as is said; also how many are still wanted.

    ``first`` and ``after`` are where those start and end among the groups, row by row; no two rows
    have any in common.
    """
    running = np.append(0, np.cumsum(there))
    found = np.minimum(wanted, running[after] - running[first])
    size = after - first
    owner = np.repeat(np.arange(len(first)), size)
    group = np.repeat(first - (np.cumsum(size) - size), size) + np.arange(len(owner))
    before = running[group] - running[first][owner]
    taken = np.zeros_like(there)
    taken[group] = np.clip(found[owner] - before, 0, there[group])
    return taken, wanted - found


def in_proportion(take: Ints, here: Ints, group: Ints, first: Ints) -> Ints:
    """Share each group's total among its members in proportion, by largest remainder.

    Parameters
    ----------
    take : int64 array, shape (groups,)
        The totals.
    here, group : int64 arrays, shape (members,)
        How many each member has, and its group: one group's members after another's.
    first : int64 array, shape (groups,)
        The first member of each group.

    Examples
    --------
    >>> members = np.array([3, 1, 2])
    >>> in_proportion(np.array([3]), members, np.zeros(3, dtype=np.int64), np.array([0])).tolist()
    [2, 0, 1]
    """
    if len(first) == len(here):
        return take
    total = np.maximum(np.add.reduceat(here, first), 1)[group]
    part, rest = np.divmod(take[group] * here, total)
    short = take - np.add.reduceat(part, first)
    order = np.lexsort((np.arange(len(here)), -rest, group))
    rank = np.empty(len(here), dtype=np.int64)
    rank[order] = np.arange(len(here)) - first[group[order]]
    result: Ints = part + (rank < short[group])
    return result
