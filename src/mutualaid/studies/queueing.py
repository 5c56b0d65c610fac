"""Queueing measures of a waiting list: how small it must be, and how much capacity keeps it so.

The method is that of Fong et al. (2022), "Understanding Waiting Lists Pressures", medRxiv,
doi:10.1101/2022.08.23.22279117, as the R package NHSRwaitinglist of the NHS-R community applies
it. Patients and weeks throughout: rates are patients a week. Every function takes numbers or
arrays, which are broadcast, and gives a number for numbers and an array for arrays.

The formulas are of a single queue in its long run, with as much to do every week as on average.
They were read in the package's sources, tests and vignettes, which quote the paper's facts 1 to 9;
the paper itself was read in its abstract and introduction only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mutualaid.errors import InputError, Problems

Floats = npt.NDArray[np.float64]
Numbers = float | Floats

FACTOR = 4.0
RELIEF_WEEKS = 26.0
ABOVE_ZERO = ("target_weeks", "factor", "relief_weeks")


def load(demand: npt.ArrayLike, capacity: npt.ArrayLike) -> Numbers:
    """Divide what joins by what can be treated: from 1 on, a list grows without end.

    Facts 1 and 2 of the paper. Infinite where somebody joins and nobody can be treated; 0 where
    nobody joins.

    Parameters
    ----------
    demand
        Patients a week who join and do not leave untreated.
    capacity
        Patients a week who can be treated.

    Raises
    ------
    InputError
        If anything is not a number from 0, as in all functions of this module.

    Examples
    --------
    The paper's list, ear, nose and throat at P4: 30 join a week, 27 are operated on.

    >>> round(load(30, 27), 2)
    1.11
    """
    joining, treated = _arrays("load", demand=demand, capacity=capacity)
    infinite = np.full_like(joining, np.inf)
    ratio = np.divide(joining, treated, out=infinite, where=treated > 0)
    return _plain(np.where(joining == 0, 0.0, ratio))


def chance_of_missing(mean_wait: npt.ArrayLike, target_weeks: npt.ArrayLike) -> Numbers:
    """Give the share of patients who wait longer than a target, the mean wait being as it is.

    Fact 3: in the long run waits are spread exponentially (in M/M/1 exactly so).

    Examples
    --------
    Fact 4: 1.8 % to 0.2 % miss a target of four to six mean waits.

    >>> [round(100 * chance_of_missing(52 / n, 52), 1) for n in (4, 6)]
    [1.8, 0.2]
    """
    wait, target = _arrays("chance_of_missing", mean_wait=mean_wait, target_weeks=target_weeks)
    with np.errstate(divide="ignore"):
        return _plain(np.exp(-target / wait))


def factor_for(share: npt.ArrayLike) -> Numbers:
    """Give how many mean waits a target must be for a share of patients to be treated within it.

    The paper takes 4 (98.2 % are) to 6 (99.8 %); the 92 % of the 18-week standard are fewer.

    Parameters
    ----------
    share
        Above 0 and below 1.

    Examples
    --------
    >>> round(factor_for(0.92), 2)
    2.53
    """
    (within,) = _arrays("factor_for", share=share)
    if not ((within > 0) & (within < 1)).all():
        raise InputError(f"share is {share!r}: use a number above 0 and below 1")
    return _plain(-np.log1p(-within))


def target_mean_wait(target_weeks: npt.ArrayLike, factor: npt.ArrayLike = FACTOR) -> Numbers:
    """Give the mean wait with which hardly anybody misses a target: a part of it. Fact 4.

    Parameters
    ----------
    target_weeks
        The wait that nobody should exceed.
    factor
        How many mean waits it is: see :func:`factor_for`.

    Examples
    --------
    >>> target_mean_wait(52), target_mean_wait(18)
    (13.0, 4.5)
    """
    target, parts = _arrays("target_mean_wait", target_weeks=target_weeks, factor=factor)
    return _plain(target / parts)


def target_list_size(
    demand: npt.ArrayLike, target_weeks: npt.ArrayLike, factor: npt.ArrayLike = FACTOR
) -> Numbers:
    """Give the list on which the mean wait is the target's: Little's law. Facts 5 and 6.

    A list of more than twice this size is not cured by target capacity: it needs relief (fact 7).

    Examples
    --------
    >>> target_list_size(30, 52)
    390.0
    """
    joining, target, parts = _arrays(
        "target_list_size", demand=demand, target_weeks=target_weeks, factor=factor
    )
    return _plain(joining * target / parts)


def relief_capacity(
    demand: npt.ArrayLike,
    list_size: npt.ArrayLike,
    target_size: npt.ArrayLike,
    relief_weeks: npt.ArrayLike = RELIEF_WEEKS,
) -> Numbers:
    """Give the patients to be treated a week for a list to be of its target size in time. Fact 7.

    Below the demand, and perhaps below 0, where the list is smaller than that already.

    Parameters
    ----------
    demand
        Patients a week who join and do not leave untreated.
    list_size, target_size
        Patients on the list now, and then.
    relief_weeks
        Weeks until then.

    Examples
    --------
    >>> round(relief_capacity(30, 1200, 390, 26), 1)
    61.2
    """
    joining, now, then, weeks = _arrays(
        "relief_capacity",
        demand=demand,
        list_size=list_size,
        target_size=target_size,
        relief_weeks=relief_weeks,
    )
    return _plain(joining + (now - then) / weeks)


def target_capacity(
    demand: npt.ArrayLike,
    target_weeks: npt.ArrayLike,
    factor: npt.ArrayLike = FACTOR,
    *,
    cv_demand: npt.ArrayLike = 1.0,
    cv_capacity: npt.ArrayLike = 1.0,
) -> Numbers:
    """Give the capacity that keeps a list at its target size, once it is there. Fact 8.

    Demand, and a margin that does not grow with it: Kingman's formula in heavy traffic, exact for
    M/M/1. The paper's own form, after Pollaczek and Khinchine, is
    ``demand + 2 * (1 + 4 * F) / target_weeks``: with the factor 4, this one with
    ``cv_capacity = 2 * sqrt(F)``; for its F see :func:`variability`.

    Parameters
    ----------
    demand, target_weeks, factor
        As for :func:`target_list_size`.
    cv_demand, cv_capacity
        Standard deviation over mean of the time from one referral, or one treatment, to the
        next: 1 where they come at random, more where they come in batches.

    Examples
    --------
    >>> round(target_capacity(30, 52), 2)
    30.08

    The paper's form, the ENT theatres' F being 6.58:

    >>> round(target_capacity(30, 52, cv_capacity=2 * 6.58**0.5), 2)
    31.05
    """
    joining, target, parts, cv1, cv2 = _arrays(
        "target_capacity",
        demand=demand,
        target_weeks=target_weeks,
        factor=factor,
        cv_demand=cv_demand,
        cv_capacity=cv_capacity,
    )
    return _plain(joining + (cv1**2 + cv2**2) / 2 * parts / target)


def target_load(
    demand: npt.ArrayLike,
    target_weeks: npt.ArrayLike,
    factor: npt.ArrayLike = FACTOR,
    *,
    cv_demand: npt.ArrayLike = 1.0,
    cv_capacity: npt.ArrayLike = 1.0,
) -> Numbers:
    """Give the load of a list that is kept at its target size: below 1, the less the smaller.

    Examples
    --------
    Small lists need more slack: for 18 weeks one patient a week may use 82 % of the slots, and
    thirty a week 99 %.

    >>> [round(target_load(n, 18), 2) for n in (1, 30)]
    [0.82, 0.99]
    """
    needed = target_capacity(
        demand, target_weeks, factor, cv_demand=cv_demand, cv_capacity=cv_capacity
    )
    return load(demand, needed)


def variability(variance: npt.ArrayLike, demand: npt.ArrayLike, capacity: npt.ArrayLike) -> Numbers:
    """Give the paper's F, of how much the patients treated vary from week to week. Fact 8.

    Parameters
    ----------
    variance
        Of the patients treated a week.
    demand, capacity
        As for :func:`load`; infinite where the capacity is 0.

    Examples
    --------
    >>> round(variability(144, 30, 27), 2)
    6.58
    """
    spread, joining, treated = _arrays(
        "variability", variance=variance, demand=demand, capacity=capacity
    )
    infinite = np.full_like(spread, np.inf)
    return _plain(np.divide(spread * joining**2, treated**3, out=infinite, where=treated > 0))


def mean_wait(
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    *,
    cv_demand: npt.ArrayLike = 1.0,
    cv_capacity: npt.ArrayLike = 1.0,
) -> Numbers:
    """Give the mean wait that a list comes to in the long run; infinite from a load of 1 on.

    The same formula as :func:`target_capacity`, read from right to left.

    Examples
    --------
    >>> round(mean_wait(30, 30 + 4 / 52), 6), mean_wait(30, 27)
    (13.0, inf)
    """
    joining, treated, cv1, cv2 = _arrays(
        "mean_wait",
        demand=demand,
        capacity=capacity,
        cv_demand=cv_demand,
        cv_capacity=cv_capacity,
    )
    infinite = np.full_like(joining, np.inf)
    spread = (cv1**2 + cv2**2) / 2
    return _plain(np.divide(spread, treated - joining, out=infinite, where=treated > joining))


def expected_list_size(
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    *,
    cv_demand: npt.ArrayLike = 1.0,
    cv_capacity: npt.ArrayLike = 1.0,
) -> Numbers:
    """Give the list that is left in the long run: Little's law, fact 5; 0 where nobody joins.

    Examples
    --------
    >>> expected_list_size(9, 10), expected_list_size(30, 27)
    (9.0, inf)
    """
    wait = mean_wait(demand, capacity, cv_demand=cv_demand, cv_capacity=cv_capacity)
    joining, weeks = _arrays("expected_list_size", demand=demand, mean_wait=wait)
    return _plain(np.multiply(joining, weeks, out=np.zeros_like(joining), where=joining > 0))


def pressure(mean_wait: npt.ArrayLike, target_weeks: npt.ArrayLike) -> Numbers:
    """Divide twice the mean wait by the target: above 1 it will most likely be missed. Fact 9.

    1 is a list of twice its target size; one at its target size has a pressure of 2 / factor.

    Parameters
    ----------
    mean_wait
        Weeks, of who is on the list.
    target_weeks
        The wait that nobody should exceed.

    Examples
    --------
    The ENT list at P4, mean wait 63 weeks, and that at P2, 24 weeks:

    >>> round(pressure(63, 52), 2), pressure(24, 4)
    (2.42, 12.0)
    """
    wait, target = _arrays("pressure", mean_wait=mean_wait, target_weeks=target_weeks)
    return _plain(2 * wait / target)


def _arrays(formula: str, **given: npt.ArrayLike) -> list[Floats]:
    """The arguments as arrays of one shape; all that is wrong with them is told at once."""
    problems = Problems()
    arrays: list[Floats] = []
    for name, value in given.items():
        found = np.asarray(value)
        if found.dtype.kind not in "iuf":
            problems.add(formula, name, f"is {value!r}", "write a number, or an array of numbers")
            continue
        array = found.astype(np.float64)
        bad = np.isnan(array) | (array < 0)
        # A list without end has an infinite mean wait: all else is finite.
        if name != "mean_wait":
            bad |= np.isinf(array)
        low = "0"
        if name in ABOVE_ZERO:
            bad, low = bad | (array == 0), "above 0"
        if bad.any():
            problems.add(formula, name, f"is {array[bad][0]:g}", f"write a number from {low}")
        arrays.append(array)
    problems.raise_if_any()
    try:
        return [array.copy() for array in np.broadcast_arrays(*arrays)]
    except ValueError as error:
        shapes = ", ".join(f"{n} {a.shape}" for n, a in zip(given, arrays, strict=True))
        raise InputError(f"{formula} needs arrays of one length: {shapes}") from error


def _plain(values: Floats) -> Numbers:
    """A number where numbers came in."""
    return values if np.ndim(values) else float(values)
