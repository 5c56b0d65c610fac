"""The keys of each ``[[change]]``: what is otherwise than the tables and the policy say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from mutualaid.cli.scenario.part import AS_WHOLE, Amount, Code, Part, Share, by, key
from mutualaid.cli.scenario.policy_keys import Rules
from mutualaid.studies import changes

Factor = Annotated[float, Field(ge=0, le=1000)]
When = Annotated[list[Annotated[int, Field(ge=1), AS_WHOLE]], Field(min_length=1)]
Slots = Annotated[dict[str, Annotated[int, Field(ge=0), AS_WHOLE]], Field(min_length=1)]
Distances = Annotated[dict[str, Amount], Field(min_length=1)]


class ChangeKeys(Part):
    """What all kinds of change share."""

    chosen_by = "kind"


class CapacityKeys(ChangeKeys):
    """Slots, multiplied."""

    makes = by(changes.Capacity)

    kind: Literal["capacity"]
    factor: Factor = key("0.8 for a fifth fewer.", like=0.85)
    provider: Code | None = key("Only at this provider.", None, like="XA1")
    service: Code | None = key("Only of this service.", None, like="C_110")
    periods: When | None = key("Only in these periods.", None, like=[10, 11])


class ClosureKeys(ChangeKeys):
    """A provider, or a service of it, that treats nobody."""

    makes = by(changes.Closure)

    kind: Literal["closure"]
    provider: Code = key("The provider that is closed.", like="XA1")
    service: Code | None = key("Only this service of it.", None, like="C_110")
    periods: When | None = key("Only in these periods.", None, like=[10, 11])


class ReferralsKeys(ChangeKeys):
    """Referrals, multiplied."""

    makes = by(changes.Referrals)

    kind: Literal["referrals"]
    factor: Factor = key("1.1 for a tenth more.", like=1.1)
    origin: Code | None = key("Only of this provider's list.", None, like="XA1")
    service: Code | None = key("Only of this service.", None, like="C_110")
    periods: When | None = key("Only in these periods.", None, like=[10, 11])


class RemovalsKeys(ReferralsKeys):
    """Patients who leave untreated, multiplied."""

    makes = by(changes.Removals)

    kind: Literal["removals"]  # type: ignore[assignment]


class RemovalShareKeys(ChangeKeys):
    """A share of the referrals who leave untreated, in place of the table of removals."""

    makes = by(changes.RemovalShare)

    kind: Literal["removal_share"]
    share: Share = key("How many of those who join leave untreated.", like=0.145)


class StayKeys(ChangeKeys):
    """What a patient needs of a pool, multiplied: the length of stay where the pool is beds."""

    makes = by(changes.Stay)

    kind: Literal["stay"]
    factor: Factor = key("0.8 for a stay that is a fifth shorter.", like=0.8)
    pool: Code = key("The pool.", like="beds")
    provider: Code | None = key("Only at this provider.", None, like="XA1")
    service: Code | None = key("Only of this service.", None, like="C_110")


class PoolKeys(ChangeKeys):
    """What there is of a pool, multiplied: beds lost to winter, theatres under repair."""

    makes = by(changes.Pool)

    kind: Literal["pool"]
    factor: Factor = key("0.9 for a tenth less.", like=0.9)
    pool: Code = key("The pool.", like="beds")
    provider: Code | None = key("Only at this provider.", None, like="XA1")
    periods: When | None = key("Only in these periods.", None, like=[10, 11])


class SiteKeys(ChangeKeys):
    """A new provider, such as a hub."""

    makes = by(changes.Site)

    kind: Literal["site"]
    provider: Code = key("Its code.", like="HUB")
    slots: Slots = key(
        "Patients of each service that it can treat in a period.", like={"C_110": 40}
    )
    minutes: Distances = key("How far it is, one way, from each origin or area.", like={"XA1": 20})
    periods: When | None = key("When it is open, if not always.", None, like=[1, 2])
    miles: Distances | None = key("The same as a distance in miles.", None, like={"XA1": 9.5})


class RuleKeys(ChangeKeys):
    """Another policy."""

    makes = by(changes.Rule)

    kind: Literal["rule"]
    policy: Rules = key("Keys of [policy] that are otherwise.", like={"max_minutes": 90})


Change = Annotated[
    CapacityKeys
    | ClosureKeys
    | ReferralsKeys
    | RemovalsKeys
    | RemovalShareKeys
    | StayKeys
    | PoolKeys
    | SiteKeys
    | RuleKeys,
    Field(discriminator="kind"),
]
KINDS: Mapping[str, type[Part]] = {
    one.makes.kind: one
    for one in (
        *(CapacityKeys, ClosureKeys, ReferralsKeys, RemovalsKeys, RemovalShareKeys),
        *(StayKeys, PoolKeys, SiteKeys, RuleKeys),
    )
}
"""By the kind of change."""
