"""In reserve: whom else to ask for a slot, so that it is filled although some say no."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Ints, Mask
from mutualaid.data.patient_list import PatientList
from mutualaid.model.model import Model
from mutualaid.model.queues import Codes
from mutualaid.offers.allocate import Places, moved
from mutualaid.offers.overbooking import offers_for_cells
from mutualaid.policy.acceptance import Acceptance

MARGIN = 4
"""So many more candidates are looked at than needed if all were as likely to accept as those whom
the plan moves, and a quarter more: some are less likely."""

LEAST_CHANCE = 0.02
"""Candidates are not looked for beyond what this chance of accepting would ask for."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Patients, with a lane and a period for each: arrays of one length."""

    patient: Codes
    lane: Codes
    period: Ints

    def joined(self, other: Rows) -> Rows:
        """These, then those."""
        return _all([self, other])

    def take(self, where: Codes | Mask) -> Rows:
        """Some of them, by position or by mask."""
        return Rows(self.patient[where], self.lane[where], self.period[where])


def cell_keys(model: Model, lane: Codes, period: Ints) -> Codes:
    """A number for each (line of slots, provider, period), in this order."""
    system = model.frame.system
    provider = model.lanes.provider[lane]
    line = model.frame.slots.line[model.lanes.pair[lane]]
    keys: Codes = (line * len(system.providers) + provider) * (system.periods + 2) + period
    return keys


def chances(
    model: Model,
    patients: PatientList,
    alone: Places,
    acceptance: Acceptance | None,
    rows: Rows,
) -> Floats:
    """The chance that each patient accepts the place; 1 where everybody is taken to accept."""
    if acceptance is None or not len(rows.patient):
        return np.ones(len(rows.patient))
    lanes, weeks = model.lanes, model.frame.system.period_weeks
    providers = pd.Index(model.frame.system.providers)
    asked = patients.rows().iloc[rows.patient].reset_index(drop=True)
    start = (rows.period - 1) * weeks
    offers = asked.assign(
        provider=providers[lanes.provider[rows.lane]],
        period=rows.period,
        minutes=lanes.minutes[rows.lane],
        extra_minutes=lanes.extra[rows.lane],
        weeks_saved=(alone.period[rows.patient] - rows.period) * weeks,
        weeks_at_treatment=asked["weeks_waiting"].to_numpy() + start,
    )
    return acceptance(offers)


def with_reserves(
    model: Model,
    patients: PatientList,
    places: Places,
    alone: Places,
    acceptance: Acceptance,
    first: Rows,
    chance: Floats,
    risk: float,
) -> tuple[Rows, Floats]:
    """Add to those whom the plan moves as many others as the risk of overfilling allows.

    Parameters
    ----------
    model, patients
        The model, and the list that it was made of.
    places, alone
        Where its patients stand in the plan, and if nobody helped anybody.
    acceptance
        How likely patients are to accept.
    first, chance
        Those whom the plan moves, in the order of :func:`cell_keys`, and their chances.
    risk
        The chance of overfilling a service, provider and period that is put up with.

    Returns
    -------
    Rows, float64 array
        Whom to ask, cell by cell in the order of :func:`cell_keys`, and their chances.
    """
    found = _Candidates(model, patients, places, alone)
    own = cell_keys(model, first.lane, first.period)
    cell, begin, slots = np.unique(own, return_index=True, return_counts=True)
    width = model.frame.system.periods + 2
    count = len(model.frame.system.providers)
    # Lines share no patients, so that those of one provider and period are done together;
    # whoever is not asked there can still be asked for a later slot.
    batch = cell % width * count + cell // width % count
    made, chosen = [], []
    for at in np.unique(batch).tolist():
        blocks, sizes, parts = [], [], []
        for i in np.flatnonzero(batch == at).tolist():
            mine = np.arange(begin[i], begin[i] + slots[i])
            need = _enough(chance[mine], int(slots[i]), risk) - int(slots[i])
            spare = found.of(int(cell[i]), first.patient[mine], max(need, 0))
            blocks.append(mine)
            parts.append(spare)
            sizes.append((len(mine), len(spare.patient)))
        likely = chances(model, patients, alone, acceptance, _all(parts))
        ends = np.cumsum([size[1] for size in sizes])[:-1]
        more = np.split(likely, ends)
        together = [
            (first.take(mine).joined(spare), np.concatenate([chance[mine], extra]))
            for mine, spare, extra in zip(blocks, parts, more, strict=True)
        ]
        length = np.array([sum(size) for size in sizes])
        starts = np.cumsum(length) - length
        asked = offers_for_cells(
            starts,
            length,
            np.concatenate([part for _, part in together]),
            np.array([size[0] for size in sizes]),
            risk,
        )
        for (rows, part), number, size in zip(together, asked.tolist(), sizes, strict=True):
            made.append(rows.take(np.arange(number)))
            chosen.append(part[:number])
            found.ask(made[-1].patient[size[0] :])
    rows, likely = _all(made), np.concatenate([np.zeros(0), *chosen])
    key = cell_keys(model, rows.lane, rows.period)
    order = np.argsort(key, kind="stable")
    return rows.take(order), likely[order]


def _all(parts: list[Rows]) -> Rows:
    none = Rows(*np.zeros((3, 0), dtype=np.int64))
    every = [(part.patient, part.lane, part.period) for part in (none, *parts)]
    return Rows(*(np.concatenate(column) for column in zip(*every, strict=True)))


class _Candidates:
    """Patients whom the plan does not move and who could go somewhere, the most urgent first."""

    def __init__(self, model: Model, patients: PatientList, places: Places, alone: Places) -> None:
        queues, lanes, self.system = model.frame.queues, model.lanes, model.frame.system
        self.policy, self.model, self.places = model.frame.policy, model, places
        self.lane_of = np.full((len(queues), len(self.system.providers)), -1, dtype=np.int32)
        open_ = np.flatnonzero(lanes.away)
        self.lane_of[lanes.queue[open_], lanes.provider[open_]] = open_
        goes = np.zeros(len(queues), dtype=bool)
        goes[lanes.queue[open_]] = True
        free = np.flatnonzero(~moved(model, places) & goes[places.who.queue])
        self.free = free[np.argsort(places.who.urgency[free], kind="stable")]
        queue = places.who.queue[self.free]
        self.queue, self.origin = queue, queues.origin[queue]
        self.waited = patients.frame["weeks_waiting"].to_numpy(dtype=np.int64)[self.free]
        self.home = places.period[self.free]
        self.alone = alone.period[self.free]
        self.together = self.system.lines.together
        line = self.together[queues.line[queue]]
        self.of_line = {int(one): np.flatnonzero(line == one) for one in np.unique(line)}
        self.asked = np.zeros(len(places.lane), dtype=bool)

    def of(self, cell: int, planned: Codes, most: int) -> Rows:
        """The first who could go to a cell's place, and would wait longer at home.

        They are of the origins of those whom the plan moves there, have waited long enough, and
        gain as many weeks by it as the policy asks for.
        """
        count = len(self.system.providers)
        width = self.system.periods + 2
        when, where = cell % width, cell // width % count
        nobody = np.zeros(0, dtype=np.int64)
        line = cell // width // count
        here = self.of_line.get(int(self.together[line]), nobody)
        gives = np.zeros(count, dtype=bool)
        gives[self.model.frame.queues.origin[self.places.who.queue[planned]]] = True
        fits = (self.home[here] > when) & ~self.asked[self.free[here]] & gives[self.origin[here]]
        start = (when - 1) * self.system.period_weeks
        fits &= np.maximum(self.waited[here] + start, 0) >= self.policy.min_weeks_to_move
        saved = (self.alone[here] - when) * self.system.period_weeks
        if self.policy.min_weeks_saved:
            fits &= saved >= self.policy.min_weeks_saved
        lanes, slots = self.model.lanes, self.model.frame.slots
        lane = self.lane_of[self.queue[here], where]
        fits &= (lane >= 0) & (slots.line[lanes.pair[lane]] == line)
        chosen = here[np.flatnonzero(fits)[:most]]
        lane = self.lane_of[self.queue[chosen], where].astype(np.int64)
        return Rows(self.free[chosen], lane, np.full(len(chosen), when, dtype=np.int64))

    def ask(self, patients: Codes) -> None:
        """Note who holds an offer now."""
        self.asked[patients] = True


def _enough(chance: Floats, slots: int, risk: float) -> int:
    """How many candidates to look at: as many as could be asked, and some more."""
    likely = max(float(chance.mean()), LEAST_CHANCE)
    # Where the normal curve with that mean passes the slots: close, and in no time.
    steps = NormalDist().inv_cdf(1 - min(max(risk, 1e-6), 1 - 1e-6))
    spread = steps * math.sqrt(likely * (1 - likely))
    root = (math.sqrt(max(spread**2 + 4 * likely * (slots + 0.5), 0.0)) - spread) / (2 * likely)
    asked = math.ceil(root**2)
    return asked + asked // 4 + MARGIN
