"""Which providers and services of the RTT files a system is made of."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from mutualaid.arguments import Arguments
from mutualaid.errors import InputError, Problems, tell
from mutualaid.formats import first_few
from mutualaid.readers.rtt.messages import missing_parts, what_is_missing
from mutualaid.readers.rtt.validate import PARTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

NO_PLAN = "pass NHS England's full extract, which has every part"


def check_parts(parts: Mapping[str, frozenset[str]], month: str) -> None:
    """Refuse files in which there is nobody to treat or no slot to treat them in.

    Raises
    ------
    InputError
        If parts that no system can do without are missing.

    Warns
    -----
    InputWarning
        If nobody would join.
    """
    if not parts:
        return
    lacking = missing_parts(parts)
    if "part_2" in lacking or {"part_1a", "part_1b"} <= {*lacking}:
        problems = Problems()
        problems.add("", "", f"the extract {what_is_missing(parts)}", NO_PLAN)
        raise InputError(problems.frame())
    if PARTS["part_2"] not in parts[month]:
        raise InputError(
            f"the extract of {month}, the latest month, has no part 2, so that nobody is known to "
            "wait: pass the whole extract of that month, or leave the month out"
        )
    if "part_3" in lacking:
        tell(
            f"the extract {what_is_missing(parts)}: nobody joins a list in this system",
        )


def check_known(
    what: str, chosen: Collection[str], known: set[str], month: str, check: Arguments
) -> None:
    """Codes that were asked for are in the files."""
    unknown = sorted(set(chosen) - known)
    if not chosen:
        check.wrong(what, "none are chosen", f"name some, or leave {what} out")
    if not unknown:
        return
    none = "made no return" if what == "providers" else "are not in the return"
    told = f"{none} for {month}: {nearest(unknown, known)}"
    check.wrong(what, told, "correct the codes, or leave them out")


def nearest(unknown: Collection[str], known: Collection[str]) -> str:
    """Name codes that are not known, each with the code that was perhaps meant.

    Examples
    --------
    >>> nearest(["RJ11"], {"RJ1", "RXH"})
    "'RJ11' (nearest: 'RJ1')"
    """
    named = []
    for code in sorted(unknown)[:5]:
        close = difflib.get_close_matches(code, sorted(known), n=1, cutoff=0.5)
        named.append(f"{code!r} (nearest: {close[0]!r})" if close else repr(code))
    return ", ".join(named)


def on_the_map(
    ways: pd.DataFrame, known: set[str], lists: Mapping[str, int], month: str
) -> set[str]:
    """Providers that both the files and the table of ways name; say who is left out."""
    named = {
        str(code)
        for column in ("provider", "origin")
        if column in ways
        for code in ways[column].dropna().unique()
    }
    if not named & known:
        raise InputError(
            f"travel names no provider that made a return for {month}: "
            "name providers by their code, such as 'RJ1', in the columns origin and provider"
        )
    out = sorted(known - named)
    if out:
        patients = sum(lists.get(code, 0) for code in out)
        tell(
            f"{len(out)} of {len(known)} providers are left out with {patients:,} of "
            f"{sum(lists.values()):,} patients waiting: travel does not name {first_few(out)}",
        )
    strange = sorted(named - known)
    if strange:
        tell(
            f"{len(strange)} providers of travel made no return for {month} and are left "
            f"out: {first_few(strange)}",
        )
    return named & known


def only(
    table: pd.DataFrame, providers: Collection[str], services: Collection[str]
) -> pd.DataFrame:
    """Rows of a table that are of some providers and services."""
    who = table["origin" if "origin" in table else "provider"]
    return table[who.isin(providers) & table["service"].isin(services)]
