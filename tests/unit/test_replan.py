"""On from what came back: each response, each slot, and nobody asked a third time."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from listed import NAMES, PLAIN, people, plan_for, rows, trusts

import mutualaid as ma

CENSUS = dt.date(2026, 1, 31)
DAYS = [287, 286, 285, 284, 283, 282]
FAR = {
    (a, b): (50.0 if "CED" in (a, b) else 30.0)
    for a, b in itertools.permutations(("ALD", "BIR", "CED"), 2)
}


def six(**more):
    """Ann and Bob go to Birch in the first month, Cat and Dan in the second, two wait on."""
    patients = people(CENSUS, **{"days_waiting": DAYS, **more})
    return patients, plan_for(patients, slots={"ALD": 0, "BIR": 2}, periods=2)


def said(responses, **more):
    """Responses by name as a table."""
    table = pd.DataFrame({"patient_id": list(responses), "response": list(responses.values())})
    return table.astype(object).assign(**more)


def offers_of(table):
    """Provider and period of each offer, by name."""
    rows = table[table["decision"] == "offer"]
    places = zip(rows["provider"].astype(str), rows["period"].astype(int), strict=True)
    return dict(zip(rows["patient_id"], places, strict=True))


def change_of(again):
    """What becomes of offers, by name, where anything does."""
    told = again.offers.set_index("patient_id")["change"].astype(object).dropna()
    return told.to_dict()


def slots_of(again):
    """The slots that are left, by provider and period."""
    table = again.plan.system.capacity.astype({"provider": str})
    return table.set_index(["provider", "period"])["slots"].to_dict()


def test_the_case_itself():
    """Four offers for four slots."""
    patients, plan = six()
    assert offers_of(plan.patients(patients)) == {
        "Ann": ("BIR", 1),
        "Bob": ("BIR", 1),
        "Cat": ("BIR", 2),
        "Dan": ("BIR", 2),
    }


@pytest.mark.parametrize(
    ("word", "listed", "slots", "left"),
    [
        ("accepted", False, 1, 3),
        ("treated", False, 1, 3),
        ("removed", False, 2, 4),
        ("declined", True, 2, 4),
        ("no answer", True, 2, 4),
    ],
)
def test_each_response_does_what_it_says(word, listed, slots, left):
    """Ann's slot is taken, or free again; she is on the list, or off it."""
    patients, plan = six()
    again = ma.patients.replan(plan, said({"Ann": word}), patients)
    table = again.patients.rows(identifiers=True).set_index("patient_id")
    assert ("Ann" in table.index) is listed
    assert len(again.patients) == 6 - (not listed)
    assert slots_of(again) == {("ALD", 1): 0, ("ALD", 2): 0, ("BIR", 1): slots, ("BIR", 2): 2}
    assert len(offers_of(again.offers)) == left
    assert again.counts.set_index("response")["patients"].to_dict() == {
        "accepted": 0,
        "declined": 0,
        "no answer": 0,
        "treated": 0,
        "removed": 0,
        word: 1,
        "unanswered": 3,
    }
    assert table.loc[table.index != "Ann", "declined"].astype(str).eq("").all()
    assert table.loc[table.index != "Ann", "offers_made"].eq(0).all()
    if listed:
        assert table.loc["Ann", "declined"] == ("BIR" if word == "declined" else "")
        assert table.loc["Ann", "offers_made"] == 1
    assert ("Ann" in offers_of(again.offers)) is (word == "no answer")
    assert again.accepted["patient_id"].to_list() == (["Ann"] if word == "accepted" else [])
    assert again.overfilled.empty
    assert again.patients.census == CENSUS


def test_who_accepted_is_told_with_the_place():
    """Ann and Dan have their slots."""
    patients, plan = six()
    again = ma.patients.replan(plan, said({"Dan": "accepted", "Ann": "accepted"}), patients)
    assert again.accepted.astype(object).to_numpy().tolist() == [
        ["Dan", "ALD", "C_110", "BIR", 2],
        ["Ann", "ALD", "C_110", "BIR", 1],
    ]
    assert again.accepted.columns.to_list() == [
        "patient_id",
        "origin",
        "service",
        "provider",
        "period",
    ]
    assert slots_of(again)["BIR", 1] == slots_of(again)["BIR", 2] == 1


def test_offers_that_nobody_has_answered_are_kept():
    """Without a single response all four stand; with one refusal the other three do."""
    patients, plan = six()
    nothing = ma.patients.replan(plan, said({}), patients)
    assert change_of(nothing) == dict.fromkeys(NAMES[:4], "kept")
    assert nothing.counts.set_index("response")["patients"]["unanswered"] == 4
    blank = ma.patients.replan(plan, said({"Ann": None, "Bob": np.nan}), patients)
    assert change_of(blank) == change_of(nothing)
    one = ma.patients.replan(plan, said({"Ann": "declined"}), patients)
    assert change_of(one) == {"Bob": "kept", "Cat": "kept", "Dan": "kept", "Eve": "new"}
    assert offers_of(one.offers)["Eve"] == ("BIR", 1)


@pytest.mark.parametrize("first", ["P3", "P4"])
def test_of_plans_that_cost_the_same_the_one_that_treats_at_home_as_before_is_taken(first):
    """Two wait alike for Alder's one slot a month: whoever was first is first again."""
    system = trusts(people(priority=["P3", "P4"]), slots={"ALD": 1}, periods=2)
    before = ma.optimise(system, ma.Policy(**PLAIN)).treatments.astype({"priority": str})
    before["period"] = [1 if label == first else 2 for label in before["priority"]]
    again = ma.optimise(system, ma.Policy(**PLAIN), previous=before).treatments
    assert again.set_index("period")["priority"].astype(str)[1] == first


def test_a_change_that_saves_enough_is_made():
    """Ann's slot of the first month is free: Bob gains more by it than Cat, if he may be moved.

    They are of different queues. Moving Bob's offer forward drops one that stands.
    """
    patients = people(weeks_waiting=[60, 50, 40], priority=["P4", "P3", "P4"])
    steep = {"harm": ma.harm.from_function(lambda weeks: weeks * 1.0)}
    plan = plan_for(patients, steep, slots={"ALD": 0, "BIR": 1}, periods=2)
    dear = ma.patients.replan(plan, said({"Ann": "removed"}), patients, change_weeks=100)
    assert change_of(dear) == {"Bob": "kept", "Cat": "new"}
    cheap = ma.patients.replan(plan, said({"Ann": "removed"}), patients, change_weeks=0)
    assert change_of(cheap) == {"Bob": "other period", "Cat": "new"}
    assert offers_of(cheap.offers) == {"Bob": ("BIR", 1), "Cat": ("BIR", 2)}


def test_who_is_treated_without_an_offer_takes_the_own_trusts_first_slot():
    """Cat was treated at Alder in the meantime: nobody else can have a slot of this month."""
    patients = people(days_waiting=DAYS)
    plan = plan_for(patients, slots={"ALD": 2, "BIR": 1}, periods=2)
    # Cat and Dan were to be treated at home in the second month; Eve and Fay go to Birch.
    again = ma.patients.replan(plan, said({"Cat": "treated"}), patients)
    assert slots_of(again) == {("ALD", 1): 1, ("ALD", 2): 2, ("BIR", 1): 1, ("BIR", 2): 1}
    elsewhere = said({"Cat": "treated"}, provider="BIR", period=2)
    assert slots_of(ma.patients.replan(plan, elsewhere, patients))["BIR", 2] == 0


def test_who_is_treated_where_there_was_no_slot_is_told():
    """Alder has none in the first month: two were treated all the same, two too many."""
    patients, plan = six()
    again = ma.patients.replan(plan, said({"Eve": "treated", "Fay": "treated"}), patients)
    assert again.overfilled.to_numpy().tolist() == [["ALD", "C_110", 1, 2]]
    assert again.overfilled.columns.to_list() == ["provider", "service", "period", "patients"]
    assert slots_of(again)["ALD", 1] == 0
    assert "2 patients have no slot where they were to be treated" in repr(again)


def test_more_accept_than_there_are_slots():
    """Five were asked for Birch's two slots of the first month, and three say yes."""
    patients, plan = six()
    offers = plan.offers(patients, acceptance=ma.Acceptance.constant(0.3), risk=0.3)
    first = offers.table[offers.table["period"] == 1]
    assert len(first) > 3
    back = first[["patient_id"]].head(3).assign(response="accepted")
    again = ma.patients.replan(plan, back, patients, offers=offers.table)
    assert again.overfilled.to_numpy().tolist() == [["BIR", "C_110", 1, 1]]
    assert slots_of(again)["BIR", 1] == 0
    assert len(again.accepted) == 3


def test_offers_in_reserve_lapse_unless_they_are_answered():
    """Eve was in reserve: unanswered, she holds nothing; accepted, she has her slot."""
    patients, plan = six()
    offers = plan.offers(patients, acceptance=ma.Acceptance.constant(0.3), risk=0.3).table
    assert offers.set_index("patient_id")["kind"]["Eve"] == "reserve"
    silent = ma.patients.replan(plan, said({}), patients, offers=offers)
    assert change_of(silent) == dict.fromkeys(NAMES[:4], "kept")
    place = offers.set_index("patient_id").loc["Eve", ["provider", "period"]].tolist()
    yes = ma.patients.replan(plan, said({"Eve": "accepted"}), patients, offers=offers)
    assert yes.accepted[["provider", "period"]].to_numpy().tolist() == [place]


def test_offers_to_who_has_left_meanwhile_hold_nothing():
    """A table of the round before names Ann, who is off the list by now."""
    patients, plan = six()
    made = plan.patients(patients)
    once = ma.patients.replan(plan, said({"Ann": "removed"}), patients)
    again = ma.patients.replan(once.plan, said({}), once.patients, offers=made)
    assert again.counts.set_index("response")["patients"]["unanswered"] == 3
    assert set(change_of(again)) == {"Bob", "Cat", "Dan", "Eve"}


def test_a_response_may_say_which_offer_it_answers():
    """Ann was offered another month than the plan's; where it does not say, the plan's is meant."""
    patients, plan = six()
    back = said({"Ann": "accepted", "Bob": "accepted"})
    back["provider"], back["period"] = ["BIR", None], [2, None]
    again = ma.patients.replan(plan, back, patients)
    assert again.accepted[["provider", "period"]].to_numpy().tolist() == [["BIR", 2], ["BIR", 1]]
    assert (slots_of(again)["BIR", 1], slots_of(again)["BIR", 2]) == (1, 1)


def test_what_was_accepted_uses_up_its_part_of_a_pool():
    """Six hours of Birch's theatre a month; an operation takes an hour and a half."""
    patients = people(days_waiting=[*DAYS, 281])
    pools = pd.DataFrame(
        {
            "provider": ["BIR", "BIR", "ALD"],
            "pool": "hours",
            "period": [1, 2, 1],
            "amount": [6.0, 3.0, 1.0],
        }
    )
    usage = pd.DataFrame({"service": ["C_110"], "pool": ["hours"], "amount": [1.5]})
    plan = plan_for(patients, slots={"ALD": 1, "BIR": 9}, periods=2, pools=pools, usage=usage)
    offers = offers_of(plan.patients(patients))
    first = [name for name, place in offers.items() if place == ("BIR", 1)]
    assert len(first) == 4
    back = said({first[0]: "accepted", first[1]: "accepted"})
    again = ma.patients.replan(plan, back, patients)
    left = again.plan.system.pools.set_index(["provider", "period"])["amount"].to_dict()
    assert left == {("BIR", 1): 3.0, ("BIR", 2): 3.0, ("ALD", 1): 1.0}
    assert sum(place == ("BIR", 1) for place in offers_of(again.offers).values()) == 2
    # Whoever was treated at home used what was left of Alder's hour, and no more than that.
    home = ma.patients.replan(plan, said({"Gus": "treated"}), patients).plan.system.pools
    assert home.set_index(["provider", "period"])["amount"]["ALD", 1] == 0.0


def test_slots_of_several_places_are_taken_together():
    """Birch works at two sites; of its two slots one is left."""
    patients = people(days_waiting=[287, 286, 285])
    capacity = pd.DataFrame(
        {
            "provider": ["ALD", "BIR", "BIR"],
            "service": "C_110",
            "period": 1,
            "slots": [0, 1, 1],
            "site": ["a", "b", "c"],
        }
    )
    travel = pd.DataFrame({"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": 30.0})
    plan = ma.optimise(ma.System(patients, capacity, travel, periods=1), ma.Policy(**PLAIN))
    again = ma.patients.replan(plan, said({"Ann": "accepted"}), patients)
    assert slots_of(again) == {("ALD", 1): 0, ("BIR", 1): 1}
    assert offers_of(again.offers) == {"Bob": ("BIR", 1)}


def test_nobody_is_asked_a_third_time():
    """Ann declines Birch and is offered Cedar; she does not answer, and that was the last offer."""
    patients = people(weeks_waiting=[40, 40], days_waiting=[287, 286])
    slots = {"ALD": 0, "BIR": 1, "CED": 1}
    plan = plan_for(patients, slots=slots, minutes=FAR)
    assert offers_of(plan.patients(patients)) == {"Ann": ("BIR", 1), "Bob": ("CED", 1)}
    once = ma.patients.replan(plan, said({"Ann": "declined", "Bob": "accepted"}), patients)
    assert offers_of(once.offers) == {}
    more = ma.patients.replan(plan, said({"Ann": "declined", "Bob": "removed"}), patients)
    assert offers_of(more.offers) == {"Ann": ("CED", 1)}
    twice = ma.patients.replan(more.plan, said({"Ann": "no answer"}), more.patients)
    assert offers_of(twice.offers) == {}
    row = twice.patients.rows().iloc[0]
    assert (row["declined"], row["offers_made"]) == ("any", 2)
    # And once more from there: it is remembered.
    assert offers_of(ma.patients.replan(twice.plan, said({}), twice.patients).offers) == {}


def test_two_offers_without_an_answer_are_two_offers():
    """Nothing is heard of Ann twice: she is not asked to Birch again, though she never declined."""
    patients, plan = six()
    once = ma.patients.replan(plan, said({"Ann": "no answer"}), patients)
    assert offers_of(once.offers)["Ann"][0] == "BIR"
    twice = ma.patients.replan(once.plan, said({"Ann": "no answer"}), once.patients)
    assert "Ann" not in offers_of(twice.offers)


def test_what_sites_ask_about_is_still_known_in_the_next_round():
    """Birch takes grade 2 at most: Cat, of grade 3, does not get the slot that is free."""
    patients = people(days_waiting=[287, 286, 285, 284], asa=[1, 1, 3, 2])
    accepts = pd.DataFrame({"provider": ["BIR"], "column": ["asa"], "at_most": [2]})
    plan = plan_for(patients, slots={"ALD": 0, "BIR": 2}, accepts=accepts)
    again = ma.patients.replan(plan, said({"Ann": "declined"}), patients)
    assert set(offers_of(again.offers)) == {"Bob", "Dan"}
    assert "asa" in again.plan.system.waiting_list


def test_limits_between_groups_are_still_known_in_the_next_round():
    """The policy asks about deprivation, and so does the plan that goes on."""
    patients = people(days_waiting=DAYS, deprivation=["1", "5"] * 3)
    policy = ma.Policy(**PLAIN, equity=ma.Equity(by="deprivation", min_gain=0.0))
    system = trusts(patients.waiting_list("deprivation"), slots={"ALD": 0, "BIR": 2}, periods=2)
    plan = ma.optimise(system, policy)
    again = ma.patients.replan(plan, said({"Ann": "declined"}), patients)
    assert "deprivation" in again.plan.model.frame.queues.names
    assert again.plan.violations().empty


def test_a_system_of_patients_goes_on_without_another_list():
    """Its rows are the list of the first round; from then on the result's."""
    plan = plan_for(rows(days_waiting=DAYS), slots={"ALD": 0, "BIR": 2}, periods=2)
    named = plan.patients()
    first = named.loc[named["decision"] == "offer", "patient_id"].iloc[0]
    again = ma.patients.replan(plan, said({first: "accepted"}))
    assert len(again.patients) == 5
    with pytest.raises(ma.InputError, match="made of counts"):
        ma.patients.replan(again.plan, said({}))


def test_later_referrals_are_planned_anew_and_hold_nothing():
    """Patients who have yet to be referred are in the new plan as in the old."""
    patients = people(days_waiting=DAYS[:2], consent=["yes", "yes"])
    referrals = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 2})
    rules = {"movable_consent": ("yes", "not asked")}
    slots = {"ALD": 0, "BIR": 3}
    plan = plan_for(patients, rules, slots=slots, referrals=referrals)
    assert plan.moves["patients"].sum() == 3
    again = ma.patients.replan(plan, said({"Ann": "accepted"}), patients)
    assert offers_of(again.offers) == {"Bob": ("BIR", 1)}
    assert change_of(again) == {"Bob": "kept"}
    assert again.plan.moves.groupby("referred")["patients"].sum().to_dict() == {0: 1, 1: 1}


@pytest.mark.parametrize(
    "mode",
    [
        ma.Transactional(share="max-min"),
        ma.Transactional(tolerance=1),
        ma.Resource(),
        ma.Deep(),
        ma.Independent(),
    ],
    ids=["max-min", "transactional", "resource", "deep", "independent"],
)
def test_every_mode_goes_on(mode):
    """Promises are kept anew, and whoever accepted is off the list."""
    patients = people(
        origin=["ALD", "ALD", "ALD", "BIR", "BIR", "BIR"],
        service=["C_110"] * 3 + ["C_120"] * 3,
        days_waiting=DAYS,
    )
    capacity = pd.DataFrame(
        [("ALD", "C_110", 0), ("BIR", "C_110", 2), ("ALD", "C_120", 2), ("BIR", "C_120", 0)],
        columns=["provider", "service", "slots"],
    ).assign(period=1)
    travel = pd.DataFrame({"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": 30.0})
    system = ma.System(patients, capacity, travel, periods=1)
    plan = ma.optimise(system, ma.Policy(**PLAIN), mode)
    offered = offers_of(plan.patients(patients))
    assert len(offered) == (4 if mode.moves else 0)
    back = dict.fromkeys([*offered][:1], "accepted")
    again = ma.patients.replan(plan, said(back), patients)
    assert type(again.plan.collaboration) is type(mode)
    assert again.plan.violations().empty
    assert again.plan.certificate.valid
    assert len(again.patients) == 6 - len(back)


def test_a_result_says_what_came_back_and_what_now():
    """One line for the responses, one for the offers, and no name."""
    patients, plan = six()
    again = ma.patients.replan(plan, said({"Ann": "declined", "Bob": "accepted"}), patients)
    assert repr(again).splitlines() == [
        "Replan: 1 accepted, 1 declined, 2 unanswered; 3 offers now",
        "  unanswered offers and new ones: 2 kept, 1 new",
    ]
    removed = ma.patients.replan(plan, said(dict.fromkeys(NAMES[:6], "removed")), patients)
    assert repr(removed) == "Replan: 6 removed; 0 offers now"
    assert not any(name in repr(again) for name in NAMES)
