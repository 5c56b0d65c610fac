"""Lent rooms are looked at again: each rule about them is broken once, alone."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from audited import HIPS, by_each_formulation, rows
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import lent_rooms_audit, plan_audit

TEAM, ROOM = "no team does more than it can", "no room holds more than it can"
PRICE = "rooms are paid for by whole sessions (harm-weeks)"
SURGE = "surge sites are for closures"


def rooms(*values, **more):
    """So many slots at Birch, by period."""
    table = pd.DataFrame(list(values), columns=["period", "slots"]).assign(site="BIR", **more)
    return table[["site", *[c for c in table.columns if c != "site"]]]


def teams(*values):
    """What Alder's team can do of hips, by period."""
    table = pd.DataFrame(list(values), columns=["period", "slots"])
    return table.assign(provider="ALD", service=HIPS)


@cache
def plan_of(formulation):
    """Of Alder's twelve two are treated at home in each period, and three and two at Birch."""
    estate = ma.Estate(rooms=rooms((1, 3), (2, 9)), teams=teams((1, 9), (2, 4)))
    system = two_trusts(periods=2, slots=(2, 0), waiting=rows(("ALD", 40, 12)), minutes=30.0)
    mode = ma.Resource(lend=estate)
    plan = ma.optimise(system, collaboration=mode, formulation=formulation)
    lent = plan.treatments.query("site != provider")
    assert lent.groupby("period")["patients"].sum().to_dict() == {1: 3, 2: 2}
    return plan


def broken(plan, table=None, *, paid=0, **tables):
    """The rules that a plan breaks, where, and by how much, if the estate had other tables."""
    estate = plan.collaboration.lend
    given = {"rooms": estate.rooms, "teams": estate.teams, "closures": estate.closures, **tables}
    found = lent_rooms_audit.violations(
        plan.system, ma.Estate(**given), plan.entries if table is None else table, paid
    )
    assert found.columns.tolist() == ["rule", "where", "amount"]
    return {(row.rule, row.where): row.amount for row in found.itertuples()}


@by_each_formulation
def test_a_plan_that_is_right_breaks_no_rule_of_rooms(formulation):
    """By its own tables."""
    plan = plan_of(formulation)
    assert broken(plan) == {}
    assert plan.violations().empty


@by_each_formulation
@pytest.mark.parametrize(
    ("team", "over"),
    [
        (((1, 5), (2, 4)), {}),
        (((1, 4), (2, 4)), {(TEAM, "ALD, C_110, 1"): 1.0}),
        (((1, 9), (2, 3)), {(TEAM, "ALD, C_110, 2"): 1.0}),
        # Who is not listed, or listed for less, can do what its own rooms allow.
        (((1, 9),), {(TEAM, "ALD, C_110, 2"): 2.0}),
        (((1, 9), (2, 1)), {(TEAM, "ALD, C_110, 2"): 2.0}),
    ],
)
def test_a_team_that_does_too_much_is_seen(formulation, team, over):
    """Five in all in the first period and four in the second."""
    assert broken(plan_of(formulation), teams=teams(*team)) == over


@by_each_formulation
def test_a_team_that_stays_at_home_is_looked_at_elsewhere(formulation):
    """More at home than there are slots is no matter of rooms, where none is lent."""
    plan = plan_of(formulation)
    table = plan.entries.copy()
    table["site"] = table["provider"]
    assert broken(plan, table, teams=teams((1, 1), (2, 1))) == {}


@by_each_formulation
@pytest.mark.parametrize(
    ("room", "over"),
    [
        ({"rooms": rooms((1, 3), (2, 2))}, {}),
        ({"rooms": rooms((1, 2), (2, 2))}, {(ROOM, "BIR, period 1"): 1.0}),
        ({"rooms": rooms((1, 9), (2, 0))}, {(ROOM, "BIR, period 2"): 2.0}),
        ({"rooms": rooms((1, 9))}, {(ROOM, "BIR, period 2"): 2.0}),
        # Rooms for hips are for hips, rooms for knees are not, and rooms for any are for all.
        ({"rooms": rooms((1, 3), (2, 2), service=HIPS)}, {}),
        (
            {"rooms": rooms((1, 3), (2, 2), service="C_130")},
            {(ROOM, "BIR, period 1"): 3.0, (ROOM, "BIR, period 2"): 2.0},
        ),
        ({"rooms": rooms((1, 2), (1, 1), (2, 2), service=[HIPS, None, None])}, {}),
        (
            {"rooms": rooms((1, 1), (1, 1), (2, 2), service=[HIPS, None, None])},
            {(ROOM, "BIR, period 1"): 1.0},
        ),
        (
            {"rooms": rooms((1, 9), (1, 1), (2, 2), service=["C_130", None, None])},
            {(ROOM, "BIR, period 1"): 2.0},
        ),
    ],
)
def test_a_room_that_holds_too_many_is_seen(formulation, room, over):
    """Three at Birch in the first period and two in the second."""
    assert broken(plan_of(formulation), **room) == over


@by_each_formulation
def test_patients_of_two_services_share_the_rooms_for_any(formulation):
    """Three hips and two knees: two rooms for knees and three for any, or one too few."""
    plan = plan_of(formulation)
    first = (plan.entries["period"] == 1) & (plan.entries["site"] == "BIR")
    knees = plan.entries[first].astype({"service": object}).assign(service="C_130", patients=2)
    both = pd.concat([plan.entries, knees], ignore_index=True)
    able = pd.concat([teams((1, 9), (2, 9)), teams((1, 9)).assign(service="C_130")])
    for many, over in ((3, {}), (2, {(ROOM, "BIR, period 1"): 1.0})):
        told = rooms((1, many), (1, 2), (2, 2), service=[None, "C_130", None])
        assert broken(plan, both, rooms=told, teams=able) == over


@by_each_formulation
@pytest.mark.parametrize(
    ("closed", "over"),
    [
        ([("ALD", 1), ("ALD", 2)], {}),
        ([("ALD", 2)], {(SURGE, "BIR, ALD"): 3.0}),
        ([("ALD", 1)], {(SURGE, "BIR, ALD"): 2.0}),
        ([("BIR", 1), ("ALD", 1), ("ALD", 2)], {}),
    ],
)
def test_a_surge_site_opened_to_who_is_not_closed_is_seen(formulation, closed, over):
    """It opens to trusts whose own building is out of use, in that period."""
    plan = plan_of(formulation)
    closures = pd.DataFrame(closed, columns=["provider", "period"])
    surge = rooms((1, 3), (2, 2), surge=True)
    assert broken(plan, rooms=surge, closures=closures) == over
    # Rooms that are not for surges are open to all.
    assert broken(plan, rooms=surge.assign(surge=False), closures=closures) == {}


@by_each_formulation
def test_only_rooms_for_surges_need_a_closure(formulation):
    """In the second period Birch lends its rooms to anybody."""
    closures = pd.DataFrame({"provider": ["BIR"], "period": [1]})
    table = rooms((1, 3), (2, 2), surge=[True, False])
    found = broken(plan_of(formulation), rooms=table, closures=closures)
    assert found == {(SURGE, "BIR, ALD"): 3.0}


@by_each_formulation
def test_lent_rooms_are_for_the_own_team(formulation):
    """Three of Alder's at Cedar's hands in Birch's rooms."""
    plan = plan_of(formulation)
    table = plan.entries.astype({"provider": object, "site": object})
    first = table.index[((table["period"] == 1) & (table["site"] == "BIR")).to_numpy()][0]
    table.loc[first, "origin"] = "BIR"
    table.loc[first, ["site", "provider"]] = ["BIR", "ALD"]
    assert broken(plan, table) == {("lent rooms are for the own team", "rooms"): 3.0}


@by_each_formulation
@pytest.mark.parametrize(
    ("more", "due"),
    [
        # Three and two patients, each at 10 harm-weeks.
        ({"price": 10.0}, 50_000),
        ({"price": [10.0, 0.5]}, 31_000),
        # Two sessions of two, and one.
        ({"price": 10.0, "session": 2}, 30_000),
        ({"price": 10.0, "session": [3, 1]}, 30_000),
        ({"price": 0.0004, "session": 2}, 0),
        ({"price": 10.0, "session": 2, "service": HIPS}, 30_000),
        # A room for knees is not what hips are charged for.
        ({}, 0),
        ({"session": 2}, 0),
    ],
)
def test_what_is_paid_for_rooms_is_worked_out_again(formulation, more, due):
    """A thousandth of a harm-week too much or too little is seen."""
    plan = plan_of(formulation)
    table = rooms((1, 3), (2, 2), **more)
    rule = (
        (PRICE if "price" in more else "rooms without a price cost nothing (harm-weeks)"),
        "rooms",
    )
    assert broken(plan, rooms=table, paid=due) == {}
    assert abs(broken(plan, rooms=table, paid=due + 1)[rule]) == 0.001
    assert abs(broken(plan, rooms=table, paid=due - 1)[rule]) == 0.001


@by_each_formulation
@pytest.mark.parametrize(("paid", "off"), [(24_999, 0.001), (25_000, 0), (26_000, 0)])
def test_where_rooms_differ_no_less_is_paid_than_the_best_of_them_asks(formulation, paid, off):
    """Three at Birch for whom a session of two costs 10, or one 6: 5 a patient at the least.

    Two more in the second period take a session at 10, and another room there is for knees.
    """
    table = pd.DataFrame(
        {
            "site": "BIR",
            "period": [1, 1, 2, 2],
            "slots": 3,
            "service": [None, HIPS, None, "C_130"],
            "session": [1, 2, 2, 2],
            "price": [6.0, 10.0, 10.0, 1.0],
        }
    )
    found = broken(plan_of(formulation), rooms=table, paid=paid)
    assert found == ({(PRICE, "rooms"): off} if off else {})


FAR = "nobody is sent further than allowed"


@by_each_formulation
@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"max_minutes": 29.9}, {FAR}),
        ({"max_minutes": 30}, set()),
        ({"max_miles": 10}, {"nobody is sent further than so many miles"}),
        ({"forbidden_lanes": [{"provider": "BIR"}]}, {"no forbidden lane"}),
        ({"forbidden_lanes": [{"provider": "ALD"}]}, set()),
        ({"allowed_lanes": [{"provider": "ALD"}]}, {"only allowed lanes"}),
        # They are treated by their own trust: no move, no notice, no wait that a move asks for.
        ({"max_moves": 0, "max_in": 0, "notice_weeks": 9, "min_weeks_to_move": 99}, set()),
    ],
)
def test_who_goes_to_a_lent_room_keeps_the_rules_of_the_way(formulation, rules, told):
    """Five go to Birch, half an hour away, though their own team goes with them."""
    plan = plan_of(formulation)
    policy = plan.policy.replace(**rules)
    found = plan_audit.violations(plan.system, policy, plan.entries, plan.certificate.cost)
    assert set(found["rule"]) == told
    assert set(found["where"]) <= {"lent rooms"}
    assert set(found["amount"]) <= {5.0}
