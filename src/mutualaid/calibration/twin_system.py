"""Tables of a system from a forecast: whole numbers by provider, service, stream and wait class."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.calibration.lots import Lived, Rows, World, live
from mutualaid.calibration.monthly_counts import STREAMS, Counts, MonthlyCounts
from mutualaid.calibration.path import Path, start
from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.projection import halfway
from mutualaid.calibration.steering import by_default, steerable_of
from mutualaid.calibration.streams import Admitted, admitted_share
from mutualaid.calibration.wait_classes import (
    COMPLETIONS_PRIOR,
    classes_of,
    cut_points,
    profiles,
)
from mutualaid.calibration.whole_numbers import along, in_levels, split
from mutualaid.data.column_checks import Floats, Ints

LEAST_SHARE = 1e-3
"""Rates of a stream to which next to nobody belongs are those of a list with such a share of it."""
QUALITY = ("what", "provider", "lists", "patients")


@dataclass(frozen=True, eq=False, kw_only=True)
class Tables:
    """Tables of a system, as its constructor takes them, and what was done to make them.

    Attributes
    ----------
    waiting_list, capacity, referrals, removals : pandas.DataFrame
        With ``stream`` and ``wait_class`` where these are told apart.
    booked : pandas.DataFrame or None
        None if every slot is steerable.
    quality : pandas.DataFrame
        A row for each thing that was assumed, smoothed, raised or lost, and provider: ``what``,
        ``provider``, ``lists`` and ``patients`` that it concerns.
    lived : Lived
        As today, by lot: what bookings and removals were told from.
    """

    waiting_list: pd.DataFrame
    capacity: pd.DataFrame
    referrals: pd.DataFrame
    removals: pd.DataFrame
    booked: pd.DataFrame | None
    quality: pd.DataFrame
    lived: Lived


def tables(
    counts: MonthlyCounts,
    rates: Rates,
    path: Path,
    *,
    period_weeks: int,
    providers: Collection[str] | None = None,
    services: Collection[str] | None = None,
    classes: int | Sequence[float] = 6,
    streams: bool = True,
    steerable: object = None,
) -> Tables:
    """Make the tables of a system from a forecast.

    Parameters
    ----------
    counts, rates, path
        Months of counts, what was learned from them, and the forecast: its periods are those of
        the system.
    period_weeks
        How long a period of the path is.
    providers, services
        Codes of those to take; by default all.
    classes
        How many wait classes, or their cut points: see :func:`cut_points`. With one the tables
        have no ``wait_class``.
    streams
        Whether slots with and without an admission are told apart; if not, there is no
        ``stream``.
    steerable
        The share of slots that a plan may use, or a table: see :func:`steerable_of`. With 1
        nobody is booked.

    Raises
    ------
    InputError
        If classes or shares are no such thing.

    Notes
    -----
    The published counts of each provider, service and week are the sums over streams and
    classes. Slots, referrals and removals of each period add up to those of the path, rounded, and
    those of a provider and of a list follow theirs as nearly as whole numbers can. Bookings and
    removals each find their patients, whatever a plan does with the steerable slots.
    """
    points = cut_points(classes)
    chosen = _chosen(counts, path, providers, services)
    share = admitted_share(counts, rates)
    cells = _cells(counts, rates, path, share, points, streams)
    shape = cells.belonging.shape[:3]
    names = STREAMS if streams else ()
    numbers = [str(k + 1) for k in range(shape[2])] if shape[2] > 1 else []
    usual = by_default(points, _completed(path))
    default = (usual[:2] if streams else usual[2:])[:, chosen]
    may = steerable_of(steerable, counts, chosen, names, numbers, default)
    world = _world(counts, path, cells, chosen, period_weeks, 1 - may.transpose(1, 0, 2).ravel())
    lived = live(world)
    labels = _Labels(counts, chosen, names, numbers)
    slots = np.nonzero(world.slots.T)
    capacity = Rows(
        queue=slots[0],
        period=slots[1] + 1,
        weeks=np.zeros(len(slots[0]), dtype=np.int64),
        patients=world.slots.T[slots],
    )
    some = len(lived.booked.queue) > 0 or not (may == 1).all()
    return Tables(
        waiting_list=labels.frame(world.waiting, "origin", "weeks_waiting", "patients"),
        capacity=labels.frame(capacity, "provider", "period", "slots"),
        referrals=labels.frame(world.joiners, "origin", "period", "weeks_waiting", "patients"),
        removals=labels.frame(lived.removals, "origin", "period", "weeks_waiting", "patients"),
        booked=labels.frame(lived.booked, "origin", "period", "weeks_waiting", "patients")
        if some
        else None,
        quality=_quality(counts, path, share, chosen, world, lived),
        lived=lived,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Cells:
    """By list, stream and class: float arrays.

    ``belonging`` and ``rate`` are of shape (lists, streams, classes, weeks): who is of a class,
    and how soon its people are treated. ``joining``, shape (lists, streams, classes): of those
    who join. ``completed`` and ``slots``, for each stream: of shape (periods, lists), and (classes,
    periods, lists).
    """

    belonging: Floats
    rate: Floats
    joining: Floats
    slots: list[Floats]
    completed: list[Floats]


def _completed(path: Path) -> Floats:
    return np.stack(
        [flow.sum(axis=(0, 2), dtype=np.float64) for flow in (path.admitted, path.non_admitted)]
    )


def _cells(
    counts: MonthlyCounts,
    rates: Rates,
    path: Path,
    share: Admitted,
    points: Sequence[float],
    streams: bool,
) -> _Cells:
    """Shares of streams and classes of every list."""
    moved = share.without.astype(np.float32)
    flows = _streamed(path.admitted, path.non_admitted, moved if streams else None)
    ways = _streamed(rates.admitted, rates.non_admitted, moved if streams else None)
    ways = [halfway(way) for way in ways]
    of_stream = [share.share, 1 - share.share] if streams else [np.ones(share.share.shape)]
    removed = np.maximum(path.left, 0).sum(axis=0, dtype=np.float64)
    belonging, rate, joining, slots = [], [], [], []
    for flow, way, part in zip(flows, ways, of_stream, strict=True):
        completed = flow.sum(axis=0, dtype=np.float64)
        way = way / np.maximum(part, LEAST_SHARE)
        profile = profiles(completed, counts.service, len(counts.services))
        cut = classes_of(profile, way, points)
        belonging.append(cut.belonging * part)
        rate.append(cut.rate(way))
        leaving = (cut.belonging * (part * removed)).sum(axis=2)
        slots.append(np.einsum("tlw,klw->ktl", flow, cut.completed, optimize=True))
        width = np.diff(points)[:, None]
        ends = leaving + slots[-1].sum(axis=1) + 1e-9 * width
        joining.append(ends / ends.sum(axis=0) * part[:, 0])
    return _Cells(
        belonging=np.stack(belonging).transpose(2, 0, 1, 3),
        rate=np.stack(rate).transpose(2, 0, 1, 3),
        joining=np.stack(joining).transpose(2, 0, 1),
        slots=slots,
        completed=[flow.sum(axis=2, dtype=np.float64) for flow in flows],
    )


def _streamed(admitted: Counts, non_admitted: Counts, moved: Counts | None) -> list[Counts]:
    """Completions, or their rates, of each stream; of both where they are not told apart."""
    if moved is None:
        return [admitted + non_admitted]
    return [admitted + moved * non_admitted, (1 - moved) * non_admitted]


def _chosen(
    counts: MonthlyCounts,
    path: Path,
    providers: Collection[str] | None,
    services: Collection[str] | None,
) -> Ints:
    """Lists of providers and services that were asked for, and of whom there is anybody."""
    there = path.waiting[0].any(axis=1) | (path.joined > 0).any(axis=0)
    for place, known, asked in (
        (counts.provider, counts.providers, providers),
        (counts.service, counts.services, services),
    ):
        if asked is not None:
            there &= np.isin(place, [at for at, code in enumerate(known) if code in {*asked}])
    return np.flatnonzero(there)


def _world(
    counts: MonthlyCounts,
    path: Path,
    cells: _Cells,
    chosen: Ints,
    period_weeks: int,
    booked: Floats,
) -> World:
    belonging = cells.belonging[chosen]
    lists, streams, classes, weeks = belonging.shape
    queues = lists * streams * classes
    provider = counts.provider[chosen]
    periods = len(path.joined)
    own, week = np.nonzero(path.waiting[0][chosen])
    people = along(
        path.waiting[0][chosen][own, week].astype(np.float64), np.arange(min(1, len(own)))
    )
    waiting = _parts(people, belonging[own, :, :, week], own, np.zeros_like(own), week)

    slots = np.zeros((periods, lists, streams, classes), dtype=np.int64)
    order = lists, periods
    for stream, flow in enumerate(cells.completed):
        whole = in_levels(flow[:, chosen], provider).T.ravel()
        part = cells.slots[stream][:, :, chosen].transpose(0, 2, 1).reshape(classes, -1)
        parts = split(whole, part / np.maximum(part.sum(axis=0), 1e-12)).reshape(classes, *order)
        slots[:, :, stream] = parts.transpose(2, 1, 0)

    left = path.left[:, chosen]
    removed, back = np.maximum(left, 0), np.maximum(-left, 0)
    whole = in_levels(path.joined[:, chosen], provider).T.ravel()
    own, period = (axis.ravel() for axis in np.indices(order))
    new = _new(whole, cells.joining[chosen][own], own, period + 1, period_weeks)
    late = _back(back, in_levels(back.sum(axis=2, dtype=np.float64), provider), period_weeks)
    old = _parts(late[3], belonging[late[0], :, :, late[2]], late[0], late[1], late[2])
    gone = removed.sum(axis=2, dtype=np.float64)
    there = path.waiting[:-1, chosen]
    leaving = path.leaving[:, chosen] / np.maximum(there, 1e-6)
    # Who joins in a period and leaves in it was not there when it started.
    soon = np.maximum(gone - path.leaving[:, chosen].sum(axis=2, dtype=np.float64), 0.0)
    return World(
        period_weeks=period_weeks,
        list_of=np.repeat(np.arange(lists), streams * classes),
        waiting=waiting,
        joiners=_together([*new, old]),
        slots=slots.reshape(periods, queues),
        removals=in_levels(gone, provider),
        completing=cells.rate[chosen].reshape(queues, weeks).astype(np.float32),
        leaving=leaving,
        soon=soon / np.maximum(path.joined[:, chosen], 1e-6),
        booked=booked,
    )


def _new(whole: Ints, shares: Floats, own: Ints, period: Ints, period_weeks: int) -> list[Rows]:
    """Who joins with a new clock, which starts all through the period.

    Half of them are given a clock that starts a little before the middle, half a little after: so
    that at its end they have waited, on average, as long as who has joined evenly.
    """
    middle = period_weeks - 1
    weeks = [max((middle + late) // 2, 1) - period_weeks for late in (0, 1)]
    first = (whole + (own + period) % 2) // 2
    return [
        _parts(count, shares, own, period, np.full_like(own, week))
        for count, week in zip((first, whole - first), weeks, strict=True)
    ]


def _parts(people: Ints, shares: Floats, own: Ints, period: Ints, weeks: Ints) -> Rows:
    """Split whole numbers of lists, shape (rows,), by shares of shape (rows, streams, classes)."""
    some = people > 0
    people, shares, own, period, weeks = (x[some] for x in (people, shares, own, period, weeks))
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


def _back(back: Floats, totals: Ints, period_weeks: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Who joins with weeks on the clock: list, period, weeks when it starts, and how many."""
    period, own = np.nonzero(totals)
    rows = back[period, own].astype(np.float64)
    sums = np.maximum(rows.sum(axis=1, keepdims=True), 1e-12)
    due = rows / sums * totals[period, own][:, None]
    weeks = due.shape[1]
    whole = along(due.ravel(), np.arange(len(due)) * weeks).reshape(due.shape)
    row, week = np.nonzero(whole)
    # In the middle of the period they have waited so long.
    return own[row], period[row] + 1, np.maximum(week - period_weeks // 2, 0), whole[row, week]


def _together(parts: Sequence[Rows]) -> Rows:
    """Add up rows that are alike in queue, period and weeks."""
    names = ("queue", "period", "weeks")
    frame = pd.DataFrame(
        {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in (*names, "patients")
        }
    )
    frame = frame.groupby(list(names), as_index=False).sum()
    return Rows(**{name: frame[name].to_numpy(dtype=np.int64) for name in frame})


class _Labels:
    """Rows of queues as tables with labels."""

    def __init__(
        self, counts: MonthlyCounts, chosen: Ints, streams: Sequence[str], classes: Sequence[str]
    ) -> None:
        self.provider = counts.provider[chosen]
        self.service = counts.service[chosen]
        self.known = counts.providers, counts.services
        self.streams, self.classes = streams, classes

    def frame(self, rows: Rows, who: str, *columns: str) -> pd.DataFrame:
        """A table of rows, in the order of the labels."""
        streams, classes = max(1, len(self.streams)), max(1, len(self.classes))
        own, part = np.divmod(rows.queue, streams * classes)
        columns_of = {
            who: (self.provider[own], self.known[0]),
            "service": (self.service[own], self.known[1]),
        }
        if self.streams:
            columns_of["stream"] = part // classes, self.streams
        if self.classes:
            columns_of["wait_class"] = part % classes, self.classes
        order = np.lexsort((rows.weeks, rows.period, rows.queue))
        table = {
            name: pd.Categorical.from_codes(code[order], list(known)).remove_unused_categories()
            for name, (code, known) in columns_of.items()
        }
        values = {
            "period": rows.period,
            "weeks_waiting": np.maximum(rows.weeks, 0),
            "weeks_later": np.maximum(-rows.weeks, 0),
        }
        later = ["weeks_later"] * bool("weeks_waiting" in columns and (rows.weeks < 0).any())
        for name in (*columns[:-1], *later, columns[-1]):
            table[name] = values.get(name, rows.patients)[order]
        return pd.DataFrame(table)


def _quality(
    counts: MonthlyCounts, path: Path, share: Admitted, chosen: Ints, world: World, lived: Lived
) -> pd.DataFrame:
    """What was smoothed, raised, moved and lost, by provider."""
    completed = _completed(path)[:, chosen]
    raised = share.raised[chosen] * path.waiting[0][chosen]
    late = start(counts)[1][counts.provider[chosen]]
    weeks = world.joiners.weeks > 0
    of_list = world.list_of
    size = len(chosen)

    def by_list(queue: Ints, values: Ints) -> Floats:
        return np.bincount(of_list[queue], weights=values, minlength=size)

    joiners, booked = world.joiners, lived.booked
    unused = np.bincount(of_list, weights=lived.unused.sum(axis=0), minlength=size)
    found = {
        "list of an earlier month, for want of a later return": path.waiting[0][chosen].sum(axis=1)
        * late,
        "completions of a stream whose wait profile is mostly that of its service": (
            completed * (completed < COMPLETIONS_PRIOR)
        ).sum(axis=0),
        "waiting where the admitted stream is raised to the published decisions": raised.sum(
            axis=1
        ),
        "joining with weeks on the clock": by_list(joiners.queue[weeks], joiners.patients[weeks]),
        "booked": by_list(booked.queue, booked.patients),
        "slots of a class that find nobody of it, as today": unused,
        "removals that find nobody": lived.nobody.sum(axis=0).astype(np.float64),
    }
    provider = np.array(counts.providers, dtype=object)[counts.provider[chosen]]
    parts = []
    for what, patients in found.items():
        some = patients > 0
        part = pd.DataFrame({"provider": provider[some], "lists": 1, "patients": patients[some]})
        parts.append(part.groupby("provider", as_index=False).sum().assign(what=what))
    if lived.no_room:
        what = "treated without a date, so that no patient is claimed twice"
        row = {"what": what, "provider": "", "lists": 0, "patients": float(lived.no_room)}
        parts.append(pd.DataFrame([row]))
    return pd.concat(parts, ignore_index=True)[list(QUALITY)]
