"""Stable from month to month: plans in which changing what stands already costs something."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.arguments import argument
from mutualaid.data.schema import ALONE_PERIOD
from mutualaid.errors import Problems
from mutualaid.model.linear_terms import away
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.outcomes.move_keys import at_home, exits, on_arcs, standing_moves
from mutualaid.outcomes.tables import in_harm_weeks, stage_table
from mutualaid.plan_methods import Plan
from mutualaid.policy.harm import SCALE
from mutualaid.solve.interface import Limits
from mutualaid.solve.keep_moves import stay_close
from mutualaid.solve.solver import Solution, bounded_by, certified_by, relax, solve

if TYPE_CHECKING:
    from mutualaid.outcomes.move_keys import Standing


def read_standing(previous: Plan | pd.DataFrame, model: Model, change_weeks: float) -> Standing:
    """Check the moves that stand and count them.

    Raises
    ------
    InputError
        If a column is not there, a count is not a whole number from 0, or what a change costs
        is out of range.
    """
    argument.number("change_weeks", change_weeks, 0, 1000, "harm-weeks")
    labels = model.frame.queues.names
    moves = previous.moves if isinstance(previous, Plan) else previous
    argument.kind("previous", moves, pd.DataFrame, "pass a plan, or a table of moves")
    problems = Problems()
    problems.need("previous", moves, (*labels, "provider", "period", "patients"))
    problems.raise_if_any()
    for name, least in (("period", 1), ("patients", 0)):
        values = pd.to_numeric(moves[name], errors="coerce").to_numpy(dtype=np.float64)
        wrong = ~(values >= least) | (values != np.floor(values))
        if wrong.any():
            remedy = f"whole numbers from {least}"
            problems.add("previous", name, "cannot be used", remedy, rows=wrong, values=moves[name])
    problems.raise_if_any()
    away = (moves["provider"].astype(str) != moves["origin"].astype(str)).to_numpy()
    told = moves[away].astype({"period": "int64", "patients": "int64"})
    return standing_moves(told, _labels(model))


def _labels(model: Model) -> list[str]:
    """Columns of a table of moves that tell queues of a model apart, as far as it has them."""
    queues = model.frame.queues
    return queues.names if queues.alone is None else [*queues.names, ALONE_PERIOD]


def treated_at_home(previous: Plan | pd.DataFrame, model: Model) -> Standing | None:
    """Count whom a plan, or a table of treatments, treats at home; None if it does not say."""
    treated = previous.treatments if isinstance(previous, Plan) else previous
    labels = model.frame.queues.names
    if any(name not in treated for name in labels):
        return None
    home = (treated["provider"].astype(str) == treated["origin"].astype(str)).to_numpy()
    return standing_moves(treated[home], _labels(model)) if home.any() else None


def alone_as_before(model: Model, before: pd.DataFrame, limits: Limits) -> Ints:
    """Find what each trust does alone, and of what costs the same that which is most as before.

    Parameters
    ----------
    model
        The model in which nobody moves.
    before
        Treatments alone, before the lists or the slots changed.
    limits
        What solvers may use.

    Returns
    -------
    int64 array, shape (arcs,)
        The flow.
    """
    reference = treated_at_home(before, model)
    if reference is None:
        return solve(model.network, limits=limits).flow
    home = at_home(model)
    nothing = np.zeros(model.network.arcs, dtype=np.int64)
    flow, _ = stay_close(
        model.network,
        nothing,
        np.zeros(0, dtype=np.int64),
        exits(model),
        0,
        "auto",
        limits,
        reference=(home, on_arcs(model, reference, home)),
    )
    return flow


def steadily(
    model: Model,
    standing: Standing,
    change_weeks: float,
    solver: str,
    limits: Limits,
    start: Ints | None,
    reference: Standing | None = None,
) -> tuple[Solution, pd.DataFrame]:
    """Find the cheapest plan where each move dropped, and each move added, costs something.

    ``reference`` are treatments at home: of plans that cost the same, with as few moves, one that
    treats at home as before is taken, so that the same patients are offered the same.

    Returns
    -------
    Solution
        Certified against the model's own cost, and the least cost that takes no notice of what
        stands.
    pandas.DataFrame
        The proof for cost and changes together: see :func:`mutualaid.outcomes.tables.stage_table`.
    """
    network = model.network
    change = round(change_weeks * SCALE)
    leaves = exits(model)
    home = at_home(model)
    flow, found = stay_close(
        network,
        on_arcs(model, standing),
        away(model),
        leaves,
        change,
        solver,
        limits,
        start,
        reference=None if reference is None else (home, on_arcs(model, reference, home)),
    )
    if len(network.rows):
        best = relax(network, limits)
        solution = certified_by(network, flow, best.potential, best.row_price, found.solver)
    else:
        cheapest = solve(network, limits=limits)
        solution = bounded_by(network, flow, cheapest, found.solver)
    # Counted for everybody who leaves, and not for what stands: the rest are the changes.
    counted = change * (int(flow[leaves].sum()) - sum(standing.values()))
    proof = replace(
        found.certificate,
        cost=found.certificate.cost - counted,
        lower_bound=found.certificate.lower_bound - counted,
        relaxed=None,
    )
    return solution, stage_table([("cost and changes", 0.0)], [proof]).assign(
        changes=in_harm_weeks(proof.cost - solution.certificate.cost)
    )
