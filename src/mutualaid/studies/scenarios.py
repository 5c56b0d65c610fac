"""What if: the same system under other circumstances, side by side.

A :class:`Scenario` is a name and changes of :mod:`mutualaid.studies.changes`, applied in order.
Scenarios compose, are written as TOML, and never change the system that they start from.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd
import tomli_w

from mutualaid.arguments import Arguments, argument, checks_arguments, shown, typed
from mutualaid.data.system import System
from mutualaid.errors import InputError, Problems
from mutualaid.outcomes.tables import in_harm_weeks
from mutualaid.parallel import answers
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build_within
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Collaboration, Deep
from mutualaid.policy.policy import Policy
from mutualaid.solve.backends.flow import Memory
from mutualaid.studies.changes import KINDS, Change, Rule, State


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, and what is otherwise.

    Parameters
    ----------
    name
        What it is called.
    changes
        Changes of :mod:`mutualaid.studies.changes`, applied in order; none for what is expected.

    Raises
    ------
    InputError
        If there is no name, or a change is none.

    Examples
    --------
    >>> from mutualaid.studies.changes import Capacity, Closure
    >>> winter = Scenario("winter", [Capacity(factor=0.85, periods=(10, 11))])
    >>> flood = Scenario("flood", [Closure(provider="XA1", periods=(10,))])
    >>> winter + flood
    Scenario 'winter and flood': capacity times 0.85 in periods 10, 11; XA1 closed in period 10
    """

    name: str
    changes: tuple[Change, ...] = ()

    def __init__(self, name: str, changes: Iterable[Change] = ()) -> None:
        with Arguments("Scenario") as check:
            if not isinstance(name, str) or not name.strip():
                check.wrong("name", f"is {shown(name)}", "write a name")
            if isinstance(changes, Change) or not isinstance(changes, Iterable):
                check.wrong("changes", "is no list", "write [change, …]")
                changes = ()
            all_of_them = tuple(changes)
            for change in all_of_them:
                if not isinstance(change, Change):
                    what = f"has {typed(change)}"
                    check.wrong("changes", what, "use mutualaid.studies.changes")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "changes", all_of_them)

    @checks_arguments
    def apply(self, system: System, policy: Policy | None = None) -> State:
        """Make the system and the policy of the scenario.

        Raises
        ------
        InputError
            If a change does not fit the system.
        """
        state = system, policy or Policy()
        for change in self.changes:
            try:
                state = change.apply(*state)
            except InputError as error:
                raise InputError(f"scenario {self.name!r}: {error}") from error
        return state

    def __add__(self, other: Scenario) -> Scenario:
        return Scenario(f"{self.name} and {other.name}", (*self.changes, *other.changes))

    def __repr__(self) -> str:
        told = "; ".join(map(str, self.changes)) or "as expected"
        return f"Scenario {self.name!r}: {told}"


def check_names(scenarios: object) -> list[str]:
    """Check that scenarios are a list of such, and say what they are called.

    Raises
    ------
    InputError
        If they are none, or two have the same name.

    Examples
    --------
    >>> check_names([Scenario("winter"), Scenario("flood")])
    ['winter', 'flood']
    """
    if isinstance(scenarios, Scenario) or not isinstance(scenarios, Sequence):
        raise InputError("scenarios is no list: write [mutualaid.studies.Scenario(…), …]")
    for one in scenarios:
        if not isinstance(one, Scenario):
            argument.wrong("scenarios", f"has {typed(one)}", "pass a mutualaid.studies.Scenario")
    names = [one.name for one in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"scenarios are called {', '.join(twice)} more than once: rename them")
    return names


@checks_arguments
def to_toml(scenarios: Sequence[Scenario]) -> str:
    """Write scenarios as TOML, to be kept beside the data and read by :func:`from_toml`.

    Examples
    --------
    >>> from mutualaid.studies.changes import Capacity
    >>> text = to_toml([Scenario("winter", [Capacity(factor=0.85, periods=(10, 11))])])
    >>> from_toml(text)
    [Scenario 'winter': capacity times 0.85 in periods 10, 11]
    """
    listed = [
        {"name": one.name, "change": [change.described() for change in one.changes]}
        for one in scenarios
    ]
    return tomli_w.dumps({"scenario": listed})


@checks_arguments
def from_toml(text: str) -> list[Scenario]:
    """Read scenarios: ``[[scenario]]`` with a ``name``, and in each ``[[scenario.change]]``.

    A change has a ``kind`` (``capacity``, ``closure``, ``referrals``, ``removals``,
    ``removal_share``, ``stay``, ``pool``, ``site`` or ``rule``) and the parameters of that
    class of :mod:`mutualaid.studies.changes`.

    Raises
    ------
    InputError
        If it cannot be read; every problem is listed.
    """
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the scenarios are not TOML: {error}") from error
    problems, found = Problems(), []
    surplus = [key for key in read if key != "scenario"]
    listed = read.get("scenario", [])
    if surplus or not isinstance(listed, list):
        problems.add("scenarios", ", ".join(surplus), "is not [[scenario]]", "write [[scenario]]")
        listed = []
    for number, one in enumerate(listed, start=1):
        where = f"scenario {number}"
        surplus = [key for key in one if key not in ("name", "change")]
        if surplus:
            problems.add(where, ", ".join(surplus), "is unknown", "write name and change")
        changes = [
            made
            for i, change in enumerate(one.get("change", []), start=1)
            for made in _read(f"{where}, change {i}", change, problems)
        ]
        try:
            found.append(Scenario(one.get("name", ""), changes))
        except InputError as error:
            problems.add(where, "", str(error), "")
    problems.raise_if_any()
    return found


def _read(where: str, given: Mapping[str, Any], problems: Problems) -> Iterator[Change]:
    kind = KINDS.get(str(given.get("kind")))
    if kind is None:
        problems.add(where, "kind", f"is {given.get('kind')!r}", f"use {', '.join(KINDS)}")
        return
    known = [item.name for item in fields(kind)]
    values = {name: value for name, value in given.items() if name != "kind"}
    surplus = [name for name in values if name not in known]
    if surplus:
        problems.add(where, ", ".join(surplus), "is unknown", f"use {', '.join(known)}")
        return
    try:
        yield kind(**values)
    except InputError as error:
        problems.add(where, "", str(error), "")
    except TypeError:
        problems.add(where, "", "lacks something that it needs", f"write {', '.join(known)}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Runs:
    """Plans of several scenarios. Made by :func:`run_scenarios` and :func:`sweep`.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a scenario: ``scenario`` (or, for a sweep, a column for each range);
        ``alone`` and ``objective`` (harm-weeks with travel and moves, each trust alone and with
        the plan), ``saved``, ``harm_weeks``, ``moves``, ``travel_minutes`` (extra, one way);
        ``list_size``, ``over_18``, ``over_52``, ``over_65`` at the end, alone (``…_alone``) and
        with the plan; ``gap``.
    plans : mapping of str to Plan
        By the name of the scenario.
    """

    table: pd.DataFrame
    plans: Mapping[str, Plan]


@checks_arguments
def run_scenarios(
    system: System,
    policy: Policy | None = None,
    scenarios: Sequence[Scenario] = (),
    *,
    collaboration: Collaboration | None = None,
    solver: str = "auto",
    executor: Executor | None = None,
    progress: Callable[[str], object] | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    mip_gap: float | None = None,
) -> Runs:
    """Make the best plan for each scenario.

    Parameters
    ----------
    system, policy, collaboration, solver, time_limit, threads, mip_gap
        As for :func:`mutualaid.optimise`; the scenarios change system and policy.
    scenarios
        Scenarios with names of their own.
    executor
        Where the scenarios are solved side by side: any :class:`concurrent.futures.Executor`.
        None: one after another, here. The plans are the same.
    progress
        Called with the name of each scenario when its plan is there, in order.

    Returns
    -------
    Runs

    Raises
    ------
    InputError
        If a scenario does not fit the system, or two have the same name.
    SolverError
        As :func:`mutualaid.optimise`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> runs = run_scenarios(system, None, [
    ...     Scenario("expected"),
    ...     Scenario("strike", [ma.studies.changes.Capacity(factor=0.7, periods=(2,))]),
    ... ])
    >>> list(runs.table["scenario"])
    ['expected', 'strike']
    >>> bool(runs.table["objective"].is_monotonic_increasing)
    True
    """
    names = check_names(scenarios)
    options = {
        "collaboration": collaboration,
        "solver": solver,
        "time_limit": time_limit,
        "threads": threads,
        "mip_gap": mip_gap,
    }
    policy = policy or Policy()
    # Applied here, so that what does not fit is told before anything is solved.
    tasks = [(*one.apply(system, policy), options) for one in scenarios]
    return _runs([{"scenario": name} for name in names], names, tasks, executor, progress)


Task = tuple[System, Policy, dict[str, Any]]


def _runs(
    labels: Sequence[Mapping[str, object]],
    names: Sequence[str],
    tasks: Sequence[Task],
    executor: Executor | None,
    progress: Callable[[str], object] | None,
) -> Runs:
    """Solve the tasks; here, one after another goes on from the one before."""
    work = _solve if executor is not None else _Series().solve
    plans: dict[str, Plan] = {}
    for name, plan in zip(names, answers(work, tasks, executor), strict=True):
        plans[name] = plan
        if progress is not None:
            progress(name)
    return Runs(table=_table(labels, plans), plans=plans)


class _Series:
    """Scenarios one after another: what they share is worked out once."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.last: PlanModel | None = None

    def solve(self, task: Task) -> Plan:
        """Solve the next one: the search starts where the last one's ended."""
        system, policy, options = task
        asked = (options.get(name) for name in ("time_limit", "threads", "mip_gap"))
        limits = replace(limits_of(*asked), memory=self.memory)
        model = build_within(limits, system, policy, options["collaboration"], after=self.last)
        self.last = model
        return model.solve_within(limits, options.get("solver", "auto"))


def _solve(task: Task) -> Plan:
    return _Series().solve(task)


def _table(labels: Sequence[Mapping[str, object]], plans: Mapping[str, Plan]) -> pd.DataFrame:
    rows = []
    for label, plan in zip(labels, plans.values(), strict=True):
        whole = plan.measures(by=None).iloc[0]
        rows.append(
            {
                **label,
                "alone": plan.baseline_objective,
                "objective": plan.objective,
                "saved": in_harm_weeks(
                    int(plan.baseline_entries["harm"].sum()) - plan.certificate.cost
                ),
                "harm_weeks": plan.harm_weeks,
                "moves": int(whole["moves_in_after"]),
                "travel_minutes": float(whole["travel_minutes_after"]),
                **{
                    f"{name}{suffix}": int(whole[f"{name}_{side}"])
                    for name in ("list_size", "over_18", "over_52", "over_65")
                    for side, suffix in (("before", "_alone"), ("after", ""))
                },
                "gap": plan.gap,
            }
        )
    return pd.DataFrame(rows)


@checks_arguments
def sweep(
    system: System,
    policy: Policy | None = None,
    *,
    collaboration: Collaboration | None = None,
    executor: Executor | None = None,
    progress: Callable[[str], object] | None = None,
    **ranges: Sequence[Any],
) -> Runs:
    """Make the best plan for every combination of some parameters' values.

    Parameters
    ----------
    system, policy, collaboration, executor, progress
        As for :func:`run_scenarios`.
    **ranges
        Values of parameters of the policy (``max_minutes=[30, 45, 60, 90]``) or of the mode
        (``max_sacrifice=[0, 0.05, 0.1]``).

    Returns
    -------
    Runs
        The table has a column for each range; the plans are called ``"max_minutes=30"``, and
        so on.

    Raises
    ------
    InputError
        If neither policy nor mode has such a parameter, or a value is out of range.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> runs = sweep(system, max_minutes=[0, 60], max_sacrifice=[0, 0.1])
    >>> runs.table[["max_minutes", "max_sacrifice"]].to_numpy().tolist()
    [[0.0, 0.0], [0.0, 0.1], [60.0, 0.0], [60.0, 0.1]]
    """
    mode = collaboration or Deep()
    of_policy = {item.name for item in fields(Policy)}
    of_mode = {item.name for item in fields(mode)} - of_policy
    problems = Problems()
    for name, values in ranges.items():
        if name not in of_policy | of_mode:
            known = ", ".join(sorted(of_policy | of_mode))
            problems.add("sweep", name, f"is not of Policy or {mode.name}", f"use {known}")
        elif isinstance(values, str) or not isinstance(values, Iterable) or not list(values):
            problems.add("sweep", name, f"is {values!r}", "write a list of values")
    problems.raise_if_any()
    combinations = [
        dict(zip(ranges, values, strict=True)) for values in itertools.product(*ranges.values())
    ]
    tasks: list[Task] = []
    for chosen in combinations:
        rule = Rule(policy={name: v for name, v in chosen.items() if name in of_policy})
        other = replace(mode, **{name: v for name, v in chosen.items() if name in of_mode})
        tasks.append((*rule.apply(system, policy or Policy()), {"collaboration": other}))
    names = [", ".join(f"{name}={value}" for name, value in one.items()) for one in combinations]
    return _runs(combinations, names, tasks, executor, progress)
