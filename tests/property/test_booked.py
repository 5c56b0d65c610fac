"""Bookings: who has a date is treated at home then, in every mode, by every way to find a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import best, people
from strategies import cases, costly, estates, prices_of, relaxed

import mutualaid as ma
from mutualaid.audit import booked_audit
from mutualaid.data.system import reserved_of
from mutualaid.model.queues import build_queues

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
MODES = (
    ma.Independent(),
    ma.Transactional(),
    ma.Transactional(tolerance=1),
    ma.Resource(),
    ma.Resource(spare_only=True),
    ma.Resource(promises="board"),
    ma.Transactional(tolerance=1, promises="board"),
    ma.Deep(),
)


def harm_by(entries):
    """What each trust's own patients bear."""
    return entries.groupby("origin", observed=True)["harm"].sum()


def at_home(entries, places):
    """How many are treated at home in each place that is asked for."""
    home = entries[entries["provider"].astype(object) == entries["origin"].astype(object)]
    keys = [*places.names]
    return home.groupby(keys, observed=True)["patients"].sum().reindex(places, fill_value=0)


def booked_of(system):
    """Who stands: patients by queue, wait, period of referral and period of treatment."""
    queues = build_queues(system)
    booked = queues.booked
    if booked is None:
        return pd.Series([], dtype=np.int64)
    labels = queues.labels.astype(object).iloc[queues.lot_queue[booked.lot]]
    table = labels.reset_index(drop=True).assign(
        weeks_waiting=queues.lot_weeks[booked.lot],
        referred=queues.lot_referred[booked.lot],
        period=booked.period,
        patients=booked.patients,
    )
    return table.set_index([name for name in table if name != "patients"])["patients"]


@relaxed
@given(cases(most_patients=9, booked=True))
def test_the_bookings_that_stand_are_those_found_one_patient_at_a_time(case):
    """Of each queue, wait and referral as many are booked as brute force books; all others stay."""
    system = case.system()
    keys = [*system.queue_columns, "weeks_waiting", "referred"]
    mine = booked_of(system)
    found = {place: int(n) for place, n in mine.items()}
    named = [*mine.index.names[:-3]] if len(mine) else []
    expected = {}
    everybody = people(case.tables, case.period_weeks)
    for person in everybody:
        if "booked" in person:
            key = (*(person[k] for k in [*named, *keys[-2:]]), person["booked"])
            expected[key] = expected.get(key, 0) + 1
    assert found == expected
    assert build_queues(system).lot_patients.sum() == len(everybody)


@relaxed
@given(cases(most_patients=2, booked=True))
def test_no_plan_by_brute_force_is_better_than_one_with_bookings(case):
    """Least harm, then fewest moves, of all plans that treat who is booked as they are booked."""
    for formulation in ("auto", "ageing"):
        plan = ma.optimise(case.system(), case.policy, formulation=formulation)
        cost, moves = best(case.tables, case.policy, case.period_weeks, case.periods)
        assert plan.certificate.cost == cost
        assert plan.moves["patients"].sum() == moves


@relaxed
@given(cases(most_patients=2, booked=True))
def test_no_plan_by_brute_force_keeps_promises_at_less_cost_with_bookings(case):
    """Nobody worse off, aid in balance: with who is booked on both sides."""
    system = case.system()
    alone = ma.optimise(system, case.policy, ma.Independent())
    horizon = case.period_weeks, case.periods
    assert alone.certificate.cost == best(case.tables, case.policy, *horizon, moves=False)[0]
    caps = {str(origin): int(harm) for origin, harm in harm_by(alone.entries).items()}
    for mode, imbalance in ((ma.Resource(), None), (ma.Transactional(), 0)):
        plan = ma.optimise(system, case.policy, mode)
        cost, _ = best(case.tables, case.policy, *horizon, harm_caps=caps, imbalance=imbalance)
        assert plan.certificate.cost == cost


@relaxed
@given(cases(most_patients=9, booked=True), st.sampled_from(MODES))
def test_who_is_booked_is_treated_at_home_then_in_every_mode(case, mode):
    """In the plan, and in what each trust does alone."""
    plan = ma.optimise(case.system(), case.policy, mode)
    wanted = booked_of(plan.system)
    if len(wanted):
        for entries in (plan.entries, plan.baseline_entries):
            assert (at_home(entries, wanted.index) >= wanted).all()
    assert plan.violations().empty
    keys = [*plan.system.queue_columns, "provider", "weeks_waiting", "referred", "period"]
    if plan.policy.harm.by in (None, *keys):
        assert not plan.entries.duplicated(keys).any()


@costly
@given(st.data(), cases(most_patients=6, side_rows=False, booked=True, lines=False))
def test_lent_rooms_leave_who_is_booked_at_home(data, case):
    """A team that works elsewhere still keeps its dates at home."""
    mode = ma.Resource(lend=data.draw(estates(case)))
    plan = ma.optimise(case.system(), case.policy, mode)
    assert plan.violations().empty


@costly
@given(cases(most_patients=9, booked=True), st.sampled_from(["chain", "ageing"]))
def test_every_backend_finds_the_same_plan_with_bookings(case, formulation):
    """Flow, HiGHS and PuLP agree to the unit; without side rows, to the patient."""
    system = case.system()
    model = ma.build(system, case.policy)
    if formulation == "ageing":
        model = ma.build(system, case.policy, formulation="ageing")
    pure = not len(model.network.rows)
    plans = [model.solve(solver) for solver in ["highs", "pulp", *["flow"] * pure]]
    assert len({plan.certificate.cost for plan in plans}) == 1
    if pure:
        first = plans[0].treatments.to_csv()
        assert all(plan.treatments.to_csv() == first for plan in plans)


@costly
@given(cases(most_patients=9, booked=True), st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing_about_bookings(case, seed):
    """The same tables in another order give the same plan, byte for byte."""
    one = ma.optimise(case.system(), case.policy)
    other = ma.optimise(case.system(shuffle=seed), case.policy)
    for table in ("entries", "prices"):
        assert getattr(one, table).to_csv() == getattr(other, table).to_csv()
    assert one.system.notes == other.system.notes


@relaxed
@given(cases(most_patients=5, booked=True), st.data())
def test_a_plan_that_moves_or_postpones_who_is_booked_is_noticed(case, data):
    """The tables of a plan, with one treatment of somebody who is booked changed."""
    plan = ma.optimise(case.system(), case.policy)
    wanted = booked_of(plan.system)
    if not len(wanted):
        return
    place = data.draw(st.sampled_from(list(wanted.index)))
    entries = plan.entries
    rows = np.ones(len(entries), dtype=bool)
    for name, value in zip(wanted.index.names, place, strict=True):
        rows &= (entries[name].astype(object) == value).to_numpy()
    rows &= (entries["provider"].astype(object) == entries["origin"].astype(object)).to_numpy()
    how = data.draw(st.sampled_from(["moved", "postponed", "lost"]))
    forged = entries.astype({"provider": object})
    if how == "moved":
        forged.loc[rows, "provider"] = "elsewhere"
    elif how == "postponed":
        forged.loc[rows, "period"] += 1
    else:
        forged = forged[~rows]
    assert booked_audit.violations(plan.system, entries).empty
    found = booked_audit.violations(plan.system, forged)
    assert set(found["rule"]) == {booked_audit.RULE}


@costly
@given(cases(most_patients=4, booked=True), st.data())
def test_a_price_is_what_one_more_slot_saves_with_bookings(case, data):
    """Adding the slot and solving again saves exactly its price, whoever then has a date."""
    mode = data.draw(st.sampled_from([ma.Deep(), ma.Resource(), ma.Independent()]))
    plan = ma.optimise(case.system(), case.policy, mode)
    if plan.prices.empty:
        return
    prices = prices_of(plan)
    row = prices.iloc[data.draw(st.integers(0, len(prices) - 1))]
    keys = ["provider", *plan.system.lines.columns, "period"]
    more = pd.DataFrame({**{k: [row[k]] for k in keys}, "slots": [1]})
    capacity = pd.concat([case.tables["capacity"], more]).groupby(keys, as_index=False).sum()
    system = plan.system.replace(capacity=capacity)
    if row["exact"]:
        saved = plan.bound - ma.optimise(system, case.policy, mode).bound
        assert saved == pytest.approx(row["price"], abs=1e-5)


@relaxed
@given(cases(most_patients=4, booked=True), st.data())
def test_what_is_void_is_told(case, data):
    """With fewer slots fewer bookings stand; notes say of how many, and systems go on working."""
    system = case.system()
    asked = int(case.tables["booked"]["patients"].sum())
    void = asked - int(reserved_of(system).patients.sum())
    told = [note for note in system.notes if "void" in note]
    assert bool(void) == bool(told)
    if void:
        assert told[0].startswith(f"{void} of the {asked} booking")
    capacity = case.tables["capacity"]
    fewer = [data.draw(st.integers(0, n)) for n in capacity["slots"]]
    less = system.replace(capacity=capacity.assign(slots=fewer))
    assert reserved_of(less).patients.sum() <= asked
    assert ma.optimise(less, case.policy).violations().empty


@costly
@given(cases(most_patients=4, booked=True), st.sampled_from(MODES))
def test_a_plan_with_bookings_is_found_again_from_what_is_known(case, mode):
    """A start, moves that stand, and objectives in order."""
    system = case.system()
    plan = ma.optimise(system, case.policy, mode)
    model = ma.build(system, case.policy, mode)
    assert model.solve(start=plan).certificate.cost <= plan.certificate.cost
    again = ma.optimise(system, case.policy, mode, previous=plan)
    assert again.changes_since(plan).empty
    ordered = ma.optimise(system, case.policy, mode, objectives=["over_52", "harm"])
    assert ordered.violations().empty
    target = ma.Target(weeks=18, patients=0, period=1)
    aimed = ma.optimise(system, case.policy, mode, targets=[target])
    waiting = aimed.entries.query("referred <= 1 and period > 1")
    assert aimed.targets["waiting"].sum() == waiting["patients"].sum()
