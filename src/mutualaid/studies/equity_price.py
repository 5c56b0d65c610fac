"""What a limit between groups of patients costs."""

from __future__ import annotations

from mutualaid.arguments import checks_arguments
from mutualaid.errors import InputError
from mutualaid.plan.published import require_plan
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import optimise


@checks_arguments
def price_of_equity(plan: Plan, *, solver: str = "auto") -> float:
    """Find what the policy's limit between groups costs everybody together.

    Parameters
    ----------
    plan
        A plan whose policy has an ``equity``.
    solver
        As for :func:`mutualaid.optimise`.

    Returns
    -------
    float
        Harm-weeks by which the plan's objective lies above that of the best plan without the
        limit, everything else alike; as exact as the gaps of both.

    Raises
    ------
    InputError
        If the policy has no such limit.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> plan = ma.optimise(system, ma.Policy(equity=ma.Equity(min_gain=0.0)))
    >>> ma.studies.price_of_equity(plan) >= 0
    True
    """
    require_plan(plan)
    if plan.policy.equity is None:
        raise InputError("the plan's policy has no equity limit: there is nothing to price")
    free = optimise(plan.system, plan.policy.replace(equity=None), plan.collaboration, solver)
    return plan.objective - free.objective
