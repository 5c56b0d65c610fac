"""An agreement that is made before anybody knows whose roof leaks."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import insurance_audit
from mutualaid.audit.promises_audit import violations
from mutualaid.studies import changes as ch

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
Shock = ma.studies.Shock


def loss(trust, periods, factor=0.0):
    """A trust loses some of its slots."""
    lost = ch.Capacity(factor=factor, provider=trust, periods=periods)
    return ma.studies.Scenario(f"{trust} hit", [lost])


def lists():
    """Four patients each."""
    return pd.DataFrame(
        [("ALD", "C_110", 30, 4), ("BIR", "C_110", 30, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )


@pytest.fixture(scope="module")
def calm():
    """Three trusts of the bundled collaborative."""
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=5)


@pytest.fixture(scope="module")
def settled(calm):
    """Each of them may lose half of its slots for two periods."""
    shocks = [
        Shock(scenario=loss(trust, (2, 3), 0.5), chance=chance)
        for trust, chance in zip(calm.providers, (0.05, 0.03, 0.02), strict=True)
    ]
    return ma.Insurance(share=0.5, most_loss=0.1).settle(calm, None, shocks)


def test_who_is_hit_is_brought_back_and_the_others_lose_little(calm, settled):
    """What a board reads: a row a shock, and who was hit."""
    table = settled.table
    assert list(table["origin"]) == list(calm.providers)
    assert (table["loss"] > 0).all()
    assert (table["share"] >= 0.5)[table["reached"]].all()
    assert (table["others_most"] <= 0.1 + 1e-9).all()
    assert (table["brought_back"] == table["alone"] - table["insured"]).all()
    assert table["reached"].any()
    assert settled.violations().empty
    assert all(plan.violations().empty for plan in settled.plans.values())


def test_premiums_are_fair_and_add_up_to_nothing(settled):
    """Once they are paid, the promise is worth to all the same share of their harm."""
    premiums = settled.premiums
    assert premiums["premium"].sum() == pytest.approx(0, abs=1e-9)
    shares = premiums["after"] / premiums["calm"]
    assert shares.to_numpy() == pytest.approx(shares.mean(), abs=1e-6)
    expected = (settled.partners["chance"] * settled.partners["worth"]).sum()
    assert premiums["worth"].sum() == pytest.approx(expected)
    assert (premiums[["received", "given"]] >= 0).all(axis=None)


def test_it_is_told_in_words_and_as_a_page(settled):
    """Everybody who is hit, and everybody who pays."""
    text = repr(settled)
    assert text.startswith("Insured against 3 shocks: 50% of the loss is promised")
    assert "XB2 hit (3%): XB2 loses" in text
    assert text.count("fairly it") == 3
    assert "Fair premium" in settled._repr_html_()


def test_what_capacity_cannot_give_is_said():
    """Nobody has slots: the whole loss cannot be brought back, and nothing could have been."""
    system = two_trusts(waiting=lists(), slots=(4, 0))
    shock = Shock(scenario=loss("ALD", (1,)), chance=0.5)
    settled = ma.Insurance(share=1, most_loss=0).settle(system, None, [shock])
    row = settled.table.iloc[0]
    assert not row["reached"]
    assert row["short"] == row["loss"] == row["least_short"]
    assert row["why"].startswith("even if it did not count what the others lose, at least")
    assert "slots, travel and rules allow no more" in repr(settled)


def test_what_others_will_not_lose_is_said():
    """Slots are there, and whose they are would have to lose for it."""
    system = two_trusts(waiting=lists(), slots=(4, 4))
    shock = Shock(scenario=loss("ALD", (1,)), chance=0.5)
    stingy, open_handed = (
        ma.Insurance(share=0.5, most_loss=most).settle(system, None, [shock])
        for most in (0.0, None)
    )
    row = stingy.table.iloc[0]
    assert not row["reached"]
    assert row["why"].startswith("others would have to lose more than they said: BIR by ")
    assert open_handed.table["reached"].all()
    assert open_handed.table["others_most"].item() > 0
    given = open_handed.premiums.set_index("origin")["given"]
    assert given["BIR"] > 0 == given["ALD"]


def test_a_shock_that_hits_nobody_settles_nothing():
    """As expected: nobody is hit, no promise is made, and no premium is due."""
    system = two_trusts(waiting=lists(), slots=(4, 4))
    shock = Shock(scenario=ma.studies.Scenario("as expected"), chance=1)
    settled = ma.Insurance().settle(system, None, [shock])
    assert settled.table.empty
    assert (settled.premiums["premium"] == 0).all()


def test_names_of_trusts_are_understood(calm):
    """Whose loss is insured may be told; who is not named is an other."""
    shock = Shock(scenario=loss("XB2", (2,), 0.5), chance=0.1, hit="XB2")
    settled = ma.Insurance().settle(calm, None, [shock])
    assert list(settled.table["origin"]) == ["XB2"]
    assert settled.partners.loc[settled.partners["hit"], "origin"].tolist() == ["XB2"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ma.Insurance(share=1.5), "Insurance.share: is 1.5"),
        (lambda: ma.Insurance(most_loss=-1), "Insurance.most_loss: is -1"),
        (lambda: Shock(scenario=loss("ALD", (1,)), chance=2), "Shock.chance: is 2"),
        (lambda: Shock(scenario="flood", chance=0.1), "Shock.scenario: is a str"),
        (
            lambda: Shock(scenario=loss("ALD", (1,)), chance=0.1, hit=()),
            "Shock.hit: names no trust",
        ),
        (lambda: Shock(scenario=loss("ALD", (1,)), chance=0.1, lend=1), "Shock.lend: is an int"),
    ],
)
def test_what_cannot_be_promised_is_an_error(make, said):
    """Shares above one, chances above one, and what is no shock."""
    with pytest.raises(ma.InputError, match=said):
        make()


def test_shocks_that_do_not_fit_are_errors(calm):
    """Chances beyond certainty, trusts that are not there, the same name twice, no shocks."""
    settle = ma.Insurance().settle
    one = Shock(scenario=loss("XA1", (2,)), chance=0.6)
    other = Shock(scenario=loss("XB2", (2,)), chance=0.6)
    with pytest.raises(ma.InputError, match=r"add up to 1\.2: at most one of them comes"):
        settle(calm, None, [one, other])
    with pytest.raises(ma.InputError, match="shock 'XA1 hit': hit has 'NOBODY'"):
        settle(calm, None, [Shock(scenario=one.scenario, chance=0.1, hit=("NOBODY",))])
    with pytest.raises(ma.InputError, match="more than once"):
        settle(calm, None, [Shock(scenario=one.scenario, chance=0.1)] * 2)
    with pytest.raises(ma.InputError, match="shocks is empty"):
        settle(calm, None, [])
    with pytest.raises(ma.InputError, match="shocks is no list"):
        settle(calm, None, one)
    with pytest.raises(ma.InputError, match=r"shocks.* has a str.* pass a mutualaid"):
        settle(calm, None, ["flood"])


def forged(table, trust, more):
    """The same table, where a trust's own patients bear more."""
    table = table.copy()
    mine = table.index[table["origin"].astype(str) == trust][0]
    table.loc[mine, "harm"] += more
    return table


def test_the_audit_notices_what_was_not_kept(settled):
    """A forged plan: who was hit, and who helped, bear more than is said."""
    row = settled.table.iloc[0]
    plan = settled.plans[row["shock"]]
    asked = {
        "short": {row["origin"]: row["short"]},
        "before": plan.baseline_entries,
        "calm": settled.calm.entries,
    }
    assert not [*insurance_audit.broken(0.5, 0.1, table=plan.entries, **asked)]
    much = int(1000 * row["calm"])
    found = [
        [*insurance_audit.broken(0.5, 0.1, table=forged(plan.entries, trust, much), **asked)]
        for trust in (row["origin"], "XC3")
    ]
    assert {rule for rule, _, _ in found[0]} == {
        "who is hit is brought back (harm-weeks)",
        "who is hit is not worse off than alone (harm-weeks)",
    }
    assert found[1][0][:2] == ("the others lose no more than stated (harm-weeks)", "XC3")


def test_a_plan_that_breaks_its_settlement_fails_the_plans_own_audit(settled):
    """Limits of a mode are counted again with every plan."""
    plan = settled.plans["XA1 hit"]
    assert violations(plan.system, plan.collaboration, plan.entries, plan.baseline_entries).empty
    worse = forged(plan.entries, "XA1", 10**9)
    broken = violations(plan.system, plan.collaboration, worse, plan.baseline_entries)
    assert broken["rule"].tolist() == ["nobody bears more than was settled (harm-weeks)"]


def test_premiums_go_into_the_books_once_and_come_back(settled, tmp_path):
    """From a plan's books to a file and back; what does not add up is refused."""
    books = ma.Ledger.of(settled.plans["XA1 hit"], "2026-04-06")
    assert "premium" not in books.balance()
    insured = books.insure(settled.premiums, "2026-04-06")
    again = ma.Ledger.load(insured.save(tmp_path / "aid.parquet"))
    paid = again.balance().set_index("origin")["premium"]
    assert paid.to_dict() == pytest.approx(
        settled.premiums.set_index("origin")["premium"].to_dict()
    )
    assert (again.balance(until="2026-04-06")["premium"] == 0).all()
    with pytest.raises(ma.InputError, match="are in the ledger already"):
        again.insure(settled.premiums, "2026-04-06")
    with pytest.raises(ma.InputError, match=r"add up to 1\.000 harm-weeks, not to 0"):
        books.insure(pd.DataFrame({"origin": ["XA1"], "premium": [1.0]}), "2026-04-06")
    with pytest.raises(ma.InputError, match="is there twice"):
        books.insure(pd.DataFrame({"origin": ["A", "A"], "premium": [1, -1]}), "2026-04-06")
    with pytest.raises(ma.InputError, match="premium"):
        books.insure(pd.DataFrame({"origin": ["A"], "premium": ["much"]}), "2026-04-06")
