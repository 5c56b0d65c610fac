"""The audit looks at each move again: each rule and each cap is broken once, alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from audited import HIPS, KNEES, broken, by_each_formulation, changed, plan_of, rows
from hospitals import two_trusts

import mutualaid as ma

FAR = "nobody is sent further than allowed"
MILES = "nobody is sent further than so many miles"
PRIORITY = "only movable priorities move"
OUT, IN = "no more moves out than allowed", "no more moves in than allowed"
SHARE = "no more of a queue moves than its share"


def claimed(formulation, case="all go", **rules):
    """What a plan breaks of a policy that it was not made for."""
    plan = plan_of(formulation, case)
    return broken(plan, policy=plan.policy.replace(**rules))


@by_each_formulation
@pytest.mark.parametrize(
    ("rules", "over"),
    [
        ({"max_minutes": 29.9}, {(FAR, "moves"): 6.0}),
        ({"max_minutes": 30}, {}),
        ({"max_miles": 1000}, {(MILES, "moves"): 6.0}),
        # Those treated in the second period have waited four weeks more.
        ({"min_weeks_to_move": 45}, {("nobody moves before the least wait", "moves"): 6.0}),
        ({"min_weeks_to_move": 41}, {("nobody moves before the least wait", "moves"): 4.0}),
        ({"min_weeks_to_move": 40}, {}),
        ({"notice_weeks": 5}, {("nobody moves before proper notice", "moves"): 6.0}),
        ({"notice_weeks": 4}, {("nobody moves before proper notice", "moves"): 4.0}),
        ({"notice_weeks": 1}, {("nobody moves before proper notice", "moves"): 4.0}),
        ({"forbidden_lanes": [{"origin": "ALD"}]}, {("no forbidden lane", "moves"): 6.0}),
        ({"forbidden_lanes": [{"origin": "ALD", "provider": "ALD"}]}, {}),
        ({"forbidden_lanes": [{"origin": "BIR"}]}, {}),
        (
            {"forbidden_lanes": [{"origin": "BIR"}, {"provider": "BIR"}]},
            {("no forbidden lane", "moves"): 6.0},
        ),
        ({"allowed_lanes": [{"origin": "BIR"}]}, {("only allowed lanes", "moves"): 6.0}),
        ({"allowed_lanes": [{"origin": "BIR"}, {"provider": "BIR"}]}, {}),
        # An empty cell fits everything.
        ({"allowed_lanes": pd.DataFrame({"origin": ["ALD"], "provider": [None]})}, {}),
        (
            {"forbidden_lanes": pd.DataFrame({"origin": [np.nan], "service": [HIPS]})},
            {("no forbidden lane", "moves"): 6.0},
        ),
    ],
)
def test_each_rule_for_moves_is_checked_alone(formulation, rules, over):
    """Alder's six go to Birch, half an hour away: four at once, two a month later."""
    assert claimed(formulation, **rules) == over


@by_each_formulation
def test_a_way_that_no_table_says_is_within_no_limit(formulation):
    """Birch's own way to Alder is there, Alder's to Birch is not."""
    plan = plan_of(formulation, "all go")
    travel = plan.system.travel
    back = travel[(travel["origin"] == "BIR").to_numpy()]
    lists = plan.system.waiting_list, plan.system.capacity
    with pytest.warns(ma.InputWarning):
        lost = ma.System(*lists, back, periods=2, unlisted="unreachable")
    assert broken(plan, system=lost) == {(FAR, "moves"): 6.0}
    assert broken(plan, system=lost, policy=plan.policy.replace(max_minutes=np.inf)) == {
        (FAR, "moves"): 6.0
    }


@by_each_formulation
@pytest.mark.parametrize("who", ["ALD", "BIR"])
def test_a_move_to_nowhere_is_within_no_limit(formulation, who):
    """Whoever is said to move, and nobody knows where to."""
    plan = plan_of(formulation, "both wait")
    table = changed(plan, f"origin == '{who}' and period == 1", moved=True, provider=None)
    count = plan.entries.query(f"origin == '{who}' and period == 1")["patients"].iloc[0]
    assert broken(plan, table)[FAR, "moves"] == count


@by_each_formulation
def test_miles_are_those_of_the_way_that_is_gone(formulation):
    """Twenty miles there; what the way back is said to be does not count."""
    plan = plan_of(formulation, "all go")
    travel = plan.system.travel
    there = (travel["origin"] == "ALD").to_numpy()
    for miles, limit, over in ((20.0, 20, 0), (20.5, 20, 6), (np.nan, 20, 6), (np.nan, np.inf, 0)):
        system = plan.system.replace(travel=travel.assign(miles=np.where(there, miles, 21.0)))
        found = broken(plan, system=system, policy=plan.policy.replace(max_miles=limit))
        assert found == ({(MILES, "moves"): over} if over else {})


@by_each_formulation
def test_who_stays_keeps_no_rule_for_moves(formulation):
    """A plan in which nobody moves breaks none of them."""
    plan = ma.optimise(
        two_trusts(slots=(9, 9), waiting=rows(("ALD", 40, 6))), formulation=formulation
    )
    strict = plan.policy.replace(
        max_minutes=1,
        max_miles=1,
        min_weeks_to_move=99,
        notice_weeks=9,
        allowed_lanes=[{"origin": "BIR"}],
        max_out=0,
        max_in=0,
        max_moves=0,
        max_lanes=0,
        max_share_moved=0.0,
        ramp=[0],
    )
    assert broken(plan, policy=strict) == {}


@by_each_formulation
def test_nobody_moves_home(formulation):
    """Two treated at Alder are called moves."""
    plan = plan_of(formulation)
    table = changed(plan, "provider == 'ALD' and period == 2", moved=True)
    assert broken(plan, table)["nobody moves home", "moves"] == 2.0


@by_each_formulation
@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_services_without_a_name_and_cancer_pathways_move_only_where_the_policy_says_so(
    formulation,
):
    """Six of X01 at once, of whom two are on a cancer pathway."""
    waiting = rows(("ALD", 40, 4, False), ("ALD", 40, 2, True), service="X01", columns=CANCER)
    system = two_trusts(waiting=waiting, slots=(0, 9), service="X01")
    policy = ma.Policy(move_mixed_services=True, move_cancer=True)
    plan = ma.optimise(system, policy, formulation=formulation)
    assert broken(plan) == {}
    no_mixed = plan.policy.replace(move_mixed_services=False)
    assert broken(plan, policy=no_mixed) == {("mixed services do not move", "moves"): 6.0}
    no_cancer = plan.policy.replace(move_cancer=False)
    assert broken(plan, policy=no_cancer) == {("cancer pathways do not move", "moves"): 2.0}


CANCER = ("origin", "weeks_waiting", "patients", "cancer")


@by_each_formulation
@pytest.mark.parametrize(
    ("movable", "over"),
    [(("P3", "P4"), 0), (("P2", "P3", "P4"), 0), (("P4",), 2), (("P2",), 4), ((), 4)],
)
def test_only_movable_priorities_move(formulation, movable, over):
    """Two of P3 and two of P4 move."""
    found = claimed(formulation, "priorities", movable_priorities=movable)
    assert found == ({(PRIORITY, "moves"): over} if over else {})


@by_each_formulation
@pytest.mark.parametrize("priority", ["P1", "P5", "P6"])
def test_some_priorities_never_move_whatever_a_policy_was_made_to_say(formulation, priority):
    """No policy can be made that names them; the audit does not rely on that."""
    plan = plan_of(formulation, "priorities")
    policy = plan.policy.replace()
    object.__setattr__(policy, "movable_priorities", (priority, "P3", "P4"))
    who = f"priority == '{priority}'"
    table = changed(plan, who, moved=True, provider="BIR")
    assert broken(plan, table, policy=policy) == {(PRIORITY, "moves"): 2.0}


@by_each_formulation
def test_who_has_no_priority_may_move(formulation):
    """Services that use none are written with none; who has one that is not known stays."""
    columns = ("origin", "weeks_waiting", "patients", "priority")
    waiting = rows(("ALD", 40, 3, "none"), ("ALD", 40, 2, "P2"), columns=columns)
    plan = ma.optimise(two_trusts(waiting=waiting, slots=(0, 9)), formulation=formulation)
    assert plan.moves["priority"].tolist() == ["none"]
    assert broken(plan) == {}
    everybody = changed(plan, "priority == 'P2'", moved=True, provider="BIR", period=1)
    assert broken(plan, everybody) == {(PRIORITY, "moves"): 2.0}


def cap(*values):
    """At most so many, by provider and period."""
    return pd.DataFrame(list(values), columns=["provider", "period", "patients"])


@by_each_formulation
@pytest.mark.parametrize(
    ("most", "first", "second"),
    [
        (4, 0, 0),
        (3, 1, 0),
        (1, 3, 1),
        (0, 4, 2),
        (cap((None, 1, 4), (None, 2, 1)), 0, 1),
        (cap((None, 1, 1)), 3, 0),
        (cap((None, 2, 0)), 0, 2),
        # The more particular holds: who and when before who, who before when, any before none.
        (cap((None, None, 0), (None, 1, 9), (None, 2, 9)), 0, 0),
        (cap((None, None, 9), (None, 2, 1)), 0, 1),
    ],
)
@pytest.mark.parametrize(("name", "rule", "who"), [("max_out", OUT, "ALD"), ("max_in", IN, "BIR")])
def test_caps_on_moves_out_and_in_hold_in_each_period(
    formulation, name, rule, who, most, first, second
):
    """Four leave Alder for Birch in the first period and two in the second."""
    over = {(rule, f"{who}, period {t}"): n for t, n in ((1, first), (2, second)) if n}
    assert claimed(formulation, **{name: most}) == over


@by_each_formulation
@pytest.mark.parametrize(("name", "rule", "who"), [("max_out", OUT, "ALD"), ("max_in", IN, "BIR")])
def test_the_most_particular_cap_is_the_one_that_holds(formulation, name, rule, who):
    """Who and when, before who, before when, before everybody at all times."""
    stranger = "BIR" if who == "ALD" else "ALD"
    generous, none = 9, 0
    for most, over in (
        (cap((who, 1, generous), (who, None, none)), {2: 2}),
        (cap((who, None, generous), (None, 1, none), (None, None, none)), {}),
        (cap((who, None, none), (None, 1, generous), (None, None, generous)), {1: 4, 2: 2}),
        (cap((stranger, 1, none), (stranger, None, none)), {}),
        (cap((stranger, None, generous), (None, None, 3)), {1: 1}),
    ):
        expected = {(rule, f"{who}, period {t}"): n for t, n in over.items()}
        assert claimed(formulation, **{name: most}) == expected


@by_each_formulation
def test_a_cap_is_on_the_moves_of_all_services_and_lists_together(formulation):
    """Three hips and three knees leave Alder, two short and one long wait each."""
    waiting = pd.DataFrame(
        [("ALD", s, w, n) for s in (HIPS, KNEES) for w, n in ((40, 2), (60, 1))],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [("BIR", s, 1, 3) for s in (HIPS, KNEES)],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["BIR"], "minutes": [30.0]})
    system = ma.System(waiting, capacity, travel, periods=1)
    plan = ma.optimise(system, formulation=formulation)
    for rules, over in (
        ({"max_out": 5}, {(OUT, "ALD, period 1"): 1.0}),
        ({"max_in": 4}, {(IN, "BIR, period 1"): 2.0}),
        ({"max_moves": 5}, {("no more moves than allowed", "period 1"): 1.0}),
        ({"ramp": [2]}, {("no more moves than the ramp allows", "period 1"): 4.0}),
        ({"max_lanes": 1}, {("no more lanes than allowed", "moves"): 1.0}),
        ({"max_lanes": 2, "max_moves": 6, "max_in": 6, "max_out": 6, "ramp": [6]}, {}),
        # Of three of each service two may move; each is a queue of its own.
        ({"max_share_moved": 0.7}, {(SHARE, "ALD, C_110"): 1.0, (SHARE, "ALD, C_130"): 1.0}),
    ):
        assert broken(plan, policy=plan.policy.replace(**rules)) == over


@by_each_formulation
@pytest.mark.parametrize(
    ("ramp", "first", "second"),
    [([4], 0, 0), ([3], 1, 0), ([1], 3, 1), ([1, 2], 3, 0), ([1, 1], 3, 1), ([0, 1, 9], 4, 1)],
)
def test_a_ramp_holds_step_by_step_and_its_last_step_from_then_on(formulation, ramp, first, second):
    """Four move in the first period and two in the second."""
    rule = "no more moves than the ramp allows"
    over = {(rule, f"period {t}"): n for t, n in ((1, first), (2, second)) if n}
    assert claimed(formulation, ramp=ramp) == over


@by_each_formulation
@pytest.mark.parametrize(("most", "first", "second"), [(4, 0, 0), (3, 1, 0), (1, 3, 1), (0, 4, 2)])
def test_no_more_move_in_a_period_than_allowed(formulation, most, first, second):
    """All trusts together."""
    rule = "no more moves than allowed"
    over = {(rule, f"period {t}"): n for t, n in ((1, first), (2, second)) if n}
    assert claimed(formulation, max_moves=most) == over


@by_each_formulation
def test_lanes_are_counted_by_origin_provider_and_service(formulation):
    """From Alder and from Cedar to Birch: two lanes, however many periods and waits."""
    waiting = rows(("ALD", 40, 3), ("ALD", 50, 3), ("CED", 45, 3))
    travel = pd.DataFrame({"origin": ["ALD", "CED"], "provider": "BIR", "minutes": 30.0})
    capacity = two_trusts(periods=2, slots=(0, 5)).capacity
    system = ma.System(waiting, capacity, travel, periods=2)
    plan = ma.optimise(system, formulation=formulation)
    assert plan.moves["period"].nunique() == 2
    assert broken(plan, policy=plan.policy.replace(max_lanes=2)) == {}
    rule = "no more lanes than allowed", "moves"
    assert broken(plan, policy=plan.policy.replace(max_lanes=0)) == {rule: 2.0}
    # A lane is from one origin to one provider: the same way for a single patient counts.
    table = changed(plan, "origin == 'CED'", provider="CED")
    two = plan.policy.replace(max_lanes=2)
    assert broken(plan, table, policy=two)[rule] == 1.0


@by_each_formulation
@pytest.mark.parametrize(
    ("share", "over"), [(0.29, 0), (0.289, 1), (0.28, 1), (0.0, 29), (0.3, 0), (1.0, 0)]
)
def test_a_share_of_a_list_is_rounded_down_to_whole_patients(formulation, share, over):
    """Of a hundred 29 move, though 100 * 0.29 is less than 29 in floating point."""
    assert 100 * 0.29 < 29
    plan = plan_of(formulation, "shares")
    assert int(plan.moves["patients"].sum()) == 29
    found = claimed(formulation, "shares", max_share_moved=share)
    assert found == ({(SHARE, "ALD, C_110"): over} if over else {})


@by_each_formulation
def test_a_share_is_of_who_is_left_and_of_who_joins(formulation):
    """Eight, of whom two leave, and four who join: two of ten move."""
    plan = plan_of(formulation, "joined and left")
    assert int(plan.moves["patients"].sum()) == 2
    for share, over in ((0.2, 0), (0.19, 1), (0.1, 1), (0.09, 2)):
        found = broken(plan, policy=plan.policy.replace(max_share_moved=share))
        assert found == ({(SHARE, "ALD, C_110"): over} if over else {})


@by_each_formulation
def test_a_share_is_of_one_list_and_not_of_another(formulation):
    """Half of P3 and half of P4 may move: two of P3 are one too many, however few of P4 do."""
    plan = plan_of(formulation, "priorities")
    half = plan.policy.replace(max_share_moved=0.5)
    over = {(SHARE, f"ALD, C_110, {p}"): 1.0 for p in ("P3", "P4")}
    assert broken(plan, policy=half) == over
    table = changed(plan, "priority == 'P4'", moved=False, provider="ALD")
    found = broken(plan, table, policy=half)
    assert [k for k in found if k[0] == SHARE] == [(SHARE, "ALD, C_110, P3")]
