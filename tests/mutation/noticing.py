"""Which tests may notice a mutant: those that run its line, found by running every test once."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from tests.mutation import inside, settings
from tests.mutation.forks import Found, Job, Trial

# A file of tests that takes longer is left out, and said.
LONGEST = 600.0
# What is asked first, in seconds of tests, and of opening each of their files; and of the rest.
FIRST = 2.0
OPENING = 0.25
MOST = 400


@dataclass(frozen=True)
class Record:
    """The seconds of every test, and the tests that run each line of each file."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]

    @cached_property
    def breadth(self) -> Counter[str]:
        """How many lines each test runs: the fewer, the more it is about each of them."""
        return Counter(
            test for runs in self.lines.values() for tests in runs.values() for test in tests
        )

    def of(self, name: str, lines: Sequence[int], *, on_import: bool = False) -> set[str]:
        """The tests that run any of these lines of a file; on import, those that look at it."""
        runs = self.lines.get(name, {})
        found = {test for line in lines for test in runs.get(line, ())}
        if on_import:
            found |= {test for test in self.seconds if test.partition("::")[0] in settings.LOOKING}
        return found


@cache
def digest() -> str:
    """A few letters that change when any file that is broken changes."""
    text = hashlib.sha256()
    for path in settings.sources():
        text.update(path.as_posix().encode() + path.read_bytes())
    return text.hexdigest()[:12]


def recorded(folder: Path, files: Sequence[Path]) -> Record:
    """Put together what is on record of these files of tests."""
    seconds: dict[str, float] = {}
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file in files:
        path = _place(folder, file)
        if not path.exists():
            continue
        found = json.loads(path.read_text(encoding="utf-8"))
        seconds |= dict(zip(found["tests"], found["seconds"], strict=True))
        for name, runs in found["lines"].items():
            for line, tests in runs.items():
                lines[name][int(line)] |= {found["tests"][test] for test in tests}
    return Record(seconds, lines)


def missing(folder: Path, files: Sequence[Path]) -> list[Path]:
    """The files of tests that are not on record as they and the library stand."""
    return [file for file in files if not _place(folder, file).exists()]


def recording(folder: Path, file: Path, say: Callable[[str], None]) -> Trial:
    """Run a file of tests once and put on record which lines it runs."""
    name = file.relative_to(settings.ROOT).as_posix()
    found: Found = yield Job(partial(inside.record, name), LONGEST)
    value = found.value
    if value is None and not found.late:
        say(f"{name} is left out, it crashes: {found.log.strip().splitlines()[-1:]}")
        return
    if value is None:
        say(f"{name} is left out, it is not done in {LONGEST:.0f} s")
        value = {"tests": [], "seconds": [], "lines": {}}
    place = _place(folder, file)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(value), encoding="utf-8")
    say(f"{name}: {len(value['tests'])} tests, {sum(value['seconds']):.0f} s")


def batches(
    record: Record, tests: set[str], seconds: float, near: Collection[str] = ()
) -> list[list[str]]:
    """The tests of the room itself, those that run the fewest lines, the quickest of each file.

    Tests of the files ``near`` are asked first, as many as there are seconds for, and then those
    of all files, in as many seconds again.
    A test that runs little is about what it runs; and a long list of quick tests of one file says
    less than some of every file. At least one test is asked, however long it takes.
    """
    own = {test for test in tests if test.partition("::")[0] in near}
    if own:
        nearest = sorted(own, key=lambda test: (record.breadth[test], record.seconds[test], test))
        asked = list(_within(record, nearest, seconds))
        return [*([asked] if asked else []), *batches(record, tests - {*asked}, seconds)]
    if not tests:
        return []
    quickest = sorted(tests, key=lambda test: (record.seconds[test], test))
    narrowest = sorted(quickest, key=lambda test: record.breadth[test])
    first = list(_within(record, narrowest, min(FIRST, seconds)))
    turns: dict[str, int] = defaultdict(int)
    order = []
    for test in quickest:
        file = test.partition("::")[0]
        order.append((turns[file], record.seconds[test], test))
        turns[file] += 1
    spent = sum(record.seconds[test] for test in first)
    later = [test for _, _, test in sorted(order) if test not in {*first}]
    rest = list(_within(record, later, seconds - spent))
    if not first and not rest:
        first = quickest[:1]
    return [batch for batch in (first, rest[:MOST]) if batch]


def around(tree: ast.Module, line: int) -> tuple[list[int], bool]:
    """The lines that tell which tests may notice a change of a line, and if it runs on import.

    These are the lines of its statement. For what runs on import (a default, a decorator, a field,
    a constant) they are all lines of the function, class or file whose meaning it sets.
    """
    chain: list[ast.stmt] = []
    level: Sequence[ast.stmt] = tree.body
    while (inner := next((part for part in level if _spans(part, line)), None)) is not None:
        chain.append(inner)
        level = list(_statements(inner))
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    around_it = [part for part in chain if isinstance(part, definitions)]
    if not around_it or isinstance(around_it[-1], ast.ClassDef) or chain[-1] is around_it[-1]:
        whole: Sequence[ast.stmt] = around_it[-1:]
        if not any(isinstance(part, ast.FunctionDef) for one in whole for part in ast.walk(one)):
            whole = tree.body
        return _range(min(map(_start, whole)), max(part.end_lineno or 0 for part in whole)), True
    last = chain[-1]
    if isinstance(last, ast.Try | ast.Match):
        return [line], False
    body = [part.lineno for part in _statements(last)]
    return _range(last.lineno, min(body) - 1 if body else last.end_lineno or 0), False


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _statements(child)


def _spans(node: ast.stmt, line: int) -> bool:
    return _start(node) <= line <= (node.end_lineno or 0)


def _start(node: ast.stmt) -> int:
    decorators: list[Any] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _range(first: int, last: int) -> list[int]:
    return list(range(first, max(first, last) + 1))


def _within(record: Record, tests: Sequence[str], seconds: float) -> Iterator[str]:
    spent, opened = 0.0, set()
    for test in tests:
        file = test.partition("::")[0]
        more = record.seconds[test] + (0.0 if file in opened else OPENING)
        if spent + more <= seconds:
            spent += more
            opened.add(file)
            yield test


def _place(folder: Path, file: Path) -> Path:
    name = file.relative_to(settings.ROOT).as_posix()
    text = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return folder / digest() / f"{name.replace('/', '.')}.{text}.json"
