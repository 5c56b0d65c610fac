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
from mutualaid.policy.harm import SCALE

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
LARGEST = 1e12


def write_ledger(
    path: str | os.PathLike[str],
    rows: pd.DataFrame,
    horizons: Sequence[Mapping[str, Any]],
    paid: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write rows, what is known of each horizon, and premiums, whole or not at all.

    Raises
    ------
    InputError
        If pyarrow is not installed, the name does not end in ``.parquet``, or it cannot be written.
    """
    pa, pq = _arrow()
    if Path(path).suffix != ".parquet":
        raise InputError(f"{Path(path).name!r}: a ledger's name ends in .parquet")
    table = pa.Table.from_pandas(rows, preserve_index=False)
    told: dict[str, Any] = {"version": VERSION, "horizons": [*horizons]}
    if paid:
        told["paid"] = [*paid]
    head = json.dumps(told, sort_keys=True)
    table = table.replace_schema_metadata({FORMAT.encode(): head.encode()})
    with written_whole(path) as temporary:
        pq.write_table(table, temporary)
    return Path(path)


def read_ledger(
    path: str | os.PathLike[str],
) -> tuple[pd.DataFrame, list[dict[str, Any]], list[dict[str, Any]]]:
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
    head, paid = _head(name, (table.schema.metadata or {}).get(FORMAT.encode()))
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
    return frame, head, paid


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError("a ledger's file needs pyarrow: pip install pyarrow") from None
    return pa, pq


def read_premiums(table: pd.DataFrame) -> dict[str, int]:
    """Premiums by trust, in 1/1000 harm-weeks, from a table with ``origin`` and ``premium``.

    Raises
    ------
    InputError
        If a column is missing or has something else, a trust is there twice, or they do not add up
        to 0.

    Examples
    --------
    >>> read_premiums(pd.DataFrame({"origin": ["A", "B"], "premium": [1.5, -1.5]}))
    {'A': 1500, 'B': -1500}
    """
    problems, where = Problems(), "premiums"
    problems.need(where, table, ("origin", "premium"), "pass Settled.premiums")
    problems.raise_if_any()
    origin = table["origin"].astype(object)
    text = np.array([isinstance(one, str) and bool(one) for one in origin], dtype=bool)
    amount = pd.to_numeric(table["premium"], errors="coerce").to_numpy(dtype=np.float64)
    number = np.isfinite(amount) & (np.abs(amount) < LARGEST)
    problems.note(where, "origin", ~text, "is no text", "write the trust's code", origin)
    twice = origin.duplicated(keep=False).to_numpy()
    problems.note(where, "origin", twice, "is there twice", "add its premiums up", origin)
    remedy = "write harm-weeks"
    problems.note(where, "premium", ~number, "is no number of them", remedy, table["premium"])
    problems.raise_if_any()
    units = np.rint(amount * SCALE).astype(np.int64)
    if units.sum():
        what = f"add up to {units.sum() / SCALE:,.3f} harm-weeks, not to 0"
        problems.add(where, "premium", what, "what some pay in is what others are paid")
    problems.raise_if_any()
    return dict(zip(origin, units.tolist(), strict=True))


def _head(name: str, written: bytes | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is known of each horizon, and premiums, by the head of the file."""
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
    paid = told.get("paid", [])
    good = good and isinstance(paid, list) and all(map(_is_premium, paid))
    if not good:
        raise InputError(f"{name} is damaged: its head says something else: {REMEDY}")
    return list(horizons), list(paid)


def _is_premium(one: object) -> bool:
    """Whether something is a day and premiums that add up to 0."""
    if not isinstance(one, dict) or one.keys() != {"date", "premiums"}:
        return False
    premiums = one["premiums"]
    whole = isinstance(premiums, dict) and all(type(n) is int for n in premiums.values())
    return isinstance(one["date"], str) and whole and sum(premiums.values()) == 0


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
