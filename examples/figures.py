"""Draw every figure of the bundled collaborative, with made-up places, and print what each says.

Run: ``python examples/figures.py [FOLDER]``

FOLDER is made if it is not there; ``figures`` if none is given. Needs ``mutualaid[plot]``.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

import mutualaid as ma
from mutualaid.report.figures import Drawing, LadderFigures, PlanFigures

CENSUS = dt.date(2026, 2, 28)
COARSE = 0.02
"""The frontier is traced to two hundredths of what sacrifice saves: enough for a figure."""


def main() -> None:
    """Write each figure as PNG and SVG, and print its title and its alternative text."""
    folder = _options().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in drawings().items():
        for kind in ("png", "svg"):
            drawing.save(folder / f"{name}.{kind}")
        print(f"{name}: {drawing.title}\n  {drawing.alt}\n")


def drawings() -> dict[str, Drawing]:
    """Climb the ladder of the bundled collaborative and draw it, and the plan at its top."""
    ladder = ma.ladder(ma.datasets.collaborative())
    places = ma.datasets.collaborative_providers()
    names = dict(zip(places["provider"], places["name"], strict=True))
    rungs, plan = LadderFigures(ladder), PlanFigures(ladder.plans["Deep"])
    return {
        "ladder": rungs.rungs(),
        "frontier": rungs.frontier(tolerance=COARSE),
        "map": plan.flows(places),
        "matrix": plan.flows(names=names),
        "waits": plan.waits(),
        "gains": plan.gains(names=names),
        "prices": plan.prices(names=names),
        "list": plan.list_size(census=CENSUS),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("figures"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
