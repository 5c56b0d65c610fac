"""A limit is finite however large it is, unless it is the one number that stands for none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mutualaid.errors import InputError
from mutualaid.model.network import NO_LIMIT, SAFE, Network, SideRows, at_most, stack_rows
from mutualaid.planning.warm_start import with_choices
from mutualaid.solve.backends import pulp_backend
from mutualaid.solve.backends.highs import infinite
from mutualaid.solve.certificate import broken, certify, right_signs
from mutualaid.solve.lagrangian import heights
from mutualaid.solve.reduced_network import fix_flows
from mutualaid.solve.solver import solve

LARGE = [SAFE - 1, SAFE, NO_LIMIT - 1]


def ways(lower=-NO_LIMIT, upper=NO_LIMIT, coefficient=1):
    """Four patients, by a short way for one each or a long one; a row over the short way."""
    return Network(
        supply=np.array([4, -4]),
        tail=np.array([0, 0], dtype=np.int32),
        head=np.array([1, 1], dtype=np.int32),
        capacity=np.array([4, 4]),
        cost=np.array([1, 3]),
        tie=np.array([0, 0]),
        node_start=np.array([0, 2]),
        arc_start=np.array([0, 2]),
        rows=SideRows(
            start=np.array([0, 1]),
            arc=np.array([0]),
            coefficient=np.array([coefficient]),
            lower=np.array([lower]),
            upper=np.array([upper]),
        ),
    )


SHORT, LONG = np.array([4, 0]), np.array([0, 4])


@pytest.mark.parametrize("coefficient", [-1, 1])
def test_nothing_breaks_a_row_without_limits(coefficient):
    """Whichever side of nothing its level is: what is beyond no limit must not wrap around."""
    assert broken(ways(coefficient=coefficient), SHORT) == 0


@pytest.mark.parametrize("limit", LARGE)
def test_a_large_limit_is_kept_or_broken_as_any_other(limit):
    """Four patients at limit/2 each are over it; none are under a least level as large."""
    assert broken(ways(lower=SAFE - 1), LONG) == SAFE - 1
    assert broken(ways(lower=SAFE - 1, coefficient=SAFE - 1), np.array([1, 3])) == 0
    assert broken(ways(upper=limit), SHORT) == 0
    assert broken(ways(upper=SAFE - 1, coefficient=SAFE // 4 + 1), SHORT) == 5


@pytest.mark.parametrize("limit", LARGE)
def test_a_large_limit_may_have_a_price_and_no_limit_may_not(limit):
    prices = np.array([-2])
    assert right_signs(ways(upper=limit).rows, prices).tolist() == [-2]
    assert right_signs(ways(lower=-limit).rows, -prices).tolist() == [2]
    assert right_signs(ways(lower=-limit).rows, prices).tolist() == [0]
    assert right_signs(ways(upper=limit).rows, -prices).tolist() == [0]
    potential = np.array([0, 0])
    assert certify(ways(upper=limit), SHORT, potential, prices).dual_infeasibility == 0
    assert certify(ways(lower=-limit), SHORT, potential, prices).dual_infeasibility == 2


@pytest.mark.parametrize("limit", LARGE)
def test_solvers_are_given_a_large_limit_and_infinity_for_none(limit):
    given = infinite(np.array([limit, -limit, NO_LIMIT, -NO_LIMIT]))
    assert given.tolist() == [float(limit), -float(limit), np.inf, -np.inf]
    problem = pulp_backend.to_problem(
        ways(upper=limit), ["short", "long"], ["a", "b"], ["row"], np.array([True, True])
    )
    found = problem.constraints() if callable(problem.constraints) else problem.constraints
    names = {c.name for c in (found.values() if isinstance(found, dict) else found)}
    assert names == {"a", "b", "row_at_most"}


@pytest.mark.parametrize("limit", LARGE)
def test_a_row_with_a_large_limit_can_make_arcs_cheaper(limit):
    """So the Lagrangian lifts its arc; a row that has no limit on that side does not."""
    assert heights(ways(upper=limit, coefficient=-1)).tolist() == [0, 1]
    assert heights(ways(lower=-limit, coefficient=-1)).tolist() == [0, 0]
    assert heights(ways(lower=-limit)).tolist() == [0, 1]


@pytest.mark.parametrize("limit", LARGE)
def test_what_is_held_is_taken_off_a_large_limit(limit):
    """Three are held on the short way: the row has three less to give, or still no limit."""
    fixed, free = np.array([3, -1]), np.array([False, True])
    for lower, upper in ((-NO_LIMIT, limit), (-NO_LIMIT, NO_LIMIT)):
        rows = fix_flows(ways(lower, upper), free, np.where(free, 0, fixed)).network.rows
        assert rows.upper.tolist() == [limit - 3 if upper == limit else NO_LIMIT]
        assert rows.lower.tolist() == [-NO_LIMIT]


@pytest.mark.parametrize("limit", [*LARGE, NO_LIMIT])
def test_a_plan_is_proven_best_beside_a_limit_that_cannot_bind(limit):
    """Beside one that does: at most one by the short way, three by the long one."""
    network = ways(upper=limit)
    network = replace(network, rows=stack_rows(network.rows, at_most(np.array([1, 0]), 1)))
    found = solve(network)
    assert found.flow.tolist() == [1, 3]
    assert found.certificate.cost == 10
    assert found.certificate.optimal


def test_choices_free_rows_with_limits_only():
    """A level of minus four lies under no limit, and asks for no choice."""
    choice = np.array([0])
    assert with_choices(ways(coefficient=-1), choice, LONG).tolist() == [0, 4]
    assert with_choices(ways(coefficient=-1), choice, SHORT).tolist() == [4, 0]
    assert with_choices(ways(upper=-2, coefficient=-1), choice, LONG).tolist() == [2, 2]


def test_a_constraint_in_pulp_has_numbers_that_can_be_added_up():
    """10^19 does not fit in 64 bits: whoever wrote it hears so."""
    network = ways()
    names = ["short", "long"]
    problem = pulp_backend.to_problem(network, names, ["a", "b"], ["row"], np.array([True, True]))
    problem += problem.variablesDict()["short"] <= 10**19, "beds"
    with pytest.raises(InputError, match="constraint beds: its numbers are too large"):
        pulp_backend.added_rows(problem, network, names, {"a", "b"})
