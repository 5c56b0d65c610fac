"""NHS England's file in ``[data]``: a twin of the months where there are two, else one queue."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from mutualaid.calibration import calibrate
from mutualaid.calibration.monthly_counts import NEEDED
from mutualaid.cli.scenario.data_keys import PartOfEngland, RttKeys, TwinOfEngland
from mutualaid.cli.scenario.problems import wrong
from mutualaid.data.system import System
from mutualaid.errors import tell
from mutualaid.readers import RTT
from mutualaid.readers.rtt.validate import PARTS

OF_A_TWIN = tuple(n for n in TwinOfEngland.model_fields if n not in PartOfEngland.model_fields)
"""Keys that mean something for a twin alone."""
NO_FORECAST = (
    "no forecast of what happens as today stands behind this plan, and every list is one queue: "
    "that takes the files of two consecutive months, and {} read"
)


def consecutive(rtt: RTT) -> bool:
    """Whether files hold two consecutive months with every part that a twin is made of.

    Examples
    --------
    >>> consecutive(read_rtt(["December.zip", "January.zip"]))  # doctest: +SKIP
    True
    """
    needed = frozenset(PARTS[name] for name in NEEDED)
    months = [
        pd.Period(one, "M") for one in rtt.months if needed <= rtt.parts.get(one, frozenset())
    ]
    return any(later.ordinal == earlier.ordinal + 1 for earlier, later in pairwise(months))


def system_of(
    rtt: RTT, data: RttKeys, travel: pd.DataFrame, chosen: Mapping[str, Any], steerable: object
) -> System:
    """Make the system that ``[data]`` asks for.

    Parameters
    ----------
    rtt
        What was read of the files.
    data
        The keys as they are written.
    travel
        The ways.
    chosen
        Periods, providers, services and what an unlisted way means.
    steerable
        A share, a table of shares, or None where the key is not written.

    Returns
    -------
    mutualaid.System
        By stream and wait class, with its forecast as today, unless there are no two consecutive
        months or ``twin = false``; then with one queue for each service, and without a forecast.

    Raises
    ------
    InputError
        If keys of a twin are written where none is made, a twin is asked for and cannot be made,
        or the tables do not fit together.
    """
    able = consecutive(rtt)
    if data.twin is False or not (able or data.twin):
        why = "twin is false" if data.twin is False else "no two consecutive months were read"
        for name in OF_A_TWIN:
            if name in data.model_fields_set:
                remedy = "leave it out, or make a twin of two consecutive months or more"
                raise wrong(name, f"goes with a twin, and {why}", remedy)
        if data.twin is None:
            months = ", ".join(rtt.months)
            verb = "was" if len(rtt.months) == 1 else "were"
            tell(NO_FORECAST.format(f"{months} {verb}"))
        return rtt.system(travel, **chosen)
    options = data.given(TwinOfEngland) | dict(chosen)
    if steerable is not None:
        options["steerable"] = steerable
    return calibrate(rtt).system(travel, **options)
