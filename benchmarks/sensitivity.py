"""How far a plan on published counts hangs on what nobody publishes: classes, streams, steering.

``python -m benchmarks.sensitivity --icb QOP`` reads every month under ``rtt/``, plans the trusts
of a board for a year with wait classes, streams and steerable slots of several kinds, and writes
``benchmarks/measured/sensitivity.md``; without ``--icb`` it plans all providers of England.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import mutualaid as ma
from benchmarks.accuracy import NO_DATA
from benchmarks.cases import KMH, TRUST
from benchmarks.data import NoDataError, extracts, find
from benchmarks.machine import machine

CLASSES = (1, 2, 4, 6, 10)
STEERABLE = (None, 0.05, 0.20, 0.50, 1.00)
"""None is the default: half of the admitted stream's slots and a fifth of the other's."""
MODES = {"Deep": ma.Deep(), "Transactional": ma.Transactional()}
MINUTES = 60.0
PERIODS = 13
FIGURES = ("over_18", "over_52")
PAGE = Path("benchmarks/measured/sensitivity.md")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was planned, a row a plan, and of whom."""

    table: pd.DataFrame
    months: tuple[str, ...]
    who: str
    today: Mapping[str, float]


def board(twin: ma.Twin, sites: pd.DataFrame, icb: str | None) -> list[str] | None:
    """Find the NHS trusts of a board that have a list and a place; None for all providers."""
    if icb is None:
        return None
    listed = set(twin.rtt.waiting_list["origin"].astype(str))
    here = sites[(sites["icb_code"] == icb) & sites["latitude"].notna()]["provider"].astype(str)
    found = sorted(code for code in here if TRUST.fullmatch(code) and code in listed)
    if not found:
        raise SystemExit(f"no NHS trust of {icb} has a list and a place: is the code right?")
    return found


def measured(
    files: Sequence[Path],
    places: Path,
    icb: str | None,
    *,
    classes: Sequence[int] = CLASSES,
    steerable: Sequence[float | None] = STEERABLE,
    periods: int = PERIODS,
) -> Measured:
    """Plan with each number of classes, with streams and without, and each steerable share."""
    twin = ma.calibrate(files)
    sites = ma.read_sites(places)
    travel = ma.travel_times(sites, kmh=KMH)
    trusts = board(twin, sites, icb)
    rows: list[dict[str, object]] = []
    today: dict[str, float] = {}
    for streams, count, share in itertools.product((True, False), classes, steerable):
        system = twin.system(
            travel, periods, trusts, classes=count, streams=streams, steerable=share
        )
        for name, mode in MODES.items():
            begun = time.perf_counter()
            plan = ma.optimise(system, ma.Policy(max_minutes=MINUTES), mode)
            took = time.perf_counter() - begun
            told = plan.three_numbers().set_index("figure")
            today = {figure: float(told.loc[figure, "as_today"]) for figure in FIGURES}
            sides = {
                f"{figure}_{side}": float(told.loc[figure, side])
                for figure in FIGURES
                for side in ("in_order", "together")
            }
            gain = 1 - plan.objective / plan.baseline_objective
            moves = int(plan.moves["patients"].sum())
            asked = {"mode": name, "streams": streams, "classes": count, "steerable": share}
            rows.append({**asked, "gain": gain, "moves": moves, **sides, "seconds": took})
            print(f"{name}, {streams}, {count}, {share}: {gain:.2%}, {took:.1f} s", file=sys.stderr)
    who = "England" if trusts is None else f"the {len(trusts)} NHS trusts of {icb}"
    return Measured(table=pd.DataFrame(rows), months=twin.months, who=who, today=today)


def page(run: Measured) -> str:
    """Write the page."""
    here = machine()
    today = ", ".join(
        f"{count:,.0f} over {figure.removeprefix('over_')}" for figure, count in run.today.items()
    )
    lines = [
        "# How far a plan hangs on what is not published\n",
        f"- {run.who[:1].upper()}{run.who[1:]}, from {run.months[-1]}, learned from "
        f"{len(run.months)} months; nobody is sent further than {MINUTES:.0f} minutes",
        f"- As today, at the end of the year, whatever is assumed here: {today} weeks",
        f"- {here['cpu']}, {here['cores']} cores, shared; Python {here['python']}, numpy "
        f"{here['packages']['numpy']}, {here['when']}",
        "- Again: `python -m benchmarks.sensitivity --icb CODE --data DIR`\n",
        _HEAD,
    ]
    for mode, rows in run.table.groupby("mode", sort=False):
        lines += [f"## {mode}\n", _table(rows)]
    return "\n".join(lines)


_HEAD = """\
*Steerable*: the share of slots that a plan may use; the others are booked, and treat who waits as
today. *By default*: half of the slots that end with an admission and a fifth of the others, beyond
the quickest 30 % of completions, of which none. *Gain*: harm saved against each trust alone, in
order. *Over 18* and *over 52* are at the end of the year. *Seconds*: to plan, certify and audit.
One stream and one class with everything steerable has the rates of `RTT.system`, means over all
months.
"""


def _table(rows: pd.DataFrame) -> str:
    heads = ["streams", "classes", "steerable", "gain", "moves"]
    heads += [f"over {w}, {side}" for w in (18, 52) for side in ("in order", "together")]
    lines = [
        f"| {' | '.join([*heads, 'seconds'])} |",
        f"|---|---:|---:|{'---:|' * (len(heads) - 2)}",
    ]
    for row in rows.to_dict("records"):
        share = row["steerable"]
        counts = [
            f"{row[f'{f}_{side}']:,.0f}" for f in FIGURES for side in ("in_order", "together")
        ]
        cells = [
            "two" if row["streams"] else "one",
            str(row["classes"]),
            "by default" if pd.isna(share) else f"{share:.0%}".replace("%", " %"),
            f"{100 * row['gain']:.2f} %",
            f"{row['moves']:,}",
            *counts,
            f"{row['seconds']:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Plan, print and write the page; 2 if there are no files."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sensitivity", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--data", type=Path, help="folder with rtt/ and providers.csv")
    parser.add_argument("--icb", help="code of a board; all providers of England without it")
    parser.add_argument("--markdown", type=Path, default=PAGE, help="write the page here")
    parser.add_argument("--classes", type=int, nargs="+", default=list(CLASSES))
    parser.add_argument("--periods", type=int, default=PERIODS, help="periods of four weeks")
    options = parser.parse_args(arguments)
    try:
        files, places = extracts(options.data), find(options.data).sites
    except NoDataError as error:
        print(error, file=sys.stderr)
        return NO_DATA
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        run = measured(
            files,
            places,
            options.icb,
            classes=options.classes,
            periods=options.periods,
        )
    text = page(run)
    print(text)
    options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
