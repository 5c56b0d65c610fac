"""A hospital may be called anything: its name comes through every output as harmless text."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.cli import main

pytestmark = pytest.mark.slow

NAMES = {
    "script": "<script>alert(1)</script>",
    "attribute": "\" onmouseover=alert(1) x='",
    "template": "{{ 7*7 }}{% raw %}${1+1}",
    "formula": '=HYPERLINK("http://example.org","A")',
    "long": "St " + "Mary's and All Hallows " * 13 + "too",
    "right to left": "\u05d1\u05d9\u05ea \u202ekcab\u202c \u0645\u0633\u062a\u0634\u0641\u0649",
    "emoji": "\U0001f3e5\U0001f468\u200d\u2695\ufe0f General",
    "markup": "[bold red]Mercy[/] **General** _x_",
    "mathematics": r"$\frac{1}{0}$ \bad",
}


def hospital_called(name):
    """Two trusts: the one with the name has the list, its neighbour the slots."""
    listed = pd.DataFrame(
        {"origin": [name, "XB2"], "service": "C_110", "weeks_waiting": [40, 3], "patients": [90, 9]}
    )
    slots = pd.DataFrame({"provider": [name, "XB2"], "service": "C_110", "period": 1})
    slots["slots"] = [10, 80]
    ways = pd.DataFrame(
        [(a, b, 0.0 if a == b else 25.0) for a in (name, "XB2") for b in (name, "XB2")],
        columns=["origin", "provider", "minutes"],
    )
    return listed, slots, ways


@pytest.fixture(scope="module", params=NAMES, ids=list(NAMES))
def name(request):
    return NAMES[request.param]


@pytest.fixture(scope="module")
def rungs(name):
    return ma.ladder(ma.System(*hospital_called(name), periods=1), ma.Policy(max_minutes=60))


class Page(HTMLParser):
    """What a page has: its tags with attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def assert_harmless(html):
    page = Page(html)
    for tag, attributes in page.found:
        assert not any(key.startswith("on") for key in attributes), (tag, attributes)
        for key in ("src", "href", "action"):
            assert str(attributes.get(key, "#")).startswith(("#", "data:")), (tag, attributes)
    scripts = [a for tag, a in page.found if tag == "script"]
    assert all(a.get("type") == "application/json" for a in scripts[:-1])
    assert "49" not in "".join(page.text).split()


def test_pages(rungs, tmp_path, name):
    """No tag, attribute or script comes out of a name."""
    plain = ma.ladder(ma.System(*hospital_called("XA1"), periods=1), ma.Policy(max_minutes=60))
    usual = Page(plain.to_html(tmp_path / "plain.html").read_text("utf-8"))
    for file in (
        rungs.to_html(tmp_path / "ladder.html"),
        rungs.plans["Deep"].to_html(tmp_path / "plan.html", names={name: name}, title=name),
    ):
        assert_harmless(file.read_text("utf-8"))
    page = Page((tmp_path / "ladder.html").read_text("utf-8"))
    # The trusts may come in another order.
    assert Counter(tag for tag, _ in page.found) == Counter(tag for tag, _ in usual.found)


def test_notebooks(rungs):
    plan = rungs.plans["Deep"]
    for shape in (plan.system, plan, rungs, plan.certificate):
        assert_harmless(shape._repr_html_())


def test_workbook_and_files(rungs, tmp_path, name):
    """Text stays text: no formula, no link, and a row stays a row."""
    plan = rungs.plans["Deep"]
    with zipfile.ZipFile(plan.to_excel(tmp_path / "plan.xlsx")) as book:
        for part in book.namelist():
            content = book.read(part).decode("utf-8")
            assert "<f>" not in content
            assert "<hyperlink " not in content
    path = plan.to_csv(tmp_path / "moves.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert rows[0]["origin"].lstrip("'") == name
    assert rows[0]["origin"][0] not in "=+-@"


def test_figures(rungs, tmp_path):
    """Every figure with names is drawn, and its SVG holds no script and no link."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: the extra plot")
    plan = rungs.plans["Deep"]
    # The names of the heat map are lettered by the same hand; the others have none.
    drawings = [getattr(plan.plot, which)() for which in ("flows", "gains")]
    for number, drawing in enumerate(drawings):
        root = ET.parse(drawing.save(tmp_path / f"{number}.svg")).getroot()
        for element in root.iter():
            assert element.tag.rpartition("}")[2] not in ("script", "a", "foreignObject")
            for key, value in element.attrib.items():
                assert not key.startswith("on")
                assert not key.endswith("href") or value.startswith(("#", "data:image/png"))
        assert_harmless(drawing._repr_html_())


def test_command_line(tmp_path, name, capsys):
    """A name in a file moves no cursor, colours nothing and breaks no line."""
    tables = dict(zip(("waiting_list", "capacity", "travel"), hospital_called(name), strict=True))
    for table, frame in tables.items():
        frame.to_csv(tmp_path / f"{table}.csv", index=False)
    lines = [f'{table} = "{table}.csv"' for table in tables]
    scenario = tmp_path / "plan.toml"
    scenario.write_text("\n".join(["[data]", *lines, "periods = 1"]), encoding="utf-8")
    for command in ("check", "solve", "ladder"):
        with pytest.raises(SystemExit) as left:
            main([command, str(scenario)])
        told = capsys.readouterr()
        assert left.value.code == 0, told.err
        assert not set("\x1b\x07\u202e\u2066") & set(told.out + told.err)


def test_errors(name):
    """A problem is told on one line, whatever it is about."""
    listed, slots, ways = hospital_called(name)
    with pytest.raises(ma.InputError) as wrong:
        ma.System(listed, slots, ways[ways["origin"] != name], periods=0)
    assert len(str(wrong.value).splitlines()) == len(wrong.value.problems) + (
        len(wrong.value.problems) > 0
    )


def test_words(rungs, name):
    plan = rungs.plans["Deep"]
    assert plan.explain(name, "C_110", "XB2")
    assert plan.risks().agenda
