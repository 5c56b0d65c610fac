r"""Marginal values: what one unit more of an arc's capacity saves in the linear relaxation.

Raising a capacity by one lowers the optimum :math:`V` of the relaxation from :math:`V_0` to
:math:`V_1`. Any optimal duals bound the saving :math:`V_0 - V_1` from above, as the optimum is a
convex function of the limits. The exact saving is found

- in components without side rows, as minus the length of the shortest residual path that the unit
  closes: see :mod:`mutualaid.solve.potentials`;
- with side rows, from the duals as long as the optimal basis stays optimal with the unit, which one
  solve with the basis tells (``mutualaid.solve.basis``); otherwise by solving again.

Solving again for every arc of a large network would take too long. Arcs with the highest bounds
come first; for those that are left only the upper bound is known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mutualaid.errors import SolverError
from mutualaid.model.network import Ints, Network
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.backends.highs import Program, infinite
from mutualaid.solve.basis import Basis
from mutualaid.solve.decompose import Part, parts_of
from mutualaid.solve.integer import Relaxation, relaxation
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.potentials import potentials
from mutualaid.solve.reduced_network import fix_flows
from mutualaid.solve.status import found_nothing

Mask = npt.NDArray[np.bool_]

EFFORT = 3 * 10**6
"""Budget for solving programs again, counted in arcs."""
QUICK = 20
"""A solve with a basis is so many times faster than one of the program."""
LARGEST = 200_000
"""Programs of more arcs are not solved for marginal values alone."""
WIDE, WIDTH = 15_000, 1000.0
"""Programs of so many arcs are first restricted to arcs with a reduced cost up to this."""
JOINING = 4
"""Times that further arcs are added to that restriction for one unit, at most."""
TRIFLE, LITTLE = 1e-6, 1e-2
"""Tolerances in units of cost: of a price, and of the part of a price that is left unproven."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExtraUnits:
    """Units of capacity to be added, each on its own, and the limits that change with them.

    Attributes
    ----------
    arc : int64 array, shape (units,)
        The arc whose capacity a unit raises.
    unit, row, less : int64 arrays, shape (changes,)
        With unit ``unit`` the upper limit of side row ``row`` falls by ``less``.
    """

    arc: Ints
    unit: Ints
    row: Ints
    less: Ints

    def of(self, part: Part) -> tuple[Ints, ExtraUnits]:
        """The units on arcs of a part: their positions, and the units in its numbering."""
        mine = np.flatnonzero(np.isin(self.arc, part.arcs))
        entry = np.flatnonzero(np.isin(self.unit, mine))
        inside = np.isin(self.row[entry], part.rows)
        if not inside.all():
            raise ValueError("a unit changes the limit of a row that is not tied to its arc")
        return mine, ExtraUnits(
            arc=np.searchsorted(part.arcs, self.arc[mine]),
            unit=np.searchsorted(mine, self.unit[entry]),
            row=np.searchsorted(part.rows, self.row[entry]),
            less=self.less[entry],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Saved:
    """Marginal values of units of capacity.

    Attributes
    ----------
    value : float64 array, shape (units,)
        Saving in units of cost, an upper bound where it is not exact. NaN where no flow keeps every
        row with the unit. Below 0 only where a unit changes limits of rows.
    exact : bool array, shape (units,)
        Whether the value is exact.
    """

    value: Floats
    exact: Mask


Known = tuple[Floats, Floats]
"""Potentials and row prices that bound a network."""


def saved(
    network: Network, more: ExtraUnits, known: Known | None = None, effort: int | None = None
) -> Saved:
    """Find the marginal value of each of some units.

    Parameters
    ----------
    network
        The network, with its side rows.
    more
        The units.
    known
        Potentials and row prices that bound the network, used for parts of it that are too large to
        be solved again (:data:`LARGEST`).
    effort
        Budget for solving again, counted in arcs; :data:`EFFORT` if not given.

    Raises
    ------
    SolverError
        If there is no feasible flow.
    """
    effort = EFFORT if effort is None else effort
    value, exact = np.zeros(len(more.arc)), np.ones(len(more.arc), dtype=bool)
    free, tied = parts_of(network)
    mine, units = more.of(free)
    value[mine] = _in_flows(free.network, units.arc)
    arcs = sum(part.network.arcs for part in tied)
    for part in tied:
        mine, units = more.of(part)
        if not len(mine):
            continue
        if part.network.arcs > LARGEST and known is not None:
            prices = known[0][part.nodes], known[1][part.rows]
            value[mine] = _worth(part.network, units.arc, *prices)
            value[mine] += _cost_of_changes(units, prices[1])
            exact[mine] = False
            continue
        share = effort * part.network.arcs // max(arcs, 1)
        value[mine], exact[mine] = _in_program(part.network, units, share)
    return Saved(value=value, exact=exact)


def _in_flows(network: Network, arcs: Ints) -> Floats:
    """Marginal values without side rows, of arcs that lead to the node where supply leaves."""
    if not len(arcs):
        return np.zeros(0)
    flow = solve_flow(network)
    price = potentials(network, flow, network.cost)
    way = network.cost[arcs] + price[network.tail[arcs]] - price[network.head[arcs]]
    result: Floats = np.maximum(-way, 0).astype(np.float64)
    return result


def _worth(network: Network, arcs: Ints, potential: Floats, row_price: Floats) -> Floats:
    """Upper bounds on marginal values from prices: minus the reduced cost, or 0."""
    rows = network.rows
    reduced = network.cost[arcs] + potential[network.tail[arcs]] - potential[network.head[arcs]]
    place = np.full(network.arcs, -1, dtype=np.int64)
    place[arcs] = np.arange(len(arcs))
    here = np.flatnonzero(place[rows.arc] >= 0)
    held = row_price[rows.row[here]] * rows.coefficient[here]
    np.subtract.at(reduced, place[rows.arc[here]], held)
    result: Floats = np.maximum(-reduced, 0.0)
    return result


def _cost_of_changes(more: ExtraUnits, row_price: Floats) -> Floats:
    """Estimate from prices of what the falling limits of each unit cost: 0 or less."""
    result = np.zeros(len(more.arc))
    # An upper limit that binds has a price below 0.
    np.add.at(result, more.unit, np.minimum(row_price[more.row], 0.0) * more.less)
    return result


def _in_program(network: Network, more: ExtraUnits, effort: int) -> tuple[Floats, Mask]:
    program = Program(network, Limits())
    relaxed = relaxation(program)
    worth = _worth(network, more.arc, relaxed.potential, relaxed.row_price)
    value = worth + _cost_of_changes(more, relaxed.row_price)
    changes = [np.flatnonzero(more.unit == unit) for unit in range(len(value))]
    # Without changes of limits nothing can be lost: what saves at most nothing saves nothing.
    exact = np.array([not len(mine) for mine in changes]) & (value <= TRIFLE)
    value[exact] = 0.0
    order = np.argsort(-value, kind="stable")
    basis = Basis.of(network, program)
    for unit in order[~exact[order]].tolist():
        effort -= network.arcs // QUICK + 1
        if basis is None or effort < 0:
            break
        mine = changes[unit]
        exact[unit] = basis.holds(
            int(more.arc[unit]),
            used=bool(worth[unit] > TRIFLE),
            rows=more.row[mine],
            less=more.less[mine],
        )
    base = float(network.cost @ relaxed.flow)
    near = _RestrictedProgram(network, relaxed, more.arc) if network.arcs >= WIDE else None
    for unit in order[~exact[order]].tolist():
        asked = more.arc[unit], more.row[changes[unit]], more.less[changes[unit]]
        effort -= network.arcs if near is None else near.restricted.network.arcs
        if effort < 0:
            break
        least = None if near is None else near.least(*asked)
        if least is None:
            effort -= 0 if near is None else network.arcs
            least = _least(network, program, *asked)
        exact[unit] = least is not None
        value[unit] = np.nan if least is None else base - least
        if not len(changes[unit]):
            value[unit] = max(value[unit], 0.0)
    return value, exact


class _RestrictedProgram:
    """The program restricted to arcs with a small reduced cost: one unit seldom changes others.

    After each solve the reduced costs of all arcs tell whether others would change; they are added.
    """

    def __init__(self, network: Network, relaxed: Relaxation, arcs: Ints) -> None:
        self.network, self.outside = network, relaxed.potential
        reduced = relaxed.reduced(network)
        self.room = (network.capacity - network.lower).astype(np.float64)
        self.held = np.where(reduced > 0, network.lower, network.capacity)
        self.empty = self.held == network.lower
        free = (np.abs(reduced) <= WIDTH) & (self.room > 0)
        free[arcs] = True
        self._free(free)

    def _free(self, free: Mask) -> None:
        self.free = free
        self.restricted = fix_flows(self.network, free, self.held)
        self.cost = float(self.network.cost @ self.restricted.fixed)
        self.program = Program(self.restricted.network, Limits())
        self.place = np.full(self.network.arcs, -1, dtype=np.int64)
        self.place[self.restricted.arcs] = np.arange(len(self.restricted.arcs))

    def least(self, arc: int, rows: Ints, less: Ints) -> float | None:
        """The least cost with a unit more; None if it is not proven for the whole network."""
        for _ in range(JOINING):
            restricted = self.restricted.network
            with _limits(restricted, self.program, int(self.place[arc]), rows, less):
                try:
                    found = relaxation(self.program)
                except SolverError as error:
                    if not found_nothing(error):
                        raise
                    return None
            potential = self.outside.copy()
            potential[self.restricted.nodes] = found.potential
            reduced = replace(found, potential=potential).reduced(self.network)
            # What the arcs that were held could save at most.
            could = np.maximum(np.where(self.empty, -reduced, reduced), 0) * self.room
            could[self.free] = 0
            if could.sum() <= LITTLE:
                return self.cost + float(restricted.cost @ found.flow)
            self._free(self.free | (could > 0))
        return None


def _least(network: Network, program: Program, arc: int, rows: Ints, less: Ints) -> float | None:
    """The least cost with a unit more; None if no flow keeps the rows."""
    with _limits(network, program, arc, rows, less):
        try:
            return float(network.cost @ program.solve()[0])
        except SolverError as error:
            if not found_nothing(error):
                raise
            return None


@contextlib.contextmanager
def _limits(network: Network, program: Program, arc: int, rows: Ints, less: Ints) -> Iterator[None]:
    """Set the limits of a program that go with a unit more, within the block."""
    place = np.array([arc], dtype=np.int64)
    lower, upper = (infinite(limit)[rows] for limit in (network.rows.lower, network.rows.upper))
    program.limit_arcs(place, network.lower[place], network.capacity[place] + 1)
    program.limit_rows(rows, lower, upper - less)
    try:
        yield
    finally:
        program.limit_arcs(place, network.lower[place], network.capacity[place])
        program.limit_rows(rows, lower, upper)
