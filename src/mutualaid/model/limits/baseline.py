"""What each trust would do alone, against which promises between partners are measured.

That is the plan of :class:`mutualaid.Independent` for the same system and policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mutualaid.model.model import Model
from mutualaid.model.network import SAFE, Ints
from mutualaid.model.outcome import Outcome


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Alone:
    """What each trust would do alone.

    Attributes
    ----------
    harm : int64 array, shape (providers, services)
        What its own patients would bear, in 1/1000 harm-weeks.
    treated : int64 array, shape (queues, periods)
        How many it would treat.
    of_queue : int64 array, shape (queues,)
        What the patients of each queue would bear, in 1/1000 harm-weeks.
    model : Model
    outcome : Outcome
        The plan in which nobody helps anybody.
    """

    harm: Ints
    treated: Ints
    of_queue: Ints
    model: Model
    outcome: Outcome


def alone(model: Model, outcome: Outcome) -> Alone:
    """Measure the plan in which nobody helps anybody."""
    frame = model.frame
    queues, periods = frame.queues, frame.curves.periods
    queue = queues.lot_queue[outcome.lot]
    first = queues.lot_arrival[outcome.lot]
    each = frame.curves.until(queue, queues.lot_weeks[outcome.lot], first, outcome.period)
    harm = np.zeros((len(frame.system.providers), len(frame.system.services)), dtype=np.int64)
    np.add.at(harm, (queues.origin[queue], queues.service[queue]), each * outcome.patients)
    treated = np.zeros((len(queues), periods + 1), dtype=np.int64)
    np.add.at(treated, (queue, outcome.period - 1), outcome.patients)
    of_queue = np.zeros(len(queues), dtype=np.int64)
    np.add.at(of_queue, queue, each * outcome.patients)
    return Alone(
        harm=harm,
        treated=treated[:, :periods],
        of_queue=of_queue,
        model=model,
        outcome=outcome,
    )


def harm_caps(harm: Ints, share: float) -> Ints:
    """The most that may be borne: a share more than alone, rounded down to the unit."""
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    factor = 1 + Fraction(repr(float(share)))
    limits = [int(value) * factor for value in harm.ravel().tolist()]
    caps = [min(limit.numerator // limit.denominator, SAFE - 1) for limit in limits]
    return np.array(caps, dtype=np.int64).reshape(harm.shape)


def harm_less(harm: Ints, share: float) -> Ints:
    """What is left of harm after a share of it is gained, rounded down to the unit."""
    factor = 1 - Fraction(repr(float(share)))
    left = [int(value) * factor for value in harm.tolist()]
    return np.array([value.numerator // value.denominator for value in left], dtype=np.int64)
