"""Whom a table of ways leaves without any: providers, origins and areas that are cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Clean
from mutualaid.errors import SHOWN
from mutualaid.formats import first_few, many

Tables = Mapping[str, Clean]


class CutOff(NamedTuple):
    """Who has no way to, or from, anybody else.

    Attributes
    ----------
    providers : list of str
        Those with slots to which no way leads from anywhere but their own list.
    starts : dict of str to int
        Origins or areas from which no way leads to another provider with slots, and how many
        patients can therefore go nowhere else.
    """

    providers: list[str]
    starts: dict[str, int]


def cut_off(tables: Tables) -> CutOff:
    """Find who has no way at all, where a way that is not listed is none.

    Parameters
    ----------
    tables
        The checked tables of a system, by name.

    Examples
    --------
    >>> labels = lambda *values: pd.Categorical(values)
    >>> capacity = {"provider": labels("A", "B", "C"), "slots": np.array([5, 5, 5])}
    >>> waiting = {"origin": labels("A", "C"), "patients": np.array([10, 20])}
    >>> travel = {"origin": labels("A"), "provider": labels("B"), "minutes": np.array([30.0])}
    >>> cut_off({"capacity": capacity, "waiting_list": waiting, "travel": travel})
    CutOff(providers=['A', 'C'], starts={'C': 20})
    """
    capacity, travel = tables["capacity"], tables["travel"]
    start = "area" if "area" in travel else "origin"
    offers = pd.Index(pd.unique(_labels(capacity["provider"])[capacity["slots"] > 0]))
    ways = pd.DataFrame({"start": travel[start], "provider": travel["provider"]})
    ways = ways[ways["provider"].isin(offers)].astype(object)
    if start == "origin":
        ways = ways[ways["start"] != ways["provider"]]
    led_to = set(ways["provider"])
    lonely = [code for code in offers if code not in led_to] if len(offers) > 1 else []
    # Who has one way only has none where that is the way to their own provider.
    each = ways.groupby("start")["provider"].agg(ways="size", only="first")
    waiting = _waiting(tables, start).join(each, on="start")
    home_only = (waiting["ways"] == 1) & (waiting["only"] == waiting["origin"])
    shut = waiting["ways"].isna() | home_only
    others = len(offers) - waiting["origin"].isin(offers)
    left = waiting[shut & (others > 0) & (waiting["patients"] > 0)]
    counts = left.groupby("start")["patients"].sum()
    starts = {str(place): int(count) for place, count in counts.items()}
    return CutOff(sorted(lonely), starts)


def told(found: CutOff, start: str) -> Iterator[str]:
    """Say who is cut off, and how many patients by it.

    Examples
    --------
    >>> list(told(CutOff(["C"], {"C": 20}), "origin"))[1]
    "unlisted='unreachable': from 1 origin no way leads to another provider, so that 20 patients \
can go nowhere else: C (20)"
    """
    if found.providers:
        yield (
            f"unlisted='unreachable': to {many(len(found.providers), 'provider')} no way leads, so "
            f"that nobody of others can be sent there: {first_few(found.providers, SHOWN)}"
        )
    if found.starts:
        total = sum(found.starts.values())
        most = sorted(found.starts, key=lambda place: (-found.starts[place], place))
        listed = [f"{place} ({found.starts[place]:,})" for place in most]
        yield (
            f"unlisted='unreachable': from {many(len(listed), start)} no way leads to another "
            f"provider, so that {many(total, 'patient')} can go nowhere else: "
            f"{first_few(listed, SHOWN)}"
        )


def _waiting(tables: Tables, start: str) -> pd.DataFrame:
    """Where patients start, on whose list they are, and how many there are of them."""
    parts = [
        pd.DataFrame(
            {
                "start": _labels(tables[name][start]),
                "origin": _labels(tables[name]["origin"]),
                "patients": tables[name]["patients"],
            }
        )
        for name in ("waiting_list", "referrals")
        if name in tables
    ]
    keys = ["start", "origin"]
    return pd.concat(parts).groupby(keys, sort=False)[["patients"]].sum().reset_index()


def _labels(values: pd.Categorical) -> np.ndarray:
    return np.asarray(values, dtype=object)
