"""The smallest agreement that already brings something, then the next: few lanes, nobody loses."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.planning.fewest_lanes import LaneSearch
from mutualaid.solve.interface import Limits

LANE = ["origin", "provider", "service"]
MADE_UP = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)


@pytest.fixture(scope="module")
def rungs():
    """The ladder of three made-up trusts."""
    return ma.ladder(MADE_UP)


@pytest.fixture(scope="module")
def steps(rungs):
    """Three steps on it."""
    return ma.first_steps(rungs, [0.25, 0.5, 0.9])


def lanes_of(steps, step):
    """The lanes of a step."""
    rows = steps.lanes[steps.lanes["step"] == step]
    return set(rows[LANE].itertuples(index=False, name=None))


def test_each_step_brings_what_is_asked_and_is_no_smaller_than_the_one_before(steps):
    """Parts of the gain are reached, on few lanes at first; plans are certified like any other."""
    table = steps.table
    assert table["reached"].all()
    assert (table["saved_share"] >= table["share"]).all()
    assert table["saved"].is_monotonic_increasing
    every = [len(lanes_of(steps, step)) for step in (1, 2, 3)]
    assert every == table["lanes"].tolist()
    assert every[0] < every[2]
    for step, plan in steps.plans.items():
        row = table.set_index("step").loc[step]
        assert plan.violations().empty
        assert row["patients"] == plan.moves["patients"].sum()
        assert row["saved"] == pytest.approx(plan.baseline_objective - plan.objective)


def test_nobody_loses_on_a_promised_figure_in_any_step(steps):
    """Board figures, as the ladder itself promises none: recounted from the tables."""
    assert steps.promised == ma.BOARD_FIGURES
    assert (steps.table["lost"] == 0).all()
    for plan in steps.plans.values():
        now = plan.measures()
        for figure in ("harm_weeks", "over_52", "over_65"):
            assert (now[f"{figure}_after"] <= now[f"{figure}_before"] + 1e-9).all()
        assert (now["share_within_18_after"] >= now["share_within_18_before"] - 1e-12).all()


def test_a_step_opens_lanes_beside_those_that_are_open(steps):
    """What is new is told, and later steps may use what is open."""
    opened: set[tuple[str, ...]] = set()
    for step in steps.table["step"]:
        rows = steps.lanes[steps.lanes["step"] == step]
        new = set(rows.loc[rows["new"].astype(bool), LANE].itertuples(index=False, name=None))
        assert new == lanes_of(steps, step) - opened
        opened |= new
        assert len(new) == steps.table.set_index("step").loc[step, "new_lanes"]


def test_who_has_to_trust_whom_adds_up(steps):
    """A pair is told with what it sends and what comes back."""
    for step, plan in steps.plans.items():
        pairs = steps.trusted[steps.trusted["step"] == step].set_index(LANE[:2])
        sent = plan.moves.astype(dict.fromkeys(LANE, object)).groupby(LANE[:2])["patients"].sum()
        assert pairs["patients"].to_dict() == sent.to_dict()
        assert all(
            row["returned"] == sent.get((provider, origin), 0)
            for (origin, provider), row in pairs.iterrows()
        )
    assert "trusts" in steps.text
    assert repr(steps).startswith("First steps: nobody loses on harm, share_within_18, over_52")
    assert "Part of the gain" in steps._repr_html_()


def test_matched_aid_alone_on_request(rungs):
    """Up to Transactional every step balances, and says so."""
    found = ma.first_steps(rungs, 0.5, up_to="Transactional")
    assert found.table["rung"].tolist() == ["Transactional"]
    assert (found.plans[1].balance()["patients_net"] == 0).all()
    assert "Aid is matched by aid, in patients." in found.text


def test_all_of_the_gain_can_be_asked_for(rungs):
    """The last part is the widest agreement itself."""
    found = ma.first_steps(rungs, [0.5, 1.0])
    assert found.table["saved_share"].iloc[-1] <= 1.0
    assert found.table["saved_share"].iloc[-1] > 0.99
    if not found.table["reached"].iloc[-1]:
        assert "no more can be had" in found.text


def test_the_ladders_own_promises_are_kept_where_it_has_some():
    """A ladder that promises who is over 52 alone is held to that, and to what its rungs add."""
    promise = ma.Promise("over_52")
    found = ma.first_steps(ma.ladder(MADE_UP, promises=[promise]), 0.5)
    assert found.promised == (promise,)
    assert promise in found.plans[1].collaboration.promised


def test_lanes_that_a_policy_forbids_stay_shut():
    """Where only one priority may move to a trust, that is so in each step as well."""
    allowed = [{"provider": "XA1", "priority": "P4"}, {"provider": "XB2"}]
    rungs = ma.ladder(MADE_UP, ma.Policy(allowed_lanes=allowed))
    for plan in ma.first_steps(rungs, [0.3, 0.9]).plans.values():
        moves = plan.moves
        assert set(moves["provider"]) <= {"XA1", "XB2"}
        assert set(moves.loc[moves["provider"] == "XA1", "priority"]) <= {"P4"}


def test_nothing_to_gain_is_no_step():
    """Trusts too far from each other: no rows, and a table with its columns."""
    rungs = ma.ladder(MADE_UP, ma.Policy(max_minutes=0.0))
    found = ma.first_steps(rungs)
    assert found.table.empty
    assert list(found.table.columns[:3]) == ["step", "rung", "share"]
    assert found.plans == {}
    assert "First steps" in found._repr_html_()


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_few_lanes_hold_their_own_against_every_choice_there_is(part):
    """Two services of three trusts, every set of lanes tried: at most one lane more is taken."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
    services = list(system.services)[:2]
    tables = {
        name: system.table(name).loc[lambda rows: rows["service"].isin(services)]
        for name in ("waiting_list", "capacity", "referrals", "removals")
    }
    search = LaneSearch(ma.build(system.replace(**tables), None, ma.Resource()), Limits())
    count = len(search.routes)
    assert 3 <= count <= 12
    least = part * search.most
    fewest = next(
        size
        for size in range(count + 1)
        if any(
            search._solved(np.array(lanes, dtype=np.int64))[0] >= least
            for lanes in itertools.combinations(range(count), size)
        )
    )
    found = search.fewest(least)
    assert found.saved >= least
    assert fewest <= len(found.lanes) <= fewest + 1


def test_what_cannot_be_understood_is_told(rungs):
    """No ladder, shares that do not rise or are out of range, a rung or promise that is none."""
    for share in (0, 1.5, [0.5, 0.25], [], "half", [0.5, 0.5]):
        with pytest.raises(ma.InputError, match="share"):
            ma.first_steps(rungs, share)
    with pytest.raises(ma.InputError, match="ladder"):
        ma.first_steps(pd.DataFrame())
    with pytest.raises(ma.InputError, match="up_to"):
        ma.first_steps(rungs, up_to="Deeper")
    with pytest.raises(ma.InputError, match="promises"):
        ma.first_steps(rungs, promises=["over_52"])
