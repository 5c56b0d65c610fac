"""Figures whose size makes it unlikely that they count what they are said to count."""

from __future__ import annotations

import numpy as np

from mutualaid.data.column_checks import Floats

LONGEST_USUAL_MINUTES = 600.0
"""Half of the ways are shorter, even between all hospitals of a country."""
FURTHEST_NEIGHBOUR_MINUTES = 150.0
SHORTEST_USUAL_MINUTES = 3.0
USUAL_MILES_AN_HOUR = (2.0, 100.0)
SOME, MANY = 6, 20
"""So many ways say something of the shortest of them, and of the usual one."""


def unlikely_minutes(minutes: Floats) -> tuple[str, str] | None:
    """Say what is odd about ways that are said to be in minutes, and the unit that may be meant.

    None if they are usual.

    Examples
    --------
    >>> unlikely_minutes(np.array([0.0, 1290.0, 1860.0]))
    ('half of the ways take over 1,290 minutes', 'seconds')
    >>> unlikely_minutes(np.array([0.0, 0.4, 1.2]))
    ('no way takes more than 1.2 minutes', 'hours')
    >>> unlikely_minutes(np.array([0.0, 20.0, 45.0])) is None
    True
    """
    usual = (minutes > 3 * SHORTEST_USUAL_MINUTES) & (minutes <= LONGEST_USUAL_MINUTES)
    near = (minutes > 0) & (minutes <= FURTHEST_NEIGHBOUR_MINUTES)
    if 2 * np.count_nonzero(usual) > len(minutes) and near.any():
        # Of millions of ways, nothing needs to be put in order.
        return None
    far = minutes[minutes > 0]
    if not len(far):
        return None
    middle, shortest, longest = float(np.median(minutes)), float(far.min()), float(far.max())
    if middle > LONGEST_USUAL_MINUTES:
        return f"half of the ways take over {middle:,.0f} minutes", "seconds"
    if len(far) >= SOME and shortest > FURTHEST_NEIGHBOUR_MINUTES:
        return f"the shortest of {len(far):,} ways takes {shortest:,.0f} minutes", "seconds"
    if longest < SHORTEST_USUAL_MINUTES:
        return f"no way takes more than {longest:.2g} minutes", "hours"
    if len(far) >= MANY:
        most = float(np.quantile(far, 0.9))
        if most < 3 * SHORTEST_USUAL_MINUTES:
            return f"nine in ten of {len(far):,} ways take {most:.2g} minutes or less", "hours"
    return None


def unlikely_speed(minutes: Floats, miles: Floats) -> str | None:
    """Say how fast ways would be, where nobody travels like that; NaN is not known.

    Examples
    --------
    >>> unlikely_speed(np.array([1860.0]), np.array([19.0]))
    'half of the ways are made at less than 0.61 miles an hour'
    >>> unlikely_speed(np.array([31.0]), np.array([19.0])) is None
    True
    """
    some = (miles >= 1) & (minutes > 0)
    if not some.any():
        return None
    speed = float(np.median(miles[some] / minutes[some] * 60))
    low, high = USUAL_MILES_AN_HOUR
    if low <= speed <= high:
        return None
    slower = "less" if speed < low else "more"
    shown = f"{speed:.2g}" if speed < low else f"{speed:,.0f}"
    return f"half of the ways are made at {slower} than {shown} miles an hour"
