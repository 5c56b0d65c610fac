"""Offers to make: whom to ask for which slot, when some will say no.

A plan moves as many patients as there are slots for; if some decline, slots stay empty. So more
are asked than there are slots, as many as can be without the chance that more accept than can be
treated growing beyond a chosen risk. Those whom the plan moves are asked first; those in reserve
are patients whom it treats at home later, or not at all, of the same origins, in the order of
:mod:`mutualaid.patients`. Nobody holds two offers at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from mutualaid.checks import Floats, Ints, Mask
from mutualaid.choice import Acceptance
from mutualaid.errors import InputError
from mutualaid.model.build import Model
from mutualaid.model.queues import Codes
from mutualaid.overfill import expected_outcome, offers_for_cells
from mutualaid.patient_list import PatientList
from mutualaid.patients import Places

MARGIN = 4
"""In reserve are so many more candidates than needed if all were as likely to accept as those
whom the plan moves, and a quarter more: some are less likely."""

LEAST_CHANCE = 0.02
"""Reserves are not looked for beyond what this chance of accepting would ask for."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Offers:
    """Offers to make, and what is expected of them. Made by :meth:`mutualaid.Plan.offers`.

    Attributes
    ----------
    table : pandas.DataFrame
        An offer a row: ``patient_id`` and the labels of the list, ``provider``, ``period``,
        ``rank`` (who is asked first for the slots of a service, provider and period, from 1),
        ``kind`` (``"planned"``, or ``"reserve"``), ``minutes`` and ``extra_minutes`` (one way),
        ``weeks_at_treatment``, ``weeks_saved`` (against being treated at home if nobody helped
        anybody; at least so many where they would be untreated to the end), ``acceptance`` (the
        probability) and, where the census is known, ``earliest_date``.
    cells : pandas.DataFrame
        ``provider``, ``service``, ``period``, ``slots`` (that the plan has for patients of
        others), ``offers``, ``expected`` (acceptances), ``filled``, ``over`` (who accepts and
        finds no slot) and ``risk`` (the chance of any such).
    acceptance : Acceptance or None
        The rule; None if everybody accepts.
    risk : float
        The chance of overfilling that was put up with, for each cell.
    too_soon : int
        Patients whom the plan moves in a period that is over before proper notice is given: no
        offer can be made to them.
    """

    table: pd.DataFrame
    cells: pd.DataFrame
    acceptance: Acceptance | None
    risk: float
    too_soon: int

    def __repr__(self) -> str:
        slots, made = int(self.cells["slots"].sum()), len(self.table)
        expected = float(self.cells["filled"].sum())
        rule = "if everybody accepts" if self.acceptance is None else self.acceptance.says
        lines = [
            f"Offers: {made:,} for {slots:,} slots, {expected:,.0f} of which are expected to be "
            f"filled",
            f"  {rule}",
            f"  chance of overfilling any one service, provider and period: at most "
            f"{float(self.cells['risk'].max()) if len(self.cells) else 0.0:.1%} "
            f"(asked for: {self.risk:.1%})",
        ]
        if self.too_soon:
            lines.append(f"  {self.too_soon:,} moves of the plan are too soon for proper notice")
        return "\n".join(lines)


def make_offers(
    model: Model,
    patients: PatientList,
    places: Places,
    alone: Places,
    named: pd.DataFrame,
    *,
    acceptance: Acceptance | None,
    risk: float,
    notice_weeks: int,
) -> Offers:
    """Choose whom to ask: see :meth:`mutualaid.Plan.offers`."""
    if acceptance is not None and not isinstance(acceptance, Acceptance):
        raise InputError("acceptance is not a mutualaid.Acceptance")
    weeks = model.frame.system.period_weeks
    away = places.lane >= 0
    away[away] = model.lanes.away[places.lane[away]]
    soon = away & (places.period * weeks <= notice_weeks)
    planned = np.flatnonzero(away & ~soon)
    key = _cell_keys(model, places.who.queue[planned], places.lane[planned], places.period[planned])
    cell, slots = np.unique(key, return_counts=True)
    saved = (alone.period - places.period) * weeks
    order = np.lexsort((places.who.urgency[planned], key))
    first = _Rows(planned[order], places.lane[planned[order]], places.period[planned[order]])
    chance = _chances(model, patients, acceptance, first, saved[first.patient])
    made = first
    if acceptance is not None and risk > 0 and len(cell):
        spare = _reserves(model, patients, places, cell, slots, first, chance, risk)
        reserve_key = _cell_keys(model, places.who.queue[spare.patient], spare.lane, spare.period)
        saves = (alone.period[spare.patient] - spare.period) * weeks
        more = _chances(model, patients, acceptance, spare, saves)
        both = first.and_(spare)
        all_keys = np.concatenate([key[order], reserve_key])
        kind = np.repeat([0, 1], [len(first.patient), len(spare.patient)])
        sequence = np.lexsort((np.arange(len(all_keys)), kind, all_keys))
        both, chance = both.take(sequence), np.concatenate([chance, more])[sequence]
        begin = np.searchsorted(all_keys[sequence], cell)
        count = np.diff(np.append(begin, len(sequence)))
        asked = offers_for_cells(begin, count, chance, slots, risk)
        rank = np.arange(len(sequence)) - np.repeat(begin, count)
        keep = rank < np.repeat(asked, count)
        made, chance = both.take(keep), chance[keep]
    table = _table(model, patients, places, named, made, notice_weeks).assign(
        weeks_saved=(alone.period[made.patient] - made.period) * weeks, acceptance=chance
    )
    return Offers(
        table=table,
        cells=_cells(table),
        acceptance=acceptance,
        risk=risk,
        too_soon=int(soon.sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Patients, with a lane and a period for each."""

    patient: Codes
    lane: Codes
    period: Ints

    def and_(self, other: _Rows) -> _Rows:
        return _Rows(
            np.concatenate([self.patient, other.patient]),
            np.concatenate([self.lane, other.lane]),
            np.concatenate([self.period, other.period]),
        )

    def take(self, where: Codes | Mask) -> _Rows:
        return _Rows(self.patient[where], self.lane[where], self.period[where])


def _cell_keys(model: Model, queue: Codes, lane: Codes, period: Ints) -> Codes:
    """A number for each (service, provider, period), in this order."""
    system = model.frame.system
    provider = model.lanes.provider[lane]
    service = model.frame.queues.service[queue]
    keys: Codes = (service * len(system.providers) + provider) * (system.periods + 2) + period
    return keys


def _chances(
    model: Model, patients: PatientList, acceptance: Acceptance | None, rows: _Rows, saved: Ints
) -> Floats:
    if acceptance is None or not len(rows.patient):
        return np.ones(len(rows.patient))
    lanes, providers = model.lanes, pd.Index(model.frame.system.providers)
    asked = patients.rows().iloc[rows.patient].reset_index(drop=True)
    offers = asked.assign(
        provider=providers[lanes.provider[rows.lane]],
        period=rows.period,
        minutes=lanes.minutes[rows.lane],
        extra_minutes=lanes.extra[rows.lane],
        weeks_saved=saved,
        weeks_at_treatment=asked["weeks_waiting"].to_numpy()
        + (rows.period - 1) * model.frame.system.period_weeks,
    )
    return acceptance(offers)


def _reserves(
    model: Model,
    patients: PatientList,
    places: Places,
    cell: Codes,
    slots: Ints,
    first: _Rows,
    chance: Floats,
    risk: float,
) -> _Rows:
    """Candidates beyond those whom the plan moves, cell by cell in the order of the periods."""
    queues, lanes, system = model.frame.queues, model.lanes, model.frame.system
    policy, weeks = model.frame.policy, system.period_weeks
    count = len(system.providers)
    lane_of = np.full((len(queues), count), -1, dtype=np.int32)
    open_ = np.flatnonzero(lanes.away)
    lane_of[lanes.queue[open_], lanes.provider[open_]] = open_
    goes = np.zeros(len(queues), dtype=bool)
    goes[lanes.queue[open_]] = True
    away = places.lane >= 0
    away[away] = lanes.away[places.lane[away]]
    free = np.flatnonzero(~away & goes[places.who.queue])
    free = free[np.argsort(places.who.urgency[free], kind="stable")]
    service, origin = queues.service[places.who.queue[free]], queues.origin[places.who.queue[free]]
    waited = patients.frame["weeks_waiting"].to_numpy(dtype=np.int64)[free]
    home = places.period[free]
    used = np.zeros(len(free), dtype=bool)
    place_of = {int(s): np.flatnonzero(service == s) for s in np.unique(service)}
    own = _cell_keys(model, places.who.queue[first.patient], first.lane, first.period)
    first_origin = queues.origin[places.who.queue[first.patient]]
    width = system.periods + 2
    patient, lane, period = [], [], []
    in_time = np.argsort(cell % width, kind="stable")
    for at in in_time.tolist():
        key = int(cell[at])
        when, where = key % width, key // width % count
        here = place_of.get(key // width // count, np.zeros(0, dtype=np.int64))
        mine = slice(*np.searchsorted(own, [key, key + 1]))
        need = _enough(chance[mine], int(slots[at]), risk) - int(slots[at])
        if need <= 0 or not len(here):
            continue
        gives = np.zeros(count, dtype=bool)
        gives[first_origin[mine]] = True
        # Only who would wait longer at home, has waited long enough and is of those origins.
        fits = (home[here] > when) & ~used[here] & gives[origin[here]]
        fits &= waited[here] + (when - 1) * weeks >= policy.min_weeks_to_move
        fits &= lane_of[places.who.queue[free[here]], where] >= 0
        chosen = here[np.flatnonzero(fits)[:need]]
        used[chosen] = True
        patient.append(free[chosen])
        lane.append(lane_of[places.who.queue[free[chosen]], where].astype(np.int64))
        period.append(np.full(len(chosen), when, dtype=np.int64))
    none = np.zeros(0, dtype=np.int64)
    return _Rows(*(np.concatenate([none, *part]) for part in (patient, lane, period)))


def _enough(chance: Floats, slots: int, risk: float) -> int:
    """How many candidates to look at: as many as could be asked, and some more."""
    likely = max(float(chance.mean()), LEAST_CHANCE)
    # Where the normal curve with that mean passes the slots: close, and in no time.
    steps = NormalDist().inv_cdf(1 - min(max(risk, 1e-6), 1 - 1e-6))
    spread = steps * math.sqrt(likely * (1 - likely))
    root = (math.sqrt(max(spread**2 + 4 * likely * (slots + 0.5), 0.0)) - spread) / (2 * likely)
    asked = math.ceil(root**2)
    return asked + asked // 4 + MARGIN


def _table(
    model: Model,
    patients: PatientList,
    places: Places,
    named: pd.DataFrame,
    made: _Rows,
    notice_weeks: int,
) -> pd.DataFrame:
    """Write offers as a table, in the order of services, providers, periods and ranks."""
    system, lanes = model.frame.system, model.lanes
    key = _cell_keys(model, places.who.queue[made.patient], made.lane, made.period)
    rank = np.arange(len(key)) - np.searchsorted(key, key) + 1
    planned = (places.lane[made.patient] == made.lane) & (
        places.period[made.patient] == made.period
    )
    held = [name for name in named.columns if name not in _OF_THE_PLAN]
    start = (made.period - 1) * system.period_weeks
    table = named[held].iloc[made.patient].reset_index(drop=True)
    providers = pd.Index(system.providers)
    table["provider"] = pd.Categorical.from_codes(lanes.provider[made.lane], categories=providers)
    table["period"] = made.period
    table["rank"] = rank
    table["kind"] = np.where(planned, "planned", "reserve")
    table["minutes"], table["extra_minutes"] = lanes.minutes[made.lane], lanes.extra[made.lane]
    table["weeks_at_treatment"] = table["weeks_waiting"].to_numpy() + start
    if patients.census is not None:
        days = (np.maximum(start, notice_weeks) * 7).astype("timedelta64[D]")
        day = np.datetime64(patients.census, "D") + days
        table["earliest_date"] = day.astype("datetime64[s]")
    return table


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """What is expected of the offers for each service, provider and period."""
    begin = np.flatnonzero((table["rank"] == 1).to_numpy())
    ends = np.append(begin, len(table))[1:]
    planned = (table["kind"] == "planned").to_numpy()
    chance = table["acceptance"].to_numpy(dtype=np.float64)
    rows = []
    for first, last in zip(begin.tolist(), ends.tolist(), strict=True):
        slots = int(planned[first:last].sum())
        outcome = expected_outcome(chance[first:last], slots)
        rows.append((slots, last - first, *outcome))
    names = ["slots", "offers", "expected", "filled", "over", "risk"]
    cells = table.iloc[begin][["provider", "service", "period"]].reset_index(drop=True)
    return pd.concat([cells, pd.DataFrame(rows, columns=names)], axis=1)


_OF_THE_PLAN = (
    *("decision", "provider", "period", "from_date", "earliest_date", "minutes"),
    *("extra_minutes", "weeks_at_treatment", "change"),
)
