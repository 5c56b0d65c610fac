"""Distance is a column of its own: limits in miles are checked in miles, and in nothing else."""

from __future__ import annotations

import tomllib
import warnings

import numpy as np
import pandas as pd
import pytest
from listed import PLAIN, people, plan_for, rows, sent, trusts

import mutualaid as ma
from mutualaid.audit import plan_audit
from mutualaid.cli.scenario.from_options import Asked

NONE = {"max_minutes": np.inf}


@pytest.mark.parametrize(("limit", "expected"), [(70, {"Ann": "BIR"}), (69.9, {}), (50, {})])
def test_nobody_is_sent_further_than_so_many_miles(limit, expected):
    """Birch is 70 miles away, 75 minutes by motorway."""
    far = {"minutes": 75.0, "miles": 70.0}
    assert sent(people(), {"max_minutes": 120, "max_miles": limit}, **far) == expected


def test_a_short_way_that_takes_long_is_within_the_limit_in_miles():
    """And a limit in minutes holds besides, in minutes."""
    lane = {"minutes": 200.0, "miles": 9.0}
    assert sent(people(), {"max_minutes": np.inf, "max_miles": 10}, **lane) == {"Ann": "BIR"}
    assert sent(people(), {"max_minutes": 199, "max_miles": 10}, **lane) == {}


def test_who_agreed_to_go_fifty_miles_is_not_sent_seventy():
    """Read from the words of the extract, planned for, and audited."""
    extract = pd.DataFrame(
        {
            "patient_id": ["a", "b"],
            "provider": "ALD",
            "treatment_function_code": "110",
            "referral_to_treatment_period_start_date": "2025-01-02",
            "procedure_priority_code": "P4",
            "willing_to_travel": ["50 miles", "100 miles"],
            "consent_to_transfer": "yes",
            "age": 60,
        }
    )
    listed = ma.read_waiting_list(extract, census="2026-01-31")
    system = trusts(listed, minutes=75.0, miles=70.0, periods=2)
    for policy in (ma.Policy.pidmas(100), ma.Policy(max_minutes=120)):
        plan = ma.optimise(system, policy)
        named = plan.patients(listed)
        assert named.loc[named["decision"] == "offer", "patient_id"].tolist() == ["b"]
        assert plan.violations().empty
    assert ma.optimise(system, ma.Policy.pidmas(50)).moves.empty


@pytest.mark.parametrize("miles", [None, np.nan])
def test_a_limit_that_cannot_be_checked_keeps_patients_where_they_are(miles):
    """And says whom, by how many: no distance is guessed from the minutes."""
    patients = people(weeks_waiting=[40, 41, 42])
    with pytest.warns(ma.InputWarning, match=r"max_miles is 500, and 1 way has no distance.*3 pat"):
        plan = plan_for(patients, {**NONE, "max_miles": 500}, minutes=5.0, miles=miles)
    assert plan.moves.empty
    told = plan.explain("ALD", "C_110", provider="BIR", weeks_waiting=40)
    assert "the way has no distance, so that a limit in miles cannot be checked" in told
    assert "further than the limit in miles" not in told
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(sent(patients, NONE, minutes=5.0, miles=miles)) == 3


def test_only_the_ways_without_a_distance_are_shut():
    """Cedar's distance is known, Birch's is not, though Birch is nearer in time."""
    ways = {("ALD", "BIR"): 5.0, ("ALD", "CED"): 40.0}
    ways |= {(b, a): 30.0 for a, b in ways} | {("BIR", "CED"): 9.0, ("CED", "BIR"): 9.0}
    order = [(a, b) for a in ("ALD", "BIR", "CED") for b in ("ALD", "BIR", "CED") if a != b]
    miles = [{("ALD", "CED"): 20.0}.get(way, np.nan) for way in order]
    given = {"slots": {"ALD": 0, "BIR": 9, "CED": 9}, "minutes": ways, "miles": miles}
    with pytest.warns(ma.InputWarning, match="1 way has no distance"):
        assert sent(people(), {"max_miles": 50}, **given) == {"Ann": "CED"}


def test_a_patients_own_miles_cannot_be_checked_either():
    """Ann set a limit and stays; Bob set none and goes where nobody knows how far it is."""
    patients = people(willing_miles=[500.0, np.inf])
    with pytest.warns(ma.InputWarning, match="1 patient has a limit in miles of their own, and 1"):
        plan = plan_for(patients, minutes=5.0)
    named = plan.patients(patients)
    assert named.loc[named["decision"] == "offer", "patient_id"].tolist() == ["Bob"]
    told = plan.explain("ALD", "C_110", may_go="nowhere", provider="BIR")
    assert "a limit in miles of their own is sent where the way has no distance" in told


def test_own_limits_and_the_policys_hold_together():
    """Whoever is stricter; at 70 miles the way is as long as both allow."""
    patients = people(willing_miles=[np.inf, 70.0, 69.9])
    far = {"minutes": 58.0, "miles": 70.0}
    assert sent(patients, {"max_miles": 70}, **far) == {"Ann": "BIR", "Bob": "BIR"}
    assert sent(patients, {"max_miles": 69}, **far) == {}


@pytest.mark.parametrize(("miles", "words"), [(-1.0, "is below 0"), (1e6, "is over 13,000")])
def test_distances_that_cannot_be_are_refused(miles, words):
    """Metres are no miles."""
    with pytest.raises(ma.InputError, match=rf"travel\.miles: {words}"):
        trusts(people(), miles=miles)


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA])
def test_a_blank_distance_is_one_that_is_not_known(blank):
    """Whatever stands for it."""
    system = trusts(people(), miles=[20.0, blank])
    assert system.travel["miles"].isna().tolist() == [False, True]


def test_plans_say_how_many_miles():
    """Beside the minutes, where the table of ways has them."""
    patients = people()
    plan = plan_for(patients, miles=20.5)
    assert plan.moves[["minutes", "miles"]].to_numpy().tolist() == [[30.0, 20.5]]
    assert plan.patients(patients)["miles"].tolist() == [20.5]
    assert "miles" not in plan_for(patients).moves


def test_the_audit_reads_distances_for_itself():
    """A plan that was made for a longer limit breaks a shorter one."""
    patients = people(weeks_waiting=[40, 41])
    plan = plan_for(patients, {"max_miles": 70}, minutes=59.0, miles=70.0)
    strict = plan.policy.replace(max_miles=69)
    found = plan_audit.violations(plan.system, strict, plan.entries, int(plan.certificate.cost))
    assert found["rule"].tolist() == ["nobody is sent further than so many miles"]
    assert found["amount"].tolist() == [2.0]
    blank = plan.system.replace(travel=plan.system.travel.drop(columns="miles"))
    found = plan_audit.violations(blank, strict, plan.entries, int(plan.certificate.cost))
    assert "nobody is sent further than so many miles" in found["rule"].tolist()


def test_a_new_site_may_have_distances():
    """Without them nobody goes there who has a limit in miles."""
    system = trusts(people(), slots={"ALD": 0, "BIR": 1}, minutes=240.0, miles=200.0)
    hub = {"provider": "HUB", "slots": {"C_110": 9}, "minutes": {"ALD": 45.0}}
    policy = ma.Policy(**PLAIN, max_miles=50)
    for miles, moves in (({"ALD": 40.0}, 1), ({"ALD": 60.0}, 0)):
        other, _ = ma.studies.changes.Site(**hub, miles=miles).apply(system, policy)
        assert len(ma.optimise(other, policy).moves) == moves
    other, _ = ma.studies.changes.Site(**hub).apply(system, policy)
    with pytest.warns(ma.InputWarning, match="no distance"):
        assert ma.optimise(other, policy).moves.empty
    with pytest.raises(ma.InputError, match="miles names BIR, which minutes does not"):
        ma.studies.changes.Site(**hub, miles={"BIR": 3.0})


def test_lists_without_names_have_limits_of_their_own_too():
    """Cohorts that differ in how far they would go."""
    waiting = rows(willing_miles=[10.0, 90.0]).drop(columns="patient_id").assign(patients=[3, 4])
    plan = ma.optimise(trusts(waiting, miles=50.0), ma.Policy(**PLAIN))
    assert plan.moves["patients"].tolist() == [4]
    assert plan.violations().empty


@pytest.mark.parametrize(
    ("miles", "where", "needed"),
    [
        (70.0, "", "70 miles"),
        (np.nan, "ways without a distance", "distances, or no limit in miles"),
    ],
)
@pytest.mark.filterwarnings("ignore:max_miles is 50:mutualaid.InputWarning")
def test_a_limit_in_miles_can_stand_in_the_way_of_a_target(miles, where, needed):
    """How far it would have to be; or that somebody must measure the way."""
    system = trusts(people(), minutes=55.0, miles=miles)
    target = ma.Target(weeks=18, share_within=1.0)
    policy = ma.Policy(**PLAIN, max_miles=50)
    found = ma.studies.obstacles(ma.optimise(system, policy, targets=[target])).set_index("limit")
    assert found.loc["travel", ["where", "now", "needed"]].tolist() == [where, "50 miles", needed]


def test_the_command_line_takes_a_limit_in_miles(tmp_path):
    """Beside the one in minutes; none if none is asked for."""
    given = {"files": (tmp_path / "january.zip",), "sites": tmp_path / "sites.csv"}
    limited = tomllib.loads(Asked(**given, miles=50.0).toml(tmp_path))["policy"]
    assert limited == {"max_minutes": 60.0, "max_miles": 50.0}
    assert ma.Policy(**limited).max_miles == 50
    assert "max_miles" not in tomllib.loads(Asked(**given).toml(tmp_path))["policy"]


@pytest.mark.filterwarnings("ignore:nobody has capacity:mutualaid.InputWarning")
def test_nobody_works_in_a_room_further_away_than_their_patients_may_go():
    """A team of Alder's in a room of Birch's: 10 miles are near enough, 70 are not."""
    rooms = pd.DataFrame({"site": ["BIR"], "period": [1], "slots": [4]})
    team = {"provider": ["ALD"], "service": ["C_110"], "period": [1], "slots": [4]}
    mode = ma.Deep(lend=ma.Estate(rooms=rooms, teams=pd.DataFrame(team)))
    policy = ma.Policy(**PLAIN, max_miles=50)
    for miles, treated in ((10.0, 1), (70.0, 0)):
        system = trusts(people(), slots={"ALD": 0, "BIR": 0}, minutes=59.0, miles=miles)
        assert ma.optimise(system, policy, mode).treatments["patients"].sum() == treated
