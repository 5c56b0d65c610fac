"""Harm curves: what a week costs below, at and above every threshold, and which curves are refused.

Worked out by hand from the milestones of the NHS in England and from small tables.
"""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid import harm
from mutualaid.policy.harm import HIGHEST_RATE, SCALE

CURVES = {
    "person-weeks": harm.person_weeks(),
    "rtt": harm.rtt(),
    "rtt with own steps": harm.rtt(0.25, {18: 2.0, 52: 10.5}),
    "clinical": harm.clinical(),
    "table": harm.from_table({"weeks_waiting": [0, 18, 40], "rate": [1.0, 3.0, 0.5]}),
    "table by priority": harm.from_table(
        {"weeks_waiting": [0, 4, 0], "rate": [1.0, 9.0, 2.0], "priority": ["P2", "P2", "P4"]}
    ),
}


def half_a_year(weeks):
    """Counts a week twice from the 26th on."""
    return 2.0 if weeks >= 26 else 1.0


def urgent_first(weeks, priority):
    """Counts a week of P2 more with each week, and a week of anybody else once."""
    return weeks if priority == "P2" else 1


def labels_of(curve):
    return [None] if curve.labels is None else list(curve.labels)


def refused(make, *args, **options):
    with pytest.raises(ma.InputError) as caught:
        make(*args, **options)
    return caught.value


# Rates


@pytest.mark.parametrize("weeks", [0, 1, 17, 18, 52, 104, 5_200])
def test_person_weeks_count_every_week_once(weeks):
    """However long somebody has waited, the next week counts 1."""
    assert harm.person_weeks().rate(weeks) == 1.0


@pytest.mark.parametrize(
    ("weeks", "rate"),
    [
        (0, 1.0),
        (17, 1.0),
        (18, 2.0),
        (19, 2.0),
        (51, 2.0),
        (52, 3.0),
        (53, 3.0),
        (64, 3.0),
        (65, 4.0),
        (77, 4.0),
        (78, 5.0),
        (103, 5.0),
        (104, 6.0),
        (520, 6.0),
    ],
)
def test_a_week_counts_once_more_for_every_milestone_passed(weeks, rate):
    """Who has waited 18 weeks pays 2 for the next one, who has waited 17 still pays 1."""
    assert harm.rtt().rate(weeks) == rate


@pytest.mark.parametrize(
    ("weeks", "rate"), [(0, 0.25), (17, 0.25), (18, 2.25), (51, 2.25), (52, 12.75)]
)
def test_steps_are_ones_own(weeks, rate):
    """Steps add up on the rate before the first of them, in whatever order they are given."""
    assert harm.rtt(0.25, {52: 10.5, 18: 2.0}).rate(weeks) == rate


def test_a_step_at_week_zero_holds_from_the_start():
    """A milestone that everybody has passed counts for everybody."""
    assert harm.rtt(1.0, {0: 4.0}).rate(0) == 5.0


def test_no_steps_are_a_flat_rate():
    """Without milestones a week counts the same for ever."""
    curve = harm.rtt(2.0, {})
    assert [curve.rate(weeks) for weeks in (0, 18, 104)] == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("priority", "target", "rate"), [("P1", 1, 16), ("P2", 4, 8), ("P3", 12, 4), ("P4", 52, 2)]
)
def test_a_week_counts_more_once_the_target_is_passed(priority, target, rate):
    """A P2 patient's fourth week counts 1, the fifth 8."""
    curve = harm.clinical()
    assert curve.rate(0, priority) == 1.0
    assert curve.rate(target - 1, priority) == 1.0
    assert curve.rate(target, priority) == rate
    assert curve.rate(target + 1, priority) == rate


@pytest.mark.parametrize("priority", ["P5", "P6"])
def test_who_postponed_is_never_overdue(priority):
    """Who chose to postpone has no target."""
    assert harm.clinical().rate(500, priority) == 1.0


def test_targets_are_ones_own():
    """Targets and rates replace the usual ones together; a target of 0 is passed at once."""
    curve = harm.clinical({"P2": 0, "soon": 6}, {"P2": 5.0, "soon": 3.0})
    assert curve.rate(0, "P2") == 5.0
    assert (curve.rate(5, "soon"), curve.rate(6, "soon")) == (1.0, 3.0)
    assert curve.labels == ("P2", "P5", "P6", "soon")


def test_a_listed_rate_holds_until_the_next_one():
    """From week 18 to week 39 a week counts 3, from week 40 on it counts a half."""
    curve = harm.from_table({"weeks_waiting": [40, 0, 18], "rate": [0.5, 1.0, 3.0]})
    weeks = (0, 17, 18, 39, 40, 5_200)
    assert [curve.rate(week) for week in weeks] == [1.0, 1.0, 3.0, 3.0, 0.5, 0.5]


def test_a_table_may_have_a_curve_for_each_label():
    """P2 is overdue at 4 weeks; P4 counts 2 from the start."""
    curve = CURVES["table by priority"]
    assert curve.by == "priority"
    assert curve.labels == ("P2", "P4")
    assert [curve.rate(week, "P2") for week in (0, 3, 4, 90)] == [1.0, 1.0, 9.0, 9.0]
    assert [curve.rate(week, "P4") for week in (0, 90)] == [2.0, 2.0]


def test_a_function_is_a_curve():
    """A function of the weeks waited is asked for every week."""
    curve = harm.from_function(half_a_year)
    assert curve.by is None
    assert [curve.rate(week) for week in (0, 25, 26)] == [1.0, 1.0, 2.0]
    assert "half_a_year" in repr(curve)


def test_a_function_may_ask_for_a_label():
    """With a column to ask about, the function is told the patient's label."""
    curve = harm.from_function(urgent_first, by="priority")
    assert curve.by == "priority"
    assert (curve.rate(7, "P2"), curve.rate(7, "P4")) == (7.0, 1.0)


def test_a_curve_keeps_what_it_was_given():
    """Changing the steps or the targets afterwards does not change the curve."""
    steps, targets, overdue = {18: 1.0}, {"P2": 4}, {"P2": 8.0}
    rtt, clinical = harm.rtt(steps=steps), harm.clinical(targets, overdue)
    steps[52], targets["P2"], overdue["P2"] = 9.0, 0, 99.0
    assert rtt.rate(60) == 2.0
    assert (clinical.rate(3, "P2"), clinical.rate(4, "P2")) == (1.0, 8.0)


# Cumulated harm


@pytest.mark.parametrize("name", CURVES)
def test_a_table_cumulates_every_week(name):
    """Harm to week w is the sum of the rates of the weeks before it, to 1/1000, exactly."""
    curve, weeks = CURVES[name], 110
    table = curve.table(labels_of(curve), weeks)
    assert table.dtype == np.int64
    assert table.shape == (len(labels_of(curve)), weeks + 1)
    for row, label in zip(table, labels_of(curve), strict=True):
        total = Fraction(0)
        for week in range(weeks + 1):
            assert row[week] == total
            total += round(Fraction(curve.rate(week, label)) * SCALE)


def test_a_year_and_a_half_of_waiting():
    """78 weeks count 18 once, 34 twice, 13 thrice and 13 four times: 177 harm-weeks."""
    assert harm.rtt().table([None], 78)[0, -1] == (18 + 34 * 2 + 13 * 3 + 13 * 4) * 1000


def test_labels_come_in_the_order_asked_for():
    """Each label asked for has its row, in its place."""
    table = harm.clinical().table(["P4", "P2"], 6)
    assert table[:, -1].tolist() == [6_000, 4_000 + 2 * 8_000]


@pytest.mark.parametrize(
    ("rate", "units"), [(0.1, 100), (0.0004, 0), (0.0006, 1), (1.2344, 1234), (1.2346, 1235)]
)
def test_a_rate_is_rounded_once(rate, units):
    """A rate is rounded to 1/1000 before it is added up, so that ten weeks are ten times one."""
    for curve in (
        harm.rtt(rate, {}),
        harm.from_function(lambda _: rate),
        harm.from_table({"weeks_waiting": [0], "rate": [rate]}),
    ):
        assert curve.table([None], 10)[0].tolist() == [units * week for week in range(11)]


def test_no_weeks_are_no_harm():
    """Who has not waited has come to no harm; and nobody asked about has no rows."""
    assert harm.rtt().table([None], 0).tolist() == [[0]]
    assert harm.rtt().table([], 5).shape == (0, 6)


def test_harm_may_fall_with_waiting():
    """A rate that falls is a judgement like any other."""
    curve = harm.from_table({"weeks_waiting": [0, 2, 4], "rate": [3.0, 0.0, 1.0]})
    assert curve.table([None], 6)[0].tolist() == [0, 3_000, 6_000, 6_000, 6_000, 7_000, 8_000]


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_travels_to_another_process(name):
    """A curve that is pickled and read again is the same curve."""
    curve = CURVES[name]
    again = pickle.loads(pickle.dumps(curve))
    assert again == curve
    assert repr(again) == repr(curve)
    labels = labels_of(curve)
    np.testing.assert_array_equal(again.table(labels, 120), curve.table(labels, 120))


@pytest.mark.parametrize("by", [None, "priority"])
def test_a_curve_from_a_named_function_travels_too(by):
    """A function that has a name and a place can be sent to a worker."""
    function = half_a_year if by is None else urgent_first
    curve = harm.from_function(function, by)
    again = pickle.loads(pickle.dumps(curve))
    assert again.table(["P2"], 30).tolist() == curve.table(["P2"], 30).tolist()


# Refused


@pytest.mark.parametrize(
    "rate", [-0.001, float("nan"), float("inf"), float("-inf"), HIGHEST_RATE + 1, "1", None]
)
def test_a_rate_before_the_first_step_is_refused(rate):
    """A week of waiting neither helps anybody nor counts without end."""
    text = str(refused(harm.rtt, rate))
    assert "harm.rtt" in text
    assert "rate" in text
    assert "0 to 1,000,000" in text


@pytest.mark.parametrize("size", [-1, float("nan"), float("inf"), "1"])
def test_a_step_down_is_refused(size):
    """A milestone makes the next week no cheaper: for that there are tables."""
    text = str(refused(harm.rtt, steps={18: 1.0, 52: size}))
    assert "steps[52]" in text
    assert "steps[18]" not in text


@pytest.mark.parametrize("week", [-1, 17.5, True, "18", float("nan"), float("inf")])
def test_a_step_at_no_whole_week_is_refused(week):
    """A milestone is at a whole week."""
    assert "whole week" in str(refused(harm.rtt, steps={week: 1.0}))


def test_steps_without_sizes_are_refused():
    """A list of milestones does not say what they cost."""
    assert "steps" in str(refused(harm.rtt, steps=[18, 52]))


def test_steps_that_add_up_beyond_reason_are_refused():
    """Each step may be within reason and their sum beyond it."""
    curve = harm.rtt(9e5, {3: 9e5})
    assert curve.table([None], 3)[0, -1] == 27 * 10**8
    assert "week 3" in str(refused(curve.table, [None], 4))


@pytest.mark.parametrize(
    ("targets", "overdue", "says"),
    [
        ({"P2": 4}, None, "P1, P3, P4"),
        (None, {"P2": 8.0}, "P1, P3, P4"),
        ({"P2": -1}, {"P2": 8.0}, "targets[P2]"),
        ({"P2": float("nan")}, {"P2": 8.0}, "targets[P2]"),
        ({"P2": float("inf")}, {"P2": 8.0}, "targets[P2]"),
        ({"P2": 4}, {"P2": -8.0}, "overdue[P2]"),
        ({"P2": 4}, {"P2": float("nan")}, "overdue[P2]"),
        ({"P2": 4}, {"P2": float("inf")}, "overdue[P2]"),
        ({"P2": "4"}, {"P2": 8.0}, "targets[P2]"),
        ({"P2": 4}, {"P2": "8"}, "overdue[P2]"),
        ({2: 4}, {2: 8.0}, "2"),
    ],
)
def test_targets_and_their_rates_are_refused(targets, overdue, says):
    """Each priority has a target and a rate, both numbers from 0, and a name that is text."""
    text = str(refused(harm.clinical, targets, overdue))
    assert "harm.clinical" in text
    assert says in text


@pytest.mark.parametrize(
    ("table", "column", "says"),
    [
        pytest.param({"rate": [1.0]}, "weeks_waiting", "missing", id="no weeks"),
        pytest.param({"weeks_waiting": [0]}, "rate", "missing", id="no rates"),
        pytest.param(
            {"weeks_waiting": [0], "rate": [1], "a": ["x"], "b": ["y"]},
            "a, b",
            "more",
            id="surplus",
        ),
        pytest.param({"weeks_waiting": [], "rate": []}, "", "no rows", id="empty"),
        pytest.param(
            {"weeks_waiting": [0, 4], "rate": [1, -1]}, "rate", "below 0", id="negative rate"
        ),
        pytest.param(
            {"weeks_waiting": [0], "rate": [float("nan")]}, "rate", "missing", id="rate is a gap"
        ),
        pytest.param(
            {"weeks_waiting": [0], "rate": [float("inf")]}, "rate", "infinite", id="infinite rate"
        ),
        pytest.param({"weeks_waiting": [0], "rate": ["1"]}, "rate", "not numbers", id="text rate"),
        pytest.param({"weeks_waiting": [0], "rate": [True]}, "rate", "True", id="truth value"),
        pytest.param(
            {"weeks_waiting": [0, -1], "rate": [1, 2]}, "weeks_waiting", "below 0", id="week -1"
        ),
        pytest.param(
            {"weeks_waiting": [0, 1.5], "rate": [1, 2]}, "weeks_waiting", "whole", id="week 1.5"
        ),
        pytest.param(
            {"weeks_waiting": [0, None], "rate": [1, 2]}, "weeks_waiting", "missing", id="no week"
        ),
        pytest.param(
            {"weeks_waiting": [0, 4, 4], "rate": [1, 2, 3]}, "weeks_waiting", "twice", id="twice"
        ),
        pytest.param(
            {"weeks_waiting": [1, 4], "rate": [1, 2]}, "weeks_waiting", "start at 0", id="late"
        ),
        pytest.param(
            {"weeks_waiting": [0, 4], "rate": [1, 2], "priority": ["P2", "P3"]},
            "weeks_waiting",
            "start at 0 (P3)",
            id="late for one priority",
        ),
        pytest.param(
            {"weeks_waiting": [0, 0], "rate": [1, 2], "priority": ["P2", None]},
            "priority",
            "missing",
            id="no priority",
        ),
        pytest.param(
            {"weeks_waiting": [0], "rate": [1], "priority": [2]}, "priority", "not text", id="label"
        ),
    ],
)
def test_a_table_of_rates_is_refused(table, column, says):
    """Every curve of a table starts at week 0, lists a week once, and has a rate from 0."""
    error = refused(harm.from_table, pd.DataFrame(table))
    assert error.problems["column"].to_list() == [column]
    assert error.problems["table"].to_list() == ["harm table"]
    assert says in error.problems["problem"].item()
    assert error.problems["remedy"].item()


def test_what_is_no_table_of_rates_is_refused():
    """A number is not a table of rates."""
    assert "harm table" in str(refused(harm.from_table, 5))


def test_a_table_may_list_one_week_for_each_priority():
    """Week 0 of P2 and week 0 of P4 are two rows."""
    assert CURVES["table by priority"].table(["P2", "P4"], 1).tolist() == [[0, 1000], [0, 2000]]


def test_every_problem_of_a_table_is_reported_at_once():
    """A bad week, a bad rate and a bad label are one error."""
    table = {"weeks_waiting": [0, -1], "rate": [float("nan"), 1], "priority": ["P2", ""]}
    assert len(refused(harm.from_table, table).problems) == 3


@pytest.mark.parametrize("function", [3, "rtt", None])
def test_what_is_no_function_is_refused(function):
    """A number is not a function of the weeks waited."""
    assert "function" in str(refused(harm.from_function, function))


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf"), HIGHEST_RATE + 1, None, "two"])
def test_a_function_that_gives_no_rate_is_refused(rate):
    """The week at which a function goes wrong is named."""
    curve = harm.from_function(lambda weeks: rate if weeks == 7 else 1.0)
    assert curve.table([None], 7)[0, -1] == 7_000
    text = str(refused(curve.table, [None], 8))
    assert "week 7" in text
    assert "0 to 1,000,000" in text


def test_the_highest_rate_is_allowed():
    """A week may count a million times, not more."""
    curve = harm.from_function(lambda _: HIGHEST_RATE)
    assert curve.table([None], 2)[0].tolist() == [0, 10**9, 2 * 10**9]


@pytest.mark.parametrize("name", ["clinical", "table by priority"])
@pytest.mark.parametrize("labels", [["P9"], ["P4", "P9", "P7"], [None]], ids=str)
def test_a_label_without_a_curve_is_refused(name, labels):
    """A priority that a curve does not know is named, with those that it does know."""
    error = refused(CURVES[name].table, labels, 5)
    assert error.problems["column"].to_list() == ["priority"]
    unknown = sorted({str(label) for label in labels} - {"P4"})
    assert f"no curve for {', '.join(unknown)}" in str(error)
    assert "P2" in error.problems["remedy"].item()
    assert "P4" in error.problems["remedy"].item()


@pytest.mark.parametrize("name", ["clinical", "table by priority"])
def test_a_rate_of_an_unknown_label_is_refused(name):
    """Asked for one week of a priority that it does not know, a curve does not make one up."""
    assert "P9" in str(refused(CURVES[name].rate, 5, "P9"))


def test_curves_say_what_they_are():
    """A report shows a curve by the judgements in it."""
    assert "+1 at 18" in repr(harm.rtt())
    assert "P2 8 after 4 weeks" in repr(harm.clinical())
    assert "2 rates" in repr(harm.from_table({"weeks_waiting": [0, 9], "rate": [1, 2]}))
    assert "by priority" in repr(CURVES["table by priority"])
