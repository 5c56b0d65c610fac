"""The fresh process of one measurement: ``python -m benchmarks.child WORK ARGUMENTS RESULT``.

It imports nothing that the work does not: OR-Tools and highspy, for one, do not go together in
one process (google/or-tools issue 5246).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks import memory


def main(work: str, arguments: str, result: str) -> None:
    """Make ready, do the work by the clock, and write what it took to the result.

    Where the arguments have ``warm``, the same work is done first with these arguments in the
    others' place, on something tiny: what packages load at their first call, for mutualaid as
    for its peers, is not in the time.
    """
    module, _, name = work.partition(":")
    place = Path(result)
    given = json.loads(arguments)
    warm = given.pop("warm", None)
    try:
        ready = getattr(import_module(module), name)
        if warm is not None:
            ready(**{**given, **warm})()
        timed = ready(**given)
    except ModuleNotFoundError as error:
        place.write_text(json.dumps({"missing": error.name}), encoding="utf-8")
        return
    before = memory.resident()
    memory.forget_peak()
    started(place).touch()
    start = time.perf_counter()
    answer = timed()
    seconds = time.perf_counter() - start
    found = {"seconds": seconds, "megabytes": memory.peak(), "megabytes_before": before}
    place.write_text(json.dumps({**found, **asdict(answer)}), encoding="utf-8")


def started(result: Path) -> Path:
    """Name the file that says that the clock is running."""
    return result.with_suffix(".started")


if __name__ == "__main__":
    main(*sys.argv[1:])
