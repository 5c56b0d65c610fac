"""Side rows: each known by its kind and its key, and its sentence made when somebody asks."""

from __future__ import annotations

import importlib
import math
import pkgutil

import numpy as np
import pandas as pd
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.model import limits, network
from mutualaid.model.embedding import same_rows
from mutualaid.model.limits import KINDS, row_labels
from mutualaid.model.limits.lane_budget import MAX_LANES
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.planning import few_lanes
from mutualaid.solve.solver import relax

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")

SAID = {
    "": [(("7",), "nameless 7")],
    "max_out": [(("ALD", "2"), "moves out of ALD in period 2")],
    "max_in": [(("BIR", "1"), "moves into BIR in period 1")],
    "max_moves": [(("3",), "moves in period 3, of all")],
    "max_share_moved": [(("ALD C_110 P3",), "moves of queue ALD C_110 P3")],
    "asked_twice": [
        (
            ("ALD C_110 P3", "2", "2000"),
            "answers of queue ALD C_110 P3 by period 2: each is asked at most twice (2000)",
        )
    ],
    "pool": [(("beds", "BIR", "1"), "pool beds at BIR in period 1")],
    "team": [(("ALD", "C_110", "2"), "team of ALD for C_110 in period 2")],
    "room": [(("1", "BIR", "2"), "room 1 at BIR in period 2")],
    "sessions": [
        (("BIR", "C_110", "ALD", "2", "1"), "sessions at BIR for C_110 of ALD in period 2")
    ],
    "whole_sessions": [
        (("BIR", "C_110", "ALD", "2", "1"), "whole sessions at BIR for C_110 of ALD in period 2")
    ],
    "route": [(("ALD", "BIR", "C_110"), "lane from ALD to BIR for C_110")],
    "route_used": [(("ALD", "BIR", "C_110", "1"), "lane from ALD to BIR for C_110 in period 1")],
    "max_lanes": [(("4",), "lanes open: at most 4")],
    "batch": [(("ALD", "BIR", "C_110", "1"), "lane from ALD to BIR for C_110 run from period 1")],
    "batch_used": [
        (("ALD", "BIR", "C_110", "2"), "run the lane from ALD to BIR for C_110 used in period 2")
    ],
    "batch_full": [
        (
            ("ALD", "BIR", "C_110", "1"),
            "a batch on the lane from ALD to BIR for C_110 from period 1",
        )
    ],
    "receives": [(("BIR", "C_110", "2"), "BIR takes in for C_110 in period 2")],
    "receives_only": [(("BIR", "C_110", "2"), "moves into BIR for C_110 in period 2")],
    "sends_only": [(("BIR", "C_110", "2"), "moves out of BIR for C_110 in period 2")],
    "reciprocity": [(("ALD",), "reciprocity of ALD")],
    "spare_only": [(("ALD C_110", "1"), "treated at home of ALD C_110 in period 1")],
    "harm_of_trust": [(("ALD",), "own patients of ALD")],
    "harm_of_service": [(("ALD", "C_110"), "own patients of ALD for C_110")],
    "balance_in_patients": [(("ALD",), "balance of aid of ALD in patients")],
    "balance_in_money": [(("ALD",), "balance of aid of ALD in money")],
    "balance_in_pool": [(("ALD", "beds"), "balance of aid of ALD in beds")],
    "takes_part": [(("ALD",), "ALD takes part")],
    "moves_if_taking_part": [(("ALD",), "moves of ALD if it takes part")],
    "gain_if_taking_part": [(("ALD",), "gain of ALD if it takes part")],
    "partner_help": [
        (
            ("Council", "home care", "ALD", "beds", "2"),
            "Council gives home care to ALD for beds in period 2",
        )
    ],
    "partner_holds": [
        (("Council", "home care", "2"), "what Council holds of home care in period 2")
    ],
    "spared": [(("ALD", "beds", "2"), "beds spared at ALD in period 2")],
    "spared_share": [
        (
            ("Council", "home care", "ALD", "beds", "2"),
            "share of what Council spares with home care at ALD of beds in period 2",
        )
    ],
    "partner_account": [(("Council",), "account of Council")],
    "partner_takes_part": [(("Council",), "Council takes part")],
    "help_if_taking_part": [(("Council",), "help of Council if it takes part")],
    "income": [(("BIR",), "income of BIR")],
    "contract": [
        (("BIR", ""), "contract with BIR"),
        (("BIR", "C_110"), "contract with BIR for C_110"),
    ],
    "group_gain": [(("most deprived",), "harm of patients in group most deprived")],
    "group_gap": [(("poor", "rich"), "mean wait of group poor beyond that of rich")],
    "insured": [(("ALD",), "own patients of ALD, as was settled")],
    "short": [(("ALD",), "short of what was settled for ALD")],
    "missed": [(("ALD", "", "Target: …"), "missed ALD Target: …")],
    "target": [
        (("", "", "Target: …"), "all: Target: …"),
        (("ALD", "C_110", "Target: …"), "ALD C_110: Target: …"),
    ],
    "promised": [
        (("ALD", "", "Promise: …"), "ALD: …"),
        (("ALD", "C_110", "Promise: …"), "ALD C_110: …"),
    ],
    "fair_share": [
        (("ALD", ""), "fair share of ALD"),
        (("ALD", "2"), "fair share of ALD, rank 2"),
        (("ALD", "0"), "fair share of ALD, or more"),
    ],
    "is_exempt": [(("ALD", "2"), "ALD is exempt, rank 2")],
    "exempt": [(("2",), "exempt, rank 2")],
    "own_constraint": [(("surgeons",), "surgeons")],
}


def test_every_kind_says_what_it_is():
    """The sentences that people read, one kind after another."""
    assert {kind.name for kind in KINDS.values()} == set(SAID)
    for kind in KINDS.values():
        for texts, sentence in SAID[kind.name]:
            assert len(texts) == len(kind.fields)
            assert kind.sentence(*texts) == sentence


def test_no_two_kinds_are_alike_and_each_is_known_by_what_has_a_text():
    kinds = [*(k for limit in (*limits.OF_ALL, *limits.AGREED) for k in limit.KINDS)]
    kinds += [kind for limit in limits.ON_REQUEST for kind in limit.KINDS]
    assert len(KINDS) == len(kinds) + 1
    for kind in KINDS.values():
        assert len(kind.fields) <= network.KEY
        assert set(kind.fields) <= set(row_labels.FIELDS)


def test_a_file_that_makes_rows_is_switched_on():
    """Whoever writes a limit and forgets the list hears of it here, and not from a plan."""
    listed = {*limits.OF_ALL, *limits.AGREED, *limits.ON_REQUEST}
    for _, name, _ in pkgutil.iter_modules(limits.__path__):
        module = importlib.import_module(f"{limits.__name__}.{name}")
        if isinstance(getattr(module, "KINDS", None), tuple):
            assert module in listed


def test_a_row_says_all_that_its_kind_is_known_by():
    with pytest.raises(ValueError, match="known by provider, period"):
        LimitKind("cap", ("provider", "period"), "{} {}".format).rows(np.array([0, 1]))
    assert [codes.tolist() for codes in grid(1, 2)] == [[0, 0], [0, 1]]


def small():
    """Three trusts with beds, and how deprived their patients are."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
    listed = system.waiting_list.assign(
        deprivation=np.where(np.arange(len(system.waiting_list)) % 3, "most", "least")
    )
    beds = pd.DataFrame(
        [(p, "beds", t, 20.5) for p in system.providers for t in (1, 2)],
        columns=["provider", "pool", "period", "amount"],
    )
    usage = pd.DataFrame({"service": list(system.services), "pool": "beds", "amount": 1.5})
    return system.replace(
        waiting_list=listed, referrals=None, removals=None, pools=beds, usage=usage
    )


ASKED = {
    "caps": (ma.Policy(max_in=2, max_share_moved=0.2, ramp=[3, 6]), ma.Deep(reciprocity=2), ()),
    "lanes": (ma.Policy(max_lanes=2, max_out=4), ma.Transactional(), ()),
    "one way": (ma.Policy(send_or_receive=True), ma.Deep(), ()),
    "pools": (ma.Policy(), ma.Transactional(balance="pool", tolerance=3), ()),
    "owners": (ma.Policy(min_weeks_to_move=20), ma.Resource(spare_only=True), ()),
    "targets": (
        ma.Policy(),
        ma.Resource(protect="service"),
        (ma.Target(weeks=30), ma.Target(weeks=18, share_within=0.5, by="trust and service")),
    ),
    "gain": (ma.Policy(), ma.Transactional(min_gain=0.001), ()),
    "groups": (
        ma.Policy(equity=ma.Equity(by="deprivation", min_gain=0.0, max_gap_weeks=30.0)),
        ma.Deep(max_sacrifice=0.1),
        (),
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_no_two_rows_or_choices_have_the_same_key(name):
    """What is found by its key is found once."""
    policy, mode, targets = ASKED[name]
    model = ma.build(small(), policy, mode, targets=targets).model
    rows = model.network.rows
    assert len(rows) > 0
    assert len({(k, *key) for k, key in zip(rows.kind, rows.key.tolist(), strict=True)}) == len(
        rows
    )
    assert len({choice.key for choice in model.choices}) == len(model.choices)


def test_rows_are_matched_by_kind_and_key():
    """Three trusts' promises among those of one service each: no row is the same, whatever it says.

    Of a row that is there twice, the last one counts.
    """
    system = small().replace(pools=None, usage=None)
    rows = ma.build(system, collaboration=ma.Resource()).network.rows
    others = ma.build(system, collaboration=ma.Resource(protect="service")).network.rows
    assert same_rows(rows, rows).tolist() == list(range(len(rows)))
    assert (same_rows(rows, others) == -1).all()
    both = network.stack_rows(others, rows, rows)
    first = len(others) + len(rows)
    assert same_rows(rows, both).tolist() == list(range(first, len(both)))
    assert same_rows(network.no_rows(), rows).tolist() == []
    assert (same_rows(rows, network.no_rows()) == -1).all()


def test_what_a_row_is_of_stands_in_columns():
    """One may go to Birch a month; whose patients, from where and of which queue is elsewhere."""
    policy = ma.Policy(max_in={"BIR": 1}, max_share_moved=0.5)
    plan = ma.optimise(two_trusts(periods=2), policy, ma.Transactional(tolerance=9))
    table = plan.limits
    capped = table[table["kind"] == "max_in"]
    assert capped["limit"].tolist() == [f"moves into BIR in period {t}" for t in (1, 2)]
    assert capped["provider"].tolist() == ["BIR", "BIR"]
    assert capped["period"].tolist() == [1, 2]
    assert capped[["origin", "service", "pool", "group", "target"]].isna().all(axis=None)
    queue = table[table["kind"] == "max_share_moved"]
    assert queue[["origin", "service"]].to_numpy().tolist() == [["ALD", "C_110"]]
    assert queue[["provider", "period"]].isna().all(axis=None)
    balance = table[table["kind"] == "balance_in_patients"]
    assert balance["provider"].tolist() == ["ALD", "BIR"]
    assert balance["level"].tolist() == [-moved(plan), moved(plan)]


def test_the_other_columns_of_a_queue_stand_beside_it():
    """Two queues of Alder, told apart by priority."""
    waiting = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "priority": ["P3", "P4"],
            "weeks_waiting": [40, 30],
            "patients": [6, 4],
        }
    )
    plan = ma.optimise(two_trusts(waiting=waiting), ma.Policy(max_share_moved=0.5))
    assert plan.limits[["origin", "priority", "upper"]].to_numpy().tolist() == [
        ["ALD", "P3", 3.0],
        ["ALD", "P4", 2.0],
    ]


def test_targets_and_groups_stand_in_columns():
    policy, mode, targets = ASKED["targets"]
    table = ma.optimise(small(), policy, mode, targets=targets).limits
    of_trust = table[table["target"] == repr(targets[0])]
    assert of_trust["origin"].tolist() == ["XA1", "XB2", "XC3"]
    assert of_trust["service"].isna().all()
    both = table[table["target"] == repr(targets[1])]
    assert both[["origin", "service"]].notna().all(axis=None)
    policy, mode, _ = ASKED["groups"]
    table = ma.optimise(small(), policy, mode).limits
    gaps = table[table["kind"] == "group_gap"]
    pairs = gaps[["group", "other_group"]].to_numpy().tolist()
    assert pairs == [["least", "most"], ["most", "least"]]


def results():
    """What would go wrong if a row or a choice were found by its sentence."""
    system = small()
    lanes = ma.optimise(system, ASKED["lanes"][0], ma.Transactional())
    grouped = ma.Policy(equity=ma.Equity(by="deprivation", max_gap_weeks=0.0))
    with pytest.raises(ma.InputError, match="the least that can") as least:
        ma.optimise(system, grouped, ma.Deep(max_sacrifice=0.0))
    capped = ma.Policy(max_in=2)
    missed = ma.optimise(system, capped, ma.Resource(), targets=[ma.Target(weeks=18)])
    two = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    fair = ma.optimise(two, capped, ma.Transactional(share="max-min", tolerance=4))
    gains = ma.optimise(two, None, ma.Transactional(min_gain=0.001, tolerance=2))
    beds = pd.DataFrame({"slots": [3], "most": [1]})
    return {
        "few lanes": lanes.moves,
        "least gap": str(least.value),
        "obstacles": ma.studies.obstacles(missed),
        "fair share": fair.fairness,
        "prices beside a fair share": fair.prices,
        "prices of a plan built anew": gains.prices,
        "prices beside promises": ma.optimise(two, capped, ma.Resource()).prices,
        "frontier": ma.studies.frontier(two),
        "against loss": ma.studies.frontier(two, against="loss"),
        "deployment": ma.studies.deploy(two, beds, budget=2).table,
    }


def test_nothing_is_found_by_its_sentence(monkeypatch):
    """With one sentence for all rows and choices, every result is what it was."""
    expected = results()
    monkeypatch.setattr(row_labels, "sentences", lambda _, kind, __: ["x"] * len(kind))
    plan = ma.optimise(two_trusts(), ma.Policy(max_in=3))
    assert set(plan.limits["limit"]) == {"x"}
    for name, found in results().items():
        if isinstance(found, pd.DataFrame):
            pd.testing.assert_frame_equal(found, expected[name], obj=name)
        else:
            assert found == expected[name], name


def test_how_many_lanes_may_be_open_is_lifted_while_they_are_tried(monkeypatch):
    """All are opened first, and those that carry least are closed: no other limit is lifted."""
    seen = []

    def watched(tried, limits):
        seen.append(tried.rows)
        return relax(tried, limits)

    monkeypatch.setattr(few_lanes, "relax", watched)
    policy, mode, _ = ASKED["lanes"]
    asked = ma.optimise(small(), policy, mode).model.network.rows
    assert seen
    for rows in seen:
        lifted = rows.kind == MAX_LANES.number
        assert rows.upper[lifted].tolist() == [network.NO_LIMIT]
        assert rows.upper[~lifted].tolist() == asked.upper[~lifted].tolist()


def test_an_own_constraint_is_kept_beside_a_cap_on_the_same_arcs():
    """Three may go to Birch by the policy and one by its caller, when slots are priced as well."""
    pulp = pytest.importorskip("pulp")
    model = ma.build(two_trusts(), ma.Policy(max_in=3))
    problem = model.to_pulp()
    name = model.arcs.query("kind == 'treat' and provider == 'BIR'")["name"].item()
    problem += problem.variablesDict()[name] <= 1, "surgeons_of_BIR"
    problem.solve(pulp.HiGHS(msg=False))
    plan = model.plan_from(problem)
    assert moved(plan) == 1
    assert plan.limits["kind"].tolist() == ["max_in", "own_constraint"]
    assert plan.limits["limit"].tolist() == ["moves into BIR in period 1", "surgeons_of_BIR"]
    assert plan.limits["upper"].tolist() == [3.0, 1.0]
    # One slot more at home: it is the fifth of Alder's six who is treated then.
    worth = plan.prices.set_index(["provider", "period"])["price"]
    alone = ma.optimise(two_trusts(slots=(3, 4)), ma.Policy(max_in=1)).objective
    assert worth["ALD", 1] == pytest.approx(plan.objective - alone)


@pytest.mark.parametrize(("tolerance", "upper"), [(math.inf, math.inf), (1e30, 2.0**62), (7, 7.0)])
def test_only_infinity_is_no_limit(tolerance, upper):
    """A balance of 10^30 patients is finite, though no list is as long; infinity is none."""
    plan = ma.optimise(two_trusts(), collaboration=ma.Transactional(tolerance=tolerance))
    balance = plan.limits[plan.limits["kind"] == "balance_in_patients"]
    assert balance["upper"].tolist() == [upper, upper]
    assert balance["lower"].tolist() == [-upper, -upper]


def test_money_without_end_is_still_money():
    """In 1/1000 of its unit 10^306 is beyond what a float holds: no reason to drop the limit."""
    mode = ma.Transactional(tolerance=1e306, balance="tariff", tariff={"C_110": 1.0})
    table = ma.optimise(two_trusts(), collaboration=mode).limits
    assert table.query("kind == 'balance_in_money'")["upper"].tolist() == [2.0**62] * 2


def test_a_plan_without_limits_has_a_table_of_them_as_any_other():
    """Whoever lays tables under each other finds the same kinds of columns."""
    system = ma.datasets.collaborative(trusts=2, periods=2)
    tables = [ma.optimise(system, None, mode).limits for mode in (ma.Deep(), ma.Transactional())]
    assert [len(table) > 0 for table in tables] == [False, True]
    for name in ("limit", "kind"):
        assert tables[0][name].dtype == tables[1][name].dtype
    assert list(tables[0]) == list(tables[1])
