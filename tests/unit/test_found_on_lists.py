"""Columns and words of lists that decide who may move, and had been passed over."""

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma

TRAVEL = pd.DataFrame(
    [(a, b, 0 if a == b else 20) for a in ("XA1", "XB2") for b in ("XA1", "XB2")],
    columns=["origin", "provider", "minutes"],
)
CAPACITY = pd.DataFrame({"provider": ["XB2"], "service": ["C_110"], "period": [1], "slots": [100]})


def a_list(**columns):
    """Hips at one trust, 30 weeks, in as many cohorts as the columns have values."""
    rows = len(next(iter(columns.values())))
    return pd.DataFrame(
        {
            "origin": ["XA1"] * rows,
            "service": ["C_110"] * rows,
            "weeks_waiting": [30] * rows,
            "patients": [40, 10, 5, 3][:rows],
            **columns,
        }
    )


def moved(waiting_list, **tables):
    """How many go from the one trust to the other."""
    system = ma.System(waiting_list, CAPACITY, TRAVEL, periods=1, **tables)
    return int(ma.optimise(system, ma.Policy(max_minutes=60)).moves["patients"].sum())


@pytest.mark.parametrize("heading", ["RTT Priority", "referral_urgency", "Priority Type"])
def test_how_urgent_a_referral_is_stands_beside_no_flag_of_cancer(heading):
    with pytest.raises(ma.InputError, match="P2 for urgent"):
        moved(a_list(cancer=[False, False], **{heading: ["Urgent", "Routine"]}))


@pytest.mark.parametrize("beside", ["willing_minutes", "willing_miles"])
def test_a_wish_in_words_stands_beside_no_limit(beside):
    with pytest.raises(ma.InputError, match="0 for who is not willing"):
        moved(a_list(**{beside: [60, 60], "Willing to travel": ["no", "yes"]}))


@pytest.mark.parametrize(
    "declined",
    [[True, False], ["yes", "no"], ["XB2", ""], ["xb2", None], ["ANY", "No"], ["03/02/2026", ""]],
)
def test_who_has_declined_is_not_asked_in_whatever_words(declined):
    assert moved(a_list(declined=declined)) == 10


@pytest.mark.parametrize(
    "heading",
    ["P level", "FSSA", "p_cat", "Two WW", "2 week wait", "Tumour site", "Agrees to move"],
)
def test_more_headings_that_hospitals_use_are_known(heading):
    says = {"P": ["P1", "P3"], "F": ["P1", "P3"], "p": ["P1", "P3"], "A": ["no", "yes"]}
    assert moved(a_list(**{heading: says.get(heading[0], ["yes", "no"])})) == 10


@pytest.mark.parametrize("heading", ["Acuity", "Triage", "grp", "category"])
@pytest.mark.parametrize("values", [["P1", "p3"], ["Urgent", "Routine"], ["P2 - soon", "P4"]])
def test_a_column_of_priorities_under_any_heading_is_named(heading, values):
    with pytest.raises(ma.InputError, match=f"{heading}: holds priorities"):
        moved(a_list(**{heading: values}))
    with pytest.raises(ma.InputError, match=f"{heading}: holds priorities"):
        moved(a_list(**{heading: pd.Categorical(values)}))


@pytest.mark.parametrize("values", [["P1", "W2"], ["paediatric", "adult"], ["A", None], [1, 2]])
def test_a_category_that_is_no_priority_only_tells_patients_apart(values):
    assert moved(a_list(category=values)) == 50


def test_a_second_opinion_on_priority_may_stand_beside_the_first():
    assert moved(a_list(priority=["P2", "P3"], triage=["Routine", "Urgent"])) == 10


def test_patients_who_refused_in_two_words_are_one_cohort():
    waiting = a_list(consent=["no", "Refused", "yes", "Y"])
    system = ma.System(waiting, CAPACITY, TRAVEL, periods=1)
    cohorts = system.waiting_list.set_index("consent")["patients"]
    assert cohorts.to_dict() == {"no": 50, "yes": 8}
    assert moved(waiting) == 8


def test_referrals_whose_words_mean_the_same_are_added_up():
    waiting = a_list(priority=["P3", "P2", "P4", "P1"])
    referrals = pd.DataFrame(
        {
            "origin": "XA1",
            "service": "C_110",
            "period": 1,
            "priority": ["P1a", "P1b", "P3", "Priority 3"],
            "patients": [1, 2, 4, 8],
        }
    )
    system = ma.System(waiting, CAPACITY, TRAVEL, periods=1, referrals=referrals)
    joined = system.table("referrals").set_index("priority")["patients"]
    assert joined.to_dict() == {"P1": 3, "P3": 12}


def test_the_same_word_twice_is_the_same_cohort_twice():
    with pytest.raises(ma.InputError, match="rows 0, 3"):
        moved(a_list(consent=["no", "Refused", "yes", "no"]))


def test_one_column_gets_one_remedy():
    with pytest.raises(ma.InputError) as caught:
        moved(a_list(**{"TCI Date": ["2026-03-01", None]}))
    assert len(caught.value.problems) == 1


def test_days_are_never_recommended_as_weeks():
    waiting = a_list(ward=["1", "2"]).rename(columns={"weeks_waiting": "Days Waiting"})
    with pytest.raises(ma.InputError) as caught:
        moved(waiting)
    assert not caught.value.problems["remedy"].str.contains("rename").any()


def test_metres_are_never_recommended_as_minutes():
    with pytest.raises(ma.InputError) as caught:
        ma.System(a_list(ward=["1"]), CAPACITY, TRAVEL.assign(metres=1), periods=1)
    assert list(caught.value.problems["remedy"]) == ["drop it"]


@pytest.mark.parametrize(
    ("column", "values", "remedy"),
    [
        ("weeks_waiting", [">30-31", ">31-32"], "first week of each band"),
        ("patients", ["*", "10"], "'\\*'"),
    ],
)
def test_the_remedy_for_text_can_be_followed(column, values, remedy):
    with pytest.raises(ma.InputError, match=f"write .*{remedy}.*to_numeric"):
        moved(a_list(ward=["1", "2"]).assign(**{column: values}))


def test_who_declined_all_offers_is_seen_by_the_audit():
    plan = ma.optimise(
        ma.System(a_list(declined=["xb2", ""]), CAPACITY, TRAVEL, periods=1),
        ma.Policy(max_minutes=60),
    )
    assert plan.violations().empty
    assert np.all(plan.moves["patients"] == 10)


@pytest.mark.parametrize(
    "months",
    [
        ["RTT-April-2025", "RTT-May-2025"],
        ["2025-26 M10", "2025-26 M11"],
        ["Q1 25/26", "Q2 25/26"],
        ["w/e 04/05/2025", "w/e 11/05/2025"],
        ["RTT_Apr25.csv", "RTT_May25.csv"],
        ["Month 1", "Month 2"],
        [45777, 45808],
        ["45777", "45808"],
    ],
)
def test_lists_of_two_months_are_not_added_up(months):
    with pytest.raises(ma.InputError, match=r"waiting_list\.taken: "):
        moved(a_list(taken=months))


@pytest.mark.parametrize("numbers", [[0.0, 1.0, 2.0], [2.0, 0.0, 1.0]])
def test_an_index_that_became_fractional_is_an_index(numbers):
    with pytest.raises(ma.InputError, match="only numbers the rows"):
        moved(a_list(place=numbers))


@pytest.mark.parametrize(
    "values", [["18-44", "45-64"], ["M1", "M2"], ["24/25", "7/25"], [0.5, 1.5], [1000, 2000]]
)
def test_bands_codes_and_amounts_are_no_months(values):
    assert moved(a_list(kind=values)) == 50


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("sex", ["F", "M", "All"]),
        ("age_group", ["0-17", "18+", "TOTAL"]),
        ("ward", ["1", "2", "Sub-total"]),
    ],
)
@pytest.mark.parametrize("as_labels", [False, True])
def test_rows_of_totals_are_not_counted_beside_their_parts(column, values, as_labels):
    waiting = a_list(**{column: values}).assign(patients=[40, 10, 50])
    if as_labels:
        waiting = waiting.astype({column: "category"})
    with pytest.raises(ma.InputError, match=f"{column}: holds totals .*row 2"):
        moved(waiting)
    assert moved(waiting.head(2)) == 50


def test_a_label_that_says_all_and_is_no_sum_is_welcome():
    assert moved(a_list(clinic=["knee", "hip", "all"])) == 55


def test_slots_of_one_service_that_end_early_are_said():
    two = pd.concat([CAPACITY, CAPACITY.assign(service="C_120")])
    slots = pd.concat([two.assign(period=1), *(CAPACITY.assign(period=t) for t in range(2, 9))])
    with pytest.warns(ma.InputWarning) as said:
        ma.System(a_list(ward=["1"]), slots, TRAVEL, periods=8)
    told = [str(one.message) for one in said]
    assert any("no slots of C_120 after period 1, of 8" in one for one in told)
