"""Two-stage plans beside the plan for what is expected: seconds, memory, bound and gap.

``python -m benchmarks.uncertain --rtt FILE [FILE …] --sites PROVIDERS_CSV --icb QOP`` measures the
NHS trusts of a board; winters are drawn from the spread between trusts in the files. Each
measurement is a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import mutualaid as ma
from benchmarks.cases import KMH

TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""
PLANS: dict[str, dict[str, Any] | None] = {
    "plan for what is expected": None,
    "two-stage, expected harm": {"measure": "expected"},
    "two-stage, CVaR at 0.9": {"measure": "cvar", "level": 0.9},
    "two-stage, worst case": {"measure": "worst"},
}


def measured(
    system: ma.System,
    policy: ma.Policy,
    scenarios: list[ma.studies.Scenario],
    commit: int,
    options: dict[str, Any] | None,
) -> dict[str, float]:
    """Make one plan and say what it took; the memory is the process's largest."""
    start = time.perf_counter()
    if options is None:
        plan = ma.optimise(system, policy)
        found = {"objective": plan.objective, "gap": plan.gap, "rounds": 0}
    else:
        hedged = ma.studies.two_stage(system, policy, scenarios, commit=commit, **options)
        found = {"objective": hedged.objective, "gap": hedged.gap, "rounds": hedged.rounds}
    seconds = time.perf_counter() - start
    return {**found, "seconds": seconds, "megabytes": peak_megabytes()}


def peak_megabytes() -> float:
    """The most memory that this process has used."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says on Linux is never below what the parent had when it forked.
        kib = re.search(r"VmHWM:\s*(\d+)", status.read_text(encoding="ascii"))
        if kib is not None:
            return int(kib[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def table(
    system: ma.System,
    policy: ma.Policy,
    scenarios: list[ma.studies.Scenario],
    *,
    commit: int,
    repeat: int,
) -> str:
    """Measure every plan in turn and lay the medians out as Markdown."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in PLANS}
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as executor:
        for _ in range(repeat):
            for name, options in PLANS.items():
                task = executor.submit(measured, system, policy, scenarios, commit, options)
                runs[name].append(task.result())
    lines = [
        "| | seconds (median) | ratio to the first | peak MB | harm-weeks | gap | rounds |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    base = statistics.median(run["seconds"] for run in runs["plan for what is expected"])
    for name, found in runs.items():
        seconds = statistics.median(run["seconds"] for run in found)
        peak, last = max(run["megabytes"] for run in found), found[-1]
        lines.append(
            f"| {name} | {seconds:.2f} | {seconds / base:.0f} | {peak:,.0f} | "
            f"{last['objective']:,.0f} | {last['gap']:.5%} | {last['rounds']:.0f} |"
        )
    return "\n".join(lines)


def board(
    files: list[Path], sites: Path, icb: str, count: int
) -> tuple[ma.System, list[ma.studies.Scenario]]:
    """The NHS trusts of a board, and winters drawn for them."""
    rtt = ma.read_rtt(files)
    placed = ma.read_sites(sites)
    listed = set(rtt.waiting_list["origin"].astype(str))
    mine = placed[placed["latitude"].notna() & (placed["icb_code"] == icb)]["provider"].astype(str)
    own = sorted(p for p in mine if TRUST.fullmatch(p) and p in listed)
    system = rtt.system(ma.travel_times(placed, kmh=KMH), periods=13, providers=own)
    drawn = ma.studies.sampled_winters(
        system, rtt.month, ma.studies.seasons(rtt), n=count, seed=2026
    )
    return system, list(drawn.scenarios)


def dips(system: ma.System, count: int) -> list[ma.studies.Scenario]:
    """So many depths of a dip in the last two periods, for systems without files."""
    late = (system.periods - 1, system.periods)
    return [
        ma.studies.Scenario(
            f"dip {i}", [ma.studies.changes.Capacity(factor=1 - i / (2.5 * count), periods=late)]
        )
        for i in range(count)
    ]


def main() -> None:
    """Measure a board of the published files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rtt", nargs="+", type=Path, required=True)
    parser.add_argument("--sites", type=Path, required=True)
    parser.add_argument("--icb", default="QOP")
    parser.add_argument("--scenarios", type=int, default=20)
    parser.add_argument("--commit", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    system, scenarios = board(options.rtt, options.sites, options.icb, options.scenarios)
    print(f"{system!r}\n{len(scenarios)} winters, {options.commit} periods decided now\n")
    policy = ma.Policy()
    print(table(system, policy, scenarios, commit=options.commit, repeat=options.repeat))


if __name__ == "__main__":
    main()
