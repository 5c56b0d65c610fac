"""The keys of ``[collaboration]``: how partners work together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mutualaid.cli.scenario.part import AS_WHOLE, File, Part, Share, Unlimited, by, key
from mutualaid.policy.collaboration import Deep, Independent, Resource, Transactional
from mutualaid.policy.estate import Estate

Loss = Annotated[float, Field(ge=0, le=1e6)]
Money = Annotated[float, Field(ge=0, le=1e9)]
Others = Annotated[int, Field(ge=0), AS_WHOLE]


class EstateKeys(Part):
    """Rooms that partners lend each other, for the home trust's own team."""

    makes = by(Estate)

    rooms: File = key("A table of site, period and slots.", like="rooms.csv")
    teams: File = key("A table of provider, service, period and slots.", like="teams.csv")
    closures: File | None = key(
        "A table of provider and period: whose own building is out of use, and when.",
        None,
        like="closures.csv",
    )


class IndependentKeys(Part):
    """Nobody helps anybody: every patient is treated at home or waits."""

    makes = by(Independent)
    chosen_by = "mode"

    mode: Literal["Independent"]


class TransactionalKeys(Part):
    """All partners benefit: nobody is worse off, and aid is matched by aid."""

    makes = by(Transactional)
    chosen_by = "mode"

    mode: Literal["Transactional"]
    tolerance: Unlimited = key(
        "By how much what a partner does for the others may differ from what they do for it, over "
        "the horizon: patients, units of a pool, or money, as balance says.",
        0.0,
    )
    balance: Literal["patients", "pool", "tariff"] = key(
        'How aid is counted: "patients"; "pool" (what treating them uses of each pool of the '
        'system); "tariff" (money).',
        "patients",
    )
    min_gain: Share = key(
        "The least share of its Independent harm that each trust must gain if it takes part, that "
        "is, if anybody moves out of it or into it. A trust that takes no part stays as it was.",
        0.0,
    )
    share: Literal["max-min"] | None = key(
        '"max-min": among the plans, the one with the largest smallest proportional gain; of those '
        "the one with the largest second smallest, and so on; then the least cost. Left out: the "
        "least cost.",
        None,
        like="max-min",
    )
    protect: Literal["trust", "service"] = key(
        '"trust": no trust\'s own patients are worse off, taken together; "service": in no service '
        "of any trust.",
        "trust",
    )
    tariff: dict[str, Money] | None = key(
        'Money for a patient of each service, for balance = "tariff".', None, like={"C_110": 5200.0}
    )


class ResourceKeys(Part):
    """Nobody is worse off, but giving need not be matched."""

    makes = by(Resource)
    chosen_by = "mode"

    mode: Literal["Resource"]
    cost_tolerance: Loss = key(
        "How much more harm than under Independent a trust's own patients may bear, as a share.",
        0.0,
    )
    spare_only: bool = key(
        "Others use only what the owner's own plan leaves over: in every queue and period each "
        "trust treats as many of its own patients at home as under Independent.",
        False,
    )
    lend: EstateKeys | None = key(
        "Rooms that partners lend each other, for the home trust's own team.",
        None,
        like={"rooms": "rooms.csv", "teams": "teams.csv"},
    )
    reciprocity: Others | None = key(
        "Nobody treats more of the others' patients than they treat of its own plus so many, over "
        "the horizon. Left out: no limit.",
        None,
        like=100,
    )
    protect: Literal["trust", "service"] = key(
        '"trust" or "service": as of Transactional.', "trust"
    )


class DeepKeys(Part):
    """The population comes first, whatever it does to a partner's own figures."""

    makes = by(Deep)
    chosen_by = "mode"

    mode: Literal["Deep"] = "Deep"
    max_sacrifice: Loss | None = key(
        "The most that any one trust's own patients may lose, as a share of what they bear under "
        "Independent (who bears nothing alone is then asked for nothing). Left out: no limit.",
        None,
        like=0.05,
    )
    lend: EstateKeys | None = key(
        "As of Resource.", None, like={"rooms": "rooms.csv", "teams": "teams.csv"}
    )
    reciprocity: Others | None = key("As of Resource.", None, like=100)


def _usually_deep(value: object) -> object:
    return {"mode": "Deep", **value} if isinstance(value, Mapping) else value


Named = Annotated[
    IndependentKeys | TransactionalKeys | ResourceKeys | DeepKeys, Field(discriminator="mode")
]
Mode = Annotated[Named, BeforeValidator(_usually_deep, json_schema_input_type=Named)]
MODES: Mapping[str, type[Part]] = {
    one.makes.__name__: one for one in (IndependentKeys, TransactionalKeys, ResourceKeys, DeepKeys)
}
"""By the name of the mode."""
