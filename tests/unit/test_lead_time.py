"""A move takes weeks to prepare: where that is said, what it closes, and what it is worth."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import plan_audit
from mutualaid.cli.scenario.read import read_scenario_file

pytestmark = pytest.mark.usual_lead
MADE_UP = '[data]\nexample = "collaborative"\ntrusts = 2\nareas_per_trust = 1\nperiods = 3\n'


def joined(**more):
    """Alder has no slots; two join its list in the second of three periods."""
    referrals = pd.DataFrame(
        {"origin": ["ALD"], "service": ["C_110"], "period": [2], "patients": [2]}
    )
    return two_trusts(slots=(0, 9), periods=3, referrals=referrals, **more)


def test_by_itself_a_move_takes_three_weeks():
    plan = ma.optimise(joined())
    assert plan.policy.lead_weeks == 3
    assert sorted({*zip(plan.moves["referred"], plan.moves["period"], strict=True)}) == [
        (0, 2),
        (2, 3),
    ]


def test_zero_on_request_lets_everybody_move_at_once():
    plan = ma.optimise(joined(), ma.Policy(lead_weeks=0))
    assert sorted({*zip(plan.moves["referred"], plan.moves["period"], strict=True)}) == [
        (0, 1),
        (2, 2),
    ]


@pytest.mark.parametrize(("lead", "first"), [(3, 2), (4, 2), (5, 3), (8, 3), (9, None)])
def test_it_is_counted_in_weeks_and_takes_whole_periods(lead, first):
    moves = ma.optimise(joined(), ma.Policy(lead_weeks=lead)).moves
    assert (None if moves.empty else moves["period"].min()) == first


@pytest.mark.parametrize(("lead", "notice", "first"), [(3, 5, 3), (5, 3, 3), (0, 4, 2)])
def test_of_lead_time_and_notice_the_later_counts(lead, notice, first):
    policy = ma.Policy(lead_weeks=lead, notice_weeks=notice)
    assert ma.optimise(joined(), policy).moves["period"].min() == first


def test_who_joins_is_treated_at_home_while_who_was_there_moves():
    """One place at home and one away: the newest cannot go, and so the other does."""
    referrals = pd.DataFrame(
        {"origin": ["ALD"], "service": ["C_110"], "period": [2], "patients": [9]}
    )
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": ["C_110"], "weeks_waiting": [30], "patients": [2]}
    )
    for formulation in ("chain", "ageing"):
        system = two_trusts(
            waiting=waiting, slots=(4, 4), periods=2, referrals=referrals, removals=None
        )
        capacity = system.capacity
        capacity["slots"] = capacity["slots"].where(capacity["period"] == 2, 0)
        plan = ma.optimise(system.replace(capacity=capacity), formulation=formulation)
        told = plan.treatments[["referred", "provider", "patients"]].astype({"provider": str})
        assert sorted(told.itertuples(index=False, name=None)) == [(0, "BIR", 2), (2, "ALD", 4)]


def test_the_plan_explains_why_nobody_goes_yet():
    plan = ma.optimise(joined())
    told = plan.explain(origin="ALD", service="C_110", provider="BIR", period=1)
    assert (
        "a move takes 3 weeks to prepare, and this period begins 0 weeks after the census" in told
    )
    assert "to prepare" not in plan.explain(origin="ALD", service="C_110", provider="BIR", period=2)


def test_the_audit_counts_weeks_from_the_census_and_from_joining():
    plan = ma.optimise(joined(), ma.Policy(lead_weeks=0))
    found = plan_audit.violations(
        plan.system, ma.Policy(lead_weeks=3), plan.entries, plan.certificate.cost
    )
    early = plan.moves.query("period == 1 or period == referred")["patients"].sum()
    assert found[["rule", "amount"]].to_numpy().tolist() == [
        ["nobody moves before a move can be prepared", float(early)]
    ]


def test_obstacles_say_that_moves_from_the_start_would_meet_a_target():
    target = ma.Target(weeks=1, patients=0, period=1, origins=["ALD"])
    plan = ma.optimise(joined(), targets=[target])
    found = ma.studies.obstacles(plan).set_index("limit")
    assert found.loc["time", "needed"] == "moves from the start"
    assert found.loc["time", "missed_then"] == 0


def test_who_is_to_be_rung_has_time_to_come():
    """Weekly periods: the first offer is for the fourth week, and it is made now."""
    rows = pd.DataFrame(
        {
            "patient_id": list("abcd"),
            "origin": "ALD",
            "service": "C_110",
            "weeks_waiting": [50, 40, 30, 20],
        }
    )
    people = ma.PatientList(rows)
    system = two_trusts(waiting=people.waiting_list(), slots=(0, 1), periods=6, period_weeks=1)
    plan = ma.optimise(system)
    calls = plan.call_list(people, weeks=1, notice_weeks=0, identifiers=True)
    assert calls.table["period"].tolist() == [4]
    assert plan.moves["period"].tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("said", "saved", "lead"),
    [("", 4, 3), ("min_weeks_saved = 0\nlead_weeks = 0\n", 0, 0), ('preset = "pidmas"\n', 4, 3)],
)
def test_a_scenario_asks_that_who_moves_gains_a_month(tmp_path, said, saved, lead):
    path = tmp_path / "made_up.toml"
    path.write_text(f"{MADE_UP}[policy]\n{said}" if said else MADE_UP, encoding="utf-8")
    policy = read_scenario_file(path).policy
    assert (policy.min_weeks_saved, policy.lead_weeks) == (saved, lead)
    assert ma.Policy().min_weeks_saved == 0


def test_the_price_of_the_rule_is_what_the_plan_without_it_saves():
    system = ma.datasets.collaborative(trusts=3, periods=4)
    asked, free = (ma.optimise(system, ma.Policy(min_weeks_saved=weeks)) for weeks in (8, 0))
    row = asked.clauses(prices=True).iloc[-1]
    assert row["promise"] == "min_weeks_saved=8"
    assert row["price"] == pytest.approx(asked.objective - free.objective, abs=1e-6)
    assert row["price"] > 0
    assert row["kept"]
    assert row["came"] == ((asked.moves["alone_period"] - asked.moves["period"]) * 4).min()
    assert free.clauses(prices=True).empty


@pytest.mark.parametrize("mode", [ma.Transactional(), ma.Resource(), ma.Deep(promises="board")])
def test_the_price_stands_beside_what_partners_promise_each_other(mode):
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    plan = ma.optimise(system, ma.Policy(min_weeks_saved=4), mode)
    row = plan.clauses(prices=True).iloc[-1]
    free = ma.optimise(system, None, mode)
    assert row["price"] == pytest.approx(plan.bound - free.bound, abs=0.01)
