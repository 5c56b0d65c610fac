"""The least cost of a model in parts of patients."""

from __future__ import annotations

from mutualaid.model.limits.asked_twice import ask_limits
from mutualaid.model.limits.side_rows import with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import no_rows
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import relax


def least_cost(model: Model) -> float:
    """The least cost of a model's linear relaxation, with rows of what can be expected."""
    asked = ask_limits(model)
    while True:
        network = model.network
        flow = relax(network, Limits()).flow if len(network.rows) else solve_flow(network)
        more = no_rows() if asked is None else asked.broken(flow)
        if not len(more):
            return float(network.cost @ flow)
        model = with_rows(model, more)
