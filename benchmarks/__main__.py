"""Benchmarks: ``python -m benchmarks --size smoke``.

Everything at a size: mutualaid and its peers on the same problem, each measurement in a process
of its own, in turn with all others, every objective checked; then stage by stage, and how time
and memory grow.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import compare, page, scale
from benchmarks.data import Files, NoDataError, find
from benchmarks.growth import Curve, curves
from benchmarks.line import SIZES, Line
from benchmarks.lines import chosen, needs_of
from benchmarks.machine import machine, memory_gigabytes
from benchmarks.measure import Limits, Measurement, measure
from benchmarks.results import Result, result_of, round_robin

PARTS = ("lines", "stages", "growth")
NO_DATA = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, write what was asked for; 0 if nothing was wrong."""
    options = _options(arguments)
    try:
        lines = chosen(options.size, options.only) if "lines" in options.parts else []
        old = _earlier(options)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return NO_DATA
    files = None
    if options.size != SIZES[0]:
        try:
            files = find(options.data)
        except NoDataError as error:
            print(error, file=sys.stderr)
            return NO_DATA
    with tempfile.TemporaryDirectory() as folder:
        run = measured(options, lines, files, folder)
    beyond = beyond_one_machine(options, run)
    comparison = "" if old is None else compare.compared(old, run)
    text = page.page(run, beyond, comparison)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(run, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    broken = [item for item in run["lines"] if Result.of_record(item).broken]
    for item in broken:
        print(f"{item['key']}: {item['status']}: {item['note']}", file=sys.stderr)
    return 1 if broken else 0


def measured(
    options: argparse.Namespace, lines: Sequence[Line], files: Files | None, folder: str
) -> dict[str, Any]:
    """Prepare a folder, measure what was asked for, and put everything into one record."""
    limits = Limits(seconds=options.limit, gigabytes=options.gigabytes)
    given = {
        "folder": folder,
        "size": options.size,
        "rtt": None if files is None else str(files.rtt),
        "sites": None if files is None else str(files.sites),
        "needs": needs_of(lines),
    }
    prepared = measure("benchmarks.prepare:ready", given, limits)
    if prepared.status != "measured":
        raise SystemExit(f"{options.size} could not be prepared: {prepared.note}")
    _say(f"prepared in {prepared.seconds:.1f} s: {prepared.details['system']}")

    warm = {"folder": f"{folder}/warm"}

    def take(line: Line) -> Measurement:
        given = {"folder": folder, **line.arguments, "warm": warm}
        return measure(line.work, given, limits)

    found = round_robin(lines, options.repeat, take, _say)
    results = [
        result_of(
            line,
            found[line.key],
            prepared.objective,
            f"python -m benchmarks --size {options.size} --only {line.key}",
            limits.seconds,
        )
        for line in lines
    ]
    grown = curves(options.repeat, limits, _say) if "growth" in options.parts else []
    return {
        "size": options.size,
        "described": dict(prepared.details),
        "optimum": prepared.objective,
        "repeat": options.repeat,
        "limit_seconds": limits.seconds,
        "limit_gigabytes": limits.gigabytes,
        "machine": machine(),
        "lines": [result.record() for result in results],
        "stages": stages(options, folder, limits),
        "growth": [curve.record() for curve in grown],
    }


def stages(options: argparse.Namespace, folder: str, limits: Limits) -> dict[str, list[Any]]:
    """Measure the stages: the median seconds and the most memory of each."""
    if "stages" not in options.parts:
        return {}
    runs: list[Mapping[str, Sequence[Any]]] = []
    for number in range(1, options.repeat + 1):
        given = {"folder": folder, "warm": {"folder": f"{folder}/warm"}}
        one = measure("benchmarks.stages:ready", given, limits)
        if one.status != "measured":
            raise SystemExit(f"stages: {one.note}")
        runs.append(one.details["stages"])
        _say(f"round {number} of {options.repeat}: stages: {one.seconds:.3f} s")
    return {
        name: [
            statistics.median(run[name][0] for run in runs),
            max((run[name][1] for run in runs if run[name][1] is not None), default=None),
        ]
        for name in runs[0]
    }


def beyond_one_machine(options: argparse.Namespace, run: Mapping[str, Any]) -> str:
    """Write the arithmetic of a larger run, if there is something to go on from."""
    results = {item["key"]: Result.of_record(item) for item in run["lines"]}
    base = next(
        (results[k] for k in ("by-week", "auto") if k in results and results[k].seconds), None
    )
    if base is None or not run["growth"]:
        return ""
    wish = scale.Wish(
        areas=options.areas,
        priorities=options.priorities,
        scenarios=options.scenarios,
        cores=run["machine"]["cores"],
        gigabytes=run["machine"]["memory_gigabytes"] or options.gigabytes,
        cluster_cores=options.cluster_cores,
        cluster_gigabytes=options.cluster_gigabytes,
    )
    grown = [Curve.of_record(item) for item in run["growth"]]
    return scale.text(run["size"], base, grown, wish)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default=SIZES[0])
    parser.add_argument("--repeat", type=int, help="rounds (3; 2 at smoke)")
    parser.add_argument("--only", type=_names, default=(), help="names of lines, with commas")
    parser.add_argument(
        "--parts", type=_parts, help="lines, stages, growth, with commas (growth not at smoke)"
    )
    parser.add_argument("--data", type=Path, help="folder with rtt/ and providers.csv")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds a measurement (600)")
    parser.add_argument(
        "--gigabytes",
        type=float,
        default=round(0.7 * (memory_gigabytes() or 16), 1),
        help="memory a measurement (70 %% of the machine's)",
    )
    parser.add_argument("--json", type=Path, help="write everything here")
    parser.add_argument("--markdown", type=Path, help="write the page here")
    parser.add_argument("--compare", type=Path, help="an earlier run's JSON")
    parser.add_argument("--areas", type=int, default=20, help="home areas a trust, for the scale")
    parser.add_argument("--priorities", type=int, default=3, help="priorities, for the scale")
    parser.add_argument("--scenarios", type=int, default=1_000, help="for the scale")
    parser.add_argument("--cluster-cores", type=int, default=256, help="for the scale")
    parser.add_argument("--cluster-gigabytes", type=float, default=4.0, help="a core")
    options = parser.parse_args(arguments)
    if options.repeat is None:
        options.repeat = 2 if options.size == SIZES[0] else 3
    if options.repeat < 1:
        parser.error("--repeat is below 1")
    if options.parts is None:
        options.parts = PARTS
        if options.only:
            options.parts = ("lines",)
        elif options.size == SIZES[0]:
            options.parts = ("lines", "stages")
    return options


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _parts(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not names or {*names} - {*PARTS}:
        raise argparse.ArgumentTypeError(f"{text!r}: any of {', '.join(PARTS)}")
    return names


def _earlier(options: argparse.Namespace) -> dict[str, Any] | None:
    if options.compare is None:
        return None
    old: dict[str, Any] = json.loads(options.compare.read_text(encoding="utf-8"))
    if old.get("size") != options.size:
        raise ValueError(f"--compare: that run is of {old.get('size')}, not of {options.size}")
    return old


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
