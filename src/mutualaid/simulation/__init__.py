"""Replay a plan in worlds of chance, beside simpler policies.

Does the list do what the plan says, when much of what comes is chance? A replay draws worlds:
referrals, removals, slots and answers, a world a seed. In each it lets policies run from the same
list, which see no more than can be seen at the time, and compares what becomes of everybody.

Policies: :class:`Nothing`, :class:`NearestFirst`, :class:`LongestFirst`,
:class:`StableMatching`, :class:`PlanOnce` (the plan to its end) and :class:`Replanned` (a new
plan every so many periods). To write another, give a class a ``name`` and a method
``decide(seen: Seen) -> Decision``.

What is as in a plan: referrals join when their period starts, with what is on their clock; who
will leave untreated is taken off before (:mod:`mutualaid.model.queues`) and is on nobody's list;
whoever is treated in a period bears harm until it starts. So a replay in which nothing is random
does exactly what the plan says. For weeks that are periods of their own, make a system with
``period_weeks=1``.
"""

from mutualaid.simulation.compare import Replay, replay
from mutualaid.simulation.noise import Noise
from mutualaid.simulation.observation import Decision, Policy, Seen, ask, nobody
from mutualaid.simulation.plan_policies import PlanOnce, Replanned
from mutualaid.simulation.simple_policies import LongestFirst, NearestFirst, Nothing, StableMatching

__all__ = [
    "Decision",
    "LongestFirst",
    "NearestFirst",
    "Noise",
    "Nothing",
    "PlanOnce",
    "Policy",
    "Replanned",
    "Replay",
    "Seen",
    "StableMatching",
    "ask",
    "nobody",
    "replay",
]
