"""Lanes that can be run: nobody goes, or a batch; and what opening a lane costs."""

from __future__ import annotations

import pandas as pd
import pytest
from by_patient import PLAIN, cheapest_by_hand, systems
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.audit import lane_audit

RULES = st.sampled_from(
    [
        {"min_batch": 2},
        {"min_batch": 3, "batch_periods": 2},
        {"min_batch": 2, "batch_periods": 3},
        {"lane_weeks": 1.5},
        {"lane_weeks": 3, "min_batch": 2, "batch_periods": 3},
        {"send_or_receive": True},
        {"send_or_receive": True, "min_batch": 2},
        {"send_or_receive": True, "lane_weeks": 1},
    ]
)


def carried(plan: ma.Plan) -> pd.Series:
    """Patients of each lane in each block."""
    moves = plan.moves
    block = (moves["period"] - 1) // plan.policy.batch_periods
    keys = [*map(moves.get, lane_audit.ROUTE), block]
    return moves.groupby(keys, observed=True)["patients"].sum()


@given(systems, RULES)
def test_of_all_ways_to_run_lanes_in_batches_the_cheapest_is_found(system, rules):
    policy = PLAIN.replace(harm=ma.harm.person_weeks(), **rules)
    plan = ma.optimise(system, policy)
    assert plan.objective == pytest.approx(cheapest_by_hand(system, policy), abs=1e-6)
    assert (carried(plan) >= (policy.min_batch or 0)).all()


@given(
    systems,
    RULES,
    st.sampled_from([ma.Transactional(), ma.Resource(), ma.Resource(promises="board")]),
)
def test_promises_are_kept_with_batches(system, rules, mode):
    plan = ma.optimise(system, PLAIN.replace(**rules), mode)
    assert (carried(plan) >= (plan.policy.min_batch or 0)).all()
    assert plan.objective <= plan.baseline_objective + 1e-9


@given(systems)
def test_one_patient_is_a_batch_where_none_is_asked_for(system):
    asked = ma.optimise(system, PLAIN.replace(min_batch=1))
    assert asked.objective == ma.optimise(system, PLAIN).objective


def test_the_audit_sees_a_lane_that_is_not_full_and_one_that_is_not_paid_for():
    table = pd.DataFrame(
        {"origin": "A", "provider": "B", "service": "C_110", "moved": True, "patients": [2, 4]}
    ).assign(period=[1, 3])
    found = lane_audit.violations(ma.Policy(min_batch=5, batch_periods=2, lane_weeks=1), table, 0)
    assert found["amount"].tolist() == [3.0, 1.0, 1.0]
    whole = ma.Policy(min_batch=5, batch_periods=3, lane_weeks=1)
    assert not len(lane_audit.violations(whole, table, 1000))


def test_large_lists_run_no_lane_with_less_than_a_batch():
    """A good plan is settled for, within a hundredth of its bound."""
    system = ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=6)
    plan = ma.optimise(system, ma.Policy(min_batch=20, lane_weeks=5))
    assert len(plan.moves)
    assert carried(plan).min() >= 20
    assert plan.gap < 0.01
    lanes = plan.moves[[*lane_audit.ROUTE]].drop_duplicates()
    free = ma.optimise(system)
    assert plan.objective >= free.objective
    assert len(lanes) < len(free.moves[[*lane_audit.ROUTE]].drop_duplicates())
