"""The rules that the workbook asks for, in words, and the parts of a policy that they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mutualaid.policy import harm
from mutualaid.policy.collaboration import (
    Collaboration,
    Deep,
    Independent,
    Resource,
    Transactional,
)
from mutualaid.policy.policy import LEAD_WEEKS, WEEKS_SAVED

YES, NO = "yes", "no"
NO_LIMIT = "no limit"
MODES: Mapping[str, Callable[[], Collaboration]] = {
    "Independent": Independent,
    "Transactional": Transactional,
    "Resource": Resource,
    "Deep": Deep,
}
CURVES: Mapping[str, Callable[[], harm.Harm]] = {
    "rising with the weeks waited": harm.rtt,
    "by priority": harm.clinical,
    "every week the same": harm.person_weeks,
}
UNLISTED: Mapping[str, str] = {"is a mistake": "error", "nobody goes there": "unreachable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the sheet of rules."""

    text: str
    key: str
    """The parameter that it is."""
    of: str
    """What it is of: ``"policy"``, ``"system"``, ``"travel"``, ``"list"`` or ``"mode"``."""
    meaning: str
    usual: object = None
    """What holds if the cell is left blank, and stands in it to begin with; None for nothing."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """By each word that may be written, what it means; no word has a comma, which parts the words
    of a list in Excel. Without words the cell is a number."""

    @property
    def is_date(self) -> bool:
        """Whether the cell holds a date."""
        return self.key == "census"


def _flag(text: str, key: str, meaning: str, usual: str, *, of: str = "policy") -> Rule:
    both = {YES: True, NO: False}
    return Rule(text=text, key=key, of=of, meaning=meaning, usual=usual, words=both)


RULES = (
    Rule(
        text="Day of the list",
        key="census",
        of="list",
        meaning="The date to which waits count. Needed where Patients has clock starts.",
    ),
    Rule(
        text="Weeks in a period",
        key="period_weeks",
        of="system",
        meaning="Slots, referrals and removals are those of so many weeks.",
        usual=4,
    ),
    Rule(text="How many periods", key="periods", of="system", meaning="To plan for.", usual=13),
    _flag(
        "A way back takes as long",
        "both_ways",
        "If Travel has a way in one direction only: whether the other takes as long.",
        YES,
        of="travel",
    ),
    Rule(
        text="A way that Travel lacks",
        key="unlisted",
        of="system",
        meaning="What it means that Travel has no row for two trusts.",
        usual="is a mistake",
        words=UNLISTED,
    ),
    Rule(
        text="Collaboration",
        key="mode",
        of="mode",
        meaning="Deep: the least harm to all patients together. Resource: no trust worse off; "
        "in harm; within 18 weeks; over 52 or over 65 weeks. "
        "Transactional: and aid is matched by aid. Independent: each alone.",
        usual="Deep",
        words=MODES,
    ),
    Rule(
        text="Longest way in minutes",
        key="max_minutes",
        of="policy",
        meaning=f"Nobody is sent further, one way. Or: {NO_LIMIT}.",
        usual=60,
    ),
    Rule(
        text="Longest way in miles",
        key="max_miles",
        of="policy",
        meaning="Nobody is sent further, one way. Travel must have miles then.",
        usual=NO_LIMIT,
    ),
    Rule(
        text="Weeks waited before a move",
        key="min_weeks_to_move",
        of="policy",
        meaning="Only who has waited so long when treated is moved.",
        usual=0,
    ),
    Rule(
        text="Weeks sooner by a move",
        key="min_weeks_saved",
        of="policy",
        meaning="Nobody moves who is not treated so much sooner than if nobody moved. 0: no rule.",
        usual=WEEKS_SAVED,
    ),
    Rule(
        text="Weeks of notice",
        key="notice_weeks",
        of="policy",
        meaning="Nobody is moved sooner than so many weeks after the day of the list.",
        usual=0,
    ),
    Rule(
        text="Weeks to prepare a move",
        key="lead_weeks",
        of="policy",
        meaning="Nobody is moved sooner after the day of the list, or after joining it.",
        usual=LEAD_WEEKS,
    ),
    Rule(
        text="Kept dates within weeks",
        key="keep_dates_weeks",
        of="policy",
        meaning=f"Who has a date within so many weeks keeps it. {NO_LIMIT}: any date is kept.",
        usual=NO_LIMIT,
    ),
    Rule(
        text="P2 may move",
        key="movable_priorities",
        of="policy",
        meaning="P3 and P4 may, P1, P5 and P6 never.",
        usual=NO,
        words={YES: ("P2", "P3", "P4"), NO: ("P3", "P4")},
    ),
    Rule(
        text="Who was not asked may move",
        key="movable_consent",
        of="policy",
        meaning="Yes for a plan of whom to ask. Who said no never moves.",
        usual=NO,
        words={YES: ("yes", "not asked"), NO: ("yes",)},
    ),
    _flag("Adults only", "adults_only", "The list must then say who is 18 or over.", NO),
    _flag("Cancer may move", "move_cancer", "Where the list says who is.", NO),
    _flag(
        "Mixed specialties may move",
        "move_mixed_services",
        "'Other - Medical' and the like are groups of unlike services.",
        NO,
    ),
    Rule(
        text="Specialist trusts take in others",
        key="specialists",
        of="policy",
        meaning="Children's, cancer, eye hospitals and the like, as far as England's are known. "
        "Their own patients are never concerned.",
        usual=NO,
        words={YES: False, NO: True},
    ),
    _flag(
        "Who was moved before may move",
        "move_transferred",
        "Where the list says who was.",
        YES,
    ),
    Rule(
        text="Moves in a period",
        key="max_moves",
        of="policy",
        meaning="At most so many, of all trusts together.",
        usual=NO_LIMIT,
    ),
    Rule(
        text="Moves out of a trust in a period",
        key="max_out",
        of="policy",
        meaning="At most so many of each trust's patients.",
        usual=NO_LIMIT,
    ),
    Rule(
        text="Moves into a trust in a period",
        key="max_in",
        of="policy",
        meaning="At most so many patients of others.",
        usual=NO_LIMIT,
    ),
    _flag(
        "A trust sends or receives",
        "send_or_receive",
        "Yes: no trust does both for one specialty in one period.",
        NO,
    ),
    Rule(
        text="Share of a list that may move",
        key="max_share_moved",
        of="policy",
        meaning="Of each trust and specialty: 0.2 for a fifth; 1 for all.",
        usual=1,
    ),
    Rule(
        text="Harm of waiting",
        key="harm",
        of="policy",
        meaning="What a week of waiting counts: more beyond 18, 52, 65, 78 and 104 weeks; by P1 to "
        "P6 and their targets; or as much as any other week.",
        usual=next(iter(CURVES)),
        words=CURVES,
    ),
)
"""The rules in their order."""
NONE_SAID: Mapping[str, object] = {
    **dict.fromkeys(("max_minutes", "max_miles", "keep_dates_weeks"), math.inf),
    **dict.fromkeys(("max_moves", "max_out", "max_in")),
}
"""What ``no limit`` is, for rules that it may be written for."""
