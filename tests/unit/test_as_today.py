"""What is forecast if everybody goes on as today, beside what could be done."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from forecasts import by_age, cells_of, nobody_chooses, of_entries
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.data.as_today import AsToday


@pytest.fixture(scope="module")
def system() -> ma.System:
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3, priorities=False)


@pytest.fixture(scope="module")
def alone(system: ma.System) -> ma.Plan:
    return ma.optimise(system, collaboration=ma.Independent())


def tiny(**changes: object) -> AsToday:
    waiting = np.zeros((1, 3, 30))
    waiting[0, 0, 20], waiting[0, 1, 24], waiting[0, 2, 28] = 100, 80, 50
    values: dict[str, object] = {
        "month": "2026-01",
        "period_weeks": 4,
        "periods": 2,
        "cells": pd.DataFrame({"origin": ["A"], "service": ["hips"]}),
        "waiting": waiting,
        "treated": np.array([[20.0, 20.0]]),
        "leaving": np.zeros((1, 2, 30)),
    }
    return AsToday(**(values | changes))


def system_of(patients: int = 100, **options: object) -> ma.System:
    return ma.System(
        {"origin": ["A"], "service": ["hips"], "weeks_waiting": [20], "patients": [patients]},
        {"provider": ["A", "B"], "service": "hips", "period": [1, 1], "slots": [20, 20]},
        {"origin": ["A"], "provider": ["B"], "minutes": [20.0]},
        periods=2,
        **options,
    )


# Counting


def test_a_forecast_of_what_a_plan_does_counts_as_the_plan_does(
    system: ma.System, alone: ma.Plan
) -> None:
    told = system.replace(as_today=of_entries(system, alone.entries, alone.leavers))
    plan = ma.optimise(told)
    assert len(alone.leavers)
    for by in (None, "origin", "service", ["origin", "service"]):
        for period in (1, 2, 3):
            rows = plan.three_numbers(by, period=period)
            np.testing.assert_allclose(rows["as_today"], rows["in_order"], rtol=1e-6)
            # Harm comes in single precision.
            assert (rows["order_at_home"].dropna().abs() < 1).all()


def test_where_nobody_has_a_choice_the_three_numbers_are_one() -> None:
    """By age and every slot booked: whoever leaves later waits until then in all three."""
    forecast = nobody_chooses({"A": {2: 90, 20: 120, 50: 30}, "B": {10: 200, 30: 60}}, slots=60)
    plan = ma.optimise(forecast)
    for period in (1, 2, 3, 4):
        for by in (None, "origin"):
            rows = plan.three_numbers(by, period=period)
            np.testing.assert_allclose(rows["in_order"], rows["as_today"], rtol=1e-6)
            np.testing.assert_allclose(rows["together"], rows["as_today"], rtol=1e-6)
    first = plan.three_numbers(period=1).set_index("figure")["together"]
    listed = plan.measures(None, period=2, leavers=True)["list_size_after"].item()
    new, gone = (
        table.query("period == 2")["patients"].sum() for table in (forecast.referrals, plan.leavers)
    )
    assert gone
    assert first["list_size"] == listed - new + gone


def test_who_leaves_later_waits_until_then_in_every_plan() -> None:
    """Of six in Alder, two slots a period, one leaves in period 2; Birch has four slots."""
    gone = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": [2], "patients": [1]})
    plan = ma.optimise(two_trusts(periods=2, removals=gone))
    assert plan.leavers[["origin", "weeks_waiting", "period", "patients"]].to_numpy().tolist() == [
        ["ALD", 40, 2, 1]
    ]
    sides = ["in_order", "together"]
    for period, size, treated in ((1, [4, 1], [2, 5]), (2, [1, 0], [4, 5])):
        told = plan.three_numbers(period=period).set_index("figure")[sides]
        assert told.loc[["list_size", "over_18", "treated"]].to_numpy().tolist() == [
            size,
            size,
            treated,
        ]


def test_measures_count_who_leaves_only_if_asked() -> None:
    gone = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": [2], "patients": [1]})
    plan = ma.optimise(two_trusts(periods=2, removals=gone))
    sizes = ["list_size_before", "list_size_after", "treated_before", "treated_after"]
    counted = {
        (period, leavers): plan.measures(None, period=period, leavers=leavers)
        for period in (1, 2, 3)
        for leavers in (False, True)
    }
    found = {key: table[sizes].iloc[0].tolist() for key, table in counted.items()}
    assert found == {
        (1, False): [5, 5, 0, 0],
        (1, True): [6, 6, 0, 0],
        (2, False): [3, 0, 2, 5],
        (2, True): [3, 0, 2, 5],
        (3, False): [1, 0, 4, 5],
        (3, True): [1, 0, 4, 5],
    }
    assert (
        counted[3, True]
        .drop(columns=["person_weeks_before", "person_weeks_after"])
        .equals(counted[3, False].drop(columns=["person_weeks_before", "person_weeks_after"]))
    )
    # Four weeks until it leaves.
    weeks = [counted[3, leavers]["person_weeks_after"].item() for leavers in (False, True)]
    assert weeks[1] - weeks[0] == 4
    provider = plan.measures(lens="provider", period=1, leavers=True).set_index("origin")
    assert provider["list_size_before"].to_dict() == {"ALD": 6, "BIR": 0}


def test_the_three_numbers_are_those_of_the_measures(system: ma.System) -> None:
    plan = ma.optimise(system)
    measures = plan.measures(by="origin").set_index("origin")
    told = plan.three_numbers("origin")
    for side, name in (("in_order", "before"), ("together", "after")):
        for figure, rows in told.groupby("figure"):
            if figure != "over_40":
                rows = rows.set_index("origin")[side]
                np.testing.assert_allclose(rows, measures[f"{figure}_{name}"])


def test_who_will_leave_untreated_bears_no_harm(system: ma.System, alone: ma.Plan) -> None:
    # Removed patients are not in a plan's table: put on the list, they wait until they leave.
    policy = ma.Policy()
    without = of_entries(system, alone.entries)
    waiting, leaving = without.waiting.copy(), without.leaving.copy()
    for band, period in ((0, 1), (7, 2), (40, 3), (101, 2), (104, 3)):
        step = system.period_weeks
        for at in range(period):
            waiting[2, at, min(band + at * step, 104)] += 500
        leaving[2, period - 1, min(band + (period - 1) * step, 104)] += 500
    more = of_entries(system, alone.entries, waiting=waiting, leaving=leaving)
    assert more.harm(policy)["harm_weeks"].item() == pytest.approx(
        without.harm(policy)["harm_weeks"].item(), rel=1e-6
    )


def test_harm_is_that_of_each_period_and_of_the_tail() -> None:
    policy = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=10)
    assert tiny().harm(policy)["harm_weeks"].item() == 80 * 4 + 50 * (4 + 10)


def test_whoever_joins_is_counted_from_the_start_of_their_clock() -> None:
    waiting = np.zeros((1, 3, 30))
    waiting[0, 1, 1], waiting[0, 2, 5] = 10, 10
    policy = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=0)
    assert tiny(waiting=waiting).harm(policy)["harm_weeks"].item() == 10 * 1 + 10 * 4


def test_patients_age_into_the_open_band_from_where_they_were() -> None:
    # A step at the open band: 30 come from below it, 10 were in it; no step lies in between.
    waiting = np.zeros((1, 2, 30))
    waiting[0, 0, 27], waiting[0, 0, 29], waiting[0, 1, 29] = 30, 10, 40
    step = ma.Policy(harm=ma.harm.rtt(steps={29: 1.0}), tail_weeks=0)
    made = tiny(periods=1, waiting=waiting, treated=np.zeros((1, 1)), leaving=np.zeros((1, 1, 30)))
    assert made.harm(step)["harm_weeks"].item() == 30 * (2 + 2 * 2) + 10 * 8


def test_harm_by_a_column_that_the_forecast_lacks_is_not_known() -> None:
    assert tiny().harm(ma.Policy(harm=ma.harm.clinical())) is None
    listed = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    told = listed.replace(as_today=by_age(listed))
    plan = ma.optimise(told, ma.Policy(harm=ma.harm.clinical()))
    row = plan.three_numbers().set_index("figure").loc["harm_weeks"]
    assert row[["as_today", "order_at_home"]].isna().all()
    assert row["aid"] < 0
    assert plan.three_numbers("priority")["as_today"].isna().all()


def test_harm_by_service_is_counted_by_service() -> None:
    curve = ma.harm.from_table(
        {"weeks_waiting": [0, 0], "rate": [1.0, 3.0], "service": ["knees", "hips"]}
    )
    policy = ma.Policy(harm=curve, tail_weeks=0)
    assert tiny().harm(policy, by="service")["harm_weeks"].tolist() == [3 * 4 * 130]


def test_streams_are_told_apart_where_there_are_any() -> None:
    half = tiny().waiting / 2
    cells = pd.DataFrame({"origin": "A", "service": "hips", "stream": ["admitted", "other"]})
    made = tiny(
        cells=cells,
        waiting=np.concatenate([half, half]),
        treated=np.full((2, 2), 10.0),
        leaving=np.zeros((2, 2, 30)),
    )
    assert made.table(by="stream", over=[18])["over_18"].tolist() == [25.0, 25.0]
    assert made.table(over=[18], period=0)["list_size"].tolist() == [100.0]


def test_a_range_is_shown_where_one_is_known_and_nowhere_else() -> None:
    errors = pd.DataFrame(
        {"provider": ["all", "A"], "over": 18, "period": 2, "low": [40, 35], "high": [60, 70]}
    )
    made = tiny(errors=errors)
    assert made.table(over=[18])[["over_18_low", "over_18_high"]].iloc[0].tolist() == [40, 60]
    assert made.table(over=[18], by="origin")["over_18_low"].tolist() == [35]
    assert made.table(over=[18], by="service")["over_18_low"].isna().all()
    assert made.table(over=[18], period=1)["over_18_low"].isna().all()
    assert made.table(over=[18])["list_size_low"].isna().all()


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (40, 60, "beyond the error"),
        (0, 100, "within the error of the forecast"),
        (30, 70, "beyond the error"),
    ],
)
def test_aid_is_held_against_half_the_width_of_the_range(low: int, high: int, told: str) -> None:
    errors = pd.DataFrame(
        {"provider": ["all"], "over": [18], "period": [2], "low": [low], "high": [high]}
    )
    plan = ma.optimise(system_of(as_today=tiny(errors=errors)))
    row = plan.three_numbers().set_index("figure").loc["over_18"]
    assert (row["in_order"], row["together"], row["aid"]) == (80, 60, -20)
    assert (row["as_today"], row["order_at_home"]) == (50, 30)
    assert row["aid_told"] == told
    assert plan.three_numbers().set_index("figure").loc["list_size", "aid_told"] is None


# What is no forecast


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"month": "January"}, "month: is 'January'"),
        ({"period_weeks": 0}, "period_weeks: is 0"),
        ({"periods": 3}, "waiting: has the shape"),
        ({"treated": np.array([[1.0, -1.0]])}, "treated: has a number that is missing"),
        ({"leaving": np.full((1, 2, 30), np.nan)}, "leaving: has a number that is missing"),
        ({"leaving": np.zeros((1, 2, 29))}, "leaving: has the shape"),
        ({"cells": pd.DataFrame({"origin": ["A"]})}, "cells.service: the column is missing"),
        ({"cells": pd.DataFrame({"origin": [None], "service": ["x"]})}, "is missing (1 row"),
        ({"cells": pd.DataFrame(columns=["origin", "service"])}, "has no rows"),
        ({"notes": "Everything."}, "are no list of sentences"),
        ({"treated": "many"}, "treated: is no array of numbers"),
        ({"waiting": np.zeros((1, 3, 10)), "leaving": np.zeros((1, 2, 10))}, "has 10 week bands"),
    ],
)
def test_what_is_no_forecast_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ma.InputError) as error:
        tiny(**changes)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("A", 18, 1, 5, 3), "errors.low: is above high"),
        (("A", 18, 3, 1, 3), "errors.period: is not from 1 to 2"),
        (("B", 18, 1, 1, 3), "errors.provider: is no origin of the cells"),
        (("A", 18, 1, None, 3), "errors.low: is no number from 0"),
        (("A", 18, 1, -1, 3), "errors.low: is no number from 0"),
    ],
)
def test_what_is_no_range_is_refused(row: tuple[object, ...], said: str) -> None:
    columns = ["provider", "over", "period", "low", "high"]
    with pytest.raises(ma.InputError, match=said):
        tiny(errors=pd.DataFrame([row], columns=columns))
    good = ("A", 18, 1, 1, 3)
    with pytest.raises(ma.InputError, match="is listed twice"):
        tiny(errors=pd.DataFrame([good, good], columns=columns))


def test_nobody_can_change_a_forecast() -> None:
    made = tiny()
    assert repr(made) == "AsToday: from 2026-01 over 2 periods of 4 weeks, 100 waiting, then 50"
    with pytest.raises(ValueError, match="read-only"):
        made.waiting[0, 0, 0] = 5
    with pytest.raises(AttributeError):
        made.month = "2026-02"  # type: ignore[misc]


def test_columns_periods_and_weeks_that_are_not_there_are_refused() -> None:
    made = tiny()
    for call in (
        lambda: made.table(by="priority"),
        lambda: made.table(period=3),
        lambda: made.table(over=[30]),
        lambda: made.harm(ma.Policy(), by="priority"),
    ):
        with pytest.raises(ma.InputError):
            call()


# The system that it stands behind


def test_a_forecast_of_another_system_is_refused() -> None:
    with pytest.raises(ma.InputError, match="has other lists at the census"):
        system_of(90, as_today=tiny())
    with pytest.raises(ma.InputError, match="origin: is not in the system"):
        system_of(as_today=tiny(cells=pd.DataFrame({"origin": ["Z"], "service": ["hips"]})))
    short = {"waiting": np.zeros((1, 2, 30)), "treated": np.zeros((1, 1))}
    with pytest.raises(ma.InputError, match="periods: is 1, and 2 in the system"):
        system_of(as_today=tiny(periods=1, leaving=np.zeros((1, 1, 30)), **short))
    with pytest.raises(ma.InputError, match="as_today is a str"):
        system_of(as_today="the same")


def test_a_forecast_goes_with_the_system_that_it_is_of() -> None:
    told = system_of(as_today=tiny())
    forecast = told.as_today
    assert forecast is not None
    assert told.replace(travel=told.travel.assign(minutes=30.0)).as_today is forecast
    assert told.replace().as_today is forecast
    assert told.replace(capacity=told.capacity).as_today is None
    assert told.replace(waiting_list=told.waiting_list).as_today is None
    assert told.replace(capacity=told.capacity, as_today=forecast).as_today is forecast
    assert told.replace(as_today=None).as_today is None
    again = pickle.loads(pickle.dumps(told))
    assert again.as_today.table(over=[18]).equals(forecast.table(over=[18]))
    assert repr(told) == repr(system_of())


def test_a_forecast_changes_no_plan_and_what_if_has_none(system: ma.System) -> None:
    told = system.replace(as_today=by_age(system))
    assert ma.optimise(told).entries.equals(ma.optimise(system).entries)
    winter = ma.studies.Scenario("winter", [ma.studies.changes.Capacity(factor=0.9)])
    assert winter.apply(told)[0].as_today is None
    assert ma.studies.Scenario("as expected").apply(told)[0].as_today is told.as_today


def test_by_age_more_wait_long_than_in_order(system: ma.System) -> None:
    plan = ma.optimise(system.replace(as_today=by_age(system)))
    row = plan.three_numbers().set_index("figure").loc["over_52"]
    assert row["as_today"] > row["in_order"] >= row["together"]
    assert row["low"] < row["as_today"] < row["high"]
    assert len(cells_of(system)) == len(plan.system.as_today.cells)
