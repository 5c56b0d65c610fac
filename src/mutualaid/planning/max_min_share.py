"""A fair share of the gain: the largest smallest proportional gain, then the next.

On small problems the order is exact in whole patients. On large ones the fair levels are those of
the linear relaxation, which whole patients cannot always reach all at once: then every trust gives
up the harm of a few patients at most, as few as is found, and the plan says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from mutualaid.errors import SolverError
from mutualaid.model import linear_terms as terms
from mutualaid.model.auxiliary_arcs import Choice, add_choices
from mutualaid.model.limits.caps_and_pools import grouped
from mutualaid.model.limits.promises import Alone
from mutualaid.model.linear_terms import Term
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, stack_rows
from mutualaid.solve.integer import SMALL
from mutualaid.solve.interface import Limits
from mutualaid.solve.max_min import fair_gains
from mutualaid.solve.solver import Solution, solve
from mutualaid.solve.status import Status, found_nothing

GIVEN_UP = (1, 3, 10, 30, 100, 1000, 10**6)
"""The harm of so many patients each trust may have to give up, for whole patients."""
LARGEST_RATIO = 2**24
"""Of the numbers in one row, so that a solver takes note of them all."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shared:
    """A model in which every trust keeps its fair gain, its cheapest plan, and the gains."""

    model: Model
    solution: Solution
    table: pd.DataFrame


@dataclass(frozen=True, eq=False, kw_only=True)
class _Bearers:
    """Trusts whose patients bear any harm alone, and what counts as theirs.

    ``base`` is what each bears alone; ``term`` and ``group`` say which trust each part of the
    harm is of, -1 for none of them.
    """

    names: tuple[str, ...]
    base: Ints
    term: Term
    group: Ints

    @cached_property
    def step(self) -> Ints:
        """What all that each trust's patients may bear is a multiple of."""
        result = self.base.copy()
        mine = self.group >= 0
        np.gcd.at(result, self.group[mine], self.term.coefficient[mine])
        return result

    @cached_property
    def largest(self) -> Ints:
        """The most that one patient of each trust may bear."""
        result = np.zeros_like(self.base)
        mine = self.group >= 0
        np.maximum.at(result, self.group[mine], self.term.coefficient[mine])
        return result

    def gains(self, flow: Ints) -> list[Fraction]:
        mine = self.group >= 0
        bears = np.zeros(len(self.base), dtype=np.int64)
        np.add.at(bears, self.group[mine], (self.term.coefficient * flow[self.term.arc])[mine])
        pairs = zip(bears.tolist(), self.base.tolist(), strict=True)
        return [1 - Fraction(now, alone) for now, alone in pairs]

    def held(self, model: Model, caps: Ints, exempt: int = 0, name: str = "") -> Model:
        """Hold trusts to caps of harm; so many of them, as the plan chooses, to none."""
        count = len(self.base)
        # Harm comes in steps: a cap between two of them is the lower one.
        caps = caps - caps % self.step
        mine = self.group >= 0
        arc, coefficient, row = self.term.arc[mine], self.term.coefficient[mine], self.group[mine]
        network, means, choices = model.network, model.means, model.choices
        parts = []
        if exempt:
            more = tuple(Choice(name=f"{p} is exempt{name}", most=1) for p in self.names)
            network, means, chosen = add_choices(network, means, more)
            choices = (*choices, *more)
            arc, row = np.concatenate([arc, chosen]), np.concatenate([row, np.arange(count)])
            # Beside the harm of a patient, HiGHS would leave out a number that is far smaller.
            little = self.largest // LARGEST_RATIO
            free = np.where(caps < self.base, np.maximum(self.base - caps, little), 0)
            coefficient = np.concatenate([coefficient, -free])
            one = np.ones(count, dtype=np.int64)
            few = np.array([exempt], dtype=np.int64)
            parts.append(grouped(chosen, one, 0 * one, None, few, [f"exempt{name}"]))
        names = [f"fair share of {p}{name}" for p in self.names]
        parts.append(grouped(arc, coefficient, row, None, caps, names))
        network = replace(network, rows=stack_rows(network.rows, *parts))
        return replace(model, network=network, means=means, choices=choices)


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
    who = _Bearers(
        names=tuple(providers[i] for i in bears.tolist()),
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


def _nearly(model: Model, who: _Bearers, level: np.ndarray, solver: str, limits: Limits) -> Found:
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


def _exactly(model: Model, who: _Bearers, solver: str, limits: Limits) -> Found | None:
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
                held = who.held(held, _caps(who, low), rank, f", rank {rank + 1}")
            levels.append(low)
        solution = solve(held.network, solver, limits)
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None
    return held, solution, [float(gain) for gain in who.gains(solution.flow)]


def _above(
    model: Model, who: _Bearers, level: Fraction, rank: int, solver: str, limits: Limits
) -> Ints | None:
    """Find a flow in which all trusts but ``rank`` gain more than a level; None if none does."""
    if level >= 1:
        return None
    caps = [-(-(alone * (1 - level)) // 1) - 1 for alone in who.base.tolist()]
    held = who.held(model, np.array(caps, dtype=np.int64), rank, ", or more")
    try:
        return solve(held.network, solver, limits).flow
    except SolverError as error:
        if error.status == Status.INFEASIBLE:
            return None
        raise


def _caps(who: _Bearers, level: Fraction) -> Ints:
    """The most harm of each trust at a level of gain."""
    caps = [(alone * (1 - level)) // 1 for alone in who.base.tolist()]
    return np.array(caps, dtype=np.int64)
