"""Targets: kept where they can be, missed by as few as possible, and what stands in the way."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma

HIPS = "C_110"


def test_nobody_over_65_weeks_where_it_can_be_met():
    """Six at 62 weeks, two slots at home: the others move although moving is dear."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": HIPS, "weeks_waiting": [62], "patients": [6]}
    )
    system = two_trusts(waiting=waiting, slots=(2, 4))
    dear = ma.Policy(move_weeks=1000.0)
    assert moved(ma.optimise(system, dear)) == 0
    plan = ma.optimise(system, dear, targets=[ma.Target(weeks=65)])
    assert moved(plan) == 4
    assert plan.targets["met"].all()
    assert ma.studies.obstacles(plan).empty


def test_what_cannot_be_met_is_missed_by_as_few_as_can_be():
    """Six patients and three slots: three over 65 weeks, and the plan says who."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": HIPS, "weeks_waiting": [62], "patients": [6]}
    )
    plan = ma.optimise(
        two_trusts(waiting=waiting, slots=(2, 1)), targets=[ma.Target(weeks=65, patients=1)]
    )
    row = plan.targets.iloc[0]
    assert (row["origin"], row["over"], row["allowed"], row["missed"]) == ("ALD", 3, 1, 2)
    assert not row["met"]
    ways = ma.studies.obstacles(plan).set_index(["limit", "where"])["needed"]
    assert ways["capacity", ""] == "2 slots more"


def test_a_share_within_18_weeks_in_every_trust():
    """Half of each trust's list within 18 weeks: the longest waiters are treated first."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 30, 4), ("ALD", HIPS, 2, 3), ("BIR", HIPS, 30, 4), ("BIR", HIPS, 2, 3)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(waiting=waiting, slots=(1, 1))
    target = ma.Target(weeks=18, share_within=0.5)
    plan = ma.optimise(system, targets=[target])
    table = plan.targets.set_index("origin")
    assert table["over"].tolist() == [3, 3]
    assert table["met"].all()
    assert repr(target) == "Target: 50% within 18 weeks at the end, in each trust"


def test_further_travel_can_stand_in_the_way():
    """Birch has slots, 70 minutes away: the target needs a limit of 70 minutes."""
    plan = ma.optimise(
        two_trusts(slots=(2, 4), minutes=70.0),
        ma.Policy(max_minutes=60),
        targets=[ma.Target(weeks=40)],
    )
    found = ma.studies.obstacles(plan).set_index("limit")
    assert found.loc["travel", "needed"] == "70 minutes"
    assert found.loc["travel", "missed_now"] == 4
    assert found.loc["travel", "missed_then"] == 0


@pytest.mark.parametrize(
    ("policy", "mode", "limit"),
    [
        (ma.Policy(forbidden_lanes=[{"origin": "ALD"}]), ma.Deep(), "lanes"),
        (ma.Policy(min_weeks_to_move=52), ma.Deep(), "lanes"),
        (ma.Policy(max_out=1), ma.Deep(), "caps"),
        (ma.Policy(), ma.Transactional(), "promises"),
    ],
    ids=["forbidden", "too young", "cap", "balance"],
)
def test_each_limit_that_stands_in_the_way_is_named(policy, mode, limit):
    """A lane, a cap, a promise: without it everybody could be treated."""
    plan = ma.optimise(two_trusts(), policy, mode, targets=[ma.Target(weeks=40)])
    found = ma.studies.obstacles(plan).set_index("limit")
    assert found.loc[limit, "missed_then"] == 0
    assert found.loc[limit, "needed"]


def test_targets_come_before_cost_and_objectives_after_targets():
    """Stages say in which order, and how far each is from what it could be."""
    plan = ma.optimise(
        two_trusts(), targets=[ma.Target(weeks=40, patients=2)], objectives=["moves"]
    )
    assert plan.stages["objective"].tolist()[1:] == ["moves", "cost"]
    assert (plan.stages["gap"] == 0).all()
    assert moved(plan) == 2


def test_slack_buys_a_later_objective():
    """Within half more over 52 weeks nobody need move; without slack four must."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": HIPS, "weeks_waiting": [50], "patients": [6]}
    )
    system = two_trusts(waiting=waiting, slots=(2, 2))
    strict = ma.optimise(system, objectives=["over_52", "moves"])
    assert moved(strict) == 2
    loose = ma.optimise(system, objectives=["over_52", "moves"], slack={"over_52": 0.5})
    assert moved(loose) == 1


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"objectives": "harm"}, "write a list"),
        ({"objectives": ["pain"]}, "'pain'"),
        ({"objectives": ["harm", "harm"]}, "twice"),
        ({"objectives": ["harm"], "slack": {"moves": 0.1}}, "name an objective"),
        ({"objectives": ["harm"], "slack": {"harm": -0.1}}, "a share from 0"),
        ({"slack": {"harm": 0.1}}, "name an objective"),
        ({"targets": ["65 weeks"]}, "pass mutualaid.Target"),
        ({"targets": [ma.Target(weeks=65, period=2)]}, "the horizon ends with period 1"),
        ({"targets": [ma.Target(weeks=65, origins=("CED",))]}, "'CED', not in this system"),
        ({"targets": [ma.Target(weeks=65, services=("C_999",))]}, "'C_999', not in this system"),
    ],
    ids=str,
)
def test_orders_and_targets_that_make_no_sense_are_refused(options, what):
    """What is wrong, and what to write."""
    with pytest.raises(ma.InputError, match=what):
        ma.optimise(two_trusts(), **options)


@pytest.mark.parametrize(
    ("options", "column"),
    [
        ({"weeks": -1}, "weeks"),
        ({"weeks": 18.5}, "weeks"),
        ({"weeks": 18, "patients": -1}, "patients"),
        ({"weeks": 18, "share_within": 1.1}, "share_within"),
        ({"weeks": 18, "share_within": 92}, "share_within"),
        ({"weeks": 18, "by": "ward"}, "by"),
        ({"weeks": 18, "period": 0}, "period"),
    ],
    ids=str,
)
def test_a_target_out_of_range_is_refused(options, column):
    """92 is not a share."""
    with pytest.raises(ma.InputError) as caught:
        ma.Target(**options)
    assert caught.value.problems["column"].tolist() == [column]


def test_obstacles_need_a_target():
    """Nothing stands in the way of nothing."""
    with pytest.raises(ma.InputError, match="made without targets"):
        ma.studies.obstacles(ma.optimise(two_trusts()))


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("service", [("", "C_100"), ("", "C_110")]),
        ("trust", [("A", ""), ("B", "")]),
        ("system", [("", "")]),
    ],
)
def test_a_target_is_told_for_what_it_is_set_for(by, rows):
    """Two trusts with two services each: a row for each service, each trust, or one for all."""
    system = ma.System(
        {
            "origin": ["A", "A", "B", "B"],
            "service": ["C_100", "C_110"] * 2,
            "weeks_waiting": [30, 5, 30, 5],
            "patients": [3, 4, 5, 6],
        },
        {
            "provider": ["A", "B"] * 2,
            "service": ["C_100"] * 2 + ["C_110"] * 2,
            "period": 1,
            "slots": 1,
        },
        {"origin": ["A", "B"], "provider": ["B", "A"], "minutes": 20},
        periods=1,
    )
    found = ma.optimise(system, targets=[ma.Target(weeks=18, by=by)]).targets
    assert list(zip(found["origin"], found["service"], strict=True)) == rows
    over = {"service": [6, 0], "trust": [2, 4], "system": [6]}[by]
    assert found["over"].tolist() == over
