"""The model that an analyst writes first: a variable for every cohort, provider and period."""

from __future__ import annotations

import numpy as np
import pulp

import mutualaid as ma
from mutualaid.model.build import build_frame


def solve_dense(system: ma.System, policy: ma.Policy) -> float:
    """Solve the dense cohort model with PuLP and HiGHS and return its objective.

    ``x[lot, lane, t]`` patients treated, at most the lot's patients in all and at most the slots
    of each (provider, service, period); every treatment saves the harm from its period on.
    """
    frame = build_frame(system, policy)
    queues, lanes, curves, slots = frame.queues, frame.lanes, frame.curves, frame.slots
    end = np.full(len(queues.lot_queue), system.periods + 1)
    harm_if_never = curves.until(queues.lot_queue, queues.lot_weeks, queues.lot_arrival, end)
    problem = pulp.LpProblem("dense", pulp.LpMinimize)
    in_slot: dict[tuple[int, int], list[tuple[pulp.LpVariable, float]]] = {}
    objective = []
    lanes_of = [np.flatnonzero(lanes.queue == queue) for queue in range(len(queues))]
    for lot, patients in enumerate(queues.lot_patients.tolist()):
        queue, arrival = int(queues.lot_queue[lot]), int(queues.lot_arrival[lot])
        periods = np.arange(arrival, system.periods + 1)
        harm = curves.until(
            np.full(len(periods), queue),
            np.full(len(periods), queues.lot_weeks[lot]),
            np.full(len(periods), arrival),
            periods,
        )
        mine = []
        for lane in lanes_of[queue].tolist():
            for period, so_far in zip(periods.tolist(), harm.tolist(), strict=True):
                name = f"x_{lot}_{lane}_{period}"
                variable = problem.add_variable(name, 0, patients)
                saved = so_far + int(lanes.cost[lane]) - int(harm_if_never[lot])
                objective.append((variable, saved / ma.harm.SCALE))
                mine.append((variable, 1))
                in_slot.setdefault((int(lanes.pair[lane]), period), []).append((variable, 1))
        if mine:
            problem.addConstraint(_sum(mine) <= patients, f"lot_{lot}")
    for (pair, period), terms in in_slot.items():
        room = int(slots.count[pair, period - 1])
        problem.addConstraint(_sum(terms) <= room, f"slots_{pair}_{period}")
    problem.setObjective(_sum(objective))
    problem.solve(pulp.HiGHS(msg=False))
    constant = int(harm_if_never @ queues.lot_patients) / ma.harm.SCALE
    return float(pulp.value(problem.objective)) + constant


def _sum(terms: list[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    make = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)
    return make(terms)
