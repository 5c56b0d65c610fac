"""An insurance keeps what it promises in any shock, or comes as near to it as can be."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracle import best
from strategies import cases, costly, relaxed

import mutualaid as ma
from mutualaid.studies import changes as ch

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
SHARES = [0.0, 0.1, 0.5, 1.0]
LOSSES = [0.0, 0.02, 0.3, None]


def shocked(system, policy, trust, factor, insurance, **more):
    """Settle one shock: a trust loses its slots."""
    lost = ch.Capacity(factor=factor, provider=trust)
    scenario = ma.studies.Scenario("shock", [lost])
    try:
        scenario.apply(system, policy)
    except ma.InputError:
        # Who has a date cannot be treated, or there is nothing to lose.
        assume(False)
    shock = ma.studies.Shock(scenario=scenario, chance=0.1, **more)
    return insurance.settle(system, policy, [shock])


def harm(table, system):
    """What each trust's own patients bear, in 1/1000 harm-weeks, row by row."""
    total = dict.fromkeys(system.providers, 0)
    for trust, amount in zip(table["origin"].astype(str), table["harm"], strict=True):
        total[trust] += int(amount)
    return total


def most_of(trust, hit, calm, alone, insurance):
    """The most that a trust's own patients bear as promised."""
    share = Fraction(str(insurance.share))
    if trust in hit:
        return floor(alone[trust] - share * max(alone[trust] - calm[trust], 0))
    if insurance.most_loss is None:
        return 10**15
    extra = Fraction(str(insurance.most_loss)) * calm[trust]
    return floor(max(alone[trust], calm[trust]) + extra)


@costly
@given(
    cases(most_patients=9),
    st.sampled_from(SHARES),
    st.sampled_from(LOSSES),
    st.sampled_from([0, 0.5]),
    st.booleans(),
    st.data(),
)
def test_who_is_hit_recovers_its_share_and_nobody_else_loses_more_than_stated(
    case, share, most_loss, factor, named, data
):
    """Recounted row by row from the plans' own tables."""
    system = case.system()
    trust = data.draw(st.sampled_from(system.providers))
    insurance = ma.Insurance(share=share, most_loss=most_loss)
    more = {"hit": (trust,)} if named else {}
    settled = shocked(system, case.policy, trust, factor, insurance, **more)
    plan = settled.plans["shock"]
    calm = harm(settled.calm.entries, system)
    alone, came = (harm(side, system) for side in (plan.baseline_entries, plan.entries))
    hit = {trust} if named else {t for t in system.providers if alone[t] > calm[t]}
    assert set(settled.table["origin"]) == hit
    short = dict(zip(settled.table["origin"], settled.table["short"], strict=True))
    for one in system.providers:
        most = most_of(one, hit, calm, alone, insurance)
        assert came[one] <= most + round(short.get(one, 0) * 1000)
        if one in hit:
            assert came[one] <= alone[one]
    assert (settled.table["reached"] == (settled.table["short"] == 0)).all()
    assert (settled.table["why"].ne("") == ~settled.table["reached"]).all()
    assert plan.violations().empty
    assert settled.violations().empty
    assert abs(settled.premiums["premium"].sum()) < 1e-6
    worth = settled.premiums["received"] - settled.premiums["given"]
    assert worth.sum() == pytest.approx(0.1 * settled.partners["worth"].sum(), abs=1e-6)


@relaxed
@given(cases(most_patients=2), st.sampled_from(SHARES), st.sampled_from(LOSSES[:-1]), st.data())
def test_no_plan_by_brute_force_comes_nearer_or_costs_less(case, share, most_loss, data):
    """Every patient to every place: the least shortfall, and of that the least cost."""
    system = case.system()
    trust = data.draw(st.sampled_from(system.providers))
    insurance = ma.Insurance(share=share, most_loss=most_loss)
    settled = shocked(system, case.policy, trust, 0, insurance, hit=(trust,))
    plan = settled.plans["shock"]
    calm = harm(settled.calm.entries, system)
    alone = harm(plan.baseline_entries, system)
    slots = case.tables["capacity"].copy()
    slots.loc[slots["provider"] == trust, "slots"] = 0
    place = {one: 1 + at for at, one in enumerate(system.providers)}

    def counts(option):
        result = [0] * (1 + len(place))
        if option is not None:
            result[0] = option.cost
            result[place[option.person["origin"]]] += option.harm
        return tuple(result)

    found = []
    for totals in best(
        case.tables | {"capacity": slots},
        case.policy,
        case.period_weeks,
        case.periods,
        counts=counts,
    ):
        over = {
            one: totals[at] - most_of(one, {trust}, calm, alone, insurance)
            for one, at in place.items()
        }
        others = [amount for one, amount in over.items() if one != trust]
        if totals[place[trust]] <= alone[trust] and max(others, default=0) <= 0:
            short = max(over[trust], 0)
            lost = any(totals[at] > alone[one] for one, at in place.items())
            # Nobody loses where nobody has to.
            found.append((short, lost and not short, totals[0]))
    least, _, cost = min(found)
    row = settled.table.iloc[0]
    assert round(row["short"] * 1000) == least
    assert row["least_short"] <= row["short"] + 1e-9
    assert plan.certificate.cost == cost
