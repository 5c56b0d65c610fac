"""From a system and a policy to a certified plan."""

from mutualaid.planning.problem import PlanModel

__all__ = ["PlanModel"]
