"""Limits that tie queues together: which moves and patients count in which row, and up to what."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.model.build import build_frame, build_model
from mutualaid.model.limits.caps_and_pools import grouped, pool_usage, share_limit, thousandths
from mutualaid.model.network import SAFE


def trusts(**more):
    """Three trusts with six long waiters each, and four slots each, in each of two periods."""
    names = ["ALD", "BIR", "CED"]
    waiting = pd.DataFrame(
        {"origin": names, "service": "C_110", "weeks_waiting": 40, "patients": 6}
    )
    capacity = pd.DataFrame(
        [(p, "C_110", t, 4) for p in names for t in (1, 2)],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        [(o, p, 30.0) for o in names for p in names if o != p],
        columns=["origin", "provider", "minutes"],
    )
    return ma.System(waiting, capacity, travel, periods=2, **more)


def built(system, policy):
    return build_model(build_frame(system, policy))


def limits(system=None, **rules):
    """What each row of a model says, and its limit."""
    rows = built(trusts() if system is None else system, ma.Policy(**rules)).network.rows
    assert (rows.lower == -SAFE).all()
    return dict(zip(rows.names, rows.upper.tolist(), strict=True))


def moves(model, name):
    """(origin, provider, period) of what counts in a row, and how much each patient counts."""
    rows = model.network.rows
    here = slice(*rows.start[rows.names.index(name) :][:2])
    arcs, means, lanes = rows.arc[here], model.means, model.lanes
    trusts_ = model.frame.system.providers
    lane = means.lane[arcs]
    return {
        (
            trusts_[model.frame.queues.origin[lanes.queue[one]]],
            trusts_[lanes.provider[one]],
            int(when),
        ): int(count)
        for one, when, count in zip(lane, means.period[arcs], rows.coefficient[here], strict=True)
    }


def test_a_cap_out_of_a_trust_counts_its_patients_wherever_they_go():
    model = built(trusts(), ma.Policy(max_out=3))
    assert moves(model, "moves out of BIR in period 2") == {
        ("BIR", "ALD", 2): 1,
        ("BIR", "CED", 2): 1,
    }


def test_a_cap_into_a_trust_counts_whoever_comes():
    model = built(trusts(), ma.Policy(max_in=3))
    assert moves(model, "moves into BIR in period 1") == {
        ("ALD", "BIR", 1): 1,
        ("CED", "BIR", 1): 1,
    }


def test_a_cap_for_all_holds_for_each_trust_and_period():
    said = limits(max_out=3)
    assert said == {
        f"moves out of {p} in period {t}": 3 for p in ("ALD", "BIR", "CED") for t in (1, 2)
    }


def test_a_cap_for_one_trust_or_period_overrides_that_for_all():
    cap = pd.DataFrame(
        [
            ("ALD", 2, 1),
            (None, 2, 3),
            ("ALD", None, 2),
            (None, None, 4),
        ],
        columns=["provider", "period", "patients"],
    )
    said = limits(max_in=cap)
    into = {(p, t): said[f"moves into {p} in period {t}"] for p in ("ALD", "BIR") for t in (1, 2)}
    # One for the trust alone overrides one for the period alone; both together override all.
    assert into == {("ALD", 1): 2, ("ALD", 2): 1, ("BIR", 1): 4, ("BIR", 2): 3}


def test_caps_of_several_trusts_are_each_their_own():
    cap = pd.DataFrame(
        [("CED", 1, 1), ("ALD", 2, 2), ("BIR", 1, 3)], columns=["provider", "period", "patients"]
    )
    assert limits(max_out=cap) == {
        "moves out of ALD in period 2": 2,
        "moves out of BIR in period 1": 3,
        "moves out of CED in period 1": 1,
    }


def test_a_cap_that_nothing_can_break_makes_no_row():
    """Twelve patients could come to a trust: a cap of twelve binds nobody, one of eleven may."""
    assert limits(max_in=12) == {}
    assert len(limits(max_in=11)) == 6


def test_a_cap_on_all_moves_and_a_ramp_count_every_move_of_a_period():
    assert limits(ramp=[5, 7]) == {
        "moves in period 1, of all": 5,
        "moves in period 2, of all": 7,
    }
    model = built(trusts(), ma.Policy(max_moves=5))
    assert len(moves(model, "moves in period 2, of all")) == 6
    assert {when for *_, when in moves(model, "moves in period 2, of all")} == {2}


@pytest.mark.parametrize(
    ("patients", "share", "expected"),
    [(30, 0.1, 3), (100, 0.29, 29), (7, 0.5, 3), (10, 0.0, 0), (10, 0.99, 9)],
)
def test_a_share_of_a_queue_is_rounded_down_to_whole_patients(patients, share, expected):
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "weeks_waiting": 40, "patients": patients}
    )
    model = built(two_trusts(waiting=waiting, slots=(2, 4)), ma.Policy())
    policy = ma.Policy(max_share_moved=share)
    assert share_limit(model.frame.queues, policy).tolist() == [expected]


def test_a_share_limits_each_queue_on_its_own():
    waiting = pd.DataFrame(
        {
            "origin": ["ALD", "BIR"],
            "service": "C_110",
            "weeks_waiting": 40,
            "patients": [6, 8],
        }
    )
    assert limits(two_trusts(waiting=waiting), max_share_moved=0.5) == {
        "moves of queue ALD C_110": 3,
        "moves of queue BIR C_110": 4,
    }


def pooled(pools, usage):
    return trusts(pools=pd.DataFrame(pools), usage=pd.DataFrame(usage))


NURSES = {"pool": "nurses", "provider": ["BIR"], "period": [2], "amount": [1.5]}
NEEDED = {"pool": ["nurses"], "service": ["C_110"], "amount": [0.5]}


def test_a_pool_limits_a_trust_that_lists_it_and_no_other():
    """Birch has nurses for three patients in period 2, and, since it lists none, for none in 1."""
    assert limits(pooled(NURSES, NEEDED)) == {
        "pool nurses at BIR in period 1": 0,
        "pool nurses at BIR in period 2": 1500,
    }
    rows = built(pooled(NURSES, NEEDED), ma.Policy()).network.rows
    assert rows.coefficient.tolist() == [500, 500]


def test_a_pool_that_is_enough_for_every_slot_makes_no_row():
    """Four slots need two nurses."""
    enough = NURSES | {"provider": ["BIR"] * 2, "period": [1, 2], "amount": [2.0, 1.999]}
    assert limits(pooled(enough, NEEDED)) == {"pool nurses at BIR in period 2": 1999}


def test_usage_may_differ_by_trust():
    usage = {
        "pool": ["nurses"] * 2,
        "provider": ["BIR", "CED"],
        "service": ["C_110"] * 2,
        "amount": [0.25, 1.0],
    }
    assert pool_usage(pooled(NURSES, usage), "nurses").tolist() == [[0], [250], [1000]]


def test_usage_without_a_trust_holds_for_each():
    assert pool_usage(pooled(NURSES, NEEDED), "nurses").tolist() == [[500], [500], [500]]
    assert pool_usage(pooled(NURSES, NEEDED), "beds").tolist() == [[0], [0], [0]]


def test_nobody_uses_a_pool_where_there_is_none():
    assert pool_usage(trusts(), "nurses").tolist() == [[0], [0], [0]]


def test_amounts_are_kept_to_a_thousandth():
    assert thousandths(pd.Series([0.0004, 0.0006, 1.25])).tolist() == [0, 1, 1250]


def test_entries_of_one_arc_and_row_are_added_up_and_those_that_come_to_nothing_dropped():
    rows = grouped(
        np.array([3, 1, 3, 2, 2, 3]),
        np.array([1, 5, 1, 4, -4, 7]),
        np.array([0, 0, 0, 0, 0, 1]),
        np.array([-2, -3]),
        None,
        ["first", "second"],
    )
    assert rows.start.tolist() == [0, 2, 3]
    assert rows.arc.tolist() == [1, 3, 3]
    assert rows.coefficient.tolist() == [5, 2, 7]
    assert rows.lower.tolist() == [-2, -3]
    assert rows.upper.tolist() == [SAFE, SAFE]


def test_rows_that_are_not_kept_leave_no_entries():
    rows = grouped(
        np.array([0, 1, 2]),
        np.array([1, 1, 1]),
        np.array([0, 1, 2]),
        None,
        np.array([7, 8, 9]),
        ["first", "second", "third"],
        kept=np.array([True, False, True]),
    )
    assert rows.names == ("first", "third")
    assert rows.arc.tolist() == [0, 2]
    assert rows.upper.tolist() == [7, 9]
    assert rows.start.tolist() == [0, 1, 2]


def test_a_row_without_entries_is_still_a_row():
    rows = grouped(np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), None, None, ["idle"])
    assert (len(rows), rows.start.tolist()) == (1, [0, 0])
