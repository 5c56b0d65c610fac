"""A plan on random sample paths, beside simpler policies, worked out by hand where it can be."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.simulation import (
    LongestFirst,
    NearestFirst,
    Noise,
    Nothing,
    Observation,
    PlanOnce,
    Replanned,
    StableMatching,
    ask,
    nobody,
    replay,
)
from mutualaid.simulation.compare import POLICIES
from mutualaid.simulation.confidence import half_width, student
from mutualaid.simulation.deferred_acceptance import stable
from mutualaid.simulation.observation import context_of
from mutualaid.simulation.plan_again import as_observed, planned
from mutualaid.simulation.sample_path import draw_sample_path
from mutualaid.simulation.simulate import simulate

SIMPLE = POLICIES[:4]


def small(**more):
    """A collaborative of three trusts over four periods."""
    return ma.datasets.collaborative(
        trusts=3, areas_per_trust=1, periods=4, services=["C_110", "C_130"], list_size=3_000, **more
    )


@pytest.fixture(scope="module")
def plan():
    """The best plan for the small collaborative."""
    return ma.optimise(small())


def known(plan, acceptance=1.0):
    """What everybody knows from the start."""
    return context_of(plan, acceptance)


def test_with_nothing_random_the_bundled_lists_do_what_the_plans_say():
    """Sixty thousand patients, a year: each list is of the plan's size whenever a period ends."""
    plan = ma.optimise(ma.datasets.collaborative())
    result = replay(plan, [Nothing(), PlanOnce(), Replanned()], Noise.none(), seeds=[0])
    table = result.table.set_index("policy")
    assert (result.periods["list_size"] == result.periods["plan"]).all()
    assert table.loc["LP re-planned", "objective"] == plan.objective
    assert table.loc["LP once", "objective"] == plan.objective
    assert table.loc["LP once", "harm_weeks"] == plan.harm_weeks
    assert table.loc["hindsight", "objective"] == plan.objective
    assert table.loc["nothing", "objective"] == plan.baseline_objective
    whole = plan.measures(by=None).iloc[0]
    for name in ("list_size", "over_18", "over_52", "over_65"):
        assert table.loc["LP once", name] == table.loc["plan", name] == whole[f"{name}_after"]
        assert table.loc["nothing", name] == whole[f"{name}_before"]
    assert table.loc["LP once", "moves"] == plan.moves["patients"].sum()


def test_planning_anew_changes_nothing_where_nothing_is_random(plan):
    """What was best stays best as time goes by, however often one looks."""
    for every in (1, 2, 3):
        result = replay(plan, [Replanned(every=every)], Noise.none(), seeds=[0])
        assert (result.table["objective"] == plan.objective).all()


def test_what_is_observed_on_the_way_costs_what_the_plan_has_left_to_pay(plan):
    """List, referrals and slots as observed when a period starts: all that is still to come."""
    frame, outcome = plan.model.frame, plan.outcome
    queues, curves = frame.queues, frame.curves
    lot, lane, period = outcome.lot, outcome.lane, outcome.period
    ways = np.where(lane >= 0, plan.model.lanes.cost[lane], 0)
    left = {}

    class Watch(PlanOnce):
        def decide(self, observation):
            left[observation.period] = planned(
                as_observed(observation), observation
            ).certificate.cost
            return super().decide(observation)

    simulate(known(plan), draw_sample_path(frame, Noise.none(), 0), Watch())
    for now, cost in left.items():
        first = np.maximum(queues.lot_arrival[lot], now)
        harm = curves.until(queues.lot_queue[lot], queues.lot_weeks[lot], first, period)
        assert cost == ((harm + ways) * outcome.patients)[period >= now].sum()


def test_six_long_waiters_and_four_slots_next_door():
    """Alder treats two of six, and the other four go to Birch: every policy sees that."""
    plan = ma.optimise(two_trusts())
    table = replay(plan, noise=Noise.none(), seeds=[0]).table.set_index("policy")
    assert table.loc["nothing", ["moves", "list_size"]].tolist() == [0, 4]
    for policy in POLICIES[1:]:
        assert table.loc[policy.name, ["moves", "list_size"]].tolist() == [4, 0]
        assert table.loc[policy.name, "travel_minutes"] == 4 * 30
        # Half an hour is half a harm-week, and the move another half: four each.
        assert table.loc[policy.name, "objective"] == 4


def test_treatment_in_the_course_of_a_period_is_late_by_its_weeks():
    """Two slots in four weeks fall in weeks 1 and 3: the second patient waits 2 weeks more."""
    plan = ma.optimise(two_trusts(slots=(2, 0)), ma.Policy(tail_weeks=0))
    row = (
        replay(plan, [Nothing()], Noise.none(), seeds=[0]).table.set_index("policy").loc["nothing"]
    )
    # At 40 weeks and more a week counts two.
    assert row["harm_weeks_by_week"] - row["harm_weeks"] == 2 * 2


def test_who_accepts_but_finds_no_slot_waits_at_the_other_hospital():
    """Birch promised four slots and has one: three wait there, and its own patient behind them."""
    waiting = pd.DataFrame(
        [("ALD", "C_110", 40, 4), ("BIR", "C_110", 3, 1)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    plan = ma.optimise(two_trusts(periods=2, waiting=waiting, slots=(0, 4)))
    context = known(plan)
    sample = draw_sample_path(context.frame, Noise.none(), 0)
    sample.slots[:, 0] = 0
    sample.slots[1, 0, 3] = 1
    observed = []

    class Watch(PlanOnce):
        def decide(self, now):
            observed.append(now)
            return super().decide(now)

    run = simulate(context, sample, Watch())
    assert [now.held.tolist() for now in observed] == [[0, 0], [0, 3]]
    # In the second period the three come first, and then there is room for Birch's own.
    assert run.list_size.tolist() == [4, 0]
    assert run.moves == 4


def test_nobody_is_asked_more_than_twice(plan):
    """Be there ever so many new plans; nor does anybody answer who is not asked."""
    noise = Noise(acceptance=0.3)
    sample = draw_sample_path(plan.model.frame, noise, 5)
    asked = np.zeros(len(sample.patients), dtype=int)

    class Count(Replanned):
        def decide(self, observation):
            decision = super().decide(observation)
            np.add.at(asked, decision.lot, decision.asked)
            return decision

    run = simulate(known(plan, noise.acceptance), sample, Count())
    assert run.asked == asked.sum() > 0
    assert (asked > sample.patients).any()
    assert (asked <= 2 * sample.patients).all()


def test_an_answer_is_each_patients_own(plan):
    """No two patients share one, nor do the two answers of one patient."""
    sample = draw_sample_path(plan.model.frame, Noise(), 2)
    every = np.arange(len(sample.patients))
    likely = np.full(len(every), 0.67)
    for again in (False, True):
        accepting = sample.accepting(every, 0 * every, sample.patients, likely, again=again)
        assert accepting.sum() == (sample.draws[int(again)] < 0.67).sum()
        half = sample.patients // 2
        parts = (
            sample.accepting(every, 0 * half, half, likely, again=again),
            sample.accepting(every, half, sample.patients - half, likely, again=again),
        )
        assert (parts[0] + parts[1] == accepting).all()
    assert abs(np.corrcoef(sample.draws)[0, 1]) < 4 / sample.draws.shape[1] ** 0.5


def test_a_new_plan_knows_who_has_declined():
    """Of six as many may go as would accept, asked once or twice; of who declined twice none."""
    plan = ma.optimise(two_trusts(periods=2, slots=(0, 2)))
    none, six = np.zeros(1, dtype=np.int64), np.full(1, 6)
    cases = (
        (1, six, none, none, 1.0, 4),
        (1, six, none, none, 0.3, 3),
        (1, none, six, none, 0.3, 2),
        (2, six, none, none, 0.15, 1),
        (1, none, none, six, 1.0, 0),
    )
    for period, unasked, asked_once, declined, acceptance, moves in cases:
        observation = Observation(
            context=known(plan, acceptance),
            period=period,
            unasked=unasked,
            asked_once=asked_once,
            declined=declined,
            held=np.zeros(2, dtype=np.int64),
        )
        assert moved(planned(as_observed(observation), observation)) == moves


def test_to_find_who_accepts_all_are_asked():
    """Four of six are expected to accept, for Birch's four slots: it takes asking all six."""
    plan = ma.optimise(two_trusts())
    runs = replay(plan, [Replanned()], seeds=range(5), hindsight=False).runs
    assert (runs["asked"] == 6).all()
    assert runs["moves"].max() > runs["moves"].min()


def test_a_new_plan_leaves_slots_for_who_has_moved_already():
    """Five hold Birch's slots: four now, one next time, when three are left for Alder's."""
    plan = ma.optimise(two_trusts(periods=2, slots=(0, 4)))
    observation = Observation(
        context=known(plan, 0.5),
        period=1,
        unasked=np.full(1, 6),
        asked_once=np.zeros(1, dtype=np.int64),
        declined=np.zeros(1, dtype=np.int64),
        held=np.array([0, 5]),
    )
    birch = as_observed(observation).system.capacity.query("provider == 'BIR'")
    assert birch["slots"].tolist() == [0, 3]
    assert observation.slots.tolist() == [0, 0]


def test_nobody_accepting_comes_to_doing_nothing(plan):
    """With hardly any acceptance the lists are those of who does nothing."""
    noise = Noise(acceptance=1e-12)
    runs = replay(plan, noise=noise, seeds=[3], hindsight=False).runs
    assert (runs["moves"] == 0).all()
    assert (runs["list_size"] == runs["list_size"].iloc[0]).all()
    simple = runs[~runs["policy"].str.startswith("LP")]
    assert (simple["objective"] == simple["objective"].iloc[0]).all()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_no_policy_beats_hindsight(plan, policy):
    """Who knows all that comes, and whom everybody obeys, does best on every path."""
    for noise in (Noise(), Noise(acceptance=1.0)):
        runs = replay(plan, [policy], noise, seeds=range(3)).runs
        both = runs.pivot_table(index="seed", columns="policy", values="objective")
        assert (both["hindsight"] <= both[policy.name]).all()


def test_the_same_seeds_give_the_same_numbers_anywhere(plan):
    """In other processes or threads, in another order: nothing changes."""
    here = replay(plan, seeds=[4, 7], against="nothing")
    for executor in (ProcessPoolExecutor(2), ThreadPoolExecutor(2)):
        with executor:
            there = replay(plan, seeds=[4, 7], against="nothing", executor=executor)
        pd.testing.assert_frame_equal(here.runs, there.runs)
        pd.testing.assert_frame_equal(here.table, there.table)
        pd.testing.assert_frame_equal(here.periods, there.periods)
    back = replay(plan, POLICIES[::-1], seeds=[7, 4], against="nothing")
    keys = ["seed", "policy"]
    pd.testing.assert_frame_equal(
        here.runs.sort_values(keys, ignore_index=True),
        back.runs.sort_values(keys, ignore_index=True),
    )


def test_switching_one_chance_off_leaves_the_others_as_they_were(plan):
    """The same answers and slots come with random referrals and without."""
    frame = plan.model.frame
    with_all, without = (
        draw_sample_path(frame, noise, 9) for noise in (Noise(), Noise(removals=False))
    )
    assert (with_all.slots == without.slots).all()
    assert (with_all.system.referrals["patients"] == without.system.referrals["patients"]).all()
    assert (with_all.removed != without.removed).any()


def test_on_average_as_much_comes_as_is_expected(plan):
    """Over many seeds, referrals, removals, slots and answers are those of the tables."""
    frame, noise = plan.model.frame, Noise(referrals=0.2, cancelled=0.1, capacity=0.1)
    samples = [draw_sample_path(frame, noise, seed) for seed in range(40)]
    system = plan.system
    for name, column in (
        ("referrals", "patients"),
        ("removals", "patients"),
        ("capacity", "slots"),
    ):
        drawn = np.array([[w.system.table(name)[column].sum()] for w in samples], dtype=float)
        assert abs(drawn.mean() - system.table(name)[column].sum()) < 2 * half_width(drawn)[0]
        assert drawn.std() > 0
    accepting = np.array([(w.draws < 0.67).mean() for w in samples])
    assert accepting.mean() == pytest.approx(0.67, abs=0.01)


def test_progress_is_told_seed_by_seed(plan):
    """In the order in which seeds were given."""
    told = []
    result = replay(plan, [Nothing()], seeds=[5, 2], hindsight=False, progress=told.append)
    assert told == [5, 2]
    assert result.against == "nothing"
    assert result.table["policy"].tolist() == ["plan", "nothing"]
    assert (result.periods["period"] == [1, 2, 3, 4]).all()


def test_fewer_long_waits_are_worth_more_than_short_ways(plan):
    """The plan made anew beats nothing by far more than chance."""
    table = replay(plan, seeds=range(8), against="nothing").table.set_index("policy")
    row = table.loc["LP re-planned"]
    assert row["objective_more"] + row["objective_more_ci"] < 0
    assert row["harm_weeks_more"] + row["harm_weeks_more_ci"] < 0
    assert table.loc["nothing", "objective_more"] == 0
    shares = table["best"].drop(["plan", "hindsight"])
    assert shares.sum() >= 1
    assert shares["nothing"] == 0


def test_one_seed_says_nothing_of_the_spread(plan):
    """Then the confidence intervals are missing."""
    table = replay(plan, [Nothing()], seeds=[1]).table
    assert table["objective_ci"].isna().all()


def test_an_interval_is_as_wide_as_tables_of_t_say():
    """From 1 degree of freedom to many."""
    assert [round(student(n), 3) for n in (1, 2, 3, 10, 30)] == [12.706, 4.303, 3.182, 2.228, 2.042]
    assert math.isclose(student(10**5), 1.95998, abs_tol=2e-5)


def test_a_policy_of_ones_own():
    """Anything with a name and a way to decide can be replayed; here every other patient goes."""

    @dataclass(frozen=True)
    class Half:
        name: str = "half"

        def decide(self, observation):
            lane = np.flatnonzero(observation.frame.lanes.away)
            lot = np.flatnonzero(observation.movable > 0)[:1]
            places = observation.movable[lot] // 2
            return ask(observation, lot, lane[: len(lot)], places, 0, nobody(observation).home)

    plan = ma.optimise(two_trusts())
    table = replay(plan, [Half()], Noise.none(), seeds=[0]).table.set_index("policy")
    assert table.loc["half", ["moves", "list_size"]].tolist() == [3, 1]


@pytest.mark.parametrize(
    "ruled", [{"priority": ("P2",)}, {"young": True}, {"home": True}, {"many": True}, {"none": -1}]
)
def test_moves_that_the_rules_do_not_allow_are_refused(ruled):
    """Who may not move, has not waited long enough, stays at home, or is not there at all."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [10], "patients": [6]}
    )
    rules = ma.Policy(min_weeks_to_move=12 if "young" in ruled else 0)

    @dataclass(frozen=True)
    class Bold:
        name: str = "bold"

        def decide(self, observation):
            lanes = observation.frame.lanes
            wanted = lanes.home if "home" in ruled else lanes.away
            lane = np.flatnonzero(wanted)[:1]
            lot = np.zeros(1, dtype=np.int64)
            if "priority" in ruled:
                lane = np.flatnonzero(lanes.queue != observation.frame.queues.lot_queue[0])[:1]
            count = 7 if "many" in ruled else ruled.get("none", 1)
            decision = nobody(observation)
            return type(decision)(lot=lot, lane=lane, asked=np.full(1, count), home=decision.home)

    if "priority" in ruled:
        waiting = pd.concat([waiting.assign(priority="P2"), waiting.assign(priority="P4")])
    plan = ma.optimise(two_trusts(waiting=waiting), rules)
    with pytest.raises(ma.InputError, match="'bold' asks in period 1 for moves"):
        replay(plan, [Bold()], Noise.none(), seeds=[0])


def test_nobody_moves_where_nobody_may():
    """With every lane forbidden no policy asks anybody."""
    rules = ma.Policy(forbidden_lanes=[{"origin": o} for o in small().providers])
    runs = replay(ma.optimise(small(), rules), seeds=[0]).runs
    assert (runs[["moves", "asked"]] == 0).all(axis=None)
    assert (runs["objective"] >= runs.query("policy == 'hindsight'")["objective"].iloc[0]).all()


def test_lanes_of_a_kind_of_patient_of_whom_none_is_left():
    """The last patient of the north is treated, or none comes: the rule for the north rests."""
    waiting = pd.DataFrame(
        [("ALD", "C_110", 40, 6, "south", "a"), ("ALD", "C_110", 60, 2, "north", "b")],
        columns=["origin", "service", "weeks_waiting", "patients", "area", "ward"],
    )
    capacity = pd.DataFrame(
        [(p, "C_110", t, 2) for p in ("ALD", "BIR") for t in (1, 2)],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        [(a, p, 20.0) for a in ("north", "south") for p in ("ALD", "BIR")],
        columns=["area", "provider", "minutes"],
    )
    system = ma.System(waiting, capacity, travel, periods=2)
    for rules in (
        {"forbidden_lanes": [{"ward": "b", "provider": "BIR"}]},
        {"allowed_lanes": [{"ward": "b"}]},
        {"allowed_lanes": [{"ward": "b"}, {"ward": "a", "area": "south"}]},
    ):
        plan = ma.optimise(system, ma.Policy(**rules))
        result = replay(plan, [PlanOnce(), Replanned()], Noise.none(), seeds=[0])
        assert (result.table["objective"] == plan.objective).all()
        random = replay(plan, seeds=range(2))
        assert (random.runs["list_size"] >= 0).all()


def test_weeks_as_periods_and_a_plan_a_month():
    """With periods of a week a new plan every four of them is a plan a month."""
    system = ma.datasets.collaborative(
        trusts=2, areas_per_trust=1, periods=8, period_weeks=1, services=["C_110"], list_size=800
    )
    plan = ma.optimise(system)
    calm = replay(plan, [Replanned(every=4)], Noise.none(), seeds=[0])
    assert (calm.table["objective"] == plan.objective).all()
    by_week = calm.table.set_index("policy").loc["LP re-planned"]
    assert by_week["harm_weeks"] == by_week["harm_weeks_by_week"]
    rough = replay(plan, [Nothing(), Replanned(every=4)], seeds=range(3))
    assert (rough.table.set_index("policy")["objective_more"][["nothing"]] > 0).all()


@pytest.mark.parametrize("mode", [ma.Independent(), ma.Resource(), ma.Transactional(tolerance=5)])
def test_every_way_to_collaborate_can_be_replayed(mode):
    """Where nothing is random its plan is followed to the patient."""
    plan = ma.optimise(small(), collaboration=mode)
    result = replay(plan, [PlanOnce(), Replanned()], Noise.none(), seeds=[0])
    table = result.table.set_index("policy")
    assert table.loc["LP once", "objective"] == plan.objective
    assert table.loc["hindsight", "objective"] <= plan.objective
    assert (result.periods.query("policy == 'LP once'").eval("list_size == plan")).all()


def test_deferred_acceptance_is_that_of_the_textbook():
    """Three lots, two places: who is turned away asks next where they like next best."""
    lot, pair = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0])
    rank = np.array([2, 0, 1, 1, 0])
    given = stable(np.array([2, 2, 2]), lot, pair, rank, np.array([3, 1]))
    # Place 0 keeps lot 2 and one of lot 1; the other asks at place 1, after both of lot 0 did.
    assert given.tolist() == [0, 1, 1, 0, 2]
    # Lot 0 is turned away from place 0 twice, and each time finds room at place 1.
    lot, pair = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 0])
    room = np.array([3, 9, 0])
    given = stable(np.array([4, 2]), lot, pair, np.array([1, 0, 0, 0]), room)
    assert given.tolist() == [1, 3, 0, 2]
    assert stable(np.zeros(0, int), lot[:0], pair[:0], rank[:0], np.ones(1, int)).tolist() == []


@pytest.mark.parametrize(
    ("noise", "told"),
    [
        ({"referrals": -1}, "Noise.referrals"),
        ({"removals": 1}, "Noise.removals"),
        ({"cancelled": 1.0}, "Noise.cancelled"),
        ({"capacity": True}, "Noise.capacity"),
        ({"acceptance": 0}, "Noise.acceptance"),
        ({"acceptance": 1.1, "cancelled": -0.1}, "2 problems"),
        ({"acceptance": math.nan}, "Noise.acceptance"),
    ],
)
def test_noise_out_of_range_is_refused(noise, told):
    """With all that is wrong at once."""
    with pytest.raises(ma.InputError, match=told):
        Noise(**noise)


@pytest.mark.parametrize(
    "make",
    [
        lambda: PlanOnce(filling=2),
        lambda: Replanned(every=0),
        lambda: Replanned(every=1.5, filling=-1),
        lambda: NearestFirst(weeks=-1),
        lambda: StableMatching(weeks="18"),
        lambda: LongestFirst(filling=None),
    ],
)
def test_policies_out_of_range_are_refused(make):
    """A share is a share, and weeks are weeks."""
    with pytest.raises(ma.InputError, match="Remedy"):
        make()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"policies": [Nothing]}, "call it first"),
        ({"policies": [3]}, "has 3"),
        ({"policies": [Nothing(), Nothing()]}, "nothing"),
        ({"policies": []}, "name at least one"),
        ({"noise": 0.5}, "pass a mutualaid.simulation.Noise"),
        ({"seeds": []}, "is empty"),
        ({"seeds": [1, 1]}, "has one twice"),
        ({"seeds": [-1]}, "has -1"),
        ({"seeds": [1.5], "noise": 1}, "2 problems"),
        ({"against": "hindsight"}, "against is 'hindsight'"),
    ],
)
def test_what_a_replay_cannot_use_is_refused(plan, given, told):
    """Before anything is simulated."""
    with pytest.raises(ma.InputError, match=told):
        replay(plan, **given)


def test_a_policy_may_not_be_called_hindsight(plan):
    """That row is no policy's."""

    @dataclass(frozen=True)
    class Prophet:
        name: str = "hindsight"

        def decide(self, observation):
            return nobody(observation)

    with pytest.raises(ma.InputError, match="hindsight"):
        replay(plan, [Prophet()])


def test_what_is_not_replayed_is_said():
    """Pools, caps on moves and lent rooms; and a plan that is none."""
    pools = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "pool": "beds", "period": 1, "amount": [9.0, 9.0]}
    )
    usage = pd.DataFrame({"service": ["C_110"], "pool": "beds", "amount": [1.0]})
    rules = ma.Policy(max_out=3, max_in={"BIR": 2}, max_share_moved=0.5, ramp=[4], max_lanes=1)
    capped = ma.optimise(two_trusts(pools=pools, usage=usage), rules)
    with pytest.raises(ma.InputError, match="6 problems"):
        replay(capped)
    rooms = pd.DataFrame({"site": ["BIR"], "period": [1], "slots": [2]})
    teams = pd.DataFrame({"provider": ["ALD"], "service": ["C_110"], "period": [1], "slots": [2]})
    lent = ma.optimise(two_trusts(), None, ma.Resource(lend=ma.Estate(rooms=rooms, teams=teams)))
    with pytest.raises(ma.InputError, match="lends rooms"):
        replay(lent)
    with pytest.raises(ma.InputError, match=r"pass a mutualaid\.Plan"):
        replay(two_trusts())
