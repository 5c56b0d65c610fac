"""The house keeps its order: solvers live in one room, and no file is two."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "mutualaid"
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room(path):
    """The room that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "mutualaid":
                yield from (f"mutualaid.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_the_solvers_room_imports_a_solver(path):
    """Whoever wants another solver changes one room."""
    solvers = {module.split(".")[0] for module in imports(path)} & {"highspy", "pulp", "pylmcf"}
    if path.stem == "problem":
        # For the type of what to_pulp gives and plan_from takes, nothing else.
        solvers -= {"pulp"}
    assert not solvers or room(path) == "solve"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_file_is_two_rooms(path):
    """Above some 400 lines a file has more than one reason to exist."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
