"""A scenario file from the options of a command."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from mutualaid.errors import Problems

LADDER = "ladder"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What ``mutualaid rtt`` was asked for.

    Examples
    --------
    >>> asked = Asked(files=(Path("january.zip"),), sites=Path("providers.csv"), icb=("QOP",))
    >>> print(asked.toml(Path()).splitlines()[0])
    [data]
    """

    files: tuple[Path, ...]
    sites: Path
    icb: tuple[str, ...] = ()
    within: float | None = None
    services: tuple[str, ...] = ()
    successors: tuple[tuple[str, str], ...] = ()
    mode: str = LADDER
    minutes: float = 60.0
    miles: float | None = None
    periods: int = 13
    out: Path = Path()
    suppress_below: int | None = None

    @property
    def stem(self) -> str:
        """What outputs are called."""
        return "-".join(["rtt", *self.icb])

    def toml(self, folder: Path) -> str:
        """Write the scenario file that does the same from a folder."""
        data: dict[str, Any] = {
            "rtt": [_from(folder, path) for path in self.files],
            "sites": _from(folder, self.sites),
            "icb": list(self.icb),
            "within_minutes": self.within,
            "services": list(self.services),
            "successors": dict(self.successors),
            "periods": self.periods,
        }
        outputs = {
            "folder": _from(folder, self.out),
            "page": f"{self.stem}.html",
            "workbook": f"{self.stem}.xlsx",
            "suppress_below": self.suppress_below,
        }
        content: dict[str, Any] = {
            "data": _given(data),
            "policy": _given({"max_minutes": self.minutes, "max_miles": self.miles}),
            "outputs": _given(outputs),
        }
        if self.mode != LADDER:
            content["collaboration"] = {"mode": self.mode}
        return tomli_w.dumps(content)


def pairs(options: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read options such as ``RW6=RM3``.

    Raises
    ------
    InputError
        If one is not two codes with a sign of equality between them, or a code has two of them.

    Examples
    --------
    >>> pairs(["RW6=RM3"])
    (('RW6', 'RM3'),)
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
    return tuple(found.items())


def _given(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value not in (None, [], {})}


def _from(folder: Path, path: Path) -> str:
    """A path as it is written in a file of a folder."""
    if path.is_absolute():
        return str(path)
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        # On another drive.
        return str(path.resolve())
