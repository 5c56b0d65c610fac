"""Objectives in order: each as small as can be, within the optimum of those before it.

Without side rows the optimum of an objective is a face of the network: arcs with a reduced cost
keep their bound, and what is left is a network again, so that every stage is exact. With side
rows, or where some slack is allowed, one more side row holds the objective.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mutualaid.model.network import SAFE, Ints, Network, at_most, stack_rows
from mutualaid.solve.answer import Limits
from mutualaid.solve.certificate import Certificate
from mutualaid.solve.run import LARGEST_FLOAT_COST, Solution, bounded_by, certified_by, relax, solve
from mutualaid.solve.settle import reduced_cost
from mutualaid.solve.whole import is_large


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Objective:
    """One of several objectives.

    Attributes
    ----------
    name : str
        What is made as small as can be.
    cost : int64 array, shape (arcs,)
        What a unit of flow on each arc counts, 0 or more.
    slack : float
        By which share of its optimum later objectives may make it worse.
    """

    name: str
    cost: Ints
    slack: float = 0.0


def solve_in_order(
    network: Network,
    objectives: Sequence[Objective],
    solver: str,
    limits: Limits,
    start: Ints | None = None,
    usual: Ints | None = None,
) -> tuple[Solution, list[Certificate]]:
    """Solve for several objectives, the most important first.

    Parameters
    ----------
    network, solver, limits, start, usual
        As for :func:`mutualaid.solve.run.solve`.
    objectives
        In order.

    Returns
    -------
    Solution
        The flow, certified against the network's own cost: its gap says how far the plan is, at
        most, from the cheapest that takes no notice of the order.
    list of Certificate
        Of each objective, in its own unit.

    Raises
    ------
    SolverError
        If there is no solution, or none that passes its certificate.
    """
    here = network
    proofs = []
    for objective in objectives:
        here = replace(here, cost=objective.cost)
        nearest = usual if objective is objectives[-1] else None
        found = _stage(here, network.cost, solver, limits, start, nearest)
        start = found.flow
        proofs.append(found.certificate)
        here = _held(here, found, objective)
    flow, who = found.flow, found.solver
    if len(network.rows):
        best = relax(network, limits)
        return certified_by(network, flow, best.potential, best.row_price, who), proofs
    cheapest = solve(network, limits=limits)
    solution = bounded_by(network, flow, cheapest, who)
    return solution, proofs


def _stage(
    network: Network,
    guide: Ints,
    solver: str,
    limits: Limits,
    start: Ints | None,
    usual: Ints | None,
) -> Solution:
    """Solve for one objective.

    Objectives that count few things leave most flows undecided, and searches for whole numbers
    astray: with side rows the cost decides between flows that are as good. The bound is that of
    the objective alone; on small problems, what it leaves open is searched to the end.
    """
    if not len(network.rows) or np.array_equal(network.cost, guide):
        return solve(network, solver, limits, start, usual)
    weight = WEIGHT * max(int(guide.max(initial=0)), 1)
    # Beyond what a solver can tell apart it guides nobody.
    weight = max(min(weight, LARGEST_FLOAT_COST // max(int(network.cost.max(initial=0)), 1)), 1)
    found = solve(replace(network, cost=network.cost * weight + guide), solver, limits, start)
    flow = found.flow
    if start is not None and network.total(start) < network.total(flow):
        flow = start
    best = relax(network, limits)
    solution = certified_by(network, flow, best.potential, best.row_price, found.solver)
    if solution.certificate.gap and not is_large(network):
        return solve(network, solver, limits, flow)
    return solution


WEIGHT = 20
"""A unit of an objective weighs so many times the dearest cost."""


def _held(network: Network, found: Solution, objective: Objective) -> Network:
    """The flows that are as good for an objective, or within its slack."""
    if not objective.slack and not len(network.rows):
        price = reduced_cost(network, found.potential, network.cost)
        return replace(
            network,
            lower=np.where(price < 0, network.capacity, network.lower),
            capacity=np.where(price > 0, network.lower, network.capacity),
        )
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    most = found.certificate.cost * (1 + Fraction(repr(float(objective.slack))))
    limit = min(most.numerator // most.denominator, SAFE - 1)
    row = at_most(network.cost, limit, f"{objective.name} as small as can be")
    return replace(network, rows=stack_rows(network.rows, row))
