"""Which columns of a long table of ways are its times and distances, and in which units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.data.column_checks import Floats
from mutualaid.data.opening.cells import Cells
from mutualaid.data.opening.number_cells import read_numbers
from mutualaid.data.unlikely_sizes import unlikely_speed
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import InputError, Problems
from mutualaid.readers.way_ends import (
    DISTANCES,
    TIMES,
    Measure,
    Ways,
    agreed_unit,
    in_other_units,
    measure,
    only_time,
)

OSRM = (("duration", "distance"), ("durations", "distances"))
"""Headings of OSRM's tables, which are in seconds and metres and do not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which columns of a long table are its times and distances, with their units."""

    time: Measure
    distance: Measure | None
    notes: tuple[str, ...]


def choose(
    cells: Cells,
    ways: Ways,
    unit: str | None,
    time: str | None,
    distance: str | None,
    distance_unit: str | None,
) -> Chosen:
    """Choose the times and the distances, and settle their units.

    Raises
    ------
    InputError
        If there are no times, several columns could be meant, or a heading says another unit.
    """
    times, distances = (
        [one for one in ways.measures if one.quantity == kind] for kind in ("time", "distance")
    )
    if not times and time is None:
        others = [h for h in cells.frame.columns if h not in (ways.first, ways.second)]
        others = [h for h in others if h not in [one.heading for one in distances]]
        if not others:
            told = ", ".join(repr(str(one.heading)) for one in distances)
            raise InputError(
                "travel has no column of times"
                + (f", and a distance ({told}) is none" if distances else "")
                + ": add a column of minutes (travel_times estimates them from coordinates)"
            )
        if len(others) != 1:
            there = ", ".join(repr(str(heading)) for heading in others)
            raise InputError(f"travel has no column of times: pass time= one of {there}")
        if in_other_units(others[0]):
            raise InputError(
                f"travel has no column of times but {str(others[0])!r}: convert it to "
                f"{', '.join(TIMES)}, and head it so"
            )
        times = [only_time(others[0])]
    found, notes = _pick(cells, "time", times, time, unit)
    far: Measure | None = None
    if distances or distance is not None:
        far, more = _pick(cells, "distance", distances, distance, distance_unit)
        notes += more
    of_osrm = far is not None and (tidy(found.heading), tidy(far.heading)) in OSRM
    if of_osrm and far is not None:
        if unit is None and distance_unit is None:
            found, far = replace(found, unit="seconds"), replace(far, unit="metres")
            notes.append(
                "duration and distance are read as OSRM writes them, in seconds and metres: "
                "otherwise pass unit= and distance_unit="
            )
        else:
            _check_osrm(cells, found, far, unit, distance_unit)
    found = replace(found, unit=agreed_unit("unit", unit, found) or "minutes")
    if far is not None:
        far = replace(far, unit=agreed_unit("distance_unit", distance_unit, far))
        if far.unit is None:
            notes.append(
                f"{str(far.heading)!r} does not say in which unit distances are, and is not read: "
                "pass distance_unit='miles', 'km' or 'metres'"
            )
            far = None
    return Chosen(time=found, distance=far, notes=tuple(notes))


def _pick(
    cells: Cells, what: str, found: Sequence[Measure], asked: str | None, unit: str | None
) -> tuple[Measure, list[str]]:
    """One of several columns that could be meant; and what to say of it."""
    headings = [str(heading) for heading in cells.frame.columns]
    if asked is not None:
        if asked not in headings:
            raise InputError(f"{what} is {asked!r}: one of {', '.join(map(repr, headings))}")
        heading = cells.frame.columns[headings.index(asked)]
        read = measure(heading)
        if read is not None and read.quantity != what:
            raise InputError(f"{what}={asked!r}, and the heading says that it is a {read.quantity}")
        return read or Measure(heading, what, None, percentile=False), []
    if len(found) == 1:
        return found[0], []
    told = ", ".join(repr(str(one.heading)) for one in found)
    fits = [one for one in found if one.unit == unit] if unit is not None else []
    if len(fits) == 1 and not any(one.percentile for one in found):
        return fits[0], []
    stated = [one for one in found if one.unit is not None and not one.percentile]
    units = TIMES if what == "time" else DISTANCES
    if stated and len(stated) + sum(one.unit is None for one in found) == len(found):
        read_in = [_scaled(cells, one, units) for one in stated]
        wide = max(units[str(one.unit)] for one in stated)
        # As far apart as rounding to whole units makes them, and no further.
        if all(np.nanmax(np.abs(one - read_in[0]), initial=0.0) <= wide for one in read_in):
            first = stated[0]
            return first, [f"of {told} the {what}s are read from {str(first.heading)!r}"]
    raise InputError(f"travel has {told}: pass {what}= the one that is meant")


def _scaled(cells: Cells, column: Measure, units: Mapping[str, float]) -> Floats:
    values = cells.frame[column.heading]
    numbers = read_numbers(
        "travel",
        str(column.heading),
        values,
        Problems(),
        continental=cells.continental,
        unit=column.unit,
    )
    scaled: Floats = numbers * units[str(column.unit)]
    return scaled


def _check_osrm(
    cells: Cells, time: Measure, far: Measure, unit: str | None, distance_unit: str | None
) -> None:
    """Whoever says another unit than OSRM's must have changed the numbers as well."""
    minutes = _scaled(cells, replace(time, unit=unit or "minutes"), TIMES)
    miles = _scaled(cells, replace(far, unit=distance_unit or "metres"), DISTANCES)
    odd = unlikely_speed(minutes, miles)
    if odd is not None and unit != "seconds":
        raise InputError(
            f"unit={unit or 'minutes'!r}, and {odd}: duration beside distance is what OSRM "
            "writes, in seconds and metres; leave out unit=, or pass unit= and distance_unit="
        )
