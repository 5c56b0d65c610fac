"""Where the published files lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "MUTUALAID_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """NHS England's extract of one month, and where providers are.

    Attributes
    ----------
    rtt, sites : pathlib.Path
        The full extract, zip or csv; provider codes with latitude and longitude.
    """

    rtt: Path
    sites: Path


class NoDataError(FileNotFoundError):
    """The files are not there; the message says what is needed and where."""


def find(folder: Path | None) -> Files:
    """Find the latest extract under ``rtt/`` and ``providers.csv`` in a folder.

    Parameters
    ----------
    folder
        The folder; None for the one that the environment variable ``MUTUALAID_DATA`` names.

    Raises
    ------
    NoDataError
        If there is no folder, or a file is not in it.
    """
    place = _place(folder)
    sites = place / "providers.csv"
    months = extracts(place)
    if not sites.exists():
        raise NoDataError(f"no data: {place} has no providers.csv")
    return Files(rtt=months[-1], sites=sites.resolve())


def extracts(folder: Path | None) -> list[Path]:
    """Find the extracts of all months under ``rtt/`` in a folder, the earliest first.

    Parameters
    ----------
    folder
        As for :func:`find`.

    Raises
    ------
    NoDataError
        If there is no folder, or no extract is in it.
    """
    place = _place(folder)
    # The names begin with the last day of the month, as in 20260131-RTT-….
    found = sorted((place / "rtt").glob("*full-extract*"))
    if not found:
        raise NoDataError(f"no data: {place} has no rtt/*full-extract*.zip")
    return [path.resolve() for path in found]


def _place(folder: Path | None) -> Path:
    place = folder or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if place is None:
        raise NoDataError(f"no data: pass --data DIR or set {VARIABLE} (rtt/ and providers.csv)")
    return place
