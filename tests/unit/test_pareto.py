"""What fewer moves or less travel would cost: convex curves that no plan lies below."""

from __future__ import annotations

import numpy as np
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly

import mutualaid as ma

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")


@costly
@given(
    cases(most_patients=9),
    st.sampled_from([ma.Deep(), ma.Resource()]),
    st.sampled_from(["moves", "travel"]),
)
def test_no_plan_lies_below_the_curve(case, mode, against):
    """It falls, ever less steeply, from what each trust does alone; every plan is on or above."""
    system = case.system()
    curve = ma.studies.frontier(system, case.policy, mode, against=against, tolerance=0)
    at, value = curve[against].to_numpy(), curve["objective"].to_numpy()
    assert (np.diff(value) <= 1e-6).all()
    slope = np.diff(value) / np.diff(at)
    assert (np.diff(slope) >= -1e-6 * max(1.0, np.abs(slope).max(initial=0))).all()
    best = ma.optimise(system, case.policy, mode)
    few = ma.optimise(system, case.policy, mode, objectives=["cost", "moves"], slack={"cost": 0.1})
    for plan in (best, few):
        taken = plan.moves["patients"]
        if against == "travel":
            taken = taken * plan.moves["extra_minutes"]
        assert plan.objective >= np.interp(taken.sum(), at, value) - 1e-6
    assert value[0] <= best.baseline_objective + 1e-6
    if system.pools is None and against == "moves":
        # Pools may be shared out in parts of patients, and a way of no minutes is no travel.
        assert value[0] == pytest.approx(best.baseline_objective)


def test_a_curve_worked_out_by_hand():
    """Four of six go to Birch, each of whom saves as much: a straight line."""
    curve = ma.studies.frontier(two_trusts(), tolerance=0)
    plan = ma.optimise(two_trusts())
    assert curve["moves"].tolist() == [0.0, 4.0]
    assert curve["objective"].iloc[1] == pytest.approx(plan.objective)
    each = (plan.baseline_objective - plan.objective) / 4
    assert curve["saved_per_unit"].iloc[0] == pytest.approx(each)


def test_where_nothing_moves_there_is_one_point():
    """Nowhere to go: the curve is what each trust does alone."""
    curve = ma.studies.frontier(two_trusts(minutes=90.0))
    assert curve["moves"].tolist() == [0.0]
    assert curve["saved_per_unit"].isna().all()


def test_other_criteria_are_refused():
    """By name, with what there is."""
    with pytest.raises(ma.InputError, match="use 'moves', 'travel' or 'loss'"):
        ma.studies.frontier(two_trusts(), against="beds")
    with pytest.raises(ma.InputError, match="trace them under Deep"):
        ma.studies.frontier(two_trusts(), collaboration=ma.Resource(), against="loss")


@costly
@given(cases(most_patients=8, side_rows=False))
def test_the_curve_against_losses_bounds_every_cap_and_is_convex(case):
    """Falls, bends one way, and no plan with a cap on sacrifice lies below it."""
    system = case.system()
    curve = ma.studies.frontier(system, case.policy, against="loss", tolerance=0)
    at, value = curve["max_sacrifice"].to_numpy(), curve["objective"].to_numpy()
    assert (np.diff(value) <= 1e-6).all()
    slope = np.diff(value) / np.diff(at)
    assert (np.diff(slope) >= -1e-6 * max(1.0, np.abs(slope).max(initial=0))).all()
    for cap in (0.0, 0.1, 1.0):
        plan = ma.optimise(system, case.policy, ma.Deep(max_sacrifice=cap))
        assert plan.objective >= np.interp(cap, at, value) - 1e-6
