"""England's published waiting list, from the file to a proven plan."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

import mutualaid as ma

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
JANUARY = DATA / "rtt" / "20260131-RTT-January-2026-full-extract.zip"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not JANUARY.exists(), reason="the published RTT file is not there: set MUTUALAID_DATA"
    ),
]


@pytest.fixture(scope="module")
def january():
    """The January 2026 file, and the ways between the providers whose place is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        sites = ma.read_sites(DATA / "providers.csv")
    return ma.read_rtt(JANUARY), ma.travel_times(sites)


@pytest.fixture(scope="module")
def plan(january):
    """England, a year in periods of four weeks, at most an hour's way."""
    rtt, travel = january
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        return ma.optimise(rtt.system(travel), ma.Policy(max_minutes=60))


def test_the_plan_for_england_is_proven_best_in_whole_numbers(plan):
    """306 providers, 7 million patients, and not a unit of doubt."""
    assert len(plan.system.providers) == 306
    assert len(plan.system.services) == 23
    assert plan.certificate.exact
    assert plan.certificate.valid
    assert plan.certificate.optimal
    assert plan.objective == plan.bound
    assert plan.violations().empty


def test_helping_each_other_takes_a_twentieth_of_the_harm(plan):
    """With the capacity that was used and no more, total harm falls by about 5 %."""
    saved = 1 - plan.objective / plan.baseline_objective
    assert 0.04 < saved < 0.07
    whole = plan.measures(by=None).iloc[0]
    assert whole["over_52_after"] < whole["over_52_before"] / 2


def test_every_patient_of_england_is_somewhere(plan):
    """List and referrals, less removals, are treated or remain."""
    system = plan.system
    there = int(system.waiting_list["patients"].sum() + system.referrals["patients"].sum())
    gone = int(plan.model.frame.queues.lot_removed.sum())
    assert gone <= system.removals["patients"].sum()
    assert plan.treatments["patients"].sum() + plan.remaining["patients"].sum() == there - gone


def test_mixed_services_stay_at_home(plan):
    """X01 to X06 hold a third of the list, and none of the moves."""
    assert not plan.moves["service"].isin(["X01", "X02", "X03", "X04", "X05", "X06"]).any()
    assert (plan.moves["minutes"] <= 60).all()


def test_greater_manchester_by_two_formulations_and_two_solvers(january):
    """The NHS trusts around Manchester: chain and ageing, flow and HiGHS, one optimum."""
    rtt, travel = january
    trusts = ["R0A", "RBV", "RM3", "RMC", "RMP", "RRF", "RWJ"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        system = rtt.system(travel, providers=trusts, services=["C_110", "C_120", "C_130"])
    policy = ma.Policy(specialists=False)
    plans = [
        ma.optimise(system, policy, solver=solver, formulation=formulation)
        for solver, formulation in (("flow", "chain"), ("flow", "ageing"), ("highs", "chain"))
    ]
    assert len({plan.certificate.cost for plan in plans}) == 1
    assert plans[0].treatments.equals(plans[2].treatments)


@pytest.fixture(scope="module")
def twin():
    """What the last three months say."""
    return ma.calibrate(sorted((DATA / "rtt").glob("*-full-extract.zip"))[-3:])


def test_a_twin_of_greater_manchester_is_planned_beside_what_happens_as_today(january, twin):
    """Seven trusts, half a year: as today is near what is published, and aid is told apart."""
    _, travel = january
    trusts = ["R0A", "RBV", "RM3", "RMC", "RMP", "RRF", "RWJ"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        system = twin.system(travel, periods=6, providers=trusts)
        plan = ma.optimise(system, ma.Policy(max_minutes=60))
    assert plan.certificate.exact
    assert plan.certificate.optimal
    told = plan.three_numbers().set_index("figure")
    now = system.as_today.table(over=[18, 52], period=0).iloc[0]
    for figure in ("list_size", "over_18", "over_52"):
        assert told.loc[figure, "as_today"] == pytest.approx(now[figure], rel=0.15)
    # With what it can choose, no trust alone makes another world of it.
    assert told.loc["over_18", "in_order"] == pytest.approx(
        told.loc["over_18", "as_today"], rel=0.1
    )
    assert told.loc["harm_weeks", "aid"] < 0
    saved = 1 - plan.objective / plan.baseline_objective
    assert 0 < saved < 0.03
