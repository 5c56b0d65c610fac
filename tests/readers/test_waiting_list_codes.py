"""What codes, words and numbers of a hospital's extract are taken for."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from mutualaid.errors import InputError, InputWarning
from mutualaid.readers.waiting_list import read_waiting_list
from mutualaid.readers.waiting_list.codes import travel_limit


def read(cells=None, rows=None, *, service="110", origin="XA1", **options):
    """A list of patients who have waited 30 days, with some columns of a test's own."""
    table = pd.DataFrame(cells if cells is not None else {})
    length = len(table) if rows is None else rows
    table = table.assign(
        patient_id=[f"p{n}" for n in range(length)],
        origin=origin,
        service=service,
        clock_start="2026-01-01",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return read_waiting_list(table, **{"census": "2026-01-31", **options})


def became(name, values, output=None, **options):
    """What a column of cells becomes."""
    return read({name: values}, **options).frame[output or name].tolist()


def notes(patients):
    """Problem and rows that are noted of each column, and what was done."""
    quality = patients.quality
    told = quality[(quality["rows"] > 0) & (quality["done"] != "set aside")]
    return {(c, p): (n, d) for c, p, n, d in told.itertuples(index=False)}


# --- service and origin ---


def test_treatment_functions_become_rtt_services():
    """National codes, RTT codes, either with a name behind it, names; rolled up as returned."""
    given = ["110", 108, "C_110", "x02", "110 - Orthopaedics", "Trauma & Orthopaedics", b"145"]
    given += [" c_320 ", "General Surgery Service", "130.0"]
    services = [*["C_110"] * 3, "X02", "C_110", "C_110", "C_140", "C_320", "C_100", "C_130"]
    assert read(rows=10, service=given).frame["service"].tolist() == services


def test_codes_without_a_service_are_set_aside_unless_they_get_one():
    """A total is no patient; other codes stay if the analyst says as what."""
    given = ["110", "104", "C_999", None, "knees", "999", "314"]
    patients = read(rows=7, service=given)
    assert patients.frame["service"].tolist() == ["C_110"]
    assert patients.frame["service"].cat.categories.tolist() == ["C_110"]
    assert patients.unusable()["reason"].to_dict() == {
        1: "belongs to no named RTT service",
        2: "a total, not a patient",
        3: "is missing",
        4: "belongs to no named RTT service",
        5: "a total, not a patient",
        6: "belongs to no named RTT service",
    }
    some = read(rows=7, service=given, services={"104": "X05"})
    assert some.frame["service"].tolist() == ["C_110", "X05"]
    most = read(rows=7, service=given, services="X06")
    assert most.frame["service"].tolist() == ["C_110", "X06", "X06"]
    every = read(rows=7, service=given, services="as given")
    assert every.frame["service"].tolist() == ["110", "104", "C_999", "knees", "999", "314"]
    with pytest.raises(InputError, match="leads to X99"):
        read(rows=1, services={"104": "X99"})


def test_providers_are_codes_in_capitals():
    """Without blanks; a row without one is set aside; sites stay as they are."""
    patients = read({"Site Code": ["xa101", "XA102", ""]}, origin=[" xa1", "XA1", None])
    assert patients.frame["origin"].tolist() == ["XA1", "XA1"]
    assert patients.frame["site"].tolist() == ["xa101", "XA102"]
    assert patients.unusable()["reason"].tolist() == ["is missing"]


# --- urgency ---


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        *[("P1a", "P1"), ("P1b", "P1"), ("P1", "P1"), ("p3", "P3"), ("P2 ", "P2"), ("P 4", "P4")],
        *[("1", "P1"), (6, "P6"), (2.0, "P2"), ("3a", "P3"), ("P3 - 3 months", "P3")],
        *[("P2: 4 weeks", "P2"), ("P4 (over 12 weeks)", "P4"), ("P3/2", "P2")],
        *[("d2 - urgent", "P2"), ("Clinical priority P3", "P3"), ("P4 - 3 to 6 months", "P4")],
        *[("Routine", "P4"), ("P4 - routine", "P4"), ("P4 - urgent", "P2"), ("P3 or P2", "P2")],
    ],
)
def test_priorities_are_p1_to_p6(code, meaning):
    """However they are written."""
    patients = read({"p_code": [code]})
    assert patients.frame["priority"].tolist() == [meaning]
    assert notes(patients) == {}


CODES_OF_NOTHING = [
    *("P7", "P0", "D1", "D3", "D4", "D7", "D10", "3 months", "Priority 3 months", "P33", "P", 2.5),
    *("P3/4", "P3 - P4", "P3.5", "d4 - routine", "prev P4", "downgraded from P3", "1 - P3", "Low"),
]


@pytest.mark.parametrize("code", CODES_OF_NOTHING)
def test_priorities_that_are_not_known_are_said_to_be_and_counted(code):
    """Three months are no P3, and neither are two codes, another's code or one that was."""
    patients = read({"priority": [code, "P2", code]})
    assert patients.frame["priority"].tolist() == ["not known", "P2", "not known"]
    found = ("priority", f"is not a known code: {str(code)!r} (2)")
    assert notes(patients) == {found: (2, "taken as not known: does not move")}


@pytest.mark.parametrize("blank", ["", None, "NULL", "none", "n/a"])
def test_a_priority_that_is_missing_is_not_known(blank):
    """Where there is a column of priorities; a list without one has none."""
    patients = read({"priority": ["P3", blank]})
    assert patients.frame["priority"].tolist() == ["P3", "not known"]
    assert notes(patients)["priority", "is missing"] == (1, "taken as not known: does not move")
    assert "priority" not in read(rows=1).columns


def test_the_last_review_is_a_date():
    """Or blank, where it is none."""
    patients = read({"date_of_last_priority_review": ["01/12/2025", "soon", None]})
    dates = patients.frame["priority_date"]
    assert dates.dtype == "datetime64[s]"
    assert dates.isna().tolist() == [False, True, True]
    assert dates[0] == pd.Timestamp(2025, 12, 1)
    assert notes(patients) == {("priority_date", "is not a date"): (1, "read as blank")}


def test_cancer_is_the_two_week_wait_or_the_cancer_list():
    """Either says so; a word that is not known keeps the patient where they are."""
    types = [
        "3",
        3,
        "Priority 3",
        "Two Week Wait",
        "3 - urgent suspected cancer",
        "1",
        "2",
        None,
        "Routine",
    ]
    assert became("priority_type_code", types, "cancer") == [True] * 5 + [False] * 4
    patients = read({"inclusion_on_cancer_ptl": ["Y", "N", "yes", None, "maybe", True, 0]})
    assert patients.frame["cancer"].tolist() == [True, False, True, True, True, True, False]
    stays = "taken as yes: does not move"
    assert notes(patients) == {
        ("cancer", "is not a known code: 'maybe' (1)"): (1, stays),
        ("cancer", "is missing where others say yes or no"): (1, stays),
    }
    assert became("cancer_flag", ["Y", None, "2WW", ""], "cancer") == [True, False, True, False]
    both = read({"cancer": ["no", "no", "yes"], "priority_type": ["1", "3", "1"]})
    assert both.frame["cancer"].tolist() == [False, True, True]
    assert "cancer" not in read(rows=1).columns


# --- wishes ---


def test_consent_is_yes_no_or_not_asked():
    """An answer that is missing or not known lets nobody move."""
    given = ["Yes", "y", True, "1", "agreed", "Willing", "NO", "n", False, 0, "Refused", "declined"]
    given += [None, "", "not asked", "Unknown", "maybe"]
    patients = read({"consent": given})
    meant = [*["yes"] * 6, *["no"] * 6, *["not known"] * 2, "not asked", *["not known"] * 2]
    assert patients.frame["consent"].tolist() == meant
    stays = "taken as not known: does not move"
    assert notes(patients) == {
        ("consent", "is not a known code: 'Unknown' (1), 'maybe' (1)"): (2, stays),
        ("consent", "is missing"): (2, stays),
    }


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *[("30 minutes", 30), ("45 mins", 45), ("up to 20 min", 20), ("1.5 hours", 90)],
        *[
            ("2 hours", 120),
            ("national", math.inf),
            ("Anywhere", math.inf),
            ("Nationally", math.inf),
        ],
        *[("no", 0), ("not willing", 0)],
    ],
)
def test_limits_are_minutes_one_way(text, minutes):
    """And say nothing of how many miles."""
    patients = read({"willing": [text]})
    assert patients.frame["willing_minutes"].tolist() == [minutes]
    assert patients.frame["willing_icb"].tolist() == [""]
    assert "willing_miles" not in patients.columns


@pytest.mark.parametrize(
    ("text", "miles"),
    [
        *[("50 miles", 50), ("50 MILES ", 50), ("1 mile", 1), ("up to 30 mi each way", 30)],
        *[("within 80.4672 km", 50), ("8 kilometres", 8 / 1.609344)],
    ],
)
def test_a_distance_stays_a_distance(text, miles):
    """50 miles are 50 miles on a motorway and on a lane: never a number of minutes."""
    patients = read({"willing": [text]})
    assert patients.frame["willing_miles"].tolist() == pytest.approx([miles])
    assert patients.frame["willing_minutes"].tolist() == [math.inf]


def test_numbers_need_a_unit():
    """From the heading; a bare number under another one cannot be read, and is nowhere."""
    assert became("willing_minutes", [30, 45.5, np.inf]) == [30, 45.5, math.inf]
    mixed = read({"willing_miles": ["10", "20 minutes", "national"]}).frame
    assert mixed["willing_miles"].tolist() == [10, math.inf, math.inf]
    assert mixed["willing_minutes"].tolist() == [math.inf, 20, math.inf]
    patients = read({"willing": ["50", "far", "-5 miles", "30 minutes"]})
    assert patients.frame["willing_minutes"].tolist() == [0, 0, 0, 30]
    assert notes(patients) == {("willing", "cannot be read"): (3, "taken as nowhere: 0 minutes")}
    assert travel_limit("-5", "minutes") is None
    assert travel_limit("inf", None) is None


def test_no_limit_stated_is_no_limit():
    """And counted, since it is an assumption."""
    patients = read({"willing": ["", None, "30 minutes"]})
    assert patients.frame["willing_minutes"].tolist() == [math.inf, math.inf, 30]
    told = notes(patients)
    assert told["willing", "states no limit"] == (2, "taken as willing to go anywhere")


def test_of_two_limits_the_stricter_holds():
    """Nobody is sent further than they said."""
    cells = {"willing": ["60 minutes", None, "national"], "willing_miles": ["", 10, 10]}
    assert read(cells).frame["willing_minutes"].tolist() == [60, math.inf, math.inf]
    assert read(cells).frame["willing_miles"].tolist() == [math.inf, 10, 10]
    twice = {"willing": ["60 miles", "5 miles"], "willing_miles": [10, 10]}
    assert read(twice).frame["willing_miles"].tolist() == [10, 5]
    assert ("willing", "states no limit") not in notes(read(cells))


@pytest.mark.parametrize(
    "text", ["within ICB", "ICB", "in icb", "Within my ICB", "within the ICB only"]
)
def test_within_the_icb_is_the_patients_own(text):
    """Who has none that is known goes nowhere, and is counted."""
    cells = {"willing": [text, "anywhere", text, None], "icb": ["qx1", "QX2", None, "QX2"]}
    patients = read(cells)
    assert patients.frame["willing_icb"].tolist() == ["QX1", "", "", ""]
    assert patients.frame["willing_minutes"].tolist() == [math.inf, math.inf, 0, math.inf]
    assert patients.frame["icb"].tolist() == ["QX1", "QX2", "unknown", "QX2"]
    found = ("willing", "within ICB, and the patient's ICB is not known")
    assert notes(patients)[found] == (1, "taken as nowhere: 0 minutes (pass icb=)")


def test_the_icb_may_be_that_of_the_provider():
    """For who has none in the extract: one for all, or one a provider."""
    cells = {"willing": ["within ICB"] * 3, "icb": ["QX1", None, None]}
    origin = ["XA1", "XB2", "XC3"]
    assert read(cells, origin=origin, icb="QX9").frame["icb"].tolist() == ["QX1", "QX9", "QX9"]
    patients = read(cells, origin=origin, icb={"XA1": "QX7", " xb2": "QX8"})
    assert patients.frame["icb"].tolist() == ["QX1", "QX8", "unknown"]
    assert patients.frame["willing_icb"].tolist() == ["QX1", "QX8", ""]
    assert patients.frame["willing_minutes"].tolist() == [math.inf, math.inf, 0]
    none = read({"willing": ["within ICB"]})
    assert none.frame["willing_minutes"].tolist() == [0]
    assert "icb" not in none.columns
    assert read({"willing": ["ICB"]}, icb="QX9").frame["willing_icb"].tolist() == ["QX9"]


def test_an_icb_that_is_named_stays():
    """As our own lists have it; what is said in words goes first."""
    assert became("willing_icb", ["qx1", "", None]) == ["QX1", "", ""]
    cells = {"willing_icb": ["QX1", "QX1", ""], "willing": ["ICB", "30 minutes", "ICB"]}
    patients = read({**cells, "icb": "QX2"})
    assert patients.frame["willing_icb"].tolist() == ["QX2", "QX1", "QX2"]


def test_offers_that_were_declined_are_kept():
    """The provider that the patient declined, or any."""
    assert became("declined", ["xb2", "Any", None, "XC3"]) == ["XB2", "any", "", "XC3"]


# --- what is arranged ---


def test_the_first_date_to_come_counts():
    """Of admission and appointment; one that has passed is none, and counted."""
    tci = ["2026-02-06", "2026-02-07", "2026-01-31", "2026-01-30", None, "31/12/9999"]
    clinic = ["2026-03-01", "2026-02-01", None, "2026-02-14", None, ""]
    patients = read({"TCI Date": tci, "outpatient_future_appointment_date": clinic})
    frame = patients.frame
    days = [None if pd.isna(day) else (day.month, day.day) for day in frame["date"]]
    assert days == [(2, 6), (2, 1), (1, 31), (2, 14), None, None]
    assert frame["date_weeks"].tolist() == [0, 0, 0, 2, math.inf, math.inf]
    assert frame["date"].dtype == "datetime64[s]"
    assert notes(patients) == {
        ("date", "has passed: treated, cancelled or not updated"): (1, "taken as no date"),
        ("date", "is after 2099"): (1, "taken as no date"),
    }
    assert became("tci_date", ["2026-02-07"], "date_weeks") == [1]


def test_who_has_a_booking_that_cannot_be_read_waits_and_stays():
    """The patient may have a date, and is on the list: nobody should move them."""
    patients = read({"tci_date": ["30/02/2026", None]})
    assert patients.unusable().empty
    assert patients.frame["date_weeks"].tolist() == [0, math.inf]
    done = "taken as booked for the first week: keeps it"
    assert notes(patients) == {("date", "is not a date"): (1, done)}


def test_weeks_until_a_date_may_be_told():
    """Without the dates themselves."""
    patients = read({"date_weeks": ["3", "", "-1", "later", 2.5]})
    assert patients.frame["date_weeks"].tolist() == [3, math.inf, math.inf, 0, 2]
    assert patients.unusable().empty
    assert notes(patients) == {
        ("date_weeks", "is not a number"): (1, "taken as booked for the first week: keeps it"),
        ("date_weeks", "is below 0"): (1, "taken as no date"),
    }


def test_whatever_a_transfer_field_says_the_patient_has_been_transferred():
    """The code values are not published."""
    cells = {
        "transfer_status": ["01", None, "", "NULL", "N"],
        "mutual_aid_accepting_provider": [None, "XB2", " ", None, None],
    }
    assert read(cells).frame["transferred"].tolist() == [True, True, False, False, True]
    flags = became("transferred", ["yes", "no", None, True, "0", "who knows"])
    assert flags == [True, False, False, True, False, True]
    assert "transferred" not in read(rows=1).columns


def test_who_waits_for_admission():
    """Said, or by the type of list, or by a decision to admit."""
    assert became("admitted", ["Y", "N", None, "perhaps"]) == [True, False, False, False]
    types = ["IRTT", "ORTT", "ptli", "INON", "RTTI", "inpatient", "OP", "other", None]
    admitted = [True, False, True, True, True, True, False, False, False]
    assert became("waiting_list_type", types, "admitted") == admitted
    decided = became("decision_to_admit_date", ["2026-01-01", None, "No", "Y"], "admitted")
    assert decided == [True, False, False, True]
    cells = {"admitted": ["no"], "list_type": ["IRTT"], "decision_to_admit": ["yes"]}
    assert read(cells).frame["admitted"].tolist() == [False]


# --- who they are ---


def test_ages_are_years_or_unknown():
    """From an age or a date of birth; what is impossible is unknown, and counted."""
    patients = read({"age": [17.9, 18, "44", 45, 64, 65, 74, 75, 120, 121, -1, None, "old"]})
    bands = ["0-17", "18-44", "18-44", "45-64", "45-64", "65-74", "65-74", *["75+"] * 2]
    assert patients.frame["age_band"].tolist() == bands + ["unknown"] * 4
    assert patients.frame["adult"].tolist() == [False, *[True] * 8, *[False] * 4]
    assert patients.frame["age"].isna().tolist() == [False] * 9 + [True] * 4
    assert notes(patients) == {("age", "gives no age from 0 to 120"): (3, "taken as unknown")}


def test_the_date_of_birth_gives_the_age_and_is_not_kept():
    """By birthdays at the census; the age that is told goes first."""
    born = ["31/01/2008", "01/02/2008", "2027-01-01", "1900-01-01", None, "soon"]
    patients = read({"DOB": born})
    ages = patients.frame["age"]
    assert ages.tolist()[:2] == [18, 17]
    assert ages.isna().tolist() == [False, False, True, True, True, True]
    assert patients.frame["adult"].tolist() == [True, False, False, False, False, False]
    assert not [name for name in patients.columns if "birth" in name]
    assert list(notes(patients).values()) == [(3, "taken as unknown")]
    both = read({"dob": ["1950-01-01", "1950-01-01"], "age": [30, None]})
    assert both.frame["age"].tolist() == [30, 76]


def test_adults_may_be_told_without_an_age():
    """Where the age is not known the flag holds; of two that differ neither makes an adult."""
    assert became("adult", ["yes", "no", None, "perhaps"]) == [True, False, False, False]
    cells = {"age": [17, None, 40], "adult": ["yes", "yes", "no"]}
    assert read(cells).frame["adult"].tolist() == [False, True, False]
    assert became("age_band", ["18-44", "75+", None, "90s"]) == ["18-44", "75+"] + ["unknown"] * 2
    assert "adult" not in read({"age_band": ["75+"]}).columns


def test_deprivation_is_in_fifths():
    """Of quintiles or deciles, 1 the most deprived."""
    given = [1, "5", "2 - more deprived", "Unknown", None, "6", "0", "worst"]
    assert became("IMD Quintile", given, "deprivation") == ["1", "5", "2"] + ["unknown"] * 5
    deciles = became("IMD Decile", [*range(1, 11), 11, 0, None], "deprivation")
    assert deciles == [*"1122334455", *["unknown"] * 3]
    cells = {"IMD Quintile": [3], "IMD Decile": [1]}
    assert read(cells).frame["deprivation"].tolist() == ["3"]


def test_ethnicity_and_sex_are_as_recorded():
    """Blank is unknown."""
    cells = {"Ethnic Category": ["A", "NA", None, " Z"], "Gender": ["1", 2, "", "9"]}
    frame = read(cells).frame
    assert frame["ethnicity"].tolist() == ["A", "NA", "unknown", "Z"]
    assert frame["sex"].tolist() == ["1", "2", "unknown", "9"]


def test_full_postcodes_that_are_found_are_shortened():
    """They point at a few homes; an area that the analyst names stays as it is."""
    given = ["SW1A 2AA", "sw1a2ab", "SW1A 2", None, "E01000001"]
    patients = read({"Postcode": given})
    assert patients.frame["area"].tolist() == ["SW1A 2", "SW1A 2", "SW1A 2", "unknown", "E01000001"]
    assert notes(patients) == {
        ("area", "is a full postcode"): (2, "shortened to its sector"),
        ("area", "is missing"): (1, "taken as unknown"),
    }
    named = became("Postcode", given, "area", columns={"area": "Postcode"})
    assert named == ["SW1A 2AA", "sw1a2ab", "SW1A 2", "unknown", "E01000001"]
    assert became("LSOA", ["SW1A 2AA"], "area") == ["SW1A 2AA"]


# --- what a site may ask about ---


def test_what_sites_ask_about_is_kept_as_given():
    """ "None" is an answer there; ASA grade and BMI are numbers."""
    cells = {
        "ASA Grade": ["2", "ASA III", "3E", None, "fit"],
        "BMI": ["31.5", "40", "high", "", "25"],
        "anaesthetic_type": ["General", "None", " local ", None, "NULL"],
        "critical_care": [True, False, True, False, False],
        "Equipment": ["robot", "n/a", None, "none", "robot"],
    }
    patients = read(cells)
    frame = patients.frame
    assert frame["asa"].tolist()[:3] == [2, 3, 3]
    assert frame["asa"].isna().tolist()[3:] == [True, True]
    assert frame["bmi"].tolist()[:2] == [31.5, 40]
    assert frame["bmi"].isna().tolist()[2:] == [True, True, False]
    assert frame["anaesthetic"].tolist()[:3] == ["General", "None", "local"]
    assert frame["anaesthetic"].isna().tolist()[3:] == [True, True]
    assert frame["critical_care"].dtype == bool
    assert frame["equipment"].isna().tolist() == [False, False, True, False, False]
    assert notes(patients) == {
        ("asa", "is not a known code"): (1, "taken as unknown"),
        ("bmi", "is not a number"): (1, "taken as unknown"),
    }


def test_who_is_admitted_is_told_by_the_next_column_where_one_says_nothing():
    """A type of list first, then a date of decision, then the intended management."""
    cells = {
        "waiting_list_type": ["ORTT", None, None, None],
        "decision_to_admit_date": ["2025-10-01", "2025-10-01", None, None],
        "intended_management_code": ["1", None, "2", None],
    }
    patients = read(cells)
    assert patients.rows()["admitted"].tolist() == [False, True, True, False]
    assert "admitted" not in patients.quality["column"].tolist()
    alone = read({"waiting_list_type": ["IRTT", None]})
    found = alone.quality.query("column == 'admitted'")[["rows", "done"]]
    assert found.to_numpy().tolist() == [[1, "taken as no"]]


def test_intended_management_says_who_stays_overnight():
    """At least one night, or none; sequences of stays are left open."""
    nights = read({"intended_management_code": ["1", 2, "3", None, "1 - one night or more"]})
    frame = nights.frame["overnight"]
    assert frame.tolist()[:2] == ["yes", "no"]
    assert frame.isna().tolist() == [False, False, True, True, False]
    both = read({"overnight": [True, False], "intended_management": ["2", "1"]})
    assert both.frame["overnight"].tolist() == [True, False]


def test_words_for_nothing_are_blank_and_counted():
    """ "NA" is not one of them where it could be a code."""
    patients = read({"ethnicity": ["NULL", "none", "#N/A", "NA", "B"]})
    assert patients.frame["ethnicity"].tolist() == ["unknown"] * 3 + ["NA", "B"]
    assert notes(patients) == {("ethnicity", "says NULL, None or the like"): (3, "read as blank")}
    age = read({"age": ["NA", "30"]})
    assert age.frame["age"].isna().tolist() == [True, False]
    assert notes(age) == {}


def test_cells_that_cannot_be_compared_are_told():
    """A list in a cell is no code."""
    with pytest.raises(InputError, match="priority: holds values that cannot be compared"):
        read({"priority": [["P2"], ["P3"]]})


def test_a_list_that_was_made_is_read_as_it_was():
    """All our own names, types and values, through text and back."""
    cells = {
        "hospital_number": ["h1", "h2", "h3"],
        "ppid": ["q1", "q2", "q3"],
        "ppid_issuer": "XA1",
        "site_code": "XA101",
        "p_code": ["P2", "", "4"],
        "priority_review_date": ["2025-12-01", None, "2025-12-03"],
        "lsoa": ["E1", "E2", None],
        "consent": ["y", "n", "not asked"],
        "willing": ["within ICB", "50 miles", "no"],
        "icb": ["QX1", "QX2", "QX1"],
        "tci_date": ["2026-03-01", None, None],
        "transfer_status": ["1", None, None],
        "declined": ["XB2", "any", None],
        "priority_type": ["3", "1", "1"],
        "age": [17, 70, None],
        "imd_decile": [1, 10, None],
        "ethnic_group": ["A", None, "B"],
        "sex": ["1", "2", "1"],
        "list_type": ["IRTT", "ORTT", "IRTT"],
        "asa": ["1", "2", None],
        "overnight": ["yes", "no", "yes"],
    }
    first = read(cells)
    rows = first.rows(identifiers=True)
    again = read_waiting_list(rows, census="2026-01-31")
    pd.testing.assert_frame_equal(again.rows(identifiers=True), rows)
    text = rows.astype(object).map(lambda cell: None if pd.isna(cell) else str(cell))
    again = read_waiting_list(text, census="2026-01-31")
    pd.testing.assert_frame_equal(again.rows(identifiers=True), rows)
