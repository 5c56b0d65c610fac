"""The policy: what waiting costs, and which moves are allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import LARGEST_COUNT
from mutualaid.data.schema import CONSENTS
from mutualaid.data.schema import MIXED_SERVICES as MIXED_SERVICES
from mutualaid.data.words.patient_words import priority
from mutualaid.policy import harm as harm_curves
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.equity import Equity
from mutualaid.policy.harm import Harm
from mutualaid.policy.lane_and_cap_tables import cap_table, lane_table
from mutualaid.policy.specialists import Specialists, read_specialists

NEVER_MOVE = ("P1", "P5", "P6")
WEEKS_SAVED = 4
"""What makes a move worth asking for: a patient's treatment comes a month sooner."""
NOTICE_WEEKS = 3
"""What a reasonable offer gives: RTT guidance, version 5.0, section 4.4.1.4."""

WHOLE_WEEKS = ("min_weeks_to_move", "tail_weeks", "notice_weeks", "lead_weeks", "min_weeks_saved")
LEAD_WEEKS = 3
"""What a move takes to prepare at the least: review, assessment, and an offer with notice."""
CAPS: dict[str, Any] = {
    "max_out": None,
    "max_in": None,
    "max_share_moved": 1.0,
    "max_moves": None,
    "ramp": None,
    "max_lanes": None,
    "min_batch": None,
    "lane_weeks": 0.0,
    "send_or_receive": False,
}
"""Limits on how many, or on how many lanes, move, and what stands for none."""

FLAGS = (
    *("move_mixed_services", "move_cancer", "move_transferred", "adults_only"),
    "send_or_receive",
)
"""Parts of a policy that are yes or no."""

Lanes = pd.DataFrame | Sequence[Mapping[str, str]]
Cap = int | Mapping[str, int] | pd.DataFrame


@dataclass(frozen=True, eq=False, kw_only=True)
class Policy:
    """What waiting costs, and which moves are allowed.

    Parameters
    ----------
    harm
        A harm curve: see :mod:`mutualaid.policy.harm`.
    max_minutes
        Nobody is sent further than this, one way, in minutes. Infinity for no limit.
    max_miles
        Nobody is sent further than this, one way, in miles: checked in the ``miles`` of the
        travel table, and never turned into minutes. Where a way has no distance the limit cannot
        be checked, and nobody goes that way. Infinity for no limit.
    min_weeks_to_move
        Only who has waited at least so many weeks when the period of treatment starts is moved.
    weeks_per_hour
        Harm-weeks that an hour of extra travel, one way, counts as. Extra is what goes beyond the
        way to the patient's own provider.
    move_weeks
        Harm-weeks that any move counts as: the trouble of it.
    tail_weeks
        Whoever is untreated after the last period pays for so many weeks more.
    movable_priorities
        Priorities that may move where the waiting list has priorities: P3 and P4; add P2 to
        ask for it. P1, P5 and P6 never move.
    move_mixed_services
        Whether the mixed treatment functions X01 to X06 may move.
    move_cancer
        Whether patients whose column ``cancer`` is True may move.
    movable_consent
        Where the list says who consents to move (``consent``): whom to move. ``("yes",)``, or
        ``("yes", "not asked")`` for a plan of whom to ask; who says no never moves. Referrals
        that do not say were not asked.
    keep_dates_weeks
        Who has a date for treatment within less than so many weeks of the census
        (``date_weeks``) keeps it and does not move: infinity for any date, 0 for none.
    move_transferred
        Whether patients who have been moved before (``transferred``) may move again.
    adults_only
        Whether only patients of 18 and over move: the list must then say who is (``adult``).
    notice_weeks
        Nobody is treated away from home in a period that starts sooner than so many weeks after
        the census: a reasonable offer gives three weeks' notice.
    lead_weeks
        Nobody is treated away from home before so many weeks have gone by since the census, or
        since the start of the period in which they join: clinical review, pre-operative
        assessment and notice take time. Of this and ``notice_weeks`` the later counts.
    min_weeks_saved
        Nobody moves who would not be treated at least so many weeks sooner than if nobody moved.
        Weeks are counted from period to period; who would still wait at the end counts as treated
        in the period after it.
    acceptance
        How likely patients are to accept an offer: see :class:`mutualaid.Acceptance`. A plan
        moves as many as are expected to accept, each asked at most twice; who declines waits on at
        home: see :attr:`mutualaid.Plan.asks`. Without one it says "if everybody accepts".
    equity
        A limit between groups of patients: see :class:`mutualaid.Equity`.
    specialists
        What specialist trusts take in: True for nothing, of those that
        :func:`mutualaid.datasets.providers` knows as such (any ``kind`` but ``"general"`` and
        ``"other"``); a list of services by provider, such as ``{"RP6": ["C_130"]}``, for these
        alone of the providers named, whatever their kind, and nothing for the others that are
        known; False if nobody is a specialist. Their own patients are never concerned.
    forbidden_lanes, allowed_lanes
        Moves that are forbidden; and, if given, the only ones allowed. A table, or a list of
        mappings, of any of ``origin``, ``provider``, ``service``, ``priority``, ``area`` and
        other columns of the waiting list; a row forbids (allows) every move that it fits, and
        a column that is absent or empty fits all.
    max_out, max_in
        At most so many patients moved out of (into) a provider each period: one number for
        all, a number by provider, or a table ``provider``, ``period``, ``patients``, where an
        absent or empty cell fits all and the more particular row holds. Providers and periods
        that nothing fits have no cap.
    max_share_moved
        At most this share of each queue's patients (its list and referrals, after removals),
        rounded down, is moved over the horizon.
    max_moves
        At most so many moves of all trusts together in each period.
    ramp
        At most so many moves of all trusts together in the first periods, one number for each,
        none below the one before it; the last of them holds from then on.
    max_lanes
        At most so many lanes are opened over the horizon, each from one origin to one provider
        for one service. Which ones is a choice that is searched for: see
        :func:`mutualaid.studies.next_lanes` for what one more would add.
    min_batch, batch_periods
        A lane carries nobody in a block of ``batch_periods`` periods, or at least ``min_batch``
        patients: enough for somebody to run it. Blocks start with the first period; the last may
        be shorter.
    lane_weeks
        Harm-weeks that opening a lane counts as, once over the horizon, whatever it carries.
    send_or_receive
        Whether no trust both sends and receives patients of one service in one period. A service is
        what the waiting list calls one, with all its streams and wait classes.

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    >>> Policy(max_minutes=30, movable_priorities=("P2", "P3", "P4")).max_minutes
    30.0
    """

    harm: Harm = field(default_factory=harm_curves.rtt)
    max_minutes: float = 60.0
    max_miles: float = math.inf
    min_weeks_to_move: int = 0
    weeks_per_hour: float = 1.0
    move_weeks: float = 0.5
    tail_weeks: int = 13
    movable_priorities: tuple[str, ...] = ("P3", "P4")
    move_mixed_services: bool = False
    move_cancer: bool = False
    movable_consent: tuple[str, ...] = ("yes",)
    keep_dates_weeks: float = math.inf
    move_transferred: bool = True
    adults_only: bool = False
    notice_weeks: int = 0
    lead_weeks: int = LEAD_WEEKS
    min_weeks_saved: int = 0
    specialists: Specialists = True
    forbidden_lanes: Lanes | None = None
    allowed_lanes: Lanes | None = None
    max_out: Cap | None = None
    max_in: Cap | None = None
    max_share_moved: float = 1.0
    max_moves: int | None = None
    ramp: Sequence[int] | None = None
    max_lanes: int | None = None
    min_batch: int | None = None
    batch_periods: int = 1
    lane_weeks: float = 0.0
    send_or_receive: bool = False
    acceptance: Acceptance | None = None
    equity: Equity | None = None

    def __post_init__(self) -> None:
        with Arguments("policy") as check:
            check.kind("harm", self.harm, Harm, "use a curve of mutualaid.harm")
            for name in ("max_minutes", "max_miles", "keep_dates_weeks"):
                self._set(name, check.number(name, getattr(self, name)))
            for name in ("weeks_per_hour", "move_weeks", "lane_weeks"):
                self._set(name, check.number(name, getattr(self, name), 0, 1e6))
            moved = check.number("max_share_moved", self.max_share_moved, 0, 1)
            self._set("max_share_moved", moved)
            for name in WHOLE_WEEKS:
                weeks = check.whole(
                    name, getattr(self, name), 0, 5200, "whole weeks", of_floats=True
                )
                self._set(name, weeks)
            for name in FLAGS:
                check.flag(name, getattr(self, name))
            self._check_priorities(check)
            self._check_consent(check)
            self._set("specialists", read_specialists("specialists", self.specialists, check))
            for name, read in (
                ("forbidden_lanes", lane_table),
                ("allowed_lanes", lane_table),
                ("max_out", cap_table),
                ("max_in", cap_table),
                ("ramp", _ramp),
                ("max_moves", partial(_patients, what="whole patients")),
                ("max_lanes", partial(_patients, what="whole lanes")),
                ("min_batch", partial(_patients, what="whole patients")),
                ("batch_periods", _periods),
            ):
                if getattr(self, name) is not None:
                    self._set(name, read(name, getattr(self, name), check))
            for name, kind in (("acceptance", Acceptance), ("equity", Equity)):
                check.kind(
                    name, getattr(self, name), kind | None, f"pass a mutualaid.{kind.__name__}"
                )

    def uncapped(self) -> Self:
        """Make the same policy without limits on how many, or on how many lanes, move.

        Examples
        --------
        >>> Policy(max_in=5, max_lanes=2).uncapped().max_in is None
        True
        """
        return replace(self, **CAPS)

    @property
    def is_capped(self) -> bool:
        """Whether there is any limit on how many, or on how many lanes, move.

        Examples
        --------
        >>> Policy(max_in=5).is_capped, Policy(max_in=5).uncapped().is_capped
        (True, False)
        """
        limits = [getattr(self, name) for name, none in CAPS.items() if none is None]
        some = any(limit is not None for limit in limits)
        return some or self.max_share_moved < 1 or self.lane_weeks > 0 or self.send_or_receive

    @property
    def hangs_on_alone(self) -> bool:
        """Whether who may go, or will, hangs on when each is treated if nobody moves.

        Examples
        --------
        >>> Policy(min_weeks_saved=4).hangs_on_alone, Policy().hangs_on_alone
        (True, False)
        """
        return self.min_weeks_saved > 0 or self.some_decline

    @property
    def some_decline(self) -> bool:
        """Whether a plan has to reckon with patients who decline.

        Examples
        --------
        >>> Policy(acceptance=Acceptance.constant(0.5)).some_decline, Policy().some_decline
        (True, False)
        """
        return self.acceptance is not None and not self.acceptance.everybody

    def moves_each_period(self, periods: int) -> list[int] | None:
        """Give the most moves of all trusts together in each period; None for no limit.

        Examples
        --------
        >>> Policy(ramp=[50, 100], max_moves=80).moves_each_period(3)
        [50, 80, 80]
        """
        if not self.ramp and self.max_moves is None:
            return None
        steps = list(self.ramp or (LARGEST_COUNT,))
        steps += steps[-1:] * periods
        cap = LARGEST_COUNT if self.max_moves is None else self.max_moves
        return [min(step, cap) for step in steps[:periods]]

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_priorities(self, check: Arguments) -> None:
        name = "movable_priorities"
        priorities = _texts(self.movable_priorities)
        if priorities is None:
            check.wrong(name, f"is {self.movable_priorities!r}", "write a list of priorities")
            return
        self._set("movable_priorities", priorities)
        # Lists are read in P codes: a policy that names another word for one would move nobody.
        meant = {p: priority(p) or p for p in priorities}
        other = [p for p in priorities if meant[p] not in (p, *NEVER_MOVE)]
        if other:
            remedy = "write " + ", ".join(repr(meant[p]) for p in other)
            check.wrong(name, f"names {', '.join(map(repr, other))}", remedy)
        never = [p for p in priorities if meant[p] in NEVER_MOVE]
        if never:
            check.wrong(name, f"names {', '.join(never)}, which never move", "leave them out")

    def _check_consent(self, check: Arguments) -> None:
        words = _texts(self.movable_consent)
        usable = [word for word in CONSENTS if word != "no"]
        if words is None or not set(words) <= set(usable):
            remedy = f"write a list of {' and '.join(usable)}"
            check.wrong("movable_consent", f"is {self.movable_consent!r}", remedy)
            return
        self._set("movable_consent", words)

    @classmethod
    def pidmas(cls, miles: float | None = 50, **changes: Any) -> Self:
        """Make the policy of England's patient-initiated mutual aid (PIDMAS, October 2023).

        Who has waited over 40 weeks, is 18 or over, was not moved before and has no date in the
        next 8 weeks; as far as the band that patients chose, 50 or 100 miles or nationally;
        offers with three weeks' notice (RTT guidance, section 4.4.1.4), and only where treatment
        comes at least four weeks sooner, which is this library's rule and not theirs. The others
        are those that trusts published for patients; read them as they stand before you rely on
        this.

        Parameters
        ----------
        miles
            50, 100, or None for nationally: ``max_miles``, so that the travel table must have
            ``miles``. There is no limit in minutes. Patients' own limits hold besides.
        **changes
            Other parts of the policy.

        Raises
        ------
        InputError
            If the miles cannot be used.

        Examples
        --------
        >>> Policy.pidmas(50).max_miles, Policy.pidmas(50).max_minutes
        (50.0, inf)
        >>> Policy.pidmas(None).min_weeks_to_move
        40
        """
        with Arguments("policy") as check:
            miles = check.number("miles", miles, 0, 10_000, optional=True)
        rules: dict[str, Any] = {
            "max_minutes": math.inf,
            "max_miles": miles,
            # Band 40 starts at 281 days, the first that is over 40 weeks.
            "min_weeks_to_move": 40,
            "keep_dates_weeks": 8.0,
            "move_transferred": False,
            "adults_only": True,
            "notice_weeks": NOTICE_WEEKS,
            "min_weeks_saved": WEEKS_SAVED,
        }
        return cls(**{**rules, **changes})

    def replace(self, **changes: Any) -> Self:
        """Make the same policy with some parts changed.

        Examples
        --------
        >>> Policy().replace(max_minutes=90).max_minutes
        90.0
        """
        return replace(self, **changes)


def _texts(values: object) -> tuple[str, ...] | None:
    """Several texts as a tuple; None if they are something else, such as one text."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        return None
    texts = tuple(values)
    return texts if all(isinstance(text, str) for text in texts) else None


def _patients(name: str, value: object, check: Arguments, what: str) -> int:
    return check.whole(name, value, 0, LARGEST_COUNT, what, of_floats=True)


def _periods(name: str, value: object, check: Arguments) -> int:
    return check.whole(name, value, 1, 5200, "whole periods", of_floats=True)


def _ramp(name: str, ramp: object, check: Arguments) -> tuple[int, ...]:
    """So many moves in each of the first periods."""
    listed = check.listed(name, ramp, "write a list, a number for each of the first periods")
    steps = tuple(_patients(name, value, check, "whole patients") for value in listed)
    if list(steps) != sorted(steps):
        check.wrong(name, f"falls: {list(steps)}", "let it rise, or stay")
    return steps
