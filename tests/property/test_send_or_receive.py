"""A trust sends patients of a service or takes them in: never both in one period."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import best
from strategies import cases, costly, relaxed

import mutualaid as ma
from mutualaid.audit import lane_audit

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
ONE_WAY = ma.Policy(send_or_receive=True)


def doing_both(plan: ma.Plan) -> set[tuple[str, str, int]]:
    """Trusts that send and receive a service in a period."""
    moves = plan.moves.astype(dict.fromkeys(("origin", "provider", "service"), str))
    sent, taken = (
        {*moves[[end, "service", "period"]].itertuples(index=False, name=None)}
        for end in ("origin", "provider")
    )
    return sent & taken


def chained(*, near: float = 30.0, classes: bool = False) -> ma.System:
    """Ash has patients and no slots, Birch has both, Cedar has slots; Ash reaches Birch alone.

    In two classes Birch has slots for the first and patients of the second.
    """
    one, other = ("1", "2") if classes else ("1", "1")
    waiting = pd.DataFrame(
        [("ASH", one, 60, 5), ("BIR", other, 40, 5)],
        columns=["origin", "wait_class", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [("BIR", one, 5), ("CED", other, 5)], columns=["provider", "wait_class", "slots"]
    )
    if not classes:
        waiting, capacity = (t.drop(columns="wait_class") for t in (waiting, capacity))
    travel = pd.DataFrame(
        [("ASH", "BIR", 30.0), ("BIR", "CED", 30.0), ("ASH", "CED", near)],
        columns=["origin", "provider", "minutes"],
    )
    return ma.System(
        waiting_list=waiting.assign(service="C_110"),
        capacity=capacity.assign(service="C_110", period=1),
        travel=travel,
        periods=1,
    )


@pytest.mark.parametrize("classes", [False, True])
def test_birch_sends_its_own_or_takes_in_those_of_ash(classes):
    """Both would go, and ten would be treated; one way, five are: of streams and classes alike."""
    system = chained(near=90.0, classes=classes)
    free = ma.optimise(system)
    assert doing_both(free) == {("BIR", "C_110", 1)}
    assert free.moves["patients"].sum() == 10
    plan = ma.optimise(system, ONE_WAY)
    assert not doing_both(plan)
    assert plan.moves["patients"].sum() == 5
    assert plan.objective > free.objective
    # Without classes Birch's slots are for its own, if it takes in nobody.
    expected = {"ASH"} if classes else {"ASH", "BIR"}
    assert {*plan.treatments["origin"].astype(str)} <= expected


def test_where_nobody_does_both_the_plan_is_the_same():
    """Ash reaches Cedar as well: its patients go there, and Birch treats its own."""
    system = chained()
    free, plan = ma.optimise(system), ma.optimise(system, ONE_WAY)
    assert not doing_both(free)
    assert plan.objective == free.objective
    pd.testing.assert_frame_equal(plan.treatments, free.treatments)


def test_other_services_and_periods_are_free():
    """In the next period Birch may do the other, and another service goes its own way."""
    system = chained(near=90.0)
    later = pd.concat([system.capacity.assign(period=t) for t in (1, 2)])
    two = ma.System(system.waiting_list, later, system.travel, periods=2)
    plan = ma.optimise(two, ONE_WAY)
    assert plan.remaining.empty
    tables = [
        pd.concat([t, t.assign(service="C_120")]) for t in (system.waiting_list, system.capacity)
    ]
    both = ma.optimise(ma.System(*tables, system.travel, periods=1), ONE_WAY)
    assert both.moves["patients"].sum() == 10


@relaxed
@given(cases(most_patients=2))
def test_no_plan_by_brute_force_is_better(case):
    policy = case.policy.replace(send_or_receive=True)
    plan = ma.optimise(case.system(), policy)
    cost, _ = best(case.tables, policy, case.period_weeks, case.periods)
    assert plan.certificate.cost == cost
    assert not doing_both(plan)


@costly
@given(
    cases(most_patients=6),
    st.sampled_from([ma.Deep(), ma.Resource(promises="board"), ma.Transactional()]),
)
def test_promises_are_kept_and_nothing_is_gained_by_it(case, mode):
    plan = ma.optimise(case.system(), case.policy.replace(send_or_receive=True), mode)
    assert not doing_both(plan)
    assert plan.objective <= plan.baseline_objective + 1e-9
    if plan.solver == "flow":
        assert plan.objective >= ma.optimise(case.system(), case.policy, mode).objective


def test_large_lists_settle_for_a_plan_close_to_its_bound():
    """Eight trusts with areas: some of them do both where they may."""
    system = ma.datasets.collaborative()
    assert doing_both(ma.optimise(system))
    plan = ma.optimise(system, ONE_WAY)
    assert not doing_both(plan)
    assert plan.gap < 1e-3


def test_the_audit_sees_a_trust_that_does_both():
    """Three come to Birch, and two go from it: in streams of one service."""
    table = pd.DataFrame(
        {"origin": ["ASH", "BIR", "BIR"], "provider": ["BIR", "CED", "CED"], "period": [1, 1, 2]}
    ).assign(service="C_110", moved=True, patients=[3, 2, 4], stream=["a", "b", "a"])
    found = lane_audit.violations(ONE_WAY, table, 0)
    assert found["where"].tolist() == ["BIR, C_110, period 1"]
    assert found["amount"].tolist() == [2.0]
    assert not len(lane_audit.violations(ma.Policy(), table, 0))
