"""A move takes time to prepare: from the census, and from when a patient joins."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from by_patient import PLAIN, WEEKS, cheapest_by_hand, systems
from hypothesis import given
from hypothesis import strategies as st
from oracle import best
from strategies import costly, prices_of, relaxed

import mutualaid as ma
from mutualaid.model.arcs import Kind

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
TRUSTS = ("RA", "RB", "RC")


@st.composite
def joining(draw, most=2, trusts=2, most_rows=4):
    """Tables of a few trusts with one service, whose lists patients join in most periods."""
    names = TRUSTS[:trusts]
    length, periods = draw(st.sampled_from([1, 2, 4])), draw(st.integers(2, 5))
    times = range(1, periods + 1)
    some = st.integers(1, most)
    waits = st.sampled_from([0, 5, 17, 30, 52])
    lists = draw(
        st.lists(st.tuples(st.sampled_from(names), waits), max_size=3, unique=True, min_size=1)
    )
    waiting = pd.DataFrame(
        [(o, "C_110", w, draw(some)) for o, w in lists],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    clocks = draw(st.sampled_from([(0,), (0,), (0, 17, 60)]))
    who = [(o, "C_110", t, w) for o in names for t in times for w in clocks]
    rows = draw(st.lists(st.sampled_from(who), max_size=most_rows, unique=True))
    referrals = pd.DataFrame(
        [(*row, draw(some)) for row in rows],
        columns=["origin", "service", "period", "weeks_waiting", "patients"],
    ).astype({"period": "int64", "weeks_waiting": "int64", "patients": "int64"})
    if clocks == (0,):
        referrals = referrals.drop(columns="weeks_waiting")
    few = st.integers(0, 2)
    capacity = pd.DataFrame(
        [(p, "C_110", t, draw(few)) for p in names for t in times],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        [(a, b, draw(st.sampled_from([10.0, 30.0]))) for a, b in itertools.permutations(names, 2)],
        columns=["origin", "provider", "minutes"],
    )
    tables = {"waiting_list": waiting, "capacity": capacity, "travel": travel}
    if len(referrals):
        tables["referrals"] = referrals
        gone = draw(st.integers(0, 2))
        if gone:
            last = referrals.iloc[-1]
            cell = [(last["origin"], "C_110", last["period"], min(gone, last["patients"]))]
            columns = ["origin", "service", "period", "patients"]
            tables["removals"] = pd.DataFrame(cell, columns=columns)
    if draw(st.booleans()):
        one = waiting.iloc[0]
        when = draw(st.integers(1, periods))
        tables["booked"] = pd.DataFrame(
            [(one["origin"], "C_110", one["weeks_waiting"] + (when - 1) * length, when, 1)],
            columns=["origin", "service", "weeks_waiting", "period", "patients"],
        )
    policy = ma.Policy(
        harm=draw(st.sampled_from([ma.harm.rtt(), ma.harm.person_weeks()])),
        move_weeks=draw(st.sampled_from([0.0, 0.5])),
        tail_weeks=draw(st.sampled_from([0, 13])),
        # Not every lead time is a number of whole periods.
        lead_weeks=max(draw(st.integers(0, 3)) * length - draw(st.sampled_from([0, 0, 1])), 0),
        notice_weeks=draw(st.sampled_from([0, 0, length])),
    )
    return tables, policy, length, periods


def planned(case, **options):
    tables, policy, length, periods = case
    system = ma.System(**tables, period_weeks=length, periods=periods)
    return ma.optimise(system, policy, **options)


@relaxed
@given(joining())
def test_brute_force_finds_no_better_plan_and_none_as_good_with_fewer_moves(case):
    tables, policy, length, periods = case
    plan = planned(case)
    assert (plan.certificate.cost, plan.moves["patients"].sum()) == best(
        tables, policy, length, periods
    )
    assert len(plan.model.network.rows) == 0
    joined = np.maximum(plan.moves["referred"], 1)
    assert ((plan.moves["period"] - joined) * length >= policy.lead_weeks).all()


@relaxed
@given(joining(most=9, trusts=3, most_rows=8))
def test_the_chains_of_those_who_may_move_alike_are_exact(case):
    chain, ageing = (planned(case, formulation=how) for how in ("chain", "ageing"))
    assert chain.certificate.cost == ageing.certificate.cost
    assert chain.moves["patients"].sum() == ageing.moves["patients"].sum()
    assert chain.baseline_objective == ageing.baseline_objective


@relaxed
@given(joining(most=9, trusts=3, most_rows=8), st.sampled_from([0, 1, 2, 4, 8]))
def test_the_chains_are_exact_for_those_who_gain_by_moving_too(case, weeks):
    tables, policy, length, periods = case
    case = tables, policy.replace(min_weeks_saved=weeks), length, periods
    chain, ageing = (planned(case, formulation=how) for how in ("chain", "ageing"))
    assert chain.certificate.cost == ageing.certificate.cost
    assert chain.moves["patients"].sum() == ageing.moves["patients"].sum()


@relaxed
@given(systems, st.sampled_from([0, 1, 4, 5, 8, 12]), st.sampled_from([0, 4, 5, 8]))
def test_with_weeks_to_save_it_is_the_cheapest_by_hand(system, saved, lead):
    policy = PLAIN.replace(
        min_weeks_saved=saved, lead_weeks=lead, harm=ma.harm.person_weeks(), notice_weeks=0
    )
    plan = ma.optimise(system, policy)
    assert plan.objective == pytest.approx(cheapest_by_hand(system, policy), abs=1e-6)
    moves = plan.moves
    assert ((moves["period"] - np.maximum(moves["referred"], 1)) * WEEKS >= lead).all()


@costly
@given(
    joining(most=5, trusts=3, most_rows=8),
    st.sampled_from(
        [ma.Transactional(), ma.Resource(promises="board"), ma.Deep(max_sacrifice=0.1)]
    ),
)
def test_promises_hold_and_both_networks_agree_on_what_they_cost(case, mode):
    chain, ageing = (
        planned(case, collaboration=mode, formulation=how) for how in ("chain", "ageing")
    )
    assert chain.certificate.cost == ageing.certificate.cost


@costly
@given(joining(most=3), st.data())
def test_a_price_is_what_one_more_slot_saves(case, data):
    tables, policy, length, periods = case
    plan = planned(case)
    table = prices_of(plan)
    row = data.draw(st.integers(0, len(table) - 1))
    cell = table.iloc[row]
    capacity = tables["capacity"].copy()
    here = (capacity["provider"] == cell["provider"]) & (capacity["period"] == cell["period"])
    capacity.loc[here, "slots"] += 1
    more = planned(({**tables, "capacity": capacity}, policy, length, periods))
    assert plan.objective - more.objective == pytest.approx(cell["price"], abs=1e-6)


@costly
@given(joining(most=5, trusts=3, most_rows=8))
def test_it_never_costs_less_to_take_longer(case):
    tables, policy, length, periods = case
    costs = [
        planned((tables, policy.replace(lead_weeks=lead), length, periods)).certificate.cost
        for lead in (0, length, 2 * length, 99)
    ]
    assert costs == sorted(costs)
    alone = planned((tables, policy, length, periods), collaboration=ma.Independent())
    assert costs[-1] == alone.certificate.cost


def test_nodes_are_added_only_where_some_may_move_and_others_not_yet():
    """Of a list of one trust, which two join in the second period of three."""
    system = ma.System(
        {"origin": ["RA"], "service": ["C_110"], "weeks_waiting": [40], "patients": [5]},
        {
            "provider": ["RA", "RB"] * 3,
            "service": ["C_110"] * 6,
            "period": [1, 1, 2, 2, 3, 3],
            "slots": [1] * 6,
        },
        {"origin": ["RA"], "provider": ["RB"], "minutes": [20]},
        {"origin": ["RA"], "service": ["C_110"], "period": [2], "patients": [2]},
        periods=3,
    )
    sizes = [ma.build(system, ma.Policy(lead_weeks=lead)).network for lead in (0, 3)]
    # Nobody goes to the other trust in the first period; in the second one who has just joined
    # is told apart from the others.
    assert sizes[1].nodes == sizes[0].nodes + 1
    assert sizes[1].arcs == sizes[0].arcs - 1 + 1
    model = ma.build(system, ma.Policy(lead_weeks=3)).model
    assert model.means.period[model.means.arcs(Kind.STAY)].tolist() == [2]
