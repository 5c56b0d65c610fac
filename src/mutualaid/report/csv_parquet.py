"""A plan's tables as CSV and Parquet files, small numbers hidden."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mutualaid.arguments import argument
from mutualaid.atomic_write import written_whole
from mutualaid.disclosure.coarse_figures import coarse_measures, coarse_of
from mutualaid.disclosure.plan_counts import (
    LANE,
    SLOT,
    add_measures,
    hidden_slots,
    lanes,
    measure_marks,
)
from mutualaid.disclosure.published_counts import Tally, printed
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.disclosure.suppression import THRESHOLD, check_threshold
from mutualaid.errors import InputError
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.published import require_plan
from mutualaid.report.spreadsheet_text import guarded

TABLES = {
    "moves": LANE,
    "measures": ("origin",),
    "prices": SLOT,
    "remaining": ("origin", "service"),
}
"""The tables, and by what they are added up unless something else is asked for."""

_Marked = tuple[pd.DataFrame, pd.DataFrame]
"""A table, and the mark of every number in it that may be hidden."""


def write_csv(
    plan: CertifiedPlan,
    path: str | os.PathLike[str],
    *,
    table: str = "moves",
    by: Sequence[str] | str | None = "usual",
    suppress_below: int | None = THRESHOLD,
) -> Path:
    """Write a table of a plan to a CSV file, whole or not at all.

    UTF-8 with a byte-order mark, so that Excel reads it right. Hidden counts are ``<5`` and
    ``*``. An apostrophe comes before text that a spreadsheet would take for a formula.

    Parameters
    ----------
    plan
        The plan.
    path
        The file to write.
    table
        ``"moves"``, ``"measures"``, ``"prices"`` or ``"remaining"``.
    by
        The columns that make the rows; by default origin, provider and service; origin;
        provider, service and period; origin and service. None: every row there is, which can be
        written only with ``suppress_below=0``.
    suppress_below
        Smaller counts of patients are hidden, with whatever would give them away; None or 0
        shows all.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If there is no such table or column, or the path cannot be written to.

    Notes
    -----
    By the usual columns all tables are one system with the workbook, the page and the figures: see
    ``mutualaid.disclosure.several_plans``. By other columns a file is suppressed by
    itself, as if the totals of each of its columns were known: do not publish it beside the others.

    Examples
    --------
    >>> import mutualaid as ma, tempfile
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_csv(plan, f"{folder}/moves.csv")
    ...     print(path.read_text("utf-8-sig").splitlines()[0])
    origin,provider,service,patients,minutes,extra_minutes,first_period,last_period
    """
    frame, hidden, limit = export(plan, table, by, suppress_below)
    cells = {
        str(name): printed(frame[name], mark.to_numpy(), limit) for name, mark in hidden.items()
    }
    shown = frame.assign(**cells).astype(object).map(guarded)
    shown.columns = pd.Index([guarded(str(name)) for name in shown.columns])
    with written_whole(path) as temporary:
        shown.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")
    return Path(path)


def write_parquet(
    plan: CertifiedPlan,
    path: str | os.PathLike[str],
    *,
    table: str = "moves",
    by: Sequence[str] | str | None = "usual",
    suppress_below: int | None = THRESHOLD,
) -> Path:
    """Write a table of a plan to a Parquet file, whole or not at all.

    Hidden counts, and what is worked out from them, are missing; the column ``suppressed`` says
    in which rows anything is.

    Parameters
    ----------
    plan, path, table, by, suppress_below
        As for :func:`write_csv`.

    Raises
    ------
    InputError
        As for :func:`write_csv`; also if pyarrow is not installed.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> write_parquet(plan, "moves.parquet", table="wards")
    Traceback (most recent call last):
    mutualaid.errors.InputError: table is 'wards': use 'moves', 'measures', ...
    """
    frame, hidden, _ = export(plan, table, by, suppress_below)
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError(
            "Parquet files need pyarrow: pip install pyarrow, or write a CSV file"
        ) from None
    for name in hidden.columns:
        whole = pd.api.types.is_integer_dtype(frame[name].dtype)
        values = frame[name].astype("Int64" if whole else "Float64")
        frame[name] = values.mask(hidden[name].to_numpy() != SHOWN)
    text = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    frame = frame.astype(dict.fromkeys(text, object))
    if "suppressed" in frame:
        raise InputError("a column is called suppressed already: leave it out of by")
    frame["suppressed"] = (hidden != SHOWN).any(axis=1).to_numpy()
    with written_whole(path) as temporary:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary)
    return Path(path)


def export(
    plan: CertifiedPlan, table: str, by: Sequence[str] | str | None, suppress_below: int | None
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Make a table of a plan, the mark of every number in it that may be hidden, the threshold."""
    require_plan(plan)
    limit = check_threshold(suppress_below)
    argument.choice("table", table, TABLES)
    usual = TABLES[table]
    if by is None:
        if limit:
            raise InputError(
                "by=None writes every row there is: pass suppress_below=0 as well, or columns"
            )
        frame = plan.measures(by=None) if table == "measures" else getattr(plan, table).copy()
        return frame, pd.DataFrame(index=frame.index), 0
    names = usual if by == "usual" else (by,) if isinstance(by, str) else tuple(by)
    if set(names) == set(usual):
        return *_as_in_workbook(plan, table, limit), limit
    if table == "measures":
        return *_measures(plan, names, limit), limit
    return *_added_up(plan, table, names, limit), limit


def _as_in_workbook(plan: CertifiedPlan, table: str, limit: int) -> _Marked:
    counts = counts_of(plan, limit)
    if table == "moves":
        moves = counts.moves
        return _lanes_out(moves.drop(columns=["mark", "timed"]), moves["mark"], moves["timed"])
    if table == "remaining":
        frame = counts.remaining.drop(columns="mark")
        return frame, pd.DataFrame({"patients": counts.remaining["mark"]})
    if table == "prices":
        # Slots of a count that is hidden are hidden, small or not.
        slots = hidden_slots(counts.prices).astype(np.int8) * 2
        return plan.prices, pd.DataFrame({"slots": slots, "used": counts.prices["mark"]})
    return counts.trusts.copy(), counts.trust_marks


def _lanes_out(frame: pd.DataFrame, patients: pd.Series, timed: pd.Series) -> _Marked:
    renamed = frame.rename(columns={"first": "first_period", "last": "last_period"})
    hidden = patients != SHOWN
    rest, when = (mask.astype(np.int8) * 2 for mask in (hidden, hidden | ~timed))
    marks = {"patients": patients, "minutes": rest, "extra_minutes": rest}
    return renamed, pd.DataFrame({**marks, "first_period": when, "last_period": when})


def _added_up(plan: CertifiedPlan, table: str, names: tuple[str, ...], limit: int) -> _Marked:
    rows: pd.DataFrame = getattr(plan, table)
    numbers = {"patients", "minutes", "extra_minutes", "slots", "used", "price", "exact"}
    known = [str(name) for name in rows.columns if name not in numbers]
    if absent := [name for name in names if name not in known]:
        raise InputError(f"{table} are not by {', '.join(absent)}: use {', '.join(known)}")
    if not names:
        raise InputError("by is empty: name columns, or pass None and suppress_below=0 for all")
    if table == "moves":
        frame = lanes(rows, names)
        timed = pd.Series(not limit, index=frame.index)
        return _lanes_out(frame, _alone(frame, names, "patients", limit), timed)
    count = "used" if table == "prices" else "patients"
    sums = ["slots", "used"] if table == "prices" else ["patients"]
    grouped = rows.groupby(list(names), observed=True, sort=True)
    frame = grouped[sums].sum().reset_index()
    marks = {count: _alone(frame, names, count, limit)}
    if table == "prices":
        marks["slots"] = (marks[count] != SHOWN).astype(np.int8) * 2
    return frame, pd.DataFrame(marks)


def _alone(frame: pd.DataFrame, names: tuple[str, ...], count: str, limit: int) -> pd.Series:
    """Marks of a table that is published with the total of each of its columns, and in all."""
    tally = Tally()
    cells = tally.add(frame[count])
    for name in names:
        group = pd.factorize(frame[name], sort=True)[0]
        sums = np.bincount(group, frame[count]).astype(np.int64)
        tally.sums(tally.add(sums), cells, group)
    if len(frame):
        tally.sums(tally.add([frame[count].sum()]), cells)
    return pd.Series(tally.marks(limit)[cells], index=frame.index)


def _measures(plan: CertifiedPlan, names: tuple[str, ...], limit: int) -> _Marked:
    frame, tally = plan.measures(by=names), Tally()
    cell, _ = add_measures(tally, frame, plan.measures(by=None))
    # Minutes of travel tell of single moves, which are not in this table at all.
    marks = measure_marks(frame, cell, tally.marks(limit), travel=not limit)
    coarse = coarse_of([plan], limit) if limit else None
    return coarse_measures(frame, marks, plan, names, coarse)
