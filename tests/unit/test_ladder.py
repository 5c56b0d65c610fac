"""The ladder of collaboration, what each rung adds, and who brings how much of the gain."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.solve.interface import Limits
from mutualaid.solve.parametric import frontier

HIPS = "C_110"


@pytest.fixture(scope="module")
def collaborative():
    """Four trusts of the bundled collaborative over half a year."""
    return ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=6)


@pytest.fixture(scope="module")
def rungs(collaborative):
    """Its ladder."""
    return ma.ladder(collaborative)


def test_each_rung_adds_something_and_nobody_is_worse_off_before_deep(rungs):
    """The table of the ladder: what a board reads."""
    table = rungs.table.set_index("rung")
    assert list(table.index) == ["Independent", "Transactional", "Resource", "Deep"]
    assert table["objective"].is_monotonic_decreasing
    assert table["saved"].to_numpy() == pytest.approx(table["saved_by_step"].cumsum().to_numpy())
    assert table["worse_off"].iloc[:3].tolist() == [0, 0, 0]
    assert table.loc["Independent", ["saved", "moves", "travel_minutes"]].tolist() == [0, 0, 0]
    assert (table["gap"] <= 1e-3).all()
    for name, plan in rungs.plans.items():
        assert table.loc[name, "moves"] == moved(plan)
        assert plan.violations().empty


def test_what_each_insistence_costs_adds_up(rungs):
    """Balanced aid, nobody worse off, acting alone: differences between rungs."""
    price = rungs.price_of_sovereignty
    table = rungs.table.set_index("rung")["objective"]
    assert price["balanced_aid"] == pytest.approx(table["Transactional"] - table["Resource"])
    assert price["nobody_worse_off"] == pytest.approx(table["Resource"] - table["Deep"])
    assert price["acting_alone"] == pytest.approx(table["Independent"] - table["Deep"])
    assert (price >= 0).all()


def test_trust_by_trust_gains_and_aid(rungs):
    """Gains add up to what harm falls by; what is given is received."""
    trusts = rungs.trusts
    for name in ("transactional", "resource", "deep"):
        fell = rungs.plans["Independent"].harm_weeks - rungs.plans[name.title()].harm_weeks
        assert trusts[f"{name}_gain"].sum() == pytest.approx(fell)
        assert trusts[f"{name}_given"].sum() == trusts[f"{name}_received"].sum()
    assert (trusts[["transactional_gain", "resource_gain"]] >= -1e-9).all(axis=None)
    assert trusts["transactional_given"].tolist() == trusts["transactional_received"].tolist()


def test_what_is_passed_on_is_listed_rung_by_rung(rungs):
    """Every crossing of a plan is a row of the ladder's table, under the rung's name."""
    found = rungs.new_threshold_breaches()
    for name, plan in list(rungs.plans.items())[1:]:
        assert (found["rung"] == name).sum() == len(plan.new_threshold_breaches())


def test_the_frontier_runs_from_resource_to_deep(rungs):
    """Convex and falling; its ends are the relaxations of Resource and of Deep."""
    curve = rungs.frontier()
    assert curve["max_sacrifice"].iloc[0] == 0
    assert curve["objective"].iloc[-1] == pytest.approx(rungs.plans["Deep"].objective, rel=1e-9)
    resource = rungs.plans["Resource"]
    assert resource.bound * (1 - 1e-9) <= curve["objective"].iloc[0] * (1 + 1e-9)
    assert curve["objective"].iloc[0] <= resource.objective * (1 + 1e-9)
    assert curve["objective"].is_monotonic_decreasing
    slopes = curve["saved_per_point"].dropna().to_numpy()
    assert (np.diff(slopes) <= 1e-6 * slopes.max()).all()
    # A plan with a cap costs what the curve says, but for whole patients.
    cap = float(curve["max_sacrifice"].iloc[1])
    plan = ma.optimise(rungs.plans["Deep"].system, collaboration=ma.Deep(max_sacrifice=cap))
    assert plan.objective == pytest.approx(curve["objective"].iloc[1], rel=1e-4)


def test_every_kink_of_a_frontier_is_exact():
    """The curve between kinks is straight: the middle of each piece lies on it."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    model = ma.build(system, collaboration=ma.Deep(max_sacrifice=0)).model
    alone = ma.optimise(system, collaboration=ma.Independent()).entries
    harm = alone.groupby("origin", observed=True)["harm"].sum()
    origins = [system.providers[code] for code in model.network.rows.key[:, 0].tolist()]
    direction = harm.loc[origins].to_numpy(dtype=np.int64)
    curve = frontier(model.network, direction, 0.0, 0.5, Limits())
    assert curve.exact
    points, values = curve.at, curve.value
    middles = (points[:-1] + points[1:]) / 2
    chords = (values[:-1] + values[1:]) / 2
    for middle, chord in zip(middles.tolist(), chords.tolist(), strict=True):
        at = frontier(model.network, direction, middle, 0.5, Limits()).value[0]
        assert at == pytest.approx(chord, rel=1e-7)
    assert curve.kink[1:-1].all()


def test_a_ladder_without_sacrifice_has_a_flat_frontier():
    """Birch loses nothing by helping: one point."""
    flat = ma.ladder(two_trusts()).frontier()
    assert len(flat) == 1
    assert flat["max_sacrifice"].tolist() == [0.0]


def test_the_first_moves_bring_the_most(rungs):
    """The value of moves rises, ever more slowly, to all that Deep saves."""
    deep = moved(rungs.plans["Deep"])
    curve = rungs.value_per_move([0, 10, 20, 40, deep])
    assert curve["saved"].iloc[0] == pytest.approx(0.0, abs=1e-6)
    assert curve["share"].iloc[-1] == pytest.approx(1.0)
    per_move = np.diff(curve["saved"]) / np.diff(curve["moves"])
    assert (np.diff(per_move) <= 1e-6).all()
    for bad in ([-1], [2.5], [True]):
        with pytest.raises(ma.InputError, match="whole numbers of moves"):
            rungs.value_per_move(bad)


@pytest.mark.parametrize("within", [0.0, 0.05, 0.1, 1.0])
def test_the_smallest_plan_within_a_share_of_the_best(rungs, within):
    """Fewer moves for a little less gain; none at all if all of the gain may be lost."""
    plan = rungs.smallest_plan(within)
    table = rungs.table.set_index("rung")
    lost = plan.objective - table.loc["Deep", "objective"]
    assert lost <= within * table.loc["Deep", "saved"] + 1e-3
    assert moved(plan) <= table.loc["Deep", "moves"]
    if within == 1.0:
        assert moved(plan) == 0
    for bad in (-0.1, 1.1, "5 %", True):
        with pytest.raises(ma.InputError, match="a share from 0 to 1"):
            rungs.smallest_plan(bad)


def test_a_ladder_of_fair_swaps():
    """The second rung may be any Transactional."""
    fair = ma.ladder(two_trusts(), transactional=ma.Transactional(tolerance=2))
    assert fair.table["moves"].tolist() == [0, 2, 4, 4]
    assert "Transactional" in repr(fair)


def worth(system, policy, among):
    """What some trusts save if they help each other only: every other lane is forbidden."""
    outside = [p for p in system.providers if p not in among]
    lanes = [{"origin": p} for p in outside] + [{"provider": p} for p in outside]
    apart = policy.replace(forbidden_lanes=lanes) if lanes else policy
    plan = ma.optimise(system, apart)
    return plan.baseline_objective - plan.objective


@pytest.mark.parametrize("policy", [ma.Policy(), ma.Policy(max_out=3)], ids=["free", "capped"])
def test_shapley_shares_are_averages_over_all_orders(policy):
    """Three trusts, six orders, each solved the plain way."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    shares = ma.studies.shapley(system, policy)
    assert shares.exact
    expected = dict.fromkeys(system.providers, 0.0)
    orders = list(itertools.permutations(system.providers))
    for order in orders:
        for i, trust in enumerate(order):
            with_, without = worth(system, policy, order[: i + 1]), worth(system, policy, order[:i])
            expected[trust] += (with_ - without) / len(orders)
    found = shares.table.set_index("origin")["share"]
    assert found.to_dict() == pytest.approx(expected)
    assert found.sum() == pytest.approx(shares.gain)
    assert (shares.table["standard_error"] == 0).all()


def test_sampled_shares_add_up_and_say_how_sure_they_are(collaborative, rungs):
    """Beyond so many trusts orders are sampled: efficient, repeatable, with an interval."""
    exact = rungs.shapley()
    sampled = ma.studies.shapley(collaborative, exact_up_to=1, orders=40, seed=3)
    again = ma.studies.shapley(collaborative, exact_up_to=1, orders=40, seed=3)
    assert exact.exact
    assert not sampled.exact
    pd.testing.assert_frame_equal(sampled.table, again.table)
    assert sampled.table["share"].sum() == pytest.approx(exact.gain)
    off = (sampled.table["share"] - exact.table["share"]).abs()
    # Four standard errors: one time in 15,000 by chance.
    assert (off <= 4 * sampled.table["standard_error"] + 1e-9).all()
    assert (sampled.table["standard_error"] > 0).any()


@pytest.mark.parametrize(
    "options", [{"exact_up_to": 0}, {"exact_up_to": 21}, {"orders": 1}, {"seed": -1}], ids=str
)
def test_shapley_options_are_whole_numbers_in_range(collaborative, options):
    """One order has no spread; 2 to the power of 21 coalitions are too many."""
    with pytest.raises(ma.InputError, match="a whole number"):
        ma.studies.shapley(collaborative, **options)


def test_progress_names_each_rung():
    """A caller may show how far it is."""
    said = []
    ma.ladder(two_trusts(), progress=said.append)
    assert said == ["Independent", "Transactional", "Resource", "Deep"]
