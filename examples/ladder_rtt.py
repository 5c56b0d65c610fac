"""Four ways to collaborate, for the NHS trusts of an integrated care board and its neighbours.

Run: ``python examples/ladder_rtt.py RTT_FILE --icb QOP --sites PROVIDERS_CSV``

RTT_FILE is NHS England's "Full CSV data file" (csv or zip), PROVIDERS_CSV a table of provider
codes with ICB, latitude and longitude. The NHS trusts of the board are taken, and all within an
hour of any of them; the capacity is what was used.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

import pandas as pd

import mutualaid as ma

TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""


def main() -> None:
    """Climb the ladder and say what each rung adds, for whom, and what each insistence costs."""
    options = _options()
    rtt = ma.read_rtt(options.rtt)
    sites = ma.read_sites(options.sites)
    travel = ma.travel_times(sites)
    for icb in options.icb:
        own = trusts_of(icb, sites, rtt)
        near = neighbours(own, travel, rtt, options.minutes)
        system = rtt.system(travel, periods=options.periods, providers=near)
        print(
            f"== {icb}: {len(own)} trusts of its own, {len(near)} with its neighbours within "
            f"{options.minutes:g} minutes"
        )
        begun = time.perf_counter()
        ladder = ma.ladder(system, ma.Policy(max_minutes=options.minutes))
        took = time.perf_counter() - begun
        show(ladder, own)
        print(f"\nfour plans, certified and audited, in {took:.1f} s\n")
        check(ladder)


def trusts_of(icb: str, sites: pd.DataFrame, rtt: ma.readers.RTT) -> list[str]:
    """Name the NHS trusts of a board that have a list and a place on the map."""
    listed = set(rtt.waiting_list["origin"].astype(str))
    placed = sites[sites["latitude"].notna() & (sites["icb_code"] == icb)]["provider"]
    found = sorted(p for p in placed.astype(str) if TRUST.fullmatch(p) and p in listed)
    if not found:
        raise SystemExit(f"no NHS trust of {icb} has a list and a place: is the code right?")
    return found


def neighbours(
    own: list[str], travel: pd.DataFrame, rtt: ma.readers.RTT, minutes: float
) -> list[str]:
    """Add every NHS trust within reach of any of them."""
    listed = set(rtt.waiting_list["origin"].astype(str))
    ways = travel[travel["origin"].isin(own) & (travel["minutes"] <= minutes)]
    reached = {p for p in ways["provider"].astype(str) if TRUST.fullmatch(p) and p in listed}
    return sorted(reached | set(own))


def show(ladder: ma.studies.Ladder, own: list[str]) -> None:
    """Print the ladder, the price of each insistence, and the trusts of the board."""
    table = ladder.table
    board = pd.DataFrame(
        {
            "way to collaborate": table["rung"],
            "harm-weeks": table["objective"].map("{:,.0f}".format),
            "saved": table["saved_share"].map("{:.2%}".format),
            "moves": table["moves"].map("{:,}".format),
            "over 18": table["over_18"].map("{:,}".format),
            "over 52": table["over_52"].map("{:,}".format),
            "over 65": table["over_65"].map("{:,}".format),
            "trusts worse off": table["worse_off"],
            "worst loss": table["worst_loss"].map("{:.1%}".format),
        }
    )
    print(board.to_string(index=False), end="\n\n")
    print("What each insistence costs, in harm-weeks a year:")
    print(ladder.price_of_sovereignty.map("{:,.0f}".format).to_string(), end="\n\n")
    print("What its own trusts gain over being alone, and give and get (patients):")
    mine = ladder.trusts[ladder.trusts["origin"].isin(own)].set_index("origin")
    kinds = ("gain_share", "given", "received")
    columns = [c for c in mine if str(c).endswith(kinds)]
    shown = mine[columns].copy()
    for column in columns:
        form = "{:+.1%}" if str(column).endswith("gain_share") else "{:,}"
        shown[column] = shown[column].map(form.format)
    shown.columns = pd.Index([str(c).replace("_", " ") for c in columns])
    print(shown.T.to_string())
    breaches = ladder.new_threshold_breaches()
    print("\nThresholds newly breached, by trust or service (see Ladder.new_threshold_breaches):")
    print(breaches.groupby(["rung", "lens", "measure"]).size().to_string())


def check(ladder: ma.studies.Ladder) -> None:
    """Stop with an error if what must be true of every ladder is not."""
    table = ladder.table.set_index("rung")
    true = {
        "each rung costs no more than the one below": bool((table["saved_by_step"] >= 0).all()),
        "nobody is worse off before Deep": int(table["worse_off"].iloc[:3].sum()) == 0,
        "aid is matched under Transactional": bool(
            (ladder.plans["Transactional"].balance()["patients_net"] == 0).all()
        ),
        "every plan is within 0.1 % of its bound": bool((table["gap"] < 1e-3).all()),
        "every certificate holds": all(p.certificate.valid for p in ladder.plans.values()),
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rtt", nargs="+", type=Path, help="RTT full extract, csv or zip")
    parser.add_argument("--sites", type=Path, required=True, help="codes, ICB and coordinates")
    parser.add_argument("--icb", nargs="+", default=["QOP"], help="codes of boards")
    parser.add_argument("--periods", type=int, default=13, help="periods of four weeks")
    parser.add_argument("--minutes", type=float, default=60.0, help="furthest way")
    return parser.parse_args()


if __name__ == "__main__":
    main()
