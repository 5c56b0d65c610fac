"""From a system and a policy to a certified plan."""

from mutualaid.model.limits.own_targets import targets_by_trust
from mutualaid.planning.problem import PlanModel

__all__ = ["PlanModel", "targets_by_trust"]
