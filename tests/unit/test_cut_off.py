"""Whom unlisted='unreachable' cuts off."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

import mutualaid as ma


def told(ways, by="origin", slots=(5, 5, 5), areas=None):
    """What is said of three trusts of ten, twenty and thirty patients."""
    codes = ["ALD", "BIR", "CED"]
    waiting = pd.DataFrame(
        {"origin": codes, "service": "110", "weeks_waiting": 30, "patients": [10, 20, 30]}
    )
    if areas:
        waiting["area"] = areas
    capacity = pd.DataFrame({"provider": codes, "service": "110", "period": 1, "slots": slots})
    travel = pd.DataFrame(ways, columns=[by, "provider"]).assign(minutes=30.0)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        ma.System(waiting, capacity, travel, periods=1, unlisted="unreachable")
    assert all(one.filename == __file__ for one in found)
    return [str(one.message).removeprefix("unlisted='unreachable': ") for one in found]


ROUND = [("ALD", "BIR"), ("BIR", "CED"), ("CED", "ALD")]


def test_who_has_a_way_out_and_one_in_is_not_cut_off():
    """A ring: everybody can be sent on, and be sent somebody."""
    assert told(ROUND) == []


def test_a_trust_without_ways_is_named_with_its_patients():
    """Cedar is in no row but that of its own."""
    out, away = told([("ALD", "BIR"), ("BIR", "ALD"), ("CED", "CED")])
    assert out.startswith("to 1 provider no way leads")
    assert out.endswith("CED")
    assert "from 1 origin no way leads" in away
    assert away.endswith("30 patients can go nowhere else: CED (30)")


def test_those_with_most_patients_come_first():
    """Only Birch can be reached, and only from Cedar, which is not from where most wait."""
    out, away = told([("CED", "BIR")])
    assert out.endswith("there: ALD, CED")
    assert away.endswith("30 patients can go nowhere else: BIR (20), ALD (10)")


def test_a_way_to_who_has_no_slots_is_none():
    """Birch has none: Alder's patients can go nowhere."""
    assert told(ROUND, slots=(5, 0, 5))[0].endswith("ALD (10)")


def test_areas_are_cut_off_from_all_but_their_own_trust():
    """From the north there is a way to Alder only: Alder's own go nowhere else, Birch's may."""
    ways = [("north", "ALD"), ("south", "ALD"), ("south", "BIR"), ("south", "CED")]
    found = told(ways, by="area", areas=["north", "north", "south"])
    assert found == [
        "from 1 area no way leads to another provider, so that 10 patients can go nowhere else: "
        "north (10)"
    ]


def test_it_is_said_again_only_where_it_may_have_changed():
    """A system with other rooms is asked again, one with the same is not."""
    with pytest.warns(ma.InputWarning, match="no way leads"):
        system = ma.System(
            {"origin": ["ALD"], "service": ["110"], "weeks_waiting": [3], "patients": [2]},
            {"provider": ["ALD", "BIR"], "service": "110", "period": 1, "slots": 4},
            {"origin": ["BIR"], "provider": ["ALD"], "minutes": [9.0]},
            periods=1,
            unlisted="unreachable",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        system.replace(accepts=None)
    with pytest.warns(ma.InputWarning, match="no way leads"):
        system.replace(travel=system.travel)
