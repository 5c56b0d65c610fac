"""A backtest in a few numbers."""

from __future__ import annotations

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.calibration import accuracy
from mutualaid.errors import InputError


def fared(provider, over, *pairs, low=0.0, high=1e9, month="2025-09"):
    """Rows of a provider: forecast and published, three months ahead."""
    return [
        {
            "month": month,
            "horizon": 3,
            "provider": provider,
            "over": over,
            "forecast": said,
            "published": came,
            "low": low,
            "high": high,
            "persistence": came * 1.1,
            "one_queue": came * 0.5,
        }
        for said, came in pairs
    ]


@pytest.fixture
def table():
    """England, a large trust and a small one."""
    rows = [
        *fared("England", 0, (1000, 1000)),
        *fared("England", 18, (102, 100), (204, 200), (297, 300), low=99, high=250),
        *fared("RAA", 0, (900, 900)),
        *fared("RBB", 0, (100, 100)),
        *fared("RAA", 18, (90, 100), (100, 100), (130, 100)),
        *fared("RBB", 18, (3, 2), (4, 0)),
    ]
    return pd.DataFrame(rows)


def row(found, whose, over):
    return found[(found["whose"] == whose) & (found["over"] == over)].iloc[0]


def test_england_has_means(table):
    found = row(accuracy(table), "England", 18)
    assert found["error"] == pytest.approx((0.02 + 0.02 + 0.01) / 3)
    assert found["bias"] == pytest.approx((0.02 + 0.02 - 0.01) / 3)
    assert found["persistence"] == pytest.approx(0.1)
    assert found["one_queue"] == pytest.approx(0.5)
    assert found["within"] == pytest.approx(2 / 3)


def test_providers_have_medians_of_those_with_somebody(table):
    found = row(accuracy(table, largest=1), "largest", 18)
    assert found["error"] == pytest.approx(0.1)
    assert found["forecasts"] == 3
    every = row(accuracy(table), "providers", 18)
    assert every["forecasts"] == 4
    assert every["bias"] == pytest.approx((0.0 + 0.3) / 2)
    # Nobody was published where four were forecast: that counts for the range alone.
    assert every["within"] == 1


def test_it_sums_up_a_table_of_the_front_door():
    assert ma.backtest.__module__.startswith("mutualaid.calibration")
    with pytest.raises(InputError, match="one_queue"):
        accuracy(pd.DataFrame({"month": []}))
    with pytest.raises(InputError, match="largest"):
        accuracy(pd.DataFrame(columns=[*fared("A", 0, (1, 1))[0]]), largest=0)
