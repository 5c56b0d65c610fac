"""How long and how far the way between providers is, from where they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.column_checks import as_frame
from mutualaid.data.words import england
from mutualaid.readers.sites import NEEDED, check_once, named_columns, placed

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth: Moritz, *Geodetic Reference System 1980*, J. Geodesy 74 (2000)."""

KM_A_MILE = 1.609344

CURVE = (3.44, 0.553, 3.82)
"""Minutes at the start, for each km of the great circle, and for each square root of a km."""
DETOUR, KMH = 1.3, 45.0
"""How much longer ways are than the great circle, and the speed where one is asked for alone."""


@checks_arguments
def travel_times(
    sites: object = None,
    detour: float | None = None,
    kmh: float | None = None,
    *,
    max_minutes: float | None = None,
) -> pd.DataFrame:
    r"""Estimate minutes and miles between providers from the distance as the crow flies.

    By default by a curve that was fitted to car times between hospitals,

    .. math:: t_{ij} = 3.44 + 0.553 \, d_{ij} + 3.82 \sqrt{d_{ij}}

    with :math:`d_{ij}` in km; with ``detour`` or ``kmh``, at one speed:

    .. math:: t_{ij} = 60 \, \frac{\text{detour} \cdot d_{ij}}{\text{kmh}}

    Parameters
    ----------
    sites
        ``provider``, ``latitude`` and ``longitude`` in degrees, as :func:`read_sites` gives them.
        By default those of England that are known (:func:`mutualaid.datasets.providers`).
    detour
        How much longer the way is than the great circle; 1 or more. Miles are 1.3 times the great
        circle if it is left out.
    kmh
        Speed in km an hour, stops included; 45 if only ``detour`` is given.
    max_minutes
        Leave out ways that take longer. By default every pair is there.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``provider`` (categorical, with the same sorted categories), ``minutes`` and
        ``miles`` (with the detour) one way, rounded to 0.1; both directions of every pair, and 0
        from each to itself.

    Raises
    ------
    InputError
        If a column is missing, a place cannot be used, a provider is there twice, or a parameter
        makes no sense.

    Notes
    -----
    The great circle :math:`d_{ij}` is that of a sphere with the mean radius of the Earth
    (haversine formula). Use a matrix of drive or public transport times (:func:`travel_matrix`)
    where there is one: an estimate knows no estuary and no motorway.

    Measured on a matrix of car times between 125 acute hospitals of England and Wales
    (samuel-book/stroke_unit_demographics, MIT licence). The curve is the least squares fit to the
    5,254 ways below 150 km as the crow flies: R² 0.76, mean absolute error 10.1 minutes, bias 0.
    Held out (ten times a tenth of the hospitals, over ways that touch one of them) the error is
    10.1 minutes too; fitted on the southern half alone, 9.9 minutes in the northern, and 11.7 the
    other way round. Over the 1,082 ways of up to 60 minutes by car it is 6.0 minutes, on average
    3.8 too long; 871 of them come out at 60 minutes or less, as do 95 that take longer. Between
    80 and 150 km the error is 11 minutes, beyond 300 km 17, on average 9 too short.

    At one speed, ``detour=1.3`` and ``kmh=45`` stand for a journey through towns: over the same
    1,082 ways the error is 23 minutes, nearly all of it too long, and 451 come out at 60 minutes
    or less. With ``kmh=70`` it is 7 minutes and the bias -1. Miles were not measured.

    Examples
    --------
    >>> sites = pd.DataFrame({"provider": ["RJ1", "RXH"], "latitude": [51.50, 50.82],
    ...                       "longitude": [-0.12, -0.12]})
    >>> travel_times(sites)[["minutes", "miles"]].to_numpy().tolist()
    [[0.0, 0.0], [78.5, 61.1], [78.5, 61.1], [0.0, 0.0]]
    >>> float(travel_times(sites, kmh=45)["minutes"].max())
    131.1
    """
    _check_speed(detour, kmh, max_minutes)
    if sites is None:
        known = england.places()
        places = known[known["latitude"].notna()]
    else:
        frame = as_frame("sites", sites)
        places = placed(named_columns(frame, {name: name for name in NEEDED}))
        check_once(places)
    places = places.sort_values("provider", ignore_index=True)
    km = _great_circle_km(places["latitude"].to_numpy(), places["longitude"].to_numpy())
    minutes = np.round(_minutes(km, detour, kmh), 1)
    np.fill_diagonal(minutes, 0.0)
    miles = np.round((DETOUR if detour is None else detour) * km / KM_A_MILE, 1)
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


def _minutes(
    km: npt.NDArray[np.float64], detour: float | None, kmh: float | None
) -> npt.NDArray[np.float64]:
    """Minutes by the curve, or at one speed where any part of it is given."""
    if detour is None and kmh is None:
        start, straight, root = CURVE
        curved: npt.NDArray[np.float64] = start + straight * km + root * np.sqrt(km)
        return curved
    return 60 * (DETOUR if detour is None else detour) * km / (KMH if kmh is None else kmh)


def _check_speed(detour: float | None, kmh: float | None, max_minutes: float | None) -> None:
    with Arguments("travel_times") as check:
        # No way is shorter than the straight line.
        check.number("detour", detour, 1, below=True, optional=True)
        check.number("kmh", kmh, what="a speed", above=True, below=True, optional=True)
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
