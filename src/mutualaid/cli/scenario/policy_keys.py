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
    by,
    key,
)
from mutualaid.errors import Problems
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


class RttHarm(Part):
    """A rate that steps up at the waiting-time milestones of the NHS in England."""

    makes = by(harm.rtt)
    chosen_by = "curve"

    curve: Literal["rtt"]
    rate: Rate = key("Harm-weeks a week before the first step.", 1.0)
    steps: dict[Week, Rate] | None = key(
        "What the rate rises by at each week. 1 each at 18, 52, 65, 78 and 104 if left out.",
        None,
        like={"18": 1.0, "52": 2.0},
    )


class ClinicalHarm(Part):
    """A rate by surgical priority, higher once its target is passed."""

    makes = by(harm.clinical)
    chosen_by = "curve"

    curve: Literal["clinical"]
    targets: dict[str, Target] | None = key(
        "Weeks within which each priority should be treated.", None, like={"P2": 4, "P3": 12}
    )
    overdue: dict[str, Rate] | None = key(
        "Harm-weeks a week beyond the target.", None, like={"P2": 8.0, "P3": 4.0}
    )


class PersonWeeks(Part):
    """Every week of waiting counts 1, however long somebody has waited."""

    makes = by(harm.person_weeks)
    chosen_by = "curve"

    curve: Literal["person_weeks"]


class TableHarm(Part):
    """A curve from a table of rates."""

    makes = by(harm.from_table)
    chosen_by = "curve"

    curve: Literal["table"]
    table: File = key(
        "weeks_waiting and rate, and a column that the rate depends on.", like="harm.csv"
    )


class DefaultAcceptance(Part):
    """A curve that rises with the weeks saved and falls with the extra minutes."""

    makes = by(Acceptance.default)
    chosen_by = "curve"

    curve: Literal["default"]


class ConstantAcceptance(Part):
    """The same probability for every offer."""

    makes = by(Acceptance.constant)
    chosen_by = "curve"

    curve: Literal["constant"]
    p: Share = key("The probability; 1 is to say that everybody accepts.", like=0.7)


class TableAcceptance(Part):
    """The probability of the first row of a table that fits an offer."""

    makes = by(Acceptance.from_table)
    chosen_by = "curve"

    curve: Literal["table"]
    table: File = key(
        "probability, and the labels and limits that it goes by.", like="acceptance.csv"
    )


class EquityKeys(Part):
    """A limit on how unevenly a plan may treat groups of patients."""

    makes = by(Equity)

    by: Text = key("The column of the waiting list that groups go by.", "deprivation")
    max_gap_weeks: Gap | None = key(
        "The mean wait of no group exceeds another's by more than so many weeks.", None, like=4.0
    )
    min_gain: Share | None = key(
        "Each group bears at least this share of harm less than if nobody helped anybody.",
        None,
        like=0.0,
    )


HarmCurve = Annotated[
    RttHarm | ClinicalHarm | PersonWeeks | TableHarm, Field(discriminator="curve")
]
AcceptanceCurve = Annotated[
    DefaultAcceptance | ConstantAcceptance | TableAcceptance, Field(discriminator="curve")
]
Lanes = File | list[dict[str, Code]]
Cap = Count | dict[str, Count] | File


class Rules(Part):
    """The keys that every policy has; by themselves, those of another policy that differ."""

    makes = by(dict)

    harm: Annotated[
        HarmCurve,
        BeforeValidator(
            _curve, json_schema_input_type=Literal["rtt", "clinical", "person_weeks"] | HarmCurve
        ),
    ] = key(
        'A curve of harm: "rtt", "clinical", "person_weeks" or "table"; "rtt" if left out.',
        None,
        like={"curve": "rtt", "rate": 1.0},
    )
    max_minutes: Unlimited = key(
        "Nobody is sent further than this, one way, in minutes. inf for no limit.", 60.0
    )
    max_miles: Unlimited = key(
        "Nobody is sent further than this, one way, in miles: checked in the miles of the travel "
        "table, and never turned into minutes. Where a way has no distance the limit cannot be "
        "checked, and nobody goes that way. inf for no limit.",
        math.inf,
    )
    min_weeks_to_move: Weeks = key(
        "Only who has waited at least so many weeks when the period of treatment starts is moved.",
        0,
    )
    weeks_per_hour: HarmWeeks = key(
        "Harm-weeks that an hour of extra travel, one way, counts as. Extra is what goes beyond "
        "the way to the patient's own provider.",
        1.0,
    )
    move_weeks: HarmWeeks = key("Harm-weeks that any move counts as: the trouble of it.", 0.5)
    tail_weeks: Weeks = key(
        "Whoever is untreated after the last period pays for so many weeks more.", 13
    )
    movable_priorities: list[Code] = key(
        "Priorities that may move where the waiting list has priorities: P3 and P4; add P2 to ask "
        "for it. P1, P5 and P6 never move.",
        ["P3", "P4"],
    )
    move_mixed_services: bool = key(
        "Whether the mixed treatment functions X01 to X06 may move.", False
    )
    move_cancer: bool = key("Whether patients whose column cancer is true may move.", False)
    movable_consent: list[Literal["yes", "not asked"]] = key(
        'Where the list says who consents to move (consent): whom to move. ["yes"], or ["yes", '
        '"not asked"] for a plan of whom to ask; who says no never moves. Referrals that do not '
        "say were not asked.",
        ["yes"],
    )
    keep_dates_weeks: Unlimited = key(
        "Who has a date for treatment within less than so many weeks of the census (date_weeks) "
        "keeps it and does not move: inf for any date, 0 for none.",
        math.inf,
    )
    move_transferred: bool = key(
        "Whether patients who have been moved before (transferred) may move again.", True
    )
    adults_only: bool = key(
        "Whether only patients of 18 and over move: the list must then say who is (adult).", False
    )
    notice_weeks: Weeks = key(
        "Nobody is treated away from home in a period that starts sooner than so many weeks after "
        "the census: a reasonable offer gives three weeks' notice.",
        0,
    )
    forbidden_lanes: Lanes | None = key(
        "Moves that are forbidden: a table, or a list, of any of origin, provider, service, "
        "priority, area and other columns of the waiting list. A row forbids every move that it "
        "fits, and a column that is absent or empty fits all.",
        None,
        like=[{"origin": "XA1", "provider": "XB2"}],
    )
    allowed_lanes: Lanes | None = key(
        "The only moves that are allowed, written in the same way.", None, like="lanes.csv"
    )
    max_out: Cap | None = key(
        "At most so many patients moved out of a provider each period: one number for all, a "
        "number by provider, or a table provider, period, patients, where an absent or empty cell "
        "fits all and the more particular row holds.",
        None,
        like=50,
    )
    max_in: Cap | None = key(
        "The same for patients moved into a provider.", None, like={"XA1": 20, "XB2": 30}
    )
    max_share_moved: Share = key(
        "At most this share of each queue's patients (its list and referrals, after removals), "
        "rounded down, is moved over the horizon.",
        1.0,
    )
    max_moves: Count | None = key(
        "At most so many moves of all trusts together in each period.", None, like=100
    )
    ramp: Annotated[list[Count], Field(min_length=1)] | None = key(
        "At most so many moves of all trusts together in the first periods, one number for each, "
        "none below the one before it; the last of them holds from then on.",
        None,
        like=[50, 100, 200],
    )
    max_lanes: Count | None = key(
        "At most so many lanes are opened over the horizon, each from one origin to one provider "
        "for one service.",
        None,
        like=5,
    )
    acceptance: (
        Annotated[
            AcceptanceCurve,
            BeforeValidator(_curve, json_schema_input_type=Literal["default"] | AcceptanceCurve),
        ]
        | None
    ) = key(
        'How likely patients are to accept an offer: "default", "constant" or "table". Without '
        'it a plan says "if everybody accepts".',
        None,
        like="default",
    )
    equity: EquityKeys | None = key(
        "A limit between groups of patients.", None, like={"by": "deprivation", "min_gain": 0.0}
    )


def _named_or_own(preset: str | None = None, **values: Any) -> Policy:
    """Make a policy; what is written changes the one that has a name."""
    if preset is not None:
        return Policy.pidmas(**values)
    problems = Problems()
    if "miles" in values:
        remedy = 'write preset = "pidmas" as well, or max_miles instead'
        problems.add("policy", "miles", "goes with preset", remedy)
    problems.raise_if_any()
    return Policy(**values)


class PolicyKeys(Rules):
    """What waiting costs, and which moves are allowed."""

    makes = by(_named_or_own)

    preset: Literal["pidmas"] | None = key(
        "A policy that has a name; what else is written changes it. "
        '"pidmas" is England\'s patient-initiated mutual aid of October 2023.',
        None,
        like="pidmas",
    )
    miles: Annotated[float, Field(ge=0, le=10_000)] | None = key(
        "Of pidmas: the band that patients chose, 50 or 100.", None, like=50.0
    )
