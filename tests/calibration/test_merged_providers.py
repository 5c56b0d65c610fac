"""A trust that has merged goes on under another code: nobody left it, and nobody joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_counts import made_counts

from mutualaid.calibration.backtesting import backtest_counts
from mutualaid.calibration.fitting import fit
from mutualaid.calibration.merged_providers import followed, likely_mergers
from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.calibration.quality import quality

MONTHS, MERGED = 12, 7
BY_MONTH = ("waiting", "admitted", "non_admitted", "decided", "new")


@pytest.fixture(scope="module")
def apart() -> MonthlyCounts:
    """Three trusts that never merge."""
    return made_counts(months=MONTHS)


@pytest.fixture(scope="module")
def merged(apart: MonthlyCounts) -> MonthlyCounts:
    """The same patients; from the eighth month on RX1 returns what RX0 did as well."""
    own, other = apart.provider == 0, apart.provider == 1
    columns = {}
    for name in BY_MONTH:
        values = getattr(apart, name).copy()
        values[MERGED:, other] += values[MERGED:, own]
        values[MERGED:, own] = 0
        columns[name] = values
    given = apart.given.copy()
    given[MERGED:, own] = False
    return replace(apart, given=given, **columns)


def test_a_trust_that_vanishes_while_another_grows_by_its_lists_has_merged(apart, merged):
    assert likely_mergers(apart) == ()
    assert [tuple(one) for one in likely_mergers(merged)] == [(MERGED, 0, 1)]


def test_lists_of_a_merger_are_one_from_the_first_month_on(apart, merged):
    found = followed(merged)
    for name in BY_MONTH:
        both = getattr(apart, name)[:, apart.provider == 0]
        both = both + getattr(apart, name)[:, apart.provider == 1]
        assert np.array_equal(getattr(found, name)[:, found.provider == 1], both)
    assert not (found.provider == 0).any()
    assert found.providers == merged.providers


def test_a_service_that_only_the_old_trust_had_goes_on_at_the_new_one(merged):
    without = np.flatnonzero(~((merged.provider == 1) & (merged.service == 1)))
    small = np.where((merged.provider == 0) & (merged.service == 1), 0.1, 1.0)[without]
    columns = {name: getattr(merged, name)[:, without] for name in BY_MONTH}
    fewer = replace(
        merged,
        provider=merged.provider[without],
        service=merged.service[without],
        given=merged.given[:, without],
        **{n: np.round((v.swapaxes(1, -1) * small).swapaxes(1, -1)) for n, v in columns.items()},
    )
    found = followed(fewer)
    assert {(int(p), int(s)) for p, s in zip(found.provider, found.service, strict=True)} == {
        *[(1, 0), (1, 1), (2, 0), (2, 1)]
    }
    assert found.waiting.sum() == fewer.waiting.sum()


def test_rates_after_a_merger_are_those_of_both_trusts_together(apart, merged):
    old = apart.provider < 2
    joined = replace(
        apart,
        provider=np.where(old, 1, apart.provider),
    )
    key = joined.provider * 2 + joined.service
    order = np.unique(key)
    sums = {
        name: np.stack([getattr(apart, name)[:, key == one].sum(axis=1) for one in order], axis=1)
        for name in BY_MONTH
    }
    wanted = fit(
        replace(
            joined,
            provider=order // 2,
            service=order % 2,
            given=apart.given[:, : len(order)],
            **sums,
        )
    )
    found = fit(followed(merged))
    assert np.allclose(found.admitted, wanted.admitted)
    assert np.allclose(found.leaving, wanted.leaving)


def test_what_was_forecast_before_a_merger_is_held_against_both_together(merged):
    """The old trust's patients are in England's forecast, as they are in what was published."""
    table = backtest_counts(merged, horizons=(1, 3), first="2025-06")
    before = table[(table["origin_month"] < "2025-08") & (table["over"] == 0)]
    after = before[before["month"] >= "2025-08"]
    england = after[after["provider"] == "England"]
    assert len(england)
    assert (abs(england["persistence"] / england["published"] - 1) < 0.15).all()
    heir = after[after["provider"] == "RX1"]
    assert (abs(heir["forecast"] / heir["published"] - 1) < 0.25).all()


def test_a_merger_that_is_yet_to_come_changes_no_forecast(apart, merged):
    columns = ["origin_month", "month", "provider", "over"]
    known = [
        table[(table["month"] < "2025-08")].set_index(columns)["forecast"]
        for table in (backtest_counts(one, (1,), "2025-06") for one in (apart, merged))
    ]
    assert len(known[0])
    assert known[0].equals(known[1])


def test_who_has_merged_is_told(merged):
    counts = followed(merged)
    told = quality(counts, fit(counts), ())
    row = told[told["what"].str.contains("has merged into")].iloc[0]
    assert row["what"].startswith("RX0 has merged into RX1: no return from 2025-08 on")
    assert row["whom"] == "RX1"
