"""How long tables take to open, beside pandas with pyarrow's parser, as a ratio within one run.

``python -m benchmarks.tables`` writes a table of a million rows and a travel matrix of the size of
England's (34,752 areas by 125 hospitals; or takes ``--travel FILE``), and reads each in turn: the
opener and ``pandas.read_csv(engine="pyarrow")`` one after the other, in one process, several times.
The matrix is read to the end: 4.3 million ways with their codes, checked and in order. What is told
is the median of the ratios of neighbours, which a busy machine changes least.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mutualaid.data.opening.open_table import open_table
from mutualaid.data.taking.from_file import from_file
from mutualaid.readers import travel_matrix

AREAS, HOSPITALS = 34_752, 125
"""Lower-layer areas of England and Wales in 2011, and their acute stroke hospitals."""
SHORTEST_AREAS = 50
NUMBERS = (2, 3)
"""Columns of the table that are numbers."""


def million(path: Path, rows: int) -> None:
    """Write a waiting list by area: a row for each list, area and week band."""
    draw = np.random.default_rng(2026)
    providers, services = [f"R{n:02}" for n in range(40)], [f"C_{n}" for n in range(100, 124)]
    areas = [f"E{n:08}" for n in range(1_000_000, 1_002_000)]
    table = pd.DataFrame(
        {
            "origin": draw.choice(providers, rows),
            "service": draw.choice(services, rows),
            "weeks_waiting": draw.integers(0, 105, rows),
            "patients": draw.integers(1, 50, rows),
            "priority": draw.choice(["P2", "P3", "P4"], rows),
            "area": draw.choice(areas, rows),
        }
    )
    table.to_csv(path, index=False)


def matrix(path: Path, areas: int) -> None:
    """Write a wide table of minutes."""
    draw = np.random.default_rng(2026)
    minutes = np.round(draw.uniform(3, 400, (areas, HOSPITALS)), 1)
    table = pd.DataFrame(minutes, columns=[f"H{n:03}" for n in range(HOSPITALS)])
    table.insert(0, "LSOA", [f"E{n:08}" for n in range(1_000_000, 1_000_000 + areas)])
    table.to_csv(path, index=False)


def seconds(work: Callable[[], object]) -> float:
    """Do a work once, and say how long it took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(ours: Callable[[], object], theirs: Callable[[], object], repeat: int) -> list[float]:
    """Do two works in turn: the median of each, and of the ratio of neighbours."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repeat)]
    columns = zip(*((a, b, a / b) for a, b in pairs), strict=True)
    return [statistics.median(column) for column in columns]


def measured(rows: int, travel: Path | None, repeat: int) -> Mapping[str, list[float]]:
    """Measure both kinds of table."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Path(folder) / "waiting_list.csv"
        million(table, rows)
        if travel is None:
            travel = Path(folder) / "travel.csv"
            matrix(travel, max(min(AREAS, rows), SHORTEST_AREAS))
        ways = travel
        return {
            f"a table of {rows:,} rows, opened": in_turn(
                lambda: open_table(table).body(NUMBERS),
                lambda: pd.read_csv(table, engine="pyarrow"),
                repeat,
            ),
            f"a table of {rows:,} rows, its codes and counts checked": in_turn(
                lambda: from_file("waiting_list", table),
                lambda: pd.read_csv(table, engine="pyarrow"),
                repeat,
            ),
            f"a travel matrix ({ways.name}), to its ways": in_turn(
                lambda: travel_matrix(ways), lambda: pd.read_csv(ways, engine="pyarrow"), repeat
            ),
        }


def main() -> None:
    """Measure at the size that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--travel", type=Path, help="a wide table of minutes")
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    print("| table | seconds | pandas, pyarrow's parser | ratio |\n|---|---:|---:|---:|")
    for name, (ours, theirs, ratio) in measured(
        options.rows, options.travel, options.repeat
    ).items():
        print(f"| {name} | {ours:.2f} | {theirs:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
