"""What is random in a replay, and how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from mutualaid.arguments import Arguments
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.policy import Policy

LARGEST_SPREAD = 2.0
LONDON = 0.67
"""The share who accept where neither the policy nor anybody else says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What is random in a replay, and how much.

    On average as many patients join and leave, and as many slots take place, as the system's
    tables say: a replay shows what chance does to a plan, not what a wrong forecast does. For that
    use :func:`mutualaid.studies.run_scenarios` or :func:`mutualaid.studies.stress`.

    Parameters
    ----------
    referrals
        Spread of the demand for a service of a provider (each stream and class of it, where slots
        are of these) from period to period (standard deviation over mean); who is then referred
        is Poisson around it. 0: Poisson only. None: exactly as the table says. The default is a
        judgement.
    removals
        Whether who leaves untreated is Poisson around the table.
    cancelled
        Share of the sessions that fall through at the last moment, each slot by itself. The slots
        of the table are those that take place on average: so many more are planned. The default
        is a judgement: in England 0.7 to 1.8 % of admissions have been cancelled on the day by
        the hospital for other than clinical reasons, to which clinical ones and patients' own add.
    capacity
        Spread of a provider's capacity from period to period (standard deviation over mean):
        leave, sickness, closed wards. The default is a judgement.
    acceptance
        How likely a patient who is asked to move is to accept: a probability, the same for every
        offer, or a :class:`mutualaid.Acceptance`, for which weeks saved, minutes and labels of an
        offer count. None: what the policy of the plan says (``acceptance``); if it says nothing,
        the 67 % of the London Patient Choice Project of 2002 to 2004, 15,000 of 22,500, with
        transport paid for (in Portugal's voucher scheme one in five was used). Everybody accepting
        is possible, but has to be asked for. Who declines waits on at home and may be asked once
        more: nobody is asked more than twice.

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    >>> Noise(acceptance=0.4).acceptance
    0.4
    >>> Noise.none().acceptance
    1.0
    """

    referrals: float | None = 0.05
    removals: bool = True
    cancelled: float = 0.05
    capacity: float = 0.05
    acceptance: float | Acceptance | None = None

    def __post_init__(self) -> None:
        with Arguments("Noise") as check:
            spread = "a spread"
            check.number("referrals", self.referrals, 0, LARGEST_SPREAD, spread, optional=True)
            check.flag("removals", self.removals)
            check.share("cancelled", self.cancelled, 0.95)
            check.number("capacity", self.capacity, 0, LARGEST_SPREAD, spread)
            if self.acceptance is not None and not isinstance(self.acceptance, Acceptance):
                what = "a probability, or a mutualaid.Acceptance,"
                check.number("acceptance", self.acceptance, 0, 1, what, above=True)

    def settled(self, policy: Policy) -> Self:
        """Give the same noise with the acceptance that holds for a plan of this policy.

        Examples
        --------
        >>> Noise().settled(Policy()).acceptance
        0.67
        >>> Noise().settled(Policy(acceptance=Acceptance.default())).acceptance
        Acceptance(default curve)
        """
        if self.acceptance is not None:
            return self
        usual = LONDON if policy.acceptance is None else policy.acceptance
        return replace(self, acceptance=usual)

    @classmethod
    def none(cls) -> Self:
        """Nothing is random, and everybody accepts.

        Examples
        --------
        >>> Noise.none().referrals is None
        True
        """
        return cls(referrals=None, removals=False, cancelled=0.0, capacity=0.0, acceptance=1.0)
