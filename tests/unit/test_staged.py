"""Trust is built in small steps: few moves at first, few lanes at first, few changes from month
to month."""

from __future__ import annotations

import itertools
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly

import mutualaid as ma
from mutualaid.audit import plan_audit
from mutualaid.model.limits.lane_budget import moves_by_route
from mutualaid.solve.lane_selection import Opening, open_few

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
LANE = ["origin", "provider", "service"]


def lanes_of(plan):
    return set(plan.moves[LANE].astype(str).drop_duplicates().itertuples(index=False, name=None))


@costly
@given(cases(most_patients=6), st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_no_more_move_than_the_ramp_allows(case, steps):
    """In each period at most so many, all trusts together; a wider ramp costs no more."""
    ramp = sorted(steps)
    plan = ma.optimise(case.system(), case.policy.replace(ramp=ramp))
    count = plan.moves.groupby("period")["patients"].sum()
    held = ramp + ramp[-1:] * case.periods
    assert all(count.get(t, 0) <= most for t, most in enumerate(held, start=1))
    wider = ma.optimise(case.system(), case.policy.replace(ramp=[n + 1 for n in ramp]))
    assert wider.certificate.cost <= plan.certificate.cost
    assert ma.optimise(case.system(), case.policy).certificate.cost <= wider.certificate.cost


@costly
@given(cases(most_patients=6, side_rows=False), st.integers(0, 3), st.booleans())
def test_few_lanes_are_as_good_as_trying_every_choice_of_them(case, most, ageing):
    """Brute force over all sets of so many lanes finds nothing better."""
    system = case.system()
    free = ma.optimise(system, case.policy)
    form = "ageing" if ageing else "auto"
    plan = ma.optimise(system, case.policy.replace(max_lanes=most), formulation=form)
    assert len(lanes_of(plan)) <= most
    every = [
        (o, p, s)
        for o in system.providers
        for p in system.providers
        for s in system.services
        if o != p
    ]
    costs = [free.baseline_objective]
    for chosen in itertools.combinations(every, min(most, len(every))):
        if not chosen:
            continue
        if len(every) > 6 and most > 2:
            return
        shut = [dict(zip(LANE, lane, strict=True)) for lane in every if lane not in chosen]
        before = case.policy.forbidden_lanes
        old = [] if before is None else before.astype(object).to_dict("records")
        rules = case.policy.replace(forbidden_lanes=[*old, *shut] or None)
        costs.append(ma.optimise(system, rules).objective)
    assert plan.objective == min(costs)


@costly
@given(cases(most_patients=6), st.sampled_from([ma.Deep(), ma.Resource(), ma.Transactional()]))
def test_lanes_keep_their_limit_beside_promises_caps_and_pools(case, mode):
    """One lane at most, in every mode; and all lanes are as good as no limit."""
    system = case.system()
    plan = ma.optimise(system, case.policy.replace(max_lanes=1), mode)
    assert len(lanes_of(plan)) <= 1
    assert plan.violations().empty
    assert plan.objective <= plan.baseline_objective
    every = ma.optimise(system, case.policy.replace(max_lanes=100), mode)
    assert every.objective == ma.optimise(system, case.policy, mode).objective


def test_the_next_lane_is_worth_what_opening_it_saves():
    """With no lane open, the first that is listed is the one that the best plan opens."""
    system = ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=4)
    none = ma.optimise(system, ma.Policy(max_lanes=0))
    assert none.moves.empty
    one = ma.optimise(system, ma.Policy(max_lanes=1))
    first = ma.studies.next_lanes(none).iloc[0]
    assert lanes_of(one) == {tuple(first[LANE])}
    assert none.objective - one.objective == pytest.approx(first["saved"])
    second = ma.studies.next_lanes(one, top=1).iloc[0]
    assert tuple(second[LANE]) not in lanes_of(one)
    assert second["saved"] > 0


def test_more_lanes_never_hurt_and_the_ladder_climbs_with_few():
    """Each lane more saves something or nothing; no rung costs more than the one below."""
    system = ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=4)
    costs = [ma.optimise(system, ma.Policy(max_lanes=n)).certificate.cost for n in (0, 1, 2, 4, 99)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == ma.optimise(system, ma.Policy()).certificate.cost
    rungs = ma.ladder(system, ma.Policy(max_lanes=2))
    assert (rungs.table["saved_by_step"] >= 0).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ramp": [5, 3]}, "policy.ramp: falls"),
        ({"ramp": 7}, "policy.ramp: is 7"),
        ({"ramp": [1.5]}, "policy.ramp"),
        ({"ramp": "12"}, "policy.ramp"),
        ({"ramp": []}, "policy.ramp: is empty"),
        ({"max_moves": -1}, "policy.max_moves"),
        ({"max_moves": [5]}, "policy.max_moves"),
        ({"max_lanes": -1}, "policy.max_lanes"),
        ({"max_lanes": True}, "policy.max_lanes"),
    ],
)
def test_steps_that_cannot_be_meant_are_said(options, told):
    """Each mistake is named."""
    with pytest.raises(ma.InputError, match=told):
        ma.Policy(**options)


def test_the_audit_sees_more_moves_and_more_lanes_than_allowed():
    """A plan made without the limits breaks them, and the audit says so."""
    plan = ma.optimise(two_trusts(), ma.Policy())
    found = plan_audit.violations(
        plan.system,
        ma.Policy(ramp=[1], max_moves=0, max_lanes=0),
        plan.entries,
        plan.certificate.cost,
    )
    assert set(found["rule"]) == {
        "no more moves than the ramp allows",
        "no more moves than allowed",
        "no more lanes than allowed",
    }
    assert isinstance(found, pd.DataFrame)


def brute_force_changes(plan, before):
    """Moves dropped and moves added, patient by patient."""
    table = plan.changes_since(before)
    return int(table["change"].abs().sum())


@costly
@given(
    cases(most_patients=6),
    st.sampled_from([0.0, 0.5, 3.0, 200.0]),
    st.sampled_from([0, 0.5, 1.5]),
    st.sampled_from([ma.Deep(), ma.Resource()]),
)
def test_changes_cost_what_they_are_said_to_cost(case, weeks, factor, mode):
    """Cost and changes together are no dearer than standing still, or than planning anew."""
    system = case.system()
    before = ma.optimise(system, case.policy, mode)
    now, _ = ma.studies.changes.Capacity(factor=factor).apply(system, case.policy)
    plan = ma.optimise(now, case.policy, mode, previous=before, change_weeks=weeks)
    anew = ma.optimise(now, case.policy, mode)
    row = plan.stages.iloc[0]
    count = brute_force_changes(plan, before)
    assert row["changes"] == pytest.approx(weeks * count)
    assert row["value"] == pytest.approx(plan.objective + weeks * count)
    assert row["bound"] <= row["value"] + 1e-9
    allowed = anew.objective * (1 + anew.gap) + weeks * brute_force_changes(anew, before)
    assert row["value"] <= allowed + 1e-9
    assert plan.objective >= anew.bound
    if weeks == 0 and not len(plan.model.network.rows):
        assert plan.objective == anew.objective


@costly
@given(cases(most_patients=6), st.sampled_from([0.0, 0.5, 50.0]))
def test_what_was_planned_stays_where_nothing_has_changed(case, weeks):
    """The same month once more: no change, the same plan."""
    plan = ma.optimise(case.system(), case.policy)
    again = ma.optimise(case.system(), case.policy, previous=plan, change_weeks=weeks)
    assert again.objective == plan.objective
    if weeks:
        assert again.changes_since(plan).empty


def test_dearer_changes_are_fewer():
    """The more a change costs, the fewer there are, and the dearer the plan."""
    system = ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=4)
    before = ma.optimise(system)
    now, _ = ma.studies.changes.Capacity(factor=0.9, periods=(2, 3)).apply(system, ma.Policy())
    plans = [ma.optimise(now, previous=before, change_weeks=w) for w in (0, 1, 5, 50)]
    counts = [brute_force_changes(plan, before) for plan in plans]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    for weeks, count, plan in zip((0, 1, 5, 50), counts, plans, strict=True):
        assert plan.stages["changes"].iloc[0] == pytest.approx(weeks * count)
    assert [p.objective for p in plans] == sorted(p.objective for p in plans)
    assert (
        plans[1].objective
        == ma.optimise(now, previous=before.moves, change_weeks=1, solver="highs").objective
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"previous": 5}, "previous is an int"),
        (
            {"previous": pd.DataFrame({"origin": ["ALD"]})},
            "previous.service: the column is missing",
        ),
        ({"change_weeks": -1}, "change_weeks"),
        ({"objectives": ["moves"]}, "least cost"),
    ],
)
def test_standing_moves_that_cannot_be_meant_are_said(options, told):
    """Each mistake is named."""
    plan = ma.optimise(two_trusts())
    with pytest.raises(ma.InputError, match=told):
        ma.optimise(two_trusts(), **{"previous": plan, **options})


def test_a_table_of_standing_moves_is_checked():
    """Half patients and period 0 are no moves."""
    plan = ma.optimise(two_trusts())
    moves = plan.moves.astype({"patients": float}).assign(patients=1.5, period=0)
    with pytest.raises(ma.InputError, match="2 problems"):
        ma.optimise(two_trusts(), previous=moves)


@pytest.mark.parametrize("mode", [ma.Transactional(), ma.Resource(), ma.Deep(max_sacrifice=0.1)])
def test_few_lanes_save_most_of_what_all_lanes_save(mode):
    """Ten lanes of the forty and more in use save most of it, promises kept."""
    system = ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=4)
    every, few = (
        ma.optimise(system, rule, mode) for rule in (ma.Policy(), ma.Policy(max_lanes=10))
    )
    saved, by_few = (plan.baseline_objective - plan.objective for plan in (every, few))
    assert len(lanes_of(every)) > 20
    assert len(lanes_of(few)) <= 10
    assert by_few > saved / 2
    as_many = ma.Policy(max_lanes=len(lanes_of(every)))
    assert ma.optimise(system, as_many, mode).objective == pytest.approx(every.objective, rel=1e-3)


def opening_of(system):
    """Every lane of a system, and what opening it costs."""
    model = ma.build(system).model
    frame = model.frame
    found = moves_by_route(frame.system, frame.queues, model.lanes, model.means)
    return Opening(model.network, found.arc, found.route, len(found))


def test_no_lane_that_saves_more_is_passed_over():
    """Lanes that are not even tried, because of a bound, would have saved no more."""
    opening = opening_of(ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=4))
    for k in sorted(set(opening.component.tolist())):
        chosen = ()
        for _ in range(3):
            closed = [g for g in np.flatnonzero(opening.component == k).tolist() if g not in chosen]
            base = opening.cost(k, chosen)
            saved = {g: base - opening.cost(k, (*chosen, g)) for g in closed}
            lane, most = opening.best_next(k, chosen)
            assert most == max(saved.values())
            if most == 0:
                break
            assert saved[lane] == most
            chosen = (*chosen, lane)


def test_no_exchange_of_one_open_lane_for_another_saves_more():
    """What is opened cannot be bettered one for one."""
    opening = opening_of(ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=4))
    chosen = open_few(opening, 12)
    assert len(chosen) == 12
    for k in sorted(set(opening.component[chosen].tolist())):
        mine = tuple(g for g in chosen if opening.component[g] == k)
        others = [g for g in np.flatnonzero(opening.component == k).tolist() if g not in mine]
        for out in mine:
            left = tuple(g for g in mine if g != out)
            assert all(opening.cost(k, (*left, g)) >= opening.cost(k, mine) for g in others)


def test_every_move_that_is_added_counts():
    """Nothing stands: each move is a change, and if changes are dear nobody moves."""
    nothing = ma.optimise(two_trusts()).moves.head(0)
    plan = ma.optimise(two_trusts(), previous=nothing, change_weeks=1.0)
    assert plan.stages["changes"].iloc[0] == plan.moves["patients"].sum() == 4
    assert ma.optimise(two_trusts(), previous=nothing, change_weeks=900.0).moves.empty


def test_moves_rise_as_the_ramp_does():
    """Four could go at once: one goes in the first month, two in the second."""
    plan = ma.optimise(two_trusts(periods=2, slots=(0, 4)), ma.Policy(ramp=[1, 2]))
    assert plan.moves.groupby("period")["patients"].sum().tolist() == [1, 2]


def test_the_gates_stay_as_they_are_when_the_ramp_ends():
    """One move in the first month and no more in any other, however many could go."""
    plan = ma.optimise(two_trusts(periods=2, slots=(0, 4)), ma.Policy(ramp=[1]))
    assert plan.moves.groupby("period")["patients"].sum().tolist() == [1, 1]


def test_a_plain_cap_holds_in_every_period():
    system = two_trusts(periods=2, slots=(0, 4))
    for most, ramp, moved in ((1, None, [1, 1]), (2, [1, 5], [1, 2])):
        plan = ma.optimise(system, ma.Policy(max_moves=most, ramp=ramp))
        assert plan.moves.groupby("period")["patients"].sum().tolist() == moved


class Told(Opening):
    """Three lanes of one component, whose costs are told."""

    TOLD: ClassVar = {
        (): 100,
        (0,): 60,
        (1,): 65,
        (2,): 65,
        (0, 1): 58,
        (0, 2): 58,
        (1, 2): 20,
        (0, 1, 2): 19,
    }

    def __init__(self):
        self.component = np.zeros(3, dtype=np.int64)

    def cost(self, _, chosen):
        return self.TOLD[tuple(sorted(chosen))]

    def best_next(self, k, chosen):
        saved = [
            (self.cost(k, chosen) - self.cost(k, (*chosen, g)), -g)
            for g in range(3)
            if g not in chosen
        ]
        most, group = max(saved, default=(0, 1))
        return -group, most


def test_the_lane_that_looked_best_alone_is_exchanged():
    """Opened first, the best single lane leaves for two that are better together."""
    assert open_few(Told(), 1) == [0]
    assert open_few(Told(), 2) == [1, 2]
