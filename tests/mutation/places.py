"""Where the library can be broken: every mutant of a file, and a sample of them."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec, WorkItem
from tests.mutation import settings

Position = tuple[int, int]


class DropStatement(Operator):
    """Leave out a call, an error that is raised, an addition in place or a value put in place.

    The call of a check that is left out is what cosmic-ray has no operator for.
    """

    def mutation_positions(self, node):
        """The statement, when it is one that can be left out alone."""
        if node.type == "simple_stmt" and _does_something(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node, _index):
        """Put ``pass`` in its place."""
        first = node.children[0]
        node.children[0] = parso.python.tree.Keyword(
            "pass", first.start_pos, first.get_first_leaf().prefix
        )
        return node

    @classmethod
    def examples(cls):
        """What it does, for whoever reads the list of operators."""
        return (Example("check(x)\n", "pass\n"), Example("x += 1\n", "pass\n"))


OWN = {"DropStatement": DropStatement}


def operators() -> dict[str, Operator]:
    """Every operator of a run, by name."""
    theirs = {name: get_operator(f"core/{name}")() for name in settings.OPERATORS}
    return theirs | {name: operator() for name, operator in OWN.items()}


def mutants(path: Path, code: str) -> list[WorkItem]:
    """Every mutant of a file, but for those in what never runs, such as annotations."""
    silent = list(_silent(ast.parse(code)))
    nodes = list(ast_nodes(get_ast(code)))
    name = path.relative_to(settings.ROOT).as_posix()
    found = []
    for kind, operator in operators().items():
        number = 0
        for node in nodes:
            for start, end in operator.mutation_positions(node):
                if not any(first <= start < last for first, last in silent):
                    spec = MutationSpec(
                        module_path=Path(name),
                        operator_name=kind,
                        occurrence=number,
                        start_pos=start,
                        end_pos=end,
                    )
                    key = f"{name}:{start[0]}:{start[1]}:{kind}:{number}"
                    found.append(WorkItem.single(key, spec))
                number += 1
    return found


def mutated(code: str, spec: MutationSpec) -> str:
    """The text of a file with one mutation."""
    broken = mutate_code(code, operators()[spec.operator_name], spec.occurrence)
    if broken is None or broken == code:
        raise ValueError(f"{spec.operator_name} changes nothing in {spec.module_path}")
    return broken


def sample(
    items: Iterable[WorkItem], folder_of: Mapping[str, str], size: int, seed: int
) -> list[WorkItem]:
    """At most so many mutants of each folder: a place is drawn first, then one mutant of it.

    A ``+`` with one mutant is as likely as a number with two. The same seed draws the same places
    of the same files.
    """
    places: dict[str, dict[tuple[str, Position], list[WorkItem]]] = defaultdict(dict)
    for item in items:
        spec = item.mutations[0]
        name = spec.module_path.as_posix()
        at = places[folder_of[name]]
        at.setdefault((name, spec.start_pos), []).append(item)
    chosen = []
    for folder in sorted(places):
        draw = random.Random(f"{seed} {folder}")
        drawn = draw.sample(sorted(places[folder]), min(size, len(places[folder])))
        each = (sorted(places[folder][place], key=lambda item: item.job_id) for place in drawn)
        chosen += [draw.choice(mutants_of_place) for mutants_of_place in each]
    return chosen


def _does_something(node) -> bool:
    if node.type == "raise_stmt":
        return True
    if node.type in ("atom_expr", "power"):
        last = node.children[-1]
        return last.type == "trailer" and last.children[0].value == "("
    if node.type == "expr_stmt":
        target, sign = node.children[:2]
        augmented = sign.type == "operator" and sign.value != "="
        into = target.type in ("atom_expr", "power") and target.children[-1].type == "trailer"
        return augmented or (into and sign.type == "operator")
    return False


def _silent(tree: ast.AST) -> Iterator[tuple[Position, Position]]:
    """What never runs, or says nothing of what the library does."""
    for node in ast.walk(tree):
        quiet: Sequence[ast.AST | None] = ()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            quiet = [node.returns]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            quiet = [node.annotation]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            quiet = [node]
        for part in quiet:
            if part is not None:
                yield (
                    (part.lineno, part.col_offset),
                    (part.end_lineno, part.end_col_offset),
                )
