"""What becomes of every lot: where and when its patients are treated."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """Where and when each lot is treated: arrays of shape (entries,).

    Attributes
    ----------
    lot : int64 array
        Position of the lot in the queues.
    lane : int64 array
        Position of the lane in the model's lanes; -1 for patients untreated at the end.
    period : int64 array
        The period of treatment; ``periods + 1`` for patients untreated at the end.
    patients : int64 array
        Number of patients, 1 or more.
    """

    lot: Codes
    lane: Codes
    period: Ints
    patients: Ints
