"""How many leave the list untreated, as a share of who joins it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.formats import percent
from mutualaid.policy.policy import Policy
from mutualaid.studies.changes.base import Change, State, part_of

ROWS = ("origin", "service")


@checks_arguments
def removals_at(referrals: pd.DataFrame, share: float) -> pd.DataFrame:
    """Make a table of removals in which a share of the referrals leave untreated.

    Counts are whole: the running total of each origin and service is rounded, not each row, so
    that after any period it is within one half of its share. In no row do more leave than join.

    Parameters
    ----------
    referrals
        A table of referrals of :class:`mutualaid.System`.
    share
        From 0 to 1.

    Returns
    -------
    pandas.DataFrame
        The rows of ``referrals`` of which somebody leaves, with how many in ``patients``. Where
        these join with weeks on their clock, so do those who leave.

    Raises
    ------
    InputError
        If the share is not one, or a column is not there.

    Examples
    --------
    >>> referrals = pd.DataFrame({"origin": "A", "service": "hips", "period": [1, 2, 3],
    ...                           "patients": [5, 5, 5]})
    >>> removals_at(referrals, 0.1)["patients"].tolist()
    [1, 1]
    """
    _check_share("removals_at", share)
    absent = [name for name in (*ROWS, "period", "patients") if name not in referrals]
    if absent:
        raise InputError(f"removals_at: referrals have no {', '.join(absent)}")
    order = [*ROWS, "period"]
    order += [name for name in referrals.columns if name not in (*order, "patients")]
    table = referrals.sort_values(order, kind="stable", ignore_index=True)
    groups = table.groupby([table[name].astype(str) for name in ROWS], sort=False)["patients"]
    running = groups.cumsum()
    ends, starts = (
        part_of(counts, share, nearest=True) for counts in (running, running - table["patients"])
    )
    table["patients"] = ends - starts
    return table[table["patients"] > 0].reset_index(drop=True)


def _check_share(where: str, share: object) -> None:
    argument.share(f"{where}: share", share)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalShare(Change):
    """A share of the referrals who leave untreated, in place of the table of removals.

    Parameters
    ----------
    share
        From 0 to 1: see :func:`removals_at`.

    Raises
    ------
    InputError
        If the share is not one; when applied, if the system has no referrals.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> other, _ = RemovalShare(share=0.25).apply(system, ma.Policy())
    >>> part = other.removals["patients"].sum() / system.referrals["patients"].sum()
    >>> round(float(part), 2)
    0.25
    """

    kind: ClassVar[str] = "removal_share"
    share: float

    def __post_init__(self) -> None:
        _check_share("RemovalShare", self.share)

    def apply(self, system: System, policy: Policy) -> State:
        """Replace the removals."""
        referrals = system.referrals
        if referrals is None:
            raise InputError(f"{self}: the system has no referrals")
        table = removals_at(referrals, self.share)
        return system.replace(removals=table if len(table) else None), policy

    def __str__(self) -> str:
        return f"{percent(self.share)} of referrals leave untreated"
