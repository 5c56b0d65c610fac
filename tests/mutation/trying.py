"""One mutant tried: its tests are run, and a test that fails is asked without the mutant too."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult
from tests.mutation import inside, noticing, settings
from tests.mutation.forks import Found, Job, Trial
from tests.mutation.inside import Broken
from tests.mutation.places import mutated

# A mutant is late when its tests take so many times what they took, and some seconds more.
TIMES = 4.0
MORE = 20.0
# What pytest ends with when nothing failed, or nothing was run.
FINE = (0, 5)


@dataclass
class Bench:
    """What all trials share: the record of tests, and which fail without a mutant too."""

    record: noticing.Record
    seconds: float
    keep: Callable[[WorkItem, WorkResult], None]
    fit: dict[tuple[str, ...], bool] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def trial(self, item: WorkItem) -> Trial:
        """Try a mutant, and keep what became of it."""
        spec = item.mutations[0]
        path = settings.ROOT / spec.module_path
        name = spec.module_path.as_posix()
        code = self.codes.setdefault(name, path.read_text(encoding="utf-8"))
        try:
            text = mutated(code, spec)
        except AttributeError:
            # Cosmic-ray 8 cannot put another name in place of an error with a dot in its own.
            return
        broken = Broken(path, text)
        lines, on_import = noticing.around(ast.parse(code), spec.start_pos[0])
        tests = self.record.of(name, lines, on_import=on_import)
        near = settings.near(settings.sources().get(path, ""))
        left = noticing.batches(self.record, tests, self.seconds, near)
        outcome, said = TestOutcome.SURVIVED, "no test fails" if left else "no test runs it"
        while left:
            batch = left.pop(0)
            found = yield self._job(batch, broken)
            failed = _failed(found, batch)
            if not failed:
                continue
            if found.late:
                outcome, said = TestOutcome.KILLED, "its tests take too long"
                break
            key = tuple(failed)
            if key not in self.fit:
                plain = yield self._job(failed, None)
                self.fit[key] = not _failed(plain, failed)
            if self.fit[key]:
                outcome, said = TestOutcome.KILLED, f"{failed[0]}\n{found.log}"
                break
            if rest := [test for test in batch if test not in failed]:
                left.insert(0, rest)
        diff = "\n".join(
            difflib.unified_diff(code.split("\n"), text.split("\n"), name, name, lineterm="", n=1)
        )
        self.keep(item, WorkResult(WorkerOutcome.NORMAL, said, outcome, diff))

    def _job(self, tests: Sequence[str], broken: Broken | None) -> Job:
        usual = sum(self.record.seconds[test] for test in tests)
        return Job(partial(inside.run, list(tests), broken), TIMES * usual + MORE)


def _failed(found: Found, tests: Sequence[str]) -> list[str]:
    """The test that failed; all of them if the process did not live to say which."""
    if found.value is not None and found.value["code"] in FINE:
        return []
    test = None if found.value is None else found.value["test"]
    return [test] if test in tests else list(tests)
