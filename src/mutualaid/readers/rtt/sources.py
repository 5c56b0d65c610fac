"""What read_rtt is called with: files and tables to read, codes to leave out, codes that merged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mutualaid.arguments import Arguments, argument, shown
from mutualaid.errors import InputError, Problems
from mutualaid.readers.rtt.rows_arrow import read_plain
from mutualaid.readers.rtt.rows_frame import is_parquet, read_parquet, rows_of
from mutualaid.readers.rtt.rows_pandas import read_any

if TYPE_CHECKING:
    from mutualaid.readers.rtt.rows_pandas import Rows

CALL = "read_rtt"
LONGEST_PERIOD_WEEKS = 520
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
            what = f"is {shown(item)}, neither a path nor a table"
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
        argument.wrong("path", f"is {shown(given)}: an open file", "pass its path")
    try:
        return [*given]  # type: ignore[misc]
    except TypeError:
        return argument.wrong("path", f"is {shown(given)}, neither a path nor a table", PATHS)


def _path(item: str | os.PathLike[str], where: str, problems: Problems) -> Path | None:
    text = os.fsdecode(item)
    if not text.strip() or "\0" in text:
        problems.add(CALL, where, f"is {text!r}, which is no path", PATHS)
    elif WEB.match(text):
        problems.add(CALL, where, f"is a web address, {text!r}", "download the file, pass its path")
    else:
        return Path(text)
    return None


def many(values: object, name: str, check: Arguments) -> list[str]:
    """Take one code as a list of one, and several as they are; note what are no codes.

    Examples
    --------
    >>> many("NONC", "exclude_commissioners", Arguments("read_rtt"))
    ['NONC']
    """
    if isinstance(values, str):
        return [values]
    remedy = "write codes as text, such as ['RJ1', 'RXH']; () stands for none"
    if not isinstance(values, Iterable) or isinstance(
        values, bytes | Mapping | pd.DataFrame | type
    ):
        check.wrong(name, f"is {shown(values)}, not a list of codes", remedy)
        return []
    listed = list(values)
    odd = [shown(one) for one in listed if not isinstance(one, str)]
    if odd:
        check.wrong(name, f"holds {', '.join(odd[:5])}, not text", remedy)
    return [one for one in listed if isinstance(one, str)]


def resolved(successors: object, check: Arguments) -> dict[str, str]:
    """Say where each code ends up that has a successor, over as many steps as it takes.

    Parameters
    ----------
    successors
        By the code of a provider, that of the provider that has taken over its lists; or None.
    problems
        Where codes that are no text, and codes that lead back to themselves, are noted.

    Examples
    --------
    >>> resolved({"RW6": "RM3", "RM2": "RW6"}, Arguments("read_rtt"))
    {'RW6': 'RM3', 'RM2': 'RM3'}
    """
    if successors is None:
        return {}
    remedy = "write the old code and the new one, such as {'RW6': 'RM3'}"
    if not isinstance(successors, Mapping):
        check.wrong("successors", f"is {shown(successors)}, not a mapping", remedy)
        return {}
    pairs = [one for pair in successors.items() for one in pair]
    odd = [
        shown(one)
        for one in pairs
        if not isinstance(one, str) or not one.strip() or not one.isprintable()
    ]
    if odd:
        check.wrong("successors", f"holds {', '.join(odd[:5])}, which is no code", remedy)
        return {}
    steps = {str(old).strip(): str(new).strip() for old, new in successors.items()}
    ends = {}
    for old in steps:
        way = [old]
        while way[-1] in steps:
            way.append(steps[way[-1]])
            if way[-1] in way[:-1]:
                what = f"leads back to where it starts: {' to '.join(way)}"
                check.wrong("successors", what, "leave one of these steps out")
                return {}
        ends[old] = way[-1]
    return ends
