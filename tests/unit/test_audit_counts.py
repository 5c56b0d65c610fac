"""The audit counts patients, slots, pools and costs again: each count is wrong once, alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from audited import (
    CASES,
    COST,
    HIPS,
    KNEES,
    broken,
    by_each_formulation,
    changed,
    more,
    plan_of,
    rows,
)
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import plan_audit

LOST = "nobody is lost but who is removed", "all lists"
LONGER = "nobody leaves who has waited longer than removals say"


@by_each_formulation
@pytest.mark.parametrize("case", CASES)
def test_a_plan_that_is_right_breaks_nothing(formulation, case):
    """By its own table, its own cost, its own policy."""
    plan = plan_of(formulation, case)
    assert plan_audit.violations(
        plan.system, plan.policy, plan.entries, plan.certificate.cost
    ).empty


@by_each_formulation
@pytest.mark.parametrize(
    ("case", "where", "told"),
    [
        ("all go", "period == 2", "ALD, C_110, 40, 0"),
        ("both wait", "provider.isna()", "ALD, C_110, 40, 0"),
        ("joined and left", "referred == 2", "ALD, C_110, -4, 2"),
        ("joined and left", "weeks_waiting == 40 and period == 1", "ALD, C_110, 40, 0"),
    ],
)
def test_a_patient_too_many_is_invented(formulation, case, where, told):
    """On which list, with which wait, and referred when, is said."""
    plan = plan_of(formulation, case)
    assert broken(plan, more(plan, where, 2))["nobody is invented", told] == 2.0


@by_each_formulation
def test_a_patient_too_few_is_lost(formulation):
    """Whether treated or not."""
    plan = plan_of(formulation)
    assert broken(plan, more(plan, "provider == 'ALD'", -1)) == {LOST: 1.0}
    plan = plan_of(formulation, "both wait")
    waits = plan.entries["provider"].isna()
    assert broken(plan, plan.entries[~waits]) == {LOST: 1.0}


@by_each_formulation
def test_only_so_many_leave_as_removals_say(formulation):
    """Two leave Alder's list, and no other patient may be missing."""
    plan = plan_of(formulation, "joined and left")
    wait = "provider.isna() and referred == 2"
    assert broken(plan, more(plan, wait, -1)) == {LOST: 1.0}
    nobody = plan.system.replace(removals=None)
    assert broken(plan, system=nobody) == {LOST: 2.0}


@by_each_formulation
def test_one_invented_makes_up_for_nobody_lost(formulation):
    """A patient of 40 weeks cannot become one of 41, though the sum is the same."""
    plan = plan_of(formulation)
    assert broken(plan, changed(plan, "provider == 'BIR'", weeks_waiting=41)) == {
        ("nobody is invented", "ALD, C_110, 41, 0"): 1.0,
        LOST: 1.0,
    }
    late = broken(plan, changed(plan, "period == 2", referred=2))
    assert late["nobody is invented", "ALD, C_110, 40, 2"] > 0
    assert LOST in late


def test_the_first_five_lists_with_too_many_are_named():
    """Of six waits with a patient too many, five; and they are those with the shortest waits."""
    system = two_trusts(
        waiting=pd.DataFrame(
            {"origin": "ALD", "service": HIPS, "weeks_waiting": range(40, 46), "patients": 1}
        )
    )
    plan = ma.optimise(system)
    found = broken(plan, plan.entries.assign(patients=2))
    assert [where for rule, where in found if rule == "nobody is invented"] == [
        f"ALD, C_110, {week}, 0" for week in range(40, 45)
    ]


@by_each_formulation
@pytest.mark.parametrize("count", [0, -1])
def test_rows_of_nobody_are_seen(formulation, count):
    """Two at Birch and none, or fewer, at Alder are as many as one each: nobody can be less."""
    plan = plan_of(formulation, "both wait")
    extra = plan.entries.iloc[[0]].assign(patients=count)
    table = pd.concat([more(plan, "provider == 'BIR' and moved", -count), extra])
    table = table.reset_index(drop=True)
    assert broken(plan, table) == {("counts are positive", "all lists"): 1.0}


@by_each_formulation
def test_nobody_leaves_before_those_who_have_waited_less(formulation):
    """Two of ten weeks leave one list and one of fifty the other: nobody else may be missing."""
    plan = plan_of(formulation, "long waits leave")

    def with_counts(**counts):
        table = plan.entries.copy()
        for name, count in counts.items():
            table.loc[table["weeks_waiting"] == int(name[1:]), "patients"] = count
        return broken(plan, table)

    assert with_counts(w60=5, w50=2, w10=2) == {}
    # The longest leave in place of the shortest: one of them, or two.
    assert with_counts(w60=4, w10=3) == {(LONGER, "ALD, C_110, P2, 60"): 1.0}
    assert with_counts(w60=3, w10=4) == {(LONGER, "ALD, C_110, P2, 60"): 2.0}
    # Who has waited 54 weeks when the second period starts has waited 50 at the census.
    assert with_counts(w55=1, w50=3) == {(LONGER, "ALD, C_110, P4, 55"): 1.0}
    # One leaves the one list where one was to leave the other.
    assert with_counts(w50=1, w10=3) == {(LONGER, "ALD, C_110, P4, 50"): 1.0}
    assert with_counts(w50=3, w10=1) == {(LONGER, "ALD, C_110, P2, 10"): 1.0}


def test_lists_of_the_same_wait_are_lists_apart():
    """One of P4 leaves; it is seen if one of P2, who has waited as long, left instead."""
    columns = ("origin", "weeks_waiting", "patients", "priority")
    waiting = rows(("ALD", 40, 2, "P2"), ("ALD", 40, 2, "P4"), columns=columns)
    leaving = rows(("ALD", 40, 1, "P4"), columns=columns).assign(period=1)
    system = two_trusts(waiting=waiting, slots=(0, 1), minutes=500.0, removals=leaving)
    plan = ma.optimise(system)
    assert broken(plan) == {}
    other = plan.entries.assign(
        patients=plan.entries["priority"].astype(str).map({"P2": 1, "P4": 2})
    )
    assert broken(plan, other) == {(LONGER, "ALD, C_110, P2, 40"): 1.0}


def test_the_first_five_lists_that_too_long_a_waiter_left_are_named():
    """Of six lists from each of which somebody of 60 weeks left in place of one of 10."""
    names = [f"P{n}" for n in range(1, 7)]
    leaving = pd.DataFrame(
        {
            "origin": "ALD",
            "service": HIPS,
            "priority": names,
            "period": 1,
            "weeks_waiting": 10,
            "patients": 1,
        }
    )
    listed = [leaving.assign(weeks_waiting=w, patients=2).drop(columns="period") for w in (60, 10)]
    system = two_trusts(waiting=pd.concat(listed), slots=(0, 1), minutes=500.0, removals=leaving)
    plan = ma.optimise(system)
    counts = plan.entries["weeks_waiting"].map({60: 1, 10: 2})
    found = broken(plan, plan.entries.assign(patients=counts))
    assert found == {(LONGER, f"ALD, C_110, {name}, 60"): 1.0 for name in names[:5]}


@by_each_formulation
def test_nobody_is_treated_before_referral_or_before_the_first_period(formulation):
    """Two who are referred in period 2 are treated in period 1; somebody in period 0."""
    plan = plan_of(formulation, "joined and left")
    early = broken(plan, changed(plan, "referred == 2", period=1, provider="BIR"))
    assert early["nobody is treated before referral", "all lists"] == 2.0
    early = broken(plan, changed(plan, "period == 1 and provider == 'ALD'", period=0))
    assert early["nobody is treated before referral", "all lists"] == 2.0
    on_time = broken(plan, changed(plan, "referred == 2", period=2, provider="BIR"))
    assert ("nobody is treated before referral", "all lists") not in on_time


@by_each_formulation
@pytest.mark.parametrize(
    ("slots", "over"),
    [
        ({("BIR", 1): 3}, {("no more treatments than slots", "BIR, C_110, 1"): 1.0}),
        ({("BIR", 2): 0}, {("no more treatments than slots", "BIR, C_110, 2"): 2.0}),
        # As many slots in all, in another period.
        (
            {("BIR", 1): 2, ("BIR", 2): 4},
            {("no more treatments than slots", "BIR, C_110, 1"): 2.0},
        ),
        # Another trust's slots are no help.
        (
            {("ALD", 1): 9, ("BIR", 1): 0},
            {("no more treatments than slots", "BIR, C_110, 1"): 4.0},
        ),
        ({("BIR", 1): 4, ("BIR", 2): 2}, {}),
    ],
)
def test_each_provider_treats_within_its_slots_of_each_period(formulation, slots, over):
    """Four go to Birch in the first period and two in the second."""
    plan = plan_of(formulation, "all go")
    capacity = plan.system.capacity
    keys = zip(capacity["provider"], capacity["period"], strict=True)
    now = [slots.get(key, n) for key, n in zip(keys, capacity["slots"], strict=True)]
    assert broken(plan, system=plan.system.replace(capacity=capacity.assign(slots=now))) == over


@by_each_formulation
@pytest.mark.filterwarnings("ignore:nobody:mutualaid.InputWarning")
def test_slots_of_one_service_are_no_slots_of_another(formulation):
    """What Birch has for knees is no help to hips; where it has none listed, it has none."""
    plan = plan_of(formulation, "all go")
    capacity = plan.system.capacity
    birch = (capacity["provider"] == "BIR").to_numpy()
    knees = pd.concat([capacity, capacity[birch].astype({"service": object}).assign(service=KNEES)])
    knees.iloc[np.flatnonzero(birch), knees.columns.get_loc("slots")] = 0
    over = {
        ("no more treatments than slots", "BIR, C_110, 1"): 4.0,
        ("no more treatments than slots", "BIR, C_110, 2"): 2.0,
    }
    assert broken(plan, system=plan.system.replace(capacity=knees)) == over
    none = capacity[~birch].assign(slots=9)
    with_both = plan.system.replace(capacity=pd.concat([none, knees.tail(2)]))
    assert broken(plan, system=with_both) == over


def test_what_is_done_in_lent_rooms_takes_none_of_the_own_slots():
    """Alder's team does two at home and three at Birch: two slots are enough, and one is not."""
    plan = plan_of("chain", "two trusts")
    own = plan.entries.assign(site=plan.entries["provider"])
    assert broken(plan, own) == {}
    full = more(plan, "provider == 'ALD' and period == 1")
    over = ("no more treatments than slots", "ALD, C_110, 1")
    assert broken(plan, full.assign(site=full["provider"]))[over] == 1.0
    at_birch = full.assign(site=full["provider"])
    at_birch.loc[(full["provider"] == "ALD") & (full["period"] == 1), "site"] = "BIR"
    assert over not in broken(plan, at_birch)


POOL = "no more of a pool than there is"


@by_each_formulation
@pytest.mark.parametrize(
    ("theatre", "over"),
    [
        ({("ALD", 1): 299.999}, {(POOL, "ALD, theatre, 1"): 0.001}),
        # Amounts are kept to a thousandth.
        ({("ALD", 1): 299.9994}, {(POOL, "ALD, theatre, 1"): 0.001}),
        ({("ALD", 1): 299.9996}, {}),
        ({("BIR", 2): 120.0}, {(POOL, "BIR, theatre, 2"): 60.0}),
        ({("BIR", 1): None}, {(POOL, "BIR, theatre, 1"): 180.0}),
        ({("BIR", 1): 0.0, ("BIR", 2): 360.0}, {(POOL, "BIR, theatre, 1"): 180.0}),
        # Who lists no pool at all is not limited by one.
        ({("BIR", 1): None, ("BIR", 2): None}, {}),
    ],
)
def test_each_provider_treats_within_its_pools(formulation, theatre, over):
    """Five at Alder and three at Birch in each period take 300 and 180 minutes of theatre."""
    plan = plan_of(formulation, "theatres")
    treated = plan.treatments.groupby(["provider", "period"], observed=True)["patients"].sum()
    assert treated.to_dict() == {("ALD", 1): 5, ("ALD", 2): 5, ("BIR", 1): 3, ("BIR", 2): 3}
    pools = plan.system.pools
    keys = zip(pools["provider"], pools["period"], strict=True)
    now = [theatre.get(key, n) for key, n in zip(keys, pools["amount"], strict=True)]
    pools = pools.assign(amount=pd.array(now, dtype="Float64")).dropna(subset="amount")
    system = plan.system.replace(pools=pools.astype({"amount": float}))
    assert broken(plan, system=system) == over


@by_each_formulation
def test_a_patient_may_use_more_at_one_place_than_at_another(formulation):
    """An hour at Alder and 61.5 minutes at Birch: three there are 4.5 minutes too many."""
    plan = plan_of(formulation, "theatres")
    usage = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "service": HIPS, "pool": "theatre", "amount": [60.0, 61.5]}
    )
    assert broken(plan, system=plan.system.replace(usage=usage)) == {
        (POOL, "BIR, theatre, 1"): 4.5,
        (POOL, "BIR, theatre, 2"): 4.5,
    }


@by_each_formulation
@pytest.mark.parametrize(("minutes", "over"), [(60.0004, 0), (60.0006, 0.005)])
def test_what_a_patient_uses_is_kept_to_a_thousandth(formulation, minutes, over):
    """Five at Alder take 300 minutes, or five thousandths more."""
    plan = plan_of(formulation, "theatres")
    usage = pd.DataFrame({"service": [HIPS], "pool": ["theatre"], "amount": [minutes]})
    found = broken(plan, system=plan.system.replace(usage=usage))
    assert found.get((POOL, "ALD, theatre, 1"), 0) == over


@by_each_formulation
def test_a_system_without_pools_or_usage_has_no_such_limit(formulation):
    """Slots alone."""
    plan = plan_of(formulation, "theatres")
    assert broken(plan, system=plan.system.replace(pools=None, usage=None)) == {}


def costs(plan, table=None, cost=None, policy=None):
    """By how many harm-weeks the cost that is claimed is off."""
    found = plan_audit.violations(
        plan.system,
        plan.policy if policy is None else policy,
        plan.entries if table is None else table,
        plan.certificate.cost if cost is None else cost,
    )
    return found.loc[found["rule"] == COST, "amount"].sum()


@by_each_formulation
def test_the_cost_is_worked_out_again(formulation):
    """A thousandth of a harm-week too much or too little is seen."""
    plan = plan_of(formulation, "joined and left")
    assert costs(plan) == 0
    assert costs(plan, cost=plan.certificate.cost + 1) == 0.001
    assert costs(plan, cost=plan.certificate.cost - 1) == 0.001


@by_each_formulation
@pytest.mark.parametrize(
    ("where", "values", "off"),
    [
        # Six minutes more, for one patient, at a harm-week an hour.
        ("moved and period == 1", {"extra_minutes": 36.0}, 0.1),
        # The trouble of a move counts half a harm-week, and only of a move.
        ("moved and period == 1", {"moved": False}, 0.5),
        ("not moved and period == 1", {"moved": True}, 1.0),
        # Two are treated four weeks later, in weeks that count one each.
        ("not moved and period == 1", {"period": 2}, 8.0),
        # One waits four weeks more and the thirteen after the horizon.
        ("moved and period == 2", {"period": 3}, 17.0),
        # A week on the clock before the census was borne already.
        ("not moved and period == 2", {"weeks_waiting": 39}, 0.0),
    ],
)
def test_whatever_the_cost_is_made_of_counts(formulation, where, values, off):
    """Travel, the trouble of moving, and each week of waiting."""
    plan = plan_of(formulation, "joined and left", harm=ma.harm.person_weeks())
    assert costs(plan, changed(plan, where, **values)) == pytest.approx(off)


def test_the_cost_knows_who_bears_what():
    """A week counts five times as much for P2, and the table's own labels say who is P2."""
    curve = ma.harm.from_function(lambda _week, who: 5.0 if who == "P2" else 1.0, by="priority")
    waiting = pd.DataFrame(
        {
            "origin": "ALD",
            "service": HIPS,
            "priority": ["P2", "P4"],
            "weeks_waiting": [5, 9],
            "patients": [3, 2],
        }
    )
    plan = ma.optimise(
        two_trusts(waiting=waiting, slots=(0, 1), minutes=500.0), ma.Policy(harm=curve)
    )
    # Whoever waits does so for four weeks and thirteen more.
    assert plan.objective == 3 * 17 * 5 + 2 * 17
    assert costs(plan) == 0
    urgent = changed(plan, "priority == 'P4'", patients=3)
    assert costs(plan, urgent) == 17
    assert costs(plan, changed(plan, "priority == 'P2'", patients=2)) == 17 * 5


def test_the_weeks_after_the_horizon_count_as_the_policy_says():
    """Fourteen in place of thirteen: a week more for everybody who still waits."""
    plan = plan_of("chain", "both wait", harm=ma.harm.person_weeks())
    assert costs(plan, policy=plan.policy.replace(tail_weeks=14)) == 1
    assert costs(plan, policy=plan.policy.replace(move_weeks=0.7)) == pytest.approx(5 * 0.2)
    assert costs(plan, policy=plan.policy.replace(weeks_per_hour=2)) == pytest.approx(5 * 0.5)
