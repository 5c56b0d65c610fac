"""Networks and side rows: what they refuse, what they add up, and that nobody can change them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mutualaid.model.arcs import ArcList, Kind, assemble
from mutualaid.model.network import SAFE, Network, SideRows, at_most, no_rows, stack_rows


def ints(*values):
    return np.array(values, dtype=np.int64)


def wards(**changed):
    """Two wards and their beds: 3 patients in ward 0 and 1, 2 in ward 2 and 3; one bed costs 5."""
    parts = {
        "supply": ints(3, -3, 2, -2),
        "tail": ints(0, 0, 2).astype(np.int32),
        "head": ints(1, 1, 3).astype(np.int32),
        "capacity": ints(2, 4, 7),
        "cost": ints(5, 6, 1),
        "tie": ints(0, 1, 0),
        "node_start": ints(0, 2, 4),
        "arc_start": ints(0, 2, 3),
    }
    return Network(**(parts | changed))


def rows(**changed):
    """Beds 0 and 1 together at most 4; bed 2 twice at least 1."""
    parts = {
        "start": ints(0, 2, 3),
        "arc": ints(0, 1, 2),
        "coefficient": ints(1, 1, 2),
        "lower": ints(-SAFE, 1),
        "upper": ints(4, SAFE),
        "names": ("beds", "nurses"),
    }
    return SideRows(**(parts | changed))


def test_a_network_counts_its_parts():
    network = wards()
    assert (network.nodes, network.arcs, network.components) == (4, 3, 2)
    assert network.lower.tolist() == [0, 0, 0]
    assert network.total(ints(2, 1, 2)) == 2 * 5 + 1 * 6 + 2 * 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"head": ints(1, 1)}, "disagree in length"),
        ({"capacity": ints(2, 4)}, "disagree in length"),
        ({"cost": ints(2, 4, 1, 1)}, "disagree in length"),
        ({"tie": ints(0)}, "disagree in length"),
        ({"lower": ints(0)}, "disagree in length"),
        ({"tail": ints(0, -1, 2)}, "a node that is not there"),
        ({"head": ints(1, 1, -1)}, "a node that is not there"),
        ({"head": ints(1, 1, 4)}, "a node that is not there"),
        ({"tail": ints(0, 0, 4)}, "a node that is not there"),
        ({"lower": ints(0, -1, 0)}, "0 or more"),
        ({"cost": ints(0, -1, 0)}, "0 or more"),
        ({"tie": ints(0, -1, 0)}, "0 or more"),
        ({"lower": ints(3, 0, 0)}, "more than it can"),
        ({"node_start": ints(0, 2, 3)}, "do not cover it"),
        ({"arc_start": ints(0, 2, 2)}, "do not cover it"),
        ({"head": ints(1, 3, 3)}, "leaves its component"),
        ({"tail": ints(0, 2, 2)}, "leaves its component"),
        ({"supply": ints(3, -2, 2, -3)}, "do not balance"),
        ({"supply": ints(3, -3, 2, -1)}, "do not balance"),
        ({"cost": ints(2**61, 0, 0)}, "could exceed 64 bits"),
    ],
)
def test_a_network_that_cannot_be_is_refused(changed, says):
    with pytest.raises(ValueError, match=says):
        wards(**changed)


def test_an_arc_may_have_to_carry_all_that_it_can():
    assert wards(lower=ints(2, 0, 0)).lower.tolist() == [2, 0, 0]


def test_a_network_may_have_a_component_without_nodes():
    network = wards(node_start=ints(0, 2, 2, 4), arc_start=ints(0, 2, 2, 3))
    assert network.components == 3


def test_a_network_without_anything_is_one():
    nothing = ints()
    network = Network(
        supply=nothing,
        tail=nothing,
        head=nothing,
        capacity=nothing,
        cost=nothing,
        tie=nothing,
        node_start=ints(0),
        arc_start=ints(0),
    )
    assert (network.nodes, network.arcs, network.components) == (0, 0, 0)
    assert network.largest_total() == 0


def test_the_largest_total_is_quick_where_it_is_small_and_close_where_it_is_not():
    assert wards().largest_total() == 7 * 6 * 3
    dear = wards(capacity=ints(2, 4, 2**40), cost=ints(2**20, 2**21, 1))
    assert dear.largest_total() == 2 * 2**20 + 4 * 2**21 + 2**40


def test_nothing_in_a_network_can_be_changed():
    network = wards()
    for name in (
        "supply",
        "tail",
        "head",
        "capacity",
        "lower",
        "cost",
        "tie",
        "node_start",
        "arc_start",
    ):
        with pytest.raises(ValueError, match="read-only"):
            getattr(network, name)[0] = 1


def test_a_component_stands_on_its_own():
    second = wards(lower=ints(0, 0, 1)).component(1)
    assert second.supply.tolist() == [2, -2]
    assert (second.tail.tolist(), second.head.tolist()) == ([0], [1])
    assert (second.capacity.tolist(), second.lower.tolist()) == ([7], [1])
    assert (second.cost.tolist(), second.tie.tolist()) == ([1], [0])
    assert (second.node_start.tolist(), second.arc_start.tolist()) == ([0, 2], [0, 1])
    first = wards().component(0)
    assert first.supply.tolist() == [3, -3]
    assert (first.cost.tolist(), first.tie.tolist()) == ([5, 6], [0, 1])


def test_rows_know_which_entry_is_whose_and_what_a_flow_comes_to():
    assert rows().row.tolist() == [0, 0, 1]
    assert rows().level(ints(1, 2, 5)).tolist() == [3, 10]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"names": ("beds",)}, "start, lower, upper and names"),
        ({"start": ints(0, 3)}, "start, lower, upper and names"),
        ({"lower": ints(0)}, "start, lower, upper and names"),
        ({"upper": ints(9)}, "start, lower, upper and names"),
        ({"coefficient": ints(1, 1)}, "arc and coefficient"),
        ({"start": ints(0, 2, 2)}, "arc and coefficient"),
        ({"lower": ints(5, 1)}, "lies above"),
    ],
)
def test_rows_that_cannot_be_are_refused(changed, says):
    with pytest.raises(ValueError, match=says):
        rows(**changed)


def test_a_row_may_say_exactly_how_many():
    assert rows(lower=ints(4, 1)).lower.tolist() == [4, 1]


def test_nothing_in_rows_can_be_changed():
    for name in ("start", "arc", "coefficient", "lower", "upper"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(rows(), name)[0] = 1


def test_rows_are_stacked_in_turn():
    both = stack_rows(rows(), no_rows(), at_most(ints(0, 3, 1), 7, "theatres"))
    assert both.start.tolist() == [0, 2, 3, 5]
    assert both.arc.tolist() == [0, 1, 2, 1, 2]
    assert both.coefficient.tolist() == [1, 1, 2, 3, 1]
    assert both.lower.tolist() == [-SAFE, 1, -SAFE]
    assert both.upper.tolist() == [4, SAFE, 7]
    assert both.names == ("beds", "nurses", "theatres")
    assert len(both) == 3


def test_no_rows_are_none():
    assert len(no_rows()) == 0
    assert no_rows().level(ints(1, 2)).tolist() == []


def test_a_component_has_no_rows_of_the_whole():
    assert len(replace(wards(), rows=rows()).component(0).rows) == 0


def test_arcs_that_can_carry_nothing_are_left_out():
    arcs = ArcList()
    arcs.add(Kind.WAIT, ints(0, 1, 2), ints(3, 4, 5), ints(0, 3, 1), period=1, cost=ints(7, 8, 9))
    arcs.add(Kind.TREAT, ints(6), ints(7), ints(2), period=ints(2), lane=ints(4))
    assert arcs.column("capacity").tolist() == [3, 1, 2]
    assert arcs.column("tail").tolist() == [1, 2, 6]
    assert arcs.column("cost").tolist() == [8, 9, 0]
    assert arcs.column("period").tolist() == [1, 1, 2]
    assert arcs.column("lane").tolist() == [-1, -1, 4]
    assert arcs.column("kind", ints(2, 0, 1)).tolist() == [Kind.WAIT, Kind.TREAT, Kind.WAIT]


def test_blocks_are_put_together_by_component_and_nodes_without_arcs_go():
    arcs = ArcList()
    arcs.add(Kind.WAIT, ints(4, 1), ints(5, 2), ints(2, 3), period=1, cost=ints(7, 8))
    arcs.add(Kind.TREAT, ints(1), ints(0), ints(6), period=1)
    network, means, now = assemble(arcs, ints(0, 3, -3, 0, 2, -2), ints(0, 0, 0, 0, 1, 1))
    assert now.tolist() == [0, 1, 2, -1, 3, 4]
    assert network.supply.tolist() == [0, 3, -3, 2, -2]
    assert network.node_start.tolist() == [0, 3, 5]
    assert network.arc_start.tolist() == [0, 2, 3]
    assert list(zip(network.tail.tolist(), network.head.tolist(), strict=True)) == [
        (1, 0),
        (1, 2),
        (3, 4),
    ]
    assert network.capacity.tolist() == [6, 3, 2]
    assert network.cost.tolist() == [0, 8, 7]
    assert means.kind.tolist() == [Kind.TREAT, Kind.WAIT, Kind.WAIT]
