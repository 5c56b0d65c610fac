"""Whole numbers of fractions, with exact totals, whose errors do not pile up.

Three ways, each for a kind of total:

- *Largest remainder*: the total of a group is shared among its members, each rounded down, and
  what is left goes to the largest remainders.
- *Along a line*: running sums are rounded, not numbers. Every run of neighbours (ages of a queue,
  periods of a list) then adds up to what it should within one, and no number leaves the two whole
  numbers around its fraction.
- *In levels*: period by period the running total of everything is rounded, then shared among
  groups, then among their members, always by what each still lacks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mutualaid.data.column_checks import Floats, Ints

UNITS = 2**20
"""Parts of one patient in which running sums are kept, so that whole numbers stay exact."""


def largest_remainder(weights: Floats, group: Ints, totals: Ints) -> Ints:
    """Share whole totals of groups among their members in proportion to weights.

    Parameters
    ----------
    weights : float64 array, shape (members,)
        0 or more. A group whose members weigh nothing is shared out evenly.
    group : int64 array, shape (members,)
        The group of each member. A group without members must have the total 0.
    totals : int64 array, shape (groups,)
        0 or more.

    Returns
    -------
    int64 array, shape (members,)

    Examples
    --------
    >>> largest_remainder(np.array([4.0, 1.0, 1.0]), np.zeros(3, dtype=int), np.array([3]))
    array([2, 1, 0])
    """
    if not len(weights):
        return np.zeros(0, dtype=np.int64)
    groups = len(totals)
    sums = np.bincount(group, weights=weights, minlength=groups)
    weights = np.where(sums[group] > 0, weights, 1.0)
    sums = np.bincount(group, weights=weights, minlength=groups)
    due = weights * (totals[group] / sums[group])
    down = np.floor(due).astype(np.int64)
    over = np.bincount(group, weights=down, minlength=groups).astype(np.int64)
    short = totals - over
    order = np.lexsort((np.arange(len(due)), down - due, group))
    first = np.searchsorted(group[order], np.arange(groups))
    rank = np.empty(len(due), dtype=np.int64)
    rank[order] = np.arange(len(due)) - first[group[order]]
    result: Ints = down + (rank < short[group])
    return result


def along(values: Floats, first: Ints) -> Ints:
    """Round numbers along lines, so that running sums from the start of each are right within 1/2.

    Parameters
    ----------
    values : float64 array, shape (n,)
        0 or more: line after line.
    first : int64 array, shape (lines,)
        Where each line starts, in order.

    Returns
    -------
    int64 array, shape (n,)
        A number is rounded down or up; a whole number never changes by rounding alone when all
        before it in its line add up to a whole number.

    Examples
    --------
    >>> along(np.array([0.4, 0.4, 0.4, 2.8, 0.3]), np.array([0, 4]))
    array([0, 1, 0, 3, 0])
    """
    running = np.cumsum(in_units(values))
    return floors(running, first, np.full(len(first), UNITS // 2, dtype=np.int64))[0]


def in_units(values: Floats) -> Ints:
    """Numbers in parts of one; whole numbers exactly."""
    result: Ints = np.rint(values * UNITS).astype(np.int64)
    return result


def floors(running: Ints, first: Ints, carried: Ints) -> tuple[Ints, Ints]:
    """Whole numbers that complete within each line of running sums, and what is carried on.

    Parameters
    ----------
    running : int64 array, shape (n,)
        Running sums over all lines, in parts of one.
    first, carried : int64 arrays, shape (lines,)
        Where lines start; and with how many parts of one each starts, 0 or more and below one.

    Returns
    -------
    int64 array, shape (n,)
    int64 array, shape (lines,)

    Examples
    --------
    >>> whole, left = floors(np.cumsum(in_units(np.array([0.75, 0.5]))), np.array([0]),
    ...                      np.array([0]))
    >>> whole.tolist(), (left / UNITS).tolist()
    ([0, 1], [0.25])
    """
    if not len(running):
        return np.zeros(0, dtype=np.int64), carried
    size = np.diff(np.append(first, len(running)))
    before = np.where(first > 0, running[first - 1], 0)
    line = np.repeat(carried - before, size) + running
    whole = line // UNITS
    result = np.diff(whole, prepend=0)
    result[first] = whole[first]
    return result, line[first + size - 1] % UNITS


def split(totals: Ints, shares: Floats) -> Ints:
    """Split whole numbers into parts, such that running sums of every part are nearly right.

    One part after the other is taken off the rest, along the line of all numbers: the parts of
    each number add up to it exactly, and over any run of numbers each part has what it should
    within one or two, however small the numbers are.

    Parameters
    ----------
    totals : int64 array, shape (n,)
        0 or more.
    shares : float64 array, shape (parts, n)
        0 or more; of each number they add up to 1.

    Returns
    -------
    int64 array, shape (parts, n)

    Examples
    --------
    >>> split(np.array([1, 1, 1, 1]), np.full((2, 4), 0.5)).tolist()
    [[1, 0, 1, 0], [0, 1, 0, 1]]
    """
    result = np.empty(shares.shape, dtype=np.int64)
    rest, to_come = totals.astype(np.int64), np.ones(len(totals))
    start = np.zeros(min(1, len(totals)), dtype=np.int64)
    for part, share in enumerate(shares[:-1]):
        of_rest = np.clip(share / np.maximum(to_come, 1e-12), 0.0, 1.0)
        result[part] = along(rest * of_rest, start)
        rest = rest - result[part]
        to_come = to_come - share
    result[-1] = rest
    return result


def in_levels(values: npt.NDArray[np.floating], group: Ints) -> Ints:
    """Whole numbers by period and member; their running total is that of the values, rounded.

    Parameters
    ----------
    values : float array, shape (periods, members)
        0 or more.
    group : int64 array, shape (members,)
        Members of one group, a provider for example, have the total of their group as nearly as
        can be.

    Returns
    -------
    int64 array, shape (periods, members)

    Examples
    --------
    >>> in_levels(np.full((3, 4), 0.4), np.array([0, 0, 1, 1])).sum(axis=1)
    array([2, 1, 2])
    """
    running: Floats = np.cumsum(values, axis=0, dtype=np.float64)
    periods, members = running.shape
    groups = int(group.max(initial=-1)) + 1
    whole = np.floor(running.sum(axis=1) + 0.5).astype(np.int64)
    of_group, of_member = np.zeros(groups, dtype=np.int64), np.zeros(members, dtype=np.int64)
    everybody = np.zeros(groups, dtype=np.int64)
    result = np.zeros((periods, members), dtype=np.int64)
    for period, total in enumerate(np.diff(whole, prepend=0).tolist()):
        due = np.bincount(group, weights=running[period], minlength=groups).astype(np.float64)
        more = largest_remainder(_lacking(due, of_group), everybody, np.array([total]))
        lacking = _lacking(running[period], of_member)
        none = (np.bincount(group, weights=lacking, minlength=groups) <= 0)[group]
        weights = np.where(none, running[period], lacking)
        result[period] = largest_remainder(weights, group, more)
        of_group += more
        of_member += result[period]
    return result


def _lacking(due: Floats, given: Ints) -> Floats:
    lacking = np.maximum(due - given, 0.0)
    return lacking if lacking.any() else due
