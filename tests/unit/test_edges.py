"""Systems with nobody, nothing or nowhere in them."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

import mutualaid as ma


def table(columns, *rows):
    return pd.DataFrame(list(rows), columns=columns.split())


def waiting(*rows):
    return table("origin service weeks_waiting patients", *rows)


def capacity(*rows):
    return table("provider service period slots", *rows)


def travel(*rows):
    return table("origin provider minutes", *rows)


def over_time(*rows):
    return table("origin service period patients", *rows)


ALDER, HIPS = "ALD", "C_110"
HERE = (ALDER, HIPS)
CASES = {
    "nothing at all": ({"waiting_list": waiting(), "capacity": capacity()}, 0, 0),
    "nobody waits": ({"waiting_list": waiting(), "capacity": capacity((*HERE, 1, 2))}, 0, 0),
    "nobody waits yet": (
        {
            "waiting_list": waiting(),
            "capacity": capacity((*HERE, 1, 2)),
            "referrals": over_time((*HERE, 1, 5)),
        },
        2,
        3,
    ),
    "nobody treats": (
        {
            "waiting_list": waiting((*HERE, 3, 4)),
            "capacity": capacity(),
            "travel": travel((ALDER, ALDER, 0)),
        },
        0,
        4,
    ),
    "one trust, no travel": (
        {"waiting_list": waiting((*HERE, 3, 4)), "capacity": capacity((*HERE, 1, 2))},
        2,
        2,
    ),
    "a cohort of nobody": (
        {"waiting_list": waiting((*HERE, 3, 0)), "capacity": capacity((*HERE, 1, 2))},
        0,
        0,
    ),
    "everybody leaves": (
        {
            "waiting_list": waiting((*HERE, 3, 2)),
            "capacity": capacity((*HERE, 1, 2)),
            "removals": over_time((*HERE, 1, 2)),
        },
        0,
        0,
    ),
    "as many as can be counted": (
        {
            "waiting_list": waiting((*HERE, 3, 10**9)),
            "capacity": capacity((*HERE, 1, 10**9)),
        },
        10**9,
        0,
    ),
    "a trust that cannot treat": (
        {
            "waiting_list": waiting((*HERE, 3, 2)),
            "capacity": capacity(("BIR", HIPS, 1, 2)),
            "travel": travel((ALDER, "BIR", 10)),
        },
        2,
        0,
    ),
}


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
@pytest.mark.parametrize("solver", ["auto", "highs", "pulp"])
@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_made_whatever_is_missing(name, solver, formulation):
    """Every table of the plan is there, with nobody lost."""
    tables, treated, left = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        system = ma.System(**{"travel": travel(), **tables}, periods=2)
    plan = ma.optimise(system, solver=solver, formulation=formulation)
    assert plan.certificate.optimal
    assert plan.treatments["patients"].sum() == treated
    assert plan.remaining["patients"].sum() == left
    assert len(plan.measures(by="origin")) == len(system.providers)
    assert len(plan.measures(by=None)) == 1
    assert (plan.prices["price"] >= 0).all()
    assert "proven best" in repr(plan)
    model = ma.build(system, formulation=formulation)
    assert len(model.arcs) == len(model.to_pulp().variables())
