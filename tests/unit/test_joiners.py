"""Patients who join a list with weeks on their clock, and who leave it after so many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.audit import plan_audit
from mutualaid.data.removal_order import Leavers, leave
from mutualaid.simulation import Noise, PlanOnce, Replanned, replay
from mutualaid.studies.mean_system import mean_system

HERE = {"origin": "ALD", "service": "C_110"}


def rows(**columns):
    return pd.DataFrame({**HERE, **columns})


def alder(waiting, slots=(1, 1), birch=0, minutes=20.0, **more):
    """Alder's list, its slots in each period, and as many of Birch's in every one."""
    periods = len(slots)
    return ma.System(
        rows(weeks_waiting=list(waiting), patients=list(waiting.values())),
        pd.DataFrame(
            [("ALD", "C_110", t + 1, n) for t, n in enumerate(slots)]
            + [("BIR", "C_110", t + 1, birch) for t in range(periods)],
            columns=["provider", "service", "period", "slots"],
        ),
        pd.DataFrame({"origin": ["ALD"], "provider": ["BIR"], "minutes": [minutes]}),
        periods=periods,
        **more,
    )


def joins(period, weeks, patients):
    return rows(period=[period], weeks_waiting=[weeks], patients=[patients])


def left(system):
    """How many stay of each lot: by weeks at the census and period of referral."""
    table = ma.optimise(system, formulation="ageing").entries
    return table.groupby(["weeks_waiting", "referred"])["patients"].sum().to_dict()


def test_three_join_in_the_second_month_with_thirty_weeks_on_their_clock():
    """They are over 18 weeks on the day they join, and not on the list before."""
    plan = ma.optimise(alder({60: 5}, slots=(1, 5), referrals=joins(2, 30, 3)))
    assert repr(plan.system).startswith("System: 5 patients waiting at 1 of 2 providers, 3 to be")
    joined = plan.treatments[plan.treatments["weeks_waiting"] == 26]
    assert joined["weeks_at_treatment"].tolist() == [30]
    assert joined["patients"].tolist() == [1]
    sizes = [plan.measures(by=None, period=t).iloc[0] for t in (1, 2)]
    assert [row["list_size_before"] for row in sizes] == [5, 7]
    assert [row["over_18_before"] for row in sizes] == [5, 7]
    assert plan.remaining["weeks_at_end"].tolist() == [34]


def test_two_of_those_with_sixty_weeks_leave_in_the_first_month():
    """Of five with 60 weeks three are left; the four with 10 weeks all stay."""
    system = alder({60: 5, 10: 4}, removals=joins(1, 60, 2))
    assert left(system) == {(60, 0): 3, (10, 0): 4}
    assert left(alder({60: 5, 10: 4}, removals=rows(period=[1], patients=[2]))) == {
        (60, 0): 5,
        (10, 0): 2,
    }


def test_who_leaves_later_has_waited_so_long_by_then():
    """Sixty-four weeks at the start of the second month are sixty at the census."""
    assert left(alder({60: 5, 64: 4}, removals=joins(2, 64, 2))) == {(60, 0): 3, (64, 0): 4}


def test_who_joins_may_leave_in_the_month_in_which_it_joins():
    """Of two lots that have waited alike the newer leaves first."""
    system = alder({26: 2}, referrals=joins(2, 30, 3), removals=joins(2, 30, 4))
    assert left(system) == {(26, 0): 1}


@pytest.mark.parametrize("table", ["referrals", "removals"])
@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        ([30, None], "weeks_waiting: is missing"),
        ([30, -1], "weeks_waiting: is below 0"),
        ([30, 2.5], "weeks_waiting: is not a whole number"),
        ([30, 6000], "weeks_waiting: is over 5,200"),
        (["30", "many"], "weeks_waiting: holds string"),
        ([30, 30], "these rows stand for the same thing"),
    ],
)
def test_weeks_that_cannot_be_used_are_told(table, weeks, said):
    """A gap is not a new clock; the same wait twice is two rows for one thing."""
    bad = rows(period=[1, 1], weeks_waiting=weeks, patients=[1, 1])
    with pytest.raises(ma.InputError, match=said):
        alder({60: 5, 30: 2}, **{table: bad})


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_no_weeks_on_the_clock_are_a_new_clock(formulation):
    """A column of zeros gives the plan that no column gives, byte for byte."""
    new = rows(period=[1, 2, 3], patients=[2, 1, 2])
    plans = [
        ma.optimise(
            alder({60: 2, 3: 2}, slots=(1, 1, 2), birch=1, referrals=table),
            formulation=formulation,
        )
        for table in (new, new.assign(weeks_waiting=0))
    ]
    one, other = (plan.entries.to_csv() for plan in plans)
    assert one == other
    assert plans[0].model.means.kind.tolist() == plans[1].model.means.kind.tolist()


def test_the_newest_leave_where_nobody_has_waited_so_long_and_it_is_told():
    """Three of 40 weeks are asked for, and one is there: of the younger the youngest leave."""
    with pytest.warns(
        ma.InputWarning, match="2 of the removals find nobody who has waited just so"
    ):
        system = alder({60: 5, 40: 1, 20: 2, 10: 1}, removals=joins(1, 40, 3))
    assert left(system) == {(60, 0): 5, (20, 0): 1}


def test_no_removal_takes_a_patient_who_has_waited_longer_than_it_says():
    """Who is there has waited 60 weeks, and the leavers 40: nobody leaves, and it is told."""
    with pytest.warns(
        ma.InputWarning, match="2 of the removals find nobody left to remove: who is"
    ):
        system = alder({60: 5}, removals=joins(1, 40, 2))
    assert left(system) == {(60, 0): 5}


def test_the_order_in_which_rows_are_taken_does_not_matter():
    """Who has waited just so long leaves first, in every row, before younger ones take a place."""
    leaving = rows(period=[1, 1, 1], weeks_waiting=[60, 40, 20], patients=[3, 1, 2])
    for table in (leaving, leaving.iloc[::-1]):
        with pytest.warns(ma.InputWarning, match="2 of the removals find nobody who"):
            system = alder({60: 2, 40: 1, 20: 1, 10: 1, 5: 1}, removals=table)
        # One of the three and one of the two find nobody of their wait; the youngest two leave.
        assert left(system) == {}


def test_a_changed_list_is_held_against_the_removals_anew():
    """`replace` warns of leavers who find nobody in the new list, and of none that do."""
    system = alder({60: 5}, removals=joins(2, 64, 2))
    shorter = rows(weeks_waiting=[60], patients=[1])
    with pytest.warns(ma.InputWarning, match="1 of the removals find nobody left"):
        system.replace(waiting_list=shorter)


def test_removals_of_several_lists_at_once_are_each_taken_from_their_own():
    """Two lists, two waits each: the ones of one list never make up for the other's."""
    two = np.array([0, 0, 1, 1])
    asked = Leavers(
        pool=np.array([1, 0, 0]),
        period=np.array([1, 1, 1]),
        weeks=np.array([50, 50, 50]),
        patients=np.array([4, 1, 1]),
    )
    found = leave(two, np.array([5, 50, 5, 50]), np.array([3, 1, 1, 2]), asked.of(1))
    assert found.taken.tolist() == [1, 1, 1, 2]
    assert (found.younger, found.nobody) == (2, 1)


def test_who_joins_bears_harm_from_that_day_on_at_the_rate_of_its_wait():
    """Three with 30 weeks, four weeks at 2 and, from week 34 on, four and thirteen more."""
    policy = ma.Policy(harm=ma.harm.from_table({"weeks_waiting": [0, 34], "rate": [2.0, 10.0]}))
    plan = ma.optimise(alder({}, slots=(1, 0, 0), referrals=joins(2, 30, 3)), policy)
    assert plan.harm_weeks == 3 * (4 * 2 + (4 + 13) * 10)


def test_who_has_waited_long_enough_elsewhere_may_move_on_the_day_of_joining():
    """The least wait counts the weeks on the clock; whose clock is new stays at home."""
    policy = ma.Policy(min_weeks_to_move=18, move_weeks=0.0)
    for weeks, moves in ((17, 0), (18, 2)):
        system = alder({}, slots=(0, 0), birch=1, referrals=joins(1, weeks, 3))
        plan = ma.optimise(system, policy)
        assert plan.moves["patients"].sum() == moves + (weeks == 17)


def test_a_count_of_who_is_left_would_not_do():
    """Who waits 10 weeks now, or who joins with 60: whom to leave depends on when the slot is."""
    policy = ma.Policy(tail_weeks=0)
    for slots, who in (((1, 0), 56), ((0, 1), 10)):
        system = alder({10: 1}, slots=slots, referrals=joins(2, 60, 1))
        plans = [ma.optimise(system, policy, formulation=how) for how in ("chain", "ageing")]
        assert plans[0].certificate.cost == plans[1].certificate.cost
        for plan in plans:
            assert plan.remaining["weeks_waiting"].tolist() == [who]


def test_where_all_orders_cost_the_same_the_longest_waiter_comes_first():
    """A flat rate of harm leaves it open who is treated; the plan does not."""
    policy = ma.Policy(harm=ma.harm.person_weeks())
    system = alder({10: 2}, slots=(0, 1, 1), referrals=joins(2, 60, 2))
    treated = ma.optimise(system, policy, formulation="chain").treatments
    assert treated["weeks_waiting"].tolist() == [56, 56]


def test_strands_are_fewer_than_lots():
    """A list of a hundred waits, joined by five each month: a few chains, not a node for each."""
    long = dict.fromkeys(range(100), 1)
    coming = pd.concat([joins(t, w, 1) for t in range(1, 7) for w in (0, 5, 20, 40, 80)])
    system = alder(long, slots=(5,) * 6, birch=3, referrals=coming)
    chain, ageing = (ma.build(system, formulation=how) for how in ("chain", "ageing"))
    assert chain.network.nodes * 5 < ageing.network.nodes
    assert chain.solve().certificate.cost == ageing.solve().certificate.cost
    assert "chains, 0 ageing" in repr(chain)
    names = chain.arcs["name"]
    assert names.is_unique


def test_the_audit_finds_who_left_after_a_longer_wait_than_was_said():
    """A plan from which two of 60 weeks are gone, where two of 10 were to leave."""
    system = alder({60: 5, 10: 4}, slots=(0, 0), birch=1, minutes=500.0, removals=joins(1, 10, 2))
    plan = ma.optimise(system)
    table = plan.entries.copy()
    table["patients"] = table["patients"].where(table["weeks_waiting"] != 60, 3)
    table["patients"] = table["patients"].where(table["weeks_waiting"] != 10, 4)
    table["harm"] = 0
    found = plan_audit.violations(system, plan.policy, table, 0)
    rule = found[found["rule"] == "nobody leaves who has waited longer than removals say"]
    assert rule["amount"].tolist() == [2.0]
    assert rule["where"].tolist() == ["ALD, C_110, 60"]
    assert plan.violations().empty


def test_a_tenth_more_referrals_are_a_tenth_more_whatever_their_waits():
    """Rows of one patient each are not all rounded away."""
    coming = pd.concat([joins(t, w, 1) for t in (1, 2) for w in range(10)])
    system = alder({60: 5}, referrals=coming)
    for factor, expected in ((1.1, 22), (0.5, 10)):
        changed, _ = ma.studies.changes.Referrals(factor=factor).apply(system, ma.Policy())
        assert changed.referrals["patients"].sum() == expected


def test_the_mean_of_several_futures_has_as_many_who_join():
    """Half of twenty rows of one are ten; a future without weeks has new clocks."""
    coming = pd.concat([joins(t, w, 1) for t in (1, 2) for w in range(10)])
    system = alder({60: 5}, referrals=coming)
    none = system.replace(referrals=system.referrals.assign(patients=0))
    mean = mean_system([system, none], np.array([1, 1]))
    assert mean.referrals["patients"].sum() == 10
    new = system.replace(referrals=rows(period=[1], patients=[4]))
    both = mean_system([system, new], np.array([1, 1]))
    assert both.referrals["patients"].sum() == 12


def test_a_share_of_who_joins_leaves_with_the_same_wait():
    """All leave who join: nobody of the list does."""
    coming = pd.concat([joins(1, 0, 2), joins(2, 30, 3)])
    system = alder({60: 5, 10: 4}, referrals=coming)
    changed, _ = ma.studies.changes.RemovalShare(share=1.0).apply(system, ma.Policy())
    assert left(changed) == {(60, 0): 5, (10, 0): 4}
    some = system.replace(removals=rows(period=[1], patients=[2]))
    mean = mean_system([some, changed], np.array([1, 1]))
    assert "weeks_waiting" not in mean.removals


def test_without_chance_a_replay_does_what_the_plan_says():
    """Also for who joins with weeks on the clock, whom a new plan each month has at their wait."""
    system = alder({60: 2, 3: 4}, slots=(1, 1, 2), birch=1, referrals=joins(3, 40, 3))
    plan = ma.optimise(system, ma.Policy(move_weeks=0.0))
    told = replay(plan, [PlanOnce(), Replanned()], noise=Noise.none(), seeds=[0])
    harm = told.runs.groupby("policy")["harm_weeks"].first()
    assert harm.to_numpy() == pytest.approx(plan.harm_weeks)


def test_scenarios_and_stages_know_who_joins_with_weeks_on_the_clock():
    """One future, decided in two stages, costs what the best plan costs."""
    system = alder({10: 2}, slots=(1, 1), birch=1, referrals=joins(2, 60, 2))
    best = ma.optimise(system)
    few = [ma.studies.Scenario("as expected"), ma.studies.Scenario("once more")]
    assert ma.studies.two_stage(system, scenarios=few, commit=1).objective == pytest.approx(
        best.objective
    )
    assert ma.studies.refill(best, by="origin")["referrals"].tolist()[0] == pytest.approx(2 / 8)


def test_a_list_of_named_patients_may_all_leave():
    """Of three patients with 20 weeks all leave: nobody is offered anything, and nobody is lost."""
    who = pd.DataFrame(
        {**HERE, "patient_id": list("abc"), "weeks_waiting": [20] * 3, "consent": ["yes"] * 3}
    )
    rest = alder({20: 3}, birch=1)
    patients = ma.PatientList(who)
    system = ma.System(
        patients, rest.capacity, rest.travel, removals=joins(1, 20, 3), periods=rest.periods
    )
    named = ma.optimise(system).patients(patients)
    assert sorted(named["patient_id"]) == ["a", "b", "c"]
    assert not (named["decision"] == "offer").any()
