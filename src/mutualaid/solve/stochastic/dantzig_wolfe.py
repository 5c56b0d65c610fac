"""The weights between scenarios that bound every decision: Dantzig-Wolfe decomposition.

See :mod:`mutualaid.solve.stochastic.two_stage_program` for what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mutualaid.model.network import SAFE, Ints, Network
from mutualaid.solve.backends.highs import Program, small_program
from mutualaid.solve.certificate import lower_bound, right_signs, whole_prices
from mutualaid.solve.decompose import Part, parts_of
from mutualaid.solve.integer import Relaxation, relaxation
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.solver import solve
from mutualaid.solve.stochastic.extensive_form import TwoStage, Wide

ROUNDS = 200
"""So many weights are looked at, at most; the bound holds whenever it stops."""
FINEST = 2**16
"""Weights between scenarios are kept to about this fraction."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Relaxed:
    """Decisions of the relaxation, the weights that bound them, and the bound."""

    decision: Floats
    weight: Ints
    bound: Fraction
    rounds: int


class _Block:
    """One part of the networks side by side: a linear program for any weights."""

    def __init__(self, wide: Wide, part: Part, scenarios: int, limits: Limits) -> None:
        self.network = part.network
        self.scenario = wide.scenario[part.arcs]
        self.scenarios = scenarios
        self.own = np.flatnonzero(np.isin(part.arcs, wide.decided))
        self.decision = np.searchsorted(wide.decided, part.arcs[self.own])
        self.program = Program(part.network, limits)
        self.arcs = np.arange(part.network.arcs, dtype=np.int64)

    def look(self, weight: Ints) -> tuple[Floats, Floats, Relaxation]:
        """What each scenario costs with the best decisions for some weights, and these."""
        share = self._factor(weight / weight.sum()) * self.scenarios
        self.program.price_columns(self.arcs, self.network.cost * share)
        found = relaxation(self.program)
        each = self.network.cost * found.flow
        mine = self.scenario >= 0
        cost = np.full(self.scenarios, each[~mine].sum())
        np.add.at(cost, self.scenario[mine], each[mine])
        return cost, found.flow[self.own], found

    def bound(self, weight: Ints, found: Relaxation) -> Fraction:
        """What this part costs at least for these weights, in whole numbers."""
        network = replace(self.network, cost=self.network.cost * self._factor(weight))
        scale = float(weight.sum()) / self.scenarios
        potential, row_price, fineness = whole_prices(
            network, found.potential * scale, found.row_price * scale
        )
        row_price = right_signs(network.rows, row_price)
        return lower_bound(network, potential, row_price, fineness) / int(weight.sum())

    def _factor(self, weight: np.ndarray) -> np.ndarray:
        result: np.ndarray = np.append(weight, weight.sum())[self.scenario]
        return result


class Master:
    """Finds the weights between scenarios for which the best decisions cost most.

    For each part the costs found so far, one a scenario, are cuts of what it costs at least: the
    weights are those for which all cuts together allow most. The duals of the cuts mix the
    decisions behind them into the best of the relaxation.
    """

    def __init__(
        self, program: TwoStage, wide: Wide, level: Fraction, units: list[int], limits: Limits
    ) -> None:
        self.program, self.level = program, level
        count = len(program.networks)
        free, tied = parts_of(wide.network)
        flow = solve(free.network, limits=limits).flow
        alone = np.zeros(count, dtype=np.int64)
        np.add.at(alone, wide.scenario[free.arcs], free.network.cost * flow)
        self.fixed = alone - program.penalty * np.array(units, dtype=np.int64)
        self.blocks = [_Block(wide, part, count, limits) for part in tied]
        self.unit, self.most = self._weights(wide.network)
        self.cuts: list[tuple[int, Floats, Floats]] = []

    def _weights(self, network: Network) -> tuple[int, Ints]:
        """What all weights add up to, and the most that each may be."""
        weight = self.program.weight
        left = 1 - self.level
        unit = int(weight.sum()) * max(left.numerator, 1)
        times = 1
        if self.level:
            largest = max(network.largest_total(), 1.0)
            times = int(max(1, min(FINEST // unit, SAFE / 4 / largest / unit)))
        if self.level == 1:
            return unit * times, np.full(len(weight), unit * times, dtype=np.int64)
        most = weight * left.denominator * times
        return unit * times, np.minimum(most, unit * times)

    def solve(self, tolerance: float) -> Relaxed:
        """Look at weights until the cuts allow no more than what is proven."""
        share = self.program.weight / self.program.weight.sum()
        best: tuple[Fraction, Ints] | None = None
        rounds = 0
        while True:
            rounds += 1
            weight = self._whole(share)
            bound = Fraction(int(self.fixed @ weight), self.unit)
            for i, block in enumerate(self.blocks):
                cost, decision, found = block.look(weight)
                self.cuts.append((i, cost, decision))
                bound += block.bound(weight, found)
            if best is None or bound > best[0]:
                best = bound, weight
            share, value, mixed = self._mix()
            known = value - best[0] <= tolerance * abs(value)
            if known or not self.level or rounds == ROUNDS:
                return Relaxed(decision=mixed, weight=best[1], bound=best[0], rounds=rounds)

    def _whole(self, share: Floats) -> Ints:
        """Weights in whole numbers that keep their limits."""
        weight = np.minimum(np.floor(share * self.unit).astype(np.int64), self.most)
        left = self.unit - int(weight.sum())
        for s in np.argsort(-share, kind="stable").tolist():
            more = min(int(self.most[s] - weight[s]), left)
            weight[s] += more
            left -= more
        return weight

    def _mix(self) -> tuple[Floats, float, Floats]:
        """The weights that allow most, what they allow, and the decisions of the relaxation."""
        count, parts = len(self.fixed), len(self.blocks)
        scale = max(float(np.abs(self.fixed).max()), *(float(c.max()) for _, c, _ in self.cuts), 1)
        matrix = np.zeros((len(self.cuts) + 1, count + parts))
        for row, (part, cost, _) in enumerate(self.cuts):
            matrix[row, :count] = -cost / scale
            matrix[row, count + part] = 1.0
        matrix[-1, :count] = 1.0
        upper = np.zeros(len(self.cuts) + 1)
        lower = np.full(len(self.cuts) + 1, -np.inf)
        upper[-1] = lower[-1] = 1.0
        free = np.full(parts, np.inf)
        values, dual = small_program(
            -np.concatenate([self.fixed / scale, np.ones(parts)]),
            (np.concatenate([np.zeros(count), -free]), np.append(self.most / self.unit, free)),
            matrix,
            (lower, upper),
        )
        decision = np.zeros(self.program.decisions)
        for (part, _, found), price in zip(self.cuts, -dual[:-1], strict=True):
            decision[self.blocks[part].decision] += price * found
        value = float(self.fixed @ values[:count] + scale * values[count:].sum())
        return np.clip(values[:count], 0.0, None), value, decision
