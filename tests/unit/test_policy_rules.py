"""Each rule of the policy: a case in which it binds, and one in which it does not."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma

PLAIN = {"harm": ma.harm.person_weeks(), "tail_weeks": 0}


def plan(system, **rules):
    return ma.optimise(system, ma.Policy(**{**PLAIN, **rules}))


def list_with(**columns):
    rows = {"origin": "ALD", "service": "C_110", "weeks_waiting": 40, "patients": 6, **columns}
    return pd.DataFrame(
        {name: value if isinstance(value, list) else [value] for name, value in rows.items()}
    )


def test_four_of_six_move_when_nothing_forbids_it():
    """Alder treats two of its six, Birch four: nobody waits another month."""
    result = plan(two_trusts())
    assert moved(result) == 4
    assert result.remaining.empty
    assert result.objective == pytest.approx(4 * (0.5 + 0.5))


@pytest.mark.parametrize(("limit", "expected"), [(29.9, 0), (30, 4), (float("inf"), 4)])
def test_nobody_is_sent_further_than_the_travel_limit(limit, expected):
    """Half an hour is within 30 minutes and beyond 29.9."""
    assert moved(plan(two_trusts(), max_minutes=limit)) == expected


@pytest.mark.parametrize(("least", "expected"), [(0, 4), (40, 4), (41, 0)])
def test_only_who_has_waited_long_enough_moves(least, expected):
    """At 40 weeks a patient may move from 40 weeks on, not from 41."""
    assert moved(plan(two_trusts(), min_weeks_to_move=least)) == expected


def test_who_has_not_waited_long_enough_may_move_later():
    """At 40 weeks now, a patient passes 44 weeks in the second period."""
    result = plan(two_trusts(periods=2, slots=(1, 4)), min_weeks_to_move=44)
    assert result.moves["period"].to_list() == [2]
    assert moved(result) == 4


@pytest.mark.parametrize(
    ("priority", "movable", "expected"),
    [
        ("P4", ("P3", "P4"), 4),
        ("P3", ("P3", "P4"), 4),
        ("P3", ("P4",), 0),
        ("P2", ("P3", "P4"), 0),
        ("P2", ("P2", "P3", "P4"), 4),
        ("P1", ("P2", "P3", "P4"), 0),
        ("P5", ("P2", "P3", "P4"), 0),
        ("P6", ("P2", "P3", "P4"), 0),
    ],
)
def test_only_movable_priorities_move(priority, movable, expected):
    """P3 and P4 move, P2 when asked, P1, P5 and P6 never."""
    system = two_trusts(waiting=list_with(priority=priority))
    assert moved(plan(system, movable_priorities=movable)) == expected


@pytest.mark.parametrize("service", ["X01", "X02", "X03", "X04", "X05", "X06"])
def test_mixed_services_do_not_move_unless_asked(service):
    """Swapping "other surgical" patients between trusts means nothing."""
    system = two_trusts(service=service)
    assert moved(plan(system)) == 0
    assert moved(plan(system, move_mixed_services=True)) == 4


def test_cancer_pathways_do_not_move_unless_asked():
    """Of six patients three are on a cancer pathway: they stay, the others may go."""
    waiting = list_with(
        origin=["ALD"] * 2,
        service=["C_110"] * 2,
        weeks_waiting=[40, 40],
        patients=[3, 3],
        cancer=[True, False],
    )
    system = two_trusts(waiting=waiting)
    assert moved(plan(system)) == 3
    assert not plan(system).moves["cancer"].astype(bool).any()
    assert moved(plan(system, move_cancer=True)) == 4


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([{"origin": "ALD", "provider": "BIR"}], 0),
        ([{"provider": "BIR"}], 0),
        ([{"origin": "ALD", "service": "C_110"}], 0),
        ([{"origin": "BIR", "provider": "ALD"}], 4),
        (pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"]}), 4),
    ],
)
def test_forbidden_lanes_carry_nobody(lanes, expected):
    """A lane can be forbidden by any of its ends and labels; the home lane never."""
    assert moved(plan(two_trusts(), forbidden_lanes=lanes)) == expected


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([{"origin": "ALD", "provider": "BIR"}], 4),
        ([{"origin": "BIR"}], 0),
        ([{"origin": "BIR"}, {"provider": "BIR"}], 4),
    ],
)
def test_only_allowed_lanes_are_used(lanes, expected):
    """Where a policy lists lanes, nobody goes any other way."""
    assert moved(plan(two_trusts(), allowed_lanes=lanes)) == expected


def test_a_lane_can_be_forbidden_for_one_deprivation_quintile():
    """A column of the waiting list that the policy asks about tells queues apart."""
    waiting = list_with(
        origin=["ALD"] * 2,
        service=["C_110"] * 2,
        weeks_waiting=[40, 40],
        patients=[3, 3],
        deprivation=[1, 5],
    )
    result = plan(two_trusts(waiting=waiting), forbidden_lanes=[{"deprivation": 1}])
    assert set(result.moves["deprivation"]) == {5}
    assert moved(result) == 3


@pytest.mark.parametrize(("price", "expected"), [(1.0, 4), (7.0, 4), (7.1, 0)])
def test_travel_costs_weeks(price, expected):
    """Half an hour costs half the price of an hour: above four weeks it is not worth going."""
    assert moved(plan(two_trusts(), weeks_per_hour=price, move_weeks=0.49)) == expected


@pytest.mark.parametrize(("price", "expected"), [(0.5, 4), (3.4, 4), (3.6, 0)])
def test_a_move_costs_weeks(price, expected):
    """A month of waiting is worth a move that counts 3.4 weeks, with half a week of travel."""
    assert moved(plan(two_trusts(), move_weeks=price)) == expected


@pytest.mark.parametrize(("tail", "expected"), [(0, 0), (13, 4)])
def test_the_tail_makes_the_last_period_count(tail, expected):
    """A move that counts ten weeks is worth it only if the wait would go on."""
    assert moved(plan(two_trusts(), move_weeks=10.0, tail_weeks=tail)) == expected


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        (3, [3, 1]),
        (4, [4]),
        ({"ALD": 1}, [1, 1]),
        ({"BIR": 0}, [4]),
        (pd.DataFrame({"provider": ["ALD"], "period": [1], "patients": [1]}), [1, 3]),
        (pd.DataFrame({"provider": [None, "ALD"], "patients": [0, 2]}), [2, 2]),
    ],
)
def test_moves_out_of_a_trust_are_capped_each_period(cap, expected):
    """Alder sends four at once, or fewer a month where a cap says so."""
    result = plan(two_trusts(periods=2, slots=(1, 4)), max_out=cap)
    by_period = result.moves.groupby("period")["patients"].sum()
    assert by_period.to_list() == expected
    assert result.certificate.valid


@pytest.mark.parametrize(
    ("cap", "expected"), [(3, [3, 1]), ({"BIR": 2}, [2, 2]), ({"ALD": 0}, [4])]
)
def test_moves_into_a_trust_are_capped_each_period(cap, expected):
    """Birch takes four at once, or fewer a month where a cap says so."""
    result = plan(two_trusts(periods=2, slots=(1, 4)), max_in=cap)
    assert result.moves.groupby("period")["patients"].sum().to_list() == expected


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.5, 3), (0.34, 2), (1.0, 4)])
def test_at_most_a_share_of_a_queue_moves(share, expected):
    """Half of six is three; a third of six, and a little, is two."""
    assert moved(plan(two_trusts(), max_share_moved=share)) == expected


def test_a_tenth_of_thirty_is_three():
    """Rounding down is not thrown by binary fractions."""
    waiting = list_with(patients=30)
    assert moved(plan(two_trusts(waiting=waiting, slots=(2, 30)), max_share_moved=0.1)) == 3


def test_of_plans_that_cost_the_same_the_one_with_fewer_moves_wins():
    """Where waiting costs nothing, nobody is moved for nothing."""
    nothing = ma.harm.from_table({"weeks_waiting": [0], "rate": [0.0]})
    free = {"harm": nothing, "weeks_per_hour": 0.0, "move_weeks": 0.0}
    assert moved(plan(two_trusts(), **free)) == 0
    assert moved(plan(two_trusts(), **free, max_out=3)) == 0


def test_harm_by_priority_treats_the_urgent_first():
    """With one slot, the overdue P2 patient goes before the P4 who has waited longer."""
    waiting = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "weeks_waiting": [5, 40],
            "patients": [1, 1],
            "priority": ["P2", "P4"],
        }
    )
    result = ma.optimise(
        two_trusts(waiting=waiting, slots=(1, 0)), ma.Policy(harm=ma.harm.clinical())
    )
    assert result.treatments["priority"].to_list() == ["P2"]


def test_pools_limit_what_services_share():
    """Three hours of theatre at Birch are two operations of an hour and a half."""
    pools = pd.DataFrame({"provider": ["BIR"], "pool": ["hours"], "period": [1], "amount": [3.0]})
    usage = pd.DataFrame({"service": ["C_110"], "pool": ["hours"], "amount": [1.5]})
    assert moved(plan(two_trusts(pools=pools, usage=usage))) == 2
    pools["amount"] = 6.0
    assert moved(plan(two_trusts(pools=pools, usage=usage))) == 4


def test_travel_beyond_the_own_provider_is_what_counts():
    """From the south, Birch is 10 minutes further than Alder: a sixth of an hour, not 40."""
    waiting = list_with(area="south")
    capacity = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "service": "C_110", "period": 1, "slots": [2, 4]}
    )
    travel = pd.DataFrame({"area": "south", "provider": ["ALD", "BIR"], "minutes": [30.0, 40.0]})
    result = plan(ma.System(waiting, capacity, travel, periods=1), weeks_per_hour=6.0)
    assert moved(result) == 4
    assert result.objective == pytest.approx(4 * (1.0 + 0.5))
    assert result.moves["extra_minutes"].to_list() == [10.0]
    assert result.moves["minutes"].to_list() == [40.0]


def test_neighbours_with_equal_lists_do_not_swap_patients():
    """Where the way is free, six at each of two trusts could change places: they stay."""
    waiting = list_with(
        origin=["ALD", "BIR"], service=["C_110"] * 2, weeks_waiting=[40] * 2, patients=[6, 6]
    )
    for slots in ((6, 6), (3, 3), (4, 2)):
        for solver in ("flow", "highs"):
            system = two_trusts(waiting=waiting, slots=slots, periods=2)
            policy = ma.Policy(**PLAIN, weeks_per_hour=0.0, move_weeks=0.0)
            result = ma.optimise(system, policy, solver=solver)
            assert moved(result) == (2 if slots == (4, 2) else 0)
