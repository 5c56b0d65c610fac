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

import importlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # What is asked for is imported when it is asked for; a type checker reads this.
    from mutualaid import datasets, patients, report, simulation, studies
    from mutualaid.calibration import Twin, backtest, calibrate
    from mutualaid.data.patient_list import PatientList
    from mutualaid.data.system import System
    from mutualaid.errors import InputError, InputWarning, SolverError
    from mutualaid.model.limits.targets import Target
    from mutualaid.plan_methods import Plan
    from mutualaid.planning.optimise import build, optimise
    from mutualaid.planning.optimise import optimise as optimize
    from mutualaid.policy import harm
    from mutualaid.policy.acceptance import Acceptance
    from mutualaid.policy.collaboration import Deep, Independent, Resource, Transactional
    from mutualaid.policy.equity import Equity
    from mutualaid.policy.estate import Estate
    from mutualaid.policy.income import Income
    from mutualaid.policy.partner import Partner
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

logging.getLogger(__name__).addHandler(logging.NullHandler())

__version__ = "0.1.0"

__all__ = [
    "Acceptance",
    "Deep",
    "Equity",
    "Estate",
    "Income",
    "Independent",
    "InputError",
    "InputWarning",
    "Partner",
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

ROOMS = ("studies", "patients", "simulation", "report", "calibration", "readers", "policy")
MODULES = {room: room for room in (*ROOMS, "planning", "solve", "datasets")}
MODULES["harm"] = "policy.harm"
HOMES = {
    "Acceptance": "policy.acceptance",
    "Deep": "policy.collaboration",
    "Equity": "policy.equity",
    "Estate": "policy.estate",
    "Income": "policy.income",
    "Independent": "policy.collaboration",
    "InputError": "errors",
    "InputWarning": "errors",
    "Partner": "policy.partner",
    "PatientList": "data.patient_list",
    "Plan": "plan_methods",
    "Policy": "policy.policy",
    "Promise": "policy.promise",
    "Resource": "policy.collaboration",
    "SolverError": "errors",
    "System": "data.system",
    "Target": "model.limits.targets",
    "Transactional": "policy.collaboration",
    "Twin": "calibration",
    "backtest": "calibration",
    "build": "planning.optimise",
    "calibrate": "calibration",
    "ladder": "studies",
    "optimise": "planning.optimise",
    "read_counts": "readers",
    "read_rtt": "readers",
    "read_sites": "readers",
    "read_waiting_list": "readers",
    "travel_matrix": "readers",
    "travel_times": "readers",
}
"""Where each name of the front door lives; it is imported when it is first asked for."""


def _found(name: str) -> object:
    """What a public name stands for.

    Raises
    ------
    AttributeError
        If there is none such.
    """
    if name in MODULES:
        return importlib.import_module(f"mutualaid.{MODULES[name]}")
    if name == "optimize":
        return _found("optimise")
    if name in HOMES:
        return getattr(importlib.import_module(f"mutualaid.{HOMES[name]}"), name)
    if not name.startswith("_"):
        for room in (*ROOMS, "planning", "solve"):
            module = importlib.import_module(f"mutualaid.{room}")
            if name in module.__all__:
                return getattr(module, name)
    raise AttributeError(f"module 'mutualaid' has no attribute {name!r}")


if not TYPE_CHECKING:  # A type checker is to know the names above, and where the others are.

    def __dir__() -> list[str]:
        return sorted([*__all__, "__version__"])

    def __getattr__(name: str) -> object:
        found = _found(name)
        globals()[name] = found
        return found
