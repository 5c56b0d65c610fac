"""Small random networks, every whole flow of which is counted: flows and ties are the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import SEEDS, as_set, every_flow, excess, ints, network_of

from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, Network, SideRows
from mutualaid.solve.backends.flow import Flows, Memory, solve_flow
from mutualaid.solve.certificate import broken, certify
from mutualaid.solve.potentials import NegativeCycleError, potentials
from mutualaid.solve.status import Status
from mutualaid.solve.tie_breaking import back_to_usual, fix, settle


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flow_is_the_cheapest_of_all(seed):
    network = network_of(seed, least=1)
    flow = solve_flow(network)
    assert broken(network, flow) == 0
    assert network.total(flow) == min(map(network.total, every_flow(network)))


@pytest.mark.parametrize("seed", SEEDS)
def test_potentials_prove_a_cheapest_flow_and_refuse_every_other(seed):
    network = network_of(seed, least=1)
    flows = every_flow(network)
    least = min(map(network.total, flows))
    for flow in flows:
        if network.total(flow) > least:
            with pytest.raises(NegativeCycleError):
                potentials(network, flow, network.cost)
            continue
        price = potentials(network, flow, network.cost)
        reduced = network.cost + price[network.tail] - price[network.head]
        assert (reduced[flow < network.capacity] >= 0).all()
        assert (reduced[flow > network.lower] <= 0).all()
        assert certify(network, flow, price).optimal


def test_a_potential_is_what_a_patient_saves_who_leaves_straight_away():
    """From a ward before the last, instead of by the last one: exact, or out of reach."""
    told = 0
    for seed in range(60):
        network = network_of(seed, both=False)
        if (network.supply[:3] < 0).any() or network.supply[3] >= 0:
            continue
        flow = solve_flow(network)
        price = potentials(network, flow, network.cost)
        assert price[3] == 0
        for node in range(3):
            supply = network.supply.copy()
            supply[[node, 3]] += [-1, 1]
            flows = every_flow(replace(network, supply=supply))
            if flows:
                told += 1
                saved = network.total(flow) - min(map(network.total, flows))
                assert price[node] == -saved
    assert told > 30


@pytest.mark.parametrize("seed", SEEDS)
def test_ties_are_settled_by_the_rule(seed):
    """Of the cheapest flows one with the least tie, of those the one nearest to the usual."""
    network = network_of(seed, both=False)
    network = replace(network, cost=network.cost % 2)
    draw = np.random.default_rng(seed + 1000)
    usual = np.full(network.arcs, -1)
    usual[[0, 1, 4]] = draw.integers(-1, 2, 3)
    flows = every_flow(network)
    price = potentials(network, solve_flow(network), network.cost)
    rank = {
        tuple(flow): (network.total(flow), int(network.tie @ flow), excess(flow, usual))
        for flow in map(ints, as_set(flows))
    }
    for wanted, key in ((usual, 3), (None, 2)):
        found = settle(network, price, wanted)
        assert rank[tuple(found)][:key] == min(rank.values())[:key]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rest_is_the_cheapest_when_some_is_fixed(seed):
    network = network_of(seed, least=1)
    draw = np.random.default_rng(seed + 2000)
    flows = every_flow(network)
    like = flows[draw.integers(len(flows))]
    fixed = draw.random(network.arcs) < 0.3
    cost = draw.integers(0, 5, network.arcs)
    found = fix(network, like, fixed, cost)
    assert (found[fixed] == like[fixed]).all()
    same = [flow for flow in flows if (flow[fixed] == like[fixed]).all()]
    assert tuple(found) in as_set(same)
    assert cost @ found == min(cost @ flow for flow in same)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_counts_as_a_tie_stays_when_the_rest_goes_back_to_the_usual(seed):
    network = network_of(seed, both=False)
    draw = np.random.default_rng(seed + 3000)
    flows = every_flow(network)
    before = flows[draw.integers(len(flows))]
    usual = np.full(network.arcs, -1)
    usual[[0, 4]] = draw.integers(0, 2, 2)
    found = back_to_usual(network, before, usual)
    held = network.tie > 0
    same = [flow for flow in flows if (flow[held] == before[held]).all()]
    best = min((network.total(flow), excess(flow, usual)) for flow in same)
    assert (network.total(found), excess(found, usual)) == best
    assert (found[held] == before[held]).all()


def test_what_would_break_a_row_does_not_go_back_to_the_usual():
    network = network_of(1, both=False)
    network = replace(network, tie=np.zeros_like(network.tie))
    flows = every_flow(network)
    usual = np.full(network.arcs, -1)
    dearest = max(flows, key=network.total)
    cheaper = back_to_usual(network, dearest, usual)
    assert network.total(cheaper) < network.total(dearest)
    row = SideRows(
        start=ints([0, network.arcs]),
        arc=np.arange(network.arcs),
        coefficient=network.cost,
        lower=ints([network.total(dearest)]),
        upper=ints([SAFE]),
        names=("as dear",),
    )
    tied = replace(network, rows=row)
    assert back_to_usual(tied, dearest, usual).tolist() == dearest.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_flows_are_found_again_for_other_costs_and_bounds(seed):
    network = network_of(seed)
    flows = Flows(network)
    draw = np.random.default_rng(seed)
    for _ in range(3):
        cost = draw.integers(0, 6, network.arcs)
        found = flows.solve(cost)
        assert cost @ found == min(cost @ flow for flow in every_flow(network))
    wider = replace(network, capacity=network.capacity + 1)
    assert flows.fits(wider)
    flows.renew(wider)
    found = flows.solve(network.cost)
    assert network.total(found) == min(map(network.total, every_flow(wider)))
    assert not flows.fits(network_of(seed, both=False))


def test_networks_solved_lately_are_remembered_by_their_form():
    memory = Memory(most=2)
    small, large = network_of(0, both=False), network_of(0)
    first = memory.flows(small)
    other = memory.flows(large)
    assert other is not first
    wider = replace(small, capacity=small.capacity + 1)
    assert memory.flows(wider) is first
    assert first.network is wider
    assert memory.kept == [first, other]
    third = memory.flows(
        replace(small, tail=small.tail[[0, 0, 2, 3, 4, 5]], head=small.head * 0 + 3)
    )
    assert memory.kept == [third, first]
    assert memory.flows(large) is not other


def one_way(patients, capacity, cost, lower=0):
    return Network(
        supply=ints([patients, -patients]),
        tail=np.zeros(1, dtype=np.int32),
        head=np.ones(1, dtype=np.int32),
        capacity=ints([capacity]),
        lower=ints([lower]),
        cost=ints([cost]),
        tie=ints([0]),
        node_start=ints([0, 2]),
        arc_start=ints([0, 1]),
    )


def test_numbers_that_64_bits_cannot_bear_are_refused():
    most = 2**62
    assert solve_flow(one_way(most - 1, most - 1, 0)).tolist() == [most - 1]
    with pytest.raises(SolverError, match="too small for these supplies"):
        solve_flow(one_way(most, most, 0))
    assert solve_flow(one_way(1, 1, most // 3 - 1)).tolist() == [1]
    with pytest.raises(SolverError, match="too small for these costs"):
        solve_flow(one_way(1, 1, most // 3))


def test_patients_without_a_way_have_no_plan():
    with pytest.raises(SolverError, match="found no plan") as found:
        solve_flow(one_way(2, 1, 0))
    assert found.value.status == str(Status.INFEASIBLE)


def test_what_must_flow_flows_where_nothing_else_has_to():
    assert solve_flow(one_way(2, 3, 1, lower=2)).tolist() == [2]
