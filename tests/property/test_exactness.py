"""The model is exact: by every way of building and solving it, and by brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import best, lined
from strategies import cases, costly, prices_of, relaxed

import mutualaid as ma

# A service that nobody offers is one case of many here.
pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.to_csv(index=False) == other.to_csv(index=False)


@relaxed
@given(cases(most_patients=2))
def test_no_plan_by_brute_force_is_better_and_none_as_good_moves_fewer(case):
    """Least harm, then fewest moves: what trying everything finds, patient by patient."""
    plan = ma.optimise(case.system(), case.policy)
    cost, moves = best(case.tables, case.policy, case.period_weeks, case.periods)
    assert plan.certificate.cost == cost
    assert plan.moves["patients"].sum() == moves


@relaxed
@given(cases(most_patients=2))
def test_the_baseline_is_the_best_that_each_trust_can_do_alone(case):
    """Independent is what brute force finds when nobody may move."""
    system = case.system()
    alone = ma.optimise(system, case.policy, ma.Independent())
    cost, _ = best(case.tables, case.policy, case.period_weeks, case.periods, moves=False)
    assert alone.certificate.cost == cost
    assert alone.moves.empty
    deep = ma.optimise(system, case.policy)
    assert deep.baseline_objective * 1000 == pytest.approx(cost, abs=1e-6)
    assert deep.objective <= deep.baseline_objective


@relaxed
@given(cases(most_patients=9, side_rows=False, falling_harm=False, young_stay=False))
def test_chain_and_ageing_networks_have_the_same_optimum(case):
    """Where treating the longest waiter first is optimal, counting who waits is enough."""
    system = case.system()
    chain = ma.optimise(system, case.policy, formulation="chain")
    ageing = ma.optimise(system, case.policy, formulation="ageing")
    assert chain.certificate.cost == ageing.certificate.cost
    assert chain.moves["patients"].sum() == ageing.moves["patients"].sum()


@costly
@given(cases(most_patients=9), st.sampled_from(["chain", "ageing"]))
def test_every_backend_finds_the_same_plan(case, formulation):
    """Flow, HiGHS and PuLP agree to the unit; without side rows, to the patient."""
    model = ma.build(case.system(), case.policy)
    if formulation == "ageing":
        model = ma.build(case.system(), case.policy, formulation="ageing")
    pure = not len(model.network.rows)
    plans = [model.solve(solver) for solver in ["highs", "pulp", *["flow"] * pure]]
    assert len({plan.certificate.cost for plan in plans}) == 1
    if pure:
        assert all(same(plan.treatments, plans[0].treatments) for plan in plans)
        assert all(plan.certificate.optimal for plan in plans)


@costly
@given(cases(most_patients=9), st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(case, seed):
    """The same tables in another order give the same plan, byte for byte."""
    one = ma.optimise(case.system(), case.policy)
    other = ma.optimise(case.system(shuffle=seed), case.policy)
    for table in ("moves", "treatments", "remaining", "prices"):
        assert same(getattr(one, table), getattr(other, table))


@relaxed
@given(cases(most_patients=4, side_rows=False), st.data())
def test_a_price_is_what_one_more_slot_saves(case, data):
    """Adding the slot and solving again saves exactly its price."""
    plan = ma.optimise(case.system(), case.policy)
    prices = prices_of(plan)
    if prices.empty:
        return
    row = prices.iloc[data.draw(st.integers(0, len(prices) - 1))]
    capacity = case.tables["capacity"].copy()
    keys = ["provider", *lined(capacity), "period"]
    there = (capacity[keys] == row[keys]).all(axis=1)
    capacity.loc[there, "slots"] += 1
    if not there.any():
        cell = {k: [row[k]] for k in keys}
        capacity = pd.concat([capacity, pd.DataFrame({**cell, "slots": 1})], ignore_index=True)
    more = ma.System(
        **{**case.tables, "capacity": capacity},
        period_weeks=case.period_weeks,
        periods=case.periods,
    )
    saved = plan.objective - ma.optimise(more, case.policy).objective
    assert saved == pytest.approx(row["price"], abs=1e-9)


@costly
@given(cases(most_patients=9))
def test_measures_of_the_whole_are_the_same_through_both_lenses(case):
    """Who reports a patient moves figures between trusts, and changes no total."""
    plan = ma.optimise(case.system(), case.policy)
    for period in (None, 1, case.periods):
        views = [
            plan.measures(by="origin", lens=lens, reported_by=who, period=period)
            for lens, who in (
                ("residents", "receiver"),
                ("provider", "receiver"),
                ("provider", "origin"),
            )
        ]
        for name in ("list_size", "over_18", "treated", "person_weeks", "harm_weeks", "moves_in"):
            for side in ("before", "after"):
                totals = [v[f"{name}_{side}"].sum() for v in views]
                assert np.ptp(totals) == pytest.approx(0, abs=1e-6)


@relaxed
@given(cases(most_patients=9), st.sampled_from([("P4",), ("P2", "P3", "P4")]))
def test_more_freedom_never_costs_more(case, movable):
    """A longer way, or more priorities that may move, can only help."""
    system = case.system()
    policy = case.policy.replace(movable_priorities=movable)
    freer = policy.replace(
        max_minutes=policy.max_minutes + 31, movable_priorities=("P2", "P3", "P4")
    )
    assert ma.optimise(system, freer).objective <= ma.optimise(system, policy).objective
