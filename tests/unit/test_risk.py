"""The risk register: what a plan takes away, moves to whom, leaves, and risks by moving."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly, relaxed

import mutualaid as ma
from mutualaid.risk import distribution, of_moving
from mutualaid.risk.register import TABLES, RiskLadder, register
from mutualaid.risk.risk_settings import RiskSettings, check_settings

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
# A register is some twenty tables.
MODES = [ma.Independent(), ma.Deep(), ma.Resource(), ma.Transactional(tolerance=1)]
PARTS = ("before", "taken", "kept", "new", "after")


def registered(plan, **options):
    """The register of a plan."""
    system, column = plan.system, options.get("deprivation", "deprivation")
    before, after = (
        of_moving.labelled(table, system.waiting_list, column)
        for table in (plan.baseline_entries, plan.entries)
    )
    settings = check_settings(after, **options)
    return register(before, after, system.periods, system.period_weeks, settings)


TRUSTS = ("RA", "RB", "RC")
PERIODS, PERIOD_WEEKS = 3, 4


@st.composite
def outcomes(draw):
    """Two outcomes of the same patients: at home or untreated, and anywhere; no solver needed."""
    trusts = TRUSTS[: draw(st.integers(1, 3))]
    who = st.tuples(
        st.sampled_from(trusts),
        st.sampled_from(["C_110", "C_120"]),
        st.sampled_from(["1", "3", "5"]),
        st.sampled_from([0, 10, 17, 40, 50, 70]),
    )
    lots = draw(st.lists(who, min_size=1, max_size=5, unique=True))
    rate = draw(st.integers(0, 3))
    patients = [draw(st.integers(1, 9)) for _ in lots]
    sides = []
    for moves in (False, True):
        rows = []
        for lot, count in zip(lots, patients, strict=True):
            cuts = sorted(draw(st.lists(st.integers(0, count), max_size=2)))
            for part in np.diff([0, *cuts, count]).tolist():
                period = draw(st.integers(1, PERIODS + 1))
                provider = draw(st.sampled_from(trusts)) if moves else lot[0]
                if part:
                    rows.append((*lot, period, provider, part, draw(st.sampled_from([0, 5.5, 95]))))
        sides.append(_entries(rows, rate))
    return sides


def _entries(rows, rate):
    names = ["origin", "service", "deprivation", "weeks_waiting", "period", "provider", "patients"]
    table = pd.DataFrame(rows, columns=[*names, "extra_minutes"])
    table.insert(2, "priority", pd.Categorical([None] * len(table), categories=[]))
    untreated = table["period"] > PERIODS
    table["provider"] = pd.Categorical(table["provider"].mask(untreated), categories=TRUSTS)
    table["moved"] = ~untreated & (table["provider"].astype(object) != table["origin"])
    table["extra_minutes"] = table["extra_minutes"].where(table["moved"], 0.0)
    weeks = (table["period"] - 1) * PERIOD_WEEKS
    each = 1000 * rate * weeks * (1 + (table["weeks_waiting"] >= 40))
    return table.assign(
        referred=0, minutes=table["extra_minutes"] + 10, harm=each * table["patients"]
    )


def registered_tables(before, after, **options):
    """The register of two tables."""
    return register(before, after, PERIODS, PERIOD_WEEKS, check_settings(after, **options))


def single_patients(table, side):
    """Everybody by name: a row for each patient, the first of each lot to be treated first."""
    rows = table.loc[table.index.repeat(table["patients"])].copy()
    rows[f"harm_{side}"] = rows["harm"] / rows["patients"]
    treated = rows["period"] <= PERIODS
    rows[f"reached_{side}"] = rows["weeks_waiting"] + (rows["period"] - 1) * PERIOD_WEEKS
    rows[f"reached_{side}"] += treated * PERIOD_WEEKS / 2
    who = ["origin", "service", "priority", "area", "deprivation", "weeks_waiting", "referred"]
    keys = [name for name in who if name in rows]
    rows[keys] = rows[keys].astype(object).where(rows[keys].notna(), "none")
    rows = rows.sort_values([*keys, "period"], kind="stable")
    rows["number"] = rows.groupby(keys).cumcount()
    return rows.set_index([*keys, "number"])[[f"harm_{side}", f"reached_{side}"]]


def worst(values, level):
    """Mean of the worst share of a list of patients, in exact fractions."""
    left = tail = len(values) * (1 - Fraction(str(level)))
    total = Fraction(0)
    for value in sorted(values, reverse=True):
        part = min(left, 1)
        total += part * Fraction(value)
        left -= part
    return float(total / tail)


def beyond(values, level):
    """The smallest value that a share of a list of patients does not exceed."""
    wanted = math.ceil(len(values) * Fraction(str(level)))
    return sorted(values)[wanted - 1]


# What is right for a list of single patients.


@relaxed
@given(outcomes(), st.sampled_from([0.5, 0.9, 0.95]))
def test_risks_are_those_of_a_list_of_single_patients(tables, level):
    """Mean, quantile, tail and thresholds, each against everybody written out one by one."""
    found = registered_tables(*tables, by=["origin", "service"], level=level, thresholds=[18, 52])
    sides = ("before", "after")
    one = [single_patients(t, s) for t, s in zip(tables, sides, strict=True)]
    everybody = one[0].join(one[1], validate="one_to_one").reset_index()
    rows = dict(iter(everybody.groupby(["origin", "service"])))
    tail = f"p{100 * level:g}"
    assert list(rows) == list(found.groups[["origin", "service"]].itertuples(index=False))
    for group, part in zip(found.groups.to_dict("records"), rows.values(), strict=True):
        assert group["patients"] == len(part)
        for side in sides:
            for name, unit in (("harm", 1000), ("reached", 1)):
                values = part[f"{name}_{side}"].tolist()
                assert group[f"mean_{name}_{side}"] * unit == pytest.approx(np.mean(values))
                assert group[f"{tail}_{name}_{side}"] * unit == beyond(values, level)
                assert group[f"cvar_{name}_{side}"] * unit == pytest.approx(worst(values, level))
            assert group[f"reached_18_{side}"] == (part[f"reached_{side}"] >= 18).sum()
            assert group[f"reached_52_{side}"] == (part[f"reached_{side}"] >= 52).sum()
            highest = group[f"cvar_harm_{side}"] + 1e-9
            assert group[f"{tail}_harm_{side}"] <= highest
            assert group[f"mean_harm_{side}"] <= highest
            assert group[f"tail_share_{side}"] >= 1 - level - 1e-9 or not sum(part[f"harm_{side}"])
    for trust in found.by_trust.to_dict("records"):
        own = everybody[everybody["origin"] == trust["origin"]]
        fell = own["harm_before"] - own["harm_after"]
        assert trust["patients_better"] == (fell > 0).sum()
        assert trust["patients_worse"] == (fell < 0).sum()
        assert trust["harm_weeks_taken"] == pytest.approx(fell.clip(lower=0).sum() / 1000)
        assert trust["harm_weeks_new"] == pytest.approx(-fell.clip(upper=0).sum() / 1000)
        over = own[["reached_before", "reached_after"]] >= 52
        saved = (over["reached_before"] & ~over["reached_after"]).sum()
        assert trust["reached_52_taken"] == saved


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 40)), min_size=1, max_size=12),
    st.sampled_from([0.05, 0.5, 0.8, 0.95, 0.99]),
)
def test_the_tail_counts_the_patient_on_the_boundary_with_a_fraction(rows, level):
    """Lots of many patients, against the same patients one by one."""
    value, weight = (np.array(column) for column in zip(*rows, strict=True))
    found = distribution.cvar(np.zeros(len(rows), int), value, weight, level, 2)
    assert np.isnan(found[1])
    if weight.sum():
        values = np.repeat(value, weight).tolist()
        assert found[0] == pytest.approx(worst(values, level))
        assert np.mean(values) - 1e-9 <= found[0] <= max(values) + 1e-9


# Sums.


@costly
@given(cases(most_patients=9), st.sampled_from(MODES))
def test_every_risk_is_somebodys_and_nobodys_twice(case, mode):
    """Groups, trusts and by_provider each add up to the whole system, to the unit."""
    plan = ma.optimise(case.system(), case.policy, mode)
    found = registered(plan)
    whole = found.whole.iloc[0]

    def units(amount):
        return round(1000 * float(amount))

    for side, table in (("before", plan.baseline_entries), ("after", plan.entries)):
        assert units(whole[f"harm_weeks_{side}"]) == table["harm"].sum()
        assert units(found.groups[f"harm_weeks_{side}"].sum()) == table["harm"].sum()
        assert units(found.by_trust[f"harm_weeks_{side}"].sum()) == table["harm"].sum()
    assert units(found.by_provider["harm_weeks"].sum()) == plan.entries["harm"].sum()
    assert (
        found.groups["patients"].sum() == found.by_provider["patients"].sum() == whole["patients"]
    )
    for name in ("harm_weeks", *(f"reached_{mark}" for mark in found.settings.thresholds)):
        parts = {part: found.by_trust[f"{name}_{part}"].map(units) for part in PARTS}
        assert (parts["before"] == parts["taken"] + parts["kept"]).all()
        assert (parts["after"] == parts["kept"] + parts["new"]).all()
        assert units(found.groups[f"{name}_after"].sum()) == parts["after"].sum()
    table = found.by_provider
    away = table[table["carrier"] != table["origin"]]
    assert found.by_trust["treats"].sum() == table["treated"].sum()
    assert found.by_trust["treats_others"].sum() == away["treated"].sum() == moved(plan)
    assert (away["treated"] == away["patients"]).all()
    for move in (found.distance, found.ways, found.continuity, found.moving):
        assert move["moved"].sum() == moved(plan)


@costly
@given(outcomes())
def test_in_a_plan_that_does_what_trusts_do_alone_no_risk_changes_hands(tables):
    """Nobody bears less, nobody more; nothing is taken, nothing is new."""
    found = registered_tables(tables[0], tables[0])
    by_trust = found.by_trust
    new = by_trust[
        [name for name in by_trust if name.endswith(("_taken", "_new", "better", "worse"))]
    ]
    assert (new == 0).all(axis=None)
    assert (found.groups["harm_weeks_change"] == 0).all()
    assert "no risk changes hands" in found.agenda
    assert "Nobody is treated away from home." in found.agenda


@costly
@given(outcomes(), st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(tables, seed):
    """Tables shuffled, the same register in the same order, and the same words."""
    one = registered_tables(*tables)
    other = registered_tables(*(t.sample(frac=1, random_state=seed) for t in tables))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.agenda == other.agenda


# By hand.


def aid():
    """Alder: four who have waited 40 weeks, no slots. Birch: two who have waited 20, and slots.

    Whoever is untreated bears four weeks and 13 more. At 40 weeks a week counts 2, from 52 on 3:
    12 x 2 + 5 x 3 = 39 harm-weeks. At 20 weeks it counts 2: 17 x 2 = 34. Half an hour of travel
    and the move cost 1, so that Birch's two slots go to two of Alder.
    """
    waiting = pd.DataFrame(
        [("ALD", "C_110", 40, 4), ("BIR", "C_110", 20, 2)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    return ma.optimise(two_trusts(waiting=waiting, slots=(0, 2)))


def test_birch_carries_what_is_taken_from_alder():
    """Two of Alder are spared 39 each; Birch's two now bear 34 each."""
    found = registered(aid(), by="origin")
    alder, birch = found.by_trust.to_dict("records")
    assert [alder[f"harm_weeks_{part}"] for part in PARTS] == [156, 78, 78, 0, 78]
    assert [birch[f"harm_weeks_{part}"] for part in PARTS] == [0, 0, 0, 68, 68]
    assert (alder["patients_better"], birch["patients_worse"]) == (2, 2)
    assert (birch["treats"], birch["treats_others"], birch["share_others"]) == (2, 2, 1.0)
    assert np.isnan(alder["share_others"])
    hands = found.by_provider.set_index(["carrier", "origin"])
    assert hands["patients"].to_dict() == {("ALD", "ALD"): 2, ("BIR", "ALD"): 2, ("BIR", "BIR"): 2}
    assert hands["harm_weeks"].tolist() == [78, 0, 68]
    group = found.groups.iloc[0]
    assert (group["mean_harm_before"], group["mean_harm_after"]) == (39, 19.5)
    # Half a period after its start for who is treated, the end for who is not.
    assert (group["mean_reached_before"], group["mean_reached_after"]) == (44, 43)
    assert (group["tail_share_before"], group["tail_share_after"]) == pytest.approx((0.05, 0.1))
    assert found.residual.query("ranked_by == 'total'")["origin"].tolist() == ["ALD", "BIR"]


def test_the_agenda_says_so_in_words():
    """All of it, as a board would read it."""
    assert registered(aid(), by="origin").agenda.splitlines() == [
        "Risks that the plan takes away",
        "  Alone, 6 patients bear 156 harm-weeks; with the plan 10 harm-weeks (6.4%) less.",
        "  2 patients bear less than alone, 78 harm-weeks less in all.",
        "  2 patients bear more than alone, 68 harm-weeks more in all.",
        "  By group, most is taken from ALD (78 harm-weeks).",
        "  The wait reaches 18 weeks for 6 patients (alone 6).",
        "Risks that it moves, and to whom",
        "  By group, most is put on BIR (68 harm-weeks).",
        "  Taken together, the own patients of BIR (68 harm-weeks) bear more than alone.",
        "  Nobody's wait reaches 18 weeks or another threshold only because of the plan.",
        "  Most patients of others are treated at BIR (2 patients, 100% of all whom it treats).",
        "Risks that stay",
        "  The worst 5% of patients bear 8% of the harm that stays, 39 harm-weeks each "
        "(alone 7.5%, 39 each).",
        "  By group, the most harm that stays is in ALD (78 harm-weeks, 53.4% of all).",
        "  For a patient on average, it is in BIR (34 harm-weeks a patient, 2 patients).",
        "  For the worst 5% of a group, it is in ALD (39 harm-weeks a patient).",
        "Risks of moving",
        "  2 patients move, 100% of all who are treated, if everybody accepts: 30 minutes further "
        "one way on average, within 30 for 95%, 30 at the most.",
        "  It is more than 60 minutes for nobody.",
        "  No trust's patients of one service go to more than one provider elsewhere.",
        "  2 patients go in lanes of a service with fewer than 10 patients (100% of those who "
        "move).",
        "  Nobody goes while others of their queue are treated at home in the same period.",
        "  Whether the deprived are asked to travel more, the list does not say: it has no column "
        "deprivation, or one in which patients of a queue differ.",
    ]


def test_whoever_reaches_a_threshold_only_because_of_the_plan_is_told():
    """Birch's two stood at 16 weeks and were to be treated at home: now they pass 18."""
    waiting = pd.DataFrame(
        [("ALD", "C_110", 60, 4), ("BIR", "C_110", 15, 2)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    found = registered(ma.optimise(two_trusts(waiting=waiting, slots=(0, 2))))
    assert found.by_trust["reached_18_new"].tolist() == [0, 2]
    assert "Only because of the plan the wait reaches 18 weeks for 2 patients (of BIR)." in str(
        found
    )


def test_a_plan_that_treats_everybody_leaves_no_risk():
    """Alder's four go to Birch's empty slots: everything is taken, nothing stays."""
    found = registered(ma.optimise(two_trusts()))
    assert found.by_trust["harm_weeks_taken"].tolist() == [156, 0]
    assert "After the plan nobody bears any harm." in found.agenda
    assert found.residual["share_of_harm"].isna().all()


# Moving.


@pytest.fixture(scope="module")
def rungs():
    """The ladder of three trusts over four periods."""
    return ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4))


@pytest.fixture(scope="module")
def climbed(rungs):
    """Its registers."""
    return RiskLadder(registers={name: registered(plan) for name, plan in rungs.plans.items()})


def test_how_far_patients_move_is_counted_from_the_moves(rungs):
    """By origin, by origin and provider, and in all."""
    plan = rungs.plans["Deep"]
    found, moves = registered(plan, far=[20, 5]), plan.moves
    for table, by in ((found.distance, ["origin"]), (found.ways, ["origin", "provider"])):
        parts = moves.groupby(by, observed=True)
        assert table["moved"].tolist() == parts["patients"].sum().tolist()
        assert table["most_extra_minutes"].tolist() == parts["extra_minutes"].max().tolist()
    each = np.repeat(moves["extra_minutes"], moves["patients"])
    row = found.moving.iloc[0]
    assert row["mean_extra_minutes"] == pytest.approx(each.mean())
    assert row["p95_extra_minutes"] == beyond(each.tolist(), 0.95)
    assert [row["extra_over_5"], row["extra_over_20"]] == [(each > 5).sum(), (each > 20).sum()]


def test_how_services_are_split_is_counted_from_the_treatments(rungs):
    """Providers elsewhere, small lanes, and patients parted from others of their queue."""
    plan = rungs.plans["Resource"]
    small = (
        int(
            plan.moves.groupby(["origin", "service", "provider"], observed=True)["patients"]
            .sum()
            .median()
        )
        + 1
    )
    found = registered(plan, small=small)
    lanes = plan.moves.groupby(["origin", "service", "provider"], observed=True)["patients"].sum()
    table = found.continuity.set_index(["origin", "service"])
    assert table["providers"].sum() == len(lanes) == found.moving["lanes"].iloc[0]
    assert table["in_small_lanes"].sum() == lanes[lanes < small].sum() > 0
    home = plan.treatments[~plan.treatments["moved"]]
    keys = [*plan.system.queue_columns, "period"]
    beside = plan.moves.astype(dict.fromkeys(keys, object)).merge(
        home[keys].astype(object).drop_duplicates(), on=keys
    )
    assert table["parted"].sum() == beside["patients"].sum()
    own = home.groupby(["origin", "service"], observed=True)["patients"].sum()
    assert table["at_home"].tolist() == [own.get(key, 0) for key in table.index]


def split_by_deprivation(labels, areas=("east", "north", "west")):
    """Alder's list, four patients of each label, each in an area; the first wait the longest."""
    waiting = pd.DataFrame(
        [
            ("ALD", "C_110", area, label, 60 - 10 * i, 4)
            for i, (label, area) in enumerate(zip(labels, areas, strict=False))
        ],
        columns=["origin", "service", "area", "deprivation", "weeks_waiting", "patients"],
    )
    return ma.optimise(two_trusts(waiting=waiting))


def test_who_is_asked_to_travel_is_told_from_the_most_deprived_to_the_least():
    """Decile 10 comes after decile 2, whatever the text; 1 is the most deprived."""
    found = registered(split_by_deprivation(["Decile 1", "Decile 10", "Decile 2"]))
    table = found.deprivation
    assert table["deprivation"].tolist() == ["Decile 1", "Decile 2", "Decile 10"]
    assert table["moved"].sum() == 4
    assert (table["patients"] == 4).all()
    assert table["share_moved"].equals(table["moved"] / table["treated"])
    # All six who are treated: four of decile 1, two of whom move, and two of decile 10.
    assert table["moved"].tolist() == [2, 0, 2]
    assert found.moving["deprivation_gap_share"].iloc[0] == -0.5
    assert "50.0 percentage points fewer of the most deprived" in found.agenda


def test_the_gap_between_the_most_and_the_least_deprived():
    """Both are treated; the words give both shares and the gap."""
    found = registered(split_by_deprivation(["1", "5"]))
    table, row = found.deprivation, found.moving.iloc[0]
    assert table["treated"].sum() == 6
    share = table["share_moved"].iloc[0] - table["share_moved"].iloc[1]
    assert row["deprivation_gap_share"] == share
    assert "of deprivation 1 (the most deprived), " in found.agenda
    assert "of deprivation 5 (the least), " in found.agenda
    for labels in (["high", "low"], ["5", "5+"]):
        said = registered(split_by_deprivation(labels))
        assert np.isnan(said.moving["deprivation_gap_share"].iloc[0])
        assert "(the most deprived)" not in said.agenda
    assert "nothing to compare" in registered(split_by_deprivation(["3"])).agenda


def test_where_patients_of_a_queue_differ_nobody_can_tell_who_moves():
    """Both quintiles in one area: the plan does not say whose patients travel, and says so."""
    mixed = registered(split_by_deprivation(["1", "5"], areas=("east", "east")))
    assert mixed.deprivation is None
    assert "the list does not say" in mixed.agenda
    gappy = registered(split_by_deprivation(["1", None]))
    assert gappy.deprivation is None
    asked = ma.Policy(forbidden_lanes=[{"deprivation": "5"}])
    system = split_by_deprivation(["1", "5"], areas=("east", "east")).system
    found = registered(ma.optimise(system, asked)).deprivation.set_index("deprivation")
    assert found["moved"].to_dict() == {"1": 4, "5": 0}


def test_a_column_of_another_name_says_who_is_deprived():
    """Named by the caller, it must be there; by default it may be missing."""
    plan = ma.optimise(two_trusts())
    assert registered(plan).deprivation is None
    assert registered(plan, deprivation="service").deprivation["moved"].tolist() == [4]
    with pytest.raises(ma.InputError, match="deprivation: is 'imd'"):
        registered(plan, deprivation="imd")


# The ladder.


def test_rungs_stand_side_by_side(rungs, climbed):
    """A row a rung, the same as the plans say."""
    table = climbed.table.set_index("rung")
    assert list(table.index) == ["Independent", "Transactional", "Resource", "Deep"]
    for name, plan in rungs.plans.items():
        assert table.loc[name, "harm_weeks"] == pytest.approx(plan.harm_weeks)
        assert table.loc[name, "moved"] == moved(plan)
    alone = table.loc["Independent", ["patients_better", "patients_worse", "harm_weeks_new"]]
    assert (alone == 0).all()
    net = table["harm_weeks_taken"] - table["harm_weeks_new"]
    assert len(set((table["harm_weeks"] + net).round(3))) == 1
    both = climbed.side_by_side("by_trust")
    assert both["rung"].unique().tolist() == list(table.index)
    assert both.groupby("rung")["harm_weeks_after"].sum().to_dict() == pytest.approx(
        table["harm_weeks"].to_dict()
    )


def test_steps_add_up_to_what_the_top_rung_changes(climbed):
    """Group by group, from acting alone to Deep."""
    by = ["origin", "service", "priority"]
    steps = climbed.steps.groupby(by)["harm_weeks_change"].sum()
    deep = climbed.registers["Deep"].groups.set_index(by)["harm_weeks_change"]
    assert steps.to_dict() == pytest.approx(deep.to_dict())
    assert climbed.steps["below"].unique().tolist() == ["Independent", "Transactional", "Resource"]


def test_each_step_is_told_in_words(climbed):
    """What it takes from whom; nobody is worse off before the top rung."""
    lines = repr(climbed).splitlines()
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads == [
        "From Independent to Transactional",
        "From Transactional to Resource",
        "From Resource to Deep",
    ]
    none = "  No trust's own patients, taken together, bear more than alone."
    assert lines.count(none) >= 2


def test_a_step_is_told_against_the_rung_below():
    """Up to Deep and back: what was taken is put on again, though nothing differs from alone."""
    deep, alone = registered(aid(), by="origin"), aid().baseline_entries
    back = register(alone, alone, 1, 4, deep.settings)
    said = RiskLadder(registers={"Deep": deep, "Back": back}).agenda.splitlines()
    assert said[:3] == [
        "From Deep to Back",
        "  10 harm-weeks (6.8%) more than in Deep.",
        "  The step takes most from the own patients of BIR (68 harm-weeks) and puts most on the "
        "own patients of ALD (78 harm-weeks).",
    ]
    assert said[-2:] == [
        "  No trust's own patients, taken together, bear more than alone.",
        "  Nobody moves.",
    ]


def test_a_ladder_compares_like_with_like(rungs):
    """One rung, other patients, another look or a table that is not there are refused."""
    deep = rungs.plans["Deep"]
    one, other = registered(deep), registered(deep, level=0.9)
    elsewhere = registered(ma.optimise(two_trusts()))
    with pytest.raises(ma.InputError, match="two rungs or more"):
        RiskLadder(registers={"Deep": one})
    for second in (other, elsewhere):
        with pytest.raises(ma.InputError, match="not of the same patients"):
            RiskLadder(registers={"Deep": one, "other": second})
    same = RiskLadder(registers={"A": one, "B": one})
    assert "The harm is the same as in A." in same.agenda
    with pytest.raises(ma.InputError, match="use whole, groups"):
        same.side_by_side("group")
    assert len(same.side_by_side("deprivation")) == 2 * len(one.deprivation)
    silent = RiskLadder(registers={"A": elsewhere, "B": elsewhere})
    with pytest.raises(ma.InputError, match="does not say 'deprivation'"):
        silent.side_by_side("deprivation")


# Edges.

ODD = re.compile(
    r"(?<![\d.,])1 (patients|harm-weeks|minutes)\b|nan|None|  \w|\.\.|,\.| \.|\bnobody \d"
)


@costly
@given(
    outcomes(),
    st.sampled_from([(), ("service",), ("origin", "service", "priority"), ("weeks_waiting",)]),
)
def test_every_sentence_is_one(tables, by):
    """It starts with a capital or a number, ends with a full stop, and its verbs agree."""
    found = registered_tables(*tables, by=by)
    alone = registered_tables(tables[0], tables[0], by=by)
    ladder = RiskLadder(registers={"Independent": alone, "Deep": found, "Alone again": alone})
    for line in (found.agenda + "\n" + ladder.agenda).splitlines():
        if line.startswith("  "):
            said = line[2:]
            assert re.match(r"[A-Z0-9].*\.$", said), said
            assert not ODD.search(said), said


def test_nobody_on_the_list_is_no_risk(rungs):
    """Tables without rows give tables without rows, and one sentence."""
    plan = rungs.plans["Deep"]
    none = plan.entries.head(0)
    found = register(none, none, 4, 4, RiskSettings())
    assert found.agenda == "There are no patients, and so there is no risk."
    assert RiskLadder(registers={"A": found, "B": found}).agenda == found.agenda
    assert found.groups.empty
    assert found.whole["patients"].tolist() == [0]
    assert found.moving["moved"].tolist() == [0]


def test_a_list_without_priorities_and_a_trust_alone():
    """The column stays, and is missing; the group is named without it."""
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "weeks_waiting": 40, "patients": 6}
    )
    capacity = pd.DataFrame({"provider": ["ALD"], "service": "C_110", "period": 1, "slots": 2})
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [0.0]})
    found = registered(ma.optimise(ma.System(waiting, capacity, travel, periods=1)))
    assert found.groups["priority"].isna().all()
    assert "is in ALD C_110 (156 harm-weeks, 100% of all)" in found.agenda
    assert "No trust treats patients of others." in found.agenda


def test_every_fault_of_a_question_is_named_at_once():
    """One message for all of them."""
    entries = ma.optimise(two_trusts()).entries
    with pytest.raises(ma.InputError) as caught:
        check_settings(
            entries,
            by=["trust", "service", "service", "provider"],
            level=1.0,
            thresholds=52,
            top=0,
            far=[-1.0],
            small=2.5,
            deprivation="imd",
        )
    assert caught.value.problems["column"].tolist() == [
        *("by", "by", "by", "level", "thresholds", "far", "top", "small", "deprivation")
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"level": 0},
        {"level": True},
        {"level": "0.95"},
        {"level": math.nan},
        {"thresholds": []},
        {"thresholds": [18.5]},
        {"thresholds": "52"},
        {"far": [math.inf]},
        {"far": 60},
        {"top": True},
        {"small": "ten"},
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(options):
    """Each by its name."""
    with pytest.raises(ma.InputError, match=next(iter(options))):
        check_settings(ma.optimise(two_trusts()).entries, **options)


def test_outcomes_of_other_patients_are_not_compared():
    """Six patients against five, or told apart by other columns."""
    entries = ma.optimise(two_trusts()).entries
    fewer = entries.assign(patients=entries["patients"] - 1)
    with pytest.raises(ma.InputError, match="not of the same patients"):
        distribution.paired(entries, fewer, 1, 4)
    with pytest.raises(ma.InputError, match="do not tell patients apart"):
        distribution.paired(entries.drop(columns="priority"), entries, 1, 4)


def test_the_level_names_its_quantile():
    """With 90 % the column says p90, in every table that has one."""
    found = registered(ma.optimise(two_trusts()), level=0.9, by=None)
    assert {"p90_harm_after", "p90_reached_before"} <= set(found.whole.columns)
    assert "p90_extra_minutes" in found.moving
    assert "within 30 for 90%" in found.agenda
    assert len(found.groups) == 1


def test_moves_without_extra_way_are_still_moves():
    """A neighbour next door: no minutes, and still two providers for one queue."""
    plan = ma.optimise(two_trusts(minutes=0.0))
    row = of_moving.moving(plan.entries, RiskSettings()).iloc[0]
    assert (row["moved"], row["most_extra_minutes"], row["parted"]) == (4, 0, 4)
