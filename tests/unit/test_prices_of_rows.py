"""How prices of side rows are found: within a box that grows, shrinks and follows the best."""

from __future__ import annotations

import numpy as np
import pytest
from networks import ints, network_of

from mutualaid.model.network import NO_LIMIT, SideRows
from mutualaid.solve.lagrangian import (
    INITIAL_RADIUS,
    LARGEST_RADIUS,
    SMALLEST_RADIUS,
    LagrangianOracle,
    _TrustRegion,
    heights,
)

# The first row asks for at least 2, the second for 3 to 7, the third for at most 5.
ROWS = SideRows(
    start=ints([0, 1, 2, 3]),
    arc=ints([0, 1, 2]),
    coefficient=ints([1, 1, 1]),
    lower=ints([2, 3, -NO_LIMIT]),
    upper=ints([NO_LIMIT, 7, 5]),
)


def region():
    return _TrustRegion(ROWS, np.array([10.0, 20.0, 30.0]))


def test_each_limit_has_a_price_and_those_of_upper_limits_count_against():
    found = region()
    assert found.row.tolist() == [0, 1, 1, 2]
    assert found.sign.tolist() == [1, 1, -1, -1]
    assert found.limit.tolist() == [2, 3, -7, -5]
    assert found.row_price(np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [10, -20, -120]
    assert found.radius.tolist() == [INITIAL_RADIUS] * 4
    assert found.centre.tolist() == [0] * 4


def updated(found, steps, ratio):
    found.update(found.centre + np.array(steps) * found.radius, ratio=ratio)
    return (found.radius / INITIAL_RADIUS).tolist()


@pytest.mark.parametrize("ratio", [0, -0.5])
def test_boxes_that_led_astray_are_halved_and_the_best_prices_stay(ratio):
    found = region()
    assert updated(found, [1.0, 0.31, 0.3, -0.5], ratio) == [0.5, 0.5, 1, 0.5]
    assert found.centre.tolist() == [0] * 4


def test_a_price_that_runs_into_the_boundary_twice_has_its_box_doubled():
    """One that turns back has it halved; one that stays inside has it narrowed by a fifth."""
    found = region()
    assert updated(found, [1, 1, 0.89, -1], 1) == pytest.approx([1, 1, 0.8, 1])
    assert found.centre == pytest.approx(np.array([1, 1, 0.89, -1]) * INITIAL_RADIUS)
    assert updated(found, [1, -1, 0.5, -1], 1) == pytest.approx([2, 0.5, 0.64, 2])


def test_where_little_of_the_promise_was_kept_boxes_narrow():
    assert updated(region(), [1, 1, 1, 1], 0.1) == pytest.approx([0.7] * 4)
    assert updated(region(), [1, 1, 1, 1], 0.11) == pytest.approx([1] * 4)


def test_boxes_stay_between_the_narrowest_and_the_widest():
    found = region()
    for _ in range(40):
        updated(found, [1, 1, 1, 1], 1)
    assert found.radius.tolist() == [LARGEST_RADIUS] * 4
    for _ in range(60):
        updated(found, [1, 1, 1, 1], 0)
    assert found.radius.tolist() == [SMALLEST_RADIUS] * 4


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_adds_up_what_a_flow_costs_and_counts_by_service(seed):
    network = network_of(seed, rows=2)
    oracle = LagrangianOracle(network, heights(network))
    flow = np.arange(network.arcs)
    cost, level = oracle.cut(flow)
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
    oracle = LagrangianOracle(network, heights(network))
    assert oracle.unit.tolist() == (network.cost.max() / np.array(largest)).tolist()
