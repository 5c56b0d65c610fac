"""Whom to ask when some will say no: never likelier too many than agreed."""

from __future__ import annotations

import datetime as dt
from math import comb

import numpy as np
import pandas as pd
import pytest
from listed import NAMES, PLAIN, people, plan_for, rows, trusts

import mutualaid as ma
from mutualaid.data.schema import IDENTIFIERS

CENSUS = dt.date(2026, 1, 31)
ASKED = ["Eve", "Fay", "Hal", "Ann", "Bob"]
"""In which order the eight below are asked: those who gain most, then the longest wait."""
HALF = ma.Acceptance.constant(0.5)
DAYS = [287, 286, 285, 284, 283, 282, 281, 281]


def eight(**more):
    """Eight of Alder, Ann first: three slots at Birch in the first month, four at home later.

    Alone, Ann to Dan would be treated in the second month and the others not at all: so that
    Eve, Fay and Hal (by luck, not Gus) gain most by going.
    """
    patients = people(CENSUS, **{"days_waiting": DAYS, **more})
    return patients, trusts(patients, slots={"ALD": [0, 4], "BIR": [3, 0]}, periods=2)


def offers_for(risk=0.1, acceptance=HALF, rules=None, **more):
    patients, system = eight(**more)
    plan = ma.optimise(system, ma.Policy(**PLAIN, **(rules or {})))
    return plan.offers(patients, acceptance=acceptance, risk=risk)


def tail(offers, slots, p=0.5):
    """The chance that more accept than there are slots, written out."""
    return sum(
        comb(offers, k) * p**k * (1 - p) ** (offers - k) for k in range(slots + 1, offers + 1)
    )


@pytest.mark.parametrize(
    ("risk", "expected"), [(0.0, 3), (0.05, 3), (0.0624, 3), (0.0625, 4), (0.18, 4), (0.19, 5)]
)
def test_as_many_are_asked_as_the_risk_allows_and_no_more(risk, expected):
    """Of four who accept by the toss of a coin, all four do once in sixteen: too many for three."""
    offers = offers_for(risk)
    assert len(offers.table) == expected
    assert offers.table["patient_id"].to_list() == ASKED[:expected]
    assert offers.table["kind"].to_list() == ["planned"] * 3 + ["reserve"] * (expected - 3)
    assert offers.table["rank"].to_list() == [*range(1, expected + 1)]
    assert offers.cells["risk"].iloc[0] == pytest.approx(tail(expected, 3))
    assert tail(expected, 3) <= risk + 1e-12
    assert tail(expected + 1, 3) > risk


def test_what_is_expected_of_the_offers():
    """Four coins for three slots: two heads, but once in sixteen one too many."""
    cells = offers_for(0.1).cells
    assert cells[["provider", "service", "period"]].to_numpy().tolist() == [["BIR", "C_110", 1]]
    row = cells.iloc[0]
    assert (row["slots"], row["offers"]) == (3, 4)
    assert row["expected"] == pytest.approx(2)
    assert row["over"] == pytest.approx(1 / 16)
    assert row["filled"] == pytest.approx(2 - 1 / 16)


def test_what_an_offer_says():
    """Weeks saved against nobody helping; the day with proper notice; the way; the labels."""
    table = offers_for(0.19, sex=["F", "M"] * 4, pathway_id=list("abcdefgh")).table
    assert table["weeks_saved"].to_list() == [8, 8, 8, 4, 4]
    assert table["weeks_at_treatment"].to_list() == [40] * 5
    assert table["acceptance"].to_list() == [0.5] * 5
    assert table["minutes"].to_list() == table["extra_minutes"].to_list() == [30.0] * 5
    assert table["earliest_date"].dt.date.unique().tolist() == [dt.date(2026, 2, 21)]
    assert table["pathway_id"].to_list() == list("efhab")
    assert table.columns.to_list() == [
        "patient_id",
        "pathway_id",
        "origin",
        "service",
        "weeks_waiting",
        "days_waiting",
        "provider",
        "period",
        "rank",
        "kind",
        "minutes",
        "extra_minutes",
        "weeks_at_treatment",
        "earliest_date",
        "weeks_saved",
        "acceptance",
    ]


def test_notice_moves_the_day_and_not_the_period():
    """Six weeks' notice is beyond the first month, which is over by then: nothing is offered."""
    patients, system = eight()
    plan = ma.optimise(system, ma.Policy(**PLAIN))
    short = plan.offers(patients, notice_weeks=1)
    assert short.table["earliest_date"].dt.date.unique().tolist() == [dt.date(2026, 2, 7)]
    none = plan.offers(patients, acceptance=HALF, notice_weeks=4)
    assert len(none.table) == len(none.cells) == 0
    assert none.too_soon == 3
    assert "at most 0.0%" in repr(none)
    assert len(plan.offers(ma.PatientList(patients.frame)).table) == 3
    assert "earliest_date" not in plan.offers(ma.PatientList(patients.frame)).table


@pytest.mark.parametrize(
    ("notice", "soon", "periods"),
    [(0, 0, [1, 2, 3, 4, 5]), (1, 1, [2, 3, 4, 5]), (3, 3, [4, 5]), (5, 5, [])],
)
def test_moves_that_are_over_before_proper_notice_are_too_soon(notice, soon, periods):
    """A slot of Birch each week: the third week is over when three weeks' notice has passed."""
    patients = people(days_waiting=[287, 286, 285, 284, 283])
    plan = plan_for(patients, slots={"ALD": 0, "BIR": 1}, periods=5, period_weeks=1)
    offers = plan.offers(patients, notice_weeks=notice)
    assert offers.too_soon == soon
    assert sorted(offers.table["period"]) == periods
    assert ("too soon" in repr(offers)) is (soon > 0)
    if soon:
        assert f"{soon} moves of the plan are too soon" in repr(offers)


def test_without_a_view_of_acceptance_everybody_is_taken_to_accept():
    """Only those whom the plan moves are asked, and the offers say on what footing."""
    patients, system = eight()
    offers = ma.optimise(system, ma.Policy(**PLAIN)).offers(patients, risk=1)
    assert offers.table["kind"].to_list() == ["planned"] * 3
    assert offers.table["acceptance"].to_list() == [1.0] * 3
    assert offers.acceptance is None
    assert repr(offers).splitlines() == [
        "Offers: 3 for 3 slots, 3 of which are expected to be filled",
        "  if everybody accepts",
        "  chance of overfilling any one service, provider and period: at most 0.0% "
        "(asked for: 100.0%)",
    ]


def test_who_is_sure_to_accept_needs_nobody_in_reserve():
    """With a chance of one, a fourth offer would be one too many."""
    assert len(offers_for(0.5, ma.Acceptance.constant(1)).table) == 3


def test_whatever_the_risk_only_who_would_wait_longer_is_asked():
    """Alder treats Ann in the first month: she is asked for nothing, all others are."""
    patients = people(days_waiting=DAYS)
    plan = plan_for(patients, slots={"ALD": [1, 2], "BIR": [2, 0]}, periods=2)
    offers = plan.offers(patients, acceptance=HALF, risk=0.99)
    assert set(offers.table["patient_id"]) == set(NAMES[1:8])
    later = plan_for(patients, slots={"ALD": [0, 2], "BIR": [0, 2]}, periods=2)
    offers = later.offers(patients, acceptance=HALF, risk=0.99)
    # Ann and Bob are treated at home in the very month of the offers: nobody saves by them.
    assert set(offers.table["patient_id"]) == set(NAMES[2:8])


def test_reserves_are_of_the_origins_that_the_plan_sends_from():
    """Cedar's patients wait as long and would gain as much, but Cedar sends nobody."""
    patients = people(
        origin=["ALD", "ALD", "CED", "CED", "ALD"], days_waiting=[287, 286, 287, 287, 281]
    )
    ways = dict.fromkeys(
        [("ALD", "BIR"), ("BIR", "ALD"), ("BIR", "CED"), ("CED", "ALD"), ("ALD", "CED")], 30.0
    ) | {("CED", "BIR"): 50.0}
    plan = plan_for(patients, slots={"ALD": 0, "BIR": 1, "CED": 0}, minutes=ways)
    offers = plan.offers(patients, acceptance=ma.Acceptance.constant(0.1), risk=0.5)
    assert offers.table["patient_id"].to_list() == ["Ann", "Bob", "Eve"]


def test_reserves_go_where_they_may_and_when_they_may():
    """Dan said no, Eve lives too far for her, Fay has not waited long enough, Gus is P1."""
    patients = people(
        days_waiting=[287, 286, 285, 284, 283, 70, 281, 281],
        weeks_waiting=[40, 40, 40, 40, 40, 9, 40, 40],
        consent=["yes", "yes", "yes", "no", "yes", "yes", "yes", "yes"],
        willing_minutes=[np.inf] * 4 + [29.0] + [np.inf] * 3,
        priority=["P4"] * 6 + ["P1", "P4"],
    )
    system = trusts(patients, slots={"ALD": 0, "BIR": [3, 0]}, periods=2)
    plan = ma.optimise(system, ma.Policy(**PLAIN, min_weeks_to_move=10))
    offers = plan.offers(patients, acceptance=HALF, risk=0.99)
    assert offers.table["patient_id"].to_list() == ["Ann", "Bob", "Cat", "Hal"]
    # In a month Fay's wait is long enough, and she is the last of those who are asked.
    later = trusts(patients, slots={"ALD": 0, "BIR": [0, 3]}, periods=2)
    plan = ma.optimise(later, ma.Policy(**PLAIN, min_weeks_to_move=13))
    offers = plan.offers(patients, acceptance=HALF, risk=0.99)
    assert offers.table["patient_id"].to_list() == ["Ann", "Bob", "Cat", "Hal", "Fay"]


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_a_risk_of_one_asks_everybody_who_would_gain(p):
    """Where any overfilling is put up with, all eight are asked."""
    assert len(offers_for(1.0, ma.Acceptance.constant(p)).table) == 8


def test_nobody_is_asked_for_two_slots():
    """Two services, two months, two trusts: each name is there once, and for its own service."""
    patients = people(days_waiting=[*DAYS, 281, 281], service=["C_110", "C_120"] * 5)
    slots = {"ALD": 0, "BIR": [1, 1], "CED": [1, 0]}
    plan = plan_for(patients, slots=slots, periods=2)
    offers = plan.offers(patients, acceptance=HALF, risk=0.3)
    table = offers.table
    assert table["patient_id"].is_unique
    assert (table["kind"] == "reserve").any()
    wanted = patients.frame.set_index("patient_id")["service"].astype(str)
    assert (table["service"].astype(str) == table["patient_id"].map(wanted)).all()
    order = ["service", "provider", "period", "rank"]
    assert table.index[
        np.lexsort([table[n].astype("category").cat.codes for n in order[::-1]])
    ].to_list() == [*range(len(table))]
    for _, cell in table.groupby(order[:3], observed=True):
        assert cell["rank"].to_list() == [*range(1, len(cell) + 1)]
    assert (offers.cells["slots"] == 1).all()
    assert (offers.cells["risk"] <= 0.3 + 1e-12).all()
    assert offers.cells["offers"].sum() == len(table)


def test_the_soonest_slots_get_the_first_reserves():
    """Who is asked for Birch in the first month is not asked again for the second."""
    patients = people(days_waiting=DAYS)
    plan = plan_for(patients, slots={"ALD": 0, "BIR": [1, 1]}, periods=2)
    table = plan.offers(patients, acceptance=HALF, risk=0.3).table
    by_period = table.groupby("period")["patient_id"].agg(list).to_dict()
    assert by_period == {1: ["Ann", "Cat"], 2: ["Bob", "Dan"]}


def test_the_longest_waiters_are_asked_first_then_the_more_urgent():
    """By days, by priority, whatever the order of the rows or of the labels' categories."""
    patients = people(
        days_waiting=[283, 287, 283, 285], weeks_waiting=40, priority=["P4", "P4", "P2", "P3"]
    )
    plan = plan_for(patients, {"movable_priorities": ("P2", "P3", "P4")})
    table = plan.offers(patients).table
    assert table["patient_id"].to_list() == ["Bob", "Dan", "Cat", "Ann"]


def test_each_offer_has_its_own_chance():
    """Who saves more is likelier to accept: the risk is that of the very people asked."""
    gains = ma.Acceptance.from_function(lambda offers: offers["weeks_saved"] / 10, "gains")
    risk = 0.3
    offers = offers_for(risk, gains)
    # 0.8 for Eve, Fay and Hal, 0.4 for Ann and Bob.
    assert offers.table["acceptance"].to_list() == [0.8] * 3 + [0.4]
    p, q = 0.4, 0.8
    assert offers.cells["risk"].iloc[0] == pytest.approx(q**3 * p)
    assert q**3 * p <= risk < 3 * q**2 * (1 - q) * p**2 + q**3 * (1 - (1 - p) ** 2)
    assert offers.cells["expected"].iloc[0] == pytest.approx(p + 3 * q)


def test_a_rule_sees_the_offer_and_never_who_it_is_for():
    """Labels, way, weeks and place; no identifier."""
    seen = []

    def rule(offers):
        seen.append(offers)
        return np.full(len(offers), 0.5)

    ids = {name: [f"{name}-{i}" for i in range(8)] for name in IDENTIFIERS if name != "patient_id"}
    offers_for(0.1, ma.Acceptance.from_function(rule), sex=["F", "M"] * 4, **ids)
    assert len(seen) == 2
    for table in seen:
        assert not set(IDENTIFIERS) & set(table)
        assert {
            "sex",
            "provider",
            "period",
            "minutes",
            "extra_minutes",
            "weeks_saved",
            "weeks_at_treatment",
            "weeks_waiting",
        } <= set(table)
    assert seen[0]["provider"].to_list() == ["BIR"] * 3
    assert seen[0]["weeks_saved"].to_list() == [8] * 3
    assert seen[1]["weeks_saved"].to_list() == [4] * 4 + [8]


def test_standing_offers_are_asked_again():
    """Whoever holds an offer is among those asked, though others have waited longer."""
    patients, system = eight()
    plan = ma.optimise(system, ma.Policy(**PLAIN))
    held = pd.DataFrame({"patient_id": ["Gus"], "provider": "BIR", "period": 1})
    table = plan.offers(patients, previous=held).table
    assert table["patient_id"].to_list() == ["Eve", "Fay", "Gus"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"risk": -0.01}, "risk is -0.01"),
        ({"risk": 1.01}, "risk is 1.01"),
        ({"risk": float("nan")}, "risk is nan"),
        ({"risk": True}, "risk is True"),
        ({"risk": "5%"}, "risk is '5%'"),
        ({"notice_weeks": -1}, "notice_weeks is -1"),
        ({"notice_weeks": 1.5}, "notice_weeks is 1.5"),
        ({"notice_weeks": True}, "notice_weeks is True"),
        ({"acceptance": 0.5}, "Acceptance"),
    ],
)
def test_what_cannot_be_asked_of_offers(call, message):
    """A chance that is none, weeks that are none, an acceptance that is none."""
    patients, system = eight()
    plan = ma.optimise(system, ma.Policy(**PLAIN))
    with pytest.raises(ma.InputError, match=message):
        plan.offers(patients, **call)


def test_the_policys_view_of_acceptance_is_used_and_told():
    """Six times somebody is asked, half accept; the plan says so, and no more that all do."""
    patients, system = eight()
    plan = ma.optimise(system, ma.Policy(**PLAIN, acceptance=HALF))
    assert plan.expected_acceptances == 3
    assert plan.asks["asked"].sum() == pytest.approx(6)
    assert "3 of 7 treated patients move; 6 are asked, as some decline" in repr(plan)
    assert "everybody" not in repr(plan)
    offers = plan.offers(patients, risk=0.1)
    assert len(offers.table) == 4
    assert HALF.says in repr(offers)
    # What is asked for here goes before what the policy says.
    assert len(plan.offers(patients, acceptance=ma.Acceptance.constant(1), risk=0.1).table) == 3
    assert "move, if everybody accepts" in repr(ma.optimise(system, ma.Policy(**PLAIN)))


@pytest.mark.parametrize(
    ("rule", "chances"),
    [
        # Alone four are treated in the second month, and four, the last, not at all.
        (lambda offers: offers["weeks_saved"] / 10, {2: 0.4, 3: 0.8}),
        (lambda offers: offers["extra_minutes"] / 100, {2: 0.3, 3: 0.3}),
        (lambda offers: offers["period"] / 2, {2: 0.5, 3: 0.5}),
    ],
)
def test_the_chance_of_each_way_by_hand(rule, chances):
    """Moves of the first month, by when those who go would be treated alone."""
    _, system = eight()
    policy = ma.Policy(**PLAIN, acceptance=ma.Acceptance.from_function(rule, "rule"))
    asks = ma.optimise(system, policy).asks
    assert asks["patients"].sum() == 3
    for row in asks.itertuples(index=False):
        assert row.chance == pytest.approx(chances[row.alone_period], abs=1e-3)
        assert row.asked == pytest.approx(row.patients / row.chance)


def test_a_rule_that_reads_what_no_plan_knows_is_told():
    """The shoe size of patients tells no queues apart: the rule is named, and what it may read."""
    _, system = eight()
    rule = ma.Acceptance.from_function(lambda offers: offers["shoe_size"] / 50, "shoes")
    with pytest.raises(ma.InputError, match="function shoes, reads a column that plans do not"):
        ma.optimise(system, ma.Policy(**PLAIN, acceptance=rule))


def test_asks_where_nobody_says_or_nobody_moves():
    """All of three without a view; none of none with one."""
    _, system = eight()
    plain = ma.optimise(system, ma.Policy(**PLAIN))
    assert plain.expected_acceptances == plain.asks["asked"].sum() == 3
    assert plain.if_everybody_accepts is plain
    stays = ma.optimise(system, ma.Policy(**PLAIN, acceptance=HALF), ma.Independent())
    assert stays.expected_acceptances == stays.asks["asked"].sum() == 0


def test_weeks_at_treatment_count_the_months_until_then():
    """Moves of the second month are of patients who have waited four weeks more."""
    patients = people(days_waiting=[287, 286])
    system = trusts(patients, slots={"ALD": 0, "BIR": [0, 1]}, periods=2)
    weeks = ma.Acceptance.from_function(lambda offers: offers["weeks_at_treatment"] / 100, "weeks")
    plan = ma.optimise(system, ma.Policy(**PLAIN, acceptance=weeks))
    # One has waited 41 weeks at the census, the other 40: together 44.5 when the month starts.
    assert plan.asks["chance"].to_list() == pytest.approx([0.445], abs=1e-3) or plan.asks[
        "chance"
    ].to_list() == pytest.approx([0.44], abs=1e-3)
    assert plan.offers(patients, risk=0).table["acceptance"].to_list() == [0.44]
    assert plan.offers(patients, risk=0).table["weeks_at_treatment"].to_list() == [44]


def test_who_accepts_by_age_is_planned_by_age_where_the_list_keeps_it():
    """A rule by age band needs a list that says it: kept on request, and asked for otherwise."""
    patients, system = eight(age_band=["75+", "18-44"] * 4)
    rule = ma.Acceptance.from_table(
        pd.DataFrame({"age_band": ["75+", ""], "probability": [0.2, 0.5]})
    )
    with pytest.raises(ma.InputError, match="depends on age_band, and waiting_list or referrals"):
        ma.optimise(system, ma.Policy(**PLAIN, acceptance=rule))
    kept = ma.System(patients.waiting_list("age_band"), system.capacity, system.travel, periods=2)
    asks = ma.optimise(kept, ma.Policy(**PLAIN, acceptance=rule)).asks
    likely = dict(zip(asks["age_band"], asks["chance"], strict=True))
    assert likely.get("18-44", 0.5) == pytest.approx(0.5)
    assert likely.get("75+", 0.2) == pytest.approx(0.2)


def test_priorities_count_by_their_label_however_they_are_stored():
    """Four who wait alike: P2 is asked before P4, whatever the order of the categories."""
    labels = pd.Categorical(["P4", "P2", "P4", "P2"], categories=["P4", "P2"])
    patients = ma.PatientList(rows(weeks_waiting=[40] * 4).assign(priority=labels))
    plan = plan_for(patients, {"movable_priorities": ("P2", "P4")})
    asked = plan.offers(patients).table["priority"]
    assert asked.astype(str).to_list() == ["P2", "P2", "P4", "P4"]
