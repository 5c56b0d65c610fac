"""Shares and whole numbers of queues: what a list's forecast means for its streams and classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.lots import Rows, World
from mutualaid.calibration.monthly_counts import Counts, MonthlyCounts
from mutualaid.calibration.path import Path
from mutualaid.calibration.projection import halfway
from mutualaid.calibration.streams import Admitted
from mutualaid.calibration.wait_classes import classes_of, profiles
from mutualaid.data.column_checks import Floats, Ints
from mutualaid.data.whole_numbers import along, in_levels, split

Floating = npt.NDArray[np.floating]

LEAST_SHARE = 1e-3
"""Rates of a stream to which next to nobody belongs are those of a list with such a share of it."""
LEAST_PATIENTS = 1e-6
MOST_LEAVING = 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """What each stream and class has of a list.

    Attributes
    ----------
    belonging, rate : float64 arrays, shape (lists, streams, classes, weeks)
        The share of those who have waited so long, and how soon they are completed, a week.
    joining : float64 array, shape (lists, streams, classes)
        The share of those who join.
    completed : list of float64 arrays, shape (periods, lists)
        Completions of each stream.
    slots : list of float64 arrays, shape (classes, periods, lists)
        Those of its classes.
    """

    belonging: Floats
    rate: Floats
    joining: Floats
    completed: list[Floats]
    slots: list[Floats]


def streamed(admitted: Counts, non_admitted: Counts, share: Admitted | None) -> list[Counts]:
    """Completions, or their rates, of each stream; of both where they are not told apart."""
    if share is None:
        return [admitted + non_admitted]
    moved = share.without.astype(np.float32)
    return [admitted + moved * non_admitted, (1 - moved) * non_admitted]


def cells(
    counts: MonthlyCounts,
    rates: Rates,
    path: Path,
    share: Admitted | None,
    points: Sequence[float],
    lists: Ints,
) -> Cells:
    """Share lists among streams and classes.

    Parameters
    ----------
    counts, rates, path
        Of all lists: services are smoothed over England.
    share
        Of the admitted stream; None where streams are not told apart.
    points
        Cut points of the classes.
    lists : int64 array, shape (lists,)
        Positions of those to share.
    """
    every = np.ones((len(lists), counts.weeks))
    of_stream = [every] if share is None else [share.share[lists], 1 - share.share[lists]]
    belonging, rate, joining, slots = [], [], [], []
    done = streamed(path.admitted.sum(axis=0), path.non_admitted.sum(axis=0), share)
    own = None if share is None else share.of(lists)
    flows = streamed(path.admitted[:, lists], path.non_admitted[:, lists], own)
    ways = streamed(rates.admitted[lists], rates.non_admitted[lists], own)
    for everywhere, flow, way, part in zip(done, flows, ways, of_stream, strict=True):
        soon = halfway(way) / np.maximum(part, LEAST_SHARE)
        completed = everywhere.astype(np.float64)
        profile = profiles(completed, counts.service, len(counts.services))[lists]
        cut = classes_of(profile, soon, points)
        belonging.append(cut.belonging * part)
        rate.append(cut.rate(soon))
        slots.append(np.einsum("tlw,klw->ktl", flow, cut.completed, optimize=True))
        # Who joins in a week is half of it on the list: as a first week of wait of its own.
        ends = -np.expm1(-way[:, 0].astype(np.float64) / 2)
        first = ends * cut.completed[:, :, 0] + (part[:, 0] - ends) * cut.belonging[:, :, 0]
        joining.append(first)
    return Cells(
        belonging=np.stack(belonging).transpose(2, 0, 1, 3),
        rate=np.stack(rate).transpose(2, 0, 1, 3),
        joining=_whole(np.stack(joining).transpose(2, 0, 1)),
        completed=[flow.sum(axis=2, dtype=np.float64) for flow in flows],
        slots=slots,
    )


def _whole(shares: Floats) -> Floats:
    """Shares of each list that add up to 1."""
    some = np.maximum(shares, 0.0)
    result: Floats = some / some.sum(axis=(1, 2), keepdims=True)
    return result


def world(
    path: Path, of: Cells, lists: Ints, provider: Ints, period_weeks: int, booked: Floats
) -> World:
    """Whole numbers of the queues of some lists.

    Parameters
    ----------
    path
        Of all lists.
    of
        Of those to take.
    lists, provider : int64 arrays, shape (lists,)
        The lists to take, and their providers.
    booked : float64 array, shape (queues,)
        The share of the slots of each list, stream and class that is spoken for.
    """
    belonging = of.belonging
    size, streams, classes, weeks = belonging.shape
    queues, periods = size * streams * classes, len(path.joined)
    group = np.unique(provider, return_inverse=True)[1]
    removed, back = np.maximum(path.left[:, lists], 0), np.maximum(-path.left[:, lists], 0)
    gone = removed.sum(axis=2, dtype=np.float64)
    return World(
        period_weeks=period_weeks,
        list_of=np.repeat(np.arange(size), streams * classes),
        waiting=_waiting(path.waiting[0, lists], belonging),
        joiners=_together(
            [
                *_joining(in_levels(path.joined[:, lists], group), of.joining, period_weeks),
                _back(back, belonging, group, period_weeks),
            ]
        ),
        slots=_slots(of, group).reshape(periods, queues),
        removals=in_levels(gone, group),
        completing=of.rate.reshape(queues, weeks).astype(np.float32),
        leaving=_rate(path.leaving[:, lists], path.waiting[:-1, lists]),
        # Who joins in a period and leaves in it was not there when it started.
        soon=_rate(gone - path.leaving[:, lists].sum(axis=2), path.joined[:, lists]),
        booked=booked,
    )


def _waiting(people: Counts, belonging: Floats) -> Rows:
    own, week = np.nonzero(people)
    whole = along(people[own, week].astype(np.float64), np.arange(min(1, len(own))))
    return _parts(whole, belonging[own, :, :, week], own, np.zeros_like(own), week)


def _slots(of: Cells, group: Ints) -> Ints:
    """Slots, shape (periods, lists, streams, classes)."""
    parts = []
    for completed, slots in zip(of.completed, of.slots, strict=True):
        total = in_levels(completed, group)
        due = slots.transpose(0, 2, 1)
        share = due / np.maximum(due.sum(axis=0), LEAST_PATIENTS)
        whole = split(total.T.ravel(), share.reshape(len(due), -1))
        parts.append(whole.reshape(due.shape))
    result: Ints = np.stack(parts).transpose(3, 2, 0, 1)
    return result


def _joining(total: Ints, share: Floats, period_weeks: int) -> list[Rows]:
    """Who joins with a new clock, which starts all through the period.

    Half of them are given a clock that starts a little before the middle, half a little after: so
    that at its end they have waited, on average, as long as who has joined evenly. Totals are of
    shape (periods, lists).
    """
    own, period = (axis.ravel() for axis in np.indices(total.T.shape))
    whole = total.T.ravel()
    middle = period_weeks - 1
    weeks = [max((middle + late) // 2, 1) - period_weeks for late in (0, 1)]
    first = (whole + (own + period + 1) % 2) // 2
    return [
        _parts(count, share[own], own, period + 1, np.full_like(own, week))
        for count, week in zip((first, whole - first), weeks, strict=True)
    ]


def _back(back: Counts, belonging: Floats, group: Ints, period_weeks: int) -> Rows:
    """Who joins with weeks on the clock."""
    total = in_levels(back.sum(axis=2, dtype=np.float64), group)
    period, own = np.nonzero(total)
    rows = back[period, own].astype(np.float64)
    sums = np.maximum(rows.sum(axis=1, keepdims=True), LEAST_PATIENTS)
    due = rows / sums * total[period, own][:, None]
    whole = along(due.ravel(), np.arange(len(due)) * due.shape[1]).reshape(due.shape)
    row, week = np.nonzero(whole)
    own, period, count = own[row], period[row] + 1, whole[row, week]
    # In the middle of the period they have waited so long.
    at_start = np.maximum(week - period_weeks // 2, 0)
    return _parts(count, belonging[own, :, :, week], own, period, at_start)


def _rate(gone: Floating, there: Floating) -> Counts:
    rate = np.clip(gone / np.maximum(there, LEAST_PATIENTS), 0.0, MOST_LEAVING)
    result: Counts = rate.astype(np.float32)
    return result


def _parts(people: Ints, shares: Floats, own: Ints, period: Ints, weeks: Ints) -> Rows:
    """Split whole numbers of lists, shape (rows,), by shares of shape (rows, streams, classes)."""
    some = people > 0
    people, shares = people[some], shares[some]
    own, period, weeks = own[some], period[some], weeks[some]
    rows, streams, classes = shares.shape
    of_stream = shares.sum(axis=2).T
    numbers = np.empty((streams, classes, rows), dtype=np.int64)
    for stream, total in enumerate(split(people, of_stream)):
        within = shares[:, stream].T / np.maximum(of_stream[stream], 1e-12)
        numbers[stream] = split(total, within)
    flat = numbers.reshape(streams * classes, rows)
    part, row = np.nonzero(flat)
    return Rows(
        queue=own[row] * (streams * classes) + part,
        period=period[row],
        weeks=weeks[row],
        patients=flat[part, row],
    )


def _together(parts: Sequence[Rows]) -> Rows:
    """Add up rows that are alike in queue, period and weeks."""
    names = ("queue", "period", "weeks", "patients")
    frame = pd.DataFrame(
        {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )
    sums = frame.groupby(["queue", "period", "weeks"], as_index=False).sum()
    queue, period, weeks, patients = (sums[name].to_numpy(dtype=np.int64) for name in names)
    return Rows(queue=queue, period=period, weeks=weeks, patients=patients)
