"""Ledgers as Parquet files: written whole, with a version, and checked row by row on reading."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.atomic_write import written_whole
from mutualaid.errors import InputError, Problems

FORMAT, VERSION = "mutualaid ledger", 1
HORIZON: Mapping[str, type] = {
    "start": str,
    "end": str,
    "period_weeks": int,
    "periods": int,
    "mode": str,
    "trusts": list,
    "patients": int,
    "saved": int,
    "plan": str,
}
"""What is known of each horizon, and of what kind."""
TEXTS = ("date", "provider", "origin", "service")
WHOLE = ("horizon", "patients", "saved")
MONEY = "tariff"
COLUMNS = (*TEXTS, *WHOLE, "extra_minutes")
REMEDY = "load the file as it was saved"


def write_ledger(
    path: str | os.PathLike[str], rows: pd.DataFrame, horizons: Sequence[Mapping[str, Any]]
) -> Path:
    """Write rows and what is known of each horizon, whole or not at all.

    Raises
    ------
    InputError
        If pyarrow is not installed, the name does not end in ``.parquet``, or it cannot be written.
    """
    pa, pq = _arrow()
    if Path(path).suffix != ".parquet":
        raise InputError(f"{Path(path).name!r}: a ledger's name ends in .parquet")
    table = pa.Table.from_pandas(rows, preserve_index=False)
    head = json.dumps({"version": VERSION, "horizons": [*horizons]}, sort_keys=True)
    table = table.replace_schema_metadata({FORMAT.encode(): head.encode()})
    with written_whole(path) as temporary:
        pq.write_table(table, temporary)
    return Path(path)


def read_ledger(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Read a ledger again, and check that it is one and adds up.

    Raises
    ------
    InputError
        If it cannot be read, is no ledger or of another version, or does not add up; all at once.
    """
    pa, pq = _arrow()
    name = Path(path).name
    try:
        table = pq.read_table(os.fspath(path), partitioning=None)
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{name} cannot be read as Parquet: {error}") from None
    head = _head(name, (table.schema.metadata or {}).get(FORMAT.encode()))
    frame: pd.DataFrame = table.to_pandas()
    problems = Problems()
    problems.need(name, frame, COLUMNS, REMEDY)
    problems.raise_if_any()
    for column in COLUMNS + ((MONEY,) if MONEY in frame else ()):
        _check_column(name, column, frame[column], problems)
    problems.raise_if_any()
    frame = frame.astype(dict.fromkeys(WHOLE, np.int64))
    _check_sums(name, frame, head, problems)
    problems.raise_if_any()
    return frame, head


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError("a ledger's file needs pyarrow: pip install pyarrow") from None
    return pa, pq


def _head(name: str, written: bytes | None) -> list[dict[str, Any]]:
    """What is known of each horizon, by the head of the file."""
    if written is None:
        raise InputError(f"{name} is no ledger: load what Ledger.save has written")
    try:
        told = json.loads(written)
        version, horizons = told["version"], told["horizons"]
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{name} is damaged: its head cannot be read: {REMEDY}") from None
    if version != VERSION:
        raise InputError(
            f"{name} is a ledger of version {version}, and this mutualaid reads version {VERSION}: "
            "make it again from the plans, or load it with the mutualaid that saved it"
        )
    good = isinstance(horizons, list) and all(
        isinstance(one, dict)
        and one.keys() == HORIZON.keys()
        and all(type(one[key]) is kind for key, kind in HORIZON.items())
        for one in horizons
    )
    if not good:
        raise InputError(f"{name} is damaged: its head says something else: {REMEDY}")
    return list(horizons)


def _check_column(name: str, column: str, values: pd.Series, problems: Problems) -> None:
    given = values.to_numpy(dtype=object)
    if column in TEXTS:
        bad = np.array([not isinstance(one, str) or not one for one in given], dtype=bool)
        problems.note(name, column, bad, "is no text", REMEDY, values)
        return
    number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    problems.note(name, column, ~np.isfinite(number), "is no number", REMEDY, values)
    if column in WHOLE:
        part = np.isfinite(number) & (number != np.round(number))
        problems.note(name, column, part, "is not whole", REMEDY, values)
        low = 0 if column in ("horizon", "patients") else -np.inf
        problems.note(name, column, number < low, "is below 0", REMEDY, values)


def _check_sums(
    name: str, frame: pd.DataFrame, horizons: Sequence[Mapping[str, Any]], problems: Problems
) -> None:
    """Rows are of a horizon, its trusts and its dates, and add up to what its head says."""
    place = frame["horizon"].to_numpy()
    unknown = place >= len(horizons)
    if problems.note(name, "horizon", unknown, "is none of the ledger's", REMEDY, frame["horizon"]):
        return
    for number, horizon in enumerate(horizons):
        mine = place == number
        for column in ("provider", "origin"):
            strange = mine & ~frame[column].isin(horizon["trusts"]).to_numpy()
            what = f"is no trust of the horizon from {horizon['start']}"
            problems.note(name, column, strange, what, REMEDY, frame[column])
        date = frame["date"].to_numpy(dtype=object)
        early = mine & ((date < horizon["start"]) | (date >= horizon["end"]))
        what = f"lies outside the horizon from {horizon['start']} to {horizon['end']}"
        problems.note(name, "date", early, what, REMEDY, frame["date"])
        for column in ("patients", "saved"):
            total = int(frame.loc[mine, column].sum())
            if total != horizon[column]:
                problems.add(
                    name,
                    column,
                    f"adds up to {total:,} in the horizon from {horizon['start']}, and not to the "
                    f"{horizon[column]:,} that were booked",
                    REMEDY,
                )
