"""A page for the board says what the plan says, hides what is small, asks nothing of anybody."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.disclosure.plan_counts import SIDES
from mutualaid.disclosure.several_plans import counts_of, counts_side_by_side
from mutualaid.formats import clean
from mutualaid.readers.display_names import Names
from mutualaid.report.page import write_page
from mutualaid.report.page.svg_charts import sizes_chart, waits_chart
from mutualaid.report.page.table_cells import printed
from mutualaid.report.sheet import POINTS, SHARE, SIGNED

HOSTILE = "</script><script>alert(1)</script>"
LEFT_TO_RIGHT = "\u202e\u0645\u0633\u062a\u0634\u0641\u0649"


class Reader(HTMLParser):
    """All tags, ids and texts of a page, those of other rungs too."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.texts, self.inside, self.links = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)
        if "template" not in self.inside:
            self.ids += [value for name, value in attrs if name == "id"]
            self.links += [
                value.removeprefix("#")
                for name, value in attrs
                if name in ("aria-labelledby", "aria-controls", "for")
                or (name == "href" and value.startswith("#"))
            ]

    def handle_endtag(self, tag):
        while tag in self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside[-1:]):
            self.texts.append(data)


@pytest.fixture(scope="module")
def rungs():
    return ma.ladder(ma.datasets.collaborative())


@pytest.fixture(scope="module")
def html(rungs, tmp_path_factory):
    return write_page(rungs, tmp_path_factory.mktemp("page") / "ladder.html").read_text("utf-8")


def page(of, tmp_path, **options):
    return write_page(of, tmp_path / "page.html", **options).read_text("utf-8")


def lonely():
    """One trust, and nobody to help it."""
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "weeks_waiting": [40], "patients": [60]}
    )
    capacity = pd.DataFrame({"provider": ["ALD"], "service": "C_110", "period": 1, "slots": 20})
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [0.0]})
    return ma.System(waiting, capacity, travel, periods=1)


def busy(patients, slots):
    """Alder has long waiters and few slots; Birch, half an hour away, has room."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [patients]}
    )
    return two_trusts(waiting=waiting, slots=slots)


# What it says


def test_a_board_reads_what_the_plan_brings_and_who_pays(rungs, tmp_path):
    """The moves, the waits, the condition, and each trust whose own patients fare worse."""
    plan = rungs.plans["Deep"]
    text = " ".join(Reader(page(plan, tmp_path)).texts)
    whole = plan.measures(by=None).iloc[0]
    assert "If everybody accepts, working together saves" in text
    assert f"{int(whole['moves_in_after']):,} patients are treated away from home" in text
    assert f"{int(whole['over_18_after']):,} patients have waited over 18 weeks" in text
    worse = plan.measures().set_index("origin")
    worse = worse[worse["harm_weeks_after"] > worse["harm_weeks_before"]]
    assert len(worse) == 2
    for trust, row in worse.iterrows():
        before, after = (1000 * round(row[f"harm_weeks_{side}"] / 1000) for side in SIDES)
        assert f"{trust} ({after - before:,.0f} harm-weeks more" in text
    assert "Proven best" in text


def test_a_loss_that_is_hidden_is_not_said_to_be_none(tmp_path):
    """Birch's own patients wait so that Alder's do not; three of Alder's hide both figures."""
    names = ["origin", "service", "weeks_waiting", "patients"]
    rows = [("ALD", "C_110", 40, 600), ("BIR", "C_110", 1, 60), ("ALD", "C_120", 30, 3)]
    own = [("ALD", "C_110", 1, 20), ("BIR", "C_110", 1, 60), ("BIR", "C_120", 1, 3)]
    capacity = pd.DataFrame(own, columns=["provider", "service", "period", "slots"])
    travel = {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30, 30]}
    system = ma.System(pd.DataFrame(rows, columns=names), capacity, travel, periods=1)
    plan = ma.optimise(system)
    assert set(plan.sacrifices()["origin"]) == {"BIR"}
    unseen = "figures of 2 trusts are hidden, and may be worse"
    said = "No trust's own patients are seen to bear more harm than alone"
    assert f"{said} ({unseen})." in page(plan, tmp_path).replace("&#39;", "'")
    text = page(ma.ladder(system), tmp_path).replace("&#39;", "'")
    assert f"no trust's own patients are seen to fare worse; {unseen}." in text
    assert text.count("moves; no trust's own patients fare worse.") == 2, "two are promised so"
    assert "fare worse, most of all those of BIR" in page(
        ma.ladder(system), tmp_path, suppress_below=0
    )


def test_the_ladder_is_the_ladder(rungs, html):
    """Every rung with its moves, waits and trusts that are worse off."""
    text = "|".join(t.strip() for t in Reader(html).texts if t.strip())
    for row in rungs.table.to_dict("records"):
        waits = r"\|".join(f"{row[f'over_{weeks}']:,}" for weeks in (18, 52, 65))
        found = re.search(rf"\|{row['moves']:,}\|{waits}\|{row['worse_off']}\|(.*?)%\|", text)
        # Harm is rounded, since lanes of a few patients are hidden.
        assert float(found.group(1)) / 100 == pytest.approx(row["worst_loss"], abs=0.01)


def test_each_trust_finds_its_own_part(rungs, html):
    """What it gives and gets, and a link that leads there, on every rung."""
    found = Reader(html)
    for trust in rungs.plans["Deep"].system.providers:
        assert f"trust-{trust}" in found.ids
        assert html.count(f'id="trust-{trust}"') == len(rungs.plans)
    given = rungs.plans["Deep"].balance().set_index("origin").loc["XA1", "patients_given"]
    assert f"It treats {given:,} patients of other trusts" in html


def test_charts_draw_what_the_plan_counts(rungs):
    """With nothing hidden the bins are the patients, to the last one."""
    plan = rungs.plans["Deep"]
    every = counts_of(plan, 0)
    bins = waits_chart(plan, every).table.rows
    ends = [sum(int(row[at].replace(",", "")) for row in bins) for at in (1, 3)]
    assert ends == [
        plan.system.waiting_list["patients"].sum(),
        plan.remaining["patients"].sum(),
    ]
    last = sizes_chart(plan, every).table.rows[-1]
    assert last[2] == f"{plan.remaining['patients'].sum():,}"
    for drawing in waits_chart(plan, counts_of(plan, 5)).drawings:
        places = [float(x) for _, path in drawing.areas for x in re.findall(r"[\d.]+", path)]
        assert min(places) >= 0
        assert max(places) <= drawing.width


def test_where_some_say_no_the_page_says_how_many_may_accept(tmp_path):
    """Figures are what is expected; more are asked than go; it says what all would bring."""
    plan = ma.optimise(busy(600, (20, 400)), ma.Policy(acceptance=ma.Acceptance.default()))
    text = page(plan, tmp_path)
    assert "If as many accept as are expected to, working together saves" in text
    some = re.search(r"some ([\d,]+) times somebody is asked, as some decline", text).group(1)
    assert int(some.replace(",", "")) == pytest.approx(plan.asks["asked"].sum(), abs=5)
    every = plan.if_everybody_accepts
    share = (every.baseline_objective - every.objective) / every.baseline_objective
    assert f"If everybody accepted it would be {share:.1%}" in text


def test_a_plan_in_which_nobody_moves_says_so(tmp_path):
    """Alone, or one trust only: a page all the same."""
    for system in (lonely(), ma.datasets.collaborative(trusts=2, periods=2)):
        text = page(ma.optimise(system, None, ma.Independent()), tmp_path)
        assert "Nobody moves: every patient is treated at home or waits." in text
        assert text.count("nobody else") == len(system.providers) * 2
    assert page(ma.ladder(lonely()), tmp_path).count("Nobody moves: every") == 4


def test_names_census_title_and_quality_are_shown(tmp_path):
    """And where the quality is not given, the page says that it says nothing of it."""
    plan = ma.optimise(busy(60, (20, 40)))
    assert "has not been given to this page" in page(plan, tmp_path)
    found = pd.DataFrame({"column": ["dob"], "problem": ["odd"], "rows": [3], "done": ["kept"]})
    names = {"ALD": "Alder General NHS Trust", "ELSEWHERE": "Not in this system"}
    text = page(
        plan,
        tmp_path,
        names=names,
        title="Our board",
        census=dt.date(2026, 1, 31),
        quality=found,
    )
    assert "<title>Our board</title>" in text
    assert "Alder General NHS Trust (ALD)" in text
    assert "from 31 January 2026" in text
    assert "has not been given" not in text
    assert "Not in this system" not in text
    row = re.search(r"<bdi>dob</bdi>.*?</tr>", text, re.DOTALL).group()
    assert "&lt;5" in row
    assert ">3<" not in row


@pytest.mark.slow
def test_the_list_brings_its_census_and_its_quality(tmp_path):
    """As it does for the workbook, for a plan and for a ladder; what is given beside it counts."""
    people = ma.datasets.patients(200, trusts=2)
    patients = ma.read_waiting_list(people, columns={"willing": None}, census="2026-01-31")
    rest = ma.datasets.collaborative(trusts=2, list_size=200)
    system = ma.System(patients, rest.capacity, rest.travel, rest.referrals)
    rungs = ma.ladder(system)
    for made_of in (rungs, rungs.plans["Deep"]):
        path = made_of.to_html(tmp_path / "plan.html", patients=patients)
        text = path.read_text("utf-8")
        assert "from 31 January 2026" in text
        assert "has not been given" not in text
        assert not [who for who in people["patient_id"] if who in text]
    later = dt.date(2026, 2, 28)
    assert "from 28 February 2026" in page(rungs, tmp_path, patients=patients, census=later)


# What it does not say


def test_no_small_number_is_anywhere_in_the_file(tmp_path):
    """Three patients go from Alder to Birch: neither they nor the exact cost are in any form."""
    plan = ma.optimise(busy(53, (50, 4)), ma.Policy(move_weeks=0.25, weeks_per_hour=0.0))
    assert plan.moves["patients"].tolist() == [3]
    text = page(plan, tmp_path)
    assert "&lt;5" in text
    body = text.split("<body>")[1].split("<script>")[0]
    assert not re.search(r">\s*[+\u2212]?3\s*<|\b3 (patients|of)|\+3\b", body)
    shown = page(plan, tmp_path, suppress_below=0)
    assert re.search(r">3<", shown)


@pytest.mark.parametrize("name", ["Transactional", "Resource", "Deep"])
def test_a_ladder_shows_nothing_that_a_rung_hides(rungs, name):
    """What the workbook of one plan hides the page of four does not show."""
    alone = counts_of(rungs.plans[name], 5)
    together = counts_side_by_side(rungs.plans, 5)[name]
    assert (together.moves["mark"].to_numpy() >= alone.moves["mark"].to_numpy()).all()
    for frame in ("trust_marks", "whole_marks"):
        mine, theirs = getattr(together, frame), getattr(alone, frame)
        assert (mine.to_numpy() >= theirs[mine.columns].to_numpy()).all()


def test_what_each_trust_does_alone_is_hidden_on_every_rung_or_on_none():
    """One plan would give away what the other one hides."""
    policy = ma.Policy(move_weeks=0.25, weeks_per_hour=0.0)
    waiting = pd.DataFrame(
        {
            "origin": ["ALD", "ALD", "BIR", "BIR", "CED", "CED"],
            "service": "C_110",
            "weeks_waiting": [60, 10, 30, 5, 55, 6],
            "patients": [29, 5, 7, 6, 33, 9],
        }
    )
    places = ["ALD", "BIR", "CED"]
    capacity = pd.DataFrame(
        {"provider": places, "service": "C_110", "period": 1, "slots": [17, 34, 23]}
    )
    travel = pd.DataFrame(
        [(a, b, 20.0) for a in places for b in places if a != b],
        columns=["origin", "provider", "minutes"],
    )
    system = ma.System(waiting, capacity, travel, periods=1)
    modes = (ma.Independent(), ma.Transactional(), ma.Resource(), ma.Deep())
    made = {mode.name: ma.optimise(system, policy, mode) for mode in modes}
    apart = {name: counts_of(plan, 5).trust_marks for name, plan in made.items()}
    plans = ma.ladder(system, policy).plans
    before = [name for name in apart["Deep"] if name.endswith("_before")]
    differ = [
        not (apart[name][before].to_numpy() == apart["Deep"][before].to_numpy()).all()
        for name in plans
    ]
    assert any(differ), "a case in which the plans by themselves hide different figures"
    found = counts_side_by_side(plans, 5)
    for counts in found.values():
        same = found["Deep"].trust_marks[before].to_numpy()
        assert (counts.trust_marks[before].to_numpy() == same).all()
    still = found["Independent"].trust_marks
    after = [name.removesuffix("_before") + "_after" for name in before]
    assert (still[after].to_numpy() == still[before].to_numpy()).all()


def test_hidden_lanes_come_last_in_an_order_that_tells_nothing(rungs, html):
    """By name, not by how many they are."""
    rows = re.search(r'id="caption-moves".*?</table>', html, re.DOTALL).group()
    cells = [re.findall(r"<bdi>(.*?)</bdi>", r) for r in rows.split("<tr>")[2:]]
    counts = counts_side_by_side(rungs.plans, 5)
    first = list(rungs.plans)[-1]
    hidden = counts[first].moves[counts[first].moves["mark"] > 0]
    assert len(hidden) > 5
    assert (
        cells[-len(hidden) :]
        == hidden[["origin", "provider", "service"]].astype(str).to_numpy().tolist()
    )


# How it is made


@pytest.mark.slow
def test_the_same_plan_gives_the_same_bytes(rungs, html, tmp_path):
    """Whoever writes it, and whenever."""
    assert page(rungs, tmp_path) == html
    again = ma.ladder(ma.datasets.collaborative())
    assert page(again, tmp_path) == html


def test_nothing_is_asked_of_anybody(html):
    """No address, no other file; only the page's own script may run."""
    found = Reader(html)
    for tag, given in found.tags:
        assert tag not in ("img", "iframe", "object", "embed", "form", "base")
        assert not any(name.startswith("on") for name in given)
        for name in ("src", "href", "action", "srcset"):
            assert given.get(name, "#").startswith(("#", "data:,")), (tag, given)
    assert not re.search(r"url\(|@import|https?:|//[a-z]", html)
    script = re.search(r"<script>(.*)</script>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(g["content"] for _, g in found.tags if "http-equiv" in g)
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert html.count("<script") == 1


def test_ids_are_unique_and_links_lead_somewhere(html):
    """Of what is in the document: the other rungs take its place, never stand beside it."""
    found = Reader(html)
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) <= set(found.ids)
    assert len(found.links) > 50


def test_hostile_names_come_through_as_text(tmp_path):
    """Whatever a trust is called, or the page."""
    codes = [HOSTILE, "=1+1", "x" * 300, "\u0645\u0633\u062a", "🏥 🚑", "a b", "a-b", "{{ 7*7 }}"]
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": HOSTILE, "weeks_waiting": [40], "patients": [110]}
    )
    capacity = pd.DataFrame({"provider": ["ALD", *codes], "service": HOSTILE, "period": 1})
    travel = pd.DataFrame({"origin": "ALD", "provider": codes, "minutes": 30.0})
    plan = ma.optimise(ma.System(waiting, capacity.assign(slots=10), travel, periods=1))
    text = page(plan, tmp_path, title=f"{HOSTILE} & co", names={"ALD": LEFT_TO_RIGHT + "\x00"})
    found = Reader(text)
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert len(found.ids) == len(set(found.ids))
    assert all(re.fullmatch(r"[A-Za-z][\w-]*", i, re.ASCII) for i in found.ids)
    for code in codes:
        assert code in found.texts
    assert not re.search("[\u202a-\u202e\x00]", text)


def test_ids_and_labels():
    """Codes that differ in signs only get ids of their own; long names are cut, codes are not."""
    labels = Names(["A B", "a-b", "\u0645", "RJ1"], {"RJ1": "Guy's NHS Foundation Trust"})
    assert list(labels.ids.values()) == ["trust-A-B", "trust-a-b-2", "trust-unnamed", "trust-RJ1"]
    assert labels.short("RJ1") == "Guy's (RJ1)"
    assert labels.full("RJ1") == "Guy's NHS Foundation Trust (RJ1)"
    assert labels.short("A B") == "A B"
    assert clean("a\ud800\u202eb") == "a\ufffdb"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (-0.2, SIGNED, "0"),
        (1234.5, SIGNED, "+1,234"),
        (-0.05, POINTS, "\u22125.0%"),
        (np.float64(0.5), SHARE, "50.0%"),
        (float("nan"), SHARE, "\u2013"),
        (float("inf"), SHARE, "no limit"),
        ("<5", SIGNED, "<5"),
        (dt.date(2026, 1, 31), "date", "31 Jan 2026"),
    ],
)
def test_numbers_read_like_numbers(value, kind, text):
    """Separators, signs in full, nothing for nothing."""
    assert printed(value, kind) == text


def test_what_cannot_be_written_is_told_and_nothing_is_left(tmp_path):
    """Wrong things, wrong endings, wrong names."""
    plan = ma.optimise(two_trusts())
    for made_of, path, options, words in (
        ("a plan", "plan.html", {}, "not of a str"),
        (plan, "plan.pdf", {}, r"ends in \.html"),
        (plan, "plan.html", {"suppress_below": 1}, "3 to 1,000"),
        (plan, "plan.html", {"names": ["ALD"]}, "names is a list"),
        (plan, "plan.html", {"names": {"ALD": 1, "BIR": None}}, "2 problems"),
        (plan, "plan.html", {"title": "  "}, "write a text"),
        (plan, "plan.html", {"census": "2026"}, r"datetime\.date"),
        (plan, "plan.html", {"quality": "good"}, "quality is a str"),
        (plan, "plan.html", {"patients": "list.csv"}, "patients is a str"),
        (plan, "not/there.html", {}, "is not there"),
    ):
        with pytest.raises(ma.InputError, match=words):
            write_page(made_of, tmp_path / path, **options)
    assert not list(tmp_path.iterdir())
