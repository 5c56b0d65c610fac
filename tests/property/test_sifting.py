"""Plans from prices and few arcs keep what they promise, on any hospitals whatever."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from strategies import cases, relaxed

import mutualaid as ma
from mutualaid.solve import solver
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.interface import Limits
from mutualaid.solve.lagrangian import LagrangianOracle, heights

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")

MODES = (
    ma.Transactional(),
    ma.Resource(promises="board"),
    ma.Deep(max_sacrifice=0.05),
    ma.Deep(reciprocity=1),
)


@relaxed
@given(cases(most_patients=9))
def test_bound_and_plan_stand_on_either_side_of_the_best(case):
    """What sifting proves no plan beats, and what it finds is no better than the best there is."""
    system = case.system()
    for mode in MODES:
        best = ma.optimise(system, case.policy, mode, "highs", mip_gap=0.0)
        with mock.patch.object(solver, "SIFTED", 0):
            plan = ma.optimise(system, case.policy, mode)
        assert plan.certificate.valid
        assert plan.violations().empty
        assert plan.certificate.lower_bound <= best.certificate.cost <= plan.certificate.cost
        assert plan.certificate.cost <= plan.baseline_entries["harm"].sum()


@relaxed
@given(cases(most_patients=9))
def test_no_prices_promise_more_than_the_relaxation_costs(case):
    """Weak duality, whatever the prices, also where they make arcs cheaper than nothing."""
    network = ma.build(case.system(), case.policy, ma.Transactional(tolerance=1)).network
    if not len(network.rows):
        return
    optimum = float(network.cost @ solver.relax(network, Limits()).flow)
    oracle = LagrangianOracle(network, heights(network))
    rng = np.random.default_rng(0)
    low, high = network.rows.lower > -(2**62), network.rows.upper < 2**62
    for size in (0.01, 1.0, 4.0):
        price = size * oracle.unit * rng.uniform(-1, 1, len(network.rows))
        price = np.where(low, price, np.minimum(price, 0))
        point = oracle.evaluate(np.where(high, price, np.maximum(price, 0)))
        assert point.bound <= optimum + 1e-6 * max(optimum, 1)
        if point.cost.min(initial=0) >= 0:
            cold = solve_flow(network, point.cost)
            assert int(point.cost @ point.flow) == int(point.cost @ cold)
