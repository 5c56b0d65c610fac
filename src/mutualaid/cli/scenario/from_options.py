"""A scenario file from the options of a command."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from mutualaid.errors import Problems

LADDER = "ladder"
NOT_IN_NAMES = re.compile(r"[^\w.-]+")
"""What names of files are better without."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What ``mutualaid rtt`` was asked for."""

    files: Sequence[Path]
    sites: Path | None = None
    icb: Sequence[str] | None = None
    provider: Sequence[str] | None = None
    within: float | None = None
    service: Sequence[str] | None = None
    successor: Sequence[str] | None = None
    classes: int | None = None
    steerable: float | None = None
    one_queue: bool = False
    mode: str = LADDER
    minutes: float = 60.0
    miles: float | None = None
    periods: int = 13
    out: Path = Path()
    suppress_below: int | None = None

    @property
    def stem(self) -> str:
        """What outputs are called."""
        return "-".join(["rtt", *(NOT_IN_NAMES.sub("-", board) for board in self.icb or ())])

    def toml(self, folder: Path) -> str:
        """Write the scenario file that does the same from a folder."""
        data: dict[str, Any] = {
            "rtt": [_from(folder, path) for path in self.files],
            "sites": None if self.sites is None else _from(folder, self.sites),
            "icb": self.icb,
            "providers": self.provider,
            "within_minutes": self.within,
            "services": self.service,
            "successors": pairs(self.successor or ()),
            "periods": self.periods,
            "twin": False if self.one_queue else None,
            "classes": self.classes,
            "steerable": self.steerable,
        }
        outputs = {
            "folder": _from(folder, self.out),
            "page": f"{self.stem}.html",
            "workbook": f"{self.stem}.xlsx",
            "suppress_below": self.suppress_below,
        }
        content = {
            "data": data,
            "policy": {"max_minutes": self.minutes, "max_miles": self.miles},
            "outputs": outputs,
            "collaboration": {"mode": None if self.mode == LADDER else self.mode},
        }
        given = {name: _given(table) for name, table in content.items()}
        return tomli_w.dumps(_given(given))


def pairs(options: Iterable[str]) -> dict[str, str]:
    """Read options such as ``RW6=RM3``.

    Examples
    --------
    >>> pairs(["RW6=RM3"])
    {'RW6': 'RM3'}
    """
    problems = Problems()
    found: dict[str, str] = {}
    for option in options:
        old, _, new = (part.strip() for part in option.partition("="))
        if not old or not new or "=" in new:
            problems.add("", "--successor", f"is {option!r}", "write it as RW6=RM3")
        elif found.setdefault(old, new) != new:
            what = f"leads from {old} to both {found[old]} and {new}"
            problems.add("", "--successor", what, "leave one of them out")
    problems.raise_if_any()
    return found


def _given(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value not in (None, [], (), {})}


def _from(folder: Path, path: Path) -> str:
    """A path as it is written in a file of a folder."""
    if path.is_absolute():
        return str(path)
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        # On another drive.
        return str(path.resolve())
