"""All second opinions on a plan together: what any of them finds."""

from __future__ import annotations

import pandas as pd

from mutualaid.audit import (
    acceptance_audit,
    booked_audit,
    eligibility_audit,
    equity_audit,
    income_audit,
    lane_audit,
    lent_rooms_audit,
    partners_audit,
    plan_audit,
    promises_audit,
    weeks_saved_audit,
)
from mutualaid.data.system import System
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.estate import Estate
from mutualaid.policy.policy import Policy


def violations(
    system: System,
    policy: Policy,
    mode: Collaboration,
    table: pd.DataFrame,
    baseline: pd.DataFrame,
    *,
    cost: int,
    paid: int = 0,
    estate: Estate | None = None,
    given: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List everything in a plan's tables that the system, the policy or the mode does not allow.

    Parameters
    ----------
    system, policy, mode
        What the plan was made for.
    table, baseline
        Tables of :func:`mutualaid.outcomes.tables.entries`: of the plan, and of what each trust
        does alone.
    cost, paid
        What the plan is said to cost, in 1/1000 harm-weeks, and what of it is paid for rooms.
    estate
        Whose rooms are lent, if any are.
    given
        What partners that are no hospitals give: :attr:`mutualaid.Plan.help_given`.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> found = violations(plan.system, plan.policy, plan.collaboration, plan.entries,
    ...                    plan.baseline_entries, cost=plan.certificate.cost + 2000)
    >>> found.to_dict("records")
    [{'rule': 'the cost adds up (harm-weeks)', 'where': 'all lists', 'amount': 2.0}]
    """
    equity = policy.equity if mode.moves else None
    spared = None if given is None or given.empty else given
    found = [
        plan_audit.violations(system, policy, table, cost - paid, spared),
        eligibility_audit.violations(system, policy, table),
        booked_audit.violations(system, table),
        promises_audit.violations(system, mode, table, baseline),
        equity_audit.violations(equity, table, baseline, system.period_weeks),
    ]
    found.append(lane_audit.violations(policy, table, paid if estate is None else None))
    if mode.moves:
        found.append(weeks_saved_audit.violations(policy, table, baseline, system.period_weeks))
        found.append(acceptance_audit.violations(policy, table, system.period_weeks))
    if mode.income is not None:
        found.append(income_audit.violations(system, mode.income, table, baseline))
    if spared is not None:
        found.append(partners_audit.violations(system, mode.partners, table, spared))
    if estate is not None:
        rooms = paid - lane_audit.opening_cost(policy, table)
        found.append(lent_rooms_audit.violations(system, estate, table, rooms))
    return pd.concat(found, ignore_index=True)
