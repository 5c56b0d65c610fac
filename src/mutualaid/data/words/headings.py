"""Which column of a table is which: headings in other spellings, and those that mean nothing.

A heading that is known to mean a column of ours is that column, whatever its capitals, blanks and
underscores. Two for one meaning, and one that only a reader can make sense of, are errors. Every
other heading of a waiting list tells patients apart and means nothing else.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from mutualaid.data.schema import IDENTIFIERS, PATIENT_COLUMNS, PERSONAL, RESERVED, TABLES, columns
from mutualaid.data.words.column_names import FIELDS, KNOWN, LEAVING, tidy
from mutualaid.data.words.table_names import COLUMNS, OF_A_WAY
from mutualaid.errors import Problems

PATIENTS = "patients"
"""What a list of patients is called in an error; it has more columns than a System's list."""
OF_PEOPLE = ("waiting_list", "referrals", "removals", "booked", PATIENTS)

DESCRIBES = frozenset(
    {
        *IDENTIFIERS,
        *("referral_id", "census", "created", "priority_date", "icb", "list_type"),
        *("decision_to_admit", "admitted", "age", "age_band", "deprivation", "ethnicity", "sex"),
        *("asa", "anaesthetic", "overnight", "intended_management", "critical_care"),
        *("equipment", "complexity", "bmi"),
    }
)
"""Fields that mean something only where a policy, a harm curve or a site asks about them."""

LEFT = ((), "drop who no longer waits, then drop the column")
SAID_BY: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "clock_start": (("weeks_waiting",), "count weeks_waiting (band 0 is days 0 to 7)"),
        "days_waiting": (("weeks_waiting",), "count weeks_waiting: (days - 1) // 7, 0 for day 0"),
        "date": (("date_weeks",), "count date_weeks, infinite for who has no date"),
        "outpatient_date": (("date_weeks",), "count date_weeks, infinite for who has no date"),
        "priority_type": (
            (),
            "write what it says into priority (P2 for urgent) and cancer (True for a two-week "
            "wait), and drop it",
        ),
        "willing": (
            (),
            "write what it says into willing_minutes or willing_miles (0 for who is not willing, "
            "infinite for no limit), and drop it",
        ),
        "transfer_status": (("transferred",), "write transferred, True or False"),
        "accepting_provider": (("transferred",), "write transferred, True or False"),
        "date_of_birth": (("adult", "age"), "write adult, True or False"),
        "imd_decile": (("deprivation",), "write deprivation, quintiles 1 to 5"),
        **dict.fromkeys(("rtt_status", "clock_stop", *LEAVING), LEFT),
    }
)
"""What only a reader makes sense of: the columns beside which it may stand, and the remedy.

How urgent a referral is, and how far somebody would go in words, may stand beside none: what they
say may be stricter."""

STEMS: Mapping[str, str] = MappingProxyType(
    {
        "priorit": "priority",
        "urgen": "priority",
        "consent": "consent",
        "cancer": "cancer",
        "willing": "willing_minutes",
        "transferred": "transferred",
        "declined": "declined",
        "optedout": "declined",
        "optout": "declined",
        "refus": "declined",
        "mutualaid": "consent",
    }
)
"""What a heading is likely to mean that holds these letters."""
WORDS: Mapping[str, str] = MappingProxyType(
    {"asa": "asa", "adult": "adult", "tci": "date_weeks", "2ww": "cancer", "usc": "cancer"}
)
"""The same of whole words."""

_BAND = re.compile(
    r".*\d\s*(?:[-\u2013]|to|up to)\s*<?\d.*|.*\d.*(?:week|month|wk|day)s?\b.*"
    r"|(?:weeks?|months?|wks?|days?)\W*\d+\+?|[<>]\s*\d+|\d{1,3}\+?",
    re.ASCII | re.IGNORECASE,
)
_UNIT = re.compile(r"minute|second|hour|met(?:re|er)|mile|kilomet|day|week|month|year", re.ASCII)
BANDS_REMEDY = (
    "mutualaid.read_counts makes a waiting list of it; or write one row a band, with columns "
    "origin, service, weeks_waiting and patients: DataFrame.melt(id_vars=[...], "
    "var_name='weeks_waiting', value_name='patients'), then a week band for each heading"
)


@dataclass(frozen=True, slots=True)
class Headings:
    """What the headings of a table mean."""

    names: Mapping[str, str]
    """Our name of each heading that is spelt otherwise."""
    unsaid: tuple[str, ...]
    """Headings that mean nothing here, but tell rows apart."""
    problems: tuple[tuple[str, str, str], ...]
    """What cannot be: column, problem and remedy."""


@functools.lru_cache(maxsize=1024)
def headings_of(table: str, given: tuple[str, ...]) -> Headings:
    """Find what each heading of a table means: one of the schema's tables, or patients.

    Examples
    --------
    >>> headings_of("waiting_list", ("Trust", "TFC", "p_code", "ward", "Consnt")).names["p_code"]
    'priority'
    >>> headings_of("waiting_list", ("consnt",)).problems[0][1]
    "is not known, and looks like 'consent'"
    """
    ours, known = _own(table), spellings(table)
    names: dict[str, str] = {}
    problems: list[tuple[str, str, str]] = []
    meaning: dict[str, list[str]] = {}
    for heading in given:
        name = heading if heading in ours else known.get(tidy(heading))
        if name is not None:
            meaning.setdefault(name, []).append(heading)
    for name, headings in meaning.items():
        others = [heading for heading in headings if heading != name]
        if len(headings) > 1:
            # Of two that only a reader could read, neither is read.
            if name not in SAID_BY:
                problems += _two_for_one(name, headings, others)
        elif others:
            names[others[0]] = name
    unsaid = []
    if table in OF_PEOPLE:
        problems += _for_readers(table, meaning)
        meant = {heading for headings in meaning.values() for heading in headings}
        for heading in given:
            if heading in meant or heading in RESERVED:
                continue
            problem = _odd(table, heading)
            if problem is None:
                unsaid.append(heading)
            else:
                problems.append((heading, *problem))
    return Headings(MappingProxyType(names), tuple(unsaid), tuple(problems))


@functools.lru_cache(maxsize=32)
def spellings(table: str) -> Mapping[str, str]:
    """Our name of every heading that a table may have, by its letters and digits.

    Examples
    --------
    >>> spellings("capacity")["trustcode"], spellings("waiting_list")["trustcode"]
    ('provider', 'origin')
    """
    by_name = {**{one.name: one.headings for one in FIELDS}, **COLUMNS}
    result: dict[str, str] = {}
    for name in _own(table):
        headings = by_name.get(name, ())
        if table == "travel":
            headings = OF_A_WAY.get(name, headings)
        result[tidy(name)] = name
        for heading in headings:
            result.setdefault(tidy(heading), name)
    for name in _own(table):
        result[tidy(name)] = name
    return MappingProxyType(result)


def _own(table: str) -> tuple[str, ...]:
    """Our names of all that a table may hold and that means something."""
    if table == PATIENTS:
        names: tuple[str, ...] = (*PATIENT_COLUMNS, PATIENTS, *PERSONAL, *KNOWN)
    else:
        names = tuple(columns(table))
    if table in OF_PEOPLE and table != PATIENTS:
        names = (*names, *PERSONAL, *(name for name in KNOWN if name not in RESERVED))
    return tuple(dict.fromkeys(names))


def _two_for_one(
    name: str, headings: Sequence[str], others: Sequence[str]
) -> list[tuple[str, str, str]]:
    if name in headings:
        what = f"means the same as {name!r}, which is there too"
        remedy = f"drop it, or keep it as {name!r} and drop the other"
        return [(heading, what, remedy) for heading in others]
    both = " and ".join(map(repr, others))
    remedy = f"keep one of them, headed {name!r}, and drop the rest"
    return [(name, f"{both} mean the same", remedy)]


def _for_readers(table: str, meaning: Mapping[str, list[str]]) -> list[tuple[str, str, str]]:
    """Columns whose cells only a reader of extracts makes sense of."""
    problems = []
    allowed = {*DESCRIBES, *PERSONAL}
    allowed |= {*PATIENT_COLUMNS, PATIENTS} if table == PATIENTS else {*columns(table)}
    if table == PATIENTS:
        allowed -= {"date"}
    for name, headings in meaning.items():
        beside, remedy = SAID_BY.get(name, ((), "drop the column"))
        if name not in allowed and not any(other in meaning for other in beside):
            what = f"only read_waiting_list can read ({name})"
            remedy = f"take the list in with mutualaid.read_waiting_list, or {remedy}"
            problems.append((headings[0], f"is a column that {what}", remedy))
    return problems


def _odd(table: str, heading: str) -> tuple[str, str] | None:
    """What is wrong with a heading that means nothing, and what to do."""
    if any(not character.isprintable() for character in heading):
        return "has a line break or another control character in its name", "rename it"
    form = tidy(heading)
    ours = {name for one in TABLES for name in columns(one)}
    taken = {tidy(name): name for name in (*RESERVED, *ours)}
    if form in taken and heading not in RESERVED and table != PATIENTS:
        return f"is a name of the library's own tables ({taken[form]})", "rename it, or drop it"
    close = close_to(heading)
    if close is None:
        return None
    return (
        f"is not known, and looks like {close!r}",
        f"rename it to {close!r} if it says that; else give it another name, or drop it",
    )


@functools.lru_cache(maxsize=4096)
def close_to(heading: str) -> str | None:
    """Our name of what a heading is likely to be a slip for, where it decides who may move.

    Examples
    --------
    >>> close_to("Prioritty"), close_to("consent given?"), close_to("procedure")
    ('priority', 'consent', None)
    """
    form = tidy(heading)
    for stem, name in STEMS.items():
        if stem in form:
            return name
    words = re.findall(r"[a-z]+|\d+[a-z]*", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).casefold())
    for word in words:
        if word in WORDS:
            return WORDS[word]
    best: tuple[int, str] | None = None
    for target, name in _targets():
        most = 1 if len(target) < LONG else 2
        if abs(len(target) - len(form)) <= most:
            slips = _slips(form, target)
            if slips <= most and (best is None or slips < best[0]):
                best = slips, name
    return None if best is None else best[1]


LONG = 8
"""Letters from which on two slips are likelier than another word."""
SHORT = 5
"""Letters below which one letter for another makes another word."""


@functools.lru_cache(maxsize=1)
def _targets() -> tuple[tuple[str, str], ...]:
    """Spellings of what decides who is counted or may move, long enough to be told from others."""
    wanted = {*columns("waiting_list"), *PERSONAL, *SAID_BY}
    return tuple(
        (form, name)
        for form, name in spellings("waiting_list").items()
        if name in wanted
        and form not in _LETTERED
        and len(form) >= SHORT - 1
        and (form == tidy(name) or len(form) > SHORT)
    )


_LETTERED = frozenset(
    tidy(heading) for one in FIELDS for heading in one.headings if heading[1:2] == "_"
)
"""P category, D code: without their letter they are other words, and no slips for these."""


def _slips(one: str, other: str) -> int:
    """Letters that were left out, put in, changed or swapped between two words.

    In a short word a changed letter counts twice: it makes another word.
    """
    changed = 1 if len(other) >= SHORT else 2
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, target in enumerate(other, 1):
            same = letter == target
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + changed * (not same))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]


def check_headings(
    name: str, frame: pd.DataFrame, problems: Problems, extra: Collection[str]
) -> None:
    """Every needed column is there, and none whose meaning nobody stated, but for ``extra`` ones.

    A column that has a problem already is passed over.
    """
    declared = columns(name)
    present = [str(heading) for heading in frame.columns]
    told = spoken_of(name, problems)
    surplus = [h for h in present if h not in declared and h not in extra]
    optional_count = "patients" if name == "waiting_list" and "patient_id" in present else None
    absent = [
        column
        for column in TABLES[name]
        if column.required and column.name not in {*present, *told, optional_count}
    ]
    bands = [h for h in surplus if _BAND.fullmatch(h)]
    if len(bands) > 1 and "weeks_waiting" in {column.name for column in absent}:
        shown = ", ".join(map(repr, bands[:3])) + ", …" * (len(bands) > 3)
        what = f"lacks {', '.join(c.name for c in absent)}, and {shown} look like bands of waiting"
        problems.add(name, "", what, BANDS_REMEDY)
        return
    index = {spellings(name).get(tidy(level)) for level in frame.index.names if level is not None}
    unread = [h for h in surplus if h not in told]
    # What has a unit is not put down to a heading that does not say it.
    unclaimed = [
        column.name
        for column in absent
        if column.kind in ("label", "count") and not closest(column.name, unread)
    ]
    for column in absent:
        close = closest(column.name, unread)
        hint = f"rename {close!r} to {column.name!r}" if close else f"add it ({column.meaning})"
        if unread and column.name in unclaimed:
            hint += ", or rename the column that says it"
        if column.kind == "period" and not close:
            hint += "; mutualaid.every_period makes periods of rates"
        if column.kind == "minutes" and not close:
            hint += "; mutualaid.travel_matrix reads other headings and units"
        if column.name == "patients" and optional_count is None and name == "waiting_list":
            identifier = closest("patient_id", unread)
            if identifier and (close != identifier or _nearer(identifier)):
                hint = f"add it, or rename {identifier!r} to 'patient_id' if each row is a patient"
        if column.name in index:
            hint = "it is the index: make it a column with reset_index()"
        problems.add(name, column.name, "the column is missing", hint)
    if name == "travel" and ("origin" in present) == ("area" in present) and "origin" not in told:
        what = "both origin and area are there" if "origin" in present else "the column is missing"
        hint = "start each way at an origin or at an area, one of both"
        if index & {"origin", "area"}:
            hint = "it is the index: make it a column with reset_index()"
        problems.add(name, "origin", what, hint)
        if "origin" not in present:
            unclaimed.insert(0, "origin")
    for heading in unread:
        if name == "waiting_list" and heading not in RESERVED:
            continue
        close = closest(heading, list(declared))
        hint = f"rename it to {close!r} or drop it" if close else "drop it"
        if unclaimed and not close and name != "waiting_list":
            hint = f"rename it if it says {' or '.join(map(repr, unclaimed))}, else drop it"
        problems.add(name, heading, "is not a column of this table", hint)


def spoken_of(table: str, problems: Problems) -> set[str]:
    """Columns of a table that have a problem already, by their headings and by our names of them.

    Examples
    --------
    >>> found = Problems()
    >>> found.add("waiting_list", "TCI Date", "is a column that only a reader can read", "drop it")
    >>> sorted(spoken_of("waiting_list", found))
    ['TCI Date', 'date']
    """
    told = {row[1] for row in problems.rows if row[0] == table}
    known = spellings(table)
    return told | {known[tidy(heading)] for heading in told if tidy(heading) in known}


def _nearer(heading: str) -> bool:
    """Whether a heading is more like patient_id than like patients."""
    return _slips(tidy(heading), "patientid") < _slips(tidy(heading), "patients")


def closest(name: str, others: Sequence[str]) -> str | None:
    """The heading that looks most like a name, case aside; never one of another unit.

    Examples
    --------
    >>> closest("minutes", ["minuts"]), closest("minutes", ["metres"])
    ('minuts', None)
    """
    unit = _unit(name)
    alike = [other for other in others if unit is None or _unit(other) in (None, unit)]
    by_form = {other.lower(): other for other in alike}
    close = difflib.get_close_matches(name.lower(), list(by_form), n=1, cutoff=0.6)
    return by_form[close[0]] if close else None


def _unit(heading: str) -> str | None:
    """The unit that a heading names, by its first three letters; None if it names none."""
    found = _UNIT.search(heading.casefold())
    return None if found is None else found[0][:3]
