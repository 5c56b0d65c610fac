"""From a system and a policy to a plan."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mutualaid.collaboration import Collaboration, Deep
from mutualaid.decode import Outcome, decode
from mutualaid.errors import InputError, InputWarning, SolverError
from mutualaid.model.arcs import Kind
from mutualaid.model.build import Frame, Model, build_frame, build_model
from mutualaid.model.names import arc_names, arc_table, node_names, row_names
from mutualaid.model.network import Ints, Network, stack_rows
from mutualaid.plan import Plan
from mutualaid.policy import Policy
from mutualaid.solve import pulp_backend
from mutualaid.solve.answer import Limits
from mutualaid.solve.highs import solve_highs, write_model
from mutualaid.solve.run import Solution, certified, certified_by, solve
from mutualaid.solve.settle import fix
from mutualaid.system import System

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
    mip_gap: float = 0.0,
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
        The relative gap at which a search for whole patients may stop; 0 for the best plan.

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
    model = build(system, policy, collaboration, formulation=formulation)
    return model.solve(solver, time_limit=time_limit, threads=threads, mip_gap=mip_gap)


def build(
    system: System,
    policy: Policy | None = None,
    collaboration: Collaboration | None = None,
    *,
    formulation: str = "auto",
) -> PlanModel:
    """Build the model without solving it.

    Parameters are those of :func:`optimise`.

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
    for value, kind, name in (
        (system, System, "system"),
        (policy, Policy | None, "policy"),
        (collaboration, Collaboration | None, "collaboration"),
    ):
        if not isinstance(value, kind):
            raise InputError(f"{name} is a {type(value).__name__}: pass a {name.title()}")
    mode = collaboration or Deep()
    frame = build_frame(system, policy or Policy())
    return PlanModel(
        collaboration=mode, model=build_model(frame, moves=mode.moves, formulation=formulation)
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
        mip_gap: float = 0.0,
    ) -> Plan:
        """Solve the model: see :func:`optimise`."""
        limits = _limits(time_limit, threads, mip_gap)
        return self._plan(self.model, solve(self.network, solver, limits), limits)

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
        limits = Limits()
        if len(network.rows) or foreign:
            relaxed = solve_highs(network, limits)
            if relaxed.node_dual is None or relaxed.row_dual is None:
                raise SolverError(f"no bound was found ({relaxed.detail})", str(relaxed.status))
            solution = certified_by(
                network, flow, -relaxed.node_dual, relaxed.row_dual, "PuLP, by the caller"
            )
        else:
            best = solve(network)
            solution = certified(
                network, flow, best.potential, best.row_price, "PuLP, by the caller", scale=1
            )
        return self._plan(replace(self.model, network=network), solution, limits)

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
        """
        target = Path(path)
        arcs, nodes, rows = self._names
        write_model(self.network, target, arcs, [*nodes, *rows], self._whole)
        return target

    def _plan(self, model: Model, solution: Solution, limits: Limits) -> Plan:
        outcome = decode(model, solution.flow)
        baseline_model, baseline = model, outcome
        if self.collaboration.moves:
            baseline_model, baseline = _baseline(model.frame, limits)
        plan = Plan(
            collaboration=self.collaboration,
            model=model,
            solution=solution,
            outcome=outcome,
            baseline_model=baseline_model,
            baseline_outcome=baseline,
        )
        broken = plan.violations()
        if len(broken):
            raise SolverError(f"the plan failed its audit:\n{broken.to_string(index=False)}")
        return plan


WHOLE = 1e-4
"""How far from a whole number of patients a solver's value may be."""


def _baseline(frame: Frame, limits: Limits) -> tuple[Model, Outcome]:
    """The plan in which nobody helps anybody."""
    model = build_model(frame, moves=False)
    return model, decode(model, solve(model.network, limits=limits).flow)


def _limits(time_limit: float | None, threads: int | None, mip_gap: float) -> Limits:
    def is_number(value: object, *kinds: type) -> bool:
        return isinstance(value, kinds) and not isinstance(value, bool)

    if time_limit is not None and not (
        is_number(time_limit, int, float) and time_limit > 0 and math.isfinite(time_limit)
    ):
        raise InputError(f"time_limit is {time_limit!r}: use seconds above 0, or None")
    if threads is not None and not (is_number(threads, int) and threads >= 1):
        raise InputError(f"threads is {threads!r}: use 1 or more, or None")
    if not (is_number(mip_gap, int, float) and 0 <= mip_gap < 1):
        raise InputError(f"mip_gap is {mip_gap!r}: use a share from 0 to 1")
    return Limits(time_limit=time_limit, threads=threads, mip_gap=mip_gap)
