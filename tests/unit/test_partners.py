"""A council gives hours of home care where it gains by it, and beds come free."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import partners_audit, plan_audit
from mutualaid.cli.scenario.read import read_scenario_file
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.policy.collaboration import Collaboration
from mutualaid.report.sheets import partners_sheet

COUNCIL = "Council"
FAR = ma.Policy(max_minutes=10)
"""Nobody goes from Alder to Birch."""


def short_of_beds(periods=1, **more):
    """Alder has six patients and slots for all, and three beds a period."""
    beds = pd.DataFrame(
        [(p, "beds", t, 3) for p in ("ALD", "BIR") for t in range(1, periods + 1)],
        columns=["provider", "pool", "period", "amount"],
    )
    usage = pd.DataFrame({"service": ["C_110"], "pool": ["beds"], "amount": [1.0]})
    return two_trusts(periods, slots=(6, 6), pools=beds, usage=usage, **more)


def holds(*amounts, pool="home care"):
    """So many hours in each period."""
    periods = range(1, len(amounts) + 1)
    return pd.DataFrame({"pool": pool, "period": periods, "amount": amounts})


def spares(amount=0.5, provider="ALD", **more):
    """An hour of home care spares half a bed at Alder."""
    return pd.DataFrame(
        {"pool": ["home care"], "provider": provider, "spares": "beds", "amount": amount, **more}
    )


def council(hours=(4,), *, cost=24.0, gain=60.0, table=None, **more):
    """A council that gains by what it gives, unless told otherwise."""
    table = spares() if table is None else table
    return ma.Partner(COUNCIL, holds(*hours), table, {"home care": cost}, {"beds": gain}, **more)


def planned(partner, system=None, **more):
    """The plan in which it may take part."""
    mode = ma.Resource(partners=[partner])
    return ma.optimise(system or short_of_beds(), FAR, mode, **more)


def given(plan):
    """Hours by period."""
    return plan.help_given.groupby("period")["given"].sum().to_dict()


def treated(plan):
    """How many are."""
    return int(plan.treatments["patients"].sum())


@cache
def usual():
    """Four hours spare two beds: five are treated."""
    return planned(council())


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_beds_that_a_council_frees_treat_patients(formulation):
    """Three beds alone; four hours spare two more."""
    plan = planned(council(), formulation=formulation)
    assert treated(plan) == 5
    assert given(plan) == {1: 4}
    assert plan.partner_accounts.to_dict("records") == [
        {
            "partner": COUNCIL,
            "takes_part": True,
            "cost": 96.0,
            "fixed_cost": 0.0,
            "benefit": 120.0,
            "account": 24.0,
            "at_least": 0.0,
        }
    ]
    assert plan.objective < plan.baseline_objective
    assert plan.violations().empty


def test_a_council_that_gains_nothing_gives_nothing():
    plan = planned(council(gain=0.0))
    assert (treated(plan), given(plan)) == (3, {})
    assert not plan.partner_accounts["takes_part"].any()
    assert plan.partner_accounts["account"].to_list() == [0.0]


def test_no_more_is_given_than_patients_need():
    """Six patients: three beds more are enough."""
    assert given(planned(council(hours=(100,)))) == {1: 6}


def test_at_most_a_share_of_what_patients_use_is_spared():
    """A fifth of stays: of four patients, 0.8 beds are not one; a quarter of four is one."""
    few, enough = (council(table=spares(at_most=share)) for share in (0.2, 0.25))
    assert (treated(planned(few)), treated(planned(enough))) == (3, 4)


@pytest.mark.parametrize(("fixed", "takes_part"), [(24.0, True), (24.01, False)])
def test_taking_part_must_pay_for_what_it_costs_at_all(fixed, takes_part):
    """Its account comes to 24 pounds without that."""
    plan = planned(council(fixed_cost=fixed))
    account = plan.partner_accounts.iloc[0]
    assert account["takes_part"] == takes_part
    assert (account["fixed_cost"], account["account"]) == (fixed if takes_part else 0.0, 0.0)
    assert treated(plan) == (5 if takes_part else 3)


@pytest.mark.parametrize(("least", "beds"), [(24.0, 2), (24.01, 0), (-96.0, 2)])
def test_it_takes_part_only_for_what_it_asks(least, beds):
    assert treated(planned(council(at_least=least))) == 3 + beds


def test_a_council_may_be_ready_to_lose_something():
    """For 48 pounds it gives two hours."""
    plan = planned(council(gain=0.0, at_least=-48.0))
    assert (given(plan), treated(plan)) == ({1: 2}, 4)
    assert plan.partner_accounts["account"].to_list() == [-48.0]


def test_what_comes_after_its_horizon_does_not_count():
    """Eight weeks on, of two periods only the first pays within eight weeks."""
    system = short_of_beds(
        2,
        waiting=pd.DataFrame(
            {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [10]}
        ),
    )
    far, near = (
        planned(council((2, 2), benefit_weeks=8, horizon_weeks=h), system) for h in (None, 8)
    )
    assert given(far) == {1: 2, 2: 2}
    assert given(near) == {1: 2}
    assert near.partner_accounts["benefit"].to_list() == [60.0]


def test_a_gain_here_pays_for_a_loss_there():
    """At Birch an hour spares less than it costs; what Alder's brings makes up for it."""
    waiting = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "service": "C_110", "weeks_waiting": 40, "patients": 6}
    )
    both = pd.concat([spares(1.0), spares(0.25, "BIR")])
    plan = planned(council((7,), table=both), short_of_beds(waiting=waiting))
    by = plan.help_given.set_index("provider")["given"].to_dict()
    assert by == {"ALD": 3, "BIR": 4}
    assert plan.partner_accounts["account"].to_list() == [3 * 36 - 4 * 9.0]


def test_two_partners_free_the_same_beds():
    federation = ma.Partner("GPs", holds(1), spares(1.0), {"home care": 0}, {})
    mode = ma.Deep(partners=[council(), federation])
    plan = ma.optimise(short_of_beds(), FAR, mode)
    assert treated(plan) == 6
    assert plan.help_given["partner"].to_list() == [COUNCIL, "GPs"]


def test_help_is_for_whoever_is_treated_there():
    """Freed beds at Birch treat Alder's patients."""
    plan = ma.optimise(
        short_of_beds(), None, ma.Resource(partners=[council(table=spares(provider="BIR"))])
    )
    without = ma.optimise(short_of_beds(), None, ma.Resource())
    assert plan.objective <= without.objective


def test_a_mode_without_partners_has_the_rows_that_it_had():
    plan = ma.optimise(short_of_beds(), FAR, ma.Resource())
    assert not plan.model.choices
    assert plan.help_given.empty
    assert plan.partner_accounts.empty


@pytest.mark.parametrize("mode", [ma.Transactional, ma.Resource, ma.Deep])
def test_each_mode_takes_partners(mode):
    plan = ma.optimise(short_of_beds(), FAR, mode(partners=[council()]))
    assert treated(plan) == 5


def test_the_ladder_takes_them_on_its_last_three_rungs():
    rungs = ma.ladder(short_of_beds(), FAR, partners=[council()])
    assert [treated(plan) for plan in rungs.plans.values()] == [3, 5, 5, 5]


def test_nobody_but_a_mode_asks_for_them():
    assert Collaboration().partners == ()
    assert ma.Independent().partners == ()


def test_prices_of_slots_are_worked_out_with_partners():
    prices = usual().prices
    assert prices["price"].notna().all()


def test_the_workbook_shows_accounts(tmp_path):
    path = usual().to_excel(tmp_path / "plan.xlsx", suppress_below=None)
    sheet = pd.read_excel(path, sheet_name="Partners", header=None, engine="openpyxl").astype(str)
    assert sheet.isin([COUNCIL]).any(axis=None)
    assert sheet.isin(["96"]).any(axis=None)


def test_accounts_that_would_tell_of_few_patients_are_hidden():
    """Two beds are two patients."""
    hidden = partners_sheet(usual(), counts_of(usual(), 5)).table.iloc[0]
    assert hidden["Benefit of what it spares"] == HIDDEN
    assert hidden["What it asks for, at least"] == 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"cost": -1.0}, "partner.costs of home care"),
        ({"gain": float("nan")}, "partner.benefits of beds"),
        ({"fixed_cost": -1}, "partner.fixed_cost"),
        ({"horizon_weeks": 1.5}, "partner.horizon_weeks"),
        ({"hours": (-1,)}, "partner.pools.amount: is below 0"),
        ({"table": spares(at_most=1.5)}, "partner.spares.at_most: is above 1"),
        ({"table": spares(amount=0.0)}, "partner.spares.amount: is below 1/1000"),
        ({"table": spares().assign(pool="rooms")}, "is a pool that Council does not hold"),
        ({"table": pd.concat([spares(), spares()])}, "is there twice"),
        ({"table": spares().drop(columns="spares")}, "lacks spares"),
        ({"table": spares().iloc[:0]}, "is empty"),
    ],
)
def test_nonsense_is_named(more, told):
    with pytest.raises(ma.InputError) as error:
        council(**more)
    assert told.lower() in str(error.value).lower()


def test_unknown_figures_are_named():
    with pytest.raises(ma.InputError, match="names no such pool: theatres"):
        ma.Partner(COUNCIL, holds(1), spares(), {"home care": 1}, {"theatres": 2})
    with pytest.raises(ma.InputError, match="says nothing of home care"):
        ma.Partner(COUNCIL, holds(1), spares(), {}, {"beds": 2})


@pytest.mark.parametrize(
    ("partner", "told"),
    [
        (ma.Partner("ALD", holds(1), spares(), {"home care": 1}, {}), "is ALD, a trust's code"),
        (council(table=spares(provider="CED")), "is a pool that no such trust holds"),
        (council(hours=(1, 1)), "is after the last period, 1"),
    ],
)
def test_a_partner_that_does_not_fit_the_system_is_told(partner, told):
    with pytest.raises(ma.InputError, match=told):
        planned(partner)


def test_a_system_without_pools_needs_none():
    with pytest.raises(ma.InputError, match="list it in the system's pools"):
        planned(council(), two_trusts())


def test_two_partners_of_one_name_are_refused():
    with pytest.raises(ma.InputError, match="has Council twice"):
        ma.Deep(partners=[council(), council()])
    with pytest.raises(ma.InputError, match="partners"):
        ma.Deep(partners=council())


def broken(table, plan=None, partner=None):
    """The rules that a plan's help breaks, by another table or another partner."""
    plan = plan or usual()
    partners = [partner] if partner else plan.collaboration.partners
    found = partners_audit.violations(plan.system, partners, plan.entries, table)
    return set(found["rule"])


def test_each_rule_is_looked_at_again():
    """Broken once, alone, by a forged table or another partner."""
    table = usual().help_given
    assert broken(table) == set()
    half = table.assign(given=table["given"] / 4 * 3.5, spared=1.75)
    assert broken(half) == {"partners give whole units"}
    assert broken(table.assign(spared=9.0)) == {
        "help spares what it is said to spare",
        "no more of a pool is spared than patients use",
    }
    assert broken(table.assign(spared=2.5)) == {"help spares what it is said to spare"}
    assert broken(table.assign(partner="Nobody")) == {"only partners of the agreement give"}
    assert broken(table, partner=council((3,))) == {"no partner gives more than it holds"}
    assert broken(table, partner=council(gain=40)) == {"no partner's account falls short (money)"}
    share = council(table=spares(at_most=0.2))
    assert broken(table, partner=share) == {"a resource spares no more than its share"}


def test_a_pool_is_looked_at_again_with_what_is_spared():
    plan = usual()
    cost = plan.certificate.cost
    with_help = plan_audit.violations(plan.system, plan.policy, plan.entries, cost, plan.help_given)
    without = plan_audit.violations(plan.system, plan.policy, plan.entries, cost)
    assert with_help.empty
    assert without["rule"].to_list() == ["no more of a pool than there is"]
    assert without["amount"].to_list() == [2.0]


def test_a_scenario_file_has_partners(tmp_path):
    holds(4).to_csv(tmp_path / "holds.csv", index=False)
    spares().to_csv(tmp_path / "spares.csv", index=False)
    path = tmp_path / "here.toml"
    path.write_text(
        'version = 1\n[data]\nexample = "collaborative"\n[collaboration]\nmode = "Resource"\n'
        '[[collaboration.partners]]\nname = "Council"\npools = "holds.csv"\n'
        'spares = "spares.csv"\ncosts = { "home care" = 24.0 }\nbenefits = { beds = 60.0 }\n'
        "horizon_weeks = 52\n"
    )
    partner = read_scenario_file(path).collaboration.partners[0]
    assert repr(partner) == "Partner: Council gives home care to ALD"
    assert partner.horizon_weeks == 52


def test_the_page_shows_accounts(tmp_path):
    """In a section of its own, where partners were asked."""
    text = usual().to_html(tmp_path / "plan.html").read_text(encoding="utf-8")
    assert 'id="partners"' in text
    assert COUNCIL in text
    alone = ma.optimise(short_of_beds(), FAR, ma.Resource())
    assert 'id="partners"' not in alone.to_html(tmp_path / "alone.html").read_text(encoding="utf-8")
