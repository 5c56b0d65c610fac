"""Limits between groups of patients: they bind, what they cost, and how gaps are measured."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from listed import PLAIN, people, trusts
from strategies import costly

import mutualaid as ma
from mutualaid.audit import equity_audit


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, [""]),
        ({"by": "", "min_gain": 0}, ["by"]),
        ({"by": 3, "min_gain": 0}, ["by"]),
        ({"min_gain": -0.01}, ["min_gain"]),
        ({"min_gain": 1.01}, ["min_gain"]),
        ({"min_gain": float("nan")}, ["min_gain"]),
        ({"min_gain": True}, ["min_gain"]),
        ({"max_gap_weeks": -1}, ["max_gap_weeks"]),
        ({"max_gap_weeks": "4"}, ["max_gap_weeks"]),
        ({"max_gap_weeks": 5201}, ["max_gap_weeks"]),
        ({"by": None, "max_gap_weeks": -1, "min_gain": 2}, ["by", "max_gap_weeks", "min_gain"]),
    ],
)
def test_limits_that_mean_nothing(given, named):
    """Everything that is amiss, at once."""
    with pytest.raises(ma.InputError) as error:
        ma.Equity(**given)
    assert error.value.problems["column"].to_list() == named


@pytest.mark.parametrize(
    "given",
    [
        {"min_gain": 0},
        {"min_gain": 1.0},
        {"max_gap_weeks": 0},
        {"max_gap_weeks": np.float64(2.5), "min_gain": 0.1},
    ],
)
def test_limits_that_mean_something(given):
    """From nothing to all, alone or together."""
    assert ma.Equity(**given).by == "deprivation"


def uneven(far=60.0, referrals=None, **more):
    """Six at Alder: three deprived, an hour from Birch, and three who live half an hour from it.

    Birch has three slots; the way weighs so much that the three near ones go.
    """
    patients = people(area=["south"] * 3 + ["north"] * 3, deprivation=["1"] * 3 + ["5"] * 3, **more)
    capacity = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "service": "C_110", "period": 1, "slots": [0, 3]}
    )
    travel = pd.DataFrame(
        [
            ("south", "ALD", 0.0),
            ("south", "BIR", far),
            ("north", "ALD", 0.0),
            ("north", "BIR", 30.0),
        ],
        columns=["area", "provider", "minutes"],
    )
    listed = patients.waiting_list("deprivation")
    return patients, ma.System(listed, capacity, travel, periods=1, referrals=referrals)


def policy(by="deprivation", min_weeks=0, **limits):
    """A policy with limits between groups, or without any."""
    equity = ma.Equity(by=by, **limits) if limits else None
    return ma.Policy(**PLAIN, equity=equity, min_weeks_to_move=min_weeks)


def moved_by_group(plan):
    """How many of each group move."""
    count = plan.moves.astype({"deprivation": str}).groupby("deprivation")["patients"].sum()
    return {group: int(count.get(group, 0)) for group in ("1", "5")}


def solve(system, rules, formulation="auto", mode=None):
    return ma.build(system, rules, mode, formulation=formulation).solve()


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"min_gain": 0}, {"1": 0, "5": 3}),
        # One of three gains a third of what the three bear alone, 17 weeks each.
        ({"min_gain": 0.01}, {"1": 1, "5": 2}),
        ({"min_gain": 0.33}, {"1": 1, "5": 2}),
        ({"min_gain": 1 / 3}, {"1": 1, "5": 2}),
        # Everybody of a group who moves is treated four weeks sooner: one of three, 4/3 on average.
        ({"max_gap_weeks": 4.0}, {"1": 0, "5": 3}),
        ({"max_gap_weeks": 3.99}, {"1": 1, "5": 2}),
        ({"max_gap_weeks": 1.34}, {"1": 1, "5": 2}),
        ({"max_gap_weeks": 1.33, "min_gain": 0}, {"1": 1, "5": 1}),
        ({"max_gap_weeks": 0}, {"1": 1, "5": 1}),
    ],
)
def test_a_limit_between_groups_binds(formulation, limits, expected):
    """The deprived live further away, and move where the limit asks for it and not before."""
    _, system = uneven()
    plan = solve(system, policy(**limits), formulation)
    assert moved_by_group(plan) == expected
    assert plan.violations().empty
    assert plan.certificate.valid


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_a_gap_that_lies_above_the_limit_lies_within_it_afterwards(formulation):
    """Alone there is no gap; the free plan makes one of four weeks; the limit is two."""
    patients, system = uneven()
    free = solve(system, policy(min_gain=0), formulation).equity("deprivation")
    kept = solve(system, policy(max_gap_weeks=2), formulation).equity("deprivation")
    gaps = [e.gaps.set_index("measure").loc["mean_weeks"] for e in (free, kept)]
    assert [gap["gap_before"] for gap in gaps] == [0, 0]
    assert gaps[0]["gap_after"] == pytest.approx(4)
    assert gaps[1]["gap_after"] == pytest.approx(4 / 3)
    assert gaps[0]["slope_after"] == pytest.approx(8)
    assert len(patients) == kept.table["patients"].sum()


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_waits_at_the_census_count_in_the_gap(formulation):
    """The deprived have waited 60 weeks, the others 30: at least 26 weeks lie between them."""
    _, system = uneven(weeks_waiting=[60] * 3 + [30] * 3)
    kept = solve(system, policy(max_gap_weeks=26), formulation)
    assert moved_by_group(kept) == {"1": 3, "5": 0}
    gap = kept.equity("deprivation").gaps.set_index("measure").loc["mean_weeks"]
    assert (gap["gap_before"], gap["gap_after"]) == (30, 26)


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
@pytest.mark.parametrize("limit", [25.99, 20, 0])
def test_a_gap_that_no_plan_can_keep_is_told_with_the_least_that_one_can(formulation, limit):
    """The error names about the least gap; rounded up, that can be kept."""
    _, system = uneven(weeks_waiting=[60] * 3 + [30] * 3)
    with pytest.raises(ma.InputError, match="groups of deprivation within") as error:
        solve(system, policy(max_gap_weeks=limit), formulation)
    least = float(re.search(r"about ([\d.,]+) weeks", str(error.value)).group(1))
    assert least == 26
    assert solve(system, policy(max_gap_weeks=least), formulation).violations().empty


def test_the_least_gap_takes_the_other_limits_into_account():
    """Two of the three deprived may move in: 64 and 64 less a third of four, against 34."""
    _, system = uneven(weeks_waiting=[60] * 3 + [30] * 3)
    for capped, least in ((2, "27.33"), (1, "28.67"), (0, "30.00")):
        rules = policy(max_gap_weeks=1).replace(max_in=capped)
        with pytest.raises(ma.InputError, match=f"about {least} weeks"):
            ma.optimise(system, rules)
        found = ma.optimise(
            system, rules.replace(equity=ma.Equity(max_gap_weeks=float(least) + 0.01))
        )
        assert moved_by_group(found) == {"1": capped, "5": 0}


def test_a_gain_that_no_plan_can_give_is_told():
    """Two groups of three, three slots: both cannot bear half less."""
    _, system = uneven()
    with pytest.raises(ma.InputError, match="deprivation"):
        ma.optimise(system, policy(min_gain=0.5))


def test_a_least_gap_below_a_week_is_told_too():
    """Nobody may move: half a week lies between two groups of waiters, and stays."""
    patients = people(deprivation=["1", "1", "5", "5"], weeks_waiting=[40, 41, 40, 40])
    system = trusts(patients.waiting_list("deprivation"), slots={"ALD": 0, "BIR": 2})
    rules = policy(max_gap_weeks=0.25).replace(max_in=0)
    with pytest.raises(ma.InputError, match=r"about 0.50 weeks") as error:
        ma.optimise(system, rules)
    assert "within 0.25 weeks" in str(error.value)
    assert (
        ma.optimise(system, rules.replace(equity=ma.Equity(max_gap_weeks=0.5))).violations().empty
    )


def test_groups_of_different_sizes_are_compared_by_their_means():
    """Two deprived and four others: with two slots, one and one leave 4/2 against 4/4."""
    patients, system = uneven()
    listed = people(
        area=["south"] * 2 + ["north"] * 4, deprivation=["1"] * 2 + ["5"] * 4
    ).waiting_list("deprivation")
    system = system.replace(waiting_list=listed)
    for limit, expected in (
        (3.0, {"1": 0, "5": 3}),
        (2.9, {"1": 1, "5": 2}),
        (0.5, {"1": 1, "5": 2}),
        (0, {"1": 1, "5": 2}),
    ):
        assert moved_by_group(ma.optimise(system, policy(max_gap_weeks=limit))) == expected
    assert len(patients) == 6


@pytest.mark.parametrize(
    "mode",
    [ma.Transactional(tolerance=9), ma.Resource(), ma.Deep(), ma.Independent()],
    ids=["transactional", "resource", "deep", "independent"],
)
@pytest.mark.parametrize("limits", [{"min_gain": 0.3}, {"max_gap_weeks": 2}])
def test_every_mode_keeps_the_limits_between_groups(mode, limits):
    """With promises to trusts besides; where nobody moves there is nothing to limit."""
    _, system = uneven()
    plan = ma.optimise(system, policy(**limits), mode)
    assert moved_by_group(plan) == ({"1": 1, "5": 2} if mode.moves else {"1": 0, "5": 0})
    assert plan.violations().empty


def test_patients_of_whom_it_is_not_recorded_are_of_no_group():
    """Three of unknown deprivation may wait as long as they like, and are not lifted either."""
    _, system = uneven(weeks_waiting=[60] * 3 + [30] * 3)
    listed = system.waiting_list
    for missing in (None, np.nan, "unknown"):
        labels = [missing if w == 60 else "5" for w in listed["weeks_waiting"]]
        nobody = system.replace(
            waiting_list=listed.assign(deprivation=pd.Series(labels, dtype=object))
        )
        plan = ma.optimise(nobody, policy(max_gap_weeks=0))
        assert moved_by_group(plan)["5"] == 3
        table = plan.equity("deprivation").table.set_index("group")
        assert table.index.to_list() == ["5", "unknown"]
        assert table.loc["unknown", "moved"] == 0
        assert plan.equity("deprivation").gaps["gap_after"].iloc[0] == 0
        assert ma.optimise(nobody, policy(min_gain=0.5)).violations().empty


def test_referrals_that_do_not_say_are_of_no_group():
    """Nine are referred in the first month without a word of where they live on the scale."""
    referrals = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 9, "area": "north"}
    )
    _, system = uneven(referrals=referrals)
    plan = ma.optimise(system, policy(max_gap_weeks=0))
    table = plan.equity("deprivation").table.set_index("group")
    assert table["patients"].to_dict() == {"1": 3, "5": 3, "unknown": 9}
    assert table.loc["unknown", "mean_weeks_before"] == 4
    assert plan.violations().empty
    said = system.replace(referrals=referrals.assign(deprivation="5"))
    table = ma.optimise(said, policy(max_gap_weeks=100)).equity("deprivation").table
    assert table.set_index("group")["patients"].to_dict() == {"1": 3, "5": 12}


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_waits_of_referrals_count_from_when_they_join(formulation):
    """Two of the list and two who join in the second month, when Birch has two slots.

    Those of the list have waited a month by then; untreated, the others will have at the end.
    """
    referrals = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "period": 2, "patients": 2, "deprivation": "1"}
    )
    patients = people(deprivation=["5", "5"], weeks_waiting=0)
    system = trusts(
        patients.waiting_list("deprivation"),
        slots={"ALD": 0, "BIR": [0, 2]},
        periods=2,
        referrals=referrals,
    )
    plan = solve(system, policy(max_gap_weeks=0), formulation)
    assert moved_by_group(plan) == {"1": 0, "5": 2}
    assert plan.equity("deprivation").table["mean_weeks_after"].to_list() == [4, 4]


def test_what_a_limit_costs_is_nothing_or_more_and_grows_as_it_tightens():
    """One who lives an hour away goes for one who lives half an hour away: half a week more."""
    _, system = uneven()
    limits = [{"max_gap_weeks": gap} for gap in (100, 4, 2, 1, 0)]
    prices = [ma.studies.price_of_equity(ma.optimise(system, policy(**limit))) for limit in limits]
    # From one gap to the next: free, free, half a week of travel, a move that is not made.
    assert prices == pytest.approx([0, 0, 0.5, 16.5, 16.5])
    gains = [ma.studies.price_of_equity(ma.optimise(system, policy(min_gain=g))) for g in (0, 0.3)]
    assert gains == pytest.approx([0, 0.5])
    with pytest.raises(ma.InputError, match="no equity limit"):
        ma.studies.price_of_equity(ma.optimise(system, policy()))
    with pytest.raises(ma.InputError):
        ma.studies.price_of_equity(system)


def test_a_column_that_nobody_has_makes_no_groups():
    """Neither for a limit nor for a report, and an identifier least of all."""
    patients, system = uneven()
    with pytest.raises(ma.InputError, match="asks about ethnicity"):
        ma.optimise(system, policy(by="ethnicity", min_gain=0))
    plan = ma.optimise(system, policy())
    with pytest.raises(ma.InputError, match="does not tell patients apart by deprivation"):
        plan.equity("deprivation")
    for column in ("ethnicity", "patient_id"):
        with pytest.raises(ma.InputError, match=f"the list has no {column}"):
            plan.equity(column, patients)


def test_the_audit_of_a_plan_looks_at_its_groups():
    """A plan's own table passes; with somebody's month changed it does not."""
    _, system = uneven()
    plan = ma.optimise(system, policy(max_gap_weeks=1.5))
    late = plan.entries.copy()
    late.loc[late.index[late["period"] == 1][0], "period"] = 9
    args = plan.baseline_entries, plan.system.period_weeks
    assert equity_audit.violations(plan.policy.equity, plan.entries, *args).empty
    assert len(equity_audit.violations(plan.policy.equity, late, *args)) == 1
    assert equity_audit.violations(None, late, *args).empty


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@costly
@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "3", "5", "unknown"]), st.sampled_from([10, 40, 60])),
        min_size=1,
        max_size=7,
    ),
    st.integers(0, 2),
    st.integers(0, 3),
)
def test_patients_one_by_one_and_queues_tell_the_same(rows, home, away):
    """Counted by names or by queues, every group's means, moves and minutes are alike."""
    groups, weeks = ([*column] for column in zip(*rows, strict=True))
    ids = [f"p{i}" for i in range(len(rows))]
    patients = people(patient_id=ids, deprivation=groups, weeks_waiting=weeks)
    system = trusts(
        patients.waiting_list("deprivation"), slots={"ALD": home, "BIR": away}, periods=2
    )
    plan = ma.optimise(system, policy(min_gain=0))
    one, other = plan.equity("deprivation", patients), plan.equity("deprivation")
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.gaps, other.gaps)


@pytest.mark.parametrize(
    "labels",
    [[1, 1, 1, 5, 5, 5], [1.0, np.nan, 1.0, 5.0, 5.0, 5.0], ["1", None, "1", "5", "5", "5"]],
)
def test_a_list_whose_groups_are_numbers_or_have_gaps_is_the_plans_own(labels):
    """The list that a system with a limit between groups was made of is taken as such."""
    _, system = uneven()
    patients = people(area=["south"] * 3 + ["north"] * 3, deprivation=labels)
    system = system.replace(waiting_list=patients.waiting_list("deprivation"))
    plan = ma.optimise(system, policy(min_gain=0))
    assert (plan.patients(patients)["decision"] == "offer").sum() == 3
    one, other = plan.equity("deprivation", patients), plan.equity("deprivation")
    pd.testing.assert_frame_equal(one.table, other.table)


def test_groups_are_told_apart_by_any_column():
    """By age band, with a limit; the plan's moves say so."""
    patients = people(age_band=["75+", "75+", "18-44"], weeks_waiting=[60, 60, 30])
    system = trusts(patients.waiting_list("age_band"), slots={"ALD": 0, "BIR": 2})
    plan = ma.optimise(system, policy(by="age_band", max_gap_weeks=26))
    assert set(plan.moves["age_band"].astype(str)) == {"75+"}
    assert plan.equity("age_band", patients).by == "age_band"
    assert plan.equity("origin", patients).table["group"].to_list() == ["ALD"]


@pytest.mark.parametrize("by", ["origin", "service"])
def test_hospitals_can_be_the_groups_where_one_of_them_has_no_list(by):
    """Birch has nobody waiting, helps out of what it has left, and lends its rooms."""
    rooms = pd.DataFrame({"site": ["BIR"], "period": [1], "slots": [1]})
    teams = pd.DataFrame({"provider": ["ALD"], "service": ["C_110"], "period": [1], "slots": [5]})
    policy = ma.Policy(equity=ma.Equity(by=by, min_gain=0.0))
    for mode in (
        ma.Resource(spare_only=True),
        ma.Resource(lend=ma.Estate(rooms=rooms, teams=teams)),
    ):
        plan = ma.optimise(two_trusts(), policy, mode)
        assert plan.treatments["patients"].sum() == 6
        assert plan.violations().empty
