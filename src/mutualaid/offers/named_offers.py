"""Of a certified plan's patients by name: who is treated where, who is asked, how groups fare."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from mutualaid.arguments import argument
from mutualaid.audit import eligibility_audit, who_goes_audit
from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import IDENTIFIERS
from mutualaid.errors import InputError, SolverError
from mutualaid.offers.allocate import Located, Places, as_patients, locate, moved, named, place
from mutualaid.offers.choose import Offers, make_offers
from mutualaid.offers.equity_report import EquityReport, grouped_entries, report
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.equity import as_groups


def named_patients(
    plan: CertifiedPlan, patients: object | None, previous: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Say for every patient who treats them, and when: see :meth:`mutualaid.Plan.patients`."""
    people = as_patients(patients, plan.system.waiting_list)
    return _placed(plan, people, locate(plan.model.frame, people), previous).table


class _Placed(NamedTuple):
    """Where the patients of a list stand in a plan, and alone; the former also as a table."""

    places: Places
    alone: Places
    table: pd.DataFrame


def _placed(
    plan: CertifiedPlan, people: PatientList, who: Located, previous: pd.DataFrame | None
) -> _Placed:
    alone = place(plan.baseline_model, plan.baseline_outcome, people, who)
    places = place(plan.model, plan.outcome, people, who, previous, alone)
    table = named(plan.model, places, people, previous)
    broken = [
        eligibility_audit.named_violations(
            plan.system, plan.policy, plan.entries, people.frame, table
        ),
        who_goes_audit.going_violations(
            plan.policy, plan.system.period_weeks, who.lot, table, places.period, alone.period
        ),
    ]
    if previous is not None:
        # Offers that stand are kept, whoever gains most.
        del broken[1]
    found = pd.concat(broken, ignore_index=True)
    if len(found):
        raise SolverError(f"the offers failed their audit:\n{found.to_string(index=False)}")
    return _Placed(places, alone, table)


def offers_of(
    plan: CertifiedPlan,
    patients: object | None,
    *,
    acceptance: Acceptance | None,
    risk: float,
    notice_weeks: int,
    previous: pd.DataFrame | None,
) -> Offers:
    """Choose whom to ask for which slot: see :meth:`mutualaid.Plan.offers`."""
    argument.number("risk", risk, 0, 1, "a chance")
    argument.whole("notice_weeks", notice_weeks, what="whole weeks")
    people = as_patients(patients, plan.system.waiting_list)
    who = locate(plan.model.frame, people)
    placed = _placed(plan, people, who, previous)
    return make_offers(
        plan.model,
        people,
        placed.places,
        placed.alone,
        placed.table,
        acceptance=plan.policy.acceptance if acceptance is None else acceptance,
        risk=float(risk),
        notice_weeks=max(int(notice_weeks), plan.policy.notice_weeks, plan.policy.lead_weeks),
    )


def equity_of(plan: CertifiedPlan, by: str, patients: object | None) -> EquityReport:
    """Measure how evenly groups wait, move and travel: see :meth:`mutualaid.Plan.equity`."""
    weeks = plan.system.period_weeks
    if patients is None and "patient_id" not in plan.system.waiting_list:
        before, after = (
            grouped_entries(table, by) for table in (plan.baseline_entries, plan.entries)
        )
        return report(by, before, after, weeks)
    people = as_patients(patients, plan.system.waiting_list)
    if by not in people.frame or by in IDENTIFIERS:
        raise InputError(f"the list has no {by} to make groups of")
    group = as_groups(people.frame[by]).to_numpy()
    sides = []
    placed = _placed(plan, people, locate(plan.model.frame, people), None)
    for model, places in (
        (plan.baseline_model, placed.alone),
        (plan.model, placed.places),
    ):
        sides.append(
            pd.DataFrame(
                {
                    "group": group,
                    "patients": 1,
                    "weeks_waiting": people.frame["weeks_waiting"].to_numpy(),
                    "period": places.period,
                    "moved": moved(model, places),
                    "extra_minutes": np.append(model.lanes.extra, np.nan)[places.lane],
                }
            )
        )
    return report(by, sides[0], sides[1], weeks)
