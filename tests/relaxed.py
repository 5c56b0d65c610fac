"""What the linear relaxation of a plan costs, to its last fraction: prices are held against it."""

from __future__ import annotations

import mutualaid as ma
from mutualaid.errors import SolverError
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import relax

NEAR = 2e-5
"""Of HiGHS's tolerances, in harm-weeks."""


def relaxation(system, policy, mode):
    """What the relaxation costs, in harm-weeks, built from nothing; None if nothing fits.

    Only limits between groups may be such that nothing fits.
    """
    network = ma.build(system, policy, mode).network
    if not len(network.rows):
        return network.total(solve_flow(network)) / 1000
    try:
        return float(network.cost @ relax(network, Limits()).flow) / 1000
    except SolverError as error:
        if policy.equity is None or error.status != "infeasible":
            raise
        return None
