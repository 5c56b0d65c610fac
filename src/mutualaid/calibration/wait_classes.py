"""Wait classes: the list of a service is many lists, told apart by how soon their patients end.

The completions of a provider, service and stream are cut by quantiles of the wait at completion,
at the same cut points for everybody. A class has the slots of its share of the completions. Who has
waited `w` weeks belongs to class `k` with the chance to be completed in it, removals aside,

    share(k, w) = c(w) part(k, w) + (1 - c(w)) share(k, w + 1),

where `c` is the chance to be completed in week `w`, and `part` the class's part of the completions
of that week: all or nothing of it but where a cut point falls. So who has waited 40 weeks is in no
class whose patients are all seen within 12, and removals thin all classes alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mutualaid.data.column_checks import Floats, Ints
from mutualaid.errors import InputError

SIX = (0.0, 0.30, 0.55, 0.75, 0.88, 0.96, 1.0)
MOST_CLASSES = 20
COMPLETIONS_PRIOR = 50.0
"""Completions of its service's profile in England that a list's own are weighed against."""


def cut_points(classes: int | Sequence[float]) -> tuple[float, ...]:
    """Find the quantiles of the wait at completion between which classes lie, finer at the top.

    Parameters
    ----------
    classes
        How many: of six the cut points are :data:`SIX`; of any other number `K` they are
        1 - (1 - k / K)\N{SUPERSCRIPT TWO}, which for six is nearly the same. Or cut points
        themselves, rising from 0 to 1.

    Raises
    ------
    InputError
        If the number is not 1 to 20, or cut points do not rise from 0 to 1.

    Examples
    --------
    >>> cut_points(4)
    (0.0, 0.4375, 0.75, 0.9375, 1.0)
    >>> cut_points([0, 0.5, 1])
    (0.0, 0.5, 1.0)
    """
    remedy = f"write a number of classes from 1 to {MOST_CLASSES}, or cut points such as {SIX}"
    if isinstance(classes, bool | str):
        raise InputError(f"classes is {classes!r}: {remedy}")
    if isinstance(classes, int | np.integer):
        if not 1 <= classes <= MOST_CLASSES:
            raise InputError(f"classes is {classes}: {remedy}")
        number = int(classes)
        if number == len(SIX) - 1:
            return SIX
        return tuple(1 - (1 - k / number) ** 2 for k in range(number + 1))
    try:
        points = tuple(float(point) for point in classes)
    except (TypeError, ValueError):
        raise InputError(f"classes is {classes!r}: {remedy}") from None
    rising = all(a < b for a, b in pairwise(points))
    if not (2 <= len(points) <= MOST_CLASSES + 1 and rising and points[0] == 0 and points[-1] == 1):
        raise InputError(f"classes is {points}, which do not rise from 0 to 1: {remedy}")
    if not all(map(math.isfinite, points)):
        raise InputError(f"classes is {points}: {remedy}")
    return points


def profiles(completed: Floats, service: Ints, services: int) -> Floats:
    """The wait at completion of each list as shares by week, smoothed towards its service's.

    Parameters
    ----------
    completed : float64 array, shape (lists, weeks)
        Completions of one stream.
    service : int64 array, shape (lists,)
    services
        How many there are.

    Returns
    -------
    float64 array, shape (lists, weeks)
        They add up to 1. A service without completions has the profile of all services, and where
        nobody completes anything every week is alike.
    """
    everybody = _shares(completed.sum(axis=0, keepdims=True), np.ones((1, completed.shape[1])))
    sums = np.zeros((services, completed.shape[1]))
    np.add.at(sums, service, completed)
    of_service = _shares(sums, everybody)[service]
    sums_of_list = completed + COMPLETIONS_PRIOR * of_service
    result: Floats = sums_of_list / sums_of_list.sum(axis=1, keepdims=True)
    return result


def _shares(sums: Floats, otherwise: Floats) -> Floats:
    known = np.where(sums.sum(axis=1, keepdims=True) > 0, sums, otherwise)
    result: Floats = known / known.sum(axis=1, keepdims=True)
    return result


@dataclass(frozen=True, eq=False, kw_only=True)
class Classes:
    """What classes of a stream have by week: float64 arrays, shape (classes, lists, weeks).

    Attributes
    ----------
    belonging
        The share of those who have waited so long; over the classes they add up to 1.
    completed
        The share of the completions of that week; over the classes they add up to 1.
    """

    belonging: Floats
    completed: Floats

    def rate(self, average: Floats) -> Floats:
        """How soon people of a class are completed, by week of wait.

        Parameters
        ----------
        average : float array, shape (lists, weeks)
            The rate of the stream, over all classes.

        Returns
        -------
        float64 array, shape (classes, lists, weeks)
            Who has waited longer than a class takes has its highest rate: such people are first.
        """
        rate = average * self.completed / np.maximum(self.belonging, 1e-9)
        over = np.cumsum(self.completed[..., ::-1], axis=2)[..., ::-1] <= 0
        result: Floats = np.where(over, rate.max(axis=2, keepdims=True), rate)
        return result


def classes_of(profile: Floats, rate: Floats, points: Sequence[float]) -> Classes:
    """Cut profiles at quantiles.

    Parameters
    ----------
    profile : float64 array, shape (lists, weeks)
        Shares of the completions by week.
    rate : float array, shape (lists, weeks)
        Completions a week of the stream, by how many of it have waited so long.
    points
        Cut points, from 0 to 1.

    Examples
    --------
    >>> cut = classes_of(np.array([[0.5, 0.3, 0.2]]), np.full((1, 3), 0.7), (0, 0.6, 1))
    >>> cut.belonging[:, 0].round(2).tolist()
    [[0.59, 0.17, 0.0], [0.41, 0.83, 1.0]]
    """
    ending = -np.expm1(-rate.astype(np.float64))
    end = np.cumsum(profile, axis=1)
    end[:, -1] = 1.0
    begin = np.concatenate([np.zeros((len(end), 1)), end[:, :-1]], axis=1)
    parts = np.stack(
        [
            np.clip(np.minimum(end, high) - np.maximum(begin, low), 0.0, None)
            for low, high in pairwise(points)
        ]
    )
    # A week without completions is of the class in whose midst it lies.
    here = profile > 1e-12
    low = np.array(points[:-1])[:, None, None]
    midst = (end >= low) & (end < np.append(low[1:], np.full((1, 1, 1), 2.0), axis=0))
    completed = np.where(here, parts / np.maximum(parts.sum(axis=0), 1e-300), midst)
    belonging = completed.copy()
    for week in range(profile.shape[1] - 2, -1, -1):
        ends = ending[:, week]
        belonging[..., week] = ends * completed[..., week] + (1 - ends) * belonging[..., week + 1]
    return Classes(belonging=belonging, completed=completed)
