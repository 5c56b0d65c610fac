"""A plan in other circumstances: as many of its promises as can be, and the rest as best it can."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import moved, two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly

import mutualaid as ma
from mutualaid.studies import changes as ch

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
MODES = [
    ma.Deep(),
    ma.Resource(),
    ma.Transactional(tolerance=1),
    ma.Transactional(share="max-min"),
]


@costly
@given(cases(most_patients=9), st.sampled_from(MODES))
def test_a_plan_in_its_own_scenario_stays_as_it_is(case, mode):
    """What was expected comes: every promise is kept, and keeping it costs nothing."""
    plan = ma.optimise(case.system(), case.policy, mode)
    tested = ma.studies.stress(plan, [ma.studies.Scenario("as expected")])
    row = tested.table.iloc[0]
    assert row["kept"] == row["promised"] == moved(plan)
    assert row["objective"] == plan.objective
    assert row["cost_of_promise"] == 0
    assert (tested.trusts["change"] == 0).all()
    pd.testing.assert_frame_equal(tested.plans["as expected"].treatments, plan.treatments)


@costly
@given(cases(most_patients=9), st.sampled_from(MODES), st.sampled_from([0, 0.5, 1.5]))
def test_keeping_promises_never_beats_planning_anew(case, mode, factor):
    """Bound to the plan's moves, a plan is valid, and no better than one that is bound to none."""
    plan = ma.optimise(case.system(), case.policy, mode)
    scenario = ma.studies.Scenario("other", [ch.Capacity(factor=factor)])
    tested = ma.studies.stress(plan, [scenario])
    row = tested.table.iloc[0]
    assert row["cost_of_promise"] >= 0
    assert row["kept"] <= min(row["promised"], row["moves"])
    kept = tested.plans["other"]
    assert kept.violations().empty
    assert kept.certificate.valid
    assert row["objective"] == kept.objective
    keys = [*plan.system.queue_columns, "provider", "period"]
    counts = [
        p.moves.astype(dict.fromkeys(keys, str)).groupby(keys)["patients"].sum()
        for p in (plan, kept)
    ]
    both = pd.concat(counts, axis=1, keys=["promised", "made"]).dropna()
    assert both.min(axis=1).sum() == row["kept"]


def test_as_many_as_the_slots_allow_are_kept():
    """Birch promised four slots and has three: three patients go, and one stays."""
    plan = ma.optimise(two_trusts())
    fewer = ma.studies.Scenario("fewer", [ch.Capacity(factor=0.75, provider="BIR")])
    shut = ma.studies.Scenario("shut", [ch.Closure(provider="BIR")])
    tested = ma.studies.stress(plan, [ma.studies.Scenario("as expected"), fewer, shut])
    assert tested.table["promised"].tolist() == [4, 4, 4]
    assert tested.table["kept"].tolist() == [4, 3, 0]
    worse = tested.trusts.query("origin == 'ALD'")["change"].tolist()
    assert worse[0] == 0 < worse[1] < worse[2]


def test_a_promise_costs_what_planning_anew_would_save():
    """A hub opens next door: who was promised Birch still goes there, and Birch's own travel."""
    waiting = pd.DataFrame(
        [("ALD", "C_110", 40, 4), ("BIR", "C_110", 30, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    plan = ma.optimise(two_trusts(waiting=waiting, slots=(0, 4)))
    assert moved(plan) == 4
    hub = ma.studies.Scenario(
        "hub", [ch.Site(provider="CED", slots={"C_110": 4}, minutes={"ALD": 1, "BIR": 1})]
    )
    row = ma.studies.stress(plan, [hub]).table.iloc[0]
    assert row["kept"] == 4
    assert row["cost_of_promise"] > 0
    assert row["objective"] == pytest.approx(row["replanned"] + row["cost_of_promise"])


@pytest.mark.parametrize("scenarios", [[], [ma.studies.Scenario("a"), ma.studies.Scenario("a")]])
def test_every_scenario_has_a_name_of_its_own(scenarios):
    """None, or two of a name, are refused."""
    with pytest.raises(ma.InputError, match=r"is empty|more than once"):
        ma.studies.stress(ma.optimise(two_trusts()), scenarios)


def test_a_plan_can_be_asked_itself():
    """As a method or as a function, it is the same."""
    plan = ma.optimise(two_trusts())
    closed = [ma.studies.Scenario("closed", [ch.Closure(provider="BIR")])]
    pd.testing.assert_frame_equal(plan.stress(closed).table, ma.studies.stress(plan, closed).table)


def test_what_comes_besides_is_used_with_every_promise_kept():
    """Half as many slots again: the plan could be carried out as it is, and more is done."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [10]}
    )
    plan = ma.optimise(two_trusts(waiting=waiting))
    row = plan.stress([ma.studies.Scenario("more", [ch.Capacity(factor=1.5)])]).table.iloc[0]
    assert row["kept"] == row["promised"] == 4
    assert row["moves"] == 6
    assert row["objective"] == row["replanned"] < plan.objective
