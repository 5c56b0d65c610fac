"""How long and how far the way between providers is, from where they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.column_checks import as_frame
from mutualaid.readers.sites import NEEDED, check_once, named_columns, placed

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth: Moritz, *Geodetic Reference System 1980*, J. Geodesy 74 (2000)."""

KM_A_MILE = 1.609344


@checks_arguments
def travel_times(
    sites: object,
    detour: float = 1.3,
    kmh: float = 45,
    *,
    max_minutes: float | None = None,
) -> pd.DataFrame:
    r"""Estimate minutes and miles between providers from the distance as the crow flies.

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
        ``origin``, ``provider`` (categorical, with the same sorted categories), ``minutes`` and
        ``miles`` (detour included) one way, rounded to 0.1; both directions of every pair, and 0
        from each to itself.

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
    >>> travel_times(sites)[["minutes", "miles"]].to_numpy().tolist()
    [[0.0, 0.0], [131.1, 61.1], [131.1, 61.1], [0.0, 0.0]]
    """
    _check_speed(detour, kmh, max_minutes)
    frame = as_frame("sites", sites)
    places = placed(named_columns(frame, {name: name for name in NEEDED}))
    check_once(places)
    places = places.sort_values("provider", ignore_index=True)
    km = _great_circle_km(places["latitude"].to_numpy(), places["longitude"].to_numpy())
    minutes = np.round(60 * detour * km / kmh, 1)
    miles = np.round(detour * km / KM_A_MILE, 1)
    keep = np.ones(minutes.shape, dtype=bool) if max_minutes is None else minutes <= max_minutes
    origin, provider = np.nonzero(keep)
    codes = pd.Index(places["provider"], dtype=object)
    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(origin, categories=codes),
            "provider": pd.Categorical.from_codes(provider, categories=codes),
            "minutes": minutes[origin, provider],
            "miles": miles[origin, provider],
        }
    )


def _check_speed(detour: float, kmh: float, max_minutes: float | None) -> None:
    with Arguments("travel_times") as check:
        # No way is shorter than the straight line.
        check.number("detour", detour, 1, below=True)
        check.number("kmh", kmh, what="a speed", above=True, below=True)
        check.number("max_minutes", max_minutes, optional=True)


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
