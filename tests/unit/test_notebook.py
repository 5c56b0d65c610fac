"""What an analyst sees in a notebook: the figures of the objects, and nothing that runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.html_repr import shown
from mutualaid.solve.certificate import Certificate

HOSTILE = "<script>alert(1)</script> =1+1 \u202eright to left \U0001f3e5" + "x" * 300
VOID = {"br", "img", "hr"}


class Reader(HTMLParser):
    """Reads a fragment: its tags, checked to be closed in order, and its text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.cells = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, _attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.cells.append(data.strip())


@pytest.fixture(scope="module")
def rungs():
    return ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))


def test_a_system_shows_each_providers_list_and_slots(rungs):
    system = rungs.plans["Deep"].system
    cells = Reader(system._repr_html_()).cells
    lists = system.waiting_list.groupby("origin")["patients"].sum()
    for provider, patients in lists.items():
        assert cells[cells.index(str(provider)) + 1] == f"{patients:,}"


def test_a_system_of_many_providers_shows_the_largest_and_says_how_many_are_left():
    system = ma.datasets.collaborative(trusts=20, areas_per_trust=1, periods=1)
    read = Reader(system._repr_html_())
    assert read.tags.count("tr") == 13
    assert any("8 providers more" in cell for cell in read.cells)


def test_a_plan_shows_its_figures_alone_and_together(rungs):
    plan = rungs.plans["Deep"]
    cells = Reader(plan._repr_html_()).cells
    whole = plan.measures(by=None).iloc[0]
    place = cells.index("… over 18 weeks")
    before, after = int(whole["over_18_before"]), int(whole["over_18_after"])
    assert cells[place + 1 : place + 4] == [f"{before:,}", f"{after:,}", f"{after - before:+,}"]
    assert any("proven best" in cell for cell in cells)


def test_a_ladder_shows_a_row_for_each_rung(rungs):
    cells = Reader(rungs._repr_html_()).cells
    for row in rungs.table.to_dict("records"):
        assert cells[cells.index(row["rung"]) + 1] == f"{row['objective']:,.1f}"


def test_a_certificate_that_does_not_hold_says_so():
    broken = Certificate(
        cost=5,
        lower_bound=4,
        primal_infeasibility=1e-9,
        dual_infeasibility=0,
        exact=True,
        pure=True,
    )
    cells = Reader(broken._repr_html_()).cells
    assert any("NOT VALID" in cell for cell in cells)
    assert "1e-09" in cells


def test_a_hostile_name_stays_text():
    html = shown(HOSTILE, [HOSTILE], caption="c", headings=["a", "b"], rows=[[HOSTILE, 1]])
    read = Reader(html)
    assert "script" not in read.tags
    assert re.search(r"<(script|img|a)\b", html) is None
    assert max(map(len, read.cells[2:])) <= 60


def test_a_hostile_provider_comes_through_a_system_and_a_plan():
    listed = pd.DataFrame(
        {"origin": [HOSTILE], "service": ["C_110"], "weeks_waiting": [20], "patients": [9]}
    )
    slots = pd.DataFrame({"provider": [HOSTILE], "service": ["C_110"], "period": [1], "slots": [5]})
    ways = pd.DataFrame({"origin": [HOSTILE], "provider": [HOSTILE], "minutes": [0.0]})
    system = ma.System(listed, slots, ways, periods=1)
    for shape in (system, ma.optimise(system)):
        assert "script" not in Reader(shape._repr_html_()).tags


def test_missing_figures_are_empty_cells():
    assert "nan" not in shown("t", rows=[["a", None, float("nan")]], headings=["x", "y", "z"])
