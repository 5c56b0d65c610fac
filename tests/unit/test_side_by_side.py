"""Large plans use all cores: the answer is the same, and what fails there is done here."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

import mutualaid as ma
from mutualaid import parallel
from mutualaid.planning import warm_start
from mutualaid.planning.optimise import build
from mutualaid.solve import solver


@pytest.fixture
def system() -> ma.System:
    return ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=4)


def test_several_processes_find_the_plan_that_one_finds(system, monkeypatch):
    alone = ma.optimise(system)
    monkeypatch.setattr(solver, "SIDE_BY_SIDE", 1)
    begun = []

    def processes(most: int | None) -> Executor | None:
        begun.append(most)
        return parallel.own_processes(most)

    monkeypatch.setattr(solver, "own_processes", processes)
    beside = ma.optimise(system, threads=2)
    assert begun == [2, 2]
    assert np.array_equal(beside.solution.flow, alone.solution.flow)
    assert np.array_equal(beside.solution.potential, alone.solution.potential)


def test_one_thread_is_one_process():
    assert parallel.own_processes(1) is None


def test_what_a_process_leaves_undone_is_done_here(caplog):
    class Broken(ThreadPoolExecutor):
        def submit(self, *_args, **_kwargs):
            raise BrokenProcessPool("a process was ended")

    with Broken() as executor:
        assert parallel.answers_anyhow(abs, [-1, 2], executor) == [1, 2]
    assert "one after another" in caplog.text


def test_a_problem_without_an_answer_has_none_in_one_process_either():
    def fails(_task: int) -> int:
        raise ma.SolverError("no flow")

    with ThreadPoolExecutor(1) as executor, pytest.raises(ma.SolverError, match="no flow"):
        parallel.answers_anyhow(fails, [1], executor)


def test_what_each_does_alone_is_known_where_only_moves_can_treat(system, monkeypatch):
    """A trust without slots in a period releases nobody alone, and somebody with partners."""
    capacity = system.capacity.copy()
    first = capacity["provider"] == capacity["provider"].iloc[0]
    capacity.loc[first & (capacity["period"] == 2), "slots"] = 0
    changed = ma.System(
        waiting_list=system.waiting_list,
        capacity=capacity,
        travel=system.travel,
        referrals=system.referrals,
        periods=system.periods,
    )
    found = []
    carried = warm_start.transfer_flow

    def seen(*given):
        found.append(carried(*given))
        return found[-1]

    monkeypatch.setattr(warm_start, "transfer_flow", seen)
    made = build(changed)
    plan = made.solve()
    assert len(found) == 1
    assert found[0] is not None
    model, (_, outcome) = plan.model, made.baseline
    again = warm_start.nobody_moves(model, outcome)
    assert model.network.total(found[0]) == model.network.total(again)
    reference = warm_start.baseline_reference(model, found[0])
    assert np.array_equal(reference, warm_start.baseline_reference(model, again))
