"""Plans of small systems, made once, and what the audit says of their tables once tampered with."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.audit import plan_audit

HIPS, KNEES = "C_110", "C_130"
COST = "the cost adds up (harm-weeks)"
by_each_formulation = pytest.mark.parametrize("formulation", ["chain", "ageing"])


def rows(*values, columns=("origin", "weeks_waiting", "patients"), **same):
    """Rows of a table about hips."""
    return pd.DataFrame(list(values), columns=list(columns)).assign(**{"service": HIPS, **same})


def joining(*values):
    """Who joins or leaves a list, and when."""
    return rows(*values, columns=("origin", "period", "patients"))


CASES = {
    # Two of six are treated in each period at Alder, and one at Birch.
    "two trusts": ({"periods": 2, "slots": (2, 1)}, {}),
    # Alder has no slots: four of its patients go to Birch, and then the other two.
    "all go": ({"periods": 2, "slots": (0, 4)}, {}),
    # Of eight two leave, and four join: six are treated, one of them at Birch in each period.
    "joined and left": (
        {
            "periods": 2,
            "slots": (2, 1),
            "waiting": rows(("ALD", 40, 5), ("ALD", 10, 3)),
            "referrals": joining(("ALD", 1, 2), ("ALD", 2, 2)),
            "removals": joining(("ALD", 1, 2)),
        },
        {},
    ),
    # Of Birch's nine slots four are for its own list and five for Alder's.
    "both wait": ({"slots": (0, 9), "waiting": rows(("ALD", 40, 6), ("BIR", 40, 4))}, {}),
    # Of a hundred with one name or another 29 per cent may move.
    "shares": (
        {"slots": (0, 200), "waiting": rows(("ALD", 40, 80), ("ALD", 30, 20))},
        {"max_share_moved": 0.29},
    ),
    # Two of every priority; those of P3 and P4 go to Birch.
    "priorities": (
        {
            "slots": (8, 9),
            "waiting": rows(
                *(("ALD", 40, 2, priority) for priority in ("P1", "P2", "P3", "P4", "P5", "P6")),
                columns=("origin", "weeks_waiting", "patients", "priority"),
            ),
        },
        {},
    ),
    # Birch is too far; removals say who leaves Alder's two lists.
    "long waits leave": (
        {
            "periods": 2,
            "slots": (0, 1),
            "minutes": 500.0,
            "waiting": rows(
                ("ALD", 60, 5, "P2"),
                ("ALD", 10, 4, "P2"),
                ("ALD", 55, 2, "P4"),
                ("ALD", 50, 3, "P4"),
                columns=("origin", "weeks_waiting", "patients", "priority"),
            ),
            "removals": rows(
                ("ALD", 1, 10, 2, "P2"),
                ("ALD", 2, 54, 1, "P4"),
                columns=("origin", "period", "weeks_waiting", "patients", "priority"),
            ),
        },
        {},
    ),
    # An hour of theatre each: five at Alder and three at Birch, whatever slots there are.
    "theatres": (
        {
            "periods": 2,
            "slots": (9, 9),
            "waiting": rows(("ALD", 40, 20)),
            "pools": pd.DataFrame(
                [("ALD", "theatre", t, 300.0) for t in (1, 2)]
                + [("BIR", "theatre", t, 180.0) for t in (1, 2)],
                columns=["provider", "pool", "period", "amount"],
            ),
            "usage": pd.DataFrame({"service": [HIPS], "pool": ["theatre"], "amount": [60.0]}),
        },
        {},
    ),
}


@cache
def plan_of(formulation, case="two trusts", **rules):
    """The best plan of a case, by a formulation of the model; its tables are not to be changed."""
    tables, policy = CASES[case]
    return ma.optimise(
        two_trusts(**tables), ma.Policy(**{**policy, **rules}), formulation=formulation
    )


def broken(plan, table=None, *, system=None, policy=None):
    """The rules that a table breaks, where, and by how much; the cost has tests of its own."""
    found = plan_audit.violations(
        plan.system if system is None else system,
        plan.policy if policy is None else policy,
        plan.entries if table is None else table,
        plan.certificate.cost,
    )
    assert found.columns.tolist() == ["rule", "where", "amount"]
    found = found[found["rule"] != COST]
    return {(row.rule, row.where): row.amount for row in found.itertuples()}


def changed(plan, where, **values):
    """The plan's table with the first row that fits a question changed."""
    table = plan.entries.copy()
    first = table.query(where).index[0]
    for name, value in values.items():
        table.loc[first, name] = value
    return table


def more(plan, where, count=1):
    """The plan's table with so many patients more in the first row that fits a question."""
    patients = plan.entries.query(where)["patients"].iloc[0]
    return changed(plan, where, patients=patients + count)
