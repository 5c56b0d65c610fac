"""One measurement: a work in a fresh process, within limits of time and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import memory
from benchmarks.child import started

ROOT = Path(__file__).resolve().parents[1]
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a measurement may take.

    Attributes
    ----------
    seconds : float
        Of the work itself; getting ready may take as long again.
    gigabytes : float
        Of the process and its children.
    """

    seconds: float = 600.0
    gigabytes: float = 16.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measurement:
    """What a work took, or why there is nothing to tell.

    Attributes
    ----------
    status : str
        ``"measured"``, ``"over"`` (a limit), ``"missing"`` (a package) or ``"failed"``.
    seconds : float
        By the wall clock, without getting ready.
    megabytes, megabytes_before : float
        The most that the process and its children used while the work was done, and what the
        process used when it began.
    objective, gap, details
        See :class:`benchmarks.line.Answer`.
    note : str
        Why, if it was not measured.
    """

    status: str
    seconds: float = 0.0
    megabytes: float = 0.0
    megabytes_before: float = 0.0
    objective: float | None = None
    gap: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def measure(work: str, arguments: Mapping[str, Any], limits: Limits) -> Measurement:
    """Do a work in a fresh process and say what it took.

    Parameters
    ----------
    work
        ``module:function``: see :class:`benchmarks.line.Line`.
    arguments
        Of the function; anything that JSON holds.
    limits
        Whoever goes over them is stopped.
    """
    with tempfile.TemporaryDirectory() as folder:
        result, said = Path(folder) / "result.json", Path(folder) / "said.txt"
        command = [sys.executable, "-m", "benchmarks.child", work, json.dumps(dict(arguments))]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        with said.open("wb") as stream:
            process = subprocess.Popen(
                [*command, str(result)],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                start_new_session=True,
            )
            try:
                over, megabytes = _watch(process, started(result), limits)
            finally:
                _stop(process)
        if over:
            return Measurement(status="over", note=over, megabytes=megabytes)
        if process.returncode or not result.exists():
            lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            why = lines[-1] if lines else f"the process ended with {process.returncode}"
            return Measurement(status="failed", note=why)
        found = json.loads(result.read_text(encoding="utf-8"))
    if "missing" in found:
        return Measurement(status="missing", note=str(found["missing"]))
    found["megabytes"] = max(found["megabytes"], megabytes)
    return Measurement(status="measured", **found)


def _watch(process: subprocess.Popen[bytes], mark: Path, limits: Limits) -> tuple[str, float]:
    """Wait for the end or a limit: which one, and the most memory while the clock was running."""
    since, running, most = time.monotonic(), False, 0.0
    while True:
        try:
            process.wait(LOOK_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        else:
            return "", most
        if not running and mark.exists():
            since, running = time.monotonic(), True
        used = memory.of_family(process.pid)
        most = max(most, used if running else 0.0)
        if used > limits.gigabytes * 1024:
            return f"not within {limits.gigabytes:g} GB", most
        if time.monotonic() - since > limits.seconds:
            return f"not within {limits.seconds:g} s", most


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children, such as a solver's program."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
