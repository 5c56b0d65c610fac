"""Replays of any small plan: exact where nothing is random, and valid where much is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracle import lined
from strategies import cases, costly

import mutualaid as ma
from mutualaid.audit import plan_audit
from mutualaid.outcomes.tables import entries
from mutualaid.simulation import Noise, Nothing, PlanOnce, Replanned, replay
from mutualaid.simulation.compare import POLICIES
from mutualaid.simulation.deferred_acceptance import stable
from mutualaid.simulation.observation import context_of
from mutualaid.simulation.restrict_policy import fitting
from mutualaid.simulation.sample_path import draw_sample_path
from mutualaid.simulation.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")


def waiting_costs(plan):
    """Whether each week of waiting costs something: else a plan may as well leave slots empty."""
    return bool((np.diff(plan.model.frame.curves.total, axis=1) > 0).all())


@costly
@given(cases(most_patients=9, side_rows=False))
def test_with_nothing_random_a_replay_does_what_the_plan_says(case):
    """The list is of the plan's size when each period ends, and its harm and cost are the plan's.

    Planned anew every period, the plan costs the same, whichever of several best plans it is.
    """
    plan = ma.optimise(case.system(), case.policy)
    assume(waiting_costs(plan))
    result = replay(plan, [PlanOnce(), Replanned()], Noise.none(), seeds=[0])
    table = result.table.set_index("policy")
    once = result.periods[result.periods["policy"] == "LP once"]
    assert (once["list_size"] == once["plan"]).all()
    assert (once["list_size_ci"].isna()).all()
    assert (table["objective"] == plan.objective).all()
    assert table.loc["LP once", "harm_weeks"] == plan.harm_weeks
    assert table.loc["LP once", "moves"] == plan.moves["patients"].sum()


@costly
@given(cases(most_patients=9, side_rows=False))
def test_with_nothing_random_doing_nothing_is_independent(case):
    """The lists are of the same size; who is treated first at home may be another, at a cost.

    There is none where there is one curve of harm and its rate never falls.
    """
    plan = ma.optimise(case.system(), case.policy, ma.Independent())
    assume(waiting_costs(plan))
    result = replay(plan, [Nothing()], Noise.none(), seeds=[0], hindsight=False)
    nothing = result.table.set_index("policy").loc["nothing"]
    assert (result.periods["list_size"] == result.periods["plan"]).all()
    assert nothing["objective"] >= plan.objective
    curves = plan.model.frame.curves
    if curves.never_falls().all() and len(curves.total) == 1:
        assert nothing["objective"] == plan.objective


noises = st.builds(
    Noise,
    referrals=st.sampled_from([None, 0.0, 0.5]),
    removals=st.booleans(),
    cancelled=st.sampled_from([0.0, 0.3]),
    capacity=st.sampled_from([0.0, 0.5]),
    acceptance=st.sampled_from([0.2, 0.67, 1.0]),
)


@costly
@given(cases(most_patients=9, side_rows=False), noises, st.integers(0, 2**32))
def test_every_replay_would_pass_the_audit_of_a_plan(case, noise, seed):
    """Nobody is lost, invented or moved against the rules, and no provider treats beyond its slots.

    Its harm is counted anew from who is treated when. And nobody beats hindsight.
    """
    plan = ma.optimise(case.system(), case.policy)
    frame = plan.model.frame
    context = context_of(plan, noise.acceptance)
    sample = draw_sample_path(frame, noise, seed)
    best = ma.optimise(sample.system, fitting(case.policy, sample.system))
    for policy in POLICIES:
        run = simulate(context, sample, policy)
        table = entries(plan.model, run.outcome)
        cost = run.harm + int(table["cost"].sum())
        broken = plan_audit.violations(sample.system, case.policy, table, cost)
        assert broken.empty, policy.name
        assert table["patients"].sum() == sample.patients.sum()
        assert int(table["cost"].sum()) <= run.cost
        assert run.harm + run.cost >= best.certificate.cost
        assert run.moves <= run.asked
        assert run.late_harm >= 0
        _no_slot_is_wasted(sample, table)


def _no_slot_is_wasted(sample, table):
    """Where a slot stays empty, nobody waits who is treated there at home later on."""
    keys = ["provider", *lined(sample.system.capacity), "period"]
    slots = sample.system.capacity.astype(dict.fromkeys(keys[:-1], str)).groupby(keys)["slots"]
    own = table[~table["moved"] & (table["period"] <= sample.system.periods)]
    for (*place, period), there in slots.sum().items():
        here = table[(table[keys[:-1]] == place).all(axis=1)]
        if here.loc[here["period"] == period, "patients"].sum() < there:
            later = own[(own[keys[:-1]] == place).all(axis=1)]
            assert not ((later["referred"] <= period) & (later["period"] > period)).any()


@st.composite
def matchings(draw):
    """Lots with preferences over places, and places with ranks of lots."""
    lots, pairs = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    likes = [draw(st.permutations(range(pairs))) for _ in range(lots)]
    kept = [draw(st.integers(0, pairs)) for _ in range(lots)]
    edges = [(lot, pair) for lot in range(lots) for pair in likes[lot][: kept[lot]]]
    order = draw(st.permutations(range(len(edges))))
    count = st.integers(0, 4)
    patients = [draw(count) for _ in range(lots)]
    room = [draw(count) for _ in range(pairs)]
    lot = np.array([edge[0] for edge in edges], dtype=np.int64)
    pair = np.array([edge[1] for edge in edges], dtype=np.int64)
    return np.array(patients), lot, pair, np.array(order, dtype=np.int64), np.array(room)


@given(matchings())
def test_a_stable_matching_is_stable(case):
    """No patient and place would rather have each other than what they have."""
    patients, lot, pair, rank, room = case
    given_ = stable(patients, lot, pair, rank, room)
    used = np.zeros_like(room)
    np.add.at(used, pair, given_)
    matched = np.zeros_like(patients)
    np.add.at(matched, lot, given_)
    assert (given_ >= 0).all()
    assert (used <= room).all()
    assert (matched <= patients).all()
    for edge in range(len(lot)):
        mine = np.flatnonzero(lot == lot[edge])
        # Who of this lot has nothing, or something that they like less than this?
        envious = patients[lot[edge]] - matched[lot[edge]] + given_[mine[mine > edge]].sum()
        theirs = np.flatnonzero((pair == pair[edge]) & (rank > rank[edge]))
        would = room[pair[edge]] - used[pair[edge]] + given_[theirs].sum()
        assert not (envious > 0 and would > 0)
