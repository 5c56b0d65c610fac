"""Each trust's own targets, from a table: 65 % here, seven points more there."""

from __future__ import annotations

import pandas as pd
import pytest
from forecasts import by_age
from hospitals import two_trusts

import mutualaid as ma

HIPS = "C_110"


def lists():
    """Half of Alder's list is within 18 weeks, a quarter of Birch's."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 30, 4), ("ALD", HIPS, 2, 4), ("BIR", HIPS, 30, 6), ("BIR", HIPS, 2, 2)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    return two_trusts(waiting=waiting, slots=(2, 2))


def test_each_trust_has_its_own():
    """A share, points on what the census says, on what was published before, and patients."""
    table = pd.DataFrame(
        {
            "origin": ["ALD", "BIR", "BIR", "ALD"],
            "share_within": [0.65, None, None, None],
            "points": [None, 0.07, 0.07, None],
            "share_before": [None, None, 0.3, None],
            "patients": [None, None, None, 3],
            "weeks": [None, None, None, 52],
            "period": [1, None, None, None],
        }
    )
    asked = ma.targets_by_trust(table, lists())
    assert [(t.origins, t.share_within, t.patients, t.weeks, t.period) for t in asked] == [
        (("ALD",), 0.65, 0, 18, 1),
        (("BIR",), 0.32, 0, 18, None),
        (("BIR",), 0.37, 0, 18, None),
        (("ALD",), None, 3, 52, None),
    ]


def test_a_plan_keeps_them_where_it_can_and_says_who_misses_what():
    """Two slots each for the longest waiters: Alder ends with 4 of 6 within, Birch with 2 of 6."""
    asked = ma.targets_by_trust(
        [{"origin": "ALD", "share_within": 0.65}, {"origin": "BIR", "points": 0.25}], lists()
    )
    plan = ma.optimise(lists(), None, ma.Resource(), targets=asked)
    told = plan.targets.set_index("origin")
    assert told["waiting"].to_dict() == {"ALD": 6, "BIR": 6}
    assert told["over"].to_dict() == {"ALD": 2, "BIR": 4}
    assert told["met"].to_dict() == {"ALD": True, "BIR": False}
    assert told["missed"].to_dict() == {"ALD": 0, "BIR": 1}


def test_points_are_of_the_service_that_is_named_and_rounded_up():
    """A third within and a ninth of a point more: 33.35 %, never 33.34 %; all is the most."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 30, 2), ("ALD", HIPS, 2, 1), ("ALD", "C_120", 2, 5)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        {"provider": "ALD", "service": [HIPS, "C_120"], "period": 1, "slots": [2, 2]}
    )
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [5.0]})
    knees, whole = ma.targets_by_trust(
        [
            {"origin": "ALD", "service": HIPS, "points": 0.0001},
            {"origin": "ALD", "service": "C_120", "points": 0.07},
        ],
        ma.System(waiting, capacity, travel, periods=1),
    )
    assert knees.share_within == 0.3335
    assert (knees.by, knees.services) == ("trust and service", (HIPS,))
    assert whole.share_within == 1.0


def test_by_a_month_where_the_census_is_known():
    """From the end of January: the end of March is eight weeks on, two periods of four."""
    row = {"origin": "XA1", "share_within": 0.65, "month": "2026-03"}
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3, priorities=False)
    with pytest.raises(ma.InputError, match="census is not known"):
        ma.targets_by_trust([row], system)
    known = system.replace(as_today=by_age(system))
    assert known.as_today.month == "2026-01"
    assert ma.targets_by_trust([row], known)[0].period == 2
    for month in ("2026-01", "2031-01"):
        with pytest.raises(ma.InputError, match="outside the horizon"):
            ma.targets_by_trust([{**row, "month": month}], known)


def test_what_cannot_be_understood_is_told_all_at_once():
    """With the row: a trust and a service that are not there, shares out of range, two at once."""
    rows = [
        {"origin": "XZ9", "share_within": 0.65},
        {"origin": "ALD", "service": "C_999", "share_within": 0.65},
        {"origin": "ALD", "points": 7},
        {"origin": "ALD", "share_within": 0.65, "points": 0.07},
        {"origin": "ALD"},
        {"origin": "ALD", "patients": 1.5},
        {"origin": "ALD", "share_within": 0.65, "weeks": "long"},
        {"origin": "ALD", "share_within": 0.65, "period": 9},
        {"origin": "ALD", "share_within": 0.65, "share_before": 0.5},
        {"origin": "ALD", "points": 0.07, "share_before": 60},
        {"origin": "ALD", "share_within": 0.65, "month": "March", "period": 1},
        {"origin": "ALD", "share_within": 0.65, "month": "March"},
    ]
    with pytest.raises(ma.InputError) as told:
        ma.targets_by_trust(rows, lists())
    problems = told.value.problems
    assert len(problems) == len(rows)
    assert [f"row {number}" in text for number, text in enumerate(problems["examples"])] == [
        True
    ] * len(rows)
    assert "0.07 for seven points" in str(told.value)
    with pytest.raises(ma.InputError, match="is no column of it"):
        ma.targets_by_trust([{"origin": "ALD", "share": 0.65}], lists())
    with pytest.raises(ma.InputError, match="has no rows"):
        ma.targets_by_trust(pd.DataFrame({"origin": []}), lists())
    with pytest.raises(ma.InputError, match="the column is missing"):
        ma.targets_by_trust([{"trust": "ALD"}], lists())
