"""Mistakes that were made once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pulp
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma


def list_of(**columns):
    rows = {"origin": "ALD", "service": "C_110", "weeks_waiting": 40, "patients": 6, **columns}
    return pd.DataFrame({k: v if isinstance(v, list | pd.Series) else [v] for k, v in rows.items()})


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_a_model_with_side_rows_can_be_written(tmp_path, ending):
    """Caps have names in the file too."""
    model = ma.build(two_trusts(periods=2, slots=(1, 4)), ma.Policy(max_out=2))
    text = model.write(tmp_path / f"model.{ending}").read_text(encoding="utf-8")
    assert "limit_moves_out_of_ALD_in_period_1" in text


def test_side_rows_come_back_from_pulp():
    """The problem's own caps are not taken for an analyst's constraints."""
    model = ma.build(two_trusts(periods=2, slots=(1, 4)), ma.Policy(max_out=2))
    lp = model.to_pulp()
    lp.solve(pulp.HiGHS(msg=False))
    plan = model.plan_from(lp)
    assert plan.objective == model.solve().objective
    assert len(plan.model.network.rows) == len(model.network.rows)


def test_the_number_of_threads_may_change():
    """One thread, then two, then whatever: the same plan."""
    system, policy = two_trusts(periods=2, slots=(1, 4)), ma.Policy(max_out=2)
    plans = [ma.optimise(system, policy, threads=threads) for threads in (1, 2, None)]
    assert len({plan.objective for plan in plans}) == 1


def test_a_trust_that_travel_does_not_name_stays_at_home():
    """Its code sorts after every origin of the travel table: nobody of it can go anywhere."""
    waiting = list_of(
        origin=["ALD", "ZED"], service=["C_110"] * 2, weeks_waiting=[40] * 2, patients=[6, 3]
    )
    capacity = pd.DataFrame(
        {"provider": ["ALD", "BIR", "ZED"], "service": "C_110", "period": 1, "slots": [2, 4, 1]}
    )
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["BIR"], "minutes": [30.0]})
    with pytest.warns(ma.InputWarning) as told:
        system = ma.System(waiting, capacity, travel, periods=1, unlisted="unreachable")
    assert "to 2 providers no way leads" in str(told[0].message)
    assert "can go nowhere else: ZED (3)" in str(told[1].message)
    plan = ma.optimise(system)
    assert set(plan.moves["origin"]) == {"ALD"}
    assert plan.treatments.query("origin == 'ZED'")["patients"].sum() == 1


def test_cancer_pathways_may_be_referred():
    """A column of the waiting list that the policy asks about may stand in referrals too."""
    waiting = list_of(cancer=True)
    referrals = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "period": [1, 1],
            "patients": [2, 3],
            "cancer": [True, False],
        }
    )
    plan = ma.optimise(two_trusts(waiting=waiting, referrals=referrals))
    assert moved(plan) == 3
    assert not plan.moves["cancer"].astype(bool).any()


@pytest.mark.filterwarnings("ignore:nobody has capacity:mutualaid.InputWarning")
def test_removals_of_some_patients_of_a_queue_may_say_which():
    """Two on a cancer pathway leave, and nobody else."""
    waiting = list_of(
        origin=["ALD"] * 2,
        service=["C_110"] * 2,
        weeks_waiting=[40] * 2,
        patients=[3, 3],
        cancer=[True, False],
    )
    leaving = {"origin": "ALD", "service": "C_110", "period": [1], "patients": [2]}
    for extra, left in (({"cancer": True}, {True: 1, False: 3}), ({}, {True: 2, False: 2})):
        removals = pd.DataFrame({**leaving, **extra})
        plan = ma.optimise(two_trusts(waiting=waiting, removals=removals, slots=(0, 0)))
        rest = plan.remaining.groupby("cancer", observed=True)["patients"].sum()
        assert rest.to_dict() == left


@pytest.mark.parametrize("column", ["weeks_waiting", "patients"])
def test_lanes_and_harm_are_not_by_counts(column):
    """The wait has rules of its own; the message says so."""
    system = two_trusts()
    for policy in (
        ma.Policy(forbidden_lanes=[{column: 40}]),
        ma.Policy(harm=ma.harm.from_function(lambda _weeks, _label: 1.0, by=column)),
    ):
        with pytest.raises(ma.InputError, match="does not tell queues apart"):
            ma.optimise(system, policy)


def test_large_harm_rates_keep_the_proof_sharp():
    """A hundred thousand harm-weeks a week, with a cap: the gap is still closed."""
    harm = ma.harm.from_function(lambda _weeks: 100_000.0)
    plan = ma.optimise(two_trusts(periods=2, slots=(1, 4)), ma.Policy(harm=harm, max_out=2))
    assert plan.certificate.optimal


def test_explain_says_that_no_way_is_known():
    """Even where the policy has no travel limit."""
    waiting = list_of()
    capacity = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "service": "C_110", "period": 1, "slots": [2, 4]}
    )
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [0.0]})
    with pytest.warns(ma.InputWarning, match="no way leads"):
        system = ma.System(waiting, capacity, travel, periods=1, unlisted="unreachable")
    plan = ma.optimise(system, ma.Policy(max_minutes=float("inf")))
    assert moved(plan) == 0
    assert "where no way is known" in plan.explain("ALD", "C_110", "BIR")


def test_a_number_beyond_any_float_is_refused():
    """Ten to the four hundred patients."""
    with pytest.raises(ma.InputError, match="64 bits"):
        two_trusts(waiting=list_of(patients=pd.Series([10**400], dtype=object)))


def test_a_cap_survives_a_changed_policy():
    """replace checks again what was already put in order."""
    policy = ma.Policy(max_out=2, max_in={"BIR": 3}).replace(max_minutes=45)
    assert moved(ma.optimise(two_trusts(), policy)) == 2


def test_caps_hold_in_every_period_and_for_every_trust():
    """A cap for all was once one for the diagonal of trusts and periods only."""
    system = two_trusts(periods=3, slots=(0, 4))
    plan = ma.optimise(system, ma.Policy(max_out=1))
    assert plan.moves.groupby("period")["patients"].sum().to_list() == [1, 1, 1]


def test_one_slot_more_is_priced_when_one_queue_uses_them_all():
    """What a lane carries is limited by the slots' own arc, not by the lane as well."""
    plan = ma.optimise(two_trusts(slots=(0, 2)), ma.Policy(harm=ma.harm.person_weeks()))
    prices = plan.prices.set_index("provider")["price"]
    assert prices["BIR"] == pytest.approx(17 - 1.0)
    assert np.isfinite(plan.prices["price"]).all()


@pytest.mark.parametrize(
    ("columns", "column", "meant"),
    [({"service": "x01"}, "service", "X01"), ({"service": "x02"}, "service", "X02")],
)
def test_a_standard_code_in_another_case_is_refused(columns, column, meant):
    """Who never moves does not move because somebody wrote it small."""
    service = columns.get("service", "C_110")
    with pytest.raises(ma.InputError, match=f"as '{meant}'") as caught:
        two_trusts(service=service, waiting=list_of(**columns))
    assert column in set(caught.value.problems["column"])


def test_a_movable_priority_in_another_case_is_refused():
    """It would fit nobody, in silence."""
    with pytest.raises(ma.InputError, match="write 'P3'"):
        ma.Policy(movable_priorities=["p3", "P4"])


def test_choices_that_lead_nowhere_do_not_hide_the_best_plan():
    """A swap that would gain each less than half: nobody takes part, and that is the plan."""
    trusts = ("RA", "RB", "RC")
    waiting = pd.DataFrame(
        [("RA", "X05", 0, 1), ("RB", "C_110", 0, 2)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [("RA", "C_110", 3, 1), ("RA", "X05", 1, 0), ("RB", "X05", 1, 1), ("RB", "C_110", 1, 0)],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        [(a, b, 0.0) for a in trusts for b in trusts if a != b],
        columns=["origin", "provider", "minutes"],
    )
    rates = pd.DataFrame({"weeks_waiting": [0, 3], "rate": [0.0, 0.5]})
    policy = ma.Policy(
        harm=ma.harm.from_table(rates), move_weeks=0.0, tail_weeks=0, move_mixed_services=True
    )
    system = ma.System(waiting, capacity, travel, period_weeks=2, periods=3)
    plan = ma.optimise(system, policy, ma.Transactional(min_gain=0.5))
    assert plan.moves.empty
    assert plan.objective == plan.baseline_objective


def test_travel_in_small_units_is_an_objective_beside_a_slack():
    """Its weight once was beyond what a solver takes: it failed while solving."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    best = ma.optimise(system)
    plan = ma.optimise(system, objectives=["cost", "travel"], slack={"cost": 0.005})
    assert plan.objective <= best.objective * 1.005
    assert plan.stages["value"].iloc[1] < (best.moves["extra_minutes"] @ best.moves["patients"])
    assert plan.stages["gap"].iloc[1] < 1e-3
