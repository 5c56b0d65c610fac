"""Lexicographic optimisation: each objective minimised within the optimum of those before it.

Without side rows the optimal flows of an objective are a face: arcs with a reduced cost keep their
bound, and what is left is a network again, so every stage is exact. With side rows, or with slack,
arcs are fixed by their reduced costs and one more side row holds the objective where the others
could still worsen it: see :mod:`mutualaid.solve.reduced_cost_fixing`. If HiGHS fails or runs out
of time at a later objective, the result is the flow of those before, with the bound that is known
and a warning; if the solver was asked for by name, the error is raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mutualaid.errors import SolverError, tell
from mutualaid.formats import percent
from mutualaid.model.network import SAFE, Ints, Network, no_rows
from mutualaid.solve.certificate import Certificate, broken
from mutualaid.solve.integer import LESS, NODES, Relaxation, is_large, is_whole
from mutualaid.solve.interface import Limits
from mutualaid.solve.parallel_arcs import cheapest_first
from mutualaid.solve.reduced_cost_fixing import hold
from mutualaid.solve.solver import (
    LARGEST_FLOAT_COST,
    Solution,
    bounded_by,
    certified,
    certified_by,
    relax,
    solve,
)
from mutualaid.solve.status import cannot_go_on
from mutualaid.solve.tie_breaking import fix


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Objective:
    """One of several objectives.

    Attributes
    ----------
    name : str
        What is minimised, for messages and tables.
    cost : int64 array, shape (arcs,)
        What a unit of flow on each arc adds to it, 0 or more.
    slack : float
        Share of its optimum by which later objectives may worsen it.
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
    reference: Ints | None = None,
) -> tuple[Solution, list[Certificate]]:
    """Minimise several objectives, the most important first.

    Parameters
    ----------
    network, solver, limits, start, reference
        As for :func:`mutualaid.solve.solver.solve`.
    objectives
        The objectives, in order.

    Returns
    -------
    Solution
        The flow, certified against the network's own cost: its gap is the distance to the cheapest
        flow regardless of the objectives, at most.
    list of Certificate
        Of each objective, in its own unit.

    Raises
    ------
    SolverError
        If there is no solution, or none that passes its certificate.
    """
    here, found = network, None
    proofs = []
    for objective in objectives:
        here = replace(here, cost=objective.cost)
        nearest = reference if objective is objectives[-1] else None
        try:
            found = _stage(here, network.cost, solver, limits, start, nearest)
        except SolverError as error:
            # Only a plan that was found may stand; and whoever asks for a solver gets its answer.
            if found is None or solver != "auto" or cannot_go_on(error):
                raise
            found = _as_it_stands(here, objective, found.flow, error)
        start = found.flow
        proofs.append(found.certificate)
        here = _held(here, found, objective)
    if found is None:
        raise ValueError("there are no objectives")
    flow, who = _without_waste(network, objectives, found.flow), found.solver
    if len(network.rows):
        try:
            best = relax(network, limits)
        except SolverError:
            return _bounded_without_rows(network, flow, who), proofs
        return certified_by(network, flow, best.potential, best.row_price, who), proofs
    cheapest = solve(network, limits=limits)
    solution = bounded_by(network, flow, cheapest, who)
    return solution, proofs


def _without_waste(network: Network, objectives: Sequence[Objective], flow: Ints) -> Ints:
    """Take the cheaper of arcs side by side, where that worsens no objective and breaks no row.

    A later objective, or a search that was stopped, does not mind what a plan costs within the
    slack of its cost.
    """
    tidy = cheapest_first(network, flow)
    worse = any(one.cost @ tidy > one.cost @ flow for one in objectives)
    return flow if worse or broken(network, tidy) else tidy


def _stage(
    network: Network,
    guide: Ints,
    solver: str,
    limits: Limits,
    start: Ints | None,
    reference: Ints | None,
) -> Solution:
    """Minimise one objective.

    An objective that counts few things has many optimal flows, among which a search for whole
    numbers makes no progress. With side rows the network's own cost (``guide``) is therefore added
    with a small weight. The bound is that of the objective alone; small problems with a gap left
    are solved again without the guide.
    """
    if not len(network.rows) or np.array_equal(network.cost, guide):
        return solve(network, solver, limits, start, reference)
    best = relax(network, limits)
    if start is not None and reference is None:
        # Where an earlier objective's flow is as good as can be, there is nothing to look for.
        kept = certified_by(network, start, best.potential, best.row_price, "")
        if kept.certificate.optimal:
            return replace(kept, solver=_named(solver))
    weight = WEIGHT * max(int(guide.max(initial=0)), 1)
    # Beyond what a solver can tell apart it guides nobody.
    weight = max(min(weight, LARGEST_FLOAT_COST // max(int(network.cost.max(initial=0)), 1)), 1)
    untied = replace(network, tie=np.zeros_like(network.tie))
    guided = replace(untied, cost=network.cost * weight + guide)
    enough = limits
    if limits.mip_gap is None and limits.nodes is None and not is_large(network):
        # How well it guides need not be proven: half a unit of the objective will do.
        gap = min(weight / max(weight * best.cost(network), 1.0) / 2, 0.5)
        enough = replace(limits, mip_gap=gap, nodes=NODES // LESS)
    found = solve(guided, solver, enough, start)
    flow = found.flow
    flow = min(
        (f for f in (flow, start, _vertex(network, best)) if f is not None), key=network.total
    )
    solution = certified_by(network, flow, best.potential, best.row_price, found.solver)
    if solution.certificate.gap and not is_large(network):
        return solve(untied, solver, limits, flow)
    return solution


def _vertex(network: Network, best: Relaxation) -> Ints | None:
    """The flow of the relaxation, if it is whole and keeps every row."""
    whole = np.zeros(network.arcs, dtype=bool)
    whole[network.rows.arc] = True
    if not is_whole(best.flow[whole]):
        return None
    flow = fix(network, np.rint(best.flow).astype(np.int64), whole, network.cost)
    return None if broken(network, flow) else flow


def _named(solver: str) -> str:
    return "highs" if solver == "auto" else solver


def _as_it_stands(
    network: Network, objective: Objective, flow: Ints, error: SolverError
) -> Solution:
    """The flow of the objectives before, with a bound for this one, after a solver failed at it.

    Raises
    ------
    SolverError
        The error itself, where not even a bound is found.
    """
    try:
        found = _bounded_without_rows(network, flow, "highs")
    except SolverError:
        raise error from None
    tell(
        f"nothing better was found for the objective {objective.name!r} ({error}): the plan is "
        "that of the objectives before it, at most "
        f"{percent(found.certificate.gap, 2)} above the best"
    )
    return found


def _bounded_without_rows(network: Network, flow: Ints, solver: str) -> Solution:
    """Certify a flow against the least cost without side rows."""
    best = solve(replace(network, rows=no_rows()))
    no_price = np.zeros(len(network.rows), dtype=np.int64)
    return certified(network, flow, best.potential, no_price, solver, scale=1, pure=False)


WEIGHT = 20
"""Weight of a unit of an objective, as a multiple of the largest cost of the guide."""


def _held(network: Network, found: Solution, objective: Objective) -> Network:
    """Restrict the network to flows within the slack of an objective."""
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    most = found.certificate.cost * (1 + Fraction(repr(float(objective.slack))))
    limit = min(most.numerator // most.denominator, SAFE - 1)
    return hold(network, limit, found.potential, found.row_price, found.price_scale)
