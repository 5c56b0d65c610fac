"""The network of two trusts, worked out by hand: every arc, what it carries and what it costs.

Alder has six patients at 40 weeks and two slots a period, Birch four slots, half an hour away. A
period has four weeks; a week waited counts one harm-week, a move half of one, and an hour on the
road one, so that a move costs 1. Who is untreated at the end waits another two weeks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.model.arcs import Kind
from mutualaid.model.build import build_frame, build_model
from mutualaid.model.linear_terms import moves, travel, waiting
from mutualaid.model.variable_names import arc_table

PLAIN = {"harm": ma.harm.person_weeks(), "tail_weeks": 2}
LATER = pd.DataFrame(
    {
        "origin": ["ALD", "ALD"],
        "service": "C_110",
        "period": [2, 2],
        "patients": [3, 1],
        "weeks_waiting": [0, 50],
    }
)


def built(system, *, formulation="auto", marks=(), moves=True, **rules):
    frame = build_frame(system, ma.Policy(**{**PLAIN, **rules}))
    return build_model(frame, formulation=formulation, marks=marks, moves=moves)


def arcs(model, *kinds):
    """What arcs of these kinds are: kind, provider, period, patients, harm-weeks, tie, weeks."""
    table = arc_table(model).assign(tie=model.network.tie, weeks=model.means.weeks)
    table = table[table["kind"].isin(kinds)]
    columns = ["kind", "provider", "period", "upper", "cost", "tie", "weeks"]
    return sorted(table[columns].itertuples(index=False, name=None))


def goes(model, kind, period):
    """From which node to which the only arc of a kind in a period goes."""
    means = model.means
    (arc,) = np.flatnonzero((means.kind == kind) & (means.period == period))
    return int(model.network.tail[arc]), int(model.network.head[arc])


TREATED = [
    ("treat", "ALD", 1, 6, 0.0, 0, -1),
    ("treat", "ALD", 2, 6, 0.0, 0, -1),
    ("treat", "BIR", 1, 6, 1.0, 1, -1),
    ("treat", "BIR", 2, 6, 1.0, 1, -1),
]
SLOTS = [
    ("slots", "ALD", 1, 2, 0.0, 0, -1),
    ("slots", "ALD", 2, 2, 0.0, 0, -1),
    ("slots", "BIR", 1, 4, 0.0, 0, -1),
    ("slots", "BIR", 2, 4, 0.0, 0, -1),
]


def test_a_chain_of_two_periods():
    """Whoever waits through period 1 bears four weeks, through period 2 four and the tail's two."""
    model = built(two_trusts(periods=2))
    assert model.chain.tolist() == [True]
    assert arcs(model, "treat") == TREATED
    assert arcs(model, "slots") == SLOTS
    assert arcs(model, "wait") == [("wait", "", 1, 6, 4.0, 0, 44), ("wait", "", 2, 6, 6.0, 0, 48)]
    assert model.network.arcs == 10
    assert sorted(model.network.supply.tolist()) == [-6, 0, 0, 0, 0, 0, 6]


def test_who_waits_is_on_the_list_of_the_next_period_and_at_the_end_leaves():
    model = built(two_trusts(periods=2))
    first, last = goes(model, Kind.WAIT, 1), goes(model, Kind.WAIT, 2)
    assert model.network.supply[first[0]] == 6
    assert first[1] == last[0]
    assert model.network.supply[last[1]] == -6


def test_who_may_not_move_yet_is_treated_at_home():
    """At 40 weeks nobody may move from 44 on; a period later they may."""
    model = built(two_trusts(periods=2), min_weeks_to_move=44)
    assert model.chain.tolist() == [False]
    assert arcs(model, "direct", "release") == [
        ("direct", "", 1, 6, 0.0, 0, -1),
        ("release", "", 2, 6, 0.0, 0, -1),
    ]
    assert arcs(model, "wait") == [("wait", "", 1, 6, 4.0, 0, 44), ("wait", "", 2, 6, 6.0, 0, 48)]
    assert arcs(model, "treat") == TREATED


def test_a_wait_is_long_enough_on_the_week():
    assert built(two_trusts(periods=2), min_weeks_to_move=40).chain.tolist() == [True]
    assert built(two_trusts(periods=2), min_weeks_to_move=41).chain.tolist() == [False]


def test_lots_age_on_their_own_where_they_are_told_to():
    model = built(two_trusts(periods=2), formulation="ageing")
    assert arcs(model, "direct", "release") == [
        ("release", "", 1, 6, 0.0, 0, -1),
        ("release", "", 2, 6, 0.0, 0, -1),
    ]


def test_who_joins_with_weeks_on_the_clock_has_a_strand_apart():
    """Four join in period 2, one of whom has waited longer than all: they stand on their own."""
    model = built(two_trusts(periods=2, referrals=LATER))
    assert arcs(model, "release") == [
        ("release", "", 1, 6, 0.0, 0, -1),
        ("release", "", 2, 4, 0.0, 0, -1),
        ("release", "", 2, 6, 0.0, 0, -1),
    ]
    assert arcs(model, "wait") == [
        ("wait", "", 1, 6, 4.0, 0, 44),
        ("wait", "", 2, 4, 6.0, 0, 4),
        ("wait", "", 2, 6, 6.0, 0, 48),
    ]
    # All ten may be treated in period 2, and six in period 1.
    assert arcs(model, "treat") == [
        ("treat", "ALD", 1, 6, 0.0, 0, -1),
        ("treat", "ALD", 2, 10, 0.0, 0, -1),
        ("treat", "BIR", 1, 6, 1.0, 1, -1),
        ("treat", "BIR", 2, 10, 1.0, 1, -1),
    ]
    assert sorted(model.network.supply.tolist()) == [-10, 0, 0, 0, 0, 0, 0, 0, 4, 6]


def test_a_mark_tells_apart_who_has_waited_so_long():
    """When period 2 ends one has waited 54 weeks and three 4: a mark at 54 has one above it."""
    system = two_trusts(periods=2, referrals=LATER)
    for weeks, over in ((54, 1), (55, 0), (48, 7), (49, 1), (4, 10), (5, 7)):
        model = built(system, marks=[(2, weeks)])
        term = waiting(model, 2, weeks)
        assert int(model.network.capacity[term.arc].sum()) == over


def test_a_mark_of_another_period_changes_nothing():
    assert built(two_trusts(periods=2, referrals=LATER), marks=[(3, 54)]).network.arcs == (
        built(two_trusts(periods=2, referrals=LATER)).network.arcs
    )


def test_nobody_moves_before_there_is_notice():
    """Four weeks' notice shut period 1; five shut period 2, too."""
    assert [arc[2] for arc in arcs(built(two_trusts(periods=2), notice_weeks=4), "treat")] == [
        1,
        2,
        2,
    ]
    model = built(two_trusts(periods=2), notice_weeks=5)
    assert {arc[1] for arc in arcs(model, "treat")} == {"ALD"}


def test_without_moves_nobody_is_treated_away():
    model = built(two_trusts(periods=2), moves=False)
    assert arcs(model, "treat") == TREATED[:2]
    assert len(model.lanes) == 1


def test_a_period_without_slots_has_no_arc_for_them():
    model = built(two_trusts(periods=1, slots=(0, 4)))
    assert arcs(model, "treat", "slots") == [
        ("slots", "BIR", 1, 4, 0.0, 0, -1),
        ("treat", "BIR", 1, 6, 1.0, 1, -1),
    ]


def test_who_may_not_move_and_has_no_slots_at_home_waits():
    model = built(two_trusts(periods=2, slots=(0, 4)), min_weeks_to_move=44)
    assert arcs(model, "direct", "release") == [("release", "", 2, 6, 0.0, 0, -1)]


def test_each_service_is_a_component_of_its_own():
    waiting_list = pd.DataFrame(
        {
            "origin": ["ALD", "ALD"],
            "service": ["C_110", "C_120"],
            "weeks_waiting": [40, 10],
            "patients": [6, 5],
        }
    )
    capacity = pd.DataFrame(
        [(p, s, 1, 3) for p in ("ALD", "BIR") for s in ("C_110", "C_120")],
        columns=["provider", "service", "period", "slots"],
    )
    travel_times = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30.0, 30.0]}
    )
    network = built(ma.System(waiting_list, capacity, travel_times, periods=1)).network
    assert network.components == 2
    assert np.diff(network.arc_start).tolist() == [5, 5]
    assert [int(network.component(k).supply.max()) for k in (0, 1)] == [6, 5]


def test_terms_count_moves_minutes_and_who_waits():
    model = built(two_trusts(periods=2))
    flow = np.zeros(model.network.arcs, dtype=np.int64)
    means = model.means
    flow[(means.kind == Kind.TREAT) & (means.period == 1)] = [2, 3]
    flow[means.kind == Kind.WAIT] = [1, 1]
    one = np.zeros(1, dtype=np.int64)
    assert moves(model).by(one, 1, flow).tolist() == [3]
    assert travel(model).by(one, 1, flow).tolist() == [3 * 30_000]
    assert waiting(model, 2).by(one, 1, flow).tolist() == [1]
    assert waiting(model, 1, 44).by(one, 1, flow).tolist() == [1]
    assert waiting(model, 1, 45).by(one, 1, flow).tolist() == [0]


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_names_say_who_is_where_and_when(formulation):
    names = arc_table(built(two_trusts(periods=1), formulation=formulation))["name"].tolist()
    told = "harm_6000" if formulation == "chain" else "from_40_weeks"
    released = [] if formulation == "chain" else ["release_ALD_C_110_from_40_weeks_t1"]
    assert sorted(names) == sorted(
        [
            "slots_ALD_C_110_t1",
            "slots_BIR_C_110_t1",
            "treat_ALD_C_110_at_ALD_t1",
            "treat_ALD_C_110_at_BIR_t1",
            f"wait_ALD_C_110_{told}_t1",
            *released,
        ]
    )
