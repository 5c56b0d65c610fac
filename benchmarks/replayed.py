"""Replays of the bundled collaborative: who does best where much is chance, over many seeds.

``python -m benchmarks.replayed --seeds 100`` lets two in three accept; ``--curve`` takes the
default curve of acceptance, and with ``--as-if-all`` the plan takes everybody for willing all the
same; ``--weeks-saved 4`` plans moves only for who gains so much. A plan made anew every period
takes most of the time; ``--once`` leaves it, and hindsight, out.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import mutualaid as ma
from mutualaid.simulation.compare import POLICIES
from mutualaid.simulation.confidence import half_width


def main() -> None:
    """Replay, and lay means and confidence intervals out as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trusts", type=int, default=8)
    parser.add_argument("--periods", type=int, default=13)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lead-weeks", type=int, default=3)
    parser.add_argument("--weeks-saved", type=int, default=0)
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--as-if-all", action="store_true")
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    system = ma.datasets.collaborative(trusts=options.trusts, periods=options.periods)
    curve = ma.Acceptance.default() if options.curve else None
    policy = ma.Policy(
        lead_weeks=options.lead_weeks,
        min_weeks_saved=options.weeks_saved,
        acceptance=None if options.as_if_all else curve,
    )
    plan = ma.optimise(system, policy)
    start = time.perf_counter()
    policies = POLICIES[:-1] if options.once else POLICIES
    with ProcessPoolExecutor(options.workers) as executor:
        found = plan.replay(
            policies=policies,
            noise=ma.simulation.Noise(acceptance=curve),
            seeds=range(options.seeds),
            executor=executor,
            hindsight=not options.once,
        )
    took = time.perf_counter() - start
    print(f"{system!r}\n{options.seeds} seeds, {options.workers} processes, {took:.0f} s\n")
    print(
        "| policy | harm-weeks with travel and moves | less than alone | over 18 at the end "
        "| over 52 | moves | offers |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    runs = found.runs.pivot_table(index="seed", columns="policy", sort=False)
    for name in dict.fromkeys(found.runs["policy"]):
        saved = (runs["objective"]["nothing"] - runs["objective"][name]).to_numpy()
        mean = {column: runs[column][name].mean() for column in ("objective", *FIGURES)}
        cells = [
            name,
            f"{mean['objective']:,.0f}",
            f"{saved.mean():,.0f} ± {float(half_width(saved)):,.0f}",
            *(f"{mean[column]:,.0f}" for column in FIGURES),
        ]
        print(f"| {' | '.join(cells)} |")


FIGURES = ("over_18", "over_52", "moves", "asked")


if __name__ == "__main__":
    main()
