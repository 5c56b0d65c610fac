"""Small random networks with side rows, every flow of which is counted: plans are the best."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from networks import SEEDS, as_set, every_flow, ints, network_of

from mutualaid.errors import SolverError
from mutualaid.model.network import NO_LIMIT, Network, SideRows, no_rows
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.backends.small_program import small_program
from mutualaid.solve.certificate import lower_bound, right_signs
from mutualaid.solve.cutting_plane_master import CuttingPlaneMaster
from mutualaid.solve.decompose import parts_of
from mutualaid.solve.interface import Limits
from mutualaid.solve.lagrangian import LagrangianOracle, heights, maximise_dual
from mutualaid.solve.lexicographic import Objective, solve_in_order
from mutualaid.solve.potentials import potentials
from mutualaid.solve.reduced_cost_fixing import hold
from mutualaid.solve.reduced_network import fix_flows
from mutualaid.solve.sifting import _Elastic, sift
from mutualaid.solve.solver import certified, certified_by, relax, solve


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("most_over", [0, 1, 3])
def test_holding_a_cost_keeps_exactly_the_flows_that_cost_no_more(seed, most_over):
    network = network_of(seed, rows=seed % 3, least=1)
    flows = every_flow(network)
    least = min(map(network.total, flows))
    if len(network.rows):
        best = relax(network, Limits())
        price, row_price = np.rint(best.potential * 8), np.rint(best.row_price * 8)
        prices = price.astype(np.int64), right_signs(network.rows, row_price.astype(np.int64)), 8
    else:
        prices = potentials(network, solve_flow(network), network.cost), ints([]), 1
    held = hold(network, least + most_over, *prices)
    allowed = [flow for flow in flows if network.total(flow) <= least + most_over]
    assert as_set(every_flow(held)) == as_set(allowed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reduced_network_has_the_flows_that_agree_on_what_is_fixed(seed):
    network = network_of(seed, rows=2, least=1)
    draw = np.random.default_rng(seed + 4000)
    flows = every_flow(network)
    like = flows[draw.integers(len(flows))]
    free = draw.random(network.arcs) < 0.6
    network = replace(network, first=ints([1, 3]), loose=ints([2, 5, 8]))
    restricted = fix_flows(network, free, like)
    whole = [restricted.whole(flow) for flow in every_flow(restricted.network)]
    same = [flow for flow in flows if (flow[~free] == like[~free]).all()]
    assert as_set(whole) == as_set(same)
    assert restricted.arcs[restricted.network.first].tolist() == [a for a in (1, 3) if free[a]]
    assert restricted.arcs[restricted.network.loose].tolist() == [a for a in (2, 5, 8) if free[a]]
    assert restricted.network.cost.tolist() == network.cost[free].tolist()
    assert restricted.network.tie.tolist() == network.tie[free].tolist()
    assert restricted.fixed[free].tolist() == [0] * int(free.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_together_have_the_flows_of_the_whole(seed):
    network = network_of(seed, rows=1 + seed % 2)
    draw = np.random.default_rng(seed + 5000)
    # Some rows touch one service only, so that the other stands alone.
    rows = network.rows
    kept = rows.arc < (6 if draw.random() < 0.5 else 10)
    rows = replace(
        rows,
        arc=rows.arc[kept],
        coefficient=rows.coefficient[kept],
        start=np.append(0, np.cumsum(np.bincount(rows.row[kept], minlength=len(rows)))),
    )
    network = replace(network, rows=rows, first=ints([0, 7]), loose=ints([4, 9]))
    free, tied = parts_of(network)
    whole = []
    for flows in product(*(every_flow(part.network) for part in (free, *tied))):
        flow = np.zeros(network.arcs, dtype=np.int64)
        for part, found in zip((free, *tied), flows, strict=True):
            flow[part.arcs] = found
        whole.append(flow)
    assert as_set(whole) == as_set(every_flow(network))
    for name, arcs in (("first", [0, 7]), ("loose", [4, 9])):
        found = [part.arcs[getattr(part.network, name)] for part in (free, *tied)]
        assert np.sort(np.concatenate(found)).tolist() == arcs
    assert np.concatenate([part.network.cost for part in (free, *tied)]).sum() == network.cost.sum()


@pytest.mark.parametrize("solver", ["auto", "pulp:HiGHS"])
@pytest.mark.parametrize("seed", range(12))
def test_with_side_rows_the_plan_is_the_best_of_all(seed, solver):
    network = network_of(seed, rows=2, least=1)
    least = min(map(network.total, every_flow(network)))
    found = solve(network, solver)
    assert tuple(found.flow) in as_set(every_flow(network))
    assert network.total(found.flow) == least
    assert found.certificate.lower_bound <= least
    assert found.certificate.valid


@pytest.mark.parametrize("seed", range(8))
def test_rows_that_nothing_keeps_have_no_plan(seed):
    network = network_of(seed, rows=1)
    flows = every_flow(replace(network, rows=no_rows()))
    most = max(int(network.rows.level(flow)[0]) for flow in flows)
    row = replace(network.rows, lower=ints([most + 1]), upper=ints([NO_LIMIT]))
    with pytest.raises(SolverError):
        solve(replace(network, rows=row))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_prices_at_all_prove_more_than_the_best(seed):
    network = network_of(seed, rows=2, least=1)
    least = min(map(network.total, every_flow(network)))
    draw = np.random.default_rng(seed + 6000)
    for scale in (1, 3):
        price = right_signs(network.rows, draw.integers(-4, 5, 2))
        potential = draw.integers(-9, 10, network.nodes)
        assert lower_bound(network, potential, price, scale) <= least


@pytest.mark.parametrize("seed", SEEDS)
def test_objectives_in_order_are_the_best_in_that_order(seed):
    network = network_of(seed, rows=seed % 3)
    draw = np.random.default_rng(seed + 7000)
    first, second = (draw.integers(0, 4, network.arcs) for _ in range(2))
    flows = every_flow(network)
    best = min((int(first @ flow), int(second @ flow)) for flow in flows)
    objectives = [Objective(name="first", cost=first), Objective(name="second", cost=second)]
    found, proofs = solve_in_order(network, objectives, "auto", Limits())
    assert (int(first @ found.flow), int(second @ found.flow)) == best
    assert tuple(found.flow) in as_set(flows)
    assert [proof.cost for proof in proofs] == list(best)
    assert found.certificate.cost == network.total(found.flow)
    assert found.certificate.lower_bound <= min(map(network.total, flows))


@pytest.mark.parametrize("seed", range(12))
def test_an_objective_may_be_made_worse_by_its_slack(seed):
    """A quarter more than the least of the first, and within that the least of the second."""
    network = network_of(seed)
    draw = np.random.default_rng(seed + 8000)
    first, second = draw.integers(1, 5, network.arcs), draw.integers(0, 4, network.arcs)
    flows = every_flow(network)
    most = min(int(first @ flow) for flow in flows) * 5 // 4
    least = min(int(second @ flow) for flow in flows if first @ flow <= most)
    objectives = [
        Objective(name="first", cost=first, slack=0.25),
        Objective(name="second", cost=second),
    ]
    found, _ = solve_in_order(network, objectives, "auto", Limits())
    assert int(second @ found.flow) == least
    assert int(first @ found.flow) <= most


@pytest.mark.parametrize("seed", SEEDS)
def test_prices_of_rows_bound_every_plan_and_the_best_ones_as_well_as_can_be(seed):
    network = network_of(seed, rows=2)
    height = heights(network)
    least = min(map(network.total, every_flow(network)))
    oracle = LagrangianOracle(network, height)
    draw = np.random.default_rng(seed + 9000)
    apart = every_flow(replace(network, rows=no_rows()))
    for _ in range(4):
        price = right_signs(network.rows, draw.integers(-3, 4, 2).astype(float))
        point = oracle.evaluate(price)
        rows = network.rows
        limit = np.where(price > 0, rows.lower, np.where(price < 0, rows.upper, 0))
        cheapest = min(network.total(f) - float(price @ rows.level(f)) for f in apart)
        assert point.bound == pytest.approx(cheapest + float(price @ limit))
        assert point.bound <= least + 1e-6
    best = maximise_dual(oracle)
    assert best.bound == pytest.approx(relax(network, Limits()).cost(network), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sifted_relaxation_is_as_good_as_the_whole_one(seed):
    network = network_of(seed, rows=2)
    found = sift(network, Limits(), None)
    whole = relax(network, Limits()).cost(network)
    assert found is not None
    flow = found.restricted.whole(found.relaxed.flow)
    assert float(network.cost @ flow) == pytest.approx(whole, rel=1e-4, abs=1e-4)
    assert found.best.bound == pytest.approx(whole, rel=1e-4, abs=1e-4)


def test_heights_rise_by_one_where_a_row_makes_an_arc_cheaper():
    """A row of at most rewards what counts less than nothing, a row of at least what counts."""
    network = network_of(0, both=False)
    row = SideRows(
        start=ints([0, 2, 4]),
        arc=ints([0, 4, 2, 5]),
        coefficient=ints([-1, 1, 1, -1]),
        lower=ints([-NO_LIMIT, 0]),
        upper=ints([9, NO_LIMIT]),
    )
    assert heights(replace(network, rows=row)).tolist() == [0, 1, 1, 1]


def test_a_cycle_that_a_row_makes_cheaper_has_no_heights():
    network = Network(
        supply=ints([0, 0]),
        tail=np.array([0, 1], dtype=np.int32),
        head=np.array([1, 0], dtype=np.int32),
        capacity=ints([1, 1]),
        cost=ints([1, 1]),
        tie=ints([0, 0]),
        node_start=ints([0, 2]),
        arc_start=ints([0, 2]),
        rows=SideRows(
            start=ints([0, 1]),
            arc=ints([0]),
            coefficient=ints([1]),
            lower=ints([1]),
            upper=ints([NO_LIMIT]),
        ),
    )
    assert heights(network) is None


def test_a_flow_that_keeps_not_every_limit_is_no_plan():
    network = network_of(1, rows=1)
    flow = solve(network).flow
    none = np.zeros(network.nodes), np.zeros(1)
    assert certified_by(network, flow, *none, "somebody").certificate.feasible
    for wrong in (flow + 1, flow - 1, 9 * flow):
        with pytest.raises(SolverError, match="somebody gave a plan that failed its certificate"):
            certified_by(network, wrong, *none, "somebody")


def test_without_side_rows_a_dearer_flow_is_no_plan():
    """With side rows a gap may be left, and is said; without, nothing but the best will do."""
    network = network_of(1, both=False)
    flows = sorted(every_flow(network), key=network.total)
    price = potentials(network, flows[0], network.cost)
    none = ints([])
    assert certified(network, flows[0], price, none, "somebody", scale=1).certificate.optimal
    with pytest.raises(SolverError, match="failed its certificate"):
        certified(network, flows[-1], price, none, "somebody", scale=1)
    left = certified(network, flows[-1], price, none, "somebody", scale=1, pure=False)
    assert left.certificate.cost - left.certificate.lower_bound == 14 - 9
    assert left.certificate.gap == pytest.approx(5 / 14)


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_that_cost_nothing_to_break_are_broken_and_told(seed):
    """Then the relaxation costs what the flow without rows does; kept, what it does with them."""
    network = network_of(seed, rows=2)
    free = min(map(network.total, every_flow(replace(network, rows=no_rows()))))
    # Twenty times as far: a row may be broken by much.
    rows = replace(network.rows, coefficient=network.rows.coefficient * 20)
    level = rows.level(solve(network).flow)
    kept = level, level + 1
    network = replace(network, rows=replace(rows, lower=kept[0], upper=kept[1]))
    elastic = _Elastic(network, np.full(2, 1e-9), Limits())
    relaxed, told = elastic.relaxation()
    assert float(network.cost @ relaxed.flow) == pytest.approx(free, abs=1e-5)
    far = network.rows.coefficient * relaxed.flow[network.rows.arc]
    reached = np.bincount(network.rows.row, weights=far, minlength=2)
    broken = (reached < kept[0] - 1e-5) | (reached > kept[1] + 1e-5)
    assert told[broken].all()
    elastic.kept(relaxed)
    again, told = elastic.relaxation()
    assert not told.any()
    assert float(network.cost @ again.flow) == pytest.approx(
        relax(network, Limits()).cost(network), abs=1e-5
    )


def test_no_solver_says_anything(capfd):
    network = network_of(1, rows=2)
    solve(network, "highs")
    sift(network, Limits(), None)
    two = np.ones(2)
    small_program(two, (0 * two, two), np.ones((1, 2)), (np.ones(1), np.ones(1)))
    CuttingPlaneMaster(two).limit(np.arange(2), 0 * two, two)
    program = CuttingPlaneMaster(two)
    program.limit(np.arange(2), 0 * two, two)
    assert program.solve()[0] == 2
    assert capfd.readouterr() == ("", "")


def test_a_master_program_keeps_every_row_it_was_given():
    """Beds a and b, at most 5 of each: a + b at most 6, then 2a + b at most 8, then b at most 3."""
    program = CuttingPlaneMaster(np.array([3.0, 2.0]))
    program.limit(np.arange(2), np.zeros(2), np.full(2, 5.0))
    assert program.solve()[0] == pytest.approx(25)
    program.add_rows(np.array([[1.0, 1.0]]), np.array([6.0]))
    value, found = program.solve()
    assert (value, found.tolist()) == (pytest.approx(17), pytest.approx([5, 1]))
    program.add_rows(np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([8.0, 3.0]))
    value, found = program.solve()
    assert (value, found.tolist()) == (pytest.approx(13.5), pytest.approx([2.5, 3]))


def test_a_small_program_without_an_optimum_is_an_error():
    one = np.ones(1)
    with pytest.raises(SolverError, match="no optimum"):
        small_program(one, (0 * one, one), np.ones((1, 1)), (2 * one, 2 * one))
    with pytest.raises(SolverError, match="no optimum"):
        CuttingPlaneMaster(one).solve()


def test_a_row_that_nothing_is_in_is_kept_or_there_is_no_plan():
    network = network_of(1)
    nothing = SideRows(
        start=ints([0, 0]),
        arc=ints([]),
        coefficient=ints([]),
        lower=ints([-NO_LIMIT]),
        upper=ints([0]),
    )
    _, tied = parts_of(replace(network, rows=nothing))
    assert [part.rows.tolist() for part in tied] == [[0]]
    assert solve(replace(network, rows=nothing)).certificate.feasible
    with pytest.raises(SolverError):
        solve(replace(network, rows=replace(nothing, upper=ints([-1]))))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused_by_the_solver_s_name(monkeypatch, value):
    def values(problem, names):
        del problem
        return np.full(len(names), value)

    monkeypatch.setattr("mutualaid.solve.backends.pulp_backend.values", values)
    for solver in ("pulp", "pulp:HiGHS"):
        with pytest.raises(SolverError, match="PuLP's solver HiGHS gave values that are no"):
            solve(network_of(1, rows=1), solver)


def test_without_objectives_there_is_nothing_to_look_for():
    with pytest.raises(ValueError, match="no objectives"):
        solve_in_order(network_of(1), [], "auto", Limits())
