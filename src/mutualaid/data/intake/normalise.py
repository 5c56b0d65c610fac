"""From tables as they were given to checked ones, in one order and with one set of labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from mutualaid.data.booked_order import Reserved
from mutualaid.data.column_checks import Clean, Ints, check_table
from mutualaid.data.finer_services import check_finer
from mutualaid.data.intake import cross_checks
from mutualaid.data.intake.cut_off import cut_off, told
from mutualaid.data.intake.one_name import with_one_name
from mutualaid.data.intake.row_keys import (
    Beyond,
    check_comparable,
    check_duplicates,
    everyone_leaves_a_list,
    order_of,
    removed_beyond_the_list,
)
from mutualaid.data.schema import LINE_COLUMNS, TABLES
from mutualaid.data.site_criteria import ICB, check_accepts, check_personal
from mutualaid.data.taking.safety_columns import Finding
from mutualaid.data.taking.take_table import occasions
from mutualaid.data.unlikely_sizes import unlikely_minutes, unlikely_speed
from mutualaid.errors import Problems

QUEUE_COLUMNS = ("origin", "service", *LINE_COLUMNS, "priority", "area")
KEYS: Mapping[str, tuple[str, ...]] = {
    "capacity": ("provider", "service", *LINE_COLUMNS, "period", "site"),
    "travel": ("origin", "area", "provider"),
    "referrals": (*QUEUE_COLUMNS, "period", "weeks_waiting", "weeks_later"),
    "removals": (*QUEUE_COLUMNS, "period", "weeks_waiting", "weeks_later"),
    "booked": tuple(column.name for column in TABLES["booked"] if column.kind != "count"),
    "pools": ("provider", "pool", "period"),
    "usage": ("provider", "service", "pool"),
    "finer": ("service",),
    "accepts": ("provider", "service", "column", "at_least", "at_most", "among"),
}
OF_PEOPLE = ("waiting_list", "referrals")
OF_QUEUES = frozenset({*OF_PEOPLE, "removals"})

# Rules that look at rows, and at which tables'; the others look at codes and headings alone.
LOOKS_AT: Mapping[object, frozenset[str]] = {
    cross_checks.pools_are_used: frozenset({"pools", "usage"}),
    cross_checks.removals_have_a_queue: OF_QUEUES,
    cross_checks.ways_are_known: frozenset({*OF_PEOPLE, "capacity", "travel", "finer"}),
}


class Checked(NamedTuple):
    """A table that was checked before: its rows in order, and what a check of it would give."""

    frame: pd.DataFrame
    clean: Clean


@dataclass(slots=True)
class Known:
    """What has been found out about a system's tables, to be found out once."""

    tables: dict[str, Checked] = field(default_factory=dict)
    beyond: Beyond | None = None
    """How many removals find nobody left to remove."""
    reserved: Reserved | None = None
    """Which bookings stand."""
    notes: tuple[str, ...] | None = None

    def kept(
        self, frames: Mapping[str, pd.DataFrame], changed: Collection[str], period_weeks: int
    ) -> Known:
        """Say what is known still of the tables of a system when some of them are changed."""
        again = set(changed)
        if "waiting_list" in again:
            # The further columns that these may have are those of the waiting list.
            again.update(t for t in ("referrals", "removals") if t in frames and _extras(frames[t]))
        for name, frame in frames.items():
            if name not in again and name not in self.tables:
                self.tables[name] = checked_before(name, frame)
        tables = {name: self.tables[name] for name in frames if name not in again}
        if not OF_QUEUES.isdisjoint(changed):
            return Known(tables)
        if self.beyond is None:
            clean = {name: table.clean for name, table in tables.items()}
            self.beyond = removed_beyond_the_list(clean, QUEUE_COLUMNS, period_weeks)
        return Known(tables, self.beyond)


def checked_before(name: str, frame: pd.DataFrame) -> Checked:
    """Give a table of a system as a check of it would: it was checked when the system was made."""
    clean: Clean = {}
    # Patients who were counted when the system was made are in an order of their own.
    frame = _sorted(frame, name)
    for column in TABLES[name]:
        # No rule asks who a patient is.
        if column.name in frame and column.kind != "identifier":
            values = frame[column.name]
            clean[column.name] = (
                values.array.remove_unused_categories()
                if isinstance(values.dtype, pd.CategoricalDtype)
                else values.to_numpy()
            )
    return Checked(frame, clean)


def without_booked(frames: Mapping[str, pd.DataFrame], reserved: Reserved) -> dict[str, Clean]:
    """Tables of a system without those of their patients who are booked, as a check gives them."""
    result, start = {}, 0
    booked = reserved.of_rows(sum(len(frames[n]) for n in OF_PEOPLE if n in frames))
    for name in (*OF_PEOPLE, "removals"):
        if name in frames:
            frame = frames[name]
            if name in OF_PEOPLE:
                here = booked[start : start + len(frame)]
                frame, start = frame.assign(patients=frame["patients"] - here), start + len(frame)
            result[name] = checked_before(name, frame).clean
    return result


def odd(
    tables: Mapping[str, Clean],
    waiting: pd.DataFrame,
    known: Known,
    period_weeks: int,
    unlisted: str,
    free: Mapping[str, Clean] | None = None,
) -> Iterator[str]:
    """Say in sentences what is odd in checked tables, and in the list's own columns.

    All of it can be used. Of tables that are ``known`` some was said before, and is not again.
    ``free`` are the tables without who is booked, and so is not there to be removed.
    """
    told = "column" in tables.get("accepts", {}) and ICB in list(tables["accepts"]["column"])
    if ICB in waiting and not told:
        bound = (waiting[ICB].astype(object) != "").to_numpy()
        count = int(waiting["patients"].to_numpy()[bound].sum())
        if count:
            yield (
                f"willing to go only within their ICB: {count:,}; nothing says which one each "
                "provider is in, so they do not move: pass accepts=mutualaid.within_icb({...})"
            )
    yield from _odd_ways(tables, known, unlisted)
    lonely = cross_checks.without_capacity(tables)
    if lonely:
        count = cross_checks.waiting_for(tables, lonely)
        yield (
            f"nobody has capacity for {_firsts(lonely)}: the {count:,} patients on these lists "
            f"can only wait{_other_names(cross_checks.without_a_list(tables))}"
        )
    if free is not None:
        nobody, younger = removed_beyond_the_list(free, QUEUE_COLUMNS, period_weeks)
    else:
        if known.beyond is None:
            known.beyond = removed_beyond_the_list(tables, QUEUE_COLUMNS, period_weeks)
        nobody, younger = known.beyond
    if nobody:
        told = "weeks_waiting" in tables["removals"]
        yield f"{nobody:,} of the removals find nobody left to remove: " + (
            "who is there has waited longer" if told else "the lists run dry first"
        )
    if younger:
        yield (
            f"{younger:,} of the removals find nobody who has waited just so many weeks: of those "
            "who have waited less, the newest leave in their place"
        )


def _other_names(unwanted: Collection[tuple[str, ...]]) -> str:
    """Ask whether services that nobody waits for are the same under other names."""
    if not unwanted:
        return ""
    named = _firsts(unwanted)
    return f"; nobody waits for {named}: if these are the same, write one name in all tables"


def _firsts(names: Collection[tuple[str, ...]]) -> str:
    return ", ".join(" ".join(name) for name in sorted(names)[:5]) + ", …" * (len(names) > 5)


def _odd_ways(tables: Mapping[str, Clean], known: Known, unlisted: str) -> Iterator[str]:
    """What the table of ways makes a reader ask: units that are unlikely, and who is cut off."""
    travel = tables["travel"]
    if "travel" not in known.tables:
        odd = unlikely_minutes(travel["minutes"])
        speed = unlikely_speed(travel["minutes"], travel["miles"]) if "miles" in travel else None
        if odd is not None:
            yield f"travel: {odd[0]}: minutes are meant; if these are {odd[1]}, convert them"
        elif speed is not None:
            yield f"travel: {speed}: check the units of minutes and miles"
    settled = {"travel", "capacity", "waiting_list"} <= set(known.tables)
    if unlisted == "unreachable" and not settled:
        start = "area" if "area" in travel else "origin"
        yield from told(cut_off(tables), start)


def checked(
    frames: Mapping[str, pd.DataFrame],
    horizon: Mapping[str, int],
    unlisted: str,
    *,
    counted: bool,
    known: Mapping[str, Checked],
    changed: Collection[str],
    words: Mapping[str, Mapping[str, Ints]],
    problems: Problems,
    found: dict[str, tuple[Finding, ...]],
) -> dict[str, Clean]:
    """Check all tables, each on its own and against the others.

    ``counted`` says that the waiting list was counted from patients: its cohorts are told apart
    by all of its columns, and sorted. Tables that are ``known`` are not checked on their own
    again, and rules about the rows of tables of which none has ``changed`` are kept to still.
    Rows that differ in ``words`` are not alike, though the words may mean the same.
    ``problems`` and ``found`` hold what was found when the tables were taken in; names that are
    read as codes are added to ``found``.

    Raises
    ------
    InputError
        If anything in them cannot be used; every problem at once.
    """
    extras = _extras(frames["waiting_list"])
    tables = {
        name: known[name].clean
        if name in known
        else check_table(
            name,
            frame,
            horizon["periods"],
            problems,
            extras if name in ("referrals", "removals") else (),
        )
        for name, frame in frames.items()
    }
    # Who is on a list of patients is looked up by the labels of that list again.
    patients = counted or "patient_id" in frames["waiting_list"]
    tables, named = with_one_name(tables, {*known, *["waiting_list"] * patients})
    for one in named:
        found[one.table] = (*found.get(one.table, ()), one)
    new = {name: frame for name, frame in frames.items() if name not in known}
    if "waiting_list" in new:
        said = words.get("waiting_list", {})
        _check_who_waits(tables["waiting_list"], new["waiting_list"], counted, said, problems)
    for name, keys in KEYS.items():
        if name not in new:
            continue
        needed = [c.name for c in TABLES[name] if c.required and c.name in keys]
        given = [key for key in keys if key in new[name]]
        # Of ways that start nowhere nobody can say which are the same.
        starts = name != "travel" or bool({"origin", "area"} & {*given})
        if starts and all(key in tables[name] for key in {*needed, *given}):
            more = [h for h in _extras(new[name]) if h in extras]
            columns = {**tables[name], **{h: new[name][h].to_numpy() for h in more}}
            columns.update(words.get(name, {}))
            kinds = occasions(name, new[name][more]) if more else {}
            check_duplicates(name, columns, [*keys, *more], problems, kinds)
    if ("pools" in tables) != ("usage" in tables):
        lacking = "usage" if "pools" in tables else "pools"
        problems.add(lacking, "", "the table is missing", "give pools and usage together")
    for name in ("waiting_list", "referrals"):
        if name in new:
            check_personal(name, new[name], problems)
    if "accepts" in tables:
        check_accepts(tables["accepts"], list(frames["waiting_list"].columns), tables, problems)
    if "finer" in tables:
        check_finer(tables, problems)
    cross_checks.lines_agree({name: frame.columns for name, frame in frames.items()}, problems)
    cross_checks.clocks_start_in_their_period(
        {name: tables[name] for name in new}, horizon["period_weeks"], problems
    )
    _check_rules(tables, unlisted, changed, problems)
    problems.raise_if_any()
    return tables


def _check_rules(
    tables: Mapping[str, Clean], unlisted: str, changed: Collection[str], problems: Problems
) -> None:
    """Check the tables against each other."""
    kept_to = {rule for rule, names in LOOKS_AT.items() if names.isdisjoint(changed)}
    if unlisted != "error":
        kept_to.add(cross_checks.ways_are_known)
    # Asked of numbers first: by its codes, a rule finds those that are on no list.
    if cross_checks.removals_have_a_queue not in kept_to and everyone_leaves_a_list(
        tables, QUEUE_COLUMNS
    ):
        kept_to.add(cross_checks.removals_have_a_queue)
    for rule in (*cross_checks.ALWAYS, cross_checks.ways_are_known):
        if rule not in kept_to:
            rule(tables, problems)


def _check_who_waits(
    waiting: Clean,
    frame: pd.DataFrame,
    counted: bool,
    words: Mapping[str, Ints],
    problems: Problems,
) -> None:
    if "patient_id" in frame:
        _one_patient_a_row(waiting, len(frame), problems)
        check_comparable("waiting_list", frame[_extras(frame)], problems)
    elif not counted:
        _check_cohorts(waiting, frame, words, problems)


def _one_patient_a_row(waiting: Clean, rows: int, problems: Problems) -> None:
    patients = waiting.setdefault("patients", np.ones(rows, dtype=np.int64))
    problems.note(
        "waiting_list",
        "patients",
        patients != 1,
        "is not 1 although each row is one patient",
        "drop the column, or drop patient_id",
        patients,
    )


def _check_cohorts(
    waiting: Clean, frame: pd.DataFrame, words: Mapping[str, Ints], problems: Problems
) -> None:
    """Each cohort has one row; every column that describes patients tells cohorts apart."""
    extras = _extras(frame)
    keys = [h for h in frame.columns if h != "patients" and (h in waiting or h in extras)]
    if {"origin", "service", "weeks_waiting"} <= set(waiting):
        columns = {h: waiting[h] if h in waiting else frame[h].to_numpy() for h in keys}
        columns.update((h, words[h]) for h in keys if h in words)
        kinds = occasions("waiting_list", frame[extras])
        check_duplicates("waiting_list", columns, keys, problems, kinds)


def _declared(table: str) -> set[str]:
    return {column.name for column in TABLES[table]}


def _extras(frame: pd.DataFrame) -> list[str]:
    """Columns that describe patients beyond those that the tables have names for."""
    named = {name for table in TABLES for name in _declared(table)}
    return [heading for heading in frame.columns if heading not in named]


def union_of(tables: Mapping[str, Clean], places: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Every label that any of some columns holds, sorted."""
    return tuple(sorted({label for t, c in places for label in cross_checks.labels(tables, t, c)}))


def canonical(
    tables: Mapping[str, Clean],
    frames: Mapping[str, pd.DataFrame],
    *,
    counted: bool,
    known: Mapping[str, Checked],
    words: Collection[str] = (),
) -> dict[str, pd.DataFrame]:
    """Put rows into one order and labels into one set of categories, whatever the input's.

    Rows of tables of ``words`` that were told apart by words that mean the same are added up.
    """
    shared: dict[str, pd.Index] = {}
    for vocabulary in cross_checks.VOCABULARIES:
        categories = pd.Index(union_of(tables, vocabulary), dtype=object)
        shared.update({column: categories for _, column in vocabulary})
    result = {}
    for name, clean in tables.items():
        if name in known:
            result[name] = _relabelled(known[name], shared)
            continue
        columns = {
            heading: values.set_categories(shared[heading])
            if isinstance(values, pd.Categorical) and heading in shared
            else values
            for heading, values in clean.items()
        }
        for heading in _extras(frames[name]):
            columns[heading] = _plain(frames[name][heading])
        in_order = counted and name == "waiting_list"
        # What the caller gave is copied: it may change.
        frame = pd.DataFrame(columns, copy=not in_order)
        result[name] = frame if in_order else _sorted(frame, name)
        if name in words and "patient_id" not in frame:
            result[name] = _added_up(result[name])
    return result


def _added_up(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that differ in nothing but their patients made one, in the same order."""
    keys = [heading for heading in frame.columns if heading != "patients"]
    if not frame.duplicated(keys).any():
        return frame
    group = frame.groupby(keys, dropna=False, observed=True, sort=False).ngroup()
    total = frame["patients"].groupby(group.to_numpy()).transform("sum")
    return frame.assign(patients=total)[~frame.duplicated(keys)].reset_index(drop=True)


def _relabelled(known: Checked, shared: Mapping[str, pd.Index]) -> pd.DataFrame:
    """A table whose labels are among other categories now, if they are."""
    other = {}
    for heading, values in known.clean.items():
        if isinstance(values, pd.Categorical) and heading in shared:
            labels = known.frame[heading].cat
            if not labels.categories.equals(shared[heading]):
                other[heading] = labels.set_categories(shared[heading])
    return known.frame.assign(**other) if other else known.frame


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
    order = order_of(frame, known, others)
    return frame if order is None else frame.iloc[order].reset_index(drop=True)
