"""What partners promised each other is counted again: each promise is broken once, alone."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from audited import HIPS, KNEES, by_each_formulation

import mutualaid as ma
from mutualaid.audit import promises_audit

WORSE = "nobody is worse off than agreed (harm-weeks)"
GAIN = "who takes part gains its share (harm-weeks)"
GIVES = "nobody gives more than agreed"
HOME = "own patients are treated at home as alone"
TARIFF = {HIPS: 2000.0, KNEES: 1000.0}
MODES = {
    "aid in patients": ma.Transactional(min_gain=0.1),
    "aid in money": ma.Transactional(balance="tariff", tariff=TARIFF),
    "aid in theatre minutes": ma.Transactional(balance="pool", protect="service"),
    "resource": ma.Resource(cost_tolerance=0.1, reciprocity=1),
    "spare only": ma.Resource(spare_only=True),
    "deep": ma.Deep(max_sacrifice=0.5, reciprocity=0),
}


@cache
def swap():
    """Alder's hips and Birch's knees have one slot a period at home and two at the other's.

    Two patients of each wait for what is short at the other trust too. Cedar has a list and slots
    of its own and is too far for anybody.
    """
    lists = [
        ("ALD", HIPS, 50, 6),
        ("ALD", KNEES, 30, 2),
        ("BIR", KNEES, 50, 6),
        ("BIR", HIPS, 30, 2),
        ("CED", HIPS, 50, 3),
    ]
    slots = {("ALD", HIPS): 1, ("BIR", HIPS): 3, ("ALD", KNEES): 3, ("BIR", KNEES): 1}
    slots["CED", HIPS] = 1
    ways = [(a, b) for a in ("ALD", "BIR", "CED") for b in ("ALD", "BIR", "CED") if a != b]
    usage = pd.DataFrame({"service": [HIPS, KNEES], "pool": "theatre", "amount": [90.0, 30.0]})
    pools = [(p, "theatre", t, 1000.0) for p in ("ALD", "BIR", "CED") for t in (1, 2)]
    return ma.System(
        pd.DataFrame(lists, columns=["origin", "service", "weeks_waiting", "patients"]),
        pd.DataFrame(
            [(*key, t, n) for key, n in slots.items() for t in (1, 2)],
            columns=["provider", "service", "period", "slots"],
        ),
        pd.DataFrame(
            [(a, b, 500.0 if "CED" in (a, b) else 30.0) for a, b in ways],
            columns=["origin", "provider", "minutes"],
        ),
        pools=pd.DataFrame(pools, columns=["provider", "pool", "period", "amount"]),
        usage=usage,
        periods=2,
    )


@cache
def plan_of(formulation, mode):
    """The best plan of a mode, made once."""
    policy = ma.Policy(harm=ma.harm.person_weeks())
    return ma.optimise(swap(), policy, MODES[mode], formulation=formulation)


def broken(plan, mode=None, table=None, before=None):
    """The promises that a table breaks, to whom, and by how much."""
    found = promises_audit.violations(
        plan.system,
        plan.collaboration if mode is None else mode,
        plan.entries if table is None else table,
        plan.baseline_entries if before is None else before,
    )
    assert found.columns.tolist() == ["rule", "where", "amount"]
    return {(row.rule, row.where): row.amount for row in found.itertuples()}


def moves(*values):
    """A plan's table of moves alone: from where, to where, for what, how many."""
    table = pd.DataFrame(list(values), columns=["origin", "provider", "service", "patients"])
    return table.assign(moved=True, period=1, harm=0)


def harms(*values):
    """A plan's table of who bears how many thousandths of a harm-week at home."""
    table = pd.DataFrame(list(values), columns=["origin", "service", "harm"])
    return table.assign(provider=table["origin"], patients=1, moved=False, period=1)


@by_each_formulation
@pytest.mark.parametrize("mode", MODES)
def test_a_plan_keeps_the_promises_of_its_own_mode(formulation, mode):
    """Patients of Alder and of Birch move in each of them, and nobody is told of."""
    plan = plan_of(formulation, mode)
    assert {"ALD", "BIR"} <= set(plan.moves["provider"])
    assert broken(plan) == {}


@by_each_formulation
@pytest.mark.parametrize("mode", ["aid in patients", "resource", "spare only", "deep"])
@pytest.mark.parametrize("trust", ["ALD", "BIR", "CED"])
def test_a_trust_that_bears_more_than_agreed_is_seen(formulation, mode, trust):
    """As much as was agreed is kept to the unit; a thousandth of a harm-week more is told."""
    plan = plan_of(formulation, mode)
    limit = {"resource": 1.1, "deep": 1.5}.get(mode, 1)
    before, table = plan.baseline_entries, plan.entries.copy()
    alone = int(before.loc[before["origin"] == trust, "harm"].sum())
    mine = table["origin"] == trust
    most = round(alone * limit) - int(table.loc[mine, "harm"].sum())
    first = table.index[mine][0]
    table.loc[first, "harm"] += most
    assert (WORSE, trust) not in broken(plan, table=table)
    table.loc[first, "harm"] += 1
    assert broken(plan, table=table)[WORSE, trust] == 0.001


@pytest.mark.parametrize(
    ("mode", "bears", "over"),
    [
        (ma.Transactional(), (5_000, 5_000), {}),
        (ma.Transactional(), (5_000, 5_001), {"ALD": 0.001}),
        (ma.Transactional(), (4_000, 6_000), {}),
        (ma.Transactional(protect="service"), (4_000, 6_000), {f"ALD, {KNEES}": 1.0}),
        (ma.Resource(protect="service"), (6_500, 3_000), {f"ALD, {HIPS}": 1.5}),
        (ma.Resource(cost_tolerance=0.29), (6_450, 6_450), {}),
        (ma.Resource(cost_tolerance=0.29), (6_450, 6_451), {"ALD": 0.001}),
        (ma.Deep(max_sacrifice=0.29), (6_450, 6_460), {"ALD": 0.01}),
        (ma.Deep(max_sacrifice=0.0), (5_000, 5_001), {"ALD": 0.001}),
        (ma.Deep(), (50_000, 50_000), {}),
    ],
)
def test_who_is_protected_from_what(mode, bears, over):
    """Alone Alder's hips and knees bear five harm-weeks each, and Birch's hips nine."""
    alone = harms(("ALD", HIPS, 5_000), ("ALD", KNEES, 5_000), ("BIR", HIPS, 9_000))
    table = alone.assign(harm=[*bears, 9_000])
    found = promises_audit.violations(swap(), mode, table, alone)
    assert set(found["rule"]) == ({WORSE} if over else set())
    assert dict(zip(found["where"], found["amount"], strict=True)) == over


ONE_WAY = moves(("ALD", "BIR", HIPS, 5), ("BIR", "ALD", KNEES, 2))


@pytest.mark.parametrize("mode", [ma.Resource, ma.Deep])
@pytest.mark.parametrize(("reciprocity", "over"), [(None, 0), (3, 0), (2, 1), (0, 3)])
def test_who_gives_more_than_agreed_is_seen(mode, reciprocity, over):
    """Birch treats five for Alder, and Alder two for Birch."""
    found = promises_audit.violations(swap(), mode(reciprocity=reciprocity), ONE_WAY, ONE_WAY)
    told = [(r.rule, r.where, r.amount) for r in found.itertuples()]
    assert told == ([(GIVES, "BIR", over)] if over else [])


def test_what_is_given_to_one_and_got_from_another_is_netted():
    """Birch gives two to Alder and gets two from Cedar: Cedar gives, Alder gets."""
    table = moves(("ALD", "BIR", HIPS, 2), ("BIR", "CED", HIPS, 2))
    found = promises_audit.violations(swap(), ma.Deep(reciprocity=1), table, table)
    assert found[["where", "amount"]].to_numpy().tolist() == [["CED", 1.0]]


@pytest.mark.parametrize(
    ("mode", "what", "over"),
    [
        (ma.Transactional(), "patients", 3.0),
        (ma.Transactional(tolerance=1), "patients", 2.0),
        (ma.Transactional(tolerance=2.5), "patients", 0.5),
        (ma.Transactional(tolerance=3), "patients", 0),
        # Five at 2,000 against two at 1,000.
        (ma.Transactional(balance="tariff", tariff=TARIFF), "money", 8_000.0),
        (ma.Transactional(balance="tariff", tariff=TARIFF, tolerance=7_999), "money", 1.0),
        (ma.Transactional(balance="tariff", tariff=TARIFF, tolerance=8_000), "money", 0),
        # Two hundred a hip and five hundred a knee are as much.
        (ma.Transactional(balance="tariff", tariff={HIPS: 200, KNEES: 500}), "money", 0),
        # A tariff is kept to a thousandth.
        (
            ma.Transactional(balance="tariff", tariff={HIPS: 200.0004, KNEES: 500.0}),
            "money",
            0,
        ),
        (
            ma.Transactional(balance="tariff", tariff={HIPS: 200.0006, KNEES: 500.0}),
            "money",
            0.005,
        ),
        # Services without a price count for nothing.
        (ma.Transactional(balance="tariff", tariff={KNEES: 1.0}), "money", 2.0),
        # Five times 90 minutes of theatre against twice 30.
        (ma.Transactional(balance="pool"), "theatre", 390.0),
        (ma.Transactional(balance="pool", tolerance=389), "theatre", 1.0),
        (ma.Transactional(balance="pool", tolerance=390), "theatre", 0),
    ],
)
def test_aid_that_is_not_matched_is_seen_on_both_sides(mode, what, over):
    """Birch treats five hips for Alder, and Alder two knees for Birch."""
    found = promises_audit.violations(swap(), mode, ONE_WAY, ONE_WAY)
    told = {(row.rule, row.where): row.amount for row in found.itertuples()}
    expected = {(f"aid is balanced ({what})", trust): over for trust in ("ALD", "BIR")}
    assert told == (pytest.approx(expected) if over else {})


def test_aid_is_measured_by_what_it_uses_where_it_is_given():
    """At Birch a hip takes 60 minutes, at Alder a knee 150: five and two are as much.

    Another pool, which hips alone use, is not matched.
    """
    usage = pd.DataFrame(
        [
            ("ALD", HIPS, "theatre", 77.0),
            ("BIR", HIPS, "theatre", 60.0),
            ("CED", HIPS, "theatre", 1.0),
            ("ALD", KNEES, "theatre", 150.0),
            ("BIR", KNEES, "theatre", 99.0),
            ("CED", KNEES, "theatre", 1.0),
        ],
        columns=["provider", "service", "pool", "amount"],
    )
    mode = ma.Transactional(balance="pool")
    alike = swap().replace(usage=usage)
    assert promises_audit.violations(alike, mode, ONE_WAY, ONE_WAY).empty
    beds = pd.DataFrame(
        {"provider": ["ALD", "BIR", "CED"], "service": HIPS, "pool": "beds", "amount": 2.0}
    )
    pools = swap().pools
    both = pd.concat([pools, pools.assign(pool="beds")])
    more = swap().replace(usage=pd.concat([usage, beds]), pools=both)
    found = promises_audit.violations(more, mode, ONE_WAY, ONE_WAY)
    assert {(row.rule, row.where): row.amount for row in found.itertuples()} == {
        ("aid is balanced (beds)", "ALD"): 10.0,
        ("aid is balanced (beds)", "BIR"): 10.0,
    }


@pytest.mark.parametrize(("minutes", "over"), [(90.0004, 0), (89.9996, 0), (90.0006, 0.005)])
def test_what_treatment_uses_is_counted_in_thousandths(minutes, over):
    """Five hips against two knees of 30 minutes: 390 are tolerated, and half a thousandth."""
    usage = pd.DataFrame({"service": [HIPS, KNEES], "pool": "theatre", "amount": [minutes, 30.0]})
    mode = ma.Transactional(balance="pool", tolerance=390)
    found = promises_audit.violations(swap().replace(usage=usage), mode, ONE_WAY, ONE_WAY)
    assert found["amount"].tolist() == (pytest.approx([over, over]) if over else [])


@by_each_formulation
@pytest.mark.parametrize("mode", ["aid in patients", "aid in money", "aid in theatre minutes"])
def test_a_patient_more_on_one_side_unbalances_aid(formulation, mode):
    """One more of Alder's hips at Birch: 1 patient, 2,000 of money, 90 minutes."""
    plan = plan_of(formulation, mode)
    table = plan.entries.copy()
    table.loc[table.query("moved and provider == 'BIR'").index[0], "patients"] += 1
    what, amount = {
        "aid in patients": ("patients", 1.0),
        "aid in money": ("money", 2000.0),
        "aid in theatre minutes": ("theatre", 90.0),
    }[mode]
    rule = f"aid is balanced ({what})"
    assert broken(plan, table=table) == {(rule, "ALD"): amount, (rule, "BIR"): amount}


@pytest.mark.parametrize(
    ("gain", "bears", "over"),
    [
        (0.1, {"ALD": 9_000, "BIR": 4_500}, {}),
        (0.1, {"ALD": 9_001, "BIR": 4_500}, {"ALD": 0.001}),
        (0.1, {"ALD": 9_000, "BIR": 4_600}, {"BIR": 0.1}),
        (0.29, {"ALD": 7_100, "BIR": 3_550}, {}),
        (0.29, {"ALD": 7_101, "BIR": 3_551}, {"ALD": 0.001, "BIR": 0.001}),
        (0.0, {"ALD": 10_000, "BIR": 5_000}, {}),
    ],
)
def test_who_takes_part_and_gains_less_than_its_share_is_seen(gain, bears, over):
    """Alder sends one and Birch takes one; Cedar takes no part and need not gain anything."""
    alone = harms(("ALD", HIPS, 10_000), ("BIR", HIPS, 5_000), ("CED", HIPS, 3_000))
    table = alone.assign(harm=[bears["ALD"], bears["BIR"], 3_000])
    table = pd.concat([table, moves(("ALD", "BIR", HIPS, 1))])
    mode = ma.Transactional(min_gain=gain, tolerance=1)
    found = promises_audit.violations(swap(), mode, table, alone)
    assert set(found["rule"]) == ({GAIN} if over else set())
    assert dict(zip(found["where"], found["amount"], strict=True)) == over


def test_where_no_gain_was_agreed_none_is_asked_for():
    """Alder takes part and is worse off: that is one broken promise, and not two."""
    alone = harms(("ALD", HIPS, 10_000))
    table = pd.concat([alone.assign(harm=10_001), moves(("ALD", "BIR", HIPS, 1))])
    found = promises_audit.violations(swap(), ma.Transactional(tolerance=1), table, alone)
    assert found["rule"].tolist() == [WORSE]


def test_a_partner_without_a_list_gains_nothing_and_may_take_part():
    """Cedar has nobody waiting: there is nothing of which it could gain a share."""
    alone = harms(("ALD", HIPS, 10_000))
    table = pd.concat([alone.assign(harm=5_000), moves(("ALD", "CED", HIPS, 1))])
    mode = ma.Transactional(min_gain=0.5, tolerance=1)
    assert promises_audit.violations(swap(), mode, table, alone).empty


@by_each_formulation
@pytest.mark.parametrize("period", [1, 2])
def test_owners_who_are_not_treated_at_home_as_alone_are_seen(formulation, period):
    """One of Birch's hips at home more or fewer than Birch alone would treat in that period."""
    plan = plan_of(formulation, "spare only")
    before = plan.baseline_entries
    row = before.query(f"origin == 'BIR' and provider == 'BIR' and period == {period}").index[0]
    service = before.loc[row, "service"]
    for change in (1, -1):
        other = before.copy()
        other.loc[row, "patients"] += change
        where = f"BIR, {service}, {period}"
        assert broken(plan, before=other) == {(HOME, where): 1.0}
    assert broken(plan, ma.Resource(), before=other) == {}


@by_each_formulation
def test_only_the_own_rooms_at_home_count_as_home(formulation):
    """Whom the own team treats elsewhere, or who still waits, is not treated at home."""
    plan = plan_of(formulation, "spare only")
    before, table = (t.assign(site=t["provider"]) for t in (plan.baseline_entries, plan.entries))
    assert broken(plan, table=table, before=before) == {}
    one_more = before.copy()
    own = one_more.query("origin == 'BIR' and provider == 'BIR' and period == 1").index[0]
    one_more.loc[own, "patients"] += 1
    assert list(broken(plan, table=table, before=one_more).values()) == [1.0]
    row = table.query("origin == 'BIR' and provider == 'BIR' and period == 1").index[0]
    count = float(table.loc[row, "patients"])
    where = HOME, f"BIR, {table.loc[row, 'service']}, 1"
    table.loc[row, "site"] = "ALD"
    assert broken(plan, table=table, before=before) == {where: count}
    late = plan.entries.copy()
    late.loc[row, "period"] = 3
    assert broken(plan, table=late) == {where: count}
    away = plan.entries.copy()
    away.loc[row, ["provider", "moved"]] = ["ALD", True]
    assert broken(plan, table=away)[where] == count


def test_independent_promises_nothing():
    """Nobody helps anybody; there is nothing to keep."""
    assert promises_audit.violations(swap(), ma.Independent(), ONE_WAY, ONE_WAY).empty
