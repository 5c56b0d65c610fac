"""A second opinion on named offers: whatever is tampered with, somebody says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from listed import PLAIN, people, plan_for, trusts

import mutualaid as ma
from mutualaid.audit import eligibility_audit


def four_at_two_trusts():
    """A plan, its list and its offers: Ann and Bob of Alder go to Birch, two others stay."""
    patients = people(
        origin=["ALD", "ALD", "BIR", "ALD"],
        priority=["P4", "P4", "P3", "P2"],
        consent=["yes", "yes", "yes", "no"],
        weeks_waiting=[52, 40, 30, 40],
        cancer=False,
    )
    plan = plan_for(patients, {"notice_weeks": 3, "min_weeks_to_move": 40}, periods=2)
    return plan, patients.frame, plan.patients(patients)


def broken_rules(plan, frame, named):
    found = eligibility_audit.named_violations(plan.system, plan.policy, plan.entries, frame, named)
    return set(found["rule"])


def test_the_audit_of_offers_finds_nothing_in_what_a_plan_offers():
    """Two offers, and no rule broken."""
    plan, frame, named = four_at_two_trusts()
    assert named["decision"].astype(str).to_list() == ["offer", "offer", "stays", "stays"]
    assert broken_rules(plan, frame, named) == set()


@pytest.mark.parametrize(
    ("row", "column", "value", "rule"),
    [
        (0, "patient_id", "Bob", "every patient of the list is there once"),
        (0, "decision", "stays", "as many are offered a place as the plan moves"),
        (0, "period", 1, "nobody moves before proper notice"),
        (0, "provider", "ALD", "nobody is offered their own provider"),
        (0, "minutes", 61.0, "nobody is offered a place further than allowed"),
        (0, "minutes", np.nan, "nobody is offered a place further than allowed"),
        (2, "decision", "offer", "nobody moves before the least wait"),
        (3, "decision", "offer", "only movable priorities move"),
        (3, "decision", "offer", eligibility_audit.RULE),
    ],
)
def test_the_audit_of_offers_finds_what_was_tampered_with(row, column, value, rule):
    """One cell is changed: whichever it is, somebody says so."""
    plan, frame, named = four_at_two_trusts()
    wrong = named.astype(object)
    # Who is offered a place without one would be no offer at all.
    wrong.loc[[2, 3], "provider"], wrong.loc[[2, 3], "period"] = ["ALD", "BIR"], 2
    wrong.loc[[2, 3], "minutes"] = 30.0
    wrong.loc[row, column] = value
    assert rule in broken_rules(plan, frame, wrong)


def test_the_audit_of_offers_knows_cancer_pathways():
    """The plan is right; the list then says that Ann is on a cancer pathway."""
    plan, frame, named = four_at_two_trusts()
    assert "cancer pathways do not move" in broken_rules(plan, frame.assign(cancer=True), named)
    policy = plan.policy.replace(move_cancer=True)
    found = eligibility_audit.named_violations(
        plan.system, policy, plan.entries, frame.assign(cancer=True), named
    )
    assert "cancer pathways do not move" not in set(found["rule"])


def test_the_audit_of_a_plan_finds_who_moves_against_their_own_wish():
    """One of two consents, and two are said to move; or one, but to where they declined."""
    patients = people(consent=["yes", "no"], declined=["", ""])
    plan = plan_for(patients)
    assert eligibility_audit.violations(plan.system, plan.policy, plan.entries).empty
    wrong = plan.entries.assign(patients=2)
    found = eligibility_audit.violations(plan.system, plan.policy, wrong)
    assert set(found["rule"]) == {eligibility_audit.RULE}
    assert found["amount"].max() == 1
    refused = trusts(people(consent=["yes", "no"], declined=["BIR", ""]))
    assert len(eligibility_audit.violations(refused, plan.policy, plan.entries))


def test_a_patient_is_counted_once_however_many_places_are_open():
    """Ann may go to Birch or to Cedar and Bob to neither: two moves are one too many."""
    patients = people(consent=["yes", "no"])
    slots = {"ALD": 0, "BIR": 1, "CED": 1}
    plan = plan_for(patients, slots=slots)
    moved = plan.entries[plan.entries["moved"]]
    elsewhere = {"BIR": "CED", "CED": "BIR"}[moved["provider"].iloc[0]]
    other = moved.astype(object).assign(provider=elsewhere, patients=1, moved=True)
    both = pd.concat([plan.entries.astype(object), other.assign(referred=0)], ignore_index=True)
    both = both.astype({"moved": bool, "patients": "int64"})
    found = eligibility_audit.violations(plan.system, plan.policy, both)
    assert found["amount"].to_list() == [1.0]


@pytest.mark.parametrize(
    ("column", "values", "rules", "expected"),
    [
        ("consent", ["yes", "no", "not asked"], {}, "Ann"),
        ("consent", ["yes", "no", "not asked"], {"movable_consent": ("not asked",)}, "Cat"),
        ("date_weeks", [np.inf, 0.0, 900.0], {}, "Ann"),
        ("date_weeks", [np.inf, 7.0, 8.0], {"keep_dates_weeks": 8}, "Ann Cat"),
        ("transferred", [False, True, False], {}, "Ann Bob Cat"),
        ("transferred", [False, True, False], {"move_transferred": False}, "Ann Cat"),
        ("adult", [True, False, True], {}, "Ann Bob Cat"),
        ("adult", [True, False, True], {"adults_only": True}, "Ann Cat"),
        ("willing_minutes", [np.inf, 29.9, 30.0], {}, "Ann Cat"),
        ("declined", ["BIR", "any", "ALD"], {}, "Cat"),
        ("willing_icb", ["", "QXX", "QYY"], {}, "Ann Bob"),
        ("asa", [2.0, 3.0, np.nan], {}, "Ann"),
    ],
)
@pytest.mark.filterwarnings("ignore:waiting_list.asa.*empty:mutualaid.InputWarning")
def test_the_second_opinion_reads_each_personal_column_for_itself(column, values, rules, expected):
    """Worked out anew, without the sets of places that the plan was made with."""
    patients = people(**{column: values})
    asks = {"willing_icb": {"among": "|QXX"}, "asa": {"at_most": 2}}.get(column)
    accepts = None
    if asks is not None:
        accepts = pd.DataFrame([{"provider": "BIR", "column": column, **asks}])
    system = trusts(patients, accepts=accepts)
    policy = ma.Policy(**PLAIN, **rules)
    open_ = eligibility_audit.allowed(system, policy, patients.frame)
    here = open_[:, list(system.providers).index("BIR")]
    assert " ".join(patients.frame["patient_id"][here]) == expected


def test_the_second_opinion_knows_services_and_who_says_nothing():
    """Birch asks for a grade of hips only; referrals without a word of consent were not asked."""
    patients = people(service=["C_110", "C_120"], asa=[3, 3], consent=["yes", "yes"])
    rule = {"provider": "BIR", "service": "C_110", "column": "asa", "at_most": 2}
    system = trusts(patients, accepts=pd.DataFrame([rule]))
    birch = list(system.providers).index("BIR")
    policy = ma.Policy(**PLAIN)
    assert eligibility_audit.allowed(system, policy, patients.frame)[:, birch].tolist() == [
        False,
        True,
    ]
    silent = patients.frame.drop(columns="consent")
    assert not eligibility_audit.allowed(system, policy, silent).any()
    asks_anyway = policy.replace(movable_consent=("not asked",))
    assert eligibility_audit.allowed(system, asks_anyway, silent)[:, birch].tolist() == [
        False,
        True,
    ]
    unknown = silent.drop(columns="asa")
    assert eligibility_audit.allowed(system, asks_anyway, unknown)[:, birch].tolist() == [
        False,
        True,
    ]


@pytest.mark.filterwarnings("ignore:willing to go only within:mutualaid.InputWarning")
def test_without_a_table_of_icbs_nobody_bound_to_one_goes_anywhere():
    """The second opinion says so too."""
    patients = people(willing_icb=["", "QXX"])
    open_ = eligibility_audit.allowed(trusts(patients), ma.Policy(**PLAIN), patients.frame)
    assert open_.tolist() == [[True, True], [False, False]]
