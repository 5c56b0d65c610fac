"""Who gains and who loses income by a plan: money goes to who treats."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import income_audit


def test_money_goes_to_who_treats():
    """Alder treats two alone and together; Birch four of Alder's for nobody's before."""
    plan = ma.optimise(two_trusts(), ma.Policy(lead_weeks=0))
    assert plan.income({"C_110": 5200.5}).to_dict("records") == [
        {
            "provider": "ALD",
            "alone": 10401.0,
            "together": 10401.0,
            "change": 0.0,
            "from_others": 0.0,
            "to_others": 20802.0,
        },
        {
            "provider": "BIR",
            "alone": 0.0,
            "together": 20802.0,
            "change": 20802.0,
            "from_others": 20802.0,
            "to_others": 0.0,
        },
    ]


def test_income_adds_up_to_what_everybody_is_paid():
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    plan = ma.optimise(system)
    prices = {service: 100.0 * n for n, service in enumerate(system.services)}
    paid = plan.income(prices)
    each = plan.treatments["service"].astype(object).map(prices) * plan.treatments["patients"]
    assert paid["together"].sum() == each.sum()
    assert paid["from_others"].sum() == paid["to_others"].sum()
    assert (paid["together"] - paid["alone"]).round(2).to_list() == paid["change"].to_list()


def test_a_table_does_what_a_mapping_does():
    plan = ma.optimise(two_trusts())
    table = pd.DataFrame({"service": ["C_110"], "money": [7.0]})
    pd.testing.assert_frame_equal(plan.income(table), plan.income({"C_110": 7.0}))


@pytest.mark.parametrize(
    ("tariff", "told"),
    [
        ({"C_120": 1.0}, "tariff.service: has nothing for C_110"),
        ({"C_110": -1.0}, "tariff.money: is below 0"),
        ({"C_110": "dear"}, "not numbers"),
        (pd.DataFrame({"service": ["C_110"]}), "lacks money"),
        (pd.DataFrame({"service": ["C_110"] * 2, "money": [1.0, 2.0]}), "is there twice"),
        (pd.DataFrame({"service": ["C_110"], "stream": "day", "money": 1.0}), "has stream"),
    ],
)
def test_a_tariff_that_cannot_be_used_is_told(tariff, told):
    with pytest.raises(ma.InputError) as error:
        ma.optimise(two_trusts()).income(tariff)
    assert told in str(error.value)


TARIFF = {"C_110": 100.0}


def planned(system=None, **more):
    """Alder's six, of whom Birch may treat four."""
    mode = ma.Deep(income=ma.Income(tariff=TARIFF, **more))
    return ma.optimise(system or two_trusts(), ma.Policy(lead_weeks=0), mode)


def moved_under(**more):
    """How many patients move."""
    return int(planned(**more).moves["patients"].sum())


def limited(who="BIR", **more):
    """Limits of one trust."""
    return pd.DataFrame({"provider": [who], **{name: [value] for name, value in more.items()}})


def test_a_ceiling_stops_moves_and_a_floor_is_kept():
    assert moved_under() == 4
    assert moved_under(limits=limited(ceiling=250.0)) == 2
    assert moved_under(limits=limited(floor=300.0, ceiling=300.0)) == 3
    assert moved_under(limits=limited("ALD", floor=200.0)) == 4
    with pytest.raises(ma.SolverError):
        planned(limits=limited("ALD", floor=201.0))


def test_nobody_is_paid_less_than_alone_beyond_the_tolerance():
    """Birch would take over what Alder is paid for: less way, and none where that is promised."""
    plan = planned(tolerance=0.02)
    paid = plan.income(TARIFF).set_index("provider")
    assert (paid["together"] >= 0.98 * paid["alone"]).all()
    assert plan.limits.query("kind == 'income'")["provider"].to_list() == ["ALD"]


@pytest.mark.parametrize(("most", "service"), [(3, "C_110"), (1, None), (0, "C_110"), (9, None)])
def test_a_contract_caps_what_others_send(most, service):
    table = pd.DataFrame(
        {"provider": ["BIR"], "service": [service], "at_most": [most], "price": [250.0]}
    )
    plan = planned(contracts=table)
    used = plan.contracts.iloc[0]
    assert used["treated"] == min(most, 4)
    assert used["paid"] == 250.0 * min(most, 4)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tariff": {"C_120": 1.0}}, "income.tariff: has nothing for C_110"),
        ({"tariff": {"C_110": -1.0}}, "tariff of C_110"),
        ({"tolerance": 1.5}, "tolerance"),
        ({"limits": limited("CED", floor=1.0)}, "income.limits.provider: is not in this system"),
        ({"limits": limited(floor=2.0, ceiling=1.0)}, "is above the ceiling"),
        ({"limits": limited(least=1.0)}, "has least"),
        ({"contracts": limited(at_most=1.5)}, "is no whole number"),
        ({"contracts": limited(price=1.5)}, "lacks at_most"),
        ({"tolerance": 0.0, "limits": limited("ALD", ceiling=100.0)}, "the ceiling of ALD"),
    ],
)
def test_limits_that_cannot_be_used_are_told(more, told):
    with pytest.raises(ma.InputError) as error:
        ma.optimise(two_trusts(), None, ma.Deep(income=ma.Income(**{"tariff": TARIFF, **more})))
    assert told in str(error.value)


def test_each_rule_is_looked_at_again():
    """The plan without limits, held against some."""
    plan = ma.optimise(two_trusts(), ma.Policy(lead_weeks=0))
    sides = plan.system, plan.entries, plan.baseline_entries

    def broken(turned=False, **more):
        system, table, before = sides
        if turned:
            table, before = before, table
        found = income_audit.violations(system, ma.Income(tariff=TARIFF, **more), table, before)
        return dict(zip(found["rule"], found["amount"], strict=True))

    assert broken() == {}
    assert broken(limits=limited(floor=450.0)) == {"no income below its floor (money)": 50.0}
    assert broken(limits=limited(ceiling=350.0)) == {"no income above its ceiling (money)": 50.0}
    assert broken(contracts=limited(at_most=3)) == {"no contract is exceeded": 1.0}
    assert broken(turned=True, tolerance=0.5) == {"nobody is paid less than agreed (money)": 200.0}
