"""Where extra sessions do most good, and what the next slot is worth."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma

pytestmark = pytest.mark.slow

HIPS = "C_110"
KEYS = ["provider", "service", "period"]


def with_sessions(system, places, slots):
    """The system with a session of so many slots at each place of a list, which may repeat."""
    more = pd.DataFrame([(*p, slots) for p in places], columns=[*KEYS, "slots"])
    own = system.capacity.astype({"provider": object, "service": object})
    both = pd.concat([own, more]).astype({"period": "int64", "slots": "int64"})
    return system.replace(capacity=both.groupby(KEYS, as_index=False)["slots"].sum())


@pytest.mark.parametrize("mode", [ma.Deep(), ma.Resource(), ma.Independent()], ids=str)
@pytest.mark.parametrize("budget", [0, 1, 2])
def test_no_other_placing_saves_more(mode, budget):
    """Every way to place so many sessions, tried: none beats the one that is found."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 60, 5), ("BIR", HIPS, 20, 4), ("BIR", "C_130", 30, 5)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [
            (p, s, t, n)
            for t in (1, 2)
            for p, s, n in (("ALD", HIPS, 1), ("BIR", HIPS, 1), ("BIR", "C_130", 1))
        ],
        columns=[*KEYS, "slots"],
    )
    travel = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30.0, 30.0]}
    )
    system = ma.System(waiting, capacity, travel, periods=2)
    placed = ma.studies.deploy(system, pd.DataFrame({"slots": [2]}), budget, collaboration=mode)
    places = list(capacity[KEYS].itertuples(index=False, name=None))
    tried = [
        ma.build(with_sessions(system, way, 2), collaboration=mode, reference=system).solve()
        for way in itertools.combinations_with_replacement(places, budget)
    ]
    assert placed.plan.certificate.cost == min(plan.certificate.cost for plan in tried)
    assert placed.bound <= placed.plan.objective
    assert placed.table["sessions"].sum() <= budget
    assert placed.saved == pytest.approx(placed.without.objective - placed.plan.objective)


def with_beds(beds=1.0):
    """Two trusts with slots for all, and one bed-week a period each; hips need two, cataracts half.

    Nobody has to move for a bed that comes to them.
    """
    waiting = pd.DataFrame(
        [("ALD", HIPS, 60, 3), ("ALD", "C_130", 30, 3), ("BIR", HIPS, 20, 3)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [(p, s, t, 3) for t in (1, 2) for p in ("ALD", "BIR") for s in (HIPS, "C_130")],
        columns=[*KEYS, "slots"],
    )
    travel = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30.0, 30.0]}
    )
    pools = pd.DataFrame(
        [(p, t, "beds", beds) for p in ("ALD", "BIR") for t in (1, 2)],
        columns=["provider", "period", "pool", "amount"],
    )
    usage = pd.DataFrame({"service": [HIPS, "C_130"], "pool": "beds", "amount": [2.0, 0.5]})
    return ma.System(waiting, capacity, travel, pools=pools, usage=usage, periods=2)


def with_more_beds(system, places, amount):
    """The system with so many beds more at each (provider, period) of a list."""
    pools = system.pools.astype({"provider": object, "pool": object}).copy()
    for provider, period in places:
        here = (pools["provider"] == provider) & (pools["period"] == period)
        pools.loc[here, "amount"] += amount
    return system.replace(pools=pools)


@pytest.mark.parametrize("mode", [ma.Deep(), ma.Resource(), ma.Independent()], ids=str)
@pytest.mark.parametrize("budget", [0, 1, 2, 3])
def test_no_other_placing_of_beds_saves_more(mode, budget):
    """Beds are placed like lists: every way to place so many, tried."""
    system = with_beds()
    offer = pd.DataFrame({"pool": ["beds"], "amount": [1.5]})
    placed = ma.studies.deploy(system, offer, budget, collaboration=mode)
    places = [(p, t) for p in ("ALD", "BIR") for t in (1, 2)]
    tried = [
        ma.build(with_more_beds(system, way, 1.5), collaboration=mode, reference=system).solve()
        for way in itertools.combinations_with_replacement(places, budget)
    ]
    assert placed.plan.certificate.cost == min(plan.certificate.cost for plan in tried)
    assert placed.bound <= placed.plan.objective + 1e-9
    assert placed.table["sessions"].sum() <= budget
    assert (placed.table["service"] == "").all()
    assert placed.table["amount"].sum() == 1.5 * placed.table["sessions"].sum()


def test_a_list_that_brings_its_own_beds():
    """Slots without beds treat nobody where beds are short; a session with both does."""
    system = with_beds(beds=0.0)
    offer = {"provider": ["ALD"], "service": [HIPS], "slots": [2], "most": [1]}
    bare = ma.studies.deploy(system, pd.DataFrame(offer), 5)
    assert bare.saved == 0
    both = ma.studies.deploy(system, pd.DataFrame(offer | {"pool": ["beds"], "amount": [4.0]}), 5)
    assert both.plan.treatments["patients"].sum() >= 2 * both.table["sessions"].sum() > 0
    assert both.saved > 0
    assert "of beds" in repr(both)


def test_lists_and_beds_share_a_budget():
    """What is offered may be of several kinds: the budget goes where it saves most."""
    system = with_beds()
    offer = pd.DataFrame(
        {"slots": [1, None], "pool": [None, "beds"], "amount": [None, 2.0], "cost": [1.0, 2.0]}
    )
    placed = ma.studies.deploy(system, offer, budget=4)
    assert placed.table["cost"].sum() <= 4
    # Slots are there in plenty: no money goes into them.
    assert (placed.table["pool"] == "beds").all()
    assert placed.plan.violations().empty


def test_a_budget_is_kept_in_its_own_unit():
    """Two cheap lists or a dear one that treats more: what the money buys best."""
    system = two_trusts(slots=(1, 1))
    offer = pd.DataFrame({"provider": ["ALD", "BIR"], "slots": [1, 3], "cost": [1.0, 2.5]})
    for budget, spent in ((2.0, 2.0), (2.5, 2.5), (0.5, 0.0)):
        placed = ma.studies.deploy(system, offer, budget)
        assert placed.table["cost"].sum() == spent <= budget
    assert "0 sessions" in repr(placed)


def test_no_more_sessions_than_can_be_staffed():
    """At most one list at each place and time, however large the budget."""
    offer = pd.DataFrame({"slots": [1], "most": [1]})
    placed = ma.studies.deploy(two_trusts(periods=2), offer, budget=100)
    assert (placed.table["sessions"] == 1).all()
    only = ma.studies.deploy(
        two_trusts(periods=2), pd.DataFrame({"slots": [1], "period": [2]}), budget=100
    )
    assert set(only.table["period"]) <= {2}


def test_promises_are_kept_against_what_was_before_the_sessions():
    """New lists change nothing about what each trust may lose: alone means without them."""
    system = two_trusts(slots=(0, 4))
    placed = ma.studies.deploy(system, pd.DataFrame({"slots": [2]}), 1, collaboration=ma.Resource())
    before = placed.plan.baseline_entries["harm"].sum()
    assert before == placed.without.baseline_entries["harm"].sum()
    assert placed.plan.violations().empty


@pytest.mark.parametrize(
    ("table", "budget", "what"),
    [
        (pd.DataFrame({"most": [1]}), 1, "slots: the column is missing"),
        (pd.DataFrame({"slots": [1], "beds": [1]}), 1, "beds: is not a column of this table"),
        (pd.DataFrame({"slots": [0]}), 1, "whole number from 1"),
        (pd.DataFrame({"slots": [1.5]}), 1, "whole number from 1"),
        (pd.DataFrame({"slots": [1], "most": [0.5]}), 1, "whole number from 0"),
        (pd.DataFrame({"slots": [1], "cost": [-1.0]}), 1, "below 0"),
        (pd.DataFrame({"slots": [1], "provider": ["CED"]}), 1, "not in this system"),
        (pd.DataFrame({"slots": [1], "period": [9]}), 1, "not in this system"),
        (pd.DataFrame({"slots": [1]}), -1, "budget"),
        (pd.DataFrame({"slots": [1]}), True, "budget"),
        (pd.DataFrame({"slots": [1]}), float("nan"), "budget"),
        ("lists", 1, "lists cannot be read"),
        (pd.DataFrame({"pool": ["beds"], "amount": [1.0]}), 1, "not in this system"),
        (pd.DataFrame({"slots": [1], "pool": ["beds"]}), 1, "write both or neither"),
        (pd.DataFrame({"slots": [1, None], "most": 1}), 1, "write slots or a pool"),
    ],
)
def test_sessions_that_cannot_be_meant_are_refused(table, budget, what):
    """Column, problem and remedy."""
    with pytest.raises(ma.InputError, match=what):
        ma.studies.deploy(two_trusts(), table, budget)


@pytest.mark.parametrize(
    ("offer", "what"),
    [
        ({"pool": "beds", "amount": [0.0]}, "write what a session adds"),
        ({"pool": "beds", "amount": [1.0], "service": HIPS}, "which all services share"),
        ({"pool": "theatres", "amount": [1.0]}, "not in this system"),
    ],
)
def test_beds_that_cannot_be_meant_are_refused(offer, what):
    """Of a pool that is there, and more than none of it."""
    with pytest.raises(ma.InputError, match=what):
        ma.studies.deploy(with_beds(), pd.DataFrame(offer), 1)


def test_beds_that_nobody_needs_are_worth_nothing():
    """A pool without usage: more of it saves nothing, and that is the answer."""
    system = with_beds()
    pools = pd.concat([system.pools, system.pools.assign(pool="chairs")], ignore_index=True)
    wider = system.replace(pools=pools.astype({"pool": object, "provider": object}))
    placed = ma.studies.deploy(wider, pd.DataFrame({"pool": ["chairs"], "amount": [1.0]}), 2)
    assert placed.saved == 0


def test_however_large_the_budget_no_more_is_placed_than_can_be_used():
    """A budget without end, or sessions that cost nothing, still make a plan."""
    offer = pd.DataFrame({"slots": [2], "cost": [0.0]})
    free = ma.studies.deploy(two_trusts(), offer, 1)
    rich = ma.studies.deploy(two_trusts(), offer.assign(cost=1.0), 1e9)
    assert free.plan.objective == rich.plan.objective
    assert rich.plan.remaining.empty


def test_the_next_slot_is_worth_what_solving_again_says():
    """Price, how long it holds and what comes after, against plans with more slots."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 60, 3), ("ALD", HIPS, 20, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    plan = ma.optimise(two_trusts(waiting=waiting, slots=(0, 1)))
    best = ma.studies.next_slots(plan, top=1, most=10).iloc[0]
    place = tuple(best[KEYS])
    assert place == ("ALD", HIPS, 1)
    saved = [
        plan.objective - ma.optimise(with_sessions(plan.system, [place] * n, 1)).objective
        for n in range(1, 9)
    ]
    steps = np.diff([0.0, *saved])
    assert best["price"] == pytest.approx(steps[0])
    assert best["holds_for"] == np.flatnonzero(~np.isclose(steps, steps[0]))[0] == 2
    assert best["next_price"] == pytest.approx(steps[2])
    few = ma.studies.next_slots(plan, top=1, most=1).iloc[0]
    assert few["holds_for"] == 1
    assert np.isnan(few["next_price"])


def test_with_side_rows_the_next_slot_is_that_of_the_relaxation():
    """Prices under promises are shadow prices; they rank the same places."""
    plan = ma.optimise(two_trusts(slots=(1, 1)), collaboration=ma.Resource())
    best = ma.studies.next_slots(plan, top=3, most=4)
    assert best["price"].is_monotonic_decreasing
    assert (best["price"] > 0).all()


def test_where_nothing_is_scarce_no_slot_is_worth_anything():
    """Slots for everybody: nothing to rank."""
    assert ma.studies.next_slots(ma.optimise(two_trusts(slots=(9, 9)))).empty


@pytest.mark.parametrize(
    "options", [{"top": 0}, {"most": 0}, {"top": 1.5}, {"most": True}], ids=str
)
def test_numbers_of_slots_are_whole(options):
    """Half a slot is none."""
    with pytest.raises(ma.InputError, match="a whole number from 1"):
        ma.studies.next_slots(ma.optimise(two_trusts()), **options)
