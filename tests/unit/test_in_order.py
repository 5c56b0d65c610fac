"""Objectives in order: each as small as can be within those before it, whatever the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from random_calls import SLOW, call_of, verdict
from strategies import costly, relaxed

import mutualaid as ma
from mutualaid.errors import SolverError
from mutualaid.model.network import Network, SideRows, no_rows
from mutualaid.solve import lexicographic
from mutualaid.solve.backends import highs
from mutualaid.solve.certificate import certify, shared_unit
from mutualaid.solve.parallel_arcs import cheapest_first
from mutualaid.solve.reduced_cost_fixing import hold

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
SEEDS = st.integers(0, 2**32 - 1)


@relaxed
@given(SEEDS)
def test_small_calls_of_every_mode_come_to_the_best(seed):
    """No call fails, none takes two seconds, and brute force finds nothing better."""
    word, seconds, more = verdict(seed)
    assert word in ("equal", "unasked"), more
    assert seconds < SLOW


@pytest.mark.parametrize("seed", [24, 1243, 2392, 2770, 5370, 5663])
def test_calls_that_once_failed_come_to_an_end(seed):
    """Few weeks of harm beside much of it: HiGHS gave up on such costs."""
    assert verdict(seed)[0] in ("equal", "unasked")


def test_breaches_then_harm_then_travel_where_everybody_gains():
    """Two trusts, two months: nobody over 52 weeks, and no minute of travel too many."""
    system = ma.datasets.collaborative(trusts=2, periods=2, areas_per_trust=1)
    plan = ma.optimise(system, None, ma.Transactional(), objectives=["over_52", "harm", "travel"])
    assert plan.stages["objective"].tolist() == ["over_52", "harm", "travel", "cost"]
    assert plan.stages["gap"].le(1e-4).all()
    assert plan.stages["value"][0] == 0
    assert plan.stages["value"][1] == pytest.approx(443_382, rel=1e-4)


@costly
@given(SEEDS, st.floats(3, 6), st.sampled_from([ma.Resource(), ma.Transactional()]))
def test_harm_counted_in_thousands_a_week_is_harm_all_the_same(seed, digits, mode):
    """What is lost in a week is a question of units: the plan is as good as with small ones."""
    call = call_of(seed)
    rate = float(round(10**digits))
    policy = call.policy.replace(harm=ma.harm.rtt(rate=rate, steps={}), max_lanes=None)
    free = {"weeks_per_hour": 0.0, "move_weeks": 0.0}
    plan = ma.optimise(call.system(), policy.replace(**free), mode)
    usual = policy.replace(harm=ma.harm.rtt(rate=1.0, steps={}), **free)
    assert plan.objective == pytest.approx(rate * ma.optimise(call.system(), usual, mode).objective)


@st.composite
def networks(draw):
    """A few ways from one place to another, with a row or none, and prices of any kind."""
    ways = draw(st.integers(1, 5))
    amounts = st.lists(st.integers(0, 3), min_size=ways, max_size=ways)
    capacity = np.array(draw(amounts))
    through = int(capacity.sum()) * draw(st.integers(1, 9)) // 10
    unit = draw(st.sampled_from([1, 7, 10**6]))
    rows = no_rows()
    if draw(st.booleans()):
        coefficient = np.array(draw(amounts)) * 1000
        rows = SideRows(
            start=np.array([0, ways]),
            arc=np.arange(ways),
            coefficient=coefficient,
            lower=np.array([0]),
            upper=np.array([draw(st.integers(0, 10)) * 1000]),
        )
    network = Network(
        supply=np.array([through, -through]),
        tail=np.zeros(ways, dtype=np.int32),
        head=np.ones(ways, dtype=np.int32),
        capacity=capacity,
        cost=np.array(draw(amounts)) * unit,
        tie=np.zeros(ways, dtype=np.int64),
        node_start=np.array([0, 2]),
        arc_start=np.array([0, ways]),
        rows=rows,
    )
    scale = draw(st.sampled_from([1, 3, 2**20]))
    price = st.integers(-4 * scale * unit, 4 * scale * unit)
    whole = st.integers(0, 4).map(lambda n: n * scale * unit)
    potential = np.array([0, draw(st.one_of(whole, whole, price))])
    row_price = np.array([draw(price) // 1000 for _ in range(len(rows))], dtype=np.int64)
    return network, potential, row_price, scale, draw(st.integers(0, 15)) * unit


def flows(network):
    """Every whole-number flow of a network, by trying all."""
    ranges = [range(k, u + 1) for k, u in zip(network.lower, network.capacity, strict=True)]
    found = set()
    for flow in np.array(np.meshgrid(*ranges)).reshape(len(ranges), -1).T:
        level = network.rows.level(flow)
        fits = (level >= network.rows.lower).all() and (level <= network.rows.upper).all()
        if flow.sum() == network.supply[0] and fits:
            found.add(tuple(flow.tolist()))
    return found


@relaxed
@given(networks())
def test_what_is_held_is_what_costs_no_more_and_nothing_else(drawn):
    """By any prices at all: the flows within the limit are kept, all of them and no others."""
    network, potential, row_price, scale, most = drawn
    within = {flow for flow in flows(network) if network.total(np.array(flow)) <= most}
    if within:
        held = hold(network, most, potential, row_price, scale)
        assert flows(held) == within


@relaxed
@given(networks())
def test_no_flow_undercuts_a_bound_that_is_rounded_to_what_costs_share(drawn):
    """Costs in millions: the bound is a multiple of a million, and holds."""
    network, potential, row_price, scale, _ = drawn
    for flow in flows(network):
        proof = certify(network, np.array(flow), potential, row_price, scale)
        assert proof.lower_bound <= proof.cost
        assert proof.lower_bound % shared_unit(network.cost) == 0


def test_a_stage_that_fails_is_said_and_never_better_than_it_is(monkeypatch):
    """HiGHS breaks down at the second objective: the first one's plan, its gap, and a warning."""
    system = two_trusts(periods=2, slots=(1, 2))
    call = {"objectives": ["moves", "harm"], "slack": {"moves": 4.0}}
    right = ma.optimise(system, collaboration=ma.Resource(), **call)
    relax, asked = lexicographic.relax, []

    def failing(network, limits):
        asked.append(1)
        if len(asked) > 1:
            raise SolverError("HiGHS failed while solving")
        return relax(network, limits)

    policy = ma.Policy(max_out=1)
    best = ma.optimise(system, policy, ma.Resource(), **call)
    monkeypatch.setattr(lexicographic, "relax", failing)
    with pytest.warns(ma.InputWarning, match="nothing better was found for the objective 'harm'"):
        plan = ma.optimise(system, policy, ma.Resource(), **call)
    assert right.violations().empty
    assert plan.violations().empty
    assert plan.stages["bound"].le(best.stages["value"]).all()
    assert plan.stages["value"][0] == best.stages["value"][0]
    assert plan.objective >= best.objective
    assert plan.gap > 0


def test_who_asked_for_a_solver_gets_its_error(monkeypatch):
    """Another solver that fails is not made up for."""

    def failing(*_):
        raise SolverError("PuLP's solver failed")

    monkeypatch.setattr(lexicographic, "relax", failing)
    with pytest.raises(ma.SolverError, match="failed"):
        ma.optimise(two_trusts(), ma.Policy(max_out=1), objectives=["moves"], solver="pulp:HiGHS")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"objectives": 5}, "objectives is an int"),
        ({"objectives": True}, "objectives is a bool"),
        ({"objectives": []}, "is empty"),
        ({"objectives": {"harm"}}, "objectives is a set"),
        ({"objectives": {"harm": 1}}, "objectives is a dict"),
        ({"objectives": ["harm", "harm"]}, "twice"),
        ({"objectives": [("harm",)]}, "has \\('harm',\\)"),
        ({"objectives": [["harm"]]}, "has \\['harm'\\]"),
        ({"objectives": [None, "harm", "harm"]}, "2 problems"),
        ({"objectives": ["harm"], "slack": 5}, "slack is an int"),
        ({"objectives": ["harm"], "slack": [("harm", 0.1)]}, "slack is a list"),
        ({"objectives": ["harm"], "slack": {"harm": "much"}}, "a share from 0"),
    ],
)
def test_orders_that_cannot_be_meant_are_said(options, told):
    """Each mistake is named, whatever it is."""
    with pytest.raises(ma.InputError, match=told):
        ma.optimise(two_trusts(), **options)


def test_objectives_may_come_as_any_column_of_names():
    """A tuple, an array or a column are lists too."""
    for names in (("moves",), np.array(["moves"]), pd.Series(["moves"])):
        assert ma.optimise(two_trusts(), objectives=names).stages["objective"][0] == "moves"


def test_high_costs_are_given_to_highs_in_a_larger_unit():
    """No cost above a million, and prices come back in the unit that was asked."""
    for rate in (1.0, 1e5):
        system = two_trusts(periods=2, slots=(1, 2))
        policy = ma.Policy(harm=ma.harm.rtt(rate=rate, steps={}), max_out=1)
        network = ma.build(system, policy).network
        program = highs.Program(network, ma.solve.Limits())
        program.solve()
        assert np.abs(np.array(program.solver.getLp().col_cost_)).max() <= highs.LARGEST_COST


def side_by_side(cost, capacity):
    """Two nodes, and arcs of these costs and capacities between them; 10 patients."""
    arcs = len(cost)
    zeros = np.zeros(arcs, dtype=np.int64)
    return Network(
        supply=np.array([10, -10]),
        tail=np.zeros(arcs, dtype=np.int32),
        head=np.ones(arcs, dtype=np.int32),
        capacity=np.array(capacity),
        cost=np.array(cost),
        tie=zeros,
        node_start=np.array([0, 2]),
        arc_start=np.array([0, arcs]),
    )


def test_who_waits_waits_at_the_least_harm_that_there_is_room_for():
    """Arcs with the same ends are filled from the cheapest; what is equal stays as it was."""
    network = side_by_side([9, 2, 4, 4], [10, 5, 5, 5])
    flow = np.array([6, 1, 0, 3])
    assert cheapest_first(network, flow).tolist() == [0, 5, 5, 0]
    kept = np.array([0, 5, 2, 3])
    assert cheapest_first(network, kept).tolist() == kept.tolist()
    held = replace(network, lower=np.array([3, 0, 0, 0]))
    assert cheapest_first(held, flow).tolist() == [3, 5, 2, 0]


def test_a_slack_wastes_no_harm():
    """Few moves within a slack of the cost: what waiting then costs is the least for those moves.

    The search for few moves left 10 patients on the dearest way to wait.
    """
    network = side_by_side([9, 2, 4], [10, 5, 5])
    wasted = np.array([10, 0, 0])
    aims = [
        lexicographic.Objective(name="cost", cost=network.cost, slack=9.0),
        lexicographic.Objective(name="moves", cost=np.zeros(3, dtype=np.int64)),
    ]
    flow = lexicographic._without_waste(network, aims, wasted)
    assert network.total(flow) == 30
    few = [lexicographic.Objective(name="few", cost=np.array([0, 1, 1]))]
    assert lexicographic._without_waste(network, few, wasted).tolist() == wasted.tolist()
