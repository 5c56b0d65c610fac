"""From a file of patients to a system, and to an offer list, beside what pandas needs to read it.

``python -m benchmarks.people --size 1000000`` makes up a list, writes it to Parquet, and times
each step in processes of their own, interleaved. The yardstick reads the file with pandas and
groups it once by the columns that the cohorts of the system are told apart by. Both first work on
a few patients, so that loading packages is in nobody's time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

import mutualaid as ma
from benchmarks.uncertain import peak_megabytes

CENSUS = "2026-01-31"
FEW, ALL = "few.parquet", "all.parquet"
KEYS = (
    *("origin", "service", "priority", "area", "clock_start", "consent", "willing", "icb"),
    *("tci_date", "transferred", "age", "asa", "anaesthetic", "overnight", "critical_care"),
)
"""The file's columns that decide who is alike, those that sites ask about among them."""


def yardstick(folder: Path, size: int) -> dict[str, float]:
    """Read the file and group it once, with pandas alone."""
    pd.read_parquet(folder / FEW).groupby(list(KEYS), dropna=False).size()
    start = time.perf_counter()
    frame = pd.read_parquet(folder / ALL)
    groups = frame.groupby(list(KEYS), dropna=False).size()
    seconds = time.perf_counter() - start
    if int(groups.sum()) != size:
        raise SystemExit("the yardstick lost somebody")
    return {"yardstick: pandas reads and groups once": seconds, "megabytes": peak_megabytes()}


def chain(folder: Path, size: int) -> dict[str, float]:
    """Go the whole way, and say when each step was done, counted from the start."""
    few = ma.read_waiting_list(folder / FEW, census=CENSUS)
    homes = few.rows()[["origin", "icb"]].drop_duplicates().astype(str)
    bounds = ma.patients.within_icb(dict(zip(homes["origin"], homes["icb"], strict=True)))
    accepts = pd.concat([ma.datasets.accepts(), bounds])
    made_up = ma.datasets.collaborative(list_size=len(few))
    tables = (made_up.capacity, made_up.travel, made_up.referrals, made_up.removals)
    ma.optimise(ma.System(few, *tables, accepts=accepts)).offers(few)
    made_up = ma.datasets.collaborative(list_size=size)
    tables = (made_up.capacity, made_up.travel, made_up.referrals, made_up.removals)
    start = time.perf_counter()
    patients = ma.read_waiting_list(folder / ALL, census=CENSUS)
    system = ma.System(patients, *tables, accepts=accepts)
    done = {"to a System": time.perf_counter() - start}
    plan = ma.optimise(system)
    done["to a certified plan"] = time.perf_counter() - start
    offers = plan.patients(patients)
    done["to a complete offer list, audited"] = time.perf_counter() - start
    if not plan.certificate.valid or len(offers) != size:
        raise SystemExit("the plan is not proven, or somebody is missing")
    plan.offers(patients, acceptance=ma.Acceptance.default())
    done["with reserves for who says no"] = time.perf_counter() - start
    return {**done, "megabytes": peak_megabytes()}


def table(size: int, repeat: int) -> str:
    """Measure both in turn and lay the medians out as Markdown."""
    runs: dict[str, list[float]] = {}
    peaks: dict[str, float] = {}
    fresh = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for name, count in ((FEW, 2_000), (ALL, size)):
            ma.datasets.patients(count, census=CENSUS).to_parquet(Path(folder) / name)
        with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as executor:
            for _ in range(repeat):
                for work in (yardstick, chain):
                    found = executor.submit(work, Path(folder), size).result()
                    peak = found.pop("megabytes")
                    for name, seconds in found.items():
                        runs.setdefault(name, []).append(seconds)
                        peaks[name] = max(peaks.get(name, 0.0), peak)
    medians = {name: statistics.median(seconds) for name, seconds in runs.items()}
    base = next(iter(medians.values()))
    lines = [
        f"| {size:,} patients | seconds (median of {repeat}) | ratio | peak MB of the process |",
        "|---|---:|---:|---:|",
    ]
    for name, seconds in medians.items():
        lines.append(f"| {name} | {seconds:.2f} | {seconds / base:.2f} | {peaks[name]:,.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure at the size that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(table(options.size, options.repeat))


if __name__ == "__main__":
    main()
