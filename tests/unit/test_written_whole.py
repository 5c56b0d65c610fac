"""Every file is written whole or not at all, and whoever fills the disk is told which file."""

from __future__ import annotations

import contextlib
import resource

import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli.plan_file import write_plan_file
from mutualaid.cli.scenario.read import read_scenario_file

FULL_AT = 2_000
SCENARIO = '[data]\nexample = "collaborative"\ntrusts = 4\nperiods = 4\n'


@contextlib.contextmanager
def a_full_disk():
    """No file can grow beyond a few bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def save_plan(plan, path):
    scenario = path.parent / "scenario.toml"
    return write_plan_file(path, read_scenario_file(scenario), scenario, [plan], ladder=False)


WRITERS = {
    "moves.csv": lambda plan, path: plan.to_csv(path, suppress_below=0, by=None),
    "moves.parquet": lambda plan, path: plan.to_parquet(path, suppress_below=0, by=None),
    "plan.xlsx": lambda plan, path: plan.to_excel(path),
    "plan.html": lambda plan, path: plan.to_html(path),
    "waits.png": lambda plan, path: plan.plot.waits().save(path),
    "model.mps": lambda plan, path: ma.build(plan.system).write(path),
    "model.lp": lambda plan, path: ma.build(plan.system).write(path),
    "plan.npz": save_plan,
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    made = ma.optimise(ma.datasets.collaborative(trusts=4, periods=4))
    # The first figure of all lets matplotlib look for its letters, and write down where they are.
    made.plot.waits().save(tmp_path_factory.mktemp("first") / "waits.png")
    return made


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_the_disk_has_no_room_for_is_named_and_not_left_in_part(tmp_path, plan, name):
    path, write = tmp_path / name, WRITERS[name]
    (tmp_path / "scenario.toml").write_text(SCENARIO)
    path.write_bytes(b"what was there before")
    with a_full_disk(), pytest.raises(ma.InputError, match=rf"{name} was not written") as caught:
        write(plan, path)
    assert "unfinished" not in str(caught.value)
    assert path.read_bytes() == b"what was there before"
    assert {file.name for file in tmp_path.iterdir()} == {name, "scenario.toml"}
    write(plan, path)
    assert path.stat().st_size > FULL_AT, "the test's disk would have had room for it"


def test_a_model_is_written_to_a_name_that_says_how(tmp_path):
    with pytest.raises(ma.InputError, match=r"not to 'model\.txt'"):
        ma.build(two_trusts()).write(tmp_path / "model.txt")
    assert not list(tmp_path.iterdir())
