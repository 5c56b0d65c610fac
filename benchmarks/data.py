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
    place = folder or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if place is None:
        raise NoDataError(f"no data: pass --data DIR or set {VARIABLE} (rtt/ and providers.csv)")
    # The names begin with the last day of the month, as in 20260131-RTT-….
    extracts = sorted((place / "rtt").glob("*full-extract*"))
    sites = place / "providers.csv"
    if not extracts or not sites.exists():
        lacks = "rtt/*full-extract*.zip" if not extracts else "providers.csv"
        raise NoDataError(f"no data: {place} has no {lacks}")
    return Files(rtt=extracts[-1].resolve(), sites=sites.resolve())
