"""Which sheet of a workbook, or which file of a folder, is which part of a system."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from mutualaid.data.opening.open_table import SHEET, open_table
from mutualaid.data.opening.opened_table import OpenedTable
from mutualaid.data.opening.workbook_sheets import sheets_of
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import InputError, tell
from mutualaid.formats import first_few
from mutualaid.readers.own_tables.filled_rows import filled
from mutualaid.readers.own_tables.rules_sheet import HEADINGS as OF_RULES
from mutualaid.readers.own_tables.sheet_layout import BY_SHEET, LAYOUTS, READ_ME
from mutualaid.readers.own_tables.table_kinds import KNOWN, MADE, kinds_of

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
FILES = (*WORKBOOKS, ".csv", ".tsv", ".txt", ".parquet", ".pq", ".feather", ".arrow", ".gz", ".zip")
WORDS: Mapping[str, tuple[str, ...]] = {
    "rules": ("rule", "policy"),
    "trusts": ("trusts", "sites", "places", "providers", "hospitals"),
    "sessions": ("session", "theatre", "timetable"),
    "capacity": ("capacity", "slot", "activity", "completed"),
    "travel": ("travel", "minutes", "distance", "ways", "matrix"),
    "referrals": ("referral", "joiner", "joined", "addition"),
    "removals": ("removal", "leaver", "removed"),
    "booked": ("booked", "booking"),
    "pools": ("pools",),
    "usage": ("usage",),
    "finer": ("finer",),
    "accepts": ("accepts", "criteria"),
    "patients": ("patient", "extract", "ptl"),
    "waiting_list": ("waiting", "wait", "count", "list"),
}
"""Words by which the name of a sheet or a file says what it holds; the first that fits."""
SAME_PART: Mapping[str, str] = {
    "sessions": "capacity",
    "patients": "waiting_list",
    "counts": "waiting_list",
    "sites": "trusts",
    "activity": "capacity",
    "joined": "referrals",
    "left": "removals",
}
"""What is another form of the same part."""
OF_HISTORY = {"capacity": "activity", "referrals": "joined", "removals": "left"}
"""What a table with a month or a week in each row is, by what its name says."""


def parts_of(source: str | os.PathLike[str]) -> dict[str, tuple[str, OpenedTable]]:
    """Open every part of a workbook or a folder: by the name of each what it is, and its rows.

    Raises
    ------
    InputError
        If it is neither, two tables are one part, or a part cannot be opened.

    Warns
    -----
    InputWarning
        What is left out: example rows, blank columns, tables that are none of a system's.
    """
    path = Path(os.fspath(source))
    if not path.exists():
        raise InputError(f"{path} cannot be read: there is no such file or folder: check the path")
    found: dict[str, list[tuple[str, OpenedTable]]] = {}
    left: list[str] = []
    examples: list[str] = []
    for name, opened in _tables(path):
        layout = BY_SHEET.get(tidy(name)) if path.is_file() else None
        rules = {tidy(str(one)) for one in opened.headings} >= OF_RULES
        rows = opened if rules else filled(opened, layout, examples)
        if rows is None:
            continue
        kind = "rules" if rules else _kind(name, rows)
        if kind is None:
            left.append(opened.where)
            continue
        found.setdefault(SAME_PART.get(kind, kind), []).append((kind, rows))
    for part, several in found.items():
        if len(several) > 1:
            where = first_few([rows.where for _, rows in several])
            raise InputError(
                f"{path.name}: {part.replace('_', ' ')} is there {len(several)} times ({where}): "
                "leave all but one of them blank, or take them away"
            )
    if examples:
        tell(f"{path.name}: the example rows are left out: {first_few(examples, 12)}")
    if left:
        tell(f"{path.name}: not read, being no table that is known: {first_few(left, 12)}")
    return {part: several[0] for part, several in found.items()}


def is_whole_system(path: Path) -> bool:
    """Whether a path leads to a folder, or to a workbook with the parts of a system.

    Examples
    --------
    >>> is_whole_system(Path("no such file.xlsx"))
    False
    """
    if path.is_dir():
        return True
    if path.suffix.lower() not in WORKBOOKS or not path.is_file():
        return False
    try:
        sheets = sheets_of(path)
    except InputError:
        return False
    named = {SAME_PART.get(part, part) for part in map(_named, sheets) if part is not None}
    return {"waiting_list", "capacity"} <= named


def _tables(path: Path) -> Iterator[tuple[str, OpenedTable]]:
    """Every table, with the name of its sheet or file."""
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file() and file.suffix.lower() in FILES and file.name[0] not in ".~":
                yield file.stem, open_table(file, known=KNOWN | OF_RULES)
        return
    if path.suffix.lower() not in WORKBOOKS:
        raise InputError(f"{path} is neither a workbook nor a folder of tables: name one of these")
    names = {tidy(one.sheet): one for one in LAYOUTS}
    for sheet in sheets_of(path):
        if tidy(sheet) == tidy(READ_ME):
            continue
        known = KNOWN | OF_RULES
        if tidy(sheet) in names:
            known |= {tidy(one.text) for one in names[tidy(sheet)].headings}
        try:
            yield sheet, open_table(f"{path}{SHEET}{sheet}", known=known)
        except InputError as error:
            if "is empty" not in str(error):
                raise


def _named(name: str) -> str | None:
    """What the name of a sheet or a file says that it is."""
    layout = BY_SHEET.get(tidy(name))
    if layout is not None:
        return layout.part
    form = tidy(name)
    return next((part for part, words in WORDS.items() if any(w in form for w in words)), None)


def _kind(name: str, opened: OpenedTable) -> str | None:
    """What a table is: by its headings if these say it, else by its name."""
    kinds, named = kinds_of(opened), _named(name)
    if named is not None and (named in kinds or not kinds):
        return named
    if len(kinds) == 1 and kinds[0] not in MADE:
        return kinds[0]
    if "history" in kinds:
        return OF_HISTORY.get(str(named))
    if kinds:
        same = [one for one in kinds if SAME_PART.get(one, one) == SAME_PART.get(str(named), named)]
        return (same or kinds)[0] if len(same or kinds) == 1 else None
    return None
