"""The certificate catches whatever a solver could get wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.model.network import NO_LIMIT, Network, SideRows
from mutualaid.solve import solver as run
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.certificate import certify
from mutualaid.solve.interface import Answer, Limits
from mutualaid.solve.potentials import NegativeCycleError, potentials
from mutualaid.solve.status import Status


def whole(*numbers):
    return np.array(numbers, dtype=np.int64)


def two_ways(rows=None, supply=3):
    """Three units from node 0 to node 1: two may go at a cost of 2, the others at 5."""
    more = {} if rows is None else {"rows": rows}
    return Network(
        supply=whole(supply, -supply),
        tail=np.array([0, 0], dtype=np.int32),
        head=np.array([1, 1], dtype=np.int32),
        capacity=whole(2, 3),
        cost=whole(2, 5),
        tie=whole(0, 0),
        node_start=whole(0, 2),
        arc_start=whole(0, 2),
        **more,
    )


def at_most_one_on_the_first():
    return SideRows(
        start=whole(0, 1),
        arc=whole(0),
        coefficient=whole(1),
        lower=whole(-NO_LIMIT),
        upper=whole(1),
    )


def test_the_cheapest_flow_is_proven_cheapest():
    """Two at 2 and one at 5 cost 9; a price of 5 for going across proves it."""
    certificate = certify(two_ways(), whole(2, 1), whole(0, 5))
    assert (certificate.cost, certificate.lower_bound) == (9, 9)
    assert certificate.valid
    assert certificate.optimal
    assert certificate.gap == 0


@pytest.mark.parametrize(
    ("flow", "amount"), [((2, 0), 1), ((3, 0), 1), ((-1, 4), 1), ((2, 3), 2), ((0, 0), 3)]
)
def test_a_flow_that_breaks_a_limit_is_not_valid(flow, amount):
    """Too few, too many on an arc, fewer than none, too many in all: by how much is said."""
    certificate = certify(two_ways(), whole(*flow), whole(0, 5))
    assert certificate.primal_infeasibility == amount
    assert not certificate.valid


def test_a_flow_that_could_be_cheaper_is_not_valid():
    """One at 2 and two at 5 cost 12, three more than need be."""
    certificate = certify(two_ways(), whole(1, 2), whole(0, 5))
    assert certificate.feasible
    assert not certificate.valid
    assert certificate.gap == pytest.approx(3 / 12)
    assert "NOT VALID" in repr(certificate)


@given(st.integers(-20, 20), st.integers(-20, 20))
def test_no_prices_at_all_can_prove_too_much(a, b):
    """Whatever the prices, the bound never exceeds the cheapest cost: weak duality."""
    assert certify(two_ways(), whole(2, 1), whole(a, b)).lower_bound <= 9


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-20, 0))
def test_no_prices_can_prove_too_much_with_side_rows(a, b, price):
    """At most one on the first arc: one at 2 and two at 5, 12."""
    network = two_ways(at_most_one_on_the_first())
    certificate = certify(network, whole(1, 2), whole(a, b), whole(price))
    assert certificate.lower_bound <= 12 == certificate.cost


def test_side_rows_are_part_of_the_proof():
    """The row's price of 3 closes the gap between 9 and 12; breaking the row is seen."""
    network = two_ways(at_most_one_on_the_first())
    assert certify(network, whole(1, 2), whole(0, 5), whole(-3)).optimal
    broken = certify(network, whole(2, 1), whole(0, 5), whole(-3))
    assert broken.primal_infeasibility == 1
    # Cheaper than any plan that keeps the row: not valid for either reason.
    assert not broken.valid
    dearer = certify(network, whole(0, 4), whole(0, 5), whole(-3))
    assert dearer.primal_infeasibility == 1
    assert not dearer.valid


def test_a_price_of_the_wrong_sign_is_seen():
    """A row that only limits from above cannot reward."""
    network = two_ways(at_most_one_on_the_first())
    certificate = certify(network, whole(1, 2), whole(0, 5), whole(4))
    assert certificate.dual_infeasibility == 4
    assert not certificate.valid


def test_sums_beyond_64_bits_do_not_wrap_around():
    """A bound of prices near the limit is still exact."""
    certificate = certify(two_ways(supply=0), whole(0, 0), whole(2**60, -(2**60)), None, 1)
    assert certificate.lower_bound == 0
    back = certify(two_ways(supply=0), whole(0, 0), whole(-(2**60), 2**60), None, 1)
    assert back.lower_bound == 2 * (2 - 2**61) + 3 * (5 - 2**61)


def test_potentials_of_a_flow_that_is_not_cheapest_do_not_exist():
    """One unit could go round a cycle of negative cost."""
    network = two_ways()
    with pytest.raises(NegativeCycleError):
        potentials(network, whole(1, 2), network.cost)


@pytest.mark.parametrize("flow", [[1.0, 2.0], [3.0, 0.0], [1.5, 1.5], [np.nan, 3.0]])
def test_a_solver_that_lies_is_found_out(monkeypatch, flow):
    """A solver that calls a wrong, an impossible or a broken flow optimal gives no plan."""
    answer = Answer(status=Status.OPTIMAL, flow=np.array(flow))
    monkeypatch.setattr(run, "solve_highs", lambda *_args, **_more: answer)
    with pytest.raises(ma.SolverError):
        run.solve(two_ways(), "highs")


@pytest.mark.parametrize("flow", [[2.0, 1.0], [1.5, 1.5], [0.0, 3.0]])
def test_a_solver_that_lies_about_side_rows_is_found_out(monkeypatch, flow):
    """It may break the row, part a patient, or miss the best: the first two give no plan."""
    network = two_ways(at_most_one_on_the_first())
    answer = Answer(status=Status.OPTIMAL, flow=np.array(flow))
    monkeypatch.setattr(run, "solve_pulp", lambda *_args, **_more: answer)
    if flow == [0.0, 3.0]:
        solution = run.solve(network, "pulp")
        assert solution.certificate.gap == pytest.approx(3 / 15)
        assert not solution.certificate.optimal
    else:
        with pytest.raises(ma.SolverError):
            run.solve(network, "pulp")


@pytest.mark.parametrize("flow", [[2.0, 1.0], [1.5, 1.5], [0.0, 3.0]])
def test_a_relaxation_that_lies_gives_no_wrong_plan(monkeypatch, flow):
    """What is wrong about the bound may cost the proof, never the plan."""
    network = two_ways(at_most_one_on_the_first())
    lie = np.array(flow), np.array([0.0, 4.0]), np.array([-2.0])
    monkeypatch.setattr(Program, "solve", lambda _self: lie)
    solution = run.solve(network)
    assert solution.certificate.valid
    assert solution.certificate.lower_bound <= 12
    assert int(solution.flow[0]) <= 1


@pytest.mark.parametrize("status", [Status.INFEASIBLE, Status.NO_SOLUTION, Status.ERROR])
def test_no_solution_is_an_error_with_its_status(monkeypatch, status):
    """Nobody gets a plan of zeros."""
    monkeypatch.setattr(run, "solve_pulp", lambda *_a, **_m: Answer(status=status, detail="x"))
    with pytest.raises(ma.SolverError) as error:
        run.solve(two_ways(at_most_one_on_the_first()), "pulp")
    assert error.value.status == status


def test_an_answer_cannot_contradict_itself():
    """A status without a solution has no flow."""
    with pytest.raises(ValueError, match="contradicts"):
        Answer(status=Status.NO_SOLUTION, flow=np.zeros(2))


@pytest.mark.parametrize("solver", ["highs", "pulp", "auto"])
def test_an_impossible_network_has_no_plan(solver):
    """Six units cannot go where five fit."""
    with pytest.raises(ma.SolverError):
        run.solve(two_ways(supply=6), solver)


def test_a_time_limit_without_a_plan_is_an_error():
    """A limit that leaves no time gives an error with its status, never a guess."""
    network = ma.build(ma.datasets.collaborative(trusts=4), ma.Policy(max_out=7)).network
    with pytest.raises(ma.SolverError) as error:
        run.solve(network, "pulp", limits=Limits(time_limit=1e-6))
    assert error.value.status in (Status.NO_SOLUTION, Status.ERROR)


def test_a_plan_with_wrong_tables_fails_its_audit():
    """The audit reads tables only: a patient too many, a slot too many, a wrong cost are seen."""
    plan = ma.optimise(two_trusts())
    assert plan.violations().empty
    entries = plan.entries
    more = entries.assign(patients=entries["patients"] + 1)
    broken = replace(plan)
    broken.__dict__["entries"] = more
    rules = set(broken.violations()["rule"])
    assert {"nobody is invented", "no more treatments than slots"} <= rules
    assert "the cost adds up (harm-weeks)" in rules


def test_a_network_of_numbers_that_could_wrap_around_is_refused():
    """A total beyond 64 bits would be wrong in silence."""
    with pytest.raises(ValueError, match="64 bits"):
        replace(two_ways(), cost=whole(2**61, 2**61))


def test_what_the_relaxation_proves_is_kept_beside_what_whole_costs_prove():
    """Costs are thousands, so that 2,500 proves 3,000; the bound of a plan is the 2,500."""
    network = Network(
        supply=np.array([1, -1]),
        tail=np.array([0, 0], dtype=np.int32),
        head=np.array([1, 1], dtype=np.int32),
        capacity=np.array([1, 1]),
        cost=np.array([3000, 5000]),
        tie=np.array([0, 0]),
        node_start=np.array([0, 2]),
        arc_start=np.array([0, 2]),
    )
    proof = certify(network, np.array([1, 0]), np.array([0, 2500]), pure=False)
    assert (proof.lower_bound, proof.relaxed, proof.gap) == (3000, 2500, 0.0)
    plan = ma.optimise(two_trusts())
    solution = replace(plan.solution, certificate=proof)
    assert replace(plan, solution=solution).bound == 2.5
