"""The keys of a whole scenario file, and of its smaller tables."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mutualaid.cli.scenario.change_keys import Change
from mutualaid.cli.scenario.data_keys import Data
from mutualaid.cli.scenario.mode_keys import Mode
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.part import AS_WHOLE, Codes, Part, Share, by, key
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.model.limits.targets import Target
from mutualaid.planning.optimise import optimise

VERSION = 1
"""The version of scenario files that is read and written."""

Objective = Literal[
    "cost",
    "harm",
    "travel",
    "moves",
    "waiting",
    "over_18",
    "over_52",
    "over_65",
    "over_78",
    "over_104",
]
PuLP = Annotated[str, Field(pattern=r"^pulp:.+")]
OneOrMore = Annotated[int, Field(ge=1), AS_WHOLE]


class TargetKeys(Part):
    """A target for who is on the list when a period ends."""

    makes = by(Target)

    weeks: Annotated[int, Field(ge=0), AS_WHOLE] = key(
        "Whoever has waited so many weeks, or more, when the period ends is over.", like=65
    )
    patients: Annotated[int, Field(ge=0), AS_WHOLE] = key("At most so many may be over.", 0)
    share_within: Share | None = key(
        "Instead: at least this share of the list must not be over.", None, like=0.92
    )
    by: Literal["system", "trust", "service", "trust and service"] = key(
        'For "system", each "trust", each "service", or each "trust and service".', "trust"
    )
    period: OneOrMore | None = key("At whose end; the last one's if left out.", None, like=13)
    origins: Codes | None = key("Only these providers' lists.", None, like=["XA1"])
    services: Codes | None = key("Only these services.", None, like=["C_110"])


class SolveKeys(Part):
    """How a plan is found."""

    makes = by(optimise)

    solver: Literal["auto", "flow", "highs", "pulp"] | PuLP = key(
        '"auto"; "flow" (LEMON\'s network simplex; takes no side rows); "highs" (the whole '
        'program, also where it is large); "pulp"; or "pulp:NAME" for any solver that PuLP lists.',
        "auto",
    )
    formulation: Literal["auto", "chain", "ageing"] = key(
        '"auto", "chain" or "ageing": how the network is laid out.', "auto"
    )
    time_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = key(
        "Seconds for each call of a solver. A plan found by then is written with its gap.",
        None,
        like=60.0,
    )
    threads: OneOrMore | None = key("How many a solver may use.", None, like=2)
    mip_gap: Annotated[float, Field(ge=0, lt=1)] | None = key(
        "The relative gap at which a search for whole patients may stop; 0 for the best plan.",
        None,
        like=0.001,
    )
    objectives: Annotated[list[Objective], Field(min_length=1)] | None = key(
        'What is made as small as can be, the most important first: any of "cost" (harm, travel '
        "and moves; what plans minimise unless told otherwise, and the last objective of all if "
        'not named), "harm", "travel", "moves", "waiting", "over_18", "over_52", "over_65", '
        '"over_78", "over_104" (patients on the list at the end).',
        None,
        like=["over_65", "harm"],
    )
    slack: dict[str, Annotated[float, Field(ge=0, le=1e6)]] | None = key(
        "By which share of its optimum an objective may be made worse for the sake of later ones.",
        None,
        like={"over_65": 0.05},
    )


class ScenarioKeys(Part):
    """A scenario: where the tables are, the policy, the mode and what is written of the plan."""

    version: Literal[1] = key("The version of scenario files that this one is.", VERSION)
    data: Data = key("Where the tables are.")
    policy: PolicyKeys | None = key("What waiting costs, and which moves are allowed.", None)
    collaboration: Mode | None = key("How partners work together.", None)
    change: list[Change] = key("What is otherwise, one after another.", [])
    target: list[TargetKeys] = key(
        "Targets, missed by as few patients as possible before anything else.", []
    )
    solve: SolveKeys | None = key("How the plan is found.", None)
    outputs: OutputsKeys | None = key("What is written, and where.", None)
