"""To PuLP and back, and to model files."""

from __future__ import annotations

import highspy
import numpy as np
import pulp
import pytest
from hospitals import moved, two_trusts
from networks import ints

import mutualaid as ma
from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, Network
from mutualaid.solve.backends.pulp_backend import _available, added_rows

QUIET = {"msg": False}


@pytest.fixture(params=["chain", "ageing"])
def model(request):
    system = two_trusts(periods=2, slots=(1, 4))
    return ma.build(system, ma.Policy(harm=ma.harm.person_weeks()), formulation=request.param)


def solved(lp):
    lp.solve(pulp.HiGHS(**QUIET))
    return lp


def going(model, lp, **labels):
    rows = model.arcs[(model.arcs["kind"] == "treat")]
    for name, value in labels.items():
        rows = rows[rows[name] == value]
    return [lp.variablesDict()[name] for name in rows["name"]]


def test_an_untouched_problem_comes_back_as_the_same_plan(model):
    """What PuLP solves is what optimise finds, certificate and all."""
    back = model.plan_from(solved(model.to_pulp()))
    assert back.certificate.optimal
    assert back.objective == model.solve().objective
    assert moved(back) == moved(model.solve())


def test_an_analysts_constraint_is_kept_and_certified(model):
    """At most two go from Alder to Birch in all."""
    lp = model.to_pulp()
    lp += sum(going(model, lp, origin="ALD", provider="BIR")) <= 2, "at_most_two"
    plan = model.plan_from(solved(lp))
    assert moved(plan) == 2
    assert plan.certificate.optimal
    assert plan.objective > model.solve().objective


def test_a_constraint_in_fractions_is_read_exactly(model):
    """Half of who goes is at most 1.75: three patients."""
    lp = model.to_pulp()
    lp += 0.5 * sum(going(model, lp, provider="BIR")) <= 1.75, "half"
    plan = model.plan_from(solved(lp))
    assert moved(plan) == 3
    assert plan.certificate.optimal


def test_a_changed_bound_is_kept_and_certified(model):
    """Nobody to Birch in the first period, by an upper bound of 0."""
    lp = model.to_pulp()
    for variable in going(model, lp, provider="BIR", period=1):
        variable.upBound = 0
    plan = model.plan_from(solved(lp))
    assert set(plan.moves["period"]) == {2}
    assert plan.certificate.optimal


def test_constraints_on_new_variables_are_named_in_a_warning(model):
    """A yes-or-no of one's own: the plan is kept, the bound is that of the model without it."""
    lp = model.to_pulp()
    open_ = lp.add_variable("lane_open", cat="Binary")
    lp += sum(going(model, lp, provider="BIR")) <= 3 * open_, "if_open"
    with pytest.warns(ma.InputWarning, match="if_open"):
        plan = model.plan_from(solved(lp))
    assert moved(plan) == 3
    assert plan.gap > 0
    assert not plan.certificate.optimal


def test_a_changed_objective_is_refused():
    """Costs belong into the policy: a plan could not be proven best for another objective."""
    model = ma.build(two_trusts())
    lp = model.to_pulp()
    lp.setObjective(lp.objective * 2)
    with pytest.raises(ma.InputError, match="objective of the problem was changed"):
        model.plan_from(lp)


def test_an_unsolved_problem_is_refused(model):
    """There is nothing to make a plan of."""
    with pytest.raises(ma.SolverError, match="no solution yet"):
        model.plan_from(model.to_pulp())


def test_a_solution_in_parts_of_patients_is_refused(model):
    """Two and a half patients cannot travel."""
    lp = model.to_pulp()
    lp += sum(going(model, lp, provider="BIR", period=1)) == 2.5, "two_and_a_half"
    for variable in lp.variables():
        variable.cat = "Continuous"
    with pytest.raises(ma.SolverError, match=r"no whole patients fit|parts of patients"):
        model.plan_from(solved(lp))


def test_variables_have_readable_names():
    """An analyst finds a lane by reading."""
    names = set(ma.build(two_trusts()).to_pulp().variablesDict())
    assert "treat_ALD_C_110_at_BIR_t1" in names
    assert "slots_BIR_C_110_t1" in names


def test_codes_that_look_alike_get_different_names():
    """PuLP and model files take neither blanks nor hyphens: two trusts must not become one."""
    tables = two_trusts()
    rename = {"ALD": "R-1", "BIR": "R.1"}
    waiting, capacity, travel = (
        frame.astype({c: object for c in frame if c in ("origin", "provider", "service")}).replace(
            rename
        )
        for frame in (tables.waiting_list, tables.capacity, tables.travel)
    )
    model = ma.build(ma.System(waiting, capacity, travel, periods=1))
    assert model.arcs["name"].is_unique
    assert model.plan_from(solved(model.to_pulp())).objective == model.solve().objective


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_a_written_model_has_the_same_optimum(model, tmp_path, ending):
    """Another program that reads the file finds the same best plan."""
    path = model.write(tmp_path / f"model.{ending}")
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    expected = model.solve().certificate.cost
    assert solver.getInfo().objective_function_value == pytest.approx(expected)


def test_a_model_is_written_to_known_formats_only(model, tmp_path):
    """A spreadsheet is not a model file."""
    with pytest.raises(ma.InputError, match=r"mps or \.lp"):
        model.write(tmp_path / "model.xlsx")


def test_a_solver_that_pulp_does_not_know_is_refused():
    """The message lists those that it knows."""
    with pytest.raises(ma.InputError, match=r"it lists .*HiGHS"):
        ma.optimise(two_trusts(), solver="pulp:NOBODY")


def test_a_solver_that_is_not_installed_is_refused():
    """The message says what to do about it."""
    with pytest.raises(ma.SolverError, match="MOSEK"):
        ma.optimise(two_trusts(), solver="pulp:MOSEK")


@pytest.mark.skipif(
    not {"COIN_CMD", "PULP_CBC_CMD"} & set(pulp.listSolvers(onlyAvailable=True)),
    reason="CBC is not installed: pip install 'mutualaid[cbc]'",
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("cap", [None, 3])
def test_cbc_finds_the_same_plan(cap):
    """With and without side rows."""
    name = next(
        n for n in ("COIN_CMD", "PULP_CBC_CMD") if n in pulp.listSolvers(onlyAvailable=True)
    )
    system = two_trusts(periods=2, slots=(1, 4))
    policy = ma.Policy(max_out=cap)
    plan = ma.optimise(system, policy, solver=f"pulp:{name}")
    assert plan.moves.equals(ma.optimise(system, policy).moves)


def test_a_solver_that_cannot_say_whether_it_is_there_is_not_offered(monkeypatch):
    """Whatever keeps it from saying so, it cannot be used; the others still can."""
    get = pulp.getSolver

    def broken(name, *args, **options):
        if name == "HiGHS":
            raise OSError("a library is missing")
        return get(name, *args, **options)

    assert "HiGHS" in _available()
    monkeypatch.setattr(pulp, "getSolver", broken)
    assert "HiGHS" not in _available()


def two_ways():
    """Nine patients at most by each of two ways."""
    return Network(
        supply=ints([9, -9]),
        tail=np.zeros(2, dtype=np.int32),
        head=np.ones(2, dtype=np.int32),
        capacity=ints([9, 9]),
        cost=ints([1, 1]),
        tie=ints([0, 0]),
        node_start=ints([0, 2]),
        arc_start=ints([0, 2]),
    )


@pytest.mark.parametrize(
    ("constraint", "lower", "upper", "coefficient"),
    [
        (lambda x, y: 2 * x + 4 * y <= 7, -SAFE, 3, [1, 2]),
        (lambda x, y: 2 * x + 4 * y >= 7, 4, SAFE, [1, 2]),
        (lambda x, y: 2 * x + 4 * y == 6, 3, 3, [1, 2]),
        (lambda x, y: 0.5 * x - 0.25 * y <= 1.5, -SAFE, 6, [2, -1]),
        (lambda x, y: 3 * x - 3 * y >= -7, -2, SAFE, [1, -1]),
    ],
)
def test_a_constraint_is_read_in_whole_numbers(constraint, lower, upper, coefficient):
    """What all coefficients share is divided out, and a limit of whole patients is rounded."""
    problem = pulp.LpProblem("beds")
    x, y = (problem.add_variable(name, 0, 9) for name in ("x", "y"))
    problem.setObjective(x + y)
    problem.addConstraint(constraint(x, y), "nurses")
    rows, foreign = added_rows(problem, two_ways(), ["x", "y"], set())
    assert foreign == []
    assert rows.names == ("nurses",)
    assert (rows.lower.tolist(), rows.upper.tolist()) == ([lower], [upper])
    assert dict(zip(rows.arc.tolist(), rows.coefficient.tolist(), strict=True)) == dict(
        enumerate(coefficient)
    )


def test_a_constraint_that_no_whole_patients_fit_is_said():
    problem = pulp.LpProblem("beds")
    x, y = (problem.add_variable(name, 0, 9) for name in ("x", "y"))
    problem.setObjective(x + y)
    problem.addConstraint(2 * x == 7, "nurses")
    with pytest.raises(SolverError, match="no whole patients fit the constraint nurses"):
        added_rows(problem, two_ways(), ["x", "y"], set())
