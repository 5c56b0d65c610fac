"""A plan counts on as many patients as can be expected to say yes, each asked at most twice."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pulp
import pytest
from by_patient import PLAIN, WEEKS
from by_patient import systems as small_systems
from hypothesis import given, settings
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.audit import acceptance_audit
from mutualaid.model.limits.asked_twice import ask_limits

PERIODS = 3
WAITS = (60, 40, 20)
WAY = {"B": 30.0, "C": 45.0}


def three_trusts(listed: list[int], slots: list[int]) -> ma.System:
    """One trust with a list, two partners; in sixteens, so that no parts of patients arise."""
    waiting = pd.DataFrame(
        {
            "origin": "A",
            "service": "C_110",
            "weeks_waiting": WAITS,
            "patients": [16 * count for count in listed],
        }
    )
    places = list(itertools.product("ABC", range(1, PERIODS + 1)))
    capacity = pd.DataFrame(places, columns=["provider", "period"]).assign(
        service="C_110", slots=[16 * count for count in slots]
    )
    travel = pd.DataFrame({"origin": "A", "provider": list(WAY), "minutes": WAY.values()})
    return ma.System(waiting, capacity, travel, periods=PERIODS, period_weeks=WEEKS)


systems = st.builds(
    three_trusts,
    st.lists(st.integers(0, 2), min_size=3, max_size=3).filter(any),
    st.lists(st.integers(0, 2), min_size=9, max_size=9).filter(any),
)
shares = st.sampled_from([0.25, 0.5, 1.0])
POLICY = PLAIN.replace(harm=ma.harm.person_weeks(), lead_weeks=0)


def by_provider(chance: dict[str, float]) -> ma.Acceptance:
    rows = [{"provider": name, "probability": share} for name, share in chance.items()]
    return ma.Acceptance.from_table(pd.DataFrame(rows))


def treated_alone(system: ma.System) -> dict[tuple[int, int], int]:
    """How many of each wait the trust treats alone in each period, the longest first."""
    left = dict(zip(WAITS, system.waiting_list["patients"], strict=False))
    slots = system.capacity[system.capacity["provider"] == "A"].set_index("period")["slots"]
    found = {}
    for period in range(1, PERIODS + 1):
        room = int(slots.get(period, 0))
        for weeks in WAITS:
            found[weeks, period] = min(left.get(weeks, 0), room)
            left[weeks] = left.get(weeks, 0) - found[weeks, period]
            room -= found[weeks, period]
    for weeks in WAITS:
        found[weeks, PERIODS + 1] = left.get(weeks, 0)
    return found


def least_by_asks(system: ma.System, chance: dict[str, float]) -> float:
    """The least cost, with first and second asks as variables of their own."""
    lp = pulp.LpProblem("asks", pulp.LpMinimize)
    groups = treated_alone(system)
    slots = {
        (str(row.provider), row.period): int(row.slots)
        for row in system.capacity.itertuples(index=False)
    }
    never = PERIODS * WEEKS + POLICY.tail_weeks
    cost, used = [], {place: [] for place in slots}
    for alone in range(1, PERIODS + 2):
        moved = {way: [] for way in itertools.product(WAY, range(1, PERIODS + 1))}
        people = sum(groups[weeks, alone] for weeks in WAITS)
        for weeks in WAITS:
            placed = []
            for place in [*slots, None]:
                name = f"x_{alone}_{weeks}_{place[0] + str(place[1]) if place else 'never'}"
                x = lp.add_variable(name, 0, groups[weeks, alone], cat=pulp.LpInteger)
                placed.append(x)
                if place is None:
                    cost.append(never * x)
                    continue
                provider, period = place
                used[place].append(x)
                way = 0.0
                if provider != "A":
                    moved[provider, period].append(x)
                    way = POLICY.move_weeks + POLICY.weeks_per_hour * WAY[provider] / 60
                cost.append(((period - 1) * WEEKS + way) * x)
            lp.addConstraint(pulp.lpSum(placed) == groups[weeks, alone])
        first, again = (
            {way: lp.add_variable(f"{kind}_{alone}_{way[0]}{way[1]}", 0, people) for way in moved}
            for kind in ("first", "again")
        )
        lp.addConstraint(pulp.lpSum(first.values()) <= people)
        declined = pulp.lpSum((1 - chance[way[0]]) * first[way] for way in moved)
        lp.addConstraint(pulp.lpSum(again.values()) <= declined)
        for way, who in moved.items():
            lp.addConstraint(pulp.lpSum(who) <= chance[way[0]] * (first[way] + again[way]))
    for place, who in used.items():
        lp.addConstraint(pulp.lpSum(who) <= slots[place])
    lp.setObjective(pulp.lpSum(cost))
    lp.solve(pulp.HiGHS(msg=False, gapRel=0))
    return float(pulp.value(lp.objective))


@given(systems, shares, shares)
@settings(deadline=None)
def test_a_plan_costs_what_two_rounds_of_asking_can_be_expected_to_reach(system, near, far):
    chance = {"B": near, "C": far}
    plan = ma.optimise(system, POLICY.replace(acceptance=by_provider(chance)), mip_gap=0)
    # Shares are held in thousandths of an ask a move: costs differ by less than a move's part.
    assert plan.objective == pytest.approx(least_by_asks(system, chance), abs=1e-6)


@given(systems, st.sampled_from(["auto", "ageing"]), st.sampled_from(["auto", "highs", "pulp"]))
@settings(deadline=None)
def test_every_formulation_and_solver_counts_on_the_same(system, formulation, solver):
    policy = POLICY.replace(acceptance=by_provider({"B": 0.5, "C": 0.25}))
    one = ma.optimise(system, policy, solver=solver, formulation=formulation, mip_gap=0)
    other = ma.build(system, policy).solve(mip_gap=0)
    assert one.objective == pytest.approx(other.objective, abs=1e-6)


@given(
    small_systems, st.sampled_from([ma.Deep(), ma.Resource(), ma.Transactional(promises="board")])
)
@settings(deadline=None)
def test_a_plan_is_todays_if_everybody_accepts_and_dearer_the_fewer_do(system, mode):
    plain = ma.optimise(system, POLICY, mode)
    surely = ma.optimise(system, POLICY.replace(acceptance=ma.Acceptance.constant(1)), mode)
    assert surely.entries.equals(plain.entries)
    costs = [
        ma.optimise(
            system, POLICY.replace(acceptance=ma.Acceptance.constant(share)), mode
        ).objective
        for share in (0.999, 0.6, 0.2, 0.0)
    ]
    assert plain.objective <= costs[0] + 1e-9
    alone = ma.optimise(system, POLICY, ma.Independent()).objective
    assert costs[-1] == pytest.approx(alone)
    assert max(costs) <= alone + 1e-9


@given(small_systems)
def test_nobody_is_counted_on_who_never_accepts(system):
    plan = ma.optimise(system, POLICY.replace(acceptance=ma.Acceptance.constant(0)))
    assert plan.moves.empty
    assert plan.asks.empty


@given(systems, shares, shares, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_a_thousand_rounds_of_answers_bring_as_many_as_the_plan_moves(system, near, far, seed):
    plan = ma.optimise(system, POLICY.replace(acceptance=by_provider({"B": near, "C": far})))
    random = np.random.default_rng(seed)
    lists = plan.entries.groupby("alone_period")["patients"].sum()
    for alone, asks in plan.asks.groupby("alone_period"):
        people, drawn = int(lists[alone]), np.zeros(1000)
        # Who is least likely to accept is asked first: most are left to be asked again.
        left, declined = people, np.zeros(1000)
        for way in asks.sort_values("chance").itertuples(index=False):
            first = min(left, round(way.asked))
            left -= first
            yes = random.binomial(first, way.chance, 1000)
            drawn += yes
            declined += first - yes
            again = np.minimum(declined, round(way.asked) - first).astype(int)
            more = random.binomial(again, way.chance)
            drawn += more
            # A patient is asked twice at most: whoever declined again is not asked any more.
            declined -= again
        expected = asks["patients"].sum()
        spread = drawn.std() / np.sqrt(1000)
        # Asks are whole, and who would be asked last may have said yes before.
        assert drawn.mean() >= expected - 4 * spread - 0.02 * expected - len(asks)
        assert drawn.mean() <= expected + 4 * spread + 0.02 * expected + len(asks)


@given(systems)
def test_the_audit_sees_a_plan_that_counts_on_too_many(system):
    policy = POLICY.replace(acceptance=by_provider({"B": 0.5, "C": 0.25}))
    plan = ma.optimise(system, policy)
    assert acceptance_audit.violations(policy, plan.entries, WEEKS).empty
    eager = ma.optimise(system, POLICY.replace(min_weeks_saved=1))
    moved = eager.moves.groupby(["alone_period"])["patients"].sum() if len(eager.moves) else None
    if moved is None:
        return
    people = eager.entries.groupby("alone_period")["patients"].sum()
    found = acceptance_audit.violations(policy, eager.entries, WEEKS)
    ways = eager.asks.groupby("alone_period").size()
    for alone, count in moved.items():
        if count > 0.75 * people[alone] + ways[alone]:
            assert len(found)


@given(systems)
def test_rows_that_are_made_when_they_are_broken_are_all_that_is_needed(system):
    policy = POLICY.replace(acceptance=by_provider({"B": 0.5, "C": 0.25}))
    plan = ma.optimise(system, policy, mip_gap=0)
    limits = ask_limits(plan.model)
    assert limits is not None
    rows = limits.every_row()
    assert not (rows.excess(plan.solution.flow) > 0).any()
