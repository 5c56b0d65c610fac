"""Limits between groups of patients are counted again: each is broken once, alone."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from audited import HIPS, by_each_formulation
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import equity_audit

GAIN = "no group gains less than agreed (harm-weeks)"
GAP = "no gap between groups beyond the limit (weeks)"


@cache
def plan_of(formulation):
    """Three of each group and one of none; in each period one goes to Alder, two to Birch."""
    waiting = pd.DataFrame(
        {
            "origin": "ALD",
            "service": HIPS,
            "weeks_waiting": [44, 40, 60],
            "patients": [3, 3, 1],
            "deprivation": ["1", "5", None],
        }
    )
    system = two_trusts(periods=2, slots=(1, 2), waiting=waiting)
    policy = ma.Policy(harm=ma.harm.person_weeks(), equity=ma.Equity(min_gain=0.0))
    return ma.optimise(system, policy, formulation=formulation)


def broken(plan, limits, table=None, before=None):
    """The limits that a table breaks, for whom, and by how much."""
    found = equity_audit.violations(
        None if limits is None else ma.Equity(**limits),
        plan.entries if table is None else table,
        plan.baseline_entries if before is None else before,
        plan.system.period_weeks,
    )
    assert found.columns.tolist() == ["rule", "where", "amount"]
    return {(row.rule, row.where): row.amount for row in found.itertuples()}


@by_each_formulation
def test_a_plan_that_is_right_breaks_no_limit_between_groups(formulation):
    """Its own."""
    plan = plan_of(formulation)
    assert broken(plan, {"min_gain": 0.0}) == {}
    assert plan.violations().empty


@by_each_formulation
@pytest.mark.parametrize("group", ["1", "5"])
@pytest.mark.parametrize("gain", [0.0, 0.25])
def test_a_group_that_gains_less_than_agreed_is_seen(formulation, group, gain):
    """What it may bear at the most is kept; a thousandth of a harm-week more is told."""
    plan = plan_of(formulation)
    table, before = plan.entries.copy(), plan.baseline_entries.copy()
    # Let each group bear alone what makes the limit a whole number.
    for t, per in ((table, 3_000), (before, 4_000)):
        counts = t.groupby(t["deprivation"].astype(str))["patients"].transform("sum")
        t["harm"] = 0
        t.loc[~t["deprivation"].astype(str).duplicated(), "harm"] = per * counts
    mine = table["deprivation"].astype(str) == group
    table.loc[table.index[mine][0], "harm"] += 0 if gain else 3_000
    assert (GAIN, group) not in broken(plan, {"min_gain": gain}, table, before)
    table.loc[table.index[mine][0], "harm"] += 1
    assert broken(plan, {"min_gain": gain}, table, before) == {(GAIN, group): 0.001}


@by_each_formulation
def test_no_limit_speaks_of_those_of_whom_nothing_is_known(formulation):
    """They may bear and wait whatever they do."""
    plan = plan_of(formulation)
    table = plan.entries.copy()
    stranger = (table["deprivation"].astype(str) == "unknown").to_numpy()
    assert stranger.any()
    table.loc[stranger, "harm"] += 10**9
    assert broken(plan, {"min_gain": 0.0}, table) == {}
    gap = broken(plan, {"max_gap_weeks": 0.0})
    table.loc[stranger, "weeks_waiting"] += 500
    assert broken(plan, {"max_gap_weeks": 0.0}, table) == gap


def groups(*values):
    """A table of who waited how long at the census, and when they are treated."""
    columns = ["deprivation", "weeks_waiting", "period", "patients"]
    return pd.DataFrame(list(values), columns=columns).assign(harm=0)


@pytest.mark.parametrize(
    ("values", "limit", "over"),
    [
        # A month later is four weeks longer.
        ((("1", 44, 1, 1), ("5", 40, 2, 1)), 0.0, 0),
        ((("1", 40, 1, 1), ("5", 40, 2, 1)), 4.0, 0),
        ((("1", 40, 1, 1), ("5", 40, 2, 1)), 3.75, 0.25),
        ((("1", 40, 3, 1), ("5", 40, 1, 1)), 3.0, 5.0),
        # Means are of patients, not of rows.
        ((("1", 40, 1, 3), ("1", 48, 1, 1), ("5", 42, 1, 9)), 0.0, 0),
        # A third is no floating point: 4 / 3 is beyond 1.33 by a third of a hundredth.
        ((("1", 40, 1, 2), ("1", 40, 2, 1), ("5", 40, 1, 1)), 1.33, 1 / 300),
        # Of three groups the two that are furthest apart.
        ((("1", 40, 1, 1), ("3", 42, 1, 1), ("5", 47, 1, 1)), 5.0, 2.0),
        ((("1", 40, 1, 1), ("unknown", 90, 1, 1)), 0.0, 0),
        ((("unknown", 90, 1, 1),), 0.0, 0),
    ],
)
def test_a_gap_beyond_the_limit_is_seen(values, limit, over):
    """Weeks waited when treated, on average in each group."""
    table = groups(*values)
    found = equity_audit.violations(ma.Equity(max_gap_weeks=limit), table, table, 4)
    told = {(row.rule, row.where): row.amount for row in found.itertuples()}
    assert told == ({(GAP, "deprivation"): pytest.approx(over)} if over else {})


@by_each_formulation
def test_without_limits_between_groups_there_is_nothing_to_break(formulation):
    """Whatever the table says."""
    plan = plan_of(formulation)
    assert broken(plan, None, plan.entries.assign(harm=10**9, weeks_waiting=0)) == {}
