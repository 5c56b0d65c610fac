"""Ranges of a forecast: nine of ten published counts lie in them."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from rtt_months import played

from mutualaid.calibration.past_forecasts import ENGLAND, unchanged
from mutualaid.calibration.ranges import error_ranges
from mutualaid.errors import InputError

MONTHS = [str(month) for month in pd.period_range("2020-01", periods=60, freq="M")]
COUNTS = (40, 400, 4_000, 40_000)
ENGLISH = 2_000_000


def errors_made(*, seed=1, origins=MONTHS[:24], horizons=(1, 3, 6), noise=0.05, common=0.01):
    """A backtest with errors of known size: of each provider, and the same for all."""
    random = np.random.default_rng(seed)
    rows = []
    for origin in origins:
        for ahead in horizons:
            grown = np.sqrt(ahead)
            all_of_them = random.normal(0, common * grown)
            month = MONTHS[MONTHS.index(origin) + ahead]
            rows.append((origin, month, ENGLAND, ENGLISH, ENGLISH * np.exp(all_of_them)))
            for count in COUNTS:
                size = count * np.exp(random.normal(0, 0.2, 25))
                spread = np.sqrt(noise**2 + 1 / size) * grown
                came = size * np.exp(all_of_them + random.normal(0, spread))
                names = [f"{count}-{number}" for number in range(25)]
                rows += zip([origin] * 25, [month] * 25, names, size, came.round(), strict=True)
    columns = ["origin_month", "month", "provider", "forecast", "published"]
    return pd.DataFrame(rows, columns=columns).assign(over=18)


@pytest.fixture(scope="module")
def ranges():
    """What two years of such forecasts tell."""
    return error_ranges(errors_made())


def within(ranges, table, provider):
    """The share of published counts in their range."""
    weeks = table["month"].map(MONTHS.index) - table["origin_month"].map(MONTHS.index)
    low, high = ranges.bounds(provider, 18, weeks * 52.18 / 12, table["forecast"])
    return table["published"].between(low, high).mean()


def test_nine_of_ten_counts_that_come_later_lie_within(ranges):
    later = errors_made(seed=2, origins=MONTHS[26:50])
    of_england = later["provider"] == ENGLAND
    assert 0.84 < within(ranges, later[of_england], ENGLAND) < 0.99
    for count in COUNTS:
        some = later[later["provider"].str.startswith(f"{count}-")]
        assert 0.86 < within(ranges, some, "RAA") < 0.97


def test_ranges_widen_with_the_weeks_ahead_and_start_from_nothing(ranges):
    for provider in (ENGLAND, "RAA", None):
        low, high = ranges.bounds(provider, 18, np.arange(53), 5_000)
        assert (low[0], high[0]) == (5_000, 5_000)
        assert (np.diff(high) >= 0).all()
        assert (np.diff(low) <= 0).all()
        assert high[52] > high[26] > high[4] > 5_000 > low[4] > low[26] > low[52]


def width(ranges, provider, patients):
    low, high = ranges.bounds(provider, 18, 13, patients)
    return (high - low) / patients


def test_small_providers_are_less_sure_than_large_ones(ranges):
    widths = [width(ranges, "RAA", count) for count in COUNTS]
    assert widths[0] > 1.5 * widths[1] > 1.5 * max(widths[2:])


def test_a_group_is_surer_than_a_provider_and_less_sure_than_england(ranges):
    group = width(ranges, None, 400_000)
    assert width(ranges, ENGLAND, ENGLISH) < group < width(ranges, "RAA", 400_000)
    # As small as providers are, it is as one of them.
    assert width(ranges, None, 4_000) == width(ranges, "RAA", 4_000)


def moved(table, months):
    """The same forecasts and counts, some months later."""
    later = {name: MONTHS[at + months] for at, name in enumerate(MONTHS[: 60 - months])}
    return table.assign(
        origin_month=table["origin_month"].map(later), month=table["month"].map(later)
    )


def test_of_fewer_months_less_is_known():
    """The same errors, made from one month and made from each of eight."""
    once = errors_made(origins=MONTHS[:1])
    often = pd.concat([moved(once, months) for months in range(8)])
    wide, narrow = (width(error_ranges(table), ENGLAND, ENGLISH) for table in (once, often))
    assert narrow < 0.4 * wide


def test_bounds_are_whole_numbers_and_not_below_nobody(ranges):
    low, high = ranges.bounds("RAA", 18, [4, 26, 52], [0.3, 2.5, 17.0])
    assert (low % 1 == 0).all()
    assert (high % 1 == 0).all()
    assert (low >= 0).all()
    assert low[0] == 0
    assert high[0] >= 1


def test_they_can_be_kept(ranges):
    again = pickle.loads(pickle.dumps(ranges))
    assert again == ranges
    assert again.origins == 24


def test_a_threshold_without_errors_is_refused(ranges):
    with pytest.raises(InputError, match="over is 52: choose from 18"):
        ranges.bounds("RAA", 52, 4, 100)


@pytest.mark.parametrize(("weeks", "patients"), [(-1, 10), (4, -1), (4, np.nan)])
def test_nonsense_is_refused(ranges, weeks, patients):
    with pytest.raises(InputError, match="below 0 or missing"):
        ranges.bounds("RAA", 18, weeks, patients)


def test_a_table_without_england_or_a_column_is_refused():
    table = errors_made(origins=MONTHS[:6])
    with pytest.raises(InputError, match="without a row of England"):
        error_ranges(table[table["provider"] != ENGLAND])
    with pytest.raises(InputError, match="published"):
        error_ranges(table.drop(columns="published"))


@pytest.fixture(scope="module")
def eight_months():
    """A trust whose clock starts doubled in June."""
    more = lambda day: 2.0 if day.month == 6 else 1.0  # noqa: E731
    return played({("RAA", "C_110"): 50.0, ("RBB", "C_110"): 9.0}, months=8, more=more)


def test_before_four_origins_changes_of_counts_stand_in(eight_months):
    changes = unchanged(eight_months)
    assert set(changes["origin_month"]) == {*eight_months.months[:-1]}
    assert (changes["forecast"] == changes["persistence"]).all()
    none = changes.iloc[:0]
    ranges = error_ranges(none, eight_months)
    assert ranges.curves == error_ranges(changes).curves
    assert ranges.origins == 0
    assert set(ranges.curves) == {0, 18, 26, 40, 52, 65}


def test_from_four_origins_on_they_do_not(eight_months):
    changes = unchanged(eight_months)
    right = changes.assign(forecast=changes["published"])
    sure = error_ranges(right, eight_months)
    low, high = sure.bounds(ENGLAND, 0, [4, 13], [3000.0, 3000.0])
    assert low.tolist() == high.tolist() == [3000, 3000]
    three = right[right["origin_month"] < eight_months.months[3]]
    low, high = error_ranges(three, eight_months).bounds(ENGLAND, 0, [4, 13], [3000.0, 3000.0])
    assert (low < 3000).all()
    assert (high > 3000).all()
