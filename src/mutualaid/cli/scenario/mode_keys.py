"""The keys of ``[collaboration]``: how partners work together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mutualaid.cli.scenario.part import (
    File,
    OneOrMore,
    Part,
    Share,
    Text,
    Unlimited,
    Weeks,
    Whole,
    by_word,
)
from mutualaid.policy.collaboration import Deep, Independent, Resource, Transactional
from mutualaid.policy.estate import Estate
from mutualaid.policy.income import Income
from mutualaid.policy.partner import Partner
from mutualaid.policy.promise import Promise

Loss = Annotated[float, Field(ge=0, le=1e6)]
Money = Annotated[float, Field(ge=0, le=1e9)]
Rate = Annotated[float, Field(ge=0, le=1e6)]


class EstateKeys(Part, makes=Estate):
    """Rooms that partners lend each other, for the home trust's own team."""

    rooms: File = Field(examples=["rooms.csv"])
    """A table of site, period and slots."""
    teams: File = Field(examples=["teams.csv"])
    """A table of provider, service, period and slots."""
    closures: File | None = Field(None, examples=["closures.csv"])
    """A table of provider and period: whose own building is out of use, and when."""


class PromiseKeys(Part, makes=Promise):
    """A figure of each trust that is no worse than alone."""

    figure: Literal[
        "harm",
        "over_18",
        "over_52",
        "over_65",
        "share_within_18",
        "list_size",
        "treated",
        "treated_own",
    ] = Field(examples=["over_52"])
    """Which figure: harm of its own patients; who is on the list when the period ends, by weeks
    waited; who is treated by then."""
    by: Literal["trust", "service"] = "trust"
    """Of each trust, or of each service of each trust."""
    lens: Literal["residents", "provider"] = "residents"
    """Its own patients wherever they are treated, or what it reports; they differ in "treated"
    alone."""
    period: OneOrMore | None = Field(None, examples=[6])
    """At whose end. Left out: the last."""
    tolerance: Loss = 0.0
    """How much worse it may be, as a share of the figure alone; of a share in points."""
    reported_by: Literal["receiver", "origin"] = "receiver"
    """Who reports a moved patient, where lens = "provider"."""


class PartnerKeys(Part, makes=Partner):
    """A partner that is no hospital, such as a council."""

    name: Text = Field(examples=["Council"])
    """What it is called; not like a trust."""
    pools: File = Field(examples=["council_holds.csv"])
    """A table of pool, period and amount: what it holds."""
    spares: File = Field(examples=["council_spares.csv"])
    """A table of pool, provider, spares, amount and perhaps at_most: which pool of a trust, and how
    much of it, a unit of its own spares."""
    costs: dict[str, Rate] = Field(examples=[{"home care": 24.0}])
    """Money that a unit of each of its pools costs it."""
    benefits: dict[str, Rate] = Field(examples=[{"beds": 60.0}])
    """Money that a spared unit of each pool of the trusts is worth to it."""
    fixed_cost: Money = 0.0
    """Money that taking part costs it, however little it gives."""
    at_least: Annotated[float, Field(ge=-1e9, le=1e9)] = 0.0
    """What its account comes to at least where it takes part; below 0: what it is ready to lose."""
    benefit_weeks: Weeks = 0
    """So many weeks after a period begins, what is spared in it is worth its money."""
    horizon_weeks: Weeks | None = Field(None, examples=[52])
    """Benefits that come later than so many weeks after the census do not count. Left out: all."""


class IncomeKeys(Part, makes=Income):
    """Limits of what trusts are paid over the horizon, and contracts for others' patients."""

    tariff: dict[str, Money] = Field(examples=[{"C_110": 5200.0}])
    """Money for a patient of each service, paid to who treats."""
    tolerance: Share | None = Field(None, examples=[0.02])
    """Nobody is paid less than alone by more than this share. Left out: that is not asked."""
    limits: File | None = Field(None, examples=["income_limits.csv"])
    """A table of provider and floor or ceiling or both: money over the horizon."""
    contracts: File | None = Field(None, examples=["contracts.csv"])
    """A table of provider, at_most, and perhaps service and price: how many patients of others it
    treats at most, and at which price."""


Promised = Literal["board", "harm"] | list[PromiseKeys]
TREATED_BY = {"figure": "treated", "by": "trust", "lens": "provider", "reported_by": "origin"}


class IndependentKeys(Part, makes=Independent, chosen_by="mode"):
    """Nobody helps anybody: every patient is treated at home or waits."""

    mode: Literal["Independent"]


class TransactionalKeys(Part, makes=Transactional, chosen_by="mode"):
    """All partners benefit: nobody is worse off, and aid is matched by aid."""

    mode: Literal["Transactional"]
    tolerance: Unlimited = 0.0
    """By how much what a partner does for the others may differ from what they do for it, over the
    horizon: patients, units of a pool, or money, as balance says."""
    balance: Literal["patients", "pool", "tariff"] = "patients"
    """How aid is counted: "patients"; "pool" (what treating them uses of each pool of the system);
    "tariff" (money)."""
    min_gain: Share = 0.0
    """The least share of its Independent harm that each trust must gain if it takes part, that is,
    if anybody moves out of it or into it. A trust that takes no part stays as it was."""
    share: Literal["max-min"] | None = Field(None, examples=["max-min"])
    """ "max-min": among the plans, the one with the largest smallest proportional gain; of those
    the one with the largest second smallest, and so on; then the least cost. Left out: the least
    cost."""
    protect: Literal["trust", "service"] = "trust"
    """ "trust": no trust's own patients are worse off, taken together; "service": in no service of
    any trust."""
    tariff: dict[str, Money] | None = Field(None, examples=[{"C_110": 5200.0}])
    """Money for a patient of each service, for balance = "tariff"."""
    promises: Promised = "board"
    """Figures of each trust that are no worse than alone. "board": harm, as far as the mode
    protects it, the share within 18 weeks, and who is over 52 and over 65 weeks at the end.
    "harm": harm alone. A list: harm, and what it names."""
    partners: list[PartnerKeys] = Field([])
    """Partners that are no hospitals: a table [[collaboration.partners]] for each."""
    income: IncomeKeys | None = Field(None, examples=[{"tariff": {"C_110": 5200.0}}])
    """Limits of what trusts are paid, and contracts."""


class ResourceKeys(Part, makes=Resource, chosen_by="mode"):
    """Nobody is worse off, but giving need not be matched."""

    mode: Literal["Resource"]
    cost_tolerance: Loss = 0.0
    """How much more harm than under Independent a trust's own patients may bear, as a share."""
    spare_only: bool = False
    """Others use only what the owner's own plan leaves over: in every queue and period each trust
    treats as many of its own patients at home as under Independent."""
    lend: EstateKeys | None = Field(None, examples=[{"rooms": "rooms.csv", "teams": "teams.csv"}])
    """Rooms that partners lend each other, for the home trust's own team."""
    reciprocity: Whole | None = Field(None, examples=[100])
    """Nobody treats more of the others' patients than they treat of its own plus so many, over the
    horizon. Left out: no limit."""
    protect: Literal["trust", "service"] = "trust"
    """ "trust" or "service": as of Transactional."""
    promises: Promised = "board"
    """As of Transactional."""
    partners: list[PartnerKeys] = Field([])
    """As of Transactional."""
    income: IncomeKeys | None = Field(None, examples=[{"tariff": {"C_110": 5200.0}}])
    """As of Transactional."""


class DeepKeys(Part, makes=Deep, chosen_by="mode"):
    """The population comes first, whatever it does to a partner's own figures."""

    mode: Literal["Deep"] = "Deep"
    max_sacrifice: Loss | None = Field(None, examples=[0.05])
    """The most that any one trust's own patients may lose, as a share of what they bear under
    Independent (who bears nothing alone is then asked for nothing). Left out: no limit."""
    lend: EstateKeys | None = Field(None, examples=[{"rooms": "rooms.csv", "teams": "teams.csv"}])
    """As of Resource."""
    reciprocity: Whole | None = Field(None, examples=[100])
    """As of Resource."""
    promises: Promised = Field([], examples=[[TREATED_BY]])
    """As of Transactional. Left out: nothing."""
    partners: list[PartnerKeys] = Field([])
    """As of Transactional."""
    income: IncomeKeys | None = Field(None, examples=[{"tariff": {"C_110": 5200.0}}])
    """As of Transactional."""


def _usually_deep(value: object) -> object:
    return {"mode": "Deep", **value} if isinstance(value, Mapping) else value


Named = Annotated[
    IndependentKeys | TransactionalKeys | ResourceKeys | DeepKeys, Field(discriminator="mode")
]
Mode = Annotated[Named, BeforeValidator(_usually_deep, json_schema_input_type=Named)]
MODES = by_word(Mode)
"""By the name of the mode."""
