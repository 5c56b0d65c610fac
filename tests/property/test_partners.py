"""A partner's account never falls short, its help never costs the system, and the plan is best."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma

TRUSTS = ("ALD", "BIR")
APART = ma.Policy(max_minutes=10)


@st.composite
def agreements(draw):
    """A system short of beds, and what a council is asked for: plain numbers."""
    return {
        "waiting": draw(st.tuples(st.integers(1, 5), st.integers(1, 5))),
        "beds": draw(st.tuples(st.integers(0, 6), st.integers(0, 6))),
        "need": draw(st.sampled_from([1.0, 1.5, 2.0])),
        "hours": draw(st.integers(0, 6)),
        "spared": draw(st.tuples(*[st.sampled_from([0.25, 0.5, 1.0, 2.0])] * 2)),
        "at_most": draw(st.sampled_from([0.2, 0.5, 1.0])),
        "cost": draw(st.sampled_from([0.0, 10.0, 24.5])),
        "gain": draw(st.sampled_from([0.0, 9.99, 24.5, 60.0])),
        "fixed": draw(st.sampled_from([0.0, 15.0, 40.0])),
        "least": draw(st.sampled_from([-30.0, 0.0, 25.0])),
    }


def system_of(case):
    """Two trusts with slots for all, and few beds."""
    lists = pd.DataFrame(
        {"origin": TRUSTS, "service": "C_110", "weeks_waiting": 40, "patients": case["waiting"]}
    )
    slots = pd.DataFrame({"provider": TRUSTS, "service": "C_110", "period": 1, "slots": 5})
    ways = pd.DataFrame({"origin": TRUSTS, "provider": TRUSTS[::-1], "minutes": 30.0})
    beds = pd.DataFrame({"provider": TRUSTS, "pool": "beds", "period": 1, "amount": case["beds"]})
    usage = pd.DataFrame({"service": ["C_110"], "pool": "beds", "amount": case["need"]})
    return ma.System(lists, slots, ways, pools=beds, usage=usage, periods=1)


def council_of(case, more=0):
    """The council, with so many hours more."""
    pools = pd.DataFrame({"pool": ["care"], "period": 1, "amount": case["hours"] + more})
    spares = pd.DataFrame({"pool": "care", "provider": TRUSTS, "spares": "beds"})
    spares = spares.assign(amount=case["spared"], at_most=case["at_most"])
    return ma.Partner(
        *("Council", pools, spares, {"care": case["cost"]}, {"beds": case["gain"]}),
        fixed_cost=case["fixed"],
        at_least=case["least"],
    )


def most_treated(case):
    """Every way to share the hours out, one after another, in exact fractions."""
    best = 0
    need, share = Fraction(case["need"]), Fraction(str(case["at_most"]))
    cost, gain, fixed, least = (
        Fraction(str(case[name])) for name in ("cost", "gain", "fixed", "least")
    )
    for hours in product(range(case["hours"] + 1), repeat=2):
        if sum(hours) > case["hours"]:
            continue
        spared = [Fraction(s) * h for s, h in zip(case["spared"], hours, strict=True)]
        if any(hours) and gain * sum(spared) - cost * sum(hours) - fixed < least:
            continue
        treated = 0
        for waiting, beds, freed in zip(case["waiting"], case["beds"], spared, strict=True):
            here = min(waiting, 5, int((beds + freed) // need))
            # Fewer treated could only be spared less.
            if freed > share * here * need:
                break
            treated += here
        else:
            best = max(best, treated)
    return best


@given(agreements())
def test_the_best_share_of_help_is_found_and_accounts_hold(case):
    """Who waits is alike, so that least harm is most treated."""
    system = system_of(case)
    plan = ma.optimise(system, APART, ma.Resource(partners=[council_of(case)]))
    assert int(plan.treatments["patients"].sum()) == most_treated(case)
    account = plan.partner_accounts.iloc[0]
    if account["takes_part"]:
        assert account["account"] >= account["at_least"] - 0.005
    else:
        assert account["account"] == 0
    assert plan.violations().empty


@given(agreements(), st.integers(1, 4))
def test_more_help_never_costs_the_system(case, more):
    """With ways open as well: what there was may still be chosen."""
    system = system_of(case)
    plans = [
        ma.optimise(system, None, ma.Deep(partners=partners))
        for partners in ((), [council_of(case)], [council_of(case, more)])
    ]
    costs = [plan.certificate.cost for plan in plans]
    assert costs == sorted(costs, reverse=True)


@given(agreements(), st.integers(0, 5), st.sampled_from([0.0, 0.02, 0.5, 1.0]))
def test_income_stays_within_its_limits_and_costs_no_less(case, most, tolerance):
    """The more is asked, the dearer; recounted from the tables of the plan."""
    system = system_of(case)
    contracts = pd.DataFrame({"provider": ["BIR"], "at_most": [most]})
    income = ma.Income(tariff={"C_110": 99.99}, tolerance=tolerance, contracts=contracts)
    free, held = (
        ma.optimise(system, ma.Policy(lead_weeks=0), ma.Deep(income=one)) for one in (None, income)
    )
    assert held.certificate.cost >= free.certificate.cost
    paid = held.income({"C_110": 99.99})
    assert (paid["together"] >= (1 - tolerance) * paid["alone"] - 0.005).all()
    assert held.moves.query("provider == 'BIR'")["patients"].sum() <= most
    assert (
        held.contracts["treated"].item() == held.moves.query("provider == 'BIR'")["patients"].sum()
    )
