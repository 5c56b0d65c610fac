"""Of those who are one to the plan, those go who gain most, and nobody waits longer for it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listed import NAMES, PLAIN, people, trusts

import mutualaid as ma
from mutualaid.audit.who_goes_audit import GAINS_MOST, SAVES, going_violations
from mutualaid.offers.who_goes import _matched


def places(patients, slots, periods, **rules):
    """Provider and period of each by the plan, by name; None for who is untreated."""
    plan = ma.optimise(trusts(patients, slots=slots, periods=periods), ma.Policy(**PLAIN, **rules))
    table = plan.patients(patients).set_index("patient_id")[["provider", "period"]]
    told = table.astype(object).where(table.notna(), None)
    return dict(zip(told.index, map(tuple, told.to_numpy().tolist()), strict=True))


def test_who_would_be_treated_last_alone_goes():
    """Alder treats one a month. Birch has one slot at once: Cat goes, who would be the last."""
    patients = people(days_waiting=[287, 286, 285])
    found = places(patients, {"ALD": 1, "BIR": [1, 0, 0]}, 3)
    assert found == {"Ann": ("ALD", 1), "Bob": ("ALD", 2), "Cat": ("BIR", 1)}


def test_of_those_who_gain_as_much_the_longest_wait_goes_first():
    """Nobody is treated at Alder: the two slots of Birch are those of Ann, then of Bob."""
    patients = people(days_waiting=[287, 286, 285])
    found = places(patients, {"ALD": 0, "BIR": [1, 1]}, 2)
    assert found == {"Ann": ("BIR", 1), "Bob": ("BIR", 2), "Cat": (None, None)}


def matched(alone, home, away):
    """Who gets what: patients by when they are treated alone; places by their periods."""
    alone = np.sort(alone)
    elsewhere = np.repeat([False, True], [len(home), len(away)])
    times = np.array([*home, *away], dtype=np.int64)
    order = np.lexsort((elsewhere, times))
    got = _matched(alone, times[order], elsewhere[order])
    return [
        (int(a), int(times[order][p]), bool(elsewhere[order][p]))
        for a, p in zip(alone, got, strict=True)
    ]


def test_nobody_stays_to_wait_longer_if_that_can_be_helped():
    """Home is at 2 now: who is treated alone in 1 goes, though the other would gain by it."""
    assert matched([1, 2], home=[2], away=[1]) == [(1, 1, True), (2, 2, False)]
    assert matched([1, 3], home=[2], away=[1]) == [(1, 1, True), (3, 2, False)]


CASES = st.integers(2, 5).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(1, 4), min_size=size, max_size=size),
        st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=size, max_size=size),
    )
)


@given(CASES)
def test_as_few_as_can_be_wait_longer_at_home_and_who_goes_gains_most_of_all_such_ways(case):
    """Every way to give the places to the patients is tried."""
    alone, given_places = sorted(case[0]), case[1]
    home = [time for time, goes in given_places if not goes]
    away = [time for time, goes in given_places if goes]
    found = matched(alone, home, away)
    assert sorted((time, goes) for _, time, goes in found) == sorted(given_places)

    def worse(stays):
        return sum(was < time for was, time in stays)

    best = min(
        (worse(zip(stay, home, strict=True)), sum(stay))
        for stay in itertools.permutations(alone, len(home))
    )
    stay = [(was, time) for was, time, goes in found if not goes]
    if not best[0]:
        # Those who stay are those whom their own trust treats the soonest.
        assert (worse(stay), sum(was for was, _ in stay)) == best
    assert worse(stay) == best[0]


def test_the_audit_notices_who_goes_instead_of_another():
    """Ann stays until 2 and would be treated in 3 alone; Bob goes, whom Alder treats in 2."""
    named = pd.DataFrame({"decision": ["stays", "offer", "stays"]})
    same, when = np.array([0, 0, 1]), np.array([2, 1, 1])
    told = going_violations(ma.Policy(), 4, same, named, when, np.array([3, 2, 3]))
    assert told[["rule", "amount"]].to_numpy().tolist() == [[GAINS_MOST, 1.0]]
    # Of another cohort, or if Bob would wait longer at home than alone, there is nothing to say.
    for cohort, alone in ((np.array([0, 1, 0]), [3, 2, 3]), (same, [3, 1, 3])):
        assert going_violations(ma.Policy(), 4, cohort, named, when, np.array(alone)).empty


def test_the_audit_notices_who_does_not_gain_the_weeks_that_the_policy_asks_for():
    """Bob is treated one month sooner: four weeks are enough, five are not."""
    named = pd.DataFrame({"decision": ["stays", "offer"]})
    for weeks, rules in ((4, []), (5, [SAVES])):
        policy = ma.Policy(min_weeks_saved=weeks)
        told = going_violations(policy, 4, np.arange(2), named, np.array([1, 1]), np.array([1, 2]))
        assert told["rule"].to_list() == rules


@pytest.mark.parametrize("weeks", [0, 4, 8, 12])
def test_nobody_is_offered_a_move_who_does_not_gain_so_many_weeks(weeks):
    """Planned or in reserve, under a policy that lets only those move who gain."""
    patients = people(days_waiting=[287, 286, 285, 284, 283, 282, 281, 280])
    system = trusts(patients, slots={"ALD": 1, "BIR": [2, 1, 0, 0]}, periods=4)
    plan = ma.optimise(system, ma.Policy(**PLAIN, min_weeks_saved=weeks))
    offers = plan.offers(patients, acceptance=ma.Acceptance.constant(0.5), risk=0.5).table
    assert (offers["weeks_saved"] >= weeks).all()
    named = plan.patients(patients).set_index("patient_id")
    # Alone, Alder treats one a month in the order of their names, and four never.
    alone = dict(zip(NAMES[:8], [1, 2, 3, 4, 5, 5, 5, 5], strict=True))
    moved = named[named["decision"] == "offer"]
    assert len(moved) == plan.moves["patients"].sum() > 0
    saved = [(alone[name] - period) * 4 for name, period in moved["period"].items()]
    assert min(saved) >= weeks


@pytest.mark.parametrize("weeks", [4, 8])
def test_a_plan_in_which_everybody_gains_goes_on_from_answers(weeks):
    """One says yes, one no; nobody's standing offer is changed without need."""
    patients = people(days_waiting=[287, 286, 285, 284, 283, 282, 281, 280])
    system = trusts(patients, slots={"ALD": 1, "BIR": [2, 2, 0, 0]}, periods=4)
    plan = ma.optimise(system, ma.Policy(**PLAIN, min_weeks_saved=weeks))
    offers = plan.offers(patients).table
    assert len(offers) >= 3
    nothing = ma.patients.replan(plan, offers[["patient_id"]].assign(response=None), patients)
    assert set(nothing.offers["change"].dropna()) == {"kept"}
    back = offers[["patient_id"]].head(2).assign(response=["accepted", "declined"])
    again = ma.patients.replan(plan, back, patients)
    change = again.offers.set_index("patient_id")["change"].astype(object)
    for name in offers["patient_id"][2:]:
        assert change[name] == "kept"
    fresh = again.plan.offers(again.patients, previous=again.offers).table
    assert (fresh["weeks_saved"] >= weeks).all()


def test_standing_moves_without_groups_are_shared_out_among_them():
    """A table that knows nothing of what each trust does alone stands all the same."""
    patients = people(days_waiting=[287, 286, 285, 284])
    system = trusts(patients, slots={"ALD": 1, "BIR": [1, 1]}, periods=2)
    policy = ma.Policy(**PLAIN, min_weeks_saved=4)
    plan = ma.optimise(system, policy)
    plain = plan.moves.drop(columns="alone_period")
    for held in (plan, plan.moves, plain):
        again = ma.optimise(system, policy, previous=held)
        assert again.stages["changes"].iloc[0] == 0
        assert again.changes_since(plan).empty


def test_few_answers_change_few_offers_where_only_those_move_who_gain():
    """What each trust does alone has ties: they fall as before, so that who gains goes on to."""
    listed = ma.datasets.patients(3_000, trusts=3).drop(columns="willing")
    patients = ma.read_waiting_list(listed, census="2026-01-31")
    ours = ma.datasets.collaborative(trusts=3, list_size=3_000, periods=6)
    system = ma.System(
        patients.waiting_list(), ours.capacity, ours.travel, ours.referrals, periods=6
    )
    plan = ma.optimise(system, ma.Policy(min_weeks_saved=4))
    offers = plan.patients(patients).query("decision == 'offer'")
    assert len(offers) > 100
    back = offers[["patient_id"]].head(6).assign(response=["accepted"] * 2 + ["declined"] * 4)
    again = ma.patients.replan(plan, back, patients)
    change = again.offers["change"].value_counts()
    assert change["kept"] > 0.9 * (len(offers) - 6)
    assert change["withdrawn"] <= 0.02 * len(offers)
