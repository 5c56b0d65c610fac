"""A list of patients: who is on it is not told unless it is asked for."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from listed import people, rows
from strategies import costly

import mutualaid as ma
from mutualaid.data import label_codes as coded
from mutualaid.data.intake import cross_checks
from mutualaid.data.label_codes import codes_of
from mutualaid.data.patient_list import count_alike
from mutualaid.data.schema import IDENTIFIERS

CANARY = "CANARY-9434765919"


def identified(count=3, **columns):
    """Patients with every identifier there is, each of which gives itself away."""
    ids = {name: [f"{CANARY}-{name}-{i}" for i in range(count)] for name in IDENTIFIERS}
    return pd.DataFrame(
        {**ids, "origin": "ALD", "service": "C_110", "weeks_waiting": [40] * count, **columns}
    )


def test_a_list_never_changes():
    """Neither by setting, nor by deleting, nor by what is done to the tables it gave."""
    patients = ma.PatientList(identified(), census=dt.date(2026, 1, 31))
    for name in ("census", "frame", "anything"):
        with pytest.raises(AttributeError, match="never changes"):
            setattr(patients, name, None)
    with pytest.raises(AttributeError, match="never changes"):
        del patients.census
    for table in (patients.rows(identifiers=True), patients.rows(), patients.quality):
        table["weeks_waiting"] = 0
    assert patients.rows()["weeks_waiting"].to_list() == [40] * 3
    assert "weeks_waiting" not in patients.quality
    assert patients.census == dt.date(2026, 1, 31)


def test_a_list_is_apart_from_the_table_it_was_made_of():
    """The caller's table is neither changed nor watched."""
    table = identified()
    before = table.copy()
    patients = ma.PatientList(table)
    pd.testing.assert_frame_equal(table, before)
    table["weeks_waiting"] = 0
    table.loc[0, "origin"] = "BIR"
    assert patients.rows()["weeks_waiting"].to_list() == [40] * 3
    assert set(patients.rows()["origin"]) == {"ALD"}


def test_who_is_on_the_list_is_told_only_when_asked():
    """No identifier in what a list says of itself, in its rows or in those set aside."""
    aside = identified().assign(reason="no service")
    patients = ma.PatientList(identified(), set_aside=aside)
    told = [repr(patients), str(patients), f"{patients}", patients.quality.to_csv()]
    told += [table.to_csv() for table in (patients.rows(), patients.unusable())]
    assert all(CANARY not in text for text in told)
    assert not set(IDENTIFIERS) & {*patients.rows(), *patients.unusable()}
    for table in (patients.rows(identifiers=True), patients.unusable(identifiers=True)):
        assert set(IDENTIFIERS) <= set(table)
    assert patients.unusable()["reason"].to_list() == ["no service"] * 3


@pytest.mark.parametrize(
    ("column", "values", "count"),
    [
        ("patient_id", [f"{CANARY}-1", f"{CANARY}-1", f"{CANARY}-2"], 2),
        ("patient_id", [f"{CANARY}-1", None, f"{CANARY}-2"], 1),
        ("weeks_waiting", [40, -1, 40], 1),
        ("weeks_waiting", [40.0, 0.5, 40.0], 1),
        ("weeks_waiting", [40, None, 40], 1),
        ("weeks_waiting", ["40", "long", "40"], 1),
    ],
)
def test_errors_name_rows_and_not_patients(column, values, count):
    """The column and how many rows; not who."""
    with pytest.raises(ma.InputError) as error:
        ma.PatientList(identified(**{column: values}))
    found = error.value.problems
    assert found[["table", "column", "rows"]].to_numpy().tolist() == [["patients", column, count]]
    assert CANARY not in str(error.value) + found.to_csv()


def test_bad_identifiers_and_bad_waits_are_told_together():
    """Both at once, each with its rows; a patient missing twice is missing, not double."""
    table = identified(4, patient_id=["a", None, None, "a"], weeks_waiting=[1, 2, -3, np.inf])
    with pytest.raises(ma.InputError) as error:
        ma.PatientList(table)
    found = error.value.problems
    assert found["problem"].to_list() == [
        "is missing",
        "stands for more than one row",
        "is not whole weeks from 0",
    ]
    assert found["examples"].to_list() == ["rows 1, 2", "rows 0, 3", "row 2"]


@pytest.mark.parametrize("column", ["patient_id", "origin", "service", "weeks_waiting"])
def test_the_columns_that_every_list_needs(column):
    """Each is asked for by name."""
    with pytest.raises(ma.InputError) as error:
        ma.PatientList(identified().drop(columns=column))
    assert error.value.problems["column"].to_list() == [column]
    with pytest.raises(ma.InputError) as error:
        ma.PatientList({"colour": ["red"]})
    assert len(error.value.problems) == 4


@pytest.mark.parametrize(
    ("patients", "expected"),
    [
        (people(), "PatientList: 1 patients, 1 origin, 1 service"),
        (
            people(dt.date(2026, 1, 31), origin=["ALD", "BIR"], service=["C_110", "C_120"]),
            "PatientList: 2 patients at 31 January 2026, 2 origins, 2 services",
        ),
        (
            ma.PatientList(rows(), set_aside=pd.DataFrame({"reason": ["late", "late"]})),
            "PatientList: 1 patients, 1 origin, 1 service; 2 rows set aside",
        ),
    ],
)
def test_a_list_says_how_long_it_is(patients, expected):
    """How many patients, when, where, and how many rows could not be used."""
    assert repr(patients) == expected


def test_the_order_of_the_rows_stays_and_old_labels_of_rows_go():
    """Rows are counted from 0 again, in the caller's order."""
    patients = ma.PatientList(rows(weeks_waiting=[3, 1, 2]).set_index(pd.Index([7, 5, 9])))
    assert patients.rows()["weeks_waiting"].to_dict() == {0: 3, 1: 1, 2: 2}
    assert len(patients) == 3
    assert patients.columns == ["patient_id", "origin", "service", "weeks_waiting"]


def test_counting_keeps_what_decides_where_patients_may_go():
    """Two alike make a cohort of two; consent and wait tell the others apart; the sex does not."""
    patients = people(
        weeks_waiting=[40, 40, 41, 40],
        consent=["yes", "yes", "yes", "no"],
        sex=["F", "M", "F", "M"],
    )
    counted = patients.waiting_list()
    assert counted.columns.to_list() == [
        "origin",
        "service",
        "weeks_waiting",
        "consent",
        "patients",
    ]
    found = counted.astype({"consent": str})[["weeks_waiting", "consent", "patients"]]
    assert found.to_numpy().tolist() == [[40, "no", 1], [40, "yes", 2], [41, "yes", 1]]
    assert patients.waiting_list("sex")["patients"].to_list() == [1, 1, 1, 1]
    assert patients.waiting_list("consent", "weeks_waiting")["patients"].to_list() == [1, 2, 1]


def test_a_column_to_keep_must_be_there_and_identify_nobody():
    """What is absent is named; identifiers never tell cohorts apart."""
    patients = ma.PatientList(identified())
    with pytest.raises(ma.InputError, match="the list has no asa, colour"):
        patients.waiting_list("asa", "origin", "colour")
    for name in IDENTIFIERS:
        with pytest.raises(ma.InputError, match=name) as error:
            patients.waiting_list(name)
        assert CANARY not in str(error.value)


KINDS = {
    "origin": st.sampled_from(["ALD", "BIR"]),
    "service": st.sampled_from(["C_110", "C_120"]),
    "weeks_waiting": st.sampled_from([0, 1, 40, 5_000_000]),
    "consent": st.sampled_from(["yes", "no", "not asked"]),
    "date_weeks": st.sampled_from([0.0, 7.0, np.inf]),
    "willing_minutes": st.sampled_from([30.0, 30.5, np.inf]),
    "willing_miles": st.sampled_from([50.0, np.inf]),
    "transferred": st.booleans(),
    "asa": st.sampled_from([1.0, 2.0, np.nan]),
    "score": st.integers(-(2**62), 2**62),
    "colour": st.sampled_from(["red", "blue", None]),
    "age": st.sampled_from([0.5, np.nan, -np.inf, np.inf]),
}


@pytest.mark.parametrize("largest_key", [2**62, 50, 1])
def test_counts_are_those_of_a_plain_group_by(monkeypatch, largest_key):
    """Whatever the columns hold, and however little room there is for their combinations."""
    monkeypatch.setattr(coded, "LARGEST_KEY", largest_key)

    @costly
    @given(st.data(), st.integers(0, 8), st.booleans())
    def check(data, size, as_category):
        frame = pd.DataFrame(
            {k: data.draw(st.lists(v, min_size=size, max_size=size)) for k, v in KINDS.items()}
        )
        frame["patient_id"] = [f"p{i}" for i in range(size)]
        numbers = ("weeks_waiting", "score")
        frame = frame.astype(dict.fromkeys(numbers, "int64")) if not size else frame
        if as_category:
            frame["colour"] = pd.Categorical(frame["colour"], categories=["red", "green", "blue"])
            frame["asa"] = pd.Categorical(frame["asa"], categories=[2.0, 1.0])
        kept = ("asa", "score", "colour", "age")
        counted = ma.PatientList(frame).waiting_list(*kept)
        names = [name for name in counted if name != "patients"]
        assert set(names) == set(KINDS)
        assert counted["patients"].sum() == size
        plain = frame[names].astype(object).where(frame[names].notna(), "missing")
        expected = plain.value_counts().to_dict()
        told = counted[names].astype(object).where(counted[names].notna(), "missing")
        found = dict(zip(map(tuple, told.to_numpy()), counted["patients"], strict=True))
        assert found == {tuple(key): count for key, count in expected.items()}
        # Sorted by the columns in their order, what is missing first, categories in theirs.
        ranks = [codes_of(counted[name])[0] for name in names]
        assert [*np.lexsort(ranks[::-1])] == [*range(len(counted))]

    check()


def test_many_columns_are_more_than_one_number_can_hold():
    """Forty columns of three values have 4**40 combinations: patients who differ in the first
    column only are still told apart, and in order.
    """
    columns = {f"c{i:02}": [2, 0, 1, 0] for i in range(40)}
    frame = pd.DataFrame({**columns, "first": [1, 0, 2, 0]})
    same = frame.assign(**{name: [2, 2, 0, 1] for name in list(frame)[1:40]}, c00=[1, 0, 2, 0])
    counted = count_alike(same, list(columns))
    assert counted["patients"].to_list() == [1, 1, 1, 1]
    assert counted["c00"].to_list() == [0, 0, 1, 2]
    assert counted["c01"].to_list() == [1, 2, 2, 0]


def test_types_survive_the_counting():
    """Whole numbers stay whole, truth values true, and categories keep all that they had."""
    frame = pd.DataFrame(
        {
            "a": [3, 1, 3],
            "b": [True, False, True],
            "c": pd.Categorical(["x", "y", "x"], ["y", "x", "z"]),
        }
    )
    counted = count_alike(frame, ["a", "b", "c"])
    assert counted.dtypes.astype(str).to_list()[:3] == ["int64", "bool", "category"]
    assert counted["c"].cat.categories.to_list() == ["y", "x", "z"]
    assert counted["a"].to_list() == [1, 3]
    assert counted["patients"].to_list() == [1, 2]


def test_numbers_in_a_narrow_range_are_counted_like_any_other():
    """A shortcut for small ranges gives what the long way gives, at its edges too."""
    for values in ([5, 5, 9], [-3, 0, 999_996], [-3, 0, 999_997], [0, 2**40, -(2**40)]):
        codes, known = codes_of(pd.Series(values))
        assert [int(known[code]) for code in codes] == values
        assert known.to_list() == sorted(set(values))
    codes, known = codes_of(pd.Series([True, False, True]))
    assert codes.tolist() == [1, 0, 1]
    assert codes_of(pd.Series([], dtype="int64"))[0].tolist() == []


@pytest.mark.parametrize("largest_key", [2**62, 7, 2])
def test_labels_of_tables_are_told_apart_however_many_there_are(largest_key, monkeypatch):
    """Numbers for combinations are made anew before they outgrow 64 bits."""
    monkeypatch.setattr(coded, "LARGEST_KEY", largest_key)
    rng = np.random.default_rng(5)
    clean = {
        name: pd.Categorical(rng.choice(list(labels), 200))
        for name, labels in {"origin": "ABC", "service": "hk", "area": "nsew"}.items()
    }
    distinct, group = cross_checks.keys_of(clean, list(clean))
    assert not distinct.duplicated().any()
    rows = pd.DataFrame({name: np.asarray(values) for name, values in clean.items()})
    pd.testing.assert_frame_equal(
        distinct.iloc[group].reset_index(drop=True), rows.astype(object), check_dtype=False
    )


ONE = {"patient_id": ["a"], "origin": "XA1", "service": "C_110", "weeks_waiting": [30]}


@pytest.mark.parametrize("heading", ["TCI Date", "Date of Death", "RTT status", "Removal date"])
def test_what_only_the_reader_can_read_is_sent_there(heading):
    """Kept as it is, it would mean nothing, and decide nothing."""
    with pytest.raises(ma.InputError, match=f"patients.{heading}: .* only read_waiting_list"):
        ma.PatientList(pd.DataFrame({**ONE, heading: "no"}))


@pytest.mark.parametrize(
    ("heading", "name", "value"),
    [("Priority", "priority", "P4"), ("p_code", "priority", "P2"), ("CONSENT", "consent", "no")],
)
def test_no_column_that_decides_who_may_move_is_overlooked(heading, name, value):
    """Whatever it is called it is ours, and is told in the quality of the list."""
    people = ma.PatientList(pd.DataFrame({**ONE, heading: value}))
    assert people.rows()[name].tolist() == [value]
    assert heading in people.quality.to_string()


# Streams


def of_streams(admitted):
    count = len(admitted)
    return ma.PatientList(
        {
            "patient_id": [f"p{i}" for i in range(count)],
            "origin": ["ALD"] * count,
            "service": ["C_110"] * count,
            "weeks_waiting": range(30, 30 + count),
            "admitted": admitted,
        }
    )


@pytest.mark.parametrize("admitted", [[True, False], ["Yes", "n"], [1, 0], [1.0, 0.0]])
def test_a_decision_to_admit_tells_whose_slots_treat_a_patient(admitted):
    patients = of_streams(admitted)
    told = patients.with_streams()
    assert told.rows()["stream"].tolist() == ["admitted", "non_admitted"]
    assert "stream" not in patients.columns
    assert told.quality.equals(patients.quality)


@pytest.mark.parametrize("admitted", [["yes", None, None], [1.0, np.nan, np.nan]])
def test_of_whom_no_decision_is_recorded_is_not_admitted_and_it_is_told(admitted):
    told = of_streams(admitted).with_streams()
    assert told.rows()["stream"].tolist() == ["admitted", "non_admitted", "non_admitted"]
    said = told.quality.query("done == 'stream non_admitted'")
    assert said[["column", "rows"]].to_numpy().tolist() == [["admitted", 2]]


def test_streams_need_a_column_that_tells_them():
    bare = ma.PatientList(identified(2))
    with pytest.raises(ma.InputError, match="the column is missing: it tells streams"):
        bare.with_streams()
    with pytest.raises(ma.InputError, match="is neither yes nor no"):
        of_streams(["perhaps", "no"]).with_streams()


def test_patients_are_treated_in_slots_of_their_own_stream():
    """Four slots without an admission do nothing for two who wait for admission."""
    patients = of_streams([True, True, False]).with_streams()
    system = two_trusts()
    rooms = system.capacity.query("provider == 'ALD'").drop(columns="slots")
    rooms = pd.concat(
        [rooms.assign(stream="admitted", slots=1), rooms.assign(stream="non_admitted", slots=4)]
    )
    plan = ma.optimise(system.replace(waiting_list=patients, capacity=rooms))
    treated = plan.treatments.groupby("stream", observed=True)["patients"].sum()
    assert treated.to_dict() == {"admitted": 1, "non_admitted": 1}


def test_finer_services_are_told_by_a_column_and_who_is_not_known_stays():
    patients = of_streams(["yes", "no", "no"])
    frame = patients.rows(identifiers=True).assign(procedure=["W37", "W37", None])
    finer = ma.PatientList(frame).with_services("procedure")
    assert finer.rows()["service"].tolist() == ["C_110 W37", "C_110 W37", "C_110"]
    assert finer.rows()["procedure"].tolist()[:2] == ["W37", "W37"]
    said = finer.quality.query("done == 'keeps its service'")
    assert said[["column", "rows"]].to_numpy().tolist() == [["procedure", 1]]
    for name in ("consultant", "patient_id", "service", "weeks_waiting"):
        with pytest.raises(ma.InputError, match=name):
            finer.with_services(name)


def test_no_patient_of_a_list_is_given_a_wait_class():
    patients = of_streams([True, False])
    system = two_trusts(waiting=patients)
    rooms = system.capacity.assign(wait_class="1")
    with pytest.raises(ma.InputError) as error:
        ma.System(patients, rooms, system.travel)
    assert "capacity.wait_class: patients of a patient-level list have no wait class" in str(
        error.value
    )
    assert "with_streams()" in str(error.value)
