"""A page that says what else was on the table: what the replay says, and nothing that is hidden."""

from __future__ import annotations

import re

import pytest
from forecasts import by_age
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli import main
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.report.page.alternatives import alternatives
from mutualaid.simulation import ALTERNATIVES, LongestFirst, Noise, Nothing, PlanOnce

SECTION = '<section id="alternatives"'
SIMPLE = ALTERNATIVES[:-1]


@pytest.fixture(scope="module")
def plan():
    """Three trusts over three periods."""
    return ma.optimise(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))


@pytest.fixture(scope="module")
def replayed(plan):
    """Four random runs."""
    return plan.replay(policies=SIMPLE, seeds=range(4))


def rows_of(plan, replay, threshold):
    """Cells of the two tables, by the first of a row."""
    tables = alternatives({"Deep": (plan, counts_of(plan, threshold))}, replay)
    return [{row[0]: row[1:] for row in table.rows} for table in tables]


def number(cell):
    """What a cell says."""
    return float(cell.replace(",", "").replace("\u2212", "-"))


def test_each_way_has_its_means_and_ranges(plan, replayed):
    means, ranges = rows_of(plan, replayed, 0)
    assert list(means) == [
        "Each trust alone",
        "Nearest with room",
        "Longest first",
        "The plan, as it is",
    ]
    runs = replayed.runs.pivot_table(index="seed", columns="policy")
    saved = runs["objective"]["nothing"] - runs["objective"]["LP once"]
    row = means["The plan, as it is"]
    told = [saved, *(runs[name]["LP once"] for name in ("moves", "asked", "over_18", "over_52"))]
    for cell, range_, values in zip(row, ranges["The plan, as it is"], told, strict=True):
        assert number(cell) == pytest.approx(values.mean(), abs=0.51)
        low, _, high = range_.partition(" to ")
        assert number(low) == pytest.approx(values.min(), abs=0.51)
        assert number(high or low) == pytest.approx(values.max(), abs=0.51)
    assert means["Each trust alone"][:3] == ["\u2013"] * 3
    assert number(means["Each trust alone"][3]) == pytest.approx(
        runs["over_18"]["nothing"].mean(), abs=0.51
    )


def test_one_run_has_no_range_and_hindsight_is_no_way(plan):
    replay = plan.replay(policies=[Nothing()], seeds=[1])
    assert "hindsight" in set(replay.runs["policy"])
    (means,) = rows_of(plan, replay, 0)
    assert list(means) == ["Each trust alone"]


def test_a_way_of_ones_own_has_its_own_name(plan):
    class Mine(LongestFirst):
        name = "our own rule"

    replay = plan.replay(policies=[Nothing(), Mine()], seeds=[1], hindsight=False)
    assert "our own rule" in rows_of(plan, replay, 0)[0]


def test_small_numbers_do_not_show():
    """Four of six move: on the page it is fewer than ten, and nothing is told to the last one."""
    plan = ma.optimise(two_trusts())
    replay = plan.replay(policies=SIMPLE, noise=Noise.none(), seeds=[0, 1], hindsight=False)
    means, ranges = rows_of(plan, replay, 5)
    for row in (means["The plan, as it is"], ranges["The plan, as it is"]):
        assert row == ["*", "<10", "<10", "<10", "<10"]
    assert rows_of(plan, replay, 0)[0]["The plan, as it is"][1:] == ["4", "4", "0", "0"]


def test_the_page_has_it_where_a_replay_is_given(plan, replayed, tmp_path):
    without = plan.to_html(tmp_path / "without.html").read_text(encoding="utf-8")
    html = plan.to_html(tmp_path / "plan.html", replay=replayed).read_text(encoding="utf-8")
    assert SECTION not in without
    assert "on the table" not in without
    assert SECTION in html
    assert '<a href="#alternatives">What else was on the table</a>' in html
    assert "accepted with a chance of 67%" in html
    assert "nobody is asked more than twice" in html
    assert "today&#39;s order is taken for that of each trust alone" in html
    again = plan.to_html(tmp_path / "again.html", replay=replayed).read_text(encoding="utf-8")
    assert again == html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_what_is_forecast_as_today_stands_first(tmp_path):
    bare = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    plan = ma.optimise(bare.replace(as_today=by_age(bare)))
    replay = plan.replay(policies=[Nothing(), PlanOnce()], seeds=[0, 1], hindsight=False)
    means, _ = rows_of(plan, replay, 0)
    over = plan.three_numbers().set_index("figure")["as_today"]
    assert next(iter(means)) == "As today (forecast)"
    assert number(means["As today (forecast)"][3]) == pytest.approx(over["over_18"], abs=0.51)
    html = plan.to_html(tmp_path / "plan.html", replay=replay).read_text(encoding="utf-8")
    assert "it is not part of the runs" in html
    assert "today&#39;s order is taken" not in html


def test_a_ladder_says_which_rung_it_is(tmp_path):
    rungs = ma.ladder(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
    replay = rungs.plans["Deep"].replay(policies=SIMPLE, seeds=[0], hindsight=False)
    html = rungs.to_html(tmp_path / "rungs.html", replay=replay).read_text(encoding="utf-8")
    assert "All keep to the rules in force for Deep." in html


def test_a_curve_is_told_in_its_own_words(plan, tmp_path):
    noise = Noise(acceptance=ma.Acceptance.default())
    replay = plan.replay(policies=SIMPLE, noise=noise, seeds=[0], hindsight=False)
    html = plan.to_html(tmp_path / "plan.html", replay=replay).read_text(encoding="utf-8")
    assert "The chance that a patient accepts is taken from a curve" in html


def test_a_plan_read_from_a_file_is_the_plan_that_was_written(plan, replayed, tmp_path):
    again = ma.optimise(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))
    assert again is not plan
    html = again.to_html(tmp_path / "plan.html", replay=replayed).read_text(encoding="utf-8")
    assert SECTION in html


def test_what_is_no_replay_of_this_plan_is_refused(plan, tmp_path):
    other = ma.optimise(two_trusts())
    theirs = other.replay(policies=[Nothing()], seeds=[0], hindsight=False)
    without = plan.replay(policies=[PlanOnce()], seeds=[0], hindsight=False)
    for replay, told in (
        (theirs, "another plan"),
        (without, "no policy 'nothing'"),
        (3, "no replay of a plan"),
    ):
        with pytest.raises(ma.InputError, match=told):
            plan.to_html(tmp_path / "plan.html", replay=replay)
    assert not (tmp_path / "plan.html").exists()


@pytest.mark.parametrize("verb", ["solve", "ladder"])
def test_a_scenario_file_asks_for_it(verb, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "winter.toml").write_text(
        '[data]\nexample = "collaborative"\ntrusts = 2\nareas_per_trust = 1\nperiods = 2\n'
        "[outputs]\nworkbook = false\nplan = false\nreplay = 1\n"
    )
    with pytest.raises(SystemExit) as ended:
        main([verb, "winter.toml"])
    assert ended.value.code == 0, capsys.readouterr()
    (page,) = tmp_path.glob("*.html")
    html = page.read_text(encoding="utf-8")
    assert SECTION in html
    assert "The plan, made anew" in html
