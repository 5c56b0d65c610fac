"""Dantzig-Wolfe decomposition of the relaxed two-stage program.

Finds the scenario weights whose bound is highest: see
:mod:`mutualaid.solve.stochastic.two_stage_program`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mutualaid.model.network import SAFE, Ints, Network
from mutualaid.solve.backends.highs import Program
from mutualaid.solve.backends.small_program import small_program
from mutualaid.solve.certificate import lower_bound, right_signs, whole_prices
from mutualaid.solve.decompose import Part, parts_of
from mutualaid.solve.integer import Relaxation, relaxation
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.solver import solve
from mutualaid.solve.stochastic.extensive_form import ExtensiveForm, TwoStageProgram

ROUNDS = 200
"""Weights that are evaluated, at most; the bound holds whenever it stops."""
FINEST = 2**16
"""Weights are whole numbers that add up to about this."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Relaxed:
    """The relaxation's optimum.

    Attributes
    ----------
    decision : float64 array, shape (decisions,)
        Decisions, in parts of a unit.
    weight : int64 array, shape (scenarios,)
        Scenario weights that prove the bound.
    bound : Fraction
        No decisions have a smaller risk.
    rounds : int
        Weights that were evaluated.
    """

    decision: Floats
    weight: Ints
    bound: Fraction
    rounds: int


class _Block:
    """A subproblem: one independent part of the extensive form, as a linear program."""

    def __init__(self, form: ExtensiveForm, part: Part, scenarios: int, limits: Limits) -> None:
        self.network = part.network
        self.scenario = form.scenario[part.arcs]
        self.scenarios = scenarios
        self.own = np.flatnonzero(np.isin(part.arcs, form.decided))
        self.decision = np.searchsorted(form.decided, part.arcs[self.own])
        self.program = Program(part.network, limits)
        self.arcs = np.arange(part.network.arcs, dtype=np.int64)

    def evaluate(self, weight: Ints) -> tuple[Floats, Floats, Relaxation]:
        """Solve at some weights: the cost in each scenario, the decisions, and the relaxation."""
        share = self._factor(weight / weight.sum()) * self.scenarios
        self.program.price_columns(self.arcs, self.network.cost * share)
        found = relaxation(self.program)
        each = self.network.cost * found.flow
        mine = self.scenario >= 0
        cost = np.full(self.scenarios, each[~mine].sum())
        np.add.at(cost, self.scenario[mine], each[mine])
        return cost, found.flow[self.own], found

    def bound(self, weight: Ints, found: Relaxation) -> Fraction:
        """A lower bound on the cost of this part at these weights, computed in whole numbers."""
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
    """The master problem: find the scenario weights for which the best decisions cost most.

    Each solution of a subproblem gives a cut: its cost in each scenario bounds the subproblem's
    part of the dual function from above. The master maximises the model that the cuts make. Its
    duals are the convex weights that combine the solutions into the optimum of the relaxation.
    """

    def __init__(
        self,
        program: TwoStageProgram,
        form: ExtensiveForm,
        level: Fraction,
        units: list[int],
        limits: Limits,
    ) -> None:
        self.program, self.level = program, level
        count = len(program.networks)
        free, tied = parts_of(form.network)
        flow = solve(free.network, limits=limits).flow
        alone = np.zeros(count, dtype=np.int64)
        np.add.at(alone, form.scenario[free.arcs], free.network.cost * flow)
        self.fixed = alone - program.penalty * np.array(units, dtype=np.int64)
        self.blocks = [_Block(form, part, count, limits) for part in tied]
        self.unit, self.most = self._weights(form.network)
        self.cuts: list[tuple[int, Floats, Floats]] = []

    def _weights(self, network: Network) -> tuple[int, Ints]:
        """The sum of all weights, and the upper bound of each, shape (scenarios,)."""
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
        """Iterate until the model exceeds the best bound by no more than the tolerance."""
        share = self.program.weight / self.program.weight.sum()
        best: tuple[Fraction, Ints] | None = None
        rounds = 0
        while True:
            rounds += 1
            weight = self._whole(share)
            bound = Fraction(int(self.fixed @ weight), self.unit)
            for i, block in enumerate(self.blocks):
                cost, decision, found = block.evaluate(weight)
                self.cuts.append((i, cost, decision))
                bound += block.bound(weight, found)
            if best is None or bound > best[0]:
                best = bound, weight
            share, value, combined = self._maximise_model()
            known = value - best[0] <= tolerance * abs(value)
            if known or not self.level or rounds == ROUNDS:
                return Relaxed(decision=combined, weight=best[1], bound=best[0], rounds=rounds)

    def _whole(self, share: Floats) -> Ints:
        """Round shares to whole-number weights within their upper bounds."""
        weight = np.minimum(np.floor(share * self.unit).astype(np.int64), self.most)
        left = self.unit - int(weight.sum())
        for s in np.argsort(-share, kind="stable").tolist():
            more = min(int(self.most[s] - weight[s]), left)
            weight[s] += more
            left -= more
        return weight

    def _maximise_model(self) -> tuple[Floats, float, Floats]:
        """The maximum of the model: the shares, its value, and the combined decisions."""
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
