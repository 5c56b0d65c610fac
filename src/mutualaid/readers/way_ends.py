"""What a table of travel says: which columns are the ends of a way, its time and its distance.

The shape, long or wide, is told by headings, and never guessed where they say nothing: a long
table that was taken for a wide one would give ways to providers called "minutes".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mutualaid.data.opening.number_cells import UNITS as WORDS_OF_UNITS
from mutualaid.data.opening.number_cells import are_numbers, numbered_from
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.table_names import WAY_ENDS
from mutualaid.errors import InputError

TIMES: Mapping[str, float] = {"minutes": 1.0, "seconds": 1 / 60, "hours": 60.0}
DISTANCES: Mapping[str, float] = {"miles": 1.0, "km": 1 / 1.609344, "metres": 1 / 1609.344}
"""Factors to minutes, and to miles: the international mile has 1,609.344 m."""

UNITS: Mapping[str, str] = {
    **{word: unit for unit in (*TIMES, *DISTANCES) for word in WORDS_OF_UNITS[unit]},
    "m": "metres",
}
QUANTITIES: Mapping[str, str] = {
    **dict.fromkeys(("time", "times", "duration", "durations", "traveltime", "tt"), "time"),
    **dict.fromkeys(("distance", "distances", "dist", "length"), "distance"),
}
FILLERS = frozenset(
    (
        *("travel", "travelling", "drive", "driving", "driven", "car", "road", "journey", "trip"),
        *("route", "public", "transport", "transit", "bus", "walk", "walking", "one", "way"),
        *("each", "oneway", "in", "by", "to", "mean", "median", "average", "avg", "fastest"),
        *("shortest", "total", "network", "estimated", "est", "value", "of", "the"),
    )
)
OTHER_UNITS = frozenset(
    ("ms", "millis", "millisecond", "milliseconds", "days", "day", "yards", "feet", "ft")
)
"""Units of times and distances that are not read."""
PERCENTILE = re.compile(r"p\d{1,2}|\d{1,2}(?:th|st|nd|rd)?|percentile|pct|quantile")
ROW_NAMES = re.compile(r"|x|unnamed\d+|index|rownames?|rowid|rownumber|id|\d+")
OF_AN_AREA = re.compile(r"[EWSN]\d{8}")
"""Codes of the Office for National Statistics: E01 for an output area, E02 for a middle one."""
KNOWN = frozenset(
    {tidy(one) for names in WAY_ENDS.values() for one in names}
    | {tidy(one) for one in (*UNITS, *QUANTITIES)}
)
"""Headings of a long table, by their letters."""
LONGEST_LONG = 4
"""Columns of a long table of which one may number the rows."""
REMEDY = "head the columns origin (or area), provider and minutes"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a heading says that its column measures."""

    heading: Any
    quantity: str
    """``"time"`` or ``"distance"``."""
    unit: str | None
    """None where the heading does not say."""
    percentile: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The columns of a table of travel that mean something."""

    start: str
    """What ways start at: ``"origin"`` or ``"area"``."""
    first: Any
    """The column of where ways start."""
    second: Any
    """The column of providers; None in a wide table, which has a column for each."""
    measures: Sequence[Measure] = ()
    """Times and distances of a long table; none in a wide one."""
    notes: Sequence[str] = ()
    """What a reader should know of how it was read."""


def measure(heading: object) -> Measure | None:
    """Read a heading as that of a time or a distance.

    Examples
    --------
    >>> measure("travel_time_p50")
    Measure(heading='travel_time_p50', quantity='time', unit=None, percentile=True)
    >>> measure("Distance (km)").unit, measure("durationInSeconds").unit, measure("RJ1")
    ('km', 'seconds', None)
    """
    words = re.findall(r"[a-z]+\d{1,2}|[a-z]+|\d+[a-z]*", _parted(heading).casefold())
    units = [UNITS[word] for word in words if word in UNITS]
    quantities = [QUANTITIES[word] for word in words if word in QUANTITIES]
    others = [w for w in words if w not in UNITS and w not in QUANTITIES and w not in FILLERS]
    strange = [word for word in others if not PERCENTILE.fullmatch(word)]
    if strange or not (units or quantities) or len({*units}) > 1 or len({*quantities}) > 1:
        return None
    unit = units[0] if units else None
    quantity = quantities[0] if quantities else None
    implied = None if unit is None else "time" if unit in TIMES else "distance"
    if quantity is not None and implied not in (None, quantity):
        # "time_m": m is both an abbreviation of minutes and the sign of metres.
        unit = "minutes" if "m" in words and quantity == "time" else None
        if unit is None:
            return None
    if quantity is None and any(word in ("s", "h", "m", "min") for word in words) and others:
        return None
    return Measure(heading, quantity or str(implied), unit, bool(others))


def likely_numbers(headings: Sequence[object]) -> list[int]:
    """Columns that are times or distances and no codes: by their heading, or in a wide table.

    Examples
    --------
    >>> likely_numbers(["from", "to", "minutes"]), likely_numbers(["", "RJ1", "2", "3", "RXH"])
    ([2], [2, 3, 4])
    """
    wide = len(headings) > LONGEST_LONG
    ends = {tidy(one) for names in WAY_ENDS.values() for one in names}
    return [
        at
        for at, heading in enumerate(headings)
        if measure(heading) is not None or (wide and at > 1 and tidy(heading) not in ends)
    ]


def _parted(heading: object) -> str:
    """A heading with a blank between the words of one like durationInSeconds."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(heading))


def unit_within(heading: object) -> str | None:
    """Say which unit a heading names among words that mean nothing here.

    Examples
    --------
    >>> unit_within("seconds_am_peak"), unit_within("route length google"), unit_within("RMS")
    ('seconds', 'distance', None)
    """
    words = re.findall(r"[a-z]+", _parted(heading).casefold())
    timed = any(QUANTITIES.get(word) == "time" for word in words)
    for word in words:
        # One letter says a unit only beside "duration" or the like; m could be either.
        unit = UNITS.get(word) if len(word) > 1 or (timed and word in "sh") else None
        if unit is not None or QUANTITIES.get(word) == "distance":
            return unit or "distance"
    return None


def only_time(heading: object) -> Measure:
    """Take the one column of numbers for the times, in the unit that its heading names.

    Raises
    ------
    InputError
        If the heading speaks of a distance.
    """
    unit = unit_within(heading)
    if unit is not None and unit not in TIMES:
        raise InputError(
            f"travel has {str(heading)!r} for its times, which speaks of {unit}: a distance is no "
            f"time. Add a column of minutes (travel_times estimates them from coordinates)"
        )
    return Measure(heading, "time", unit, percentile=False)


def agreed_unit(name: str, given: str | None, column: Measure) -> str | None:
    """Settle a unit: as a call says with an argument, or as a heading says.

    Raises
    ------
    InputError
        If they say two.
    """
    if None not in (given, column.unit) and given != column.unit:
        raise InputError(
            f"{name}={given!r}, and the heading {str(column.heading)!r} says {column.unit}: leave "
            "out the one that is wrong"
        )
    return given or column.unit


def in_other_units(heading: object) -> bool:
    """Whether a heading names a unit that is not read.

    Examples
    --------
    >>> in_other_units("duration_ms"), in_other_units("RMS")
    (True, False)
    """
    words = re.findall(r"[a-z]+", str(heading).casefold())
    return not OTHER_UNITS.isdisjoint(words)


def find_ways(frame: pd.DataFrame) -> Ways:
    """Find what a table of travel says, be it long or wide.

    Raises
    ------
    InputError
        If it is neither, or could be read in two ways.
    """
    kept, notes = _without_row_names(frame)
    if len(kept) < 2:
        raise InputError(
            "travel has one column: pass a wide table (origins down, providers across), or a long "
            "one with origin, provider and time"
        )
    found = {end: _end(end, kept) for end in ("origin", "area")}
    starts = {end: heading for end, heading in found.items() if heading is not None}
    to = _end("provider", kept)
    measures = [one for one in map(measure, kept) if one is not None]
    if len(starts) > 1:
        told = " and ".join(repr(str(heading)) for heading in starts.values())
        raise InputError(f"travel has {told}: drop the one at which ways do not start")
    if starts and to is not None:
        start, first = next(iter(starts.items()))
        start = "area" if _are_areas(frame[first]) else start
        return Ways(start=start, first=first, second=to, measures=measures, notes=notes)
    return _by_position(frame, kept, starts, measures, notes)


def _by_position(
    frame: pd.DataFrame,
    kept: Sequence[Any],
    starts: Mapping[str, Any],
    measures: Sequence[Measure],
    notes: Sequence[str],
) -> Ways:
    """A table without the headings of a long one: three columns, or a wide table."""
    first, rest = kept[0], list(kept[1:])
    start = next(iter(starts), "origin")
    start = "area" if _are_areas(frame[first]) else start
    words = [heading for heading in rest if not are_numbers(frame[heading])]
    if len(kept) == 3 and words == rest[:1]:
        time = measure(rest[1]) or only_time(rest[1])
        return Ways(start=start, first=first, second=rest[0], measures=[time], notes=notes)
    ends = {tidy(one) for names in WAY_ENDS.values() for one in names}
    odd = [
        # The odd cell may be a mistake in a column of numbers.
        *(one for one in words if not are_numbers(frame[one], most=True)),
        *(one.heading for one in measures if one.heading != first),
        *(one for one in rest if tidy(one) in ends or not str(one).strip()),
    ]
    if odd:
        told = ", ".join(repr(str(one)) for one in dict.fromkeys(odd))
        raise InputError(
            f"travel is neither a long table nor a wide one: {told} can be no provider of a wide "
            f"table, and the headings do not say what a long one does. For a long table {REMEDY}; "
            "of a wide table keep where ways start and a column for each provider"
        )
    again = frame[first].duplicated() & frame[first].notna()
    if again.any():
        raise InputError(
            f"travel has several rows for {str(frame[first][again].iloc[0])!r}: a wide table has "
            f"one for each place where ways start. For a long table {REMEDY}"
        )
    if start == "area" and not _are_areas(frame[first]):
        # The postcodes of a square table of hospitals are no homes.
        labels = {str(label) for label in frame[first].dropna().unique()}
        same = labels & {str(heading) for heading in rest}
        start = "origin" if 2 * len(same) >= len(labels) else start
    return Ways(start=start, first=first, second=None, notes=notes)


def _end(end: str, kept: Sequence[Any]) -> Any:
    """The heading of one end of the ways; None if there is none."""
    known = {tidy(one): one for one in WAY_ENDS[end]}
    found = [heading for heading in kept if tidy(heading) in known]
    ours = [heading for heading in found if tidy(heading) == end]
    # A name beside a code says the same once more.
    found = [heading for heading in found if not tidy(heading).endswith("name")] or found
    if len(ours) == 1 or len(found) == 1:
        return (ours or found)[0]
    if not found:
        return None
    told = ", ".join(repr(str(heading)) for heading in found)
    raise InputError(f"travel has {told}, each of which could be the {end}: drop all but one")


def _without_row_names(frame: pd.DataFrame) -> tuple[list[Any], list[str]]:
    """The headings but for one that only numbers the rows, as R and pandas write it."""
    kept = list(frame.columns)
    if len(kept) < 3 or not ROW_NAMES.fullmatch(tidy(kept[0])) or not numbered_from(frame[kept[0]]):
        return kept, []
    second = frame[kept[1]]
    labelled = any(tidy(one) in map(tidy, WAY_ENDS["provider"]) for one in kept[1:])
    if are_numbers(second) and not labelled:
        return kept, []
    told = f"the first column {str(kept[0])!r} numbers the rows, and is left out"
    return kept[1:], [told]


def _are_areas(column: pd.Series) -> bool:
    """Whether labels are codes of output areas."""
    labels = column.dropna().unique()
    return bool(len(labels)) and all(OF_AN_AREA.fullmatch(str(label)) for label in labels)
