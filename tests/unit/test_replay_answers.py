"""Who says yes in a replay: by the curve, twice at the most, and the same under every policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.simulation import (
    LongestFirst,
    NearestFirst,
    Noise,
    Nothing,
    PlanOnce,
    Replanned,
    StableMatching,
    ask,
    nobody,
    replay,
)
from mutualaid.simulation.observation import context_of
from mutualaid.simulation.sample_path import draw_sample_path
from mutualaid.simulation.simulate import simulate

MOVERS = (NearestFirst(), LongestFirst(), StableMatching(), PlanOnce(), Replanned())


class Eager:
    """Asks everybody who may be asked, in every period, for the first lane that is open."""

    name = "eager"

    def __init__(self):
        self.seen = []

    def decide(self, observation):
        self.seen.append(observation)
        lots = np.flatnonzero(observation.movable > 0)
        lane = np.flatnonzero(observation.open_lanes)
        if not len(lane):
            return nobody(observation)
        count = observation.movable[lots]
        return ask(
            observation, lots, np.repeat(lane[:1], len(lots)), count, 0, 0 * observation.home
        )


def long_list(patients=200, periods=4):
    """Alder treats nobody, Birch whoever comes."""
    waiting = two_trusts().waiting_list.assign(patients=patients)
    return two_trusts(periods=periods, waiting=waiting, slots=(0, patients))


def test_who_declines_is_asked_once_more_and_then_no_more():
    """Of 200 some 100 say yes at first, some 50 then; the others have declined twice."""
    plan = ma.optimise(long_list(), ma.Policy(lead_weeks=0))
    sample = draw_sample_path(plan.model.frame, Noise.none(), 3)
    eager = Eager()
    run = simulate(context_of(plan, 0.5), sample, eager)
    first, second = (sample.draws < 0.5).astype(int)
    refused = 200 - first.sum()
    # The n-th to be asked again has the n-th number of a second time.
    then = second[:refused].sum()
    assert run.moves == first.sum() + then
    assert run.asked == 200 + refused
    kinds = [
        (int(seen.unasked[0]), int(seen.asked_once[0]), int(seen.declined[0]))
        for seen in eager.seen
    ]
    assert kinds[0] == (200, 0, 0)
    assert kinds[1] == (0, refused, 0)
    assert kinds[2] == kinds[3] == (0, 0, refused - then)


def test_answers_hang_on_what_an_offer_saves_and_how_far_it_is():
    """Alone nobody is treated in four periods: an offer in the last one saves four weeks."""
    plan = ma.optimise(long_list(), ma.Policy(lead_weeks=0))
    rule = ma.Acceptance.from_function(lambda o: np.where(o["weeks_saved"] >= 16, 0.5, 0.1))
    context = context_of(plan, rule)
    lane = np.flatnonzero(plan.model.frame.lanes.away)
    chances = [
        context.answers.chance(plan.model.frame, np.zeros(1, int), lane, period).item()
        for period in (1, 2, 3, 4)
    ]
    # Untreated at the end counts as treated in the fifth period.
    assert chances == [0.5, 0.1, 0.1, 0.1]
    sample = draw_sample_path(plan.model.frame, Noise.none(), 3)
    moves = {name: simulate(context_of(plan, name), sample, Eager()).moves for name in (0.5, 0.1)}
    run = simulate(context, sample, Eager())
    assert moves[0.1] < run.moves < moves[0.5]


def test_the_table_of_offers_has_what_a_curve_may_ask_about():
    """Labels of the queue, the receiver, minutes, weeks waited then and at the census."""
    seen = []

    def watched(offers):
        seen.append(offers)
        return np.ones(len(offers))

    plan = ma.optimise(long_list(periods=2), ma.Policy(lead_weeks=0))
    rule = ma.Acceptance.from_function(watched)
    replay(plan, [PlanOnce()], Noise(acceptance=rule), seeds=[0], hindsight=False)
    row = seen[0].iloc[0]
    assert row[["origin", "provider", "service"]].tolist() == ["ALD", "BIR", "C_110"]
    assert row[["minutes", "extra_minutes", "weeks_waiting"]].tolist() == [30, 30, 40]
    assert row[["weeks_at_treatment", "period", "weeks_saved"]].tolist() == [40, 1, 8]


def test_as_many_are_asked_as_the_moves_of_the_plan_need():
    """A quarter accept: for Birch's four slots sixteen are asked; who is sure to decline is not."""
    waiting = two_trusts().waiting_list.assign(patients=100)
    plan = ma.optimise(two_trusts(waiting=waiting), ma.Policy(lead_weeks=0))
    for share, asked in ((0.25, 16), (1.0, 4), (0.0, 0)):
        noise = Noise(acceptance=ma.Acceptance.constant(share))
        runs = replay(plan, [PlanOnce()], noise, seeds=[0], hindsight=False).runs
        assert runs["asked"].tolist() == [asked]


@pytest.mark.parametrize("policy", MOVERS, ids=lambda policy: policy.name)
def test_a_curve_that_is_the_same_for_all_is_a_probability(policy):
    """By the one or the other the same runs come out."""
    plan = ma.optimise(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))
    runs = [
        replay(plan, [policy], Noise(acceptance=share), seeds=[1, 2], hindsight=False).runs
        for share in (0.6, ma.Acceptance.constant(0.6))
    ]
    pd.testing.assert_frame_equal(*runs)


def test_the_policy_says_how_likely_patients_are_to_accept():
    """Unless the noise does; without either two in three."""
    curve = ma.Acceptance.default()
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    plain, curved = (ma.optimise(system, ma.Policy(acceptance=a)) for a in (None, curve))
    options = {"policies": [Nothing()], "seeds": [0], "hindsight": False}
    assert replay(plain, **options).noise.acceptance == 0.67
    assert replay(curved, **options).noise.acceptance is curve
    assert replay(curved, noise=Noise(acceptance=0.5), **options).noise.acceptance == 0.5
    assert replay(curved, noise=Noise.none(), **options).noise.acceptance == 1.0


def test_a_curve_that_asks_about_what_nobody_knows_is_refused():
    """Before anything is simulated."""
    table = pd.DataFrame({"deprivation": ["1", ""], "probability": [0.2, 0.5]})
    noise = Noise(acceptance=ma.Acceptance.from_table(table))
    with pytest.raises(ma.InputError, match="deprivation, which tells no patients"):
        replay(ma.optimise(two_trusts()), [Nothing()], noise, seeds=[0])


def test_nobody_is_moved_before_notice_and_a_move_is_prepared():
    """Three weeks of notice leave the first of four-week periods to each trust alone."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    for rules in ({"notice_weeks": 3, "lead_weeks": 0}, {"lead_weeks": 3}):
        plan = ma.optimise(system, ma.Policy(**rules))
        sample = draw_sample_path(plan.model.frame, Noise(), 1)
        for policy in MOVERS:
            run = simulate(context_of(plan, 0.6), sample, policy)
            moved = plan.model.frame.lanes.away[np.maximum(run.outcome.lane, 0)]
            assert run.outcome.period[moved & (run.outcome.lane >= 0)].min() == 2, policy.name
