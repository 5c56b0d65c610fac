"""Rooms that are lent, worked out by hand: what a team and a room hold, and sessions paid for.

Alder's team can do five and nine in two periods, two of them in rooms of its own. Birch lends a
room for seven and three: by sessions of three at 2.5 harm-weeks and of two at a half.
"""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.build import build_frame, build_model

ROOMS = pd.DataFrame({"site": ["BIR", "BIR"], "period": [1, 2], "slots": [7, 3]})
TEAMS = pd.DataFrame(
    {"provider": ["ALD", "ALD"], "service": ["C_110"] * 2, "period": [1, 2], "slots": [5, 9]}
)


def built(**columns):
    estate = ma.Estate(rooms=ROOMS.assign(**columns), teams=TEAMS)
    policy = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2)
    return build_model(build_frame(two_trusts(periods=2), policy, estate))


@pytest.fixture(scope="module")
def model():
    return built(session=[3, 2], price=[2.5, 0.5])


def test_a_lent_room_has_slots_of_its_own_as_far_as_the_team_goes(model):
    """Five of the room's seven in period 1, all three in period 2."""
    slots = model.frame.slots
    assert slots.provider.tolist() == [0, 1, 1]
    assert slots.count.tolist() == [[2, 2], [4, 4], [5, 3]]
    assert slots.room.tolist() == [-1, -1, 0]
    assert slots.position.tolist() == [[0], [1]]
    rooms = model.frame.rooms
    assert rooms.team.tolist() == [-1, -1, 0]
    assert rooms.team_slots[0].tolist() == [[5, 9]]
    assert rooms.room_slots.tolist() == [[7, 3]]
    assert rooms.session.tolist() == [[3, 2]]
    assert rooms.price.tolist() == [[2500, 500]]


def test_the_way_to_a_lent_room_costs_travel_and_is_no_move(model):
    lanes = model.lanes
    assert lanes.home.tolist() == [True, False, False]
    assert lanes.lent.tolist() == [False, True, False]
    assert lanes.away.tolist() == [False, False, True]
    assert lanes.pair.tolist() == [0, 2, 1]
    assert lanes.extra.tolist() == [0, 30, 30]
    assert lanes.cost.tolist() == [0, 500, 1000]


def test_sessions_are_chosen_whole_and_cost_their_price(model):
    """Five patients need two sessions of three, three two sessions of two."""
    name = "sessions at BIR for C_110 of ALD in period"
    assert model.choices == (
        Choice(name=f"{name} 1", most=2, cost=2500),
        Choice(name=f"{name} 2", most=2, cost=500),
    )


def test_rows_hold_the_team_the_room_and_the_sessions(model):
    rows, means = model.network.rows, model.means
    said = {}
    for at, (name, upper) in enumerate(zip(rows.names, rows.upper.tolist(), strict=True)):
        here = slice(rows.start[at], rows.start[at + 1])
        entries = [
            (Kind(means.kind[arc]).name, int(means.pair[arc]), int(means.period[arc]), int(count))
            for arc, count in zip(rows.arc[here], rows.coefficient[here], strict=True)
        ]
        said[name] = entries, upper
    assert said == {
        "team of ALD for C_110 in period 1": ([("SLOTS", 0, 1, 1), ("SLOTS", 2, 1, 1)], 5),
        "team of ALD for C_110 in period 2": ([("SLOTS", 0, 2, 1), ("SLOTS", 2, 2, 1)], 9),
        "room 1 at BIR in period 1": ([("SLOTS", 2, 1, 1)], 7),
        "room 1 at BIR in period 2": ([("SLOTS", 2, 2, 1)], 3),
        "whole sessions at BIR for C_110 of ALD in period 1": (
            [("SLOTS", 2, 1, 1), ("CHOICE", -1, -1, -3)],
            0,
        ),
        "whole sessions at BIR for C_110 of ALD in period 2": (
            [("SLOTS", 2, 2, 1), ("CHOICE", -1, -1, -2)],
            0,
        ),
    }


def test_a_price_without_a_session_is_for_each_slot():
    model = built(price=[2.0, 0.0])
    assert model.frame.rooms.session.tolist() == [[1, 0]]
    assert [(choice.most, choice.cost) for choice in model.choices] == [(5, 2000)]


def test_a_room_without_a_price_is_let_slot_by_slot_for_nothing():
    model = built()
    assert model.choices == ()
    assert model.frame.rooms.session.tolist() == [[0, 0]]
    assert len(model.network.rows) == 4
