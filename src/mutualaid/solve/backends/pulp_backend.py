"""Networks to and from PuLP: for any solver of PuLP, and for constraints of the user's own.

Works with PuLP 3.3 and with PuLP 4, which differ in what ``solve`` returns and in how an
objective is read. PuLP is imported by the first function that needs it: it takes longer to import
than the rest of the package, and no other solver asks for it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from mutualaid.errors import InputError, SolverError
from mutualaid.model.network import NO_LIMIT, SAFE, Network, SideRows
from mutualaid.solve.interface import Answer, Limits, nothing_to_carry
from mutualaid.solve.status import Status, within_memory

if TYPE_CHECKING:
    import pulp

LARGEST_DENOMINATOR = 1_000_000


def to_problem(
    network: Network,
    arc_names: Sequence[str],
    node_names: Sequence[str],
    row_names: Sequence[str],
    whole: np.ndarray,
) -> pulp.LpProblem:
    """Write a network as a PuLP problem.

    Parameters
    ----------
    network
        The network with its side rows.
    arc_names, node_names, row_names
        Unique names of variables, balances and side rows, of letters, digits and underscores.
    whole
        Mask over arcs whose variable is of category Integer.
    """
    import pulp

    problem = pulp.LpProblem("mutualaid", pulp.LpMinimize)
    variables = [
        problem.add_variable(name, least, most, "Integer" if is_whole else "Continuous")
        for name, least, most, is_whole in zip(
            arc_names,
            network.lower.tolist(),
            network.capacity.tolist(),
            whole.tolist(),
            strict=True,
        )
    ]
    problem.setObjective(_expression(variables, range(network.arcs), network.cost.tolist()))
    leaving: list[list[tuple[int, int]]] = [[] for _ in range(network.nodes)]
    for arc, (tail, head) in enumerate(
        zip(network.tail.tolist(), network.head.tolist(), strict=True)
    ):
        leaving[tail].append((arc, 1))
        leaving[head].append((arc, -1))
    for name, entries, supply in zip(node_names, leaving, network.supply.tolist(), strict=True):
        if entries:
            arcs, signs = zip(*entries, strict=True)
            problem.addConstraint(_expression(variables, arcs, signs) == supply, name)
    rows = network.rows
    for row in range(len(rows)):
        entries_of = slice(int(rows.start[row]), int(rows.start[row + 1]))
        level = _expression(
            variables, rows.arc[entries_of].tolist(), rows.coefficient[entries_of].tolist()
        )
        if rows.upper[row] < NO_LIMIT:
            problem.addConstraint(level <= int(rows.upper[row]), f"{row_names[row]}_at_most")
        if rows.lower[row] > -NO_LIMIT:
            problem.addConstraint(level >= int(rows.lower[row]), f"{row_names[row]}_at_least")
    return problem


def _expression(
    variables: Sequence[Any], places: Iterable[int], coefficients: Iterable[float]
) -> Any:
    import pulp

    terms = [(variables[p], c) for p, c in zip(places, coefficients, strict=True)]
    make = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)
    return make(terms)


def values(problem: pulp.LpProblem, arc_names: Sequence[str]) -> np.ndarray:
    """Read the values of the variables.

    Raises
    ------
    SolverError
        If a variable has no value.
    """
    by_name = problem.variablesDict()
    found = [by_name[name].varValue if name in by_name else 0.0 for name in arc_names]
    if any(value is None for value in found):
        raise SolverError("the PuLP problem has no solution yet: solve it first", "no solution")
    return np.array(found, dtype=np.float64)


def solve_pulp(
    network: Network, name: str, limits: Limits, *, whole: np.ndarray | None = None
) -> Answer:
    """Solve a network with one of PuLP's solvers.

    Parameters
    ----------
    network
        The network with its side rows.
    name
        A name of ``pulp.listSolvers()``; empty for HiGHS.
    limits
        Time, threads and gap.
    whole
        Mask over arcs whose flow must be a whole number; None for the linear relaxation.

    Raises
    ------
    InputError
        If PuLP does not list the solver.
    SolverError
        If the solver is not installed, fails or runs out of memory.
    """
    if not network.arcs:
        return nothing_to_carry(network)
    arc_names = [f"x{arc}" for arc in range(network.arcs)]
    node_names = [f"balance_{node}" for node in range(network.nodes)]
    is_whole = np.zeros(network.arcs, dtype=bool) if whole is None else whole
    row_names = [f"limit_{row}" for row in range(len(network.rows))]
    problem = to_problem(network, arc_names, node_names, row_names, is_whole)
    solver = _solver(name or "HiGHS", limits, bool(is_whole.any()))
    flow = None
    with within_memory(f"PuLP's solver {name or 'HiGHS'}"):
        try:
            said = problem.solve(solver)
            status = _status(said, problem)
            if status in (Status.OPTIMAL, Status.FEASIBLE):
                flow = values(problem, arc_names)
        except (MemoryError, SolverError):
            raise
        except Exception as error:
            # Each of PuLP's solvers has errors of its own.
            what = str(error) or type(error).__name__
            raise SolverError(f"PuLP's solver {name or 'HiGHS'} failed: {what}") from error
    if flow is not None and not np.isfinite(flow).all():
        raise SolverError(f"PuLP's solver {name or 'HiGHS'} gave values that are no numbers")
    return Answer(status=status, flow=flow, detail=f"PuLP {name or 'HiGHS'}: {status}")


def require_solver(name: str) -> None:
    """Check that a solver is one of PuLP's and is installed.

    Parameters
    ----------
    name
        A name of ``pulp.listSolvers()``; empty for HiGHS.

    Raises
    ------
    InputError
        If PuLP does not list it.
    SolverError
        If it is not installed.

    Examples
    --------
    >>> require_solver("HiGHS")
    """
    _solver(name or "HiGHS", Limits(), whole=False)


def _available() -> list[str]:
    """Names of PuLP's solvers that are installed."""
    import pulp

    found = []
    for name in dict.fromkeys(pulp.listSolvers()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if pulp.getSolver(name, msg=False).available():
                    found.append(name)
        except Exception:
            # Whatever keeps it from saying so, it cannot be used.
            continue
    return found


def _solver(name: str, limits: Limits, whole: bool) -> Any:
    import pulp

    if name not in pulp.listSolvers():
        known = ", ".join(dict.fromkeys(pulp.listSolvers()))
        raise InputError(f"PuLP knows no solver {name!r}; it lists {known}")
    options: dict[str, object] = {"msg": False}
    if limits.time_limit is not None:
        options["timeLimit"] = limits.time_limit
    if limits.threads is not None:
        options["threads"] = limits.threads
    if whole:
        options["gapRel"] = limits.mip_gap or 0.0
    try:
        solver = pulp.getSolver(name, **options)
        available = solver.available()
    except (pulp.PulpSolverError, TypeError, ImportError) as error:
        raise SolverError(
            f"PuLP's solver {name} cannot be used: {error}", str(Status.UNAVAILABLE)
        ) from error
    if not available:
        here = ", ".join(f"'pulp:{other}'" for other in _available())
        raise SolverError(
            f"PuLP's solver {name} is not installed on this machine: install it, or use "
            f"'auto', 'highs'{', ' * bool(here)}{here}",
            str(Status.UNAVAILABLE),
        )
    return solver


def _status(said: Any, problem: pulp.LpProblem) -> Status:
    """Map PuLP's statuses by ``sol_status``: ``status`` is optimal even after a stop at a limit."""
    import pulp

    if isinstance(said, int):
        solution = problem.sol_status
        return {
            pulp.LpSolutionOptimal: Status.OPTIMAL,
            pulp.LpSolutionIntegerFeasible: Status.FEASIBLE,
            pulp.LpSolutionInfeasible: Status.INFEASIBLE,
            pulp.LpSolutionNoSolutionFound: Status.NO_SOLUTION,
        }.get(solution, Status.ERROR)
    text = str(getattr(said.status, "name", said.status)).lower()
    if "infeasible" in text:
        return Status.INFEASIBLE
    if not said.has_solution:
        return Status.NO_SOLUTION
    return Status.OPTIMAL if text == "optimal" else Status.FEASIBLE


def check_objective(problem: pulp.LpProblem, network: Network, arc_names: Sequence[str]) -> None:
    """Check that the objective of a problem was not changed.

    Raises
    ------
    InputError
        If somebody did.
    """
    import pulp

    cost = {name: float(c) for name, c in zip(arc_names, network.cost, strict=True) if c}
    found = {v.name: float(c) for v, c in problem.objective.items() if c}
    if found != cost or problem.objective.constant or problem.sense != pulp.LpMinimize:
        raise InputError(
            "the objective of the problem was changed: add constraints only, and put costs into "
            "the policy"
        )


def added_rows(
    problem: pulp.LpProblem, network: Network, arc_names: Sequence[str], own: set[str]
) -> tuple[SideRows, list[str], list[str]]:
    """Turn the constraints that were added to a problem into side rows.

    Parameters
    ----------
    problem
        A problem that :func:`to_problem` made and somebody added to.
    network, arc_names
        What it was made from.
    own
        Names of the constraints that it was made with.

    Returns
    -------
    SideRows, list of str, list of str
        The added constraints in whole numbers; what each is called; and the names of those with
        variables that the network does not have, which are left out.

    Raises
    ------
    InputError
        If a constraint's numbers cannot be written as fractions with a common denominator of at
        most 1,000,000, or are too large.
    """
    import pulp

    place = {name: arc for arc, name in enumerate(arc_names)}
    start, arcs, coefficients = [0], [], []
    lower, upper, names, foreign = [], [], [], []
    found = problem.constraints() if callable(problem.constraints) else problem.constraints
    for constraint in found.values() if isinstance(found, dict) else found:
        if constraint.name in own:
            continue
        terms = [(v.name, float(c)) for v, c in constraint.items() if c]
        if any(name not in place for name, _ in terms):
            foreign.append(str(constraint.name))
            continue
        numbers = _whole([c for _, c in terms] + [-float(constraint.constant)], constraint.name)
        # Flows are whole: dividing by what all coefficients share, a limit can be rounded.
        shared = math.gcd(*numbers[:-1]) or 1
        arcs += [place[name] for name, _ in terms]
        coefficients += [number // shared for number in numbers[:-1]]
        start.append(len(arcs))
        at_least, at_most = -(-numbers[-1] // shared), numbers[-1] // shared
        if constraint.sense == pulp.LpConstraintEQ and at_least > at_most:
            raise SolverError(f"no whole patients fit the constraint {constraint.name}")
        lower.append(-NO_LIMIT if constraint.sense == pulp.LpConstraintLE else at_least)
        upper.append(NO_LIMIT if constraint.sense == pulp.LpConstraintGE else at_most)
        names.append(str(constraint.name))
    for variable in problem.variables():
        if variable.name not in place:
            continue
        arc = place[variable.name]
        low, high = variable.lowBound or 0, variable.upBound
        high = int(network.capacity[arc]) if high is None else high
        if low != network.lower[arc] or high != network.capacity[arc]:
            numbers = _whole([1.0, float(low), float(high)], variable.name)
            arcs.append(arc)
            coefficients.append(numbers[0])
            start.append(len(arcs))
            lower.append(numbers[1])
            upper.append(numbers[2])
            names.append(f"bounds of {variable.name}")
    rows = SideRows(
        start=np.array(start, dtype=np.int64),
        arc=np.array(arcs, dtype=np.int64),
        coefficient=np.array(coefficients, dtype=np.int64),
        lower=np.array(lower, dtype=np.int64),
        upper=np.array(upper, dtype=np.int64),
    )
    return rows, names, foreign


def _whole(numbers: Sequence[float], name: str) -> list[int]:
    """Multiply numbers by their common denominator."""
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    exact = [Fraction(repr(float(number))) for number in numbers]
    scale = int(np.lcm.reduce([f.denominator for f in exact], dtype=object))
    if scale > LARGEST_DENOMINATOR:
        raise InputError(
            f"constraint {name}: its numbers need the denominator {scale:,}; "
            f"round them so that {LARGEST_DENOMINATOR:,} is enough"
        )
    whole = [int(f * scale) for f in exact]
    if max(map(abs, whole)) >= SAFE:
        raise InputError(
            f"constraint {name}: its numbers are too large: leave it out if it is none"
        )
    return whole
