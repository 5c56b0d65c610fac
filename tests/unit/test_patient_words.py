"""Words that decide who moves are read as what they say; others keep people at home."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.data.words.cell_values import measure
from mutualaid.data.words.patient_words import priority


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *[("P1a", "P1"), ("p3", "P3"), ("Priority 2", "P2"), ("P3 - 3 months", "P3")],
        *[("4 - Routine", "P4"), ("Routine", "P4"), ("non-urgent", "P4"), ("2", "P2")],
        *[("Urgent", "P2"), ("High", "P2"), ("Soon", "P2"), ("3 - Urgent", "P2")],
        *[("P3 (upgraded to P2)", "P2"), ("P4 urgent", "P2"), ("none", "none"), ("None", None)],
        *[("2WW", "2WW"), ("Two Week Wait", "Two Week Wait"), ("USC", "USC"), ("Cancer", "Cancer")],
        *[("3 - Two week wait", "3 - Two week wait"), ("3 months", None), ("Low", None)],
        *[("P9", None), ("3", None), ("7", None), ("?", None), ("D2", None), ("P10", None)],
        *[("13", None), ("P3/P4", None)],
    ],
)
def test_a_priority_is_what_its_word_says(word, meant):
    """Of two things that it says the stricter holds; of two codes that move neither is known."""
    assert priority(word) == meant


def test_the_heading_settles_what_a_bare_number_counts():
    """Nothing else does: 3 may be a two-week wait, whatever stands in the other rows."""
    numbers = [1, 2, 3, 4, 5, 6]
    for heading, go in (("p_code", 2), ("Procedure Priority Code", 2), ("priority", 0)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ma.InputWarning)
            system = of_each(heading, numbers)
        assert moved(ma.optimise(system)) == go
    with pytest.warns(ma.InputWarning, match=r"'3' \(1\).*write P3, or head the column p_code"):
        of_each("priority", ["P3", 3])


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
        ("priority", [1, 2, 3, 4, 5, 6, 7, "P3", "P4 "], 2),
        ("p_code", [1.0, 3.0, 4.0, None], 2),
        ("consent", ["Y", "Yes", True, "N", "maybe", None, "", "unknown", 1], 4),
        ("cancer", ["N", False, 0, "Y", "?", None, "2WW"], 3),
    ],
)
def test_only_those_move_of_whom_it_is_known_that_they_may(column, values, go):
    """Every other word stays, and the words and how many are told."""
    with pytest.warns(ma.InputWarning) as told:
        system = of_each(column, values)
    assert moved(ma.optimise(system)) == go
    about = f"waiting_list.{'priority' if column == 'p_code' else column}"
    assert about in str(told[0].message)
    assert "(1)" in str(told[0].message)


def test_priorities_that_the_policy_names_move():
    """An analyst's own words hold where the policy says what they mean."""
    with pytest.warns(ma.InputWarning, match="'later' "):
        system = of_each("priority", ["later", "now"])
    assert moved(ma.optimise(system)) == 0
    assert moved(ma.optimise(system, ma.Policy(movable_priorities=("later",)))) == 1


def test_a_policy_names_priorities_as_lists_have_them():
    """A policy for the routine that named another word than the list's would move nobody."""
    with pytest.raises(ma.InputError, match=r"names 'Routine', 'soon'.*write 'P4', 'P2'"):
        ma.Policy(movable_priorities=("Routine", "soon", "P3"))
    with pytest.raises(ma.InputError, match="names Emergency, which never move"):
        ma.Policy(movable_priorities=("Emergency",))


def test_blanks_around_a_word_change_nothing():
    """A column of nothing but known words is read as well."""
    assert moved(ma.optimise(of_each("priority", ["P3 ", " P4", "P1 "]))) == 2
    assert moved(ma.optimise(of_each("consent", ["yes ", "no "]))) == 1


WORDS = {
    "priority": [
        *("P1", "P2", "P3", "P4", "P5", "P6", "P7", "p3", "P3 ", "P 4", "P3a", "p2b", "P33", "P"),
        *("Priority 3", "Priority P4", "Clinical priority 4", "PRIORITY 2", "P3 - 3 months"),
        *("P4 (over 12 weeks)", "P3/4", "P3/P4", "P3 or P2", "P3?", "was P3", "prev P4"),
        *("P4 urgent", "P3 (upgraded to P2)", "downgraded from P3", "P4 - Routine", "P3.5"),
        *("1 - P3", "4 - P4", "1", "2", "3", "4", "5", "6", "7", "3a", "3.0", "1 - Routine"),
        *("2 - Routine", "3 - Routine", "4 - Routine", "7 - Routine", "3 - Urgent", "2 - Urgent"),
        *("3 - Two week wait", "3 months", "D1", "D2", "D3", "D4", "D5", "D6", "D4 - routine"),
        *("Routine", "ROUTINE", "routine referral", "Routine elective", "not routine"),
        *("Non-urgent", "non urgent", "nonurgent", "not urgent", "Low", "Medium", "High", "Soon"),
        *("Urgent", "urgent routine", "Emergency", "Immediate", "Elective", "Planned", "U", "R"),
        *("A", "2WW", "Two Week Wait", "USC", "Cancer", "non-cancer", "routine ?cancer"),
        *("31 day target", "Expedite", "later", "?", "-", "", None, "None", "n/a", "NULL"),
        *("unknown", "not known", "TBC", "0", "10", "x" * 40),
    ],
    "consent": [
        *("Y", "Yes", "yes ", "TRUE", "t", "1", 1, 1.0, True, "Agreed", "Willing", "consents"),
        *("given", "N", "No", "0", False, "Refused", "refuses", "Declined", "not given"),
        *("withdrawn", "no consent", "Not asked", "not-yet-asked", "to be asked", "Unknown"),
        *("not known", "Not recorded", "maybe", "yes?", "Y/N", "y.", "yes - verbal"),
        *("not willing", "not agreed", "?", "-", "", None, "n/a"),
    ],
    "cancer": [
        *("Y", "Yes", "TRUE", "1", 1, True, "2WW", "Two Week Wait", "USC", "Cancer"),
        *("suspected cancer", "Suspected", "confirmed", "on cancer PTL", "N", "No", "n ", "0"),
        *(0.0, False, "non-cancer", "Non cancer", "no cancer", "not cancer", "not on PTL"),
        *("noncancer", "pending", "maybe", "?", "N?", "no longer suspected", "none", "n/a", ""),
        *(None, "unknown", "2", "benign", "tumour"),
    ],
}
POLICIES = (
    ma.Policy(),
    ma.Policy(movable_priorities=("P2", "P3", "P4"), movable_consent=("yes", "not asked")),
)


def by_both(column, cells):
    """Who moves of a list that is read from a file, and of one that is given straight to a System.

    Patients are told apart by the weeks that they have waited.
    """
    weeks = range(30, 30 + len(cells))
    listed = {"origin": "ALD", "service": "C_110", column: pd.Series(cells, dtype=object)}
    names = [f"h{at}" for at in range(len(cells))]
    from_file = {"local_id": names, "days_waiting": [7 * week + 1 for week in weeks]}
    by_hand = {"weeks_waiting": weeks, "patients": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        patients = ma.read_waiting_list(pd.DataFrame({**listed, **from_file}))
        systems = [
            two_trusts(waiting=table, slots=(0, 999))
            for table in (patients, pd.DataFrame({**listed, **by_hand}))
        ]
        plans = [[ma.optimise(system, policy) for policy in POLICIES] for system in systems]
    return [
        [{cells[week - 30] for week in plan.moves["weeks_waiting"]} for plan in found]
        for found in plans
    ]


@pytest.mark.parametrize("column", WORDS)
def test_a_word_means_the_same_in_a_file_and_in_a_table(column):
    """Whichever way a patient comes in, the same policies move them."""
    read, given = by_both(column, WORDS[column])
    assert read == given
    assert read[0]
    assert len(read[0]) < len(WORDS[column]) / 2


@pytest.mark.parametrize(
    ("column", "word"),
    [
        *[("priority", w) for w in ("3", "P3", "Routine", "2WW", "D3", "None", "", "P3 ")],
        *[("consent", w) for w in ("Unknown", "to be asked", "consents", "", "yes ")],
        *[("cancer", w) for w in ("non-cancer", "tumour", "n/a", "", "0")],
    ],
)
def test_a_word_alone_means_what_it_means_among_others(column, word):
    """No other row says what a word means."""
    alone = by_both(column, [word])
    among = by_both(column, WORDS[column])
    for mine, all_of_them in zip(alone, among, strict=True):
        assert mine == [{word} & gone for gone in all_of_them]


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
