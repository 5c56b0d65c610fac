"""The twin of months of files: its forecast, what it says of itself, and the system it makes."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from rtt_months import extracts, played

import mutualaid as ma

LISTS = {
    ("RAA", "C_110"): 60.0,
    ("RAA", "C_120"): 30.0,
    ("RBB", "C_110"): 20.0,
    ("RCC", "C_110"): 4.0,
}
WAYS = pd.DataFrame(
    [(a, b, 20.0) for a, b in itertools.permutations(("RAA", "RBB", "RCC"), 2)],
    columns=["origin", "provider", "minutes"],
)


def twin_of(folder, **how):
    """The twin of files of made-up months."""
    return ma.calibrate(extracts(played(LISTS, whole=True, **how), folder))


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    return twin_of(tmp_path_factory.mktemp("months"), months=14)


def test_it_says_in_a_line_what_it_is(twin):
    said = repr(twin)
    assert said.startswith("Twin of 2025-05: ")
    assert "3 providers" in said
    assert "14 months" in said
    assert "\n" not in said


def test_a_forecast_starts_with_what_was_published(twin):
    forecast = twin.forecast(periods=3)
    assert list(forecast.columns) == [
        *("origin", "service", "stream", "period", "weeks_waiting", "patients"),
    ]
    census = forecast[forecast["period"] == 0].groupby("origin", observed=True)["patients"].sum()
    listed = twin.rtt.waiting_list.groupby("origin", observed=True)["patients"].sum()
    for origin, patients in listed.items():
        assert census[origin] == pytest.approx(patients, rel=0.01)
    assert set(forecast["stream"]) == {"admitted", "non_admitted"}
    assert set(twin.forecast(periods=1, providers=["RBB"])["origin"]) == {"RBB"}


def test_where_nothing_changes_the_forecast_changes_nothing(twin):
    sizes = twin.forecast(periods=6).groupby("period")["patients"].sum()
    assert sizes.iloc[-1] == pytest.approx(sizes.iloc[0], rel=0.03)


def test_ranges_widen_with_time_and_hold_the_forecast(twin):
    ranges = twin.ranges(periods=6, over=[0, 18])
    assert (ranges["low"] <= ranges["forecast"]).all()
    assert (ranges["forecast"] <= ranges["high"]).all()
    whole = ranges[(ranges["provider"] == "all") & (ranges["over"] == 18)]
    width = (whole["high"] - whole["low"]).to_numpy()
    assert (np.diff(width) >= 0).all()
    with pytest.raises(ma.InputError, match="over holds 19: choose from 0, 18"):
        twin.ranges(over=[19])


def test_its_system_is_in_whole_numbers_and_adds_up_to_what_was_published(twin):
    system = twin.system(WAYS, periods=3)
    ours, published = (
        table.astype({"origin": str, "service": str})
        .groupby(["origin", "service", "weeks_waiting"])["patients"]
        .sum()
        .to_dict()
        for table in (system.waiting_list, twin.rtt.waiting_list)
    )
    assert ours == published
    assert {"stream", "wait_class"} <= {*system.capacity}
    assert system.booked is not None
    assert system.as_today is not None
    alone = ma.optimise(system, collaboration=ma.Independent())
    numbers = alone.three_numbers().set_index("figure")
    for figure, share in (("list_size", 0.02), ("over_18", 0.1)):
        assert numbers["in_order"][figure] == pytest.approx(numbers["as_today"][figure], rel=share)


def test_one_class_no_streams_and_all_steerable_is_the_system_of_the_files(twin):
    plain = twin.system(WAYS, periods=3, classes=1, streams=False, steerable=1)
    before = twin.rtt.system(WAYS, periods=3)
    ours, theirs = (ma.optimise(system, ma.Policy()) for system in (plain, before))
    assert ours.entries.to_csv() == theirs.entries.to_csv()
    assert ours.objective == theirs.objective


def test_a_gap_is_handled_and_told(tmp_path):
    late = twin_of(tmp_path, months=9, absent=[("RBB", "2024-12"), ("RBB", "2024-11")])
    told = late.quality
    assert told.loc[told["what"] == "no return for 2024-12", "whom"].item() == "RBB"
    assert late.forecast(periods=1, providers=["RBB"])["patients"].sum() > 0
    with pytest.warns(ma.InputWarning, match="no return for 2024-12 from RBB"):
        system = late.system(WAYS, periods=2)
    assert "RBB" in set(system.waiting_list["origin"])


def test_a_single_month_of_a_provider_is_smoothed_and_told(tmp_path):
    before = [("RCC", f"2024-{month:02}") for month in range(4, 12)]
    new = twin_of(tmp_path, months=9, absent=before)
    assert "providers with a single return" in set(new.quality["what"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        assert ma.optimise(new.system(WAYS, periods=2)).certificate.valid


def test_a_missing_month_counts_for_no_change_and_is_told(tmp_path):
    holed = twin_of(tmp_path, months=9, without=["2024-08"])
    assert "2024-08: no file" in set(holed.quality["what"])
    sizes = holed.forecast(periods=3).groupby("period")["patients"].sum()
    assert sizes.iloc[-1] == pytest.approx(sizes.iloc[0], rel=0.03)


def test_few_months_have_no_ranges_and_no_seasons(tmp_path):
    short = twin_of(tmp_path, months=3)
    assert short.record is None
    assert "no seasons" in repr(short)
    with pytest.raises(ma.InputError, match="ranges need 8 months or more"):
        short.ranges()
    assert short.system(WAYS, periods=2).as_today.errors.empty


def test_one_month_is_refused_with_what_is_needed(tmp_path):
    with pytest.raises(ma.InputError, match="two consecutive months"):
        twin_of(tmp_path, months=1)
