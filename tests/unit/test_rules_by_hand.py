"""Rules for where a queue may be sent, each asked of ways one by one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.errors import InputError
from mutualaid.model.build import build_frame, build_model
from mutualaid.model.lanes import Pairs, miles_are_known, within_miles, within_reach
from mutualaid.model.queues import build_queues
from mutualaid.model.variable_names import arc_names

INF, NAN = math.inf, math.nan


def ways(minutes, miles):
    """Ways of Alder's queue to Birch, by minutes and miles."""
    nothing = np.zeros(len(minutes), dtype=np.int64)
    return Pairs(
        queues=build_queues(two_trusts()),
        providers=("ALD", "BIR"),
        queue=nothing,
        provider=nothing + 1,
        minutes=np.array(minutes, dtype=float),
        miles=np.array(miles, dtype=float),
    )


@pytest.mark.parametrize(
    ("limit", "may"), [(30.0, [True, True, False, False]), (INF, [True, True, True, False])]
)
def test_minutes_are_kept_and_an_unknown_way_is_never_taken(limit, may):
    pairs = ways([0, 30, 31, INF], [1, 1, 1, 1])
    assert within_reach(pairs, ma.Policy(max_minutes=limit)).tolist() == may


@pytest.mark.parametrize(
    ("limit", "within", "known"),
    [(10.0, [True, True, False, True], [True] * 3 + [False]), (INF, [True] * 4, [True] * 4)],
)
def test_miles_are_kept_where_they_are_known(limit, within, known):
    pairs, policy = ways([1, 1, 1, 1], [0, 10, 11, NAN]), ma.Policy(max_miles=limit)
    assert within_miles(pairs, policy).tolist() == within
    assert miles_are_known(pairs, policy).tolist() == known


@pytest.mark.parametrize(
    ("weeks", "told"), [(0, "from_0_weeks"), (1, "from_1_weeks"), (12, "from_12_weeks")]
)
def test_lots_are_named_by_the_weeks_that_they_have_waited(weeks, told):
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "weeks_waiting": weeks, "patients": 2}
    )
    frame = build_frame(two_trusts(waiting=waiting), ma.Policy())
    names = arc_names(build_model(frame, formulation="ageing"))
    assert f"wait_ALD_C_110_{told}_t1" in names


def test_a_lot_whose_clock_starts_later_is_named_by_how_much():
    later = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": [2], "patients": [3]})
    frame = build_frame(two_trusts(periods=2, referrals=later), ma.Policy())
    names = arc_names(build_model(frame, formulation="ageing"))
    assert "wait_ALD_C_110_from_minus4_weeks_t2" in names


def test_cancer_is_true_or_false():
    """A word is neither: it would count as true."""
    waiting = pd.DataFrame(
        {
            "origin": ["ALD", "BIR"],
            "service": "C_110",
            "weeks_waiting": 40,
            "patients": 6,
            "cancer": [True, False],
        }
    )
    system = two_trusts(waiting=waiting)
    assert len(build_queues(system, ["cancer"])) == 2
    table = system.waiting_list.assign(cancer=["maybe", "no"])

    class Words:
        """The system, with words in that column."""

        def __getattr__(self, name):
            return table.copy() if name == "waiting_list" else getattr(system, name)

    with pytest.raises(InputError, match="cancer is neither True nor False in 2 rows"):
        build_queues(Words(), ["cancer"])
