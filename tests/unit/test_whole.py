"""From a linear relaxation to whole patients: near it, within every side row, and proven so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mutualaid as ma
from mutualaid.solve import integer
from mutualaid.solve import solver as run
from mutualaid.solve.certificate import broken
from mutualaid.solve.interface import Answer, Limits
from mutualaid.solve.status import Status


@pytest.fixture(scope="module")
def promised():
    """A network in which nobody may be worse off: a row a trust, of uneven harm."""
    system = ma.datasets.collaborative(trusts=4, areas_per_trust=2, periods=6)
    return ma.build(system, collaboration=ma.Resource()).network


def test_a_large_plan_is_found_beside_its_relaxation(promised):
    """More arcs than are searched at once: a whole plan within 1/10,000 of the bound."""
    assert len(np.unique(promised.rows.arc)) > integer.SMALL
    solution = run.solve(promised)
    assert solution.flow.dtype == np.int64
    assert not broken(promised, solution.flow)
    assert 0 <= solution.certificate.gap <= 1e-3


def test_only_surroundings_are_searched(promised, monkeypatch):
    """The search sees a network in which most arcs are held."""
    seen = []
    plain = run.solve_highs

    def look(network, limits, **more):
        seen.append(int((network.lower < network.capacity).sum()))
        return plain(network, limits, **more)

    monkeypatch.setattr(run, "solve_highs", look)
    run.solve(promised)
    assert not seen or min(seen) < promised.arcs / 4


def test_a_known_plan_is_never_made_worse(promised):
    """Started from the best, a search that finds nothing keeps it."""
    best = run.solve(promised)
    relaxed = run.relax(promised, Limits())
    mask = np.zeros(promised.arcs, dtype=bool)
    mask[promised.rows.arc] = True

    def nothing(*_args):
        return Answer(status=Status.NO_SOLUTION, detail="gave up")

    kept = integer.make_whole(
        promised, relaxed, mask, Limits(mip_gap=0.0), nothing, best.flow, large=True
    )
    assert promised.total(kept) == promised.total(best.flow)
    with pytest.raises(ma.SolverError, match="gave up") as error:
        integer.make_whole(promised, relaxed, mask, Limits(), nothing, large=True)
    assert error.value.status == Status.NO_SOLUTION


def test_a_row_kept_to_a_tolerance_only_is_asked_for_more(promised):
    """A solver that rounds a row away is asked again, with the row that much tighter."""
    relaxed = run.relax(promised, Limits())
    mask = np.zeros(promised.arcs, dtype=bool)
    mask[promised.rows.arc] = True
    asked = []

    def sloppy(network, chosen, limits):
        asked.append(network.rows.upper.copy())
        if len(asked) == 1:
            loose = replace(
                network, rows=replace(network.rows, upper=network.rows.upper + 10_000_000)
            )
            return run.solve_highs(loose, limits, whole=chosen)
        return run.solve_highs(network, limits, whole=chosen)

    flow = integer.make_whole(promised, relaxed, mask, Limits(), sloppy, large=True)
    assert not broken(promised, flow)
    assert (asked[1] < asked[0]).any()


def test_what_must_flow_flows():
    """Lower bounds are kept by every solver, at the least cost, with a proof."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    network = ma.build(system).network
    free = run.solve(network)
    spare = np.flatnonzero((free.flow == 0) & (network.capacity > 0))
    for arc in spare[:: max(len(spare) // 5, 1)].tolist():
        lower = network.lower.copy()
        lower[arc] = 1
        held = replace(network, lower=lower)
        try:
            plans = [run.solve(held, solver) for solver in ("flow", "highs", "pulp")]
        except ma.SolverError:
            continue
        assert len({plan.certificate.cost for plan in plans}) == 1
        assert all(plan.flow[arc] >= 1 and plan.certificate.optimal for plan in plans)
        assert plans[0].certificate.cost >= free.certificate.cost


@pytest.mark.slow
@pytest.mark.parametrize(
    ("caps", "least"),
    [({}, 0.01), ({"max_lanes": 2}, 0.0), ({"max_lanes": 5, "max_in": 20}, 0.01)],
    ids=["who takes part", "on which lanes", "both"],
)
def test_choices_that_lead_nowhere_are_not_searched_patient_by_patient(monkeypatch, caps, least):
    """Who takes part, and on which lanes, is settled by a few looks, though none fits at first."""
    seen = []
    plain = run.solve_highs

    def look(network, limits, **more):
        seen.append(int((network.lower < network.capacity).sum()))
        return plain(network, limits, **more)

    monkeypatch.setattr(run, "solve_highs", look)
    system = ma.datasets.collaborative(trusts=2)
    mode = ma.Transactional(share="max-min", min_gain=least)
    plan = ma.optimise(system, ma.Policy(**caps), mode)
    assert max(seen) < plan.model.network.arcs / 2
    assert (plan.fairness["kept"] <= plan.fairness["fair_gain"]).all()
    assert plan.gap < 2e-3
