"""What is random in a replay, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from mutualaid.errors import Problems

LARGEST_SPREAD = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What is random in a replay, and how much.

    On average as many patients join and leave, and as many slots take place, as the system's
    tables say: a replay shows what chance does to a plan, not what a wrong forecast does. For that
    use :func:`mutualaid.studies.run_scenarios` or :func:`mutualaid.studies.stress`.

    Parameters
    ----------
    referrals
        Spread of the demand for a service of a provider from period to period (standard deviation
        over mean); who is then referred is Poisson around it. 0: Poisson only. None: exactly as
        the table says. The default is a judgement.
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
        Probability that a patient who is asked to move accepts. It is each patient's own answer:
        who declines is not asked again. The default is that of the London Patient Choice Project
        of 2002 to 2004, 15,000 of 22,500, with transport paid for; in Portugal's voucher scheme
        one in five was used. Everybody accepting is possible, but has to be asked for.

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
    acceptance: float = 0.67

    def __post_init__(self) -> None:
        problems = Problems()
        if self.referrals is not None and not _within(self.referrals, 0, LARGEST_SPREAD):
            remedy = f"a spread from 0 to {LARGEST_SPREAD:g}, or None for nothing random"
            problems.add("Noise", "referrals", f"is {self.referrals!r}", remedy)
        if not isinstance(self.removals, bool):
            problems.add("Noise", "removals", f"is {self.removals!r}", "True or False")
        if not _within(self.cancelled, 0, 0.95):
            problems.add("Noise", "cancelled", f"is {self.cancelled!r}", "a share from 0 to 0.95")
        if not _within(self.capacity, 0, LARGEST_SPREAD):
            remedy = f"a spread from 0 to {LARGEST_SPREAD:g}"
            problems.add("Noise", "capacity", f"is {self.capacity!r}", remedy)
        if not (_within(self.acceptance, 0, 1) and self.acceptance > 0):
            remedy = "a probability above 0, up to 1"
            problems.add("Noise", "acceptance", f"is {self.acceptance!r}", remedy)
        problems.raise_if_any()

    @classmethod
    def none(cls) -> Self:
        """Nothing is random, and everybody accepts.

        Examples
        --------
        >>> Noise.none().referrals is None
        True
        """
        return cls(referrals=None, removals=False, cancelled=0.0, capacity=0.0, acceptance=1.0)


def _within(value: object, low: float, high: float) -> bool:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and low <= float(str(value)) <= high
