"""Benchmarks: ``python -m benchmarks --size smoke``.

Times are medians of interleaved runs on one machine; what counts is the ratio between two things
that were run side by side and that found the same objective.
"""

from __future__ import annotations

import argparse
import math
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

import mutualaid as ma
from benchmarks.dense import solve_dense
from benchmarks.uncertain import dips, table

SIZES = {
    "smoke": {"trusts": 3, "periods": 4, "list_size": 6_000},
    "icb": {"trusts": 8, "periods": 13, "list_size": 60_000},
}
SCENARIOS = {"smoke": 3, "icb": 20}


def main() -> None:
    """Run every contestant in turn, check that they agree, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="smoke")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    system = ma.datasets.collaborative(**SIZES[options.size])
    policy = ma.Policy()
    contestants: dict[str, Callable[[], float]] = {
        "mutualaid: certified, decoded, audited plan": lambda: (
            ma.optimise(system, policy).objective
        ),
        "mutualaid on the ageing network": lambda: (
            ma.optimise(system, policy, formulation="ageing").objective
        ),
        "mutualaid with HiGHS": lambda: ma.optimise(system, policy, solver="highs").objective,
        "dense cohort model, PuLP + HiGHS": lambda: solve_dense(system, policy),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    objectives: dict[str, float] = {}
    for _ in range(options.repeat):
        for name, run in contestants.items():
            start = time.perf_counter()
            objectives[name] = run()
            seconds[name].append(time.perf_counter() - start)
    first = next(iter(contestants))
    for name, objective in objectives.items():
        if not math.isclose(objective, objectives[first], rel_tol=1e-9):
            raise SystemExit(f"{name} found {objective}, {first} {objectives[first]}")
    print(f"{system!r}")
    packages = ", ".join(f"{p} {version(p)}" for p in ("numpy", "pandas", "highspy", "pylmcf"))
    print(f"Python {platform.python_version()}, {packages}, {platform.machine()}\n")
    print("| | seconds (median) | ratio to the first |\n|---|---:|---:|")
    base = statistics.median(seconds[first])
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {name} | {median:.3f} | {median / base:.1f} |")
    winters = dips(system, SCENARIOS[options.size])
    print(f"\nPlans for {len(winters)} futures, the moves of one period decided now:\n")
    print(table(system, policy, winters, commit=1, repeat=options.repeat))


if __name__ == "__main__":
    main()
