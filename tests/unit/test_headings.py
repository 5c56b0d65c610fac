"""A heading is what it says, however it is spelt; one that nobody knows is named."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.data.schema import TABLES, columns
from mutualaid.data.words.headings import headings_of, spellings


def listed(**more):
    """Six of Alder's patients, and what else is said of them."""
    return pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": 40, "patients": [4, 2], **more}
    )


KEEPS = [
    *[("priority", ["P1", "P3"]), ("priority", ["urgent", "routine"])],
    *[("consent", ["no", "yes"]), ("consent", ["Declined", "Y"])],
    *[("cancer", [True, False]), ("cancer", ["Y", "N"]), ("date_weeks", [5, float("inf")])],
    *[("willing_minutes", [10, 60]), ("declined", ["BIR", ""])],
]
SPELT = {
    "priority": ["Priority", "PRIORITY", "priority_code", "Procedure Priority Code", "P-Code"],
    "consent": ["Consent", "consent to transfer", "Mutual_Aid_Consent"],
    "cancer": ["Cancer", "Cancer Flag", "INCLUSION_ON_CANCER_PTL"],
    "date_weeks": ["Date Weeks", "DATE-WEEKS"],
    "willing_minutes": ["WillingMinutes", "Max Travel Minutes"],
    "declined": ["Declined", "DECLINED "],
}


def test_headings_of_a_way_are_read_as_hospitals_write_them():
    """Where a way starts and ends, and how long it takes."""
    ways = ("From trust", "To trust", "Drive time (mins)")
    assert list(headings_of("travel", ways).names.values()) == ["origin", "provider", "minutes"]


def test_a_heading_that_nobody_knows_is_not_thrown_away_where_a_column_is_missing():
    """The remedy names what may be meant, and rows without a start are not called the same."""
    capacity = {"Hospital": ["ALD"], "service": ["C_110"], "period": [1], "Theatre time": [4]}
    travel = {"Trust": ["ALD", "BIR"], "provider": ["BIR", "BIR"], "minutes": [30, 0]}
    with pytest.raises(ma.InputError) as error:
        ma.System(listed().head(1), capacity, travel, periods=1)
    found = error.value.problems.set_index("column")
    assert found.loc["Hospital", "remedy"].startswith("rename it if it says 'provider' or 'slots'")
    assert "or rename the column that says it" in found.loc["slots", "remedy"]
    assert found.loc["Trust", "remedy"] == "rename it if it says 'origin', else drop it"
    assert not found["problem"].str.contains("stand for the same thing").any()


@pytest.mark.parametrize(
    ("heading", "values"),
    [(h, values) for name, values in KEEPS for h in (name, *SPELT[name])],
)
def test_whoever_may_not_move_stays_however_the_column_is_headed(heading, values):
    """Four must stay and two may move, whether it says priority or Procedure Priority Code."""
    system = two_trusts(waiting=listed(**{heading: values}), slots=(0, 9))
    assert moved(ma.optimise(system)) == 2
    found = system.quality
    assert heading in SPELT or (found["problem"] == f"is headed {heading!r}").any()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_of_every_table_is_known_by_its_letters_alone(table):
    """No capitals, blanks or underscores keep a column from being read."""
    for name in columns(table):
        for written in (name.upper(), name.title(), name.replace("_", " "), f" {name}"):
            if written != name:
                assert headings_of(table, (written,)).names == {written: name}


def test_two_columns_for_one_thing_are_both_named():
    """Of a priority and a P code nobody can say which is meant."""
    with pytest.raises(ma.InputError, match=r"'Priority' and 'p_code' mean the same"):
        two_trusts(waiting=listed(Priority="P3", p_code="P2"))
    with pytest.raises(ma.InputError, match=r"trust: means the same as 'origin'") as error:
        two_trusts(waiting=listed(trust="BIR"))
    assert "drop it" in str(error.value)


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        *[("Prioritty", "priority"), ("prioirty", "priority"), ("Priority grading", "priority")],
        *[("consnt", "consent"), ("Consent noted?", "consent")],
        *[("Urgencies", "priority"), ("Urgent?", "priority"), ("willing to go", "willing_minutes")],
        *[("cancr ptl", "cancer"), ("transferred to", "transferred"), ("adlt", "adult")],
        *[("weeks_waitng", "weeks_waiting"), ("pateints", "patients"), ("aera", "area")],
        *[("ASA status", "asa"), ("Adult/child", "adult"), ("TCI status", "date_weeks")],
    ],
)
def test_a_slip_for_what_decides_who_moves_is_named(heading, meant):
    """A list with consnt is refused, and the column is likely to be consent."""
    with pytest.raises(ma.InputError, match=f"looks like '{meant}'") as error:
        two_trusts(waiting=listed(**{heading: ["x", "y"]}))
    assert heading in set(error.value.problems["column"])


@pytest.mark.parametrize(
    "heading",
    [
        *("ward", "kind", "consultant", "procedure", "opcs", "path", "group", "class", "team"),
        *("hospital", "subspecialty", "site_code", "hrg", "band", "sex", "complexity", "borough"),
        *("rate", "code", "name", "clinic", "surgeon", "note", "region", "imd19", "distance"),
    ],
)
def test_a_column_of_the_analysts_own_is_welcome_and_named(heading):
    """It tells patients apart and means nothing else; the System says so."""
    system = two_trusts(waiting=listed(**{heading: ["x", "y"]}))
    assert heading in system.waiting_list
    known = headings_of("waiting_list", (heading,)).unsaid == ()
    assert known or (f"of the list, {heading} tells patients apart" in repr(system))
    assert heading in system.quality["column"].to_list()


@pytest.mark.parametrize(
    ("heading", "remedy"),
    [
        *[("TCI Date", "date_weeks"), ("transfer_status", "transferred"), ("dob", "adult")],
        *[("IMD Decile", "deprivation"), ("willing to travel", "willing_minutes")],
        *[("RTT status", "no longer waits"), ("clock stop", "no longer waits")],
        *[("priority_type", "cancer"), ("Accepting Provider", "transferred")],
    ],
)
def test_what_takes_a_reader_is_refused_with_both_ways_out(heading, remedy):
    """A date of birth says who is an adult only to who knows the census."""
    if heading == "Accepting Provider":
        heading = "mutual_aid_accepting_provider"
    with pytest.raises(ma.InputError, match="read_waiting_list") as error:
        two_trusts(waiting=listed(**{heading: ["x", "y"]}))
    assert error.value.problems["column"].to_list() == [heading]
    assert remedy in error.value.problems["remedy"].item()


def test_a_date_beside_its_weeks_is_passed_over():
    """What only a reader could read has been read: the weeks say it."""
    system = two_trusts(
        waiting=listed(**{"TCI date": ["2026-01-01", "2026-01-02"], "date_weeks": [3, 4]})
    )
    assert "date" in system.waiting_list


def test_a_band_a_column_is_sent_to_melt():
    """Counts by band across the sheet are one row a band here."""
    wide = pd.DataFrame(
        {"HospitalName": ["A"], "Specialty": ["Urology"], "0-6 Months": [50], "18 Months +": [2]}
    )
    for headings in (wide, wide.rename(columns={"0-6 Months": ">0-1", "18 Months +": ">1-2"})):
        with pytest.raises(ma.InputError, match=r"one row a band") as error:
            two_trusts(waiting=headings)
        for word in ("origin", "service", "weeks_waiting", "patients", "DataFrame.melt"):
            assert word in str(error.value)


def test_an_index_is_made_a_column():
    """A table whose index is origin lacks a column, and is told how to get it."""
    waiting = listed(patients=[4, 2], weeks_waiting=[40, 41]).set_index("origin")
    with pytest.raises(ma.InputError, match=r"origin: the column is missing.*reset_index\(\)"):
        two_trusts(waiting=waiting)


def test_patients_in_capitals_are_patients():
    """PATIENTS is no identifier."""
    system = two_trusts(waiting=listed(weeks_waiting=[40, 41]).rename(columns=str.upper))
    assert system.waiting_list["patients"].to_list() == [4, 2]
    with pytest.raises(ma.InputError, match="'patients'") as error:
        two_trusts(waiting=listed(weeks_waiting=[40, 41]).rename(columns={"patients": "PATIENTSS"}))
    assert "patient_id" not in str(error.value)


def test_sites_ask_about_a_column_by_the_heading_that_the_analyst_knows():
    """The list says ASA Grade, and so does the table of what sites accept."""
    asked = pd.DataFrame({"Provider": ["BIR"], "column": ["ASA Grade"], "At most": [2]})
    system = two_trusts(waiting=listed(**{"ASA Grade": [3, 1]}), slots=(0, 9), accepts=asked)
    assert moved(ma.optimise(system)) == 2


def test_a_list_of_patients_made_by_hand_is_read_alike():
    """Ann says no under a heading in capitals, and stays."""
    frame = pd.DataFrame(
        {"Patient ID": ["Ann", "Bob"], "Trust": "ALD", "TFC": "C_110", "Weeks waiting": 40}
    ).assign(CONSENT=["No", "Yes"], ward=["x", "y"])
    patients = ma.PatientList(frame)
    plan = ma.optimise(two_trusts(waiting=patients, slots=(0, 9)))
    assert moved(plan) == 1
    named = plan.patients(patients).set_index("patient_id")
    assert named.loc["Bob", "provider"] == "BIR"
    assert "ward" in patients.quality["column"].to_list()


def test_a_change_of_one_table_keeps_what_was_found_in_the_others():
    """What was said of the list holds when the slots change."""
    system = two_trusts(waiting=listed(ward=["x", "y"]).rename(columns={"origin": "Trust"}))
    other = system.replace(capacity=system.capacity.rename(columns={"slots": "SLOTS"}))
    done = other.quality.groupby("table")["done"].agg(list).to_dict()
    assert "read as origin" in done["waiting_list"]
    assert done["capacity"] == ["read as slots"]


def test_no_two_meanings_of_one_table_share_a_name_of_ours():
    """Each of our names is read as itself, in every table."""
    for table in TABLES:
        for name in columns(table):
            assert spellings(table)[name.replace("_", "")] == name
