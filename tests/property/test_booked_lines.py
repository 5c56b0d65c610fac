"""Bookings where slots of a service are of streams and classes: each keeps to its own."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import best
from relaxed import relaxation
from strategies import cases, costly, prices_of, relaxed

import mutualaid as ma
from mutualaid.audit import booked_audit
from mutualaid.data.system import reserved_of
from mutualaid.simulation import Noise, replay

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
TABLES = ("waiting_list", "capacity", "referrals", "removals", "booked")
LINE = ("stream", "wait_class")


def least(case, mode):
    """The least cost in a mode, by brute force; None where that is not told by a few limits."""
    horizon = case.period_weeks, case.periods
    if not mode.moves:
        return best(case.tables, case.policy, *horizon, moves=False)[0]
    if mode.spare_only:
        return None
    agreed = {}
    if mode.binds:
        alone = ma.optimise(case.system(), case.policy, ma.Independent()).entries
        harm = alone.groupby("origin", observed=True)["harm"].sum()
        agreed["harm_caps"] = {str(origin): int(total) for origin, total in harm.items()}
    if isinstance(mode, ma.Transactional):
        agreed["imbalance"] = int(mode.tolerance)
    return best(case.tables, case.policy, *horizon, **agreed)[0]


@relaxed
@given(
    cases(most_patients=2, booked=True, lined=True),
    st.sampled_from(MODES),
    st.sampled_from(["auto", "ageing"]),
)
def test_no_plan_by_brute_force_is_better_whatever_finds_it(case, mode, formulation):
    """In every mode, as chains or by age, and by every backend that can."""
    model = ma.build(case.system(), case.policy, mode, formulation=formulation)
    plain = not len(model.network.rows)
    plans = [model.solve(solver) for solver in ("highs", "pulp", *["flow"] * plain)]
    assert all(plan.violations().empty for plan in plans)
    wanted = least(case, mode)
    for plan in plans:
        assert plan.certificate.optimal
        assert (
            plan.certificate.cost
            == plans[0].certificate.cost
            == (plan.certificate.cost if wanted is None else wanted)
        )


def as_services(case):
    """The same case with every line of slots called a service of its own."""
    more = [name for name in LINE if name in case.tables["capacity"]]
    tables = {}
    for name, frame in case.tables.items():
        if name in TABLES:
            texts = frame[["service", *more]].agg(" ".join, axis=1) if len(frame) else ""
            frame = frame.drop(columns=more).assign(service=texts)
        tables[name] = frame.astype({"service": str}) if "service" in frame else frame
    return ma.System(**tables, period_weeks=case.period_weeks, periods=case.periods)


@relaxed
@given(cases(most_patients=9, side_rows=False, booked=True, lined=True), st.sampled_from(MODES))
def test_lines_are_booked_as_services_are(case, mode):
    """Without a rule for services, a line is like one: as many stand, and plans cost the same."""
    # What specialists take in is told by service, whose names differ here.
    policy = case.policy.replace(move_mixed_services=True, specialists=False)
    system, other = case.system(), as_services(case)
    found, same = reserved_of(system), reserved_of(other)
    assert (found.asked, found.nobody, found.no_pool) == (same.asked, same.nobody, same.no_pool)
    assert sorted(found.no_slot["patients"]) == sorted(same.no_slot["patients"])
    keys = [name for name in system.queue_columns if name in system.booked]
    stand = booked_audit.standing(system, system.booked, keys)
    assert stand["patients"].sum() == found.patients.sum() == same.patients.sum()
    plan, like = (ma.optimise(one, policy, mode) for one in (system, other))
    assert plan.certificate.cost == like.certificate.cost
    prices = prices_of(plan).astype({"service": str})
    texts = prices[list(system.lines.columns)].astype(str).agg(" ".join, axis=1)
    mine = prices.assign(service=texts).drop(columns=list(system.lines.more))
    mine = mine.astype({"provider": str})
    theirs = like.prices.astype({"provider": str, "service": str})
    both = mine.merge(theirs, on=["provider", "service", "period"], suffixes=("", "_like"))
    assert len(both) == len(mine) == len(theirs)
    known = both["exact"] & both["exact_like"]
    assert both.loc[known, "price"].tolist() == pytest.approx(
        both.loc[known, "price_like"].tolist(), abs=1e-5
    )


@costly
@given(cases(most_patients=4, side_rows=False, booked=True, lined=True), st.sampled_from(MODES))
def test_a_replay_keeps_the_dates_of_every_line(case, mode):
    """Nobody who stands is lost, moved or late where nothing is left to chance."""
    plan = ma.optimise(case.system(), case.policy, mode)
    table = replay(plan, noise=Noise.none(), seeds=[0]).table.set_index("policy")
    assert table.loc["nothing", "objective"] == pytest.approx(plan.baseline_objective)


@costly
@given(cases(most_patients=6, booked=True, lined=True), st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing_about_bookings_of_lines(case, seed):
    """The same tables in another order give the same plan and prices, byte for byte."""
    one = ma.optimise(case.system(), case.policy)
    other = ma.optimise(case.system(shuffle=seed), case.policy)
    pd.testing.assert_frame_equal(one.entries, other.entries)
    pd.testing.assert_frame_equal(prices_of(one), prices_of(other))
    pd.testing.assert_frame_equal(
        reserved_of(one.system).no_slot, reserved_of(other.system).no_slot
    )


@costly
@given(
    cases(most_patients=6, booked=True, lines=False),
    st.sampled_from([ma.Deep(), ma.Resource(), ma.Independent()]),
)
def test_the_next_slots_save_what_they_are_said_to_save(case, mode):
    """Slot by slot, whoever then has a date: for so many the price, and then another."""
    plan = ma.optimise(case.system(), case.policy, mode)
    for row in ma.studies.next_slots(plan, top=2, most=3).to_dict("records"):
        keys = ["provider", "service", "period"]
        costs = [relaxation(plan.system, case.policy, mode)]
        for count in range(1, 4):
            more = pd.DataFrame({**{key: [row[key]] for key in keys}, "slots": [count]})
            both = pd.concat([case.tables["capacity"], more]).groupby(keys, as_index=False).sum()
            costs.append(relaxation(plan.system.replace(capacity=both), case.policy, mode))
        saved = [before - after for before, after in pairwise(costs)]
        holds = row["holds_for"]
        assert saved[:holds] == pytest.approx([row["price"]] * holds, abs=1e-5)
        if holds < 3:
            assert saved[holds] == pytest.approx(row["next_price"], abs=1e-5)
            assert saved[holds] != pytest.approx(row["price"], abs=1e-7)
