"""Draw the picture of the README: four ways for eight made-up trusts to collaborate.

Run: ``python examples/picture.py [FILE.svg]``

FILE.svg is ``docs/ladder.svg`` if none is given. Needs ``mutualaid[plot]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mutualaid as ma
from mutualaid.report.figures import Drawing

PICTURE = Path(__file__).parents[1] / "docs" / "ladder.svg"


def drawing() -> Drawing:
    """Climb the ladder of the bundled collaborative, and draw it."""
    return ma.ladder(ma.datasets.collaborative()).plot.rungs()


def main() -> None:
    """Write the picture, and print what it shows."""
    drawn = drawing()
    path = drawn.save(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
    print(f"{path.name}: {drawn.title}\n  {drawn.alt}")


if __name__ == "__main__":
    main()
