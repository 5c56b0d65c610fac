"""Who is offered what: worked out by hand at two or three trusts."""

from __future__ import annotations

import datetime as dt
import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from listed import NAMES, PLAIN, people, plan_for, rows, sent

import mutualaid as ma
from mutualaid.offers import allocate as patients
from mutualaid.offers.allocate import urgency

CENSUS = dt.date(2026, 1, 31)
NEAR_AND_FAR = {
    (a, b): (50.0 if "CED" in (a, b) else 30.0)
    for a, b in itertools.permutations(("ALD", "BIR", "CED"), 2)
}
"""Birch is half an hour from Alder, Cedar fifty minutes."""


def by_name(named, *columns):
    """The columns of each patient, by name; None where nothing is said."""
    told = named.set_index("patient_id")[list(columns)].astype(object)
    plain = told.where(told.notna(), None)
    return dict(zip(plain.index, map(tuple, plain.to_numpy()), strict=True))


def places(patients, **more):
    """Provider and period of each patient by a plan for a list."""
    return by_name(plan_for(patients, **more).patients(patients), "provider", "period")


def test_the_longest_wait_in_days_comes_first_and_stays_at_home():
    """All are in week 40; Dan has waited longest and takes Alder's slot, Bob goes, two wait on."""
    patients = people(days_waiting=[281, 285, 283, 287])
    found = places(patients, slots={"ALD": 1, "BIR": 1})
    assert found == {"Dan": ("ALD", 1), "Bob": ("BIR", 1), "Ann": (None, None), "Cat": (None, None)}


def test_places_are_taken_period_by_period_then_near_before_far():
    """Home, Birch and Cedar in the first month; Birch again in the second."""
    patients = people(days_waiting=[287, 286, 285, 284, 283])
    slots = {"ALD": [1, 0], "BIR": [1, 1], "CED": [1, 0]}
    found = places(patients, slots=slots, minutes=NEAR_AND_FAR, periods=2)
    assert found == {
        "Ann": ("ALD", 1),
        "Bob": ("BIR", 1),
        "Cat": ("CED", 1),
        "Dan": ("BIR", 2),
        "Eve": (None, None),
    }


def test_weeks_decide_where_days_are_not_known():
    """Who has waited 41 weeks comes before who has waited 40."""
    patients = people(weeks_waiting=[40, 41])
    assert places(patients, slots={"ALD": 1, "BIR": 0})["Bob"] == ("ALD", 1)
    assert urgency(patients).tolist() == [1, 0]


def test_days_decide_before_priority_and_priority_before_luck():
    """The rank among all: the longest wait, then P2 before P4 before none, then a hash."""
    patients = people(
        days_waiting=[283, 283, 287, 283],
        priority=["none", "P4", "P4", "P2"],
    )
    assert urgency(patients).tolist() == [3, 2, 0, 1]
    assert urgency(people(priority=["P4", "P2", "P3"])).tolist() == [2, 0, 1]


def test_ties_fall_alike_whatever_the_order_of_rows_or_names():
    """Nobody gains by the place of their row, nor by a low or high number; on any machine."""
    table = rows(weeks_waiting=[40] * 10)
    slots = {"ALD": 0, "BIR": 3}
    chosen = set(sent(ma.PatientList(table), slots=slots))
    for seed in range(3):
        assert set(sent(ma.PatientList(table.sample(frac=1, random_state=seed)), slots=slots)) == (
            chosen
        )
    for first in (sorted(NAMES)[:3], sorted(NAMES)[-3:]):
        assert chosen != set(first)
    # Pinned: another key, or another hash, would offer other patients the places.
    assert [NAMES[i] for i in np.argsort(urgency(ma.PatientList(table)))] == PINNED


PINNED = ["Jim", "Bob", "Ivy", "Hal", "Fay", "Cat", "Eve", "Ann", "Gus", "Dan"]


def test_numbers_for_names_break_ties_too():
    """Whole numbers are as good as names; as text they are other names."""
    ranks = urgency(ma.PatientList(rows(weeks_waiting=[40] * 6).assign(patient_id=range(6))))
    assert sorted(ranks) == [*range(6)]
    assert ranks.tolist() != [*range(6)]


def test_who_is_expected_to_leave_is_a_number_and_the_last_have_no_place():
    """One of three will leave untreated: there are slots enough, and the shortest wait has none."""
    patients = people(days_waiting=[283, 287, 285])
    removals = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 1})
    plan = plan_for(patients, removals=removals)
    named = plan.patients(patients)
    assert by_name(named, "decision", "provider") == {
        "Ann": ("stays", None),
        "Bob": ("offer", "BIR"),
        "Cat": ("offer", "BIR"),
    }
    assert plan.moves["patients"].sum() == 2


HELD = {
    "nothing stands": ({}, {"Ann": "new BIR 1", "Bob": "new CED 1", "Cat": "new BIR 2"}),
    "the last holds the first place": (
        {"Cat": ("BIR", 1)},
        {"Ann": "new CED 1", "Bob": "new BIR 2", "Cat": "kept BIR 1"},
    ),
    "the first holds the later place": (
        {"Ann": ("BIR", 2)},
        {"Ann": "kept BIR 2", "Bob": "new BIR 1", "Cat": "new CED 1"},
    ),
    "two hold one place": (
        {"Cat": ("BIR", 1), "Ann": ("BIR", 1)},
        {"Ann": "kept BIR 1", "Bob": "new CED 1", "Cat": "other period BIR 2"},
    ),
    "one holds a period that is not there": (
        {"Ann": ("CED", 2)},
        {"Ann": "other period CED 1", "Bob": "new BIR 1", "Cat": "new BIR 2"},
    ),
    "two hold the only place of Cedar": (
        {"Ann": ("CED", 1), "Bob": ("CED", 1)},
        {"Ann": "kept CED 1", "Bob": "other provider BIR 1", "Cat": "new BIR 2"},
    ),
    "four hold one place": (
        dict.fromkeys(NAMES[:4], ("BIR", 1)),
        {
            "Ann": "kept BIR 1",
            "Bob": "other period BIR 2",
            "Cat": "other provider CED 1",
            "Dan": "withdrawn",
        },
    ),
    "who would have no place holds one": (
        {"Dan": ("CED", 1)},
        {"Ann": "new BIR 1", "Bob": "new BIR 2", "Dan": "kept CED 1"},
    ),
    "strangers": (
        {"Zoe": ("BIR", 1)},
        {"Ann": "new BIR 1", "Bob": "new CED 1", "Cat": "new BIR 2"},
    ),
    "a place that is none": (
        {"Cat": ("ZED", 1)},
        {"Ann": "new BIR 1", "Bob": "new CED 1", "Cat": "new BIR 2"},
    ),
}


@pytest.mark.parametrize(("standing", "expected"), HELD.values(), ids=HELD)
def test_offers_that_stand_are_kept_as_far_as_the_plan_has_places(standing, expected):
    """Birch has a place in each month, Cedar one in the first; Ann has waited longest, Dan least.

    Whoever holds an offer keeps it if there is such a place, or another at the same provider.
    """
    patients = people(days_waiting=[287, 286, 285, 284])
    slots = {"ALD": 0, "BIR": 1, "CED": [1, 0]}
    plan = plan_for(patients, slots=slots, minutes=NEAR_AND_FAR, periods=2)
    previous = pd.DataFrame(
        [(name, *place) for name, place in standing.items()],
        columns=["patient_id", "provider", "period"],
    )
    named = by_name(plan.patients(patients, previous=previous), "change", "provider", "period")
    told = {name: " ".join(str(p) for p in found if p is not None) for name, found in named.items()}
    assert {name: text for name, text in told.items() if text} == expected


def test_only_offers_stand():
    """Of a table that says who stays, those who stay hold nothing; a new table keeps them all."""
    patients = people(days_waiting=[287, 286, 285, 284])
    plan = plan_for(patients, slots={"ALD": 2, "BIR": 2})
    first = plan.patients(patients)
    assert "change" not in first
    again = plan.patients(patients, previous=first)
    assert by_name(again, "change", "decision") == {
        "Ann": (None, "stays"),
        "Bob": (None, "stays"),
        "Cat": ("kept", "offer"),
        "Dan": ("kept", "offer"),
    }


def test_a_table_of_standing_offers_must_be_one():
    """It needs its columns, and one offer a patient; who holds two is not named."""
    patients = people()
    plan = plan_for(patients)
    with pytest.raises(ma.InputError, match="previous has no period"):
        plan.patients(patients, previous=pd.DataFrame({"patient_id": ["Ann"], "provider": "BIR"}))
    twice = pd.DataFrame({"patient_id": ["Ann", "Ann"], "provider": "BIR", "period": 1})
    with pytest.raises(ma.InputError, match="more than one offer") as error:
        plan.patients(patients, previous=twice)
    assert "Ann" not in str(error.value)


def test_a_standing_offer_has_a_period():
    """A word is none; the error names the column."""
    patients = people()
    previous = pd.DataFrame({"patient_id": ["Ann"], "provider": "BIR", "period": "soon"})
    with pytest.raises(ma.InputError, match="period"):
        plan_for(patients).patients(patients, previous=previous)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"weeks_waiting": [40, 40, 41, 40]}, "1 patients are more .* and 0 are fewer"),
        ({"weeks_waiting": [40, 40]}, "0 patients are more .* and 1 are fewer"),
        ({"weeks_waiting": [40, 40, 42]}, "1 patients are more .* and 1 are fewer"),
        ({"weeks_waiting": [40, 41, 41]}, "1 patients are more .* and 1 are fewer"),
        ({"origin": ["ALD", "ALD", "BIR"]}, "1 patients of the list are in no queue"),
        ({"service": ["C_110", "C_999", "C_110"]}, "1 patients of the list are in no queue"),
        ({"consent": ["yes"] * 3}, "the list holds consent, of which the plan knows nothing"),
        ({"adult": [True] * 3, "declined": [""] * 3}, "the list holds adult, declined"),
    ],
)
def test_another_list_is_refused(other, message):
    """One patient more, one fewer, another wait, trust or service, or a wish unheard of."""
    plan = plan_for(people(weeks_waiting=[40, 40, 41]))
    wrong = people(**{"weeks_waiting": [40, 40, 41], **other})
    for call in (plan.patients, plan.offers, lambda given: plan.equity("origin", given)):
        with pytest.raises(ma.InputError, match=message) as error:
            call(wrong)
        assert not any(name in str(error.value) for name in NAMES)


@pytest.mark.parametrize("column", ["priority", "area"])
def test_a_list_that_lacks_what_tells_patients_apart_is_refused(column):
    """What the system was told of each patient, the list has to say."""
    patients = people(weeks_waiting=[40, 40], **{column: ["P3", "P4"]})
    plan = plan_for(patients)
    with pytest.raises(ma.InputError, match=f"the list has no {column}"):
        plan.patients(people(weeks_waiting=[40, 40]))
    for other in ("P9", None):
        with warnings.catch_warnings():
            # That P9 is no priority, and nor is an empty cell, is said besides.
            warnings.simplefilter("ignore", ma.InputWarning)
            patients = people(weeks_waiting=[40, 40], **{column: ["P3", other]})
        with pytest.raises(ma.InputError, match="in no queue"):
            plan.patients(patients)


def test_a_list_with_other_wishes_is_refused():
    """Ann said yes when the system was made; now she says no."""
    plan = plan_for(people(consent=["yes", "yes"]))
    with pytest.raises(ma.InputError, match=r"in no queue|not the one"):
        plan.patients(people(consent=["no", "yes"]))


def test_a_system_of_patients_needs_no_other_list():
    """Its own rows are the list, in its own order; a system of counts has none."""
    table = rows(weeks_waiting=[40, 52, 40])
    plan = plan_for(table)
    assert set(plan.patients()["patient_id"]) == {"Ann", "Bob", "Cat"}
    assert len(plan.offers().table) == 3
    assert plan.equity("origin").table["patients"].to_list() == [3]
    pd.testing.assert_frame_equal(plan.patients(table), plan.patients(ma.PatientList(table)))
    counts = plan_for(people())
    for call in (counts.patients, counts.offers):
        with pytest.raises(ma.InputError, match="made of counts"):
            call()


def test_dates_are_those_of_the_period_and_of_proper_notice():
    """Weeks of their own: the first three periods start before notice of three weeks is over."""
    patients = people(CENSUS, days_waiting=[287, 286, 285, 284, 283, 282])
    slots = {"ALD": [1, 0, 0, 0, 0], "BIR": [0, 1, 0, 1, 1]}
    plan = plan_for(patients, slots=slots, periods=5, period_weeks=1)
    named = plan.patients(patients)
    first = [dt.date(2026, 1, 31), dt.date(2026, 2, 7), dt.date(2026, 2, 21), dt.date(2026, 2, 28)]
    assert named["from_date"].dt.date.to_list()[:4] == first
    soonest = [dt.date(2026, 2, 21), dt.date(2026, 2, 21), dt.date(2026, 2, 28)]
    assert named["earliest_date"].dt.date.to_list()[1:4] == soonest
    assert named["earliest_date"].isna().to_list() == [True, False, False, False, True, True]
    assert named["from_date"].isna().to_list() == [False] * 4 + [True] * 2
    assert not {"from_date", "earliest_date"} & {*plan.patients(ma.PatientList(patients.frame))}


def test_everything_else_that_is_told_of_a_patient():
    """The way, what of it is extra, the weeks by then, and the labels that the list holds."""
    patients = people(
        weeks_waiting=[40, 52, 30],
        area=["north", "north", "south"],
        pathway_id=["x", "y", "z"],
        days_waiting=[287, 370, 217],
        sex=["F", "M", "F"],
    )
    capacity = pd.DataFrame(
        [("ALD", 2, 1), ("BIR", 1, 1)], columns=["provider", "period", "slots"]
    ).assign(service="C_110")
    travel = pd.DataFrame(
        [
            ("north", "ALD", 20.0),
            ("north", "BIR", 50.0),
            ("south", "ALD", 10.0),
            ("south", "BIR", 70.0),
        ],
        columns=["area", "provider", "minutes"],
    )
    system = ma.System(patients, capacity, travel, periods=2)
    named = ma.optimise(system, ma.Policy(**PLAIN)).patients(patients)
    assert named.columns.to_list() == [
        "patient_id",
        "pathway_id",
        "origin",
        "service",
        "area",
        "weeks_waiting",
        "days_waiting",
        "decision",
        "provider",
        "period",
        "minutes",
        "extra_minutes",
        "weeks_at_treatment",
    ]
    assert named["pathway_id"].to_list() == ["x", "y", "z"]
    told = by_name(named, "decision", "minutes", "extra_minutes", "weeks_at_treatment")
    assert told == {
        "Ann": ("stays", 20.0, 0.0, 44),
        "Bob": ("offer", 50.0, 30.0, 52),
        "Cat": ("stays", None, None, None),
    }
    assert str(named["period"].dtype) == str(named["weeks_at_treatment"].dtype) == "Int64"


def test_who_has_a_date_at_home_keeps_it():
    """A date decides what is said of who stays; who may be moved all the same gets an offer."""
    patients = people(date_weeks=[7.0, 8.0, np.inf], consent=["yes", "yes", "no"])
    named = plan_for(patients, {"keep_dates_weeks": 8}).patients(patients)
    assert by_name(named, "decision") == {
        "Ann": ("keeps date",),
        "Bob": ("offer",),
        "Cat": ("stays",),
    }


def test_the_hash_key_is_as_long_as_the_hash_asks_for():
    """Sixteen bytes; another length would not hash at all."""
    assert len(patients.HASH_KEY.encode()) == 16
