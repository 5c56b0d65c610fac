"""The keys of a whole scenario file, and of its smaller tables."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from mutualaid.cli.scenario.change_keys import Change
from mutualaid.cli.scenario.data_keys import Data
from mutualaid.cli.scenario.mode_keys import Mode
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.part import Codes, OneOrMore, Part, Share, Whole
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.model.limits.targets import Target
from mutualaid.planning.optimise import optimise

VERSION: Final = 1
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


class TargetKeys(Part, makes=Target):
    """A target for who is on the list when a period ends."""

    weeks: Whole = Field(examples=[65])
    """Whoever has waited so many weeks, or more, when the period ends is over."""
    patients: Whole = 0
    """At most so many may be over."""
    share_within: Share | None = Field(None, examples=[0.92])
    """Instead: at least this share of the list must not be over."""
    by: Literal["system", "trust", "service", "trust and service"] = "trust"
    """For "system", each "trust", each "service", or each "trust and service"."""
    period: OneOrMore | None = Field(None, examples=[13])
    """At whose end; the last one's if left out."""
    origins: Codes | None = Field(None, examples=[["XA1"]])
    """Only these providers' lists."""
    services: Codes | None = Field(None, examples=[["C_110"]])
    """Only these services."""


class SolveKeys(Part, makes=optimise):
    """How a plan is found."""

    solver: Literal["auto", "flow", "highs", "pulp"] | PuLP = "auto"
    """ "auto"; "flow" (LEMON's network simplex; takes no side rows); "highs" (the whole program,
    also where it is large); "pulp"; or "pulp:NAME" for any solver that PuLP lists."""
    formulation: Literal["auto", "chain", "ageing"] = "auto"
    """ "auto", "chain" or "ageing": how the network is laid out."""
    time_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, examples=[60.0]
    )
    """Seconds for each call of a solver. A plan found by then is written with its gap."""
    threads: OneOrMore | None = Field(None, examples=[2])
    """How many a solver may use."""
    mip_gap: Annotated[float, Field(ge=0, lt=1)] | None = Field(None, examples=[0.001])
    """The relative gap at which a search for whole patients may stop; 0 for the best plan."""
    objectives: Annotated[list[Objective], Field(min_length=1)] | None = Field(
        None, examples=[["over_65", "harm"]]
    )
    """What is made as small as can be, the most important first: any of "cost" (harm, travel and
    moves; what plans minimise unless told otherwise, and the last objective of all if not named),
    "harm", "travel", "moves", "waiting", "over_18", "over_52", "over_65", "over_78", "over_104"
    (patients on the list at the end)."""
    slack: dict[str, Annotated[float, Field(ge=0, le=1e6)]] | None = Field(
        None, examples=[{"over_65": 0.05}]
    )
    """By which share of its optimum an objective may be made worse for the sake of later ones."""


class ScenarioKeys(Part):
    """A scenario: where the tables are, the policy, the mode and what is written of the plan."""

    version: Literal[1] = VERSION
    """The version of scenario files that this one is."""
    data: Data
    """Where the tables are."""
    policy: PolicyKeys | None = None
    """What waiting costs, and which moves are allowed."""
    collaboration: Mode | None = None
    """How partners work together."""
    change: list[Change] = Field([])
    """What is otherwise, one after another."""
    target: list[TargetKeys] = Field([])
    """Targets, missed by as few patients as possible before anything else."""
    solve: SolveKeys | None = None
    """How the plan is found."""
    outputs: OutputsKeys | None = None
    """What is written, and where."""
