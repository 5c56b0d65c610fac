"""Processes forked from this one, which has imported what is slow to import."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutation import inside, settings


@dataclass(frozen=True)
class Job:
    """Work for a process of its own, which is ended when the seconds are over."""

    work: Callable[[], dict[str, Any]]
    seconds: float


@dataclass(frozen=True)
class Found:
    """What a process found, None if it crashed or was ended, and the end of what it printed."""

    value: dict[str, Any] | None
    late: bool
    log: str


Trial = Generator[Job, Found, None]


def warm() -> None:
    """Import what every process needs and no mutant changes."""
    for name in settings.WARM:
        with suppress(ImportError):
            importlib.import_module(name)
    if "mutualaid" in sys.modules:
        raise RuntimeError("mutualaid is imported before it is broken")


def side_by_side(trials: Iterable[Trial], processes: int) -> None:
    """Carry out trials, so many at a time; each asks for one job after the other."""
    waiting = iter(trials)
    running: list[tuple[Trial, _Process]] = []
    with tempfile.TemporaryDirectory() as name:
        number = 0
        while True:
            while len(running) < processes and (trial := next(waiting, None)) is not None:
                with suppress(StopIteration):
                    running.append((trial, _Process(next(trial), Path(name), number)))
                number += 1
            if not running:
                return
            time.sleep(0.01)
            for entry in list(running):
                trial, process = entry
                found = process.found()
                if found is not None:
                    running.remove(entry)
                    with suppress(StopIteration):
                        running.append((trial, _Process(trial.send(found), Path(name), number)))
                    number += 1


class _Process:
    def __init__(self, job: Job, folder: Path, number: int) -> None:
        self._out = folder / f"{number}.json"
        self._log = folder / f"{number}.log"
        self._end = time.monotonic() + job.seconds
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            inside.answer(job.work, self._out, self._log)

    def found(self) -> Found | None:
        """What the process found, once it has ended."""
        ended, _ = os.waitpid(self._pid, os.WNOHANG)
        late = not ended and time.monotonic() > self._end
        if not ended and not late:
            return None
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        if late:
            os.waitpid(self._pid, 0)
        value = None if late or not self._out.exists() else json.loads(self._out.read_text())
        log = self._log.read_text(errors="replace")[-2_000:] if self._log.exists() else ""
        self._out.unlink(missing_ok=True)
        self._log.unlink(missing_ok=True)
        return Found(value, late, log)
