"""How likely patients are to accept the offers of a replay.

What an offer saves is told by one forecast, the same for every policy and every path: when each
patient would be treated if nobody moved, as the plan's own account of each trust alone has it at
the census. Patients who would still wait at the end count as treated in the period after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats
from mutualaid.errors import InputError
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.plan_methods import Plan
from mutualaid.policy.acceptance import Acceptance


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Answers:
    """How likely each offer is to be accepted.

    Attributes
    ----------
    acceptance : float or Acceptance
        One probability for every offer, or what it depends on.
    alone : float64 array, shape (lots,)
        The period in which the patients of each lot would be treated if nobody moved: their mean,
        where the plan does not tell them apart by it. 0 for lots that nobody is expected in.
    """

    acceptance: float | Acceptance
    alone: Floats

    def chance(self, frame: Frame, lot: Codes, lane: Codes, period: int) -> Floats:
        """Give the probability that an offer of treatment in a period is accepted.

        Parameters
        ----------
        frame
            What the lots and lanes are of.
        lot, lane : int64 arrays, shape (offers,)
            Who is asked, and by which lane they would go.
        period
            The period of treatment.
        """
        if not isinstance(self.acceptance, Acceptance):
            return np.full(len(lot), float(self.acceptance))
        if not len(lot):
            return np.zeros(0)
        known = _columns(frame)
        wanted = [name for name in self.acceptance.needs if name in known] or known
        saved = (self.alone[lot] - period) * frame.system.period_weeks
        columns = {name: _column(frame, name, lot, lane, period, saved) for name in wanted}
        return self.acceptance(pd.DataFrame(columns))


def answers_of(plan: Plan, acceptance: float | Acceptance) -> Answers:
    """Say how likely the patients of a plan are to accept.

    Raises
    ------
    InputError
        If the acceptance depends on what tells no patients of the plan apart.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> answers = answers_of(plan, ma.Acceptance.default())
    >>> float(answers.alone.max())
    3.0
    """
    frame = plan.model.frame
    if isinstance(acceptance, Acceptance):
        absent = [name for name in acceptance.needs if name not in _columns(frame)]
        if absent:
            raise InputError(
                f"acceptance, a {acceptance.name}, depends on {', '.join(absent)}, which tells no "
                "patients of the plan apart: replay with an acceptance that does not"
            )
    return Answers(acceptance=acceptance, alone=_alone(plan))


def _alone(plan: Plan) -> Floats:
    """The period in which each lot is treated alone; the mean of its patients."""
    queues, alone = plan.model.frame.queues, plan.baseline_outcome
    if queues.alone is not None:
        return queues.alone[queues.lot_queue].astype(np.float64)
    lots = len(queues.lot_queue)
    people = np.bincount(alone.lot, weights=alone.patients, minlength=lots)
    periods = np.bincount(alone.lot, weights=alone.patients * alone.period, minlength=lots)
    mean: Floats = periods / np.maximum(people, 1)
    return mean


NUMBERS = (
    *("weeks_saved", "weeks_waiting", "weeks_at_treatment", "period"),
    *("minutes", "extra_minutes", "miles"),
)


def _columns(frame: Frame) -> list[str]:
    """Columns that the offers of a replay have."""
    return ["provider", *frame.queues.names, *NUMBERS]


def _column(frame: Frame, name: str, lot: Codes, lane: Codes, period: int, saved: Floats) -> object:
    """One column of a table of offers."""
    queues, lanes = frame.queues, frame.lanes
    if name in queues.labels:
        return queues.labels[name].array.take(queues.lot_queue[lot])
    if name == "provider":
        return pd.Categorical.from_codes(
            lanes.provider[lane], categories=pd.Index(frame.system.providers)
        )
    weeks: Ints = queues.lot_weeks[lot]
    numbers: dict[str, Callable[[], object]] = {
        "weeks_saved": lambda: saved,
        "weeks_waiting": lambda: weeks,
        "weeks_at_treatment": lambda: np.maximum(frame.curves.waited(weeks, period), 0),
        "period": lambda: np.full(len(lot), period),
        "minutes": lambda: lanes.minutes[lane],
        "extra_minutes": lambda: lanes.extra[lane],
        "miles": lambda: lanes.miles[lane],
    }
    return numbers[name]()
