"""Who moves gains: nobody is treated elsewhere who is not treated so much sooner than alone."""

from __future__ import annotations

import pytest
from by_patient import PERIODS, PLAIN, WEEKS, cheapest_by_hand, systems
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.audit import weeks_saved_audit


@given(systems, st.sampled_from([0, 1, 4, 5, 8, 12]))
def test_nobody_moves_for_less_and_the_plan_is_the_cheapest_such(system, weeks):
    policy = PLAIN.replace(min_weeks_saved=weeks, harm=ma.harm.person_weeks())
    plan = ma.optimise(system, policy)
    moves = plan.moves
    if weeks and len(moves):
        assert ((moves["alone_period"] - moves["period"]) * WEEKS >= weeks).all()
    assert plan.objective == pytest.approx(cheapest_by_hand(system, policy), abs=1e-6)
    assert len(plan.model.network.rows) == 0


@given(systems, st.sampled_from(["auto", "ageing"]), st.sampled_from(["flow", "highs"]))
def test_every_formulation_and_solver_finds_it_and_it_never_falls_with_weeks(
    system, formulation, solver
):
    costs = [
        ma.optimise(
            system, PLAIN.replace(min_weeks_saved=weeks), formulation=formulation, solver=solver
        ).objective
        for weeks in (0, 4, 8, 12)
    ]
    assert costs == sorted(costs)
    alone = ma.optimise(system, PLAIN, ma.Independent()).objective
    assert costs[-1] <= alone + 1e-9
    again = ma.optimise(system, PLAIN.replace(min_weeks_saved=8)).objective
    assert costs[2] == again


@given(
    systems,
    st.sampled_from(
        [ma.Transactional(promises="board"), ma.Resource(), ma.Deep(max_sacrifice=0.1)]
    ),
)
def test_promises_are_kept_with_it_in_every_mode(system, mode):
    plan = ma.optimise(system, PLAIN.replace(min_weeks_saved=4), mode)
    moves = plan.moves
    assert ((moves.get("alone_period", moves["period"] + 1) - moves["period"]) * WEEKS >= 4).all()
    assert plan.objective <= plan.baseline_objective + 1e-9


@given(systems)
def test_asking_for_nothing_is_the_plan_of_before(system):
    asked, plain = (
        ma.optimise(system, policy) for policy in (PLAIN.replace(min_weeks_saved=0), PLAIN)
    )
    assert asked.entries.equals(plain.entries)
    assert "alone_period" not in asked.entries


@given(systems)
def test_the_audit_sees_a_move_that_brings_too_little(system):
    policy = PLAIN.replace(min_weeks_saved=8)
    plan = ma.optimise(system, policy)
    found = weeks_saved_audit.violations(policy, plan.entries, plan.baseline_entries, WEEKS)
    assert not len(found)
    if not len(plan.moves):
        return
    later = plan.entries.copy()
    later.loc[later["moved"], "alone_period"] = later["period"]
    found = weeks_saved_audit.violations(policy, later, plan.baseline_entries, WEEKS)
    assert "who moves is treated sooner than alone" in set(found["rule"])
    forged = plan.entries.copy()
    forged.loc[forged["moved"], "alone_period"] = PERIODS + 1
    found = weeks_saved_audit.violations(policy, forged, plan.baseline_entries, WEEKS)
    if not forged["alone_period"].equals(plan.entries["alone_period"]):
        assert "alone as in what each trust does alone" in set(found["rule"])
