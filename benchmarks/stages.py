"""Where the time goes, stage by stage, so that the next bottleneck is in view.

The plan is made as everybody makes it. Functions at the doors of the stages are wrapped; what one
stage spends inside another counts for the inner one only. Each trust alone is planned, too: that
is part of every plan.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from unittest import mock

import mutualaid as ma
from benchmarks import cases, memory, own
from benchmarks.data import Files
from benchmarks.line import SIZES, Answer

STAGES = ("read", "check", "model", "solve", "certify", "decode", "audit", "measure", "prices")
DOORS = {
    "model": ("mutualaid.planning.optimise:build_frame", "mutualaid.planning.optimise:build_model"),
    "solve": ("mutualaid.planning.optimise:solve", "mutualaid.planning.search:solve"),
    "certify": ("mutualaid.solve.solver:certify",),
    "decode": (
        "mutualaid.planning.optimise:decode",
        "mutualaid.planning.problem:decode",
        "mutualaid.outcomes.tables:entries",
    ),
    "audit": ("mutualaid.plan.certified:CertifiedPlan.violations",),
}
"""Through which functions a stage is entered, as their callers know them."""
OTHER = "other"


@dataclass
class Clock:
    """Seconds and memory of stages that may lie within one another.

    Attributes
    ----------
    seconds : dict of str to float
        By the wall clock, without the stages within.
    megabytes : dict of str to float
        By how much, at most, memory grew while a stage was entered; 0 where the system does not
        say.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)
    _open: list[tuple[str, float]] = field(default_factory=list)
    _since: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done inside for a stage."""
        self._settle()
        self._open.append((name, memory.resident()))
        try:
            yield
        finally:
            self._settle()
            self._open.pop()
            if self._open:
                # What the inner stage left behind is no growth of the outer one.
                outer, _ = self._open[-1]
                self._open[-1] = (outer, memory.resident())

    def _settle(self) -> None:
        """Count what was spent since the last change for the innermost stage."""
        now = time.perf_counter()
        if self._open:
            name, before = self._open[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
            grown = max(memory.peak() - before, 0.0)
            self.megabytes[name] = max(self.megabytes.get(name, 0.0), grown)
        if not memory.forget_peak():
            self.megabytes.clear()
        self._since = time.perf_counter()


def ready(folder: str) -> Callable[[], Answer]:
    """Make ready to plan what was prepared in a folder, from its files, with a clock in hand."""
    size, files = own.case_of(folder)

    def work() -> Answer:
        clock = Clock()
        with clock.stage(OTHER), doors_watched(clock):
            system = _system(clock, size, files)
            made = ma.optimise(system)
            with clock.stage("measure"):
                made.measures(by=None)
                made.measures(by="origin")
            with clock.stage("prices"):
                _ = made.prices
        own.proven(made)
        found = {
            name: (clock.seconds.get(name, 0.0), clock.megabytes.get(name))
            for name in (*STAGES, OTHER)
        }
        return Answer(objective=made.certificate.cost, details={"stages": found})

    return work


def _system(clock: Clock, size: str, files: Files | None) -> ma.System:
    """Read and check; where there is no file, what is read is made up."""
    if size == SIZES[0] or files is None:
        with clock.stage("read"):
            made_up = cases.system_of(size, None)
        with clock.stage("check"):
            return ma.System(
                made_up.waiting_list,
                made_up.capacity,
                made_up.travel,
                made_up.referrals,
                made_up.removals,
                period_weeks=made_up.period_weeks,
                periods=made_up.periods,
            )
    with clock.stage("read"):
        rtt, sites = cases.tables_of(files)
    with clock.stage("check"):
        return cases.system_from(size, rtt, sites, periods=13)


@contextmanager
def doors_watched(clock: Clock) -> Iterator[None]:
    """Wrap the functions that lead into the stages.

    Raises
    ------
    AttributeError
        If one of them is not there any more: then :data:`DOORS` has to follow.
    """
    with ExitStack() as wrapped:
        for name, doors in DOORS.items():
            for door in doors:
                module, _, path = door.partition(":")
                owner: Any = import_module(module)
                *classes, function = path.split(".")
                for one in classes:
                    owner = getattr(owner, one)
                original = getattr(owner, function)
                wrapped.enter_context(
                    mock.patch.object(owner, function, _counted(clock, name, original))
                )
        yield


def _counted(clock: Clock, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def counted(*args: Any, **kwargs: Any) -> Any:
        with clock.stage(name):
            return work(*args, **kwargs)

    return counted
