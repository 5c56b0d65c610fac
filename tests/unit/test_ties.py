"""Of two plans of the same cost the one with fewer moves wins, then the one nearer to the usual."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.model.network import SAFE, Network, SideRows
from mutualaid.solve import solver as run
from mutualaid.solve.potentials import potentials
from mutualaid.solve.tie_breaking import break_ties, fix, restore_baseline, split_arcs


def whole(*numbers):
    return np.array(numbers, dtype=np.int64)


def side_row(arc, lower=-SAFE, upper=SAFE):
    """So many go one way at least, or at most."""
    return SideRows(
        start=whole(0, 1),
        arc=whole(arc),
        coefficient=whole(1),
        lower=whole(lower),
        upper=whole(upper),
        names=("one way",),
    )


def ways(cost, tie, capacity, supply=3, **more):
    """So many patients, and ways to treat them: what each costs, its moves, its places."""
    count = len(cost)
    return Network(
        supply=whole(supply, -supply),
        tail=np.zeros(count, dtype=np.int32),
        head=np.ones(count, dtype=np.int32),
        capacity=whole(*capacity),
        cost=whole(*cost),
        tie=whole(*tie),
        node_start=whole(0, 2),
        arc_start=whole(0, count),
        **more,
    )


@pytest.mark.parametrize("solver", ["flow", "highs", "auto"])
@pytest.mark.parametrize(
    ("tie", "expected"),
    [
        ((1, 0, 0), [0, 2, 1]),
        ((0, 1, 0), [2, 0, 1]),
        ((0, 0, 1), [2, 1, 0]),
        ((2, 3, 1), [2, 0, 1]),
    ],
)
def test_of_flows_of_the_same_cost_the_one_with_fewer_moves_wins(solver, tie, expected):
    """Three ways at the same cost, with two places, two and one: a move is made where it must."""
    network = ways((4, 4, 4), tie, (2, 2, 1))
    flow = run.solve(network, solver).flow
    assert int(network.tie @ flow) == int(network.tie @ whole(*expected))
    assert int(flow.sum()) == 3


@pytest.mark.parametrize("solver", ["flow", "highs", "pulp"])
def test_cost_comes_before_moves(solver):
    """Three moves at a cost of 4 each are better than none at 5."""
    assert run.solve(ways((4, 5), (1, 0), (3, 3)), solver).flow.tolist() == [3, 0]


@pytest.mark.parametrize(("tie", "expected"), [((1, 0), [1, 2]), ((0, 1), [2, 1])])
@pytest.mark.parametrize("solver", ["highs", "pulp"])
def test_fewer_moves_win_under_side_rows_too(solver, tie, expected):
    """At least one goes the first way and one the second, at the same cost."""
    rows = SideRows(
        start=whole(0, 1, 2),
        arc=whole(0, 1),
        coefficient=whole(1, 1),
        lower=whole(1, 1),
        upper=whole(SAFE, SAFE),
        names=("the first", "the second"),
    )
    network = ways((4, 4), tie, (3, 3), rows=rows)
    assert run.solve(network, solver).flow.tolist() == expected


@pytest.mark.parametrize("solver", ["highs", "pulp"])
def test_cost_comes_before_moves_under_side_rows_too(solver):
    """Two who may go the cheaper way do, though that moves them and the other way does not."""
    network = ways((4, 5), (1, 0), (3, 3), rows=side_row(0, upper=2))
    assert run.solve(network, solver).flow.tolist() == [2, 1]


def test_who_moves_where_it_makes_no_difference_stays():
    """Without a price on moves or travel Birch is as good as Alder: only whom it gains moves."""
    policy = ma.Policy(move_weeks=0, weeks_per_hour=0)
    for slots, moves in (((2, 4), 4), ((6, 6), 0), ((4, 9), 2)):
        for formulation in ("chain", "ageing"):
            plan = ma.optimise(two_trusts(slots=slots), policy, formulation=formulation)
            assert plan.treatments["patients"].sum() == 6
            assert moved(plan) == moves


def test_who_moves_where_it_makes_no_difference_stays_under_a_cap_too():
    """The cap of five is no limit; the rows that it takes leave the rule as it is."""
    policy = ma.Policy(move_weeks=0, weeks_per_hour=0, max_out=5)
    for slots, moves in (((2, 4), 4), ((6, 6), 0), ((4, 9), 2)):
        for formulation in ("chain", "ageing"):
            plan = ma.optimise(two_trusts(slots=slots), policy, formulation=formulation)
            assert plan.treatments["patients"].sum() == 6
            assert moved(plan) == moves


def test_a_patient_who_waits_as_long_either_way_stays():
    """Alder's and Birch's patients could swap places and nobody would gain: nobody does."""
    waiting = pd.DataFrame(
        [("ALD", "C_110", 40, 3), ("BIR", "C_110", 40, 3)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    policy = ma.Policy(move_weeks=0, weeks_per_hour=0)
    assert moved(ma.optimise(two_trusts(waiting=waiting, slots=(3, 3)), policy)) == 0


def settled(network, reference=None):
    """What is settled on, from the potentials of a cheapest flow."""
    cheapest = run.solve(network, "flow").flow
    return break_ties(network, potentials(network, cheapest, network.cost), reference).tolist()


def test_cheaper_ways_are_full_and_dearer_ones_empty_whatever_they_count():
    """Only on ways of the same cost is there a choice; a way that must carry one carries one."""
    network = ways((1, 4, 4, 9), (5, 1, 0, 0), (1, 3, 1, 3), supply=4, lower=whole(0, 0, 0, 1))
    assert settled(network) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("usual", "expected"),
    [
        ((3, 0, 0), [3, 0, 0]),
        ((0, 3, 0), [0, 3, 0]),
        ((2, 1, 0), [2, 1, 0]),
        ((1, 2, 0), [1, 2, 0]),
        ((9, 0, 0), [3, 0, 0]),
        # Nothing is usual on the first: what goes there exceeds nothing.
        ((-1, 0, 0), [3, 0, 0]),
        # A move is a move, however usual.
        ((0, 3, 9), [0, 3, 0]),
    ],
)
def test_of_flows_with_as_many_moves_the_one_nearest_to_the_usual_wins(usual, expected):
    """Two ways at home and one away, all at the same cost."""
    network = ways((4, 4, 4), (0, 0, 1), (3, 3, 3))
    assert settled(network, whole(*usual)) == expected


def test_a_way_with_fewer_moves_wins_against_all_that_is_usual():
    """Nobody's usual way is worth a single move."""
    assert settled(ways((4, 4), (1, 0), (3, 3)), whole(3, 0)) == [0, 3]
    assert run.solve(ways((4, 4), (1, 0), (3, 3)), reference=whole(3, 0)).flow.tolist() == [0, 3]


def test_going_back_to_the_usual_keeps_every_move():
    """Two moves and their way stay; at home the cheapest way is taken, and of those the usual."""
    network = ways((9, 4, 4, 5), (1, 0, 0, 0), (5, 5, 5, 5), supply=6)
    flow = whole(2, 0, 0, 4)
    for usual, expected in (((0, 4, 0, 0), [2, 4, 0, 0]), ((0, 1, 3, 0), [2, 1, 3, 0])):
        assert restore_baseline(network, flow, whole(*usual)).tolist() == expected


def test_going_back_to_the_usual_breaks_no_side_row():
    """Where at least three must go the last way at home, the plan stays as it was."""
    flow = whole(2, 1, 0, 3)
    usual = whole(0, 4, 0, 0)
    for lower, expected in ((3, [2, 1, 0, 3]), (0, [2, 4, 0, 0])):
        network = ways((9, 4, 4, 5), (1, 0, 0, 0), (5, 5, 5, 5), supply=6, rows=side_row(3, lower))
        assert restore_baseline(network, flow, usual).tolist() == expected


def test_fixed_ways_carry_what_they_carried_and_the_rest_is_cheapest():
    """Two of five are fixed on the dearest way."""
    network = ways((9, 4, 5), (0, 0, 0), (5, 2, 5), supply=5)
    fixed = np.array([True, False, False])
    assert fix(network, whole(2, 0, 0), fixed, network.cost).tolist() == [2, 2, 1]
    with pytest.raises(ma.SolverError):
        fix(network, whole(6, 0, 0), fixed, network.cost)


def test_what_exceeds_the_usual_goes_beside_it():
    """A way of five places of which three are usual and four are taken at least."""
    owner, second, lower, capacity = split_arcs(whole(4, 0), whole(5, 2), whole(3, 2))
    assert owner.tolist() == [0, 0, 1]
    assert second.tolist() == [1]
    assert lower.tolist() == [3, 1, 0]
    assert capacity.tolist() == [3, 2, 2]
