"""An analyst's own table of travel times, long or wide."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import Floats
from mutualaid.data.opening.cells import Cells, open_cells
from mutualaid.data.opening.code_cells import as_codes, check_codes
from mutualaid.data.opening.number_cells import Note, read_numbers
from mutualaid.data.unlikely_sizes import unlikely_minutes, unlikely_speed
from mutualaid.errors import InputError, Problems, tell
from mutualaid.formats import many
from mutualaid.readers.return_ways import with_returns
from mutualaid.readers.way_ends import (
    DISTANCES,
    KNOWN,
    TIMES,
    Ways,
    agreed_unit,
    find_ways,
    likely_numbers,
    only_time,
)
from mutualaid.readers.way_measures import Chosen, choose

SHOWN = 5
UNITS_READ = {**TIMES, **DISTANCES}


@checks_arguments
def travel_matrix(
    source: str | os.PathLike[str] | object,
    *,
    unit: str | None = None,
    names: Mapping[str, str] | None = None,
    time: str | None = None,
    distance: str | None = None,
    distance_unit: str | None = None,
    sheet: str | None = None,
    both_ways: bool = False,
) -> pd.DataFrame:
    """Read an analyst's own travel times, wide or long.

    Parameters
    ----------
    source
        Path of a CSV file, workbook, Parquet or Feather file, or a table: wide, with the places
        where ways start down the first column and a column for each provider; or long, with a
        row a way.
        The columns of a long table are known by the usual headings (``origin``, ``from``,
        ``from_id``; ``area``, ``lsoa``; ``provider``, ``to``, ``destination``; ``minutes``,
        ``travel_time``, ``duration_s``; ``miles``, ``distance_km``), or, if there are three, by
        their order: start, provider, time.
    unit
        ``"minutes"``, ``"seconds"`` or ``"hours"``. By default what the heading of the times
        says, and minutes where it says nothing.
    names
        From the names in the source (such as postcodes) to the codes of providers. Without it the
        names are the codes. Where ways start at areas, those need not be named.
    time, distance
        Headings of the times and of the distances, where there are several.
    distance_unit
        ``"miles"``, ``"km"`` or ``"metres"``, where the heading of the distances does not say.
    sheet
        The sheet of a workbook, or the file in an archive of several. By default the only one
        that holds a table.
    both_ways
        Whether a way between providers that is there in one direction only takes as long in the
        other one. By default it is not known.

    Returns
    -------
    pandas.DataFrame
        ``origin`` (or ``area``, where ways start at areas: the heading says so, or the labels are
        codes of output areas), ``provider`` (categorical, sorted; with the same categories as
        ``origin``), ``minutes``, and ``miles`` where the source has distances.

    Raises
    ------
    InputError
        If the table is neither long nor wide; a heading says another unit than ``unit``; several
        columns could be the times; a time is negative or not a number; a name is not in
        ``names``; a way is there twice; or both ways are asked for where ways start at areas.

    Warns
    -----
    InputWarning
        How many ways are blank and left out, or taken from the way back; what was taken for what
        where headings leave it open; or that times look too long or too short for the unit, with
        the figures.

    Examples
    --------
    >>> wide = pd.DataFrame({"from": ["SE1", "BN2"], "SE1": [0, 5400], "BN2": [5460, 0]})
    >>> travel_matrix(wide, unit="seconds", names={"SE1": "RJ1", "BN2": "RXH"})
      origin provider  minutes
    0    RJ1      RJ1      0.0
    1    RJ1      RXH     91.0
    2    RXH      RJ1     90.0
    3    RXH      RXH      0.0
    >>> travel_matrix(pd.DataFrame({"lsoa": ["E01000001"], "to": ["RJ1"], "duration_s": [900],
    ...                             "km": [8.0]})).round(1)
            area provider  minutes  miles
    0  E01000001      RJ1     15.0    5.0
    """
    _check_units(unit, distance_unit)
    argument.flag("both_ways", both_ways)
    cells = open_cells("travel", source, sheet=sheet, known=KNOWN, numbers=likely_numbers)
    ways = find_ways(cells.frame)
    problems = cells.problems("travel")
    if ways.second is None:
        if time is not None or distance is not None or distance_unit is not None:
            raise InputError("time=, distance= and distance_unit= go with a long table")
        time_column = only_time(ways.first)
        unit = agreed_unit("unit", unit, time_column) or "minutes"
        chosen = Chosen(time=replace(time_column, unit=unit), distance=None, notes=())
    else:
        chosen = choose(cells, ways, unit, time, distance, distance_unit)
    read_so: list[Note] = []
    made = _made(cells, ways, chosen, names, problems, read_so)
    problems.raise_if_any()
    units = [note for note in read_so if "unit" in note.problem]
    said = [f"{note.rows:,} cells: {note.problem}: {note.done}" for note in units]
    for note in (*ways.notes, *chosen.notes, *said, *_odd(made, chosen.time.unit)):
        tell(note)
    table = _table(made)
    if both_ways:
        table, added = with_returns(table)
        if added:
            tell(f"{many(added, 'way')} taken from the way back (both_ways)")
    return table


def _check_units(unit: object, distance_unit: object) -> None:
    argument.choice("unit", unit, (*TIMES, None))
    argument.choice("distance_unit", distance_unit, (*DISTANCES, None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """Ways as they were read, in the order of the source."""

    start: str
    ends: tuple[pd.Categorical, pd.Categorical]
    minutes: Floats
    miles: Floats | None
    in_order: bool = False
    """Whether each way is there once, in the order of its ends."""


def _made(
    cells: Cells,
    ways: Ways,
    chosen: Chosen,
    names: Mapping[str, str] | None,
    problems: Problems,
    read_so: list[Note],
) -> _Made:
    frame = cells.frame
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(drop=True)
    first = as_codes(frame[ways.first])
    # Ways do not start at areas where every place of theirs has the code of a provider.
    named = names is not None and first.isin(list(names)).all()
    start = "origin" if named else ways.start
    down = _coded(start, first, names, problems)
    values, in_order = {}, False
    if ways.second is None:
        columns = list(frame.columns[list(frame.columns).index(ways.first) + 1 :])
        across = _headings(columns, names, problems)
        unit = str(chosen.time.unit)
        found = _wide_numbers(cells, frame, columns, unit, problems, read_so)
        # In the order in which they come out: rows of rows, each sorted by its label.
        rows, places = _sorted(down), _sorted(across)
        values["minutes"] = found[np.ix_(rows, places)].ravel()
        if UNITS_READ[unit] != 1:
            values["minutes"] *= UNITS_READ[unit]
        in_order = not any(_repeats(end) for end in (down, across))
        down = _spread(down, np.repeat(down.codes[rows], len(columns)))
        across = _spread(across, np.tile(across.codes[places], len(frame)))
    else:
        across = _coded("provider", as_codes(frame[ways.second]), names, problems)
        for column, one in (("minutes", chosen.time), ("miles", chosen.distance)):
            if one is not None:
                found = _numbers(
                    cells, frame[one.heading], column, str(one.unit), problems, read_so
                )
                values[column] = found * UNITS_READ[str(one.unit)]
                _check_sign(column, values[column], problems)
    return _Made(
        start=start,
        ends=(down, across),
        minutes=values["minutes"],
        miles=values.get("miles"),
        in_order=in_order,
    )


def _repeats(labels: pd.Categorical) -> bool:
    """Whether a label is missing or there twice."""
    return bool((labels.codes < 0).any()) or len({*labels.codes}) < len(labels)


def _sorted(labels: pd.Categorical) -> npt.NDArray[np.intp]:
    """Places in the order of their labels' texts; those without one come first."""
    rank = np.argsort(np.argsort([str(label) for label in labels.categories], kind="stable"))
    return np.argsort(np.append(rank, -1)[labels.codes], kind="stable")


def _spread(labels: pd.Categorical, codes: npt.NDArray[Any]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, dtype=labels.dtype, validate=False)


def _numbers(
    cells: Cells,
    values: pd.Series,
    column: str,
    unit: str,
    problems: Problems,
    read_so: list[Note] | None = None,
) -> Floats:
    return read_numbers(
        "travel",
        column,
        values,
        problems,
        continental=cells.continental,
        unit=unit,
        notes=read_so,
    )


def _check_sign(column: str, values: Floats, problems: Problems) -> None:
    problems.note("travel", column, values < 0, "is below 0", "write 0 or more", values)


def _wide_numbers(
    cells: Cells,
    frame: pd.DataFrame,
    columns: Sequence[Any],
    unit: str,
    problems: Problems,
    read_so: list[Note],
) -> Floats:
    """The numbers of all columns, side by side; what is none is told column by column."""
    found: Floats = np.empty((len(frame), len(columns)), order="F")
    # All columns together show what commas are.
    text = [at for at, heading in enumerate(columns) if frame[heading].dtype.kind != "f"]
    for at, heading in enumerate(columns):
        if at not in text:
            found[:, at] = _numbers(cells, frame[heading], str(heading), unit, problems)
    if text:
        parts = [frame[columns[at]].astype(object) for at in text]
        amiss = Problems()
        both = pd.concat(parts, ignore_index=True)
        numbers = _numbers(cells, both, "minutes", unit, amiss, read_so)
        found[:, text] = numbers.reshape(len(text), len(frame)).T
        before = len(problems.rows)
        if amiss.rows:
            for at, part in zip(text, parts, strict=True):
                _numbers(cells, part, str(columns[at]), unit, problems)
            if len(problems.rows) == before:
                # Only all columns together show that commas could be either.
                problems.rows.extend(amiss.rows)
    if (found < 0).any():
        for at, heading in enumerate(columns):
            _check_sign(str(heading), found[:, at], problems)
    return found


def _headings(
    columns: Sequence[Any], names: Mapping[str, str] | None, problems: Problems
) -> pd.Categorical:
    """The providers of a wide table; what is wrong with them is of its headings, not of a row."""
    found = Problems()
    labels = as_codes(pd.Series(columns, dtype=object))
    coded = _coded("provider", labels, names, found)
    for table, column, what, count, examples, remedy in found.rows:
        shown = re.sub(r"(?:^rows? |, )\d+: ", " ", examples)
        many = "headings" if count > 1 else "heading"
        problems.add(table, column, f"{what}: the {many} {shown.strip()}", remedy)
    return coded


def _coded(
    column: str, values: pd.Series, names: Mapping[str, str] | None, problems: Problems
) -> pd.Categorical:
    """Labels as the codes that names gives them; areas that it does not name keep theirs."""
    check_codes("travel", column, values, problems)
    coded = pd.Categorical(values)
    if names is None:
        return coded
    unknown = ~values.isin(list(names)).to_numpy()
    if unknown.any() and column != "area":
        remedy = "add it to names, or drop its rows and columns"
        problems.add("travel", column, "is not in names", remedy, rows=unknown, values=values)
    return pd.Categorical(values.map(lambda label: names.get(label, label)))


def _odd(made: _Made, unit: str | None) -> Iterator[str]:
    """What a reader should know of the ways."""
    blank = np.isnan(made.minutes)
    if blank.any():
        yield f"{blank.sum():,} of {len(blank):,} ways have no time and are left out"
    known = made.minutes[~blank]
    odd = unlikely_minutes(known)
    if odd is not None:
        yield f"{odd[0]}: check that unit={unit!r} is right"
    elif made.miles is not None:
        speed = unlikely_speed(made.minutes, made.miles)
        if speed is not None:
            yield f"{speed}: check the units of times and distances"


def _table(made: _Made) -> pd.DataFrame:
    """Ways in the order of their ends; each is there once."""
    first, second = made.ends
    if made.start == "origin":
        both = sorted({*first.categories, *second.categories}, key=str)
        first, second = _labelled(first, both), _labelled(second, both)
    else:
        first, second = (_labelled(end, sorted(end.categories)) for end in (first, second))
    order = _order(made, first, second)
    ends = {made.start: first, "provider": second}
    figures = {"minutes": made.minutes, "miles": made.miles}
    if order is None:
        return pd.DataFrame(
            {**ends, **{name: one for name, one in figures.items() if one is not None}}, copy=False
        )
    return pd.DataFrame(
        {
            **{name: _spread(end, end.codes[order]) for name, end in ends.items()},
            **{name: one[order] for name, one in figures.items() if one is not None},
        },
        copy=False,
    )


def _labelled(end: pd.Categorical, labels: Sequence[Any]) -> pd.Categorical:
    wanted = pd.Index(labels, dtype=object)
    return end if end.categories.equals(wanted) else end.set_categories(wanted)


def _order(
    made: _Made, first: pd.Categorical, second: pd.Categorical
) -> npt.NDArray[np.intp] | npt.NDArray[np.bool_] | None:
    """Which ways have a time, in the order of their ends; None for all of them as they are."""
    known: npt.NDArray[np.bool_] = ~np.isnan(made.minutes)
    if made.in_order:
        return None if known.all() else known
    key = first.codes.astype(np.int64) * max(len(second.categories), 1) + second.codes
    _check_once(made, key)
    kept = np.flatnonzero(known)
    order: npt.NDArray[np.intp] = kept[np.argsort(key[kept], kind="stable")]
    return order


def _check_once(made: _Made, key: npt.NDArray[np.int64]) -> None:
    in_order = np.sort(key)
    if (in_order[1:] != in_order[:-1]).all():
        return
    twice = pd.Series(key).duplicated(keep=False).to_numpy()
    first, second = (np.asarray(end.take(np.flatnonzero(twice)), dtype=object) for end in made.ends)
    shown = [f"{a} to {b}" for a, b in zip(first[:SHOWN], second[:SHOWN], strict=True)]
    what, remedy = (
        "this way is there more than once",
        "keep one row a way, and one place a provider",
    )
    problems, where = Problems(), f"{made.start}, provider"
    problems.add("travel", where, what, remedy, rows=np.flatnonzero(twice), values=shown)
    problems.raise_if_any()
