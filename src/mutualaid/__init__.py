"""Reallocate elective waiting lists across hospital trusts, with a plan that is proven best.

>>> import mutualaid as ma
>>> system = ma.datasets.collaborative(trusts=3)
>>> plan = ma.optimise(system, ma.Policy(max_minutes=60))
>>> plan.certificate.valid
True

What an analyst needs first is here. The rest has rooms of its own: :mod:`mutualaid.studies` (what
if), :mod:`mutualaid.patients` (patients by name), :mod:`mutualaid.simulation` (replays of a plan
where much is chance), :mod:`mutualaid.report` (page, workbook, files), :mod:`mutualaid.datasets`
(made-up systems), :mod:`mutualaid.calibration` (what months of published counts forecast) and
``mutualaid.harm`` (what a week of waiting costs). What these rooms offer can
be asked of the package itself as well.

>>> ma.stress is ma.studies.stress
True
"""

import logging
from typing import TYPE_CHECKING

from mutualaid import (
    calibration,
    datasets,
    patients,
    planning,
    policy,
    readers,
    report,
    simulation,
    solve,
    studies,
)
from mutualaid.calibration import Twin, backtest, calibrate
from mutualaid.data.patient_list import PatientList
from mutualaid.data.system import System
from mutualaid.errors import InputError, InputWarning, SolverError
from mutualaid.model.limits.targets import Target
from mutualaid.plan_methods import Plan, offer_trials
from mutualaid.planning.optimise import build, optimise
from mutualaid.policy import harm
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.collaboration import Deep, Independent, Resource, Transactional
from mutualaid.policy.equity import Equity
from mutualaid.policy.estate import Estate
from mutualaid.policy.policy import Policy
from mutualaid.policy.promise import Promise
from mutualaid.readers import (
    read_counts,
    read_rtt,
    read_sites,
    read_waiting_list,
    travel_matrix,
    travel_times,
)
from mutualaid.studies import ladder

optimize = optimise
offer_trials(stress=studies.stress, replay=simulation.replay)
logging.getLogger(__name__).addHandler(logging.NullHandler())

__version__ = "0.1.0"

__all__ = [
    "Acceptance",
    "Deep",
    "Equity",
    "Estate",
    "Independent",
    "InputError",
    "InputWarning",
    "PatientList",
    "Plan",
    "Policy",
    "Promise",
    "Resource",
    "SolverError",
    "System",
    "Target",
    "Transactional",
    "Twin",
    "backtest",
    "build",
    "calibrate",
    "datasets",
    "harm",
    "ladder",
    "optimise",
    "optimize",
    "patients",
    "read_counts",
    "read_rtt",
    "read_sites",
    "read_waiting_list",
    "report",
    "simulation",
    "studies",
    "travel_matrix",
    "travel_times",
]

if not TYPE_CHECKING:  # A type checker is to know the names above, and where the others are.

    def __dir__() -> list[str]:
        return sorted([*__all__, "__version__"])

    def __getattr__(name: str) -> object:
        for room in (
            studies,
            patients,
            simulation,
            report,
            calibration,
            readers,
            policy,
            planning,
            solve,
        ):
            if name in room.__all__:
                return getattr(room, name)
        raise AttributeError(f"module 'mutualaid' has no attribute {name!r}")
