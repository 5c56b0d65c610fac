"""From a system and a policy to a plan."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from time import perf_counter

import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import InputError
from mutualaid.model.build import build_frame, build_model, by_alone
from mutualaid.model.decode import decode
from mutualaid.model.limits import agree
from mutualaid.model.limits.asked_twice import with_every_row
from mutualaid.model.limits.baseline import alone
from mutualaid.model.limits.targets import Target, promise
from mutualaid.model.linear_terms import marks_of
from mutualaid.model.model import Frame, Model
from mutualaid.model.network import Ints
from mutualaid.model.outcome import Outcome
from mutualaid.model.reuse import frame_again, model_again
from mutualaid.plan_methods import Plan
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.solve_options import check_arguments, in_order, limits_of
from mutualaid.planning.stability import alone_as_before
from mutualaid.planning.warm_start import nobody_moves
from mutualaid.policy.collaboration import Collaboration, Deep
from mutualaid.policy.in_codes import mode_in_codes, policy_in_codes
from mutualaid.policy.policy import Policy
from mutualaid.policy.specialists import say_closed
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import check_solver, solve

logger = logging.getLogger(__name__)


@checks_arguments
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
    previous: Plan | pd.DataFrame | None = None,
    change_weeks: float = 0.5,
    executor: Executor | None = None,
    progress: Callable[[str], object] | None = None,
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
        ``"auto"``; ``"flow"`` (LEMON's network simplex; takes no side rows); ``"highs"`` (the
        whole program, also where it is large); ``"pulp"``; or ``"pulp:NAME"`` for any solver that
        PuLP lists.
    formulation
        ``"auto"``, ``"chain"`` or ``"ageing"``: see :mod:`mutualaid.model`.
    time_limit
        Seconds for each call of a solver. A plan found by then is returned with its gap.
    threads
        How many a solver may use.
    mip_gap
        The relative gap at which a search for whole patients may stop; 0 for the best plan. None:
        0 on problems of up to 500 open arcs with side rows, if 2,000 nodes of the search are
        enough; on larger ones a plan within 1/10,000 of the linear relaxation will do.
    objectives
        What is made as small as can be, the most important first, each within the optimum of
        those before it: any of ``"cost"`` (harm, travel and moves; what plans minimise unless told
        otherwise, and the last objective of all if not named), ``"harm"``, ``"travel"``,
        ``"moves"``, ``"waiting"``, ``"over_18"``, ``"over_52"``, ``"over_65"``, ``"over_78"``,
        ``"over_104"`` (patients on the list at the end). How far each is from the best, at most, is
        in :attr:`Plan.stages`; a warning names one that a solver failed at or had no time for.
    slack
        By which share of its optimum an objective may be made worse for the sake of later ones.
    targets
        See :class:`mutualaid.Target`: missed by as few patients as possible, before any objective.
    previous
        Moves that stand already: a plan, or a table with the columns that tell queues apart,
        ``provider``, ``period`` (of this horizon: shift those of an earlier census) and
        ``patients``. The plan is the best where changing them costs something: see
        :attr:`Plan.stages` and :meth:`Plan.changes_since`.
    change_weeks
        What each move dropped, and each move added, costs in harm-weeks. A patient who goes
        elsewhere, or in another period, is both.
    executor
        Where services are solved side by side, if no side row ties them together: any
        :class:`concurrent.futures.Executor`, such as a pool of processes or a cluster's. The plan
        is the same, byte for byte. Worth it from some hundred thousand arcs on: see
        :attr:`mutualaid.planning.PlanModel.network`.
    progress
        Called with the name of each step before it begins: ``"model"``, then ``"plan"``.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If policy and system do not fit, or an option is unknown.
    SolverError
        If no plan was found, or none that passes its certificate and its audit; if the solver that
        was asked for is not installed, fails or runs out of memory: no other one answers for it.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3), ma.Policy(max_minutes=45))
    >>> plan.gap
    0.0
    """
    begun = perf_counter()
    limits = limits_of(time_limit, threads, mip_gap, executor)
    check_solver(solver)
    step = progress or (lambda _name: None)
    step("model")
    model = build_within(
        limits,
        system,
        policy,
        collaboration,
        formulation=formulation,
        objectives=objectives,
        slack=slack,
        targets=targets,
    )
    step("plan")
    plan = model.solve_within(limits, solver, previous=previous, change_weeks=change_weeks)
    told = plan.collaboration.name, perf_counter() - begun, plan.solver, plan.gap
    logger.info("%s: planned, certified and audited in %.2f s, by %s, gap %.2g", *told)
    return plan


@checks_arguments
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
    ['slots', 'stay', 'treat', 'wait']
    """
    made = build_within(
        Limits(),
        system,
        policy,
        collaboration,
        formulation=formulation,
        objectives=objectives,
        slack=slack,
        targets=targets,
        reference=reference,
    )
    return replace(made, model=with_every_row(made.model))


def build_within(
    limits: Limits,
    system: System,
    policy: Policy | None = None,
    collaboration: Collaboration | None = None,
    *,
    formulation: str = "auto",
    objectives: Sequence[str] | None = None,
    slack: Mapping[str, float] | None = None,
    targets: Sequence[Target] = (),
    reference: System | None = None,
    after: PlanModel | None = None,
    before_alone: pd.DataFrame | None = None,
) -> PlanModel:
    """Build the model; each trust alone is solved with what solvers may use: see :func:`build`.

    What the model of another system, ``after``, has in common with it is not worked out again. With
    ``before_alone``, treatments of each trust alone, patients keep those as far as costs are equal.
    """
    check_arguments(system, policy, collaboration)
    mode = collaboration or Deep()
    order = in_order(objectives, slack)
    if isinstance(targets, Target) or not isinstance(targets, Iterable):
        raise InputError("targets is not a list: write [mutualaid.Target(…), …]")
    for target in targets:
        if not isinstance(target, Target):
            raise InputError(f"targets has a {type(target).__name__}: pass mutualaid.Target")
    names = SystemNames.of(system.providers, system.services)
    policy, mode = policy_in_codes(policy or Policy(), names), mode_in_codes(mode, names)
    targets = [target.in_codes(names) for target in targets]
    if mode.moves:
        say_closed(system, policy.specialists, mixed=policy.move_mixed_services)
    marks = marks_of(tuple(name for name, _ in order), system.periods)
    marks += [mark for target in targets for mark in target.marks(system.periods)]
    marks += [mark for one in mode.promised for mark in one.marks(system.periods)]
    if after is not None and (after.collaboration != mode or order or targets or reference):
        after = None
    if policy.hangs_on_alone:
        # Whom partners may treat hangs on what each trust does alone, which slots change.
        after = None
    frame = None if after is None else frame_again(after.model.frame, system, policy)
    if frame is None:
        frame = build_frame(system, policy, mode.lend)
        after = None
    # Where owners come first, what each does alone stands in the bounds of arcs.
    own = mode.spare_only or mode.partners
    model = model_again(after.model, frame) if after and not own else None
    before, flow = None, None
    if mode.moves:
        apart = frame if reference is None else build_frame(reference, frame.policy)
        baseline = model_again(after.baseline[0], apart) if after and after.baseline else None
        baseline = baseline or build_model(apart, moves=False)
        if before_alone is None:
            flow = solve(baseline.network, limits=limits).flow
        else:
            flow = alone_as_before(baseline, before_alone, limits)
        before = baseline, decode(baseline, flow)
        if policy.hangs_on_alone:
            frame, before, flow = _told_apart(frame, before)
    if model is None:
        marked = sorted({*marks})
        model = build_model(frame, moves=mode.moves, formulation=formulation, marks=marked)
    if before is not None:
        model = agree(model, mode, alone(*before))
    promised = promise(model, targets)
    return PlanModel(
        collaboration=mode,
        model=promised.model,
        baseline=before,
        baseline_flow=flow,
        order=order,
        targets=tuple(targets),
        missed=promised.missed,
    )


def _told_apart(
    frame: Frame, before: tuple[Model, Outcome]
) -> tuple[Frame, tuple[Model, Outcome], Ints]:
    """Tell patients apart by when they are treated alone; also that, by the new queues."""
    baseline, outcome = before
    apart = baseline.frame
    same = apart is frame
    frame, told = by_alone(frame, baseline, outcome)
    apart = frame if same else by_alone(apart, baseline, outcome)[0]
    baseline = build_model(apart, moves=False)
    return frame, (baseline, told), nobody_moves(baseline, told)
