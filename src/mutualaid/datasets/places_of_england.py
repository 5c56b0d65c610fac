"""Where England's providers are."""

from __future__ import annotations

import pandas as pd

from mutualaid.data.words import england

KINDS = (
    *("general", "children", "women", "women and children", "cancer", "eye", "heart"),
    *("orthopaedic", "neurology", "plastic", "skin", "community", "other"),
)
"""What kinds of providers are told apart."""


def providers() -> pd.DataFrame:
    """Tell where the providers of England's published waiting lists are, and of what kind.

    The one thing in this package that is not made up: facts that NHS England and NHS.UK publish
    under the Open Government Licence v3.0, as they stood in January 2026. Contains public sector
    information licensed under the `Open Government Licence v3.0
    <https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/>`_; main sites of
    trusts are those of The Strategy Unit's ``nhp_inputs_selection_app`` (MIT licence).

    Returns
    -------
    pandas.DataFrame
        A row for each provider with a list in any month from April 2024 to January 2026, sorted
        by ``provider`` (ODS code): ``name``; ``icb_code`` and ``icb_name``, its board;
        ``latitude`` and ``longitude`` in degrees (WGS 84), missing where the place is not known,
        which is so for most small clinics; ``sector`` (``"NHS"`` for NHS trusts, else
        ``"independent"``); and ``kind``.

    Notes
    -----
    A trust of several sites is one point: its main site, or the median of its sites where none is
    known. Kinds of NHS trusts are from a reviewed list of specialist trusts and of those for
    community and mental health services; the others are ``"general"``. Those of independent
    providers follow from words in their names (``"eye"``, ``"orthopaedic"``, ``"skin"``,
    ``"general"`` for a hospital); ``"other"`` is what no word told. ``tools/make_providers.py``
    makes the table, and says from which files.

    Examples
    --------
    >>> places = providers().set_index("provider")
    >>> places.loc["RP6", ["name", "icb_code", "sector", "kind"]].to_list()
    ['Moorfields Eye Hospital NHS Foundation Trust', 'QMJ', 'NHS', 'eye']
    >>> len(places), int(places["latitude"].notna().sum())
    (539, 315)
    """
    return england.places()
