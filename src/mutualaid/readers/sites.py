"""Where providers are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.opening.cells import open_cells
from mutualaid.data.opening.code_cells import check_codes
from mutualaid.data.opening.number_cells import read_numbers
from mutualaid.errors import Problems, tell
from mutualaid.formats import first_few

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_HEADINGS = {
    "provider": "provider_code provider provider_org_code org_code organisation_code"
    " organization_code ods_code trust_code trust code site_code",
    "latitude": "latitude lat",
    "longitude": "longitude lon lng long",
    "name": "provider_name provider_org_name org_name organisation_name organization_name"
    " trust_name name site_name",
    "icb_code": "icb_code icb",
    "icb_name": "icb_name",
}
HEADINGS = {column: tuple(usual.split()) for column, usual in _HEADINGS.items()}
"""Headings that are recognised for each column, the surest first."""

NEEDED = ("provider", "latitude", "longitude")
LIMITS = {"latitude": 90.0, "longitude": 180.0}
UK_LATITUDE = (49.0, 61.0)
UK_LONGITUDE = (-9.0, 2.5)
SHOWN = 5


@checks_arguments
def read_sites(
    source: str | os.PathLike[str] | object,
    *,
    provider: str | None = None,
    latitude: str | None = None,
    longitude: str | None = None,
    duplicates: str = "error",
) -> pd.DataFrame:
    """Read where providers are.

    Parameters
    ----------
    source
        Path of a CSV, workbook or Parquet file, or a table.
    provider, latitude, longitude
        Headings of these columns. By default the usual ones are recognised, in capitals or not:
        ``provider_code``, ``org_code``, ``trust``, ``site_code``; ``lat``; ``lon``, ``lng``.
    duplicates
        What to do with a provider that has more than one row: ``"error"``, or ``"median"`` to
        place it at the median latitude and longitude of its sites.

    Returns
    -------
    pandas.DataFrame
        ``provider``, ``latitude`` and ``longitude`` in degrees (WGS 84), and ``name``,
        ``icb_code`` and ``icb_name`` where the source has them; sorted by provider.

    Raises
    ------
    InputError
        If a column or a code is missing, a coordinate is not a number, out of range, or in the
        UK only when latitude and longitude are swapped, or a provider has several rows.
        Eastings and northings of the British National Grid are not degrees, and are refused.

    Warns
    -----
    InputWarning
        How many rows have no coordinates and are left out.

    Examples
    --------
    >>> table = pd.DataFrame({"Org_Code": ["RXH", "RJ1"], "Lat": [50.82, 51.50],
    ...                       "Lng": [-0.12, -0.12]})
    >>> read_sites(table)
      provider  latitude  longitude
    0      RJ1     51.50      -0.12
    1      RXH     50.82      -0.12
    """
    argument.choice("duplicates", duplicates, ("error", "median"))
    given = {"provider": provider, "latitude": latitude, "longitude": longitude}
    cells = open_cells("sites", source)
    sites = named_columns(cells.frame, given)
    located = placed(sites, continental=cells.continental)
    if duplicates == "median":
        others = {name: "first" for name in located.columns if name not in NEEDED}
        places = {"latitude": "median", "longitude": "median", **others}
        located = located.groupby("provider", as_index=False, sort=False).agg(places)
    check_once(located)
    return located.sort_values("provider", ignore_index=True)


def named_columns(frame: pd.DataFrame, given: Mapping[str, str | None]) -> pd.DataFrame:
    """Pick the columns by the headings given or recognised."""
    tidy = {"_".join(str(h).lower().replace("_", " ").split()): h for h in frame.columns}
    problems = Problems()
    picked: dict[str, object] = {}
    for column, usual in HEADINGS.items():
        wanted = given.get(column)
        found = next((tidy[heading] for heading in usual if heading in tidy), None)
        heading = found if wanted is None else wanted
        if heading is not None and heading in frame.columns:
            picked[column] = frame[heading].to_numpy()
        elif column in NEEDED:
            what = f"no column is called {wanted}" if wanted else "the column is missing"
            there = ", ".join(map(str, frame.columns))
            problems.add("sites", column, what, f"pass {column}= one of: {there}")
    problems.raise_if_any()
    return pd.DataFrame(picked)


def placed(sites: pd.DataFrame, *, continental: bool = False) -> pd.DataFrame:
    """Check codes and coordinates; leave out, with a warning, what has no place."""
    problems = Problems()
    check_codes("sites", "provider", sites["provider"], problems)
    numbers = {
        name: read_numbers("sites", name, sites[name], problems, continental=continental)
        for name in ("latitude", "longitude")
    }
    _check_places(numbers["latitude"], numbers["longitude"], problems)
    problems.raise_if_any()
    known = ~(np.isnan(numbers["latitude"]) | np.isnan(numbers["longitude"]))
    if not known.all():
        codes = list(sites["provider"][~known])
        tell(
            f"{len(codes)} of {len(known)} rows have no coordinates and are left out: "
            + first_few(map(str, codes)),
        )
    return sites.assign(provider=sites["provider"].astype(object), **numbers)[known]


def _check_places(
    latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64], problems: Problems
) -> None:
    values = {"latitude": latitude, "longitude": longitude}
    outside = {name: np.abs(v) > LIMITS[name] for name, v in values.items()}
    # Eastings and northings in metres: no angle is that large.
    if any((np.abs(v) > 1000).any() for v in values.values()):
        rows = (np.abs(latitude) > 1000) | (np.abs(longitude) > 1000)
        what = "look like eastings and northings in metres"
        remedy = "convert the British National Grid to latitude and longitude (WGS 84) first"
        problems.add("sites", "latitude, longitude", what, remedy, rows=rows)
        return
    for name, bad in outside.items():
        if bad.any():
            limit = LIMITS[name]
            what = f"is not between {-limit:g} and {limit:g}"
            problems.add("sites", name, what, "write degrees", rows=bad, values=values[name])
    swapped = _in_uk(longitude, latitude) & ~_in_uk(latitude, longitude)
    problems.note(
        "sites",
        "latitude, longitude",
        swapped,
        "is in the UK only if the two are swapped",
        "swap latitude and longitude",
    )


def _in_uk(
    latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    (south, north), (west, east) = UK_LATITUDE, UK_LONGITUDE
    across = (west <= longitude) & (longitude <= east)
    inside: npt.NDArray[np.bool_] = across & (south <= latitude) & (latitude <= north)
    return inside


def check_once(sites: pd.DataFrame) -> None:
    """Each provider has one place."""
    twice = sites["provider"].duplicated(keep=False).to_numpy()
    if twice.any():
        problems = Problems()
        what, codes = "has more than one row", sites["provider"]
        remedy = "keep one site a provider, or pass duplicates='median' to read_sites"
        problems.add("sites", "provider", what, remedy, rows=twice, values=codes)
        problems.raise_if_any()
