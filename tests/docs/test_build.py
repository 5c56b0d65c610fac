"""The documentation as it is built: without a warning, with links that hold, on its own."""

from __future__ import annotations

import doctest
import importlib.util
import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import mutualaid as ma

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NEEDED = ("sphinx", "myst_parser", "furo", "numpydoc", "latex2mathml")
ABSENT = [name for name in NEEDED if importlib.util.find_spec(name) is None]

built_pages = pytest.mark.skipif(
    bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}; they come with the extra docs"
)


class Reader(HTMLParser):
    """What a page refers to, what it loads, and what can be referred to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.formulas = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if found.get("id"):
            self.anchors.add(found["id"])
        self.formulas += tag == "math"
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        # A page asks for all of these by itself; for links only when somebody follows them.
        for name in ("src", "srcset", "data", "poster"):
            if tag != "a" and found.get(name):
                self.loads.append(found[name])
        if tag == "link" and found.get("href"):
            self.loads.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built pages; any warning is an error."""
    out = tmp_path_factory.mktemp("site")
    command = ["-n", "-W", "--keep-going", "-q", "-b", "html", "-d"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            *command,
            str(out / "trees"),
            str(DOCS),
            str(out / "html"),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out / "html"


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Reader]:
    """Every page, read."""
    return {path: Reader(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def broken_links(pages: dict[Path, Reader]) -> Iterator[str]:
    """Links to files of the site that are not there, or to anchors that their page lacks."""
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[target].anchors if target in pages else None
            if not target.exists():
                yield f"{path.name}: {link} is not there"
            elif parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors:
                yield f"{path.name}: {link} has no such anchor"


@built_pages
def test_it_builds_without_a_warning(site):
    """Every page is there."""
    written = {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.md")}
    written |= {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.rst")}
    written = {path for path in written if "_build" not in path.parts}
    assert {path for path in written if not (site / path.with_suffix(".html")).is_file()} == set()


@built_pages
def test_links_hold(pages):
    """Nobody who follows a link within the documentation is lost."""
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert list(broken_links(pages)) == []


def test_a_link_that_does_not_hold_is_told(tmp_path):
    """A page that is not there, and an anchor that is not there."""
    here = tmp_path / "a.html"
    here.write_text("<p id='one'></p><a href='b.html'></a><a href='#two'></a><a href='#one'></a>")
    told = list(broken_links({here: Reader(here.read_text())}))
    assert [line.split(": ")[1] for line in told] == [
        "b.html is not there",
        "#two has no such anchor",
    ]


@built_pages
def test_no_page_asks_another_server_for_anything(site, pages):
    """The pages are read in hospitals, some of whose networks lead nowhere else."""
    asked = [load for page in pages.values() for load in page.loads if "//" in load]
    assert asked == []
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", text) == [], style.name
    scripts = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.js"))
    assert re.findall(r"(?:fetch|import|open)\(\s*['\"](?:https?:)?//", scripts) == []
    assert "mathjax" not in scripts.lower()


@built_pages
def test_formulas_are_shown_without_a_script(pages):
    """They stand in the page as MathML."""
    model = [page.formulas for path, page in pages.items() if path.parent.name == "model"]
    assert sum(model) > 100


@built_pages
def test_the_reference_has_every_public_name_once(pages):
    """Nobody has to look in the code for what a name takes."""
    listed = Counter(
        f"mutualaid.{name.removeprefix('mutualaid.')}"
        for path in sorted((DOCS / "reference").glob("*.rst"))
        for name in re.findall(
            r"^\.\. auto(?:class|function|exception):: ([\w.]+)$",
            path.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
    )
    assert [name for name, times in listed.items() if times > 1] == []
    anchors = {anchor for page in pages.values() for anchor in page.anchors}
    missing = []
    for home, room in homes():
        for name in room.__all__:
            found = getattr(room, name)
            anchor = f"{home}.{name}"
            if inspect.ismodule(found):
                anchor = f"module-{found.__name__}"
            if anchor not in anchors and f"mutualaid.{name}" not in anchors:
                missing.append(anchor)
    assert missing == []


def homes():
    """The package and the rooms whose names are public."""
    yield "mutualaid", ma
    for room in ("studies", "patients", "simulation", "report"):
        yield f"mutualaid.{room}", getattr(ma, room)


@built_pages
@pytest.mark.parametrize("name", [path.stem for path in sorted((DOCS / "_ext").glob("*.py"))])
def test_the_examples_of_what_builds_the_pages_hold(name, monkeypatch):
    """Formulas, public names and tables of columns."""
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


@built_pages
def test_a_formula_that_cannot_be_shown_stops_the_build(monkeypatch):
    """It would stand there as it was typed."""
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    mathml = importlib.import_module("mathml")
    with pytest.raises(mathml.FormulaError, match="cannot be shown"):
        mathml.mathml(r"\nosuchcommand x", "inline")
    with pytest.raises(mathml.FormulaError, match="cannot be read"):
        mathml.mathml(r"x_", "inline")
