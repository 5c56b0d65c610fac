r"""Two-stage programs: some flows are decided before the scenario is known.

Scenario `s` has probability :math:`p_s` and a network of its own. A first-stage decision `d` is a
whole number that limits one arc in each network; each unit of it that the scenario does not use
costs a penalty, so every decision is feasible. With :math:`Q_s(x)` the least cost of network `s`
under the decisions `x`, penalties included,

.. math:: \min_x \; \varrho\bigl(Q_1(x), \dots, Q_S(x)\bigr),

where :math:`\varrho` is the conditional value at risk, the mean of the worst :math:`1 - \alpha` of
the probability (Rockafellar and Uryasev 2000, "Optimization of conditional value-at-risk"): the
mean for :math:`\alpha = 0`, the worst case for 1. In dual form,

.. math:: \varrho(Q) = \max_q \Bigl\{ \sum_s q_s Q_s : \sum_s q_s = 1,\;
          0 \le q_s \le p_s / (1 - \alpha) \Bigr\},

so the least cost for *any* such weights bounds every decision from below. For given weights the
extensive form falls into parts that share no decision and no side row; each is a linear program,
solved warm when weights change. Dantzig-Wolfe decomposition finds the best weights
(``mutualaid.solve.stochastic.dantzig_wolfe``). The bound is recomputed in whole numbers from
the dual prices; decisions are rounded, and their cost is found exactly, network by network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.network import Ints
from mutualaid.solve.integer import is_large
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import LARGEST_FLOAT_COST, Solution, solve
from mutualaid.solve.stochastic.dantzig_wolfe import Master
from mutualaid.solve.stochastic.extensive_form import TwoStageProgram, build_extensive_form

CLOSE = 1e-5
"""The master stops where its value is within this share of the bound, unless asked otherwise."""


def risk(values: Sequence[int], weight: Ints, level: Fraction) -> Fraction:
    """The conditional value at risk: the mean of the worst ``1 - level`` of the probability.

    Parameters
    ----------
    values
        Cost of each scenario.
    weight : int64 array, shape (scenarios,)
        Probabilities as whole numbers: each is divided by their sum.
    level
        0 for the mean, 1 for the worst case, in between the share that is left out.

    Examples
    --------
    >>> import numpy as np
    >>> [str(risk([10, 20, 60], np.array([2, 1, 1]), Fraction(a))) for a in ("0", "0.5", "1")]
    ['25', '40', '60']
    """
    if level == 1:
        return Fraction(max(values))
    left = (1 - level) * int(weight.sum())
    asked, total = left, Fraction(0)
    for value, share in sorted(zip(values, weight.tolist(), strict=True), reverse=True):
        used = min(Fraction(share), left)
        total += used * value
        left -= used
    return total / asked


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decided:
    """First-stage decisions and their exact cost.

    Attributes
    ----------
    decision : int64 array, shape (decisions,)
        The amount of each; at most what some scenario uses.
    solutions : tuple of Solution
        The cheapest flow of each network under these decisions.
    costs : tuple of int
        The cost of each scenario, penalties included.
    objective : Fraction
        The risk (:func:`risk`) of these costs.
    """

    decision: Ints
    solutions: tuple[Solution, ...]
    costs: tuple[int, ...]
    objective: Fraction


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hedged:
    """The best decisions found, and a bound on all.

    Attributes
    ----------
    decided : Decided
        The decisions.
    bound : Fraction
        No decisions have a smaller risk.
    rounds : int
        Scenario weights that were evaluated.
    """

    decided: Decided
    bound: Fraction
    rounds: int


def decide(
    program: TwoStageProgram,
    decision: Ints,
    level: Fraction,
    solver: str,
    limits: Limits,
    starts: Sequence[Ints | None],
) -> Decided:
    """Evaluate decisions: the cheapest flow of each scenario under them, and the risk.

    Parameters
    ----------
    program
        The program.
    decision
        The amount of each decision.
    level
        As for :func:`risk`.
    solver, limits
        As for :func:`mutualaid.solve.solver.solve`.
    starts
        For each network with side rows a flow that keeps them without using any decision.

    Raises
    ------
    SolverError
        If a network has no solution, or none that passes its certificate.
    """
    used = np.zeros(program.decisions, dtype=np.int64)
    solutions = []
    for s, start in enumerate(starts):
        arc, of = program.links(s)
        network = program.shifted(s)
        capacity = network.capacity.copy()
        capacity[arc] = np.minimum(capacity[arc], decision[of])
        found = solve(replace(network, capacity=capacity), solver, limits, start)
        solutions.append(found)
        np.maximum.at(used, of, found.flow[arc])
    costs = tuple(
        network.total(found.flow)
        + program.penalty * int(used.sum() - found.flow[program.links(s)[0]].sum())
        for s, (network, found) in enumerate(zip(program.networks, solutions, strict=True))
    )
    return Decided(
        decision=used,
        solutions=tuple(solutions),
        costs=costs,
        objective=risk(costs, program.weight, level),
    )


def hedge(
    program: TwoStageProgram,
    level: Fraction,
    solver: str,
    limits: Limits,
    starts: Sequence[Ints | None],
    known: Sequence[Decided] = (),
) -> Hedged:
    """Find the decisions with the smallest risk.

    Parameters
    ----------
    program, level, solver, limits, starts
        As for :func:`decide`. ``limits.mip_gap`` is where the master may stop.
    known
        Decisions whose cost is known: what is found is no worse.

    Raises
    ------
    SolverError
        If a network has no solution, or a relaxation none in time.
    """

    def tried(decision: Ints) -> Decided:
        return decide(program, decision, level, solver, limits, starts)

    best = tried(np.zeros(program.decisions, dtype=np.int64))
    units = [
        int(found.flow[exits].sum())
        for found, exits in zip(best.solutions, program.exits, strict=True)
    ]
    form = build_extensive_form(program)
    master = Master(program, form, level, units, limits)
    relaxed = master.solve(CLOSE if limits.mip_gap is None else limits.mip_gap)
    candidates = [np.rint(relaxed.decision).astype(np.int64)]
    if len(form.network.rows) and not is_large(form.network):
        # Few enough numbers to be searched to the end, for these weights or as near to them as a
        # solver can tell costs apart.
        weight = coarse(relaxed.weight, int(form.network.cost.max(initial=0)))
        whole = solve(form.weighted(weight), solver, limits)
        candidates.append(whole.flow[form.decided])
    for found in (*known, *map(tried, candidates)):
        if found.objective < best.objective:
            best = found
    if relaxed.bound > best.objective:
        raise SolverError(f"the bound {float(relaxed.bound)} lies above what was found")
    return Hedged(decided=best, bound=relaxed.bound, rounds=relaxed.rounds)


def coarse(weight: Ints, largest: int) -> Ints:
    """Weights in the same proportions, or as near to them as a solver can tell costs apart.

    Parameters
    ----------
    weight
        Whole numbers, some above 0.
    largest
        The largest cost that they weigh.

    Examples
    --------
    >>> coarse(np.array([2, 0, 4]), 100).tolist()
    [1, 0, 2]
    >>> coarse(np.array([50001, 49999]), 10**8).tolist()
    [5, 4]
    """
    weight = weight // np.gcd.reduce(weight)
    room = max(LARGEST_FLOAT_COST // max(largest, 1), len(weight))
    total = int(weight.sum())
    return weight if total <= room else weight * room // total
