"""What one more slot is worth: where there are none, beside a full pool, and in good time."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.solve import marginal_values

KEYS = ["provider", "service", "period"]
HERE = ("XB2", "C_110", 1)


def with_slots(system, place, count):
    """The system with so many slots in one place."""
    slots = system.capacity
    here = (slots[KEYS].astype(object) == list(place)).all(axis=1)
    return system.replace(capacity=slots.assign(slots=slots["slots"].where(~here, count)))


def price_of(plan, place):
    table = plan.prices
    return table[(table[KEYS].astype(object) == list(place)).all(axis=1)].iloc[0]


@pytest.fixture(scope="module")
def three():
    """Three trusts for three periods."""
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "mode"),
    [
        (None, ma.Deep()),
        (ma.Policy(max_in=100), ma.Deep()),
        (None, ma.Transactional()),
        (None, ma.Resource()),
        (None, ma.Resource(protect="service")),
        (None, ma.Transactional(min_gain=0.01)),
        (None, ma.Resource(spare_only=True)),
        (ma.Policy(max_lanes=3), ma.Deep()),
        (None, ma.Independent()),
    ],
    ids=str,
)
def test_a_place_without_slots_is_priced_at_what_the_first_one_saves(three, policy, mode):
    """The bound falls by it, whatever rows tie the plan, with promises made anew."""
    plans = [ma.optimise(with_slots(three, HERE, n), policy, mode) for n in (0, 1)]
    price = price_of(plans[0], HERE)
    assert price["exact"]
    assert price["slots"] == 0
    assert price["price"] == pytest.approx(plans[0].bound - plans[1].bound, abs=2e-3)
    assert price["price"] > 40


def test_a_slot_that_nobody_can_be_given_in_time_is_worth_nothing():
    """Three weeks of notice, and one period of four: nobody comes before it is over."""
    nobody = ma.optimise(two_trusts(slots=(1, 0), periods=2), ma.Policy(notice_weeks=3))
    assert price_of(nobody, ("BIR", "C_110", 1))["price"] == 0
    later = price_of(nobody, ("BIR", "C_110", 2))["price"]
    one = ma.optimise(with_slots(nobody.system, ("BIR", "C_110", 2), 1), nobody.policy)
    assert later == pytest.approx(nobody.objective - one.objective)
    assert later > 0


def test_an_idle_slot_beside_a_full_pool_is_worth_nothing():
    """Theatre hours for two of four: a fifth slot treats nobody."""
    pools = pd.DataFrame({"provider": ["ALD"], "pool": ["theatre"], "period": [1], "amount": [2.0]})
    usage = pd.DataFrame({"service": ["C_110"], "pool": ["theatre"], "amount": [1.0]})
    for slots in (2, 4):
        system = two_trusts(slots=(slots, 0), pools=pools, usage=usage)
        plan = ma.optimise(system)
        assert plan.slots["used"].sum() == 2
        assert price_of(plan, ("ALD", "C_110", 1))["price"] == 0
        assert price_of(plan, ("BIR", "C_110", 1))["price"] > 0
        following = ma.studies.next_slots(plan)
        assert set(following["provider"]) == {"BIR"}


def test_next_slots_say_the_same(three):
    """The table of prices and the ranking of the dearest agree, under promises too."""
    for mode in (ma.Deep(), ma.Resource(), ma.Transactional(min_gain=0.01)):
        plan = ma.optimise(three, None, mode)
        best = ma.studies.next_slots(plan, top=2, most=2)
        for row in best.itertuples():
            place = row.provider, row.service, row.period
            assert row.price == pytest.approx(price_of(plan, place)["price"], abs=1e-5)
        assert best["price"].iloc[0] == pytest.approx(plan.prices["price"].max(), abs=1e-5)


def test_what_is_not_worked_out_says_so_and_is_never_too_low(three, monkeypatch):
    """On large plans the dearest are worked out, and the others are known to save no more."""
    exact = ma.optimise(three, None, ma.Resource()).prices
    assert exact["exact"].all()
    for name, little in (("EFFORT", 3_000), ("LARGEST", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(marginal_values, name, little)
            rough = ma.optimise(three, None, ma.Resource()).prices
        assert not rough["exact"].all()
        assert (rough["price"] >= exact["price"] - 2e-3).all()
        same = rough["exact"]
        assert rough.loc[same, "price"].to_numpy() == pytest.approx(exact.loc[same, "price"])
    with monkeypatch.context() as patch:
        patch.setattr(marginal_values, "EFFORT", 0)
        few = ma.optimise(three, None, ma.Transactional(min_gain=0.01)).prices
    assert few["price"].notna().sum() == few["exact"].sum() == 1


def test_what_is_not_worked_out_is_told_on_every_page(three, monkeypatch, tmp_path):
    """In the workbook, on the page and in the figure."""
    monkeypatch.setattr(marginal_values, "EFFORT", 3_000)
    plan = ma.optimise(three, None, ma.Resource())
    assert not plan.prices["exact"].all()
    plan.to_excel(tmp_path / "p.xlsx")
    table = pd.read_excel(tmp_path / "p.xlsx", sheet_name="Prices", header=None, engine="openpyxl")
    cells = set(table.astype(str).to_numpy().ravel().tolist())
    assert {"How exact", "at most", "exact"} <= cells
    plan.to_html(tmp_path / "p.html")
    assert "not every price is worked out" in (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "exact" in pd.read_csv(plan.to_csv(tmp_path / "p.csv", table="prices"))
    plan.plot.prices()


def test_an_analyst_s_own_constraint_ties_prices_as_well():
    """One patient may come to Birch, and no more: a slot there is worth nothing then."""
    import pulp

    model = ma.build(two_trusts(slots=(1, 1)))
    lp = model.to_pulp()
    names = model.arcs.query("kind == 'treat' and provider == 'BIR'")["name"]
    variables = lp.variablesDict()
    lp += sum(variables[name] for name in names) <= 1, "one"
    lp.solve(pulp.HiGHS(msg=False))
    plan = model.plan_from(lp)
    assert price_of(plan, ("BIR", "C_110", 1))["price"] == 0
    assert price_of(plan, ("ALD", "C_110", 1))["price"] > 0


def test_a_fair_share_is_held_while_slots_are_priced(three):
    """Its prices are those of the plan's own rows."""
    plan = ma.optimise(three, None, ma.Transactional(share="max-min"))
    assert plan.prices["exact"].all()
    assert (plan.prices["price"] >= 0).all()
    assert plan.prices["price"].max() > 0


def test_targets_have_no_part_in_prices(three):
    """They may be missed at no cost, so that the bound takes no notice of them."""
    plain = ma.optimise(three)
    aimed = ma.optimise(three, targets=[ma.Target(weeks=30, patients=0)])
    assert aimed.prices["price"].to_numpy() == pytest.approx(plain.prices["price"].to_numpy())
    assert aimed.prices["exact"].all()


def test_a_promise_that_a_slot_makes_needless_is_not_kept():
    """Theatre hours for one of each, or for two eyes: who is treated alone may change."""
    waiting = pd.DataFrame(
        {
            "origin": ["RB"] * 2,
            "service": ["C_110", "C_130"],
            "weeks_waiting": [20, 60],
            "patients": [1, 3],
        }
    )
    capacity = pd.DataFrame(
        {"provider": ["RB"] * 2, "service": ["C_110", "C_130"], "period": 1, "slots": [1, 1]}
    )
    system = ma.System(
        waiting,
        capacity,
        pd.DataFrame({"origin": ["RB"], "provider": ["RB"], "minutes": [0.0]}),
        pools=pd.DataFrame({"provider": ["RB"], "pool": ["h"], "period": [1], "amount": [1.5]}),
        usage=pd.DataFrame(
            {"service": ["C_110", "C_130"], "pool": ["h", "h"], "amount": [1.0, 0.5]}
        ),
        periods=1,
    )
    place = ("RB", "C_130", 1)
    for mode in (ma.Resource(protect="service"), ma.Transactional(protect="service")):
        plan = ma.optimise(system, None, mode)
        one = ma.optimise(with_slots(system, place, 2), None, mode)
        price = price_of(plan, place)
        assert price["exact"]
        assert price["price"] == pytest.approx(plan.bound - one.bound, abs=2e-3)


def test_a_pool_that_is_larger_than_all_slots_need_binds_when_there_are_more():
    """Three hours of theatre are enough for one slot, and for two more; not for three."""
    rows = {"provider": ["A"] * 2, "period": [1, 2]}
    system = ma.System(
        pd.DataFrame({"origin": ["A"], "service": "hips", "weeks_waiting": 3, "patients": 6}),
        pd.DataFrame({**rows, "service": "hips", "slots": [0, 1]}),
        pd.DataFrame({"origin": ["A"], "provider": ["A"], "minutes": [0.0]}),
        pools=pd.DataFrame({**rows, "pool": "theatre", "amount": [0.0, 3.0]}),
        usage=pd.DataFrame({"service": ["hips"], "pool": ["theatre"], "amount": [1.0]}),
        period_weeks=1,
        periods=2,
    )
    plan = ma.optimise(system, ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=4))
    best = ma.studies.next_slots(plan, top=1, most=3).iloc[0]
    assert (best["price"], best["holds_for"], best["next_price"]) == (5.0, 2, 0.0)
