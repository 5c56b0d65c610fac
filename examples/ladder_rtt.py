"""Four ways to collaborate, for the NHS trusts of an integrated care board and its neighbours.

Run: ``python examples/ladder_rtt.py RTT_FILE ... --icb QOP``

RTT_FILE is NHS England's "Full CSV data file" (csv or zip; all months that you have). The NHS
trusts of the board are taken, and all within ``--minutes`` of any of them; the capacity is what was
used. Where providers are comes with the package; ``--sites`` names another table.

With two consecutive months or more a twin forecasts what happens as today, and the ladder is by
stream and wait class beside it; with one month, or ``--one-queue``, every list is one queue.
"""

from __future__ import annotations

import argparse
import re
import time
from itertools import pairwise
from pathlib import Path

import pandas as pd

import mutualaid as ma
from mutualaid.data.as_today import AsToday

TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""
OVER = (18, 52)
SHOWN_MONTHS = 6
HALF_A_YEAR = 26


def main() -> None:
    """Climb the ladder and say what each rung adds, for whom, and what each insistence costs."""
    options = _options()
    rtt = ma.read_rtt(options.rtt)
    twin = twin_of(rtt, one_queue=options.one_queue)
    sites = places(options.sites)
    travel = ma.travel_times(sites)
    for icb in options.icb:
        own = trusts_of(icb, sites, rtt)
        near = neighbours(own, travel, rtt, options.minutes)
        if twin is None:
            system = rtt.system(travel, periods=options.periods, providers=near)
        else:
            system = twin.system(
                travel, options.periods, near, classes=options.classes, steerable=options.steerable
            )
        print(
            f"== {icb}: {len(own)} trusts of its own, {len(near)} with its neighbours within "
            f"{options.minutes:g} minutes"
        )
        if system.as_today is not None:
            print(f"\nAs published, then as today:\n{trend(rtt, system.as_today)}\n")
        begun = time.perf_counter()
        ladder = ma.ladder(system, ma.Policy(max_minutes=options.minutes))
        took = time.perf_counter() - begun
        show(ladder, own)
        if twin is not None:
            print(f"\nAs today, alone in order, and with Deep:\n{three(ladder.plans['Deep'])}")
        print(f"\nfour plans, certified and audited, in {took:.1f} s\n")
        check(ladder)


def places(path: Path | None) -> pd.DataFrame:
    """Where providers are, as far as it is known: by a table, or as the package says."""
    if path is not None:
        return ma.read_sites(path)
    known = ma.datasets.providers()
    return known[known["latitude"].notna()]


def twin_of(rtt: ma.readers.RTT, *, one_queue: bool) -> ma.Twin | None:
    """Learn from the months, or say why no forecast stands behind the plan."""
    if one_queue:
        print("One queue for each service, as asked: no forecast stands behind the plan.\n")
        return None
    months = [pd.Period(month, "M").ordinal for month in rtt.months]
    if 1 not in {later - earlier for earlier, later in pairwise(months)}:
        print(f"No two consecutive months in {', '.join(rtt.months)}: one queue for each service,")
        print("and no forecast of what happens as today stands behind the plan.\n")
        return None
    return ma.calibrate(rtt)


def trend(rtt: ma.readers.RTT, forecast: AsToday) -> str:
    """Lay the last months out as published, and as today about half a year on with its range."""
    counts, ours = rtt.counts, forecast.cells["origin"].unique()
    waiting = counts[(counts["part"] == "incomplete") & counts["provider"].isin(ours)]
    rows = []
    for month in rtt.months[-SHOWN_MONTHS:]:
        of = waiting[waiting["month"] == month]
        told = {"list": of["pathways"].sum()}
        for weeks in OVER:
            told[f"over {weeks}"] = of.loc[of["weeks_waiting"].ge(weeks), "pathways"].sum()
        rows.append({"": month, **{name: f"{count:,}" for name, count in told.items()}})
    period = min(HALF_A_YEAR // forecast.period_weeks, forecast.periods)
    ahead = forecast.table(OVER, period=period).iloc[0]
    columns = {"list": "list_size", **{f"over {weeks}": f"over_{weeks}" for weeks in OVER}}
    row = {name: f"{ahead[column]:,.0f}" for name, column in columns.items()}
    rows.append({"": f"as today, {period * forecast.period_weeks} weeks on", **row})
    if not ahead[[f"{column}_low" for column in columns.values()]].isna().any():
        ends = {n: (ahead[f"{c}_low"], ahead[f"{c}_high"]) for n, c in columns.items()}
        row = {name: f"{low:,.0f} to {high:,.0f}" for name, (low, high) in ends.items()}
        rows.append({"": "nine times in ten", **row})
    else:
        print("(No range is known: it takes eight months or more.)")
    return pd.DataFrame(rows).to_string(index=False)


def three(plan: ma.Plan) -> str:
    """Lay the three numbers of each figure out: as today, alone in order, together."""
    found = plan.three_numbers().set_index("figure")
    shown = found[["as_today", "low", "high", "in_order", "together", "order_at_home", "aid"]]
    forms = {name: "{:.1%}" if name.startswith("share") else "{:,.0f}" for name in shown.index}
    texts = [
        ["-" if value != value else forms[str(name)].format(value) for value in row]
        for name, row in zip(shown.index, shown.to_numpy(), strict=True)
    ]
    heads = [str(name).replace("_", " ") for name in shown]
    return pd.DataFrame(texts, index=shown.index, columns=heads).to_string()


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
    counts = ("moves", "over_18", "over_52", "over_65")
    told = {name: table[name].map("{:,.0f}".format, na_action="ignore") for name in counts}
    board = pd.DataFrame(
        {
            "way to collaborate": table["rung"],
            "harm-weeks": table["objective"].map("{:,.0f}".format),
            "saved": table["saved_share"].map("{:.2%}".format, na_action="ignore"),
            **{name.replace("_", " "): column for name, column in told.items()},
            "trusts worse off": table["worse_off"].map("{:.0f}".format, na_action="ignore"),
            "worst loss": table["worst_loss"].map("{:.1%}".format, na_action="ignore"),
        }
    )
    print(board.to_string(index=False, na_rep=""), end="\n\n")
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
    # What is forecast as today is no rung.
    table = ladder.table.set_index("rung").loc[list(ladder.plans)]
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
    parser.add_argument("--sites", type=Path, help="other places: codes, ICB, coordinates")
    parser.add_argument("--icb", nargs="+", default=["QOP"], help="codes of boards")
    parser.add_argument("--periods", type=int, default=13, help="periods of four weeks")
    parser.add_argument("--minutes", type=float, default=60.0, help="furthest way")
    parser.add_argument("--classes", type=int, default=6, help="wait classes of each service")
    parser.add_argument("--steerable", type=float, help="share of slots that a plan may use")
    parser.add_argument("--one-queue", action="store_true", help="without streams or classes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
