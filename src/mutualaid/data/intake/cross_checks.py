"""Rules between tables: codes that must agree, ways that must be known.

One rule, one function, one sentence. A rule looks only at columns that were clean on their own,
so that one mistake is reported once.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Clean, Ints, Mask
from mutualaid.data.finer_services import above, offer_parts, parts_of
from mutualaid.data.label_codes import alike, combined
from mutualaid.data.schema import LATER, LINE_COLUMNS, MIXED_SERVICES, PRIORITIES, TABLES
from mutualaid.data.words.known_names import KnownNames, providers_named, services_named
from mutualaid.errors import SHOWN, Problems
from mutualaid.formats import many

Tables = Mapping[str, Clean]

# In the order in which a code is believed: who has capacity is named there first.
PROVIDER_COLUMNS = (
    ("capacity", "provider"),
    ("travel", "provider"),
    ("travel", "origin"),
    ("waiting_list", "origin"),
    ("referrals", "origin"),
    ("removals", "origin"),
    ("pools", "provider"),
    ("usage", "provider"),
    ("booked", "origin"),
)
SERVICE_COLUMNS = tuple(
    (table, "service")
    for table in ("capacity", "waiting_list", "referrals", "removals", "usage", "booked")
)
FINER_COLUMNS = (("finer", "service"), ("finer", "part_of"))
AREA_COLUMNS = tuple(
    (table, "area") for table in ("travel", "waiting_list", "referrals", "removals", "booked")
)
PRIORITY_COLUMNS = tuple(
    (table, "priority") for table in ("waiting_list", "referrals", "removals", "booked")
)
STREAM_COLUMNS, CLASS_COLUMNS = (
    tuple(
        (table, name) for table in ("capacity", "waiting_list", "referrals", "removals", "booked")
    )
    for name in LINE_COLUMNS
)
POOL_COLUMNS = (("pools", "pool"), ("usage", "pool"))
VOCABULARIES = (
    *(PROVIDER_COLUMNS, (*SERVICE_COLUMNS, *FINER_COLUMNS), STREAM_COLUMNS, CLASS_COLUMNS),
    *(AREA_COLUMNS, PRIORITY_COLUMNS, POOL_COLUMNS),
)

NAMED = {"origin": providers_named, "provider": providers_named, "service": services_named}
"""Columns whose labels have names."""
TRUST_SITE = re.compile(r"[RT][A-Z0-9]{4}")


def labels(tables: Tables, table: str, column: str) -> list[str]:
    """Every label of a column, sorted; none where the column is absent or was not clean."""
    values = tables.get(table, {}).get(column)
    return [] if values is None else list(values.categories)


def rows_with(tables: Tables, table: str, column: str, wanted: set[str]) -> Mask:
    """Mask of the rows whose label is one of those wanted."""
    values = tables[table][column]
    marked = np.array([label in wanted for label in values.categories], dtype=bool)
    mask: Mask = marked[values.codes]
    return mask


def _note(
    tables: Tables,
    problems: Problems,
    place: tuple[str, str],
    wrong: set[str],
    what: str,
    remedy: str,
) -> None:
    """Note labels of a column that are wrong, so that no later rule stumbles over them."""
    problems.codes.update(wrong)
    rows, values = rows_with(tables, *place, wrong), tables[place[0]][place[1]]
    problems.add(*place, what, remedy, rows=rows, values=values)


@functools.lru_cache(maxsize=10_000)
def _normal_form(label: str) -> str:
    """One form for spellings of one code: case, and 110 for C_110."""
    return re.sub(r"^C_(?=\d{3}$)", "", label.strip().upper())


def spelt_alike(tables: Tables, problems: Problems) -> None:
    """One code is spelt one way in all tables."""
    for vocabulary in VOCABULARIES:
        meant: dict[str, str] = {}
        for table, column in vocabulary:
            wrong: dict[str, str] = {}
            for label in labels(tables, table, column):
                first = meant.setdefault(_normal_form(label), label)
                if first != label:
                    wrong[label] = first
            if wrong:
                problems.codes.update(wrong.values())
                pairs = ", ".join(f"{was!r} as {is_!r}" for was, is_ in sorted(wrong.items())[:5])
                what = "is spelt in another way elsewhere"
                _note(tables, problems, (table, column), {*wrong}, what, f"write {pairs}")


def standard_codes(tables: Tables, problems: Problems) -> None:
    """Codes that rules know are spelt as the rules know them: P1 never moves, and nor may p1."""
    for vocabulary, known in ((PRIORITY_COLUMNS, PRIORITIES), (SERVICE_COLUMNS, MIXED_SERVICES)):
        for table, column in vocabulary:
            wrong = {
                label
                for label in labels(tables, table, column)
                if label not in known and label.upper() in known
            }
            if wrong - problems.codes:
                pairs = ", ".join(f"{label!r} as {label.upper()!r}" for label in sorted(wrong))
                what = "is a standard code in another spelling"
                _note(tables, problems, (table, column), wrong, what, f"write {pairs}")


def one_ods_level(tables: Tables, problems: Problems) -> None:
    """Trusts and their sites are not mixed: R0A and R0A02 would be two providers."""
    known = {label for t, c in PROVIDER_COLUMNS for label in labels(tables, t, c)}
    sites = {label for label in known if TRUST_SITE.fullmatch(label) and label[:3] in known}
    for place in PROVIDER_COLUMNS:
        here = sites.intersection(labels(tables, *place))
        if here:
            pairs = ", ".join(f"{site!r} is a site of {site[:3]!r}" for site in sorted(here)[:5])
            remedy = f"use one ODS level: {pairs}"
            _note(tables, problems, place, here, "mixes trusts and their sites", remedy)


def _unknown(
    tables: Tables,
    problems: Problems,
    place: tuple[str, str],
    known: set[str],
    where: str,
) -> None:
    """Report labels of a column that no other table knows, with the nearest known code."""
    forms = {_normal_form(label) for label in known}
    here = labels(tables, *place)
    unknown = {label for label in here if label not in known and _normal_form(label) not in forms}
    unknown -= problems.codes
    if not unknown or not known:
        return
    named = NAMED.get(place[1], KnownNames.unnamed)(known)
    remedy = "correct the code or add it there: " + ", ".join(map(named.unknown, sorted(unknown)))
    _note(tables, problems, place, unknown, f"is not in {where}", remedy)


def providers_are_known(tables: Tables, problems: Problems) -> None:
    """Whoever has a list, referrals or a pool has capacity or is at least on the map."""
    on_the_map = {
        label for table, column in PROVIDER_COLUMNS[:3] for label in labels(tables, table, column)
    }
    if not labels(tables, "capacity", "provider"):
        return
    for place in PROVIDER_COLUMNS[3:]:
        _unknown(tables, problems, place, on_the_map, "capacity or travel")


def services_and_pools_are_known(tables: Tables, problems: Problems) -> None:
    """What a patient uses exists: its service, and its pool."""
    offered = set(labels(tables, "capacity", "service"))
    wanted = set(labels(tables, "waiting_list", "service"))
    _unknown(tables, problems, ("usage", "service"), offered | wanted, "capacity or waiting_list")
    pools = set(labels(tables, "pools", "pool"))
    _unknown(tables, problems, ("usage", "pool"), pools, "pools")


def pools_are_used(tables: Tables, problems: Problems) -> None:
    """Where usage differs by provider, whoever has a pool says what patients use of it."""
    keys = ["provider", "pool"]
    if not all(key in tables.get(table, {}) for key in keys for table in ("pools", "usage")):
        return
    has, said = (
        pd.MultiIndex.from_arrays([np.asarray(tables[table][k], dtype=object) for k in keys])
        for table in ("pools", "usage")
    )
    silent = has[~has.isin(said)].unique()
    if len(silent):
        shown = ", ".join(" ".join(place) for place in silent[:SHOWN])
        what = f"says nothing of some that have a pool: {shown}"
        problems.add("usage", "provider", what, "add rows, with amount 0 where nothing is used")


def areas_are_known(tables: Tables, problems: Problems) -> None:
    """Where travel starts at home, every home is on the map."""
    known = set(labels(tables, "travel", "area"))
    for place in AREA_COLUMNS[1:]:
        _unknown(tables, problems, place, known, "travel")


def queue_columns_agree(tables: Tables, problems: Problems) -> None:
    """Referrals and removals belong to queues, so they say what the waiting list says."""
    waiting = tables["waiting_list"]
    by_area = "area" in tables["travel"]
    if by_area and "area" not in waiting:
        what = "the column is missing, and travel starts at an area"
        problems.add("waiting_list", "area", what, "add it, or give travel by origin")
    for table in ("referrals", "removals"):
        if table not in tables:
            continue
        for column in ("priority", "area"):
            if (column in waiting) != (column in tables[table]):
                both = (table, "waiting_list") if column in waiting else ("waiting_list", table)
                what = f"the column is missing, and {both[1]} has it"
                remedy = "add it, so that each patient belongs to one queue"
                problems.add(both[0], column, what, remedy)


def bookings_fit_the_list(tables: Tables, problems: Problems) -> None:
    """Bookings are for services that there are, and tell apart no more than the list does."""
    known = {s for t, c in SERVICE_COLUMNS[:3] for s in labels(tables, t, c)}
    where = "capacity, waiting_list or referrals"
    _unknown(tables, problems, ("booked", "service"), known, where)
    for column in TABLES["booked"]:
        if column.name in tables.get("booked", {}).keys() - tables["waiting_list"].keys():
            # Of lines it is told where every table is asked, and of what is needed elsewhere.
            if column.required or column.name in (LATER.name, *LINE_COLUMNS):
                continue
            what = "tells bookings apart, and waiting_list does not have the column"
            problems.add("booked", column.name, what, "drop it, or add it to waiting_list")


def lines_agree(headings: Mapping[str, Collection[str]], problems: Problems) -> None:
    """Where slots of a service are told apart, whoever waits, or is referred, says for which.

    Asked of the headings as they are, so that what is wrong in a column is not told twice.
    Removals may say it not, and are then shared out.
    """
    for column in LINE_COLUMNS:
        has = [
            name
            for name in ("capacity", "waiting_list", "referrals", "removals", "booked")
            if column in headings.get(name, ())
        ]
        for name in ("capacity", "waiting_list", "referrals", "booked"):
            if has and name in headings and name not in has:
                what = f"the column is missing, and {has[0]} has it"
                remedy = "add it, so that slots find their patients, or drop it everywhere"
                if name != "capacity":
                    remedy = "add it, with the labels of capacity, or drop it everywhere"
                problems.add(name, column, what, remedy)


def clocks_start_in_their_period(tables: Tables, period_weeks: int, problems: Problems) -> None:
    """A clock that starts later than its period does starts within it, with no week on it."""
    for name in ("referrals", "removals", "booked"):
        later = tables.get(name, {}).get("weeks_later")
        if later is None:
            continue
        what = f"is past the end of the period, which has {period_weeks} weeks"
        remedy = "count from the start of the period in which the clock starts"
        problems.note(name, "weeks_later", np.asarray(later) >= period_weeks, what, remedy, later)
        weeks = tables[name].get("weeks_waiting")
        if weeks is None and name == "removals":
            what = "says nothing without weeks_waiting"
            problems.add(name, "weeks_later", what, "add weeks_waiting, or drop the column")
        if weeks is not None:
            both = (np.asarray(weeks) > 0) & (np.asarray(later) > 0)
            what = "is above 0 where weeks_waiting is, too"
            problems.note(name, "weeks_later", both, what, "set one of them to 0", later)


def removals_have_a_queue(tables: Tables, problems: Problems) -> None:
    """Nobody can leave a list that nobody is on."""
    if any(
        not {"origin", "service"} <= set(tables.get(t, {})) for t in ("waiting_list", "removals")
    ):
        return
    keys = ["origin", "service", *LINE_COLUMNS, "priority", "area"]
    keys = [key for key in keys if all(key in tables[t] for t in ("waiting_list", "removals"))]
    there = keys_of(tables["waiting_list"], keys)[0]
    if "referrals" in tables and all(key in tables["referrals"] for key in keys):
        there = pd.concat([there, keys_of(tables["referrals"], keys)[0]])
    leaving = pd.DataFrame({k: np.asarray(tables["removals"][k], dtype=object) for k in keys})
    found = leaving.merge(there.drop_duplicates(), on=keys, how="left", indicator=True)
    told = leaving.isin(list(problems.codes)).any(axis=1).to_numpy()
    lost = (found["_merge"] == "left_only").to_numpy() & ~told
    problems.note(
        "removals",
        ", ".join(keys),
        lost,
        "nobody is on this list",
        "correct the codes or drop the row",
    )


def keys_of(clean: Clean, keys: Sequence[str]) -> tuple[pd.DataFrame, Ints]:
    """The distinct combinations of some labels, as plain text, and that of each row."""
    group, first = alike(combined([clean[key] for key in keys]))
    distinct = {key: np.asarray(clean[key].take(first), dtype=object) for key in keys}
    return pd.DataFrame(distinct), group


def ways_are_known(tables: Tables, problems: Problems) -> None:
    """The minutes of every pair that could matter are there.

    A pair matters if somebody there waits for slots of a kind that the provider has.
    """
    start = "area" if "area" in tables["travel"] else "origin"
    needed = {"travel": (start, "provider"), "capacity": ("provider", "service")}
    if any(column not in tables[t] for t, names in needed.items() for column in names):
        return
    unknown = [way for way in _ways_missing(tables, start) if not problems.codes.intersection(way)]
    if unknown:
        problems.add(
            "travel",
            "minutes",
            f"is not there for {many(len(unknown), 'pair')} that could matter: "
            + "; ".join(f"{a} to {b}" for a, b in unknown[:5])
            + ("; …" if len(unknown) > 5 else ""),
            f"add a row for each {start} and provider, or pass unlisted='unreachable'",
        )


def _ways_missing(tables: Tables, start: str) -> Iterator[tuple[str, str]]:
    capacity, travel = tables["capacity"], tables["travel"]
    kinds = {name: _lines(tables, name) for name in _LINED if "service" in tables.get(name, {})}
    lines = sorted({line for known, _ in kinds.values() for line in known})
    place = {line: at for at, line in enumerate(lines)}
    line = {
        name: np.array([place[one] for one in known], dtype=np.intp)[code]
        for name, (known, code) in kinds.items()
    }
    providers = labels(tables, "capacity", "provider")
    starts = sorted({s for t in ("waiting_list", "referrals") for s in labels(tables, t, start)})
    offers = np.zeros((len(lines), len(providers)), dtype=bool)
    some = capacity.get("slots", np.ones(len(capacity["provider"]))) > 0
    offers[line["capacity"][some], capacity["provider"].codes[some]] = True
    offer_parts(lines, tables, offers, line["capacity"])
    wants = np.zeros((len(lines), len(starts)), dtype=bool)
    home = np.zeros((len(starts), len(providers)), dtype=bool)
    for table in ("waiting_list", "referrals"):
        rows = tables.get(table, {})
        if start in rows and "service" in rows:
            some = rows.get("patients", np.ones(len(rows["service"]))) > 0
            here = _codes(rows[start], starts)[some]
            wants[line[table][some], here] = True
            if start == "area" and "origin" in rows:
                own = _codes(rows["origin"], providers)[some]
                home[here[own >= 0], own[own >= 0]] = True
    # One line after another: a product of matrices would wake BLAS's threads for it.
    matters = home
    for wanted, offered in zip(wants, offers, strict=True):
        matters |= np.logical_and.outer(wanted, offered)
    if start == "origin":
        row_of = {label: row for row, label in enumerate(starts)}
        for column, label in enumerate(providers):
            if label in row_of:
                matters[row_of[label], column] = False
    here, there = _codes(travel[start], starts), _codes(travel["provider"], providers)
    kept = (here >= 0) & (there >= 0)
    matters[here[kept], there[kept]] = False
    for row, column in np.argwhere(matters):
        yield starts[row], providers[column]


def _codes(values: pd.Categorical, labels_: list[str]) -> npt.NDArray[np.intp]:
    """Positions of a categorical's values in a list of labels; -1 where absent."""
    place = {label: at for at, label in enumerate(labels_)}
    position = np.array([place.get(label, -1) for label in values.categories], dtype=np.intp)
    codes: npt.NDArray[np.intp] = position[values.codes]
    return codes


ALWAYS: tuple[Callable[[Tables, Problems], None], ...] = (
    spelt_alike,
    standard_codes,
    one_ods_level,
    providers_are_known,
    services_and_pools_are_known,
    pools_are_used,
    areas_are_known,
    queue_columns_agree,
    bookings_fit_the_list,
    removals_have_a_queue,
)


Line = tuple[str, ...]
_LINED = ("capacity", "waiting_list", "referrals")


def _lines(tables: Tables, table: str) -> tuple[list[Line], npt.NDArray[np.intp]]:
    """The lines of slots that a table's rows are of, and that of each row.

    A line is a service, with its stream and class where every table says them.
    """
    rows = tables[table]
    more = [c for c in LINE_COLUMNS if all(c in tables[t] for t in _LINED if t in tables)]
    if not more:
        return [(label,) for label in rows["service"].categories], rows["service"].codes
    distinct, group = keys_of(rows, ["service", *more])
    return list(distinct.itertuples(index=False, name=None)), group


def without_capacity(tables: Tables) -> set[Line]:
    """Lines that somebody waits for and nobody has capacity for."""
    offered, parts = _with_any(tables, "capacity", "slots"), parts_of(tables.get("finer"))
    return {one for one in _wanted(tables) if offered.isdisjoint((one, *above(one, parts)))}


def without_a_list(tables: Tables) -> set[Line]:
    """Lines that somebody has capacity for and nobody waits for."""
    parts = parts_of(tables.get("finer"))
    wanted = {one for line in _wanted(tables) for one in (line, *above(line, parts))}
    return _with_any(tables, "capacity", "slots") - wanted


def waiting_for(tables: Tables, wanted: Collection[Line]) -> int:
    """How many patients wait for some lines, or are referred for them."""
    count = 0
    for name in {"waiting_list", "referrals"} & tables.keys():
        lines, code = _lines(tables, name)
        marked = np.array([line in wanted for line in lines], dtype=bool)
        count += int(tables[name]["patients"][marked[code]].sum())
    return count


def _wanted(tables: Tables) -> set[Line]:
    """Lines that somebody waits for, or is referred for."""
    return {
        line
        for table in ("waiting_list", "referrals")
        if table in tables
        for line in _with_any(tables, table, "patients")
    }


def _with_any(tables: Tables, table: str, count: str) -> set[Line]:
    """Lines of the rows that count anybody."""
    lines, code = _lines(tables, table)
    used = np.flatnonzero(np.bincount(code[tables[table][count] > 0], minlength=len(lines)))
    return {lines[at] for at in used.tolist()}
