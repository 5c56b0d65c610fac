"""Patients who join, and leave, with weeks on their clock: every way to build it is exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import QUEUE, best, people
from strategies import cases, costly, relaxed

import mutualaid as ma
from mutualaid.model.queues import build_queues
from mutualaid.model.strands import strands_of

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
WAYS = ("chain", "ageing", "auto")


@relaxed
@given(cases(most_patients=2, falling_harm=False, young_stay=False, on_the_clock=True))
def test_each_formulation_finds_what_brute_force_finds(case):
    """Who joins may have waited longer than who is there: strands, lots and brute force agree."""
    system = case.system()
    cost, moves = best(case.tables, case.policy, case.period_weeks, case.periods)
    for formulation in WAYS:
        plan = ma.optimise(system, case.policy, formulation=formulation)
        assert plan.certificate.cost == cost
        assert plan.moves["patients"].sum() == moves


@relaxed
@given(cases(most_patients=2, on_the_clock=True))
def test_no_plan_by_brute_force_is_better_whatever_harm_and_rules(case):
    """Harm that falls, and patients who may not move yet, with weeks on the clock as well."""
    plan = ma.optimise(case.system(), case.policy)
    cost, moves = best(case.tables, case.policy, case.period_weeks, case.periods)
    assert plan.certificate.cost == cost
    assert plan.moves["patients"].sum() == moves


@relaxed
@given(cases(most_patients=9, on_the_clock=True))
def test_who_is_left_after_removals_is_who_is_left_one_by_one(case):
    """Of each list, wait and period of referral as many stay as taking them off singly leaves."""
    queues = build_queues(case.system())
    labels = queues.labels.astype(str).iloc[queues.lot_queue]
    keys = [k for k in QUEUE if k in labels]
    rows = zip(
        labels[keys].itertuples(index=False, name=None),
        queues.lot_weeks.tolist(),
        queues.lot_referred.tolist(),
        queues.lot_patients.tolist(),
        strict=True,
    )
    found = {(*key, weeks, referred): n for key, weeks, referred, n in rows if n}
    expected = {}
    for p in people(case.tables, case.period_weeks):
        key = (*(p[k] for k in keys), p["weeks_waiting"], p["referred"])
        expected[key] = expected.get(key, 0) + 1
    assert found == expected


@relaxed
@given(cases(most_patients=9, on_the_clock=True))
def test_in_a_strand_who_comes_later_has_never_waited_longer(case):
    """Each lot is in one strand of its own queue, and the order of waits is that of arrivals."""
    queues = build_queues(case.system())
    strands = strands_of(queues, np.ones(len(queues), dtype=bool))
    assert sorted(strands.lot) == np.flatnonzero(queues.lot_patients).tolist()
    for strand, queue in enumerate(strands.queue):
        lots = strands.lot[strands.strand == strand]
        assert (queues.lot_queue[lots] == queue).all()
        assert (np.diff(queues.lot_weeks[lots]) <= 0).all()
        assert (np.diff(queues.lot_arrival[lots]) >= 0).all()
        assert strands.lead[strand] == lots[0]
    for queue in range(len(queues)):
        # As few as can be: so many lots of which each has waited longer than, and comes after,
        # the next are in as many strands.
        lots = np.flatnonzero((queues.lot_queue == queue) & (queues.lot_patients > 0))
        longest = []
        for lot in lots:
            later = [
                n for other, n in longest if queues.lot_arrival[other] > queues.lot_arrival[lot]
            ]
            longest.append((lot, 1 + max(later, default=0)))
        assert (strands.queue == queue).sum() == max((n for _, n in longest), default=0)


@costly
@given(cases(most_patients=9, falling_harm=False, young_stay=False, on_the_clock=True))
def test_the_longest_waiters_of_those_who_are_there_are_treated_first(case):
    """Nobody of a queue is treated before somebody there who has waited longer."""
    plan = ma.optimise(case.system(), case.policy)
    for _, rows in plan.entries.groupby(plan.system.queue_columns, observed=True):
        for one in rows.itertuples():
            passed_over = rows[
                (rows["weeks_waiting"] > one.weeks_waiting)
                & (rows["referred"] <= one.period)
                & (rows["period"] > one.period)
            ]
            assert passed_over.empty


@costly
@given(
    cases(most_patients=5, falling_harm=False, young_stay=False, on_the_clock=True),
    st.sampled_from(
        [
            ma.Independent(),
            ma.Transactional(),
            ma.Resource(),
            ma.Resource(spare_only=True),
            ma.Resource(promises="board"),
            ma.Deep(max_sacrifice=0.1),
        ]
    ),
)
def test_each_mode_costs_the_same_by_every_formulation_and_backend(case, mode):
    """Promises to trusts hold for who joins late as for everybody."""
    system = case.system()
    costs = set()
    for how in WAYS:
        for solver in ("auto", "pulp"):
            plan = ma.build(system, case.policy, mode, formulation=how).solve(solver)
            costs.add(plan.certificate.cost)
            assert plan.violations().empty
    assert len(costs) == 1


@costly
@given(cases(most_patients=5, falling_harm=False, young_stay=False, on_the_clock=True))
def test_breaches_and_targets_are_counted_alike_by_every_formulation(case):
    """Objectives in order and targets tell strands' patients apart by their wait."""
    system = case.system()
    order = ["over_52", "moves", "harm"]
    target = ma.Target(weeks=18, patients=1, by="system")
    for asked in ({"objectives": order}, {"targets": [target]}):
        values = []
        for how in WAYS:
            plan = ma.optimise(system, case.policy, formulation=how, **asked)
            values.append(plan.stages["value"].tolist())
            whole = plan.measures(by=None).iloc[0]
            if "objectives" in asked:
                assert plan.stages["value"].iloc[0] == whole["over_52_after"]
            else:
                assert plan.targets["missed"].sum() == plan.stages["value"].iloc[0]
        assert values[0] == pytest.approx(values[1])
        assert values[0] == pytest.approx(values[2])
