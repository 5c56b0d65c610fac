"""Two small trusts, patient by patient: every way to place everybody, tried by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import mutualaid as ma

PERIODS, WEEKS = 3, 4
PLAIN = ma.Policy(move_weeks=0.25, weeks_per_hour=0.5, tail_weeks=4)


def small_system(lists: list[int], slots: list[int], referred: int) -> ma.System:
    """Two trusts with one service, half an hour apart; cohorts of 50, 20 and 5 weeks at each."""
    waits = [50, 20, 5]
    waiting = pd.DataFrame(
        [
            {"origin": origin, "service": "C_110", "weeks_waiting": weeks, "patients": count}
            for (origin, weeks), count in zip(itertools.product("AB", waits), lists, strict=True)
        ]
    )
    capacity = pd.DataFrame(
        [
            {"provider": provider, "service": "C_110", "period": period + 1, "slots": count}
            for (provider, period), count in zip(
                itertools.product("AB", range(PERIODS)), slots, strict=True
            )
        ]
    )
    referrals = pd.DataFrame(
        {"origin": ["A"], "service": ["C_110"], "period": [2], "patients": [referred]}
    )
    travel = pd.DataFrame({"origin": ["A", "B"], "provider": ["B", "A"], "minutes": [30.0, 30.0]})
    return ma.System(
        waiting_list=waiting[waiting["patients"] > 0] if sum(lists) else waiting,
        capacity=capacity,
        referrals=referrals,
        travel=travel,
        periods=PERIODS,
        period_weeks=WEEKS,
    )


systems = st.builds(
    small_system,
    st.lists(st.integers(0, 2), min_size=6, max_size=6).filter(any),
    st.lists(st.integers(0, 2), min_size=6, max_size=6).filter(any),
    st.integers(0, 2),
)


def by_patient(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each patient."""
    return table.loc[table.index.repeat(table["patients"])].reset_index(drop=True)


def cheapest_by_hand(system: ma.System, policy: ma.Policy) -> float:
    """Try every way to place every patient, one after another, keeping what is cheapest so far.

    When each is treated alone is read from the plan in which nobody moves.
    """
    alone = by_patient(ma.optimise(system, policy, ma.Independent()).entries)
    room = {
        (row.provider, row.period): row.slots for row in system.capacity.itertuples(index=False)
    }
    # What is left of each trust's slots, and who was moved from each trust in each block.
    best = {(tuple(sorted(room.items())), ()): 0.0}
    for patient in alone.itertuples(index=False):
        after: dict[tuple, float] = {}
        first = max(int(patient.referred), 1)
        for (state, moves), cost in best.items():
            left = dict(state)
            choices: list[tuple[str | None, int]] = [(None, PERIODS + 1)]
            choices += [
                (provider, period)
                for (provider, period), count in left.items()
                if count and period >= first
            ]
            for provider, period in choices:
                moved = provider is not None and provider != patient.origin
                if moved and (patient.period - period) * WEEKS < policy.min_weeks_saved:
                    continue
                if moved and (period - first) * WEEKS < policy.lead_weeks:
                    continue
                harm = waited(first, period, policy.tail_weeks)
                more = policy.move_weeks + 0.5 * policy.weeks_per_hour if moved else 0.0
                then = dict(left)
                if provider is not None:
                    then[provider, period] -= 1
                carried = dict(moves)
                if moved and (policy.min_batch or policy.lane_weeks):
                    block = patient.origin, (period - 1) // policy.batch_periods
                    carried[block] = carried.get(block, 0) + 1
                key = tuple(sorted(then.items())), tuple(sorted(carried.items()))
                total = cost + harm + more
                if total < after.get(key, np.inf):
                    after[key] = total
        best = after
    whole = [
        cost + policy.lane_weeks * len({origin for (origin, _), _ in moves})
        for (_, moves), cost in best.items()
        if all(count >= (policy.min_batch or 0) for _, count in moves)
    ]
    return min(whole)


def waited(first: int, period: int, tail: int) -> float:
    """Weeks from the first period until the start of another; to the end and so many weeks on."""
    return float((period - first) * WEEKS + (tail if period > PERIODS else 0))
