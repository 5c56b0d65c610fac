"""The systems that are measured, a size each.

- ``smoke``: three made-up trusts; needs no files.
- ``icb``: the NHS trusts of NHS Greater Manchester (QOP).
- ``region``: the NHS trusts of the three boards of the North West: QOP, Cheshire and Merseyside
  (QYG), Lancashire and South Cumbria (QE1).
- ``england``: every provider whose place is known.
"""

from __future__ import annotations

import re
import warnings

import pandas as pd

import mutualaid as ma
from benchmarks.data import Files

BOARDS = {"icb": ("QOP",), "region": ("QE1", "QOP", "QYG")}
TRUST = re.compile(r"[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""
KMH = 45
"""Speed of the ways: figures stay comparable with those that were measured before."""
WEEKS = {"smoke": 16, "icb": 52, "region": 52, "england": 52}


def system_of(size: str, files: Files | None, period_weeks: int = 4) -> ma.System:
    """Make the system of a size, in periods of so many weeks."""
    periods = WEEKS[size] // period_weeks
    if files is None:
        return ma.datasets.collaborative(
            trusts=3, periods=periods, period_weeks=period_weeks, list_size=6_000
        )
    return system_from(size, *tables_of(files, period_weeks), periods)


def tables_of(files: Files, period_weeks: int = 4) -> tuple[ma.RTT, pd.DataFrame]:
    """Read the extract and the places."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        return ma.read_rtt(files.rtt, period_weeks=period_weeks), ma.read_sites(files.sites)


def system_from(size: str, rtt: ma.RTT, sites: pd.DataFrame, periods: int) -> ma.System:
    """Make the system of a size from what was read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        return rtt.system(
            ma.travel_times(sites, kmh=KMH), periods=periods, providers=_providers(size, rtt, sites)
        )


def _providers(size: str, rtt: ma.RTT, sites: pd.DataFrame) -> list[str] | None:
    if size not in BOARDS:
        return None
    listed = set(rtt.waiting_list["origin"].astype(str))
    mine = sites[sites["icb_code"].isin(BOARDS[size])]["provider"].astype(str)
    return sorted(code for code in mine if TRUST.fullmatch(code) and code in listed)
