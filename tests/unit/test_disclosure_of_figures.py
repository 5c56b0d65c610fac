"""What is worked out from a hidden count is hidden with it, and what is no count is made coarse."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.disclosure.coarse_figures import Coarse, coarse_measures, coarse_of
from mutualaid.disclosure.plan_counts import COUNTS, hidden_slots, hide_slots, measure_marks
from mutualaid.disclosure.several_plans import (
    _costs,
    _listed,
    _timed,
    counts_of,
    counts_side_by_side,
)
from mutualaid.report import series
from mutualaid.report.sheets import _mean_way

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")

OF_LIST = {"mean_wait", "median_wait", "p92_wait"}
OF_TREATED = {
    "mean_wait_treated",
    "median_wait_treated",
    "p92_wait_treated",
    "person_weeks",
    "harm_weeks",
    "travel_minutes",
}


@pytest.fixture(scope="module")
def plan():
    """Six long waiters of Alder's, four of whom go to Birch."""
    return ma.optimise(two_trusts())


def marks_with(plan, hidden, travel=True):
    """Marks of all measures of two trusts where one count of the second is hidden."""
    table = plan.measures(by="origin")
    counts = [c for c in table.columns if c.rpartition("_")[0] in COUNTS and not _unmoved(c)]
    cell = {name: np.array([2 * n, 2 * n + 1]) for n, name in enumerate(counts)}
    marks = np.zeros(2 * len(counts), dtype=np.int8)
    if hidden:
        marks[cell[hidden][1]] = 2
    found = measure_marks(table, cell, marks, travel)
    assert not found.iloc[0].drop("travel_minutes_after").any(), "the first trust hides nothing"
    return {str(name) for name in found.columns[found.iloc[1] > 0]} - set(counts)


def _unmoved(column):
    """Nobody moves before."""
    return column in ("moves_out_before", "moves_in_before")


@pytest.mark.parametrize("side", ["before", "after"])
def test_what_is_worked_out_from_a_hidden_count_is_hidden_with_it(plan, side):
    """Shares with any of their parts, means with the number of whom they are, and no more."""
    share = {f"share_within_18_{side}"}
    assert marks_with(plan, None) == set()
    assert marks_with(plan, f"within_18_{side}") == share
    assert marks_with(plan, f"over_18_{side}") == share
    assert marks_with(plan, f"list_size_{side}") == share | {f"{n}_{side}" for n in OF_LIST}
    assert marks_with(plan, f"treated_{side}") == {f"{n}_{side}" for n in OF_TREATED}
    assert marks_with(plan, f"over_52_{side}") == set()


def test_minutes_of_travel_are_hidden_where_any_lane_is(plan):
    """Minutes over known ways would tell how many went each; alone nobody travels to another."""
    assert marks_with(plan, None, travel=False) == {"travel_minutes_after"}


def slots_of(*rows):
    columns = ["provider", "service", "period", "slots", "used", "mark"]
    return pd.DataFrame(rows, columns=columns)


def test_slots_are_hidden_where_their_use_is_and_full_ones_with_them():
    """Of one rung only: then the slots are hidden in all, and full use that would tell them."""
    one = slots_of(
        ("ALD", "C_110", 1, 5, 3, 1), ("ALD", "C_110", 2, 5, 5, 0), ("BIR", "C_110", 1, 9, 9, 0)
    )
    other = one.assign(used=[5, 4, 9], mark=0)
    first, second = hide_slots([one, other], set())
    for table in (first, second):
        assert table["slots_mark"].tolist() == [2, 0, 0]
    assert first["mark"].tolist() == [1, 0, 0]
    # In the other plan all five are used: shown, it would say that there are five.
    assert second["mark"].tolist() == [2, 0, 0]
    assert hidden_slots(first).tolist() == [True, False, False]
    assert hidden_slots(second).tolist() == [True, False, False]


def test_slots_that_would_tell_who_is_treated_alone_are_closed():
    """A slot by itself, or all of a provider's for a service, as the tally has found."""
    table = slots_of(
        ("ALD", "C_110", 1, 5, 3, 0), ("ALD", "C_110", 2, 5, 5, 0), ("BIR", "C_110", 1, 9, 9, 0)
    )
    (by_slot,) = hide_slots([table], {("ALD", "C_110", "1")})
    assert by_slot["slots_mark"].tolist() == [2, 0, 0]
    assert by_slot["mark"].tolist() == [0, 0, 0]
    assert hidden_slots(by_slot).tolist() == [True, False, False]
    (by_pair,) = hide_slots([table], {("ALD", "C_110")})
    assert by_pair["slots_mark"].tolist() == [2, 2, 0]
    assert by_pair["mark"].tolist() == [0, 2, 0]
    (none,) = hide_slots([table], set())
    assert none["slots_mark"].tolist() == none["mark"].tolist() == [0, 0, 0]
    assert not hidden_slots(none).any()


def test_when_a_lane_is_used_is_not_told_where_its_slots_are_hidden():
    """The first and last period of a lane say in which hidden slots somebody came."""
    moves = pd.DataFrame(
        {"provider": ["BIR", "BIR", "CED"], "service": ["C_110", "C_120", "C_110"]}
    )
    prices = slots_of(
        ("BIR", "C_110", 1, 5, 3, 1), ("BIR", "C_120", 1, 5, 5, 0), ("CED", "C_110", 1, 5, 5, 0)
    )
    assert _timed(moves, prices).tolist() == [False, True, True]
    assert _timed(moves, prices.assign(mark=[0, 0, 2])).tolist() == [True, True, False]


def test_a_row_that_must_not_be_there_is_not():
    """Left out are neither small counts nor hidden ones."""
    table = pd.DataFrame({"patients": [9, 1, 3, 7], "mark": [0, 3, 1, 2]})
    assert _listed(table)["patients"].tolist() == [9, 3, 7]
    assert _listed(table).index.tolist() == [0, 1, 2]


def test_costs_are_hidden_with_the_harm_or_the_moves_that_they_hold():
    """With the moves only those together; and rounded where anything is hidden."""
    plan = SimpleNamespace(baseline_objective=12_345.0, objective=6_789.0)
    names = ("harm_weeks_before", "harm_weeks_after", "moves_in_after")

    def costs(*marks, coarse=None):
        return _costs(plan, pd.DataFrame([marks], columns=names), coarse)

    assert costs(0, 0, 0) == (12_345.0, 6_789.0)
    assert costs(2, 0, 0) == pytest.approx((np.nan, 6_789.0), nan_ok=True)
    assert costs(0, 2, 0) == pytest.approx((12_345.0, np.nan), nan_ok=True)
    assert costs(0, 0, 1) == pytest.approx((12_345.0, np.nan), nan_ok=True)
    coarse = Coarse(patients=10, harm=1000.0, person_weeks=1.0, longest=50.0)
    assert costs(0, 0, 0, coarse=coarse) == pytest.approx((12_000.0, np.nan), nan_ok=True)


def test_how_coarse_figures_are_is_worth_ten_of_those_who_weigh_most():
    """Alone four of Alder's wait 44 weeks in the end, and bear most harm of all."""
    plan = ma.optimise(two_trusts())
    found = coarse_of([plan], 5)
    assert found.patients == 10
    assert found.longest == 45
    # Ten patients over a horizon of four weeks: 40 person-weeks, rounded up to 50.
    assert found.person_weeks == 50
    worst = max(
        float((rows["harm"] / rows["patients"]).max()) / 1000
        for rows in (plan.baseline_entries, plan.entries)
    )
    assert found.harm >= 10 * worst > found.harm / 2.5
    # A threshold of three hides six; several plans are as coarse as the coarsest.
    assert coarse_of([plan], 3).patients == 6
    longer = ma.optimise(two_trusts(), ma.Policy(tail_weeks=520))
    assert coarse_of([plan, longer], 5).harm == coarse_of([longer], 5).harm > found.harm
    assert coarse_of([longer, plan], 5) == coarse_of([plan, longer], 5)


def crowd(weeks):
    """Alder's list by weeks waited, of whom nobody is treated; Birch's eighty are."""
    rows = [("ALD", "C_110", week, count) for week, count in weeks.items()]
    waiting = pd.DataFrame(
        [*rows, ("BIR", "C_110", 8, 80)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    return ma.optimise(two_trusts(waiting=waiting, slots=(0, 80)), None, ma.Independent())


def test_means_and_quantiles_are_coarse_as_soon_as_anything_is_hidden():
    """A median that ten patients could move is hidden; one that they could not is shown."""
    plan = crowd({10: 3000, 30: 1000})
    exact = plan.measures(by="origin").set_index("origin").loc["ALD"]
    table, marks = _coarse(plan)
    alder, own = table.loc["ALD"], marks.loc["ALD"]
    assert exact["mean_wait_before"] == 19
    assert alder["median_wait_before"] == exact["median_wait_before"] == 14
    # The longest wait is 34 weeks and one more: ten of 4,000 patients come to 0.09 weeks of it.
    assert alder["mean_wait_before"] == 19.0
    assert own["mean_wait_before"] == own["median_wait_before"] == 0
    assert alder["p92_wait_before"] == 34
    # Nobody of Alder's is treated: then there is nothing to hide, and nothing to show.
    assert own["mean_wait_treated_before"] == own["p92_wait_treated_before"] == 0
    near = crowd({10: 2005, 30: 1995})
    table, marks = _coarse(near)
    assert np.isnan(table.loc["ALD", "median_wait_before"])
    assert marks.loc["ALD", "median_wait_before"] == 2
    few = crowd({10: 200, 30: 100})
    table, marks = _coarse(few)
    assert np.isnan(table.loc["ALD", "mean_wait_before"])
    assert marks.loc["ALD", "mean_wait_before"] == 2


def _coarse(plan):
    table = plan.measures(by="origin")
    marks = pd.DataFrame(0, index=table.index, columns=table.columns[1:], dtype=np.int8)
    found, marked = coarse_measures(table, marks, plan, ("origin",), coarse_of([plan], 5))
    assert not marks.to_numpy().any(), "what is given is not changed"
    names = table["origin"].astype(str)
    return found.set_index(names), marked.set_index(names)


def test_harm_and_person_weeks_are_whole_units_or_hidden():
    """Less than ten units is hidden, unless there is nobody at all whose harm it could be."""
    plan = crowd({10: 3000, 30: 1000})
    unit = coarse_of([plan], 5)
    table, marks = _coarse(plan)
    exact = plan.measures(by="origin").set_index(table.index)
    for name, step in (("harm_weeks", unit.harm), ("person_weeks", unit.person_weeks)):
        for side in ("before", "after"):
            column = f"{name}_{side}"
            assert abs(table.loc["ALD", column] - exact.loc["ALD", column]) <= step / 2
            assert table.loc["ALD", column] % step == 0
            assert marks.loc["ALD", column] == 0
            small = exact.loc["BIR", column] < 10 * step
            assert small
            assert np.isnan(table.loc["BIR", column])
            assert marks.loc["BIR", column] == 2
    nobody = ma.optimise(two_trusts(slots=(6, 4)), None, ma.Independent())
    table, marks = _coarse(nobody)
    assert table.loc["BIR", "harm_weeks_before"] == table.loc["BIR", "person_weeks_after"] == 0
    assert marks.loc["BIR", "harm_weeks_before"] == 0


def test_nothing_is_coarse_where_nothing_is_hidden():
    """Figures as they are, to the last digit."""
    plan = crowd({10: 3000, 30: 1000})
    table = plan.measures(by="origin")
    marks = pd.DataFrame(0, index=table.index, columns=table.columns[1:], dtype=np.int8)
    assert coarse_measures(table, marks, plan, ("origin",), None) == (table, marks)
    found = counts_of(plan, 0)
    assert found.coarse is None
    assert found.hidden == 0
    assert counts_of(plan, 5).coarse is None
    assert counts_of(ma.optimise(two_trusts()), 5).coarse is not None


def test_the_mean_way_is_hidden_where_it_tells_hidden_lanes_apart():
    """Eight patients of two lanes: at 20 and 60 minutes a mean of 25 says one and seven."""
    moves = pd.DataFrame(
        {"patients": [7, 1], "extra_minutes": [20.0, 60.0], "mark": np.array([2, 1], np.int8)}
    )
    assert _mean_way(SimpleNamespace(moves=moves, threshold=5)) == "*"
    shown = moves.assign(mark=np.zeros(2, np.int8))
    assert _mean_way(SimpleNamespace(moves=shown, threshold=5)) == 25
    # Where both ways are as long there is nothing to tell apart.
    alike = moves.assign(extra_minutes=20.0)
    assert _mean_way(SimpleNamespace(moves=alike, threshold=5)) == 20
    one_shown = moves.assign(mark=np.array([0, 1], np.int8))
    assert _mean_way(SimpleNamespace(moves=one_shown, threshold=5)) == "*"
    # Ten patients from one lane to the other are 400 minutes: half a minute for each of 800.
    for patients, told in (([770, 110], 25), ([630, 90], "*"), ([880, 120], "*"), ([850, 150], 26)):
        many = moves.assign(patients=patients)
        assert _mean_way(SimpleNamespace(moves=many, threshold=5)) == told
    nobody = SimpleNamespace(moves=moves.iloc[:0], threshold=5)
    assert _mean_way(nobody) is None


def test_a_promise_that_nobody_is_worse_off_stands_where_harm_is_hidden():
    """Only Deep leaves open who of those that are hidden fares worse: the others promise it."""
    plans = ma.ladder(ma.datasets.collaborative(trusts=3, periods=2, list_size=200)).plans
    counts = counts_side_by_side(plans, 5)
    hidden = [series.savings(found)["saved"].isna().sum() for found in counts.values()]
    assert all(number > 0 for number in hidden[1:])
    assert series.steps(plans, counts)["unknown"].tolist() == [0, 0, 0, hidden[-1]]
