"""Show what England's real waiting list could gain, with the capacity that was used.

Run: ``python examples/england_rtt.py RTT_FILE ...``

RTT_FILE is NHS England's "Full CSV data file" (csv or zip; all months that you have). Where
providers are comes with the package; ``--sites`` names another table of codes with latitude and
longitude. ``--icb QOP`` takes the NHS trusts of some boards alone.

With two consecutive months or more a twin forecasts what happens as today, and the plan is by
stream and wait class beside it; with one month, or ``--one-queue``, every list is one queue.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ladder_rtt import places, three, trend, trusts_of, twin_of

import mutualaid as ma


def main() -> None:
    """Read, plan, and print what was found and how long each step took."""
    options = _options()
    clock = _Clock()
    rtt = ma.read_rtt(options.rtt)
    clock.lap("read")
    twin = twin_of(rtt, one_queue=options.one_queue)
    clock.lap("twin")
    sites = places(options.sites)
    travel = ma.travel_times(sites)
    trusts = [trust for icb in options.icb for trust in trusts_of(icb, sites, rtt)] or None
    if twin is None:
        system = rtt.system(travel, options.periods, trusts)
    else:
        system = twin.system(
            travel, options.periods, trusts, classes=options.classes, steerable=options.steerable
        )
    clock.lap("system")
    if system.as_today is not None:
        print(f"As published, then as today:\n{trend(rtt, system.as_today)}\n")
    model = ma.build(system, ma.Policy(max_minutes=options.max_minutes))
    clock.lap("model")
    plan = model.solve()
    clock.lap("solve, certify, decode, audit")
    whole = plan.measures(by=None).iloc[0]
    own = plan.measures(by="origin")
    clock.lap("measures")
    print(plan, end="\n\n")
    print(f"{model!r}")
    print(f"Removals: {rtt.removals_basis}", end="\n\n")
    for name in ("over_18", "over_52", "over_65", "list_size"):
        print(
            f"{name:>12}: {whole[f'{name}_before']:>11,.0f} alone, "
            f"{whole[f'{name}_after']:>11,.0f} together"
        )
    if twin is not None:
        print(f"\nAs today, alone in order, together:\n{three(plan)}")
    worse = (own["harm_weeks_after"] > own["harm_weeks_before"]).sum()
    print(f"\nIn {worse} of {len(own)} trusts the own patients bear more harm than alone:")
    print("this mode puts the population first.")
    print("Completed pathways are what was done, not what could be done: a floor for capacity.")
    print(clock)
    if not (plan.certificate.valid and plan.certificate.exact and plan.certificate.optimal):
        raise SystemExit("the plan is not proven best")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rtt", nargs="+", type=Path, help="RTT full extract, csv or zip")
    parser.add_argument("--sites", type=Path, help="other places: codes, latitude, longitude")
    parser.add_argument("--icb", nargs="+", default=[], help="codes of boards; all of England")
    parser.add_argument("--classes", type=int, default=6, help="wait classes of each service")
    parser.add_argument("--steerable", type=float, help="share of slots that a plan may use")
    parser.add_argument("--one-queue", action="store_true", help="without streams or classes")
    parser.add_argument("--periods", type=int, default=13, help="periods of four weeks")
    parser.add_argument("--max-minutes", type=float, default=60.0, help="furthest way")
    return parser.parse_args()


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
