"""A model, before it is a plan: to be solved, written to a file, or taken to PuLP and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mutualaid.arguments import checks_arguments
from mutualaid.atomic_write import written_whole
from mutualaid.errors import InputError, SolverError, tell
from mutualaid.formats import percent
from mutualaid.model.arcs import Kind
from mutualaid.model.decode import decode
from mutualaid.model.limits.own_constraints import with_own
from mutualaid.model.limits.targets import Target, missed_cost
from mutualaid.model.linear_terms import objective
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, Network
from mutualaid.model.outcome import Outcome
from mutualaid.model.variable_names import arc_names, arc_table, node_names, row_names
from mutualaid.plan_methods import Plan
from mutualaid.planning.expected_answers import find_expected
from mutualaid.planning.least_broken import least_broken, told_of
from mutualaid.planning.least_gap import least_gap
from mutualaid.planning.search import Search
from mutualaid.planning.solve_options import limits_of
from mutualaid.planning.warm_start import alone_flow
from mutualaid.policy.collaboration import Collaboration
from mutualaid.solve.backends import pulp_backend
from mutualaid.solve.backends.highs import LAST_LINE, write_model
from mutualaid.solve.interface import Limits
from mutualaid.solve.lexicographic import Objective
from mutualaid.solve.solver import (
    Solution,
    certified,
    certified_by,
    check_solver,
    relax,
    solve,
)
from mutualaid.solve.status import Status
from mutualaid.solve.tie_breaking import fix

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    import pulp


@dataclass(frozen=True, eq=False, kw_only=True)
class PlanModel:
    """A model, to be solved, written to a file, or taken to PuLP and back.

    Attributes
    ----------
    collaboration : Collaboration
        How partners work together.
    model : Model
        The network and what its arcs mean.
    baseline : tuple of Model and Outcome, or None
        What each trust does alone; None where the mode itself says so.
    baseline_flow : int64 array or None
        The flow of the baseline's network, where it is known.
    order : tuple of (str, float)
        Objectives and their slack; none for the least cost.
    targets : tuple of Target
        Targets.
    missed : int64 array
        The arcs that count by how many patients a target is missed.

    Examples
    --------
    An analyst's own constraint: nobody goes from XA1 to XB2 in the first period.

    >>> import pulp
    >>> import mutualaid as ma
    >>> model = ma.build(ma.datasets.collaborative(trusts=2, periods=2))
    >>> lp = model.to_pulp()
    >>> names = model.arcs.query(
    ...     "kind == 'treat' and origin == 'XA1' and provider == 'XB2' and period == 1")["name"]
    >>> variables = lp.variablesDict()
    >>> lp += sum(variables[name] for name in names) <= 0, "not_yet"
    >>> _ = lp.solve(pulp.HiGHS(msg=False))
    >>> plan = model.plan_from(lp)
    >>> int(plan.moves.query("origin == 'XA1' and period == 1")["patients"].sum())
    0
    """

    collaboration: Collaboration
    model: Model
    baseline: tuple[Model, Outcome] | None = None
    baseline_flow: Ints | None = None
    order: tuple[tuple[str, float], ...] = ()
    targets: tuple[Target, ...] = ()
    missed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def network(self) -> Network:
        """The network, as plain arrays."""
        return self.model.network

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """Every variable and what it stands for.

        See :func:`mutualaid.model.variable_names.arc_table`.
        """
        return arc_table(self.model)

    @cached_property
    def _names(self) -> tuple[list[str], list[str], list[str]]:
        return arc_names(self.model), node_names(self.model), row_names(self.model)

    @cached_property
    def _whole(self) -> np.ndarray:
        """Arcs that must be whole for a plan of whole patients; the others then are."""
        whole = np.isin(self.model.means.kind, (Kind.TREAT, Kind.RELEASE, Kind.DIRECT, Kind.BOOKED))
        whole[self.network.rows.arc] = True
        return whole

    def __repr__(self) -> str:
        network = self.network
        chain = int(self.model.chain.sum())
        return (
            f"PlanModel ({self.collaboration.name}): {network.nodes:,} nodes, {network.arcs:,} "
            f"arcs, {len(network.rows):,} side rows; {chain:,} queues as chains, "
            f"{len(self.model.chain) - chain:,} ageing"
        )

    @checks_arguments
    def solve(
        self,
        solver: str = "auto",
        *,
        time_limit: float | None = None,
        threads: int | None = None,
        mip_gap: float | None = None,
        start: Plan | None = None,
        previous: Plan | pd.DataFrame | None = None,
        change_weeks: float = 0.5,
        executor: Executor | None = None,
    ) -> Plan:
        """Solve the model: see :func:`mutualaid.optimise`.

        ``start`` is a plan for the same system and policy: if this model allows it too, what is
        found is no worse. That nobody moves is always known to the search.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2, periods=2)
        >>> below = ma.optimise(system, collaboration=ma.Resource())
        >>> plan = ma.build(system).solve(start=below)
        >>> bool(plan.objective <= below.objective)
        True
        """
        limits = limits_of(time_limit, threads, mip_gap, executor)
        return self.solve_within(limits, solver, start, previous, change_weeks)

    def solve_within(
        self,
        limits: Limits,
        solver: str = "auto",
        start: Plan | None = None,
        previous: Plan | pd.DataFrame | None = None,
        change_weeks: float = 0.5,
    ) -> Plan:
        """Solve the model with what solvers may use: see :meth:`solve`."""
        try:
            return self._solved(solver, limits, start, previous, change_weeks)
        except SolverError as error:
            equity = self.model.frame.policy.equity
            if error.status != Status.INFEASIBLE:
                raise
            if equity is None:
                if broken := least_broken(self.model, self.collaboration.promised, limits):
                    raise SolverError(told_of(broken), str(error.status)) from error
                raise
            if equity.max_gap_weeks is None:
                raise InputError(
                    f"no plan lets every group of {equity.by} gain {percent(equity.min_gain or 0)} "
                    "of its harm and keeps all other limits: ask for a smaller min_gain"
                ) from error
            least = least_gap(self.model, equity.by, limits)
            raise InputError(
                f"no plan keeps the gap between the mean waits of any two groups of {equity.by} "
                f"within {equity.max_gap_weeks:g} weeks and all other limits: the least that can "
                f"be kept is about {least:,.2f} weeks"
            ) from error

    def _solved(
        self,
        solver: str,
        limits: Limits,
        start: Plan | None,
        previous: Plan | pd.DataFrame | None,
        change_weeks: float,
    ) -> Plan:
        check_solver(solver)
        if previous is not None and (self.order or self.targets or self.collaboration.share):
            raise InputError(
                "previous goes with the least cost, not with objectives, targets or a share"
            )
        found, solution = find_expected(
            Search(
                model=self.model,
                mode=self.collaboration,
                baseline=self.baseline,
                baseline_flow=self.baseline_flow,
                objectives=self.objectives,
                start=start,
                previous=previous,
                change_weeks=change_weeks,
                solver=solver,
                limits=limits,
            )
        )
        return self.plan_of(found.model, solution, stages=found.stages, fairness=found.fairness)

    def alone(self) -> Ints | None:
        """The flow in which nobody moves; None where the mode itself says so."""
        return alone_flow(self.model, self.baseline, self.baseline_flow)

    @property
    def in_steps(self) -> bool:
        """Whether a plan of this model is found, and proven, in several steps.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2, periods=2)
        >>> ma.build(system).in_steps, ma.build(system, objectives=["over_52", "harm"]).in_steps
        (False, True)
        """
        return self.collaboration.share is not None or bool(self.order or self.targets)

    def objectives(self, model: Model | None = None) -> list[Objective]:
        """Objectives in order, of this model or one that is made of it; none but the least cost."""
        model = model or self.model
        if not self.order and not self.targets:
            return []
        first = [Objective(name="targets", cost=missed_cost(model.network.arcs, self.missed))]
        return [
            *(first if self.targets else []),
            *(
                Objective(name=name, cost=objective(model, name), slack=slack)
                for name, slack in self.order or (("cost", 0.0),)
            ),
        ]

    def to_pulp(self) -> pulp.LpProblem:
        """Write the model as a PuLP problem with readable names.

        Treatments are of category Integer. Add constraints (not costs) to it, solve it with any
        solver, and hand it to :meth:`plan_from`.
        """
        return pulp_backend.to_problem(self.network, *self._names, self._whole)

    @checks_arguments
    def plan_from(self, problem: pulp.LpProblem) -> Plan:
        """Turn a solved PuLP problem back into a plan with a certificate.

        Constraints that were added, and bounds that were changed, are read back and take part in
        the certificate. Constraints on variables of one's own cannot; a warning names them, and
        the bound is that of the model without them.

        Raises
        ------
        InputError
            If the objective was changed.
        SolverError
            If the problem is unsolved, its solution is not in whole patients, or the plan does
            not pass its certificate.

        Warns
        -----
        InputWarning
            If a constraint is on variables that the model does not have.
        """
        names, nodes, rows = self._names
        own = set(nodes) | {f"{row}_at_{end}" for row in rows for end in ("most", "least")}
        pulp_backend.check_objective(problem, self.network, names)
        added, called, foreign = pulp_backend.added_rows(problem, self.network, names, own)
        if foreign:
            tell(
                f"constraints on other variables are not part of the certificate: "
                f"{', '.join(foreign[:5])}",
            )
        model = with_own(self.model, added, called)
        network = model.network
        flow = self._whole_flow(network, pulp_backend.values(problem, names))
        if len(network.rows) or foreign:
            bound = relax(network, Limits())
            solution = certified_by(
                network, flow, bound.potential, bound.row_price, "PuLP, by the caller"
            )
        else:
            best = solve(network)
            solution = certified(
                network, flow, best.potential, best.row_price, "PuLP, by the caller", scale=1
            )
        return self.plan_of(model, solution)

    def _whole_flow(self, network: Network, values: np.ndarray) -> Ints:
        whole = self._whole.copy()
        whole[network.rows.arc] = True
        rounded = np.rint(values)
        if (np.abs(values - rounded)[whole] > WHOLE).any():
            raise SolverError("the problem's solution has parts of patients: solve it as a MIP")
        return fix(network, rounded.astype(np.int64), whole, network.cost)

    @checks_arguments
    def write(self, path: str | Path) -> Path:
        """Write the model to an ``.mps`` or ``.lp`` file, with readable names, whole or not at all.

        Raises
        ------
        InputError
            If the path ends otherwise or cannot be written to.

        Examples
        --------
        >>> import mutualaid as ma
        >>> model = ma.build(ma.datasets.collaborative(trusts=2, periods=2))
        >>> model.write("model.txt")
        Traceback (most recent call last):
        mutualaid.errors.InputError: ...
        """
        if Path(path).suffix not in LAST_LINE:
            raise InputError(f"a model is written to .mps or .lp, not to {Path(path).name!r}")
        with written_whole(path) as temporary:
            arcs, nodes, rows = self._names
            write_model(self.network, temporary, arcs, [*nodes, *rows], self._whole)
        return Path(path)

    def plan_of(
        self,
        model: Model,
        solution: Solution,
        *,
        stages: pd.DataFrame | None = None,
        fairness: pd.DataFrame | None = None,
    ) -> Plan:
        """Decode, audit and wrap a solution of this model, or of it with more side rows."""
        outcome = decode(model, solution.flow)
        baseline_model, baseline = self.baseline or (model, outcome)
        plan = Plan(
            collaboration=self.collaboration,
            model=model,
            solution=solution,
            outcome=outcome,
            baseline_model=baseline_model,
            baseline_outcome=baseline,
            asked_targets=self.targets,
            stages=stages,
            fairness=fairness,
        )
        broken = plan.violations()
        if len(broken):
            raise SolverError(f"the plan failed its audit:\n{broken.to_string(index=False)}")
        return plan


WHOLE = 1e-4
"""How far from a whole number of patients a solver's value may be."""
