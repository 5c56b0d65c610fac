"""How well the forecast has fared on NHS England's files, beside saying that nothing changes.

``python -m benchmarks.accuracy --data DIR --markdown benchmarks/measured/accuracy.md`` reads every
month under ``rtt/``, forecasts each from those before it, and writes the page;
``--figures docs`` draws England's forecasts against what came.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import mutualaid as ma
from benchmarks.data import NoDataError, extracts
from benchmarks.machine import machine
from benchmarks.uncertain import peak_megabytes
from mutualaid.calibration import accuracy
from mutualaid.calibration.merged_providers import likely_mergers
from mutualaid.calibration.monthly_counts import monthly_counts
from mutualaid.calibration.past_forecasts import ENGLAND
from mutualaid.report.figures.forecast_chart import draw_forecasts
from mutualaid.report.figures.style import styled

NO_DATA = 2
DRAWN = {18: "forecast_over_18.svg", 52: "forecast_over_52.svg"}
DRAWN_MONTHS = 6
TITLE = "What was forecast half a year ahead, and what came"
SIZES = (0, 10, 100, 1_000, 10_000, np.inf)
HEADS = {
    "error": "off by",
    "bias": "too many",
    "persistence": "if nothing changed",
    "one_queue": "one queue",
    "within": "in the range",
}


@dataclass(frozen=True, kw_only=True)
class Fared:
    """A backtest, what files it is of, and what it took."""

    table: pd.DataFrame
    months: tuple[str, ...]
    merged: Sequence[str]
    seconds: Mapping[str, float]
    megabytes: float


def fared(files: Sequence[Path]) -> Fared:
    """Read the files, and forecast each month from those before it."""
    start = time.perf_counter()
    rtt = ma.read_rtt(files)
    read = time.perf_counter()
    table = ma.backtest(rtt)
    done = time.perf_counter()
    counts = monthly_counts(rtt)
    mergers = likely_mergers(counts)
    return Fared(
        table=table,
        months=rtt.months,
        merged=[
            f"{counts.providers[one.before]} into {counts.providers[one.after]}" for one in mergers
        ],
        seconds={"to read the files": read - start, "to forecast and range": done - read},
        megabytes=peak_megabytes(),
    )


def page(run: Fared) -> str:
    """Write the page."""
    found = accuracy(run.table)
    parts = [
        "# How well the forecast has fared\n",
        _about(run),
        "## England\n",
        _ENGLAND,
        _tables(found[found["whose"] == ENGLAND]),
        "## From each month\n",
        "England, too many forecast in per cent of what was published.\n",
        _by_origin(run.table),
        "## The hundred largest providers\n",
        "Medians over providers and months, whatever the sign of an error.\n",
        _tables(found[found["whose"] == "largest"]),
        "## All providers in their ranges\n",
        _by_size(run.table),
    ]
    return "\n".join(parts)


_ENGLAND = """\
*Off by*: the mean error, whatever its sign, as a share of what was published. *Too many*: the mean
with its sign. *If nothing changed* and *one queue* (each list treats the longest waits first): how
far off these are. *In the range*: published counts within what was said to hold nine of ten.
Forecasts overlap: there are fewer independent ones than months.
"""


def _about(run: Fared) -> str:
    here, origins = machine(), run.table["origin_month"]
    inside = run.table["published"].between(run.table["low"], run.table["high"])
    of_england = run.table["provider"] == ENGLAND
    share, other = (_percent(inside[rows].mean()) for rows in (of_england, ~of_england))
    merged = f"; taken to have merged: {', '.join(run.merged)}" if run.merged else ""
    took = ", ".join(f"{seconds:.0f} s {what}" for what, seconds in run.seconds.items())
    lines = [
        f"{len(run.months)} months of NHS England's full extracts, {run.months[0]} to "
        f"{run.months[-1]}{_holes(run.months)}{merged}",
        f"Forecasts from {origins.nunique()} months, {origins.min()} to {origins.max()}: each "
        "learns from the months up to it alone, and its ranges from errors that were known by then",
        f"In ranges that are to hold nine of ten: {share} of England's counts, {other} of those of "
        "providers",
        f"{took}, {run.megabytes:,.0f} MB at most; {here['cpu']}, {here['cores']} cores, shared; "
        f"Python {here['python']}, numpy {here['packages']['numpy']}, {here['when']}",
        "Again: `python -m benchmarks.accuracy --data DIR --markdown FILE`",
    ]
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _holes(months: Sequence[str]) -> str:
    every = map(str, pd.period_range(months[0], months[-1], freq="M"))
    lacking = [month for month in every if month not in months]
    return f" without {', '.join(lacking)}" if lacking else ""


def _tables(found: pd.DataFrame) -> str:
    """One table for all horizons."""
    lines = [
        f"| months ahead | | forecasts | {' | '.join(HEADS.values())} |",
        f"|---:|---|{'---:|' * (len(HEADS) + 1)}",
    ]
    for row in found.to_dict("records"):
        cells = [
            _signed(row[name])
            if name == "bias"
            else _percent(row[name], 0 if name == "within" else 1)
            for name in HEADS
        ]
        head = f"{row['horizon']} | {_over(row['over'])} | {row['forecasts']:,}"
        lines.append(f"| {head} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _by_origin(table: pd.DataFrame) -> str:
    england = table[table["provider"] == ENGLAND]
    off = england.assign(off=england["forecast"] / england["published"] - 1)
    shown = off[off["over"].isin([0, 18, 52])].pivot_table(
        index="origin_month", columns=["horizon", "over"], values="off"
    )
    heads = [f"{horizon}: {_over(over)}" for horizon, over in shown.columns]
    lines = [
        f"| from | {' | '.join(heads)} |",
        f"|---|{'---:|' * len(heads)}",
    ]
    for month, row in shown.iterrows():
        lines.append(f"| {month} | {' | '.join(_signed(value) for value in row)} |")
    return "\n".join(lines) + "\n"


def _by_size(table: pd.DataFrame) -> str:
    """Which share lies in its range, by how many were forecast."""
    own = table[table["provider"] != ENGLAND]
    inside = own["published"].between(own["low"], own["high"])
    names = [f"under {top:,.0f}" if np.isfinite(top) else "more" for top in SIZES[1:]]
    size = pd.cut(own["forecast"], SIZES, right=False, labels=names)
    rows = own.assign(inside=inside, size=size)
    shown = rows.pivot_table(
        index=["horizon", "over"], columns="size", values="inside", observed=False
    )
    lines = [
        f"| months ahead | | all | {' | '.join(names)} |",
        f"|---:|---|{'---:|' * (len(names) + 1)}",
    ]
    whole = rows.groupby(["horizon", "over"])["inside"].mean()
    for (horizon, over), row in shown.iterrows():
        cells = [_percent(value, 0) for value in (whole[horizon, over], *row)]
        lines.append(f"| {horizon} | {_over(over)} | {' | '.join(cells)} |")
    return "Columns: patients forecast.\n\n" + "\n".join(lines) + "\n"


def _over(weeks: int) -> str:
    return f"over {weeks}" if weeks else "the list"


def _percent(value: float, places: int = 1) -> str:
    return "" if np.isnan(value) else f"{100 * value:.{places}f} %"


def _signed(value: float) -> str:
    return "" if np.isnan(value) else f"{100 * value:+.1f} %"


def figures(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw what was forecast of England half a year ahead, with its range, against what came."""
    near = table[table["horizon"] == DRAWN_MONTHS]
    paths = []
    for over, name in DRAWN.items():
        with styled():
            drawn = draw_forecasts(near, ENGLAND, ENGLAND, over=over, title=TITLE)
            paths.append(drawn.save(folder / name))
        print(f"{name}: {drawn.alt}", file=sys.stderr)
    return paths


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and what else was asked for; 2 if there are no files."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--data", type=Path, help="folder with rtt/")
    parser.add_argument("--markdown", type=Path, help="write the page here")
    parser.add_argument("--figures", type=Path, help="draw figures into this folder")
    options = parser.parse_args(arguments)
    try:
        files = extracts(options.data)
    except NoDataError as error:
        print(error, file=sys.stderr)
        return NO_DATA
    run = fared(files)
    text = page(run)
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    if options.figures:
        figures(run.table, options.figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
