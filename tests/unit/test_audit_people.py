"""Patients' own columns are looked at again, whoever treats them and whenever they join."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from audited import HIPS, by_each_formulation, rows
from hospitals import two_trusts
from listed import PLAIN, people, plan_for, trusts

import mutualaid as ma
from mutualaid.audit import eligibility_audit as audit_personal
from mutualaid.audit.eligibility_audit import RULE


def broken(plan, table=None, *, system=None, policy=None):
    """Which cohorts move against their own columns, and how many."""
    found = audit_personal.violations(
        plan.system if system is None else system,
        plan.policy if policy is None else policy,
        plan.entries if table is None else table,
    )
    assert set(found["rule"]) <= {RULE}
    return dict(zip(found["where"], found["amount"], strict=True))


def joining(*values, **more):
    """Who is referred to Alder, when, how many, and whether they consent."""
    table = pd.DataFrame(list(values), columns=["period", "patients", "consent"])
    return table.assign(origin="ALD", service=HIPS, **more)


@by_each_formulation
def test_who_joins_has_a_will_of_their_own_too(formulation):
    """Of the list nobody consents; of five who are referred two do, and one of them later."""
    waiting = rows(("ALD", 40, 3, "no"), columns=("origin", "weeks_waiting", "patients", "consent"))
    referrals = joining((1, 1, "yes"), (1, 2, "no"), (2, 1, "yes"), (2, 1, "no"))
    system = two_trusts(periods=2, slots=(0, 9), waiting=waiting, referrals=referrals)
    plan = ma.optimise(system, ma.Policy(**PLAIN), formulation=formulation)
    moved = plan.entries[plan.entries["moved"]]
    assert moved.groupby("referred")["patients"].sum().to_dict() == {1: 1, 2: 1}
    assert broken(plan) == {}
    for referred, weeks in ((1, 0), (2, -4)):
        more = plan.entries.copy()
        more.loc[more.query(f"moved and referred == {referred}").index[0], "patients"] += 1
        where = f"ALD, C_110, {weeks}, {referred}"
        assert broken(plan, more) == {f"{where}, BIR": 1.0, f"{where}, any provider": 1.0}
    # Without referrals nobody of theirs may be moved.
    assert len(broken(plan, system=system.replace(referrals=None))) == 4


@by_each_formulation
def test_who_may_go_to_one_place_is_not_sent_to_another(formulation):
    """Ann declines Birch and goes to Cedar, Bob the other way round: they cannot swap."""
    patients = people(declined=["BIR", "CED"], weeks_waiting=[40, 41])
    system = trusts(patients, slots={"ALD": 0, "BIR": 1, "CED": 1})
    plan = ma.optimise(system, ma.Policy(**PLAIN), formulation=formulation)
    assert broken(plan) == {}
    other = plan.entries["provider"].map({"BIR": "CED", "CED": "BIR"})
    swapped = plan.entries.assign(provider=other.astype(object))
    assert broken(plan, swapped) == {
        "ALD, C_110, 40, 0, BIR": 1.0,
        "ALD, C_110, 41, 0, CED": 1.0,
    }


def test_as_many_move_as_may_and_one_more_is_too_many():
    """Two of three of Alder's consent; all three of Cedar's do and none of them moves."""
    patients = people(
        consent=["yes", "yes", "no", "yes", "yes", "yes"],
        origin=["ALD"] * 3 + ["CED"] * 3,
        weeks_waiting=[40] * 3 + [1] * 3,
    )
    plan = plan_for(patients, slots={"ALD": 0, "BIR": 2, "CED": 0})
    assert plan.moves["patients"].tolist() == [2]
    assert broken(plan) == {}
    moved = plan.entries.query("moved").index[0]
    more = plan.entries.copy()
    more.loc[moved, "patients"] = 3
    where = "ALD, C_110, 40, 0"
    assert broken(plan, more) == {f"{where}, BIR": 1.0, f"{where}, any provider": 1.0}
    # Who is not moved is nobody's matter here.
    assert broken(plan, more.assign(moved=False)) == {}


def test_the_first_five_cohorts_at_each_provider_are_named():
    """Of seven waits of which nobody consents, five at Birch and five at any provider."""
    patients = people(consent=["no"] * 7, weeks_waiting=[*range(40, 47)])
    plan = plan_for(patients)
    assert plan.moves.empty
    all_go = plan.entries.assign(moved=True, provider="BIR", period=1)
    found = broken(plan, all_go)
    assert sum(where.endswith("BIR") for where in found) == 5
    assert sum(where.endswith("any provider") for where in found) == 5


def test_without_columns_of_their_own_nobody_is_asked():
    """Counts with nothing but a wait: the audit of limits of their own has nothing to say."""
    plan = ma.optimise(two_trusts())
    assert "may_go" not in plan.entries
    assert broken(plan, plan.entries.assign(patients=99)) == {}


@by_each_formulation
def test_who_would_not_go_to_a_site_is_in_none_of_its_rooms(formulation):
    """One of three consents and is treated by the own team at Birch; nobody else can be.

    Another takes the one slot at home.
    """
    waiting = rows(
        ("ALD", 40, 1, "yes"),
        ("ALD", 40, 2, "no"),
        columns=("origin", "weeks_waiting", "patients", "consent"),
    )
    keys = {"service": HIPS, "period": 1, "slots": 5}
    estate = ma.Estate(
        rooms=pd.DataFrame([{"site": "BIR", "period": 1, "slots": 5}]),
        teams=pd.DataFrame([{"provider": "ALD", **keys}]),
    )
    system = two_trusts(slots=(1, 0), waiting=waiting)
    plan = ma.optimise(
        system, ma.Policy(**PLAIN), ma.Resource(lend=estate), formulation=formulation
    )
    lent = plan.entries.query("period == 1 and site == 'BIR'").index
    assert plan.entries.loc[lent, "patients"].tolist() == [1]
    assert broken(plan) == {}
    more = plan.entries.copy()
    more.loc[lent, "patients"] = 2
    where = "ALD, C_110, 40, 0"
    assert broken(plan, more) == {f"{where}, BIR": 1.0, f"{where}, any provider": 1.0}


def offered(rules=None, **columns):
    """A plan for named patients who wait 40 weeks, with what each is offered."""
    patients = people(**columns)
    plan = plan_for(patients, {"max_miles": 50.0, **(rules or {})}, periods=2, miles=40.0)
    return plan, patients.frame, plan.patients(patients)


def told(plan, frame, named, **rules):
    """The rules that a table of offers breaks, and for how many, by another policy."""
    policy = plan.policy.replace(**rules)
    found = audit_personal.named_violations(plan.system, policy, plan.entries, frame, named)
    return dict(zip(found["rule"], found["amount"], strict=True))


FAR = "nobody is offered a place further than allowed"
MILES = "nobody is offered a place further than so many miles"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, {}),
        ({"max_minutes": 30}, {}),
        ({"max_minutes": 29.5}, {FAR: 2.0}),
        ({"max_miles": 40}, {}),
        ({"max_miles": 39.5}, {MILES: 2.0}),
        ({"max_miles": np.inf}, {}),
        ({"min_weeks_to_move": 40}, {}),
        ({"min_weeks_to_move": 41}, {"nobody moves before the least wait": 1.0}),
        ({"notice_weeks": 1}, {"nobody moves before proper notice": 2.0}),
        ({"movable_priorities": ("P3",)}, {"only movable priorities move": 1.0}),
        ({"movable_consent": ("not asked",)}, {RULE: 2.0}),
    ],
)
def test_each_rule_of_an_offer_is_checked_alone(rules, expected):
    """Ann of P3 and Bob of P4 are offered Birch at once; Cat is not asked and stays."""
    plan, frame, named = offered(
        priority=["P3", "P4", "P4"],
        consent=["yes", "yes", "not asked"],
        weeks_waiting=[40, 44, 60],
    )
    assert named["decision"].astype(str).tolist() == ["offer", "offer", "stays"]
    assert told(plan, frame, named, **rules) == expected


def test_an_offer_later_in_the_year_has_waited_longer_and_has_had_notice():
    """Treated in the second period, four weeks on."""
    plan, frame, named = offered({"notice_weeks": 4}, weeks_waiting=[40, 44])
    assert named["period"].tolist() == [2, 2]
    assert told(plan, frame, named) == {}
    assert told(plan, frame, named, min_weeks_to_move=44) == {}
    late = "nobody moves before the least wait"
    assert told(plan, frame, named, min_weeks_to_move=45) == {late: 1.0}
    assert told(plan, frame, named, notice_weeks=5) == {"nobody moves before proper notice": 2.0}


def test_every_patient_is_there_once_and_in_order():
    """One is missing, two have changed places, or one is there twice."""
    plan, frame, named = offered(weeks_waiting=[40, 44, 48])
    rule = "every patient of the list is there once"
    # The third is where it should be.
    assert set(told(plan, frame, named.iloc[[1, 0, 2]])) == {rule}
    assert set(told(plan, frame, named.head(1))) == {rule}
    assert set(told(plan, frame, named.iloc[::-1])) == {rule}
    twice = [0, 0, 1]
    assert set(told(plan, frame.iloc[twice], named.iloc[twice])) == {rule}
    assert told(plan, frame.iloc[::-1], named.iloc[::-1]) == {}


def test_as_many_are_offered_a_place_as_the_plan_moves():
    """By list, wait, provider and period: one fewer or one more of any of these is seen."""
    plan, frame, named = offered(weeks_waiting=[40, 44])
    rule = "as many are offered a place as the plan moves"
    fewer = named.astype(object)
    fewer.loc[0, "decision"] = "stays"
    assert told(plan, frame, fewer) == {rule: 1.0}
    later = named.astype(object)
    later.loc[0, "period"] = 2
    # One fewer in the first period, one more in the second.
    assert (
        len(audit_personal.named_violations(plan.system, plan.policy, plan.entries, frame, later))
        == 2
    )
    assert told(plan, frame, later) == {rule: 1.0}


def test_who_has_no_priority_of_their_own_may_be_offered_a_place():
    """None is no priority that stays; P2 is one."""
    plan, frame, named = offered(priority=["none", "P4"])
    assert (named["decision"] == "offer").all()
    assert told(plan, frame, named, movable_priorities=("P4",)) == {}
    assert told(plan, frame, named, movable_priorities=()) == {"only movable priorities move": 1.0}
    policy = plan.policy.replace()
    object.__setattr__(policy, "movable_priorities", ("P1", "P4"))
    urgent = frame.assign(priority=["P1", "P4"])
    table = plan.entries
    found = audit_personal.named_violations(plan.system, policy, table, urgent, named)
    assert "only movable priorities move" in set(found["rule"])


def test_a_place_of_one_list_is_not_offered_to_another():
    """Ann of Alder and Bob of Cedar have waited as long; the plan moves one of the two."""
    patients = people(origin=["ALD", "CED"], weeks_waiting=40)
    plan = plan_for(patients, slots={"ALD": 0, "BIR": 1, "CED": 0})
    frame, named = patients.frame, plan.patients(patients)
    assert told(plan, frame, named) == {}
    offer = ["decision", "provider", "period", "minutes"]
    other = named.astype(object)
    other[offer] = named[offer].astype(object).to_numpy()[::-1]
    assert told(plan, frame, other) == {"as many are offered a place as the plan moves": 1.0}
