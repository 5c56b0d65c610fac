"""Tables of a system from a forecast: whole numbers by provider, service, stream and wait class."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.lots import Lived, Rows, World, live
from mutualaid.calibration.monthly_counts import STREAMS, MonthlyCounts
from mutualaid.calibration.path import Path, start
from mutualaid.calibration.steering import by_default, steerable_of
from mutualaid.calibration.streams import Admitted, admitted_share
from mutualaid.calibration.twin_world import cells, world
from mutualaid.calibration.wait_classes import COMPLETIONS_PRIOR, cut_points
from mutualaid.data.column_checks import Floats, Ints
from mutualaid.data.words.known_names import providers_named, services_named
from mutualaid.errors import InputError
from mutualaid.readers.rtt.selection import check_known

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
        A row for each thing that was assumed, smoothed, raised, moved or lost, and provider:
        ``what``, ``provider`` (empty: all together), and the ``lists`` and ``patients`` concerned.
    lived : Lived
        As today, by lot: where bookings and removals come from.
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
        How many wait classes, or their cut points: see
        :func:`mutualaid.calibration.wait_classes.cut_points`. With one the tables have no
        ``wait_class``.
    streams
        Whether slots with and without an admission are told apart; if not, there is no
        ``stream``.
    steerable
        The share of slots that a plan may use, or a table: see
        :func:`mutualaid.calibration.steering.steerable_of`. With 1 nobody is booked.

    Raises
    ------
    InputError
        If classes or shares are no such thing, a code is unknown, or nobody waits or joins at the
        lists that were asked for.

    Notes
    -----
    The published counts of each provider, service and week are the sums over streams and
    classes. Slots, referrals and removals of each period add up to those of the path, rounded, and
    those of a provider and of a list follow theirs as nearly as whole numbers can. Bookings and
    removals each find their patients, whatever a plan does with the steerable slots.
    """
    points = cut_points(classes)
    lists = _lists(counts, path, providers, services)
    share = admitted_share(counts, rates)
    of = cells(counts, rates, path, share if streams else None, points, lists)
    names = STREAMS if streams else ()
    number = len(points) - 1
    numbers = tuple(str(k + 1) for k in range(number)) if number > 1 else ()
    default = by_default(points, *_completions(path, share, lists), streams=streams)
    may = steerable_of(steerable, counts, lists, names, numbers, default)
    booked = 1 - may.transpose(1, 0, 2).ravel()
    made = world(path, of, lists, counts.provider[lists], period_weeks, booked)
    lived = live(made)
    labels = _Labels(counts, lists, names, numbers)
    queue, period = np.nonzero(made.slots.T)
    slots = Rows(
        queue=queue,
        period=period + 1,
        weeks=np.zeros_like(queue),
        patients=made.slots[period, queue],
    )
    when = "period", "weeks_waiting", "patients"
    return Tables(
        waiting_list=labels.frame(made.waiting, "origin", *when[1:]),
        capacity=labels.frame(slots, "provider", "period", "slots"),
        referrals=labels.frame(made.joiners, "origin", *when),
        removals=labels.frame(lived.removals, "origin", *when),
        booked=labels.frame(lived.booked, "origin", *when) if booked.any() else None,
        quality=_quality(counts, path, share, lists, made, lived, streams),
        lived=lived,
    )


def _lists(
    counts: MonthlyCounts,
    path: Path,
    providers: Collection[str] | None,
    services: Collection[str] | None,
) -> Ints:
    """Positions of the lists of providers and services, where anybody waits or joins."""
    there = path.waiting[0].any(axis=1) | (path.joined > 0).any(axis=0)
    with Arguments("tables") as check:
        for what, known, place, asked in (
            ("providers", providers_named(counts.providers), counts.provider, providers),
            ("services", services_named(counts.services), counts.service, services),
        ):
            if asked is None:
                continue
            wanted = {asked} if isinstance(asked, str) else {*asked}
            wanted = check_known(what, wanted, known, counts.months[-1], check)
            there &= np.isin(np.array([*known.names], dtype=object), list(wanted))[place]
    if not there.any():
        raise InputError("nobody waits or joins at these lists: name other providers or services")
    return np.flatnonzero(there)


def _completions(path: Path, share: Admitted, lists: Ints) -> tuple[Floats, Floats]:
    """Completions with and without an admission; and the admitted stream's of the latter."""
    with_, without = (
        flow[:, lists].sum(axis=0, dtype=np.float64) for flow in (path.admitted, path.non_admitted)
    )
    return np.stack([with_.sum(axis=1), without.sum(axis=1)]), (without * share.without[lists]).sum(
        axis=1
    )


class _Labels:
    """Rows of queues as tables with labels."""

    def __init__(
        self, counts: MonthlyCounts, lists: Ints, streams: Sequence[str], classes: Sequence[str]
    ) -> None:
        self.provider = counts.provider[lists]
        self.service = counts.service[lists]
        self.known = counts.providers, counts.services
        self.streams, self.classes = streams, classes

    def frame(self, rows: Rows, who: str, *columns: str) -> pd.DataFrame:
        """A table of rows, in the order of the labels, periods and weeks."""
        streams, classes = max(1, len(self.streams)), max(1, len(self.classes))
        own, part = np.divmod(rows.queue, streams * classes)
        labels: dict[str, tuple[Ints, Sequence[str]]] = {
            who: (self.provider[own], self.known[0]),
            "service": (self.service[own], self.known[1]),
        }
        if self.streams:
            labels["stream"] = part // classes, self.streams
        if self.classes:
            labels["wait_class"] = part % classes, self.classes
        order = np.lexsort((rows.weeks, rows.period, rows.queue))
        values = {
            "period": rows.period,
            "weeks_waiting": np.maximum(rows.weeks, 0),
            "weeks_later": np.maximum(-rows.weeks, 0),
        }
        later = ["weeks_later"] if "weeks_waiting" in columns and (rows.weeks < 0).any() else []
        table: dict[str, object] = {
            name: pd.Categorical.from_codes(
                code[order], pd.Index(list(known), dtype=object)
            ).remove_unused_categories()
            for name, (code, known) in labels.items()
        }
        for name in (*columns[:-1], *later, columns[-1]):
            table[name] = values.get(name, rows.patients)[order]
        return pd.DataFrame(table)


def _quality(
    counts: MonthlyCounts,
    path: Path,
    share: Admitted,
    lists: Ints,
    made: World,
    lived: Lived,
    told_apart: bool,
) -> pd.DataFrame:
    """What was assumed, smoothed, raised, moved and lost, by provider."""
    waiting = path.waiting[0][lists]
    both, moved = _completions(path, share, lists)
    done = both.sum(axis=0)
    late = start(counts)[1][counts.provider[lists]]
    clock = made.joiners.weeks > 0

    def by_list(queue: Ints, patients: Ints) -> Floats:
        sums = np.bincount(made.list_of[queue], weights=patients, minlength=len(lists))
        return sums.astype(np.float64)

    joiners, queues = made.joiners, np.arange(len(made.list_of))
    found = {
        "waiting by an earlier return": waiting.sum(axis=1) * late,
        "completed at a list whose waits are told mostly by its service": done
        * (done < COMPLETIONS_PRIOR),
        "waiting where more have a decision to admit than rates say": told_apart
        * (share.raised[lists] * waiting).sum(axis=1),
        "completed without an admission in the admitted stream": moved * told_apart,
        "joining with weeks on the clock": by_list(joiners.queue[clock], joiners.patients[clock]),
        "booked": by_list(lived.booked.queue, lived.booked.patients),
        "slots that find nobody of their class as today": by_list(queues, lived.unused.sum(axis=0)),
        "removals that find nobody": lived.nobody.sum(axis=0).astype(np.float64),
    }
    provider = np.array(counts.providers, dtype=object)[counts.provider[lists]]
    tables = []
    for what, patients in found.items():
        some = patients > 0
        part = pd.DataFrame({"provider": provider[some], "lists": 1, "patients": patients[some]})
        tables.append(part.groupby("provider", as_index=False).sum().assign(what=what))
    if lived.no_room:
        what = "treated without a date, so that no patient is claimed twice"
        row = {"what": what, "provider": "", "lists": 0, "patients": float(lived.no_room)}
        tables.append(pd.DataFrame([row]))
    return pd.concat(tables, ignore_index=True)[list(QUALITY)]
