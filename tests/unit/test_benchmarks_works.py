"""What is measured is the work, in a process of its own, and it is the same problem for all."""

from __future__ import annotations

import subprocess
import time
from importlib.util import find_spec

import numpy as np
import pytest
from benchmarks import measure as measuring
from benchmarks import memory, own, prepare
from benchmarks.dense import Dense
from benchmarks.measure import Limits, measure
from benchmarks.networks import Arrays
from benchmarks.peers import PEERS
from benchmarks.peers.pulp_dense import ready as pulp_dense
from benchmarks.results import result_of

import mutualaid as ma

near = pytest.approx


# Measuring in processes of their own


@pytest.fixture
def works(tmp_path, monkeypatch):
    """Works that a fresh process can import."""
    (tmp_path / "hospital.py").write_text(
        "import sys, time\n"
        "from benchmarks.line import Answer\n"
        "def rests(seconds):\n"
        "    return lambda: time.sleep(seconds) or Answer(objective=5, gap=0.0)\n"
        "def grows(megabytes):\n"
        "    def work():\n"
        "        kept = b'x' * (megabytes * 1024**2)\n"
        "        time.sleep(0.3)\n"
        "        return Answer(details={'kept': len(kept)})\n"
        "    return work\n"
        "def unpacks(megabytes):\n"
        "    len(b'x' * (megabytes * 1024**2))\n"
        "    return lambda: Answer()\n"
        "def fails():\n"
        "    raise ValueError('no beds')\n"
        "def lacks():\n"
        "    import no_such_package.at_all\n"
        "def loaded():\n"
        "    found = sorted({name.split('.')[0] for name in sys.modules})\n"
        "    return lambda: Answer(details={'modules': found})\n"
        "times = []\n"
        "def counts(number):\n"
        "    return lambda: times.append(number) or Answer(details={'times': times})\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


class Patience:
    """A process that never ends, and its clock: a second each time that somebody looks."""

    pid = 0

    def __init__(self, mark, marked_at):
        self.now, self.mark, self.marked_at = 0.0, mark, marked_at

    def wait(self, timeout):
        self.now += 1
        if self.now == self.marked_at:
            self.mark.touch()
        raise subprocess.TimeoutExpired("work", timeout)


@pytest.mark.parametrize(("marked_at", "ends"), [(8, 19), (99, 11)])
def test_the_limit_counts_from_when_the_work_begins(tmp_path, monkeypatch, marked_at, ends):
    """Of ten seconds: getting ready may take as long, and no longer."""
    process = Patience(tmp_path / "started", marked_at)
    monkeypatch.setattr(measuring.time, "monotonic", lambda: process.now)
    over, _ = measuring._watch(process, process.mark, Limits(seconds=10))
    assert (over, process.now) == ("not within 10 s", ends)


@pytest.mark.usefixtures("works")
class TestProcesses:
    """Small works, so that a second is enough for each."""

    def test_time_is_that_of_the_work(self):
        found = measure("hospital:rests", {"seconds": 0.3}, Limits(seconds=30))
        assert (found.status, found.objective, found.gap) == ("measured", 5, 0.0)
        assert 0.3 <= found.seconds < 3

    def test_whoever_takes_longer_than_allowed_is_stopped(self):
        since = time.monotonic()
        found = measure("hospital:rests", {"seconds": 60}, Limits(seconds=0.2))
        assert (found.status, found.note) == ("over", "not within 0.2 s")
        assert time.monotonic() - since < 30

    def test_whoever_takes_more_memory_than_allowed_is_stopped(self):
        if not memory.resident():
            pytest.skip("this system does not say what a process uses")
        found = measure("hospital:grows", {"megabytes": 300}, Limits(gigabytes=0.2))
        assert (found.status, found.note) == ("over", "not within 0.2 GB")

    def test_the_peak_is_that_of_the_work(self):
        if not memory.resident():
            pytest.skip("this system does not say what a process uses")
        found = measure("hospital:grows", {"megabytes": 100}, Limits())
        assert found.megabytes - found.megabytes_before == near(100, abs=10)

    def test_what_getting_ready_needed_is_not_in_the_peak(self):
        if not memory.forget_peak():
            pytest.skip("this system does not let a process forget its peak")
        found = measure("hospital:unpacks", {"megabytes": 200}, Limits())
        assert found.megabytes - found.megabytes_before < 50

    def test_a_failure_says_why_and_a_missing_package_which(self):
        assert measure("hospital:fails", {}, Limits()).note == "ValueError: no beds"
        found = measure("hospital:lacks", {}, Limits())
        assert (found.status, found.note) == ("missing", "no_such_package")

    def test_a_work_s_process_holds_nothing_that_the_work_does_not_load(self):
        """OR-Tools and highspy cannot be in one process."""
        found = measure("hospital:loaded", {}, Limits())
        assert "hospital" in found.details["modules"]
        assert not {"mutualaid", "highspy", "numpy", "pandas"} & {*found.details["modules"]}

    def test_the_same_work_is_done_on_something_tiny_first(self):
        found = measure("hospital:counts", {"number": 7, "warm": {"number": 1}}, Limits())
        assert found.details["times"] == [1, 7]


# The problem that everybody solves


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with everything, and the optimum."""
    folder = tmp_path_factory.mktemp("prepared")
    needs = ["system", "week", "chain", "ageing", "dense"]
    answer = prepare.ready(str(folder), "smoke", None, None, needs)()
    return folder, answer


def test_the_optimum_that_all_are_held_against_is_proven(prepared):
    folder, answer = prepared
    system, policy = own.load(str(folder))
    assert answer.objective == ma.optimise(system, policy, solver="highs").certificate.cost
    assert {"system", "week", "chain", "ageing", "dense"} == {*answer.details}
    weekly, _ = own.load(str(folder), "week")
    assert (system.period_weeks, weekly.period_weeks) == (4, 1)


def test_the_dense_model_has_the_same_optimum(prepared):
    folder, answer = prepared
    dense = Dense.load(folder / "dense.npz")
    assert dense.size == len(dense.variables())
    assert f"{dense.size:,} variables" in answer.details["dense"]
    found = pulp_dense(str(folder / "warm"), "highs")()
    tiny = ma.optimise(own.load(str(folder / "warm"))[0])
    assert found.objective == near(tiny.certificate.cost, rel=1e-6)


def test_a_variable_of_the_dense_model_is_a_cohort_a_lane_and_a_period():
    """Two cohorts of one queue with two lanes, the second referred in period 2 of 2.

    Nobody is treated: 10 and 3. The first cohort treated at once saves all of it, but the way to
    the second provider costs 4.
    """
    ints = {
        "lot_queue": [0, 0],
        "lot_service": [0, 0],
        "lot_arrival": [1, 2],
        "lot_patients": [5, 2],
        "lane_queue": [0, 0],
        "lane_provider": [0, 1],
        "lane_pair": [0, 1],
        "lane_cost": [0, 4],
        "slots": [[1, 1], [2, 2]],
        "pair_provider": [0, 1],
        "pair_service": [0, 0],
        "harm": [[0, 6, 10], [0, 0, 3]],
    }
    dense = Dense(**{name: np.array(value) for name, value in ints.items()})
    every = dense.variables()
    assert dense.constant == 10 * 5 + 3 * 2
    assert dense.size == 6
    columns = (every.lot, every.lane, every.period, every.cost, every.slot)
    assert sorted(zip(*(c.tolist() for c in columns), strict=True)) == [
        (0, 0, 1, -10, 0),
        (0, 0, 2, -4, 1),
        (0, 1, 1, -6, 2),
        (0, 1, 2, 0, 3),
        (1, 0, 2, -3, 1),
        (1, 1, 2, 1, 3),
    ]


def test_the_dense_model_refuses_rules_that_it_does_not_know():
    system = ma.datasets.collaborative(trusts=2, periods=2, list_size=600)
    with pytest.raises(ValueError, match="waits or notice"):
        prepare.dense_of(system, ma.Policy(notice_weeks=3))


@pytest.mark.parametrize("kind", ["chain", "ageing"])
def test_a_network_falls_into_services_with_nothing_lost(prepared, kind):
    folder, _ = prepared
    whole = Arrays.load(folder / f"{kind}.npz")
    parts = [*whole.parts()]
    assert len(parts) == 6
    assert sum(len(part.tail) for part in parts) == len(whole.tail)
    for name in ("supply", "capacity", "cost"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert (joined == getattr(whole, name)).all()
    for part in parts:
        assert part.supply.sum() == 0
        assert min(part.tail.min(), part.head.min()) >= 0
        assert max(part.tail.max(), part.head.max()) < len(part.supply)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.key)
def test_a_peer_that_is_installed_finds_the_same_optimum(prepared, peer):
    """The others are lines that say what is missing."""
    folder, answer = prepared
    if peer.key == "pulp-highs":
        pytest.skip("the dense model's own test")
    if any(find_spec(name) is None for name in peer.packages if name != "cbc"):
        pytest.skip("not installed")
    found = measure(peer.work, {"folder": str(folder), **peer.arguments}, Limits(seconds=120))
    checked = result_of(peer, [found], answer.objective, "", 120)
    assert checked.status in ("measured", "missing"), checked.note


def test_our_own_lines_answer_with_the_optimum(prepared):
    folder, answer = prepared
    for work in (own.flow, own.solution):
        assert work(str(folder))().objective == answer.objective
    tiny = str(folder / "warm")
    best = ma.optimise(own.load(tiny)[0]).certificate.cost
    assert own.plan(tiny)().objective == best
    assert own.plan(tiny, mode="Transactional")().objective >= best
    assert own.scenarios(tiny, count=3)().objective == best
    assert own.two_stage(tiny, count=2)().objective >= best
    if find_spec("pyarrow") is not None:
        assert own.read_csv(tiny)().details == {"groups": 2}
    assert own.from_the_file(tiny)().details["prices"] > 0


def test_scenarios_of_capacity_begin_with_what_is_expected_and_go_both_ways():
    listed = own.capacities(100)
    assert len({one.name for one in listed}) == 100
    assert listed[0].changes == ()
    factors = [one.changes[0].factor for one in listed[1:]]
    assert (min(factors), max(factors)) == (near(0.9), near(1.1))
