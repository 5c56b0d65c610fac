"""How many patients to ask for a number of slots, when not everybody accepts.

Patients answer each for themselves, each with a probability of their own. How many accept then
has the Poisson-binomial distribution (for equal probabilities the binomial), which is worked out
here in full, without approximation. Nothing is ever subtracted but a probability from 1: every
chance is a sum of products of numbers from 0 up, so that small chances are as exact as large ones.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from mutualaid.arguments import Arguments
from mutualaid.errors import InputError

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

TIE = 1e-9
"""A chance that is above the risk by no more than this share of it counts as equal to it."""

LEAST_PROBABILITY = 1e-6
MOST_RISK = 0.999
STATES_AT_ONCE = 2**16
"""Cells are worked out side by side, as many as fill this many numbers: what a cache holds."""

WORTH_PACKING = 8
"""Cells that are done are taken out once they are one in so many."""


class Outcome(NamedTuple):
    """What comes of a number of offers, on average.

    Attributes
    ----------
    accepted : float
        Patients who accept.
    filled : float
        Slots that are filled.
    over : float
        Patients who accept and find no slot: ``accepted - filled``.
    risk : float
        The chance that there is any such patient.
    """

    accepted: float
    filled: float
    over: float
    risk: float


def acceptances(probabilities: npt.ArrayLike) -> Floats:
    """Give the chance of each number of acceptances.

    The distributions of halves are convolved, and those of their halves, by direct sums. Each
    entry has a relative error of some n times 1e-16 at most (underflow to 0 below 1e-300 aside);
    the time grows with the square of n: some 10 ms for 4,000 patients.

    Parameters
    ----------
    probabilities
        The probability that each patient accepts, from 0 to 1; shape ``(n,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n + 1,)``: entry `k` is the chance that exactly `k` accept.

    Raises
    ------
    InputError
        If a probability is not a number from 0 to 1, as in all functions of this module.

    Examples
    --------
    >>> acceptances([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    with Arguments("acceptances") as check:
        return _distribution(_chances(probabilities, check))


def _distribution(chances: Floats) -> Floats:
    """The whole distribution, :func:`acceptances` of what has been checked."""
    parts: list[Floats] = list(np.column_stack((1 - chances, chances)))
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [np.convolve(*pair) for pair in pairs] + parts[len(parts) // 2 * 2 :]
    return parts[0] if parts else np.ones(1)


def overfill_risk(probabilities: npt.ArrayLike, slots: int) -> float:
    """Give the chance that more patients accept than there are slots.

    Parameters
    ----------
    probabilities
        The probability that each patient who is asked accepts; shape ``(n,)``.
    slots
        How many can be treated.

    Examples
    --------
    Never where no more are asked than there are slots:

    >>> overfill_risk([0.5, 0.5], 2)
    0.0
    >>> overfill_risk([0.5, 0.5, 0.5], 2)
    0.125
    """
    return expected_outcome(probabilities, slots).risk


def expected_outcome(probabilities: npt.ArrayLike, slots: int) -> Outcome:
    """Give what comes of asking these patients for so many slots, on average.

    Parameters
    ----------
    probabilities
        The probability that each patient who is asked accepts; shape ``(n,)``.
    slots
        How many can be treated.

    Examples
    --------
    Three are asked for two slots:

    >>> expected_outcome([0.5, 0.5, 0.5], 2)
    Outcome(accepted=1.5, filled=1.375, over=0.125, risk=0.125)
    """
    with Arguments("expected_outcome") as check:
        chances = _chances(probabilities, check)
        (places,) = _counts("slots", [slots], check)
    spread = _distribution(chances)
    accept = np.arange(len(spread), dtype=np.float64)
    beyond = spread[places + 1 :]
    return Outcome(
        accepted=float(chances.sum()),
        filled=float(spread @ np.minimum(accept, float(places))),
        over=float(beyond @ np.arange(1, len(beyond) + 1)),
        risk=min(float(beyond.sum()), 1.0),
    )


def offers_to_make(probability: float, slots: int, risk: float) -> int:
    """Give the most offers for which the chance of overfilling the slots is at most the risk.

    All accept with the same probability. The numbers of acceptances of 1, 2, 4, 8, … patients are
    worked out each from the one before, and put together to the largest group that is safe: never
    fewer than there are slots, since so many cannot overfill them.

    Parameters
    ----------
    probability
        That a patient accepts, from 1e-6 to 1. Where nobody accepts there is no most: any number
        of offers is safe, and none fills a slot.
    slots
        How many can be treated.
    risk
        The chance of more acceptances than slots that is put up with, from 0 to 0.999.

    Examples
    --------
    Ten slots, two in three patients accept, and one time in twenty may be one too many:

    >>> offers_to_make(0.67, 10, 0.05)
    11
    >>> offers_to_make(0.2, 10, 0.05)
    32
    >>> offers_to_make(1, 10, 0.05)
    10
    """
    with Arguments("offers_to_make") as check:
        chances = _chances([probability], check)
        (places,) = _counts("slots", [slots], check)
        limit = _limit(risk, check)
        if not check.rows and chances[0] < LEAST_PROBABILITY:
            remedy = (
                f"write {LEAST_PROBABILITY:g} to 1: where nobody accepts, no number is the most"
            )
            check.wrong("probability", f"is {probability!r}", remedy)
        if not check.rows and risk > MOST_RISK:
            remedy = f"write 0 to {MOST_RISK:g}: where all may overfill, no number is the most"
            check.wrong("risk", f"is {risk!r}", remedy)
    none = (np.eye(1, places + 1)[0], 0.0)
    group = _together(none, (_distribution(chances), 0.0), places)
    groups = []
    while group[1] <= limit:
        groups.append(group)
        group = _together(group, group, places)
    made, asked = 0, none
    for power, group in reversed(list(enumerate(groups))):
        more = _together(asked, group, places)
        if more[1] <= limit:
            made, asked = made + 2**power, more
    return made


def _together(
    one: tuple[Floats, float], other: tuple[Floats, float], places: int
) -> tuple[Floats, float]:
    """Chances of 0 to ``places`` acceptances, and of more, in two groups taken together."""
    joint = np.convolve(one[0], other[0])
    over = float(joint[places + 1 :].sum()) + one[1] + other[1] * float(one[0].sum())
    return joint[: places + 1], over


def how_many(probabilities_in_order: npt.ArrayLike, slots: int, risk: float) -> int:
    """Give how many of the first candidates may be asked at once for so many slots.

    Parameters
    ----------
    probabilities_in_order
        The probability that each candidate accepts, in the order in which they are asked.
    slots
        How many can be treated.
    risk
        The chance of more acceptances than slots that is put up with, from 0 to 1.

    Returns
    -------
    int
        All, or the most for which the chance is at most the risk: never fewer than there are
        slots, since so many cannot overfill them. With a risk of 1 it is everybody.

    Examples
    --------
    >>> how_many([0.9, 0.2, 0.2, 0.2, 0.9], slots=1, risk=0.3)
    2
    >>> how_many([0.9, 0.2, 0.2, 0.2, 0.9], slots=1, risk=0.0)
    1
    """
    candidates = np.asarray(probabilities_in_order)
    return int(offers_for_cells([0], [candidates.size], candidates, [slots], risk)[0])


def offers_for_cells(
    first: npt.ArrayLike,
    count: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    slots: npt.ArrayLike,
    risk: float,
) -> Ints:
    """Do what :func:`how_many` does for many cells at once.

    A cell is a block of candidates for the slots of one service of one provider in one period.
    Candidates are taken in one at a time, in all cells of a batch side by side; what is kept of a
    cell are the chances of 0, 1, … slots left, so that the work is offers times slots.

    Parameters
    ----------
    first, count
        Where the block of each cell starts, counted from 0, and how long it is; shape ``(c,)``.
    probabilities
        The probability that each candidate accepts, block by block, in the order in which they
        are asked; shape ``(n,)``.
    slots
        How many can be treated; shape ``(c,)``.
    risk
        The chance of more acceptances than slots that is put up with in each cell, from 0 to 1.

    Returns
    -------
    numpy.ndarray
        How many of each block to ask; shape ``(c,)``.

    Raises
    ------
    InputError
        Also if the cells are not of one length, or a block is not within ``probabilities``.

    Examples
    --------
    >>> offers_for_cells([0, 2], [2, 3], [1.0, 1.0, 0.1, 0.1, 0.1], [1, 1], risk=0.05).tolist()
    [1, 3]
    """
    where = "offers_for_cells"
    with Arguments(where) as check:
        chances = _chances(probabilities, check)
        starts = _counts("first", first, check)
        counts = _counts("count", count, check)
        places = _counts("slots", slots, check)
        limit = _limit(risk, check)
    if not len(starts) == len(counts) == len(places):
        lengths = f"{len(starts)}, {len(counts)} and {len(places)}"
        raise InputError(f"{where}: first, count and slots are of one length, not {lengths}")
    outside = (counts > 0) & ((starts >= len(chances)) | (counts > len(chances) - starts))
    if outside.any():
        what = f"the block does not lie within the {len(chances):,} candidates"
        check.add(where, "first, count", what, "check where it starts and ends", rows=outside)
        check.raise_if_any()
    made = np.minimum(counts, places)
    tight = np.flatnonzero(counts > places)
    widest_first = tight[np.argsort(-places[tight], kind="stable")]
    done = 0
    while done < len(widest_first):
        fit = max(STATES_AT_ONCE // (int(places[widest_first[done]]) + 1), 1)
        batch = widest_first[done : done + fit]
        made[batch] = _side_by_side(starts[batch], counts[batch], chances, places[batch], limit)
        done += fit
    return made


def _side_by_side(starts: Ints, counts: Ints, chances: Floats, places: Ints, limit: float) -> Ints:
    """How many of each block may be asked; every block is longer than its cell has slots."""
    made = counts.copy()
    cells = np.arange(len(starts))
    # Row r is the chance that r slots are left: whatever the slots, row 0 is what overfills.
    left = np.zeros((int(places.max()) + 1, len(cells)))
    left[places, cells] = 1.0
    over = np.zeros(len(cells))
    waiting = np.ones(len(cells), dtype=np.bool_)
    fewest, most = int(places.min()), int(counts.max())
    for asked in range(most):
        # Rows below hold nothing yet; from those above, too few are left to overfill.
        rows = slice(max(fewest - asked - 1, 0), most - asked)
        accept = chances[np.minimum(starts + asked, starts + counts - 1)]
        state = left[rows]
        taken = state * accept
        state *= 1 - accept
        state[:-1] += taken[1:]
        over += taken[0]
        full = waiting & (over > limit)
        made[cells[full]] = asked
        waiting &= ~full & (counts > asked + 1)
        open_ = int(np.count_nonzero(waiting))
        if open_ == 0:
            break
        if (len(cells) - open_) * WORTH_PACKING >= len(cells):
            cells, starts, counts = cells[waiting], starts[waiting], counts[waiting]
            over, left = over[waiting], np.compress(waiting, left, axis=1)
            waiting = np.ones(open_, dtype=np.bool_)
    return made


def draw(probabilities: npt.ArrayLike, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Draw who accepts (True), each patient by himself or herself.

    Parameters
    ----------
    probabilities
        The probability that each patient accepts; shape ``(n,)``.
    rng
        Where chance comes from: the same seed gives the same answers.

    Examples
    --------
    >>> draw([0.0, 1.0], np.random.default_rng(1)).tolist()
    [False, True]
    """
    with Arguments("draw") as check:
        chances = _chances(probabilities, check)
        check.kind("rng", rng, np.random.Generator, "pass numpy.random.default_rng(seed)")
    return rng.random(len(chances)) < chances


def _chances(values: npt.ArrayLike, check: Arguments) -> Floats:
    """Probabilities as an array of their own."""
    found = np.asarray(values)
    if found.ndim != 1 or (found.dtype.kind not in "iuf" and found.size):
        what = f"is an array of shape {found.shape} and type {found.dtype}"
        check.wrong("probabilities", what, "pass numbers from 0 to 1 in one row")
        return np.zeros(0)
    chances = found.astype(np.float64)
    bad = ~((chances >= 0) & (chances <= 1))
    what, remedy = "is not a probability", "write numbers from 0 to 1"
    check.note(check.call, "probabilities", bad, what, remedy, chances)
    return chances


def _counts(name: str, values: npt.ArrayLike, check: Arguments) -> Ints:
    """Whole numbers from 0 as an array of their own."""
    found = np.asarray(values)
    if found.ndim != 1 or (found.dtype.kind not in "iu" and found.size):
        check.wrong(name, f"is {values!r}", "write whole numbers from 0")
        return np.zeros(1, dtype=np.int64)
    counts = found.astype(np.int64)
    check.note(check.call, name, counts < 0, "is below 0", "write 0 or more", counts)
    return counts


def _limit(risk: object, check: Arguments) -> float:
    """The risk, and what rounding may add to a chance that is equal to it."""
    return check.number("risk", risk, 0, 1, "a probability") * (1 + TIE)
