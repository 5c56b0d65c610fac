"""Three numbers wherever a plan is shown, if a forecast is known; else that none is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from forecasts import by_age, of_entries
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli.console import table as laid_out
from mutualaid.cli.outputs import ladder_table, plan_table
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.report import rules_text
from mutualaid.report.forecast_sheet import charted, record, three_sheet, told_of
from mutualaid.report.page.forecast_part import past_charts
from mutualaid.report.page.svg_charts import waits_chart
from mutualaid.report.page.table_cells import NOTHING
from mutualaid.report.series import waits
from mutualaid.studies import Ladder

NONE = rules_text.NO_FORECAST


@pytest.fixture(scope="module")
def bare() -> ma.System:
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)


@pytest.fixture(scope="module")
def rungs(bare: ma.System) -> Ladder:
    return ma.ladder(bare.replace(as_today=by_age(bare)))


@pytest.fixture(scope="module")
def plan(rungs: Ladder) -> ma.Plan:
    return rungs.plans["Deep"]


@pytest.fixture(scope="module")
def without(bare: ma.System) -> ma.Plan:
    return ma.optimise(bare)


def page(made: ma.Plan | Ladder, folder: Path) -> str:
    path = made.to_html(folder / "page.html")
    return re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))


def test_a_board_reads_what_would_be_as_today_and_that_it_is_no_aid(
    plan: ma.Plan, tmp_path: Path
) -> None:
    html = page(plan, tmp_path)
    over = plan.three_numbers().set_index("figure").loc["over_18"]
    assert f"As things are, {over['as_today']:,.0f} patients" in html
    assert "The first step is order at home, and is not counted as aid." in html
    assert "against each trust alone in order, travel and moves counted." in html
    assert "alone in order.</bdi>" in html
    assert "Order at home" in html
    assert NONE not in html


def test_each_trust_finds_its_own_three_numbers_and_how_it_was_forecast(
    plan: ma.Plan, tmp_path: Path
) -> None:
    html = page(plan, tmp_path)
    assert '<section id="past"' in html
    for code in plan.system.providers:
        own = html.split(f'id="trust-{code}"')[1].split('<section class="trust"')[0]
        told = plan.three_numbers("origin").query("origin == @code").set_index("figure")
        assert f"{told.loc['over_18', 'as_today']:,.0f}" in own
        assert "Where it was said to lie, nine times in ten" in own
    assert len(re.findall(r'id="title-[^"]*past-18"', html)) == 1 + len(plan.system.providers)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_where_nothing_is_forecast_it_is_said_once(without: ma.Plan, tmp_path: Path) -> None:
    html = page(without, tmp_path)
    assert html.count(NONE) == 1
    assert "As today" not in html
    assert "has forecast you" not in html
    book = openpyxl.load_workbook(without.to_excel(tmp_path / "plan.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert cells.count(NONE) == 1
    assert "Three numbers" not in book.sheetnames
    assert NONE not in repr(without)
    assert "as today" not in repr(without)


def test_the_workbook_has_a_sheet_of_three_numbers(plan: ma.Plan, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(plan.to_excel(tmp_path / "plan.xlsx"))
    assert book.sheetnames[1] == "Three numbers"
    rows = list(book["Three numbers"].iter_rows(values_only=True))
    head = next(place for place, row in enumerate(rows) if row[0] == "Trust")
    found = pd.DataFrame(rows[head + 1 :], columns=rows[head])
    over = found[found["Figure"].str.startswith("… over 18")].set_index("Trust")
    told = plan.three_numbers().set_index("figure").loc["over_18"]
    assert over.loc["All trusts", "As today"] == round(told["as_today"])
    assert over.loc["All trusts", "Order at home"] == told["in_order"] - round(told["as_today"])
    assert over.loc["All trusts", "Aid"] == told["aid"]
    assert set(over.index) == {"All trusts", *plan.system.providers}


def test_a_small_forecast_is_hidden_as_a_small_count_is(bare: ma.System) -> None:
    few = ma.optimise(bare.replace(as_today=by_age(bare)))
    counts = counts_of(few, 10)
    shown = three_sheet(few, counts)
    exact = few.three_numbers("origin").set_index(["origin", "figure"])["as_today"]
    small = 0
    for code in few.system.providers:
        for name, found in told_of(shown, code).items():
            value = exact[code, name]
            if name not in ("share_within_18", "harm_weeks") and 0 < round(value) < 10:
                small += 1
                assert found["as_today"] == "<10"
                assert found["order_at_home"] == "*"
    assert small
    every = told_of(three_sheet(few, counts_of(few, 0)), few.system.providers[0])
    assert not any(isinstance(found["as_today"], str) for found in every.values())


def test_the_ladder_stands_on_what_is_forecast(rungs: Ladder, tmp_path: Path) -> None:
    table = rungs.table.set_index("rung")
    assert list(table.index)[:2] == ["As today", "Independent"]
    told = rungs.plans["Deep"].three_numbers().set_index("figure")["as_today"]
    assert table.loc["As today", "over_18"] == told["over_18"]
    assert table.loc["As today", "harm_weeks"] == told["harm_weeks"]
    assert pd.isna(table.loc["As today", ["saved", "saved_share", "saved_by_step"]]).all()
    assert table.loc["Independent", "saved"] == 0
    assert repr(rungs).splitlines()[1].startswith("  As today ")
    assert "As today" in rungs._repr_html_()
    html = page(rungs, tmp_path)
    assert "no part of what is saved" in html
    assert "of the harm of Independent" in html
    assert "in order" in rungs.plot.rungs().title


def test_a_ladder_without_a_forecast_is_what_it_was(bare: ma.System) -> None:
    table = ma.ladder(bare).table
    assert table["rung"].iloc[0] == "Independent"
    assert table["moves"].dtype == "int64"


def test_the_screen_shows_three_numbers(rungs: Ladder, plan: ma.Plan) -> None:
    assert list(plan_table(plan, 5))[1:3] == ["as today", "alone"]
    found = ladder_table(rungs, 5)
    assert found["mode"].tolist()[0] == "as today"
    assert found["saved"].tolist()[0] == NOTHING
    assert laid_out(found).splitlines()[1].startswith("as today")


def test_a_notebook_shows_three_numbers(plan: ma.Plan, without: ma.Plan) -> None:
    assert "as today (forecast): " in repr(plan)
    assert "As today (forecast)" in plan._repr_html_()
    assert "As today" not in without._repr_html_()


def test_harm_that_is_not_known_is_not_shown(bare: ma.System, tmp_path: Path) -> None:
    told = bare.replace(as_today=by_age(bare, ranges=False, history=False))
    plan = ma.optimise(told, ma.Policy(harm=ma.harm.clinical()))
    assert "harm not known" in repr(plan)
    row = told_of(three_sheet(plan, counts_of(plan)))["harm_weeks"]
    assert row["as_today"] is None
    assert row["order_at_home"] is None
    html = page(plan, tmp_path)
    assert "How such forecasts have done before is not known." in html
    assert "to 0, nine times in ten" not in html


def test_where_nobody_moves_what_would_be_as_today_is_said_too(
    rungs: Ladder, tmp_path: Path
) -> None:
    html = page(rungs.plans["Independent"], tmp_path)
    assert "Nobody moves" in html
    assert "As things are, " in html


def test_past_forecasts_are_drawn_as_far_ahead_as_enough_are_known(plan: ma.Plan) -> None:
    forecast = plan.system.as_today
    history = forecast.history
    rows = charted(history, "all", 18)
    assert set(rows["horizon"]) == {6}
    assert rows["month"].is_monotonic_increasing
    few = history[(history["horizon"] == 3) | (history["month"] > "2025-10")]
    assert set(charted(few, "all", 18)["horizon"]) == {3}
    assert charted(history[history["month"] > "2025-10"], "all", 18).empty
    charts = past_charts(plan.system, 5)
    assert [chart.key for chart in charts] == ["past-18", "past-52"]
    assert len(charts[0].table.rows) == len(rows)


def test_what_is_said_of_past_forecasts_is_what_they_were() -> None:
    rows = pd.DataFrame(
        {
            "horizon": 1.0,
            "forecast": [110.0, 90.0, 100.0],
            "low": [105.0, 80.0, None],
            "high": [120.0, 105.0, None],
            "published": [100.0, 100.0, 0.0],
            "persistence": [None, None, None],
        }
    ).astype(float)
    assert record(rows, "over 52 weeks") == (
        "Forecasts of who is over 52 weeks 1 month ahead were off by 10.0% on average over 3 "
        "months; what came lay within the range in 1 of 2."
    )


def test_waits_as_today_stand_beside_the_others(plan: ma.Plan, without: ma.Plan) -> None:
    counts = counts_of(plan, 0)
    forecast = plan.system.as_today
    seen = waits(counts, forecast)
    assert seen["today"].sum() == pytest.approx(forecast.table()["list_size"].item(), abs=20)
    step = plan.system.period_weeks
    assert seen["weeks_waiting"].tolist() == list(range(0, step * len(seen), step))
    shared = waits(counts)
    assert seen.loc[: len(shared) - 1, list(shared)].equals(shared)
    hidden = waits(counts_of(plan, 500), forecast)
    assert len(hidden) < len(seen)
    assert hidden["today"].replace(0, np.nan).min() >= 500
    chart = waits_chart(plan, counts_of(plan))
    assert [column.heading for column in chart.table.columns][-1] == "At the end, as today"
    assert "today" in [look for look, _ in chart.legend]
    assert "today" not in [look for look, _ in waits_chart(without, counts_of(without)).legend]
    assert " as today, " in plan.plot.waits().title
    assert " if alone, " in without.plot.waits().title


def test_a_figure_of_past_forecasts(plan: ma.Plan, without: ma.Plan) -> None:
    drawn = plan.plot.forecasts("XB2", over=52, names={"XB2": "Birch"})
    assert drawn.alt.startswith("Line chart of past forecasts. Forecasts of who is over 52 weeks")
    assert "No forecast stands" in without.plot.forecasts().alt
    assert "is not known" in plan.plot.forecasts(over=65).alt
    with pytest.raises(ma.InputError, match="provider"):
        plan.plot.forecasts("nobody")


def test_a_perfect_forecast_of_independent_leaves_no_order_at_home(bare: ma.System) -> None:
    alone = ma.optimise(bare, collaboration=ma.Independent())
    told = bare.replace(as_today=of_entries(bare, alone.entries))
    plan = ma.optimise(told)
    shown = told_of(three_sheet(plan, counts_of(plan, 0)))
    for found in shown.values():
        assert abs(found["order_at_home"]) < 1


def test_a_forecast_with_few_week_bands_says_nothing_of_longer_waits(tmp_path: Path) -> None:
    system = two_trusts(periods=2)
    alone = ma.optimise(system, collaboration=ma.Independent())
    whole = of_entries(system, alone.entries)
    cut = whole.waiting[:, :, :40].copy()
    cut[:, :, -1] += whole.waiting[:, :, 40:].sum(axis=2)
    short = of_entries(system, alone.entries, waiting=cut, leaving=np.zeros_like(cut[:, 1:]))
    rungs = ma.ladder(system.replace(as_today=short))
    assert "over 52: not known" in repr(rungs)
    assert "over 52: not known" in repr(rungs.plans["Deep"])
    assert rungs.plans["Deep"].three_numbers().set_index("figure")["as_today"]["over_18"] >= 0
    assert "As things are" in page(rungs, tmp_path)
    assert rungs.plans["Deep"].plot.waits(suppress_below=0).title.startswith("Over 18 weeks")
