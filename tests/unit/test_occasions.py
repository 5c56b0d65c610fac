"""Dates, months and numbers of rows tell no patients apart: a list of two months is two lists."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.data.taking.date_columns import kind_of

MONTHS = {
    "text": ["2025-05", "2025-06", "2025-07"],
    "short": ["May-25", "Jun-25", "Jul-25"],
    "names": ["Jan 2025", "Feb 2025", "March 2025"],
    "ends": ["31/05/2025", "30/06/2025", "31/07/2025"],
    "iso ends": ["2025-05-31", "2025-06-30", "2025-07-31"],
    "numbers": [202505, 202506, 202507],
    "periods": pd.period_range("2025-05", periods=3, freq="M"),
    "stamps": pd.date_range("2025-05-31", periods=3, freq="MS"),
    "dates": [dt.date(2025, 5, 1), dt.date(2025, 6, 1), dt.date(2025, 7, 1)],
    "quarters": ["2025 Q1", "2025 Q2", "2025 Q3"],
    "years": ["2023/24", "2024/25", "2025/26"],
}


def three(weeks=(30, 30, 30), **columns):
    """A hundred patients, three times over."""
    waiting = {"origin": "ALD", "service": "C_110", "weeks_waiting": list(weeks), "patients": 100}
    return pd.DataFrame(waiting).assign(**columns)


@pytest.mark.parametrize("heading", ["ArchiveDate", "month", "Snapshot", "as at", "when", "zzz"])
@pytest.mark.parametrize("months", MONTHS.values(), ids=MONTHS)
@pytest.mark.parametrize("weeks", [(30, 30, 30), (30, 31, 32)], ids=["alike", "unlike"])
def test_three_months_are_not_added_up(heading, months, weeks):
    """Three hundred patients would be a hundred, counted three times."""
    with pytest.raises(ma.InputError, match="keep the rows of one") as error:
        two_trusts(waiting=three(weeks, **{heading: months}))
    assert error.value.problems["column"].to_list() == [heading]


@pytest.mark.parametrize("heading", ["month", "ArchiveDate", "when"])
def test_one_month_is_welcome_and_named(heading):
    """A list of one month may say which."""
    system = two_trusts(waiting=three((30, 31, 32), **{heading: "2025-05"}))
    assert system.waiting_list["patients"].sum() == 300
    assert heading in repr(system)


@pytest.mark.parametrize("heading", ["Unnamed: 0", "index", "row_id", "id", "zzz"])
@pytest.mark.parametrize("numbers", [[0, 1, 2], [7, 5, 6]])
def test_a_number_of_the_row_hides_no_row_that_is_there_twice(heading, numbers):
    """What to_csv leaves behind does not switch off the check."""
    with pytest.raises(ma.InputError, match="only numbers the rows") as error:
        two_trusts(waiting=three(**{heading: numbers}))
    assert "drop the column" in error.value.problems["remedy"].item()
    system = two_trusts(waiting=three((30, 31, 32), **{heading: numbers}))
    assert system.waiting_list["patients"].sum() == 300


def test_days_tell_nobody_apart():
    """Rows that differ in a day alone stand for the same thing."""
    days = ["03/05/2025", "04/05/2025", "17/05/2025"]
    with pytest.raises(ma.InputError, match="holds dates, and nothing else tells"):
        two_trusts(waiting=three(reviewed=days))
    assert "reviewed" in two_trusts(waiting=three((30, 31, 32), reviewed=days)).waiting_list


def test_patients_at_two_censuses_are_refused():
    """One row a patient, of two months: who is there twice under two numbers counts twice."""
    people = three(snapshot_date=["2025-05-31", "2025-05-31", "2025-06-30"], patient_id=[1, 2, 3])
    with pytest.raises(ma.InputError, match="a list is of one"):
        two_trusts(waiting=people.assign(patients=1))


def test_referrals_of_several_months_are_not_added_up():
    """Referrals may have a column that the list has, but not a month for each row."""
    joining = pd.DataFrame({"origin": "ALD", "service": "C_110", "period": [1, 1], "patients": 5})
    with pytest.raises(ma.InputError, match="keep the rows of one"):
        two_trusts(
            waiting=three((30, 31, 32), month="2025-05"),
            referrals=joining.assign(month=["2025-05", "2025-06"]),
        )


@pytest.mark.parametrize(
    "values",
    [["ward 1", "ward 2"], [1, 2], ["a", None], ["110", "130"], [True, False], [0.5, 1.5], ["1/2"]],
)
def test_what_is_no_date_tells_patients_apart(values):
    """Two wards are two cohorts."""
    assert kind_of("ward", pd.Series(values)) is None
    if len(values) == 2:
        system = two_trusts(waiting=three((30, 30, 31), ward=[*values, values[0]]))
        assert len(system.waiting_list) == 3
