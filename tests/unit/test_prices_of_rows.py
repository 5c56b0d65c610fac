"""How prices of side rows are looked for: within boxes that widen, narrow and follow the best."""

from __future__ import annotations

import numpy as np
import pytest
from networks import ints, network_of

from mutualaid.model.network import SAFE, SideRows
from mutualaid.solve.lagrangian import (
    FIRST_BOX,
    NARROWEST_BOX,
    WIDEST_BOX,
    Pricing,
    _Sides,
    heights,
)

# The first row asks for at least 2, the second for 3 to 7, the third for at most 5.
ROWS = SideRows(
    start=ints([0, 1, 2, 3]),
    arc=ints([0, 1, 2]),
    coefficient=ints([1, 1, 1]),
    lower=ints([2, 3, -SAFE]),
    upper=ints([SAFE, 7, 5]),
    names=("least", "between", "most"),
)


def sides():
    return _Sides(ROWS, np.array([10.0, 20.0, 30.0]))


def test_each_limit_has_a_price_and_those_of_upper_limits_count_against():
    found = sides()
    assert found.row.tolist() == [0, 1, 1, 2]
    assert found.sign.tolist() == [1, 1, -1, -1]
    assert found.limit.tolist() == [2, 3, -7, -5]
    assert found.row_price(np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [10, -20, -120]
    assert found.box.tolist() == [FIRST_BOX] * 4
    assert found.best.tolist() == [0] * 4


def moved(found, steps, **more):
    found.moved(found.best + np.array(steps) * found.box, **more)
    return (found.box / FIRST_BOX).tolist()


def test_boxes_that_led_astray_are_halved_and_the_best_prices_stay():
    found = sides()
    assert moved(found, [1.0, 0.31, 0.3, -0.5], better=False, kept=0) == [0.5, 0.5, 1, 0.5]
    assert found.best.tolist() == [0] * 4


def test_a_price_that_runs_into_the_wall_twice_has_its_box_doubled():
    """One that turns back has it halved; one that stays inside has it narrowed by a fifth."""
    found = sides()
    assert moved(found, [1, 1, 0.89, -1], better=True, kept=1) == pytest.approx([1, 1, 0.8, 1])
    assert found.best == pytest.approx(np.array([1, 1, 0.89, -1]) * FIRST_BOX)
    assert moved(found, [1, -1, 0.5, -1], better=True, kept=1) == pytest.approx([2, 0.5, 0.64, 2])


def test_where_little_of_the_promise_was_kept_boxes_narrow():
    assert moved(sides(), [1, 1, 1, 1], better=True, kept=0.1) == pytest.approx([0.7] * 4)
    assert moved(sides(), [1, 1, 1, 1], better=True, kept=0.11) == pytest.approx([1] * 4)


def test_boxes_stay_between_the_narrowest_and_the_widest():
    found = sides()
    for _ in range(40):
        moved(found, [1, 1, 1, 1], better=True, kept=1)
    assert found.box.tolist() == [WIDEST_BOX] * 4
    for _ in range(60):
        moved(found, [1, 1, 1, 1], better=False, kept=0)
    assert found.box.tolist() == [NARROWEST_BOX] * 4


@pytest.mark.parametrize("seed", range(8))
def test_a_plane_adds_up_what_a_flow_costs_and_counts_by_service(seed):
    network = network_of(seed, rows=2)
    pricing = Pricing(network, heights(network))
    flow = np.arange(network.arcs)
    cost, level = pricing.plane(flow)
    assert cost.tolist() == [
        int(network.cost[:6] @ flow[:6]),
        int(network.cost[6:] @ flow[6:]),
    ]
    assert level.sum(axis=1).tolist() == network.rows.level(flow).tolist()
    first = network.rows.arc < 6
    one = np.bincount(
        network.rows.row[first],
        weights=(network.rows.coefficient * flow[network.rows.arc])[first],
        minlength=2,
    )
    assert level[:, 0].tolist() == one.tolist()


def test_a_unit_of_price_outweighs_the_dearest_arc():
    network = network_of(5, rows=2)
    largest = [np.abs(network.rows.coefficient[network.rows.row == row]).max() for row in range(2)]
    pricing = Pricing(network, heights(network))
    assert pricing.unit.tolist() == (network.cost.max() / np.array(largest)).tolist()
