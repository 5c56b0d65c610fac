"""Responses that cannot be used are named in full, and the patients never."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from listed import people, plan_for, rows

import mutualaid as ma
from mutualaid.data.schema import IDENTIFIERS

DAYS = [287, 286, 285, 284, 283, 282]
NOTHING = pd.DataFrame({"patient_id": [], "response": []}, dtype=object)


def six():
    """Six of Alder, and two slots a month at Birch for two months."""
    patients = people(days_waiting=DAYS)
    return patients, plan_for(patients, slots={"ALD": 0, "BIR": 2}, periods=2)


CANARY = "CANARY-9434765919"


def canaries():
    """Six patients every one of whose identifiers gives itself away, and their plan."""
    ids = {name: [f"{CANARY}-{name}-{i}" for i in range(6)] for name in IDENTIFIERS}
    patients = ma.PatientList(rows(days_waiting=DAYS).drop(columns="patient_id").assign(**ids))
    return patients, plan_for(patients, slots={"ALD": 0, "BIR": 2}, periods=2)


WHO = [f"{CANARY}-patient_id-{i}" for i in range(6)]


@pytest.mark.parametrize(
    ("table", "column", "problem", "rows"),
    [
        ({"patient_id": WHO[:1]}, "response", "the column is missing", 0),
        ({"response": ["accepted"]}, "patient_id", "the column is missing", 0),
        ({"patient_id": [f"{CANARY}-x"], "response": ["removed"]}, "patient_id", "not on the", 1),
        ({"patient_id": [WHO[0]] * 2, "response": ["removed"] * 2}, "patient_id", "twice", 2),
        ({"patient_id": WHO[:2], "response": ["removed", "Accepted"]}, "response", "words", 1),
        ({"patient_id": WHO[4:5], "response": ["accepted"]}, "provider", "not made", 1),
        ({"patient_id": WHO[4:5], "response": ["declined"]}, "provider", "not made", 1),
        ({"patient_id": WHO[4:5], "response": ["no answer"]}, "provider", "not made", 1),
        (
            {"patient_id": WHO[:1], "response": ["accepted"], "provider": ["ZED"]},
            "provider",
            "is not a provider",
            1,
        ),
        (
            {"patient_id": WHO[:1], "response": ["accepted"], "period": [3]},
            "period",
            "is not a period",
            1,
        ),
        (
            {"patient_id": WHO[:1], "response": ["accepted"], "period": [0]},
            "period",
            "is not a period",
            1,
        ),
        (
            {"patient_id": WHO[:1], "response": ["accepted"], "period": [1.5]},
            "period",
            "is not a period",
            1,
        ),
        (
            {"patient_id": WHO[:1], "response": ["accepted"], "period": ["soon"]},
            "period",
            "is not a period",
            1,
        ),
        (
            {"patient_id": WHO[4:5], "response": ["accepted"], "provider": ["BIR"]},
            "provider",
            "not made",
            1,
        ),
    ],
)
def test_responses_that_mean_nothing_are_named_and_nobody_is(table, column, problem, rows):
    """The column, what is wrong and how many rows; never whose."""
    patients, plan = canaries()
    with pytest.raises(ma.InputError) as error:
        ma.patients.replan(plan, pd.DataFrame(table), patients)
    found = error.value.problems
    mine = found[found["problem"].str.contains(problem)]
    assert mine[["table", "column", "rows"]].to_numpy().tolist() == [["responses", column, rows]]
    assert CANARY not in str(error.value) + found.to_csv()


def test_everything_wrong_with_responses_is_told_at_once():
    """A word that is none, somebody twice, a stranger."""
    patients, plan = canaries()
    table = pd.DataFrame(
        {"patient_id": [WHO[0], WHO[0], f"{CANARY}-x"], "response": ["yes", "removed", "removed"]}
    )
    with pytest.raises(ma.InputError) as error:
        ma.patients.replan(plan, table, patients)
    assert error.value.problems["examples"].to_list() == ["row 0: 'yes'", "rows 0, 1", "row 2"]


def test_nothing_of_a_result_gives_anybody_away_unasked():
    """What it says of itself, the counts and who is over: no identifier."""
    patients, plan = canaries()
    again = ma.patients.replan(
        plan, pd.DataFrame({"patient_id": WHO[:2], "response": "treated"}), patients
    )
    told = repr(again) + repr(again.plan) + again.counts.to_csv() + again.overfilled.to_csv()
    assert CANARY not in told + again.patients.rows().to_csv() + repr(again.patients)


@pytest.mark.parametrize("responses", [None, {}, [], "Ann"])
def test_responses_are_a_table(responses):
    """Anything else is refused by its kind."""
    patients, plan = six()
    with pytest.raises(ma.InputError, match=f"responses is a {type(responses).__name__}"):
        ma.patients.replan(plan, responses, patients)


@pytest.mark.parametrize(
    ("offers", "message"),
    [
        (pd.DataFrame({"patient_id": ["Ann"], "provider": "BIR"}), "offers has no period"),
        (
            pd.DataFrame({"patient_id": ["Ann"] * 2, "provider": "BIR", "period": [1, 2]}),
            "more than one offer",
        ),
    ],
)
def test_offers_are_a_table_of_offers(offers, message):
    """With its columns, and one offer a patient."""
    patients, plan = six()
    with pytest.raises(ma.InputError, match=message):
        ma.patients.replan(plan, NOTHING, patients, offers=offers)


@pytest.mark.parametrize("price", [-0.1, 1001, "dear", True, np.nan])
def test_a_price_of_change_is_a_number_of_weeks(price):
    """From nothing to a thousand harm-weeks."""
    patients, plan = six()
    with pytest.raises(ma.InputError, match="change_weeks"):
        ma.patients.replan(plan, NOTHING, patients, change_weeks=price)


def test_only_a_plan_goes_on():
    """And only with the list that it was made for."""
    patients, plan = six()
    with pytest.raises(ma.InputError, match=r"Plan|plan"):
        ma.patients.replan("plan", NOTHING, patients)
    with pytest.raises(ma.InputError, match=r"0 patients are more .* and 1 are fewer"):
        ma.patients.replan(plan, NOTHING, people(days_waiting=DAYS[:5]))
