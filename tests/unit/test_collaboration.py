"""What each way to collaborate asks and gives, in systems small enough to work out by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma

HIPS, CATARACTS = "C_110", "C_130"


def hips_and_cataracts(**more):
    """Alder has long hips and spare cataract slots; Birch the other way round.

    Alone each treats nobody for years: the slots are where the patients are not.
    """
    waiting = pd.DataFrame(
        [("ALD", HIPS, 50, 6), ("BIR", CATARACTS, 50, 6)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [
            (p, s, t, 3 * (p != o))
            for t in (1, 2)
            for s, o in ((HIPS, "ALD"), (CATARACTS, "BIR"))
            for p in ("ALD", "BIR")
        ],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30.0, 30.0]}
    )
    return ma.System(waiting, capacity, travel, periods=2, **more)


def test_only_a_swap_across_services_helps_both_and_the_swap_is_found():
    """A takes B's cataracts, B takes A's hips: both gain, and neither would help alone."""
    plan = ma.optimise(hips_and_cataracts(), collaboration=ma.Transactional())
    book = plan.ledger(by="service").set_index(["provider", "origin", "service"])["patients"]
    assert book.to_dict() == {("ALD", "BIR", CATARACTS): 6, ("BIR", "ALD", HIPS): 6}
    assert (plan.balance()["patients_net"] == 0).all()
    assert not len(plan.sacrifices())
    # With one side of the swap forbidden the other is no longer matched, and nobody moves.
    one_way = ma.Policy(forbidden_lanes=[{"origin": "ALD", "service": HIPS}])
    refused = ma.optimise(hips_and_cataracts(), one_way, ma.Transactional())
    assert refused.moves.empty
    assert moved(ma.optimise(hips_and_cataracts(), one_way, ma.Resource())) == 6


def test_help_in_one_direction_is_resource_not_transaction():
    """Birch has slots and no list: it gives, gets nothing back, and loses nothing."""
    system = two_trusts()
    assert moved(ma.optimise(system, collaboration=ma.Transactional())) == 0
    assert moved(ma.optimise(system, collaboration=ma.Transactional(tolerance=2))) == 2
    assert moved(ma.optimise(system, collaboration=ma.Resource())) == 4
    assert moved(ma.optimise(system, collaboration=ma.Resource(reciprocity=3))) == 3
    assert moved(ma.optimise(system, collaboration=ma.Deep(reciprocity=1))) == 1


def test_the_population_comes_first_only_under_deep():
    """Birch's six weeks are shorter than Alder's forty: Deep lets Birch's own patients wait."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 70, 6), ("BIR", HIPS, 6, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(waiting=waiting, slots=(0, 4))
    policy = ma.Policy(harm=ma.harm.rtt())
    resource, deep = (ma.optimise(system, policy, mode) for mode in (ma.Resource(), ma.Deep()))
    assert moved(resource) == 0
    assert moved(deep) == 4
    lost = deep.sacrifices().query("origin == 'BIR' and lens == 'residents'")
    lost = lost.set_index("measure")["change"]
    # From 6 weeks to 23: 12 weeks at a rate of 1, and 5 over 18 at a rate of 2.
    assert lost["harm_weeks"] == 4 * 22
    halved = ma.optimise(system, policy, ma.Deep(max_sacrifice=1e-6))
    assert moved(halved) == 0


def test_a_cap_on_sacrifice_is_kept_to_the_unit():
    """Alone Birch's last two wait four weeks each; four weeks more is half as much again."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 70, 6), ("BIR", HIPS, 6, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(periods=3, waiting=waiting, slots=(0, 2))
    for share, bears, helped in ((0.4, 8, 2), (0.5, 12, 2), (1, 16, 2), (None, 152, 6)):
        plan = ma.optimise(system, ma.Policy(harm=ma.harm.rtt()), ma.Deep(max_sacrifice=share))
        own = plan.measures().set_index("origin").loc["BIR"]
        assert own["harm_weeks_before"] == 8
        assert own["harm_weeks_after"] == bears
        assert moved(plan) == helped


def test_aid_is_matched_in_money():
    """Two cataracts for a hip, if a hip costs twice as much."""
    system = hips_and_cataracts()
    tariff = {HIPS: 2000.0, CATARACTS: 1000.0}
    mode = ma.Transactional(balance="tariff", tariff=tariff)
    plan = ma.optimise(system, collaboration=mode)
    book = plan.ledger(tariff=tariff)
    assert book["tariff"].tolist() == [6000.0, 6000.0]
    assert sorted(book["patients"]) == [3, 6]
    loose = ma.Transactional(balance="tariff", tariff=tariff, tolerance=2000)
    assert ma.optimise(system, collaboration=loose).ledger()["patients"].sum() == 10


def test_aid_is_matched_in_theatre_minutes():
    """What treating others uses of the pool is matched by what they use for oneself."""
    pools = pd.DataFrame(
        [(p, "theatre", t, 1000.0) for p in ("ALD", "BIR") for t in (1, 2)],
        columns=["provider", "pool", "period", "amount"],
    )
    usage = pd.DataFrame({"service": [HIPS, CATARACTS], "pool": "theatre", "amount": [90.0, 30.0]})
    system = hips_and_cataracts(pools=pools, usage=usage)
    plan = ma.optimise(system, collaboration=ma.Transactional(balance="pool"))
    book = plan.ledger(by="service").set_index("service")["patients"]
    assert book[HIPS] * 90 == book[CATARACTS] * 30 == 180
    with pytest.raises(ma.InputError, match="pools and usage"):
        ma.optimise(two_trusts(), collaboration=ma.Transactional(balance="pool"))


def test_a_service_may_be_protected_too():
    """Birch gains in cataracts what it loses in hips: fair to the trust, not to its hips."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 70, 4), ("BIR", HIPS, 6, 4), ("BIR", CATARACTS, 60, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [("ALD", HIPS, 1, 0), ("BIR", HIPS, 1, 4), ("ALD", CATARACTS, 1, 4)],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30.0, 30.0]}
    )
    system = ma.System(waiting, capacity, travel, periods=1)
    policy = ma.Policy(harm=ma.harm.rtt())
    trust, service = (
        ma.optimise(system, policy, ma.Resource(protect=what)) for what in ("trust", "service")
    )
    assert moved(trust) == 8
    assert moved(service) == 4
    assert set(service.moves["service"]) == {CATARACTS}


def test_whoever_takes_part_gains_at_least_its_share():
    """A swap that gives each half of its harm back is there; one that must give more is not."""
    system = hips_and_cataracts()
    free = ma.optimise(system, collaboration=ma.Transactional())
    gain = (
        1
        - free.measures().set_index("origin")["harm_weeks_after"]
        / free.measures().set_index("origin")["harm_weeks_before"]
    )
    reachable = float(gain.min())
    asked = ma.optimise(system, collaboration=ma.Transactional(min_gain=reachable - 0.01))
    assert asked.certificate.cost == free.certificate.cost
    too_much = ma.optimise(system, collaboration=ma.Transactional(min_gain=reachable + 0.01))
    assert too_much.moves.empty


def test_a_gain_is_shared_so_that_the_smallest_share_is_largest():
    """Two givers of slots, one short of patients: the fair plan lifts the one who gains least."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 40, 6), ("BIR", HIPS, 40, 6), ("CED", CATARACTS, 40, 6)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    capacity = pd.DataFrame(
        [("CED", HIPS, 1, 6), ("ALD", CATARACTS, 1, 6), ("BIR", CATARACTS, 1, 6)],
        columns=["provider", "service", "period", "slots"],
    )
    minutes = {("ALD", "CED"): 10.0, ("BIR", "CED"): 50.0}
    trusts = ("ALD", "BIR", "CED")
    travel = pd.DataFrame(
        [
            (a, b, minutes.get((a, b), minutes.get((b, a), 30.0)))
            for a in trusts
            for b in trusts
            if a != b
        ],
        columns=["origin", "provider", "minutes"],
    )
    system = ma.System(waiting, capacity, travel, periods=1)
    least = ma.optimise(system, collaboration=ma.Transactional())
    fair = ma.optimise(system, collaboration=ma.Transactional(share="max-min"))
    assert fair.certificate.cost >= least.certificate.cost
    table = fair.fairness.set_index("origin")
    assert table.loc["ALD", "kept"] == pytest.approx(table.loc["BIR", "kept"])
    own = fair.measures().set_index("origin")
    gains = 1 - own["harm_weeks_after"] / own["harm_weeks_before"]
    assert gains.min() == pytest.approx(table["kept"].min())
    assert set(fair.moves.query("provider == 'CED'")["patients"]) == {3}


@pytest.mark.parametrize(
    "harm",
    [
        ma.harm.rtt(rate=1234.567),
        ma.harm.from_table({"weeks_waiting": [0, 17], "rate": [0.001, 1e5]}),
        ma.harm.from_table({"weeks_waiting": [0, 20, 40], "rate": [0.013, 7.77, 99999.9]}),
        ma.harm.from_table({"weeks_waiting": [0, 20], "rate": [400.0, 1e5]}),
    ],
    ids=str,
)
@pytest.mark.parametrize("slots", [(1, 2), (4, 0)])
def test_gains_are_shared_whatever_a_week_of_waiting_counts(harm, slots):
    """A thousandth of a harm-week beside the millions that one patient bears is one still."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 70, 6), ("ALD", HIPS, 3, 4), ("BIR", HIPS, 41, 5)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(periods=2, waiting=waiting, slots=slots)
    for share in (None, "max-min"):
        mode = ma.Transactional(share=share, tolerance=1)
        plan = ma.optimise(system, ma.Policy(harm=harm), mode)
        own = plan.measures().set_index("origin")
        assert (own["harm_weeks_after"] <= own["harm_weeks_before"] + 1e-6).all()


def test_spare_only_leaves_the_owner_as_it_was():
    """Birch treats its own four in the same periods; Alder gets what is left."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 70, 8), ("BIR", HIPS, 10, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(periods=2, waiting=waiting, slots=(0, 3))
    spare = ma.optimise(system, collaboration=ma.Resource(spare_only=True))
    own = spare.treatments.query("origin == 'BIR'").groupby("period")["patients"].sum()
    assert own.to_dict() == {1: 3, 2: 1}
    assert moved(spare) == 2


def test_who_reports_a_moved_patient_is_a_switch():
    """In the provider's lens the receiver carries a patient on its list, or the origin does."""
    plan = ma.optimise(two_trusts(periods=2, slots=(0, 2)))
    receiver, origin = (
        plan.measures(lens="provider", reported_by=who, period=2).set_index("origin")
        for who in ("receiver", "origin")
    )
    assert receiver.loc["BIR", "list_size_after"] == 2
    assert origin.loc["BIR", "list_size_after"] == 0
    both = (receiver["list_size_after"].sum(), origin["list_size_after"].sum())
    assert both[0] == both[1] == 4


def test_the_books_say_what_never_being_treated_would_have_cost():
    """Four patients treated at once instead of never: all their weeks to the end of the tail."""
    plan = ma.optimise(two_trusts())
    entry = plan.ledger(tariff={HIPS: 10.0}).iloc[0]
    assert entry["patients"] == 4
    assert entry["tariff"] == 40.0
    # From 40 weeks to 57: 12 at a rate of 2, and 5 over 52 at a rate of 3.
    assert entry["harm_weeks_saved"] == 4 * 39
    assert entry["extra_minutes"] == 4 * 30
    with pytest.raises(ma.InputError, match="tariff has nothing for C_110"):
        plan.ledger(tariff={})
    with pytest.raises(ma.InputError, match="not by provider"):
        plan.ledger(by="provider")


def test_a_challenge_that_is_passed_on_is_named():
    """Birch had nobody over 18 weeks; Deep gives it a patient who is."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 60, 4), ("BIR", HIPS, 15, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(waiting=waiting, slots=(0, 4))
    plan = ma.optimise(system, ma.Policy(harm=ma.harm.rtt()))
    crossed = plan.new_threshold_breaches({"over_18": 0})
    assert {"BIR"} == set(crossed["origin"])
    assert {"residents", "provider"} == set(crossed["lens"])
    assert set(crossed["before"]) == {0.0}
    assert plan.new_threshold_breaches({"over_65": 10}).empty
    # At the census Alder is over the line already: nobody passes that on.
    first = plan.new_threshold_breaches({"over_18": 0}, period=1)
    assert set(zip(first["lens"], first["origin"], strict=True)) == {("provider", "BIR")}
    stays = plan.new_threshold_breaches({"over_18": 0}, period=1, reported_by="origin")
    assert stays.empty
    with pytest.raises(ma.InputError, match="no 'over_99'"):
        plan.new_threshold_breaches({"over_99": 0})


@pytest.mark.parametrize("tolerance", [0, 1, 2])
def test_nobody_gets_more_than_it_gives_and_the_tolerance(tolerance):
    """Alder needs all, Birch and Cedar have slots to spare: what one may get, not what two give."""
    trusts = ("ALD", "BIR", "CED")
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": HIPS, "weeks_waiting": [40], "patients": [6]}
    )
    capacity = pd.DataFrame({"provider": trusts, "service": HIPS, "period": 1, "slots": [0, 4, 4]})
    ways = [(a, b, 30.0) for a in trusts for b in trusts if a != b]
    travel = pd.DataFrame(ways, columns=["origin", "provider", "minutes"])
    system = ma.System(waiting, capacity, travel, periods=1)
    plan = ma.optimise(system, collaboration=ma.Transactional(tolerance=tolerance))
    assert moved(plan) == tolerance


@pytest.mark.parametrize("mode", [ma.Deep(), ma.Deep(max_sacrifice=0.1)], ids=str)
def test_trusts_that_no_lane_leads_to_keep_their_figures(mode):
    """Two of five trusts help each other: every figure of the other three is as before, always."""
    system = ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=4)
    lanes = [{"origin": "XD4", "provider": "XB2"}]
    policy = ma.Policy(max_minutes=120, min_weeks_to_move=26, allowed_lanes=lanes)
    plan = ma.optimise(system, policy, mode)
    assert moved(plan)
    for period in range(1, 6):
        figures = plan.measures(period=period).set_index("origin").loc[["XA1", "XC3", "XE5"]]
        for name in ("list_size", "over_18", "over_52", "treated", "harm_weeks"):
            assert (figures[f"{name}_before"] == figures[f"{name}_after"]).all()


@pytest.mark.parametrize(
    ("make", "options", "column"),
    [
        (ma.Transactional, {"tolerance": -1}, "tolerance"),
        (ma.Transactional, {"tolerance": "two"}, "tolerance"),
        (ma.Transactional, {"tolerance": float("nan")}, "tolerance"),
        (ma.Transactional, {"min_gain": 1.5}, "min_gain"),
        (ma.Transactional, {"min_gain": True}, "min_gain"),
        (ma.Transactional, {"balance": "beds"}, "balance"),
        (ma.Transactional, {"share": "equal"}, "share"),
        (ma.Transactional, {"protect": "patient"}, "protect"),
        (ma.Transactional, {"balance": "tariff"}, "balance"),
        (ma.Transactional, {"tariff": {"C_110": 1.0}}, "tariff"),
        (ma.Transactional, {"balance": "tariff", "tariff": {HIPS: -1}}, "tariff of C_110"),
        (ma.Transactional, {"balance": "tariff", "tariff": [1]}, "tariff"),
        (ma.Resource, {"cost_tolerance": -0.1}, "cost_tolerance"),
        (ma.Resource, {"spare_only": 1}, "spare_only"),
        (ma.Resource, {"reciprocity": -1}, "reciprocity"),
        (ma.Resource, {"lend": pd.DataFrame()}, "lend"),
        (ma.Deep, {"max_sacrifice": -0.1}, "max_sacrifice"),
        (ma.Deep, {"max_sacrifice": float("nan")}, "max_sacrifice"),
        (ma.Deep, {"reciprocity": "many"}, "reciprocity"),
    ],
    ids=str,
)
def test_a_promise_that_cannot_be_meant_is_refused(make, options, column):
    """Each mode says which of its options is out of range, and what to write."""
    with pytest.raises(ma.InputError) as caught:
        make(**options)
    problems = caught.value.problems
    assert problems["column"].tolist() == [column]
    assert problems["remedy"].str.len().gt(0).all()


def test_all_that_is_wrong_with_a_mode_is_said_at_once():
    """Three mistakes, three problems."""
    with pytest.raises(ma.InputError) as caught:
        ma.Transactional(tolerance=-1, min_gain=2, share="all")
    assert len(caught.value.problems) == 3


def test_a_tariff_must_name_every_service_that_moves():
    """A service without a price could be given away."""
    mode = ma.Transactional(balance="tariff", tariff={HIPS: 1.0})
    with pytest.raises(ma.InputError, match=f"nothing for {CATARACTS}"):
        ma.optimise(hips_and_cataracts(), collaboration=mode)


@pytest.mark.parametrize(
    ("mode", "broken", "rule"),
    [
        (ma.Transactional(), ma.Deep(), "aid is balanced (patients)"),
        (ma.Resource(), ma.Deep(), "nobody is worse off than agreed (harm-weeks)"),
        (ma.Deep(reciprocity=1), ma.Deep(), "nobody gives more than agreed"),
        (ma.Transactional(min_gain=0.5), ma.Deep(), "who takes part gains its share (harm-weeks)"),
        (ma.Resource(spare_only=True), ma.Deep(), "own patients are treated at home as alone"),
    ],
    ids=str,
)
def test_the_audit_sees_every_broken_promise(mode, broken, rule):
    """A plan that claims a mode whose promises it breaks fails its audit, from its tables alone."""
    waiting = pd.DataFrame(
        [("ALD", HIPS, 70, 6), ("BIR", HIPS, 6, 4)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
    system = two_trusts(waiting=waiting, slots=(0, 4))
    plan = ma.optimise(system, ma.Policy(harm=ma.harm.rtt()), broken)
    assert plan.violations().empty
    claimed = replace(plan, collaboration=mode)
    assert rule in set(claimed.violations()["rule"])


def test_whoever_gives_can_read_what_it_costs():
    """Prices of promises: one unit of tolerance more is worth what the table of limits says."""
    system = two_trusts()
    plan = ma.optimise(system, collaboration=ma.Transactional(tolerance=1))
    more = ma.optimise(system, collaboration=ma.Transactional(tolerance=2))
    limits = plan.limits[plan.limits["limit"].str.startswith("balance of aid")]
    assert limits["price"].abs().sum() == pytest.approx(plan.objective - more.objective)
    assert np.isfinite(limits["level"]).all()


def test_every_mode_can_be_asked_everything():
    """What a mode does not ask for has a value that stands for its absence."""
    absent = {
        "harm_limit": None,
        "balance": None,
        "tariff": None,
        "min_gain": 0.0,
        "share": None,
        "reciprocity": None,
        "spare_only": False,
        "lend": None,
        "protect": "trust",
        "tolerance": math.inf,
        "promises": (),
        "binds": False,
    }
    for mode in (ma.Independent(), ma.Deep()):
        assert {name: getattr(mode, name) for name in absent} == absent
    assert ma.Transactional().balance == "patients"
    assert ma.Transactional().binds
    assert ma.Resource(protect="service", spare_only=True).protect == "service"
    assert ma.Deep(max_sacrifice=0).binds


MODE = re.compile(r"isinstance\([^)]*\b(Transactional|Resource|Deep|Independent)\b|type\(.*mode")


@pytest.mark.parametrize("room", ["model", "planning", "plan", "audit", "patients", "solve"])
def test_no_room_asks_which_mode_it_is(room):
    """A mode of tomorrow is planned, proven and audited by what it says of itself."""
    for path in (Path(ma.__file__).parent / room).rglob("*.py"):
        assert not MODE.search(path.read_text(encoding="utf-8")), path.name
