"""Whoever asks for a solver gets its answer, or an error: never another answer under its name."""

from __future__ import annotations

import itertools
from concurrent.futures import BrokenExecutor, Future
from types import SimpleNamespace

import numpy as np
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli import main
from mutualaid.errors import SolverError
from mutualaid.parallel import answers
from mutualaid.solve import integer
from mutualaid.solve import solver as run
from mutualaid.solve.backends.flow import Flows
from mutualaid.solve.interface import Answer
from mutualaid.solve.status import Status

ABSENT = "pulp:GUROBI"


@pytest.fixture(scope="module")
def swaps():
    """Trusts that may help each other only as much as they are helped: side rows, and slack."""
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)


def asked(monkeypatch, answer):
    """Let PuLP's HiGHS answer otherwise."""
    monkeypatch.setattr(run, "solve_pulp", answer)


def raising(error):
    """A solver in which something goes wrong."""

    def answer(*_args, **_options):
        raise error

    return answer


@pytest.mark.parametrize("mode", [None, ma.Transactional(), ma.Deep(max_sacrifice=0.1)])
def test_a_solver_that_is_not_installed_finds_no_plan(swaps, mode):
    """The message says which are."""
    with pytest.raises(SolverError, match=r"GUROBI is not installed.*'pulp:HiGHS'") as told:
        ma.optimise(swaps, None, mode, solver=ABSENT)
    assert told.value.status == Status.UNAVAILABLE


@pytest.mark.parametrize("share", [None, "max-min"])
def test_it_is_not_asked_for_nothing_where_nobody_can_move(share):
    """That nobody moves is the best plan here, and yet it is none of a solver that is not there."""
    alone = two_trusts(minutes=500.0)
    assert ma.optimise(alone, None, ma.Transactional()).moves.empty
    with pytest.raises(SolverError, match="not installed"):
        ma.optimise(alone, None, ma.Transactional(share=share), solver=ABSENT)


@pytest.mark.parametrize(
    "options",
    [
        {"objectives": ["over_52", "harm"]},
        {"targets": [ma.Target(weeks=52, patients=0)]},
        {"policy": ma.Policy(max_lanes=1)},
        {"policy": ma.Policy(max_in=3)},
    ],
    ids=["objectives", "targets", "few lanes", "a cap"],
)
def test_nor_is_it_passed_over_on_any_other_way_to_a_plan(swaps, options):
    """Objectives in order, targets, few lanes and caps are searched by who was asked."""
    with pytest.raises(SolverError, match="not installed"):
        ma.optimise(swaps, solver=ABSENT, **options)


def test_the_command_line_ends_without_a_plan(tmp_path, monkeypatch, capsys):
    """Exit code 3, no files, and what to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(
        '[data]\nexample = "collaborative"\ntrusts = 2\nareas_per_trust = 1\nperiods = 2\n'
        f'[collaboration]\nmode = "Transactional"\n[solve]\nsolver = "{ABSENT}"\n',
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as caught:
        main(["solve", "s.toml"])
    assert caught.value.code == 3
    assert "GUROBI is not installed" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


@pytest.mark.parametrize("name", ["hihgs", "pulp:", "highs:x", "FLOW", 5, None, "pulp:gurobi"])
def test_a_misspelt_solver_is_an_error_that_lists_them(swaps, name):
    """Before anything is built or solved."""
    with pytest.raises(ma.InputError, match=r"auto, flow, highs, pulp|it lists .*GUROBI"):
        ma.optimise(swaps, None, ma.Transactional(), solver=name)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SolverError("it crashed"), "error"),
        (SolverError("no licence", str(Status.UNAVAILABLE)), "not available"),
        (SolverError("too large", str(Status.MEMORY)), "out of memory"),
        (MemoryError(), "out of memory"),
    ],
)
def test_a_solver_that_fails_has_not_found_that_nobody_moves(swaps, monkeypatch, error, status):
    """The plan in which nobody moves is known, and is no answer of a solver that failed."""
    asked(monkeypatch, raising(error))
    with pytest.raises(SolverError) as told:
        ma.optimise(swaps, None, ma.Transactional(), solver="pulp")
    assert told.value.status == status


@pytest.mark.parametrize("status", [Status.ERROR, Status.MEMORY, Status.UNAVAILABLE])
@pytest.mark.parametrize("share", [None, "max-min"])
def test_what_a_solver_says_of_itself_is_no_plan_either(swaps, monkeypatch, status, share):
    """Nor is it a reason to share less fairly."""
    asked(monkeypatch, lambda *_args, **_options: Answer(status=status, detail="out of order"))
    with pytest.raises(SolverError, match="out of order") as told:
        ma.optimise(swaps, None, ma.Transactional(share=share), solver="pulp")
    assert told.value.status == status


@pytest.mark.parametrize(
    "garbage",
    [
        lambda arcs: np.full(arcs, np.nan),
        lambda arcs: np.full(arcs, 0.37),
        lambda arcs: np.zeros(arcs + 1),
        lambda arcs: np.full(arcs, 1e9),
    ],
    ids=["no numbers", "parts of patients", "another length", "far too many"],
)
def test_garbage_is_no_plan(swaps, monkeypatch, garbage):
    """Whatever it says of it."""

    def answer(network, *_args, **_options):
        return Answer(status=Status.OPTIMAL, flow=garbage(network.arcs))

    asked(monkeypatch, answer)
    with pytest.raises(SolverError):
        ma.optimise(swaps, None, ma.Transactional(), solver="pulp")


@pytest.mark.parametrize("error", [RuntimeError("no licence"), MemoryError(), ValueError("?")])
def test_any_error_of_pulp_s_solvers_is_told_as_theirs(monkeypatch, error):
    """Each has errors of its own."""
    import pulp

    monkeypatch.setattr(pulp.LpProblem, "solve", raising(error))
    with pytest.raises(SolverError, match="PuLP's solver HiGHS"):
        ma.optimise(two_trusts(), ma.Policy(max_in=1), solver="pulp")


@pytest.mark.parametrize("mode", [ma.Deep(), ma.Transactional()])
@pytest.mark.parametrize("solver", ["auto", "highs"])
def test_memory_that_runs_out_is_said(swaps, monkeypatch, mode, solver):
    """In the flow solver and in HiGHS."""
    monkeypatch.setattr(Flows, "solve", raising(MemoryError()))
    with pytest.raises(SolverError, match="out of memory"):
        ma.optimise(swaps, None, mode, solver=solver)


def test_a_plan_that_was_known_before_is_credited_to_nobody_else(swaps, monkeypatch):
    """A limit in time is no failure: what was known is a plan, with its true gap."""
    nothing = Answer(status=Status.NO_SOLUTION, detail="a second was not enough")
    asked(monkeypatch, lambda *_args, **_options: nothing)
    plan = ma.optimise(swaps, None, ma.Transactional(), solver="pulp")
    assert plan.solver == "start"
    assert plan.moves.empty
    assert plan.gap > 0
    monkeypatch.undo()
    better = ma.optimise(swaps, None, ma.Transactional(), solver="pulp")
    assert better.solver == "pulp"
    assert better.objective < plan.objective


def test_what_fails_in_one_place_may_be_found_in_another(swaps, monkeypatch):
    """A search that stumbles around the relaxation goes on; its answer is its own."""
    monkeypatch.setattr(integer, "SMALL", 0)
    honest, calls = run.solve_pulp, itertools.count()

    def stumbling(*args, **options):
        if not next(calls):
            raise SolverError("lost its way")
        return honest(*args, **options)

    asked(monkeypatch, stumbling)
    plan = ma.optimise(swaps, None, ma.Transactional(), solver="pulp")
    assert plan.solver == "pulp"
    assert not plan.moves.empty


def test_few_lanes_are_searched_by_whoever_was_asked(monkeypatch):
    """Opening lanes one by one is a way of the library's own, for who leaves the way to it."""
    monkeypatch.setattr(integer, "SMALL", 0)
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
    assert ma.optimise(system, ma.Policy(max_lanes=2)).solver == "greedy"
    monkeypatch.setattr(run, "solve_pulp", raising(SolverError("it crashed")))
    with pytest.raises(SolverError, match="it crashed"):
        ma.optimise(system, ma.Policy(max_lanes=2, max_in=40), solver="pulp")


def test_a_process_that_was_ended_is_said():
    """Where memory is short, systems end processes: no answer may be missing in silence."""

    class Broken:
        def submit(self, *_args):
            future = Future()
            future.set_exception(BrokenExecutor("one of them was ended"))
            return future

    with pytest.raises(SolverError, match="ended before it was done"):
        list(answers(abs, [1], Broken()))


def test_no_flow_is_infeasible_and_other_failures_are_not():
    """Only what says that nothing fits means that nothing fits."""
    network = ma.build(two_trusts()).network
    for text, status in (("problem is INFEASIBLE", "infeasible"), ("it crashed", "error")):
        flows = Flows(network)
        flows.parts[0].graph = SimpleNamespace(
            set_edge_costs=lambda _cost: None, solve=raising(RuntimeError(text))
        )
        with pytest.raises(SolverError) as told:
            flows.solve(network.cost)
        assert told.value.status == status
