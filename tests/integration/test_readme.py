"""The README says what is true and is short: its code runs, its picture and figures are checked."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from mutualaid.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
PICTURE = (ROOT / "docs" / "ladder.svg").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SHELL = "".join(re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL))
LARGEST = 10 * 1024
pytestmark = [pytest.mark.usual_lead, pytest.mark.usual_promises]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """All names that the code of the README makes, and the folder that it was typed in."""
    folder = tmp_path_factory.mktemp("readme")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        for block in PYTHON:
            exec(compile(block, "README.md", "exec"), names)
    return names, folder


def figures(text: str) -> set[str]:
    """The numbers of a text, as they are written."""
    return set(re.findall(r"\d[\d,.]*\d|\d", text))


@pytest.mark.slow
def test_the_code_of_the_readme_runs(run):
    """From a made-up collaborative to a plan that is proven best, and pages for a board."""
    names, folder = run
    assert names["plan"].certificate.optimal
    assert list(names["rungs"].plans) == ["Independent", "Transactional", "Resource", "Deep"]
    for page in ("plan.html", "board.html"):
        assert (folder / page).stat().st_size > 10_000


def test_ten_lines_are_enough():
    """One line imports the library, ten go from a system to a page."""
    lines = [line for line in PYTHON[0].splitlines() if line.strip()]
    assert len(lines) <= 11


def test_the_readme_is_short():
    """Whoever opens it reads it to the end; results and explanations have pages of their own."""
    assert len(README.encode("utf-8")) <= LARGEST


def test_the_readme_names_both_commands():
    """One installs and runs the example, one installs and passes the tests."""
    assert "pip install -q . && .venv/bin/python examples/quickstart.py" in SHELL
    assert "pip install -q -e '.[test]' && .venv/bin/python -m pytest" in SHELL


def test_the_commands_of_the_readme_are_there():
    """Each command that is shown can be called."""
    shown = set(re.findall(r"^mutualaid (\w+)", SHELL, flags=re.MULTILINE))
    known = {one.name or one.callback.__name__ for one in app.registered_commands}
    assert {"demo", "solve"} <= shown <= known


def test_the_links_of_the_readme_lead_somewhere():
    """To files of the project, all of them."""
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert "docs/results.md" in targets
    assert [target for target in targets if not (ROOT / target).is_file()] == []


@pytest.mark.slow
def test_the_picture_shows_what_the_code_of_the_readme_finds(run):
    """Drawn again, it would say the same: ``python examples/picture.py`` renews it."""
    drawn = run[0]["rungs"].plot.rungs()
    assert f"<title>{html.escape(drawn.title, quote=False)}</title>" in PICTURE
    assert f"<desc>{html.escape(drawn.alt, quote=False)}</desc>" in PICTURE


def test_the_picture_is_told_in_words_to_whoever_cannot_see_it():
    """Every number of its text in the README is one of the picture."""
    (told,) = re.findall(r"!\[([^]]+)\]\(docs/ladder\.svg\)", README)
    desc = PICTURE.partition("<desc>")[2].partition("</desc>")[0]
    assert {"17,401", "11,574"} <= figures(told)
    assert figures(told) <= figures(desc) | {"18"}


def test_the_results_that_the_readme_boasts_of_are_on_their_page():
    """Each number of that paragraph stands there, with how it is measured."""
    (boast,) = re.findall(r"- \*\*It is fast\.\*\*(.*?)\n\n", README, flags=re.DOTALL)
    assert {"101,751", "118,677", "88,377", "306", "3.9", "5.0"} <= figures(boast)
    assert figures(boast) - figures(RESULTS) == set()
