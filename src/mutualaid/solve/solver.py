"""From a network to a certified answer: solve, make whole, break ties, certify."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from mutualaid.errors import InputError, SolverError
from mutualaid.model.network import Ints, Network
from mutualaid.parallel import answers, answers_anyhow, own_processes
from mutualaid.solve.backends.flow import Flows
from mutualaid.solve.backends.highs import Program, solve_highs
from mutualaid.solve.backends.pulp_backend import require_solver, solve_pulp
from mutualaid.solve.certificate import Certificate, broken, certify, right_signs, whole_prices
from mutualaid.solve.decompose import parts_of
from mutualaid.solve.integer import Relaxation, is_large, is_whole, make_whole, relaxation
from mutualaid.solve.interface import Answer, Floats, Limits, nothing_to_carry
from mutualaid.solve.potentials import NegativeCycleError, potentials
from mutualaid.solve.reduced_network import fix_flows
from mutualaid.solve.sifting import sift
from mutualaid.solve.status import Status, cannot_go_on, within_memory
from mutualaid.solve.tie_breaking import break_ties, fix, restore_baseline

logger = logging.getLogger(__name__)
SOLVERS = ("auto", "flow", "highs", "pulp")
START = "start"
"""Who found a flow that was known before any solver was asked, if none found a better one."""
SIFTED = 20_000
"""Problems with side rows and so many arcs are first relaxed from prices and few of their arcs."""
SIDE_BY_SIDE = 2_000_000
"""Components of networks with so many arcs are solved in several processes: on two cores that takes
less time from about a million arcs on, what it takes to begin the processes included."""
LARGEST_FLOAT_COST = 10**9
"""Beyond it, HiGHS's absolute tolerances are finer than floating point."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solution:
    """A certified whole-number flow.

    Attributes
    ----------
    flow : int64 array, shape (arcs,)
        Flow on each arc.
    potential : int64 array, shape (nodes,)
        Prices of the balances, in ``1 / price_scale`` units of cost.
    row_price : int64 array, shape (rows,)
        Prices of the side rows, likewise.
    price_scale : int
        1 where prices are exact.
    certificate : Certificate
        What has been proven.
    solver : str
        Who found it; :data:`START` where it was known before.
    """

    flow: Ints
    potential: Ints
    row_price: Ints
    price_scale: int
    certificate: Certificate
    solver: str


def solve(
    network: Network,
    solver: str = "auto",
    limits: Limits | None = None,
    start: Ints | None = None,
    reference: Ints | None = None,
) -> Solution:
    """Solve a network and certify the answer.

    Parameters
    ----------
    network
        The network.
    solver
        ``"flow"`` (networks without side rows), ``"highs"``, ``"pulp"``, ``"pulp:NAME"``, or
        ``"auto"``: flow where there are no side rows, HiGHS where there are; on large networks
        (:data:`SIFTED`) after prices have told which arcs are open: see
        :mod:`mutualaid.solve.sifting`.
    limits
        Time, threads and gap.
    start : int64 array, shape (arcs,)
        A flow to start from. If it keeps every limit, the answer costs no more.
    reference : int64 array, shape (arcs,)
        A flow to stay near, -1 on arcs that have none: of answers with the same cost and tie count,
        one that exceeds it least. See :func:`mutualaid.solve.tie_breaking.fix`.

    Raises
    ------
    InputError
        If the solver is unknown, or cannot solve networks with side rows.
    SolverError
        If there is no solution, or none that passes its certificate; if the solver is not there,
        fails or runs out of memory.
    """
    begun, limits, rows = perf_counter(), limits or Limits(), len(network.rows)
    check_solver(solver)
    if rows and solver == "flow":
        raise InputError(
            "the flow solver takes no side rows, and this policy needs "
            f"{rows}: use 'auto', 'highs' or 'pulp'"
        )
    with within_memory(solver):
        if rows:
            known = None if start is None or broken(network, start) else start
            found = _solve_with_rows(network, solver, limits, known, reference)
        else:
            pure = "flow" if solver == "auto" else solver
            found = _solve_pure(network, pure, limits, reference)
    told = network.arcs, rows, found.solver, perf_counter() - begun, found.certificate.gap
    logger.info("%d arcs and %d side rows solved by %s in %.2f s, gap %.2g", *told)
    return found


def check_solver(solver: str) -> None:
    """Make sure that there is such a solver, and that it can be asked.

    Raises
    ------
    InputError
        If there is no such solver.
    SolverError
        If it is not installed.

    Examples
    --------
    >>> check_solver("hihgs")
    Traceback (most recent call last):
    mutualaid.errors.InputError: solver is 'hihgs': use one of auto, flow, highs, pulp or ...
    """
    kind, colon, name = solver.partition(":") if isinstance(solver, str) else ("", "", "")
    if kind not in SOLVERS or (colon and (kind != "pulp" or not name)):
        raise InputError(f"solver is {solver!r}: use one of {', '.join(SOLVERS)} or 'pulp:NAME'")
    if kind == "pulp":
        require_solver(name)


def _solve_pure(network: Network, solver: str, limits: Limits, reference: Ints | None) -> Solution:
    if solver == "flow":
        flow, potential = _cheapest(network, reference, limits)
    else:
        flow, potential = _asked(network, solver, limits, reference)
    no_price = np.zeros(0, dtype=np.int64)
    return certified(network, flow, potential, no_price, solver, scale=1)


def _cheapest(network: Network, reference: Ints | None, limits: Limits) -> tuple[Ints, Ints]:
    """Find the cheapest flow, ties broken, and its potentials; here or side by side."""
    executor = limits.executor
    if executor is None and limits.memory is None and network.arcs >= SIDE_BY_SIDE:
        executor = own_processes(limits.threads)
    if executor is None or network.components == 1:
        flows = Flows(network) if limits.memory is None else limits.memory.flows(network)
        return _tie_broken(network, flows.solve(network.cost), reference, "flow")
    flow = np.zeros(network.arcs, dtype=np.int64)
    potential = np.zeros(network.nodes, dtype=np.int64)
    sizes = np.diff(network.arc_start)
    # The largest first: whoever is done early takes the small ones.
    order = [k for k in np.argsort(-sizes, kind="stable").tolist() if sizes[k]]
    arcs, nodes = (
        [slice(int(starts[k]), int(starts[k + 1])) for k in order]
        for starts in (network.arc_start, network.node_start)
    )
    tasks = [
        (network.component(k), None if reference is None else reference[place])
        for k, place in zip(order, arcs, strict=True)
    ]
    asked = limits.executor is not None
    found = (answers if asked else answers_anyhow)(_cheapest_apart, tasks, executor)
    for place, at, (part, price) in zip(arcs, nodes, found, strict=True):
        flow[place], potential[at] = part, price
    return flow, potential


def _cheapest_apart(task: tuple[Network, Ints | None]) -> tuple[Ints, Ints]:
    network, reference = task
    return _tie_broken(network, Flows(network).solve(network.cost), reference, "flow")


def _tie_broken(
    network: Network, flow: Ints, reference: Ints | None, solver: str
) -> tuple[Ints, Ints]:
    """Break ties by the stated rule; the potentials are the same for every cheapest flow."""
    try:
        potential = potentials(network, flow, network.cost)
    except (NegativeCycleError, OverflowError) as error:
        raise SolverError(f"{solver}: {error}") from error
    return break_ties(network, potential, reference), potential


def _asked(
    network: Network, solver: str, limits: Limits, reference: Ints | None
) -> tuple[Ints, Ints]:
    """Let another solver find a flow, component by component."""
    flow = np.zeros(network.arcs, dtype=np.int64)
    for k in range(network.components):
        arcs = slice(int(network.arc_start[k]), int(network.arc_start[k + 1]))
        answer = _ask(network.component(k), solver, limits, None)
        if answer.status is not Status.OPTIMAL:
            raise SolverError(f"{solver} stopped before the best plan", str(answer.status))
        flow[arcs] = _rounded(_flow(answer), solver)
    return _tie_broken(network, flow, reference, solver)


def _solve_with_rows(
    network: Network, solver: str, limits: Limits, start: Ints | None, reference: Ints | None
) -> Solution:
    """Solve the components that no row touches as flows, the others as programs of their own."""
    free, tied = parts_of(network)
    sift, solver = solver == "auto", "highs" if solver == "auto" else solver
    flow = np.zeros(network.arcs, dtype=np.int64)
    potential = np.zeros(network.nodes)
    row_price = np.zeros(len(network.rows))
    apart = _solve_pure(free.network, "flow", limits, None)
    flow[free.arcs] = apart.flow
    potential[free.nodes] = apart.potential
    # Whole numbers are searched for to the end where there are few of them in all.
    large, finders = is_large(network), set()
    search = _Searcher(solver)
    for part in tied:
        known = None if start is None else start[part.arcs]
        found, search.asked = None, False
        if sift and part.network.arcs >= SIFTED:
            found = _solve_sifted(part.network, limits, known)
        way = "from prices and few of its arcs" if found else "as a whole program"
        if found is None:
            found = _solve_tied(part.network, search, limits, known, large=large)
        logger.info("%d arcs tied by %d side rows: %s", part.network.arcs, len(part.rows), way)
        flow[part.arcs], potential[part.nodes], row_price[part.rows] = found
        # What is whole in the relaxation needs no search: HiGHS found it.
        finders.add(START if found[0] is known else solver if search.asked else "highs")
    if reference is not None:
        flow = restore_baseline(network, flow, reference)
    who = " and ".join(sorted(finders)) or solver
    return certified_by(network, flow, potential, row_price, who)


def _solve_sifted(
    network: Network, limits: Limits, start: Ints | None
) -> tuple[Ints, Floats, Floats] | None:
    """Find a flow among the few arcs that prices leave open; None where that leads nowhere.

    Also gives prices of the balances and of the side rows that bound the whole network.
    """
    try:
        found = sift(network, limits, start)
        if found is None:
            return None
        restricted = found.restricted
        whole = np.zeros(network.arcs, dtype=bool)
        whole[network.rows.arc] = True
        flow = restricted.whole(
            make_whole(
                restricted.network,
                found.relaxed,
                whole[restricted.arcs],
                limits,
                _Searcher("highs"),
                large=True,
            )
        )
    except ArithmeticError:
        return None
    except SolverError as error:
        if cannot_go_on(error):
            raise
        # Too large for 64 bits, perhaps: the whole program may still be solved.
        return None
    if start is not None and network.total(start) < network.total(flow):
        flow = start
    return flow, found.best.potential(network), found.best.row_price


def _solve_tied(
    network: Network, search: _Searcher, limits: Limits, start: Ints | None, *, large: bool
) -> tuple[Ints, Floats, Floats]:
    """Find a whole-number flow that keeps every row, and prices that bound it."""
    relaxed = relax(network, limits)
    prices = relaxed.potential, relaxed.row_price
    whole = np.zeros(network.arcs, dtype=bool)
    whole[network.rows.arc] = True
    untied = _with_ties(network)
    if search.solver == "highs" and untied is network and is_whole(relaxed.flow[whole]):
        found = fix(network, np.rint(relaxed.flow).astype(np.int64), whole, network.cost)
        if not broken(network, found):
            return found, *prices
    return make_whole(untied, relaxed, whole, limits, search, start, large=large), *prices


def relax(network: Network, limits: Limits) -> Relaxation:
    """Solve the linear relaxation of a network with side rows by HiGHS.

    Raises
    ------
    SolverError
        If it has no optimum, or none was found in time.
    """
    if not network.arcs:
        answer = nothing_to_carry(network)
        if answer.flow is None:
            raise SolverError(f"no bound was found ({answer.detail})", str(answer.status))
        return Relaxation(
            flow=answer.flow,
            potential=np.zeros(network.nodes),
            row_price=np.zeros(len(network.rows)),
            program=None,
        )
    return relaxation(Program(network, limits))


def bounded_by(network: Network, flow: Ints, best: Solution, solver: str) -> Solution:
    """Wrap a flow, held against the bound that another solution's prices prove."""
    return certified(
        network,
        flow,
        best.potential,
        best.row_price,
        solver,
        scale=best.price_scale,
        pure=False,
    )


def certify_given(network: Network, flow: Ints, limits: Limits, reference: Ints | None) -> Solution:
    """Certify a flow that no solver here found, by the bound of the relaxation."""
    relaxed = relax(network, limits)
    if reference is not None:
        flow = restore_baseline(network, flow, reference)
    return certified_by(network, flow, relaxed.potential, relaxed.row_price, "greedy")


def certified_by(
    network: Network, flow: Ints, potential: Floats, row_price: Floats, solver: str
) -> Solution:
    """Wrap a flow by prices from floating point, if it passes its certificate: any gap will do."""
    try:
        whole, whole_row, scale = whole_prices(network, potential, row_price)
    except OverflowError as error:
        raise SolverError(f"{solver}: {error}") from error
    return certified(network, flow, whole, whole_row, solver, scale=scale, pure=False)


def certified(
    network: Network,
    flow: Ints,
    potential: Ints,
    row_price: Ints,
    solver: str,
    *,
    scale: int,
    pure: bool | None = None,
) -> Solution:
    """Wrap a flow, if it passes its certificate.

    Parameters
    ----------
    network, flow
        The network and a whole-number flow.
    potential, row_price
        Prices in ``1 / scale`` units of cost.
    solver
        Who found the flow.
    scale
        In what fraction of a unit of cost the prices are.
    pure
        Whether nothing but a gap of 0 will do; by default, if there are no side rows.

    Raises
    ------
    SolverError
        If it does not pass.
    """
    row_price = right_signs(network.rows, row_price)
    certificate = certify(network, flow, potential, row_price, scale, pure=pure)
    if not certificate.valid:
        raise SolverError(f"{solver} gave a plan that failed its certificate: {certificate}")
    return Solution(
        flow=flow,
        potential=potential,
        row_price=row_price,
        price_scale=scale,
        certificate=certificate,
        solver=solver,
    )


class _Searcher:
    """Searches by one solver where something may still move: the rest is no part of the problem.

    ``asked`` says whether there was anything to ask the solver.
    """

    def __init__(self, solver: str) -> None:
        self.solver, self.asked = solver, False

    def __call__(self, network: Network, whole: np.ndarray, limits: Limits) -> Answer:
        left = fix_flows(network, network.lower < network.capacity, network.lower)
        self.asked |= bool(left.network.arcs)
        answer = _ask(left.network, self.solver, limits, whole[left.arcs])
        if answer.flow is None:
            return answer
        if answer.flow.shape != left.arcs.shape:
            raise SolverError(f"{self.solver} gave a flow of other arcs than it was asked for")
        return replace(answer, flow=left.whole(answer.flow))


def _ask(network: Network, solver: str, limits: Limits, whole: np.ndarray | None) -> Answer:
    if solver.startswith("pulp"):
        return solve_pulp(network, solver.partition(":")[2], limits, whole=whole)
    return solve_highs(network, limits, whole=whole)


def _flow(answer: Answer) -> Floats:
    if answer.flow is None:
        raise SolverError(f"no plan was found ({answer.detail})", str(answer.status))
    return answer.flow


def _rounded(flow: Floats, solver: str) -> Ints:
    if not is_whole(flow):
        raise SolverError(f"{solver} gave parts of patients where whole ones are possible")
    result: Ints = np.rint(flow).astype(np.int64)
    return result


def _with_ties(network: Network) -> Network:
    """Put the tie count into the cost, below its last digit, if floating point has room for it.

    Multiplied by more than any tie count, costs still decide first.
    """
    factor = int(np.maximum(network.supply, 0).sum() * network.tie.max(initial=0)) + 1
    if factor == 1 or int(network.cost.max(initial=0)) * factor > LARGEST_FLOAT_COST:
        return network
    return replace(network, cost=network.cost * factor + network.tie)
