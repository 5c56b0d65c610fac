"""When patients wait, join, leave and are treated."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma

# Several lists here have no slot at all: how waiting is counted is easiest to see where all wait.
pytestmark = pytest.mark.filterwarnings("ignore:nobody has capacity:mutualaid.InputWarning")

FLAT = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=13)


def alone(waiting, slots, periods, referrals=None, removals=None, period_weeks=4):
    """One trust on its own; slots by period."""
    capacity = pd.DataFrame(
        {"provider": "ALD", "service": "C_110", "period": range(1, periods + 1), "slots": slots}
    )
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [0.0]})
    frame = pd.DataFrame(waiting, columns=["weeks_waiting", "patients"]).assign(
        origin="ALD", service="C_110"
    )

    def table(rows):
        if rows is None:
            return None
        return pd.DataFrame(rows, columns=["period", "patients"]).assign(
            origin="ALD", service="C_110"
        )

    return ma.System(
        frame,
        capacity,
        travel,
        table(referrals),
        table(removals),
        periods=periods,
        period_weeks=period_weeks,
    )


def test_whoever_is_treated_in_the_first_period_bears_no_harm():
    """Harm starts with the first period in which a patient is left untreated."""
    assert ma.optimise(alone([(10, 1)], [1], 1), FLAT).objective == 0


def test_an_untreated_patient_pays_each_period_and_the_tail():
    """Two periods of four weeks and a tail of thirteen are 21 person-weeks."""
    assert ma.optimise(alone([(10, 1)], [0, 0], 2), FLAT).objective == 21


def test_treatment_in_the_second_period_costs_the_first():
    """Four weeks."""
    assert ma.optimise(alone([(10, 1)], [0, 1], 2), FLAT).objective == 4


def test_the_rate_is_summed_over_the_weeks_waited():
    """From 16 to 20 weeks: two weeks at 1 and two at 2 beyond the 18-week mark."""
    policy = ma.Policy(harm=ma.harm.rtt(), tail_weeks=0)
    assert ma.optimise(alone([(16, 1)], [0], 1), policy).objective == 6


def test_referrals_join_at_the_start_of_their_period_with_no_week_waited():
    """A referral of period 2, untreated in 2 and 3: eight weeks and the tail."""
    plan = ma.optimise(alone([(0, 1)], [1, 0, 0], 3, referrals=[(2, 1)]), FLAT)
    assert plan.objective == 8 + 13
    assert plan.remaining[["weeks_waiting", "referred", "weeks_at_end"]].to_numpy().tolist() == [
        [-4, 2, 8]
    ]


def test_the_longest_waiter_is_treated_first():
    """With one slot a period the 50-week patient goes first, then the 20-week one."""
    plan = ma.optimise(alone([(20, 1), (50, 1)], [1, 1], 2), FLAT)
    assert plan.treatments[["weeks_waiting", "period"]].to_numpy().tolist() == [[50, 1], [20, 2]]
    assert plan.treatments["weeks_at_treatment"].to_list() == [50, 24]


@pytest.mark.parametrize(
    ("removed", "left"),
    [
        ([(1, 1)], {(30, 0): 2, (5, 0): 1, (-4, 2): 2}),
        ([(2, 1)], {(30, 0): 2, (5, 0): 1, (0, 1): 1, (-4, 2): 1}),
        ([(2, 3)], {(30, 0): 2, (5, 0): 1}),
        ([(2, 4)], {(30, 0): 2}),
        ([(1, 2), (2, 1)], {(30, 0): 2, (-4, 2): 1}),
    ],
)
def test_removals_take_the_newest_first_and_never_who_is_not_there_yet(removed, left):
    """Newest referrals, then the youngest cohorts; nobody leaves before they are referred."""
    system = alone([(30, 2), (5, 1)], [0, 0], 2, [(1, 1), (2, 2)], removed)
    rest = ma.optimise(system, FLAT).remaining
    found = {(row.weeks_waiting, row.referred): row.patients for row in rest.itertuples()}
    assert found == left


def test_removals_beyond_the_list_are_said_aloud():
    """Two leave a list that only one is on: a warning says that one finds nobody."""
    with pytest.warns(ma.InputWarning, match="1 of the removals find nobody"):
        alone([(30, 1)], [0], 1, removals=[(1, 2)])


def test_a_service_that_nobody_offers_is_said_aloud():
    """Demand without any capacity is no error: the patients can only wait."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": ["C_110", "C_502"], "weeks_waiting": 40, "patients": [6, 2]}
    )
    with pytest.warns(ma.InputWarning, match="C_502: the 2 patients on these lists can only wait"):
        two_trusts(waiting=waiting)


def test_weekly_and_four_weekly_periods_agree_on_who_can_be_treated():
    """Four slots in one period of four weeks, or one in each of four: nobody is left."""
    assert ma.optimise(alone([(10, 4)], [4], 1), FLAT).remaining.empty
    weekly = ma.optimise(alone([(10, 4)], [1] * 4, 4, period_weeks=1), FLAT)
    assert weekly.remaining.empty
    assert weekly.objective == 0 + 1 + 2 + 3
