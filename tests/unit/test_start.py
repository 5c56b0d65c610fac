"""The package opens at once: what is heavy is imported when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mutualaid as ma

HEAVY = ("highspy", "jinja2", "loky", "matplotlib", "pandas", "pulp", "pyarrow", "xlsxwriter")


def loaded_after(code: str) -> list[str]:
    """Heavy modules that are there after some code has run in a process of its own."""
    asked = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked], capture_output=True, text=True, check=True
    )
    return run.stdout.split("\n")[-2].split()


@pytest.mark.parametrize(
    "code", ["import mutualaid", "import mutualaid.cli.app", "import mutualaid; dir(mutualaid)"]
)
def test_nothing_heavy_is_imported_before_it_is_needed(code):
    assert loaded_after(code) == []


def test_a_plan_needs_no_figures_workbooks_pages_or_pulp():
    code = "import mutualaid as ma\nma.optimise(ma.datasets.collaborative(trusts=2, periods=2))"
    assert not {"jinja2", "loky", "matplotlib", "pulp", "xlsxwriter"} & {*loaded_after(code)}


def test_every_name_of_the_front_door_is_where_it_is_said_to_be():
    for name in ma.__all__:
        assert getattr(ma, name) is not None
    assert set(ma.HOMES) <= set(ma.__all__)
    assert ma.optimize is ma.optimise


def test_a_name_that_is_nowhere_is_told():
    with pytest.raises(AttributeError, match="module 'mutualaid' has no attribute 'optimis'"):
        getattr(ma, "optimis")  # noqa: B009


def test_a_plan_can_be_stressed_whatever_was_imported_first():
    code = (
        "from mutualaid.planning.optimise import optimise\n"
        "from mutualaid.datasets import collaborative\n"
        "from mutualaid.studies.scenarios import Scenario\n"
        "optimise(collaborative(trusts=2, periods=2)).stress([Scenario('as expected')])"
    )
    assert "pulp" not in loaded_after(code)
