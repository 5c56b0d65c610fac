"""Who gains and who loses income by a plan: money goes to who treats."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma


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
