"""Where a number is nudged before it is rounded: each nudge has a case that needs it.

0.29 times 100 is 28.999999999999996 in floating point, and 0.55 times 100 is 55.00000000000001.
"""

from __future__ import annotations

import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.audit import plan_audit as audit
from mutualaid.audit import promises_audit as promises
from mutualaid.data.rates import every_period
from mutualaid.datasets.made_up_system import _apportion
from mutualaid.disclosure.coarse_figures import Coarse, _firm, _means, rounded, unit_for
from mutualaid.offers.overbooking import how_many, offers_to_make
from mutualaid.outcomes.measures import quantile
from mutualaid.report.series import _rounded
from mutualaid.studies import rungs


def hundred(share):
    """A hundred of Alder's wait, Birch has room for all, and such a share of a queue may move."""
    waiting = two_trusts().waiting_list.assign(patients=100)
    return ma.optimise(
        two_trusts(waiting=waiting, slots=(0, 100)), ma.Policy(max_share_moved=share)
    )


def test_29_percent_of_a_hundred_may_move_are_29():
    """Not 28; and the audit, which counts anew, finds nothing to say."""
    assert 100 * 0.29 < 29
    for hundredths in (29, 57, 58):
        plan = hundred(hundredths / 100)
        assert moved(plan) == hundredths
        assert plan.violations().empty


def test_the_audit_allows_29_of_a_hundred_and_not_30():
    """A plan made under 30 % breaks a rule of 29 % by one patient, and under 30 % none."""
    plan = hundred(0.30)
    for share, over in ((0.30, []), (0.29, [1.0])):
        found = audit.violations(
            plan.system, ma.Policy(max_share_moved=share), plan.entries, plan.certificate.cost
        )
        mine = found[found["rule"] == "no more of a queue moves than its share"]
        assert mine["amount"].tolist() == over


def test_the_55th_of_a_hundred_is_where_55_percent_are():
    """Not the 56th; of a second group as well, and with everybody at the last one."""
    assert 100 * 0.55 > 55
    weeks = np.tile(np.arange(1, 101), 2)
    group, one = np.repeat([0, 1], 100), np.ones(200, dtype=np.int64)
    assert quantile(group, weeks, one, 0.55, 2).tolist() == [55, 55]
    assert quantile(group, weeks, one, 0.551, 2).tolist() == [56, 56]
    assert quantile(group, weeks, one, 1.0, 2).tolist() == [100, 100]


@pytest.mark.parametrize(
    ("values", "unit", "near"),
    [
        ([123.0, 127.0, 125.0, 100.0], 10.0, [120, 130, 130, 100]),
        ([-123.0, -127.0], 10.0, [-120, -130]),
        ([99.0, 0.0], 10.0, [np.nan, np.nan]),
        ([2.06, 2.04], 0.1, [2.1, 2.0]),
    ],
)
def test_coarse_figures_are_rounded_to_the_nearest(values, unit, near):
    """A half goes up; what is less than ten units is not shown."""
    assert rounded(values, unit).tolist() == pytest.approx(near, nan_ok=True)


def test_a_unit_is_no_smaller_than_what_it_must_hide():
    """Exactly 1, 2, 5 and 10 are enough; the least more is not; of nothing it is nothing."""
    assert unit_for(0.0) == 0.0
    assert rounded([7.3], 0.0).tolist() == [7.3]
    for power in (0.001, 0.1, 1.0, 10.0, 1e6):
        for step, following in ((1, 2), (2, 5), (5, 10), (10, 20)):
            amount = step * power
            assert unit_for(amount) == pytest.approx(amount, rel=1e-12)
            assert unit_for(amount * (1 + 1e-12)) == pytest.approx(following * power, rel=1e-12)
    # Of ten or more patients with harm in thousandths of a harm-week.
    for thousandths in range(1, 3000):
        for patients in (6, 10, 14, 20):
            exact = Fraction(patients * thousandths, 1000)
            assert unit_for(patients * (thousandths / 1000)) >= float(exact)


def test_mean_waits_are_rounded_to_a_step_that_hides_ten():
    """Ten who wait 50 weeks of 5,000 patients: 0.1; of 1,000: 0.5; of 400: not shown."""
    coarse = Coarse(patients=10, harm=1.0, person_weeks=1.0, longest=50.0)
    mean = np.full(4, 17.26)
    count = np.array([5000, 2500, 1000, 400])
    assert _means(mean, count, coarse).tolist() == pytest.approx(
        [17.3, 17.2, 17.5, np.nan], nan_ok=True
    )
    # One patient fewer, and the step is too fine.
    assert _means(mean, count - 1, coarse).tolist() == pytest.approx(
        [17.2, 17.5, 17.0, np.nan], nan_ok=True
    )
    assert _means(mean[:1], np.array([500]), coarse).tolist() == [17.0]


def firm(weeks, share):
    """Whether a quantile of one group would stay, ten more or fewer on either side of it."""
    coarse = Coarse(patients=10, harm=1.0, person_weeks=1.0, longest=100.0)
    value, weight = (np.array(side) for side in zip(*weeks, strict=True))
    group = np.zeros(len(value), dtype=np.int64)
    return bool(_firm(group, value.astype(float), weight, share, coarse, 1)[0])


def test_a_quantile_is_shown_where_ten_patients_would_not_change_it():
    """The median of a hundred: the 40th and the 60th patient must wait as long as the 50th."""
    assert firm([(3, 39), (7, 21), (9, 40)], 0.5)
    assert not firm([(3, 40), (7, 20), (9, 40)], 0.5)
    assert not firm([(3, 39), (7, 20), (9, 41)], 0.5)
    # Of twenty, ten more is everybody: never; of 22 only where all wait as long.
    assert not firm([(7, 20)], 0.5)
    assert firm([(7, 22)], 0.5)
    assert not firm([(3, 1), (7, 21)], 0.5)
    # The 92nd percentile needs ten patients above it: 8 % of 125.
    assert firm([(7, 125)], 0.92)
    assert not firm([(7, 124)], 0.92)


def test_patients_on_charts_are_rounded_to_the_nearest():
    """To fives, a half up; as they are where nothing is hidden."""
    plain = SimpleNamespace(threshold=5, coarse=None)
    assert _rounded([7, 8, 12, 13, -3], plain).tolist() == [5, 10, 10, 15, -5]
    assert _rounded([2.5, np.nan], plain).tolist() == [5, 0]
    assert _rounded([7, 8], SimpleNamespace(threshold=0, coarse=None)).tolist() == [7, 8]
    coarse = SimpleNamespace(threshold=5, coarse=SimpleNamespace(patients=10))
    assert _rounded([106, 104, 99], coarse).tolist() == pytest.approx(
        [110, 100, np.nan], nan_ok=True
    )


def test_half_a_slot_a_period_is_one_in_every_other():
    """The first half is rounded up; the sum is never off by more than half a slot."""
    rates = pd.DataFrame({"provider": ["ALD", "BIR"], "service": "C_110", "slots": [0.5, 0.29]})
    table = every_period(rates, 100)
    half, rest = (table.loc[table["provider"] == p, "slots"] for p in ("ALD", "BIR"))
    assert half.tolist() == [1, 0] * 50
    assert rest.sum() == 29
    off = rest.cumsum().to_numpy() - 0.29 * np.arange(1, 101)
    assert np.abs(off).max() <= 0.5


def test_shares_of_a_total_add_up_and_none_is_off_by_one():
    """Ten among three: 3, 4 and 3, as the running total is rounded to the nearest."""
    assert _apportion(np.array([10]), np.array([[1, 1, 1]])).tolist() == [[3, 4, 3]]
    assert _apportion(np.array([1, 3]), np.array([[1, 1], [1, 1]])).tolist() == [[1, 0], [2, 1]]


def test_a_chance_that_equals_the_risk_is_taken():
    """Three in ten accept, or one: that all three of them do is 0.027 or 0.001, up to rounding."""
    assert 0.1 * 0.1 * 0.1 > 0.001
    assert offers_to_make(0.1, 2, 0.001) == 3
    assert offers_to_make(0.1, 2, 0.000999) == 2
    assert how_many([0.1] * 3, 2, 0.001) == 3
    assert how_many([0.1] * 3, 2, 0.000999) == 2


@pytest.mark.parametrize("cost", [123, 98_765_431, 10**12 + 7])
def test_a_plan_within_29_percent_of_a_gain_of_a_hundred_may_lose_29(monkeypatch, cost):
    """The slack is told as a share of the cost, and is worth as many whole units as was meant."""
    for gain in (100, 50, 4321):
        for hundredths in (0, 1, 7, 29, 57, 58, 100):
            told = {}
            monkeypatch.setattr(rungs, "optimise", lambda *_, told=told, **more: told.update(more))
            deep = SimpleNamespace(
                certificate=SimpleNamespace(cost=cost),
                system=None,
                policy=None,
                collaboration=None,
            )
            alone = SimpleNamespace(certificate=SimpleNamespace(cost=cost + gain))
            plans = SimpleNamespace(plans={"Deep": deep, "Independent": alone})
            rungs.Ladder.smallest_plan(plans, hundredths / 100)
            limit = cost * (1 + Fraction(repr(told["slack"]["cost"])))
            assert math.floor(limit) == cost + hundredths * gain // 100


def test_a_lane_that_a_plan_uses_is_said_to_be_used():
    """Savings, ways and slots add up to 0, up to rounding: one more adds no "0.000 harm-weeks"."""
    plan = ma.optimise(
        ma.datasets.collaborative(
            trusts=3, areas_per_trust=1, periods=2, services=["C_110"], list_size=300
        )
    )
    kinds = plan.treatments[["origin", "area", "priority"]].drop_duplicates()
    told = [
        plan.explain(row.origin, "C_110", provider, period=2, area=row.area, priority=row.priority)
        for row in kinds.itertuples()
        for provider in plan.system.providers
    ]
    assert not any("would add 0.000 harm-weeks" in text for text in told)
    assert any("the plan uses this lane, or could as well" in text for text in told)
    assert any("one more there would add" in text for text in told)


def test_aid_that_is_balanced_to_the_penny_is_balanced():
    """Three at 0.1 are more than a tolerance of 0.3 by rounding only; one of 0.29 is broken."""
    table = pd.DataFrame(
        {"origin": "ALD", "provider": "BIR", "service": "C_110", "moved": True, "patients": [1, 2]}
    )
    assert 0.1 * 1 + 0.1 * 2 > 0.3
    for tolerance, broken in ((0.3, False), (0.29, True)):
        mode = ma.Transactional(balance="tariff", tariff={"C_110": 0.1}, tolerance=tolerance)
        found = list(promises._aid_is_balanced(two_trusts(), mode, table))
        assert bool(found) == broken
