"""Simulate a plan beside simpler policies where referrals, slots and answers are random.

:func:`replay` draws a sample path for each seed: who is referred, who leaves, which slots take
place, who would accept a move. On each path every policy starts from the same list, observes at
the start of each period what could be known by then, and decides whom to ask to move. The result
is what becomes of everybody under each policy.

Policies: :class:`Nothing`, :class:`NearestFirst`, :class:`LongestFirst`,
:class:`StableMatching`, :class:`PlanOnce` (the plan to its end) and :class:`Replanned` (a new
plan every so many periods). To write another, give a class a ``name`` and a method
``decide(observation: Observation) -> Decision``: see :class:`ReplayPolicy`.

The plan's rules hold for every policy: notice, the time that a move takes, who may go where, and
who gains by it. Patients answer by a probability or a
:class:`mutualaid.Acceptance`; nobody is asked more than twice, and who declines waits on at home.

The conventions are those of a plan: referrals join when their period starts, with the weeks that
are on their clock; whoever will leave untreated is taken off the list in advance
(:mod:`mutualaid.model.queues`); whoever is treated in a period bears harm until it starts. So a
replay in which nothing is random gives exactly the figures of the plan. To simulate single weeks,
make a system with ``period_weeks=1``.
"""

from mutualaid.simulation.compare import ALTERNATIVES, Replay, replay
from mutualaid.simulation.noise import Noise
from mutualaid.simulation.observation import Decision, Observation, ReplayPolicy, ask, nobody
from mutualaid.simulation.plan_policies import PlanOnce, Replanned
from mutualaid.simulation.simple_policies import LongestFirst, NearestFirst, Nothing, StableMatching

__all__ = [
    "ALTERNATIVES",
    "Decision",
    "LongestFirst",
    "NearestFirst",
    "Noise",
    "Nothing",
    "Observation",
    "PlanOnce",
    "Replanned",
    "Replay",
    "ReplayPolicy",
    "StableMatching",
    "ask",
    "nobody",
    "replay",
]


def __dir__() -> list[str]:
    return sorted(__all__)
