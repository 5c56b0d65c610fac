"""Promises kept in small networks, and relaxations within limits: held against every flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import as_set, every_flow, ints, lists, network_of

from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, SideRows, at_most
from mutualaid.solve.interface import Limits
from mutualaid.solve.keep_moves import keep_promises, stay_close
from mutualaid.solve.max_min import fair_gains, least_excess
from mutualaid.solve.parametric import frontier, least_within

SEEDS = range(16)
# Everybody leaves the list by one of four ways to a hospital or by waiting.
EXITS = ints([0, 1, 2, 3, 4])


def one_list(seed):
    """A list, a row of at most so many by the first and the third way in every other one."""
    network = lists(seed).component(0)
    if seed % 2:
        row = at_most(ints([1, 0, 1, 0, 0, 0, 0]), 2, "nurses")
        network = replace(network, rows=row, first=ints([0]), loose=ints([3]))
    return network


def promises(seed):
    """What was promised by each way; more than it can carry, too."""
    promised = np.zeros(7, dtype=np.int64)
    promised[:4] = np.random.default_rng(seed + 50).integers(0, 5, 4)
    return promised


@pytest.mark.parametrize("seed", SEEDS)
def test_as_many_promises_are_kept_as_can_be_and_then_the_cheapest_flow_is_found(seed):
    network, promised = one_list(seed), promises(seed)
    flows = every_flow(network)

    def rank(flow):
        return -int(np.minimum(flow, promised).sum()), network.total(flow)

    found = keep_promises(network, promised, EXITS, "auto", Limits())
    assert tuple(found) in as_set(flows)
    assert rank(found) == min(map(rank, flows))


@pytest.mark.parametrize("change", [0, 3, 50])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_change_is_made_where_it_saves_more_than_it_costs(seed, change):
    """Of the ways to a hospital only the first three stand; each drop and each addition counts."""
    network, standing = one_list(seed), promises(seed)
    moved = ints([0, 1, 2])
    flows = every_flow(network)

    def worth(flow):
        kept = np.minimum(flow, standing)[moved]
        added = np.maximum(flow - standing, 0)[moved]
        return network.total(flow) + change * int(added.sum() - kept.sum())

    patients = int(network.supply[0])
    start = min(flows, key=network.total)
    for known in (None, start):
        found, solution = stay_close(
            network, standing, moved, EXITS, change, "auto", Limits(), start=known
        )
        assert tuple(found) in as_set(flows)
        assert worth(found) == min(map(worth, flows))
        assert solution.certificate.cost == worth(found) + change * patients


@pytest.mark.parametrize("seed", range(0, 16, 2))
def test_of_what_is_as_good_the_usual_is_exceeded_least(seed):
    network, standing = one_list(seed), promises(seed)
    network = replace(network, cost=network.cost // 6)
    usual = ints([0, 0, 0, 1, 2, 0, 0])
    moved, others = ints([0, 1, 2]), ints([3, 4])
    found, _ = stay_close(
        network, standing, moved, EXITS, 2, "auto", Limits(), usual=(others, usual)
    )

    def rank(flow):
        kept = np.minimum(flow, standing)[moved]
        added = np.maximum(flow - standing, 0)[moved]
        beyond = np.maximum(flow - usual, 0)[others]
        return network.total(flow) + 2 * int(added.sum() - kept.sum()), int(beyond.sum())

    assert rank(found) == min(map(rank, every_flow(network)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_least_cost_within_a_weight_falls_as_more_is_allowed(seed):
    """Where the weight binds at a whole flow it is that flow's cost; in between, on a chord."""
    network = network_of(seed, both=False)
    weight = np.random.default_rng(seed + 60).integers(0, 4, network.arcs)
    flows = every_flow(network)
    cheapest = min((network.total(flow), int(weight @ flow)) for flow in flows)
    lightest = min((int(weight @ flow), network.total(flow)) for flow in flows)
    most = ints([lightest[0], cheapest[1], cheapest[1] + 5])
    found = least_within(network, weight, most, Limits())
    assert found == pytest.approx([lightest[1], cheapest[0], cheapest[0]])
    if lightest[0] < cheapest[1]:
        middle = least_within(network, weight, ints([(lightest[0] + cheapest[1]) // 2]), Limits())
        assert cheapest[0] <= middle[0] <= lightest[1] + 1e-9
    if lightest[0]:
        with pytest.raises(SolverError, match=f"no flow weighs at most {lightest[0] - 1}"):
            least_within(network, weight, ints([lightest[0] - 1]), Limits())


def shared(upper):
    """Six patients go by two ways at most four each, and each way bears what it carries."""
    network = network_of(0, both=False)
    return replace(
        network,
        supply=ints([6, 0, 0, -6]),
        tail=np.array([0, 0, 1, 2], dtype=np.int32),
        head=np.array([1, 2, 3, 3], dtype=np.int32),
        capacity=ints([4, 4, 4, 4]),
        lower=ints([0] * 4),
        cost=ints([1, 2, 0, 0]),
        tie=ints([0] * 4),
        arc_start=ints([0, 4]),
        rows=SideRows(
            start=ints([0, 1, 2]),
            arc=ints([0, 1]),
            coefficient=ints([1, 1]),
            lower=ints([-SAFE, -SAFE]),
            upper=ints(upper),
            names=("first", "second"),
        ),
    )


def test_gains_are_shared_so_that_the_smallest_is_as_large_as_can_be():
    """Bases 4 and 8: at two and four of them both gain a half."""
    gains = fair_gains(shared([9, 9]), ints([0, 1]), ints([4, 8]), Limits())
    assert gains == pytest.approx([0.5, 0.5])


def test_who_cannot_gain_more_is_held_and_the_others_go_on():
    """Two at least go by each way: with a base of 2 the second gains nothing."""
    network = shared([9, 9])
    gains = fair_gains(network, ints([0, 1]), ints([40, 2]), Limits())
    assert gains == pytest.approx([0.9, 0.0])
    assert fair_gains(network, ints([]), ints([]), Limits()).tolist() == []


def test_the_least_excess_is_what_every_row_has_to_give():
    """One and two are allowed, six go: at an excess of one of 1 and 2 each all have a place."""
    assert least_excess(shared([1, 2]), ints([0, 1]), ints([1, 2]), 10.0, Limits()) == (
        pytest.approx(1.0)
    )
    assert least_excess(shared([3, 3]), ints([0, 1]), ints([1, 1]), 10.0, Limits()) == (
        pytest.approx(0.0)
    )
    with pytest.raises(SolverError):
        least_excess(shared([1, 2]), ints([0, 1]), ints([1, 2]), 0.5, Limits())


def corners(flows, network, weight):
    """(weight, cost) where the least cost of mixtures of flows turns, from the lightest on."""
    points = sorted({(int(weight @ flow), network.total(flow)) for flow in flows})
    hull = []
    for w, c in points:
        if hull and c >= hull[-1][1]:
            continue
        while len(hull) > 1 and _above(hull[-2], hull[-1], (w, c)):
            hull.pop()
        hull.append((w, c))
    return hull


def _above(a, b, c):
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])


def test_a_frontier_turns_exactly_where_whole_flows_do():
    """Without other rows the corners of the relaxation are whole flows."""
    turns = 0
    for seed in range(120):
        network = network_of(seed)
        weight = np.random.default_rng(seed + 70).integers(0, 4, network.arcs)
        hull = corners(every_flow(network), network, weight)
        if len(hull) < 2:
            continue
        row = at_most(weight, hull[0][0], "weight")
        wider = replace(network, rows=row)
        span = hull[-1][0] - hull[0][0]
        found = frontier(wider, ints([1]), 0.0, float(span), Limits())
        assert found.exact
        assert found.at + hull[0][0] == pytest.approx([w for w, _ in hull])
        assert found.value == pytest.approx([c for _, c in hull])
        assert found.kink[1:-1].all()
        turns += len(hull) - 2
        rough = frontier(wider, ints([1]), 0.0, float(span), Limits(), tolerance=0.5)
        assert not rough.exact
        assert set(np.round(rough.at[[0, -1]], 6)) == {0, span}
        known = np.interp(found.at, rough.at, rough.value)
        assert (known >= found.value - 1e-6).all()
        assert (known - found.value <= 0.5 * (hull[0][1] - hull[-1][1]) + 1e-6).all()
    assert turns > 10
