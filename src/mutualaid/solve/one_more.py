r"""What one unit more on an arc saves in a linear relaxation.

Raising a capacity by one lowers the optimum :math:`V` of the relaxation from :math:`V_0` to
:math:`V_1`. Any optimal prices say by how much at most: the relaxation is a convex function of its
limits, and every dual is one of its slopes. What is *exactly* saved, :math:`V_0 - V_1`, is

- in components without side rows, minus the length of the shortest residual path that the unit
  closes: see :mod:`mutualaid.solve.potentials`;
- with side rows, what the prices say as long as the basis that is optimal now is so with the unit
  as well, which one solve with that basis tells; otherwise what is found by solving once more.

Solving once more for every arc of a large network would take for ever. The dearest come first, and
of those that are left it is known that they save no more than their prices say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutualaid.errors import SolverError
from mutualaid.model.network import Ints, Network
from mutualaid.solve.answer import Floats, Limits, found_nothing
from mutualaid.solve.basis import Basis
from mutualaid.solve.flow import solve_flow
from mutualaid.solve.highs import Program, infinite
from mutualaid.solve.parts import Part, parts_of
from mutualaid.solve.potentials import potentials
from mutualaid.solve.whole import relaxation

Mask = npt.NDArray[np.bool_]

EFFORT = 2 * 10**7
"""So many arcs are looked at in all, at most, where programs are solved once more."""
QUICK = 20
"""A solve with a basis is so many times quicker than one of the program."""
LARGEST = 200_000
"""Programs of more arcs are not solved for the sake of prices alone."""
TRIFLE = 1e-6
"""Less than this, in units of cost, is nothing."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class More:
    """Units more, one at a time, and what changes with each.

    Attributes
    ----------
    arc : int64 array, shape (units,)
        Whose capacity it raises.
    unit, row, less : int64 arrays, shape (changes,)
        With which unit the upper limit of which side row falls, and by how much.
    """

    arc: Ints
    unit: Ints
    row: Ints
    less: Ints

    def of(self, part: Part) -> tuple[Ints, More]:
        """The units on arcs of a part, and what they are there."""
        mine = np.flatnonzero(np.isin(self.arc, part.arcs))
        entry = np.flatnonzero(np.isin(self.unit, mine))
        inside = np.isin(self.row[entry], part.rows)
        if not inside.all():
            raise ValueError("a unit changes the limit of a row that is not tied to its arc")
        return mine, More(
            arc=np.searchsorted(part.arcs, self.arc[mine]),
            unit=np.searchsorted(mine, self.unit[entry]),
            row=np.searchsorted(part.rows, self.row[entry]),
            less=self.less[entry],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Saved:
    """What units save, and whether exactly that.

    Attributes
    ----------
    value : float64 array, shape (units,)
        In units of cost; where it is not exact, no more than that. Missing (NaN) where no flow
        keeps every row with the unit. Below 0 only where a unit changes limits of rows.
    exact : bool array, shape (units,)
        Whether it is exactly that.
    """

    value: Floats
    exact: Mask


Known = tuple[Floats, Floats]
"""Potentials and row prices that bound a network."""


def saved(
    network: Network, more: More, known: Known | None = None, effort: int | None = None
) -> Saved:
    """Say what each of some units saves.

    Parameters
    ----------
    network
        The network, with its side rows.
    more
        The units.
    known
        Potentials and row prices that bound the network, for parts of it that are too large to be
        solved for the sake of prices (:data:`LARGEST`).
    effort
        How much may be solved once more, in arcs; :data:`EFFORT` if not given.

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
    """What units save on arcs to where supply leaves, without side rows."""
    if not len(arcs):
        return np.zeros(0)
    flow = solve_flow(network)
    price = potentials(network, flow, network.cost)
    way = network.cost[arcs] + price[network.tail[arcs]] - price[network.head[arcs]]
    result: Floats = np.maximum(-way, 0).astype(np.float64)
    return result


def _worth(network: Network, arcs: Ints, potential: Floats, row_price: Floats) -> Floats:
    """What prices say of one unit more on each of some arcs."""
    rows = network.rows
    reduced = network.cost[arcs] + potential[network.tail[arcs]] - potential[network.head[arcs]]
    place = np.full(network.arcs, -1, dtype=np.int64)
    place[arcs] = np.arange(len(arcs))
    here = np.flatnonzero(place[rows.arc] >= 0)
    held = row_price[rows.row[here]] * rows.coefficient[here]
    np.subtract.at(reduced, place[rows.arc[here]], held)
    result: Floats = np.maximum(-reduced, 0.0)
    return result


def _cost_of_changes(more: More, row_price: Floats) -> Floats:
    """What prices say of the limits that fall with each unit: 0 or less."""
    result = np.zeros(len(more.arc))
    # An upper limit that binds has a price below 0.
    np.add.at(result, more.unit, np.minimum(row_price[more.row], 0.0) * more.less)
    return result


def _in_program(network: Network, more: More, effort: int) -> tuple[Floats, Mask]:
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
    for unit in order[~exact[order]].tolist():
        effort -= network.arcs
        if effort < 0:
            break
        mine = changes[unit]
        least = _least(network, program, more.arc[unit], more.row[mine], more.less[mine])
        exact[unit] = least is not None
        value[unit] = np.nan if least is None else base - least
        if not len(mine):
            value[unit] = max(value[unit], 0.0)
    return value, exact


def _least(network: Network, program: Program, arc: int, rows: Ints, less: Ints) -> float | None:
    """The least cost with a unit more; None where no flow keeps the rows then."""
    place = np.array([arc], dtype=np.int64)
    lower, upper = (infinite(limit)[rows] for limit in (network.rows.lower, network.rows.upper))
    program.limit_arcs(place, network.lower[place], network.capacity[place] + 1)
    program.limit_rows(rows, lower, upper - less)
    try:
        return float(network.cost @ program.solve()[0])
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None
    finally:
        program.limit_arcs(place, network.lower[place], network.capacity[place])
        program.limit_rows(rows, lower, upper)
