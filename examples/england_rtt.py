"""Show what England's real waiting list could gain, with the capacity that was used.

Run: ``python examples/england_rtt.py RTT_FILE --sites PROVIDERS_CSV``

RTT_FILE is NHS England's "Full CSV data file" (csv or zip; more than one for several months),
PROVIDERS_CSV a table of provider codes with latitude and longitude. Without ``--sites`` a
``providers.csv`` beside the file or its folder is taken.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import mutualaid as ma


def main() -> None:
    """Read, plan, and print what was found and how long each step took."""
    options = _options()
    clock = _Clock()
    rtt = ma.read_rtt(options.rtt)
    clock.lap("read")
    travel = ma.travel_times(ma.read_sites(_sites(options)))
    system = rtt.system(travel, periods=options.periods, providers=None)
    clock.lap("system")
    model = ma.build(system, ma.Policy(max_minutes=options.max_minutes))
    clock.lap("model")
    plan = model.solve()
    clock.lap("solve, certify, decode, audit")
    whole = plan.measures(by=None).iloc[0]
    trusts = plan.measures(by="origin")
    clock.lap("measures")
    print(plan, end="\n\n")
    print(f"{model!r}")
    print(f"Removals: {rtt.removals_basis}", end="\n\n")
    for name in ("over_18", "over_52", "over_65", "list_size"):
        print(
            f"{name:>12}: {whole[f'{name}_before']:>11,.0f} alone, "
            f"{whole[f'{name}_after']:>11,.0f} together"
        )
    worse = (trusts["harm_weeks_after"] > trusts["harm_weeks_before"]).sum()
    print(f"\nIn {worse} of {len(trusts)} trusts the own patients bear more harm than alone:")
    print("this mode puts the population first.")
    print("Completed pathways are what was done, not what could be done: a floor for capacity.")
    print(clock)
    if not (plan.certificate.valid and plan.certificate.exact and plan.certificate.optimal):
        raise SystemExit("the plan is not proven best")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rtt", nargs="+", type=Path, help="RTT full extract, csv or zip")
    parser.add_argument("--sites", type=Path, help="provider codes with latitude and longitude")
    parser.add_argument("--periods", type=int, default=13, help="periods of four weeks")
    parser.add_argument("--max-minutes", type=float, default=60.0, help="furthest way")
    return parser.parse_args()


def _sites(options: argparse.Namespace) -> Path:
    if options.sites is not None:
        return options.sites
    folder = options.rtt[0].resolve().parent
    for place in (folder / "providers.csv", folder.parent / "providers.csv"):
        if place.exists():
            return place
    raise SystemExit("no providers.csv beside the RTT file: say where with --sites")


class _Clock:
    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self.last = now - self.last, now

    def __str__(self) -> str:
        laps = "; ".join(f"{name} {seconds:.2f} s" for name, seconds in self.laps.items())
        return f"\n{laps}; in all {sum(self.laps.values()):.2f} s"


if __name__ == "__main__":
    main()
