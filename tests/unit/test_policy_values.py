"""The policy as a thing to hold: its defaults, its copies, and that it never changes."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma

DEFAULTS = {
    "max_minutes": 60.0,
    "max_miles": np.inf,
    "min_weeks_to_move": 0,
    "weeks_per_hour": 1.0,
    "move_weeks": 0.5,
    "tail_weeks": 13,
    "movable_priorities": ("P3", "P4"),
    "move_mixed_services": False,
    "move_cancer": False,
    "movable_consent": ("yes",),
    "keep_dates_weeks": math.inf,
    "move_transferred": True,
    "adults_only": False,
    "notice_weeks": 0,
    "lead_weeks": 0,
    "min_weeks_saved": 0,
    "forbidden_lanes": None,
    "allowed_lanes": None,
    "max_out": None,
    "max_in": None,
    "max_share_moved": 1.0,
    "max_moves": None,
    "ramp": None,
    "max_lanes": None,
    "min_batch": None,
    "batch_periods": 1,
    "lane_weeks": 0.0,
    "acceptance": None,
    "equity": None,
}
OTHERS = {
    "harm": ma.harm.person_weeks(),
    "max_minutes": 45.5,
    "max_miles": 50.0,
    "min_weeks_to_move": 18,
    "weeks_per_hour": 2.5,
    "move_weeks": 0.0,
    "tail_weeks": 26,
    "movable_priorities": ("P2",),
    "move_mixed_services": True,
    "move_cancer": True,
    "movable_consent": ("yes", "not asked"),
    "keep_dates_weeks": 8.0,
    "move_transferred": False,
    "adults_only": True,
    "notice_weeks": 3,
    "lead_weeks": 0,
    "min_weeks_saved": 4,
    "forbidden_lanes": [{"origin": "RJ1", "provider": "RJ2"}],
    "allowed_lanes": pd.DataFrame({"origin": ["RJ2", None], "service": ["C_110", "C_130"]}),
    "max_out": 5,
    "max_in": {"RJ1": 2, "RJ2": 3},
    "max_share_moved": 0.25,
    "max_moves": 15,
    "ramp": (10, 20),
    "max_lanes": 3,
    "min_batch": 5,
    "batch_periods": 2,
    "lane_weeks": 10.0,
    "acceptance": ma.Acceptance.constant(0.4),
    "equity": ma.Equity(min_gain=0.0),
}
TABLES = ("forbidden_lanes", "allowed_lanes", "max_out", "max_in")


@pytest.fixture
def policy():
    """A policy that differs from the usual one in everything."""
    return ma.Policy(**OTHERS)


def same(one, other, *, but=()):
    """Two policies agree in every part, tables included."""
    for field in dataclasses.fields(ma.Policy):
        if field.name in but:
            continue
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        assert type(mine) is type(theirs)
        if isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, theirs)
        else:
            assert mine == theirs


@pytest.mark.parametrize("name", DEFAULTS)
def test_what_a_policy_says_if_nobody_says_otherwise(name):
    """An hour, half a week for a move, a quarter of a year of tail, P3 and P4."""
    value = getattr(ma.Policy(), name)
    assert value == DEFAULTS[name]
    assert type(value) is type(DEFAULTS[name])


def test_harm_is_that_of_the_milestones_if_nobody_says_otherwise():
    """A week counts once more at 18, 52, 65, 78 and 104 weeks."""
    assert ma.Policy().harm == ma.harm.rtt()
    assert ma.Policy().harm.rate(104) == 6.0


def test_the_list_of_defaults_here_is_complete():
    """Whoever adds a rule to the policy says here what it is by default."""
    names = {field.name for field in dataclasses.fields(ma.Policy)}
    assert names == {"harm", *DEFAULTS} == set(OTHERS)


@pytest.mark.parametrize("name", OTHERS)
def test_a_replaced_part_leaves_every_other_as_it_was(policy, name):
    """Changing one rule keeps the other thirteen, whether numbers or tables."""
    usual = getattr(ma.Policy(), name)
    other = policy.replace(**{name: usual})
    same(other, policy, but=(name,))
    same(other.replace(**{name: OTHERS[name]}), policy)
    assert type(getattr(other, name)) is type(usual)


def test_nothing_replaced_is_the_same_policy(policy):
    """A copy without changes says the same, however often it is copied."""
    same(policy.replace().replace(), policy)


def test_replacing_leaves_the_first_policy_alone(policy):
    """The policy that was copied is not the one that changes."""
    policy.replace(max_minutes=5, max_out=1, forbidden_lanes=None)
    same(policy, ma.Policy(**OTHERS))


def test_what_is_replaced_is_checked(policy):
    """A copy is no way round the checks."""
    with pytest.raises(ma.InputError, match=r"policy\.max_minutes: is -1"):
        policy.replace(max_minutes=-1)
    with pytest.raises(ma.InputError, match=r"policy\.max_in\.patients: is below 0"):
        policy.replace(max_in=-1)


def test_a_rule_that_no_policy_has_cannot_be_replaced(policy):
    """A misspelt rule is an error in the call, not a rule of its own."""
    with pytest.raises(TypeError, match="max_minute"):
        policy.replace(max_minute=30)
    with pytest.raises(TypeError, match="max_minute"):
        ma.Policy(max_minute=30)


def test_rules_are_given_by_name():
    """Nobody has to remember which number comes first."""
    with pytest.raises(TypeError, match="positional"):
        ma.Policy(ma.harm.rtt())


@pytest.mark.parametrize("name", [*OTHERS, "anything"])
def test_a_policy_never_changes(policy, name):
    """No rule of a policy can be set or deleted once it is made."""
    with pytest.raises(AttributeError):
        setattr(policy, name, 1)
    with pytest.raises(AttributeError):
        delattr(policy, name)
    same(policy, ma.Policy(**OTHERS))


@pytest.mark.parametrize("name", TABLES)
def test_changing_a_table_later_does_not_change_the_policy(name):
    """A policy keeps the lanes and caps that it was given, whatever becomes of the table."""
    if name.endswith("lanes"):
        given = pd.DataFrame({"origin": ["RJ1"], "provider": ["RJ2"]}, dtype=object)
    else:
        given = pd.DataFrame({"provider": ["RJ1"], "period": [1], "patients": [3]})
    policy, twin = ma.Policy(**{name: given}), ma.Policy(**{name: given.copy()})
    given.iloc[0, 0] = "R0A"
    same(policy, twin)


def test_changing_a_mapping_later_does_not_change_the_policy():
    """The same holds for lanes and caps that were given as mappings."""
    lane, cap, priorities = {"origin": "RJ1"}, {"RJ1": 3}, ["P3"]
    policy = ma.Policy(forbidden_lanes=[lane], max_out=cap, movable_priorities=priorities)
    lane["origin"], cap["RJ1"] = "RJ2", 99
    priorities.append("P2")
    assert policy.forbidden_lanes["origin"].to_list() == ["RJ1"]
    assert policy.max_out["patients"].to_list() == [3]
    assert policy.movable_priorities == ("P3",)


def test_tables_given_to_a_policy_are_not_changed():
    """Neither lanes nor caps are mended in the caller's own table."""
    lanes = pd.DataFrame({"origin": ["RJ1", None], "provider": [None, "RJ2"]})
    caps = pd.DataFrame({"provider": ["RJ1", None], "patients": [1, 2]})
    before = lanes.copy(), caps.copy()
    ma.Policy(forbidden_lanes=lanes, allowed_lanes=lanes, max_out=caps, max_in=caps)
    pd.testing.assert_frame_equal(lanes, before[0])
    pd.testing.assert_frame_equal(caps, before[1])


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("max_minutes", 30, 30.0),
        ("max_minutes", np.float32(30.5), 30.5),
        ("max_minutes", float("inf"), float("inf")),
        ("min_weeks_to_move", 18.0, 18),
        ("min_weeks_to_move", np.int64(18), 18),
        ("tail_weeks", np.float64(0), 0),
        ("weeks_per_hour", 0, 0.0),
        ("move_weeks", np.int32(1), 1.0),
        ("max_share_moved", 0, 0.0),
        ("max_share_moved", 1, 1.0),
        ("movable_priorities", ["P2", "P3"], ("P2", "P3")),
        ("movable_priorities", (), ()),
        ("ramp", [0, np.int64(3), 3.0], (0, 3, 3)),
        ("max_lanes", 2.0, 2),
    ],
)
def test_numbers_of_any_type_are_welcome(name, given, kept):
    """Whole numbers, numpy's numbers and lists become what the policy keeps."""
    value = getattr(ma.Policy(**{name: given}), name)
    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize(
    ("cap", "provider", "period", "patients"),
    [
        (5, [None], [None], [5]),
        (0, [None], [None], [0]),
        (np.int64(5), [None], [None], [5]),
        ({"RJ1": 2, "RJ2": 0}, ["RJ1", "RJ2"], [None, None], [2, 0]),
        (
            pd.DataFrame({"patients": [1, 2], "provider": ["RJ1", None]}, index=[7, 7]),
            ["RJ1", None],
            [None, None],
            [1, 2],
        ),
        (pd.DataFrame({"period": [2, None], "patients": [1, 9]}), [None, None], [2, None], [1, 9]),
    ],
)
def test_a_cap_is_kept_as_a_table(cap, provider, period, patients):
    """A number, a number by trust and a table are all read as provider, period, patients."""
    table = ma.Policy(max_out=cap).max_out
    assert list(table) == ["provider", "period", "patients"]
    assert table.astype(object).where(table.notna(), None).to_numpy().tolist() == [
        list(row) for row in zip(provider, period, patients, strict=True)
    ]


@pytest.mark.parametrize(
    "lanes",
    [
        [{"origin": "RJ1"}, {"provider": "RJ2"}],
        ({"origin": "RJ1"}, {"provider": "RJ2"}),
        pd.DataFrame({"origin": ["RJ1", None], "provider": [None, "RJ2"]}),
        pd.DataFrame({"origin": pd.Categorical(["RJ1", None]), "provider": [pd.NA, "RJ2"]}),
        {"origin": ["RJ1", None], "provider": [None, "RJ2"]},
    ],
)
def test_lanes_are_kept_as_a_table(lanes):
    """A list of mappings and a table are read alike; an absent cell is None."""
    table = ma.Policy(forbidden_lanes=lanes).forbidden_lanes
    assert list(table) == ["origin", "provider"]
    assert table.to_numpy().tolist() == [["RJ1", None], [None, "RJ2"]]


def test_a_policy_travels_to_another_process(policy):
    """A policy that is pickled and read again says the same."""
    same(pickle.loads(pickle.dumps(policy)), policy)
