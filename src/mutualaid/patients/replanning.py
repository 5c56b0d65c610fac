"""On from what came back: who accepted, who declined, who was treated or left, and what now.

Whoever accepted has a slot, which nobody else can have; whoever was treated or removed is off the
list; whoever declined is not asked to the same place again, and nobody is asked more than twice
(two reasonable offers: RTT guidance, version 5.0, section 4.4.1.4). Offers that nobody has
answered yet stand, and moving them costs something, so that few are changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments, typed
from mutualaid.data.finer_services import in_slots_of
from mutualaid.data.label_codes import positions
from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import ALONE_PERIOD, DECLINED, DECLINED_ALL
from mutualaid.data.system import System
from mutualaid.errors import InputError, Problems
from mutualaid.model.build import build_frame
from mutualaid.model.eligibility import ANYWHERE
from mutualaid.model.limits.pools import pool_usage
from mutualaid.offers.allocate import as_patients, locate, place, queue_of
from mutualaid.plan.published import require_plan
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build_within
from mutualaid.planning.problem import PlanModel
from mutualaid.report.call_list import CallList
from mutualaid.solve.interface import Limits

RESPONSES = ("accepted", "declined", "no answer", "treated", "removed")
GONE = ("accepted", "treated", "removed")
MOST_OFFERS = 2
MADE = "offers_made"
"""The column of a list that counts the offers a patient has had and not accepted."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Replan:
    """A plan that goes on from responses. Made by :func:`replan`.

    Attributes
    ----------
    plan : Plan
        The new plan, for whoever is still on the list and the slots that are left.
    patients : PatientList
        Whoever is still on the list, with ``declined`` and ``offers_made``. Holds identifiers.
    accepted : pandas.DataFrame
        Who accepted: ``patient_id``, ``origin``, ``service``, ``provider``, ``period``. Holds
        identifiers.
    offers : pandas.DataFrame
        The new plan patient by patient: see :meth:`mutualaid.Plan.patients`. Its column
        ``change`` says what becomes of the offers that nobody has answered. Holds identifiers.
    counts : pandas.DataFrame
        ``response`` (with ``"unanswered"``), ``patients``.
    overfilled : pandas.DataFrame
        ``provider``, ``service``, ``period``, ``patients``: who accepted, or was treated, beyond
        the slots that there were.
    """

    plan: Plan
    patients: PatientList
    accepted: pd.DataFrame
    offers: pd.DataFrame
    counts: pd.DataFrame
    overfilled: pd.DataFrame

    def call_list(self, weeks: int = 4, **options: Any) -> CallList:
        """Say whom to ring next, with offers that stand: see :meth:`mutualaid.Plan.call_list`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
        >>> rows = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
        >>> rows = rows.assign(patients=1, patient_id=range(len(rows))).astype({"patient_id": str})
        >>> plan = ma.optimise(made_up.replace(waiting_list=ma.PatientList(rows).waiting_list()))
        >>> again = ma.patients.replan(plan, rows.head(0).assign(response=None), rows)
        >>> len(again.call_list()) == len(plan.call_list(rows))
        True
        """
        return self.plan.call_list(self.patients, weeks, previous=self.offers, **options)

    def __repr__(self) -> str:
        told = ", ".join(
            f"{int(row['patients']):,} {row['response']}"
            for row in self.counts.to_dict("records")
            if row["patients"]
        )
        offered = int((self.offers["decision"] == "offer").sum())
        lines = [f"Replan: {told or 'no responses'}; {offered:,} offers now"]
        change = self.offers["change"].value_counts()
        moved = [f"{int(change[name]):,} {name}" for name in change.index if change[name]]
        if moved:
            lines.append(f"  unanswered offers and new ones: {', '.join(moved)}")
        if len(self.overfilled):
            over = int(self.overfilled["patients"].sum())
            lines.append(f"  {over:,} patients have no slot where they were to be treated")
        return "\n".join(lines)


@checks_arguments
def replan(
    plan: Plan,
    responses: object,
    patients: object | None = None,
    *,
    offers: pd.DataFrame | None = None,
    change_weeks: float = 0.5,
    solver: str = "auto",
) -> Replan:
    """Go on from what came back of the offers of a plan.

    Parameters
    ----------
    plan
        The plan.
    responses
        ``patient_id`` and ``response``: ``"accepted"``, ``"declined"``, ``"no answer"`` (by the
        time that was given), ``"treated"`` (since the plan was made) or ``"removed"`` (left the
        list untreated). ``provider`` and ``period`` say which offer it answers; where they are
        absent or empty it is that of ``offers``. Patients who are not in it have not answered.
    patients
        The list that the system was made of. Not needed if the system has a row for each patient.
    offers
        The offers that were made: a table of :meth:`mutualaid.Plan.patients`, or of
        :attr:`mutualaid.patients.Offers.table`, of which those in reserve lapse unless they are
        answered. Those of the plan itself, if not given.
    change_weeks
        Harm-weeks that each change of an offer which nobody has answered counts as.
    solver
        As for :func:`mutualaid.optimise`.

    Returns
    -------
    Replan
        The horizon stays: periods are still counted from the plan's census. Whoever was treated
        takes a slot of the offer's place and period, or, without one, of their own provider's
        first period. Promises of a mode are kept for what is planned anew; aid that was accepted
        before is not counted into its balance.

    Raises
    ------
    InputError
        If a response, a patient or an offer is not known.

    Examples
    --------
    >>> import mutualaid as ma
    >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> everybody = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
    >>> rows = everybody.assign(patients=1, patient_id=range(len(everybody)))
    >>> people = ma.PatientList(rows.astype({"patient_id": str}))
    >>> plan = ma.optimise(made_up.replace(waiting_list=people.waiting_list()))
    >>> asked = plan.patients(people).query("decision == 'offer'").head(2)
    >>> back = asked[["patient_id"]].assign(response=["accepted", "declined"])
    >>> again = ma.patients.replan(plan, back, people)
    >>> len(again.patients) == len(people) - 1
    True
    """
    require_plan(plan)
    people = as_patients(patients, plan.system.waiting_list)
    named = plan.patients(people)
    made = named if offers is None else offers
    answered = _read(responses, made, people, plan.system)
    left, counts = _still_waiting(people, answered)
    system, overfilled = _slots_left(plan, left, answered, _booked_left(plan, people, answered))
    standing = _standing(made, answered, left)
    alone = _alone_before(plan, system, people, left) if plan.policy.min_weeks_saved else None
    model = build_within(Limits(), system, plan.policy, plan.collaboration, before_alone=alone)
    again = model.solve(
        solver,
        previous=_steady(plan, model, left, named, standing),
        change_weeks=change_weeks,
    )
    unanswered = pd.DataFrame({"response": ["unanswered"], "patients": [len(standing)]})
    gone = answered["response"] == "accepted"
    held = ["patient_id", "origin", "service", "provider", "period"]
    return Replan(
        plan=again,
        patients=left,
        accepted=answered.loc[gone, held].reset_index(drop=True),
        offers=again.patients(left, previous=standing),
        counts=pd.concat([counts, unanswered], ignore_index=True),
        overfilled=overfilled,
    )


def _read(
    responses: object, made: pd.DataFrame, people: PatientList, system: System
) -> pd.DataFrame:
    """Check responses and find the offer that each answers; values are never told, only rows."""
    if not isinstance(responses, pd.DataFrame):
        argument.wrong("responses", f"is {typed(responses)}", "pass a DataFrame")
    problems = Problems()
    problems.need("responses", responses, ("patient_id", "response"))
    problems.raise_if_any()
    table = responses[responses["response"].notna().to_numpy()].reset_index(drop=True)
    at = positions(table["patient_id"], pd.Index(people.frame["patient_id"], dtype=object))
    words = ~table["response"].isin(RESPONSES).to_numpy()
    twice = table["patient_id"].duplicated(keep=False).to_numpy()
    for column, what, remedy, mask in (
        ("response", "is not one of the words for it", f"write {', '.join(RESPONSES)}", words),
        ("patient_id", "is there twice", "keep one response a patient", twice),
        ("patient_id", "is not on the list", "correct it, or drop the row", at < 0),
    ):
        if mask.any():
            shown = table["response"] if column == "response" else None
            problems.add("responses", column, what, remedy, rows=mask, values=shown)
    problems.raise_if_any()
    who = people.frame.iloc[at][["origin", *system.lines.columns]]
    result = pd.DataFrame({name: who[name].astype(object).to_numpy() for name in who})
    result.insert(0, "patient_id", table["patient_id"].to_numpy())
    result["response"] = table["response"].astype(str).to_numpy()
    offered = _offered(made).set_index("patient_id")
    for name in ("provider", "period"):
        held = offered[name].reindex(table["patient_id"].to_numpy()).tolist()
        told = table[name].tolist() if name in table else [None] * len(table)
        both = [h if pd.isna(t) else t for t, h in zip(told, held, strict=True)]
        result[name] = pd.Series(both, dtype=object)
    _check_places(result, system, problems)
    problems.raise_if_any()
    return result


def _offered(made: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in ("patient_id", "provider", "period") if name not in made]
    if absent:
        raise InputError(f"offers has no {', '.join(absent)}: pass a table of offers of a plan")
    rows = made
    if "decision" in made:
        rows = made[(made["decision"] == "offer").to_numpy(dtype=bool)]
    if rows["patient_id"].duplicated().any():
        raise InputError("offers holds more than one offer for a patient")
    return pd.DataFrame(rows[["patient_id", "provider", "period"]]).astype({"provider": object})


def _check_places(answered: pd.DataFrame, system: System, problems: Problems) -> None:
    """Whoever accepted or declined had an offer, at a provider and in a period that there are."""
    replied = answered["response"].isin(["accepted", "declined", "no answer"]).to_numpy()
    none = answered["provider"].isna().to_numpy() | answered["period"].isna().to_numpy()
    stray = ~answered["provider"].isin(system.providers).to_numpy() & ~none
    period = pd.to_numeric(answered["period"], errors="coerce").to_numpy(dtype=np.float64)
    late = ~np.isin(period, np.arange(1, system.periods + 1)) & ~none
    for column, what, remedy, mask in (
        ("provider", "answers an offer that was not made", "name its provider", replied & none),
        ("provider", "is not a provider of this system", "correct it", stray),
        ("period", "is not a period of this system", f"write 1 to {system.periods}", late),
    ):
        problems.note("responses", column, mask, what, remedy)


def _still_waiting(people: PatientList, answered: pd.DataFrame) -> tuple[PatientList, pd.DataFrame]:
    """Whoever is still on the list, with what they declined and how many offers they had."""
    frame = people.frame
    known = pd.Index(frame["patient_id"].astype(object))
    response = pd.Series(answered["response"].to_numpy(), index=answered["patient_id"].to_numpy())
    said = response.reindex(known)
    had = frame[MADE].to_numpy(dtype=np.int64) if MADE in frame else np.zeros(len(frame), int)
    lapsed = said.isin(["declined", "no answer"]).to_numpy()
    had = had + lapsed
    declined = (
        frame[DECLINED].astype(object).to_numpy()
        if DECLINED in frame
        else np.full(len(frame), "", dtype=object)
    ).copy()
    where = pd.Series(answered["provider"].to_numpy(), index=response.index).reindex(known)
    refused = (said == "declined").to_numpy()
    declined[refused] = where.to_numpy()[refused]
    declined[had >= MOST_OFFERS] = DECLINED_ALL
    gone = said.isin(GONE).to_numpy()
    rows = frame.assign(**{DECLINED: declined, MADE: had})[~gone].reset_index(drop=True)
    left = PatientList(rows, census=people.census, quality=people.quality, checked=True)
    counts = pd.DataFrame(
        {
            "response": list(RESPONSES),
            "patients": [int((response == word).sum()) for word in RESPONSES],
        }
    )
    return left, counts


def _booked_left(plan: Plan, people: PatientList, answered: pd.DataFrame) -> pd.DataFrame | None:
    """Take off the bookings of whoever is gone, so that they book nobody else who is alike.

    Where the list does not say who has a date, those of whoever was treated without an offer, who
    is counted at home in the first period.
    """
    booked = plan.system.booked
    if booked is None:
        return None
    known = people.frame["patient_id"].astype(object)
    if "date_weeks" in people.frame:
        gone = answered[answered["response"].isin(GONE).to_numpy()]
        rows = people.frame[known.isin(gone["patient_id"]).to_numpy()]
        dated = PatientList(rows, census=people.census, quality=people.quality, checked=True)
        ended = dated.booked(plan.system.period_weeks, plan.system.periods)
    else:
        treated = (answered["response"] == "treated") & answered["provider"].isna()
        rows = people.frame[known.isin(answered.loc[treated, "patient_id"]).to_numpy()]
        ended = rows.assign(period=1, patients=1)
    keys = [name for name in booked if name != "patients"]
    plain = {name: object for name in keys if name not in ("period", "weeks_waiting")}
    less = ended.astype(plain).groupby(keys)["patients"].sum()
    of_row = less.reindex(pd.MultiIndex.from_frame(booked[keys].astype(plain))).fillna(0)
    left = np.maximum(booked["patients"].to_numpy() - of_row.to_numpy(dtype=np.int64), 0)
    return booked.assign(patients=left)


def _slots_left(
    plan: Plan, left: PatientList, answered: pd.DataFrame, booked: pd.DataFrame | None
) -> tuple[System, pd.DataFrame]:
    """Take the slots, and the parts of pools, of whoever accepted or was treated."""
    system = plan.system
    taking = answered[answered["response"].isin(["accepted", "treated"]).to_numpy()]
    unplaced = taking["provider"].isna() | taking["period"].isna()
    used = pd.DataFrame(
        {
            "provider": taking["provider"].where(~unplaced, taking["origin"]),
            **{name: taking[name] for name in system.lines.columns},
            "period": taking["period"].where(~unplaced, 1).astype("int64"),
        }
    )
    used = in_slots_of(system.table("finer"), system.capacity, used)
    keys = ["provider", *system.lines.columns, "period"]
    plain = dict.fromkeys(keys[:-1], object)
    count = used.groupby(keys).size()
    capacity = system.capacity.astype(plain)
    if "site" in capacity:
        capacity = capacity.groupby(keys)["slots"].sum().reset_index()
    taken = count.reindex(pd.MultiIndex.from_frame(capacity[keys])).fillna(0).to_numpy(np.int64)
    slots = capacity["slots"].to_numpy(dtype=np.int64)
    there = pd.Series(np.minimum(slots, taken), index=pd.MultiIndex.from_frame(capacity[keys]))
    over = count.sub(there.reindex(count.index).fillna(0)).astype("int64")
    tables: dict[str, object] = {
        "capacity": capacity.assign(slots=np.maximum(slots - taken, 0)),
        "waiting_list": left.waiting_list(*_asked(plan, left)),
    }
    if booked is not None:
        tables["booked"] = booked
    if system.pools is not None:
        tables["pools"] = _pools_left(system, system.pools, used)
    overfilled = over[over > 0].rename("patients").reset_index()
    return system.replace(**tables), overfilled


def _asked(plan: Plan, left: PatientList) -> list[str]:
    """Columns that the plan tells queues apart by, and that sites ask about."""
    accepts = plan.system.table("accepts")
    asked = [] if accepts is None else [str(name) for name in accepts["column"].astype(object)]
    names = [*plan.model.frame.queues.names, *asked]
    return [name for name in dict.fromkeys(names) if name in left.columns]


def _pools_left(system: System, pools: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    left = pools.astype({"provider": object, "pool": object})
    provider = positions(used["provider"], system.providers)
    service = positions(used["service"], system.services)
    for pool in left["pool"].unique():
        needs = pool_usage(system, str(pool))[provider, service] / 1000
        each = pd.Series(needs).groupby([used["provider"], used["period"]]).sum()
        mine = (left["pool"] == pool).to_numpy()
        where = pd.MultiIndex.from_frame(left.loc[mine, ["provider", "period"]])
        less = each.reindex(where).fillna(0.0).to_numpy()
        left.loc[mine, "amount"] = np.maximum(left.loc[mine, "amount"].to_numpy() - less, 0.0)
    return left


def _standing(made: pd.DataFrame, answered: pd.DataFrame, left: PatientList) -> pd.DataFrame:
    """Offers of the plan's own that nobody has answered; those in reserve lapse."""
    own = made[(made["kind"] == "planned").to_numpy()] if "kind" in made else made
    open_ = _offered(own)
    open_ = open_[~open_["patient_id"].isin(answered["patient_id"]).to_numpy()]
    here = open_["patient_id"].isin(left.frame["patient_id"]).to_numpy()
    return open_[here].reset_index(drop=True)


def _alone_before(
    plan: Plan, system: System, people: PatientList, left: PatientList
) -> pd.DataFrame:
    """When each trust alone would have treated whom: who gains by an offer is to go on gaining."""
    frame = build_frame(system, plan.policy, plan.collaboration.lend)
    labels = frame.queues.labels.astype(object)
    rows = labels.iloc[queue_of(frame, left)].reset_index(drop=True)
    who = locate(plan.model.frame, people)
    period = place(plan.baseline_model, plan.baseline_outcome, people, who).period
    known = pd.Series(period, index=people.frame["patient_id"].astype(object))
    rows["period"] = known.loc[left.frame["patient_id"].astype(object)].to_numpy()
    rows["provider"], rows["patients"] = rows["origin"], 1
    entries = plan.baseline_entries
    joined = entries[(entries["referred"] > 0).to_numpy()].astype(object)
    joined["provider"] = joined["origin"]
    return _counted([rows, joined], list(labels.columns), system.periods)


def _counted(parts: list[pd.DataFrame], labels: list[str], periods: int) -> pd.DataFrame:
    """Put treatments of patients and of referrals together, and count those that are alike."""
    keys = [*labels, "provider", "period", "patients"]
    for part in parts:
        for name in labels:
            if name not in part:
                # No patient had limits of their own before, and no referral has any now.
                part[name] = ANYWHERE
    both = pd.concat([part[keys] for part in parts], ignore_index=True)
    both = both.astype({"period": "int64", "patients": "int64"})
    both = both[(both["period"] <= periods).to_numpy()]
    return both.groupby(keys[:-1], dropna=False)["patients"].sum().reset_index()


def _steady(
    plan: Plan, model: PlanModel, left: PatientList, named: pd.DataFrame, standing: pd.DataFrame
) -> pd.DataFrame | None:
    """What stands, as a table of treatments; None where a mode cannot take notice of it.

    Offers that nobody has answered, and whom the plan treats at home: so that of plans which
    cost the same the one is taken that changes the fewest patients.
    """
    if plan.collaboration.share is not None:
        return None
    # Of a plan that tells patients apart by what their own trust does alone, with that.
    frame = model.model.frame
    labels = frame.queues.labels.astype(object)
    rows = labels.iloc[queue_of(frame, left)].reset_index(drop=True)
    ids = left.frame["patient_id"].to_numpy()
    places = named.set_index("patient_id")[["provider", "period", "decision"]].loc[ids]
    home = (places["decision"] != "offer").to_numpy() & places["period"].notna().to_numpy()
    rows["provider"] = places["provider"].astype(object).where(home).to_numpy()
    rows["period"] = places["period"].astype(object).where(home).to_numpy()
    asked = standing.set_index("patient_id")[["provider", "period"]].reindex(ids)
    holds = asked["provider"].notna().to_numpy()
    rows.loc[holds, "provider"] = asked["provider"].to_numpy()[holds]
    rows.loc[holds, "period"] = asked["period"].astype(object).to_numpy()[holds]
    listed = rows[rows["provider"].notna()].assign(patients=1)
    treated = plan.treatments
    referred = treated[(treated["referred"] > 0).to_numpy()].astype(object)
    if ALONE_PERIOD in labels:
        # When referrals are treated alone may be another period now.
        referred[ALONE_PERIOD] = pd.NA
    return _counted([listed, referred], list(labels.columns), plan.system.periods)
