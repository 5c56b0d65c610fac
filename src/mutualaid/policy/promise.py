"""Promises of a board to itself: a figure of each trust is no worse than it would be alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.errors import InputError

OVER = {"over_18": 18, "over_52": 52, "over_65": 65}
"""Figures that count who has waited so many weeks when a period ends."""
WITHIN = "share_within_18"
WITHIN_WEEKS = 18
TREATED = ("treated", "treated_own")
"""Figures that a trust wants to be high; so is the share."""
FIGURES = ("harm", *OVER, WITHIN, "list_size", *TREATED)
BY = ("trust", "service")
LENSES = ("residents", "provider")
REPORTERS = ("receiver", "origin")
MOST = 1e6


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure of each trust is no worse than alone, up to a tolerance.

    Parameters
    ----------
    figure
        ``"harm"`` (harm-weeks of its own patients, over the whole horizon and its tail);
        ``"over_18"``, ``"over_52"``, ``"over_65"``, ``"list_size"`` (patients on the list when the
        period ends, by weeks waited); ``"share_within_18"`` (of that list; nobody may be over where
        alone nobody waits); ``"treated"`` (patients, from the census to the end of the period);
        ``"treated_own"`` (of these, its own patients by its own teams).
    by
        ``"trust"``: of each trust, all services together; ``"service"``: of each service of each
        trust.
    lens
        ``"residents"``: its own patients, wherever they are treated; ``"provider"``: what it
        reports. They differ in ``"treated"`` alone, which then counts whomever it treats: harm is
        always told of the own patients, and when a period ends, whoever has moved has been
        treated and is on nobody's list.
    period
        At whose end; None for the last. Harm is over all of them.
    tolerance
        How much worse it may be, as a share of the figure alone; of ``"share_within_18"`` in points
        (0.01: 70 % alone, 69 % together).

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    >>> Promise("over_52")
    Promise: over_52 at the end no worse than alone, in each trust
    >>> Promise("treated", lens="provider", period=6, tolerance=0.05)
    Promise: treated (provider) by the end of period 6 no worse than alone by 5%, in each trust
    """

    figure: str
    by: str = "trust"
    lens: str = "residents"
    period: int | None = None
    tolerance: float = 0.0
    reported_by: str = "receiver"

    def __post_init__(self) -> None:
        with Arguments("Promise") as check:
            check.choice("figure", self.figure, FIGURES)
            check.choice("by", self.by, BY)
            check.choice("lens", self.lens, LENSES)
            check.choice("reported_by", self.reported_by, REPORTERS)
            if self.reported_by == "origin" and self.lens == "residents":
                remedy = "write lens='provider', or leave it out"
                check.wrong("reported_by", "is given for the residents' lens", remedy)
            check.whole("period", self.period, 1, optional=True)
            most = MOST if self.figure == "harm" or self.grows_worse else 1.0
            check.share("tolerance", self.tolerance, most)
            if self.figure == "harm" and self.period is not None:
                check.wrong("period", "is given for harm", "leave it out: harm is over all periods")

    @property
    def grows_worse(self) -> bool:
        """Whether more of the figure is worse.

        Examples
        --------
        >>> Promise("over_52").grows_worse, Promise("treated_own").grows_worse
        (True, False)
        """
        return self.figure not in (*TREATED, WITHIN)

    @property
    def of_receiver(self) -> bool:
        """Whether who is treated counts for who treats them.

        Examples
        --------
        >>> Promise("treated", lens="provider").of_receiver
        True
        >>> Promise("treated", lens="provider", reported_by="origin").of_receiver
        False
        """
        return self.lens == "provider" and self.reported_by == "receiver"

    @property
    def exact_tolerance(self) -> Fraction:
        """The tolerance as the decimal that it prints as.

        Examples
        --------
        >>> Promise("harm", tolerance=0.1).exact_tolerance
        Fraction(1, 10)
        """
        return Fraction(repr(float(self.tolerance)))

    @checks_arguments
    def end(self, periods: int) -> int:
        """The period at whose end it is held.

        Raises
        ------
        InputError
            If that is beyond the horizon.

        Examples
        --------
        >>> Promise("over_52").end(13)
        13
        """
        period = self.period or periods
        if period > periods:
            raise InputError(f"{self!r}: the horizon ends with period {periods}")
        return period

    @checks_arguments
    def marks(self, periods: int) -> list[tuple[int, int]]:
        """Whom the network must tell apart: (period, weeks).

        Examples
        --------
        >>> Promise("share_within_18").marks(13), Promise("treated").marks(13)
        ([(13, 18)], [])
        """
        end = self.end(periods)
        weeks = WITHIN_WEEKS if self.figure == WITHIN else OVER.get(self.figure)
        return [] if weeks is None else [(end, weeks)]

    def __repr__(self) -> str:
        reports = ", reported by the origin" if self.reported_by == "origin" else ""
        what = self.figure + (f" (provider{reports})" if self.lens == "provider" else "")
        when = "by the end" if self.figure in TREATED else "at the end"
        if self.period is not None:
            when += f" of period {self.period}"
        when = "" if self.figure == "harm" else f" {when}"
        slack = f" by {float(100 * self.exact_tolerance):g}%" if self.tolerance else ""
        where = "trust" if self.by == "trust" else "trust and service"
        return f"Promise: {what}{when} no worse than alone{slack}, in each {where}"


BOARD_FIGURES = tuple(map(Promise, ("harm", WITHIN, "over_52", "over_65")))
"""What a board is held to: harm, the share within 18 weeks, who is over 52, who is over 65."""
BOARD, HARM = "board", "harm"
Promises: TypeAlias = Sequence[Promise] | Literal["board", "harm"]
"""What a mode's ``promises`` may be."""


def check_promises(given: object, check: Arguments) -> None:
    """Note what is wrong with the ``promises`` of a mode."""
    remedy = "write 'board', 'harm' or [mutualaid.Promise(…), …]"
    if isinstance(given, str):
        check.choice("promises", given, (BOARD, HARM))
    elif check.kind("promises", given, list | tuple, remedy) and isinstance(given, list | tuple):
        for one in given:
            check.kind("promises", one, Promise, remedy)


def read_promises(given: Promises, harm_limit: float | None = None) -> tuple[Promise, ...]:
    """Read the ``promises`` of a mode: each of a list once, or what a word stands for.

    Parameters
    ----------
    given
        ``"board"`` for :data:`BOARD_FIGURES`; ``"harm"`` for nothing beside what the mode itself
        says of harm.
    harm_limit
        How much more harm the mode itself lets a trust's own patients bear, as a share; None
        where it says nothing. What a board is promised of harm is as much.

    Examples
    --------
    >>> read_promises([Promise("harm"), Promise("harm")])
    (Promise: harm no worse than alone, in each trust,)
    >>> read_promises("board", harm_limit=0.05)[0]
    Promise: harm no worse than alone by 5%, in each trust
    >>> read_promises("harm")
    ()
    """
    if not isinstance(given, str):
        return tuple(dict.fromkeys(given))
    if given == HARM:
        return ()
    return (Promise("harm", tolerance=harm_limit or 0.0), *BOARD_FIGURES[1:])
