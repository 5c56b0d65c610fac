"""Who moves gains: nobody is treated elsewhere who is not treated so much sooner than alone."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.audit import weeks_saved_audit

PERIODS, WEEKS = 3, 4
PLAIN = ma.Policy(move_weeks=0.25, weeks_per_hour=0.5, tail_weeks=4)


def small_system(lists: list[int], slots: list[int], referred: int) -> ma.System:
    """Two trusts with one service, half an hour apart; cohorts of 50, 20 and 5 weeks at each."""
    waits = [50, 20, 5]
    waiting = pd.DataFrame(
        [
            {"origin": origin, "service": "C_110", "weeks_waiting": weeks, "patients": count}
            for (origin, weeks), count in zip(itertools.product("AB", waits), lists, strict=True)
        ]
    )
    capacity = pd.DataFrame(
        [
            {"provider": provider, "service": "C_110", "period": period + 1, "slots": count}
            for (provider, period), count in zip(
                itertools.product("AB", range(PERIODS)), slots, strict=True
            )
        ]
    )
    referrals = pd.DataFrame(
        {"origin": ["A"], "service": ["C_110"], "period": [2], "patients": [referred]}
    )
    travel = pd.DataFrame({"origin": ["A", "B"], "provider": ["B", "A"], "minutes": [30.0, 30.0]})
    return ma.System(
        waiting_list=waiting[waiting["patients"] > 0] if sum(lists) else waiting,
        capacity=capacity,
        referrals=referrals,
        travel=travel,
        periods=PERIODS,
        period_weeks=WEEKS,
    )


systems = st.builds(
    small_system,
    st.lists(st.integers(0, 2), min_size=6, max_size=6).filter(any),
    st.lists(st.integers(0, 2), min_size=6, max_size=6).filter(any),
    st.integers(0, 2),
)


def by_patient(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each patient."""
    return table.loc[table.index.repeat(table["patients"])].reset_index(drop=True)


def cheapest_by_hand(system: ma.System, policy: ma.Policy) -> float:
    """Try every way to place every patient, one after another, keeping what is cheapest so far.

    When each is treated alone is read from the plan in which nobody moves.
    """
    alone = by_patient(ma.optimise(system, policy, ma.Independent()).entries)
    room = {
        (row.provider, row.period): row.slots for row in system.capacity.itertuples(index=False)
    }
    best = {tuple(sorted(room.items())): 0.0}
    for patient in alone.itertuples(index=False):
        after: dict[tuple, float] = {}
        first = max(int(patient.referred), 1)
        for state, cost in best.items():
            left = dict(state)
            choices: list[tuple[str | None, int]] = [(None, PERIODS + 1)]
            choices += [
                (provider, period)
                for (provider, period), count in left.items()
                if count and period >= first
            ]
            for provider, period in choices:
                moved = provider is not None and provider != patient.origin
                if moved and (patient.period - period) * WEEKS < policy.min_weeks_saved:
                    continue
                harm = waited(first, period, policy.tail_weeks)
                more = policy.move_weeks + 0.5 * policy.weeks_per_hour if moved else 0.0
                then = dict(left)
                if provider is not None:
                    then[provider, period] -= 1
                key = tuple(sorted(then.items()))
                total = cost + harm + more
                if total < after.get(key, np.inf):
                    after[key] = total
        best = after
    return min(best.values())


def waited(first: int, period: int, tail: int) -> float:
    """Weeks from the first period until the start of another; to the end and so many weeks on."""
    return float((period - first) * WEEKS + (tail if period > PERIODS else 0))


@given(systems, st.sampled_from([0, 1, 4, 5, 8, 12]))
def test_nobody_moves_for_less_and_the_plan_is_the_cheapest_such(system, weeks):
    policy = PLAIN.replace(min_weeks_saved=weeks, harm=ma.harm.person_weeks())
    plan = ma.optimise(system, policy)
    moves = plan.moves
    if weeks and len(moves):
        assert ((moves["alone_period"] - moves["period"]) * WEEKS >= weeks).all()
    assert plan.objective == pytest.approx(cheapest_by_hand(system, policy), abs=1e-6)
    assert len(plan.model.network.rows) == 0


@given(systems, st.sampled_from(["auto", "ageing"]), st.sampled_from(["flow", "highs"]))
def test_every_formulation_and_solver_finds_it_and_it_never_falls_with_weeks(
    system, formulation, solver
):
    costs = [
        ma.optimise(
            system, PLAIN.replace(min_weeks_saved=weeks), formulation=formulation, solver=solver
        ).objective
        for weeks in (0, 4, 8, 12)
    ]
    assert costs == sorted(costs)
    alone = ma.optimise(system, PLAIN, ma.Independent()).objective
    assert costs[-1] <= alone + 1e-9
    again = ma.optimise(system, PLAIN.replace(min_weeks_saved=8)).objective
    assert costs[2] == again


@given(
    systems,
    st.sampled_from([ma.Transactional(), ma.Resource(), ma.Deep(max_sacrifice=0.1)]),
)
def test_promises_are_kept_with_it_in_every_mode(system, mode):
    plan = ma.optimise(system, PLAIN.replace(min_weeks_saved=4), mode)
    moves = plan.moves
    assert ((moves.get("alone_period", moves["period"] + 1) - moves["period"]) * WEEKS >= 4).all()
    assert plan.objective <= plan.baseline_objective + 1e-9


@given(systems)
def test_asking_for_nothing_is_the_plan_of_before(system):
    asked, plain = (
        ma.optimise(system, policy) for policy in (PLAIN.replace(min_weeks_saved=0), PLAIN)
    )
    assert asked.entries.equals(plain.entries)
    assert "alone_period" not in asked.entries


@given(systems)
def test_the_audit_sees_a_move_that_brings_too_little(system):
    policy = PLAIN.replace(min_weeks_saved=8)
    plan = ma.optimise(system, policy)
    found = weeks_saved_audit.violations(policy, plan.entries, plan.baseline_entries, WEEKS)
    assert not len(found)
    if not len(plan.moves):
        return
    later = plan.entries.copy()
    later.loc[later["moved"], "alone_period"] = later["period"]
    found = weeks_saved_audit.violations(policy, later, plan.baseline_entries, WEEKS)
    assert "who moves is treated sooner than alone" in set(found["rule"])
    forged = plan.entries.copy()
    forged.loc[forged["moved"], "alone_period"] = PERIODS + 1
    found = weeks_saved_audit.violations(policy, forged, plan.baseline_entries, WEEKS)
    if not forged["alone_period"].equals(plan.entries["alone_period"]):
        assert "alone as in what each trust does alone" in set(found["rule"])
