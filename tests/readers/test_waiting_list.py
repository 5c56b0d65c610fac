"""A hospital's own extract becomes a list of patients, and says what it made of it."""

from __future__ import annotations

import datetime as dt
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import relaxed

from mutualaid.data.schema import LINE_COLUMNS, PATIENT_COLUMNS
from mutualaid.data.words.column_names import FIELDS, KNOWN, tidy
from mutualaid.errors import InputError, InputWarning
from mutualaid.readers.waiting_list import read_waiting_list
from mutualaid.readers.waiting_list.attributes import completed_years
from mutualaid.readers.waiting_list.dates import moment
from mutualaid.readers.waiting_list.wait_columns import week_band

CENSUS = "2026-01-31"
CANARY = "CANARY4857773456"


def extract(**columns):
    """Three patients of Alder, with what a test adds."""
    base = {
        "patient_id": ["a", "b", "c"],
        "origin": "XA1",
        "service": "C_110",
        "clock_start": "2025-09-01",
    }
    table = pd.DataFrame({**base, **columns})
    return table.drop(columns=[name for name in columns if columns[name] is None])


def read(table, **options):
    """Read quietly: rows that are set aside are looked at by the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return read_waiting_list(table, **{"census": CENSUS, **options})


def aside(patients):
    """Row number and reason of each row that is set aside."""
    return patients.unusable()["reason"].to_dict()


def noted(patients, name, problem):
    """Rows with this problem in this column, by the list's quality."""
    quality = patients.quality
    rows = quality[(quality["column"] == name) & quality["problem"].str.contains(problem)]["rows"]
    return rows.tolist()


# --- which column is which ---


def test_our_own_names_are_known_and_come_out_in_their_order():
    """What the list holds is what the extract held, and what follows from it."""
    patients = read(extract(priority="P3", area="E01000001"))
    assert patients.columns == [
        "patient_id",
        "origin",
        "service",
        "clock_start",
        "days_waiting",
        "weeks_waiting",
        "priority",
        "area",
    ]
    frame = patients.frame
    assert frame["days_waiting"].dtype == np.int64
    assert frame["weeks_waiting"].dtype == np.int64
    assert frame["clock_start"].dtype == "datetime64[s]"
    assert all(frame[name].dtype == "category" for name in ("origin", "service", "priority"))
    assert patients.census == dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    "headings",
    [
        ("Hospital Number", "Provider Code", "Specialty", "RTT Start Date"),
        ("NHS Number", "Trust", "TFC", "Clock Start"),
        ("PATHWAY-ID", "provider", "Treatment_Function_Code", "Date Added to List"),
        ("  mrn ", "ODS code", "speciality", "clock_start_date"),
        ("UBRN Pathway ID".removeprefix("UBRN "), "ORIGIN", "Service", "DTA date"),
    ],
)
def test_the_usual_headings_are_recognised(headings):
    """In capitals or not, with blanks, hyphens or underscores."""
    table = extract()
    patients = read(table.set_axis(list(headings), axis=1))
    assert patients.frame["patient_id"].tolist() == ["a", "b", "c"]
    assert patients.frame["origin"].tolist() == ["XA1"] * 3


def test_headings_can_be_named_and_left_out():
    """The mapping goes first; None leaves a column out; another name keeps a column as it is."""
    table = extract(**{"Mine": ["x", "y", None], "P Code": "P2", "Where": "XB2"})
    table["Clock"] = "2026-01-01"
    mapping = {"origin": "Where", "priority": None, "clock_start": "Clock", "frailty": "Mine"}
    patients = read(table, columns=mapping)
    assert patients.frame["origin"].tolist() == ["XB2"] * 3
    assert "priority" not in patients.columns
    assert patients.frame["days_waiting"].tolist() == [30] * 3
    assert patients.frame["frailty"].tolist()[:2] == ["x", "y"]
    assert patients.frame["frailty"].isna().tolist() == [False, False, True]


def test_a_heading_that_is_named_means_that_only():
    """A "patient ID" that is the hospital number does not tell pathways apart."""
    patients = read(extract(ppid=["p", "q", "r"]), columns={"local_id": "patient_id"})
    assert patients.frame["local_id"].tolist() == ["a", "b", "c"]
    assert patients.frame["patient_id"].tolist() == ["p", "q", "r"]


def test_what_means_nothing_is_not_kept():
    """An extract has names of people in it."""
    table = extract(surname="Smith", notes="-")
    patients = read(table)
    assert "surname" not in patients.columns
    assert patients.quality["problem"].str.contains("columns that mean nothing here: 2").any()
    assert not patients.quality.astype(str).eq("surname").any(axis=None)


def test_the_clock_itself_goes_before_other_dates():
    """Of two columns that fit the surer one is read, and the quality says so."""
    table = extract(clock_start=None, **{"Date Added to List": "2026-01-30"})
    table["RTT Start Date"] = "2026-01-01"
    patients = read(table)
    assert patients.frame["days_waiting"].tolist() == [30] * 3
    told = patients.quality.set_index("column").loc["clock_start"]
    assert told["problem"] == "2 columns fit"
    assert told["done"] == "read from 'RTT Start Date', rather than 'Date Added to List'"
    alone = read(table.drop(columns="RTT Start Date"))
    assert alone.frame["days_waiting"].tolist() == [1] * 3
    assert noted(alone, "clock_start", "may not be the RTT clock") == [0]


def test_of_a_p_code_and_a_word_the_stricter_holds():
    """Many systems have both; where they differ it is said."""
    words = ["Urgent", "Routine", ""]
    patients = read(extract(priority=words, **{"P Code": ["P4", "P3", "P4"]}))
    assert patients.frame["priority"].tolist() == ["P2", "P3", "P4"]
    assert noted(patients, "priority", "another column says more urgent") == [1]


def test_two_columns_that_fit_equally_well_are_asked_about():
    """Not guessed, unless one of them is named."""
    table = extract(origin=None, Provider="XA1", PROVIDER="XB2")
    with pytest.raises(InputError, match="'Provider' and 'PROVIDER' fit equally well") as caught:
        read(table)
    assert len(caught.value.problems) == 1
    assert "columns={'origin': ...}" in str(caught.value)
    assert set(read(table, columns={"origin": "PROVIDER"}).frame["origin"]) == {"XB2"}


def test_all_that_is_missing_is_said_at_once():
    """With what was looked for, and headings that look like a slip of it."""
    table = pd.DataFrame({"Provder Code": ["XA1"], "Surname": ["x"]})
    with pytest.raises(InputError) as caught:
        read(table)
    problems = caught.value.problems
    assert set(problems["table"]) == {"waiting_list"}
    assert problems["column"].tolist() == [
        "patient_id or pathway_id or local_id or person_id",
        "origin",
        "service",
        "clock_start or days_waiting or weeks_waiting",
    ]
    said = str(caught.value)
    assert "close: Provder Code" in said
    assert "looked for service, activity_treatment_function_code" in said


def test_a_mapping_that_does_not_fit_is_told_in_full():
    """Headings that are not there, with what was perhaps meant; names that cannot be used."""
    mapping = {"origin": "Orgin", "area": "zzzz", "minutes": "origin", 3: "origin"}
    with pytest.raises(InputError) as caught:
        read(extract(), columns=mapping)
    problems = caught.value.problems
    assert problems["column"].tolist() == ["origin", "area", "minutes", "3"]
    assert "did you mean origin?" in problems["remedy"][0]
    assert "the extract has patient_id, origin" in problems["remedy"][1]
    left = {"origin": None}
    with pytest.raises(InputError, match="columns= leaves out origin"):
        read(extract(), columns=left)
    with pytest.raises(InputError, match="columns= maps our names"):
        read(extract(), columns=["origin"])


def test_arguments_that_cannot_be_used_are_all_told():
    """A day, services, an ICB, and what to do with unusable rows."""
    with pytest.raises(InputError) as caught:
        read_waiting_list(extract(), census="soon", services="all", icb={"XA1": 3}, unusable="drop")
    said = str(caught.value)
    assert len(caught.value.problems) == 4
    for word in ("census is 'soon'", "services=", "icb=", "unusable is 'drop'"):
        assert word in said
    for name, wrong in (
        ("icb", ""),
        ("services", 3),
    ):
        with pytest.raises(InputError, match=name):
            read(extract(), **{name: wrong})


def test_all_our_own_names_are_known():
    """And no heading means two things, but for a date that may stand in for the clock."""
    # Streams are told from other columns, and no extract knows a class.
    names = set(PATIENT_COLUMNS) - set(LINE_COLUMNS)
    assert names <= set(KNOWN)
    assert all(name in KNOWN[name].headings for name in names)
    meanings = Counter(tidy(heading) for field in FIELDS for heading in field.headings)
    twice = {word for word, count in meanings.items() if count > 1}
    assert twice == {"decisiontoadmitdate", "dtadate"}


# --- the census ---


@pytest.mark.parametrize(
    "census",
    [
        dt.date(2026, 1, 31),
        dt.datetime(2026, 1, 31, 10),
        "31/01/2026",
        pd.Timestamp("2026-01-31"),
        np.datetime64("2026-01-31"),
    ],
)
def test_the_census_is_a_day(census):
    """However it is written."""
    assert read(extract(), census=census).census == dt.date(2026, 1, 31)


def test_the_extract_knows_its_own_day():
    """If it holds one, and that one only."""
    table = extract(week_ending_date=["2026-01-25", None, "2026-01-25"])
    assert read(table, census=None).census == dt.date(2026, 1, 25)
    table.loc[2, "week_ending_date"] = "2026-01-18"
    with pytest.raises(InputError, match="2 weeks, 2026-01-18 to 2026-01-25"):
        read(table, census=None)
    patients = read(table, census="2026-01-18")
    assert aside(patients) == {0: "a row of another week"}
    # Extracts are made on a weekday, and weeks end on Sundays.
    patients = read(table, census="2026-01-27")
    assert len(patients) == 3
    assert noted(patients, "census", "is another date") == [2]


@pytest.mark.parametrize(
    "dated", ["clock_start", "tci_date", "next_appointment_date", "clock_stop_date", "dob"]
)
def test_dates_say_nothing_without_a_census(dated):
    """It is asked for, with the way around it."""
    table = extract(clock_start=None, weeks_waiting=3)
    table[dated] = "2025-11-01"
    with pytest.raises(InputError, match="pass census=") as caught:
        read(table, census=None)
    assert "columns={" in str(caught.value)
    assert caught.value.problems["column"].tolist() == ["census"]


def test_weeks_alone_need_no_census():
    """Nor do days; and nothing is made up."""
    patients = read(extract(clock_start=None, weeks_waiting=["3", "52.0", "104"]), census=None)
    assert patients.census is None
    assert patients.frame["weeks_waiting"].tolist() == [3, 52, 104]
    assert "days_waiting" not in patients.columns
    patients = read(extract(clock_start=None, days_waited=[126, 127, 0]), census=None)
    assert patients.frame["weeks_waiting"].tolist() == [17, 18, 0]


# --- waits ---


@relaxed
@given(st.integers(0, 36_000))
def test_a_band_holds_seven_days_and_the_first_holds_eight(days):
    """Band w is over 7w days and up to 7(w + 1); who joined today is in band 0."""
    bands = [w for w in range(days // 7 + 2) if 7 * w < days <= 7 * (w + 1) or w == days == 0]
    assert week_band([days]).tolist() == bands


@relaxed
@given(st.lists(st.integers(0, 900), min_size=1, max_size=8))
def test_dates_and_days_come_to_the_same_weeks(days):
    """By the clock start or by the days waited: the same list."""
    census = dt.date(2026, 1, 31)
    names = [f"p{n}" for n in range(len(days))]
    starts = [(census - dt.timedelta(days=n)).strftime("%d/%m/%Y") for n in days]
    by_date = read(extract(patient_id=names, clock_start=starts)).frame
    by_days = read(extract(patient_id=names, clock_start=None, days_waiting=days)).frame
    assert by_date["days_waiting"].tolist() == days
    assert by_date["weeks_waiting"].tolist() == by_days["weeks_waiting"].tolist()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-05", (2026, 1, 5)),
        ("2026-1-5", (2026, 1, 5)),
        ("05/01/2026", (2026, 1, 5)),
        ("5/1/2026 14:30", (2026, 1, 5)),
        ("05-01-2026", (2026, 1, 5)),
        ("05.01.2026", (2026, 1, 5)),
        ("20260105", (2026, 1, 5)),
        ("2026/01/05", (2026, 1, 5)),
        ("2026-01-05T23:59:59.123Z", (2026, 1, 5)),
        ("2026-01-05 00:00:00+01:00", (2026, 1, 5)),
        ("5 Jan 2026", (2026, 1, 5)),
        ("05-JANUARY-2026", (2026, 1, 5)),
        ("02/03/2026", (2026, 3, 2)),
        ("29/02/2024", (2024, 2, 29)),
    ],
)
def test_dates_are_british_or_unmistakable(text, day):
    """The day before the month, always."""
    assert moment(text).date() == dt.date(*day)


@pytest.mark.parametrize(
    "text",
    [
        *("31/02/2025", "01/31/2026", "2026-13-01", "05/01/26", "46000", "soon", "5 Foo 2026"),
        *("5 Junk 2026", "2026-01-05 25:00", "20261301", "1/2/3", "2026-01-05x", ""),
    ],
)
def test_what_is_no_date_is_none(text):
    """A month of 31, a year of two digits, a day that no month has: nothing is guessed."""
    assert moment(text) is None


def test_clocks_that_cannot_be_read_are_set_aside():
    """With the reason; the rest is in the extract's order."""
    starts = ["2025-09-01", None, "31/02/2025", "01/01/1900", "2026-02-01", "2026-01-31"]
    table = extract(patient_id=list("zyxwvu"), clock_start=starts)
    with pytest.warns(InputWarning, match="4 of 6 rows are set aside") as caught:
        patients = read_waiting_list(table, census=CENSUS)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert patients.frame["patient_id"].tolist() == ["z", "u"]
    assert patients.frame["weeks_waiting"].tolist() == [21, 0]
    assert aside(patients) == {
        1: "is missing",
        2: "is not a date",
        3: "is before 1990: check the year",
        4: "is after the census",
    }
    counted = patients.quality[patients.quality["done"] == "set aside"]
    assert counted["rows"].tolist() == [1, 1, 1, 1]
    assert set(counted["column"]) == {"clock_start"}


def test_rows_that_cannot_be_used_can_be_an_error():
    """Every reason at once; and always where no row is left."""
    table = extract(clock_start=["2025-09-01", None, "soon"])
    with pytest.raises(InputError) as caught:
        read(table, unusable="error")
    assert caught.value.problems["problem"].tolist() == ["is not a date", "is missing"]
    assert caught.value.problems["examples"].tolist() == ["row 2", "row 1"]
    with pytest.raises(InputError, match="is after the census"):
        read(extract(clock_start="2027-01-01"))


def test_dates_win_over_weeks_and_days_that_are_told():
    """And it is counted how often they differ."""
    told = {"weeks_waiting": [21, 22, None, 9], "days_waiting": [152, "many", 151, 9]}
    starts = [*["2025-09-01"] * 3, "soon"]
    patients = read(extract(patient_id=list("abcd"), clock_start=starts, **told))
    assert patients.frame["weeks_waiting"].tolist() == [21] * 3
    assert noted(patients, "weeks_waiting", "differs from the dates") == [1]
    assert noted(patients, "days_waiting", "differs from the dates") == [2]


def test_weeks_that_cannot_be_used_are_set_aside():
    """Below 0, too many, no number, none; parts of a week are rounded down."""
    weeks = ["12.9", "-1", "5201", "long", "", "5200"]
    table = extract(patient_id=list("abcdef"), clock_start=None, weeks_waiting=weeks)
    patients = read(table, census=None)
    assert patients.frame["weeks_waiting"].tolist() == [12, 5200]
    assert noted(patients, "weeks_waiting", "not a whole number") == [1]
    assert aside(patients) == {
        1: "is below 0",
        2: "is over 5,200",
        3: "is not a number",
        4: "is missing",
    }


@pytest.mark.parametrize("kind", ["datetime64[s]", "datetime64[ns]", "date", "tz", "arrow"])
def test_dates_may_be_dates_already(kind):
    """Of any unit, with a time of day or without."""
    starts = pd.Series(pd.to_datetime(["2025-09-01", None, "2026-01-31 18:00"], format="ISO8601"))
    if kind == "date":
        starts = starts.dt.date
    elif kind == "tz":
        starts = starts.dt.tz_localize("Europe/London")
    elif kind == "arrow":
        pa = pytest.importorskip("pyarrow")
        starts = starts.astype(pd.ArrowDtype(pa.timestamp("us")))
    else:
        starts = starts.astype(kind)
    patients = read(extract(clock_start=starts))
    assert patients.frame["days_waiting"].tolist() == [152, 0]
    assert aside(patients) == {1: "is missing"}


# --- clocks that have stopped ---


def test_who_waits_no_longer_is_set_aside():
    """Stopped clocks and pathways outside RTT, whatever is written behind the code."""
    status = ["10", 20, "30 - first treatment", "36", "90", "98", None, "77", "21"]
    table = extract(patient_id=list("abcdefghi"), rtt_status=status)
    patients = read(table)
    assert patients.frame["patient_id"].tolist() == ["a", "b", "g", "i"]
    stopped = "clock stopped / not on an RTT pathway"
    assert aside(patients) == {**dict.fromkeys([2, 3, 4, 5], stopped), 7: "is no RTT status"}


def test_a_period_that_has_ended_is_set_aside():
    """On the census or before; not one that ends later, nor a placeholder of 1900."""
    ends = ["2026-01-31", "2026-02-01", "1900-01-01", None, "soon"]
    patients = read(extract(patient_id=list("abcde"), rtt_end_date=ends))
    assert patients.frame["patient_id"].tolist() == ["b", "c", "d"]
    assert aside(patients) == {0: "clock stopped / not on an RTT pathway", 4: "is not a date"}
    assert noted(patients, "clock_stop", "before 1990") == [1]


# --- who is who ---


def identified(**columns):
    """The identifiers that rows without a patient_id get."""
    return read(extract(patient_id=None, **columns)).frame["patient_id"].tolist()


def test_a_row_is_its_pathway_else_its_patient():
    """Issuer, pathway and referral; else hospital number; else pseudonymous NHS number."""
    person, local = {"nhs_number": [1, 2, 3]}, {"mrn": ["x", "y", "z"]}
    pathway = {"ppid": ["P1", "P2", "P2"], "ppid_issuer": ["XA1", "XA1", "XB2"]}
    assert identified(**person) == ["1", "2", "3"]
    assert identified(**person, **local) == ["x", "y", "z"]
    assert identified(**person, **local, **pathway) == ["XA1|P1", "XA1|P2", "XB2|P2"]
    referral = {"ppid": ["P", "P", "Q"], "referral_id": ["1", "2", None]}
    assert identified(**referral) == ["P|1", "P|2", "Q|"]
    lost = {"ppid": ["P", None, "Q"], "ppid_issuer": ["XA1", "XA1", None]}
    assert identified(**lost) == ["XA1|P", "|Q"]
    patients = read(extract(patient_id=None, **person, **pathway))
    told = patients.quality.set_index("column").loc["patient_id", "done"]
    assert told == "made of pathway_issuer + pathway_id"
    assert patients.columns[:4] == ["patient_id", "person_id", "pathway_id", "pathway_issuer"]


def test_hospital_numbers_are_each_providers_own():
    """Two trusts may give the same number to two patients; then the trust is named as well."""
    origins = ["XA1", "XB2", "XB2"]
    assert identified(mrn=["1", "1", "2"], origin=origins) == ["XA1|1", "XB2|1", "XB2|2"]
    assert identified(mrn=["1", "3", "2"], origin=origins) == ["1", "3", "2"]
    # A row without a provider is lost, but not the row with its number at a provider.
    patients = read(extract(patient_id=None, mrn=["1", "1", "2"], origin=["XA1", None, "XB2"]))
    assert patients.frame["patient_id"].tolist() == ["XA1|1", "XB2|2"]


@pytest.mark.parametrize(
    "numbers",
    [
        [4857773456.0, 12.0, 7.0],
        [4857773456, 12, 7],
        ["4857773456.0", 12, 7.0],
        ["4857773456.0", "12.0", "7"],
    ],
)
def test_numbers_that_identify_are_text(numbers):
    """Without a .0 that a spreadsheet adds."""
    frame = read(extract(patient_id=pd.Series(numbers))).frame
    assert frame["patient_id"].tolist() == ["4857773456", "12", "7"]


@pytest.mark.parametrize("nothing", [None, "", "  ", "NULL", "nan", "N/A", "NA"])
def test_a_row_without_an_identifier_is_set_aside(nothing):
    """Blank, or a program's word for it; the other rows stay."""
    patients = read(extract(patient_id=["a", nothing, " c "]))
    assert patients.frame["patient_id"].tolist() == ["a", "c"]
    assert aside(patients) == {1: "identifier is missing"}
    says = isinstance(nothing, str) and bool(nothing.strip())
    assert noted(patients, "patient_id", "says NULL") == ([1] if says else [])


def test_the_same_row_again_counts_once():
    """Its first copy is used."""
    patients = read(extract(patient_id=["a", "b", "a"]))
    assert patients.frame["patient_id"].tolist() == ["a", "b"]
    assert aside(patients) == {2: "the same row again"}


def test_rows_that_differ_under_one_identifier_are_none_of_them_used():
    """Nobody can say which one is right."""
    table = extract(patient_id=["a", "a", "b"], service=["C_110", "C_101", "C_110"])
    patients = read(table)
    assert patients.frame["patient_id"].tolist() == ["b"]
    assert set(aside(patients).values()) == {"one identifier, rows that differ"}


def test_the_row_that_was_made_last_is_used():
    """If the extract says when; of two that were made last neither is."""
    table = extract(
        patient_id=["a", "b", "a", "b", "b", "c", "c"],
        service=["C_110", "C_110", "C_101", "C_101", "C_120", "C_110", "C_110"],
        date_and_time_data_set_created=[
            "2026-01-30 10:00:00",
            "2026-01-29",
            "2026-01-30 10:00:01",
            "2026-01-30",
            "2026-01-30",
            None,
            "2026-01-30",
        ],
    )
    patients = read(table)
    assert patients.frame[["patient_id", "service"]].to_numpy().tolist() == [
        ["a", "C_101"],
        ["c", "C_110"],
    ]
    assert aside(patients) == {
        0: "an older row under one identifier",
        1: "one identifier, rows that differ",
        3: "one identifier, rows that differ",
        4: "one identifier, rows that differ",
        5: "an older row under one identifier",
    }


def test_a_row_of_another_week_is_no_repeat():
    """Of the same patient in two weeks, that of the census is used."""
    table = extract(patient_id=["a", "a", "b"], census=["2026-01-25", CENSUS, CENSUS])
    patients = read(table)
    assert patients.frame["patient_id"].tolist() == ["a", "b"]
    assert aside(patients) == {0: "a row of another week"}


# --- nothing about who a patient is gets out ---


def test_identifiers_are_nowhere_unless_asked_for():
    """Not in warnings, errors, the list's quality or its name; nor in rows set aside."""
    names = [CANARY, CANARY, "ok", CANARY + "x", CANARY + "y "]
    table = extract(
        patient_id=names,
        clock_start=["2025-09-01", "2025-09-02", "2025-09-03", "soon", None],
        mrn=names,
        nhs_number=names,
        referral_id=names,
        dob="1950-01-01",
    )
    with pytest.warns(InputWarning) as caught:
        patients = read_waiting_list(table, census=CENSUS)
    texts = [str(warning.message) for warning in caught]
    texts += [repr(patients), patients.quality.to_csv(), patients.unusable().to_csv()]
    with pytest.raises(InputError) as error:
        read_waiting_list(table, census=CENSUS, unusable="error")
    texts += [str(error.value), error.value.problems.to_csv(), patients.rows().to_csv()]
    with pytest.raises(InputError) as error:
        read_waiting_list(table.drop(columns="origin"), census=CENSUS)
    texts.append(str(error.value))
    assert not [text for text in texts if CANARY in text]
    asked = patients.unusable(identifiers=True)
    assert asked["patient_id"].tolist() == [CANARY, CANARY, CANARY + "x", CANARY + "y"]
    assert asked["local_id"].tolist() == [*names[:2], *names[3:]]
    everything = patients.rows(identifiers=True).to_csv() + asked.to_csv()
    assert "1950" not in everything
    assert "date_of_birth" not in asked
    assert "referral_id" not in asked


def test_a_patient_who_stands_where_headings_should_is_not_shown():
    """In a file without headings the first patient is taken for them."""
    table = pd.DataFrame([["x"] * 3], columns=[CANARY, "Smith", "2025-09-01"])
    for columns in (None, {"origin": "Trust"}):
        with pytest.raises(InputError, match="no heading that is known in the first row") as caught:
            read(table, columns=columns)
        assert CANARY not in caught.value.problems.to_csv()
        assert "Smith" not in str(caught.value)


def test_the_callers_table_is_left_as_it_was():
    """Read, never changed; whatever its index says."""
    table = extract(priority=[" p2 ", "P3", None], willing="50 miles").set_index(
        pd.Index([7, 7, 7])
    )
    before = table.copy(deep=True)
    frame = read(table).frame
    pd.testing.assert_frame_equal(table, before)
    assert frame["priority"].tolist() == ["P2", "P3", "not known"]
    assert frame.index.tolist() == [0, 1, 2]
    numbers = table.assign(patient_id=None, mrn=["1", "1", "2"], origin=["XA1", "XB2", "XB2"])
    numbers.index = pd.Index([2, 1, 0])
    frame = read(numbers, columns={"patient_id": None}).frame
    assert frame["patient_id"].tolist() == ["XA1|1", "XB2|1", "XB2|2"]


# --- ages ---


@relaxed
@given(st.dates(dt.date(1900, 1, 1), dt.date(2030, 1, 1)), st.dates(dt.date(1990, 1, 1)))
def test_an_age_is_the_birthdays_since_birth(born, day):
    """Counted year by year; who was born on 29 February has a birthday on 1 March."""
    years = 0
    while True:
        try:
            birthday = born.replace(year=born.year + years + 1)
        except ValueError:
            leap = born.year + years + 1
            birthday = dt.date(leap, 3, 1) if leap <= 9999 else dt.date.max
        if birthday > day:
            break
        years += 1
    if born <= day:
        array = np.array([born], dtype="datetime64[D]")
        assert completed_years(array, day).tolist() == [years]
