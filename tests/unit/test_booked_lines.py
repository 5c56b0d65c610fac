"""Bookings of streams and classes, by hand: at two trusts, in two classes of hips."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.data.system import reserved_of
from mutualaid.simulation import Noise, replay

HIPS = "C_110"
pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
PEOPLE = ma.Policy(harm=ma.harm.person_weeks())


def table(columns, *values, **same):
    """Rows of a table about hips."""
    return pd.DataFrame(list(values), columns=columns.split()).assign(service=HIPS, **same)


def dates(*values, **same):
    """A table of bookings."""
    return table("origin wait_class period weeks_waiting patients", *values, **same)


LISTS = table(
    "origin wait_class weeks_waiting patients",
    ("ALD", "1", 3, 2),
    ("ALD", "1", 40, 2),
    ("ALD", "2", 3, 2),
    ("ALD", "2", 60, 2),
)
ROOMS = table("provider wait_class slots", ("ALD", "1", 1), ("ALD", "2", 2), period=1)
WAYS = pd.DataFrame({"origin": ["ALD"], "provider": ["BIR"], "minutes": [30.0]})


def two_classes(*booked, **more):
    """In each of Alder's two classes two have waited long and two have not; a slot in the first
    class, two in the second."""
    known = {"waiting_list": LISTS, "capacity": ROOMS, "travel": WAYS, "periods": 1}
    return ma.System(**{**known, **more}, booked=dates(*booked) if booked else None)


def treated(plan):
    """Class, weeks and number of who is treated."""
    rows = plan.treatments[["wait_class", "weeks_waiting", "patients"]].astype(object)
    return sorted(rows.itertuples(index=False, name=None))


def test_a_booking_takes_a_slot_of_its_own_class():
    """One of three weeks has the only slot of the first class; the second is as it was."""
    system = two_classes(("ALD", "1", 1, 3, 1))
    plan = ma.optimise(system, PEOPLE)
    assert treated(plan) == [("1", 3, 1), ("2", 60, 2)]
    told = replay(plan, noise=Noise.none(), seeds=[0]).table
    assert (told["objective"] == plan.objective).all()


def test_a_slot_of_another_class_saves_no_booking():
    """Two are booked in the first class, which has a slot: the second is no help to the other."""
    with pytest.warns(ma.InputWarning, match="1 of the 2 bookings is void.* 1 finds no slot left"):
        system = two_classes(("ALD", "1", 1, 3, 2))
    lost = reserved_of(system).no_slot
    assert lost.to_dict("records") == [
        {"provider": "ALD", "service": HIPS, "wait_class": "1", "period": 1, "patients": 1}
    ]
    assert treated(ma.optimise(system, PEOPLE)) == [("1", 3, 1), ("2", 60, 2)]


def test_a_booking_of_a_class_that_nobody_is_in_finds_nobody():
    """A class that is neither on the list nor has slots."""
    with pytest.warns(ma.InputWarning, match="1 of the 1 booking is void.* 1 finds nobody"):
        system = two_classes(("ALD", "9", 1, 3, 1))
    assert len(reserved_of(system).row) == 0


def test_one_more_slot_goes_to_who_lost_a_date_in_that_class_and_no_other():
    """By class: of the first one of three weeks, of the second the long wait that is left."""
    lists = LISTS.assign(patients=[2, 2, 2, 3])
    system = two_classes(("ALD", "1", 1, 3, 2), waiting_list=lists)
    plan = ma.optimise(system, PEOPLE)
    prices = plan.prices_by("wait_class").set_index("wait_class")
    # Four weeks of the period and the tail, whoever is treated.
    assert prices["price"].to_dict() == {"1": 4 + 13, "2": 4 + 13}
    assert prices["exact"].all()
    late = ma.Policy(harm=ma.harm.rtt(steps={18: 3}))
    plan = ma.optimise(system, late)
    price = plan.prices_by("wait_class").set_index("wait_class")["price"]
    for name in ("1", "2"):
        more = ROOMS.assign(slots=ROOMS["slots"] + (ROOMS["wait_class"] == name))
        saved = plan.objective - ma.optimise(system.replace(capacity=more), late).objective
        assert price[name] == saved
    assert price["1"] < price["2"]


def test_where_dates_were_lost_the_second_slot_may_save_more_than_the_first():
    """The first goes to a date, for little; the second to who has waited longest."""
    system = two_classes(("ALD", "1", 1, 3, 2))
    late = ma.Policy(harm=ma.harm.rtt(steps={18: 3}))
    plan = ma.optimise(system, late)
    costs = []
    for more in range(3):
        rooms = ROOMS.assign(slots=ROOMS["slots"] + more * (ROOMS["wait_class"] == "1"))
        costs.append(ma.optimise(system.replace(capacity=rooms), late).objective)
    first, second = -np.diff(costs)
    assert first < second
    row = ma.studies.next_slots(plan, top=5).set_index("wait_class").loc["1"]
    assert (row["price"], row["holds_for"], row["next_price"]) == (first, 1, second)


def test_bookings_say_of_which_class_they_are():
    """As the list, capacity and referrals do; told once."""
    lost = dates(("ALD", "1", 1, 3, 1)).drop(columns="wait_class")
    with pytest.raises(ma.InputError) as caught:
        two_classes().replace(booked=lost)
    found = caught.value.problems
    assert found[["table", "column"]].to_numpy().tolist() == [["booked", "wait_class"]]
    plain = LISTS.drop(columns="wait_class").groupby(["origin", "service", "weeks_waiting"])
    rooms = ROOMS.drop(columns="wait_class").groupby(["provider", "service", "period"])
    with pytest.raises(ma.InputError) as caught:
        two_classes(
            ("ALD", "1", 1, 3, 1),
            waiting_list=plain["patients"].sum().reset_index(),
            capacity=rooms["slots"].sum().reset_index(),
        )
    assert caught.value.problems["table"].tolist() == ["capacity", "waiting_list"]


def test_removals_that_do_not_say_the_class_leave_who_is_booked():
    """Three of the four newest leave: who has a date is not among them."""
    gone = table("origin period patients", ("ALD", 1, 3))
    system = two_classes(("ALD", "1", 1, 3, 1), removals=gone)
    left = ma.optimise(system, PEOPLE).entries
    assert left["patients"].sum() == 5
    assert ("1", 3, 1) in treated(ma.optimise(system, PEOPLE))


def test_patients_with_a_date_keep_it_in_their_class():
    """Ann's date takes the slot of her class, until she was treated."""
    people = pd.DataFrame(
        {
            "patient_id": ["Ann", "Bob", "Cat"],
            "origin": "ALD",
            "service": HIPS,
            "wait_class": ["1", "1", "2"],
            "weeks_waiting": [3, 40, 3],
            "date_weeks": [1, np.inf, np.inf],
        }
    )
    patients = ma.PatientList(people)
    booked = patients.booked(period_weeks=4, periods=1)
    assert booked["wait_class"].tolist() == ["1"]
    system = two_classes(waiting_list=patients).replace(booked=booked)
    plan = ma.optimise(system, PEOPLE)
    named = plan.patients(patients).set_index("patient_id")["period"].dropna()
    assert sorted(named.index) == ["Ann", "Cat"]
    back = pd.DataFrame({"patient_id": ["Ann"], "response": ["treated"]})
    again = ma.patients.replan(plan, back, patients)
    assert again.plan.system.booked["patients"].tolist() == [0]


def test_what_stands_is_found_once():
    """Asked again, a system knows who is booked, and what to note."""
    system = two_classes(("ALD", "1", 1, 3, 2))
    assert reserved_of(system) is reserved_of(system)
    assert system.notes is system.notes
    with pytest.raises(ValueError, match="read-only"):
        reserved_of(system).patients[0] = 9
