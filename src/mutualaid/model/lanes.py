"""Lanes: which queues may be treated where, at what travel, and which rule says no."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.label_codes import positions
from mutualaid.data.schema import NO_PRIORITY
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import Problems
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.unmeasured_ways import say_policys
from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import MIXED_SERVICES, NEVER_MOVE, Policy
from mutualaid.policy.specialists import services_taken

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slots:
    """Capacity by (provider, line), in a fixed order: by line, then provider.

    Attributes
    ----------
    provider, service, line : int64 arrays, shape (pairs,)
        Positions in ``system.providers``, ``system.services`` and ``system.lines``.
    count : int64 array, shape (pairs, periods)
        Slots.
    position : int64 array, shape (providers, lines)
        The pair whose slots treat patients of a line at a provider; -1 where there is none. It is
        of the line itself if that is listed, else of the whole of which it is a part.
    room : int64 array, shape (pairs,)
        -1 for a provider's own slots; else the number of the lent room: see
        :mod:`mutualaid.model.limits.lent_rooms`.
    """

    provider: Codes
    service: Codes
    line: Codes
    count: Ints
    position: Codes
    room: Codes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lanes:
    """(queue, provider) where the policy lets that queue be treated.

    Sorted by queue; the home lane first, then by extra minutes, then by provider code: the order
    in which the longest waiters of a period are given their places.

    Attributes
    ----------
    queue, provider, pair : int64 arrays, shape (lanes,)
        Positions of the queue, of the provider, and of (provider, line) in :class:`Slots`.
    home : bool array
        Whether it is the queue's own provider, in its own rooms.
    lent : bool array
        Whether it is the own provider's team in a room that is lent; the pair says where.
    minutes, extra : float64 arrays
        Minutes to the provider, one way, and by how much they exceed those to the own provider.
    miles : float64 array
        Miles to the provider; NaN where the travel table has none.
    cost : int64 array
        Cost of extra travel and of the move, in 1/1000 harm-weeks a patient.
    """

    queue: Codes
    provider: Codes
    pair: Codes
    home: Mask
    lent: Mask
    minutes: Floats
    miles: Floats
    extra: Floats
    cost: Ints

    def __len__(self) -> int:
        return len(self.queue)

    @property
    def away(self) -> Mask:
        """Mask of the lanes that are moves, to another provider."""
        result: Mask = ~(self.home | self.lent)
        return result

    def only(self, mask: Mask | Codes) -> Lanes:
        """A selection of the lanes, by mask or by position."""
        return Lanes(**{name: getattr(self, name)[mask] for name in Lanes.__slots__})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """(queue, provider) pairs away from home, to be judged by the rules."""

    queues: Queues
    providers: tuple[str, ...]
    queue: Codes
    provider: Codes
    minutes: Floats
    miles: Floats

    def codes(self, column: str) -> tuple[Codes, pd.Index]:
        """Code of each pair's label in a column, and the labels."""
        if column == "provider":
            return self.provider, pd.Index(list(self.providers))
        values = self.queues.labels[column].cat
        codes = np.asarray(values.codes, dtype=np.int64)[self.queue]
        return codes, values.categories

    def among(self, column: str, wanted: tuple[str, ...]) -> Mask:
        """Mask of the pairs whose label is among those wanted."""
        codes, labels = self.codes(column)
        mask: Mask = np.asarray(labels.isin(list(wanted)))[codes]
        return mask


Rule = Callable[[Pairs, Policy], Mask]


def within_reach(pairs: Pairs, policy: Policy) -> Mask:
    """Nobody is sent further than the travel limit, or where no way is known."""
    mask: Mask = np.isfinite(pairs.minutes) & (pairs.minutes <= policy.max_minutes)
    return mask


def within_miles(pairs: Pairs, policy: Policy) -> Mask:
    """Nobody is sent further than the limit in miles."""
    mask: Mask = ~(pairs.miles > policy.max_miles)
    return mask


def miles_are_known(pairs: Pairs, policy: Policy) -> Mask:
    """Nobody is sent where the way has no distance, so that a limit in miles cannot be checked."""
    if policy.max_miles == math.inf:
        return np.ones(len(pairs.queue), dtype=bool)
    known: Mask = ~np.isnan(pairs.miles)
    return known


def named_service(pairs: Pairs, policy: Policy) -> Mask:
    """The mixed treatment functions do not move unless asked."""
    if policy.move_mixed_services:
        return np.ones(len(pairs.queue), dtype=bool)
    return ~pairs.among("service", MIXED_SERVICES)


def told_to_take(pairs: Pairs, policy: Policy) -> Mask:
    """Specialist trusts take in only what they are told to take."""
    codes, labels = pairs.codes("service")
    taken = services_taken(policy.specialists, pairs.providers, [*labels])
    may = np.ones((len(pairs.providers), len(labels)), dtype=bool)
    for provider, services in taken.items():
        may[pairs.providers.index(provider)] = labels.isin(services)
    mask: Mask = may[pairs.provider, codes]
    return mask


def movable_priority(pairs: Pairs, policy: Policy) -> Mask:
    """Only the movable priorities move, where the list has priorities."""
    if "priority" not in pairs.queues.labels:
        return np.ones(len(pairs.queue), dtype=bool)
    movable = tuple(p for p in policy.movable_priorities if p not in NEVER_MOVE)
    return pairs.among("priority", (*movable, NO_PRIORITY))


def not_cancer(pairs: Pairs, policy: Policy) -> Mask:
    """Cancer pathways do not move unless asked."""
    if policy.move_cancer or "cancer" not in pairs.queues.labels:
        return np.ones(len(pairs.queue), dtype=bool)
    codes, labels = pairs.codes("cancer")
    mask: Mask = ~labels.to_numpy(dtype=bool)[codes]
    return mask


def own_limits(pairs: Pairs, policy: Policy) -> Mask:
    """Nobody goes against their own consent, date or limit, or where they are not accepted."""
    del policy
    sets = pairs.queues.may_go
    if sets is None:
        return np.ones(len(pairs.queue), dtype=bool)
    mask: Mask = sets.open[pairs.codes("may_go")[0], pairs.provider]
    return mask


def own_miles_are_known(pairs: Pairs, policy: Policy) -> Mask:
    """Nobody with a limit in miles of their own is sent where the way has no distance."""
    del policy
    sets = pairs.queues.may_go
    if sets is None:
        return np.ones(len(pairs.queue), dtype=bool)
    mask: Mask = ~sets.unmeasured[pairs.codes("may_go")[0], pairs.provider]
    return mask


def not_forbidden(pairs: Pairs, policy: Policy) -> Mask:
    """No lane that the policy forbids."""
    if not isinstance(policy.forbidden_lanes, pd.DataFrame):
        return np.ones(len(pairs.queue), dtype=bool)
    return ~_fits(pairs, policy.forbidden_lanes, "policy.forbidden_lanes")


def allowed(pairs: Pairs, policy: Policy) -> Mask:
    """Only lanes that the policy allows, where it lists any."""
    if not isinstance(policy.allowed_lanes, pd.DataFrame):
        return np.ones(len(pairs.queue), dtype=bool)
    return _fits(pairs, policy.allowed_lanes, "policy.allowed_lanes")


RULES: tuple[Rule, ...] = (
    within_reach,
    within_miles,
    miles_are_known,
    named_service,
    told_to_take,
    movable_priority,
    not_cancer,
    own_limits,
    own_miles_are_known,
    not_forbidden,
    allowed,
)


def _fits(pairs: Pairs, table: pd.DataFrame, name: str) -> Mask:
    """Mask of the pairs that match any row of a lane table; an empty cell matches everything."""
    problems = Problems()
    known = [*pairs.queues.labels.columns, "provider"]
    for heading in table.columns:
        if heading not in known:
            problems.add(name, str(heading), "is not a column of the queues", "drop or correct it")
            continue
        labels = pairs.codes(heading)[1]
        stray = ~(table[heading].isna() | table[heading].isin(list(labels))).to_numpy()
        if stray.any():
            names = SystemNames.of(labels, labels)
            remedy = f"correct it: {names.told(str(heading), table[heading][stray])}"
            what = "is not a code of this system"
            problems.note(name, heading, stray, what, remedy, table[heading])
    problems.raise_if_any()
    result = np.zeros(len(pairs.queue), dtype=bool)
    given = table.notna()
    for _, rows in table.groupby([given[h] for h in table.columns], sort=False):
        told = [h for h in table.columns if rows[h].notna().all()]
        mine = np.zeros(len(pairs.queue), dtype=np.int64)
        theirs = np.zeros(len(rows), dtype=np.int64)
        for heading in told:
            codes, labels = pairs.codes(heading)
            mine = mine * len(labels) + codes
            theirs = theirs * len(labels) + labels.get_indexer(pd.Index(rows[heading]))
        result |= np.isin(mine, theirs)
    return result


def build_slots(system: System) -> Slots:
    """Capacity of each (provider, line) that is listed, even with 0 slots, over all sites."""
    capacity, lines = system.capacity, system.lines
    provider = positions(capacity["provider"], system.providers)
    line = lines.of(capacity)
    shape = (len(lines), len(system.providers), system.periods)
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(
        count, (line, provider, capacity["period"].to_numpy() - 1), capacity["slots"].to_numpy()
    )
    listed = np.zeros(shape[:2], dtype=bool)
    listed[line, provider] = True
    of_pair, providers = np.nonzero(listed)
    position = np.full((len(system.providers), len(lines)), -1, dtype=np.int64)
    position[providers, of_pair] = np.arange(len(providers))
    for part, whole in lines.parts:
        own = position[:, part] >= 0
        position[:, part] = np.where(own, position[:, part], position[:, whole])
    return Slots(
        provider=providers,
        service=lines.service[of_pair],
        line=of_pair,
        count=count[of_pair, providers],
        position=position,
        room=np.full(len(providers), -1, dtype=np.int64),
    )


def build_lanes(system: System, policy: Policy, queues: Queues, slots: Slots) -> Lanes:
    """Build every lane that the policy allows, without those to lent rooms.

    Raises
    ------
    InputError
        If a lane table of the policy names a column or a code that the system does not have.
    """
    reach = Reach(system, queues)
    queue = np.arange(len(queues), dtype=np.int64)
    own_pair = slots.position[queues.origin, queues.line]
    at_home = np.flatnonzero(own_pair >= 0)
    away, provider, way = reach.pairs(policy.max_minutes)
    useful = (slots.position[provider, queues.line[away]] >= 0) & (provider != queues.origin[away])
    pairs = Pairs(
        queues=queues,
        providers=system.providers,
        queue=away[useful],
        provider=provider[useful],
        minutes=reach.minutes[way[useful]],
        miles=reach.miles[way[useful]],
    )
    open_ = open_pairs(reach, pairs, policy)
    home_minutes, home_miles = reach.home()
    queue = np.concatenate([at_home, pairs.queue[open_]])
    provider = np.concatenate([queues.origin[at_home], pairs.provider[open_]])
    minutes = np.concatenate([home_minutes[at_home], pairs.minutes[open_]])
    miles = np.concatenate([home_miles[at_home], pairs.miles[open_]])
    home = np.arange(len(queue)) < len(at_home)
    extra = np.where(home, 0.0, np.maximum(minutes - home_minutes[queue], 0.0))
    weeks = extra / 60 * policy.weeks_per_hour + policy.move_weeks
    cost = np.where(home, 0, np.rint(weeks * SCALE)).astype(np.int64)
    pair = slots.position[provider, queues.line[queue]]
    return in_order(
        Lanes(
            queue=queue,
            provider=provider,
            pair=pair,
            home=home,
            lent=np.zeros(len(queue), dtype=bool),
            minutes=minutes,
            miles=miles,
            extra=extra,
            cost=cost,
        )
    )


def open_pairs(reach: Reach, pairs: Pairs, policy: Policy, *, but: Sequence[Rule] = ()) -> Mask:
    """Mask of the pairs that every rule allows, without the rules that are left out.

    A warning counts patients whom a limit in miles keeps at home because the table has no miles.
    """
    result = np.ones(len(pairs.queue), dtype=bool)
    for rule in RULES:
        if rule not in (miles_are_known, *but):
            result &= rule(pairs, policy)
    shut = result & ~miles_are_known(pairs, policy)
    if shut.any():
        patients = pairs.queues.patients()[np.unique(pairs.queue[shut])]
        way = reach.queue_start[pairs.queue[shut]] * reach.providers + pairs.provider[shut]
        say_policys(policy.max_miles, int(patients.sum()), len(np.unique(way)))
    return result & ~shut


def in_order(lanes: Lanes) -> Lanes:
    """Sort lanes into the order in which the longest waiters take them: see :class:`Lanes`."""
    return lanes.only(
        np.lexsort((lanes.pair, lanes.provider, lanes.extra, ~lanes.home, lanes.queue))
    )


class Reach:
    """Travel from where each queue's patients start: their area, or their origin."""

    def __init__(self, system: System, queues: Queues) -> None:
        travel = system.travel
        self.queues = queues
        start = travel[system.start]
        labels = start.cat.categories
        self.starts = len(labels)
        self.start = start.cat.codes.to_numpy(dtype=np.int64)
        self.provider = positions(travel["provider"], system.providers)
        self.minutes = travel["minutes"].to_numpy(dtype=np.float64)
        self.miles = (
            travel["miles"].to_numpy(dtype=np.float64)
            if "miles" in travel
            else np.full(len(travel), np.nan)
        )
        mine = queues.labels[system.start].cat
        self.queue_start = labels.get_indexer(mine.categories)[mine.codes.to_numpy()]
        self.providers = len(system.providers)

    def pairs(self, max_minutes: float) -> tuple[Codes, Codes, Codes]:
        """All (queue, provider) pairs within reach, with the row of the travel table of each."""
        near = np.flatnonzero(self.minutes <= max_minutes)
        start = self.start[near]
        count = np.bincount(start, minlength=self.starts)
        first = np.concatenate([[0], np.cumsum(count)])
        known = self.queue_start >= 0
        each = np.where(known, np.append(count, 0)[self.queue_start], 0)
        queue = np.repeat(np.arange(len(each)), each)
        offset = np.arange(len(queue)) - np.repeat(np.cumsum(each) - each, each)
        row = near[first[self.queue_start[queue]] + offset]
        return queue, self.provider[row], row

    def home(self) -> tuple[Floats, Floats]:
        """Minutes and miles of each queue to its own provider: 0 and NaN if no table has them."""
        return self.to(np.arange(len(self.queues)), self.queues.origin, missing=0.0)

    def to(self, queue: Codes, provider: Codes, missing: float) -> tuple[Floats, Floats]:
        """The minutes and the miles of (queue, provider) pairs.

        Where the table has no way, the minutes given and NaN miles.
        """
        table = self.start * self.providers + self.provider
        order = np.argsort(table, kind="stable")
        wanted = self.queue_start[queue] * self.providers + provider
        place = np.searchsorted(table[order], wanted)
        minutes, miles = np.full(len(queue), missing), np.full(len(queue), np.nan)
        found = place < len(table)
        found[found] = table[order][place[found]] == wanted[found]
        row = order[place[found]]
        minutes[found], miles[found] = self.minutes[row], self.miles[row]
        return minutes, miles


def judge(system: System, policy: Policy, queues: Queues, queue: int, provider: int) -> list[str]:
    """First sentences of the rules that keep a queue from a provider; none if it may go."""
    reach = Reach(system, queues)
    one = np.array([queue]), np.array([provider])
    minutes, miles = reach.to(*one, missing=np.inf)
    pairs = Pairs(
        queues=queues,
        providers=system.providers,
        queue=one[0],
        provider=one[1],
        minutes=minutes,
        miles=miles,
    )
    return [str(rule.__doc__) for rule in RULES if not rule(pairs, policy)[0]]
