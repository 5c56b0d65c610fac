"""Mutation: ``python -m tests.mutation``.

The library is broken in one small place at a time, by the operators of cosmic-ray, and the tests
that run the place must notice: a test that fails, and passes without the change. Which tests run
which lines is found once and kept, as are results, until a file that is broken changes: a run that
is stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkItem, WorkResult
from tests.mutation import forks, noticing, places, settings, told, trying

KEPT = settings.ROOT / "build" / "mutation"


def main(arguments: Sequence[str] | None = None) -> int:
    """Break, try, and print the table; survivors are written beside the session."""
    options = _options(arguments)
    forks.warm()
    folder_of = {
        path.relative_to(settings.ROOT).as_posix(): folder
        for path, folder in settings.sources().items()
        if folder in options.folders
    }
    items = [
        item
        for name in folder_of
        for item in places.mutants(
            settings.ROOT / name, (settings.ROOT / name).read_text(encoding="utf-8")
        )
    ]
    chosen = items
    if not options.all:
        chosen = places.sample(items, folder_of, options.sample, options.seed)
    _say(f"{len(chosen)} of {len(items)} mutants of {len(folder_of)} files")
    files = _tests(options.tests)
    record_tests(options, files)
    record = noticing.recorded(options.kept / "lines", files)
    place = options.kept / f"session-{noticing.digest()}.sqlite"
    with use_db(place, WorkDB.Mode.create) as session:
        try_all(options, chosen, record, session)
        wanted = {item.job_id for item in chosen}
        results = [pair for pair in session.completed_work_items if pair[0].job_id in wanted]
    print(told.table(results, folder_of))
    alive = options.kept / "survivors.txt"
    alive.write_text(told.survivors(results) + "\n", encoding="utf-8")
    _say(f"survivors: {alive}")
    return 0


def record_tests(options: argparse.Namespace, files: Sequence[Path]) -> None:
    """Find which lines each test runs, for files of tests that are not on record."""
    folder = options.kept / "lines"
    absent = noticing.missing(folder, files)
    if absent:
        _say(f"{len(absent)} files of tests are run once, to know which lines they run")
    forks.side_by_side(
        (noticing.recording(folder, file, _say) for file in absent), options.processes
    )


def try_all(
    options: argparse.Namespace,
    chosen: Sequence[WorkItem],
    record: noticing.Record,
    session: WorkDB,
) -> None:
    """Try every mutant that has no result yet, and with ``--again`` those that survived."""
    known = {item.job_id for item in session.work_items}
    session.add_work_items(item for item in chosen if item.job_id not in known)
    done = {
        item.job_id
        for item, result in session.completed_work_items
        if result.is_killed or not options.again
    }
    ahead = [item for item in chosen if item.job_id not in done]
    start = time.monotonic()
    tried = 0

    def keep(item: WorkItem, result: WorkResult) -> None:
        nonlocal tried
        tried += 1
        session.set_result(item.job_id, result)
        spent = time.monotonic() - start
        first = (result.output or "").partition("\n")[0]
        outcome = "caught" if result.is_killed else "SURVIVED"
        _say(f"{tried}/{len(ahead)} {spent:.0f} s: {outcome}: {item.job_id}: {first}")

    bench = trying.Bench(record, options.seconds, keep)
    forks.side_by_side((bench.trial(item) for item in ahead), options.processes)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=100, help="mutants of each folder (100)")
    parser.add_argument("--all", action="store_true", help="every mutant, which takes days")
    parser.add_argument("--seed", type=int, default=1, help="which sample (1)")
    parser.add_argument(
        "--folders", type=_folders, default=tuple(settings.FOLDERS), help="with commas (all)"
    )
    parser.add_argument(
        "--tests", nargs="*", default=(), help="files of tests that may notice (all)"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="of tests that a mutant must survive (30)"
    )
    parser.add_argument("--again", action="store_true", help="try those that survived again")
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of records and results")
    options = parser.parse_args(arguments)
    if min(options.sample, options.processes, options.seconds) <= 0:
        parser.error("--sample, --processes and --seconds are above 0")
    return options


def _folders(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or {*names} - {*settings.FOLDERS}:
        raise argparse.ArgumentTypeError(f"{text!r}: any of {', '.join(settings.FOLDERS)}")
    return names


def _tests(names: Sequence[str]) -> list[Path]:
    files = settings.tests()
    if names:
        wanted = {(settings.ROOT / name).resolve() for name in names}
        files = [file for file in files if file in wanted]
    return files


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
