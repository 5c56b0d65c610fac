"""How gaps between groups are measured, and the second opinion on their limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import relaxed

import mutualaid as ma
from mutualaid.audit import equity_audit
from mutualaid.offers.equity_report import as_groups, report
from mutualaid.policy.equity import slope_index


def test_the_slope_index_by_hand():
    """Ten, twenty and ten patients wait 40, 30 and 20 weeks.

    Their middles lie at 1/8, 1/2 and 7/8 of all: the weighted line falls by 75 over 2.8125.
    """
    assert slope_index([40, 30, 20], [10, 20, 10]) == pytest.approx(75 / 2.8125)
    assert slope_index([20, 30, 40], [10, 20, 10]) == pytest.approx(-75 / 2.8125)
    assert slope_index([30, 30, 30], [10, 20, 10]) == 0


@relaxed
@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 50)), min_size=2, max_size=6))
def test_the_slope_index_is_the_slope_of_a_weighted_line(groups):
    """Another way of fitting the line finds the same slope."""
    means, count = (np.array(column, dtype=float) for column in zip(*groups, strict=True))
    middle = (np.cumsum(count) - count / 2) / count.sum()
    slope = np.polyfit(middle, means, 1, w=np.sqrt(count))[0]
    assert slope_index(means, count) == pytest.approx(-slope, abs=1e-6, rel=1e-6)


def test_groups_without_patients_do_not_count():
    """Neither their mean nor their place; with fewer than two others there is no slope."""
    assert slope_index([40, np.nan, 20], [10, 0, 10]) == slope_index([40, 20], [10, 10]) == 40
    for means, count in (([], []), ([3], [5]), ([3, 4], [5, 0])):
        assert np.isnan(slope_index(means, count))
    for means, count in (([3, 4], [5]), ([3, 4], [5, -1])):
        with pytest.raises(ma.InputError, match="slope_index"):
            slope_index(means, count)


TABLE = pd.DataFrame(
    {
        "deprivation": ["1", "1", "5", "5", "unknown"],
        "patients": [1, 2, 1, 2, 4],
        "weeks_waiting": [40, 40, 40, 40, 90],
        "period": [1, 2, 1, 2, 9],
        "harm": [0, 20_000, 0, 20_000, 900_000],
    }
)
"""Of each group one is treated at once and two a month later: 42 2/3 weeks on average."""


@pytest.mark.parametrize(
    ("limits", "changes", "amount"),
    [
        ({"max_gap_weeks": 0}, {}, None),
        ({"max_gap_weeks": 4}, {"period": [1, 2, 3, 2, 9]}, None),
        ({"max_gap_weeks": 2.6}, {"period": [1, 2, 3, 2, 9]}, 8 / 3 - 2.6),
        ({"max_gap_weeks": 2}, {"weeks_waiting": [40, 46, 40, 40, 90]}, 2.0),
        ({"max_gap_weeks": 2}, {"weeks_waiting": [40, 40, 40, 46, 90]}, 2.0),
        ({"max_gap_weeks": 0}, {"deprivation": ["1", "1", "unknown", "unknown", "unknown"]}, None),
        ({"min_gain": 0}, {}, None),
        ({"min_gain": 0.2}, {}, None),
        ({"min_gain": 0.21}, {}, 0.25),
        ({"min_gain": 0.2}, {"harm": [1, 20_000, 0, 20_000, 900_000]}, 0.001),
        ({"min_gain": 0.2}, {"harm": [0, 20_000, 1, 20_000, 900_000]}, 0.001),
    ],
)
def test_the_audit_finds_a_tampered_table(limits, changes, amount):
    """Alone each group bears 25 weeks; limits are kept exactly, or somebody says by how much."""
    before = TABLE.assign(harm=[5_000, 20_000, 5_000, 20_000, 1])
    found = equity_audit.violations(ma.Equity(**limits), TABLE.assign(**changes), before, 4)
    if amount is None:
        assert found.empty
    else:
        assert found["amount"].iloc[0] == pytest.approx(amount)
        assert found.columns.to_list() == ["rule", "where", "amount"]


def entries(rows):
    names = ["group", "patients", "weeks_waiting", "period", "moved", "extra_minutes"]
    return pd.DataFrame(rows, columns=names)


def test_a_report_by_hand():
    """Two deprived and three others, and one of whom it is not known, before and after."""
    before = entries(
        [
            ("5", 3, 20, 2, False, 0.0),
            ("1", 2, 30, 3, False, np.nan),
            ("unknown", 1, 90, 3, False, np.nan),
        ]
    )
    after = entries(
        [
            ("1", 1, 30, 1, True, 40.0),
            ("1", 1, 30, 3, False, np.nan),
            ("5", 1, 20, 1, True, 10.0),
            ("5", 1, 20, 1, True, 25.0),
            ("5", 1, 20, 2, False, 0.0),
            ("unknown", 1, 90, 3, False, np.nan),
        ]
    )
    found = report("deprivation", before, after, 4)
    table = found.table.set_index("group")
    assert table.index.to_list() == ["1", "5", "unknown"]
    assert table["patients"].to_list() == [2, 3, 1]
    assert table["mean_weeks_before"].to_list() == [38, 24, 98]
    assert table["mean_weeks_after"].to_numpy() == pytest.approx([34, 64 / 3, 98])
    assert table["gain_weeks"].to_numpy() == pytest.approx([4, 8 / 3, 0])
    assert table["moved"].to_list() == [1, 2, 0]
    assert table["share_moved"].to_numpy() == pytest.approx([1 / 2, 2 / 3, 0])
    assert table["mean_extra_minutes"].to_list()[:2] == [40, 17.5]
    assert table["most_extra_minutes"].to_list()[:2] == [40, 25]
    assert table.loc["unknown", ["mean_extra_minutes", "most_extra_minutes"]].isna().all()
    gaps = found.gaps.set_index("measure")
    assert gaps.loc["mean_weeks", ["gap_before", "gap_after"]].to_list() == pytest.approx(
        [14, 34 - 64 / 3]
    )
    # Two groups: the line through them runs over the whole scale, twice as far as they are apart.
    assert gaps.loc["mean_weeks", "slope_before"] == pytest.approx(28)
    assert gaps.loc["share_moved", "gap_after"] == pytest.approx(1 / 6)
    assert gaps.loc["share_moved", "slope_after"] == pytest.approx(-1 / 3)
    assert gaps.loc["mean_extra_minutes", "gap_after"] == 22.5
    assert np.isnan(gaps.loc["mean_extra_minutes", "gap_before"])
    assert np.isnan(gaps.loc["mean_extra_minutes", "slope_before"])
    assert "gap in mean wait 14.00 weeks alone, 12.67 together" in repr(found)
    assert "slope index +28.00 alone, +25.33 together" in repr(found)


def test_a_scale_is_in_the_order_of_its_numbers_and_words_have_none():
    """Quintiles 2 and 10 in this order; of ethnicities there is a gap and no slope."""
    rows = [(name, 1, weeks, 1, False, 0.0) for name, weeks in (("10", 20), ("2", 30), ("1", 50))]
    found = report("decile", entries(rows), entries(rows), 4)
    assert found.table["group"].to_list() == ["1", "2", "10"]
    assert found.gaps["slope_after"].iloc[0] == pytest.approx(slope_index([50, 30, 20], [1, 1, 1]))
    rows = [(name, 1, weeks, 1, False, 0.0) for name, weeks in (("b", 20), ("a", 30), ("2", 40))]
    found = report("ethnicity", entries(rows), entries(rows), 4)
    assert found.table["group"].to_list() == ["2", "a", "b"]
    assert found.gaps["gap_after"].iloc[0] == 20
    assert found.gaps["slope_after"].isna().all()
    assert "slope" not in repr(found)
    nobody = report(
        "sex",
        entries([("unknown", 1, 3, 1, False, 0.0)]),
        entries([("unknown", 1, 3, 1, False, 0.0)]),
        4,
    )
    assert nobody.gaps["gap_after"].isna().all()


def test_labels_of_groups_are_text():
    """Numbers without a point, truth values and words as they are, what is missing unknown."""
    assert as_groups(pd.Series([1.0, 2.5, np.nan])).to_list() == ["1", "2.5", "unknown"]
    assert as_groups(pd.Series([1, 5])).to_list() == ["1", "5"]
    assert as_groups(pd.Series(["a", None])).to_list() == ["a", "unknown"]
    assert as_groups(pd.Series(["a", None], dtype="category")).to_list() == ["a", "unknown"]
    assert as_groups(pd.Series([True, False])).to_list() == ["True", "False"]
