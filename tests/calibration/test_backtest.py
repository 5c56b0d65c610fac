"""A backtest: forecasts as they would have been made, beside what was published."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from rtt_months import extracts, played

import mutualaid as ma
from mutualaid.calibration.backtesting import COLUMNS, backtest_counts
from mutualaid.calibration.past_forecasts import ENGLAND, weeks_between
from mutualaid.errors import InputError

LISTS = {("RAA", "C_110"): 60.0, ("RAA", "C_120"): 30.0, ("RBB", "C_110"): 20.0}
MONTHS = 14


@pytest.fixture(scope="module")
def steady():
    """Two trusts in which nothing changes for over a year."""
    return played(LISTS, months=MONTHS)


@pytest.fixture(scope="module")
def fared(steady):
    """The backtest of them."""
    return backtest_counts(steady)


def of(table, provider=ENGLAND, **where):
    """Rows of a provider, and of a horizon, an origin or an over."""
    rows = table[table["provider"] == provider]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows


def off(rows, name="forecast"):
    return rows[name] / rows["published"] - 1


def test_it_has_a_row_for_each_origin_month_provider_and_threshold(fared):
    assert tuple(fared.columns) == COLUMNS
    assert not fared.duplicated(["origin_month", "month", "provider", "over"]).any()
    assert fared["origin_month"].min() == "2024-10"
    assert fared["month"].max() == "2025-05"
    assert set(fared["over"]) == {0, 18, 26, 40, 52, 65}
    assert set(fared["provider"]) == {ENGLAND, "RAA", "RBB"}
    assert set(fared["horizon"]) == {1, 3, 6}
    assert len(of(fared, horizon=1)) == 6 * (MONTHS - 7)


def test_where_nothing_changes_forecasts_are_right(fared):
    # A month ends on another day of the week than the last one did, so that a band holds more
    # or fewer working days: up to three in a hundred over 18 weeks.
    for horizon in (1, 3, 6):
        assert off(of(fared, horizon=horizon, over=0)).abs().max() < 0.006
        for over in (18, 26, 40, 52):
            errors = off(of(fared, horizon=horizon, over=over))
            assert abs(errors.mean()) < 0.02
            assert errors.abs().max() < 0.04


def test_one_queue_has_nobody_who_waits_long_where_many_do(fared):
    rows = of(fared, over=52)
    assert (rows["published"] > 200).all()
    assert (rows["one_queue"] < 1).all()
    whole = of(fared, over=0)
    assert off(whole, "one_queue").abs().max() < 0.01


def test_england_is_all_who_made_a_return(fared, steady):
    keys = ["origin_month", "month", "over"]
    own = fared[fared["provider"] != ENGLAND].groupby(keys)[["forecast", "published"]].sum()
    england = of(fared).set_index(keys).loc[own.index]
    pd.testing.assert_frame_equal(own, england[["forecast", "published"]])
    last = of(fared, month=steady.months[-1], over=18)["published"]
    assert last.to_numpy() == pytest.approx(float(steady.waiting[-1, :, 18:].sum()))


def test_persistence_is_the_count_of_the_origin(fared, steady):
    for row in of(fared, over=18).itertuples():
        at = steady.months.index(row.origin_month)
        assert row.persistence == pytest.approx(float(steady.waiting[at, :, 18:].sum()))


def test_a_range_holds_its_forecast(fared):
    assert (fared["low"] <= fared["forecast"]).all()
    assert (fared["high"] >= fared["forecast"]).all()
    assert (fared["low"] >= 0).all()


def test_no_forecast_and_no_range_knows_what_came_later(steady, fared):
    """Every count after a month is another one: what was said at it and before stays the same."""
    known = 9
    changed = {
        name: getattr(steady, name).copy()
        for name in ("waiting", "admitted", "non_admitted", "decided", "new")
    }
    for values in changed.values():
        values[known + 1 :] = values[known + 1 :] * 3 + 2
    other = backtest_counts(dataclasses.replace(steady, **changed))
    said = ["provider", "over", "month", "forecast", "low", "high", "persistence", "one_queue"]
    until = fared["origin_month"] <= steady.months[known]
    assert until.any()
    pd.testing.assert_frame_equal(fared.loc[until, said], other.loc[until, said])
    assert not fared["published"].equals(other["published"])
    later = ~until & (fared["over"] == 0)
    assert (fared.loc[later, "forecast"] != other.loc[later, "forecast"]).all()


def test_a_month_without_a_file_is_neither_forecast_nor_forecast_from():
    table = backtest_counts(played(LISTS, months=MONTHS, without=["2025-01"]))
    assert "2025-01" not in {*table["month"], *table["origin_month"]}
    # Six months before the first origin, the hole not counted; three months ahead is over it.
    over_it = of(table, origin_month="2024-11", horizon=3, over=0)
    assert over_it["month"].tolist() == ["2025-02"]
    assert of(table, origin_month="2024-12", horizon=1).empty
    assert off(of(table, over=0)).abs().max() < 0.006


@pytest.fixture(scope="module")
def coming_and_going():
    """RBB makes no return from February 2025 on; RCC begins in March; RDD has one month."""
    lists = {**LISTS, ("RCC", "C_110"): 10.0, ("RDD", "C_120"): 10.0}
    calendar = [str(month) for month in pd.period_range("2024-04", periods=MONTHS, freq="M")]
    absent = [("RBB", month) for month in calendar if month >= "2025-02"]
    absent += [("RCC", month) for month in calendar if month < "2025-03"]
    absent += [("RDD", month) for month in calendar if month != "2024-12"]
    return backtest_counts(played(lists, months=MONTHS, absent=absent))


def test_a_provider_that_stops_counts_in_the_months_of_its_returns(coming_and_going):
    assert of(coming_and_going, "RBB")["month"].max() == "2025-01"
    # It is in England's forecast for these only: the list of the others was right before and after.
    assert off(of(coming_and_going, over=0, month="2025-02", horizon=1)).abs().max() < 0.006


def test_a_provider_that_is_new_is_forecast_to_have_nobody(coming_and_going):
    rows = of(coming_and_going, "RCC", over=0)
    before = rows[rows["origin_month"] < "2025-03"]
    assert len(before)
    assert (before[["forecast", "persistence", "one_queue"]] == 0).all(axis=None)
    assert (before["published"] > 0).all()
    after = rows[rows["origin_month"] >= "2025-03"]
    assert off(after).abs().max() < 0.1


def test_a_provider_of_a_single_month_has_rows_of_that_month(coming_and_going):
    assert set(of(coming_and_going, "RDD")["month"]) == {"2024-12"}


def test_a_provider_with_a_gap_is_forecast_from_its_last_return():
    absent = [("RBB", "2025-01"), ("RBB", "2025-02")]
    table = backtest_counts(played(LISTS, months=MONTHS, absent=absent))
    rows = of(table, "RBB", origin_month="2025-02", over=0)
    assert off(rows).abs().max() < 0.02
    assert of(table, "RBB", month="2025-02").empty


def test_fewer_months_before_the_first_can_be_asked_for(steady):
    table = backtest_counts(steady, horizons=[1], first="2024-06")
    assert table["origin_month"].min() == "2024-06"
    ranged = table[table["over"] == 0]
    assert (ranged["high"] > ranged["low"]).all()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"horizons": ()}, "horizons: are none"),
        ({"horizons": (1, 0)}, "hold 0. Remedy: write whole months from 1"),
        ({"horizons": (24,)}, "lies 24 months after"),
        ({"first": "2024-04"}, "needs two consecutive months up to it"),
        ({"first": "2025-05"}, "a month 2025-05 or later, and one after it"),
        ({"first": "May"}, "first is 'May': write year and month"),
    ],
)
def test_what_cannot_be_backtested_is_refused(steady, asked, told):
    with pytest.raises(InputError, match=told):
        backtest_counts(steady, **asked)


def test_seven_months_or_fewer_are_too_few():
    with pytest.raises(InputError, match="6 months before it, and one after it"):
        backtest_counts(played(LISTS, months=7))


def test_files_are_read_and_give_what_their_counts_give(tmp_path):
    made = played({("RAA", "C_110"): 30.0, ("RBB", "C_110"): 20.0}, months=8, whole=True)
    files = extracts(made, tmp_path)
    table = ma.backtest(files, horizons=[1])
    expected = backtest_counts(made, horizons=[1])
    assert table["provider"].tolist() == expected["provider"].tolist()
    for name in ("forecast", "published", "persistence", "one_queue"):
        assert table[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-5)
    rtt = ma.read_rtt(files)
    assert rtt.totals()["incomplete"].iloc[-1] == of(table, over=0)["published"].iloc[-1]
    pd.testing.assert_frame_equal(ma.backtest(rtt, horizons=[1]), table)
    with pytest.raises(InputError, match="give successors to read_rtt"):
        ma.backtest(rtt, successors={"RBB": "RAA"})
    merged = ma.backtest(files, horizons=[1], successors={"RBB": "RAA"})
    assert set(merged["provider"]) == {ENGLAND, "RAA"}


def test_weeks_between_months_are_those_of_the_calendar():
    assert weeks_between("2025-12", "2026-01") == pytest.approx(31 / 7)


def test_a_table_of_a_backtest_can_be_kept(fared):
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(fared)), fared)
    assert np.isfinite(fared.select_dtypes("number")).all(axis=None)
