"""What happens inside a forked process: one file is broken, some tests run."""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest
from tests.mutation import settings

GIGABYTES = 8
ARGUMENTS = (
    *("-q", "--no-header", "--tb=line", "-p", "no:cacheprovider"),
    # Hypothesis is imported before the fork, so its asserts are not rewritten: nobody reads them.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


@dataclass(frozen=True)
class Broken:
    """A file of the library and the text that is run in its place."""

    path: Path
    text: str


def run(tests: Sequence[str], broken: Broken | None) -> dict[str, Any]:
    """Run tests until the first that fails: the exit code and that test, if it is known."""
    _alone()
    first = _First(broken)
    code = pytest.main([*ARGUMENTS, "-x", *tests], plugins=[first])
    return {"code": int(code), "test": first.failed}


def record(file: str) -> dict[str, Any]:
    """Run a file of tests: how long each takes that passes, and which lines of which file it runs.

    What a fixture of a whole module runs counts for every test that asks for it.
    """
    _alone()
    files = [str(path) for path in settings.sources()]
    os.environ["COVERAGE_CORE"] = "ctrace"
    measured = coverage.Coverage(data_file=None, include=files, config_file=False)
    recorder = _Recorder(measured.switch_context)
    measured.start()
    pytest.main([*ARGUMENTS, file], plugins=[recorder])
    measured.stop()
    data = measured.get_data()
    seconds = recorder.passed()
    number = {test: at for at, test in enumerate(sorted(seconds))}
    lines = {
        Path(path).relative_to(settings.ROOT).as_posix(): {
            line: [number[test] for test in sorted(recorder.tests(contexts))]
            for line, contexts in data.contexts_by_lineno(path).items()
        }
        for path in files
    }
    return {"tests": list(number), "seconds": [seconds[test] for test in number], "lines": lines}


class _First:
    """Puts a broken text in place, and notes the first test that fails."""

    def __init__(self, broken: Broken | None) -> None:
        self._broken = broken
        self.failed: str | None = None

    def pytest_sessionstart(self) -> None:
        if self._broken is not None:
            sys.meta_path.insert(0, _Finder(self._broken))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


class _Recorder:
    """Tells coverage which test runs, and remembers how long each took."""

    def __init__(self, switch: Callable[[str], None]) -> None:
        self._switch = switch
        self._seconds: dict[str, float] = defaultdict(float)
        self._unfit: set[str] = set()
        self._asks: dict[str, set[str]] = defaultdict(set)
        self._running = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self._running = item.nodeid
        for name in getattr(item, "fixturenames", ()):
            self._asks[f"fixture {name}"].add(item.nodeid)
        self._switch(item.nodeid)
        try:
            return (yield)
        finally:
            self._switch("")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        if fixturedef.scope == "function":
            return (yield)
        self._switch(f"fixture {fixturedef.argname}")
        try:
            return (yield)
        finally:
            self._switch(self._running)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.outcome != "passed":
            self._unfit.add(report.nodeid)

    def passed(self) -> Mapping[str, float]:
        """Seconds of every test that passed."""
        return {test: time for test, time in self._seconds.items() if test not in self._unfit}

    def tests(self, contexts: Sequence[str]) -> set[str]:
        """The tests that passed among contexts, a fixture standing for those that ask for it."""
        found: set[str] = set()
        for context in contexts:
            found |= self._asks.get(context, {context})
        return found & self.passed().keys()


def _alone() -> None:
    """No more memory than a runaway may take; random tests draw the same, and keep nothing."""
    size = GIGABYTES * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    hypothesis.settings.register_profile(
        "mutation",
        max_examples=5,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    os.chdir(settings.ROOT)
    sys.path.insert(0, str(settings.SOURCE.parent))


class _Finder(MetaPathFinder):
    """Finds the broken text wherever its file is imported; nothing changes on disk.

    It stands before the finder of pytest, which reads files that are asked for by name itself.
    """

    def __init__(self, broken: Broken) -> None:
        self._broken = broken

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        del target
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.origin is None or Path(spec.origin) != self._broken.path:
            return None
        spec.loader = _Loader(fullname, self._broken)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, broken: Broken) -> None:
        super().__init__(fullname, str(broken.path))
        self._text = broken.text

    def get_code(self, _fullname: str) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(self._text, self.path, "exec", dont_inherit=True)


def answer(work: Callable[[], dict[str, Any]], out: Path, log: Path) -> None:
    """Do the work with what it prints in a file, write what it found, and end the process."""
    code = 1
    try:
        os.setsid()
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        found = work()
        out.write_text(json.dumps(found), encoding="utf-8")
        sys.stdout.flush()
        code = 0
    except BaseException:  # whatever it is, this process must not go on as the one it came from
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)
