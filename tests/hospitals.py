"""Two trusts, small enough to work out by hand."""

from __future__ import annotations

import pandas as pd

import mutualaid as ma


def two_trusts(periods=1, service="C_110", waiting=None, slots=(2, 4), minutes=30.0, **more):
    """Alder has six long waiters and two slots a period; Birch four slots and nobody waiting.

    Birch is half an hour away. ``waiting`` replaces the list, ``slots`` those of Alder and Birch.
    """
    if waiting is None:
        waiting = pd.DataFrame(
            {"origin": "ALD", "service": service, "weeks_waiting": [40], "patients": [6]}
        )
    capacity = pd.DataFrame(
        [
            (p, service, t, n)
            for t in range(1, periods + 1)
            for p, n in zip(("ALD", "BIR"), slots, strict=True)
        ],
        columns=["provider", "service", "period", "slots"],
    )
    travel = pd.DataFrame(
        {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [minutes, minutes]}
    )
    return ma.System(waiting, capacity, travel, periods=periods, **more)


def moved(plan: ma.Plan) -> int:
    """How many patients move."""
    return int(plan.moves["patients"].sum())
