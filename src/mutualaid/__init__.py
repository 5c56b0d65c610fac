"""Reallocate elective waiting lists across hospital trusts, with a plan that is proven best.

>>> import mutualaid as ma
>>> system = ma.datasets.collaborative(trusts=3)
>>> plan = ma.optimise(system, ma.Policy(max_minutes=60))
>>> plan.certificate.valid
True
"""

from mutualaid import datasets
from mutualaid.data.patient_list import PatientList
from mutualaid.data.rates import every_period
from mutualaid.data.site_criteria import within_icb
from mutualaid.data.system import System
from mutualaid.errors import InputError, InputWarning, SolverError
from mutualaid.model.limits.targets import Target
from mutualaid.offers.choose import Offers
from mutualaid.offers.equity_report import EquityReport
from mutualaid.patients.replanning import Replan, replan
from mutualaid.plan_methods import Plan, offer_trials
from mutualaid.planning.few_lanes import next_lanes
from mutualaid.planning.optimise import build, optimise
from mutualaid.planning.problem import PlanModel
from mutualaid.policy import harm
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.collaboration import Collaboration, Deep, Independent, Resource, Transactional
from mutualaid.policy.equity import Equity
from mutualaid.policy.estate import Estate
from mutualaid.policy.policy import Policy
from mutualaid.readers import (
    RTT,
    read_rtt,
    read_sites,
    read_waiting_list,
    travel_matrix,
    travel_times,
)
from mutualaid.report import suppress, transfer_list
from mutualaid.risk.register import RiskLadder, RiskRegister
from mutualaid.simulation import Noise, Replay, replay
from mutualaid.solve.certificate import Certificate
from mutualaid.studies import changes, queueing
from mutualaid.studies.bottlenecks import obstacles
from mutualaid.studies.deployment import Deployment, deploy
from mutualaid.studies.equity_price import price_of_equity
from mutualaid.studies.pareto import frontier
from mutualaid.studies.recourse import TwoStage, two_stage
from mutualaid.studies.refilling import refill
from mutualaid.studies.removal_range import removal_sensitivity
from mutualaid.studies.run_ladder import ladder
from mutualaid.studies.rungs import Ladder
from mutualaid.studies.scenarios import Runs, Scenario, run_scenarios, sweep
from mutualaid.studies.shapley_value import Shapley, shapley
from mutualaid.studies.shocks import Stress, stress
from mutualaid.studies.slot_values import next_slots
from mutualaid.studies.winters import Winters, sampled_winters, winter_periods, winter_scenarios
from mutualaid.studies.winters.season_fit import Seasons, seasons

optimize = optimise
offer_trials(stress=stress, replay=replay)

__version__ = "0.1.0"

__all__ = [
    "Acceptance",
    "Certificate",
    "Collaboration",
    "Deep",
    "Deployment",
    "Equity",
    "EquityReport",
    "Estate",
    "Independent",
    "InputError",
    "InputWarning",
    "Ladder",
    "Noise",
    "Offers",
    "PatientList",
    "Plan",
    "PlanModel",
    "Policy",
    "RTT",
    "Replan",
    "Replay",
    "Resource",
    "RiskLadder",
    "RiskRegister",
    "Runs",
    "Scenario",
    "Seasons",
    "Shapley",
    "SolverError",
    "Stress",
    "System",
    "Target",
    "Transactional",
    "TwoStage",
    "Winters",
    "build",
    "changes",
    "datasets",
    "deploy",
    "every_period",
    "frontier",
    "harm",
    "ladder",
    "next_lanes",
    "next_slots",
    "obstacles",
    "optimise",
    "optimize",
    "price_of_equity",
    "queueing",
    "read_rtt",
    "read_sites",
    "read_waiting_list",
    "refill",
    "removal_sensitivity",
    "replan",
    "replay",
    "run_scenarios",
    "sampled_winters",
    "seasons",
    "shapley",
    "stress",
    "suppress",
    "sweep",
    "transfer_list",
    "travel_matrix",
    "travel_times",
    "two_stage",
    "winter_periods",
    "winter_scenarios",
    "within_icb",
]
