"""Words that decide who moves are read as what they say; others keep people at home."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.meanings import measure, priorities


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *[("P1a", "P1"), ("p3", "P3"), ("Priority 2", "P2"), ("P3 - 3 months", "P3")],
        *[("4 - Routine", "P4"), ("Routine", "none"), ("non-urgent", "none"), ("2", "P2")],
        *[("Urgent", "Urgent"), ("2WW", "2WW"), ("Two Week Wait", "Two Week Wait")],
        *[("USC", "USC"), ("Cancer", "Cancer"), ("High", "High"), ("Soon", "Soon")],
        *[("P3 (upgraded to P2)", None), ("P4 urgent", None), ("3 - Urgent", None)],
        *[("3 - Two week wait", None), ("3 months", None), ("Low", None), ("P9", None)],
        *[("7", None), ("?", None), ("D2", None), ("P10", None), ("13", None), ("P3/P4", None)],
    ],
)
def test_a_priority_is_what_its_word_says(word, meant):
    """A text that says two things says nothing."""
    assert priorities([word])[word] == meant


def test_a_bare_three_is_a_priority_only_where_the_column_counts_them():
    """Among priority types 3 is a two-week wait: beside a 4 or a P code it is none of these."""
    assert priorities(["1", "2", "3"])["3"] is None
    assert priorities(["2", "3", "4"])["3"] == "P3"
    assert priorities(["P2", "3"])["3"] == "P3"


def of_each(column, values):
    """One patient of each value, with somewhere to go."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": range(30, 30 + len(values))}
    ).assign(patients=1, **{column: values})
    return two_trusts(waiting=waiting, slots=(0, 99))


@pytest.mark.parametrize(
    ("column", "values", "go"),
    [
        ("priority", ["Urgent", "2WW", "P1a", "P3", "P4", "Routine", "4 - Routine", None, "?"], 4),
        ("priority", [1, 2, 3, 4, 5, 6, 7], 2),
        ("priority", [1.0, 3.0, 4.0, None], 2),
        ("consent", ["Y", "Yes", True, "N", "maybe", None, "", "unknown", 1], 4),
        ("cancer", ["N", False, 0, "Y", "?", None, "2WW"], 3),
    ],
)
def test_only_those_move_of_whom_it_is_known_that_they_may(column, values, go):
    """Every other word stays, and the words and how many are told."""
    with pytest.warns(ma.InputWarning) as told:
        system = of_each(column, values)
    assert moved(ma.optimise(system)) == go
    assert f"waiting_list.{column}" in str(told[0].message)
    assert "(1)" in str(told[0].message)


def test_priorities_that_the_policy_names_move():
    """An analyst's own words hold where the policy says what they mean."""
    with pytest.warns(ma.InputWarning, match="'later' "):
        system = of_each("priority", ["later", "now"])
    assert moved(ma.optimise(system)) == 0
    assert moved(ma.optimise(system, ma.Policy(movable_priorities=("later",)))) == 1


def test_what_is_read_once_is_read_the_same_again():
    """The table of a System may be given to another one."""
    with pytest.warns(ma.InputWarning):
        system = of_each("consent", ["Y", "maybe", None])
    with pytest.warns(ma.InputWarning):
        again = system.replace(waiting_list=system.waiting_list)
    pd.testing.assert_frame_equal(system.waiting_list, again.waiting_list)
    assert moved(ma.optimise(again, ma.Policy(movable_consent=("yes", "not asked")))) == 1


def test_a_number_that_could_be_a_patient_is_not_shown():
    """Whoever puts identifiers under priority does not read them in a warning."""
    with pytest.warns(ma.InputWarning) as told:
        of_each("priority", ["943 476 5919", "P3"])
    assert "943" not in str(told[0].message)


@pytest.mark.parametrize("value", [9, 0, -1, "inf", "x", None, "True", float("nan"), "2_0"])
def test_a_grade_that_is_none_is_accepted_nowhere(value):
    """ASA 9 is a code for not known, and below 0 there is nothing."""
    assert measure(value, "asa") is None
    asked = pd.DataFrame({"provider": ["BIR"], "column": ["asa"], "at_least": [1], "at_most": [2]})
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40, 41], "patients": 1}
    ).assign(asa=pd.Series([value, 1], dtype=object))
    with pytest.warns(ma.InputWarning, match="says nothing that sites ask about"):
        system = two_trusts(waiting=waiting, slots=(0, 9), accepts=asked)
    assert moved(ma.optimise(system)) == 1
