"""Patients one by one: nobody twice, nobody against a rule, and the plan's numbers to the unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import QUEUE, lined
from people import people
from strategies import costly, relaxed

import mutualaid as ma

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")


def in_words(case, rows):
    """The same with a label for each patient, and each closed lane forbidden by name."""
    providers = sorted(set(case.case.tables["capacity"]["provider"]))
    kinds, closed = [], set()
    for patient in rows.to_dict("records"):
        shut = [p for p in providers if not case.may_go(patient, p)]
        kinds.append("not " + " ".join(shut))
        closed |= {("not " + " ".join(shut), p) for p in shut}
    keys = [c for c in case.case.tables["waiting_list"].columns if c != "patients"]
    counted = rows[keys].assign(kind=kinds)
    counted = counted.groupby([*keys, "kind"]).size().rename("patients").reset_index()
    tables = {**case.case.tables, "waiting_list": counted}
    nobody = {"origin": "", "service": ""}
    if "referrals" in tables:
        listed = tables["referrals"]
        blank = {**nobody, "consent": "not asked", "willing_minutes": np.inf, "willing_icb": ""}
        blank["willing_miles"] = np.inf
        held = {k: v for k, v in blank.items() if k in rows}
        shut = []
        for patient in listed.to_dict("records"):
            whom = {**held, **patient}
            shut.append([p for p in providers if not case.may_go(whom, p)])
        labels = ["referred, not " + " ".join(p) for p in shut]
        tables["referrals"] = listed.assign(kind=pd.Series(labels, index=listed.index, dtype=str))
        here = listed["patients"] > 0
        closed |= {
            (k, p) for k, ps, any_ in zip(labels, shut, here, strict=True) if any_ for p in ps
        }
    lanes = [{"kind": kind, "provider": provider} for kind, provider in sorted(closed)]
    given = case.policy.forbidden_lanes
    if given is not None:
        lanes += [{k: v for k, v in r.items() if v is not None} for r in given.to_dict("records")]
    policy = case.policy.replace(forbidden_lanes=lanes or None, adults_only=False)
    periods = {"period_weeks": case.case.period_weeks, "periods": case.case.periods}
    return ma.System(**tables, **periods), policy


@relaxed
@given(people())
def test_queues_by_where_patients_may_go_are_exact(case):
    """A queue for each set of places is as good as a rule for each patient."""
    plan = ma.optimise(case.system(), case.policy)
    system, policy = in_words(case, case.rows)
    asked = ma.optimise(system, policy)
    if case.policy.max_share_moved == 1:
        # A share of each queue is another limit where queues are told apart otherwise.
        assert plan.certificate.cost == asked.certificate.cost
    assert plan.certificate.valid


@relaxed
@given(people())
def test_offers_to_patients_add_up_to_the_plan_and_break_no_rule(case):
    """As many as the plan moves, in every cell; nobody twice; nobody against a rule."""
    plan = ma.optimise(case.system(), case.policy)
    named = plan.patients(case.patients())
    assert named["patient_id"].to_list() == case.rows["patient_id"].to_list()
    assert named["patient_id"].is_unique
    keys = [c for c in QUEUE if c in case.rows]
    keys += ["weeks_waiting", "provider", "period"]
    offered = named[named["decision"] == "offer"]
    planned = plan.moves[plan.moves["referred"] == 0]
    by_plan = planned.astype(dict.fromkeys(keys, str)).groupby(keys)["patients"].sum()
    assert (
        by_plan.to_dict() == offered.astype(dict.fromkeys(keys, str)).groupby(keys).size().to_dict()
    )
    policy, length = case.policy, case.case.period_weeks
    for patient, offer in zip(case.rows.to_dict("records"), named.to_dict("records"), strict=True):
        if offer["decision"] != "offer":
            assert offer["provider"] is np.nan or offer["provider"] == patient["origin"]
            continue
        assert case.may_go(patient, offer["provider"])
        assert offer["provider"] != patient["origin"]
        assert offer["minutes"] <= policy.max_minutes
        assert (
            patient.get("priority", "P3") in policy.movable_priorities or "priority" not in patient
        )
        start = (offer["period"] - 1) * length
        assert start >= policy.notice_weeks
        assert patient["weeks_waiting"] + start >= policy.min_weeks_to_move


@costly
@given(people(), st.integers(0, 9))
def test_the_order_of_the_rows_does_not_matter(case, seed):
    """Everybody is offered the same, however the list is sorted."""
    shuffled = case.rows.sample(frac=1, random_state=seed)
    one = ma.optimise(case.system(), case.policy).patients(case.patients())
    other = ma.optimise(case.system(shuffled), case.policy).patients(case.patients(shuffled))
    one, other = (t.set_index("patient_id").sort_index() for t in (one, other))
    pd.testing.assert_frame_equal(one, other, check_categorical=False)


@costly
@given(people())
def test_longer_waiters_of_a_cohort_are_placed_first(case):
    """Within a cohort nobody who waited longer in days is treated in a later period."""
    named = ma.optimise(case.system(), case.policy).patients(case.patients())
    if "days_waiting" not in case.rows:
        return
    may = [
        tuple(p for p in ("RA", "RB", "RC") if case.may_go(patient, p))
        for patient in case.rows.to_dict("records")
    ]
    keys = [c for c in (*QUEUE, "weeks_waiting") if c in named]
    rows = named.assign(may=may, when=named["period"].fillna(99))
    for _, alike in rows.groupby([*keys, "may"], observed=True):
        ordered = alike.sort_values(["days_waiting"], ascending=False)
        by_days = ordered.groupby("days_waiting", sort=False)["when"].agg(["min", "max"])
        earlier = by_days["max"].to_numpy()[:-1]
        assert (earlier <= by_days["min"].to_numpy()[1:]).all()


@costly
@given(people(), st.data())
def test_standing_offers_are_kept_as_far_as_the_plan_has_places(case, data):
    """In each cohort as many keep their offer as there are places of that kind."""
    plan = ma.optimise(case.system(), case.policy)
    listed = case.patients()
    first = plan.patients(listed)
    assert set(plan.patients(listed, previous=first)["change"].dropna()) <= {"kept"}
    # Offers of another round, to patients drawn at random.
    size = len(first)
    places = sorted(set(case.case.tables["capacity"]["provider"]))
    made = data.draw(st.lists(st.sampled_from([None, *places]), min_size=size, max_size=size))
    when = data.draw(st.lists(st.integers(1, case.case.periods), min_size=size, max_size=size))
    before = first[["patient_id"]].assign(provider=made, period=when)
    before = before[before["provider"].notna()]
    again = plan.patients(listed, previous=before)
    offered = first[first["decision"] == "offer"]
    assert (again["decision"] == "offer").sum() == len(offered)
    may = [
        tuple(p for p in ("RA", "RB", "RC") if case.may_go(patient, p))
        for patient in case.rows.to_dict("records")
    ]
    keys = [c for c in (*QUEUE, "weeks_waiting") if c in first]
    held = first[keys].assign(may=may, patient_id=first["patient_id"])
    cell = [*keys, "may", "provider", "period"]
    had = held.merge(before, on="patient_id").astype(dict.fromkeys(cell, str))
    there = held.merge(offered[["patient_id", "provider", "period"]], on="patient_id")
    wanted = had.groupby(cell).size()
    room = there.astype(dict.fromkeys(cell, str)).groupby(cell).size()
    most = pd.concat([wanted, room], axis=1).min(axis=1, skipna=False).dropna().sum()
    assert (again["change"] == "kept").sum() == most


@costly
@given(people(most_patients=6), st.sampled_from([0.0, 0.05, 0.3]), st.sampled_from([0.2, 0.6, 1.0]))
def test_nobody_is_asked_twice_and_slots_are_overfilled_no_likelier_than_agreed(case, risk, p):
    """Reserves are asked only to places where they may go, and only as many as the risk allows."""
    plan = ma.optimise(case.system(), case.policy)
    chance = ma.Acceptance.constant(p)
    offers = plan.offers(case.patients(), acceptance=chance, risk=risk, notice_weeks=0)
    table = offers.table
    assert table["patient_id"].is_unique
    moved = plan.moves[plan.moves["referred"] == 0]
    assert (table["kind"] == "planned").sum() == moved["patients"].sum()
    assert (offers.cells["risk"] <= risk + 1e-12).all()
    by_id = case.rows.set_index("patient_id", drop=False)
    for offer in table.to_dict("records"):
        patient = by_id.loc[offer["patient_id"]].to_dict()
        assert case.may_go(patient, offer["provider"])
        assert offer["minutes"] <= case.policy.max_minutes
        start = (offer["period"] - 1) * case.case.period_weeks
        assert patient["weeks_waiting"] + start >= case.policy.min_weeks_to_move


@costly
@given(people(most_patients=5), st.data())
def test_a_plan_that_goes_on_from_responses_keeps_what_was_accepted(case, data):
    """Accepted slots are taken, who declined is not asked there again, nor anybody thrice."""
    system = case.system()
    plan = ma.optimise(system, case.policy)
    listed = case.patients()
    named = plan.patients(listed)
    offered = named[named["decision"] == "offer"]
    words = ["accepted", "declined", "no answer", "treated", "removed", None]
    said = data.draw(st.lists(st.sampled_from(words), min_size=len(offered), max_size=len(offered)))
    back = offered[["patient_id"]].assign(response=said)
    again = ma.patients.replan(plan, back, listed)
    gone = back[back["response"].isin(["accepted", "treated", "removed"])]
    assert not set(gone["patient_id"]) & set(again.patients.rows(identifiers=True)["patient_id"])
    assert len(again.patients) == len(listed) - len(gone)
    assert again.overfilled.empty
    keys = ["provider", *lined(system.capacity), "period"]
    plain = dict.fromkeys(keys[:-1], str)
    taken = offered[
        offered["patient_id"].isin(
            back.loc[back["response"].isin(["accepted", "treated"]), "patient_id"]
        )
    ]
    used = pd.concat([taken.assign(patients=1)[[*keys, "patients"]], again.plan.treatments])
    used = used.astype({**plain, "period": int})
    slots = system.capacity.astype(plain).groupby(keys)["slots"].sum()
    counted = used.groupby(keys)["patients"].sum()
    assert (counted <= slots.reindex(counted.index).fillna(0)).all()
    declined = back[back["response"] == "declined"].merge(offered, on="patient_id")
    now = again.offers[again.offers["decision"] == "offer"].merge(
        declined[["patient_id", "provider"]], on="patient_id", suffixes=("", "_declined")
    )
    assert (now["provider"].astype(str) != now["provider_declined"].astype(str)).all()
    # A second refusal is the last.
    second = again.offers[again.offers["decision"] == "offer"][["patient_id"]]
    last = ma.patients.replan(again.plan, second.assign(response="declined"), again.patients)
    twice = set(second["patient_id"]) & set(
        back.loc[back["response"].isin(["declined", "no answer"]), "patient_id"]
    )
    asked = last.offers[last.offers["decision"] == "offer"]
    assert not twice & set(asked["patient_id"])
