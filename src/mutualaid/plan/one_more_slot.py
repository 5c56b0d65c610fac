"""A plan's relaxation with slots more: everything is made anew with them, promises too.

One more slot is one more wherever slots count: for whoever may be treated there, for the pools and
caps that it may press against, and for what the trust would do alone, against which promises are
measured. Where nothing but limits changes (:func:`limits_only`), one program is solved again with
other limits. A least gain, a number of lanes, lent rooms, or who is treated at home as alone
change the program itself: there it is built anew for every slot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.arcs import Kind
from mutualaid.model.build import build_model, by_alone
from mutualaid.model.decode import decode
from mutualaid.model.embedding import arcs_in, same_rows, with_rest
from mutualaid.model.limits import agree
from mutualaid.model.limits.baseline import Alone, alone, harm_caps
from mutualaid.model.limits.not_worse_off import promise_of
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, Network, SideRows
from mutualaid.model.outcome import Outcome
from mutualaid.plan.frame_with_slots import frame_with
from mutualaid.plan.least_cost import least_cost
from mutualaid.policy.collaboration import Collaboration
from mutualaid.solve import marginal_values as one_more
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.backends.highs import Program, infinite
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.marginal_values import ExtraUnits, Known, Saved, saved
from mutualaid.solve.solver import Solution, solve
from mutualaid.solve.status import found_nothing

BUILT = 30
"""Building a model and solving it takes as long as looking at its arcs so many times."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SolvedProblem:
    """The problem that a plan solves: its model, its mode, and what each trust does alone.

    Attributes
    ----------
    model : Model
        The model that was solved.
    mode : Collaboration
        How partners work together.
    baseline_model, baseline_outcome
        What each trust does alone.
    shared : bool
        Whether each trust is held to its fair share, which then stays what it is.
    """

    model: Model
    mode: Collaboration
    baseline_model: Model
    baseline_outcome: Outcome
    shared: bool = False

    @property
    def remade(self) -> bool:
        """Whether what each trust does alone is made anew with a slot more.

        It is not where it was asked for in another system, nor where shares of a gain are held.
        """
        same = self.baseline_model.frame.system is self.model.frame.system
        return self.mode.moves and same and not self.shared

    @cached_property
    def before(self) -> Alone:
        """What each trust does alone."""
        return alone(self.baseline_model, self.baseline_outcome)

    @cached_property
    def own_rows(self) -> SideRows:
        """The plan's side rows, without those that the caller added."""
        return _anew(self).network.rows

    @property
    def formulation(self) -> str:
        """How the model was built."""
        return "auto" if self.model.chain.any() else "ageing"


def is_plain(problem: SolvedProblem) -> bool:
    """Whether no side row can tie the plan, with whatever slots more.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2), ma.Policy(max_in=900))
    >>> is_plain(plan.solved_problem)
    False
    """
    frame, mode = problem.model.frame, problem.mode
    if len(problem.model.network.rows) or frame.system.pools is not None:
        return False
    if not mode.moves:
        return True
    policy = frame.policy
    free = not (mode.binds or policy.is_capped or policy.some_decline)
    return free and frame.rooms is None and policy.equity is None


def limits_only(problem: SolvedProblem) -> bool:
    """Whether slots more change nothing but limits of the relaxation.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> modes = ma.Transactional(promises="harm"), ma.Transactional()
    >>> [limits_only(ma.optimise(system, None, mode).solved_problem) for mode in modes]
    [True, False]
    """
    frame, mode = problem.model.frame, problem.mode
    if not mode.moves:
        return True
    if frame.rooms is not None or frame.policy.max_lanes is not None:
        return False
    if mode.promised or mode.partners or mode.income is not None:
        # Shares alone stand in coefficients, and other figures need who waits how long.
        return False
    if frame.whole is not None:
        # With a slot more others would be treated alone, so that others gain by moving.
        return False
    if not problem.remade:
        return True
    if frame.system.pools is not None and mode.harm_limit is not None:
        # What a trust does alone then needs a search for whole patients.
        return False
    equity = frame.policy.equity
    if equity is not None and equity.min_gain is not None:
        return False
    return not mode.spare_only and not mode.min_gain


def saved_by_slots(problem: SolvedProblem, solution: Solution) -> Saved:
    """What one more slot saves in each place: by pair of provider and service, then period.

    Parameters
    ----------
    problem
        The plan's model and mode.
    solution
        Its certified solution.

    Returns
    -------
    Saved
        In 1/1000 harm-weeks, for a provider's own slots.
    """
    if not limits_only(problem):
        return _built_anew(problem, solution)
    network = opened(problem)
    if network is None:
        count = int((problem.model.frame.slots.room < 0).sum()) * problem.model.frame.curves.periods
        return Saved(value=np.full(count, np.nan), exact=np.zeros(count, dtype=bool))
    return network.saved(solution)


@dataclass(frozen=True, eq=False, kw_only=True)
class Opened:
    """A plan's network with every place open, with slots or without, and the arc of each.

    Of the limits that nothing presses against, those are here that ``most`` slots more could.
    ``promise`` is the row, by provider and service, that holds what its own patients bear; -1 for
    none.
    """

    problem: SolvedProblem
    model: Model
    network: Network
    arc: Ints
    promise: Ints
    most: int = 1

    @cached_property
    def place(self) -> tuple[Ints, Ints]:
        """Provider and service of each arc."""
        slots = self.model.frame.slots
        pair = self.model.means.pair[self.arc]
        return slots.provider[pair], slots.service[pair]

    @cached_property
    def apart(self) -> tuple[Network, Ints]:
        """The same of what each trust does alone."""
        alone, formulation = self.problem.baseline_model, self.problem.formulation
        return _open(alone, formulation, self.most, moves=False)[1:]

    def cap(self, place: int, less: int) -> int:
        """The limit of a place's promise if its own patients bear so much less alone."""
        provider, service = (int(code[place]) for code in self.place)
        harm = self.problem.before.harm[provider]
        own = harm[service] if self.problem.mode.protect == "service" else harm.sum()
        return int(harm_caps(np.array([own - less]), self.problem.mode.harm_limit or 0.0)[0])

    def saved(self, solution: Solution) -> Saved:
        """What one more slot saves in each place."""
        row = self.promise[self.place]
        unit = np.zeros(0, dtype=np.int64)
        less = np.zeros(0, dtype=np.int64)
        if (row >= 0).any():
            network, arcs = self.apart
            nothing = np.zeros(0, dtype=np.int64)
            alone = saved(
                network, ExtraUnits(arc=arcs, unit=nothing, row=nothing, less=nothing)
            ).value
            unit = np.flatnonzero((alone > 0) & (row >= 0))
            caps = [self.cap(place, round(alone[place])) for place in unit.tolist()]
            less = self.network.rows.upper[row[unit]] - np.array(caps, dtype=np.int64)
        more = ExtraUnits(arc=self.arc, unit=unit, row=row[unit], less=less)
        large = self.network.arcs > one_more.LARGEST
        return saved(self.network, more, self._known(solution) if large else None)

    def least(self, place: int, count: int) -> float:
        """The least cost with so many slots more in a place; infinite where no plan is left."""
        arc = self.arc[place : place + 1]
        capacity = self.network.capacity.copy()
        capacity[arc] += count
        if not len(self.network.rows):
            return float(self.network.cost @ solve_flow(replace(self.network, capacity=capacity)))
        provider, service = (code[place] for code in self.place)
        row = self.promise[provider, service]
        rows = np.array([row] if row >= 0 else [], dtype=np.int64)
        cap = self.network.rows.upper[rows]
        if row >= 0 and count:
            network, arcs = self.apart
            wider = network.capacity.copy()
            wider[arcs[place]] += count
            wide = replace(network, capacity=wider)
            cost = [int(one.cost @ solve_flow(one)) for one in (network, wide)]
            cap = np.array([self.cap(place, cost[0] - cost[1])], dtype=np.int64)
        lower = infinite(self.network.rows.lower)[rows]
        self._program.limit_arcs(arc, self.network.lower[arc], capacity[arc])
        self._program.limit_rows(rows, lower, cap.astype(np.float64))
        try:
            return float(self.network.cost @ self._program.solve()[0])
        except SolverError as error:
            if not found_nothing(error):
                raise
            return np.inf
        finally:
            self._program.limit_arcs(arc, self.network.lower[arc], self.network.capacity[arc])
            self._program.limit_rows(rows, lower, infinite(self.network.rows.upper)[rows])

    @cached_property
    def _program(self) -> Program:
        return Program(self.network, Limits())

    def _known(self, solution: Solution) -> Known:
        """The plan's own prices on this network, which they bound as well."""
        model, network = self.problem.model, self.network
        row = same_rows(network.rows, model.network.rows)
        price = np.zeros(len(network.rows))
        price[row >= 0] = solution.row_price[row[row >= 0]] / solution.price_scale
        found = arcs_in(self.model, model)
        there = np.flatnonzero(found >= 0)
        potential = np.full(network.nodes, np.inf)
        for end in ("tail", "head"):
            nodes = getattr(network, end)[found[there]]
            potential[nodes] = solution.potential[getattr(model.network, end)[there]]
        potential /= solution.price_scale
        cost = network.cost.astype(np.float64)
        np.subtract.at(cost, network.rows.arc, price[network.rows.row] * network.rows.coefficient)
        new = np.flatnonzero(~np.isfinite(potential)[network.head])
        # From a list to where a queue's lanes start, and on to a place: two steps at most.
        for _ in range(2):
            reached = potential[network.tail[new]] + cost[new]
            np.minimum.at(potential, network.head[new], reached)
        # Nobody can be given what nobody reaches.
        potential[~np.isfinite(potential)] = 0.0
        return potential, price


def opened(problem: SolvedProblem, most: int = 1) -> Opened | None:
    """Open every place of a plan whose relaxation changes in its limits only.

    Parameters
    ----------
    problem
        What was solved.
    most
        So many slots more will be asked about, at most: limits that cannot bind without them, such
        as a pool that is larger than all slots need, are kept for them.

    Returns
    -------
    Opened or None
        None where the plan has side rows of its caller's on arcs that cannot be told.
    """
    mode, before = problem.mode, problem.before
    model, network, arcs = _open(problem.model, problem.formulation, most, moves=mode.moves)
    if mode.moves:
        # Every promise is wanted: what is borne alone falls with a slot more.
        none = replace(before, harm=np.zeros_like(before.harm)) if problem.remade else before
        model = agree(model, mode, none)
    wider = with_rest(model, problem.model)
    if wider is None:
        return None
    capacity = wider.network.capacity.copy()
    capacity[: network.arcs] = network.capacity
    promise, limit = _promises(problem, wider.network)
    rows = wider.network.rows
    if (promise >= 0).any():
        upper = rows.upper.copy()
        upper[promise[promise >= 0]] = limit[promise >= 0]
        rows = replace(rows, upper=upper)
    network = replace(wider.network, capacity=capacity, rows=rows)
    return Opened(
        problem=problem, model=wider, network=network, arc=arcs, promise=promise, most=most
    )


def _open(model: Model, formulation: str, most: int, *, moves: bool) -> tuple[Model, Network, Ints]:
    """A model with slots more everywhere, its network without these, and the arc of each place."""
    slots = model.frame.slots
    own = slots.room < 0
    frame = replace(model.frame, slots=replace(slots, count=slots.count + most * own[:, None]))
    wider = build_model(frame, moves=moves, formulation=formulation)
    arcs = wider.means.arcs(Kind.SLOTS)
    arcs = arcs[own[wider.means.pair[arcs]]]
    arcs = arcs[np.lexsort((wider.means.period[arcs], wider.means.pair[arcs]))]
    capacity = wider.network.capacity.copy()
    capacity[arcs] -= most
    return wider, replace(wider.network, capacity=capacity), arcs


def _promises(problem: SolvedProblem, network: Network) -> tuple[Ints, Ints]:
    """The rows that hold what own patients bear, by provider and service, and their limits."""
    harm, share = problem.before.harm, problem.mode.harm_limit
    if not problem.remade or share is None:
        none = np.full(harm.shape, -1, dtype=np.int64)
        return none, none
    row = promise_of(network.rows, *harm.shape)
    own = harm if problem.mode.protect == "service" else harm.sum(axis=1)[:, None]
    return row, np.broadcast_to(harm_caps(own, share), harm.shape)


def _built_anew(problem: SolvedProblem, solution: Solution) -> Saved:
    """Build the relaxation anew for one slot after another, the dearest by the plan's prices first.

    What is left when that would take too long is missing.
    """
    frame = problem.model.frame
    own = np.flatnonzero(frame.slots.room < 0)
    periods = frame.curves.periods
    value = np.full(len(own) * periods, np.nan)
    exact = np.zeros(len(value), dtype=bool)
    base = least_with(problem)
    each = BUILT * max(problem.model.network.arcs, 1)
    most = max(one_more.EFFORT // each, 1)
    for place in np.argsort(-_by_prices(problem, solution), kind="stable")[:most].tolist():
        with_it = least_with(problem, int(own[place // periods]), place % periods, 1)
        if base is not None and with_it is not None:
            value[place], exact[place] = base - with_it, True
    return Saved(value=value, exact=exact)


def _by_prices(problem: SolvedProblem, solution: Solution) -> Floats:
    """What the plan's prices make of a slot in each place: which to look at first, no more."""
    model, network = problem.model, problem.model.network
    own = model.frame.slots.room < 0
    arcs = model.means.arcs(Kind.SLOTS)
    arcs = arcs[own[model.means.pair[arcs]]]
    place = np.cumsum(own) - 1
    # Of places without slots nothing is known: they come first.
    result = np.full((int(own.sum()), model.frame.curves.periods), np.inf)
    potential = solution.potential / solution.price_scale
    worth = potential[network.head[arcs]] - potential[network.tail[arcs]]
    result[place[model.means.pair[arcs]], model.means.period[arcs] - 1] = worth
    return result.ravel()


def least_with(
    problem: SolvedProblem, pair: int = 0, step: int = 0, count: int = 0
) -> float | None:
    """The least cost of the relaxation that is built anew with slots more.

    Parameters
    ----------
    problem
        The plan's model and mode.
    pair, step
        Where: a pair of provider and service, and a period from 0.
    count
        How many slots more.

    Returns
    -------
    float or None
        In 1/1000 harm-weeks; None where nothing keeps every promise.
    """
    wider = with_rest(_anew(problem, pair, step, count), problem.model, problem.own_rows)
    if wider is None:
        return None
    try:
        return least_cost(wider)
    except SolverError as error:
        if not found_nothing(error):
            raise
        return None


def cost_of_relaxation(problem: SolvedProblem) -> float:
    """The least cost of a problem's linear relaxation, in 1/1000 harm-weeks.

    Rows that a caller added are not in it.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> cost_of_relaxation(plan.solved_problem) == plan.certificate.cost
    True
    """
    return least_cost(_anew(problem))


def _anew(problem: SolvedProblem, pair: int = 0, step: int = 0, count: int = 0) -> Model:
    """Build a plan's model anew with slots more, but for rows of its caller's."""
    whole = problem.model.frame.whole
    base = problem.model.frame if whole is None else whole.frame
    frame = frame_with(base, problem.mode, pair, step, count)
    before = problem.before
    if problem.remade or whole is not None:
        model = build_model(frame, moves=False)
        outcome = decode(model, solve(model.network).flow)
        if whole is not None:
            frame, outcome = by_alone(frame, model, outcome)
            model = build_model(frame, moves=False)
        if problem.remade:
            before = alone(model, outcome)
    mode, periods = problem.mode, frame.curves.periods
    marks = sorted({mark for one in mode.promised for mark in one.marks(periods)})
    model = build_model(frame, moves=mode.moves, formulation=problem.formulation, marks=marks)
    if mode.moves:
        model = agree(model, mode, before)
    return model
