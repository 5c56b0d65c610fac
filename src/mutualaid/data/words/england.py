"""England's providers and boards: codes, names, kinds and places, as NHS England publishes them.

The table is beside this module. It is made by ``tools/make_providers.py`` from published files, and
is the one thing in the package that is not made up: facts, under the Open Government Licence v3.0.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

FILE = Path(__file__).with_name("england_providers.csv")
COLUMNS = (
    *("provider", "name", "icb_code", "icb_name", "latitude", "longitude", "sector", "kind"),
)
ANY_KIND = ("general", "other")
"""Kinds that say nothing of what a provider is for."""
LINES_OF_LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v3.0:",
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "Codes, names and boards: NHS England, Consultant-led RTT waiting times, Full CSV data files",
    "of April 2024 to January 2026. Places: NHS.UK, directory of hospitals (Hospital.csv), by way",
    "of nhsx/nhs_time_of_travel; main sites of trusts: The Strategy Unit,",
    "nhp_inputs_selection_app (MIT). Kinds: derived by tools/make_providers.py.",
)
"""What the file says of where it is from, before its headings."""


@functools.cache
def providers() -> tuple[Mapping[str, str], ...]:
    """Every provider with a list in the published files, as the rows of the table.

    Examples
    --------
    >>> next(one["name"] for one in providers() if one["provider"] == "RM3")
    'Northern Care Alliance NHS Foundation Trust'
    """
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return tuple(MappingProxyType(row) for row in rows)


def places() -> pd.DataFrame:
    """Give the table of providers with its coordinates as numbers.

    Examples
    --------
    >>> round(float(places().set_index("provider").loc["RM3", "latitude"]), 1)
    53.5
    """
    frame = pd.DataFrame([dict(row) for row in providers()], columns=list(COLUMNS))
    for name in ("latitude", "longitude"):
        frame[name] = pd.to_numeric(frame[name].replace("", np.nan)).astype(np.float64)
    return frame


@functools.cache
def provider_names() -> Mapping[str, str]:
    """Names of providers by code.

    Examples
    --------
    >>> provider_names()["R0A"]
    'Manchester University NHS Foundation Trust'
    """
    return MappingProxyType({one["provider"]: one["name"] for one in providers()})


@functools.cache
def specialist_kinds() -> Mapping[str, str]:
    """Kinds of the providers of one kind of care by code: ``"children"``, ``"cancer"``, ...

    Examples
    --------
    >>> specialist_kinds()["RBV"], "R0A" in specialist_kinds()
    ('cancer', False)
    """
    return MappingProxyType(
        {one["provider"]: one["kind"] for one in providers() if one["kind"] not in ANY_KIND}
    )


@functools.cache
def board_names() -> Mapping[str, str]:
    """Names of integrated care boards by code.

    Examples
    --------
    >>> board_names()["QOP"]
    'NHS Greater Manchester Integrated Care Board'
    """
    return MappingProxyType({one["icb_code"]: one["icb_name"] for one in providers()})
