"""How long the way between providers takes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.checks import as_frame
from mutualaid.errors import InputError, InputWarning, Problems
from mutualaid.readers._cells import check_codes, read_cells, read_numbers
from mutualaid.readers.sites import NEEDED, check_once, named_columns, placed

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth: Moritz, *Geodetic Reference System 1980*, J. Geodesy 74 (2000)."""

MINUTES = {"minutes": 1.0, "seconds": 1 / 60, "hours": 60.0}
LONGEST_USUAL_MINUTES = 600.0


def travel_times(
    sites: object,
    detour: float = 1.3,
    kmh: float = 45,
    *,
    max_minutes: float | None = None,
) -> pd.DataFrame:
    r"""Estimate the minutes between providers from the distance as the crow flies.

    .. math:: t_{ij} = 60 \, \frac{\text{detour} \cdot d_{ij}}{\text{kmh}}

    Parameters
    ----------
    sites
        ``provider``, ``latitude`` and ``longitude`` in degrees, as :func:`read_sites` gives them.
    detour
        How much longer the way is than the great circle; 1 or more.
    kmh
        Speed in km an hour, stops included.
    max_minutes
        Leave out ways that take longer. By default every pair is there.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``provider`` (categorical, with the same sorted categories), ``minutes`` one
        way, rounded to 0.1; both directions of every pair, and 0 minutes from each to itself.

    Raises
    ------
    InputError
        If a column is missing, a place cannot be used, a provider is there twice, or a parameter
        makes no sense.

    Notes
    -----
    The great circle :math:`d_{ij}` is that of a sphere with the mean radius of the Earth
    (haversine formula). One speed for all ways is a rough guess: use a matrix of drive or public
    transport times (:func:`travel_matrix`) where there is one.

    Measured against a matrix of car times between 125 acute hospitals of England and Wales
    (samuel-book/stroke_unit_demographics), the defaults are slow: they stand for a journey
    through towns, not for a car on a motorway. Over the 1,082 ways of up to 60 minutes by car
    the mean absolute error is 23 minutes, nearly all of it too long, and only 451 of these ways
    come out at 60 minutes or less; within 50 km as the crow flies (882 ways) it is 17 minutes.
    So a plan on the defaults misses moves that are near, and seldom sends anybody too far. With
    ``kmh=70`` the error over the same 1,082 ways is 7 minutes and the bias -1. A fit to that
    matrix (in sample, below 150 km) is 3.44 + 0.553 km + 3.82 sqrt(km) minutes.

    Examples
    --------
    >>> sites = pd.DataFrame({"provider": ["RJ1", "RXH"], "latitude": [51.50, 50.82],
    ...                       "longitude": [-0.12, -0.12]})
    >>> travel_times(sites)["minutes"].to_list()
    [0.0, 131.1, 131.1, 0.0]
    """
    _check_speed(detour, kmh, max_minutes)
    frame = as_frame("sites", sites)
    places = placed(named_columns(frame, {name: name for name in NEEDED}))
    check_once(places)
    places = places.sort_values("provider", ignore_index=True)
    km = _great_circle_km(places["latitude"].to_numpy(), places["longitude"].to_numpy())
    minutes = np.round(60 * detour * km / kmh, 1)
    keep = np.ones(minutes.shape, dtype=bool) if max_minutes is None else minutes <= max_minutes
    origin, provider = np.nonzero(keep)
    codes = pd.Index(places["provider"], dtype=object)
    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(origin, categories=codes),
            "provider": pd.Categorical.from_codes(provider, categories=codes),
            "minutes": minutes[origin, provider],
        }
    )


def _check_speed(detour: float, kmh: float, max_minutes: float | None) -> None:
    problems = Problems()
    if not 1 <= detour < np.inf:
        problems.add("travel_times", "detour", f"is {detour!r}", "1 or more: no way is shorter")
    if not 0 < kmh < np.inf:
        problems.add("travel_times", "kmh", f"is {kmh!r}", "a speed above 0")
    if max_minutes is not None and not max_minutes >= 0:
        problems.add("travel_times", "max_minutes", f"is {max_minutes!r}", "0 or more, or None")
    problems.raise_if_any()


def _great_circle_km(
    latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Distances between all pairs by the haversine formula, which is exact for near pairs too."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    rise = np.sin((phi[:, None] - phi) / 2) ** 2
    turn = np.sin((lam[:, None] - lam) / 2) ** 2
    chord = rise + np.cos(phi)[:, None] * np.cos(phi) * turn
    km: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return km


def travel_matrix(
    source: str | os.PathLike[str] | object,
    *,
    unit: str = "minutes",
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read an analyst's own travel times, wide or long.

    Parameters
    ----------
    source
        Path of a CSV file, or a table: wide, with origins down the first column and a column for
        each provider; or long, with three columns, origin, provider and time in this order or
        headed ``origin``, ``provider`` and ``minutes`` (or the unit).
    unit
        ``"minutes"``, ``"seconds"`` or ``"hours"``.
    names
        From the names in the source (such as postcodes) to the codes of providers. Without it the
        names are the codes.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``provider`` (categorical, with the same sorted categories), ``minutes``.

    Raises
    ------
    InputError
        If the unit is unknown, a time is negative or not a number, a name is not in ``names``,
        or a way is there twice.

    Warns
    -----
    InputWarning
        How many ways are blank and left out; or that times look too long for the unit.

    Examples
    --------
    >>> wide = pd.DataFrame({"from": ["SE1", "BN2"], "SE1": [0, 5400], "BN2": [5460, 0]})
    >>> travel_matrix(wide, unit="seconds", names={"SE1": "RJ1", "BN2": "RXH"})
      origin provider  minutes
    0    RJ1      RJ1      0.0
    1    RJ1      RXH     91.0
    2    RXH      RJ1     90.0
    3    RXH      RXH      0.0
    """
    if unit not in MINUTES:
        raise InputError(f"unit is {unit!r}: one of {', '.join(MINUTES)}")
    long = _long(read_cells("travel", source), unit)
    problems = Problems()
    ends = {name: _coded(name, long[name], names, problems) for name in ("origin", "provider")}
    times = read_numbers("travel", "minutes", long["minutes"], problems) * MINUTES[unit]
    if (times < 0).any():
        problems.add(
            "travel", "minutes", "is below 0", "write 0 or more", rows=times < 0, values=times
        )
    twice = pd.DataFrame(ends).duplicated(keep=False).to_numpy()
    if twice.any() and not problems.rows:
        ways = ends["origin"].astype(str) + " to " + ends["provider"].astype(str)
        problems.add(
            "travel",
            "origin, provider",
            "this way is there more than once",
            "keep one row a way, and one place a provider",
            rows=twice,
            values=ways,
        )
    problems.raise_if_any()
    _warn_of_times(times, unit)
    return _sorted_ways(ends, times)


def _long(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """One row a way, whatever the shape of the source."""
    tidy = {str(heading).strip().lower(): heading for heading in frame.columns}
    time = next((name for name in ("minutes", unit, "time") if name in tidy), None)
    if {"origin", "provider"} <= set(tidy) and time is not None:
        picked = [tidy["origin"], tidy["provider"], tidy[time]]
    elif len(frame.columns) == 3 and pd.to_numeric(frame.iloc[:, 1], errors="coerce").isna().all():
        picked = list(frame.columns)
    elif len(frame.columns) >= 2:
        return _melted(frame)
    else:
        raise InputError(
            "travel has one column: pass a wide table (origins down, providers across), or a long "
            "one with origin, provider and time"
        )
    long = frame[picked].reset_index(drop=True)
    return long.set_axis(["origin", "provider", "minutes"], axis=1)


def _melted(frame: pd.DataFrame) -> pd.DataFrame:
    cells = frame.iloc[:, 1:].astype(object).to_numpy()
    return pd.DataFrame(
        {
            "origin": np.repeat(frame.iloc[:, 0].to_numpy(dtype=object), cells.shape[1]),
            "provider": np.tile(np.array(frame.columns[1:], dtype=object), len(frame)),
            "minutes": cells.ravel(),
        }
    )


def _coded(
    column: str, values: pd.Series, names: Mapping[str, str] | None, problems: Problems
) -> pd.Series:
    text = values.astype(object)
    check_codes("travel", column, text, problems)
    if names is None:
        return text
    unknown = ~text.isin(list(names)).to_numpy()
    if unknown.any():
        problems.add(
            "travel",
            column,
            "is not in names",
            "add it to names, or drop its rows and columns",
            rows=unknown,
            values=text,
        )
    return text.map(dict(names))


def _warn_of_times(times: npt.NDArray[np.float64], unit: str) -> None:
    blank = np.isnan(times)
    if blank.any():
        warnings.warn(
            f"{blank.sum():,} of {len(times):,} ways have no time and are left out",
            InputWarning,
            stacklevel=3,
        )
    middle = float(np.median(times[~blank])) if not blank.all() else 0.0
    if middle > LONGEST_USUAL_MINUTES:
        warnings.warn(
            f"half of the ways take over {middle:,.0f} minutes: check that unit={unit!r} is right",
            InputWarning,
            stacklevel=3,
        )


def _sorted_ways(ends: Mapping[str, pd.Series], times: npt.NDArray[np.float64]) -> pd.DataFrame:
    known = ~np.isnan(times)
    codes = pd.Index(sorted({str(code) for end in ends.values() for code in end}), dtype=object)
    ways = pd.DataFrame(
        {name: pd.Categorical(end, categories=codes) for name, end in ends.items()}
    ).assign(minutes=times)
    return ways[known].sort_values(["origin", "provider"], ignore_index=True)
