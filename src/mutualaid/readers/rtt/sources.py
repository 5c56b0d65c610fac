"""What read_rtt is called with: files and tables to read, codes to leave out, codes that merged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.errors import InputError, Problems
from mutualaid.readers.rtt.rows_arrow import read_plain
from mutualaid.readers.rtt.rows_frame import is_parquet, read_parquet, rows_of
from mutualaid.readers.rtt.rows_pandas import read_any

if TYPE_CHECKING:
    from mutualaid.readers.rtt.rows_pandas import Rows

CALL = "read_rtt"
LONGEST_PERIOD_WEEKS = 520
LARGEST_SHOWN = 10**12
PATHS = "pass the path of the CSV or zip file, a list of paths, or the extract as a DataFrame"
WEB = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One file or table."""

    name: str
    """What to call it in an error."""
    held: object
    """A path, or the table."""

    def rows(self, problems: Problems) -> Rows | None:
        """Read its rows; note why it cannot be read.

        Raises
        ------
        InputError
            If it is neither a path nor a table.
        """
        if not isinstance(self.held, Path):
            return rows_of(self.name, self.held, problems)
        if is_parquet(self.held):
            return read_parquet(self.held, problems)
        return read_plain(self.held) or read_any(self.held, problems)


def sources(given: object) -> list[Source]:
    """Take what a call was given as files and tables, in their order.

    Raises
    ------
    InputError
        If it is nothing of the kind; every item that is not is named.

    Examples
    --------
    >>> [one.name for one in sources(["january.zip", "data/february.zip"])]
    ['january.zip', 'february.zip']
    """
    items = [given] if _is_one(given) else _listed(given)
    if not items:
        raise InputError("no RTT file was given: pass one path or several")
    problems, found = Problems(), []
    for place, item in enumerate(items):
        where = "path" if len(items) == 1 else f"path[{place}]"
        if isinstance(item, str | os.PathLike):
            path = _path(item, where, problems)
            if path is not None:
                found.append(Source(path.name, path))
        elif _is_table(item):
            found.append(Source("table" if len(items) == 1 else f"table {place}", item))
        else:
            what = f"is {told(item)}, neither a path nor a table"
            problems.add(CALL, where, what, PATHS)
    problems.raise_if_any()
    return found


def _is_one(given: object) -> bool:
    return isinstance(given, str | bytes | bytearray | os.PathLike) or _is_table(given)


def _is_table(given: object) -> bool:
    """Whether something may be taken as a table; a column of paths is a list of them."""
    if isinstance(given, pd.Series | pd.Index | type):
        return False
    foreign = hasattr(given, "__arrow_c_stream__") or hasattr(given, "__dataframe__")
    return isinstance(given, pd.DataFrame | Mapping) or foreign


def _listed(given: object) -> list[object]:
    if hasattr(given, "read"):
        what = f"is {told(given)}: an open file"
        raise _wrong("path", what, "pass its path")
    if not isinstance(given, Iterable) or isinstance(given, type):
        raise _wrong("path", f"is {told(given)}, neither a path nor a table", PATHS)
    try:
        return list(given)
    except TypeError as error:
        raise _wrong("path", f"is {told(given)}, neither a path nor a table", PATHS) from error


def _path(item: str | os.PathLike[str], where: str, problems: Problems) -> Path | None:
    text = os.fsdecode(item)
    if not text.strip() or "\0" in text:
        problems.add(CALL, where, f"is {text!r}, which is no path", PATHS)
    elif WEB.match(text):
        problems.add(CALL, where, f"is a web address, {text!r}", "download the file, pass its path")
    else:
        return Path(text)
    return None


def told(value: object) -> str:
    """Name a wrong value in a message: its kind, and what it is if that is short.

    Examples
    --------
    >>> told(None), told(2.5), told(b"RJ1")
    ('None', '2.5 (float)', 'a bytes')
    """
    kind = type(value).__name__
    if value is None or isinstance(value, bool | type):
        return str(value)
    small = isinstance(value, float | complex) or (
        isinstance(value, int) and abs(value) < LARGEST_SHOWN
    )
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    return f"{value!r} ({kind})" if small else f"{article} {kind}"


def _wrong(argument: str, problem: str, remedy: str) -> InputError:
    problems = Problems()
    problems.add(CALL, argument, problem, remedy)
    return InputError(problems.frame())


def many(values: object, call: str, argument: str, problems: Problems) -> list[str]:
    """Take one code as a list of one, and several as they are; note what are no codes.

    Examples
    --------
    >>> many("NONC", "read_rtt", "exclude_commissioners", Problems())
    ['NONC']
    """
    if isinstance(values, str):
        return [values]
    remedy = "write codes as text, such as ['RJ1', 'RXH']; () stands for none"
    if not isinstance(values, Iterable) or isinstance(
        values, bytes | Mapping | pd.DataFrame | type
    ):
        problems.add(call, argument, f"is {told(values)}, not a list of codes", remedy)
        return []
    listed = list(values)
    odd = [told(one) for one in listed if not isinstance(one, str)]
    if odd:
        problems.add(call, argument, f"holds {', '.join(odd[:5])}, not text", remedy)
    return [one for one in listed if isinstance(one, str)]


def check_numbers(period_weeks: object, removals_share: object, problems: Problems) -> None:
    """A period has whole weeks, and a share is between nobody and everybody."""
    whole = isinstance(period_weeks, int | np.integer) and not isinstance(period_weeks, bool)
    if not whole or not 1 <= period_weeks <= LONGEST_PERIOD_WEEKS:  # type: ignore[operator]
        remedy = f"a whole number from 1 up to {LONGEST_PERIOD_WEEKS}"
        problems.add(CALL, "period_weeks", f"is {_short(period_weeks)}", remedy)
    real = isinstance(removals_share, int | float | np.integer | np.floating)
    if not real or isinstance(removals_share, bool) or not 0 <= removals_share <= 1:  # type: ignore[operator]
        problems.add(CALL, "removals_share", f"is {_short(removals_share)}", "a share, 0 to 1")


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) > LARGEST_SHOWN:
        return "far too large"
    return repr(value) if isinstance(value, int | float | str | None) else told(value)


def resolved(successors: object, problems: Problems) -> dict[str, str]:
    """Say where each code ends up that has a successor, over as many steps as it takes.

    Parameters
    ----------
    successors
        By the code of a provider, that of the provider that has taken over its lists; or None.
    problems
        Where codes that are no text, and codes that lead back to themselves, are noted.

    Examples
    --------
    >>> resolved({"RW6": "RM3", "RM2": "RW6"}, Problems())
    {'RW6': 'RM3', 'RM2': 'RM3'}
    """
    if successors is None:
        return {}
    remedy = "write the old code and the new one, such as {'RW6': 'RM3'}"
    if not isinstance(successors, Mapping):
        problems.add(CALL, "successors", f"is {told(successors)}, not a mapping", remedy)
        return {}
    pairs = [one for pair in successors.items() for one in pair]
    odd = [
        told(one) if not isinstance(one, str) else repr(one)
        for one in pairs
        if not isinstance(one, str) or not one.strip() or not one.isprintable()
    ]
    if odd:
        problems.add(CALL, "successors", f"holds {', '.join(odd[:5])}, which is no code", remedy)
        return {}
    steps = {str(old).strip(): str(new).strip() for old, new in successors.items()}
    ends = {}
    for old in steps:
        way = [old]
        while way[-1] in steps:
            way.append(steps[way[-1]])
            if way[-1] in way[:-1]:
                what = f"leads back to where it starts: {' to '.join(way)}"
                problems.add(CALL, "successors", what, "leave one of these steps out")
                return {}
        ends[old] = way[-1]
    return ends


def firsts(codes: Sequence[str]) -> str:
    """Name the first of some codes."""
    return ", ".join(codes[:5]) + (", …" if len(codes) > 5 else "")
