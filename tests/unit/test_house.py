"""The house keeps its order: data flows one way, and solvers live in one room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "mutualaid"
# From the ground floor up; a room imports only from its own floor and from below.
FLOORS = (
    (
        "errors",
        "arguments",
        "schema",
        "column_names",
        "table_names",
        "leaving_names",
        "safety_names",
        "executors",
        "notebook",
    ),
    ("headings", "cells"),
    ("checks", "patient_words"),
    ("unlikely", "plausibility"),
    ("occasions", "safety", "totals"),
    ("reading",),
    ("rules", "harm", "rates", "queueing", "accepts", "patient_list", "leaving"),
    ("choice", "choice_table", "overfill"),
    ("equity", "equity_report", "intake", "intake_rows", "cut_off", "assemble"),
    ("system", "policy", "estate"),
    ("datasets", "readers", "changes", "seasons"),
    ("model",),
    ("solve",),
    ("decode", "explain", "standing", "expected"),
    ("tables", "collaboration", "targets"),
    ("audit", "audit_equity", "audit_personal", "audit_rooms", "promises", "measures", "books"),
    ("sacrifice", "agreements", "patients"),
    ("equity_rows", "reserves"),
    ("one_more", "prices"),
    ("offers",),
    ("risk",),
    ("accounts",),
    ("handed_out",),
    ("plan", "fairness", "refill"),
    ("report",),
    ("options", "starts"),
    ("few_lanes", "steady"),
    ("plan_model",),
    ("optimise", "shapley"),
    ("replanning", "equity_price"),
    ("pareto",),
    ("rungs",),
    ("deploy", "ladder", "worth", "obstacles", "scenarios"),
    ("stress", "two_stage", "removals", "winters", "replay"),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room(path):
    """The room that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


# What can be asked of a plan leads on to rooms above it: its methods open them when called.
LATER = {"plan.py": {"scenarios", "stress", "replay"}, "handed_out.py": {"plan", "report"}}


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    later = LATER.get(str(path.relative_to(SOURCE)), set())
    inside = {
        node
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.If)
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        opened = isinstance(node, ast.ImportFrom) and node in inside and node.module
        if opened and opened.removeprefix("mutualaid.").partition(".")[0] in later:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "mutualaid":
                yield from (f"mutualaid.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_room_imports_a_higher_one(path):
    """Readers, system, model, solve, plan: in this order and never back."""
    for module in imports(path):
        parts = module.split(".")
        if parts[0] == "mutualaid" and len(parts) > 1:
            below = FLOOR[parts[1]]
            # Solvers read networks; the network itself knows nothing of solvers.
            assert below <= FLOOR[room(path)], f"{room(path)} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_the_solvers_room_imports_a_solver(path):
    """Whoever wants another solver changes one room."""
    solvers = {module.split(".")[0] for module in imports(path)} & {"highspy", "pulp", "pylmcf"}
    if room(path) == "plan_model":
        # For the type of what to_pulp gives and plan_from takes, nothing else.
        solvers -= {"pulp"}
    assert not solvers or room(path) == "solve"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_file_is_two_rooms(path):
    """Above some 400 lines a file has more than one reason to exist."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
