"""Two criteria against each other: what fewer moves, less travel or a smaller loss would cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model.limits.baseline import alone
from mutualaid.model.limits.not_worse_off import promise_of
from mutualaid.model.linear_terms import objective
from mutualaid.model.network import at_most, stack_rows
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build, optimise
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Collaboration, Deep
from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import Policy
from mutualaid.solve.interface import Limits
from mutualaid.solve.parametric import Frontier
from mutualaid.solve.parametric import frontier as trace
from mutualaid.solve.solver import relax

UNITS = {"moves": 1, "travel": 1000}
"""Units of a criterion's weight in one of what is reported: patients; minutes."""


@checks_arguments
def frontier(
    system: System,
    policy: Policy | None = None,
    collaboration: Collaboration | None = None,
    *,
    against: str = "moves",
    tolerance: float = 1e-3,
    time_limit: float | None = None,
) -> pd.DataFrame:
    """Trace the least objective against how much is allowed of another criterion.

    From none of it to as much as the best plan takes, of the linear relaxation with the mode's
    promises: no plan of whole patients lies below the curve.

    Parameters
    ----------
    system, policy, collaboration
        As for :func:`mutualaid.optimise`.
    against
        ``"moves"`` (patients), ``"travel"`` (extra minutes, one way, all patients) or ``"loss"``
        (what any one trust's own patients may bear more than alone, as a share of it: the
        ``max_sacrifice`` of :class:`mutualaid.Deep`, without estate and reciprocity).
    tolerance
        Stop refining where the curve is known to this share of the whole fall; 0 finds every
        kink, of which large systems have many.
    time_limit
        Seconds for each run of the solver.

    Returns
    -------
    pandas.DataFrame
        A column named as ``against``; ``objective`` (harm-weeks with travel and moves, exact
        there); ``kink`` (whether the slope is known to change there, and nowhere between it and
        the next point on either side); ``saved_per_unit`` (harm-weeks for one more of the
        criterion, on the way to the next point; missing at the last). Against loss the columns
        are called ``max_sacrifice`` and ``saved_per_point`` (for one percentage point more).

    Raises
    ------
    InputError
        If an option is out of range.
    SolverError
        If no optimum was found in time.

    Examples
    --------
    >>> import mutualaid as ma
    >>> curve = frontier(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3))
    >>> bool(curve["objective"].round(3).is_monotonic_decreasing)
    True
    >>> bool(curve["saved_per_unit"].dropna().round(3).is_monotonic_decreasing)
    True
    """
    argument.choice("against", against, (*UNITS, "loss"))
    argument.share("tolerance", tolerance, below=True)
    limits = limits_of(time_limit, None, None)
    if against == "loss":
        if not isinstance(collaboration, Deep | None):
            raise InputError(f"{collaboration.name} caps losses: trace them under Deep")
        return against_loss(optimise(system, policy, Deep()), limits, tolerance)
    model = build(system, policy, collaboration or Deep()).model
    weight, unit = objective(model, against), UNITS[against]
    best = relax(model.network, limits)
    high = float(weight @ best.flow) / unit
    if high <= 0:
        value = float(model.network.cost @ best.flow) / SCALE
        found = pd.DataFrame({against: [0.0], "objective": [value], "kink": [False]})
        return found.assign(saved_per_unit=np.nan)
    rows = stack_rows(model.network.rows, at_most(weight, 0))
    network = replace(model.network, rows=rows)
    direction = np.zeros(len(network.rows), dtype=np.int64)
    direction[-1] = unit
    curve = trace(network, direction, 0.0, high, limits, tolerance=tolerance)
    return curve_table(curve, against, "saved_per_unit")


def against_loss(deep: Plan, limits: Limits, tolerance: float) -> pd.DataFrame:
    """Trace the least objective against the cap on any one trust's loss, up to Deep's own."""
    argument.share("tolerance", tolerance, below=True)
    model = build(deep.system, deep.policy, Deep(max_sacrifice=0)).model
    harm = alone(deep.baseline_model, deep.baseline_outcome).harm.sum(axis=1)
    row = promise_of(model.network.rows, len(harm), 1)[:, 0]
    direction = np.zeros(len(model.network.rows), dtype=np.int64)
    direction[row[row >= 0]] = harm[row >= 0]
    loss = loss_by_trust(deep)
    high = max(float(loss[np.isfinite(loss)].max()), 0.0) if len(loss) else 0.0
    if not direction.any() or high == 0.0:
        at, none = np.zeros(1), np.zeros(1, dtype=bool)
        value = np.array([float(deep.certificate.cost)])
        curve = Frontier(at=at, value=value, kink=none, exact=True)
    else:
        curve = trace(model.network, direction, 0.0, high, limits, tolerance=tolerance)
    return curve_table(curve, "max_sacrifice", "saved_per_point", per=0.01)


def loss_by_trust(plan: Plan) -> pd.Series:
    """What each trust's own patients bear more than alone, as a share of it."""
    bears = plan.entries.groupby("origin", observed=True)["harm"].sum()
    alone = plan.baseline_entries.groupby("origin", observed=True)["harm"].sum()
    change = (bears - alone).astype(float)
    return (change / alone.astype(float)).where(change != 0, 0.0)


def curve_table(curve: Frontier, name: str, slope: str, per: float = 1.0) -> pd.DataFrame:
    """Lay a curve out as a table; ``per`` is how many of the criterion the slope is for."""
    found = pd.DataFrame(
        {name: curve.at, "objective": curve.value / SCALE, "kink": curve.kink.astype(bool)}
    )
    step = found["objective"].diff() / found[name].diff() * per
    return found.assign(**{slope: -step.shift(-1)})
