"""Which column of an extract is which."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mutualaid.data.schema import RESERVED
from mutualaid.data.words.column_names import (
    BESIDE,
    CLOCK_HEADINGS,
    FIELDS,
    KNOWN,
    LEAVING,
    TABLE,
    tidy,
)
from mutualaid.errors import InputError, Problems

REFUSED = (*RESERVED, "reason")
"""Names that mean something else in the tables made of a list."""

CLOSE = 0.75
"""How alike two headings are for one to be taken for a slip of the other."""

SHOWN, LISTED = 3, 12
VERY_CLOSE, FEWEST_LETTERS = 0.85, 6
STEMS: Mapping[str, str] = {
    "priorit": "priority",
    "urgen": "priority",
    "consent": "consent",
    "cancer": "cancer",
    "2ww": "cancer",
    "twoweekwait": "cancer",
    "deceas": "deceased",
    "death": "death_date",
    "removal": "removal_date",
    "removed": "removed",
    "withdraw": "removed",
    "discharge": "discharge_date",
    "clockstop": "clock_stop",
    "tcidate": "date",
    "willing": "willing",
    "optedout": "declined",
    "optout": "declined",
    "mutualaid": "consent",
    "asagrade": "asa",
    "dateofbirth": "date_of_birth",
}
"""Parts of headings, and what they are likely to mean."""
FEWEST_BANDS = 2
_UNIT = r" ?(?:weeks?|wks?|months?|mths?|days?|years?|yrs?)?"
_BAND = re.compile(
    rf"(?:[<>]=?|gt|over|more than|under|up to|less than|from|between)? ?\d+{_UNIT}"
    rf" ?(?:-|to|and up to|and under|and|\u2013|\u2014) ?[<>]?=? ?\d+{_UNIT}(?: sum 1)?"
    rf"|(?:[<>]=?|gt|over|more than|under|up to|less than) ?\d+{_UNIT}(?: sum 1)?"
    rf"|\d+{_UNIT} ?(?:\+|plus|and over|or more|and more){_UNIT}",
    re.ASCII,
)
"""Headings such as 0-6 Months, >18-19, 18 Months +, Over 26 weeks and up to 27 weeks."""

DECIDING: Mapping[str, str] = {
    tidy(heading): name
    for name in (
        *("priority", "priority_type", "cancer", "consent", "willing", "date", "clock_stop"),
        *("transferred", "age", "date_of_birth", "asa", "declined", *LEAVING),
    )
    for heading in KNOWN[name].headings
    if len(tidy(heading)) >= FEWEST_LETTERS
}
"""Headings of what decides who may move, by their letters."""
WORDS = frozenset(tidy(heading) for known in FIELDS for heading in known.headings)
NEEDED = (
    (("patient_id", "pathway_id", "local_id", "person_id"), "what tells patients apart"),
    (("origin",), "the provider whose list it is"),
    (("service",), "the treatment function"),
    (
        ("clock_start", "days_waiting", "weeks_waiting"),
        "when the clock started, or the days or weeks waited",
    ),
)
"""Of each, one at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Columns of the extract by the name that is ours."""

    places: Mapping[str, int]
    """Position among the extract's columns."""
    extras: tuple[str, ...]
    """Names that the analyst gave and that mean nothing here."""
    theirs: Mapping[str, object]
    """The extract's heading by the name that is ours."""
    notes: Sequence[tuple[str, str, str]]
    """Column, what was found, what was done."""
    unread: Sequence[str] = ()
    """Headings that mean nothing here."""
    overheard: Sequence[tuple[str, str]] = ()
    """Of these, headings that sound like something that decides who may move, and what."""


def choose(headings: Sequence[object], given: Mapping[str, object | None]) -> Chosen:
    """Find the column of each field, by the mapping given and by the headings that are known.

    Raises
    ------
    InputError
        If the mapping names a column that is not there or a name that cannot be used, two
        columns fit equally well, or something needed is not there.
    """
    problems = Problems()
    mapped = _mapped(headings, given, problems)
    taken = set(mapped.values())
    free: dict[str, list[int]] = {}
    for at, heading in enumerate(headings):
        if at not in taken:
            free.setdefault(tidy(heading), []).append(at)
    places, notes = dict(mapped), [_note(name, headings[at]) for name, at in mapped.items()]
    for known in FIELDS:
        if known.name in given:
            continue
        fitting = [free[word] for word in map(tidy, known.headings) if word in free]
        if not fitting:
            continue
        twice = [ats for ats in (fitting if known.every else fitting[:1]) if len(ats) > 1]
        if twice:
            alike = " and ".join(repr(str(headings[at])) for at in twice[0])
            remedy = f"say which with columns={{{known.name!r}: ...}}, or drop one of them"
            problems.add(TABLE, known.name, f"{alike} fit equally well", remedy)
            continue
        if known.every:
            for (at,) in fitting:
                first = at == fitting[0][0]
                places[known.name if first else f"{known.name}{BESIDE}{headings[at]}"] = at
                notes.append(_note(known.name, headings[at]))
            continue
        places[known.name] = fitting[0][0]
        others = [headings[at] for ats in fitting[1:] for at in ats]
        notes.append(_note(known.name, headings[fitting[0][0]], others))
    _check_counts(headings, free, places)
    _check_needed(headings, free, places, given, problems)
    problems.raise_if_any()
    used = set(places.values())
    unread = [str(heading) for at, heading in enumerate(headings) if at not in used]
    return Chosen(
        unread=unread,
        overheard=_overheard(unread, given),
        places=places,
        extras=tuple(name for name in mapped if name not in KNOWN),
        theirs={name: headings[at] for name, at in places.items()},
        notes=notes,
    )


def _overheard(unread: Sequence[str], given: Mapping[str, object]) -> list[tuple[str, str]]:
    """Headings that are not read and sound like a column that decides who may move."""
    found = []
    for heading in unread:
        word = tidy(heading)
        name = next((name for stem, name in STEMS.items() if stem in word), "")
        if not name:
            close = difflib.get_close_matches(word, list(DECIDING), n=1, cutoff=VERY_CLOSE)
            name = DECIDING[close[0]] if close else ""
        if name and name not in given:
            found.append((name, heading))
    return found


def _mapped(
    headings: Sequence[object], given: Mapping[str, object | None], problems: Problems
) -> dict[str, int]:
    """The columns that the analyst named."""
    mapped: dict[str, int] = {}
    for name, theirs in given.items():
        if not isinstance(name, str) or (name in REFUSED and name not in KNOWN):
            problems.add(TABLE, str(name), "is no name for a column here", "choose another name")
            continue
        if theirs is None:
            continue
        ats = [at for at, heading in enumerate(headings) if heading == theirs]
        if len(ats) == 1:
            mapped[name] = ats[0]
        elif ats:
            what = f"{len(ats)} columns are called {theirs!r}"
            problems.add(TABLE, name, what, "rename one of them")
        else:
            close = _close([str(theirs)], headings)
            remedy = f"did you mean {close}?" if close else f"the extract has {_listed(headings)}"
            problems.add(TABLE, name, f"no column is called {theirs!r}", remedy)
    return mapped


def _check_counts(
    headings: Sequence[object], free: Mapping[str, object], places: Mapping[str, int]
) -> None:
    """Refuse a table of counts, a column a band of waits: it has no patient a row."""
    bands = [
        str(heading)
        for heading in headings
        if tidy(heading) in free and _BAND.fullmatch(" ".join(str(heading).casefold().split()))
    ]
    if len(bands) < FEWEST_BANDS or any(name in places for name in NEEDED[0][0]):
        return
    shown = ", ".join(map(repr, bands[:SHOWN])) + ", …" * (len(bands) > SHOWN)
    raise InputError(
        f"{TABLE} counts patients in columns by band of waits ({shown}) and has no "
        "patient a row, so it is no list of patients. mutualaid.read_counts makes a waiting list "
        "of it for System; or make it one row a band with the columns origin, service, "
        "weeks_waiting (the band's first week) and patients, and pass it to System: "
        "DataFrame.melt(id_vars=[...], value_vars=[...], var_name='weeks_waiting', "
        "value_name='patients'), then write each band's first week for its name"
    )


def _check_needed(
    headings: Sequence[object],
    free: Mapping[str, object],
    places: Mapping[str, int],
    given: Mapping[str, object | None],
    problems: Problems,
) -> None:
    solved = {*places, *(row[1] for row in problems.rows)}
    for names, meaning in NEEDED:
        if not solved.isdisjoint(names):
            continue
        fields = [KNOWN[name] for name in names]
        spare = [heading for heading in headings if tidy(heading) in free]
        close = _close([word for known in fields for word in known.headings], spare)
        looked = ", ".join(word for known in fields for word in known.headings[:SHOWN])
        hint = f"; close: {close}" if close else f"; the extract has {_listed(headings)}"
        left_out = [name for name in names if name in given]
        if left_out:
            hint += f"; columns= leaves out {', '.join(left_out)}"
        remedy = f"name it with columns={{{names[0]!r}: ...}} (looked for {looked}{hint})"
        problems.add(TABLE, " or ".join(names), f"the column is missing: {meaning}", remedy)


def _close(wanted: Sequence[str], headings: Sequence[object]) -> str:
    """Headings that look like a slip of what is wanted."""
    by_word = {tidy(heading): str(heading) for heading in headings}
    found = [
        match
        for word in wanted
        for match in difflib.get_close_matches(tidy(word), list(by_word), cutoff=CLOSE)
    ]
    return ", ".join(by_word[word] for word in list(dict.fromkeys(found))[:SHOWN])


def _listed(headings: Sequence[object]) -> str:
    """The headings; not shown where they may be a patient's row in a file without headings."""
    if not any(tidy(heading) in WORDS for heading in headings):
        return f"{len(headings)} columns, and no heading that is known in the first row"
    return ", ".join(map(str, headings[:LISTED])) + (", …" if len(headings) > LISTED else "")


def _note(name: str, theirs: object, others: Sequence[object] = ()) -> tuple[str, str, str]:
    also = f", rather than {', '.join(map(repr, map(str, others)))}" if others else ""
    done = f"read from {str(theirs)!r}{also}"
    if name == "clock_start" and tidy(theirs) not in map(tidy, CLOCK_HEADINGS) and not others:
        return name, "may not be the RTT clock", done
    found = f"{len(others) + 1} columns fit" if others else "recognised"
    return name, found, done


def as_mapping(columns: object) -> Mapping[str, object | None]:
    """Take what was passed as columns=."""
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise InputError("columns= maps our names to the extract's, such as {'origin': 'Trust'}")
    return columns
