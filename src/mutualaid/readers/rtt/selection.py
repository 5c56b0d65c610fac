"""Which providers and services of the RTT files a system is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutualaid.arguments import Arguments
from mutualaid.data.words.england import provider_names
from mutualaid.data.words.known_names import KnownNames, providers_named, with_name
from mutualaid.errors import InputError, Problems, tell
from mutualaid.formats import first_few
from mutualaid.readers.rtt.messages import missing_parts, what_is_missing
from mutualaid.readers.rtt.validate import PARTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

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
    what: str, chosen: Collection[str], known: KnownNames, month: str, check: Arguments
) -> set[str]:
    """Read providers or services that were asked for by code or by name, as their codes.

    What is not in the files is noted in ``check``, with what is nearest.

    Warns
    -----
    InputWarning
        What was read as what, where it was not letter for letter.
    """
    read = known.read(sorted(chosen))
    if not chosen:
        check.wrong(what, "none are chosen", f"name some, or leave {what} out")
    if read.unknown:
        none = "made no return" if what == "providers" else "are not in the return"
        told = f"{none} for {month}: {', '.join(map(known.unknown, read.unknown))}"
        check.wrong(what, told, "correct the codes or names, or leave them out")
    for note in () if read.unknown else read.notes:
        tell(f"{what}: {note}")
    return {*read.codes.values()}


def meant(
    providers: Iterable[str] | None,
    services: Iterable[str] | None,
    known_providers: KnownNames,
    known_services: KnownNames,
    month: str,
) -> tuple[set[str] | None, set[str] | None]:
    """Codes of providers and services that are named by code or by name; None for all.

    Raises
    ------
    InputError
        If a provider or a service is not in the files.
    """
    read: list[set[str] | None] = []
    with Arguments("Twin") as check:
        for name, asked, known in (
            ("providers", providers, known_providers),
            ("services", services, known_services),
        ):
            wanted = {asked} if isinstance(asked, str) else {*(asked or ())}
            told = None if asked is None else check_known(name, wanted, known, month, check)
            read.append(told)
    return read[0], read[1]


def by_code(heirs: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Successors with the codes of the providers that they name, and what was read as what.

    Examples
    --------
    >>> by_code({"RW6": "Northern Care Alliance"})[0]
    {'RW6': 'RM3'}
    """
    read = providers_named([*provider_names()]).read([*heirs, *heirs.values()])
    codes = {read.codes.get(old, old): read.codes.get(new, new) for old, new in heirs.items()}
    return codes, [f"successors: {note}." for note in read.notes]


def in_codes(ways: pd.DataFrame, known: KnownNames) -> pd.DataFrame:
    """Ways with the codes of providers that they name.

    Warns
    -----
    InputWarning
        What was read as what, where it was not letter for letter.
    """
    ends = [end for end in ("origin", "provider") if end in ways]
    texts = {str(one) for end in ends for one in ways[end].dropna().unique()}
    read = known.read(sorted(texts - known.names.keys()))
    named = {text: code for text, code in read.codes.items() if code not in texts}
    if not named:
        return ways
    for note in read.notes:
        tell(f"travel: {note}")
    return ways.assign(**{end: ways[end].astype(object).replace(named) for end in ends})


def on_the_map(
    ways: pd.DataFrame, known: KnownNames, lists: Mapping[str, int], month: str
) -> set[str]:
    """Providers that both the files and the table of ways name; say who is left out."""
    codes = known.names.keys()
    named = {
        str(code)
        for column in ("provider", "origin")
        if column in ways
        for code in ways[column].dropna().unique()
    }
    if not named & codes:
        raise InputError(
            f"travel names no provider that made a return for {month}: "
            "name providers by their code, such as 'RJ1', or by their name, in the columns origin "
            "and provider"
        )
    out = sorted(codes - named)
    if out:
        patients = sum(lists.get(code, 0) for code in out)
        tell(
            f"{len(out)} of {len(codes)} providers are left out with {patients:,} of "
            f"{sum(lists.values()):,} patients waiting: travel does not name "
            f"{first_few(map(known.told, out))}",
        )
    strange = sorted(named - codes)
    if strange:
        tell(
            f"{len(strange)} providers of travel made no return for {month} and are left "
            f"out: {first_few(map(with_name, strange))}",
        )
    return named & codes


def only(
    table: pd.DataFrame, providers: Collection[str], services: Collection[str]
) -> pd.DataFrame:
    """Rows of a table that are of some providers and services."""
    who = table["origin" if "origin" in table else "provider"]
    return table[who.isin(providers) & table["service"].isin(services)]
