"""The keys of ``[data]``: where the tables of a system are, or what they are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from mutualaid import datasets
from mutualaid.cli.scenario.part import (
    AS_LIST,
    AS_WHOLE,
    Code,
    Codes,
    Day,
    File,
    Part,
    Periods,
    Share,
    Text,
    Unlimited,
    by,
    key,
)
from mutualaid.data.system import System
from mutualaid.datasets.made_up_system import SERVICE_SHAPES
from mutualaid.readers import RTT, read_rtt, read_waiting_list, travel_matrix, travel_times
from mutualaid.readers.rtt.read import REMOVALS_SHARE

Names = dict[str, Text]
Order = Literal["day first", "month first"]
Unlisted = Literal["error", "unreachable"]
LENGTH = "Length of a period in weeks."
HOW_MANY = "How many periods there are."
LEFT_OUT = (
    "What a pair of origin (or area) and provider without a row in travel means, where somebody "
    'waits for what the provider offers: an "error", or "unreachable".'
)


class MatrixKeys(Part):
    """An analyst's own travel times, wide or long."""

    makes = by(travel_matrix)

    matrix: File = key("A table with a column for each provider, or a row a way.", like="times.csv")
    unit: Literal["minutes", "seconds", "hours"] | None = key(
        "In what times are, where the heading does not say.", None, like="minutes"
    )
    names: Names | None = key(
        "From the names in the table to the codes of providers.", None, like={"SE1 7EH": "RJ1"}
    )
    time: Text | None = key("The heading of the times.", None, like="drive_time")
    distance: Text | None = key("The heading of the distances.", None, like="length")
    distance_unit: Literal["miles", "km", "metres"] | None = key(
        "In what distances are, where the heading does not say.", None, like="km"
    )


class EstimateKeys(Part):
    """Travel times from the places of providers."""

    makes = by(travel_times)

    detour: Annotated[float, Field(ge=1, allow_inf_nan=False)] = key(
        "How much longer the way is than the great circle.", 1.3
    )
    kmh: Annotated[float, Field(gt=0, allow_inf_nan=False)] = key(
        "Speed in km an hour, stops included.", 45.0
    )
    max_minutes: Unlimited | None = key("Leave out ways that take longer.", None, like=120.0)


def _way(value: object) -> str:
    if not isinstance(value, Mapping):
        return File.__name__
    return (MatrixKeys if "matrix" in value else EstimateKeys).__name__


Travel = Annotated[
    Annotated[File, Tag(File.__name__)]
    | Annotated[MatrixKeys, Tag(MatrixKeys.__name__)]
    | Annotated[EstimateKeys, Tag(EstimateKeys.__name__)],
    Discriminator(_way),
]


class Ways(Part):
    """How far it is."""

    travel: Travel | None = key(
        "Minutes one way: a table of origin or area, provider, minutes and perhaps miles. Or "
        "travel times from the places of sites, { detour = 1.3, kmh = 45 }, which is what holds "
        'if there are sites; or a matrix, { matrix = "minutes.csv", unit = "minutes" }.',
        None,
        like="travel.csv",
    )
    sites: File | None = key(
        "Places and names: a table of provider_code, latitude and longitude, and perhaps "
        "provider_name and icb_code.",
        None,
        like="providers.csv",
    )


class SystemKeys(Ways):
    """What there is besides those who wait."""

    makes = by(System)

    capacity: File = key(
        "Patients who can be treated: a table of provider, service, period and slots.",
        like="capacity.csv",
    )
    referrals: File | None = key(
        "Who joins: a table of origin, service, period and patients.", None, like="referrals.csv"
    )
    removals: File | None = key(
        "Who leaves untreated: a table of the same columns.", None, like="removals.csv"
    )
    pools: File | None = key(
        "What services share: a table of provider, pool, period and amount.", None, like="pools.csv"
    )
    usage: File | None = key(
        "What a patient needs of it: a table of service, pool and amount.", None, like="usage.csv"
    )
    accepts: File | None = key(
        "What sites accept: a table of provider, column, and any of at_least, at_most and among.",
        None,
        like="accepts.csv",
    )
    period_weeks: Periods = key(LENGTH, 4)
    periods: Periods = key(HOW_MANY, 13)
    unlisted: Unlisted = key(LEFT_OUT, "error")


class TablesKeys(SystemKeys):
    """Or your own tables, as CSV, Parquet or Excel files."""

    waiting_list: File = key(
        "Who waits: a table of origin, service, weeks_waiting and patients.",
        like="waiting_list.csv",
    )


class ReaderKeys(Part):
    """How a patient-level extract is read."""

    makes = by(read_waiting_list)

    columns: Names | None = key(
        "The extract's headings that are not recognised, or another that is meant, by our name.",
        None,
        like={"origin": "Trust code"},
    )
    census: Day | Text | None = key(
        "The day to which waits are counted; the extract's own if it holds one.",
        None,
        like=dt.date(2026, 1, 31),
    )
    services: Text | Names = key(
        '"rtt" turns treatment functions into services of the RTT return and sets aside the rows '
        "of those that belong to no named one; a table from the extract's word or code to service, "
        'or one service for all other codes such as "X06", says what becomes of these; "as given" '
        "keeps the extract's labels.",
        "rtt",
    )
    icb: Text | Names | None = key(
        "The ICB of all patients, or of each provider's, for patients whose own is not in the "
        "extract.",
        None,
        like="QOP",
    )
    unusable: Literal["set aside", "error"] = key(
        'Rows that cannot be used are "set aside", or are an "error".', "set aside"
    )
    dates: Order | dict[str, Order] | None = key(
        '"day first" or "month first": how 02/03/2026 is read; or a table to these from our names '
        "of columns. Left out: the day comes first.",
        None,
        like="month first",
    )
    priorities: dict[str, Code] | None = key(
        "What words of the extract mean, P1 to P6, where they are not known.",
        None,
        like={"Elective": "P4"},
    )


class ExtractKeys(SystemKeys, ReaderKeys):
    """Or a patient-level extract in place of waiting_list, with capacity and travel as above."""

    makes = by(None)

    patients: File = key("The extract.", like="extract.csv")
    keep: Codes = key(
        "Columns of the extract that tell queues apart as well.", [], like=["deprivation"]
    )


class ExtractsOfEngland(Part):
    """How NHS England's file is read."""

    makes = by(read_rtt)

    period_weeks: Periods = key(LENGTH, 4)
    exclude_commissioners: Codes = key(
        "Commissioners whose patients are left out. NONC is care commissioned outside England.",
        ["NONC"],
    )
    removals_share: Share = key(
        "Patients who leave the list untreated, as a share of new RTT periods, for providers and "
        "lists without two consecutive months.",
        REMOVALS_SHARE,
    )
    successors: dict[str, Code] | None = key(
        "By the code of a provider that is no more, the code of the one that has its lists now.",
        None,
        like={"RW6": "RM3"},
    )


class PartOfEngland(Part):
    """What is taken of NHS England's file."""

    makes = by(RTT.system)

    periods: Periods = key(HOW_MANY, 13)
    providers: Codes | None = key(
        "Providers by their codes, in place of icb or beside it. Left out: those that travel "
        "names.",
        None,
        like=["R0A", "RM3"],
    )
    services: Codes | None = key("Only these services.", None, like=["C_110"])
    unlisted: Unlisted = key(LEFT_OUT, "error")


class RttKeys(Ways, ExtractsOfEngland, PartOfEngland):
    """Or NHS England's file, and a table of sites with provider_code, icb_code and places."""

    makes = by(None)

    rtt: File | Annotated[list[File], Field(min_length=1)] = key(
        "One month's file, or several.", like="20260131-RTT-January-2026-full-extract.zip"
    )
    icb: Codes | None = key("The trusts of these boards, by code.", None, like=["QOP"])
    within_minutes: Unlimited | None = key(
        "And NHS trusts within so many minutes of those.", None, like=60.0
    )


class ExampleKeys(Part):
    """A made-up collaborative, until your own tables take its place."""

    makes = by(datasets.collaborative)
    chosen_by = "example"

    example: Literal["collaborative"]
    trusts: Annotated[int, Field(ge=2, le=26), AS_WHOLE] = key("How many hospital trusts.", 8)
    areas_per_trust: Annotated[int, Field(ge=1, le=4), AS_WHOLE] = key(
        "How many places a trust's patients live in.", 3
    )
    services: Annotated[list[Code], Field(min_length=1), AS_LIST] = key(
        "Codes of the services, each offered by every trust.", list(SERVICE_SHAPES)
    )
    periods: Periods = key(HOW_MANY, 13)
    period_weeks: Periods = key(LENGTH, 4)
    list_size: Annotated[int, Field(ge=1, le=10_000_000), AS_WHOLE] | None = key(
        "Patients waiting in all; 7,500 a trust if left out.", None, like=60_000
    )
    priorities: bool = key("Whether patients have a surgical priority.", True)
    seed: Annotated[int, Field(ge=0), AS_WHOLE] = key(
        "Another one gives another collaborative.", 2026
    )


Data = TablesKeys | ExtractKeys | RttKeys | ExampleKeys
SOURCES: Mapping[str, type[Part]] = {
    "waiting_list": TablesKeys,
    "patients": ExtractKeys,
    "rtt": RttKeys,
    "example": ExampleKeys,
}
"""By the key that says where data come from."""
