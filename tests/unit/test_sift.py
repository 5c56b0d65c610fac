"""A row for each trust in a national plan: prices first, then few arcs, then proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.model.network import NO_LIMIT, Network, SideRows, no_rows
from mutualaid.solve import sifting
from mutualaid.solve import solver as run
from mutualaid.solve.backends.flow import Flows, Memory, solve_flow
from mutualaid.solve.certificate import broken
from mutualaid.solve.interface import Limits
from mutualaid.solve.lagrangian import LagrangianOracle, heights, maximise_dual
from mutualaid.solve.reduced_network import fix_flows

MODES = (
    ma.Transactional(),
    ma.Transactional(tolerance=5),
    ma.Resource(),
    ma.Deep(max_sacrifice=0.01),
)


@pytest.fixture(scope="module")
def system():
    return ma.datasets.collaborative(trusts=4, areas_per_trust=2, periods=6)


@pytest.fixture(scope="module", params=MODES, ids=repr)
def promised(request, system):
    """Networks whose services are tied together by what trusts promise each other."""
    made = ma.build(system, collaboration=request.param)
    return made.network, made.alone()


def test_prices_bound_what_the_whole_program_costs(promised):
    """Any prices bound the optimum from below, and the best ones come next to it."""
    network, alone = promised
    relaxed = run.relax(network, Limits())
    optimum = float(network.cost @ relaxed.flow)
    oracle = LagrangianOracle(network, heights(network))
    nothing = oracle.evaluate(np.zeros(len(network.rows)))
    best = maximise_dual(oracle, alone)
    assert nothing.bound == pytest.approx(network.total(solve_flow(network)))
    assert nothing.bound <= best.bound <= optimum * (1 + 1e-9)
    assert optimum - best.bound <= 1e-4 * optimum


def test_what_is_looked_at_is_proven_cheapest_for_its_prices(promised):
    """Potentials of the priced flow: no arc could carry more, or less, at a gain."""
    network, alone = promised
    best = maximise_dual(LagrangianOracle(network, heights(network)), alone)
    potential = best.potential(network) * best.scale
    reduced = best.cost + potential[network.tail] - potential[network.head]
    assert not ((reduced < -0.5) & (best.flow < network.capacity)).any()
    assert not ((reduced > 0.5) & (best.flow > network.lower)).any()


def test_few_arcs_have_the_optimum_of_all(promised):
    """The reduced network's relaxation costs what the whole one costs, and the bound says so."""
    network, alone = promised
    found = sifting.sift(network, Limits(), alone)
    optimum = float(network.cost @ run.relax(network, Limits()).flow)
    flow = found.restricted.whole(found.relaxed.flow)
    assert float(network.cost @ flow) == pytest.approx(optimum, rel=2 * sifting.CLOSE)
    assert found.best.bound <= optimum * (1 + 1e-9)
    assert found.restricted.network.arcs < network.arcs


@pytest.mark.parametrize("mode", MODES, ids=repr)
def test_a_sifted_plan_is_certified_like_any_other(system, mode, monkeypatch):
    """Whole patients, every promise kept, and as good as the plan from the whole program."""
    plain = ma.optimise(system, collaboration=mode, solver="highs")
    monkeypatch.setattr(run, "SIFTED", 0)
    monkeypatch.setattr(run, "_solve_tied", None)
    plan = ma.optimise(system, collaboration=mode)
    assert plan.certificate.valid
    assert plan.violations().empty
    assert plan.certificate.cost >= plain.certificate.lower_bound
    assert plain.certificate.cost >= plan.certificate.lower_bound
    assert plan.gap <= 1e-3


def test_where_prices_lead_nowhere_the_whole_program_is_solved(system, monkeypatch):
    """Sifting that finds nothing, or fails, costs time and nothing else."""
    plain = ma.optimise(system, collaboration=ma.Resource(), solver="highs")
    monkeypatch.setattr(run, "SIFTED", 0)

    def fails(*_args):
        raise ma.SolverError("no")

    def is_too_large(*_args):
        raise OverflowError("64 bits")

    for way in (lambda *_args: None, fails, is_too_large):
        monkeypatch.setattr(run, "sift", way)
        plan = ma.optimise(system, collaboration=ma.Resource())
        assert plan.certificate == plain.certificate


def test_choices_are_left_to_the_whole_program(system):
    """Whether a trust takes part is no price."""
    made = ma.build(system, collaboration=ma.Transactional(min_gain=0.01))
    assert len(made.network.first)
    assert sifting.sift(made.network, Limits(), None) is None


def test_a_cycle_of_ever_cheaper_arcs_has_no_heights():
    """Then no cost can be lifted above 0 for the flow solver without changing the answer."""
    round_and_round = Network(
        supply=np.array([0, 0]),
        tail=np.array([0, 1], dtype=np.int32),
        head=np.array([1, 0], dtype=np.int32),
        capacity=np.array([5, 5]),
        cost=np.array([1, 1]),
        tie=np.array([0, 0]),
        node_start=np.array([0, 2]),
        arc_start=np.array([0, 2]),
        rows=SideRows(
            start=np.array([0, 2]),
            arc=np.array([0, 1]),
            coefficient=np.array([1, 1]),
            lower=np.array([2]),
            upper=np.array([NO_LIMIT]),
        ),
    )
    assert heights(round_and_round) is None
    assert sifting.sift(round_and_round, Limits(), None) is None


def test_a_reduced_network_is_the_same_problem_with_fewer_arcs(promised):
    """Fixed arcs count in supplies and rows: a limit kept by the free arcs is kept by all."""
    network, alone = promised
    rng = np.random.default_rng(3)
    free = rng.random(network.arcs) < 0.6
    restricted = fix_flows(network, free, alone)
    assert not broken(restricted.network, alone[restricted.arcs])
    assert np.array_equal(restricted.whole(alone[restricted.arcs]), alone)
    other = solve_flow(replace(restricted.network, rows=no_rows()))
    whole = restricted.whole(other)
    assert not broken(replace(network, rows=no_rows()), whole)
    assert np.array_equal(whole[~free], alone[~free])
    level, part = network.rows.level(whole), restricted.network.rows.level(other)
    assert np.array_equal(level - part, network.rows.level(restricted.fixed))


def test_a_search_that_starts_where_the_last_one_ended_finds_as_cheap_a_flow(system):
    """Other costs, other capacity: warm or cold, the optimum is the same."""
    network = ma.build(system).network
    rng = np.random.default_rng(1)
    flows, memory = Flows(network), Memory()
    for _ in range(5):
        cost = np.rint(network.cost * (0.8 + 0.4 * rng.random(network.arcs))).astype(np.int64)
        assert int(cost @ flows.solve(cost)) == int(cost @ solve_flow(network, cost))
        wider = replace(network, capacity=network.capacity + rng.integers(0, 5, network.arcs))
        warm = memory.flows(wider).solve(wider.cost)
        assert not broken(replace(wider, rows=no_rows()), warm)
        assert wider.total(warm) == wider.total(solve_flow(wider))
    assert len(memory.kept) == 1


def test_memory_keeps_the_last_few_networks(system):
    """One network after another of other forms: the oldest is forgotten."""
    memory = Memory(most=2)
    networks = [ma.build(system, ma.Policy(max_minutes=m)).network for m in (15, 30, 60)]
    found = [memory.flows(network) for network in networks]
    assert memory.flows(networks[2]) is found[2]
    assert memory.flows(networks[0]) is not found[0]


def test_services_side_by_side_give_the_same_plan_byte_for_byte(system):
    """Where services are solved makes no difference to anything."""
    here = ma.optimise(system)
    with ThreadPoolExecutor(3) as executor:
        there = ma.optimise(system, executor=executor)
    assert np.array_equal(here.solution.flow, there.solution.flow)
    assert np.array_equal(here.solution.potential, there.solution.potential)
    assert here.certificate == there.certificate


def test_an_executor_is_one():
    with pytest.raises(ma.InputError, match="executor is an int"):
        ma.optimise(ma.datasets.collaborative(trusts=2, periods=2), executor=4)


def test_scenarios_in_a_row_are_those_one_by_one(system):
    """A scenario that starts from the last one's basis has the plan that it has alone."""
    scenarios = [
        ma.studies.Scenario(f"{factor:.0%}", [ma.studies.changes.Capacity(factor=factor)])
        for factor in (1.0, 0.9, 1.1)
    ]
    runs = ma.studies.run_scenarios(system, None, scenarios)
    for one in scenarios:
        alone = ma.optimise(*one.apply(system, None))
        plan = runs.plans[one.name]
        assert np.array_equal(alone.solution.flow, plan.solution.flow)
        assert np.array_equal(alone.solution.potential, plan.solution.potential)


def test_a_row_that_could_not_bind_before_binds_in_the_next_scenario():
    """Twice the slots, and the theatre time that had been ample is what there is least of."""
    rows = pd.DataFrame
    small = ma.System(
        rows({"origin": ["A"], "service": ["hips"], "weeks_waiting": [9], "patients": [8]}),
        rows({"provider": ["A"], "service": ["hips"], "period": [1], "slots": [2]}),
        rows({"origin": ["A"], "provider": ["A"], "minutes": [0]}),
        pools=rows({"provider": ["A"], "pool": ["theatre"], "period": [1], "amount": [3]}),
        usage=rows({"service": ["hips"], "pool": ["theatre"], "amount": [1]}),
        periods=1,
    )
    twice = ma.studies.Scenario("twice", [ma.studies.changes.Capacity(factor=2)])
    runs = ma.studies.run_scenarios(small, None, [ma.studies.Scenario("as it is"), twice])
    treated = [int(plan.treatments["patients"].sum()) for plan in runs.plans.values()]
    assert treated == [2, 3]
