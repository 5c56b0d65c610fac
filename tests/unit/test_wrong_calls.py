"""What a new user passes by mistake is told by name, not by a traceback of ours."""

from __future__ import annotations

import pytest

import mutualaid as ma

WHAT_IF = ma.studies.Scenario("half", [ma.studies.changes.Capacity(factor=0.5)])


@pytest.fixture(scope="module")
def system():
    return ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)


@pytest.fixture(scope="module")
def plan(system):
    return ma.optimise(system)


@pytest.mark.parametrize(
    "ask",
    [
        ma.studies.refill,
        ma.studies.next_lanes,
        ma.studies.next_slots,
        ma.studies.obstacles,
        lambda x: ma.studies.stress(x, [WHAT_IF]),
    ],
)
def test_what_is_asked_of_a_plan_needs_a_plan(ask, system):
    """A system is none."""
    with pytest.raises(ma.InputError, match="plan is a System"):
        ask(system)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda s, _: ma.studies.two_stage(s, scenarios=WHAT_IF), "scenarios is no list"),
        (lambda _s, _: ma.studies.two_stage("s", None, [WHAT_IF], commit=1), "system is a str"),
        (
            lambda s, _: ma.studies.two_stage(s, None, [WHAT_IF], commit=1, probabilities="half"),
            "a list",
        ),
        (
            lambda s, _: ma.studies.two_stage(s, None, [WHAT_IF], commit="1", level="x"),
            "2 problems",
        ),
        (lambda _, p: ma.studies.next_lanes(p, top=0), "top is 0"),
        (lambda _, p: p.changes_since(3), "previous is no plan"),
        (lambda _, p: p.stress("winter"), "has a str"),
        (lambda _, p: p.replay(policies=5), "policies is 5: write a list"),
        (lambda _, p: p.replay(seeds=7), "seeds is 7: write a list"),
        (lambda _, p: p.risks(by="ward", level=2), "2 problems"),
    ],
)
def test_other_mistakes_are_told(system, plan, ask, told):
    """Each by the name of what was passed."""
    with pytest.raises(ma.InputError, match=told):
        ask(system, plan)
