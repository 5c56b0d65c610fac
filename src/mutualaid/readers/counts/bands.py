"""Bands of waits as whole weeks that follow each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mutualaid.arguments import is_whole, shown
from mutualaid.data.column_checks import LONGEST_WAIT_WEEKS
from mutualaid.errors import Problems
from mutualaid.formats import first_few
from mutualaid.readers.counts.band_names import WEEKS_OF, Said

TABLE = "counts"
CALL = "read_counts"
PASS_BANDS = "pass bands= with those that are meant, such as {'0-6 Months': (0, 26)}"
NEAR = 1e-9
FEWEST = 2
"""Bands that make a table one of counts by band."""


@dataclass(frozen=True, slots=True)
class Band:
    """Patients of some weeks, counted together: ``first`` and up, below ``end``."""

    name: str
    first: int
    end: int
    is_open: bool = False
    """Whether ``end`` is only taken to be one."""


def given_bands(given: Mapping[str, object], problems: Problems) -> list[Band]:
    """Bands that a call names, each with its first week and the first week beyond it.

    Examples
    --------
    >>> given_bands({"over a year": (52, None)}, Problems())
    [Band(name='over a year', first=52, end=-1, is_open=True)]
    """
    found = []
    for name, weeks in given.items():
        pair = tuple(weeks) if isinstance(weeks, list | tuple) else ()
        # A file cannot say None: [78] is a band without an end.
        first, end = (*pair, None)[:2] if 1 <= len(pair) <= 2 else (None, None)
        fits = is_whole(first, 0, LONGEST_WAIT_WEEKS) and (
            end is None or is_whole(end, first + 1, LONGEST_WAIT_WEEKS)
        )
        if fits and isinstance(first, int):
            last = -1 if end is None else int(end)
            found.append(Band(str(name), first, last, is_open=end is None))
            continue
        remedy = "write its first week and the first week beyond it, such as (26, 52) or (78, None)"
        problems.add(CALL, "bands", f"has {shown(weeks)} for {str(name)!r}", remedy)
    return found


def bands_said(
    said: Mapping[str, Said], unit: str | None, problems: Problems, notes: list[str]
) -> list[Band]:
    """Bands by what their names say; where one begins, the one below it ends."""
    known = _with_units(said, unit, problems, notes)
    order = sorted(known, key=lambda name: (_start(known[name]), known[name].high is None))
    found, uneven = [], []
    starts = {name: _start(known[name]) for name in order}
    ends: dict[str, float | None] = {}
    inclusive = False
    for below, above in pairwise(order):
        one, other = known[below], known[above]
        end = _end(one)
        ends[below] = end
        if end is None or one.high_unit != other.unit or one.high is None:
            continue
        if other.low == one.high + 1:
            inclusive = True
            # 0-91 and 92-182 days meet at 91; 0-6 and 7-12 weeks at 7.
            ends[below] = end if one.high_unit == "days" else starts[above]
            starts[above] = ends[below] or 0.0
    for name in order[-1:]:
        one, end = known[name], _end(known[name])
        longer = inclusive and end is not None and one.high_unit != "days"
        ends[name] = None if end is None else end + longer * WEEKS_OF[str(one.high_unit)]
    for name in order:
        start, end = starts[name], ends[name]
        edges = [edge for edge in (start, end) if edge is not None]
        if any(abs(edge - round(edge)) > NEAR for edge in edges):
            uneven.append(name)
        first = round(start) if end is None or round(end) > round(start) else int(start)
        last = -1 if end is None else max(round(end), first + 1)
        found.append(Band(name, first, last, is_open=end is None))
    if uneven:
        notes.append(f"{first_few(uneven)}: not of whole weeks, and taken to the nearest")
    return found


def within_each_other(bands: Sequence[Band]) -> list[Band] | None:
    """Bands of those who have waited longer and longer, as far as the next one; None for others.

    Examples
    --------
    >>> within_each_other([Band("over 26", 26, -1, True), Band("over 12", 12, -1, True)])[0]
    Band(name='over 12', first=12, end=26, is_open=False)
    """
    if len(bands) < FEWEST or not all(band.is_open for band in bands):
        return None
    order = sorted(bands, key=lambda band: band.first)
    if any(below.first == above.first for below, above in pairwise(order)):
        return None
    ended = [replace(one, end=next_.first, is_open=False) for one, next_ in pairwise(order)]
    return [*ended, order[-1]]


def settled(
    bands: Sequence[Band], open_weeks: int | None, problems: Problems, notes: list[str]
) -> list[Band]:
    """Bands in their order, the open one with an end; note what overlaps, and what no band holds.

    Examples
    --------
    >>> notes = []
    >>> settled([Band("0-26", 0, 26), Band("26+", 26, -1, True)], None, Problems(), notes)[1].end
    52
    >>> notes
    ["'26+' is open: its patients are taken to have waited 26 to 51 weeks (open_weeks=26)"]
    """
    order = sorted(bands, key=lambda band: (band.first, band.is_open, band.end))
    overlaps = [
        f"{below.name!r} and {above.name!r}"
        for below, above in pairwise(order)
        if below.is_open or above.first < below.end - _within_a_week(below, above)
    ]
    if overlaps:
        what = f"has bands that overlap ({first_few(overlaps, 3)}): patients would count twice"
        problems.add(TABLE, "", what, PASS_BANDS)
        return []
    holes = [
        f"{below.end} to {above.first - 1}"
        for below, above in pairwise(order)
        if above.first > below.end
    ]
    if order and order[0].first > 0:
        holes.insert(0, f"0 to {order[0].first - 1}")
    if holes:
        notes.append(f"no band holds waits of {first_few(holes)} weeks: nobody is counted there")
    if not order or not order[-1].is_open:
        if order:
            notes.append(f"no band holds waits of {order[-1].end} weeks and more")
        return order
    top = order[-1]
    length = open_weeks
    if length is None:
        if len(order) == 1:
            problems.add(CALL, "open_weeks", "is needed where every band is open", "write weeks")
            return []
        length = max(order[-2].end - order[-2].first, 1)
        last = top.first + length - 1
        weeks = f"{top.first} to {last} weeks" if last > top.first else f"{top.first} weeks"
        taken = f"its patients are taken to have waited {weeks} (open_weeks={length})"
        notes.append(f"{top.name!r} is open: {taken}")
    return [*order[:-1], replace(top, end=top.first + length)]


def _within_a_week(below: Band, above: Band) -> int:
    """Bands of days may share a week."""
    return int(below.first == above.first == below.end - 1)


def _with_units(
    said: Mapping[str, Said], unit: str | None, problems: Problems, notes: list[str]
) -> dict[str, Said]:
    named = {one.unit for one in said.values() if one.unit is not None}
    silent = [name for name, one in said.items() if one.unit is None]
    if not silent:
        return dict(said)
    by_week = all(one.is_week_by_week or one.high is None for one in said.values())
    if unit is None and len(named) == 1:
        unit = named.pop()
    elif unit is None and by_week and len(said) > 2:
        unit = "weeks"
        notes.append(f"{first_few(map(repr, silent), 3)}: taken as weeks")
    if unit is None:
        what = f"has bands that name no unit: {first_few(map(repr, silent), 3)}"
        problems.add(TABLE, "", what, "pass unit='weeks', 'months', 'days' or 'years'")
        return {}
    return {
        name: one if one.unit is not None else replace(one, unit=unit, high_unit=unit)
        for name, one in said.items()
    }


def _start(one: Said) -> float:
    return WEEKS_OF[str(one.unit)] * one.low


def _end(one: Said) -> float | None:
    return None if one.high is None else WEEKS_OF[str(one.high_unit)] * one.high
