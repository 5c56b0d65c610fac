"""How time and memory grow, and where they go: exponents, forecasts, stages."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import growth, memory, prepare, scale, stages
from benchmarks.growth import Curve, Fit, power_law
from benchmarks.measure import Limits, Measurement
from benchmarks.results import Result
from hypothesis import given
from hypothesis import strategies as st
from strategies import relaxed

import mutualaid as ma

near = pytest.approx
USES_MEMORY = """
import json
import numpy as np
from benchmarks import stages

clock = stages.Clock()
with clock.stage("outer"):
    with clock.stage("inner"):
        kept = np.ones(8_000_000)
    with clock.stage("small"):
        pass
print(json.dumps(clock.megabytes))
"""


def took(seconds=1.0, **given):
    return Measurement(status="measured", seconds=seconds, **given)


def result(key, seconds, **given):
    rest = {"title": key, "yardstick": "auto", "command": f"measure {key}", "status": "measured"}
    return Result(key=key, seconds=seconds, **{**rest, **given})


# Growth


@relaxed
@given(
    st.lists(st.integers(1, 1000), min_size=3, max_size=6, unique=True),
    st.floats(-2, 3),
    st.floats(1e-3, 1e3),
)
def test_the_exponent_of_a_power_law_is_found(x, exponent, scale_):
    fit = power_law(x, [scale_ * one**exponent for one in x])
    assert fit.exponent == near(exponent, abs=1e-6)
    assert fit.last == near(exponent, abs=1e-6)
    assert fit.error == near(0, abs=1e-6)


def test_the_error_of_the_exponent_is_that_of_a_straight_line_through_the_logarithms():
    """At 1, 2, 4 and 8: logarithms to the base 2 of 0, 2, 1 and 3, a slope of 0.8.

    What is left is -0.3, 0.9, -0.9 and 0.3: squares of 1.8, over 2 free, over a spread of 5.
    """
    fit = power_law([1, 2, 4, 8], [1, 4, 2, 8])
    assert fit.exponent == near(0.8)
    assert fit.error == near(math.sqrt(1.8 / 2 / 5))
    assert fit.last == near(2)


def test_several_rounds_at_one_size_make_one_point_of_the_last_slope():
    fit = power_law([1, 2, 1, 2, 1, 2], [1, 8, 5, 9, 1, 8])
    assert fit.last == near(3)


def test_there_is_no_law_through_one_point_or_through_nothing():
    assert power_law([], []) is None
    assert power_law([2, 2, 2], [1, 2, 3]) is None
    assert power_law([1, 2], [1, 2]) is None
    assert power_law([1, 2, 3], [1, 0, 1]) is None


def test_every_point_is_made_once_and_measured_every_round_on_warm_packages():
    asked = []

    def take(work, given, _limits):
        asked.append((work, given))
        if work.endswith("make"):
            return took()
        if len(asked) == 3:
            return Measurement(status="over", note="not within 1 s")
        return took(2.0, megabytes=9.0, megabytes_before=5.0)

    found = growth.curves(2, Limits(), lambda _: None, take)
    points = sum(len(curve) for curve in growth.CURVES.values())
    works = [work.rpartition(":")[2] for work, _ in asked]
    assert works.count("make") == points + 1
    assert works.count("ready") == 2 * points
    assert len({given["path"] for _, given in asked}) == points + 1
    assert all("warm" in given for work, given in asked if work.endswith("ready"))
    assert found[0].name == next(iter(growth.CURVES))
    assert found[0].note.endswith("not within 1 s")
    assert len(found[0].x) == 2 * len(growth.CURVES[found[0].name]) - 1
    assert {*found[1].megabytes} == {4.0}
    assert [Curve.of_record(one.record()).time for one in found] == [one.time for one in found]


def test_a_list_in_bands_of_four_weeks_has_the_same_patients(tmp_path):
    given = {**growth.BASE, **growth.TINY, "band_weeks": 4, "path": str(tmp_path / "a.pickle")}
    growth.make(**given)()
    system = pickle.loads((tmp_path / "a.pickle").read_bytes())
    assert (system.waiting_list["weeks_waiting"] % 4 == 0).all()
    assert system.waiting_list["patients"].sum() == 600
    answer = growth.ready(str(tmp_path / "a.pickle"))()
    assert answer.gap == 0


# Scale


def test_scenarios_are_dealt_out_by_cores_and_by_memory():
    """Four times the queues at an exponent of 1: 40 s and 100 MB + 4 times 231 MB: 1 GB.

    The machine's 3 GB hold two and a half beside 3 cores: two at once, so 500 turns of 40 s.
    """
    flat, known = Fit(exponent=0.9, error=0.1, last=1.0), Fit(exponent=1.0, error=0.0, last=0.5)
    wish = scale.Wish(cores=3, gigabytes=2.5, cluster_cores=100, cluster_gigabytes=4)
    found = scale.cost(10.0, (100.0, 331.0), [(4.0, flat, known)], wish)
    assert found.seconds == near(40)
    assert found.gigabytes == near(1024 / 1024)
    assert (found.low, found.high) == (near(40 / 4**0.2), near(40 * 4**0.2))
    assert found.machine_at_once == 2
    assert found.machine_hours == near(500 * 40 / 3600)
    assert found.cluster_at_once == 100
    assert found.cluster_hours == near(10 * 40 / 3600)


def test_what_does_not_fit_is_not_given_a_time():
    fit = Fit(exponent=1.0, error=0.0, last=1.0)
    wish = scale.Wish(gigabytes=0.5, cluster_cores=4, cluster_gigabytes=0.6)
    found = scale.cost(10.0, (0.0, 1024.0), [(1.0, fit, fit)], wish)
    assert math.isinf(found.machine_hours)
    assert found.cluster_at_once == 2


def test_the_text_states_its_arithmetic_and_says_where_it_is_a_forecast():
    curves = [
        growth.curve(scale.QUEUES, [(1, 1.0, 4.0), (3, 3.0, 12.0), (12, 12.0, 48.0)]),
        growth.curve(scale.PERIODS, [(13, 1.0, 1.0), (26, 2.0, 2.0), (52, 4.0, 4.0)]),
    ]
    base = result("auto", [2.0], megabytes=300.0, megabytes_before=100.0)
    text = scale.text("icb", base, curves, scale.Wish(areas=20, priorities=3, gigabytes=64))
    assert "60 times the queues of a trust and service; time by 60^1.00 = 60.0" in text
    assert "4 times the periods in 52 weeks" in text
    assert "**480 s**" in text
    assert "a forecast" in text
    weekly = result("by-week", [2.0], megabytes=300.0, megabytes_before=100.0)
    text = scale.text("icb", weekly, curves, scale.Wish(areas=4, priorities=3, gigabytes=64))
    assert "periods in 52 weeks" not in text
    assert "**24 s**" in text
    assert "a forecast" not in text
    assert "not measured" in scale.text("icb", weekly, [], scale.Wish())


# Stages


def test_what_a_stage_spends_inside_another_counts_for_the_inner_one(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(stages.time, "perf_counter", lambda: now[0])
    clock = stages.Clock()

    def spend(seconds):
        now[0] += seconds

    with clock.stage("outer"):
        spend(1)
        with clock.stage("inner"):
            spend(10)
        spend(100)
        with clock.stage("outer"):
            spend(1000)
    assert clock.seconds == {"outer": 1101.0, "inner": 10.0}


def test_memory_of_a_stage_is_what_it_added_at_its_peak():
    if not memory.forget_peak():
        pytest.skip("this system does not let a process forget its peak")
    # In a process of its own, as stages are measured: from one that has run for long the system
    # may take memory in the meantime.
    done = subprocess.run(
        [sys.executable, "-c", USES_MEMORY],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    megabytes = json.loads(done.stdout)
    assert megabytes["inner"] == near(61, abs=8)
    assert megabytes["outer"] < 8
    assert megabytes["small"] < 8


def test_every_stage_of_a_plan_is_entered(tmp_path):
    prepare.ready(str(tmp_path), "smoke", None, None, [])()
    answer = stages.ready(str(tmp_path))()
    found = answer.details["stages"]
    assert [*found] == [*stages.STAGES, "other"]
    assert all(seconds > 0 for seconds, _ in found.values())
    assert not hasattr(ma.Plan.violations, "__wrapped__")
