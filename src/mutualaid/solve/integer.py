"""Whole-number flows from a linear relaxation: neighbourhood search with a proven gap.

A relaxation with few side rows has few fractions: a vertex of a network with `r` rows is a flow
in whole numbers but for at most `r` cycles, so the best whole-number plan lies close by. Small
problems are searched in full. Larger ones are first searched in neighbourhoods of the relaxation:
arcs with a whole flow and a reduced cost are fixed, the others may change by a little. Binary
choices (arcs that carry no patients) are few, and are decided before, by diving. The relaxation
bounds every whole-number plan; the whole problem is searched only if what the neighbourhoods give
is not close enough to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mutualaid.errors import SolverError
from mutualaid.model.network import NO_LIMIT, Ints, Network
from mutualaid.solve.backends.highs import Program, infinite
from mutualaid.solve.certificate import broken
from mutualaid.solve.interface import Answer, Floats, Limits
from mutualaid.solve.status import Status, cannot_go_on, found_nothing
from mutualaid.solve.tie_breaking import fix

Mask = npt.NDArray[np.bool_]
Search = Callable[[Network, Mask, Limits], Answer]

SMALL = 500
"""Problems with up to so many whole-number arcs are searched in full."""
CLOSE = 1e-4
"""Gap to the relaxation at which the search of a larger problem stops by default."""
TOLERANCE = 1e-5
"""Integrality tolerance of solvers' values."""
NEAR, WIDER = (-1.0, 1), (-1.0, 5)
FAR = ((1.0, 1), (100.0, 2), (1000.0, 5))
"""Neighbourhoods: the reduced cost up to which an arc is free, and by how much it may change;
-1 frees only arcs with fractions."""
EFFORT = 10
"""Larger neighbourhoods are searched only where the gap is so many times the one wanted."""
ROOM = (1, 3)
"""Slack kept in binding rows for rounding, in units of their largest coefficient."""
DEAR = 10
"""Penalty for slack that a row cannot give, as a multiple of the row's price."""
ATTEMPTS = 4
NODES = 2000
"""Limit on the nodes of a search tree, unless a gap is asked for."""
LOOKS = 100
"""Limit on the nodes of the backtracking search for feasible choices."""
LESS = 10
"""Auxiliary searches have a node limit so many times smaller."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Relaxation:
    """An optimum of the linear relaxation.

    Attributes
    ----------
    flow : float64 array, shape (arcs,)
        Flow on each arc.
    potential : float64 array, shape (nodes,)
        Prices of the balances, in units of cost.
    row_price : float64 array, shape (rows,)
        Prices of the side rows, likewise.
    program : Program or None
        Solves it again with other limits; None for a network without arcs.
    """

    flow: Floats
    potential: Floats
    row_price: Floats
    program: Program | None

    def cost(self, network: Network) -> float:
        """Cost of the flow."""
        return float(network.cost @ self.flow)

    def reduced(self, network: Network) -> Floats:
        """Reduced cost of each arc."""
        rows = network.rows
        result = network.cost + self.potential[network.tail] - self.potential[network.head]
        np.subtract.at(result, rows.arc, self.row_price[rows.row] * rows.coefficient)
        return result


def relaxation(program: Program) -> Relaxation:
    """Solve a program with its present costs and limits.

    Raises
    ------
    SolverError
        If it does not reach an optimum.
    """
    flow, node_dual, row_dual = program.solve()
    flow = flow[: program.arcs]
    # HiGHS prices a balance by what one unit more of supply costs: minus our potential.
    return Relaxation(flow=flow, potential=-node_dual, row_price=row_dual, program=program)


def is_large(network: Network) -> bool:
    """Whether more than :data:`SMALL` free arcs are in side rows."""
    arcs = np.unique(network.rows.arc)
    return int((network.lower < network.capacity)[arcs].sum()) > SMALL


def is_whole(flow: Floats) -> bool:
    """Whether every flow is a whole number."""
    return bool((np.abs(flow - np.rint(flow)) <= TOLERANCE).all())


def make_whole(
    network: Network,
    relaxed: Relaxation,
    whole: Mask,
    limits: Limits,
    search: Search,
    start: Ints | None = None,
    *,
    large: bool,
) -> Ints:
    """Find a whole-number flow that keeps every side row and costs as little as can be.

    Parameters
    ----------
    network
        The network with its side rows.
    relaxed
        An optimum of its relaxation.
    whole
        Mask over arcs: if their flows are whole, the others can be whole at no cost.
    limits
        Time, threads and gap; without a gap, large problems may stop as close to the relaxation
        as :data:`CLOSE` says.
    search
        Solves a network with whole numbers on the arcs of a mask.
    start
        A feasible flow, if one is known. The same object is returned if nothing cheaper is found.
    large
        Whether neighbourhoods of the relaxation are searched before the whole problem: see
        :func:`is_large`.

    Raises
    ------
    SolverError
        If no whole-number flow was found; or if the solver is not installed, runs out of memory, or
        fails in every search (``start`` is then not returned as if it had been found).
    """
    bound = float(network.cost @ relaxed.flow)
    asked = limits.mip_gap
    wanted = asked if asked is not None else CLOSE if large else 0.0
    nodes = NODES if asked is None and limits.nodes is None else limits.nodes
    limits = replace(limits, mip_gap=wanted, nodes=nodes)
    best, first, failed, answered = start, None, None, False
    for part, effort in _parts(network, relaxed, large=large):
        gap = asked if asked is not None else CLOSE * effort if large else 0.0
        # Half a unit of cost is no gap.
        near = best is not None and network.total(best) - bound <= max(gap * abs(bound), 0.5)
        if near:
            break
        may = limits
        if best is not None and not large and part is not network and limits.nodes is not None:
            # All of it was searched already, and found something.
            may = replace(limits, nodes=max(limits.nodes // LESS, 1))
        movable = part.lower < part.capacity
        try:
            found, best_of_part = _whole_flow(part, whole & movable, may, search)
        except SolverError as error:
            if cannot_go_on(error):
                raise
            # Elsewhere it may do better.
            first = first or error
            failed = failed or (None if found_nothing(error) else error)
            continue
        # Where nothing may move, nobody was asked.
        answered |= bool(movable.any())
        if best is None or network.total(found) < network.total(best):
            best = found
        if best_of_part and part is network:
            # Before the next part, which may take long to find, is even looked for.
            break
    if failed is not None and not answered:
        raise failed
    if best is None:
        raise first or SolverError("no plan of whole patients was found", str(Status.NO_SOLUTION))
    return best


def _parts(network: Network, relaxed: Relaxation, *, large: bool) -> Iterator[tuple[Network, int]]:
    """Restricted problems to search, the most promising first, and the effort of each."""
    program = relaxed.program
    if not large or program is None:
        yield network, 1
        if program is None:
            return
    if len(network.first):
        # Much hangs on each choice: a search of all of them could take for ever.
        try:
            found = _dive(network, relaxed, program)
        except SolverError as error:
            if cannot_go_on(error):
                raise
            # Decided one after another, choices can lead nowhere.
            if not large:
                return
            chosen = _backtrack(network, program)
            if isinstance(chosen, tuple):
                yield from _neighbourhoods(*chosen)
            if chosen:
                yield network, EFFORT**2
            return
        yield from _neighbourhoods(*found)
        return
    yield from _neighbourhoods(network, relaxed, program)
    if large:
        yield network, EFFORT**2


def _dive(
    network: Network, relaxed: Relaxation, program: Program
) -> tuple[Network, Relaxation, Program]:
    """Dive: fix choices a few at a time, rounded up where feasible, and solve again."""
    first, around = network.first, relaxed
    low, high = network.lower[first].copy(), network.capacity[first].copy()

    def held(places: Ints, amounts: Ints) -> Relaxation | None:
        """Fix some choices and solve; None, and nothing fixed, if that is infeasible."""
        before = low[places].copy(), high[places].copy()
        low[places] = high[places] = amounts
        program.limit_arcs(first[places], low[places], high[places])
        try:
            return relaxation(program)
        except SolverError as error:
            if cannot_go_on(error):
                raise
            low[places], high[places] = before
            program.limit_arcs(first[places], *before)
            return None

    while (low < high).any():
        value = around.flow[first]
        floor = np.floor(value + TOLERANCE).astype(np.int64)
        up = np.ceil(value - TOLERANCE).astype(np.int64)
        left = np.flatnonzero(low < high)
        settled = left[floor[left] == up[left]]
        parted = left[floor[left] < up[left]]
        # A quarter of those in parts at a time, the largest parts first.
        parted = parted[np.argsort(floor[parted] - value[parted], kind="stable")]
        raised = parted[: max(len(parted) // 4, 1)]
        batch = settled if len(settled) else raised
        after = held(batch, up[batch])
        if after is None:
            one = batch[:1]
            amounts = (up[one], floor[one], *(floor[one] - n for n in range(1, floor[one][0] + 1)))
            tries = (held(one, amount) for amount in amounts)
            after = next((found for found in tries if found is not None), None)
        if after is None:
            raise SolverError("no choice keeps the side rows", str(Status.INFEASIBLE))
        around = after
    lower, capacity = network.lower.copy(), network.capacity.copy()
    lower[first], capacity[first] = low, high
    return replace(network, lower=lower, capacity=capacity), around, program


def _backtrack(network: Network, program: Program) -> tuple[Network, Relaxation, Program] | bool:
    """Find feasible choices by depth-first search with backtracking, within :data:`LOOKS` nodes.

    Returns
    -------
    tuple or bool
        The network with its choices fixed, its relaxation and program; or, if none were found,
        whether feasible choices may still exist.
    """
    first = network.first
    # The weightiest first: who takes part, before on which lanes.
    weight = np.zeros(network.arcs)
    np.maximum.at(weight, network.rows.arc, np.abs(network.rows.coefficient))
    left = [(network.lower[first], network.capacity[first])]
    for _ in range(LOOKS):
        if not left:
            return False
        low, high = left.pop()
        program.limit_arcs(first, low, high)
        try:
            around = relaxation(program)
        except SolverError as error:
            if error.status != Status.INFEASIBLE:
                raise
            continue
        value = around.flow[first]
        apart = np.abs(value - np.rint(value)) > TOLERANCE
        if not apart.any():
            lower, capacity = network.lower.copy(), network.capacity.copy()
            lower[first] = capacity[first] = np.rint(value).astype(np.int64)
            program.limit_arcs(first, lower[first], capacity[first])
            return replace(network, lower=lower, capacity=capacity), around, program
        place = int(np.where(apart, weight[first], -1).argmax())
        below, above = high.copy(), low.copy()
        below[place], above[place] = np.floor(value[place]), np.ceil(value[place])
        left += [(low, below), (above, high)]
    return True


def _neighbourhoods(
    network: Network, relaxed: Relaxation, program: Program
) -> Iterator[tuple[Network, int]]:
    yield _neighbourhood(network, relaxed, NEAR), 1
    yield _neighbourhood(network, relaxed, WIDER), 1
    inside = relaxed
    for inside in _with_slack(network, relaxed, program):
        # Fractions round into rows that are not full: a little dearer, and seldom in vain.
        yield _neighbourhood(network, inside, NEAR), 1
    for size, effort in zip(FAR, (1, EFFORT, EFFORT), strict=True):
        if inside is not relaxed:
            yield _neighbourhood(network, inside, size), effort
        yield _neighbourhood(network, relaxed, size), effort


def _with_slack(network: Network, relaxed: Relaxation, program: Program) -> Iterator[Relaxation]:
    """Solve the relaxation again with slack kept in the binding rows.

    Slack that a row cannot give is allowed at a penalty, :data:`DEAR` times the row's price.
    """
    rows = network.rows
    # A positive price is that of a lower limit; one of the wrong sign is noise.
    price = relaxed.row_price
    held = np.flatnonzero(
        ((price > 0) & (rows.lower > -NO_LIMIT)) | ((price < 0) & (rows.upper < NO_LIMIT))
    )
    if not len(held):
        return
    unit = np.zeros(len(rows), dtype=np.int64)
    np.maximum.at(unit, rows.row, np.abs(rows.coefficient))
    side = np.where(price[held] > 0, 1, -1)
    missing = program.add_columns(
        DEAR * np.abs(price[held]) * unit[held],
        [held[i : i + 1] for i in range(len(held))],
        [np.array([float(sign * amount)]) for sign, amount in zip(side, unit[held], strict=True)],
    )
    for room in ROOM:
        lower = np.where(side > 0, rows.lower[held] + room * unit[held], rows.lower[held])
        upper = np.where(side < 0, rows.upper[held] - room * unit[held], rows.upper[held])
        # The other limit of a row may be in the way of so much room.
        lower, upper = np.minimum(lower, rows.upper[held]), np.maximum(upper, rows.lower[held])
        program.limit_rows(held, infinite(lower), infinite(upper))
        program.limit_arcs(missing, np.zeros(len(held)), np.full(len(held), float(room)))
        try:
            inside = relaxation(program)
        except SolverError as error:
            if cannot_go_on(error):
                raise
            return
        yield inside


def _neighbourhood(network: Network, relaxed: Relaxation, size: tuple[float, int]) -> Network:
    """Restrict arcs to a neighbourhood of the relaxation, whose ``size`` is one of :data:`FAR`."""
    steepest, reach = size
    price = np.abs(relaxed.reduced(network))
    low = np.floor(relaxed.flow + TOLERANCE).astype(np.int64)
    high = np.ceil(relaxed.flow - TOLERANCE).astype(np.int64)
    moves = np.where((low < high) | (price <= steepest), reach, 0)
    lower = np.maximum(low - moves, network.lower)
    capacity = np.minimum(high + moves, network.capacity)
    lower[network.loose] = network.lower[network.loose]
    capacity[network.loose] = network.capacity[network.loose]
    return replace(network, lower=lower, capacity=capacity)


def _whole_flow(network: Network, whole: Mask, limits: Limits, search: Search) -> tuple[Ints, bool]:
    """Search, round, and check that every side row is kept in whole numbers.

    Returns
    -------
    int64 array, bool
        The flow, and whether it is optimal for this problem within the gap that was asked for.
    """
    rows = network.rows
    for _ in range(ATTEMPTS):
        answer = search(replace(network, rows=rows), whole, limits)
        if answer.flow is None:
            raise SolverError(f"no plan was found ({answer.detail})", str(answer.status))
        if not is_whole(answer.flow[whole]):
            raise SolverError("the solver gave parts of patients where it was asked for whole ones")
        held = whole | (network.lower == network.capacity)
        flow = _fixed(network, answer.flow, held)
        excess = broken(network, flow)
        if not excess:
            return flow, answer.status is Status.OPTIMAL
        if not limits.fine and excess <= TOLERANCE * np.abs(rows.coefficient).max():
            # Too little to be noticed, and enough to make a promise untrue.
            limits = replace(limits, fine=True)
            continue
        # A row kept to a solver's tolerance is not kept: ask for that much more.
        lower = np.where(rows.lower == -NO_LIMIT, rows.lower, rows.lower + excess)
        upper = np.where(rows.upper == NO_LIMIT, rows.upper, rows.upper - excess)
        roomy = lower <= upper
        rows = replace(
            rows,
            lower=np.where(roomy, lower, rows.lower),
            upper=np.where(roomy, upper, rows.upper),
        )
    raise SolverError("the solver's tolerances left a side row broken", str(Status.ERROR))


def _fixed(network: Network, flow: Floats, held: Mask) -> Ints:
    """Round the flow of the arcs in ``held`` and find the cheapest flow on the others."""
    try:
        return fix(network, np.rint(flow).astype(np.int64), held, network.cost)
    except SolverError as error:
        # That nothing fits what a solver gave says nothing of the problem.
        status = str(Status.ERROR) if found_nothing(error) else error.status
        raise SolverError(f"the solver gave what is no flow: {error}", status) from error
