"""The house keeps its order. Which room may import which is in pyproject.toml: run lint-imports."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import mutualaid as ma

SOURCE = Path(__file__).parents[2] / "src" / "mutualaid"
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")
FOLDERS = sorted(path.parent for path in FILES if path.name == "__init__.py")
ABOUT_30 = 37


def dotted(path):
    """The name by which a file or a folder is imported."""
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_file_is_two_rooms(path):
    """Above some 400 lines a file has more than one reason to exist."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450


def test_the_hall_is_small():
    """What lies at the top is what everybody passes through."""
    assert len(list(SOURCE.glob("*.py"))) <= 12


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_room_says_its_trade_in_a_sentence(folder):
    """Whoever opens a folder reads first what is done there."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    first = text.split("\n\n")[0]
    assert first.endswith(".")
    assert len(first) > 20


def test_no_two_files_share_a_name():
    """A name says which file is meant; ``read`` is what each reader begins with."""
    names = Counter(path.name for path in FILES)
    shared = {name for name, count in names.items() if count > 1}
    assert shared <= {"__init__.py", "read.py"}


@pytest.mark.parametrize("folder", [SOURCE, *FOLDERS], ids=lambda p: p.name)
def test_no_function_hides_a_module(folder):
    """What is imported by a file's name is that file."""
    room = importlib.import_module(dotted(folder))
    for path in folder.glob("*.py"):
        if path.name not in ("__init__.py", "__main__.py"):
            assert inspect.ismodule(importlib.import_module(f"{dotted(folder)}.{path.stem}"))
            assert inspect.ismodule(getattr(room, path.stem))
    for path in folder.iterdir():
        if (path / "__init__.py").is_file():
            assert inspect.ismodule(getattr(room, path.name, room))


def test_the_front_door_is_narrow():
    """What an analyst needs first, and nothing of the rest."""
    assert dir(ma) == sorted([*ma.__all__, "__version__"])
    assert len(ma.__all__) <= ABOUT_30
    for name in ma.__all__:
        assert getattr(ma, name) is not None


@pytest.mark.parametrize("room", ["studies", "patients", "simulation", "report", "datasets"])
def test_rooms_of_the_front_door_offer_what_they_list(room):
    """Each name is there, and can be asked of the package as well unless the top has its own."""
    offered = getattr(ma, room)
    for name in offered.__all__:
        found = getattr(offered, name)
        if room != "datasets" and name not in ma.__all__:
            assert getattr(ma, name) is found


def test_what_is_nowhere_is_nowhere():
    """A name that no room offers is a mistake, as with any module."""
    with pytest.raises(AttributeError, match="no attribute 'optimize_everything'"):
        _ = ma.optimize_everything


def test_nothing_is_imported_before_it_is_needed():
    """Whoever plans waits for no page, workbook or figure that nobody asked for."""
    late = ("jinja2", "matplotlib", "pulp", "pydantic", "rich", "typer", "xlsxwriter")
    code = f"import mutualaid, sys; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"
