"""From a linear relaxation to whole numbers.

A relaxation with few side rows has few fractions: a vertex of a network with `r` rows is a flow
in whole numbers but for at most `r` cycles. So the best whole-number plan lies close by. Small
problems are searched in full. Larger ones are searched around the relaxation first: arcs that are
whole and have a price stay as they are, and the others may move by a little; choices that are not
patients are few, and are decided before. What that gives is
within a proven distance of the relaxation, which is a bound on every whole-number plan; only if
it is not close enough is the whole problem searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mutualaid.errors import SolverError
from mutualaid.model.network import SAFE, Ints, Network
from mutualaid.solve.backends.highs import Program, infinite
from mutualaid.solve.certificate import broken
from mutualaid.solve.interface import Answer, Floats, Limits
from mutualaid.solve.status import Status, cannot_go_on, found_nothing
from mutualaid.solve.tie_breaking import fix

Mask = npt.NDArray[np.bool_]
Search = Callable[[Network, Mask, Limits], Answer]

SMALL = 500
"""Up to so many whole-number arcs the best whole-number plan is searched for at once."""
CLOSE = 1e-4
"""So far above the relaxation, as a share, a larger problem's plan may be, unless asked."""
TOLERANCE = 1e-5
"""How far from a whole number a solver's value may be."""
NEAR, WIDER = (-1.0, 1), (-1.0, 5)
FAR = ((1.0, 1), (100.0, 2), (1000.0, 5))
"""Reduced costs up to which an arc may move, and by how much; below 0 only fractions do."""
EFFORT = 10
"""Larger surroundings are searched only where the plan is so many times further off, and so on."""
ROOM = (1, 3)
"""How many of a row's largest units are kept free to round fractions."""
DEAR = 10
"""Room that is missing costs so many times what it could save."""
ATTEMPTS = 4
NODES = 2000
"""So many nodes of a search tree are looked at, at most, unless a gap is asked for."""
LOOKS = 100
"""So many choices are looked at, at most, for one that is possible before all are searched."""
LESS = 10
"""Searches that only help another one, or come after it, look at so many times fewer."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Relaxation:
    """An optimum of the linear relaxation: flows, and prices of balances and side rows.

    ``program`` solves it once more, with other limits; None where there is nothing to carry.
    """

    flow: Floats
    potential: Floats
    row_price: Floats
    program: Program | None

    def cost(self, network: Network) -> float:
        """What the flow costs."""
        return float(network.cost @ self.flow)

    def reduced(self, network: Network) -> Floats:
        """Reduced cost of each arc."""
        rows = network.rows
        result = network.cost + self.potential[network.tail] - self.potential[network.head]
        np.subtract.at(result, rows.arc, self.row_price[rows.row] * rows.coefficient)
        return result


def relaxation(program: Program) -> Relaxation:
    """Solve a program as it stands.

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
    """Whether side rows hold too many arcs for a search of them all to be the first thing."""
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
        Mask over arcs: those that must be whole for the others to be.
    limits
        Time, threads and gap; without a gap, large problems may stop as close to the relaxation
        as :data:`CLOSE` says.
    search
        Solves a network with whole numbers on the arcs of a mask.
    start
        A flow that is known to keep everything, if there is one. It is given back, itself, where
        the search finds nothing better.
    large
        Whether the problem, or what it is a part of, has more than :data:`SMALL` arcs to make
        whole, so that surroundings of the relaxation are searched before all of it.

    Raises
    ------
    SolverError
        If no whole-number flow was found; or if the solver is not there, runs out of memory, or
        fails and finds nothing at all: ``start`` is then no answer of its.
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
            found, best_of_part = _kept(part, whole & movable, may, search)
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
    """Where to search and with what effort, the most promising part first."""
    program = relaxed.program
    if not large or program is None:
        yield network, 1
        if program is None:
            return
    if len(network.first):
        # Much hangs on each choice: a search of all of them could take for ever.
        try:
            dived = _dived(network, relaxed, program)
        except SolverError as error:
            if cannot_go_on(error):
                raise
            # Decided one after another, choices can lead nowhere.
            if not large:
                return
            chosen = _chosen(network, program)
            if isinstance(chosen, tuple):
                yield from _surroundings(*chosen)
            if chosen:
                yield network, EFFORT**2
            return
        yield from _surroundings(*dived)
        return
    yield from _surroundings(network, relaxed, program)
    if large:
        yield network, EFFORT**2


def _dived(
    network: Network, relaxed: Relaxation, program: Program
) -> tuple[Network, Relaxation, Program]:
    """Decide choices, a few at a time, upwards where that can be; relax the rest around them."""
    first, around = network.first, relaxed
    low, high = network.lower[first].copy(), network.capacity[first].copy()

    def held(places: Ints, amounts: Ints) -> Relaxation | None:
        """Hold some choices; None, and nothing held, if that breaks a side row."""
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


def _chosen(network: Network, program: Program) -> tuple[Network, Relaxation, Program] | bool:
    """Decide choices by going back where they lead nowhere, as far as a few looks reach.

    Otherwise says whether choices that keep the side rows may be left.
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


def _surroundings(
    network: Network, relaxed: Relaxation, program: Program
) -> Iterator[tuple[Network, int]]:
    yield _neighbourhood(network, relaxed, NEAR), 1
    yield _neighbourhood(network, relaxed, WIDER), 1
    inside = relaxed
    for inside in _with_room(network, relaxed, program):
        # Fractions round into rows that are not full: a little dearer, and seldom in vain.
        yield _neighbourhood(network, inside, NEAR), 1
    for size, effort in zip(FAR, (1, EFFORT, EFFORT), strict=True):
        if inside is not relaxed:
            yield _neighbourhood(network, inside, size), effort
        yield _neighbourhood(network, relaxed, size), effort


def _with_room(network: Network, relaxed: Relaxation, program: Program) -> Iterator[Relaxation]:
    """Relax again, with some room left in rows that hold the relaxation back.

    Some rows have no room to give: what is missing of it is dearer than what it could save.
    """
    rows = network.rows
    # A positive price is that of a lower limit; one of the wrong sign is noise.
    price = relaxed.row_price
    held = np.flatnonzero(
        ((price > 0) & (rows.lower > -SAFE)) | ((price < 0) & (rows.upper < SAFE))
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
    """Hold arcs that are whole and have a price; let the others move by a little."""
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


def _kept(network: Network, whole: Mask, limits: Limits, search: Search) -> tuple[Ints, bool]:
    """Search, round, and make sure that every side row is kept in whole numbers.

    Also says whether nothing better is there, within the gap that was asked for.
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
        lower = np.where(rows.lower <= -SAFE, -SAFE, rows.lower + excess)
        upper = np.where(rows.upper >= SAFE, SAFE, rows.upper - excess)
        roomy = lower <= upper
        rows = replace(
            rows,
            lower=np.where(roomy, lower, rows.lower),
            upper=np.where(roomy, upper, rows.upper),
        )
    raise SolverError("the solver's tolerances left a side row broken", str(Status.ERROR))


def _fixed(network: Network, flow: Floats, held: Mask) -> Ints:
    """Round what is held, and let the rest follow."""
    try:
        return fix(network, np.rint(flow).astype(np.int64), held, network.cost)
    except SolverError as error:
        # That nothing fits what a solver gave says nothing of the problem.
        status = str(Status.ERROR) if found_nothing(error) else error.status
        raise SolverError(f"the solver gave what is no flow: {error}", status) from error
