"""Replays of the bundled collaborative: who does best where much is chance, over many seeds.

``python -m benchmarks.replayed --seeds 200`` takes some ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import mutualaid as ma


def main() -> None:
    """Replay, and lay means and confidence intervals out as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--trusts", type=int, default=8)
    parser.add_argument("--periods", type=int, default=13)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    system = ma.datasets.collaborative(trusts=options.trusts, periods=options.periods)
    plan = ma.optimise(system)
    start = time.perf_counter()
    with ProcessPoolExecutor(options.workers) as executor:
        found = plan.replay(seeds=range(options.seeds), executor=executor)
    took = time.perf_counter() - start
    print(f"{system!r}\n{options.seeds} seeds, {options.workers} processes, {took:.0f} s\n")
    print(
        "| policy | harm-weeks with travel and moves | more than re-planned | over 18 at the end "
        "| moves | best of all |\n|---|---:|---:|---:|---:|---:|"
    )
    for row in found.table.to_dict("records"):
        paper = row["policy"] == "plan"
        cells = [
            row["policy"],
            f"{row['objective']:,.0f}" + ("" if paper else f" ± {row['objective_ci']:,.0f}"),
            "" if paper else f"{row['objective_more']:,.0f} ± {row['objective_more_ci']:,.0f}",
            f"{row['over_18']:,.0f}",
            f"{row['moves']:,.0f}",
            f"{row['best']:.0%}" if row["best"] == row["best"] else "",
        ]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
