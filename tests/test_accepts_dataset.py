"""What the made-up providers ask of a patient is the same everywhere, and can be met."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from mutualaid.datasets import accepts, collaborative_providers, patients
from mutualaid.errors import InputError

SHA256 = "71a5a701d55d120c2fc87d650e350662476e609017dae41b5770bf96ece18361"


def test_the_rules_are_the_same_on_every_machine():
    """Whoever makes up the rules gets the same file, to the byte."""
    text = accepts().to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256


def test_the_order_of_services_does_not_matter():
    """A service is the same service wherever it is named in the list."""
    codes = ["C_130", "hips", "C_110"]
    one, other = (accepts(seed=4, services=order) for order in (codes, codes[::-1]))
    pd.testing.assert_frame_equal(one, other)


def test_most_providers_accept_everybody():
    """Three of eight trusts ask for something: a hub, one without theatres, one without ICU."""
    rules = accepts()
    assert list(rules) == ["provider", "service", "column", "at_least", "at_most", "among"]
    assert rules["provider"].nunique() == 3
    asked = {tuple(columns) for _, columns in rules.groupby("provider")["column"]}
    assert asked == {
        ("age", "asa", "critical_care"),
        ("anaesthetic", "overnight"),
        ("asa", "critical_care"),
    }
    assert rules.loc[rules["at_least"] == 18, "column"].to_list() == ["age"]
    assert rules.loc[rules["at_most"] > 0, "column"].to_list() == ["asa", "asa"]
    assert sorted(rules["at_most"].dropna()) == [2, 3]
    only_one_service = rules["service"] != ""
    assert set(rules.loc[only_one_service, "column"]) == {"anaesthetic", "overnight"}
    assert len(set(rules.loc[only_one_service, "service"])) == 1


@pytest.mark.parametrize(("trusts", "restrict"), [(2, 1), (3, 1), (6, 2), (8, 3), (26, 9)])
def test_three_in_eight_ask_for_something(trusts, restrict):
    """More trusts have more that restrict, and each kind of them in turn."""
    rules = accepts(trusts=trusts)
    assert rules["provider"].nunique() == restrict
    assert set(rules["provider"]) <= set(collaborative_providers(trusts=trusts)["provider"])
    assert rules["at_least"].notna().sum() == -(-restrict // 3)


def test_another_seed_asks_elsewhere():
    """Which trusts restrict whom, and in which service, follows from the seed."""
    many = [accepts(seed=seed) for seed in range(30)]
    hubs = [rules.loc[rules["at_most"] == 2, "provider"].item() for rules in many]
    assert len(set(hubs)) == 8
    assert len({rules["service"].max() for rules in many}) == 6
    chosen = accepts(seed=3, services=["hips"])
    assert set(chosen["service"]) == {"", "hips"}


def test_each_rule_turns_some_away_and_takes_most():
    """No rule is empty, and none is about a column that the list lacks."""
    frame = patients()
    for rule in accepts().to_dict("records"):
        column = frame[rule["column"]]
        if rule["service"]:
            column = column[frame["service"] == rule["service"]]
        if rule["among"]:
            fits = column.astype(str).isin(rule["among"].split("|"))
        else:
            fits = column.between(
                np.nan_to_num(rule["at_least"], nan=0), np.nan_to_num(rule["at_most"], nan=999)
            )
        assert 0.1 < fits.mean() < 0.99, rule


@pytest.mark.parametrize(
    ("argument", "value"), [("trusts", 1), ("seed", -1), ("services", "C_110")]
)
def test_rules_of_no_collaborative_are_refused(argument, value):
    """Rules are made for a collaborative that can be."""
    with pytest.raises(InputError) as caught:
        accepts(**{argument: value})
    assert caught.value.problems["column"].to_list() == [argument]
