"""From tables as they were given to checked ones, in one order and with one set of labels."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from mutualaid import rules
from mutualaid.accepts import ICB, check_accepts, check_personal
from mutualaid.checks import Clean, check_duplicates, check_table
from mutualaid.errors import InputWarning, Problems
from mutualaid.schema import TABLES

KEYS: Mapping[str, tuple[str, ...]] = {
    "capacity": ("provider", "service", "period", "site"),
    "travel": ("origin", "area", "provider"),
    "referrals": ("origin", "service", "priority", "area", "period"),
    "removals": ("origin", "service", "priority", "area", "period"),
    "pools": ("provider", "pool", "period"),
    "usage": ("provider", "service", "pool"),
    "accepts": ("provider", "service", "column", "at_least", "at_most", "among"),
}
QUEUE_COLUMNS = ("origin", "service", "priority", "area")


def warn(tables: Mapping[str, Clean], waiting: pd.DataFrame) -> None:
    """Say what is odd in checked tables, though it can be used; also in the list's own columns."""
    told = "column" in tables.get("accepts", {}) and ICB in list(tables["accepts"]["column"])
    if ICB in waiting and not told:
        bound = (waiting[ICB].astype(object) != "").to_numpy()
        count = int(waiting["patients"].to_numpy()[bound].sum())
        if count:
            warnings.warn(
                f"willing to go only within their ICB: {count:,}; nothing says which one each "
                "provider is in, so they do not move: pass accepts=mutualaid.within_icb({...})",
                InputWarning,
                stacklevel=3,
            )
    lonely = rules.without_capacity(tables)
    if lonely:
        count = sum(
            int(tables[name]["patients"][rules.rows_with(tables, name, "service", lonely)].sum())
            for name in ("waiting_list", "referrals")
            if name in tables
        )
        warnings.warn(
            f"nobody has capacity for {', '.join(sorted(lonely)[:5])}"
            f"{', …' * (len(lonely) > 5)}: "
            f"the {count:,} patients on these lists can only wait",
            InputWarning,
            stacklevel=3,
        )
    beyond = _removed_beyond_the_list(tables)
    if beyond:
        warnings.warn(
            f"{beyond:,} of the removals find nobody left to remove: the lists run dry first",
            InputWarning,
            stacklevel=3,
        )


def _removed_beyond_the_list(tables: Mapping[str, Clean]) -> int:
    """How many removals come when fewer patients than that have ever been on the list."""
    if "removals" not in tables:
        return 0
    keys = [key for key in QUEUE_COLUMNS if key in tables["waiting_list"]]
    parts = []
    for name, sign in (("waiting_list", 1), ("referrals", 1), ("removals", -1)):
        if name in tables:
            clean = tables[name]
            who, group = rules.keys_of(clean, keys)
            # Counted by period first, so that few rows are taken to plain labels.
            width = int(np.max(clean.get("period", 0), initial=0)) + 1
            at = group * width + clean.get("period", 0)
            total = np.bincount(at, weights=clean["patients"], minlength=len(who) * width)
            some = np.flatnonzero(total)
            few = who.iloc[some // width].assign(period=some % width, balance=sign * total[some])
            parts.append(few)
    moves = pd.concat(parts).groupby([*keys, "period"])["balance"].sum()
    running = moves.groupby(level=keys).cumsum()
    lowest = running.groupby(level=keys).min()
    return int(-lowest.clip(upper=0).sum())


def checked(
    frames: Mapping[str, pd.DataFrame], periods: int, unlisted: str, *, counted: bool = False
) -> dict[str, Clean]:
    """Check all tables, each on its own and against the others.

    ``counted`` says that the waiting list was counted from patients: its cohorts are told apart
    by all of its columns, and sorted.

    Raises
    ------
    InputError
        If anything in them cannot be used; every problem at once.
    """
    problems = Problems()
    extras = _extras(frames["waiting_list"])
    tables = {
        name: check_table(
            name, frame, periods, problems, extras if name in ("referrals", "removals") else ()
        )
        for name, frame in frames.items()
    }
    waiting = tables["waiting_list"]
    if "patient_id" in frames["waiting_list"]:
        _one_patient_a_row(waiting, len(frames["waiting_list"]), problems)
    elif not counted:
        _check_cohorts(waiting, frames["waiting_list"], problems)
    for name, keys in KEYS.items():
        if name not in tables:
            continue
        needed = [c.name for c in TABLES[name] if c.required and c.name in keys]
        given = [key for key in keys if key in frames[name]]
        if all(key in tables[name] for key in {*needed, *given}):
            more = [h for h in _extras(frames[name]) if h in extras]
            columns = {**tables[name], **{h: frames[name][h].to_numpy() for h in more}}
            check_duplicates(name, columns, [*keys, *more], problems)
    if ("pools" in tables) != ("usage" in tables):
        lacking = "usage" if "pools" in tables else "pools"
        problems.add(lacking, "", "the table is missing", "give pools and usage together")
    for name in ("waiting_list", "referrals"):
        if name in frames:
            check_personal(name, frames[name], problems)
    if "accepts" in tables:
        check_accepts(tables["accepts"], list(frames["waiting_list"].columns), tables, problems)
    for rule in rules.ALWAYS:
        rule(tables, problems)
    if unlisted == "error":
        rules.ways_are_known(tables, problems)
    problems.raise_if_any()
    return tables


def _one_patient_a_row(waiting: Clean, rows: int, problems: Problems) -> None:
    patients = waiting.setdefault("patients", np.ones(rows, dtype=np.int64))
    if (patients != 1).any():
        problems.add(
            "waiting_list",
            "patients",
            "is not 1 although each row is one patient",
            "drop the column, or drop patient_id",
            rows=patients != 1,
            values=patients,
        )


def _check_cohorts(waiting: Clean, frame: pd.DataFrame, problems: Problems) -> None:
    """Each cohort has one row; every column that describes patients tells cohorts apart."""
    extras = _extras(frame)
    keys = [h for h in frame.columns if h != "patients" and (h in waiting or h in extras)]
    if {"origin", "service", "weeks_waiting"} <= set(waiting):
        columns = {h: waiting[h] if h in waiting else frame[h].to_numpy() for h in keys}
        check_duplicates("waiting_list", columns, keys, problems)


def _declared(table: str) -> set[str]:
    return {column.name for column in TABLES[table]}


def _extras(frame: pd.DataFrame) -> list[str]:
    """Columns that describe patients beyond those that the tables have names for."""
    named = {name for table in TABLES for name in _declared(table)}
    return [heading for heading in frame.columns if heading not in named]


def union_of(tables: Mapping[str, Clean], places: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Every label that any of some columns holds, sorted."""
    return tuple(sorted({label for t, c in places for label in rules.labels(tables, t, c)}))


def canonical(
    tables: Mapping[str, Clean], frames: Mapping[str, pd.DataFrame], *, counted: bool = False
) -> dict[str, pd.DataFrame]:
    """Put rows into one order and labels into one set of categories, whatever the input's."""
    shared = {
        column: pd.Index(union_of(tables, vocabulary), dtype=object)
        for vocabulary in rules.VOCABULARIES
        for _, column in vocabulary
    }
    result = {}
    for name, clean in tables.items():
        columns = {
            heading: values.set_categories(shared[heading])
            if isinstance(values, pd.Categorical) and heading in shared
            else values
            for heading, values in clean.items()
        }
        for heading in _extras(frames[name]):
            columns[heading] = _plain(frames[name][heading])
        frame = pd.DataFrame(columns, copy=False)
        in_order = counted and name == "waiting_list"
        result[name] = frame if in_order else _sorted(frame, name)
    return result


def _plain(column: pd.Series) -> object:
    """A further column, without an index; labels in the order of their texts, whatever it was."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.to_numpy()
    used = column.cat.remove_unused_categories()
    return used.cat.reorder_categories(sorted(used.cat.categories, key=str)).array


def _sorted(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    keys = KEYS.get(name, (*QUEUE_COLUMNS, "weeks_waiting"))
    known = [key for key in keys if key in frame]
    others = [h for h in frame.columns if h not in _declared(name) or h == "patient_id"]
    order = [_by_text(frame[h]) for h in others]
    codes = [
        frame[key].cat.codes if isinstance(frame[key].dtype, pd.CategoricalDtype) else frame[key]
        for key in known
    ]
    position = np.lexsort([*reversed(order), *reversed(codes)])
    return frame.iloc[position].reset_index(drop=True)


def _by_text(column: pd.Series) -> np.ndarray:
    """Ranks of the values as texts: an order that values of any kind have."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    texts = np.array([str(value) for value in values], dtype=object)
    ranks: np.ndarray = np.unique(texts, return_inverse=True)[1]
    return ranks[codes]
