"""From a system and a policy to a plan."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mutualaid.agreements import agree, alone
from mutualaid.collaboration import Collaboration, Deep, Transactional
from mutualaid.decode import Outcome, decode
from mutualaid.errors import InputError, InputWarning, SolverError
from mutualaid.fairness import share_fairly
from mutualaid.model.arcs import Kind
from mutualaid.model.build import Model, build_frame, build_model
from mutualaid.model.names import arc_names, arc_table, node_names, row_names
from mutualaid.model.network import Ints, Network, stack_rows
from mutualaid.model.terms import marks_of, objective
from mutualaid.options import in_order, limits_of
from mutualaid.plan import Plan
from mutualaid.policy import Policy
from mutualaid.solve import pulp_backend
from mutualaid.solve.answer import Limits
from mutualaid.solve.highs import write_model
from mutualaid.solve.run import Solution, certified, certified_by, relax, solve
from mutualaid.solve.settle import fix
from mutualaid.solve.stages import Objective, solve_in_order
from mutualaid.starts import as_alone, first_start, nobody_moves
from mutualaid.system import System
from mutualaid.tables import stage_table
from mutualaid.targets import Target, missed_cost, promise

if TYPE_CHECKING:
    import pandas as pd
    import pulp


def optimise(
    system: System,
    policy: Policy | None = None,
    collaboration: Collaboration | None = None,
    solver: str = "auto",
    *,
    formulation: str = "auto",
    time_limit: float | None = None,
    threads: int | None = None,
    mip_gap: float | None = None,
    objectives: Sequence[str] | None = None,
    slack: Mapping[str, float] | None = None,
    targets: Sequence[Target] = (),
) -> Plan:
    """Find the best plan, prove that it is the best, and check it once more.

    Parameters
    ----------
    system
        Who waits, who can treat, and how far it is.
    policy
        What waiting costs and which moves are allowed; ``Policy()`` if not given.
    collaboration
        How partners work together; ``Deep()`` if not given.
    solver
        ``"auto"``; ``"flow"`` (LEMON's network simplex; takes no side rows); ``"highs"``;
        ``"pulp"``; or ``"pulp:NAME"`` for any solver that PuLP lists.
    formulation
        ``"auto"``, ``"chain"`` or ``"ageing"``: see :mod:`mutualaid.model`.
    time_limit
        Seconds for each call of a solver. A plan found by then is returned with its gap.
    threads
        How many a solver may use.
    mip_gap
        The relative gap at which a search for whole patients may stop; 0 for the best plan. None:
        0 on problems of up to 500 arcs with side rows, if 2,000 nodes of the search are enough; on
        larger ones a plan within 1/10,000 of the linear relaxation will do.
    objectives
        What is made as small as can be, the most important first, each within the optimum of
        those before it: any of ``"cost"`` (harm, travel and moves; what plans minimise unless told
        otherwise, and the last objective of all if not named), ``"harm"``, ``"travel"``,
        ``"moves"``, ``"waiting"``, ``"over_18"``, ``"over_52"``, ``"over_65"``, ``"over_78"``,
        ``"over_104"`` (patients on the list at the end). See :attr:`Plan.stages`.
    slack
        By which share of its optimum an objective may be made worse for the sake of later ones.
    targets
        See :class:`mutualaid.Target`: missed by as few patients as possible, before any objective.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If policy and system do not fit, or an option is unknown.
    SolverError
        If no plan was found, or none that passes its certificate and its audit.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3), ma.Policy(max_minutes=45))
    >>> plan.gap
    0.0
    """
    model = build(
        system,
        policy,
        collaboration,
        formulation=formulation,
        objectives=objectives,
        slack=slack,
        targets=targets,
    )
    return model.solve(solver, time_limit=time_limit, threads=threads, mip_gap=mip_gap)


def build(
    system: System,
    policy: Policy | None = None,
    collaboration: Collaboration | None = None,
    *,
    formulation: str = "auto",
    objectives: Sequence[str] | None = None,
    slack: Mapping[str, float] | None = None,
    targets: Sequence[Target] = (),
    reference: System | None = None,
) -> PlanModel:
    """Build the model without solving it.

    Parameters are those of :func:`optimise`, and:

    Parameters
    ----------
    reference
        The system in which each trust is alone, where it is another: with the same lists, but
        for instance without the sessions that are to be added.

    Returns
    -------
    PlanModel

    Examples
    --------
    >>> import mutualaid as ma
    >>> model = ma.build(ma.datasets.collaborative(trusts=2, periods=2))
    >>> sorted(set(model.arcs["kind"]))
    ['slots', 'treat', 'wait']
    """
    for value, kind, name, remedy in (
        (system, System, "system", "a mutualaid.System"),
        (policy, Policy | None, "policy", "a mutualaid.Policy"),
        (
            collaboration,
            Collaboration | None,
            "collaboration",
            "a Collaboration, such as mutualaid.Deep()",
        ),
    ):
        if not isinstance(value, kind):
            # Its value may be a table of patients: only its type is told.
            what = f"a {type(value).__name__}"
            if isinstance(value, type):
                what = f"a class, {value.__name__}"
            raise InputError(f"{name} is {what}: pass {remedy}")
    mode = collaboration or Deep()
    order = in_order(objectives, slack)
    if isinstance(targets, Target) or not isinstance(targets, Iterable):
        raise InputError("targets is not a list: write [mutualaid.Target(…), …]")
    for target in targets:
        if not isinstance(target, Target):
            raise InputError(f"targets has a {type(target).__name__}: pass mutualaid.Target")
    frame = build_frame(system, policy or Policy(), getattr(mode, "lend", None))
    marks = marks_of(tuple(name for name, _ in order), system.periods)
    marks += [mark for target in targets for mark in target.marks(system.periods)]
    model = build_model(frame, moves=mode.moves, formulation=formulation, marks=sorted({*marks}))
    before = None
    if mode.moves:
        apart = frame if reference is None else build_frame(reference, frame.policy)
        baseline = build_model(apart, moves=False)
        before = baseline, decode(baseline, solve(baseline.network).flow)
        model = agree(model, mode, alone(*before))
    promised = promise(model, targets)
    return PlanModel(
        collaboration=mode,
        model=promised.model,
        baseline=before,
        order=order,
        targets=tuple(targets),
        missed=promised.missed,
    )


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
    order: tuple[tuple[str, float], ...] = ()
    targets: tuple[Target, ...] = ()
    missed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def network(self) -> Network:
        """The network, as plain arrays."""
        return self.model.network

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """Every variable and what it stands for: see :func:`mutualaid.model.names.arc_table`."""
        return arc_table(self.model)

    @cached_property
    def _names(self) -> tuple[list[str], list[str], list[str]]:
        return arc_names(self.model), node_names(self.model), row_names(self.model)

    @cached_property
    def _whole(self) -> np.ndarray:
        """Arcs that must be whole for a plan of whole patients; the others then are."""
        whole = np.isin(self.model.means.kind, (Kind.TREAT, Kind.RELEASE, Kind.DIRECT))
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

    def solve(
        self,
        solver: str = "auto",
        *,
        time_limit: float | None = None,
        threads: int | None = None,
        mip_gap: float | None = None,
        start: Plan | None = None,
    ) -> Plan:
        """Solve the model: see :func:`optimise`.

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
        limits = limits_of(time_limit, threads, mip_gap)
        made, gains = self, None
        mode = self.collaboration
        if isinstance(mode, Transactional) and mode.share is not None and self.baseline:
            shared = share_fairly(self.model, alone(*self.baseline), solver, limits)
            if not self.objectives():
                return self.plan_of(shared.model, shared.solution, fairness=shared.table)
            made, gains = replace(self, model=shared.model), shared.table
        alone_flow = nobody_moves(made.model, self.baseline[1]) if self.baseline else None
        known = first_start(made.model, alone_flow, start)
        usual = None if alone_flow is None else as_alone(made.model, alone_flow)
        objectives = made.objectives()
        if not objectives:
            found = solve(made.network, solver, limits, known, usual)
            return made.plan_of(made.model, found, fairness=gains)
        solution, proofs = solve_in_order(made.network, objectives, solver, limits, known, usual)
        stages = stage_table([(o.name, o.slack) for o in objectives], proofs)
        return made.plan_of(made.model, solution, stages=stages, fairness=gains)

    def objectives(self) -> list[Objective]:
        """Objectives in order; none where the least cost is the only one."""
        if not self.order and not self.targets:
            return []
        first = [Objective(name="targets", cost=missed_cost(self.network.arcs, self.missed))]
        return [
            *(first if self.targets else []),
            *(
                Objective(name=name, cost=objective(self.model, name), slack=slack)
                for name, slack in self.order or (("cost", 0.0),)
            ),
        ]

    def to_pulp(self) -> pulp.LpProblem:
        """Write the model as a PuLP problem with readable names.

        Treatments are of category Integer. Add constraints (not costs) to it, solve it with any
        solver, and hand it to :meth:`plan_from`.
        """
        return pulp_backend.to_problem(self.network, *self._names, self._whole)

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
        added, foreign = pulp_backend.added_rows(problem, self.network, names, own)
        if foreign:
            warnings.warn(
                f"constraints on other variables are not part of the certificate: "
                f"{', '.join(foreign[:5])}",
                InputWarning,
                stacklevel=2,
            )
        network = replace(self.network, rows=stack_rows(self.network.rows, added))
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
        return self.plan_of(replace(self.model, network=network), solution)

    def _whole_flow(self, network: Network, values: np.ndarray) -> Ints:
        whole = self._whole.copy()
        whole[network.rows.arc] = True
        rounded = np.rint(values)
        if (np.abs(values - rounded)[whole] > WHOLE).any():
            raise SolverError("the problem's solution has parts of patients: solve it as a MIP")
        return fix(network, rounded.astype(np.int64), whole, network.cost)

    def write(self, path: str | Path) -> Path:
        """Write the model to an ``.mps`` or ``.lp`` file, with readable names.

        Raises
        ------
        InputError
            If the path ends otherwise.

        Examples
        --------
        >>> import mutualaid as ma
        >>> model = ma.build(ma.datasets.collaborative(trusts=2, periods=2))
        >>> model.write("model.txt")
        Traceback (most recent call last):
        mutualaid.errors.InputError: ...
        """
        target = Path(path)
        arcs, nodes, rows = self._names
        write_model(self.network, target, arcs, [*nodes, *rows], self._whole)
        return target

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
