"""The arithmetic of a replay, against whoever does it patient by patient."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.simulation import (
    LongestFirst,
    NearestFirst,
    Noise,
    Observation,
    StableMatching,
    ask,
    replay,
)
from mutualaid.simulation.confidence import half_width, student
from mutualaid.simulation.deferred_acceptance import in_turn, stable
from mutualaid.simulation.matching_counts import allocate_in_order, before, fill
from mutualaid.simulation.observation import context_of
from mutualaid.simulation.plan_again import share_of
from mutualaid.simulation.plan_policies import follow
from mutualaid.simulation.schedule import schedule_of


def whole(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_29_percent_of_a_hundred_patients_are_29():
    """In floating point 100 times 0.29 is a little less; so are 58 % of 50, and 70 % of 90."""
    assert 100 * 0.29 < 29
    for hundredths in range(101):
        assert share_of(whole(100), hundredths / 100).tolist() == [hundredths]
    assert share_of(whole(50), 0.58).tolist() == [29]
    assert share_of(whole(90), 0.7).tolist() == [63]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.29, 0.5, 0.67, 0.999, 1.0])
def test_a_share_of_many_lots_is_a_share_of_all_of_them(share):
    """Lots of one and two patients would never give anybody if each were rounded by itself."""
    lots = np.random.default_rng(2).integers(0, 4, 500)
    part = share_of(lots, share)
    assert ((part >= 0) & (part <= lots)).all()
    exact = np.cumsum(lots).astype(object) * Fraction(str(share))
    assert max(abs(exact - np.cumsum(part).astype(object))) <= Fraction(1, 2)


def offered(places, acceptance, filling, people=500, *, declined=0, home=0, nobody_named=0):
    """How many of Alder's patients are asked for so many places at Birch.

    Some have declined before; some are to be treated at home first; and for some further places
    nobody has been named.
    """
    waiting = two_trusts().waiting_list.assign(patients=people)
    plan = ma.optimise(two_trusts(waiting=waiting, slots=(0, people)))
    frame = plan.model.frame
    observation = Observation(
        context=context_of(plan, acceptance),
        period=1,
        unasked=whole(people),
        asked_once=whole(0),
        declined=whole(declined),
        held=whole(0, 0),
    )
    lane = np.flatnonzero(frame.lanes.away)
    short = frame.lanes.away * nobody_named if nobody_named else None
    decision = ask(observation, whole(0), lane, whole(places), filling, whole(home), short=short)
    assert (decision.lane == lane).all()
    assert decision.asked[0] == places
    return int(decision.asked.sum())


def test_as_many_are_asked_as_fill_the_places_on_average():
    """One over the acceptance for each; half as eagerly, its root; not at all, one for each."""
    assert offered(10, 0.5, 1.0) == 20
    assert offered(10, 0.25, 0.5) == 20
    assert offered(10, 0.5, 0.0) == 10
    assert offered(29, 0.29, 1.0) == 100
    # 1.49 and 4.48 are rounded to the nearest.
    assert [offered(n, 0.67, 1.0) for n in (1, 2, 3)] == [1, 3, 4]
    assert offered(400, 0.5, 1.0, people=500) == 500


def test_who_is_to_be_treated_at_home_is_not_asked_instead():
    """Of six one is named; three are due at home, of whom two have declined and are not the six."""
    assert offered(1, 0.1, 1.0, people=6) == 6
    assert offered(1, 0.1, 1.0, people=6, home=3) == 3
    assert offered(1, 0.1, 1.0, people=6, home=3, declined=2) == 5
    assert offered(1, 0.1, 1.0, people=6, home=1, declined=2) == 6
    assert offered(5, 0.1, 1.0, people=6) == 6


def test_others_are_asked_for_places_for_which_nobody_is_named():
    """Two places without a name beside one with: six are asked at an acceptance of a half."""
    assert offered(1, 0.5, 1.0, nobody_named=2) == 6
    assert offered(0, 0.5, 1.0, nobody_named=3) == 6
    assert offered(1, 0.5, 0.0, nobody_named=2) == 3


def test_nobody_is_asked_where_none_of_a_lot_are():
    """A policy may name a lot and ask none of it: it asks for nothing that is not allowed."""

    class Idle:
        name = "idle"

        def decide(self, observation):
            lane = np.flatnonzero(observation.frame.lanes.away)
            return ask(observation, whole(0), lane, whole(0), 0, whole(0))

    runs = replay(ma.optimise(two_trusts()), [Idle()], Noise.none(), [0], hindsight=False).runs
    assert runs[["asked", "moves", "list_size"]].to_numpy().tolist() == [[0, 0, 4]]


def followed(unasked, declined=(0, 0), filling=0.0):
    """Who is asked of each lot, and who comes first at home, where a plan is followed.

    Six of Alder's have waited forty weeks and six ten; the plan moves four of the first to Birch
    and treats the other two at home.
    """
    waiting = pd.concat(
        [two_trusts().waiting_list, two_trusts().waiting_list.assign(weeks_waiting=10)]
    )
    plan = ma.optimise(two_trusts(waiting=waiting))
    frame = plan.model.frame
    schedule = schedule_of(plan.model, plan.outcome)
    assert frame.queues.lot_weeks.tolist() == [40, 10]
    assert sorted(schedule.patients.tolist()) == [2, 4]
    observation = Observation(
        context=context_of(plan, 0.5),
        period=1,
        unasked=whole(*unasked),
        asked_once=whole(0, 0),
        declined=whole(*declined),
        held=whole(0, 0),
    )
    decision = follow(schedule, observation, filling)
    assert frame.lanes.away[decision.lane].all()
    asked = np.bincount(decision.lot, weights=decision.asked, minlength=2)
    return asked.astype(int).tolist(), decision.home.tolist()


def test_a_plan_is_followed_as_far_as_those_are_there_whom_it_names():
    """Four are asked and two are first at home; where some are gone the next are asked instead."""
    assert followed((6, 6)) == ([4, 0], [2, 0])
    assert followed((6, 6), filling=1.0) == ([4, 4], [2, 0])
    assert followed((5, 6)) == ([4, 0], [1, 0])
    assert followed((1, 6)) == ([1, 3], [0, 0])
    assert followed((0, 2)) == ([0, 2], [0, 0])


def test_who_has_declined_is_first_at_home():
    """Others may still be moved later; who has declined never is."""
    assert followed((6, 6), declined=(1, 0)) == ([4, 0], [2, 0])
    assert followed((4, 6), declined=(1, 0)) == ([4, 0], [1, 0])
    assert followed((4, 6), declined=(3, 0)) == ([4, 0], [2, 0])
    assert followed((0, 0), declined=(3, 1)) == ([0, 0], [2, 0])


def moves_of(policy, alder, birch):
    """How many move, by their weeks at the census, where lists are such: weeks to patients."""
    lists = {"ALD": alder, "BIR": birch}
    waiting = pd.DataFrame(
        [(o, "C_110", week, n) for o, own in lists.items() for week, n in own.items()],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    plan = ma.optimise(two_trusts(waiting=waiting))
    runs = replay(plan, [policy], Noise.none(), [0], hindsight=False).runs
    return int(runs["moves"].iloc[0])


@pytest.mark.parametrize("policy", [NearestFirst(), StableMatching()], ids=lambda p: p.name)
def test_providers_keep_slots_for_their_own_long_waiters(policy):
    """Of Birch's four slots three are kept for who has waited 18 weeks there; not for 17."""
    assert moves_of(policy, {40: 6}, {18: 3}) == 1
    assert moves_of(policy, {40: 6}, {17: 3}) == 4
    assert moves_of(policy, {40: 6}, {18: 3, 17: 9}) == 1
    assert moves_of(policy, {40: 6}, {18: 9}) == 0


@pytest.mark.parametrize("policy", [NearestFirst(), StableMatching()], ids=lambda p: p.name)
def test_only_long_waiters_beyond_their_own_slots_are_asked(policy):
    """Alder has two slots: of three who have waited 18 weeks one is asked, of who has not none."""
    assert moves_of(policy, {18: 3}, {}) == 1
    assert moves_of(policy, {18: 2}, {}) == 0
    assert moves_of(policy, {17: 9}, {}) == 0
    assert moves_of(policy, {18: 3, 17: 9}, {}) == 1
    assert moves_of(type(policy)(weeks=10), {17: 9}, {}) == 4


def test_whoever_has_waited_longest_comes_first_whoevers_they_are():
    """Six slots: Alder's six before Birch's three, but of who has waited as long all at home."""
    assert moves_of(LongestFirst(), {40: 6}, {18: 3}) == 4
    assert moves_of(LongestFirst(), {17: 6}, {18: 3}) == 1
    assert moves_of(LongestFirst(), {17: 6}, {18: 4}) == 0


def one_by_one(count, group):
    """Patients in the order given, each with a row and a group."""
    return [(row, g) for row, (n, g) in enumerate(zip(count, group, strict=True)) for _ in range(n)]


@pytest.mark.parametrize("seed", range(25))
def test_dealing_in_order_is_dealing_one_by_one(seed):
    """Each who wants, in order, takes the first that is left of their group."""
    rng = np.random.default_rng(seed)
    wanted, there = rng.integers(0, 5, 6), rng.integers(0, 5, 5)
    ours, theirs = rng.integers(0, 3, 6), rng.integers(0, 4, 5)
    expected = {}
    left = one_by_one(there, theirs)
    for row, group in one_by_one(wanted, ours):
        match = next((place for place, other in left if other == group), None)
        if match is not None:
            left.remove((match, group))
            expected[row, match] = expected.get((row, match), 0) + 1
    mine, other, count = allocate_in_order(wanted, ours, there, theirs)
    found = dict(zip(zip(mine.tolist(), other.tolist(), strict=True), count.tolist(), strict=True))
    assert found == expected
    assert len(found) == len(count)


@pytest.mark.parametrize("seed", range(10))
def test_places_are_filled_in_order_group_by_group(seed):
    """As many as find room before it is gone."""
    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, 3, 7))
    count, room = rng.integers(0, 4, 7), rng.integers(0, 8, 3)
    left, placed, ahead, seen = room.tolist(), [], [], [0, 0, 0]
    for n, g in zip(count.tolist(), group.tolist(), strict=True):
        ahead.append(seen[g])
        seen[g] += n
        placed.append(min(n, left[g]))
        left[g] -= placed[-1]
    assert before(count, group).tolist() == ahead
    assert fill(count, group, room).tolist() == placed


def gale_shapley(patients, likes, rank, room):
    """Patients one by one ask down their list; a place keeps whom it ranks first."""
    held = {place: [] for place in range(len(room))}
    free = [(lot, 0) for lot, n in enumerate(patients) for _ in range(n)]
    while free:
        lot, asked = free.pop()
        if asked == len(likes[lot]):
            continue
        place = likes[lot][asked]
        held[place].append((rank[lot, place], lot, asked))
        held[place].sort()
        if len(held[place]) > room[place]:
            _, turned, their = held[place].pop()
            free.append((turned, their + 1))
    return {
        (lot, place): sum(1 for _, who, _ in held[place] if who == lot)
        for place in held
        for lot in range(len(patients))
    }


@pytest.mark.parametrize("seed", range(30))
def test_deferred_acceptance_is_that_of_gale_and_shapley(seed):
    """Counts of alike patients end where patients end who ask one by one."""
    rng = np.random.default_rng(seed)
    lots, places = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    patients, room = rng.integers(0, 5, lots), rng.integers(0, 5, places)
    likes = [rng.permutation(places)[: rng.integers(0, places + 1)].tolist() for _ in range(lots)]
    edges = [(lot, place) for lot in range(lots) for place in likes[lot]]
    order = rng.permutation(len(edges))
    rank = {edge: int(order[n]) for n, edge in enumerate(edges)}
    lot, pair = (np.array([e[side] for e in edges], dtype=np.int64) for side in (0, 1))
    given = stable(patients, lot, pair, order.astype(np.int64), room)
    by_hand = gale_shapley(patients.tolist(), likes, rank, room.tolist())
    assert given.tolist() == [by_hand[edge] for edge in edges]


@pytest.mark.parametrize("seed", range(10))
def test_first_come_first_served_is_one_by_one(seed):
    """Way by way, one patient and one place at a time."""
    rng = np.random.default_rng(seed)
    lot, pair = rng.integers(0, 3, 8), rng.integers(0, 3, 8)
    patients, room = rng.integers(0, 6, 3), rng.integers(0, 6, 3)
    waiting, left, expected = patients.tolist(), room.tolist(), []
    for who, where in zip(lot, pair, strict=True):
        expected.append(0)
        while waiting[who] and left[where]:
            waiting[who] -= 1
            left[where] -= 1
            expected[-1] += 1
    assert in_turn(patients, lot, pair, room).tolist() == expected


def density(t, freedom):
    """Student's t, written out."""
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    root = math.sqrt(freedom * math.pi)
    return math.exp(scale) / root * (1 + t * t / freedom) ** (-(freedom + 1) / 2)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 6, 9, 20, 149])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_the_quantile_of_student_holds_as_much_as_is_said(freedom, level):
    """Simpson's rule over the density between both ends."""
    end = student(freedom, level)
    steps = 2000
    width = 2 * end / steps
    weights = [1, *([4, 2] * (steps // 2 - 1)), 4, 1]
    inside = sum(weight * density(-end + n * width, freedom) for n, weight in enumerate(weights))
    assert inside * width / 3 == pytest.approx(level, abs=1e-6)


def test_the_quantile_of_student_where_it_can_be_written_down():
    """One degree of freedom: a tangent. Two: a root. Four: by a cosine (Shaw, 2006)."""
    assert student(1) == pytest.approx(math.tan(math.pi * 0.475), rel=1e-9)
    assert student(2) == pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2)), rel=1e-9)
    inner = 4 * 0.975 * 0.025
    q = math.cos(math.acos(math.sqrt(inner)) / 3) / math.sqrt(inner)
    assert student(4) == pytest.approx(2 * math.sqrt(q - 1), rel=1e-9)


def test_an_interval_is_t_times_the_spread_over_the_root():
    """Column by column, and deeper tables as well; of one seed nothing is known."""
    values = np.random.default_rng(4).normal(5, 2, (7, 3))
    expected = [
        2.446911851 * statistics.stdev(column) / math.sqrt(7) for column in values.T.tolist()
    ]
    assert half_width(values).tolist() == pytest.approx(expected, rel=1e-8)
    deep = half_width(values.reshape(7, 3, 1))
    assert deep.shape == (3, 1)
    assert deep.ravel().tolist() == pytest.approx(expected, rel=1e-8)
    assert half_width(values[:2]).tolist() == pytest.approx(
        [12.7062047 * statistics.stdev(c) / math.sqrt(2) for c in values[:2].T.tolist()], rel=1e-7
    )
    alone = half_width(values[:1])
    assert alone.shape == (3,)
    assert np.isnan(alone).all()


def test_an_interval_holds_the_truth_as_often_as_it_says():
    """Of 4,000 samples of five, 95 % have the true mean within; four standard errors are 1.4 %."""
    samples = np.random.default_rng(6).normal(0, 1, (5, 4000))
    inside = np.abs(samples.mean(axis=0)) <= half_width(samples)
    assert abs(inside.mean() - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)


@pytest.mark.parametrize(
    "policy",
    [
        ma.simulation.NearestFirst,
        ma.simulation.LongestFirst,
        ma.simulation.StableMatching,
        ma.simulation.PlanOnce,
        ma.simulation.Replanned,
    ],
)
@pytest.mark.parametrize("filling", [-0.1, 1.1, "all"])
def test_no_policy_fills_less_than_nothing_or_more_than_everything(policy, filling):
    """A share of what is free is between none and all."""
    with pytest.raises(ma.InputError, match="filling"):
        policy(filling=filling)
