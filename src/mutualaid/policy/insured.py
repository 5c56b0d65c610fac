"""How partners work together in a shock that they are insured against: limits on harm, by trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mutualaid.arguments import Arguments
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.estate import Estate


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured(Collaboration):
    """Least harm in all, where no trust's own patients bear more than was settled.

    Made by :class:`mutualaid.studies.Insurance`, which says what the limits are.

    Parameters
    ----------
    harm_at_most
        The most harm-weeks that each trust's own patients may bear, by trust.
    lend
        As in :class:`Resource`.

    Raises
    ------
    InputError
        If a limit is no number from 0.

    Examples
    --------
    >>> Insured(harm_at_most={"XA1": 120.5}).binds
    True
    """

    harm_at_most: Mapping[str, float]
    lend: Estate | None = None

    def __post_init__(self) -> None:
        with Arguments("Insured") as check:
            check.kind("lend", self.lend, Estate | None, "pass a mutualaid.Estate")
            if check.kind("harm_at_most", self.harm_at_most, Mapping, "map trusts to harm-weeks"):
                for trust, harm in self.harm_at_most.items():
                    check.number(f"harm_at_most of {trust}", harm, 0)
