"""Each way to collaborate keeps its promises, and each allows what the one before it allows."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import best
from strategies import cases, costly, estates, relaxed

import mutualaid as ma
from mutualaid.model.decode import decode
from mutualaid.planning.warm_start import nobody_moves
from mutualaid.solve.certificate import broken

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")


def harm_by(entries: pd.DataFrame) -> pd.Series:
    """What each trust's own patients bear, in whole units."""
    return entries.groupby("origin", observed=True)["harm"].sum()


def at_home(plan: ma.Plan) -> pd.DataFrame:
    """How many of its own patients each trust treats, by queue and period."""
    rows = plan.treatments
    rows = rows[rows["provider"] == rows["origin"]]
    keys = [*plan.system.queue_columns, "period"]
    return rows.groupby(keys, observed=True)["patients"].sum()


@relaxed
@given(cases(most_patients=9), st.sampled_from(["harm", "board"]))
def test_each_rung_costs_no_more_than_the_one_below(case, promises):
    """Independent, Transactional, Resource, Deep: total harm never rises on the way up.

    And no more with harm alone than with all that boards answer for.
    """
    system = case.system()
    kept = {"promises": promises}
    modes = (ma.Independent(), ma.Transactional(**kept), ma.Resource(**kept), ma.Deep())
    plans = [ma.optimise(system, case.policy, mode) for mode in modes]
    costs = [plan.certificate.cost for plan in plans]
    assert costs == sorted(costs, reverse=True)
    alone = harm_by(plans[0].entries)
    for plan in plans[1:3]:
        assert (harm_by(plan.entries) <= alone).all()
    assert (plans[1].balance()["patients_net"] == 0).all()
    for plan in plans[1:3]:
        assert plan.clauses()["kept"].all()
    lopsided = ma.optimise(system, case.policy, ma.Transactional(tolerance=1, **kept))
    assert lopsided.balance()["patients_net"].abs().max() <= 1
    assert costs[1] >= lopsided.certificate.cost >= costs[2]
    assert ma.optimise(system, case.policy, ma.Resource()).certificate.cost <= costs[2]
    for plan in plans:
        assert plan.certificate.valid
        assert plan.certificate.cost >= plan.certificate.lower_bound
        assert plan.violations().empty


@relaxed
@given(cases(most_patients=2))
def test_no_plan_by_brute_force_keeps_a_mode_s_promises_at_less_cost(case):
    """Nobody worse off, and aid in balance: what trying everything finds, patient by patient."""
    system = case.system()
    alone = ma.optimise(system, case.policy, ma.Independent())
    caps = {str(origin): int(harm) for origin, harm in harm_by(alone.entries).items()}
    horizon = case.period_weeks, case.periods
    resource = ma.optimise(system, case.policy, ma.Resource())
    cost, moves = best(case.tables, case.policy, *horizon, harm_caps=caps)
    assert resource.certificate.cost == cost
    swap = ma.optimise(system, case.policy, ma.Transactional())
    cost, moves = best(case.tables, case.policy, *horizon, harm_caps=caps, imbalance=0)
    assert swap.certificate.cost == cost
    lopsided = ma.optimise(system, case.policy, ma.Transactional(tolerance=1))
    cost, moves = best(case.tables, case.policy, *horizon, harm_caps=caps, imbalance=1)
    assert lopsided.certificate.cost == cost
    assert lopsided.moves["patients"].sum() >= 0 <= moves


@costly
@given(cases(most_patients=9))
def test_a_deep_plan_without_sacrifice_is_a_resource_plan(case):
    """No sacrifice allowed: Resource. Any sacrifice allowed: Deep."""
    system = case.system()
    modes = (ma.Deep(), ma.Resource(), ma.Deep(max_sacrifice=0), ma.Deep(max_sacrifice=1e6))
    plans = {mode: ma.optimise(system, case.policy, mode) for mode in modes}
    cost = {mode: plan.certificate.cost for mode, plan in plans.items()}
    assert cost[ma.Deep(max_sacrifice=0)] == cost[ma.Resource()]
    assert cost[ma.Deep(max_sacrifice=1e6)] >= cost[ma.Deep()]
    deep = plans[ma.Deep()]
    bears, alone = harm_by(deep.entries), harm_by(deep.baseline_entries)
    if not ((alone == 0) & (bears > 0)).any():
        # A share of nothing is nothing: who bears nothing alone can be asked for nothing.
        assert cost[ma.Deep(max_sacrifice=1e6)] == cost[ma.Deep()]


@costly
@given(cases(most_patients=9), st.sampled_from([0.05, 0.3, 1.0]))
def test_no_trust_sacrifices_more_than_the_cap(case, share):
    """A cap on sacrifice holds trust by trust, and a looser one never costs more."""
    system = case.system()
    capped = ma.optimise(system, case.policy, ma.Deep(max_sacrifice=share))
    alone = harm_by(capped.baseline_entries)
    assert (harm_by(capped.entries) <= alone * (1 + share) + 1e-6).all()
    assert capped.certificate.cost >= ma.optimise(system, case.policy).certificate.cost
    tight = ma.optimise(system, case.policy, ma.Deep(max_sacrifice=share / 2))
    assert tight.certificate.cost >= capped.certificate.cost


@costly
@given(cases(most_patients=9))
def test_who_lends_only_what_is_spare_treats_its_own_as_before(case):
    """Under spare_only each trust treats as many of its own at home, in every period, as alone."""
    system = case.system()
    spare = ma.optimise(system, case.policy, ma.Resource(spare_only=True))
    alone = ma.optimise(system, case.policy, ma.Independent())
    pd.testing.assert_series_equal(at_home(spare), at_home(alone))
    assert (harm_by(spare.entries) <= harm_by(alone.entries)).all()
    assert spare.certificate.cost <= alone.certificate.cost
    resource = ma.optimise(system, case.policy, ma.Resource())
    assert resource.certificate.cost <= spare.certificate.cost


@relaxed
@given(cases(most_patients=9), st.sampled_from([0, 1, 3]))
def test_nobody_gives_more_than_it_gets_and_the_agreed_number(case, most):
    """Reciprocity bounds what a trust gives over what it gets."""
    system = case.system()
    for mode in (ma.Deep(reciprocity=most), ma.Resource(reciprocity=most)):
        plan = ma.optimise(system, case.policy, mode)
        assert (plan.balance()["patients_net"] <= most).all()


@relaxed
@given(cases(most_patients=9), st.sampled_from([0.01, 0.1, 0.5]))
def test_whoever_takes_part_gains_its_share(case, share):
    """With a least gain, a trust either gains it or nobody moves out of it or into it."""
    plan = ma.optimise(case.system(), case.policy, ma.Transactional(min_gain=share))
    alone, bears = harm_by(plan.baseline_entries), harm_by(plan.entries)
    taking_part = set(plan.moves["origin"]) | set(plan.moves["provider"])
    for trust in taking_part & set(alone.index):
        assert bears[trust] <= alone[trust] * (1 - share) + 1e-6
    assert plan.certificate.cost <= plan.baseline_objective * 1000 + 1e-6


@costly
@given(cases(most_patients=9))
def test_a_fair_share_never_leaves_the_worst_off_trust_with_less(case):
    """Max-min keeps what it says it keeps, and every other promise."""
    plan = ma.optimise(case.system(), case.policy, ma.Transactional(share="max-min"))
    alone, bears = harm_by(plan.baseline_entries), harm_by(plan.entries)
    kept = plan.fairness.set_index("origin")["kept"].reindex(alone.index)
    gain = 1 - bears / alone.where(alone > 0)
    assert (gain.fillna(0.0) >= kept - 1e-9).all()
    least = ma.optimise(case.system(), case.policy, ma.Transactional())
    other = 1 - harm_by(least.entries) / alone.where(alone > 0)
    assert sorted(gain.dropna()) >= sorted(other.dropna())
    assert plan.fairness["kept"].min() <= plan.fairness["fair_gain"].min() + 1e-9
    assert plan.violations().empty


@relaxed
@given(cases(most_patients=2))
def test_no_plan_by_brute_force_shares_the_gain_more_fairly(case):
    """The smallest gain cannot be larger, nor the second smallest with it, nor the third."""
    plan = ma.optimise(case.system(), case.policy, ma.Transactional(share="max-min"))
    alone, bears = harm_by(plan.baseline_entries), harm_by(plan.entries)
    # Who bears nothing alone has nothing to gain, and is to bear nothing.
    nothing = {str(who): 0 for who in alone.index[alone == 0]}
    alone = alone[alone > 0]
    gains = {str(who): 1 - Fraction(int(bears[who]), int(alone[who])) for who in alone.index}
    level = sorted(gains.values())

    def caps(above, exempt):
        """Everybody gains more than the level but who is exempt, who gain their levels at least."""
        found = {who: int(alone[who] * (1 - above)) for who in gains}
        found = {w: c - (c == alone[w] * (1 - above)) for w, c in found.items()}
        return nothing | found | {who: int(alone[who] * (1 - low)) for who, low in exempt}

    for rank, above in enumerate(level):
        for exempt in permutations(gains, rank):
            limits = caps(above, zip(exempt, level, strict=False))
            if min(limits.values()) >= 0:
                with pytest.raises(AssertionError, match="nothing keeps every limit"):
                    best(
                        case.tables,
                        case.policy,
                        case.period_weeks,
                        case.periods,
                        harm_caps=limits,
                        imbalance=0,
                    )


@relaxed
@given(cases(most_patients=9))
def test_the_ledger_adds_up_to_moves_and_gains(case):
    """Every move is booked once, and what is saved for a trust is what its patients gain."""
    plan = ma.optimise(case.system(), case.policy)
    book = plan.ledger(by=("service", "period"))
    assert book["patients"].sum() == plan.moves["patients"].sum()
    minutes = plan.moves["extra_minutes"] * plan.moves["patients"]
    assert book["extra_minutes"].sum() == pytest.approx(minutes.sum())
    assert plan.balance()["patients_net"].sum() == 0
    saved = plan.ledger(own=True).groupby("origin")["harm_weeks_saved"].sum()
    gained = (harm_by(plan.baseline_entries) - harm_by(plan.entries)) / 1000
    both = pd.DataFrame({"saved": saved, "gained": gained}).fillna(0.0)
    assert np.allclose(both["saved"], both["gained"])


@costly
@given(cases(most_patients=9), st.integers(0, 1000))
def test_the_order_of_rows_changes_no_mode_s_plan(case, seed):
    """Side rows or not: the same tables in another order give the same plan."""
    for mode in (ma.Transactional(tolerance=1), ma.Resource(), ma.Deep(max_sacrifice=0.1)):
        one = ma.optimise(case.system(), case.policy, mode)
        other = ma.optimise(case.system(shuffle=seed), case.policy, mode)
        assert one.treatments.to_csv() == other.treatments.to_csv()


@costly
@given(
    cases(most_patients=5, falling_harm=False, young_stay=False),
    st.sampled_from([ma.Transactional(), ma.Resource(), ma.Resource(spare_only=True)]),
)
def test_every_formulation_and_backend_finds_a_mode_s_optimum(case, mode):
    """Chain and ageing, HiGHS and PuLP: the same cost to the unit."""
    system = case.system()
    costs = {
        ma.build(system, case.policy, mode, formulation=how).solve(solver).certificate.cost
        for how in ("chain", "ageing")
        for solver in ("auto", "pulp")
    }
    assert len(costs) == 1


@costly
@given(cases(most_patients=5))
def test_objectives_in_order_are_each_as_small_as_they_can_be(case):
    """The first objective is what it alone would reach; a later one never spoils an earlier."""
    system = case.system()
    order = ["over_52", "moves", "harm"]
    plan = ma.optimise(system, case.policy, objectives=order)
    values = plan.stages.set_index("objective")["value"]
    whole = plan.measures(by=None).iloc[0]
    assert values["over_52"] == whole["over_52_after"]
    assert values["moves"] == plan.moves["patients"].sum()
    assert values["harm"] == pytest.approx(plan.harm_weeks)
    alone = ma.optimise(system, case.policy, objectives=["over_52"])
    assert alone.stages["value"].iloc[0] == values["over_52"]
    assert alone.objective <= plan.objective + 1e-9
    everything = ma.optimise(system, case.policy)
    assert everything.measures(by=None).iloc[0]["over_52_after"] >= values["over_52"]
    assert everything.objective <= plan.objective + 1e-9


@relaxed
@given(cases(most_patients=5), st.sampled_from([18, 52]), st.integers(0, 2))
def test_a_target_is_missed_by_as_few_as_possible(case, weeks, most):
    """What the plan says it misses is what is counted, and no plan for fewer exists."""
    system = case.system()
    target = ma.Target(weeks=weeks, patients=most, by="system")
    plan = ma.optimise(system, case.policy, targets=[target])
    missed = int(plan.targets["missed"].sum())
    assert missed == plan.stages["value"].iloc[0]
    fewest = ma.optimise(system, case.policy, objectives=[f"over_{weeks}"]).stages["value"].iloc[0]
    assert missed == max(fewest - most, 0)


@relaxed
@given(
    cases(most_patients=9),
    st.sampled_from(
        [
            ma.Transactional(),
            ma.Transactional(min_gain=0.1),
            ma.Resource(spare_only=True),
            ma.Deep(max_sacrifice=0, reciprocity=0),
        ]
    ),
    st.sampled_from(["auto", "ageing"]),
    st.booleans(),
)
def test_that_nobody_moves_is_always_an_answer(case, mode, formulation, asked):
    """What each trust does alone keeps every mode's promises, whatever targets it misses."""
    targets = [ma.Target(weeks=18, by="trust")] if asked else []
    made = ma.build(case.system(), case.policy, mode, formulation=formulation, targets=targets)
    before = made.baseline[1]
    flow = nobody_moves(made.model, before)
    assert not broken(made.network, flow)
    assert made.network.total(flow) == round(made.solve().baseline_objective * 1000)
    again = decode(made.model, flow)
    assert (again.patients == before.patients).all()
    assert (again.period == before.period).all()


@relaxed
@given(
    cases(most_patients=9, side_rows=False),
    st.sampled_from([ma.Deep(), ma.Resource(), ma.Transactional(tolerance=1)]),
)
def test_who_takes_no_part_goes_on_as_alone(case, mode):
    """A trust that no patient leaves or comes to treats its own in the same order as before."""
    system = case.system()
    plan = ma.optimise(system, case.policy, mode)
    alone = at_home(ma.optimise(system, case.policy, ma.Independent()))
    apart = set(system.providers) - set(plan.moves["origin"]) - set(plan.moves["provider"])
    mine, before = (
        counts[counts.index.get_level_values("origin").isin(apart)]
        for counts in (at_home(plan), alone)
    )
    pd.testing.assert_series_equal(mine, before)


@costly
@given(cases(most_patients=9, lines=False), st.data())
def test_lent_rooms_keep_the_ladder_in_order(case, data):
    """With the same estate on the last two rungs each rung still costs no more than the one below.

    Nobody is worse off under Resource, no team or room does more than it can, and who has a room
    to go to is never worse served than without it.
    """
    system, estate = case.system(), data.draw(estates(case))
    modes = (
        ma.Independent(),
        ma.Transactional(),
        ma.Resource(),
        ma.Resource(lend=estate),
        ma.Deep(lend=estate),
    )
    plans = [ma.optimise(system, case.policy, mode) for mode in modes]
    costs = [plan.certificate.cost for plan in plans]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] <= ma.optimise(system, case.policy).certificate.cost
    assert (harm_by(plans[3].entries) <= harm_by(plans[0].entries)).all()
    for plan in plans:
        assert plan.violations().empty
        assert plan.certificate.valid
