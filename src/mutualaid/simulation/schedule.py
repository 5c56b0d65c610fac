"""A plan as a schedule: who is to be treated where in which period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.model.decode import but_for_booked
from mutualaid.model.model import Frame, Model
from mutualaid.model.network import Ints
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Schedule:
    """Who is to be treated where in which period.

    Attributes
    ----------
    group, queue, pair : int64 arrays, shape (entries,)
        The group of patients whom the plan does not tell apart, a queue of theirs, and the provider
        with the service where they are treated.
    period, patients : int64 arrays, shape (entries,)
        The period, counted from the start of the replay, and the number of patients.
    group_of : int64 array, shape (2, lots)
        The group of each lot's patients: row 0 for those who could be asked when the plan was
        made, row 1 for those who could not; -1 for those who are not in the plan.
    """

    group: Codes
    queue: Codes
    pair: Codes
    period: Ints
    patients: Ints
    group_of: Codes


def schedule_of(model: Model, outcome: Outcome) -> Schedule:
    """The schedule of a plan for the whole horizon, without who is booked in any case.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> schedule = schedule_of(plan.model, plan.outcome)
    >>> int(schedule.patients.sum()) == int(plan.treatments["patients"].sum())
    True
    """
    queues = model.frame.queues
    home = np.append(model.lanes.home, False)[outcome.lane]
    outcome = but_for_booked(queues, outcome, home)
    treated = outcome.lane >= 0
    lot = outcome.lot[treated]
    each = np.arange(len(queues.lot_queue))
    return Schedule(
        group=lot,
        queue=queues.lot_queue[lot],
        pair=model.lanes.pair[outcome.lane[treated]],
        period=outcome.period[treated],
        patients=outcome.patients[treated],
        group_of=np.stack([each, each]),
    )


def schedule_from(
    model: Model, outcome: Outcome, frame: Frame, numbers: Codes, first_period: int
) -> Schedule:
    """The schedule of a plan made in the course of a replay, in the lots and periods of the replay.

    Parameters
    ----------
    model, outcome
        Model and outcome of the plan.
    frame
        What was expected at the start of the replay.
    numbers : int64 array, shape (2, lots)
        The queue in the plan of each lot of the frame: row 0 for patients who could be asked, row 1
        for those who could not; -1 where the plan has none.
    first_period
        The period of the replay in which the plan starts.
    """
    theirs, ours = model.frame.queues, frame.queues
    weeks = theirs.lot_weeks - (first_period - 1) * frame.curves.period_weeks
    span = int(ours.lot_weeks.max() - ours.lot_weeks.min()) + 1 if len(ours.lot_weeks) else 1
    lowest = int(ours.lot_weeks.min(initial=0))
    group_of = np.where(numbers >= 0, numbers * span + (ours.lot_weeks - lowest), -1)
    treated = outcome.lane >= 0
    lot = outcome.lot[treated]
    number = theirs.lot_queue[lot]
    # Queues that have become alike are one; any of them stands for it.
    back = np.zeros(len(theirs), dtype=np.int64)
    for row in numbers[::-1]:
        back[row[row >= 0]] = ours.lot_queue[row >= 0]
    return Schedule(
        group=number * span + (weeks[lot] - lowest),
        queue=back[number],
        # Every pair is in the plan's capacity, be it with no slot, and so keeps its number.
        pair=model.lanes.pair[outcome.lane[treated]],
        period=outcome.period[treated] + first_period - 1,
        patients=outcome.patients[treated],
        group_of=group_of,
    )
