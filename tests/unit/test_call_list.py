"""The list to ring: who is on it, what it says, and answers that come back of it."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest
from listed import PLAIN, people, trusts

import mutualaid as ma

CENSUS = dt.date(2026, 1, 31)
NAMES = {"ALD": "ALDER VALLEY NHS TRUST", "BIR": "Birch Common"}


def five(**more):
    """Alder treats one a month, Birch has a slot more in each of four months."""
    patients = people(CENSUS, **{"days_waiting": [287, 286, 285, 284, 283], **more})
    system = trusts(patients, slots={"ALD": [0, 0, 0, 2], "BIR": 1}, periods=4)
    return patients, ma.optimise(system, ma.Policy(**PLAIN))


def listed(**options):
    patients, plan = five()
    return plan.call_list(patients, names=NAMES, **options)


def fill(path, answers, sheet="Alder Valley", column="Answer"):
    """Write answers by the name of the patient, or the number of the row, as a booker would."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    rows = list(page.iter_rows())
    head = next(row for row in rows if row[0].value == "Row")
    place = {cell.value: cell.column for cell in head}
    key = place.get("Patient", place["Row"])
    for row in rows:
        known = page.cell(row[0].row, key).value
        if known in answers and row[0].row > head[0].row:
            page.cell(row[0].row, place[column]).value = answers[known]
    book.save(path)
    return path


def test_only_those_are_asked_whose_period_starts_within_the_weeks_and_the_notice():
    """Of Birch's four months those that start within four weeks and three of notice."""
    for weeks, periods in ((0, [1]), (4, [1, 2]), (5, [1, 2]), (6, [1, 2, 3]), (52, [1, 2, 3])):
        assert sorted(listed(weeks=weeks).table["period"]) == periods
    # Nine days later three weeks' notice is beyond the first month.
    later = listed(weeks=4, today=dt.date(2026, 2, 9))
    assert sorted(later.table["period"]) == [2, 3]


def test_a_row_says_what_is_offered_and_by_when_to_answer():
    """The first month from proper notice on; weeks against Alder alone; names, not codes."""
    table = listed(weeks=52, identifiers=True).table
    row = table.iloc[0]
    assert row["patient_id"] not in ("Ann", "Bob")
    assert row["from_date"] == pd.Timestamp(2026, 2, 21)
    assert row["to_date"] == pd.Timestamp(2026, 2, 27)
    assert table["from_date"].to_list()[1:] == [
        pd.Timestamp(2026, 2, 28),
        pd.Timestamp(2026, 3, 28),
    ]
    assert table["answer_by"].to_list() == [
        pd.Timestamp(2026, 2, 7),
        pd.Timestamp(2026, 2, 7),
        pd.Timestamp(2026, 3, 7),
    ]
    # Alone they would be untreated to the end: after the fourth month at the soonest.
    assert table["weeks_saved"].to_list() == [16, 12, 8]
    assert table["at_least"].all()
    assert table["minutes"].to_list() == [30.0] * 3


def test_without_being_asked_for_no_identifier_is_in_the_table_or_the_file(tmp_path):
    """Rows have numbers; the workbook holds no name in any part."""
    calls = listed(weeks=52)
    assert not {"patient_id", "pathway_id"} & set(calls.table)
    path = calls.write(tmp_path / "monday.xlsx")
    text = "".join(
        str(cell)
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    )
    for name in ("Ann", "Bob", "Cat", "Dan", "Eve"):
        assert name not in text
        assert name not in repr(calls)
    assert "Alder Valley NHS Trust (ALD)" in text
    assert "Trauma and Orthopaedic" in text
    assert "16 or more" in text


def test_the_file_has_a_sheet_a_trust_and_answers_to_choose_from(tmp_path):
    """A drop-down on every row, and the same bytes each time."""
    calls = listed(weeks=52, identifiers=True)
    path = calls.write(tmp_path / "monday.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["How to use it", "Alder Valley"]
    page = book["Alder Valley"]
    (choice,) = page.data_validations.dataValidation
    assert choice.formula1 == '"accepted,declined,no answer,not reached,treated,removed"'
    head = next(row for row in page.iter_rows() if row[0].value == "Row")
    assert head[-1].value == "Answer"
    first, last = head[-1].row + 1, head[-1].row + len(calls)
    assert str(choice.sqref) == f"{head[-1].column_letter}{first}:{head[-1].column_letter}{last}"
    assert (
        path.read_bytes()
        == listed(weeks=52, identifiers=True).write(tmp_path / "again.xlsx").read_bytes()
    )


def test_a_list_of_nobody_can_be_written_and_says_so(tmp_path):
    """All slots are Alder's own: there is nobody to ring."""
    patients = people(CENSUS, days_waiting=[287, 286])
    plan = ma.optimise(trusts(patients, slots={"ALD": 2, "BIR": 0}), ma.Policy(**PLAIN))
    calls = plan.call_list(patients)
    assert len(calls) == 0
    book = openpyxl.load_workbook(calls.write(tmp_path / "none.xlsx"))
    assert book.sheetnames == ["How to use it"]
    assert any("Nobody is to be asked" in str(c.value) for c in book.worksheets[0]["A"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weeks": -1}, "weeks is -1"),
        ({"weeks": 1.5}, "weeks is 1.5"),
        ({"answer_days": -1}, "answer_days is -1"),
        ({"notice_weeks": True}, "notice_weeks is True"),
        ({"today": dt.date(2026, 1, 30)}, "before the census"),
        ({"today": "Monday"}, "today is"),
        ({"identifiers": "yes"}, "identifiers is"),
        ({"risk": 2}, "risk is 2"),
    ],
)
def test_what_cannot_be_asked_of_a_list(options, message):
    """Weeks that are none, a day before the census, a flag that is none."""
    with pytest.raises(ma.InputError, match=message):
        listed(**options)


@pytest.mark.parametrize("identifiers", [True, False])
def test_answers_come_back_and_the_plan_goes_on(tmp_path, identifiers):
    """One yes, one no, one to be rung again: whose offer stands."""
    patients, plan = five()
    calls = plan.call_list(patients, weeks=52, names=NAMES, identifiers=identifiers)
    asked = calls.asked["patient_id"].to_list()
    keys = asked if identifiers else [1, 2, 3]
    words = dict(zip(keys, ["Accepted ", "declined", "NOT  reached"], strict=True))
    path = fill(calls.write(tmp_path / "monday.xlsx"), words)
    answers = ma.patients.read_answers(path, calls)
    assert answers[["patient_id", "response"]].to_numpy().tolist() == [
        [asked[0], "accepted"],
        [asked[1], "declined"],
    ]
    again = ma.patients.replan(plan, answers, patients)
    assert again.accepted["patient_id"].to_list() == asked[:1]
    tuesday = again.call_list(52, identifiers=True, names=NAMES)
    assert asked[2] in tuesday.table["patient_id"].to_list()
    assert not {*asked[:2]} & {*tuesday.table["patient_id"]}
    assert tuesday.number != calls.number


def test_answers_of_another_list_are_refused(tmp_path):
    """The same sheet of a later list, with other people in its rows."""
    path = fill(listed(weeks=52).write(tmp_path / "monday.xlsx"), {1: "accepted"})
    other = listed(weeks=0)
    with pytest.raises(ma.InputError, match=f"is of list .{{4}}, not {other.number}"):
        ma.patients.read_answers(path, other)


def test_all_that_cannot_be_understood_is_told_by_sheet_and_row(tmp_path):
    """A word, a number, and a patient that was put beside another number: nothing is given."""
    calls = listed(weeks=52, identifiers=True)
    path = calls.write(tmp_path / "monday.xlsx")
    names = calls.table["patient_id"].to_list()
    fill(path, dict(zip(names, ["maybe", "accepted", "declined"], strict=True)))
    fill(path, {names[1]: 77}, column="Row")
    fill(path, {names[2]: "Zoe"}, column="Patient")
    with pytest.raises(ma.InputError) as caught:
        ma.patients.read_answers(path, calls)
    told = caught.value.problems
    assert len(told) == 3
    lines = {row.column: row.examples for row in told.itertuples()}
    assert set(lines) == {"Answer", "Row", "Patient"}
    assert all(
        text.startswith("monday.xlsx, sheet 'Alder Valley', row ") for text in lines.values()
    )
    head = 7
    assert lines["Answer"] == f"monday.xlsx, sheet 'Alder Valley', row {head}: 'maybe'"
    assert "Zoe" not in str(caught.value)


def test_two_answers_for_one_patient_are_told(tmp_path):
    """A row that was copied below the others."""
    calls = listed(weeks=52, identifiers=True)
    path = fill(calls.write(tmp_path / "monday.xlsx"), {calls.table["patient_id"][0]: "accepted"})
    book = openpyxl.load_workbook(path)
    page = book["Alder Valley"]
    page.append([cell.value for cell in page[7]])
    book.save(path)
    with pytest.raises(ma.InputError, match="answers for one patient twice"):
        ma.patients.read_answers(path, calls)


def test_a_table_of_answers_to_offers_is_read_by_patient(tmp_path):
    """Two columns are enough where the offers are known; nobody else was asked."""
    patients, plan = five()
    offers = plan.offers(patients)
    path = tmp_path / "answers.csv"
    name = offers.table["patient_id"][0]
    path.write_text(f"Patient,Answer\n{name},accepted\n")
    assert ma.patients.read_answers(path, offers)["response"].to_list() == ["accepted"]
    path.write_text(f"Patient,Answer\nZoe,accepted\n{name},declined\n")
    with pytest.raises(ma.InputError, match="is nobody who was asked"):
        ma.patients.read_answers(path, offers)
    path.write_text("Who,What\nZoe,accepted\n")
    with pytest.raises(ma.InputError, match="no sheet with the columns Patient and Answer"):
        ma.patients.read_answers(path, offers)
