"""Offers to make: whom to ask for which slot, when some will say no.

A plan moves as many patients as there are slots for; if some decline, slots stay empty. So more
are asked than there are slots, as many as can be without the chance that more accept than can be
treated growing beyond a chosen risk. Those whom the plan moves are asked first; those in reserve
are patients whom it treats at home later, or not at all, of the same origins, in the order of
:mod:`mutualaid.offers.allocate`. Nobody holds two offers at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.errors import InputError
from mutualaid.formats import percent
from mutualaid.model.model import Model
from mutualaid.offers.allocate import Places, moved
from mutualaid.offers.overbooking import expected_outcome
from mutualaid.offers.reserves import Rows, cell_keys, chances, with_reserves
from mutualaid.policy.acceptance import Acceptance


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
            f"{percent(float(self.cells['risk'].max()) if len(self.cells) else 0.0)} "
            f"(asked for: {percent(self.risk)})",
        ]
        idle = int((self.table["weeks_saved"] <= 0).sum()) if made else 0
        if idle:
            lines.append(
                f"  {idle:,} would be treated no sooner than at home alone: others gain by their "
                "going, and they have little reason to accept"
            )
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
    away = moved(model, places)
    soon = away & (places.period * weeks <= notice_weeks)
    planned = np.flatnonzero(away & ~soon)
    key = cell_keys(model, places.lane[planned], places.period[planned])
    order = np.lexsort((places.who.urgency[planned], key))
    first = Rows(planned[order], places.lane[planned[order]], places.period[planned[order]])
    chance = chances(model, patients, alone, acceptance, first)
    made = first
    if acceptance is not None and risk > 0:
        made, chance = with_reserves(
            model, patients, places, alone, acceptance, first, chance, risk
        )
    table = _table(model, patients, places, named, made, notice_weeks).assign(
        weeks_saved=(alone.period[made.patient] - made.period) * weeks, acceptance=chance
    )
    return Offers(
        table=table, cells=_cells(table), acceptance=acceptance, risk=risk, too_soon=int(soon.sum())
    )


def _table(
    model: Model,
    patients: PatientList,
    places: Places,
    named: pd.DataFrame,
    made: Rows,
    notice_weeks: int,
) -> pd.DataFrame:
    """Write offers as a table, in the order of services, providers, periods and ranks."""
    system, lanes = model.frame.system, model.lanes
    key = cell_keys(model, made.lane, made.period)
    rank = np.arange(len(key)) - np.searchsorted(key, key) + 1
    planned = (places.lane[made.patient] == made.lane) & (
        places.period[made.patient] == made.period
    )
    held = [name for name in named.columns if name not in _OF_THE_PLAN]
    start = (made.period - 1) * system.period_weeks
    table = named[held].iloc[made.patient].reset_index(drop=True)
    providers = pd.Index(system.providers)
    table["provider"] = pd.Categorical.from_codes(lanes.provider[made.lane], categories=providers)
    if system.lines.whole:
        service = model.frame.slots.service[lanes.pair[made.lane]]
        table["slots_of"] = pd.Categorical.from_codes(service, pd.Index(system.services))
    table["period"] = made.period
    table["rank"] = rank
    table["kind"] = np.where(planned, "planned", "reserve")
    table["minutes"], table["extra_minutes"] = lanes.minutes[made.lane], lanes.extra[made.lane]
    if "miles" in system.travel:
        table["miles"] = lanes.miles[made.lane]
    table["weeks_at_treatment"] = table["weeks_waiting"].to_numpy() + start
    if patients.census is not None:
        days = (np.maximum(start, notice_weeks) * 7).astype("timedelta64[D]")
        day = np.datetime64(patients.census, "D") + days
        table["earliest_date"] = day.astype("datetime64[s]")
    return table


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """What is expected of the offers for each service with slots, provider and period."""
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
    more = [name for name in LINE_COLUMNS if name in table]
    cells = table.iloc[begin].reset_index(drop=True)
    if "slots_of" in table:
        cells["service"] = cells["slots_of"]
    cells = cells[["provider", "service", *more, "period"]]
    return pd.concat([cells, pd.DataFrame(rows, columns=names)], axis=1)


_OF_THE_PLAN = (
    *("decision", "provider", "period", "from_date", "earliest_date", "minutes", "miles"),
    *("extra_minutes", "weeks_at_treatment", "change"),
)
