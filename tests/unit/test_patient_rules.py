"""Rules about patients, one by one: priority, notice, and patient-initiated mutual aid."""

from __future__ import annotations

import numpy as np
import pytest
from listed import PLAIN, people, plan_for, sent, trusts

import mutualaid as ma


@pytest.mark.parametrize(
    ("movable", "expected"),
    [(("P3", "P4"), "Cat Dan Gus"), (("P2", "P3"), "Bob Cat Gus"), ((), "Gus")],
)
def test_p1_p5_and_p6_never_move_and_who_has_no_priority_may(movable, expected):
    """Ann to Fay are P1 to P6; Gus has no surgical priority, and no rule speaks of him."""
    patients = people(priority=["P1", "P2", "P3", "P4", "P5", "P6", "none"])
    assert " ".join(sent(patients, {"movable_priorities": movable})) == expected


@pytest.mark.parametrize(
    ("notice", "weeks", "first"), [(0, 4, 1), (3, 4, 2), (4, 4, 2), (5, 4, 3), (3, 1, 4), (2, 1, 3)]
)
def test_nobody_is_moved_before_proper_notice(notice, weeks, first):
    """The first period that starts so many weeks after the census, whatever its length."""
    patients = people()
    plan = plan_for(patients, {"notice_weeks": notice}, periods=5, period_weeks=weeks)
    assert plan.patients(patients)["period"].to_list() == [first]
    assert plan.moves["period"].to_list() == [first]


def test_notice_keeps_nobody_from_their_own_trust():
    """Alder treats its own from the first period on."""
    patients = people()
    plan = plan_for(patients, {"notice_weeks": 8}, slots={"ALD": 1, "BIR": 1})
    assert plan.patients(patients)["period"].to_list() == [1]


PIDMAS = {"harm": PLAIN["harm"], "weeks_per_hour": 0.0}


def asked_by_pidmas(miles=50, minutes=30.0, away=20.0, changes=None, **columns):
    """Whether one patient, whom every rule lets go, is asked when some of that is changed."""
    given = {
        "weeks_waiting": 40,
        "adult": True,
        "transferred": False,
        "consent": "yes",
        "date_weeks": np.inf,
        "priority": "P4",
        **columns,
    }
    policy = ma.Policy.pidmas(miles, **PIDMAS, **(changes or {}))
    patients = people(**given)
    plan = ma.optimise(trusts(patients, minutes=minutes, miles=away, periods=2), policy)
    return plan.patients(patients)["decision"].to_list() == ["offer"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, True),
        ({"weeks_waiting": 36}, True),
        ({"weeks_waiting": 35}, False),
        ({"adult": False}, False),
        ({"transferred": True}, False),
        ({"date_weeks": 7.0}, False),
        ({"date_weeks": 0.0}, False),
        ({"date_weeks": 8.0}, True),
        ({"consent": "not asked"}, False),
        ({"willing_minutes": 30.0}, True),
        ({"willing_minutes": 29.0}, False),
        ({"willing_miles": 20.0}, True),
        ({"willing_miles": 19.9}, False),
        ({"changes": {"movable_consent": ("yes", "not asked")}, "consent": "not asked"}, True),
        ({"changes": {"adults_only": False}, "adult": False}, True),
        ({"changes": {"move_transferred": True}, "transferred": True}, True),
        ({"changes": {"min_weeks_to_move": 39}, "weeks_waiting": 35}, True),
        ({"changes": {"keep_dates_weeks": 7}, "date_weeks": 7.0}, True),
    ],
)
def test_each_rule_of_patient_initiated_mutual_aid(columns, expected):
    """Over 40 weeks when treated, 18 or over, not moved before, no date within 8 weeks, consent."""
    assert asked_by_pidmas(**columns) is expected


def test_patient_initiated_mutual_aid_gives_three_weeks_notice():
    """No place in the first month; without notice there is one."""
    patients = people(adult=[True])
    for changes, period in (({}, 2), ({"notice_weeks": 0}, 1)):
        policy = ma.Policy.pidmas(**PIDMAS, **changes)
        plan = ma.optimise(trusts(patients, miles=20.0, periods=2), policy)
        assert plan.patients(patients)["period"].to_list() == [period]


def test_only_adults_move_where_the_list_says_who_is_one():
    """A list without ages is refused rather than taken for one of adults."""
    with pytest.raises(ma.InputError, match="does not say who is one"):
        ma.optimise(trusts(people()), ma.Policy.pidmas(**PIDMAS))


@pytest.mark.parametrize(
    ("miles", "away", "minutes", "expected"),
    [
        (50, 50.0, 75.0, True),
        (50, 50.1, 5.0, False),
        (50, 50.0, 1000.0, True),
        (100, 100.0, 215.0, True),
        (100, 100.1, 90.0, False),
        (None, 400.0, 1000.0, True),
        (None, None, 1000.0, True),
        (0, 0.1, 0.1, False),
    ],
)
@pytest.mark.filterwarnings("ignore:travel. (half|no way):mutualaid.InputWarning")
def test_the_band_of_patient_initiated_mutual_aid_is_one_of_miles(miles, away, minutes, expected):
    """However long the way takes; nationally there is no limit, and no distance is needed."""
    assert asked_by_pidmas(miles, minutes, away) is expected


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ({"miles": -1}, ["miles"]),
        ({"miles": "50"}, ["miles"]),
        ({"miles": True}, ["miles"]),
        ({"miles": np.nan}, ["miles"]),
        ({"miles": 10_001}, ["miles"]),
        ({"max_miles": -1}, ["max_miles"]),
    ],
)
def test_miles_that_mean_nothing(call, named):
    """Each is named."""
    with pytest.raises(ma.InputError) as error:
        ma.Policy.pidmas(**call)
    assert error.value.problems["column"].to_list() == named


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({"movable_consent": "yes"}, ["movable_consent"]),
        ({"movable_consent": ("no",)}, ["movable_consent"]),
        ({"movable_consent": ("maybe",)}, ["movable_consent"]),
        ({"movable_consent": (1,)}, ["movable_consent"]),
        ({"keep_dates_weeks": -1}, ["keep_dates_weeks"]),
        ({"keep_dates_weeks": None}, ["keep_dates_weeks"]),
        ({"notice_weeks": 1.5}, ["notice_weeks"]),
        ({"notice_weeks": -1}, ["notice_weeks"]),
        ({"move_transferred": 1}, ["move_transferred"]),
        ({"adults_only": "yes"}, ["adults_only"]),
        ({"acceptance": 0.5}, ["acceptance"]),
        ({"equity": "deprivation"}, ["equity"]),
        (
            {"adults_only": 1, "acceptance": 1, "notice_weeks": "3"},
            ["notice_weeks", "adults_only", "acceptance"],
        ),
    ],
)
def test_rules_about_patients_that_mean_nothing(rules, named):
    """Every part of a policy that cannot be used is named, all at once."""
    with pytest.raises(ma.InputError) as error:
        ma.Policy(**rules)
    assert error.value.problems["column"].to_list() == named
