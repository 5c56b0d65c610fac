"""Small decisions before small futures, every one of which is tried: what is found is the best."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from networks import ints

from mutualaid.model.network import Network
from mutualaid.solve.interface import Limits
from mutualaid.solve.stochastic.dantzig_wolfe import Master
from mutualaid.solve.stochastic.extensive_form import TwoStage, side_by_side
from mutualaid.solve.stochastic.two_stage_program import coarse, decide, hedge, risk

LEVELS = (Fraction(0), Fraction(1, 2), Fraction(3, 4), Fraction(1))
NO_START = (None, None, None)


def future(patients, capacity, cost):
    """So many patients, by two ways that a decision limits or a third that none does."""
    return Network(
        supply=ints([patients, -patients]),
        tail=np.zeros(3, dtype=np.int32),
        head=np.ones(3, dtype=np.int32),
        capacity=ints([*capacity, 9]),
        cost=ints(cost),
        tie=ints([0, 0, 0]),
        node_start=ints([0, 2]),
        arc_start=ints([0, 3]),
    )


def program_of(seed):
    """Three futures of two decisions: how many go the first way, and how many the second."""
    draw = np.random.default_rng(seed)
    return TwoStage(
        networks=tuple(
            future(draw.integers(2, 5), draw.integers(0, 4, 2), [*draw.integers(0, 6, 2), 9])
            for _ in range(3)
        ),
        exits=(ints([0, 1, 2]),) * 3,
        weight=draw.integers(1, 4, 3),
        scenario=ints([0, 0, 1, 1, 2, 2]),
        arc=ints([0, 1] * 3),
        decision=ints([0, 1] * 3),
        penalty=int(draw.integers(0, 4)),
    )


def costs(program, decision):
    """What each future costs at least, when so many of each way were decided."""
    found = []
    for network in program.networks:
        most = np.minimum(network.capacity[:2], decision)
        patients = int(network.supply[0])
        ways = [
            (a, b, patients - a - b)
            for a, b in product(range(most[0] + 1), range(most[1] + 1))
            if a + b <= patients
        ]
        unused = [program.penalty * (sum(decision) - a - b) for a, b, _ in ways]
        found.append(min(network.cost @ ints(w) + u for w, u in zip(ways, unused, strict=True)))
    return [int(one) for one in found]


def least(program, level):
    """The smallest risk of all decisions."""
    return min(
        risk(costs(program, decision), program.weight, level)
        for decision in product(range(5), range(5))
    )


@pytest.mark.parametrize("seed", range(16))
def test_a_decision_costs_what_its_futures_cost_at_least(seed):
    """What no future uses is not decided in the end, and costs nothing."""
    program = program_of(seed)
    for decision in ((0, 0), (1, 2), (4, 4)):
        found = decide(program, ints(decision), Fraction(0), "auto", Limits(), NO_START)
        assert (found.decision <= decision).all()
        assert list(found.costs) == costs(program, found.decision.tolist())
        assert found.objective == risk(found.costs, program.weight, Fraction(0))
        assert found.objective <= risk(costs(program, decision), program.weight, Fraction(0))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(16))
def test_what_is_decided_lies_between_the_bound_and_every_other_decision(seed, level):
    program = program_of(seed)
    found = hedge(program, level, "auto", Limits(), NO_START)
    best = least(program, level)
    assert found.bound <= best <= found.decided.objective
    assert found.decided.objective <= risk(costs(program, (0, 0)), program.weight, level)
    assert found.bound >= best - max(best / 5, 3)
    if level == 0:
        assert found.decided.objective == best
        assert found.rounds == 1


def test_a_decision_that_is_known_is_never_made_worse():
    program = program_of(3)
    every = [
        decide(program, ints(d), Fraction(1), "auto", Limits(), NO_START)
        for d in product(range(5), range(5))
    ]
    best = min(every, key=lambda one: one.objective)
    found = hedge(program, Fraction(1), "auto", Limits(), NO_START, known=[best])
    assert found.decided.objective == best.objective == least(program, Fraction(1))


@pytest.mark.parametrize(
    ("level", "expected"),
    [("0", Fraction(70, 4)), ("1/4", 20), ("1/2", 25), ("3/4", 30), ("7/8", 30), ("1", 30)],
)
def test_risk_is_the_mean_of_the_worst(level, expected):
    """10 in half of all futures, 20 and 30 in a quarter each."""
    assert risk([10, 30, 20], ints([2, 1, 1]), Fraction(level)) == expected


def test_futures_side_by_side_are_one_network_tied_by_decisions():
    program = program_of(1)
    wide = side_by_side(program)
    network = wide.weighted(ints([1, 1, 1]))
    flow = np.zeros(network.arcs, dtype=np.int64)
    assert network.components >= 3
    assert len(wide.decided) == program.decisions == 2
    assert (network.rows.level(flow) <= network.rows.upper).all()
    for s in range(3):
        arcs = wide.scenario == s
        assert network.cost[arcs][:3].tolist() == program.shifted(s).cost.tolist()


def test_weights_keep_their_proportions_where_a_solver_can_tell_costs_apart():
    assert coarse(ints([2, 0, 4]), 100).tolist() == [1, 0, 2]
    assert coarse(ints([3, 3]), 10**9).tolist() == [1, 1]
    assert coarse(ints([10**9, 1]), 10**8).tolist() == [9, 0]


def master_of(program, level):
    units = [int(network.supply[0]) for network in program.networks]
    return Master(program, side_by_side(program), level, units, Limits())


def test_one_future_decides_what_is_best_in_it():
    """Three patients: two by the free way, which carries no more, the third by the one at 4."""
    one = TwoStage(
        networks=(future(3, (2, 5), (0, 4, 9)),),
        exits=(ints([0, 1, 2]),),
        weight=ints([1]),
        scenario=ints([0, 0]),
        arc=ints([0, 1]),
        decision=ints([0, 1]),
        penalty=1,
    )
    relaxed = master_of(one, Fraction(0)).solve(1e-5)
    assert relaxed.decision == pytest.approx([2, 1])
    assert relaxed.bound == 4


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(8))
def test_weights_in_whole_numbers_add_up_and_keep_their_limits(seed, level):
    """However shares fall, nobody weighs more than the measure of risk lets one future weigh."""
    program = program_of(seed)
    master = master_of(program, level)
    for share in ([1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5], [1 / 3] * 3, [0, 0.001, 0.999]):
        weight = master._whole(np.array(share))
        assert weight.sum() == master.unit
        assert (weight >= 0).all()
        assert (weight <= master.most).all()
    likely = program.weight / program.weight.sum()
    most = np.minimum(likely / (1 - float(level)), 1) if level < 1 else np.ones(3)
    assert master.most / master.unit == pytest.approx(most)
