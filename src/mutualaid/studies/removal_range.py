"""Removals: how many leave the list untreated, as an input, and what hangs on it.

Patients are treated otherwise, move away, or no longer need care. How many, nobody knows well; but
what joins less what leaves is the demand, and whether a list refills is decided by the last few
patients a week. So the rate is set here, and what follows from several rates is laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.system import System
from mutualaid.errors import InputError, Problems
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy
from mutualaid.studies import queueing
from mutualaid.studies.changes import Change, Removals, RemovalShare
from mutualaid.studies.refilling import refill
from mutualaid.studies.scenarios import Runs, Scenario, run_scenarios

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2)


@checks_arguments
def removal_sensitivity(
    system: System,
    policy: Policy | None = None,
    *,
    shares: Sequence[float] | None = None,
    factors: Sequence[float] | None = None,
    collaboration: Collaboration | None = None,
    target_weeks: float = 18,
    executor: Executor | None = None,
    progress: Callable[[str], object] | None = None,
) -> Runs:
    """Make the best plan for several rates of removal, and lay what follows side by side.

    Parameters
    ----------
    system, policy, collaboration, executor, progress
        As for :func:`mutualaid.studies.run_scenarios`.
    shares
        Shares of the referrals who leave untreated, in place of the system's removals.
    factors
        By how much the system's removals are multiplied; not together with ``shares``. Neither:
        shares of 0 to 20 % in steps of 5.
    target_weeks
        As for :func:`mutualaid.studies.refilling.refill`.

    Returns
    -------
    Runs
        The table has a row a rate: ``share`` or ``factor``; ``removed_share`` (of the referrals,
        those who found somebody to remove); ``demand`` and ``capacity`` (patients a week) and
        ``load``, of all; ``refilling`` (lists of a trust's service that refill once the plan has
        ended); then the columns of :class:`mutualaid.studies.Runs`. The plans are called
        ``"share=0.1"``, and so on.

    Raises
    ------
    InputError
        If the rates cannot be used, or the system has no referrals.
    SolverError
        As :func:`mutualaid.optimise`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> runs = removal_sensitivity(system, shares=[0, 0.1, 0.2])
    >>> bool(runs.table["load"].is_monotonic_decreasing)
    True
    """
    if shares is not None and factors is not None:
        raise InputError("removal_sensitivity takes shares or factors, not both")
    if system.referrals is None:
        raise InputError("removal_sensitivity: the system has no referrals, so no rate of removal")
    label = "share" if factors is None else "factor"
    rates = list(SHARES if shares is None else shares) if factors is None else list(factors)
    if not rates:
        raise InputError(f"{label}s is empty: write at least one rate")
    changes = _changes(label, rates)
    runs = run_scenarios(
        system,
        policy,
        [Scenario(f"{label}={rate:g}", [one]) for rate, one in zip(rates, changes, strict=True)],
        collaboration=collaboration,
        executor=executor,
        progress=progress,
    )
    rows = []
    for rate, plan in zip(rates, runs.plans.values(), strict=True):
        lists = refill(plan, target_weeks=target_weeks)
        demand, capacity = float(lists["demand"].sum()), float(lists["capacity_alone"].sum())
        joined = float(lists["referrals"].sum())
        rows.append(
            {
                label: rate,
                "removed_share": float(lists["removals"].sum()) / joined if joined else 0.0,
                "demand": demand,
                "capacity": capacity,
                "load": queueing.load(demand, capacity),
                "refilling": int(lists["refills_alone"].sum()),
            }
        )
    table = pd.concat([pd.DataFrame(rows), runs.table.drop(columns="scenario")], axis=1)
    return Runs(table=table, plans=runs.plans)


def _changes(label: str, rates: Sequence[float]) -> list[Change]:
    """A change for each rate; every rate that cannot be used is told at once."""
    problems, found = Problems(), list[Change]()
    for rate in rates:
        try:
            found.append(RemovalShare(share=rate) if label == "share" else Removals(factor=rate))
        except InputError as error:
            problems.add("removal_sensitivity", f"{label}s", str(error), "")
    problems.raise_if_any()
    return found
