"""What if: ladders, scenarios, frontiers, stress, and where the next session should go."""

from mutualaid.planning.few_lanes import next_lanes
from mutualaid.studies import changes, queueing
from mutualaid.studies.bottlenecks import obstacles
from mutualaid.studies.deployment import Deployment, deploy
from mutualaid.studies.equity_price import price_of_equity
from mutualaid.studies.insurance import Insurance, Shock
from mutualaid.studies.pareto import frontier
from mutualaid.studies.recourse import TwoStage, two_stage
from mutualaid.studies.refilling import refill
from mutualaid.studies.removal_range import removal_sensitivity
from mutualaid.studies.run_ladder import ladder
from mutualaid.studies.rungs import Ladder
from mutualaid.studies.scenarios import Runs, Scenario, run_scenarios, sweep
from mutualaid.studies.settlement import Settled
from mutualaid.studies.shapley_value import Shapley, shapley
from mutualaid.studies.shocks import Stress, stress
from mutualaid.studies.slot_values import next_slots
from mutualaid.studies.small_agreements import FirstSteps, first_steps
from mutualaid.studies.winters import Winters, sampled_winters, winter_periods, winter_scenarios
from mutualaid.studies.winters.season_fit import Seasons, seasons

__all__ = [
    "Deployment",
    "FirstSteps",
    "Insurance",
    "Ladder",
    "Runs",
    "Scenario",
    "Seasons",
    "Settled",
    "Shapley",
    "Shock",
    "Stress",
    "TwoStage",
    "Winters",
    "changes",
    "deploy",
    "first_steps",
    "frontier",
    "ladder",
    "next_lanes",
    "next_slots",
    "obstacles",
    "price_of_equity",
    "queueing",
    "refill",
    "removal_sensitivity",
    "run_scenarios",
    "sampled_winters",
    "seasons",
    "shapley",
    "stress",
    "sweep",
    "two_stage",
    "winter_periods",
    "winter_scenarios",
]


def __dir__() -> list[str]:
    return sorted(__all__)
