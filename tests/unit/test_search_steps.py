"""Steps of a search for whole patients: room in full rows, what may move, rows that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import SEEDS, as_set, every_flow, ints, network_of

from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, Network, SideRows
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.integer import (
    ROOM,
    Relaxation,
    _kept,
    _neighbourhood,
    _with_room,
    is_large,
    is_whole,
    relaxation,
)
from mutualaid.solve.interface import Answer, Limits
from mutualaid.solve.status import Status


def two_ways(lower, upper, coefficient=(3, 0), patients=10):
    """Ten patients go by a free way or one that costs 1; a row limits what the first counts."""
    arc = np.flatnonzero(coefficient)
    return Network(
        supply=ints([patients, -patients]),
        tail=np.array([0, 0], dtype=np.int32),
        head=np.array([1, 1], dtype=np.int32),
        capacity=ints([patients, patients]),
        cost=ints([0, 1]),
        tie=ints([0, 0]),
        node_start=ints([0, 2]),
        arc_start=ints([0, 2]),
        rows=SideRows(
            start=ints([0, len(arc)]),
            arc=arc,
            coefficient=ints(coefficient)[arc],
            lower=ints([lower]),
            upper=ints([upper]),
            names=("nurses",),
        ),
    )


def roomy(network):
    program = Program(network, Limits())
    return [one.flow.tolist() for one in _with_room(network, relaxation(program), program)]


def test_room_is_left_in_a_row_that_is_full():
    """Three nurses a patient and 27 of them: nine patients, and with room one, three fewer."""
    assert ROOM == (1, 3)
    assert roomy(two_ways(-SAFE, 27)) == [pytest.approx([8, 2]), pytest.approx([6, 4])]


def test_room_is_left_in_a_row_that_asks_for_at_least_so_much():
    network = two_ways(6, SAFE, coefficient=(0, 3))
    assert roomy(network) == [pytest.approx([7, 3]), pytest.approx([5, 5])]


def test_no_room_is_left_in_a_row_that_holds_nothing_back():
    assert roomy(two_ways(-SAFE, 30)) == []


def test_where_there_is_no_room_to_give_it_is_missed():
    """All ten have to go by the first way: its thirty nurses cannot be spared."""
    network = replace(two_ways(-SAFE, 29), capacity=ints([10, 1]))
    assert roomy(network) == [pytest.approx([9, 1])] * 2


def test_room_goes_no_further_than_the_other_limit_of_a_row():
    """At least 26, at most 27: one patient fewer than nine would be 24."""
    assert roomy(two_ways(26, 27)) == [pytest.approx([26 / 3, 4 / 3])] * 2


def relaxed(flow):
    """A relaxation in which nothing has a price beside its cost."""
    return Relaxation(
        flow=np.array(flow), potential=np.zeros(2), row_price=np.zeros(1), program=None
    )


def bounds(network):
    return list(zip(network.lower.tolist(), network.capacity.tolist(), strict=True))


def test_what_is_whole_and_has_a_price_is_held_and_the_rest_may_move_a_little():
    network = two_ways(-SAFE, 27)
    # The first way costs nothing, the second 1.
    assert bounds(_neighbourhood(network, relaxed([8.0, 2.0]), (0.5, 1))) == [(7, 9), (2, 2)]
    assert bounds(_neighbourhood(network, relaxed([8.0, 2.0]), (1.0, 2))) == [(6, 10), (0, 4)]
    assert bounds(_neighbourhood(network, relaxed([8.0, 2.0]), (-1.0, 2))) == [(8, 8), (2, 2)]


def test_what_is_in_parts_may_move_beyond_both_whole_numbers():
    network = two_ways(-SAFE, 27)
    near = _neighbourhood(network, relaxed([8.4, 1.6]), (-1.0, 1))
    assert bounds(near) == [(7, 10), (0, 3)]


def test_what_is_next_to_whole_counts_as_whole():
    network = two_ways(-SAFE, 27)
    near = _neighbourhood(network, relaxed([8 - 1e-6, 2 + 1e-6]), (-1.0, 1))
    assert bounds(near) == [(8, 8), (2, 2)]


def test_nothing_moves_beyond_its_own_bounds_and_what_follows_is_never_held():
    network = replace(two_ways(-SAFE, 27), lower=ints([8, 0]), loose=ints([1]))
    near = _neighbourhood(network, relaxed([8.0, 2.0]), (0.5, 3))
    assert bounds(near) == [(8, 10), (0, 10)]


def asked(*flows, status=Status.OPTIMAL):
    """A solver that gives these flows one after the other, and the rows it was asked to keep."""
    left, heard = list(flows), []

    def search(network, whole, limits):
        del whole
        heard.append((network.rows.upper.tolist(), limits.fine))
        return Answer(status=status, flow=np.array(left.pop(0), dtype=float))

    return search, heard


BOTH = np.array([True, True])


def test_a_flow_that_keeps_every_row_is_taken():
    search, heard = asked([9, 1])
    flow, best = _kept(two_ways(-SAFE, 27), BOTH, Limits(), search)
    assert flow.tolist() == [9, 1]
    assert best
    assert heard == [([27], False)]


def test_a_flow_found_at_a_limit_is_not_said_to_be_the_best():
    search, _ = asked([9, 1], status=Status.FEASIBLE)
    assert not _kept(two_ways(-SAFE, 27), BOTH, Limits(), search)[1]


def test_a_row_that_is_broken_is_asked_for_with_that_much_less():
    search, heard = asked([10, 0], [9, 1])
    flow, _ = _kept(two_ways(-SAFE, 27), BOTH, Limits(), search)
    assert flow.tolist() == [9, 1]
    assert heard == [([27], False), ([24], False)]


def test_a_row_that_is_broken_by_too_little_to_notice_is_asked_for_more_finely():
    """A million a patient and one too many: within HiGHS's tolerance, and not within the limit."""
    network = two_ways(-SAFE, 9 * 10**6 - 1, coefficient=(10**6, 0))
    network = replace(network, rows=replace(network.rows, upper=ints([9 * 10**6 - 1])))
    search, heard = asked([9, 1], [8, 2])
    flow, _ = _kept(network, BOTH, Limits(), search)
    assert flow.tolist() == [8, 2]
    assert heard == [([9 * 10**6 - 1], False), ([9 * 10**6 - 1], True)]


def test_a_solver_that_breaks_a_row_again_and_again_has_no_plan():
    search, heard = asked(*[[10, 0]] * 9)
    with pytest.raises(SolverError, match="left a side row broken"):
        _kept(two_ways(-SAFE, 27), BOTH, Limits(), search)
    assert len(heard) == 4


def test_parts_of_patients_and_flows_that_are_none_are_refused():
    search, _ = asked([8.5, 1.5])
    with pytest.raises(SolverError, match="parts of patients"):
        _kept(two_ways(-SAFE, 27), BOTH, Limits(), search)
    search, _ = asked([9, 0])
    with pytest.raises(SolverError, match="what is no flow"):
        _kept(two_ways(-SAFE, 27), BOTH, Limits(), search)


def test_next_to_whole_is_whole():
    assert is_whole(np.array([1.0, 2 - 1e-6]))
    assert not is_whole(np.array([1.0, 2 - 1e-4]))
    assert is_whole(np.zeros(0))


def test_a_problem_is_large_by_the_arcs_in_its_rows_that_may_move():
    def many(arcs, held):
        lower = np.zeros(arcs, dtype=np.int64)
        lower[:held] = 1
        return Network(
            supply=ints([arcs, -arcs]),
            tail=np.zeros(arcs, dtype=np.int32),
            head=np.ones(arcs, dtype=np.int32),
            capacity=np.ones(arcs, dtype=np.int64),
            lower=lower,
            cost=np.zeros(arcs, dtype=np.int64),
            tie=np.zeros(arcs, dtype=np.int64),
            node_start=ints([0, 2]),
            arc_start=ints([0, arcs]),
            rows=SideRows(
                start=ints([0, arcs]),
                arc=np.arange(arcs),
                coefficient=np.ones(arcs, dtype=np.int64),
                lower=ints([0]),
                upper=ints([arcs]),
                names=("all",),
            ),
        )

    assert not is_large(many(500, 0))
    assert is_large(many(501, 0))
    assert not is_large(many(501, 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_a_neighbourhood_holds_is_a_flow_of_the_whole(seed):
    network = network_of(seed, rows=2)
    found = relaxation(Program(network, Limits()))
    near = _neighbourhood(network, found, (1.0, 1))
    assert as_set(every_flow(near)) <= as_set(every_flow(network))
