"""The keys of ``[policy]``: what waiting costs, and which moves are allowed."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mutualaid.cli.scenario.part import (
    AS_WHOLE,
    Code,
    Count,
    File,
    HarmWeeks,
    Part,
    Share,
    Text,
    Unlimited,
    Week,
    Weeks,
)
from mutualaid.cli.scenario.problems import wrong
from mutualaid.policy import harm
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.equity import Equity
from mutualaid.policy.policy import Policy

Target = Annotated[int, Field(ge=0, le=harm.HIGHEST_RATE), AS_WHOLE]
Gap = Annotated[float, Field(ge=0, le=5_200)]
Rate = Annotated[float, Field(ge=0, le=harm.HIGHEST_RATE)]


def _curve(value: object) -> object:
    """Take the name of a curve for the curve with nothing else said."""
    return {"curve": value} if isinstance(value, str) else value


class RttHarm(Part, makes=harm.rtt, chosen_by="curve"):
    """A rate that steps up at the waiting-time milestones of the NHS in England."""

    curve: Literal["rtt"]
    rate: Rate = 1.0
    """Harm-weeks a week before the first step."""
    steps: dict[Week, Rate] | None = Field(None, examples=[{"18": 1.0, "52": 2.0}])
    """What the rate rises by at each week. 1 each at 18, 52, 65, 78 and 104 if left out."""


class ClinicalHarm(Part, makes=harm.clinical, chosen_by="curve"):
    """A rate by surgical priority, higher once its target is passed."""

    curve: Literal["clinical"]
    targets: dict[str, Target] | None = Field(None, examples=[{"P2": 4, "P3": 12}])
    """Weeks within which each priority should be treated."""
    overdue: dict[str, Rate] | None = Field(None, examples=[{"P2": 8.0, "P3": 4.0}])
    """Harm-weeks a week beyond the target."""


class PersonWeeks(Part, makes=harm.person_weeks, chosen_by="curve"):
    """Every week of waiting counts 1, however long somebody has waited."""

    curve: Literal["person_weeks"]


class TableHarm(Part, makes=harm.from_table, chosen_by="curve"):
    """A curve from a table of rates."""

    curve: Literal["table"]
    table: File = Field(examples=["harm.csv"])
    """weeks_waiting and rate, and a column that the rate depends on."""


class DefaultAcceptance(Part, makes=Acceptance.default, chosen_by="curve"):
    """A curve that rises with the weeks saved and falls with the extra minutes."""

    curve: Literal["default"]


class ConstantAcceptance(Part, makes=Acceptance.constant, chosen_by="curve"):
    """The same probability for every offer."""

    curve: Literal["constant"]
    p: Share = Field(examples=[0.7])
    """The probability; 1 is to say that everybody accepts."""


class TableAcceptance(Part, makes=Acceptance.from_table, chosen_by="curve"):
    """The probability of the first row of a table that fits an offer."""

    curve: Literal["table"]
    table: File = Field(examples=["acceptance.csv"])
    """probability, and the labels and limits that it goes by."""


class EquityKeys(Part, makes=Equity):
    """A limit on how unevenly a plan may treat groups of patients."""

    by: Text = "deprivation"
    """The column of the waiting list that groups go by."""
    max_gap_weeks: Gap | None = Field(None, examples=[4.0])
    """The mean wait of no group exceeds another's by more than so many weeks."""
    min_gain: Share | None = Field(None, examples=[0.0])
    """Each group bears at least this share of harm less than if nobody helped anybody."""


HarmCurve = Annotated[
    RttHarm | ClinicalHarm | PersonWeeks | TableHarm, Field(discriminator="curve")
]
AcceptanceCurve = Annotated[
    DefaultAcceptance | ConstantAcceptance | TableAcceptance, Field(discriminator="curve")
]
Harm = Annotated[
    HarmCurve,
    BeforeValidator(
        _curve, json_schema_input_type=Literal["rtt", "clinical", "person_weeks"] | HarmCurve
    ),
]
Accepting = Annotated[
    AcceptanceCurve,
    BeforeValidator(_curve, json_schema_input_type=Literal["default"] | AcceptanceCurve),
]
Lanes = File | list[dict[str, Code]]
Cap = Count | dict[str, Count] | File


class Rules(Part, makes=dict):
    """The keys that every policy has; by themselves, those of another policy that differ."""

    harm: Harm | None = Field(None, examples=[{"curve": "rtt", "rate": 1.0}])
    """A curve of harm: "rtt", "clinical", "person_weeks" or "table"; "rtt" if left out."""
    max_minutes: Unlimited = 60.0
    """Nobody is sent further than this, one way, in minutes. inf for no limit."""
    max_miles: Unlimited = math.inf
    """Nobody is sent further than this, one way, in miles: checked in the miles of the travel
    table, and never turned into minutes. Where a way has no distance the limit cannot be checked,
    and nobody goes that way. inf for no limit."""
    min_weeks_to_move: Weeks = 0
    """Only who has waited at least so many weeks when the period of treatment starts is moved."""
    weeks_per_hour: HarmWeeks = 1.0
    """Harm-weeks that an hour of extra travel, one way, counts as. Extra is what goes beyond the
    way to the patient's own provider."""
    move_weeks: HarmWeeks = 0.5
    """Harm-weeks that any move counts as: the trouble of it."""
    tail_weeks: Weeks = 13
    """Whoever is untreated after the last period pays for so many weeks more."""
    movable_priorities: list[Code] = Field(["P3", "P4"])
    """Priorities that may move where the waiting list has priorities: P3 and P4; add P2 to ask for
    it. P1, P5 and P6 never move."""
    move_mixed_services: bool = False
    """Whether the mixed treatment functions X01 to X06 may move."""
    move_cancer: bool = False
    """Whether patients whose column cancer is true may move."""
    movable_consent: list[Literal["yes", "not asked"]] = Field(["yes"])
    """Where the list says who consents to move (consent): whom to move. ["yes"], or ["yes", "not
    asked"] for a plan of whom to ask; who says no never moves. Referrals that do not say were not
    asked."""
    keep_dates_weeks: Unlimited = math.inf
    """Who has a date for treatment within less than so many weeks of the census (date_weeks) keeps
    it and does not move: inf for any date, 0 for none."""
    move_transferred: bool = True
    """Whether patients who have been moved before (transferred) may move again."""
    adults_only: bool = False
    """Whether only patients of 18 and over move: the list must then say who is (adult)."""
    notice_weeks: Weeks = 0
    """Nobody is treated away from home in a period that starts sooner than so many weeks after the
    census: a reasonable offer gives three weeks' notice."""
    lead_weeks: Weeks = 0
    """Nobody is treated away from home before so many weeks have gone by since the census, or since
    the start of the period in which they join: clinical review, pre-operative assessment and notice
    take time. Of this and notice_weeks the later counts."""
    min_weeks_saved: Weeks = 0
    """Nobody moves who is not treated at least so many weeks sooner than if
    nobody moved; 0 asks for nothing."""
    forbidden_lanes: Lanes | None = Field(None, examples=[[{"origin": "XA1", "provider": "XB2"}]])
    """Moves that are forbidden: a table, or a list, of any of origin, provider, service, priority,
    area and other columns of the waiting list. A row forbids every move that it fits, and a column
    that is absent or empty fits all."""
    allowed_lanes: Lanes | None = Field(None, examples=["lanes.csv"])
    """The only moves that are allowed, written in the same way."""
    max_out: Cap | None = Field(None, examples=[50])
    """At most so many patients moved out of a provider each period: one number for all, a number by
    provider, or a table provider, period, patients, where an absent or empty cell fits all and the
    more particular row holds."""
    max_in: Cap | None = Field(None, examples=[{"XA1": 20, "XB2": 30}])
    """The same for patients moved into a provider."""
    max_share_moved: Share = 1.0
    """At most this share of each queue's patients (its list and referrals, after removals), rounded
    down, is moved over the horizon."""
    max_moves: Count | None = Field(None, examples=[100])
    """At most so many moves of all trusts together in each period."""
    ramp: Annotated[list[Count], Field(min_length=1)] | None = Field(
        None, examples=[[50, 100, 200]]
    )
    """At most so many moves of all trusts together in the first periods, one number for each, none
    below the one before it; the last of them holds from then on."""
    min_batch: Count | None = Field(None, examples=[5])
    """A lane carries nobody in a block of batch_periods periods, or at least so many patients."""
    batch_periods: Annotated[int, Field(ge=1, le=5_200), AS_WHOLE] = 1
    """Over how many periods a batch is counted."""
    lane_weeks: HarmWeeks = 0.0
    """Harm-weeks that opening a lane counts as, once, whatever it carries."""
    max_lanes: Count | None = Field(None, examples=[5])
    """At most so many lanes are opened over the horizon, each from one origin to one provider for
    one service."""
    acceptance: Accepting | None = Field(None, examples=["default"])
    """How likely patients are to accept an offer: "default", "constant" or "table". Without it a
    plan says "if everybody accepts"."""
    equity: EquityKeys | None = Field(None, examples=[{"by": "deprivation", "min_gain": 0.0}])
    """A limit between groups of patients."""


def _named_or_own(preset: str | None = None, **values: Any) -> Policy:
    """Make a policy; what is written changes the one that has a name."""
    if preset is not None:
        return Policy.pidmas(**values)
    if "miles" in values:
        remedy = 'write preset = "pidmas" as well, or max_miles instead'
        raise wrong("miles", "goes with preset", remedy)
    return Policy(**values)


class PolicyKeys(Rules, makes=_named_or_own):
    """What waiting costs, and which moves are allowed."""

    preset: Literal["pidmas"] | None = Field(None, examples=["pidmas"])
    """A policy that has a name; what else is written changes it. "pidmas" is England's
    patient-initiated mutual aid of October 2023."""
    miles: Annotated[float, Field(ge=0, le=10_000)] | None = Field(None, examples=[50.0])
    """Of pidmas: the band that patients chose, 50 or 100."""
