"""Figures draw what the tables say: in colour, in grey and in words, whatever a trust's name."""

from __future__ import annotations

import builtins
import datetime as dt
import io
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.readers.display_names import Names
from mutualaid.report import series
from mutualaid.report.figures import LadderFigures, PlanFigures
from mutualaid.report.figures.gains import MOST, chosen

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not there: mutualaid[plot]")

HOSTILE = {
    "XA1": "$\\frac{1}{2}$ & <script>alert(1)</script>",
    "XB2": "Long " * 60,
    "XC3": "\u202eמרכז رفواي\u0000\n\u200b🏥👩\u200d⚕️ \U000f0000",
    "XD4": "=cmd|'/C calc'!A0",
}


@pytest.fixture(scope="module")
def plan():
    """Four trusts over half a year, by Deep."""
    return ma.optimise(ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=6))


@pytest.fixture(scope="module")
def rungs():
    """The ladder of three trusts."""
    return ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))


@pytest.fixture(scope="module")
def sites():
    """Where the four trusts are."""
    return ma.datasets.collaborative_providers(trusts=4)


@pytest.fixture(scope="module")
def many():
    """Sixty trusts in a row, every second of which has patients and no slots to speak of."""
    codes = [f"Y{n:02}" for n in range(60)]
    weeks = pd.DataFrame({"origin": codes, "service": "hips", "weeks_waiting": 40, "patients": 60})
    slots = [5 if n % 2 == 0 else 100 + n for n in range(60)]
    capacity = pd.DataFrame({"provider": codes, "service": "hips", "period": 1, "slots": slots})
    ways = [(a, b, 20.0) for pair in pairwise(codes) for a, b in (pair, pair[::-1])]
    travel = pd.DataFrame(ways, columns=["origin", "provider", "minutes"])
    policy = ma.Policy(move_mixed_services=True)
    return ma.optimise(
        ma.System(weeks, capacity, travel, periods=1, unlisted="unreachable"), policy
    )


def every_figure(plan, sites, names=None):
    figures = PlanFigures(plan)
    return [
        figures.flows(sites, names=names),
        figures.flows(names=names),
        figures.waits(),
        figures.gains(names=names),
        figures.prices(names=names),
        figures.list_size(),
    ]


def words(drawing):
    """All that is written in a figure."""
    return [t.get_text() for t in drawing.figure.findobj(matplotlib.text.Text) if t.get_text()]


def pixels(drawing):
    from PIL import Image

    buffer = io.BytesIO()
    drawing.figure.savefig(buffer, format="png", dpi=60)
    return np.asarray(Image.open(buffer).convert("L"))


# What is drawn is what the tables say.


def test_the_matrix_shows_each_flow_and_each_trusts_totals(plan):
    """From rows to columns, hidden ones as hidden."""
    counts = counts_of(plan)
    seen = series.flows(counts)
    axes = PlanFigures(plan).flows().figure.axes[0]
    columns, rows = (
        [t.get_text() for t in labels]
        for labels in (axes.get_xticklabels(), axes.get_yticklabels())
    )
    fields = {
        (rows[round(t.get_position()[1])], columns[round(t.get_position()[0])]): t.get_text()
        for t in axes.texts
    }
    for flow in seen.to_dict("records"):
        number = f"{flow['patients']:,}" if flow["patients"] else ""
        sign = "+" if flow["more"] and number else "*" if flow["more"] else ""
        assert fields[flow["origin"], flow["provider"]] == number + sign
    drawn = np.asarray(axes.images[0].get_array().filled(0))
    assert drawn.sum() == seen["patients"].sum()
    sent = counts.trusts.set_index("origin")["moves_out_after"]
    hidden = counts.trust_marks["moves_out_after"].set_axis(sent.index) != SHOWN
    for code in rows[:-1]:
        assert hidden[code] or fields[code, "All sent"] == f"{sent[code]:,}"


def test_arrows_lead_from_those_who_send_to_those_who_treat(plan, sites):
    """On the map each flow has an arrow, with its tip at the receiver."""
    seen = series.flows(counts_of(plan))
    axes = PlanFigures(plan).flows(sites).figure.axes[0]
    arrows = {p.get_gid(): p for p in axes.patches if str(p.get_gid()).startswith("flow")}
    assert len(arrows) == len(seen)
    middle = np.deg2rad((sites["latitude"].min() + sites["latitude"].max()) / 2)
    km = {
        s["provider"]: np.array([s["longitude"] * np.cos(middle), s["latitude"]]) * 111.2
        for s in sites.to_dict("records")
    }
    for order, flow in enumerate(seen.to_dict("records")):
        corners = arrows[f"flow {order}"].get_path().vertices
        tip = corners[np.hypot(*(corners - km[flow["provider"]]).T).argmin()]
        near = np.hypot(*(tip - km[flow["provider"]]))
        assert near < np.hypot(*(tip - km[flow["origin"]]))
        assert near < 0.2 * np.hypot(*(km[flow["origin"]] - km[flow["provider"]]))
    assert {"Alder Valley", "Bramble Heath"} <= set(words(PlanFigures(plan).flows(sites)))
    assert any(text.endswith(" km") for text in words(PlanFigures(plan).flows(sites)))


def test_waits_are_those_of_the_table_in_steps_of_a_period(plan):
    """Three outlines, each with everybody who waits."""
    bins = series.waits(counts_of(plan, 5)).fillna(0)
    edges = [*bins["weeks_waiting"], bins["weeks_waiting"].iloc[-1] + 4]
    axes = PlanFigures(plan).waits().figure.axes[0]
    outlines = {p.get_label(): p.get_data() for p in axes.patches if hasattr(p, "get_data")}
    for name in ("census", "alone", "together"):
        assert outlines[name][0].tolist() == bins[name].tolist()
        assert outlines[name][1].tolist() == edges
    lines = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert lines == [18, 52, 65]


def test_lines_of_18_52_and_65_weeks_say_how_many_are_over_them(plan):
    """As the measures do, and in the alternative text as well."""
    whole = plan.measures(by=None).iloc[0]
    drawing = PlanFigures(plan).waits(suppress_below=0)
    for line in (18, 52, 65):
        for side, name in (("before", "alone"), ("after", "together")):
            number = f"{int(whole[f'over_{line}_{side}']):,}"
            assert f"{number} {name}" in words(drawing)
            assert number in drawing.alt


def test_bars_and_dumbbells_are_gains_in_both_lenses(plan):
    """The largest gain first; a sacrifice to the left, hatched as well as coloured."""
    seen = chosen(series.gains(plan, counts_of(plan)))
    own, reported = PlanFigures(plan).gains().figure.axes
    bars = {round(b.get_y() + b.get_height() / 2): b for kind in own.containers for b in kind}
    assert [bars[n].get_width() for n in range(len(seen))] == seen["saved"].tolist()
    assert seen["saved"].is_monotonic_decreasing
    assert (seen["saved"] < 0).any()
    for bar in bars.values():
        assert bool(bar.get_hatch()) == (bar.get_width() < 0)
    dots = [d for d in reported.collections if d.get_label() in ("alone", "together")]
    for side, name in (("before", "alone"), ("after", "together")):
        found = sorted(
            (y, x) for d in dots if d.get_label() == name for x, y in d.get_offsets().tolist()
        )
        assert [x for _, x in found] == seen[f"reported_{side}"].tolist()


def test_the_heat_map_is_the_table_of_mean_prices(plan):
    """A row a service and a column a provider."""
    table = series.price_map(plan)
    axes = PlanFigures(plan).prices().figure.axes[0]
    drawn = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(drawn, table.T.to_numpy())
    assert [t.get_text() for t in axes.get_xticklabels()] == list(table.index)


def test_the_list_starts_at_the_census_and_ends_where_the_measures_do(plan):
    """No last count that seems to fall because nobody is referred after it."""
    table = series.list_sizes(plan, counts_of(plan, 0))
    whole = plan.measures(by=None).iloc[0]
    assert table["alone"].iloc[0] == plan.system.waiting_list["patients"].sum()
    assert table["alone"].iloc[-1] == whole["list_size_before"]
    assert table["together"].iloc[-1] == whole["list_size_after"]
    assert table["week"].tolist() == [0, 4, 8, 12, 16, 20, 24]
    axes = PlanFigures(plan).list_size(suppress_below=0).figure.axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    for name in ("alone", "together"):
        assert lines[name].get_ydata().tolist() == table[name].tolist()


def test_an_axis_that_does_not_start_at_0_says_so(plan):
    """In the figure's own words."""
    drawing = PlanFigures(plan).list_size()
    floor = drawing.figure.axes[0].get_ylim()[0]
    said = any(f"The axis starts at {floor:,.0f}, not at 0." in text for text in words(drawing))
    assert said == (floor > 0)
    assert floor > 0


def test_weeks_have_dates_where_the_census_is_known(plan):
    """From the day of the census on."""
    drawing = PlanFigures(plan).list_size(census=dt.date(2026, 1, 31))
    assert "0\n31 Jan 2026" in words(drawing)
    with pytest.raises(ma.InputError, match=r"census is a str: pass a datetime\.date"):
        PlanFigures(plan).list_size(census="2026-01-31")


def test_rungs_are_those_of_the_ladder(rungs):
    """What each saves, who waits long, who moves and who is worse off."""
    table = rungs.table
    panels = LadderFigures(rungs).rungs(suppress_below=0).figure.axes
    drawn = [[bar.get_width() for bar in panel.patches] for panel in panels]
    assert drawn[0] == pytest.approx(table["saved"].tolist())
    assert drawn[2] == table["moves"].tolist()
    assert drawn[3] == table["worse_off"].tolist()
    long_waits = "over_52" if table["over_52"].any() else "over_18"
    assert drawn[1] == table[long_waits].tolist()
    assert [t.get_text() for t in panels[0].get_yticklabels()] == table["rung"].tolist()


def test_the_frontier_is_drawn_with_its_kinks(rungs):
    """Caps in per cent, harm in harm-weeks."""
    curve = rungs.frontier(tolerance=0.0)
    axes = LadderFigures(rungs).frontier(tolerance=0.0).figure.axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(lines["frontier"].get_xdata(), curve["max_sacrifice"] * 100)
    np.testing.assert_allclose(lines["frontier"].get_ydata(), curve["objective"])
    assert curve["kink"].any()
    assert len(lines["kinks"].get_xdata()) == curve["kink"].sum()


def test_some_services_only(plan):
    """Flows of the services asked for, and an error for one that is not there."""
    figures = PlanFigures(plan)
    counts = counts_of(plan)
    own = counts.moves[(counts.moves["service"] == "C_110") & (counts.moves["mark"] == SHOWN)]
    axes = figures.flows(services=["C_110"]).figure.axes[0]
    assert np.asarray(axes.images[0].get_array().filled(0)).sum() == own["patients"].sum()
    with pytest.raises(ma.InputError, match="services C_999 are not in the plan"):
        figures.flows(services=["C_110", "C_999"])


# Small numbers stay hidden, in the figure and in its words.


def test_a_few_who_move_are_told_nowhere():
    """Two patients move: neither figure nor words say so."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [8]}
    )
    plan = ma.optimise(two_trusts(waiting=waiting, slots=(6, 2)))
    assert plan.moves["patients"].sum() == 2
    sites = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "latitude": [53.0, 53.2], "longitude": [-2.0, -2.0]}
    )
    figures = PlanFigures(plan)
    for drawing in (figures.flows(), figures.flows(sites)):
        assert not re.search(r"(?<!<)\b2\b(?! km)", " ".join([*words(drawing), drawing.alt]))
        assert "*" in " ".join(words(drawing))
    assert "2 patients are treated" in figures.flows(suppress_below=0).title


def test_what_a_rung_hides_is_drawn_on_none(rungs):
    """A number that is hidden has no bar and is in no sentence."""
    plan = ma.optimise(two_trusts(slots=(2, 2)))
    alone = ma.optimise(two_trusts(slots=(2, 2)), collaboration=ma.Independent())

    two = SimpleNamespace(
        plans={"Independent": alone, "Deep": plan},
        table=rungs.table.iloc[[0, 3]].assign(moves=[0, 2]),
    )
    drawing = LadderFigures(two).rungs()
    assert not drawing.figure.axes[2].patches[1].get_width()
    assert re.search(r"Deep saves .*: [^,]*, (<5|\*) patients move", drawing.alt)


# Whoever is called whatever.


def test_hostile_names_are_drawn_harmlessly(plan, sites, tmp_path):
    """No formula, no markup, no endless name, nothing that a font lacks: and no warning."""
    places = sites.drop(columns="name")
    for number, drawing in enumerate(every_figure(plan, places, HOSTILE)):
        svg = drawing.save(tmp_path / f"{number}.svg")
        assert not ElementTree.parse(svg).getroot().findall(".//{*}script")
        assert max(map(len, drawing.alt.split(". "))) < 600
        assert not set(drawing.alt) & set("\u202e\u0000\u200b\n")
    matrix = PlanFigures(plan).flows(names=HOSTILE)
    for kind in ("png", "pdf"):
        assert matrix.save(tmp_path / f"matrix.{kind}").stat().st_size > 1000
    assert "<script" not in matrix._repr_html_()
    assert any(text.startswith("$\\frac{1}{2}$ & <script>") for text in words(matrix))
    assert any(text.startswith("Long Long") and text.endswith("…") for text in words(matrix))


def test_two_trusts_of_the_same_name_are_told_apart():
    """By their codes, and so are those whose names begin alike."""
    names = Names(["A", "B", "C"], {"A": "St Mary's", "B": "St Mary's", "C": "St Luke's"})
    assert [names(code) for code in "ABC"] == ["St Mary's (A)", "St Mary's (B)", "St Luke's"]
    long = Names(["A", "B"], {code: "x" * 40 + code for code in "AB"})
    assert long("A") != long("B")


@pytest.mark.parametrize(
    ("names", "said"),
    [(["Alder"], "names is a list"), ({"XA1": 5}, "names.XA1: is an int")],
)
def test_names_that_are_none(plan, names, said):
    """Say what is wrong with them."""
    with pytest.raises(ma.InputError, match=said):
        PlanFigures(plan).gains(names=names)


# Small, large and empty plans.


def test_a_plan_in_which_nobody_moves(sites, tmp_path):
    """Says so; everything else is drawn."""
    alone = ma.optimise(
        ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=2),
        collaboration=ma.Independent(),
    )
    for drawing in every_figure(alone, sites):
        drawing.save(tmp_path / "figure.png")
    assert "Nobody is treated away from home" in PlanFigures(alone).flows(sites).alt
    assert "Nobody is treated away from home" in words(PlanFigures(alone).flows())
    assert "No trust's own patients" in PlanFigures(alone).gains().title


def test_one_trust_alone():
    """One bar, one column, no flow."""
    weeks = pd.DataFrame({"origin": ["A"], "service": ["x"], "weeks_waiting": [9], "patients": [9]})
    slots = pd.DataFrame({"provider": ["A"], "service": ["x"], "period": [1], "slots": [4]})
    ways = pd.DataFrame({"origin": ["A"], "provider": ["A"], "minutes": [0.0]})
    plan = ma.optimise(ma.System(weeks, slots, ways, periods=1))
    place = pd.DataFrame({"provider": ["A"], "latitude": [53.0], "longitude": [-2.0]})
    assert all(drawing.alt for drawing in every_figure(plan, place))


def test_nobody_left_to_draw():
    """Where too few wait to be drawn, waits and the list say so."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [2]}
    )
    plan = ma.optimise(two_trusts(waiting=waiting, slots=(2, 2)))
    for drawing in (PlanFigures(plan).waits(), PlanFigures(plan).list_size()):
        assert "Nobody is on any list, or too few" in drawing.alt


def test_sixty_trusts_can_be_read(many):
    """The largest are drawn, and the rest is said."""
    counts = counts_of(many)
    figures = PlanFigures(many)
    table = series.gains(many, counts)
    drawing = figures.gains()
    assert len(table) == 60
    rows = drawing.figure.axes[0].get_yticklabels()
    assert len(rows) == MOST
    assert any(f"Not drawn: {60 - MOST} trusts" in text for text in words(drawing))
    far = table.loc[table["saved"].abs().nlargest(5).index, "trust"]
    assert set(far) <= {t.get_text() for t in rows}
    matrix = figures.flows()
    drawn = np.asarray(matrix.figure.axes[0].images[0].get_array().filled(0)).sum()
    left = series.flows(counts)["patients"].sum() - drawn
    assert left > 0
    assert re.search(rf"Not drawn: \d+ flows .*, {int(left):,}\+? patients in all", matrix.alt)


def test_a_trust_without_a_place_is_named(plan, sites):
    """It is not on the map; words say so."""
    flows = series.flows(counts_of(plan))
    missing = flows["provider"].iloc[0]
    drawing = PlanFigures(plan).flows(sites[sites["provider"] != missing])
    assert f"Without a place on the map: {missing}." in drawing.alt
    left = flows.loc[flows[["origin", "provider"]].eq(missing).any(axis=1), "patients"].sum()
    assert re.search(rf"Not drawn: \d+ flows?, {left:,}\+? patients in all", drawing.alt)


def test_trusts_in_one_place_are_drawn_side_by_side(plan, sites, tmp_path):
    """An arrow between them has a beginning and an end."""
    together = sites.assign(latitude=54.0, longitude=2.0)
    drawing = PlanFigures(plan).flows(together)
    drawing.save(tmp_path / "map.png")
    dots = drawing.figure.axes[0].collections[0].get_offsets()
    assert len(np.unique(np.round(dots, 6), axis=0)) == len(dots)


# Notebook, report and slide.


def test_letters_stay_within_the_figure_and_apart(plan, sites, rungs):
    """No text is cut at an edge; no two labels of one panel cover each other."""
    names = dict(zip(sites["provider"], sites["name"], strict=True))
    drawings = [*every_figure(plan, sites, names), LadderFigures(rungs).rungs()]
    for drawing in drawings:
        figure = drawing.figure
        renderer = matplotlib.backends.backend_agg.FigureCanvasAgg(figure).get_renderer()
        width, height = figure.get_size_inches() * figure.dpi
        boxes = []
        for text in figure.findobj(matplotlib.text.Text):
            if not text.get_text() or not text.get_visible():
                continue
            box = text.get_window_extent(renderer)
            # Ticks beyond the limits of an axis are there, but not drawn.
            if isinstance(text, matplotlib.text.Annotation) or text in figure.texts:
                assert box.x0 >= 0, text
                assert box.x1 <= width + 1, text
                assert box.y0 >= 0, text
                assert box.y1 <= height + 1, text
                boxes.append((text.get_text(), box))
        for place, (text, box) in enumerate(boxes):
            for other, second in boxes[place + 1 :]:
                shared = box.intersection(box, second)
                assert shared is None or shared.width < 3 or shared.height < 3, (text, other)


def test_colours_differ_in_grey():
    """What is told apart by colour is told apart by lightness: contrast of 2 and more."""
    from mutualaid.report.figures import style

    def contrast(one, other):
        light = sorted((style.luminance(one), style.luminance(other)))
        return (light[1] + 0.05) / (light[0] + 0.05)

    assert contrast(style.BLUE, style.ORANGE) > 2
    assert contrast(style.BLUE, style.DARK) > 2
    assert contrast(style.GREY, style.DARK) > 2
    for ground in (style.WHITE, style.FAINT):
        for ink in (style.DARK, style.GREY, style.BLUE):
            assert contrast(ink, ground) > 4.5
    lightness = [style.luminance(colour) for colour in style.SCALE]
    assert all(a > 1.2 * b for a, b in pairwise(lightness))
    for colour in style.colour_scale()(np.linspace(0, 1, 101)):
        assert contrast(style.ink_on(colour), colour) > 3


def test_gain_and_sacrifice_differ_on_a_grey_printer(plan):
    """The bars themselves, printed."""
    own = PlanFigures(plan).gains().figure.axes[0]
    hatches = {bool(bar.get_hatch()) for kind in own.containers for bar in kind}
    assert hatches == {True, False}


def test_the_same_plan_gives_the_same_bytes(plan, sites, tmp_path):
    """Whenever it is drawn; the words are in the file."""
    for kind in ("png", "svg", "pdf"):
        files = [
            PlanFigures(plan).flows(sites).save(tmp_path / f"{n}.{kind}").read_bytes()
            for n in range(2)
        ]
        assert files[0] == files[1]
    svg = (tmp_path / "0.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    alt = PlanFigures(plan).flows(sites).alt
    assert [d.text for d in root.findall("{*}desc")] == [alt]
    assert "Alder Valley" in "".join(
        t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text")
    )
    from PIL import Image

    with Image.open(tmp_path / "0.png") as picture:
        assert picture.info["Description"] == alt
    assert (tmp_path / "0.pdf").read_bytes().startswith(b"%PDF")


def test_a_notebook_shows_it_with_its_words(plan):
    """An image that needs nothing else, with the alternative text."""
    page = PlanFigures(plan).waits()._repr_html_()
    assert page.startswith('<img alt="Histogram of waits.')
    assert "data:image/png;base64," in page


@pytest.mark.parametrize(
    ("path", "dpi", "said"),
    [
        ("waits.gif", 100, r"ends in none of \.png, \.svg and \.pdf"),
        ("waits.png", 5, "dpi is 5"),
        (5, 100, "path is an int"),
    ],
)
def test_files_that_cannot_be_written(plan, tmp_path, path, dpi, said):
    """Say why, and write nothing."""
    target = tmp_path / path if isinstance(path, str) else path
    with pytest.raises(ma.InputError, match=said):
        PlanFigures(plan).waits().save(target, dpi=dpi)
    assert not list(tmp_path.iterdir())


def test_nobody_elses_settings_matter_or_are_changed(plan):
    """A figure is the same under any style, and leaves the style as it was."""
    before = pixels(PlanFigures(plan).gains())
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "text.color": "pink"}):
        kept = dict(matplotlib.rcParams)
        after = pixels(PlanFigures(plan).gains())
        assert dict(matplotlib.rcParams) == kept
    assert (before == after).all()


def test_without_matplotlib_it_says_how_to_get_it(plan, monkeypatch):
    """Instead of an import error from within."""
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ma.InputError, match=r"pip install 'mutualaid\[plot\]'"):
        PlanFigures(plan).waits()
