"""The table tells the truth: who is measured, beside whom, and whether they were right."""

from __future__ import annotations

import ast
import json
import math

import pytest
from benchmarks.line import SIZES, Line
from benchmarks.lines import chosen, lines_of, needs_of
from benchmarks.measure import ROOT, Measurement
from benchmarks.peers import PEERS
from benchmarks.results import Result, ratio, result_of, round_robin, verdict

BEST = 40_000_000


def line(key="peer", **given):
    return Line(key=key, title=f"the {key}", work="nobody:ready", **given)


def took(seconds=1.0, objective=BEST, **given):
    return Measurement(status="measured", seconds=seconds, objective=objective, **given)


def result(key, seconds, **given):
    rest = {"title": key, "yardstick": "auto", "command": f"measure {key}", "status": "measured"}
    return Result(key=key, seconds=seconds, **{**rest, **given})


# Lines


@pytest.mark.parametrize("size", SIZES)
def test_every_line_names_work_that_is_there_and_a_yardstick_that_is_measured_too(size):
    """A peer that is not installed cannot be imported; its file can be read."""
    keys = [one.key for one in lines_of(size)]
    assert len(keys) == len({*keys})
    for one in lines_of(size):
        module, _, name = one.work.partition(":")
        tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
        function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
        takes = [argument.arg for argument in function.args.args]
        assert {"folder", *one.arguments} <= {*takes}
        assert one.yardstick in keys
        assert {*one.needs} <= {"system", "week", "chain", "ageing", "dense"}


def test_no_peer_imports_mutualaid():
    for peer in PEERS:
        path = ROOT / (peer.work.partition(":")[0].replace(".", "/") + ".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        found |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert not any(name.split(".")[0] == "mutualaid" for name in found)


def test_whoever_is_chosen_brings_the_yardsticks_along():
    """networkx is beside our flow, and our flow beside the whole plan."""
    assert [one.key for one in chosen("smoke", ["networkx-chain"])] == [
        "auto",
        "flow",
        "networkx-chain",
    ]
    assert [one.key for one in chosen("england", ["from-the-file"])] == [
        "read-csv",
        "from-the-file",
    ]


def test_what_is_measured_depends_on_the_size_unless_it_is_named():
    everywhere = {size: {one.key for one in chosen(size, [])} for size in SIZES}
    assert "networkx-chain" in everywhere["smoke"]
    assert "networkx-chain" not in everywhere["icb"]
    assert "networkx-chain" in {one.key for one in chosen("icb", ["networkx-chain"])}
    assert "from-the-file" in everywhere["england"]
    assert "from-the-file" not in everywhere["region"]
    assert "scenarios" not in everywhere["england"]
    assert all({"auto", "pulp-cbc", "ortools-chain"} <= keys for keys in everywhere.values())


def test_unknown_names_and_files_at_smoke_are_refused():
    with pytest.raises(ValueError, match="pulp-cbc"):
        chosen("smoke", ["pulp"])
    with pytest.raises(ValueError, match="smoke has no file"):
        chosen("smoke", ["read-csv"])


def test_only_what_the_chosen_need_is_prepared():
    assert needs_of(chosen("smoke", ["ortools-ageing"])) == ["ageing", "system"]


# Round robin


def test_lines_are_measured_in_turn_and_those_that_gave_up_are_not_tried_again():
    order = []

    def take(one):
        order.append(one.key)
        if one.key == "b":
            return Measurement(status="over", note="not within 9 s")
        return took(float(len(order)))

    said = []
    found = round_robin([line("a"), line("b"), line("c")], 3, take, said.append)
    rounds = [order[:3], order[3:5], order[5:]]
    assert [sorted(one) for one in rounds] == [["a", "b", "c"], ["a", "c"], ["a", "c"]]
    assert [one.seconds for one in found["a"]] == [i + 1 for i, k in enumerate(order) if k == "a"]
    assert len(found["b"]) == 1
    assert "round 1 of 3: b: not within 9 s" in said


def test_the_order_is_another_one_each_round_and_the_same_in_each_run():
    runs = []
    for _ in range(2):
        order = []
        take = lambda one, order=order: order.append(one.key) or took()  # noqa: E731
        round_robin([line(key) for key in "abcdefgh"], 2, take, lambda _: None)
        runs.append(order)
    assert runs[0] == runs[1]
    assert runs[0][:8] != runs[0][8:]
    assert sorted(runs[0][:8]) == sorted(runs[0][8:])


def test_a_line_tells_the_median_the_least_and_the_most_memory():
    measurements = [
        took(3.0, megabytes=90, megabytes_before=50),
        took(1.0, megabytes=99, megabytes_before=60),
        took(1.5, megabytes=80, megabytes_before=70),
    ]
    found = result_of(line(), measurements, BEST, "again", 600)
    assert (found.status, found.median, found.least) == ("measured", 1.5, 1.0)
    assert (found.megabytes, found.megabytes_before) == (99, 50)
    assert found.command == "again"


# Checking


def test_a_missing_peer_is_told_with_what_to_install():
    gone = Measurement(status="missing", note="ortools.graph")
    found = result_of(line(packages=("ortools",)), [gone], BEST, "", 600)
    assert found.status == "missing"
    assert found.note == "missing: pip install mutualaid[bench] (ortools)"
    assert not found.broken
    assert math.isnan(found.median)


def test_a_module_that_may_not_be_missing_fails_the_line():
    gone = Measurement(status="missing", note="pylmcf")
    found = result_of(line(packages=("ortools",)), [gone], BEST, "", 600)
    assert found.status == "failed"
    assert found.broken


@pytest.mark.parametrize(
    ("check", "objective", "right"),
    [
        ("equal", BEST, True),
        ("equal", BEST + 1, False),
        ("equal", BEST - 1, False),
        ("equal", None, False),
        ("close", BEST * (1 + 9e-7), True),
        ("close", BEST * (1 - 9e-7), True),
        ("close", BEST * (1 + 2e-6), False),
        ("close", BEST * (1 - 2e-6), False),
        ("close", math.nan, False),
        ("not below", BEST * 1.3, True),
        ("not below", BEST, True),
        ("not below", BEST * 0.9999, False),
        ("none", None, True),
        ("none", 7, True),
    ],
)
def test_an_objective_must_be_what_the_line_says(check, objective, right):
    found = result_of(line(check=check), [took(objective=objective)], BEST, "", 600)
    assert found.status == ("measured" if right else "wrong")
    assert found.broken is not right


def test_one_wrong_round_among_right_ones_makes_the_line_wrong():
    rounds = [took(), took(objective=BEST + 5), took()]
    found = result_of(line(), rounds, BEST, "", 600)
    assert found.status == "wrong"
    assert found.note == "wrong: 40,000,005.000 instead of 40,000,000"


@pytest.mark.parametrize(("gap", "right"), [(0.0, True), (1e-3, True), (2e-3, False)])
def test_a_plan_may_be_a_thousandth_above_its_bound(gap, right):
    assert verdict(line(check="not below"), took(gap=gap), BEST)[0] is right
    assert not verdict(line(check="none"), took(gap=math.nan), BEST)[0]


def test_words_say_what_was_proven():
    assert verdict(line(), took(gap=0.0), BEST)[1] == "proven best"
    assert verdict(line(), took(), BEST)[1] == "the same optimum"
    said = verdict(line(check="not below"), took(objective=BEST * 1.02, gap=2e-6), BEST)[1]
    assert said == "+2.000% harm; gap at most 2e-06"


# Ratios


def test_the_ratio_is_that_of_the_medians_to_the_line_s_own_yardstick():
    lines = {
        "auto": result("auto", [2.0, 2.5, 9.0]),
        "peer": result("peer", [10.0, 1.0, 12.0]),
        "flow": result("flow", [0.5]),
        "ortools": result("ortools", [2.0], yardstick="flow"),
    }
    assert ratio(lines["peer"], lines) == ("", 4.0)
    assert ratio(lines["ortools"], lines) == ("", 4.0)
    assert ratio(lines["auto"], lines) == ("", 1.0)


def test_whoever_was_stopped_at_the_time_limit_is_at_least_so_many_times_slower():
    lines = {"auto": result("auto", [2.0])}
    late = result("late", [], status="over", note="not within 600 s", limit=600)
    large = result("large", [], status="over", note="not within 16 GB", limit=600)
    assert ratio(late, lines) == ("> ", 300)
    assert math.isnan(ratio(large, lines)[1])
    assert math.isnan(ratio(late, {"auto": late})[1])
    assert math.isnan(ratio(late, {})[1])


@pytest.mark.parametrize("limit", [600.0, math.inf])
def test_a_result_survives_its_record(limit):
    one = result("auto", [2.0, 1.0], limit=limit, objective=BEST, gap=0.0, megabytes=3.5)
    again = Result.of_record(json.loads(json.dumps(one.record())))
    assert again.record() == one.record()
    assert again.limit == limit
