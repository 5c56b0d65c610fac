"""A fair share of the gain: the largest smallest proportional gain, then the next.

On small problems the order is exact in whole patients. On large ones the fair levels are those of
the linear relaxation, which whole patients cannot always reach all at once: then every trust gives
up the harm of a few patients at most, as few as is found, and the plan says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from mutualaid.errors import SolverError
from mutualaid.model import linear_terms as terms
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.fair_share import OR_MORE, Bearers
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.solve.integer import SMALL
from mutualaid.solve.interface import Limits
from mutualaid.solve.max_min import fair_gains
from mutualaid.solve.solver import Solution, solve
from mutualaid.solve.status import Status, found_nothing

GIVEN_UP = (1, 3, 10, 30, 100, 1000, 10**6)
"""The harm of so many patients each trust may have to give up, for whole patients."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shared:
    """A model in which every trust keeps its fair gain, its cheapest plan, and the gains."""

    model: Model
    solution: Solution
    table: pd.DataFrame


def share_fairly(model: Model, before: Alone, solver: str, limits: Limits) -> Shared:
    """Hold every trust to its fair gain.

    Parameters
    ----------
    model
        A model with promises already in it.
    before
        What each trust bears alone.
    solver, limits
        As for :func:`mutualaid.optimise`.

    Returns
    -------
    Shared
        The table has ``origin``, ``fair_gain`` (of the linear relaxation) and ``kept`` (the gain
        that the plan keeps to at least), as shares of what the trust bears alone.

    Raises
    ------
    SolverError
        If no plan was found.
    """
    solver = "auto" if solver == "flow" else solver
    providers = model.frame.system.providers
    harm = before.harm.sum(axis=1)
    bears = np.flatnonzero(harm > 0)
    place = np.full(len(harm), -1, dtype=np.int64)
    place[bears] = np.arange(len(bears))
    term = terms.harm(model)
    who = Bearers(
        origin=bears,
        base=harm[bears],
        term=term,
        group=place[model.frame.queues.origin[term.queue]],
    )
    first = len(model.network.rows)
    wider = who.held(model, who.base).network
    level = fair_gains(wider, first + np.arange(len(bears)), who.base, limits)
    found = None
    if len(np.unique(wider.rows.arc)) <= SMALL:
        found = _exactly(model, who, solver, limits)
    if found is None:
        found = _nearly(model, who, level, solver, limits)
    shared, solution, kept = found
    table = pd.DataFrame({"origin": providers, "fair_gain": 0.0, "kept": 0.0})
    table.loc[bears, "fair_gain"] = level
    table.loc[bears, "kept"] = kept
    return Shared(model=shared, solution=solution, table=table)


Found = tuple[Model, Solution, list[float]]


def _nearly(model: Model, who: Bearers, level: np.ndarray, solver: str, limits: Limits) -> Found:
    """Keep everybody as near to the levels of the relaxation as whole patients are found to."""
    caps = np.ceil(who.base * (1 - level)).astype(np.int64)
    for given_up in GIVEN_UP:
        kept = np.minimum(caps + given_up * who.largest, who.base)
        held = who.held(model, kept)
        try:
            solution = solve(held.network, solver, limits)
        except SolverError as error:
            if not found_nothing(error):
                raise
            continue
        return held, solution, (1 - kept / who.base).tolist()
    raise SolverError("no plan of whole patients shares the gain", str(Status.NO_SOLUTION))


def _exactly(model: Model, who: Bearers, solver: str, limits: Limits) -> Found | None:
    """Make the smallest gain as large as can be, then the second smallest, and so on.

    The k-th smallest gain is above a level if all trusts but `k - 1` are. Which ones are not is
    for the plan to choose: with whole patients the same trusts need not be last in every plan.
    None if a search was cut short.
    """
    held = model
    try:
        flow = solve(held.network, solver, limits).flow
        levels: list[Fraction] = []
        for rank in range(len(who.base)):
            low, high = sorted(who.gains(flow))[rank], Fraction(1)
            while (better := _above(held, who, low, rank, solver, limits)) is not None:
                flow = better
                low = sorted(who.gains(flow))[rank]
                middle = (low + high) / 2
                better = _above(held, who, middle, rank, solver, limits)
                if better is None:
                    high = middle
                else:
                    flow = better
                    low = sorted(who.gains(flow))[rank]
            if not levels or low > levels[-1]:
                held = who.held(held, _caps(who, low), rank, rank + 1)
            levels.append(low)
        solution = solve(held.network, solver, limits)
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None
    return held, solution, [float(gain) for gain in who.gains(solution.flow)]


def _above(
    model: Model, who: Bearers, level: Fraction, rank: int, solver: str, limits: Limits
) -> Ints | None:
    """Find a flow in which all trusts but ``rank`` gain more than a level; None if none does."""
    if level >= 1:
        return None
    caps = [-(-(alone * (1 - level)) // 1) - 1 for alone in who.base.tolist()]
    held = who.held(model, np.array(caps, dtype=np.int64), rank, OR_MORE)
    try:
        return solve(held.network, solver, limits).flow
    except SolverError as error:
        if error.status == Status.INFEASIBLE:
            return None
        raise


def _caps(who: Bearers, level: Fraction) -> Ints:
    """The most harm of each trust at a level of gain."""
    caps = [(alone * (1 - level)) // 1 for alone in who.base.tolist()]
    return np.array(caps, dtype=np.int64)
