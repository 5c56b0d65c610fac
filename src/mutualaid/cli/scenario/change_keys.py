"""The keys of each ``[[change]]``: what is otherwise than the tables and the policy say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mutualaid.cli.scenario.part import Amount, Code, OneOrMore, Part, Share, Whole, by_word
from mutualaid.cli.scenario.policy_keys import Rules
from mutualaid.studies import changes

Factor = Annotated[float, Field(ge=0, le=1000)]
When = Annotated[list[OneOrMore], Field(min_length=1)]
AtProvider = Annotated[Code | None, Field(description="Only at this provider.", examples=["XA1"])]
OfService = Annotated[Code | None, Field(description="Only of this service.", examples=["C_110"])]
InPeriods = Annotated[When | None, Field(description="Only in these periods.", examples=[[10, 11]])]
Slots = Annotated[dict[str, Whole], Field(min_length=1)]
Distances = Annotated[dict[str, Amount], Field(min_length=1)]


class ChangeKeys(Part, chosen_by="kind"):
    """What all kinds of change share."""


class CapacityKeys(ChangeKeys, makes=changes.Capacity):
    """Slots, multiplied."""

    kind: Literal["capacity"]
    factor: Factor = Field(examples=[0.85])
    """0.8 for a fifth fewer."""
    provider: AtProvider = None
    service: OfService = None
    periods: InPeriods = None


class ClosureKeys(ChangeKeys, makes=changes.Closure):
    """A provider, or a service of it, that treats nobody."""

    kind: Literal["closure"]
    provider: Code = Field(examples=["XA1"])
    """The provider that is closed."""
    service: Code | None = Field(None, examples=["C_110"])
    """Only this service of it."""
    periods: InPeriods = None


class ReferralsKeys(ChangeKeys, makes=changes.Referrals):
    """Referrals, multiplied."""

    kind: Literal["referrals"]
    factor: Factor = Field(examples=[1.1])
    """1.1 for a tenth more."""
    origin: Code | None = Field(None, examples=["XA1"])
    """Only of this provider's list."""
    service: OfService = None
    periods: InPeriods = None


class RemovalsKeys(ReferralsKeys, makes=changes.Removals):
    """Patients who leave untreated, multiplied."""

    kind: Literal["removals"]  # type: ignore[assignment]


class RemovalShareKeys(ChangeKeys, makes=changes.RemovalShare):
    """A share of the referrals who leave untreated, in place of the table of removals."""

    kind: Literal["removal_share"]
    share: Share = Field(examples=[0.145])
    """How many of those who join leave untreated."""


class StayKeys(ChangeKeys, makes=changes.Stay):
    """What a patient needs of a pool, multiplied: the length of stay where the pool is beds."""

    kind: Literal["stay"]
    factor: Factor = Field(examples=[0.8])
    """0.8 for a stay that is a fifth shorter."""
    pool: Code = Field(examples=["beds"])
    """The pool."""
    provider: AtProvider = None
    service: OfService = None


class PoolKeys(ChangeKeys, makes=changes.Pool):
    """What there is of a pool, multiplied: beds lost to winter, theatres under repair."""

    kind: Literal["pool"]
    factor: Factor = Field(examples=[0.9])
    """0.9 for a tenth less."""
    pool: Code = Field(examples=["beds"])
    """The pool."""
    provider: AtProvider = None
    periods: InPeriods = None


class SiteKeys(ChangeKeys, makes=changes.Site):
    """A new provider, such as a hub."""

    kind: Literal["site"]
    provider: Code = Field(examples=["HUB"])
    """Its code."""
    slots: Slots = Field(examples=[{"C_110": 40}])
    """Patients of each service that it can treat in a period."""
    minutes: Distances = Field(examples=[{"XA1": 20}])
    """How far it is, one way, from each origin or area."""
    periods: When | None = Field(None, examples=[[1, 2]])
    """When it is open, if not always."""
    miles: Distances | None = Field(None, examples=[{"XA1": 9.5}])
    """The same as a distance in miles."""


class RuleKeys(ChangeKeys, makes=changes.Rule):
    """Another policy."""

    kind: Literal["rule"]
    policy: Rules = Field(examples=[{"max_minutes": 90}])
    """Keys of [policy] that are otherwise."""


OfPatients = CapacityKeys | ClosureKeys | ReferralsKeys | RemovalsKeys | RemovalShareKeys
OfAllElse = StayKeys | PoolKeys | SiteKeys | RuleKeys
Change = Annotated[OfPatients | OfAllElse, Field(discriminator="kind")]
KINDS = by_word(Change)
"""By the kind of change."""
