"""The package as a whole, which knows the verbs that plan anew and so lie above a plan."""

from __future__ import annotations

import sys
from typing import Any, Protocol

import pandas as pd


class Replayed(Protocol):
    """What replays of a plan tell: see :class:`mutualaid.simulation.Replay`."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a policy, means over the seeds."""

    @property
    def periods(self) -> pd.DataFrame:
        """A row a policy and period."""

    @property
    def runs(self) -> pd.DataFrame:
        """A row a seed and policy."""


def front_door() -> Any:
    """The package.

    Examples
    --------
    >>> import mutualaid as ma
    >>> front_door() is ma
    True
    """
    return sys.modules["mutualaid"]
