"""Other circumstances, side by side; the system that they start from stays as it is."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, relaxed

import mutualaid as ma
from mutualaid.studies import changes as ch
from mutualaid.studies.scenarios import from_toml, to_toml

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
TABLES = ("waiting_list", "capacity", "travel", "referrals", "removals", "pools", "usage")


@pytest.fixture(scope="module")
def system():
    """Three trusts, four periods."""
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)


def slots(system, **where):
    """How many slots there are, at some places."""
    table = system.capacity
    for column, value in where.items():
        table = table[table[column] == value]
    return int(table["slots"].sum())


def test_capacity_is_multiplied_where_and_when_it_is_said(system):
    """A tenth fewer at one trust in two periods; all else as it was."""
    cut = ch.Capacity(factor=0.9, provider="XA1", periods=(2, 3))
    other, _ = ma.studies.Scenario("cut", [cut]).apply(system)
    for period in (1, 4):
        assert slots(other, provider="XA1", period=period) == slots(
            system, provider="XA1", period=period
        )
    assert slots(other, provider="XB2") == slots(system, provider="XB2")
    for service in system.services:
        before, after = (
            sum(slots(s, provider="XA1", service=service, period=t) for t in (2, 3))
            for s in (system, other)
        )
        # Rounded down once over both periods, not in each.
        assert after == int(before * 9 // 10)


@pytest.mark.parametrize("slots_a_period", [1, 3, 7])
def test_what_is_left_over_is_carried_to_the_next_period(slots_a_period):
    """Half of one slot a period is one slot every other period."""
    small = two_trusts(periods=4, slots=(slots_a_period, 2))
    half, _ = ch.Capacity(factor=0.5, provider="ALD").apply(small, ma.Policy())
    assert slots(half, provider="ALD") == 4 * slots_a_period // 2


def test_a_closed_trust_treats_nobody(system):
    """Not its own patients, nor anybody else's, in the periods that it is closed."""
    flood = ma.studies.Scenario("flood", [ch.Closure(provider="XA1", periods=(2,))])
    plan = ma.studies.run_scenarios(system, None, [flood]).plans["flood"]
    done = plan.treatments
    assert done[(done["provider"] == "XA1") & (done["period"] == 2)].empty
    assert not done[(done["provider"] == "XA1") & (done["period"] == 3)].empty


def test_referrals_removals_stays_pools_sites_and_rules(system):
    """Every kind of change does what its name says."""
    more, _ = ch.Referrals(factor=2, origin="XA1").apply(system, ma.Policy())
    mine, theirs = (
        s.referrals[s.referrals["origin"] == "XA1"]["patients"].sum() for s in (system, more)
    )
    assert theirs == 2 * mine
    _, policy = ch.Rule(policy={"max_minutes": 5}).apply(system, ma.Policy())
    assert policy.max_minutes == 5
    hub = ch.Site(provider="HUB", slots={"C_110": 9}, minutes={"XA1-N": 10}, periods=(2, 3))
    start = system.start
    places = {str(p): 10.0 for p in set(system.travel[start])}
    hub = ch.Site(provider="HUB", slots={"C_110": 9}, minutes=places, periods=(2, 3))
    wider, _ = hub.apply(system, ma.Policy())
    assert slots(wider, provider="HUB") == 18
    plan = ma.optimise(wider)
    assert (plan.moves["provider"] == "HUB").any()
    beds = two_trusts(
        pools=pd.DataFrame({"provider": ["BIR"], "pool": "beds", "period": 1, "amount": [4.0]}),
        usage=pd.DataFrame({"service": ["C_110"], "pool": "beds", "amount": [2.0]}),
    )
    taken = {
        name: int(ma.optimise(change.apply(beds, ma.Policy())[0]).moves["patients"].sum())
        for name, change in {
            "as it is": ch.Capacity(factor=1),
            "shorter stays": ch.Stay(factor=0.5, pool="beds", provider="BIR"),
            "fewer beds": ch.Pool(factor=0.5, pool="beds"),
        }.items()
    }
    assert taken == {"as it is": 2, "shorter stays": 4, "fewer beds": 1}


def test_scenarios_compose_in_order(system):
    """Two scenarios together are one after the other."""
    winter = ma.studies.Scenario("winter", [ch.Capacity(factor=0.8)])
    flood = ma.studies.Scenario("flood", [ch.Closure(provider="XA1")])
    both, _ = (winter + flood).apply(system)
    again, _ = flood.apply(*winter.apply(system))
    pd.testing.assert_frame_equal(both.capacity, again.capacity)


@relaxed
@given(cases(), st.sampled_from([0, 0.3, 1.5]))
def test_the_system_stays_as_it_is(case, factor):
    """No scenario changes the tables that it starts from."""
    system = case.system()
    before = {name: system.table(name) for name in TABLES}
    scenario = ma.studies.Scenario(
        "other", [ch.Capacity(factor=factor), ch.Rule(policy={"move_weeks": 1})]
    )
    scenario.apply(system, case.policy)
    for name, table in before.items():
        if table is not None:
            pd.testing.assert_frame_equal(table, system.table(name))


@relaxed
@given(cases(most_patients=9), st.sampled_from([1, 1.5, 2, 3]))
def test_more_capacity_never_hurts_the_population(case, factor):
    """Under Deep, total harm with travel and moves never rises with slots."""
    runs = ma.studies.run_scenarios(
        case.system(),
        case.policy,
        [
            ma.studies.Scenario("as it is"),
            ma.studies.Scenario("more", [ch.Capacity(factor=factor)]),
        ],
    )
    costs = [plan.certificate.cost for plan in runs.plans.values()]
    assert costs[1] <= costs[0]


numbers = st.floats(0, 3, allow_nan=False).map(lambda x: round(x, 3))
when = st.none() | st.lists(st.integers(1, 13), min_size=1, max_size=3).map(tuple)
where = st.none() | st.sampled_from(["XA1", "XB2", "a b", 'quote"', "ü"])
kinds = st.one_of(
    st.builds(ch.Capacity, factor=numbers, provider=where, service=where, periods=when),
    st.builds(ch.Closure, provider=st.just("XA1"), periods=when),
    st.builds(ch.Referrals, factor=numbers, origin=where, periods=when),
    st.builds(ch.Stay, factor=numbers, pool=st.just("beds"), provider=where),
    st.builds(ch.Pool, factor=numbers, pool=st.just("beds"), periods=when),
    st.builds(
        ch.Site,
        provider=st.just("HUB"),
        slots=st.just({"C_110": 4}),
        minutes=st.just({"XA1": 12.5}),
        periods=when,
    ),
    st.builds(ch.Rule, policy=st.just({"max_minutes": 45.0, "movable_priorities": ["P4"]})),
)


@given(st.lists(st.lists(kinds, max_size=3), max_size=3))
def test_what_is_written_is_read_back(listed):
    """TOML and back: the same scenarios."""
    scenarios = [ma.studies.Scenario(f"number {i}", made) for i, made in enumerate(listed)]
    assert from_toml(to_toml(scenarios)) == scenarios


def test_one_by_one_or_side_by_side_the_plans_are_the_same(system):
    """Processes, threads or neither: every number is the same."""
    scenarios = [
        ma.studies.Scenario(f"{factor:.0%}", [ch.Capacity(factor=factor)])
        for factor in (0.8, 0.9, 1.0)
    ]
    told = []
    one_by_one = ma.studies.run_scenarios(system, None, scenarios, progress=told.append)
    assert told == ["80%", "90%", "100%"]
    for executor in (ProcessPoolExecutor(2), ThreadPoolExecutor(2)):
        with executor:
            other = ma.studies.run_scenarios(system, None, scenarios, executor=executor)
        pd.testing.assert_frame_equal(one_by_one.table, other.table)
        for name, plan in one_by_one.plans.items():
            assert plan.treatments.to_csv() == other.plans[name].treatments.to_csv()


def test_a_sweep_tries_every_combination(system):
    """The further patients may go, and the more anybody may lose, the more is saved."""
    runs = ma.studies.sweep(system, max_minutes=[20, 45, 90], max_sacrifice=[0.0, 0.2])
    assert len(runs.table) == 6
    table = runs.table.pivot_table("saved", "max_minutes", "max_sacrifice")
    assert (table.diff().iloc[1:] >= -1e-9).all().all()
    assert (table.diff(axis=1).iloc[:, 1:] >= -1e-9).all().all()
    assert runs.plans["max_minutes=20, max_sacrifice=0.0"].policy.max_minutes == 20


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda _: ch.Capacity(factor=-1), "factor: is -1"),
        (lambda _: ch.Capacity(factor=1, provider=3, periods=()), "2 problems"),
        (lambda _: ch.Capacity(factor=True), "factor: is True"),
        (lambda _: ch.Closure(provider="XA1", periods=[0]), "whole numbers from 1"),
        (lambda _: ch.Site(provider="H", slots={}, minutes={"A": -1}), "2 problems"),
        (lambda _: ch.Site(provider="H", slots={"C_110": 1.5}, minutes={"A": 1}), "of C_110"),
        (lambda _: ch.Rule(policy={"minutes": 3}), "a policy has no minutes"),
        (lambda _: ma.studies.Scenario(""), "write a name"),
        (lambda _: ma.studies.Scenario("a", ch.Capacity(factor=1)), "is no list"),
        (lambda _: ma.studies.Scenario("a", ["flood"]), "has a str"),
        (lambda s: one(s, ch.Capacity(factor=1, provider="ZZZ")), "scenario 'a'.*nothing there"),
        (lambda s: one(s, ch.Closure(provider="XA1", periods=(9,))), "nothing there"),
        (lambda s: one(s, ch.Stay(factor=1, pool="beds")), "has no usage"),
        (lambda s: one(s, ch.Pool(factor=1, pool="beds")), "has no pools"),
        (
            lambda s: one(s, ch.Site(provider="XA1", slots={"C_110": 1}, minutes={"A": 1})),
            "already",
        ),
        (lambda s: ma.studies.run_scenarios(s, None, ["flood"]), "has a str"),
        (
            lambda s: ma.studies.run_scenarios(
                s, None, [ma.studies.Scenario("a"), ma.studies.Scenario("a")]
            ),
            "rename them",
        ),
        (lambda s: ma.studies.sweep(s, minutes=[3]), "not of Policy or Deep"),
        (lambda s: ma.studies.sweep(s, max_minutes=30), "write a list of values"),
        (lambda s: ma.studies.sweep(s, max_minutes=[-1]), "max_minutes"),
        (lambda _: from_toml("scenario ="), "not TOML"),
        (lambda _: from_toml("[winter]\nfactor = 1"), r"write \[\[scenario\]\]"),
    ],
)
def test_what_cannot_be_meant_is_refused(system, make, what):
    """What, where, and what to do."""
    with pytest.raises(ma.InputError, match=what):
        make(system)


def one(system, change):
    """Apply one change as a scenario."""
    return ma.studies.Scenario("a", [change]).apply(system)


def test_ten_mistakes_in_a_file_are_told_at_once():
    """Each with the number of its scenario and change."""
    text = """
[[scenario]]
name = "a"
colour = "red"
[[scenario.change]]
kind = "flood"
[[scenario.change]]
kind = "capacity"
faktor = 0.5
[[scenario.change]]
kind = "capacity"
factor = -1
[[scenario.change]]
kind = "closure"
[[scenario]]
[[scenario.change]]
kind = "rule"
policy = {minutes = 3}
"""
    with pytest.raises(ma.InputError) as error:
        from_toml(text)
    assert len(error.value.problems) == 7
    assert set(error.value.problems["table"]) == {
        "scenario 1",
        "scenario 2",
        *(f"scenario 1, change {i}" for i in (1, 2, 3, 4)),
        "scenario 2, change 1",
    }
